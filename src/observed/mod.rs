//! What is: the live facts of one partition as AWS reported them, in the same nouns as `desired`.
//!
//! Comes from `aws` (later also `sql`); goes into `plan`, `apply` and `report`. Plain data, never a verdict.

mod question;
mod settings;
pub mod sql;
pub mod status;

use crate::names::{
    AccountId, ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    Region, ResourceId, RunId, SnapshotId,
};
pub use question::{Answer, GroupFacts, Question};
pub use settings::{ClusterSettings, MemberSettings};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that was read for one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// AWS's clock: the Date of its latest reply.
    pub at: Timestamp,
    /// Who answered: AWS, or a simulator.
    pub backend: Backend,
    /// Who asked, as STS names the caller.
    pub caller: Caller,
    /// The region that was asked.
    pub region: Region,
    /// The cluster; `None` when the region has none of that identifier.
    pub cluster: Option<Cluster>,
    /// All clusters of the account and region with the cluster parameter group that each uses; shared by all partitions
    /// that were read together.
    pub neighbours: Arc<BTreeMap<ClusterId, ParameterGroupName>>,
    /// The cluster parameter groups that were read.
    pub groups: BTreeMap<ParameterGroupName, ParameterGroup>,
    /// The members' own (non-default) instance parameter groups that were read: their `user` values.
    pub instance_groups: BTreeMap<ParameterGroupName, BTreeMap<ParameterName, String>>,
    /// Classes that were asked for, and whether they can be ordered for this engine version.
    pub orderable: BTreeMap<InstanceClass, bool>,
    /// Manual snapshots of the cluster that carry our tag; `None` when they were not read.
    pub snapshots: Option<Vec<Snapshot>>,
    /// Runs that made such snapshots and are known to have ended: their journals are here and say so.
    #[serde(default)]
    pub ended_runs: BTreeSet<RunId>,
    /// Snapshots from which a run that is not over makes a cluster, and that run.
    pub restoring: BTreeMap<SnapshotId, RunId>,
    /// Where runs and leases are kept, if other machines can reach it.
    pub shared_store: Option<String>,
    /// What PostgreSQL itself said, where it was asked.
    #[serde(default)]
    pub told: Option<sql::Told>,
}

impl Observed {
    /// The snapshots that no run has released, with the run that made each.
    pub fn held_snapshots(&self) -> impl Iterator<Item = (&Snapshot, RunId)> {
        self.snapshots
            .iter()
            .flatten()
            .filter(|snapshot| !snapshot.tags.contains_key(EXPIRY_TAG))
            .filter_map(|snapshot| Some((snapshot, RunId::new(snapshot.tags.get(RUN_TAG)?))))
    }
}

/// Who answers the AWS calls. A run of one back end never touches another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Backend {
    /// AWS itself, or whatever answers at an endpoint that the environment or profile names.
    Aws {
        /// The endpoint, where it is not AWS's own.
        endpoint: Option<String>,
    },
    /// The simulator inside this process.
    Simulated {
        /// The world: `built-in`, or the world file.
        world: String,
    },
}

impl std::fmt::Display for Backend {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Aws { endpoint: None } => formatter.write_str("AWS"),
            Self::Aws {
                endpoint: Some(endpoint),
            } => write!(formatter, "AWS at {endpoint}"),
            Self::Simulated { world } => write!(formatter, "simulated AWS ({world} world)"),
        }
    }
}

/// The caller identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The account that the credentials belong to.
    pub account: AccountId,
    /// The caller's ARN.
    pub arn: String,
}

/// A live cluster (RDS API Reference, DBCluster).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its identifier.
    pub identifier: ClusterId,
    /// Its immutable resource id.
    pub resource_id: ResourceId,
    /// Its ARN.
    pub arn: String,
    /// `available`, `failing-over`, …
    pub status: String,
    /// `aurora-postgresql`.
    pub engine: String,
    /// The full engine version.
    pub engine_version: String,
    /// The attached cluster parameter group.
    pub parameter_group: ParameterGroupName,
    /// The members, by identifier.
    pub members: BTreeMap<InstanceId, Member>,
    /// `standard` or `advanced`, where AWS says.
    pub database_insights: Option<String>,
    /// Whether Performance Insights is on, where AWS says.
    pub performance_insights_enabled: Option<bool>,
    /// Days of Performance Insights retention.
    pub performance_insights_retention_days: Option<u32>,
    /// Queued cluster-level modifications: field name and value. Empty when nothing is queued.
    pub pending: BTreeMap<String, String>,
    /// The cluster's own maintenance window in UTC, as `ddd:hh24:mi-ddd:hh24:mi`.
    pub maintenance_window: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The writer endpoint.
    pub endpoint: Option<String>,
    /// The reader endpoint.
    pub reader_endpoint: Option<String>,
    /// The upper Serverless v2 bound in Aurora capacity units, where one is set.
    pub serverless_capacity_max: Option<f64>,
    /// What is not managed, and what a restored cluster would have to be given.
    #[serde(default)]
    pub settings: ClusterSettings,
}

impl Cluster {
    /// The member that is the writer now.
    pub fn writer(&self) -> Option<&Member> {
        self.members.values().find(|member| member.is_writer)
    }

    /// The members that are readers now, by identifier.
    pub fn readers(&self) -> impl Iterator<Item = &Member> {
        self.members.values().filter(|member| !member.is_writer)
    }
}

/// One member: what the cluster says of it and what its instance says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its identifier.
    pub identifier: InstanceId,
    /// Its immutable resource id.
    pub resource_id: ResourceId,
    /// Whether it is the writer now.
    pub is_writer: bool,
    /// 0 is promoted first.
    pub promotion_tier: i32,
    /// The cluster parameter group's status on this member: `in-sync`, `applying`, `pending-reboot`
    /// (DBClusterMember.DBClusterParameterGroupStatus; the instance's own ParameterApplyStatus speaks of another group).
    pub cluster_parameter_group_status: String,
    /// The instance's status.
    pub status: String,
    /// Its class.
    pub class: InstanceClass,
    /// Its engine version.
    pub engine_version: String,
    /// Queued modifications: field name as AWS spells it (`DBInstanceClass`) and value. Empty when nothing is queued.
    pub pending: BTreeMap<String, String>,
    /// Its instance parameter groups and their apply status.
    pub instance_groups: BTreeMap<ParameterGroupName, String>,
    /// Its maintenance window in UTC, as `ddd:hh24:mi-ddd:hh24:mi`.
    pub maintenance_window: Option<String>,
    /// Its availability zone.
    pub availability_zone: Option<String>,
    /// Whether AWS may upgrade its minor version.
    pub auto_minor_version_upgrade: bool,
    /// What is not managed, and what a member of a restored cluster would have to be given.
    #[serde(default)]
    pub settings: MemberSettings,
    /// Where it answers SQL; absent while it is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<sql::Address>,
}

/// A cluster parameter group as far as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterGroup {
    /// Its name.
    pub name: ParameterGroupName,
    /// Whether AWS knows it.
    pub exists: bool,
    /// Its family, where it was read.
    pub family: Option<Family>,
    /// Its ARN, where it was read.
    pub arn: Option<String>,
    /// Its tags, where they were read.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether all parameters of source `user` were read; without it `parameters` holds only what was asked by name.
    pub user_parameters_read: bool,
    /// Names that were asked for, whether AWS knows them or not.
    pub asked: BTreeSet<ParameterName>,
    /// The parameters that were read.
    pub parameters: BTreeMap<ParameterName, Parameter>,
}

/// One parameter of a group (RDS API Reference, Parameter).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: ParameterName,
    /// The stored text; absent when there is no value and no default.
    pub value: Option<String>,
    /// `user`, `system` or `engine-default`.
    pub source: String,
    /// Whether a change is live without a restart.
    pub apply_type: ApplyType,
    /// `string`, `integer`, `float`, `boolean`, `list`.
    pub data_type: String,
    /// A range or an enumeration, in AWS's spelling.
    pub allowed_values: Option<String>,
    /// Whether it may be changed at all.
    pub is_modifiable: bool,
}

/// Whether a parameter needs a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApplyType {
    /// Live on each member only after it restarts.
    Static,
    /// Live after propagation, without a restart.
    Dynamic,
}

/// A manual cluster snapshot that carries our tags.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its identifier.
    pub identifier: SnapshotId,
    /// Its ARN.
    pub arn: String,
    /// The cluster it was taken of.
    pub cluster: ClusterId,
    /// `creating`, `available`, …
    pub status: String,
    /// When it was begun.
    pub created: Option<Timestamp>,
    /// Percent done.
    pub percent: i32,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Snapshot {
    /// Whether the expiry that its tag names has come.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.tags
            .get(EXPIRY_TAG)
            .and_then(|expiry| expiry.parse::<Timestamp>().ok())
            .is_some_and(|expiry| expiry <= now)
    }
}

/// The tag key that marks what auroractl created; its value is the partition's name.
pub const OWNER_TAG: &str = "auroractl:partition";
/// The tag key that names the run that made a snapshot.
pub const RUN_TAG: &str = "auroractl:run";
/// The tag key that says when a snapshot may be deleted, as an RFC 3339 instant.
pub const EXPIRY_TAG: &str = "auroractl:expires";

/// An RDS event (RDS API Reference, DescribeEvents). The API names no event id; the message tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub at: Timestamp,
    /// The cluster or instance that it is about.
    pub source: String,
    /// Its text.
    pub message: String,
    /// Its categories, such as `failover`.
    pub categories: Vec<String>,
}
