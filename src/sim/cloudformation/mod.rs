//! CloudFormation in front of the simulated RDS: stacks of Aurora clusters, with what its handlers really do.
//!
//! In: the Query API 2010-05-15 and the `[[stack]]` tables of world files. Out: stacks, their events, and requests to the
//! simulator's own RDS operations, which answer CloudFormation as they answer anybody.
//!
//! ```text
//! requests ─> template (read, evaluate, order) ─> changes (what an update would do) ─> deploy, turns, visit, settle, rollback
//!                                                                                               └─> handlers ─> RDS operations
//! ```
//!
//! Sources: CloudFormation User Guide and API Reference; the published source of the RDS resource handlers
//! (aws-cloudformation-resource-providers-rds); what was observed on stacks of Aurora PostgreSQL clusters in us-east-1.

pub(crate) mod changes;
pub(crate) mod deploy;
pub(crate) mod drift;
mod entry;
pub(crate) mod events;
pub(crate) mod handlers;
pub(crate) mod names;
mod removal;
pub(crate) mod requests;
mod rollback;
pub(crate) mod scope;
pub(crate) mod settle;
pub(crate) mod template;
mod turns;
pub(crate) mod types;
mod visit;
mod work;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Error;
use events::Event;
pub(crate) use work::{Fate, Operation, Phase, Progress, Task, Work};

/// The stacks of a place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stacks {
    /// By ARN; deleted ones are kept.
    pub(crate) stacks: BTreeMap<String, Stack>,
    /// Drift detections by their id.
    pub(crate) detections: BTreeMap<String, drift::Detection>,
}

/// What a stack is made of: the template's text and the values that go with it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<String>,
}

/// A stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) deleted: Option<Timestamp>,
    /// Such as `UPDATE_COMPLETE`.
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    /// What it was made of when it was last at rest, or what it is being made of.
    pub(crate) source: Source,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) outputs: Vec<Output>,
    /// The oldest first.
    pub(crate) events: Vec<Event>,
    /// By ARN.
    pub(crate) change_sets: BTreeMap<String, changes::ChangeSet>,
    /// What is going on, or what a failed operation left.
    pub(crate) operation: Option<Operation>,
    pub(crate) disable_rollback: bool,
    pub(crate) role: Option<String>,
    /// What to do when its creation fails: ROLLBACK, DELETE or DO_NOTHING.
    pub(crate) on_failure: String,
    /// Request tokens with the operations that they were used for.
    pub(crate) tokens: BTreeMap<String, String>,
    pub(crate) drift: Option<(String, Timestamp)>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) logical: String,
    pub(crate) kind: String,
    pub(crate) physical: Option<String>,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) updated: Timestamp,
    /// The properties that CloudFormation believes it to have, functions evaluated.
    pub(crate) properties: Value,
    pub(crate) metadata: Option<Value>,
    pub(crate) deletion_policy: Option<String>,
    pub(crate) replace_policy: Option<String>,
    pub(crate) drift: Option<drift::Found>,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<String>,
}

/// Stack statuses in which an update can begin. Source: CloudFormation User Guide, "Understand CloudFormation stack creation
/// events" and "Stack status codes".
const UPDATABLE: [&str; 6] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_FAILED",
];

/// Every stack status. Source: CloudFormation API Reference, Stack.
pub(crate) const STATUSES: [&str; 23] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

impl Stacks {
    pub(crate) fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// The stack of a name or ARN; by name only one that has not been deleted.
    pub(crate) fn find(&self, name: &str) -> Option<&Stack> {
        self.stacks.get(name).or_else(|| {
            self.stacks
                .values()
                .find(|stack| stack.name == name && stack.deleted.is_none())
        })
    }

    pub(crate) fn find_mut(&mut self, name: &str) -> Option<&mut Stack> {
        let id = self.find(name)?.id.clone();
        self.stacks.get_mut(&id)
    }
}

impl Stack {
    /// A stack before anything has been done about it.
    pub(crate) fn new(id: String, name: &str, created: Timestamp) -> Self {
        Self {
            id,
            name: name.to_owned(),
            created,
            updated: None,
            deleted: None,
            status: String::new(),
            reason: None,
            source: Source::default(),
            resources: BTreeMap::new(),
            outputs: Vec::new(),
            events: Vec::new(),
            change_sets: BTreeMap::new(),
            operation: None,
            disable_rollback: false,
            role: None,
            on_failure: "ROLLBACK".to_owned(),
            tokens: BTreeMap::new(),
            drift: None,
        }
    }

    /// Refuses unless an update can begin.
    pub(crate) fn require_updatable(&self) -> Result<(), Error> {
        if UPDATABLE.contains(&self.status.as_str()) {
            return Ok(());
        }
        Err(validation(format!(
            "Stack:{} is in {} state and can not be updated.",
            self.id, self.status
        )))
    }

    /// Whether an operation is going on.
    pub(crate) fn busy(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && self.status != "REVIEW_IN_PROGRESS"
    }
}

/// The error of most refusals, which the service's model does not have.
pub(crate) fn validation(message: impl Into<String>) -> Error {
    Error::new("ValidationError", 400, message)
}

/// Errors of the parts that all services share, in CloudFormation's code.
pub(crate) fn spelled(error: Error) -> Error {
    let general = [
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "MissingParameter",
        "MalformedInput",
    ];
    if general.contains(&error.code.as_str()) {
        return validation(error.message);
    }
    error
}
