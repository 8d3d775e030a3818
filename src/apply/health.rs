//! What statuses mean: healthy, broken, or on the way; and how a member is put in words.

pub(super) use crate::observed::status::is_available;
use crate::observed::status::{BROKEN_CLUSTER, BROKEN_INSTANCE};
use crate::observed::{Cluster, Member};

/// What of the cluster or its members does not mend by waiting.
pub(super) fn broken(cluster: &Cluster) -> Option<String> {
    if BROKEN_CLUSTER.contains(&cluster.status.as_str()) {
        return Some(format!(
            "cluster `{}` is {}",
            cluster.identifier, cluster.status
        ));
    }
    cluster.members.values().find_map(broken_member)
}

/// Whether a member's status does not mend by waiting.
pub(super) fn broken_member(member: &Member) -> Option<String> {
    BROKEN_INSTANCE
        .contains(&member.status.as_str())
        .then(|| format!("`{}` is {}", member.identifier, member.status))
}

/// What keeps the cluster and all its members from being available, in words; `None` when nothing does.
pub(super) fn unavailable(cluster: &Cluster) -> Option<String> {
    if !is_available(&cluster.status) {
        return Some(format!("cluster is {}", cluster.status));
    }
    cluster
        .members
        .values()
        .find(|member| !is_available(&member.status))
        .map(|member| format!("{} is {}", member.identifier, member.status))
}

/// A member in words: `orders-2 modifying, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large`.
pub(super) fn in_words(member: &Member) -> String {
    let mut text = format!(
        "{} {}, {}, {}",
        member.identifier, member.status, member.class, member.cluster_parameter_group_status
    );
    if !member.pending.is_empty() {
        let queue: Vec<String> = member
            .pending
            .iter()
            .map(|(field, value)| format!("{field}={value}"))
            .collect();
        text.push_str(&format!(", queued {}", queue.join(" ")));
    }
    text
}
