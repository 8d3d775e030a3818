//! A resource's handler takes its next look, and what follows from what it says.
//!
//! Source: the published source of the RDS resource handlers (aws-cloudformation-resource-providers-rds).

use std::collections::BTreeMap;

use super::Stack;
use super::deploy::{later, needs_of, soon};
use super::entry::{note, restore};
use super::handlers::{self, Job, Turn, Verb};
use super::removal::{gone, leftover};
use super::template::evaluate::same;
use super::work::{Fate, Phase, Progress, Task, Work};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// Throttled handlers ask again after so long.
const THROTTLED_SECONDS: f64 = 10.0;

/// A resource's handler takes its next look.
pub(super) fn resource_turn(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str) {
    let Some(part) = stack.work_of(logical).cloned() else {
        return;
    };
    if part.progress != Progress::Running {
        return;
    }
    let (phase, tags_before) = stack.operation.as_ref().map_or_else(
        || (Phase::Update, BTreeMap::new()),
        |operation| match operation.phase {
            Phase::UpdateRollback => (operation.phase, operation.undone_tags.clone()),
            phase => (phase, operation.before.tags.clone()),
        },
    );
    let kind = part
        .before
        .as_ref()
        .or(stack.resources.get(logical))
        .map(|resource| resource.kind.clone())
        .unwrap_or_default();
    let undoes = phase == Phase::UpdateRollback;
    let job = Job {
        stack_id: &stack.id,
        stack: &stack.name,
        logical,
        kind: &kind,
        verb: match part.task {
            Task::Create | Task::Replace => Verb::Create,
            Task::Touch => Verb::Touch,
            // It is called again because it had failed, and is wanted as it was before that.
            Task::Modify
                if tags_before == stack.source.tags && same(&part.previous, &part.desired) =>
            {
                Verb::Touch
            }
            Task::Modify | Task::Note => Verb::Update,
            Task::Remove { fate, .. } => Verb::Delete {
                snapshot: fate == Fate::Snapshot,
            },
        },
        previous: &part.previous,
        desired: &part.desired,
        tags_before,
        tags: stack.source.tags.clone(),
        undoes,
    };
    let mut memo = part.memo.clone();
    let was_made = memo.made;
    let mut turn = if memo.finished {
        Turn::Done
    } else {
        handlers::turn(moment, &job, &mut memo)
    };
    let (made, physical) = (memo.made && !was_made, memo.physical.clone());
    if made && turn == Turn::Done {
        // That it is complete is told a little after that it has been begun.
        memo.finished = true;
        turn = Turn::Next;
    }
    if let Some(work) = stack.work_of(logical) {
        work.memo = memo;
    }
    if made {
        if let Some(resource) = stack.resources.get_mut(logical) {
            resource.physical = physical;
            resource.properties = part.desired.clone();
        }
        let status = if part.task == Task::Create {
            "CREATE_IN_PROGRESS"
        } else {
            "UPDATE_IN_PROGRESS"
        };
        let reason = "Resource creation Initiated".to_owned();
        stack.resource_becomes(moment.at, logical, status, Some(reason));
    }
    let step = Step::ResourceTurns {
        logical: logical.to_owned(),
    };
    let object = Object::Stack(stack.id.clone());
    match turn {
        Turn::Next => later(moment, stack, step),
        Turn::Throttled => moment
            .place
            .later(moment.at, THROTTLED_SECONDS, object, step),
        Turn::Probe => {
            let spread = moment.rules.timings.stack_probe;
            moment.place.later_by_chance(
                moment.rules,
                moment.at,
                "stack probe",
                spread,
                object,
                step,
            );
        }
        Turn::Failed(reason) => {
            fail(moment, stack, logical, reason);
            soon(moment, stack);
        }
        Turn::Done => {
            done(moment, stack, logical, &part);
            soon(moment, stack);
        }
    }
}

/// A resource's part is done.
fn done(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str, part: &Work) {
    if let Task::Remove { .. } = part.task {
        gone(moment, stack, logical, "DELETE_COMPLETE");
        return;
    }
    let undoes = stack
        .operation
        .as_ref()
        .is_some_and(|operation| operation.phase == Phase::UpdateRollback);
    if undoes {
        restore(stack, logical);
    } else {
        note(stack, logical);
        if let Some(resource) = stack.resources.get_mut(logical) {
            resource.properties = part.desired.clone();
        }
    }
    if part.task == Task::Replace {
        let needs = needs_of(moment, stack);
        let old = part
            .before
            .as_ref()
            .map(|before| leftover(before, false, &needs));
        if let Some(operation) = &mut stack.operation {
            operation.leftovers.extend(old);
        }
    }
    stack.progresses(logical, Progress::Done);
    let status = if part.task == Task::Create {
        "CREATE_COMPLETE"
    } else {
        "UPDATE_COMPLETE"
    };
    stack.resource_becomes(moment.at, logical, status, None);
}

/// A resource's part has failed.
pub(super) fn fail(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str, reason: String) {
    stack.progresses(logical, Progress::Failed);
    let Some(part) = stack.work_of(logical).cloned() else {
        return;
    };
    match part.task {
        Task::Create => {
            stack.resource_becomes(moment.at, logical, "CREATE_FAILED", Some(reason));
        }
        Task::Remove { leaves: false, .. } => {
            if let Some(before) = &part.before {
                stack.tell_of(moment.at, before, "DELETE_FAILED", Some(reason));
            }
        }
        Task::Remove { .. } => {
            stack.resource_becomes(moment.at, logical, "DELETE_FAILED", Some(reason));
        }
        _ => stack.resource_becomes(moment.at, logical, "UPDATE_FAILED", Some(reason)),
    }
}
