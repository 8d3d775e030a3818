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

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]

    use super::*;
    use crate::names::{AccountId, Region};
    use crate::observed::{ApplyType, Backend, Caller};
    use jiff::Timestamp;
    use std::sync::Arc;

    fn nothing_known() -> Observed {
        Observed {
            at: Timestamp::UNIX_EPOCH,
            backend: Backend::Aws { endpoint: None },
            caller: Caller {
                account: AccountId::new("111111111111"),
                arn: String::new(),
            },
            region: Region::new("us-east-1"),
            cluster: None,
            neighbours: Arc::default(),
            groups: BTreeMap::new(),
            instance_groups: BTreeMap::new(),
            orderable: BTreeMap::new(),
            snapshots: None,
            ended_runs: BTreeSet::new(),
            restoring: BTreeMap::new(),
            shared_store: None,
            told: None,
        }
    }

    fn parameter(name: &str, source: &str) -> (ParameterName, Parameter) {
        let name = ParameterName::new(name);
        let parameter = Parameter {
            name: name.clone(),
            value: Some("1".to_owned()),
            source: source.to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: "integer".to_owned(),
            allowed_values: None,
            is_modifiable: true,
        };
        (name, parameter)
    }

    #[test]
    fn answers_about_one_group_add_up() {
        let mut observed = nothing_known();
        let group = ParameterGroupName::new("orders-16");
        observed.learn(Answer::UserParameters {
            group: group.clone(),
            parameters: Some(BTreeMap::from([parameter("work_mem", "user")])),
        });
        let asked = BTreeSet::from([
            ParameterName::new("max_connections"),
            ParameterName::new("misspelt"),
        ]);
        observed.learn(Answer::Parameters {
            group: group.clone(),
            asked: asked.clone(),
            parameters: Some(BTreeMap::from([parameter("max_connections", "system")])),
        });
        observed.learn(Answer::GroupTags {
            group: group.clone(),
            facts: Some(GroupFacts {
                family: Family::new("aurora-postgresql16"),
                arn: "arn:orders-16".to_owned(),
                tags: BTreeMap::new(),
            }),
        });
        assert_eq!(
            observed.groups[&group],
            ParameterGroup {
                name: group.clone(),
                exists: true,
                family: Some(Family::new("aurora-postgresql16")),
                arn: Some("arn:orders-16".to_owned()),
                tags: Some(BTreeMap::new()),
                user_parameters_read: true,
                asked,
                parameters: BTreeMap::from([
                    parameter("max_connections", "system"),
                    parameter("work_mem", "user"),
                ]),
            }
        );
    }

    #[test]
    fn an_absent_group_is_known_to_be_absent() {
        let mut observed = nothing_known();
        let group = ParameterGroupName::new("gone");
        observed.learn(Answer::UserParameters {
            group: group.clone(),
            parameters: None,
        });
        assert!(!observed.groups[&group].exists);
        assert!(observed.groups[&group].user_parameters_read);
    }
}
