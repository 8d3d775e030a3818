//! What a plan still needs to know, and what it learns: questions go to `aws`, answers come back into `Observed`.
//!
//! A question names everything that decides its answer, so that one answer serves every partition that asks the same.

use super::{Observed, Parameter, ParameterGroup, Snapshot};
use crate::names::{ClusterId, Family, InstanceClass, ParameterGroupName, ParameterName};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a plan still needs to know. `plan::questions` asks, `aws::observe` answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// All parameters of source `user` of a cluster parameter group, and whether it exists.
    UserParameters(ParameterGroupName),
    /// Single parameters of a cluster parameter group by name.
    Parameters(ParameterGroupName, BTreeSet<ParameterName>),
    /// Single parameters of a family's defaults by name, stored under the group `default.FAMILY`.
    DefaultParameters(Family, BTreeSet<ParameterName>),
    /// A cluster parameter group's family, ARN and tags.
    GroupTags(ParameterGroupName),
    /// The `user` values of a member's own instance parameter group.
    InstanceGroup(ParameterGroupName),
    /// Whether a class can be ordered for an engine version.
    Orderable {
        /// The engine.
        engine: String,
        /// The full engine version.
        engine_version: String,
        /// The class.
        class: InstanceClass,
    },
    /// Our snapshots of a cluster.
    Snapshots(ClusterId),
}

/// What AWS said to one question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To `UserParameters`; `None` when AWS knows no such group.
    UserParameters {
        /// The group.
        group: ParameterGroupName,
        /// Its parameters of source `user`.
        parameters: Option<BTreeMap<ParameterName, Parameter>>,
    },
    /// To `Parameters` and `DefaultParameters`; `None` when AWS knows no such group.
    Parameters {
        /// The group.
        group: ParameterGroupName,
        /// The names that were asked for.
        asked: BTreeSet<ParameterName>,
        /// Those of them that AWS knows.
        parameters: Option<BTreeMap<ParameterName, Parameter>>,
    },
    /// To `GroupTags`; `None` when AWS knows no such group.
    GroupTags {
        /// The group.
        group: ParameterGroupName,
        /// Its family, ARN and tags.
        facts: Option<GroupFacts>,
    },
    /// To `InstanceGroup`.
    InstanceGroup {
        /// The group.
        group: ParameterGroupName,
        /// Its `user` values.
        values: BTreeMap<ParameterName, String>,
    },
    /// To `Orderable`.
    Orderable {
        /// The class.
        class: InstanceClass,
        /// Whether it can be ordered.
        orderable: bool,
    },
    /// To `Snapshots`.
    Snapshots(Vec<Snapshot>),
}

/// What AWS says of a cluster parameter group as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupFacts {
    /// Its family.
    pub family: Family,
    /// Its ARN.
    pub arn: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Observed {
    /// Adds what AWS answered to what is known already.
    pub fn learn(&mut self, answer: Answer) {
        match answer {
            Answer::UserParameters { group, parameters } => {
                let known = self.known_group(group);
                known.exists = parameters.is_some();
                known.user_parameters_read = true;
                known.parameters.extend(parameters.unwrap_or_default());
            }
            Answer::Parameters {
                group,
                asked,
                parameters,
            } => {
                let known = self.known_group(group);
                known.exists = parameters.is_some();
                known.asked.extend(asked);
                known.parameters.extend(parameters.unwrap_or_default());
            }
            Answer::GroupTags { group, facts } => {
                let known = self.known_group(group);
                known.exists = facts.is_some();
                if let Some(GroupFacts { family, arn, tags }) = facts {
                    known.family = Some(family);
                    known.arn = Some(arn);
                    known.tags = Some(tags);
                }
            }
            Answer::InstanceGroup { group, values } => {
                self.instance_groups.insert(group, values);
            }
            Answer::Orderable { class, orderable } => {
                self.orderable.insert(class, orderable);
            }
            Answer::Snapshots(snapshots) => self.snapshots = Some(snapshots),
        }
    }

    fn known_group(&mut self, name: ParameterGroupName) -> &mut ParameterGroup {
        self.groups
            .entry(name.clone())
            .or_insert_with(|| ParameterGroup {
                name,
                exists: false,
                family: None,
                arn: None,
                tags: None,
                user_parameters_read: false,
                asked: BTreeSet::new(),
                parameters: BTreeMap::new(),
            })
    }
}
