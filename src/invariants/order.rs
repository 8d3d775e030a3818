//! What comes before what: no failover before the readers are proven, no run before the one before it is over.

use super::evidence::{Evidence, Run};
use crate::journal::{Conclusion, Kind as EntryKind};
use crate::names::ActionId;
use crate::plan::action::Kind;
use jiff::Timestamp;

/// When a failover took effect, the journal already told that every restart planned before it was done or needless.
pub(super) fn no_failover_before_the_readers_are_proven(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let actions = &run.plan.actions;
        let failover = actions
            .iter()
            .position(|action| matches!(action.kind, Kind::Failover { .. }));
        for request in requests
            .iter()
            .filter(|request| request.action == "FailoverDBCluster")
        {
            let before = actions.iter().take(failover.unwrap_or(0));
            for action in before.filter(|action| restarts(&action.kind)) {
                if !was_over(run, &action.id, request.time) {
                    problems.push(format!(
                        "run {}: the failover took effect at {}, before `{}` was over",
                        run.run, request.time, action.id
                    ));
                }
            }
        }
    }
    problems
}

/// No run wrote into its journal once a later one had begun, but that it was given up or that its lease was taken away.
pub(super) fn one_run_at_a_time(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, later) in evidence.runs.iter().enumerate() {
        let Some(began) = later.entries.first() else {
            continue;
        };
        for earlier in evidence.runs.iter().take(index) {
            let last = earlier.entries.iter().rfind(|entry| {
                !matches!(
                    entry.kind,
                    EntryKind::Unlocked { .. }
                        | EntryKind::Ended {
                            ending: Conclusion::GivenUp,
                            ..
                        }
                )
            });
            if let Some(last) = last.filter(|last| last.at > began.at) {
                problems.push(format!(
                    "run {} went on at {}, and run {} had begun at {}",
                    earlier.run, last.at, later.run, began.at
                ));
            }
        }
    }
    problems
}

/// Whether an action makes a change live by taking a member away.
fn restarts(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Reboot { .. }
            | Kind::Flush { .. }
            | Kind::ChangeClass { .. }
            | Kind::ClearQueue { .. }
    )
}

/// Whether the journal told of an action's end by an instant. Entries have whole seconds.
fn was_over(run: &Run, action: &ActionId, by: Timestamp) -> bool {
    run.entries.iter().any(|entry| match &entry.kind {
        EntryKind::Finished { action: ended, .. } | EntryKind::Skipped { action: ended, .. } => {
            ended == action && entry.at <= by
        }
        _ => false,
    })
}
