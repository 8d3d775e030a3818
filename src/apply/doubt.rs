//! Nobody knows whether AWS did what it was asked: no answer came, or the process that asked was killed. Live facts
//! decide, after the longest time for which AWS is known to show nothing.
//!
//! Goes in: what was read before the intent. Comes out: that it happened, that it did not, or a question to the reader. It
//! is never sent again here.

use super::advice::{self, Told};
use super::facts::{self, Facts, Needs};
use super::health;
use super::judge::{Memory, judge};
use super::run::Run;
use super::stop::{Stop, with_causes};
use super::witness;
use crate::aws::wait::{self, Look, Patience, WaitError};
use crate::journal::Verdict;
use crate::plan::action::{Action, Kind};
use jiff::Timestamp;

/// For how many seconds of AWS's clock AWS may show nothing of an action that it accepted. Observed on Aurora
/// PostgreSQL 16.6: a failover up to 14 s, a class change up to 90 s; both with a wide margin.
fn lag_seconds(kind: &Kind) -> u32 {
    match kind {
        Kind::Failover { .. } | Kind::Reboot { .. } => 60,
        Kind::Flush { .. } | Kind::ChangeClass { .. } => 180,
        // Not measured; AWS refuses a second one of the same name.
        Kind::RestoreCluster(_) | Kind::CreateMember(_) => 120,
        _ => 30,
    }
}

/// What follows when nothing shows that AWS did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The reader is asked: the connection that lost the answer may still deliver the request.
    Ask,
    /// It is taken for undone, and may be done again: the process that sent it is gone.
    Redo,
}

/// Looks for evidence that a request was carried out, and records what was found. `why` says how the doubt arose.
pub(super) async fn settle(
    run: &Run<'_>,
    action: &Action,
    memory: &mut Memory,
    expires: Option<Timestamp>,
    why: &str,
    otherwise: Otherwise,
) -> Result<Verdict, Stop> {
    let client = run.context.client;
    let plan = run.context.plan;
    let needs = Needs::of(&action.kind, &run.context.run);
    let since = memory.since;
    let lag_seconds = lag_seconds(&action.kind);
    let patience = Patience {
        poll_interval: run.context.poll_interval,
        good_looks: 1,
        // The lag counts from the intent, which may be long ago.
        deadline_seconds: lag_seconds.saturating_sub(run.record.seconds_since(since)),
        lead_seconds: 0,
    };
    let mut last = Facts::default();
    let looking = wait::until(
        client,
        patience,
        async || {
            last = facts::read(client, &plan.target.cluster, &needs, Some(since)).await?;
            let look = as_evidence(judge(plan, &action.kind, expires, memory, &last));
            if let Look::Waiting(seen) = &look
                && let Some(said) = Box::pin(witness::evidence(
                    run,
                    &action.kind,
                    &last,
                    &memory.before.started,
                ))
                .await
            {
                // It began, whether or not the RDS API ever tells of it.
                memory.assume_begun();
                return Ok(Look::Proven(format!("{seen}; {said}")));
            }
            Ok(look)
        },
        |seen| run.tell_waiting(action, &format!("{why}; looking for evidence: {seen}")),
    );
    let told = |told: Told, found: String| Stop::Unknown {
        because: format!("`{}`: {why}; {found}", action.id),
        hints: advice::how_to_settle(run, action, told),
    };
    let doubt = |found: String| told(Told::Nothing, found);
    let result = tokio::select! {
        biased;
        () = run.interruption() => return Err(doubt("interrupted while looking for evidence".to_owned())),
        result = looking => result,
    };
    match result {
        Ok(waited) => {
            run.record
                .settled(&action.id, Verdict::Happened, &waited.seen)?;
            Ok(Verdict::Happened)
        }
        Err(WaitError::Deadline { seen, .. }) => {
            let found = format!("nothing shows after {lag_seconds} s that AWS did it: {seen}");
            if otherwise == Otherwise::Ask || !may_be_redone(&action.kind, &last) {
                return Err(doubt(found));
            }
            run.record
                .settled(&action.id, Verdict::DidNotHappen, &found)?;
            Ok(Verdict::DidNotHappen)
        }
        Err(WaitError::Failed { seen }) => Err(told(Told::Failed, seen)),
        Err(WaitError::Read(unreadable)) => match Stop::of_aws(&unreadable) {
            paused @ Stop::Paused(_) => Err(paused),
            _ => Err(doubt(format!(
                "evidence cannot be read: {}",
                with_causes(&unreadable)
            ))),
        },
    }
}

/// Only what differs from the state before is evidence; an end state that looked the same before proves nothing.
fn as_evidence(look: Look) -> Look {
    match look {
        Look::Begun(text) | Look::Proven(text) => Look::Proven(text),
        Look::Waiting(text) | Look::Good(text) => Look::Waiting(text),
        Look::Failed(text) => Look::Failed(text),
    }
}

/// Whether an action without evidence may be done again. A second failover would take the writer away once more: only
/// while the old writer still writes and everything is at rest. That no event tells of one was judged before.
fn may_be_redone(kind: &Kind, facts: &Facts) -> bool {
    match (kind, &facts.cluster) {
        (Kind::Failover { from, .. }, Some(cluster)) => {
            let writes = cluster
                .writer()
                .is_some_and(|writer| writer.identifier == *from);
            writes && health::unavailable(cluster).is_none()
        }
        (Kind::Failover { .. }, None) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::judge::at_rest;
    use crate::names::InstanceId;

    #[test]
    fn a_failover_is_done_again_only_where_the_old_writer_writes_and_everything_is_at_rest() {
        let (from, to) = (InstanceId::new("a"), InstanceId::new("b"));
        let failover = Kind::Failover {
            from: from.clone(),
            to: to.clone(),
        };
        let seen = |change: &dyn Fn(&mut crate::observed::Cluster)| {
            let mut cluster = at_rest();
            change(&mut cluster);
            may_be_redone(
                &failover,
                &Facts {
                    cluster: Some(cluster),
                    ..Facts::default()
                },
            )
        };
        assert!(seen(&|_| {}));
        assert!(!seen(
            &|cluster| "failing-over".clone_into(&mut cluster.status)
        ));
        assert!(!seen(&|cluster| {
            if let Some(reader) = cluster.members.get_mut(&to) {
                "rebooting".clone_into(&mut reader.status);
            }
        }));
        assert!(!seen(&|cluster| {
            if let Some(writer) = cluster.members.get_mut(&from) {
                writer.is_writer = false;
            }
        }));
        assert!(!may_be_redone(&failover, &Facts::default()));
        let reboot = Kind::Reboot {
            instance: to.clone(),
            unless_in_sync: false,
            again: false,
        };
        assert!(may_be_redone(&reboot, &Facts::default()));
    }
}
