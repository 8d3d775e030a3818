//! What must hold before something that interrupts is begun: the cluster is the planned one, roles and members are as
//! the plan assumes, everything is healthy, and the window leaves enough time.
//!
//! Goes in: the plan's assumptions and facts that were read just now. Comes out: a reason not to begin, or none.

use super::before::Before;
use super::health;
use crate::names::InstanceId;
use crate::observed::Cluster;
use crate::plan::action::{Action, Kind, Role};
use crate::plan::{Activation, Plan, Target};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Whether the cluster is still the one that was planned for.
pub(super) fn same_cluster<'a>(
    target: &Target,
    cluster: Option<&'a Cluster>,
) -> Result<&'a Cluster, String> {
    let Some(cluster) = cluster else {
        return Err(format!("cluster `{}` no longer exists", target.cluster));
    };
    if cluster.resource_id != target.resource_id {
        return Err(format!(
            "cluster `{}` is another one now: {} instead of {}",
            target.cluster, cluster.resource_id, target.resource_id
        ));
    }
    Ok(cluster)
}

/// Whether the members are those that were there when the run began.
pub(super) fn same_members(
    expected: &BTreeSet<InstanceId>,
    cluster: &Cluster,
) -> Result<(), String> {
    let missing: Vec<String> = expected
        .iter()
        .filter(|instance| !cluster.members.contains_key(*instance))
        .map(|instance| format!("`{instance}` is no longer a member"))
        .collect();
    let added: Vec<String> = cluster
        .members
        .keys()
        .filter(|instance| !expected.contains(*instance))
        .map(|instance| format!("`{instance}` is a new member"))
        .collect();
    let moved: Vec<String> = missing.into_iter().chain(added).collect();
    if moved.is_empty() {
        Ok(())
    } else {
        Err(moved.join("; "))
    }
}

/// Whether all members stay.
pub(super) fn nobody_leaves(cluster: &Cluster) -> Result<(), String> {
    let leaves = cluster
        .members
        .values()
        .find(|member| member.status == "deleting");
    match leaves {
        Some(member) => Err(format!("`{}` is being deleted", member.identifier)),
        None => Ok(()),
    }
}

/// Whether the members that an action is about have the roles that it assumes.
pub(super) fn same_roles(action: &Action, cluster: &Cluster) -> Result<(), String> {
    if let Kind::Failover { from, to } = &action.kind {
        has_role(cluster, from, Role::Writer)?;
        return has_role(cluster, to, Role::Reader);
    }
    match (action.kind.restarts(), action.role) {
        (Some(instance), Some(role)) => has_role(cluster, instance, role),
        (Some(instance), None) => cluster
            .members
            .contains_key(instance)
            .then_some(())
            .ok_or_else(|| format!("`{instance}` is no longer a member")),
        (None, _) => Ok(()),
    }
}

fn has_role(cluster: &Cluster, instance: &InstanceId, role: Role) -> Result<(), String> {
    let Some(member) = cluster.members.get(instance) else {
        return Err(format!("`{instance}` is no longer a member"));
    };
    let now = if member.is_writer {
        Role::Writer
    } else {
        Role::Reader
    };
    if now == role {
        Ok(())
    } else {
        Err(format!(
            "`{instance}` is {now} now, the plan has it as {role}"
        ))
    }
}

/// What keeps an action that interrupts from being begun, as far as cluster and members tell.
pub(super) fn disruption(
    action: &Action,
    expected: &BTreeSet<InstanceId>,
    cluster: &Cluster,
) -> Option<Before> {
    if let Err(because) = same_members(expected, cluster).and_then(|()| same_roles(action, cluster))
    {
        return Some(Before::Moved(because));
    }
    if let Err(because) = nobody_leaves(cluster) {
        return Some(Before::Moved(because));
    }
    if let Some(because) = health::broken(cluster) {
        return Some(Before::Refuse {
            because,
            hints: vec![format!(
                "nothing is interrupted while a member is unhealthy; see what AWS reports: aws rds describe-events --source-type db-cluster --source-identifier {}",
                cluster.identifier
            )],
        });
    }
    // Never two members unavailable through us: with one away already, another is not touched. The one that is acted
    // on must be available as well, or AWS refuses.
    health::unavailable(cluster).map(Before::Wait)
}

/// Whether the window allows to begin an interruption now, when this many seconds of interrupting work remain.
pub(super) fn window(plan: &Plan, now: Timestamp, remaining_seconds: u32) -> Result<(), String> {
    let closes = match &plan.activation {
        Activation::NotNeeded | Activation::Now => return Ok(()),
        Activation::Deferred { because, .. } => {
            return Err(format!("nothing is restarted in this run: {because}"));
        }
        Activation::InWindow { closes } => *closes,
    };
    let closes = match &plan.window {
        Some(window) => match window.occurrence(now) {
            Some(occurrence) if occurrence.contains(now) => occurrence.closes,
            Some(occurrence) => {
                return Err(format!(
                    "the window ({}) is closed at {now}; it opens at {}",
                    window.as_written, occurrence.opens
                ));
            }
            None => {
                return Err(format!(
                    "the window ({}) is closed at {now} and opens no more",
                    window.as_written
                ));
            }
        },
        None => closes,
    };
    let left = closes.as_second().saturating_sub(now.as_second());
    if left < i64::from(remaining_seconds) {
        let next = plan
            .window
            .as_ref()
            .and_then(|window| window.occurrence(closes))
            .map_or_else(String::new, |next| {
                format!(
                    "; it opens next at {}, and `apply --activate` waits for no window; what is staged becomes live with any restart until then, one in AWS's own maintenance window included",
                    next.opens
                )
            });
        return Err(format!(
            "the window closes at {closes}, in {} s, and the restarts that remain are expected to take {remaining_seconds} s{next}",
            left.max(0)
        ));
    }
    Ok(())
}
