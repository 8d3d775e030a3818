//! May an action begin? Decided from facts that were read just before, so that nothing is sent that AWS would refuse,
//! that is done already, or that no longer fits the plan.

use super::facts::Facts;
use super::unchanged::in_words;
use super::{guard, health};
use crate::names::{InstanceClass, InstanceId, RunId};
use crate::observed::{Cluster, Member, OWNER_TAG, RUN_TAG, Snapshot};
use crate::plan::Plan;
use crate::plan::action::{Action, ClusterRecipe, Kind, MemberRecipe};
use crate::plan::difference::PENDING_CLASS;
use std::collections::{BTreeMap, BTreeSet};

/// The verdict on one look before an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It may begin.
    Go,
    /// An earlier attempt of this run that was taken for lost has happened after all; this shows it.
    Adopt(String),
    /// It is not needed, for this reason.
    Skip(String),
    /// Not yet; this is what is waited for.
    Wait(String),
    /// It cannot be done.
    Refuse {
        /// Why not.
        because: String,
        /// What the reader can do.
        hints: Vec<String>,
    },
    /// The facts no longer fit the plan.
    Moved(String),
}

/// The verdict on an action. `members` are those of the cluster when the run began; `tried_by` is the run, where it has
/// asked for this action before.
pub(super) fn before(
    plan: &Plan,
    members: &BTreeSet<InstanceId>,
    action: &Action,
    tried_by: Option<&RunId>,
    facts: &Facts,
) -> Before {
    match &action.kind {
        Kind::CreateSnapshot => match (live(plan, facts), &facts.snapshot) {
            (Err(moved), _) => moved,
            (Ok(_), Some(snapshot)) if is_of(snapshot, tried_by) => Before::Adopt(format!(
                "snapshot {} is this run's own",
                snapshot.identifier
            )),
            (Ok(_), Some(snapshot)) => refuse(
                format!("snapshot `{}` exists already", snapshot.identifier),
                "its name is derived from the run, so it should not; look at it before it is deleted",
            ),
            (Ok(cluster), None) => when_available(cluster),
        },
        Kind::CreateParameterGroup { group, .. } => match &facts.group_tags {
            None => Before::Go,
            Some(tags)
                if tried_by.is_some()
                    && tags.get(OWNER_TAG).map(String::as_str) == Some(plan.partition.as_str()) =>
            {
                Before::Adopt(format!("group {group} exists and is tagged as ours"))
            }
            Some(_) => Before::Moved(format!(
                "parameter group `{group}` exists, and did not when the plan was made"
            )),
        },
        Kind::AdoptParameterGroup { group, .. } => match &facts.group_tags {
            Some(_) => Before::Go,
            None => group_is_gone(group),
        },
        Kind::ModifyParameters { parameters, .. }
            if parameters.iter().any(|setting| setting.value.is_none()) =>
        {
            refuse(
                "a parameter has no value to store".to_owned(),
                "the plan is damaged; make a new one",
            )
        }
        Kind::ModifyParameters { group, .. }
        | Kind::ResetParameters { group, .. }
        | Kind::CheckParameterGroup { group, .. } => match &facts.parameters {
            Some(_) => Before::Go,
            None => group_is_gone(group),
        },
        Kind::AttachParameterGroup { group, before, .. } => match live(plan, facts) {
            Err(moved) => moved,
            Ok(cluster) if cluster.parameter_group == *group => {
                Before::Skip(format!("cluster uses group {group} already"))
            }
            Ok(cluster) if cluster.parameter_group != *before => Before::Moved(format!(
                "the cluster uses group `{}` now, the plan replaces `{before}`",
                cluster.parameter_group
            )),
            Ok(cluster) => when_available(cluster),
        },
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => match live(plan, facts) {
            Err(moved) => moved,
            Ok(cluster)
                if insights_are(
                    cluster,
                    mode.as_deref(),
                    *enable_performance_insights,
                    *retention_days,
                ) =>
            {
                Before::Skip("the cluster shows these settings already".to_owned())
            }
            Ok(cluster) => when_available(cluster),
        },
        Kind::QueueClassChange {
            instance,
            class,
            before,
        } => match live(plan, facts).and_then(|cluster| member(cluster, instance)) {
            Err(moved) => moved,
            Ok((_, member)) => queue(member, class, before),
        },
        Kind::ClearQueue {
            instance,
            class,
            pending,
        } => match live(plan, facts).and_then(|cluster| member(cluster, instance)) {
            Err(moved) => moved,
            Ok((_, member)) => clear_queue(member, class, pending),
        },
        Kind::Settle { .. } | Kind::Verify(_) => match live(plan, facts) {
            Err(moved) => moved,
            Ok(_) => Before::Go,
        },
        Kind::Flush {
            instance, pending, ..
        }
        | Kind::ChangeClass {
            instance, pending, ..
        } => match disruptive(plan, members, action, facts, instance) {
            Err(verdict) => verdict,
            Ok((_, member)) => exact_queue(member, pending),
        },
        Kind::Reboot {
            instance,
            unless_in_sync,
            ..
        } => match disruptive(plan, members, action, facts, instance) {
            Err(verdict) => verdict,
            Ok((_, member))
                if *unless_in_sync && member.cluster_parameter_group_status == "in-sync" =>
            {
                Before::Skip(format!("{instance} is in-sync"))
            }
            Ok((_, member)) if member.cluster_parameter_group_status == "applying" => {
                Before::Wait(health::in_words(member))
            }
            Ok(_) => Before::Go,
        },
        Kind::Failover { to, .. } => match disruptive(plan, members, action, facts, to) {
            Err(verdict) => verdict,
            Ok((_, target)) if target.cluster_parameter_group_status != "in-sync" => {
                Before::Wait(health::in_words(target))
            }
            Ok(_) => Before::Go,
        },
        Kind::RestoreCluster(recipe) => restore_cluster(recipe, tried_by, facts),
        Kind::CreateMember(recipe) => create_member(recipe, tried_by, facts),
        // `command` and `gate` look for themselves.
        Kind::Command { .. } | Kind::Gate { .. } => Before::Go,
        Kind::VerifyRestored(expected) => match &facts.cluster {
            Some(_) => Before::Go,
            None => Before::Moved(format!("cluster `{}` is gone", expected.cluster)),
        },
        Kind::ReleaseSnapshot { .. } => match &facts.snapshot {
            Some(_) => Before::Go,
            None => Before::Skip("the snapshot is gone".to_owned()),
        },
        Kind::DeleteExpiredSnapshot { snapshot } => match (&facts.snapshot, facts.at) {
            (None, _) => Before::Skip(format!("snapshot {snapshot} is gone")),
            (Some(found), Some(now)) if found.has_expired(now) => Before::Go,
            (Some(_), _) => Before::Skip(format!(
                "snapshot {snapshot} no longer says that its time is over"
            )),
        },
    }
}

fn restore_cluster(recipe: &ClusterRecipe, tried_by: Option<&RunId>, facts: &Facts) -> Before {
    let name = &recipe.cluster;
    match (&facts.cluster, &facts.snapshot) {
        (Some(cluster), _) if carries(&cluster.tags, tried_by) => {
            Before::Adopt(format!("cluster {name} is this run's own"))
        }
        (Some(_), _) => refuse(
            format!("cluster `{name}` exists already"),
            "its name is derived from a run, so it should not; look at it",
        ),
        (None, Some(snapshot)) if snapshot.status == "available" => Before::Go,
        (None, Some(snapshot)) => refuse(
            format!("snapshot `{}` is {}", snapshot.identifier, snapshot.status),
            "only an available snapshot can be restored",
        ),
        (None, None) => refuse(
            format!("snapshot `{}` is gone", recipe.snapshot),
            "see what automated backups there are: aws rds describe-db-cluster-snapshots",
        ),
    }
}

fn create_member(recipe: &MemberRecipe, tried_by: Option<&RunId>, facts: &Facts) -> Before {
    let Some(cluster) = &facts.cluster else {
        return Before::Moved(format!("cluster `{}` is gone", recipe.cluster));
    };
    let name = &recipe.instance;
    match cluster.members.get(name) {
        Some(member) if carries(&member.settings.tags, tried_by) => {
            Before::Adopt(format!("{name} is this run's own"))
        }
        Some(_) => refuse(
            format!("`{name}` exists already"),
            "its name is derived from a run, so it should not; look at it",
        ),
        None if health::is_available(&cluster.status) => Before::Go,
        None => Before::Wait(format!("cluster is {}", cluster.status)),
    }
}

/// Whether tags name this run.
pub(super) fn carries(tags: &BTreeMap<String, String>, run: Option<&RunId>) -> bool {
    run.is_some_and(|run| tags.get(RUN_TAG).map(String::as_str) == Some(run.as_str()))
}

/// Whether a snapshot was made by this run.
pub(super) fn is_of(snapshot: &Snapshot, run: Option<&RunId>) -> bool {
    carries(&snapshot.tags, run)
}

/// Whether the cluster shows Insights settings; what is not asked for is not looked at.
pub(super) fn insights_are(
    cluster: &Cluster,
    mode: Option<&str>,
    enabled: Option<bool>,
    retention_days: Option<u32>,
) -> bool {
    mode.is_none_or(|mode| cluster.database_insights.as_deref() == Some(mode))
        && enabled.is_none_or(|enabled| cluster.performance_insights_enabled == Some(enabled))
        && retention_days
            .is_none_or(|days| cluster.performance_insights_retention_days == Some(days))
}

fn live<'a>(plan: &Plan, facts: &'a Facts) -> Result<&'a Cluster, Before> {
    guard::same_cluster(&plan.target, facts.cluster.as_ref()).map_err(Before::Moved)
}

fn member<'a>(
    cluster: &'a Cluster,
    instance: &InstanceId,
) -> Result<(&'a Cluster, &'a Member), Before> {
    match cluster.members.get(instance) {
        Some(member) => Ok((cluster, member)),
        None => Err(Before::Moved(format!("`{instance}` is no longer a member"))),
    }
}

fn disruptive<'a>(
    plan: &Plan,
    members: &BTreeSet<InstanceId>,
    action: &Action,
    facts: &'a Facts,
    instance: &InstanceId,
) -> Result<(&'a Cluster, &'a Member), Before> {
    let cluster = live(plan, facts)?;
    match guard::disruption(action, members, cluster) {
        Some(verdict) => Err(verdict),
        None => member(cluster, instance),
    }
}

fn when_available(cluster: &Cluster) -> Before {
    if let Some(because) = health::broken(cluster) {
        return refuse(because, "a cluster in this state takes no change");
    }
    match health::unavailable(cluster) {
        Some(seen) => Before::Wait(seen),
        None => Before::Go,
    }
}

fn queue(member: &Member, class: &InstanceClass, before: &InstanceClass) -> Before {
    if let Some(because) = health::broken_member(member) {
        return refuse(because, "a member in this state takes no change");
    }
    match member.pending.get(PENDING_CLASS) {
        Some(queued) if queued == class.as_str() => Before::Skip(format!(
            "class {class} is queued on {} already",
            member.identifier
        )),
        Some(queued) => Before::Moved(format!(
            "class {queued} is queued on `{}`, and was not when the plan was made",
            member.identifier
        )),
        None if member.class != *before => Before::Moved(format!(
            "`{}` is {} now, the plan has it as {before}",
            member.identifier, member.class
        )),
        None if !health::is_available(&member.status) => Before::Wait(health::in_words(member)),
        None => Before::Go,
    }
}

/// A request for the class that a member has takes a queued class back, and applies whatever else is queued.
fn clear_queue(
    member: &Member,
    class: &InstanceClass,
    pending: &BTreeMap<String, String>,
) -> Before {
    if let Some(because) = health::broken_member(member) {
        return refuse(because, "a member in this state takes no change");
    }
    if member.class != *class {
        return Before::Moved(format!(
            "`{}` is {} now, the plan has it as {class}",
            member.identifier, member.class
        ));
    }
    if !health::is_available(&member.status) {
        return Before::Wait(health::in_words(member));
    }
    if member.pending.is_empty() {
        return Before::Skip(format!("nothing is queued on {}", member.identifier));
    }
    exact_queue(member, pending)
}

/// A flush applies the whole queue, so that the queue must hold what was planned and nothing else.
fn exact_queue(member: &Member, planned: &BTreeMap<String, String>) -> Before {
    if member.pending == *planned {
        return Before::Go;
    }
    Before::Moved(format!(
        "`{}` has {} queued, the plan has {}; AWS would apply all of it",
        member.identifier,
        in_words(&member.pending),
        in_words(planned)
    ))
}

fn group_is_gone(group: &crate::names::ParameterGroupName) -> Before {
    Before::Moved(format!("parameter group `{group}` does not exist"))
}

fn refuse(because: String, hint: &str) -> Before {
    Before::Refuse {
        because,
        hints: vec![hint.to_owned()],
    }
}
