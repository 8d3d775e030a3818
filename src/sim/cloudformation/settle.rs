//! How operations on stacks end: what follows a failure, and what follows when all is done.
//!
//! Source: CloudFormation User Guide, "Stack status codes" and "Understand CloudFormation stack creation events"; the texts as seen
//! in public issues.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::deploy::{needs_of, soon};
use super::removal::{leftover, removal};
use super::rollback;
use super::scope::{self, Around};
use super::template::Template;
use super::template::evaluate::text;
use super::work::{Phase, Progress, Task, Work};
use super::{Output, Stack};
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::world::Rules;

/// Something failed: what runs beside it is cancelled, and the operation goes back or stops.
pub(super) fn failed(moment: &mut Moment<'_>, stack: &mut Stack) {
    cancel_running(moment, stack);
    let Some(operation) = &stack.operation else {
        return;
    };
    let (phase, keeps) = (operation.phase, operation.disable_rollback);
    let names = operation.failed().join(", ");
    let update = format!("The following resource(s) failed to update: [{names}].");
    match phase {
        Phase::Create => {
            let reason = format!("The following resource(s) failed to create: [{names}].");
            if keeps || stack.on_failure == "DO_NOTHING" {
                stack.becomes(moment.at, "CREATE_FAILED", Some(reason));
                return;
            }
            let reason = format!("{reason} Rollback requested by user.");
            undo_creation(moment, stack, reason);
        }
        Phase::Update if keeps => stack.becomes(moment.at, "UPDATE_FAILED", Some(update)),
        Phase::Update => rollback::begin(moment, stack, update),
        Phase::UpdateRollback => {
            stack.becomes(moment.at, "UPDATE_ROLLBACK_FAILED", Some(update));
        }
        _ => {}
    }
}

/// What runs ends where it is; what its handlers have asked for goes on.
pub(super) fn cancel_running(moment: &mut Moment<'_>, stack: &mut Stack) {
    let object = Object::Stack(stack.id.clone());
    let kind = Step::ResourceTurns {
        logical: String::new(),
    };
    moment.place.schedule.forget(&object, Some(&kind));
    let Some(operation) = &mut stack.operation else {
        return;
    };
    let mut cancelled = Vec::new();
    for (logical, work) in &mut operation.work {
        if work.progress == Progress::Running {
            work.progress = Progress::Cancelled;
            cancelled.push((logical.clone(), work.task.clone()));
        }
    }
    for (logical, task) in cancelled {
        let (status, reason) = match task {
            Task::Create => ("CREATE_FAILED", "Resource creation cancelled"),
            _ => ("UPDATE_FAILED", "Resource update cancelled"),
        };
        stack.resource_becomes(moment.at, &logical, status, Some(reason.to_owned()));
    }
}

/// What a failed creation has made goes again.
pub(super) fn undo_creation(moment: &mut Moment<'_>, stack: &mut Stack, reason: String) {
    let needs = needs_of(moment, stack);
    let mut work = BTreeMap::new();
    for resource in stack.resources.values() {
        let mut going = leftover(resource, true, &needs);
        // Documented: a creation that is rolled back leaves nothing, unless it shall be retained.
        if going.fate == super::Fate::Snapshot {
            going.fate = super::Fate::Delete;
        }
        work.insert(resource.logical.clone(), removal(&going, resource));
    }
    if let Some(operation) = &mut stack.operation {
        operation.phase = Phase::CreateRollback;
        operation.work = work;
    }
    stack.becomes(moment.at, "ROLLBACK_IN_PROGRESS", Some(reason));
    soon(moment, stack);
}

/// Everything of a phase is done.
pub(super) fn phase_done(moment: &mut Moment<'_>, stack: &mut Stack) {
    let Some(operation) = &stack.operation else {
        return;
    };
    let phase = operation.phase;
    let stuck: Vec<String> = operation
        .work
        .iter()
        .filter(|(_, work)| work.progress == Progress::Failed)
        .map(|(logical, _)| logical.clone())
        .collect();
    let not_deleted = (!stuck.is_empty()).then(|| {
        format!(
            "The following resource(s) failed to delete: [{}].",
            stuck.join(", ")
        )
    });
    match phase {
        Phase::Create => {
            stack.outputs = outputs(moment.place, moment.rules, stack);
            rest(moment, stack, "CREATE_COMPLETE", None);
        }
        Phase::Update => {
            stack.outputs = outputs(moment.place, moment.rules, stack);
            clean_up(
                moment,
                stack,
                Phase::UpdateCleanup,
                "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            );
        }
        Phase::UpdateRollback => {
            stack.outputs = outputs(moment.place, moment.rules, stack);
            clean_up(
                moment,
                stack,
                Phase::RollbackCleanup,
                "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            );
        }
        Phase::UpdateCleanup => {
            forget_leaving(stack);
            rest(moment, stack, "UPDATE_COMPLETE", not_deleted);
        }
        Phase::RollbackCleanup => {
            forget_leaving(stack);
            rest(moment, stack, "UPDATE_ROLLBACK_COMPLETE", not_deleted);
        }
        Phase::CreateRollback if not_deleted.is_some() => {
            rest(moment, stack, "ROLLBACK_FAILED", not_deleted);
        }
        Phase::CreateRollback if stack.on_failure == "DELETE" => {
            stack.deleted = Some(moment.at);
            stack.becomes(moment.at, "DELETE_IN_PROGRESS", None);
            rest(moment, stack, "DELETE_COMPLETE", None);
        }
        Phase::CreateRollback => rest(moment, stack, "ROLLBACK_COMPLETE", None),
        Phase::Delete if not_deleted.is_some() => {
            rest(moment, stack, "DELETE_FAILED", not_deleted);
        }
        Phase::Delete => {
            stack.deleted = Some(moment.at);
            stack.outputs.clear();
            rest(moment, stack, "DELETE_COMPLETE", None);
        }
    }
}

/// What could not be deleted in a cleanup belongs to the stack no more.
fn forget_leaving(stack: &mut Stack) {
    let left: Vec<String> = stack
        .operation
        .iter()
        .flat_map(|operation| &operation.work)
        .filter(|(_, work)| matches!(work.task, Task::Remove { leaves: true, .. }))
        .map(|(logical, _)| logical.clone())
        .collect();
    for logical in left {
        stack.resources.remove(&logical);
    }
}

fn rest(moment: &mut Moment<'_>, stack: &mut Stack, status: &str, reason: Option<String>) {
    stack.becomes(moment.at, status, reason);
    stack.operation = None;
}

fn clean_up(moment: &mut Moment<'_>, stack: &mut Stack, phase: Phase, status: &str) {
    let Some(operation) = &mut stack.operation else {
        return;
    };
    let leftovers = std::mem::take(&mut operation.leftovers);
    let names: BTreeSet<String> = leftovers
        .iter()
        .map(|leftover| leftover.logical.clone())
        .collect();
    let mut work: BTreeMap<String, Work> = BTreeMap::new();
    for mut leftover in leftovers {
        leftover.after.retain(|name| names.contains(name));
        if let Some(resource) = stack.resources.get(&leftover.logical) {
            work.insert(leftover.logical.clone(), removal(&leftover, resource));
        }
    }
    operation.phase = phase;
    operation.work = work;
    stack.becomes(moment.at, status, None);
    soon(moment, stack);
}

/// The outputs as they come out now; one that cannot be evaluated is left out.
pub(crate) fn outputs(place: &Place, rules: &Rules, stack: &Stack) -> Vec<Output> {
    let around = Around {
        place,
        rules,
        stack,
        unknown: BTreeSet::new(),
    };
    let Ok(template) = Template::parse(&stack.source.template) else {
        return Vec::new();
    };
    let identity = (stack.id.as_str(), stack.name.as_str());
    let Ok(parameters) = scope::values(place, identity, &template, &stack.source) else {
        return Vec::new();
    };
    let scope = around.scope(&template, &parameters);
    let evaluated = |value: Option<&Value>| -> Option<String> { text(&scope.value(value?).ok()?) };
    let mut outputs = Vec::new();
    for (key, output) in &template.outputs {
        let exists = output
            .get("Condition")
            .and_then(Value::as_str)
            .is_none_or(|condition| scope.condition(condition).unwrap_or(false));
        let value = evaluated(output.get("Value"));
        if let Some(value) = value.filter(|_| exists) {
            outputs.push(Output {
                key: key.clone(),
                value,
                description: evaluated(output.get("Description")),
                export: evaluated(output.get("Export").and_then(|export| export.get("Name"))),
            });
        }
    }
    outputs
}
