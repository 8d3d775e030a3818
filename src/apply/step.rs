//! One action, the whole way: look, check, write the intent, act once, write that it was accepted, wait, prove, write
//! the result. Always in that order.

use super::advice::after_refusal;
use super::before::{carries, is_of};
use super::doubt::Otherwise;
use super::facts::Facts;
use super::judge::{self, Memory};
use super::outage;
use super::prove::prove;
use super::ready::{Ready, look_before};
use super::run::Run;
use super::stop::{Stop, with_causes};
use super::{call, command, doubt, earlier, gate, send, snapshot, witness};
use crate::aws::{self, ErrorKind};
use crate::event::{Event, KeptSnapshot, Verified};
use crate::journal::{Kind as Entry, Outcome, State, Verdict};
use crate::plan::action::{Action, Kind};
use jiff::{SignedDuration, Timestamp};

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
        Box::pin(outage::watched(run, action, Box::pin(go_on(run, action)))).await
    } else {
        let attempts = Box::pin(attempts(run, action, started));
        Box::pin(outage::watched(run, action, attempts)).await
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
            let what = match state {
                // AWS may have accepted it before a deadline passed.
                State::Failed { .. } => "it did not come about",
                _ => "AWS never did it",
            };
            run.record.remark(&format!(
                "`{}`: {what}; it is done again when its turn comes",
                action.id
            ));
            return Ok(Done::NotYet);
        }
    }
    let (proof, facts) = Box::pin(prove(run, action, memory, expires)).await?;
    outage::over(run, action).await?;
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
            outage::over(run, action).await?;
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
        outage::over(run, action).await?;
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

pub(super) fn is_failover(action: &Action) -> bool {
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
