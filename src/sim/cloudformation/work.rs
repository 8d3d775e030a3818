//! What an operation on a stack still has to do, as data: it is saved with the world.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::handlers::Memo;
use super::{Resource, Source, Stack};

/// What an operation is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Create,
    /// What a failed creation made goes again.
    CreateRollback,
    Update,
    /// What an update left over goes.
    UpdateCleanup,
    UpdateRollback,
    /// What the undone update made goes.
    RollbackCleanup,
    Delete,
}

/// An operation on a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) phase: Phase,
    /// The client's request token.
    pub(crate) token: Option<String>,
    /// What the stack was made of before it.
    pub(crate) before: Source,
    pub(crate) work: BTreeMap<String, Work>,
    /// What goes when the rest has succeeded.
    pub(crate) leftovers: Vec<Leftover>,
    /// The stack's tags that its rollback takes back.
    pub(crate) undone_tags: BTreeMap<String, String>,
    pub(crate) disable_rollback: bool,
}

/// A physical resource that is no longer wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Leftover {
    pub(crate) logical: String,
    pub(crate) kind: String,
    pub(crate) physical: Option<String>,
    pub(crate) fate: Fate,
    /// Whether the stack no longer has the logical resource either.
    pub(crate) leaves: bool,
    /// Logical resources that must be gone before it.
    pub(crate) after: BTreeSet<String>,
    pub(crate) properties: Value,
}

/// What becomes of a physical resource that the stack lets go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Delete,
    Retain,
    Snapshot,
}

/// What is done to one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    Create,
    Modify,
    /// A new one is made; the old one is a leftover.
    Replace,
    /// It is as it was, but something that it refers to has changed.
    Touch,
    /// Only what the stack itself keeps has changed: metadata and policies.
    Note,
    Remove {
        fate: Fate,
        leaves: bool,
    },
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    Waiting,
    Running,
    Done,
    /// Nothing had to be done after all.
    Unchanged,
    Failed,
    Cancelled,
}

/// One resource's part of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) task: Task,
    pub(crate) progress: Progress,
    pub(crate) memo: Memo,
    /// The resource before the operation; none when there was none.
    pub(crate) before: Option<Resource>,
    /// The properties that the handler compares with.
    pub(crate) previous: Value,
    /// The properties wanted: known when its turn comes.
    pub(crate) desired: Value,
    /// Logical resources whose part must be done first.
    pub(crate) after: BTreeSet<String>,
}

impl Work {
    pub(crate) fn new(task: Task, before: Option<Resource>, after: BTreeSet<String>) -> Self {
        let previous = before
            .as_ref()
            .map(|resource| resource.properties.clone())
            .unwrap_or_default();
        Self {
            task,
            progress: Progress::Waiting,
            memo: Memo::default(),
            before,
            previous,
            desired: Value::Null,
            after,
        }
    }

    /// Whether its handler has been called.
    pub(crate) fn begun(&self) -> bool {
        !matches!(self.progress, Progress::Waiting | Progress::Unchanged)
    }
}

impl Operation {
    /// The logical resources whose part failed.
    pub(crate) fn failed(&self) -> Vec<String> {
        self.work
            .iter()
            .filter(|(_, work)| matches!(work.progress, Progress::Failed | Progress::Cancelled))
            .map(|(logical, _)| logical.clone())
            .collect()
    }
}

impl Stack {
    /// A resource's part of the present operation.
    pub(super) fn work_of(&mut self, logical: &str) -> Option<&mut Work> {
        self.operation.as_mut()?.work.get_mut(logical)
    }

    pub(super) fn progresses(&mut self, logical: &str, progress: Progress) {
        if let Some(work) = self.work_of(logical) {
            work.progress = progress;
        }
    }
}
