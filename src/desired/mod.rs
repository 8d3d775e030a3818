//! What a partition's declaration wants: plain data, resolved and checked, with the place in the file that said so.
//!
//! Comes from `config`; goes into `plan`. Nothing here reads files, clocks or AWS.

pub mod decimal;
pub mod parameter_names;
pub mod steps;
pub mod store;
mod undoes;
mod unit_table;
pub mod units;
pub mod verify;
pub mod window;

use crate::names::{
    AccountId, ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    PartitionName, ProfileName, Region,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
pub use undoes::Undoes;
pub use window::Window;

/// One partition as declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The partition's name.
    pub partition: PartitionName,
    /// The file that declares it, as it was found.
    pub file: PathBuf,
    /// Where AWS is asked.
    pub aws: Aws,
    /// The cluster and its members.
    pub cluster: Cluster,
    /// The cluster parameter group's own values: all of them.
    pub parameters: BTreeMap<ParameterName, Parameter>,
    /// When writer interruptions may begin.
    pub window: Option<Window>,
    /// The longest writer interruption that a plan may forecast, in seconds.
    pub writer_interruption_seconds_max: Option<u32>,
    /// What happens to the safeguard snapshot.
    pub snapshot: SnapshotPolicy,
    /// The run that is taken back, where this is the declaration of a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Undoes>,
    /// Where runs and leases are kept; beside the declarations unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<store::Store>,
    /// How its values are proven, beyond what the RDS API shows.
    #[serde(default, skip_serializing_if = "verify::Verify::is_empty")]
    pub verify: verify::Verify,
    /// Commands and gates that go with its changes, in the order of the files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<steps::Step>,
}

/// The account and region that a partition lives in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aws {
    /// The account that the caller identity must agree with.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The profile to use when the environment names neither a profile nor credentials.
    pub profile: Option<ProfileName>,
}

/// The declared properties of a cluster. What is `None` is not managed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// The cluster's identifier.
    pub identifier: ClusterId,
    /// The identifier in the spelling of the declaration, for messages.
    pub identifier_as_written: String,
    /// `aurora-postgresql`.
    pub engine: String,
    /// A full version (`16.6`) or a prefix (`16`).
    pub engine_version: EngineVersion,
    /// The class of every member that has none of its own.
    pub instance_class: Option<InstanceClass>,
    /// Overrides for single members.
    pub instances: BTreeMap<InstanceId, Instance>,
    /// Whether restarts happen in the run that sends the changes (`true`) or inside the window (`false`).
    pub apply_immediately: bool,
    /// The cluster parameter group by name; derived from cluster and family where it is not declared.
    pub parameter_group: Option<ParameterGroupName>,
    /// `standard` or `advanced`.
    pub database_insights: Option<DatabaseInsights>,
    /// Days that Performance Insights keeps its data.
    pub performance_insights_retention_days: Option<u32>,
}

impl Cluster {
    /// The declared class of one member.
    pub fn class_of(&self, instance: &InstanceId) -> Option<&InstanceClass> {
        self.instances
            .get(instance)
            .and_then(|instance| instance.instance_class.as_ref())
            .or(self.instance_class.as_ref())
    }

    /// The parameter group family of the declared engine version.
    pub fn family(&self) -> Family {
        Family::of(&self.engine, self.engine_version.as_str())
    }

    /// The group that carries the declared parameters: the declared one, or the name derived from cluster and family.
    pub fn group(&self) -> ParameterGroupName {
        self.parameter_group.clone().unwrap_or_else(|| {
            ParameterGroupName::new(format!("{}-{}", self.identifier, self.family()))
        })
    }
}

/// What is declared of one member alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The member's class.
    pub instance_class: Option<InstanceClass>,
}

/// A declared engine version: exact (`16.6`), or a prefix that accepts every version below it (`16`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EngineVersion(String);

impl EngineVersion {
    /// Wraps the declared text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The declared text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a live version satisfies the declaration, component by component: `16` accepts `16.6`, not `160.1`.
    pub fn accepts(&self, live: &str) -> bool {
        let mut live = live.split('.');
        self.0.split('.').all(|part| live.next() == Some(part))
    }
}

/// Database Insights modes of the RDS API (`DatabaseInsightsMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseInsights {
    /// The mode without extra cost.
    Standard,
    /// The mode that demands Performance Insights with at least 465 days of retention.
    Advanced,
}

impl DatabaseInsights {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Advanced => "advanced",
        }
    }
}

/// One declared parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// The declared value, converted to the parameter's own unit.
    pub value: Value,
    /// The value as the declaration spells it, for messages (`500ms`).
    pub as_written: String,
    /// Where it is declared.
    pub place: Place,
}

/// A declared value before AWS's spelling of it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// `true` or `false`; sent as `1`/`0`, or `on`/`off` where the allowed values say so.
    Boolean(bool),
    /// A number in the parameter's own unit, in decimal spelling.
    Number(String),
    /// Any other text: an enumeration, a formula, a name.
    Text(String),
    /// An ordered list; sent joined by commas.
    List(Vec<String>),
}

/// A place in a declaration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file, as it was found.
    pub file: PathBuf,
    /// The line, from 1; 0 where no file says so.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, column } = self;
        if *line == 0 {
            // No line of a file said so.
            return write!(formatter, "{}", file.display());
        }
        write!(formatter, "{}:{line}:{column}", file.display())
    }
}

/// What happens to the safeguard snapshot after the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SnapshotPolicy {
    /// Deleted once every declared witness agrees; kept 24 hours where no SQL witness is declared.
    UntilVerified,
    /// Kept this many hours after verification.
    Hours(u32),
    /// No snapshot is made.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_prefix_accepts_its_minor_versions_and_no_others() {
        let prefix = EngineVersion::new("16");
        assert!(prefix.accepts("16.6"));
        assert!(!prefix.accepts("160.1"));
        assert!(!EngineVersion::new("16.6").accepts("16"));
        assert!(EngineVersion::new("16.6").accepts("16.6"));
    }
}
