//! The wait of an action that AWS has: until live facts prove its end, show its failure, or its time is over.
//!
//! Goes in: what was read before the intent. Comes out: the proof and the facts that hold it, or why the run stops.

use super::advice::{Told, after_failure, how_to_settle};
use super::facts::{self, Facts, Needs};
use super::judge::{self, Memory, judge};
use super::run::Run;
use super::step::{is_failover, named};
use super::stop::Stop;
use super::{snapshot, witness};
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::event::KeptSnapshot;
use crate::journal::Outcome;
use crate::plan::action::{Action, Kind};
use jiff::Timestamp;

/// Waits until live facts prove the action, and returns the proof with the facts.
pub(super) async fn prove(
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
