//! Reboots: a restart is seen by its status, by a group status that moves on, or by an event; `available` alone proves
//! nothing, for it is the state before as well.

use super::Memory;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::names::InstanceId;
use crate::observed::{Cluster, Event};
use crate::plan::difference::PENDING_REBOOT;
use jiff::Timestamp;

/// How long a member may stay `pending-reboot` after its restart before that counts as the end, in seconds.
const STILL_PENDING_SECONDS: u32 = 180;

/// What follows when a member is still `pending-reboot` after its restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StillPending {
    /// The plan has a second reboot for it.
    MayRebootAgain,
    /// This was the second reboot.
    AfterTheLast,
    /// The plan has none.
    AfterTheOnly,
}

/// Whether the member restarted since the intent and is in-sync.
pub(super) fn restarted(
    instance: &InstanceId,
    memory: &mut Memory,
    cluster: &Cluster,
    events: &[Event],
    now: Timestamp,
    still_pending: StillPending,
) -> Look {
    let Some(member) = cluster.members.get(instance) else {
        return Look::Failed(format!("`{instance}` is no longer a member"));
    };
    let words = health::in_words(member);
    if let Some(broken) = health::broken_member(member) {
        return Look::Failed(broken);
    }
    let was_pending = memory
        .before
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.members.get(instance))
        .is_some_and(|before| before.cluster_parameter_group_status == PENDING_REBOOT);
    let in_sync = member.cluster_parameter_group_status == "in-sync";
    let told = events
        .iter()
        .any(|event| is_restart(event, instance, memory.since));
    let at_rest = health::is_available(&member.status);
    if !at_rest || told || (was_pending && in_sync) {
        memory.mark("begun", now);
    }
    if !memory.has("begun") {
        return Look::Waiting(words);
    }
    if at_rest && in_sync {
        return if health::is_available(&cluster.status) {
            Look::Proven(words)
        } else {
            Look::Begun(format!("{words}; cluster {}", cluster.status))
        };
    }
    if at_rest && member.cluster_parameter_group_status == PENDING_REBOOT {
        if memory.mark("still pending", now) >= STILL_PENDING_SECONDS {
            return match still_pending {
                StillPending::MayRebootAgain => Look::Proven(words),
                StillPending::AfterTheLast => Look::Failed(format!(
                    "`{instance}` restarted twice and is still pending-reboot: its restarts do not load the group's static values"
                )),
                StillPending::AfterTheOnly => Look::Failed(format!(
                    "`{instance}` restarted and is still pending-reboot: the restart did not load the static values"
                )),
            };
        }
    } else {
        memory.forget("still pending");
    }
    Look::Begun(words)
}

/// RDS-EVENT-0006, "DB instance restarted" (Amazon Aurora User Guide, Amazon RDS event categories and event messages).
fn is_restart(event: &Event, instance: &InstanceId, since: Timestamp) -> bool {
    event.at >= since
        && InstanceId::new(&event.source) == *instance
        && event.message.to_ascii_lowercase().contains("restarted")
}
