//! Members of clusters: their data, and one file for each thing that can happen to them.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod modify;
pub(crate) mod pending;
pub(crate) mod reboot;
pub(crate) mod restart;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::filing::{By, Filed};
use super::insights::Insights;

pub(crate) use tracked::Instances;

/// A DB instance that is a member of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) identifier: String,
    pub(crate) resource_id: String,
    pub(crate) cluster: String,
    pub(crate) class: String,
    pub(crate) engine_version: String,
    pub(crate) status: String,
    /// An accepted modification; the status itself may not show it yet.
    pub(crate) in_flight: Option<InFlight>,
    pub(crate) created: Timestamp,
    pub(crate) writer: bool,
    pub(crate) promotion_tier: i64,
    pub(crate) availability_zone: String,
    /// Cluster parameters wait for a restart.
    pub(crate) restart_pending: bool,
    /// Cluster parameters are on their way.
    pub(crate) propagating: Option<Propagating>,
    /// The instance's own parameter group.
    pub(crate) parameter_group: String,
    pub(crate) parameter_group_status: String,
    /// Values in force that are not the family's defaults.
    pub(crate) running: BTreeMap<String, String>,
    /// Parameters that a restart does not load, whatever the API says.
    #[serde(default)]
    pub(crate) never_loads: BTreeSet<String>,
    /// When the engine last started.
    pub(crate) started: Timestamp,
    /// Whether the engine accepts connections.
    pub(crate) engine_up: bool,
    pub(crate) pending: Pending,
    pub(crate) maintenance_window: String,
    pub(crate) auto_minor_version_upgrade: bool,
    pub(crate) publicly_accessible: bool,
    pub(crate) copy_tags_to_snapshot: bool,
    pub(crate) ca_certificate: String,
    pub(crate) insights: Insights,
    pub(crate) monitoring_interval_seconds: i64,
    pub(crate) monitoring_role: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Queued modifications of an instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) class: Option<String>,
    pub(crate) identifier: Option<String>,
    pub(crate) ca_certificate: Option<String>,
}

impl Filed for Instance {
    fn names(&self) -> impl Iterator<Item = (By, &str)> {
        let (group, id) = (self.parameter_group.as_str(), self.resource_id.as_str());
        [(By::Group, group), (By::Resource, id)].into_iter()
    }
}

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An operation that has been accepted and is not over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InFlight {
    /// What it is, as a status.
    pub(crate) status: String,
    /// The queued modifications it applies.
    pub(crate) applying: Pending,
    /// A fault lets it end without the new class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fails: Option<Failure>,
}

/// How a class change fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) fault: u64,
    /// The status that the member ends in.
    pub(crate) status: String,
}

/// Cluster parameters that have not reached the member yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Propagating {
    /// All dynamic parameters (another group was attached) instead of the named ones.
    pub(crate) all: bool,
    pub(crate) names: BTreeSet<String>,
}

/// The statuses in which a member is out of service until somebody or something mends it. Source: Aurora User Guide, "Viewing
/// DB instance status".
pub(crate) const OUT_OF_SERVICE: [&str; 6] = [
    "storage-full",
    "failed",
    "incompatible-network",
    "incompatible-parameters",
    "inaccessible-encryption-credentials-recoverable",
    "insufficient-capacity",
];

/// Whether a status is one of these.
pub(crate) fn out_of_service(status: &str) -> bool {
    OUT_OF_SERVICE.contains(&status)
}

impl Instance {
    /// A member with RDS's defaults, `available`, its engine up.
    pub(crate) fn new(
        identifier: &str,
        resource_id: String,
        cluster: &str,
        class: &str,
        engine_version: &str,
        created: Timestamp,
    ) -> Self {
        Self {
            identifier: identifier.to_owned(),
            resource_id,
            cluster: cluster.to_owned(),
            class: class.to_owned(),
            engine_version: engine_version.to_owned(),
            status: "available".to_owned(),
            in_flight: None,
            created,
            writer: false,
            promotion_tier: 1,
            availability_zone: String::new(),
            restart_pending: false,
            propagating: None,
            parameter_group: format!("default.{}", super::clusters::family_of(engine_version)),
            parameter_group_status: "in-sync".to_owned(),
            running: BTreeMap::new(),
            never_loads: BTreeSet::new(),
            started: created,
            engine_up: true,
            pending: Pending::default(),
            maintenance_window: "sun:09:00-sun:09:30".to_owned(),
            auto_minor_version_upgrade: true,
            publicly_accessible: false,
            copy_tags_to_snapshot: false,
            ca_certificate: "rds-ca-rsa2048-g1".to_owned(),
            insights: Insights::default(),
            monitoring_interval_seconds: 0,
            monitoring_role: None,
            tags: BTreeMap::new(),
        }
    }

    /// The member's cluster parameter group status, as DescribeDBClusters shows it.
    pub(crate) fn cluster_group_status(&self) -> &'static str {
        match (&self.propagating, self.restart_pending) {
            (Some(_), _) => "applying",
            (None, true) => "pending-reboot",
            (None, false) => "in-sync",
        }
    }

    /// Whether it shows `available` and nothing is in flight.
    pub(crate) fn idle(&self) -> bool {
        self.status == "available" && self.in_flight.is_none()
    }

    /// Refuses unless the instance is idle.
    pub(crate) fn require_idle(&self) -> Result<(), Error> {
        if self.idle() {
            return Ok(());
        }
        Err(Error::instance_state(format!(
            "Database instance {} is not in available state.",
            self.identifier
        )))
    }
}
