//! Aurora clusters: their data, and one file for each thing that can happen to them.

pub(crate) mod backups;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod failover;
pub(crate) mod modify;
pub(crate) mod pending;
pub(crate) mod point_in_time;
pub(crate) mod restore;
pub(crate) mod roles;
pub(crate) mod stop;
pub(crate) mod upgrade;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::filing::{By, Filed};
use super::insights::Insights;
use super::postgres::{Contents, Moving};
use roles::Role;

/// The only engine that is simulated.
pub(crate) use super::engine_versions::ENGINE;

/// A DB cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) identifier: String,
    pub(crate) resource_id: String,
    pub(crate) engine_version: String,
    pub(crate) status: String,
    /// The status that an accepted operation leads to; the status itself may not show it yet.
    pub(crate) in_flight: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) parameter_group: String,
    /// Instances in the order in which they joined.
    pub(crate) members: Vec<String>,
    pub(crate) database_name: Option<String>,
    pub(crate) master_username: String,
    pub(crate) port: i64,
    pub(crate) backup_retention_days: i64,
    pub(crate) backup_window: String,
    pub(crate) maintenance_window: String,
    pub(crate) subnet_group: String,
    pub(crate) security_groups: Vec<String>,
    pub(crate) availability_zones: Vec<String>,
    pub(crate) deletion_protection: bool,
    pub(crate) storage_encrypted: bool,
    pub(crate) storage_type: Option<String>,
    pub(crate) iam_authentication: bool,
    pub(crate) copy_tags_to_snapshot: bool,
    pub(crate) auto_minor_version_upgrade: bool,
    pub(crate) http_endpoint: bool,
    pub(crate) insights: Insights,
    pub(crate) monitoring_interval_seconds: i64,
    pub(crate) monitoring_role: Option<String>,
    pub(crate) log_exports: BTreeSet<String>,
    pub(crate) scaling: Option<Scaling>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) pending: PendingCluster,
    /// The cluster that it was restored or cloned from. What it takes time for is drawn for that one: a restored cluster's name may
    /// be random, and what is random must not decide how long something takes.
    #[serde(default)]
    pub(crate) origin: Option<String>,
    /// What a cluster and its clones share.
    #[serde(default)]
    pub(crate) clone_group: Option<String>,
    #[serde(default)]
    pub(crate) roles: Vec<Role>,
    /// Changed capacity bounds are still being put into effect until then.
    #[serde(default)]
    pub(crate) scaling_until: Option<Timestamp>,
    /// Users, databases and extensions.
    #[serde(default)]
    pub(crate) contents: Contents,
    /// After a failover, until the cluster endpoint leads to the new writer.
    #[serde(default)]
    pub(crate) endpoint_moving: Option<Moving>,
}

/// Serverless v2 capacity bounds, in ACUs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scaling {
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) seconds_until_auto_pause: Option<i64>,
}

/// What waits for the maintenance window or an immediate request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingCluster {
    pub(crate) identifier: Option<String>,
    pub(crate) engine_version: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) iam_authentication: Option<bool>,
    /// What the queued engine upgrade needs besides the version.
    pub(crate) upgrade_group: Option<String>,
    pub(crate) upgrade_instance_group: Option<String>,
}

impl PendingCluster {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Filed for Cluster {
    fn names(&self) -> impl Iterator<Item = (By, &str)> {
        let (group, id) = (self.parameter_group.as_str(), self.resource_id.as_str());
        [(By::Group, group), (By::Resource, id)].into_iter()
    }
}

impl Cluster {
    /// The name that durations are drawn for.
    pub(crate) fn drawn_for(&self) -> &str {
        self.origin.as_deref().unwrap_or(&self.identifier)
    }

    /// A cluster with RDS's defaults, `available`, without members.
    pub(crate) fn new(
        identifier: &str,
        resource_id: String,
        engine_version: &str,
        region: &str,
        created: Timestamp,
    ) -> Self {
        Self {
            identifier: identifier.to_owned(),
            resource_id,
            engine_version: engine_version.to_owned(),
            status: "available".to_owned(),
            in_flight: None,
            created,
            parameter_group: format!("default.{}", family_of(engine_version)),
            members: Vec::new(),
            database_name: None,
            master_username: "postgres".to_owned(),
            port: 5432,
            backup_retention_days: 1,
            backup_window: "05:00-05:30".to_owned(),
            maintenance_window: "sun:09:00-sun:09:30".to_owned(),
            subnet_group: "default".to_owned(),
            security_groups: vec!["sg-00000000000000001".to_owned()],
            availability_zones: ["a", "b", "c"]
                .map(|zone| format!("{region}{zone}"))
                .to_vec(),
            deletion_protection: false,
            storage_encrypted: false,
            storage_type: None,
            iam_authentication: false,
            copy_tags_to_snapshot: false,
            auto_minor_version_upgrade: true,
            http_endpoint: false,
            insights: Insights::default(),
            monitoring_interval_seconds: 0,
            monitoring_role: None,
            log_exports: BTreeSet::new(),
            scaling: None,
            tags: BTreeMap::new(),
            pending: PendingCluster::default(),
            origin: None,
            clone_group: None,
            roles: Vec::new(),
            scaling_until: None,
            contents: Contents::default(),
            endpoint_moving: None,
        }
    }

    /// The parameter group family of its engine version.
    pub(crate) fn family(&self) -> String {
        family_of(&self.engine_version)
    }

    /// Refuses unless the cluster is available with nothing in flight.
    pub(crate) fn require_modifiable(&self) -> Result<(), Error> {
        let status = match &self.in_flight {
            Some(status) if self.status == "available" => status,
            _ => &self.status,
        };
        if status == "available" {
            return Ok(());
        }
        Err(Error::cluster_state(format!(
            "DB cluster isn't available for modification with status {status}"
        )))
    }
}

/// `aurora-postgresql16` for `16.6`.
pub(crate) fn family_of(engine_version: &str) -> String {
    let major = engine_version.split('.').next().unwrap_or(engine_version);
    format!("{ENGINE}{major}")
}
