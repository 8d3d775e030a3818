//! What the requests of a run changed: each property with its value before the first of them and after the last.

use crate::names::{InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId};
use crate::observed::Cluster;
use crate::plan::action::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// One request that AWS is proven to have taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// What it did.
    pub kind: Kind,
    /// The cluster as it was read just before, where it was.
    pub before: Option<Cluster>,
}

/// Everything that a run changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The attached cluster parameter group before and after.
    pub group: Option<(ParameterGroupName, ParameterGroupName)>,
    /// The group in which values were stored or reset.
    pub stored_in: Option<ParameterGroupName>,
    /// Those values.
    pub values: BTreeMap<ParameterName, Values>,
    /// The group that the run created.
    pub created: Option<ParameterGroupName>,
    /// The group that the run tagged as ours.
    pub adopted: Option<ParameterGroupName>,
    /// The class of each member before, and the one that was asked for; queued or live.
    pub classes: BTreeMap<InstanceId, (InstanceClass, InstanceClass)>,
    /// The Insights settings.
    pub insights: InsightsBefore,
    /// The members that were restarted.
    pub restarted: BTreeSet<InstanceId>,
    /// The failovers: the writer before and after each.
    pub failovers: Vec<(InstanceId, InstanceId)>,
    /// Snapshots of earlier runs that were deleted because their time was over.
    pub deleted_snapshots: Vec<SnapshotId>,
}

/// One stored value: absent where the group had none of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// Before the run.
    pub before: Option<String>,
    /// What the run stored; absent where it was reset.
    pub after: Option<String>,
}

/// The Insights settings that were sent, each with what it was before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InsightsBefore {
    /// The mode before and after.
    pub mode: Option<(String, String)>,
    /// Whether Performance Insights was on before, and whether it was afterwards.
    pub enabled: Option<(bool, bool)>,
    /// Days of retention before, where there were any, and after.
    pub retention_days: Option<(Option<u32>, u32)>,
}

impl Effects {
    /// What these requests, in the order in which they were sent, changed.
    pub fn of(sent: &[Sent]) -> Self {
        let mut effects = Self::default();
        for one in sent {
            effects.add(one);
        }
        effects
    }

    fn add(&mut self, Sent { kind, before }: &Sent) {
        match kind {
            Kind::CreateParameterGroup { group, .. } => self.created = Some(group.clone()),
            Kind::AdoptParameterGroup { group, .. } => self.adopted = Some(group.clone()),
            Kind::ModifyParameters { group, parameters }
            | Kind::ResetParameters { group, parameters } => {
                self.stored_in = Some(group.clone());
                for setting in parameters {
                    self.values
                        .entry(setting.name.clone())
                        .or_insert_with(|| Values {
                            before: setting.before.clone(),
                            after: None,
                        })
                        .after
                        .clone_from(&setting.value);
                }
            }
            Kind::AttachParameterGroup { group, before, .. } => {
                self.group = Some((before.clone(), group.clone()));
            }
            Kind::ModifyInsights {
                mode,
                enable_performance_insights,
                retention_days,
            } => self.insights.add(
                mode.as_deref(),
                *enable_performance_insights,
                *retention_days,
                before.as_ref(),
            ),
            Kind::QueueClassChange {
                instance,
                class,
                before,
            } => self.class(instance, before, class),
            Kind::ChangeClass {
                instance,
                class,
                before,
                ..
            } => {
                self.class(instance, before, class);
                self.restarted.insert(instance.clone());
            }
            Kind::Flush {
                instance, class, ..
            } => {
                let live = before
                    .as_ref()
                    .and_then(|cluster| cluster.members.get(instance))
                    .map(|member| member.class.clone());
                if let Some(live) = live {
                    self.class(instance, &live, class);
                }
                self.restarted.insert(instance.clone());
            }
            Kind::Reboot { instance, .. } => {
                self.restarted.insert(instance.clone());
            }
            Kind::Failover { from, to } => self.failovers.push((from.clone(), to.clone())),
            Kind::DeleteExpiredSnapshot { snapshot } => {
                self.deleted_snapshots.push(snapshot.clone());
            }
            // A rollback's own: the class stays, and what waited was never live.
            Kind::ClearQueue { .. }
            // The run's snapshot is not in the way of anything, and what only reads changes nothing.
            | Kind::CreateSnapshot
            | Kind::ReleaseSnapshot { .. }
            | Kind::CheckParameterGroup { .. }
            | Kind::Settle { .. }
            | Kind::Verify(_)
            // A new cluster is beside the old one; nothing of it is undone by the planner.
            | Kind::RestoreCluster(_)
            | Kind::CreateMember(_)
            | Kind::VerifyRestored(_)
            // What a command did, only its author knows.
            | Kind::Command { .. }
            | Kind::Gate { .. } => {}
        }
    }

    fn class(&mut self, instance: &InstanceId, before: &InstanceClass, after: &InstanceClass) {
        self.classes
            .entry(instance.clone())
            .or_insert_with(|| (before.clone(), after.clone()))
            .1
            .clone_from(after);
    }

    /// Whether anything about the cluster's parameters was changed.
    pub fn touches_parameters(&self) -> bool {
        self.group.is_some() || self.stored_in.is_some()
    }

    /// The group that the cluster uses once everything is undone, where the run touched its parameters.
    pub fn target(&self) -> Option<&ParameterGroupName> {
        match (&self.group, &self.stored_in) {
            (Some((before, _)), _) => Some(before),
            // Stored in a group that was made for the cluster and never attached: nothing to go back to.
            (None, Some(group)) if self.created.as_ref() != Some(group) => Some(group),
            (None, _) => None,
        }
    }
}

impl InsightsBefore {
    fn add(
        &mut self,
        mode: Option<&str>,
        enabled: Option<bool>,
        retention_days: Option<u32>,
        before: Option<&Cluster>,
    ) {
        let Some(before) = before else {
            return;
        };
        if let (Some(after), Some(live)) = (mode, &before.database_insights) {
            self.mode
                .get_or_insert_with(|| (live.clone(), after.to_owned()))
                .1 = after.to_owned();
        }
        if let (Some(after), Some(live)) = (enabled, before.performance_insights_enabled) {
            self.enabled.get_or_insert((live, after)).1 = after;
        }
        if let Some(after) = retention_days {
            let live = before.performance_insights_retention_days;
            self.retention_days.get_or_insert((live, after)).1 = after;
        }
    }
}
