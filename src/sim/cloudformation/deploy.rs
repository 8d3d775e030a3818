//! The beginnings of operations on stacks, in virtual time: what each resource's part is, and what it waits for.
//!
//! Each operation is work kept with its stack and two kinds of steps in the schedule: the stack looks whose turn it is (`turns`),
//! and a resource's handler takes its next look (`visit`). Independent resources go side by side, others one after the other.
//! Source: CloudFormation User Guide, "Understand CloudFormation stack creation events"; durations are general knowledge but for
//! the handlers' 30 s between two looks, which are in their published source.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Action, Plan};
use super::removal::{leftover, removal};
use super::scope::{self, Around};
use super::template::{Template, order};
use super::work::{Fate, Operation, Phase, Progress, Task, Work};
use super::{Resource, Source, Stack, turns, visit};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// What happens to a stack.
pub(crate) fn step(moment: &mut Moment<'_>, id: &str, step: &Step) {
    // The stack is out of its place while it acts there.
    let Some(mut stack) = moment.place.stacks.stacks.remove(id) else {
        return;
    };
    match step {
        Step::StackTurns => turns::turn(moment, &mut stack),
        Step::ResourceTurns { logical } => visit::resource_turn(moment, &mut stack, logical),
        _ => {}
    }
    moment.place.stacks.stacks.insert(id.to_owned(), stack);
}

/// Lets the stack look whose turn it is, a little later.
pub(super) fn soon(moment: &mut Moment<'_>, stack: &Stack) {
    later(moment, stack, Step::StackTurns);
}

pub(super) fn later(moment: &mut Moment<'_>, stack: &Stack, step: Step) {
    let spread = moment.rules.timings.stack_step;
    let object = Object::Stack(stack.id.clone());
    moment
        .place
        .later_by_chance(moment.rules, moment.at, "stack step", spread, object, step);
}

/// Begins to create or update a stack as planned.
pub(crate) fn begin(
    moment: &mut Moment<'_>,
    stack: &mut Stack,
    target: Source,
    plan: &Plan,
    token: Option<String>,
) {
    let creates = matches!(stack.status.as_str(), "" | "REVIEW_IN_PROGRESS");
    let old_needs = needs_of(moment, stack);
    let mut work = BTreeMap::new();
    let mut leftovers = Vec::new();
    for change in &plan.changes {
        let before = stack
            .resources
            .get(&change.logical)
            .filter(|resource| resource.physical.is_some())
            .cloned();
        let task = match change.action {
            Action::Add => Task::Create,
            Action::Modify if change.replaced => Task::Replace,
            Action::Modify if change.reaches_the_resource() => Task::Modify,
            Action::Modify => Task::Note,
            Action::Remove => {
                leftovers.extend(before.map(|resource| leftover(&resource, true, &old_needs)));
                continue;
            }
        };
        let after = plan.needs.get(&change.logical).cloned().unwrap_or_default();
        work.insert(change.logical.clone(), Work::new(task, before, after));
    }
    for logical in &plan.touched {
        let before = stack.resources.get(logical).cloned();
        let after = plan.needs.get(logical).cloned().unwrap_or_default();
        work.insert(logical.clone(), Work::new(Task::Touch, before, after));
    }
    // What waits for a resource that is not part of this waits for what that one waits for.
    let parts: BTreeSet<String> = work.keys().cloned().collect();
    for part in work.values_mut() {
        part.after = through(&part.after, &parts, &plan.needs);
    }
    carry_over(stack, &mut work);
    stack.operation = Some(Operation {
        phase: if creates {
            Phase::Create
        } else {
            Phase::Update
        },
        token,
        before: stack.source.clone(),
        work,
        leftovers,
        undone_tags: BTreeMap::new(),
        disable_rollback: stack.disable_rollback,
    });
    stack.source = target;
    if !creates {
        stack.updated = Some(moment.at);
        for change_set in stack.change_sets.values_mut() {
            if change_set.execution == "AVAILABLE" {
                "OBSOLETE".clone_into(&mut change_set.execution);
            }
        }
    }
    let status = if creates {
        "CREATE_IN_PROGRESS"
    } else {
        "UPDATE_IN_PROGRESS"
    };
    stack.becomes(moment.at, status, Some("User Initiated".to_owned()));
    soon(moment, stack);
}

/// The nearest parts of the work that stand before these resources.
fn through(
    from: &BTreeSet<String>,
    parts: &BTreeSet<String>,
    needs: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open: Vec<String> = from.iter().cloned().collect();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if parts.contains(&name) {
            found.insert(name);
        } else {
            open.extend(needs.get(&name).into_iter().flatten().cloned());
        }
    }
    found
}

/// After an update that failed and was not undone, the next one's rollback leads back to before both.
fn carry_over(stack: &Stack, work: &mut BTreeMap<String, Work>) {
    let Some(earlier) = stack
        .operation
        .as_ref()
        .filter(|operation| operation.phase == Phase::Update)
    else {
        return;
    };
    for (logical, earlier) in earlier.work.iter().filter(|(_, earlier)| earlier.begun()) {
        match work.get_mut(logical) {
            Some(work) => work.before.clone_from(&earlier.before),
            None => {
                let mut done = earlier.clone();
                done.progress = Progress::Done;
                work.insert(logical.clone(), done);
            }
        }
    }
}

/// Begins to delete a stack, but for some of its resources.
pub(crate) fn begin_delete(
    moment: &mut Moment<'_>,
    stack: &mut Stack,
    retain: &[String],
    token: Option<String>,
) {
    let needs = needs_of(moment, stack);
    let resources: Vec<Resource> = stack.resources.values().cloned().collect();
    let mut work = BTreeMap::new();
    for resource in resources {
        let mut part = removal(&leftover(&resource, true, &needs), &resource);
        if retain.contains(&resource.logical) {
            part.task = Task::Remove {
                fate: Fate::Retain,
                leaves: true,
            };
        }
        work.insert(resource.logical.clone(), part);
    }
    stack.operation = Some(Operation {
        phase: Phase::Delete,
        token,
        before: stack.source.clone(),
        work,
        leftovers: Vec::new(),
        undone_tags: BTreeMap::new(),
        disable_rollback: false,
    });
    stack.becomes(
        moment.at,
        "DELETE_IN_PROGRESS",
        Some("User Initiated".to_owned()),
    );
    soon(moment, stack);
}

/// What the stack's present template says about the order of its resources.
pub(super) fn needs_of(moment: &Moment<'_>, stack: &Stack) -> BTreeMap<String, BTreeSet<String>> {
    let around = Around {
        place: moment.place,
        rules: moment.rules,
        stack,
        unknown: BTreeSet::new(),
    };
    let needs = || -> Result<_, String> {
        let template = Template::parse(&stack.source.template)?;
        let identity = (stack.id.as_str(), stack.name.as_str());
        let parameters = scope::values(moment.place, identity, &template, &stack.source)?;
        order::needs(&around.scope(&template, &parameters))
    };
    // A stack without a template has no order either.
    needs().unwrap_or_default()
}
