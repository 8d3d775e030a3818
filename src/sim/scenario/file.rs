//! The world file's format: one struct for each table, one field for each key. Unknown keys are refused.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use crate::sim::faults::Declaration;
use crate::sim::policies::Policies;
use crate::sim::replay::Takes;
use crate::sim::timings::Timings;

/// A world file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    /// Decides all that is drawn; 0 unless given.
    pub(super) seed: u64,
    /// When the world begins: RFC 3339 with an offset. 2026-01-01T00:00:00Z unless given.
    pub(super) clock: Option<Timestamp>,
    /// How long things take.
    pub(super) timings: Timings,
    /// What to assume where the facts are open.
    pub(super) policies: Policies,
    /// Accounts; one with id 123456789012 when there is none. An unknown caller is the first.
    pub(super) account: Vec<AccountTable>,
    pub(super) parameter_group: Vec<Spanned<GroupTable>>,
    pub(super) cluster: Vec<ClusterTable>,
    pub(super) snapshot: Vec<SnapshotTable>,
    pub(super) maintenance: Vec<MaintenanceTable>,
    pub(super) stack: Vec<Spanned<StackTable>>,
    pub(super) fault: Vec<Spanned<Declaration>>,
}

/// `[[account]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTable {
    /// Twelve digits.
    pub(super) id: Spanned<String>,
    /// The region of its objects and of callers that name none.
    #[serde(default = "default_region")]
    pub(super) region: String,
    /// Profiles of the AWS configuration that lead here.
    #[serde(default)]
    pub(super) profiles: Vec<String>,
    /// Access keys that lead here; `SIMULATED` and the id always does.
    #[serde(default)]
    pub(super) access_keys: Vec<String>,
}

pub(super) fn default_region() -> String {
    "us-east-1".to_owned()
}

/// Whether a parameter group is for clusters or for instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GroupKind {
    #[default]
    Cluster,
    Instance,
}

/// `[[parameter_group]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupTable {
    /// Its account's id; the first account unless given.
    pub(super) account: Option<Spanned<String>>,
    pub(super) name: Spanned<String>,
    pub(super) family: Spanned<String>,
    #[serde(default)]
    pub(super) kind: GroupKind,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Name to value, as AWS spells it.
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Spanned<Scalar>>,
}

/// A parameter's value: text, or a number or flag for convenience.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
}

impl Scalar {
    /// As the API holds it; a flag is `1` or `0`.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Boolean(flag) => u8::from(*flag).to_string(),
        }
    }
}

/// `[[cluster]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterTable {
    /// Its account's id; the first account unless given.
    pub(super) account: Option<Spanned<String>>,
    /// Stored in lower case, as RDS does.
    pub(super) identifier: Spanned<String>,
    /// Only `aurora-postgresql`.
    pub(super) engine: Option<Spanned<String>>,
    pub(super) engine_version: Spanned<String>,
    /// The family's default group unless given.
    pub(super) parameter_group: Option<Spanned<String>>,
    /// `standard` (the default) or `advanced`.
    pub(super) database_insights: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) performance_insights: bool,
    pub(super) performance_insights_retention_days: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) monitoring_interval_seconds: i64,
    pub(super) backup_retention_days: Option<i64>,
    /// `hh24:mi-hh24:mi`, UTC.
    pub(super) backup_window: Option<Spanned<String>>,
    /// `ddd:hh24:mi-ddd:hh24:mi`, UTC.
    pub(super) maintenance_window: Option<Spanned<String>>,
    #[serde(default = "yes")]
    pub(super) auto_minor_version_upgrade: bool,
    #[serde(default)]
    pub(super) deletion_protection: bool,
    #[serde(default)]
    pub(super) copy_tags_to_snapshot: bool,
    #[serde(default)]
    pub(super) storage_encrypted: bool,
    #[serde(default)]
    pub(super) iam_authentication: bool,
    pub(super) database_name: Option<String>,
    pub(super) master_username: Option<String>,
    pub(super) port: Option<i64>,
    /// How many there are, those without a name included; a blue/green deployment needs a slot and a worker for each.
    pub(super) databases: Option<Spanned<usize>>,
    /// Serverless v2 bounds in ACUs: `[least, most]`.
    pub(super) serverless_capacity: Option<[f64; 2]>,
    /// A status other than `available`; the cluster stays in it.
    pub(super) status: Option<String>,
    /// A version that is queued for the maintenance window.
    pub(super) pending_engine_version: Option<Spanned<String>>,
    /// 30 days before the world's clock unless given.
    pub(super) created: Option<Timestamp>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) member: Vec<MemberTable>,
    /// Users that SQL knows besides the master user, or the master user with a password.
    #[serde(default)]
    pub(super) user: Vec<UserTable>,
    /// Databases besides the first one and `postgres`, or those with extensions.
    #[serde(default)]
    pub(super) database: Vec<DatabaseTable>,
    /// How long what happens to the cluster took when it was recorded, by timing.
    #[serde(default)]
    pub(super) replay: BTreeMap<Spanned<String>, Takes>,
}

/// `[[cluster.user]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserTable {
    pub(super) name: Spanned<String>,
    /// Nobody is asked for one unless given.
    pub(super) password: Option<Spanned<String>>,
    /// What the user belongs to.
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
}

/// `[[cluster.database]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DatabaseTable {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) extensions: Vec<Spanned<String>>,
}

fn yes() -> bool {
    true
}

/// A member's status towards its cluster's parameter group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum GroupStatus {
    #[default]
    InSync,
    PendingReboot,
    Applying,
}

/// `[[cluster.member]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemberTable {
    pub(super) identifier: Spanned<String>,
    pub(super) class: Spanned<String>,
    /// The first member when none is named.
    #[serde(default)]
    pub(super) writer: bool,
    #[serde(default = "one")]
    pub(super) promotion_tier: i64,
    /// The cluster's zones in turn unless given.
    pub(super) availability_zone: Option<String>,
    /// A status other than `available`; the member stays in it.
    pub(super) status: Option<String>,
    /// A class that is queued.
    pub(super) pending_class: Option<Spanned<String>>,
    /// Towards the cluster's group.
    #[serde(default)]
    pub(super) parameter_group_status: GroupStatus,
    /// The member's own (instance) group.
    pub(super) parameter_group: Option<Spanned<String>>,
    /// What is in force on the member. Unless given: everything stored when in sync; only what is dynamic when a restart is
    /// pending; nothing when values are on their way.
    pub(super) running: Option<BTreeMap<String, Spanned<Scalar>>>,
    /// Parameters that no restart of this member ever loads, although the API says otherwise.
    #[serde(default)]
    pub(super) never_loads: Vec<Spanned<String>>,
    pub(super) maintenance_window: Option<Spanned<String>>,
    /// The cluster's unless given.
    pub(super) auto_minor_version_upgrade: Option<bool>,
    #[serde(default)]
    pub(super) publicly_accessible: bool,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// How long what happens to the member took when it was recorded, by timing.
    #[serde(default)]
    pub(super) replay: BTreeMap<Spanned<String>, Takes>,
}

fn one() -> i64 {
    1
}

/// `[[snapshot]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotTable {
    /// Its account's id; the first account unless given.
    pub(super) account: Option<Spanned<String>>,
    pub(super) identifier: Spanned<String>,
    /// A cluster of this file.
    pub(super) cluster: Spanned<String>,
    #[serde(default)]
    pub(super) automated: bool,
    /// `available` unless given.
    pub(super) status: Option<String>,
    /// A day before the world's clock unless given.
    pub(super) created: Option<Timestamp>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

/// `[[maintenance]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceTable {
    /// Its account's id; the first account unless given.
    pub(super) account: Option<Spanned<String>>,
    /// A cluster of this file, or
    pub(super) cluster: Option<Spanned<String>>,
    /// an instance of it.
    pub(super) instance: Option<Spanned<String>>,
    pub(super) action: Spanned<String>,
    #[serde(default)]
    pub(super) description: String,
    /// From then on, the next maintenance window applies it.
    pub(super) auto_applied_after: Option<Timestamp>,
    /// It is applied then, window or not.
    pub(super) forced_apply: Option<Timestamp>,
}

/// `[[stack]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StackTable {
    /// Its account's id; the first account unless given.
    pub(super) account: Option<Spanned<String>>,
    pub(super) name: Spanned<String>,
    /// The template's text.
    pub(super) template: Option<Spanned<String>>,
    /// Or the file that holds it, from the world file's folder.
    pub(super) template_file: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Scalar>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// Logical id to what it is in RDS, where the template does not name it.
    #[serde(default)]
    pub(super) resources: BTreeMap<String, Spanned<String>>,
    /// `CREATE_COMPLETE` unless given.
    pub(super) status: Option<Spanned<String>>,
    pub(super) status_reason: Option<String>,
    /// Logical id to why it failed, for `UPDATE_ROLLBACK_FAILED`.
    #[serde(default)]
    pub(super) failed: BTreeMap<String, String>,
    /// 30 days before the world's clock unless given.
    pub(super) created: Option<Timestamp>,
}
