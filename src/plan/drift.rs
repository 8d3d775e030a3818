//! Drift: what differs between declaration and live facts, sorted by who has to act. Reads only, refuses nothing.

use crate::names::{InstanceId, PartitionName};
use serde::{Deserialize, Serialize};

/// All differences of one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The partition.
    pub partition: PartitionName,
    /// The differences, most serious class first.
    pub findings: Vec<Finding>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort of difference it is.
    pub class: Class,
    /// What differs, such as `parameter max_connections`.
    pub subject: String,
    /// The member that holds it; absent for the cluster as a whole.
    pub member: Option<InstanceId>,
    /// The declared value; absent when nothing is declared.
    pub declared: Option<String>,
    /// The live value; absent when there is none.
    pub live: Option<String>,
    /// Why it is so, or what it takes.
    pub reason: String,
}

/// The sorts of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// AWS stores something else than the declaration says.
    NotAsDeclared,
    /// AWS stores the declared value, and a member does not run it yet.
    StoredButNotLive,
    /// Only AWS made the difference, such as an automatic minor upgrade; it is no drift to undo.
    ChangedByAws,
    /// A snapshot of ours whose time is over; the next apply deletes it.
    ExpiredSnapshot,
}

impl Drift {
    /// Whether a difference is somebody's to settle.
    pub fn is_drift(&self) -> bool {
        self.findings.iter().any(|finding| {
            matches!(
                finding.class,
                Class::NotAsDeclared | Class::StoredButNotLive
            )
        })
    }
}
