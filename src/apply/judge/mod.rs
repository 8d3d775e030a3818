//! What one look at AWS shows of an action that was asked for: nothing yet, the leading edge, the end, or a failure.
//!
//! Goes in: the facts before the action, the facts now, and what earlier looks saw. Comes out: a `Look`. Pure, so that
//! every trap of AWS's state machines has a test without AWS.

mod class;
mod failover;
mod group;
mod insights;
mod reboot;
mod restore;
mod settle;
mod snapshot;
mod verify;

#[cfg(test)]
mod tests;

use super::facts::Facts;
use super::record::seconds_between;
use crate::aws::wait::Look;
use crate::names::InstanceId;
use crate::observed::Cluster;
use crate::plan::Plan;
use crate::plan::action::Kind;
pub(super) use group::differences;
use jiff::Timestamp;
use reboot::StillPending;
pub(super) use restore::proven as restored;
use std::collections::BTreeMap;
#[cfg(test)]
pub(super) use tests::cluster as at_rest;
pub(super) use verify::verified;

/// What is remembered from look to look while an action is waited for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Memory {
    /// What was read just before the intent.
    pub(super) before: Facts,
    /// When the intent was written, by AWS's clock.
    pub(super) since: Timestamp,
    marks: BTreeMap<String, Timestamp>,
}

impl Memory {
    pub(super) fn new(before: Facts, since: Timestamp) -> Self {
        Self {
            before,
            since,
            marks: BTreeMap::new(),
        }
    }

    /// Takes a person's word that AWS did what was asked.
    pub(super) fn assume_begun(&mut self) {
        self.mark("begun", self.since);
    }

    /// Notes that something was seen, and says for how many seconds it has been.
    fn mark(&mut self, name: &str, now: Timestamp) -> u32 {
        let first = *self.marks.entry(name.to_owned()).or_insert(now);
        seconds_between(first, now)
    }

    fn has(&self, name: &str) -> bool {
        self.marks.contains_key(name)
    }

    fn forget(&mut self, name: &str) {
        self.marks.remove(name);
    }
}

/// What the facts show of an action. `expires` is what the release of a snapshot was asked to note on it.
pub(super) fn judge(
    plan: &Plan,
    kind: &Kind,
    expires: Option<Timestamp>,
    memory: &mut Memory,
    facts: &Facts,
) -> Look {
    let now = facts.at.unwrap_or(memory.since);
    match kind {
        Kind::CreateSnapshot => snapshot::created(&plan.target.cluster, memory, facts, now),
        Kind::ReleaseSnapshot { .. } => snapshot::released(expires, facts),
        Kind::DeleteExpiredSnapshot { .. } => snapshot::released(None, facts),
        Kind::CreateParameterGroup { group, .. } | Kind::AdoptParameterGroup { group, .. } => {
            group::is_ours(group, plan, memory, facts)
        }
        Kind::ModifyParameters { group, parameters }
        | Kind::ResetParameters { group, parameters } => {
            group::stored(group, parameters, memory, facts)
        }
        Kind::CheckParameterGroup { group, expected } => group::complete(group, expected, facts),
        Kind::AttachParameterGroup { group, .. } => with_cluster(plan, facts, |cluster| {
            group::attached(group, memory, cluster, now)
        }),
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => with_cluster(plan, facts, |cluster| {
            let sent = insights::Sent {
                mode: mode.as_deref(),
                enabled: *enable_performance_insights,
                retention_days: *retention_days,
            };
            insights::shown(&sent, memory, cluster, now)
        }),
        Kind::QueueClassChange {
            instance, class, ..
        } => with_cluster(plan, facts, |cluster| {
            class::queued(instance, class, cluster)
        }),
        Kind::ClearQueue {
            instance, class, ..
        } => with_cluster(plan, facts, |cluster| {
            class::cleared(instance, class, cluster)
        }),
        Kind::Settle { seconds_min, .. } => with_cluster(plan, facts, |cluster| {
            settle::settled(*seconds_min, memory.since, cluster, now)
        }),
        Kind::Flush {
            instance, class, ..
        }
        | Kind::ChangeClass {
            instance, class, ..
        } => with_cluster(plan, facts, |cluster| {
            let second = second_reboot_follows(plan, instance);
            class::live(instance, class, memory, cluster, now, second)
        }),
        Kind::Reboot {
            instance, again, ..
        } => with_cluster(plan, facts, |cluster| {
            let still_pending = match (*again, second_reboot_follows(plan, instance)) {
                (true, _) => StillPending::AfterTheLast,
                (false, true) => StillPending::MayRebootAgain,
                (false, false) => StillPending::AfterTheOnly,
            };
            reboot::restarted(instance, memory, cluster, &facts.events, now, still_pending)
        }),
        Kind::Failover { from, to } => with_cluster(plan, facts, |cluster| {
            failover::moved(from, to, memory, cluster, &facts.events, now)
        }),
        Kind::RestoreCluster(recipe) => restore::restored(&recipe.cluster, facts),
        Kind::CreateMember(recipe) => restore::member_created(&recipe.instance, facts),
        Kind::VerifyRestored(expected) => restore::as_planned(expected, facts),
        Kind::Command { .. } | Kind::Gate { .. } => {
            Look::Waiting("AWS knows nothing of it".to_owned())
        }
        Kind::Verify(expectation) => with_cluster(plan, facts, |cluster| {
            verify::as_declared(expectation, cluster, facts.parameters.as_ref())
        }),
    }
}

/// Whether the plan has a second reboot for a member that its restart leaves `pending-reboot`.
fn second_reboot_follows(plan: &Plan, instance: &InstanceId) -> bool {
    plan.actions
        .iter()
        .any(|action| action.kind.is_second_reboot() && action.kind.restarts() == Some(instance))
}

/// Seconds of AWS's clock within which something must show that an accepted action began; `None` where every end state
/// differs from the state before, or nothing is begun. Observed on Aurora PostgreSQL 16.6: a failover up to 14 s, a
/// class change up to 90 s.
pub(super) fn lead_seconds_max(kind: &Kind) -> Option<u32> {
    match kind {
        Kind::Flush { .. } | Kind::ChangeClass { .. } => Some(180),
        Kind::Reboot { .. } | Kind::Failover { .. } => Some(120),
        _ => None,
    }
}

fn with_cluster(plan: &Plan, facts: &Facts, judge: impl FnOnce(&Cluster) -> Look) -> Look {
    match &facts.cluster {
        Some(cluster) => judge(cluster),
        None => Look::Failed(format!("cluster `{}` is gone", plan.target.cluster)),
    }
}

/// `1 member`, `2 members`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
