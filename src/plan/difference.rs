//! The differences between declaration and live facts, before anything is decided about them.
//!
//! Goes in: `Desired` and `Observed`. Comes out: what differs, and which facts are still missing to tell.

use super::spelling;
use crate::desired::{Desired, Place};
use crate::names::{InstanceClass, InstanceId, ParameterGroupName, ParameterName};
use crate::observed::{Cluster, OWNER_TAG, Observed, Parameter, ParameterGroup};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that differs in one partition.
#[derive(Clone, Debug, Default)]
pub struct Differences {
    /// The cluster parameter group; `None` when no parameter is declared.
    pub group: Option<GroupDifference>,
    /// Members whose class is not the declared one.
    pub classes: BTreeMap<InstanceId, ClassDifference>,
    /// The Database Insights mode: live and declared.
    pub insights_mode: Option<(Option<String>, String)>,
    /// The Performance Insights retention in days: live and declared.
    pub retention_days: Option<(Option<u32>, u32)>,
    /// Members that hold stored values which they do not run yet.
    pub stored_not_live: BTreeSet<InstanceId>,
    /// Members in whose queue a rollback finds the class that it takes out: the class that they have, and the queued one.
    pub queued: BTreeMap<InstanceId, (InstanceClass, InstanceClass)>,
    /// Whether Performance Insights is on and a rollback turns it off.
    pub insights_off: bool,
    /// Whether cluster or members have modifications queued that nobody declared: something is to be settled first.
    pub has_foreign_queue: bool,
}

/// How the cluster parameter group differs.
#[derive(Clone, Debug)]
pub struct GroupDifference {
    /// The group that carries the declared values.
    pub target: ParameterGroupName,
    /// The group that is attached now.
    pub attached: ParameterGroupName,
    /// What was read of the target; `None` when it was not read yet.
    pub group: Option<ParameterGroup>,
    /// Declared values that the target does not store.
    pub settings: Vec<SettingDifference>,
    /// `user` values of the target that are not declared.
    pub resets: Vec<Parameter>,
    /// Declared parameters of which AWS's description was not read yet.
    pub undescribed: BTreeSet<ParameterName>,
    /// Declared parameters that AWS does not know.
    pub unknown: BTreeSet<ParameterName>,
    /// Every declared value in AWS's spelling, as far as it is described.
    pub declared: BTreeMap<ParameterName, String>,
}

impl GroupDifference {
    /// Whether the target is known to exist.
    pub fn exists(&self) -> bool {
        self.target.is_default() || self.group.as_ref().is_some_and(|group| group.exists)
    }

    /// Whether another group is attached.
    pub fn attaches(&self) -> bool {
        self.target != self.attached
    }

    /// Whether anything about the group is to be done.
    pub fn is_any(&self) -> bool {
        self.attaches()
            || !self.settings.is_empty()
            || !self.resets.is_empty()
            || !self.undescribed.is_empty()
            || !self.unknown.is_empty()
    }
}

/// One declared value that is not stored.
#[derive(Clone, Debug)]
pub struct SettingDifference {
    /// The parameter as AWS describes it, with the value that is in force now where the group has none.
    pub parameter: Parameter,
    /// The value to store.
    pub to: String,
    /// The `user` value that the target stores now.
    pub before: Option<String>,
    /// Where it is declared.
    pub place: Place,
}

/// A class that is not the declared one.
#[derive(Clone, Debug)]
pub struct ClassDifference {
    /// The class now.
    pub from: InstanceClass,
    /// The declared class.
    pub to: InstanceClass,
    /// Whether the member's queue already holds the declared class.
    pub queued: bool,
}

impl Differences {
    /// Compares. Facts that were not read yet count as differences that are not described.
    pub fn between(desired: &Desired, observed: &Observed) -> Self {
        let Some(cluster) = &observed.cluster else {
            return Self::default();
        };
        Self {
            group: group_difference(desired, observed, cluster),
            classes: class_differences(desired, cluster),
            insights_mode: desired.cluster.database_insights.and_then(|declared| {
                let live = cluster.database_insights.clone();
                (live.as_deref() != Some(declared.as_str()))
                    .then(|| (live, declared.as_str().to_owned()))
            }),
            retention_days: desired
                .cluster
                .performance_insights_retention_days
                .and_then(|declared| {
                    let live = cluster.performance_insights_retention_days;
                    (live != Some(declared)).then_some((live, declared))
                }),
            stored_not_live: stored_not_live(desired, observed, cluster),
            queued: queued(desired, cluster),
            insights_off: desired
                .undoes
                .as_ref()
                .is_some_and(|undoes| undoes.performance_insights_off)
                && cluster.performance_insights_enabled == Some(true),
            has_foreign_queue: !cluster.pending.is_empty()
                || cluster
                    .members
                    .values()
                    .any(|member| foreign_queue(desired, member).next().is_some()),
        }
    }

    /// Whether anything differs.
    pub fn is_any(&self) -> bool {
        self.group.as_ref().is_some_and(GroupDifference::is_any)
            || !self.classes.is_empty()
            || self.insights_mode.is_some()
            || self.retention_days.is_some()
            || !self.stored_not_live.is_empty()
            || !self.queued.is_empty()
            || self.insights_off
            || self.has_foreign_queue
    }
}

/// The queued modifications of a member that the declaration does not ask for: field and value.
pub fn foreign_queue<'a>(
    desired: &'a Desired,
    member: &'a crate::observed::Member,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    let declared = desired.cluster.class_of(&member.identifier);
    let taken_out = desired
        .undoes
        .as_ref()
        .and_then(|undoes| undoes.queued.get(&member.identifier));
    member.pending.iter().filter(move |(field, value)| {
        let is = |class: &InstanceClass| class.as_str() == value.as_str();
        *field != PENDING_CLASS || !(declared.is_some_and(is) || taken_out.is_some_and(is))
    })
}

/// The members whose queue holds a class that is to be taken out.
fn queued(
    desired: &Desired,
    cluster: &Cluster,
) -> BTreeMap<InstanceId, (InstanceClass, InstanceClass)> {
    desired
        .undoes
        .iter()
        .flat_map(|undoes| &undoes.queued)
        .filter_map(|(instance, queued)| {
            let member = cluster.members.get(instance)?;
            (member.pending.get(PENDING_CLASS).map(String::as_str) == Some(queued.as_str()))
                .then(|| (instance.clone(), (member.class.clone(), queued.clone())))
        })
        .collect()
}

/// Whether the parameters of the cluster's group are ours to manage: some are declared, or a group is, or the attached
/// group is one that auroractl made for this partition, so that the last declared value was taken out.
///
/// A rollback manages them where its run changed something about them, and then names the group.
pub fn manages_parameters(desired: &Desired, observed: &Observed, cluster: &Cluster) -> bool {
    if desired.undoes.is_some() {
        return desired.cluster.parameter_group.is_some();
    }
    !desired.parameters.is_empty()
        || desired.cluster.parameter_group.is_some()
        || observed
            .groups
            .get(&cluster.parameter_group)
            .and_then(|group| group.tags.as_ref())
            .and_then(|tags| tags.get(OWNER_TAG))
            .is_some_and(|owner| owner == desired.partition.as_str())
}

/// The group that the declared parameters go to: the declared one; else the attached one, unless AWS owns it; else the
/// one whose name is derived from cluster and family.
pub fn target_group(desired: &Desired, cluster: &Cluster) -> ParameterGroupName {
    if desired.cluster.parameter_group.is_none() && !cluster.parameter_group.is_default() {
        cluster.parameter_group.clone()
    } else {
        desired.cluster.group()
    }
}

/// AWS's description of a parameter: from the target group, or from the family's defaults.
pub fn described<'a>(
    observed: &'a Observed,
    target: &ParameterGroupName,
    defaults: &ParameterGroupName,
    name: &ParameterName,
) -> Option<&'a Parameter> {
    [target, defaults]
        .into_iter()
        .filter_map(|group| observed.groups.get(group))
        .find_map(|group| group.parameters.get(name))
}

/// The default group of the cluster's family, under which its defaults are kept.
pub fn default_group(cluster: &Cluster) -> ParameterGroupName {
    let family = crate::names::Family::of(&cluster.engine, &cluster.engine_version);
    ParameterGroupName::new(format!("default.{family}"))
}

fn group_difference(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
) -> Option<GroupDifference> {
    if !manages_parameters(desired, observed, cluster) {
        return None;
    }
    let target = target_group(desired, cluster);
    let defaults = default_group(cluster);
    let group = observed
        .groups
        .get(&target)
        .filter(|group| group.user_parameters_read || !group.exists)
        .cloned();
    let mut difference = GroupDifference {
        target: target.clone(),
        attached: cluster.parameter_group.clone(),
        settings: Vec::new(),
        resets: Vec::new(),
        undescribed: BTreeSet::new(),
        unknown: BTreeSet::new(),
        declared: BTreeMap::new(),
        group,
    };
    let user_value = |name: &ParameterName| {
        difference
            .group
            .as_ref()
            .and_then(|group| group.parameters.get(name))
            .filter(|parameter| parameter.source == "user")
            .and_then(|parameter| parameter.value.clone())
    };
    for (name, declared) in &desired.parameters {
        let Some(parameter) = described(observed, &target, &defaults, name) else {
            let asked = [&target, &defaults]
                .into_iter()
                .filter_map(|group| observed.groups.get(group))
                .any(|group| group.asked.contains(name));
            if asked {
                difference.unknown.insert(name.clone());
            } else {
                difference.undescribed.insert(name.clone());
            }
            continue;
        };
        let to = spelling::stored(&declared.value, parameter);
        let before = user_value(name);
        let stored = before
            .as_deref()
            .is_some_and(|before| spelling::same(before, &to, parameter));
        difference.declared.insert(name.clone(), to.clone());
        if !stored {
            difference.settings.push(SettingDifference {
                parameter: parameter.clone(),
                to,
                before,
                place: declared.place.clone(),
            });
        }
    }
    if let Some(group) = &difference.group {
        difference.resets = group
            .parameters
            .values()
            .filter(|parameter| parameter.source == "user")
            .filter(|parameter| !desired.parameters.contains_key(&parameter.name))
            .cloned()
            .collect();
    }
    Some(difference)
}

fn class_differences(
    desired: &Desired,
    cluster: &Cluster,
) -> BTreeMap<InstanceId, ClassDifference> {
    cluster
        .members
        .values()
        .filter_map(|member| {
            let declared = desired.cluster.class_of(&member.identifier)?;
            (declared != &member.class).then(|| {
                let queued = member.pending.get(PENDING_CLASS).map(String::as_str)
                    == Some(declared.as_str());
                let difference = ClassDifference {
                    from: member.class.clone(),
                    to: declared.clone(),
                    queued,
                };
                (member.identifier.clone(), difference)
            })
        })
        .collect()
}

/// The name of a queued class in PendingModifiedValues.
pub const PENDING_CLASS: &str = "DBInstanceClass";

/// The member status that means: a restart is needed.
pub const PENDING_REBOOT: &str = "pending-reboot";

fn stored_not_live(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
) -> BTreeSet<InstanceId> {
    if !manages_parameters(desired, observed, cluster) {
        return BTreeSet::new();
    }
    cluster
        .members
        .values()
        .filter(|member| member.cluster_parameter_group_status == PENDING_REBOOT)
        .map(|member| member.identifier.clone())
        .collect()
}
