//! The look before an action: live facts allow it, forbid it, or are waited for.
//!
//! Goes in: the action. Comes out: that it may begin, that it has happened or is not needed, or why the run stops. Nothing is sent.

use super::advice::where_to_look;
use super::before::{Before, before};
use super::facts::{self, Facts, Needs};
use super::run::Run;
use super::step::named;
use super::stop::Stop;
use super::unchanged::unchanged;
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::journal::Outcome;
use crate::names::ActionId;
use crate::plan::action::Action;
use jiff::Timestamp;

/// How long an action may wait for the conditions under which it may begin, in seconds of AWS's clock.
const BEFORE_SECONDS_MAX: u32 = 900;

/// The verdict on an action that is about to begin.
pub(super) enum Ready {
    /// It may begin; this was read just before.
    Go(Box<Facts>),
    /// This run asked for it already, and it has happened; this shows it.
    Adopt(Box<Facts>, String),
    /// It is not needed, for this reason.
    Skip(String),
}

/// Reads the facts that decide whether the action may begin, until they allow it or forbid it.
pub(super) async fn look_before(
    run: &Run<'_>,
    action: &Action,
    not_before: Option<Timestamp>,
) -> Result<Ready, Stop> {
    let client = run.context.client;
    let plan = run.context.plan;
    let mut needs = Needs::of(&action.kind, &run.context.run);
    if action.kind.is_disruptive() {
        needs = needs.before_an_interruption(plan, &run.context.run);
    }
    let is_over =
        |id: &ActionId| -> bool { run.record.ask(|replay| replay.state(id).is_settled()) };
    let tried = run.record.ask(|replay| replay.attempts(&action.id)) > 0;
    let tried_by = tried.then_some(&run.context.run);
    let mut verdict: Option<Result<Ready, Stop>> = None;
    let patience = Patience {
        poll_interval: run.context.poll_interval,
        good_looks: 1,
        deadline_seconds: BEFORE_SECONDS_MAX,
        lead_seconds: 0,
    };
    let looking = wait::until(
        client,
        patience,
        async || {
            let facts = facts::read(client, &plan.target.cluster, &needs, None).await?;
            let too_early = not_before.is_some_and(|instant| facts.at < Some(instant));
            let mut found = before(plan, &run.members, action, tried_by, &facts);
            if found == Before::Go
                && action.kind.is_disruptive()
                && let Err(because) = unchanged(plan, &is_over, &facts)
            {
                if facts.snapshot.is_none() {
                    run.keep_snapshot(None);
                }
                found = Before::Moved(because);
            }
            verdict = match found {
                Before::Go if too_early => {
                    return Ok(Look::Waiting("AWS refused it a moment ago".to_owned()));
                }
                Before::Wait(seen) => return Ok(Look::Waiting(seen)),
                Before::Go => Some(Ok(Ready::Go(Box::new(facts)))),
                Before::Adopt(because) => Some(Ok(Ready::Adopt(Box::new(facts), because))),
                Before::Skip(because) => Some(Ok(Ready::Skip(because))),
                Before::Refuse { because, hints } => Some(Err(Stop::Failed {
                    because: format!("`{}`: {because}", action.id),
                    hints,
                })),
                Before::Moved(because) => Some(Err(Stop::WorldMoved(format!(
                    "before `{}`: {because}",
                    action.id
                )))),
            };
            Ok(Look::Good(String::new()))
        },
        |seen| run.tell_waiting(action, seen),
    );
    let result = tokio::select! {
        biased;
        () = run.interruption() => return Err(Stop::Interrupted),
        result = looking => result,
    };
    let stop = match (result, verdict) {
        (Ok(_), Some(Ok(ready))) => return Ok(ready),
        (Ok(_), Some(Err(stop))) => stop,
        (Ok(waited), None) => Stop::Failed {
            because: format!("`{}` could not be judged: {}", action.id, waited.seen),
            hints: Vec::new(),
        },
        // Nothing was sent, and what is waited for may yet come.
        (Err(WaitError::Deadline { seconds, seen }), _) => Stop::Paused(format!(
            "`{}` could not begin within {seconds} s: {seen}",
            action.id
        )),
        (Err(WaitError::Failed { seen }), _) => Stop::Failed {
            because: format!("`{}`: {seen}", action.id),
            hints: where_to_look(run, action),
        },
        (Err(WaitError::Read(error)), _) => named(Stop::of_aws(&error), action),
    };
    if let Stop::Failed { because, .. } = &stop {
        run.record.failed(&action.id, Outcome::Known, because);
    }
    Err(stop)
}
