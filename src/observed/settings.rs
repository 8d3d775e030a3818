//! Settings of clusters and members that are never compared: read and recorded, so that a cluster can be restored like the
//! one it was.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What no snapshot carries of its cluster, or what a restore would otherwise decide by itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterSettings {
    /// The DB subnet group.
    pub subnet_group: Option<String>,
    /// The ids of the VPC security groups.
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
    /// The storage type, where AWS names one.
    pub storage_type: Option<String>,
    /// The lower Serverless v2 bound in Aurora capacity units, where one is set.
    pub serverless_capacity_min: Option<f64>,
}

/// What a new member would have to be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemberSettings {
    /// Whether it has a public address.
    pub publicly_accessible: Option<bool>,
    /// Its certificate authority.
    pub ca_certificate: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}
