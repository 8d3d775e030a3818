//! One action, the whole way: look, check, write the intent, act once, write that it was accepted, wait, prove, write
//! the result. Always in that order.

use super::advice::{Told, after_failure, after_refusal, how_to_settle, where_to_look};
use super::before::{Before, before, carries, is_of};
use super::doubt::Otherwise;
use super::facts::{self, Facts, Needs};
use super::judge::{self, Memory, judge};
use super::run::Run;
use super::stop::{Stop, with_causes};
use super::unchanged::unchanged;
use super::{call, command, doubt, earlier, gate, send, snapshot, witness};
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::aws::{self, ErrorKind};
use crate::event::{Event, KeptSnapshot, Verified};
use crate::journal::{Kind as Entry, Outcome, State, Verdict};
use crate::names::ActionId;
use crate::plan::action::{Action, Kind};
use jiff::{SignedDuration, Timestamp};

/// How long an action may wait for the conditions under which it may begin, in seconds of AWS's clock.
const BEFORE_SECONDS_MAX: u32 = 900;

/// How often an action is tried in one process: where AWS refuses it because of a state that passes, throttles it, or
/// never did it.
const ATTEMPTS_MAX: u32 = 5;

/// How long after a refusal it is tried again, in seconds of AWS's clock.
const ATTEMPT_PAUSE_SECONDS: u32 = 60;

/// How an action ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It was carried out.
    Carried,
    /// Its printed condition made it unnecessary.
    NotNeeded,
    /// An earlier process was about to ask for it and AWS never did it: it is still to be done.
    NotYet,
}

/// Does an action, or finishes one that an earlier process of the run began, and tells how it went.
pub(super) async fn perform(run: &Run<'_>, action: &Action) -> Result<Done, Stop> {
    let started = run.record.now();
    run.record.tell(&Event::ActionStarted {
        at: started,
        action: action.id.clone(),
        forecast: action.forecast,
    });
    let result = if let Kind::Command { runs, .. } = &action.kind {
        Box::pin(command::perform(run, action, runs, started)).await
    } else if let Kind::Gate {
        gate: name,
        message,
        wait_seconds,
    } = &action.kind
    {
        Box::pin(gate::perform(
            run,
            action,
            name,
            message,
            *wait_seconds,
            started,
        ))
        .await
    } else if run.record.ask(|replay| replay.state(&action.id).is_begun()) {
        Box::pin(go_on(run, action)).await
    } else {
        Box::pin(attempts(run, action, started)).await
    };
    if let Err(Stop::Failed { because, .. } | Stop::Unknown { because, .. }) = &result {
        run.record.tell(&Event::ActionFailed {
            at: run.record.now(),
            action: action.id.clone(),
            because: because.clone(),
        });
    }
    result
}

/// Finishes an action that was begun: what is in doubt is settled by what AWS shows, and what AWS does is waited for.
/// Nothing is sent.
async fn go_on(run: &Run<'_>, action: &Action) -> Result<Done, Stop> {
    let state = run.record.ask(|replay| replay.state(&action.id));
    let (since, before) = run
        .earlier
        .intent(&action.id)
        .unwrap_or_else(|| (run.record.now(), Facts::default()));
    let expires = match run.as_proven(&action.kind) {
        Kind::ReleaseSnapshot { policy, proven } => call::expiry(policy, proven, since),
        _ => None,
    };
    let mut memory = Memory::new(before, since);
    if run.earlier.assumed.contains(&action.id) {
        memory.assume_begun();
    }
    if state.is_in_doubt() {
        let why = earlier::why(match state {
            State::Failed { outcome, .. } => Some(outcome),
            _ => None,
        });
        let verdict = Box::pin(doubt::settle(
            run,
            action,
            &mut memory,
            expires,
            why,
            Otherwise::Redo,
        ))
        .await?;
        if verdict == Verdict::DidNotHappen {
            run.record.remark(&format!(
                "`{}`: AWS never did it; it is done again when its turn comes",
                action.id
            ));
            return Ok(Done::NotYet);
        }
    }
    let (proof, facts) = Box::pin(prove(run, action, memory, expires)).await?;
    finish(run, action, since, &proof, &facts, expires)?;
    Ok(Done::Carried)
}

async fn attempts(run: &Run<'_>, action: &Action, started: Timestamp) -> Result<Done, Stop> {
    let plan = run.context.plan;
    let mut not_before = None;
    for attempt in 1..=ATTEMPTS_MAX {
        let (mut facts, adopted) = match Box::pin(look_before(run, action, not_before)).await? {
            Ready::Go(facts) => (facts, None),
            Ready::Adopt(facts, because) => (facts, Some(because)),
            Ready::Skip(because) => {
                skip(run, action, started, because)?;
                return Ok(Done::NotNeeded);
            }
        };
        // What AWS has in flight already is not asked for again, and was not still to be seen.
        if adopted.is_none() {
            Box::pin(witness::before(run, action, &mut facts)).await?;
        }
        run.credentials_last(action).await?;
        run.may_send(action)?;
        let asked = run.record.now();
        let arn = facts.snapshot.as_ref().map(|snapshot| snapshot.arn.clone());
        let arn = arn.as_deref();
        let kind = run.as_proven(&action.kind);
        let expires = match &kind {
            Kind::ReleaseSnapshot { policy, proven } => call::expiry(*policy, *proven, asked),
            _ => None,
        };
        let request = call::call(plan, &run.context.run, &kind, arn, asked);
        run.record.intent(&action.id, request, &facts)?;
        let mut memory = Memory::new(*facts, asked);
        if let Some(because) = adopted {
            run.record
                .settled(&action.id, Verdict::Happened, &because)?;
            let (proof, facts) = Box::pin(prove(run, action, memory, expires)).await?;
            finish(run, action, started, &proof, &facts, expires)?;
            return Ok(Done::Carried);
        }
        if let Err(stop) = run.still_holds(action) {
            run.record.failed(
                &action.id,
                Outcome::Known,
                "the lease was over before it was sent; nothing was sent",
            );
            return Err(stop);
        }
        let sent = Box::pin(send::send(
            run.context.client,
            plan,
            &run.context.run,
            &kind,
            arn,
            asked,
        ))
        .await;
        match sent {
            Ok(None) => {}
            Ok(Some(accepted)) => run.record.accepted(&action.id, accepted.request_id)?,
            Err(error) if Box::pin(is_own(run, action, &error)).await => run.record.settled(
                &action.id,
                Verdict::Happened,
                "what exists already is this run's own",
            )?,
            Err(error) if error.outcome_is_known() => {
                let because = format!("`{}`: {}", action.id, with_causes(&error));
                run.record.failed(&action.id, Outcome::Known, &because);
                if !passes(&error) || attempt == ATTEMPTS_MAX {
                    return Err(refused(run, action, &error));
                }
                if is_failover(action) && error.kind() == ErrorKind::InvalidState {
                    return Err(Box::pin(refused_failover(run, action, &error)).await);
                }
                run.record.remark(&format!(
                    "{because}; tried again in {ATTEMPT_PAUSE_SECONDS} s"
                ));
                not_before = run
                    .record
                    .now()
                    .checked_add(SignedDuration::from_secs(i64::from(ATTEMPT_PAUSE_SECONDS)))
                    .ok();
                continue;
            }
            Err(error) => {
                let because = format!("`{}`: {}", action.id, with_causes(&error));
                run.record.failed(&action.id, Outcome::Unknown, &because);
                let why = format!("no answer came ({})", with_causes(&error));
                // The connection that lost the answer was this request's own, and is closed: what AWS has not begun
                // after its longest lag, it will not begin. The writer is taken away only on a person's word.
                let otherwise = if is_failover(action) || attempt == ATTEMPTS_MAX {
                    Otherwise::Ask
                } else {
                    Otherwise::Redo
                };
                let verdict = Box::pin(doubt::settle(
                    run,
                    action,
                    &mut memory,
                    expires,
                    &why,
                    otherwise,
                ))
                .await?;
                if verdict == Verdict::DidNotHappen {
                    run.record.remark(&format!(
                        "`{}`: AWS never did it; it is asked for once more",
                        action.id
                    ));
                    continue;
                }
            }
        }
        let (proof, facts) = Box::pin(prove(run, action, memory, expires)).await?;
        finish(run, action, started, &proof, &facts, expires)?;
        return Ok(Done::Carried);
    }
    // The last attempt returns above, whatever came of it.
    Err(Stop::Failed {
        because: format!("`{}` was tried {ATTEMPTS_MAX} times", action.id),
        hints: Vec::new(),
    })
}

/// Whether AWS refused a request for a reason that may be gone a little later. Nothing was done.
fn passes(error: &aws::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidState | ErrorKind::Throttled)
}

fn is_failover(action: &Action) -> bool {
    matches!(action.kind, Kind::Failover { .. })
}

/// A definite refusal of AWS, with what the reader can do about it.
fn refused(run: &Run<'_>, action: &Action, error: &aws::Error) -> Stop {
    match named(Stop::of_aws(error), action) {
        // Nothing was done, and nothing is wrong but the hour.
        Stop::Failed { because, .. } if error.kind() == ErrorKind::Throttled => {
            Stop::Paused(because)
        }
        Stop::Failed { because, mut hints } => {
            hints.extend(after_refusal(run, action, error));
            Stop::Failed { because, hints }
        }
        stop => stop,
    }
}

/// A failover that AWS refuses is not asked for again by itself: the cluster is looked at again, and a person decides.
async fn refused_failover(run: &Run<'_>, action: &Action, error: &aws::Error) -> Stop {
    let refusal = format!(
        "AWS refused `{}`, and nothing was interrupted by it: {}",
        action.id,
        with_causes(error)
    );
    match Box::pin(look_before(run, action, None)).await {
        Ok(_) => Stop::Paused(format!(
            "{refusal}; the cluster was looked at again since, and is ready for it"
        )),
        Err(Stop::Paused(because)) => Stop::Paused(format!("{refusal}; {because}")),
        Err(Stop::WorldMoved(because)) => Stop::WorldMoved(format!("{refusal}; {because}")),
        Err(Stop::Failed { because, hints }) => Stop::Failed {
            because: format!("{refusal}; {because}"),
            hints,
        },
        Err(stop) => stop,
    }
}

enum Ready {
    Go(Box<Facts>),
    Adopt(Box<Facts>, String),
    Skip(String),
}

/// Whether AWS refused to make something because it exists, made by this very run: a request of an earlier process arrived
/// late.
async fn is_own(run: &Run<'_>, action: &Action, error: &aws::Error) -> bool {
    if error.kind() != ErrorKind::AlreadyExists {
        return false;
    }
    let (client, own) = (run.context.client, Some(&run.context.run));
    match &action.kind {
        Kind::CreateSnapshot => {
            let id = snapshot::snapshot_id(&run.context.run);
            let found = Box::pin(aws::observe::snapshot(client, &id)).await;
            matches!(found, Ok(Some(snapshot)) if is_of(&snapshot, own))
        }
        Kind::RestoreCluster(recipe) => {
            let found = Box::pin(aws::observe::cluster(client, &recipe.cluster)).await;
            matches!(found, Ok(Some(cluster)) if carries(&cluster.tags, own))
        }
        Kind::CreateMember(recipe) => {
            let found = Box::pin(aws::observe::cluster(client, &recipe.cluster)).await;
            matches!(found, Ok(Some(cluster)) if cluster
                .members
                .get(&recipe.instance)
                .is_some_and(|member| carries(&member.settings.tags, own)))
        }
        _ => false,
    }
}

/// Reads the facts that decide whether the action may begin, until they allow it or forbid it.
async fn look_before(
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

/// Waits until live facts prove the action, and returns the proof with the facts.
async fn prove(
    run: &Run<'_>,
    action: &Action,
    mut memory: Memory,
    expires: Option<Timestamp>,
) -> Result<(String, Facts), Stop> {
    let client = run.context.client;
    let plan = run.context.plan;
    let kind = &action.kind;
    if *kind == Kind::CreateSnapshot {
        // AWS makes it from here on, whether or not this process sees its end.
        run.keep_snapshot(Some(KeptSnapshot {
            snapshot: snapshot::snapshot_id(&run.context.run),
            expires: None,
            unfinished: true,
        }));
    }
    let mut needs = Needs::of(kind, &run.context.run);
    if run.earlier.assumed.contains(&action.id) {
        needs = needs.without_events();
    }
    let lead_seconds_max = judge::lead_seconds_max(kind);
    let since = memory.since;
    // A run that is continued long after the intent still gets its time to see that the action began.
    let lead_from = since.max(run.record.now());
    let mut last = Facts::default();
    let mut never_began = false;
    let mut looks = 0_u32;
    let patience = Patience {
        poll_interval: run.context.poll_interval,
        good_looks: good_looks(kind),
        deadline_seconds: action.forecast.seconds_max,
        lead_seconds: lead_seconds_max.unwrap_or(0),
    };
    let waiting = wait::until(
        client,
        patience,
        async || {
            last = facts::read(client, &plan.target.cluster, &needs, Some(since)).await?;
            let look = judge(plan, kind, expires, &mut memory, &last);
            looks = looks.saturating_add(1);
            Ok(match look {
                // A single pause may be longer than the time that AWS has to begin.
                Look::Waiting(seen)
                    if looks >= wait::LOOKS_MIN
                        && lead_seconds_max.is_some_and(|seconds| {
                            run.record.seconds_since(lead_from) > seconds
                        }) =>
                {
                    never_began = true;
                    Look::Failed(seen)
                }
                look => look,
            })
        },
        |seen| run.tell_waiting(action, seen),
    );
    let result = tokio::select! {
        biased;
        () = run.interruption() => return Err(Stop::Interrupted),
        result = waiting => result,
    };
    let id = &action.id;
    let unknown = |because: String| Stop::Unknown {
        because,
        hints: how_to_settle(run, action, Told::Nothing),
    };
    let failed = |because: String| Stop::Failed {
        because,
        hints: after_failure(run, action),
    };
    let stop = match result {
        Ok(waited) => {
            let said = Box::pin(witness::after(run, action, &last, &memory.before.started)).await?;
            let proof = match &said {
                Some(testimony) => format!("{}; {}", waited.seen, testimony.in_words()),
                None => waited.seen,
            };
            if said.is_some() && matches!(kind, Kind::Verify(_)) {
                run.testimony.replace(said);
            }
            return Ok((proof, last));
        }
        Err(WaitError::Failed { seen }) if never_began => unknown(format!(
            "`{id}`: AWS accepted it, and after {} s nothing shows that it began: {seen}",
            lead_seconds_max.unwrap_or_default()
        )),
        // Where the writer is must be seen by a person before anything else is done to the cluster.
        Err(WaitError::Failed { seen }) if is_failover(action) => Stop::Unknown {
            because: format!("`{id}`: {seen}"),
            hints: how_to_settle(run, action, Told::Failed),
        },
        Err(WaitError::Failed { seen }) => failed(format!("`{id}`: {seen}")),
        // What only reads leaves nothing unknown behind.
        Err(WaitError::Deadline { seconds, seen }) if kind.is_read_only() => {
            failed(format!("`{id}`: still not so after {seconds} s: {seen}"))
        }
        // Nothing was interrupted yet, and the snapshot's name is the run's: it can be waited for later as well.
        Err(WaitError::Deadline { seconds, seen }) if *kind == Kind::CreateSnapshot => {
            Stop::Paused(format!(
                "`{id}`: not there after {seconds} s, and nothing is interrupted without it; last seen: {seen}"
            ))
        }
        Err(WaitError::Deadline { seconds, seen }) => unknown(format!(
            "`{id}`: the end was not seen within {seconds} s; last seen: {seen}"
        )),
        Err(WaitError::Read(error)) => match named(Stop::of_aws(&error), action) {
            Stop::Failed { because, .. } if !kind.is_read_only() => unknown(format!(
                "{because}; it was accepted, and its end cannot be read"
            )),
            stop => stop,
        },
    };
    match &stop {
        Stop::Failed { because, .. } => run.record.failed(id, Outcome::Known, because),
        Stop::Unknown { because, .. } => run.record.failed(id, Outcome::Unknown, because),
        // Paused: AWS has the request, and the next run finds it under way.
        _ => {}
    }
    Err(stop)
}

/// How many looks in a row must show the end. What AWS stores is stored; what AWS does is watched for a while.
fn good_looks(kind: &Kind) -> u32 {
    match kind {
        Kind::CreateSnapshot
        | Kind::CreateParameterGroup { .. }
        | Kind::AdoptParameterGroup { .. }
        | Kind::ModifyParameters { .. }
        | Kind::ResetParameters { .. }
        | Kind::CheckParameterGroup { .. }
        | Kind::ReleaseSnapshot { .. }
        | Kind::DeleteExpiredSnapshot { .. }
        | Kind::Command { .. }
        | Kind::Gate { .. } => 1,
        Kind::AttachParameterGroup { .. }
        | Kind::ModifyInsights { .. }
        | Kind::QueueClassChange { .. }
        | Kind::ClearQueue { .. }
        | Kind::Settle { .. }
        | Kind::Flush { .. }
        | Kind::ChangeClass { .. }
        | Kind::Reboot { .. }
        | Kind::Failover { .. }
        | Kind::RestoreCluster(_)
        | Kind::CreateMember(_)
        | Kind::VerifyRestored(_)
        | Kind::Verify(_) => 3,
    }
}

fn skip(run: &Run<'_>, action: &Action, started: Timestamp, because: String) -> Result<(), Stop> {
    run.record
        .write(Entry::Skipped {
            action: action.id.clone(),
            because: because.clone(),
        })
        .map_err(|error| Stop::of_journal(&error))?;
    tell_finished(run, action, started, format!("not needed: {because}"));
    Ok(())
}

fn finish(
    run: &Run<'_>,
    action: &Action,
    started: Timestamp,
    proof: &str,
    facts: &Facts,
    expires: Option<Timestamp>,
) -> Result<(), Stop> {
    run.record
        .finished(&action.id, run.record.seconds_since(started), proof)?;
    match &action.kind {
        Kind::CreateSnapshot => run.keep_snapshot(Some(KeptSnapshot {
            snapshot: snapshot::snapshot_id(&run.context.run),
            expires: None,
            unfinished: false,
        })),
        Kind::ReleaseSnapshot { .. } => {
            run.keep_snapshot(facts.snapshot.as_ref().map(|found| KeptSnapshot {
                snapshot: found.identifier.clone(),
                expires,
                unfinished: false,
            }));
        }
        Kind::VerifyRestored(expected) => {
            if let Some(cluster) = &facts.cluster {
                run.verify(judge::restored(expected, cluster), &[]);
            }
        }
        Kind::Verify(expectation) => {
            if let Some(cluster) = &facts.cluster {
                let mut verified = judge::verified(expectation, cluster);
                let mut not_proven = expectation.not_proven.clone();
                if let Some(testimony) = run.testimony.borrow().as_ref() {
                    let facts = testimony.facts().into_iter();
                    verified.extend(facts.map(|(fact, witness)| Verified { fact, witness }));
                    not_proven.extend(testimony.open());
                }
                run.verify(verified, &not_proven);
            }
        }
        _ => {}
    }
    tell_finished(run, action, started, proof.to_owned());
    Ok(())
}

pub(super) fn tell_finished(run: &Run<'_>, action: &Action, started: Timestamp, proof: String) {
    run.record.tell(&Event::ActionFinished {
        at: run.record.now(),
        action: action.id.clone(),
        seconds: run.record.seconds_since(started),
        forecast: action.forecast,
        proof,
    });
}

/// Puts the action's name before an error of AWS.
pub(super) fn named(stop: Stop, action: &Action) -> Stop {
    let name = |because: String| format!("`{}`: {because}", action.id);
    match stop {
        Stop::Failed { because, hints } => Stop::Failed {
            because: name(because),
            hints,
        },
        Stop::Paused(because) => Stop::Paused(name(because)),
        other => other,
    }
}
