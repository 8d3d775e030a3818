//! Operations on stacks, in virtual time: which resource's turn it is, what its handler did, what follows.
//!
//! Each operation is work kept with its stack and two kinds of steps in the schedule: the stack looks whose turn it is, and a
//! resource's handler takes its next look. Independent resources go side by side, others one after the other.
//! Source: CloudFormation User Guide, "Understand CloudFormation stack creation events"; durations are general knowledge but for
//! the handlers' 30 s between two looks, which are in their published source.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::changes::{Action, Plan};
use super::handlers::{self, Job, Turn, Verb};
use super::scope::{self, Around};
use super::template::evaluate::{same, unresolved};
use super::template::{Template, order};
use super::types::{self, Nature};
use super::work::{Fate, Leftover, Operation, Phase, Progress, Task, Work};
use super::{Resource, Source, Stack, names, settle};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// Throttled handlers ask again after so long.
const THROTTLED_SECONDS: f64 = 10.0;

/// What happens to a stack.
pub(crate) fn step(moment: &mut Moment<'_>, id: &str, step: &Step) {
    // The stack is out of its place while it acts there.
    let Some(mut stack) = moment.place.stacks.stacks.remove(id) else {
        return;
    };
    match step {
        Step::StackTurns => turn(moment, &mut stack),
        Step::ResourceTurns { logical } => resource_turn(moment, &mut stack, logical),
        _ => {}
    }
    moment.place.stacks.stacks.insert(id.to_owned(), stack);
}

/// Lets the stack look whose turn it is, a little later.
pub(super) fn soon(moment: &mut Moment<'_>, stack: &Stack) {
    later(moment, stack, Step::StackTurns);
}

fn later(moment: &mut Moment<'_>, stack: &Stack, step: Step) {
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

fn work<'a>(stack: &'a mut Stack, logical: &str) -> Option<&'a mut Work> {
    stack.operation.as_mut()?.work.get_mut(logical)
}

fn progress(stack: &mut Stack, logical: &str, progress: Progress) {
    if let Some(work) = work(stack, logical) {
        work.progress = progress;
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
        progress(stack, logical, Progress::Unchanged);
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
        progress(stack, logical, Progress::Done);
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
    if let Some(work) = work(stack, logical) {
        work.progress = Progress::Running;
        work.desired = desired;
        work.memo.physical = physical;
        work.memo.begun = Some(at);
    }
    let logical = logical.to_owned();
    later(moment, stack, Step::ResourceTurns { logical });
}

/// The resource's entry, which a new one does not have yet.
fn enter(moment: &Moment<'_>, stack: &mut Stack, logical: &str) {
    if stack.resources.contains_key(logical) {
        return;
    }
    let definition = Template::parse(&stack.source.template)
        .ok()
        .and_then(|template| template.resources.get(logical).cloned());
    let Some(definition) = definition else {
        return;
    };
    stack.resources.insert(
        logical.to_owned(),
        Resource {
            logical: logical.to_owned(),
            kind: definition.kind,
            physical: None,
            status: String::new(),
            reason: None,
            updated: moment.at,
            properties: Value::Null,
            metadata: definition.metadata,
            deletion_policy: definition.deletion_policy,
            replace_policy: definition.replace_policy,
            drift: None,
        },
    );
}

/// Takes over what only the stack keeps of a resource.
fn note(stack: &mut Stack, logical: &str) {
    let template = Template::parse(&stack.source.template).ok();
    let definition = template.and_then(|template| template.resources.get(logical).cloned());
    if let (Some(definition), Some(resource)) = (definition, stack.resources.get_mut(logical)) {
        resource.metadata = definition.metadata;
        resource.deletion_policy = definition.deletion_policy;
        resource.replace_policy = definition.replace_policy;
    }
}

/// Puts a resource's entry back as it was, but for its status.
pub(super) fn restore(stack: &mut Stack, logical: &str) {
    let before = work(stack, logical).and_then(|work| work.before.clone());
    if let (Some(before), Some(resource)) = (before, stack.resources.get_mut(logical)) {
        *resource = Resource {
            status: resource.status.clone(),
            reason: resource.reason.clone(),
            updated: resource.updated,
            ..before
        };
    }
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

fn start_removal(
    moment: &mut Moment<'_>,
    stack: &mut Stack,
    logical: &str,
    part: &Work,
    (fate, leaves): (Fate, bool),
) {
    let Some(before) = &part.before else {
        progress(stack, logical, Progress::Done);
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
    if let Some(work) = work(stack, logical) {
        work.progress = Progress::Running;
        work.memo.physical = physical;
        work.memo.begun = Some(at);
    }
    let logical = logical.to_owned();
    later(moment, stack, Step::ResourceTurns { logical });
}

/// A removed resource is gone, or let go of.
fn gone(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str, status: &str) {
    let Some(part) = work(stack, logical).cloned() else {
        return;
    };
    progress(stack, logical, Progress::Done);
    let leaves = matches!(part.task, Task::Remove { leaves: true, .. });
    if leaves {
        stack.resource_becomes(moment.at, logical, status, None);
        stack.resources.remove(logical);
    } else if let Some(before) = &part.before {
        stack.tell_of(moment.at, before, status, None);
    }
}

/// A resource's part has failed.
fn fail(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str, reason: String) {
    progress(stack, logical, Progress::Failed);
    let Some(part) = work(stack, logical).cloned() else {
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

/// A resource's handler takes its next look.
fn resource_turn(moment: &mut Moment<'_>, stack: &mut Stack, logical: &str) {
    let Some(part) = work(stack, logical).cloned() else {
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
    let turn = handlers::turn(moment, &job, &mut memo);
    let (made, physical) = (memo.made && !was_made, memo.physical.clone());
    if let Some(work) = work(stack, logical) {
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
    progress(stack, logical, Progress::Done);
    let status = if part.task == Task::Create {
        "CREATE_COMPLETE"
    } else {
        "UPDATE_COMPLETE"
    };
    stack.resource_becomes(moment.at, logical, status, None);
}
