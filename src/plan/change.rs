//! One difference between declaration and live facts, with its reason and its effect.

use crate::names::{InstanceId, ParameterName};
use serde::{Deserialize, Serialize};

/// One difference that the plan settles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// What differs.
    pub subject: Subject,
    /// The live value; absent when there is none.
    pub from: Option<String>,
    /// The declared value; absent when it is no longer declared.
    pub to: Option<String>,
    /// Why it is done, for people.
    pub reason: String,
    /// What it takes to be live.
    pub effect: Effect,
}

/// What a change is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "kebab-case")]
pub enum Subject {
    /// The association of cluster and cluster parameter group.
    ParameterGroup,
    /// One parameter of the group.
    Parameter {
        /// The parameter.
        name: ParameterName,
    },
    /// The Database Insights mode.
    DatabaseInsights,
    /// The Performance Insights retention.
    PerformanceInsightsRetention,
    /// Whether Performance Insights is on.
    PerformanceInsights,
    /// A class that waits in a member's queue.
    QueuedClass {
        /// The member.
        instance: InstanceId,
    },
    /// A member's class.
    InstanceClass {
        /// The member.
        instance: InstanceId,
    },
    /// A stored value that a member does not run yet.
    Activation {
        /// The member.
        instance: InstanceId,
    },
}

/// What it takes to make a change live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Live by itself, without a restart.
    Live,
    /// Live on each member after it restarts.
    Restart,
}
