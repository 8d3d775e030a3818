//! Class changes: queued, and made live by a flush or at once.

use super::Memory;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::names::{InstanceClass, InstanceId};
use crate::observed::Cluster;
use crate::plan::difference::{PENDING_CLASS, PENDING_REBOOT};
use jiff::Timestamp;

/// How long a member may show an end that is not the planned one before it counts as the end, in seconds: AWS swaps
/// statuses, class and queue one after the other.
const STRAY_SECONDS: u32 = 180;

/// Whether a class change waits in the member's queue.
pub(super) fn queued(instance: &InstanceId, class: &InstanceClass, cluster: &Cluster) -> Look {
    let Some(member) = cluster.members.get(instance) else {
        return Look::Failed(format!("`{instance}` is no longer a member"));
    };
    let words = health::in_words(member);
    if let Some(broken) = health::broken_member(member) {
        return Look::Failed(broken);
    }
    let is_queued = member.pending.get(PENDING_CLASS).map(String::as_str) == Some(class.as_str());
    match (is_queued, health::is_available(&member.status)) {
        (true, true) => Look::Proven(words),
        (true, false) => Look::Begun(words),
        (false, _) if member.class == *class => Look::Failed(format!(
            "`{instance}` runs {class} already: the queue was applied at once ({words})"
        )),
        (false, _) => Look::Waiting(words),
    }
}

/// Whether nothing waits in the member's queue any more, and it still has its class.
pub(super) fn cleared(instance: &InstanceId, class: &InstanceClass, cluster: &Cluster) -> Look {
    let Some(member) = cluster.members.get(instance) else {
        return Look::Failed(format!("`{instance}` is no longer a member"));
    };
    let words = health::in_words(member);
    if let Some(broken) = health::broken_member(member) {
        return Look::Failed(broken);
    }
    if member.class != *class {
        return Look::Failed(format!(
            "`{instance}` changed its class although it was to keep {class}: {words}"
        ));
    }
    match (
        member.pending.is_empty(),
        health::is_available(&member.status),
    ) {
        (true, true) => Look::Proven(words),
        (true, false) => Look::Begun(words),
        (false, _) => Look::Waiting(words),
    }
}

/// Whether the member runs the class, with an empty queue and everything at rest. A class change restarts the member,
/// so its group status must be `in-sync` too; unless a reboot is planned for the case that it is not.
pub(super) fn live(
    instance: &InstanceId,
    class: &InstanceClass,
    memory: &mut Memory,
    cluster: &Cluster,
    now: Timestamp,
    second_reboot_follows: bool,
) -> Look {
    let Some(member) = cluster.members.get(instance) else {
        return Look::Failed(format!("`{instance}` is no longer a member"));
    };
    let words = health::in_words(member);
    if let Some(broken) = health::broken_member(member) {
        return Look::Failed(broken);
    }
    let at_rest = health::is_available(&member.status);
    let before = memory
        .before
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.members.get(instance));
    let differs = before
        .is_some_and(|before| before.pending != member.pending || before.class != member.class);
    if !at_rest {
        memory.mark("away", now);
    }
    if !at_rest || differs {
        memory.mark("begun", now);
    }
    let carried_out = at_rest && member.class == *class && member.pending.is_empty();
    if carried_out && member.cluster_parameter_group_status == "in-sync" {
        memory.forget("stray");
        if !health::is_available(&cluster.status) {
            return Look::Begun(format!("{words}; cluster {}", cluster.status));
        }
        return if differs {
            Look::Proven(words)
        } else {
            Look::Good(words)
        };
    }
    if carried_out && member.cluster_parameter_group_status == PENDING_REBOOT {
        if memory.mark("stray", now) >= STRAY_SECONDS {
            if second_reboot_follows && differs {
                return Look::Proven(words);
            }
            return Look::Failed(format!(
                "the class change did not load the parameter group's static values: {words}"
            ));
        }
    } else if at_rest && member.class != *class && member.pending.is_empty() && memory.has("away") {
        if memory.mark("stray", now) >= STRAY_SECONDS {
            return Look::Failed(format!("AWS did not carry out the class change: {words}"));
        }
    } else {
        memory.forget("stray");
    }
    if memory.has("begun") {
        Look::Begun(words)
    } else {
        Look::Waiting(words)
    }
}
