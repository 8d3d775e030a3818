//! What a stack lets go of: what becomes of it, and when.
//!
//! Source: CloudFormation User Guide, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".

use std::collections::{BTreeMap, BTreeSet};

use super::deploy::later;
use super::types::{self, Nature};
use super::work::{Fate, Leftover, Progress, Task, Work};
use super::{Resource, Stack};
use crate::sim::machine::Moment;
use crate::sim::schedule::Step;

/// A resource that is no longer wanted; whatever needs it goes first.
pub(super) fn leftover(
    resource: &Resource,
    leaves: bool,
    needs: &BTreeMap<String, BTreeSet<String>>,
) -> Leftover {
    let policy = if leaves {
        resource.deletion_policy.as_deref()
    } else {
        resource.replace_policy.as_deref()
    };
    let cluster = types::nature(&resource.kind) == Nature::Cluster;
    let fate = match policy {
        Some("Retain") => Fate::Retain,
        Some("Delete" | "RetainExceptOnCreate") => Fate::Delete,
        Some("Snapshot") if cluster => Fate::Snapshot,
        // Documented: a cluster's default is a snapshot, everything else's is to go.
        None if cluster => Fate::Snapshot,
        _ => Fate::Delete,
    };
    Leftover {
        logical: resource.logical.clone(),
        kind: resource.kind.clone(),
        physical: resource.physical.clone(),
        fate,
        leaves,
        after: needs
            .iter()
            .filter(|(_, needed)| needed.contains(&resource.logical))
            .map(|(name, _)| name.clone())
            .collect(),
        properties: resource.properties.clone(),
    }
}

/// The work of letting go of a leftover.
pub(super) fn removal(leftover: &Leftover, resource: &Resource) -> Work {
    let before = Resource {
        physical: leftover.physical.clone(),
        properties: leftover.properties.clone(),
        ..resource.clone()
    };
    let task = Task::Remove {
        fate: leftover.fate,
        leaves: leftover.leaves,
    };
    Work::new(task, Some(before), leftover.after.clone())
}

pub(super) fn start_removal(
    moment: &mut Moment<'_>,
    stack: &mut Stack,
    logical: &str,
    part: &Work,
    (fate, leaves): (Fate, bool),
) {
    let Some(before) = &part.before else {
        stack.progresses(logical, Progress::Done);
        return;
    };
    if before.physical.is_none() {
        gone(moment, stack, logical, "DELETE_COMPLETE");
        return;
    }
    if fate == Fate::Retain {
        gone(moment, stack, logical, "DELETE_SKIPPED");
        return;
    }
    if leaves {
        stack.resource_becomes(moment.at, logical, "DELETE_IN_PROGRESS", None);
    } else {
        stack.tell_of(moment.at, before, "DELETE_IN_PROGRESS", None);
    }
    let (at, physical) = (moment.at, before.physical.clone());
    if let Some(work) = stack.work_of(logical) {
        work.progress = Progress::Running;
        work.memo.physical = physical;
        work.memo.begun = Some(at);
    }
    let logical = logical.to_owned();
    later(moment, stack, Step::ResourceTurns { logical });
}

/// A removed resource is gone, or let go of.
pub(super) fn gone(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str, status: &str) {
    let Some(part) = stack.work_of(logical).cloned() else {
        return;
    };
    stack.progresses(logical, Progress::Done);
    let leaves = matches!(part.task, Task::Remove { leaves: true, .. });
    if leaves {
        stack.resource_becomes(moment.at, logical, status, None);
        stack.resources.remove(logical);
    } else if let Some(before) = &part.before {
        stack.tell_of(moment.at, before, status, None);
    }
}
