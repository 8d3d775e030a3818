//! Continues a run that was killed, stopped or left in doubt: takes over its own lease, opens its journal again, finishes
//! what had begun, and does the rest if it still is what would be planned.
//!
//! Goes in: the run as its folder tells it, what a person decided, and the plan that would be made now. Comes out: what
//! `run` gives, and the difference where the rest is no longer the plan.

use super::context::Context;
use super::earlier::Earlier;
use super::rest::Difference;
use super::run::{Begun, carry_out, is_for};
use super::witness;
use crate::aws::{self, observe};
use crate::error::{Error, Exit};
use crate::event::{Event, Summary};
use crate::journal::{
    Kind as Entry, Lease, Outcome, Resumption, State, Taken, Unfinished, Verdict,
};
use crate::names::ActionId;
use crate::plan::{Kind, Plan};
use futures::future::LocalBoxFuture;

/// What a person says of an action in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The action.
    pub action: ActionId,
    /// Whether AWS did it.
    pub verdict: Verdict,
}

/// The plan that would be made now, for comparison with the rest.
#[derive(Debug)]
pub enum PlannedNow {
    /// The plan.
    Plan(Box<Plan>),
    /// None can be made, for this reason; nothing further is sent.
    Refused(String),
}

/// How a continued run ended.
#[derive(Debug)]
pub struct Resumed {
    /// The whole run, earlier processes included.
    pub summary: Summary,
    /// Where the rest was no longer what was planned: nothing of it was done.
    pub difference: Option<Difference>,
}

/// Continues a run. `planned_now` is polled once, after everything that had begun is finished.
///
/// # Errors
/// Before anything is recorded: somebody else holds the cluster, the connection is not the plan's, an action is not in doubt,
/// AWS cannot be read.
pub async fn resume(
    context: Context<'_>,
    unfinished: &Unfinished,
    decisions: &[Decision],
    planned_now: LocalBoxFuture<'_, PlannedNow>,
    emit: &mut dyn FnMut(&Event),
) -> Result<Resumed, Error> {
    is_for(&context)?;
    witness::is_there(&context)?;
    let Context {
        plan,
        store,
        run,
        holder,
        ..
    } = &context;
    let (lease, taken) = Lease::take_over(store, &plan.target, holder, run)?;
    let begun = match Box::pin(begin_again(&context, unfinished, decisions, &lease, &taken)).await {
        Ok(begun) => begun,
        Err(error) => {
            // Nothing was sent under it; the journal still says that the run is unfinished.
            let _ = lease.release();
            return Err(error);
        }
    };
    Ok(Box::pin(carry_out(&context, lease, begun, emit, Some(planned_now))).await)
}

/// Whether a person says that a declared command, which failed, is done in another way.
fn is_done_otherwise(plan: &Plan, decision: &Decision, state: &State) -> bool {
    let is_command = plan
        .actions
        .iter()
        .any(|action| action.id == decision.action && matches!(action.kind, Kind::Command { .. }));
    is_command
        && decision.verdict == Verdict::Happened
        && matches!(
            state,
            State::Failed {
                outcome: Outcome::Known,
                ..
            }
        )
}

/// Credentials that are still over leave the run as paused as it was.
fn still_paused(error: aws::Error) -> Error {
    match error.kind() {
        aws::ErrorKind::ExpiredCredentials | aws::ErrorKind::NoCredentials => {
            Error::new(Exit::Paused, error.to_string())
                .hinted_by(&error)
                .caused_by(error)
        }
        _ => error.into(),
    }
}

async fn begin_again(
    context: &Context<'_>,
    unfinished: &Unfinished,
    decisions: &[Decision],
    lease: &Lease,
    taken: &Taken,
) -> Result<Begun, Error> {
    let Context {
        plan,
        client,
        store,
        run,
        holder,
        ..
    } = context;
    let cluster = observe::cluster(client, &plan.target.cluster)
        .await
        .map_err(still_paused)?;
    let at = client.now().ok_or_else(|| {
        Error::failed("AWS's replies carry no Date, and nothing is run without AWS's clock")
    })?;
    let folder = store.run(run);
    // Read under the lease: whoever held it before may have written since.
    let journal = folder.journal()?;
    if !journal.replay.is_unfinished() {
        return Err(Error::failed(format!(
            "run {} has ended meanwhile",
            unfinished.run
        )));
    }
    for decision in decisions {
        let state = journal.replay.state(&decision.action);
        if !state.is_in_doubt() && !is_done_otherwise(plan, decision, &state) {
            let in_doubt: Vec<String> = journal
                .replay
                .in_doubt()
                .map(|action| format!("`{action}`"))
                .collect();
            return Err(Error::failed(format!(
                "`{}` is not in doubt in run {run}",
                decision.action
            ))
            .hinted(if in_doubt.is_empty() {
                "nothing is: resume without --assume-done and --redo".to_owned()
            } else {
                format!("in doubt: {}", in_doubt.join(", "))
            }));
        }
    }
    let mut earlier = Earlier::of(&journal.entries, plan);
    for decision in decisions {
        if is_done_otherwise(plan, decision, &journal.replay.state(&decision.action)) {
            earlier.skip(plan, &decision.action);
        }
    }
    let mut writer = folder.continue_journal(plan)?;
    lease.check()?;
    writer.append(
        at,
        Entry::Resumed(Box::new(Resumption {
            holder: holder.user.clone(),
            host: holder.host.clone(),
            process: holder.process,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        })),
    )?;
    for decision in decisions {
        let Decision { action, verdict } = decision;
        let state = writer.replay().state(action);
        if is_done_otherwise(plan, decision, &state) {
            writer.append(
                at,
                Entry::Skipped {
                    action: action.clone(),
                    because: format!("{} on {} said that it is done", holder.user, holder.host),
                },
            )?;
            continue;
        }
        writer.append(
            at,
            Entry::Settled {
                action: action.clone(),
                verdict: *verdict,
                because: format!("{} on {} said so", holder.user, holder.host),
            },
        )?;
        if *verdict == Verdict::Happened {
            earlier.assumed.insert(action.clone());
        }
    }
    Ok(Begun {
        cluster,
        folder,
        writer,
        at,
        earlier,
        taken: taken.in_words(),
    })
}
