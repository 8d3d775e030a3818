//! What a new cluster and its members are made from, as data of their actions.

use crate::names::{ClusterId, InstanceClass, InstanceId, ParameterGroupName, SnapshotId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A cluster to be restored (RDS API Reference, RestoreDBClusterFromSnapshot). What is absent is left to AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterRecipe {
    /// The new cluster.
    pub cluster: ClusterId,
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// The engine.
    pub engine: String,
    /// Its version.
    pub engine_version: String,
    /// The cluster parameter group.
    pub group: ParameterGroupName,
    /// The DB subnet group.
    pub subnet_group: Option<String>,
    /// The VPC security groups.
    pub security_groups: Vec<String>,
    /// The port.
    pub port: Option<i32>,
    /// Whether IAM database authentication is on.
    pub iam_authentication: Option<bool>,
    /// Whether the cluster is protected from deletion.
    pub deletion_protection: Option<bool>,
    /// Whether snapshots get the cluster's tags.
    pub copy_tags_to_snapshot: Option<bool>,
    /// The logs that go to CloudWatch.
    pub log_exports: Vec<String>,
    /// The storage type.
    pub storage_type: Option<String>,
    /// The Serverless v2 bounds in Aurora capacity units.
    pub serverless_capacity: Option<(f64, f64)>,
    /// The tags, besides the run's own.
    pub tags: BTreeMap<String, String>,
}

/// A member to be created (RDS API Reference, CreateDBInstance). What is absent is left to AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberRecipe {
    /// The new member.
    pub instance: InstanceId,
    /// The member of the old cluster that it is like.
    pub stands_for: InstanceId,
    /// The new cluster.
    pub cluster: ClusterId,
    /// The engine.
    pub engine: String,
    /// The class.
    pub class: InstanceClass,
    /// Whether it is created before the others, and so becomes the writer.
    pub is_first: bool,
    /// 0 is promoted first.
    pub promotion_tier: i32,
    /// The availability zone.
    pub availability_zone: Option<String>,
    /// Its own parameter group.
    pub parameter_group: Option<ParameterGroupName>,
    /// Its maintenance window in UTC.
    pub maintenance_window: Option<String>,
    /// Whether AWS may upgrade its minor version.
    pub auto_minor_version_upgrade: bool,
    /// Whether it has a public address.
    pub publicly_accessible: Option<bool>,
    /// Its certificate authority.
    pub ca_certificate: Option<String>,
    /// The tags, besides the run's own.
    pub tags: BTreeMap<String, String>,
}

/// What the new cluster must show at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredExpectation {
    /// The new cluster.
    pub cluster: ClusterId,
    /// Its parameter group.
    pub group: ParameterGroupName,
    /// Its members with their classes.
    pub classes: BTreeMap<InstanceId, InstanceClass>,
    /// The one that writes.
    pub writer: Option<InstanceId>,
}
