//! Declared steps: commands that go with the changes of a partition, and gates at which a run waits for a person.
//!
//! Comes from `config`, in the order of the files. Goes into `plan`, which puts each behind what it follows.

use crate::names::InstanceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The parts of a plan that a step may follow, in their order.
pub const PHASES: [&str; 7] = [
    "preflight",
    "safeguard",
    "stage",
    "settle",
    "activate",
    "verify",
    "clean-up",
];

/// The actions that a step may follow, by their names in a plan's JSON; `restart` is a flush, a class change or a reboot.
pub const ACTIONS: [&str; 16] = [
    "restart",
    "failover",
    "reboot",
    "flush",
    "change-class",
    "queue-class-change",
    "clear-queue",
    "create-snapshot",
    "create-parameter-group",
    "adopt-parameter-group",
    "modify-parameters",
    "reset-parameters",
    "attach-parameter-group",
    "modify-insights",
    "release-snapshot",
    "delete-expired-snapshot",
];

/// The actions on one member: a step may follow that of one member alone.
pub const ACTIONS_ON_A_MEMBER: [&str; 6] = [
    "restart",
    "reboot",
    "flush",
    "change-class",
    "queue-class-change",
    "clear-queue",
];

/// A command or a gate, and what it follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, unique in the partition.
    pub name: String,
    /// What it follows.
    pub after: After,
    /// What it is.
    pub does: Does,
}

/// What a step follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum After {
    /// The last action of a part of the plan: one of `PHASES`.
    Phase(String),
    /// Each action of a kind: one of `ACTIONS`.
    Action {
        /// The kind.
        kind: String,
        /// Only that of this member.
        instance: Option<InstanceId>,
    },
}

/// What a step is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// A command is run.
    Command(Command),
    /// A person is waited for.
    Gate(Gate),
}

/// A command: a program and its arguments, which no shell reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// The program, then its arguments.
    pub command: Vec<String>,
    /// What its environment holds besides what every command is given.
    pub environment: BTreeMap<String, Variable>,
    /// Environment variables of auroractl whose values never reach what is kept of the output.
    pub mask: Vec<String>,
    /// How long it is expected to take, in seconds.
    pub expected_seconds: u32,
    /// How long it may take, in seconds.
    pub time_limit_seconds: u32,
    /// How often it is run again when it fails.
    pub retries: u32,
    /// How long before it is run again, in seconds.
    pub retry_after_seconds: u32,
    /// Whether it may be run again when nobody knows how far it came.
    pub repeat: bool,
    /// How much of the end of its output is kept, in bytes.
    pub keep_output_bytes: u32,
    /// What comes of it where it is not run: in a simulation inside the process.
    pub simulated: Simulated,
}

/// The value of a variable in a command's environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Variable {
    /// This text.
    Text(String),
    /// The value that a variable has in the environment of auroractl.
    From {
        /// That variable.
        variable: String,
        /// Whether the value never reaches what is kept of the output.
        masked: bool,
    },
}

/// What comes of a command that is not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Simulated {
    /// It succeeds.
    Success,
    /// It fails.
    Failure,
}

/// A point at which a run waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// What the person is asked.
    pub message: String,
    /// How long the process waits before it ends and leaves the rest to `resume`, in seconds.
    pub wait_seconds: u32,
}

impl fmt::Display for After {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => formatter.write_str(phase),
            Self::Action {
                kind,
                instance: None,
            } => formatter.write_str(kind),
            Self::Action {
                kind,
                instance: Some(instance),
            } => write!(formatter, "{kind} {instance}"),
        }
    }
}
