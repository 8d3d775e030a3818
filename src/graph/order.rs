//! The ordering rules: one named function each, true when its first action must be finished before its second begins.
//!
//! A rule looks at two actions of one plan, of which the first stands earlier. Rules never look at names of members,
//! only at what the actions do.

use crate::plan::action::{Action, Kind, Phase};

/// An ordering rule.
pub type Rule = fn(&Action, &Action) -> bool;

/// All rules with their names, in the order in which they are tried.
pub const RULES: [(&str, Rule); 17] = [
    ("snapshot before changes", snapshot_before_changes),
    (
        "group exists before it is filled",
        group_exists_before_it_is_filled,
    ),
    (
        "one request per group at a time",
        one_request_per_group_at_a_time,
    ),
    (
        "group complete before it is attached",
        group_complete_before_it_is_attached,
    ),
    (
        "one cluster modification at a time",
        one_cluster_modification_at_a_time,
    ),
    (
        "cluster modified before members are queued",
        cluster_modified_before_members_are_queued,
    ),
    ("staged before settled", staged_before_settled),
    ("settled before restarts", settled_before_restarts),
    ("staged before restarts", staged_before_restarts),
    ("readers before the failover", readers_before_the_failover),
    (
        "a second reboot after the restart",
        second_reboot_after_the_restart,
    ),
    ("one disruption at a time", one_disruption_at_a_time),
    ("restored before members", restored_before_members),
    ("writer before readers", writer_before_readers),
    (
        "everything before verification",
        everything_before_verification,
    ),
    ("verified before release", verified_before_release),
    ("a step stands alone", a_step_stands_alone),
];

/// Rollback insurance is worth nothing if it is taken after the change.
pub fn snapshot_before_changes(first: &Action, second: &Action) -> bool {
    matches!(first.kind, Kind::CreateSnapshot) && second.phase > Phase::Safeguard
}

/// A group must exist, and be ours, before values are stored in it.
pub fn group_exists_before_it_is_filled(first: &Action, second: &Action) -> bool {
    let made = match &first.kind {
        Kind::CreateParameterGroup { group, .. } | Kind::AdoptParameterGroup { group, .. } => group,
        _ => return false,
    };
    group_of(&second.kind) == Some(made)
}

/// RDS refuses a change to a group while an earlier one is pending there (InvalidDBParameterGroupState).
pub fn one_request_per_group_at_a_time(first: &Action, second: &Action) -> bool {
    let fills = |kind: &Kind| {
        matches!(
            kind,
            Kind::ModifyParameters { .. } | Kind::ResetParameters { .. }
        )
    };
    fills(&first.kind)
        && group_of(&second.kind).is_some()
        && group_of(&first.kind) == group_of(&second.kind)
}

/// A cluster must not see a group that is half filled: dynamic values become live at once.
pub fn group_complete_before_it_is_attached(first: &Action, second: &Action) -> bool {
    match (&first.kind, &second.kind) {
        (
            Kind::CreateParameterGroup { group, .. }
            | Kind::AdoptParameterGroup { group, .. }
            | Kind::ModifyParameters { group, .. }
            | Kind::ResetParameters { group, .. }
            | Kind::CheckParameterGroup { group, .. },
            Kind::AttachParameterGroup {
                group: attached, ..
            },
        ) => group == attached,
        _ => false,
    }
}

/// A cluster that is being modified refuses the next modification (InvalidDBClusterStateFault).
pub fn one_cluster_modification_at_a_time(first: &Action, second: &Action) -> bool {
    modifies_cluster(&first.kind) && modifies_cluster(&second.kind)
}

/// A cluster modification may hold its members in `configuring-enhanced-monitoring`.
pub fn cluster_modified_before_members_are_queued(first: &Action, second: &Action) -> bool {
    modifies_cluster(&first.kind)
        && matches!(
            second.kind,
            Kind::QueueClassChange { .. } | Kind::ClearQueue { .. }
        )
}

/// Settling waits for everything that was stored.
pub fn staged_before_settled(first: &Action, second: &Action) -> bool {
    first.phase == Phase::Stage && second.phase == Phase::Settle
}

/// A restart does not mend a dynamic value that did not propagate.
pub fn settled_before_restarts(first: &Action, second: &Action) -> bool {
    first.phase == Phase::Settle && second.phase == Phase::Activate
}

/// What a restart should make live must be stored before it.
pub fn staged_before_restarts(first: &Action, second: &Action) -> bool {
    first.phase == Phase::Stage && second.phase == Phase::Activate
}

/// The failover target must be proven before it takes the writes.
pub fn readers_before_the_failover(first: &Action, second: &Action) -> bool {
    first.kind.restarts().is_some() && matches!(second.kind, Kind::Failover { .. })
}

/// Whether a second reboot is needed shows only when the restart is over.
pub fn second_reboot_after_the_restart(first: &Action, second: &Action) -> bool {
    second.kind.is_second_reboot() && first.kind.restarts() == second.kind.restarts()
}

/// Never two members unavailable through us at once.
pub fn one_disruption_at_a_time(first: &Action, second: &Action) -> bool {
    first.kind.is_disruptive() && second.kind.is_disruptive()
}

/// A member needs its cluster.
pub fn restored_before_members(first: &Action, second: &Action) -> bool {
    matches!(first.kind, Kind::RestoreCluster(_)) && matches!(second.kind, Kind::CreateMember(_))
}

/// The first member of a new cluster becomes its writer (Amazon Aurora User Guide, restoring from a snapshot).
pub fn writer_before_readers(first: &Action, second: &Action) -> bool {
    match (&first.kind, &second.kind) {
        (Kind::CreateMember(first), Kind::CreateMember(second)) => {
            first.is_first && !second.is_first
        }
        _ => false,
    }
}

/// Verification speaks of the end state.
pub fn everything_before_verification(first: &Action, second: &Action) -> bool {
    first.phase < Phase::Verify && second.phase == Phase::Verify
}

/// Rollback insurance is held until everything is verified.
pub fn verified_before_release(first: &Action, second: &Action) -> bool {
    first.phase == Phase::Verify && second.phase == Phase::CleanUp
}

/// A declared command or gate begins when everything before it is finished, and nothing after it begins before it is over:
/// what it looks at does not change under it.
pub fn a_step_stands_alone(first: &Action, second: &Action) -> bool {
    first.kind.is_declared() || second.kind.is_declared()
}

fn modifies_cluster(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::AttachParameterGroup { .. } | Kind::ModifyInsights { .. }
    )
}

fn group_of(kind: &Kind) -> Option<&crate::names::ParameterGroupName> {
    match kind {
        Kind::CreateParameterGroup { group, .. }
        | Kind::AdoptParameterGroup { group, .. }
        | Kind::ModifyParameters { group, .. }
        | Kind::ResetParameters { group, .. }
        | Kind::CheckParameterGroup { group, .. } => Some(group),
        _ => None,
    }
}
