//! Whose turn it is: starts each resource whose others are done, and ends the phase when nothing is left.
//!
//! Source: CloudFormation User Guide, "Understand CloudFormation stack creation events"; the texts as seen in public issues.

use std::collections::BTreeSet;

use serde_json::Value;

use super::deploy::later;
use super::entry::{enter, note, restore};
use super::removal::start_removal;
use super::scope::{self, Around};
use super::template::Template;
use super::template::evaluate::{same, unresolved};
use super::types::{self, Nature};
use super::visit::fail;
use super::work::{Phase, Progress, Task};
use super::{Stack, names, settle};
use crate::sim::machine::Moment;
use crate::sim::schedule::Step;

/// Starts whatever can start, and ends the phase when nothing is left.
pub(super) fn turn(moment: &mut Moment<'_>, stack: &mut Stack) {
    loop {
        let Some(operation) = &stack.operation else {
            return;
        };
        let removes = matches!(
            operation.phase,
            Phase::Delete | Phase::CreateRollback | Phase::UpdateCleanup | Phase::RollbackCleanup
        );
        if !removes && !operation.failed().is_empty() {
            settle::failed(moment, stack);
            return;
        }
        let finished = |name: &String| {
            operation
                .work
                .get(name)
                .is_none_or(|work| matches!(work.progress, Progress::Done | Progress::Unchanged))
        };
        let ready: Vec<String> = operation
            .work
            .iter()
            .filter(|(_, work)| {
                work.progress == Progress::Waiting && work.after.iter().all(finished)
            })
            .map(|(logical, _)| logical.clone())
            .collect();
        let running = operation
            .work
            .values()
            .any(|work| work.progress == Progress::Running);
        if ready.is_empty() {
            // Where something could not be removed, what waits for it stays too.
            if !running {
                settle::phase_done(moment, stack);
            }
            return;
        }
        for logical in ready {
            start(moment, stack, &logical);
        }
    }
}

/// A resource's turn has come.
fn start(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str) {
    let Some(operation) = &stack.operation else {
        return;
    };
    let undoes = operation.phase == Phase::UpdateRollback;
    let Some(part) = operation.work.get(logical).cloned() else {
        return;
    };
    if let Task::Remove { fate, leaves } = part.task {
        start_removal(moment, stack, logical, &part, (fate, leaves));
        return;
    }
    let desired = if undoes {
        part.before
            .as_ref()
            .map(|before| before.properties.clone())
            .unwrap_or_default()
    } else {
        match desired(moment, stack, logical) {
            Ok(desired) => desired,
            Err(problem) => {
                enter(moment, stack, logical);
                fail(moment, stack, logical, problem);
                return;
            }
        }
    };
    // What a rollback leads back to may be older than the failure.
    let was_failed = stack
        .resources
        .get(logical)
        .is_some_and(|resource| resource.status.ends_with("_FAILED"));
    let retagged = tags_differ(stack);
    if part.task == Task::Modify
        && !undoes
        && !was_failed
        && !retagged
        && same(&part.previous, &desired)
    {
        note(stack, logical);
        stack.progresses(logical, Progress::Unchanged);
        return;
    }
    enter(moment, stack, logical);
    let status = if part.task == Task::Create {
        "CREATE_IN_PROGRESS"
    } else {
        "UPDATE_IN_PROGRESS"
    };
    let reason = (part.task == Task::Replace).then(|| {
        "Requested update requires the creation of a new physical resource; hence creating one."
            .to_owned()
    });
    stack.resource_becomes(moment.at, logical, status, reason);
    if part.task == Task::Note {
        note(stack, logical);
        if undoes {
            restore(stack, logical);
        }
        stack.progresses(logical, Progress::Done);
        stack.resource_becomes(moment.at, logical, "UPDATE_COMPLETE", None);
        return;
    }
    let kind = stack
        .resources
        .get(logical)
        .map(|resource| resource.kind.clone())
        .unwrap_or_default();
    if let Some(problem) = types::broken_schema(&kind, &desired) {
        let reason =
            format!("Properties validation failed for resource {logical} with message:\n{problem}");
        fail(moment, stack, logical, reason);
        return;
    }
    let makes = matches!(part.task, Task::Create | Task::Replace);
    let physical = if makes {
        let name = names::physical(
            moment.place,
            moment.rules,
            &stack.name,
            (logical, &kind),
            &desired,
        );
        let same_name = part
            .before
            .as_ref()
            .is_some_and(|before| before.physical.as_ref() == Some(&name));
        if same_name && types::nature(&kind) != Nature::Passive {
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the \
                 stack again."
            );
            fail(moment, stack, logical, reason);
            return;
        }
        Some(name)
    } else {
        part.before.and_then(|before| before.physical)
    };
    let at = moment.at;
    if let Some(work) = stack.work_of(logical) {
        work.progress = Progress::Running;
        work.desired = desired;
        work.memo.physical = physical;
        work.memo.begun = Some(at);
    }
    let logical = logical.to_owned();
    later(moment, stack, Step::ResourceTurns { logical });
}

fn tags_differ(stack: &Stack) -> bool {
    stack
        .operation
        .as_ref()
        .is_some_and(|operation| operation.before.tags != stack.source.tags)
}

/// A resource's properties with everything that is known by now.
fn desired(moment: &Moment<'_>, stack: &Stack, logical: &str) -> Result<Value, String> {
    let template = Template::parse(&stack.source.template)?;
    let identity = (stack.id.as_str(), stack.name.as_str());
    let parameters = scope::values(moment.place, identity, &template, &stack.source)?;
    let around = Around {
        place: moment.place,
        rules: moment.rules,
        stack,
        unknown: BTreeSet::new(),
    };
    let definition = template
        .resources
        .get(logical)
        .ok_or_else(|| format!("Resource {logical} is not in the template"))?;
    let desired = around
        .scope(&template, &parameters)
        .value(&definition.properties)?;
    if unresolved(&desired) {
        return Err(format!(
            "Template error: a reference of resource {logical} could not be resolved"
        ));
    }
    Ok(desired)
}
