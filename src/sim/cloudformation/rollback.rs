//! Undoing an update: its beginning, and how a failed one is continued.
//!
//! Source: CloudFormation User Guide, "Continue rolling back an update" (only from UPDATE_ROLLBACK_FAILED; skipped resources are
//! marked UPDATE_COMPLETE although they are not as the template says); observed: the handlers are called with the former
//! properties, so that what refused the update refuses its rollback.

use super::deploy::{needs_of, soon};
use super::entry::restore;
use super::handlers::Memo;
use super::removal::leftover;
use super::work::{Phase, Progress, Task, Work};
use super::{Stack, validation};
use crate::sim::error::Error;
use crate::sim::machine::Moment;

/// Begins to undo an update.
pub(super) fn begin(moment: &mut Moment<'_>, stack: &mut Stack, reason: String) {
    let new_needs = needs_of(moment, stack);
    let Some(operation) = &mut stack.operation else {
        return;
    };
    let undone = std::mem::replace(&mut stack.source, operation.before.clone());
    operation.undone_tags = undone.tags;
    let begun: Vec<(String, Work)> = std::mem::take(&mut operation.work)
        .into_iter()
        .filter(|(_, work)| work.begun())
        .collect();
    operation.phase = Phase::UpdateRollback;
    operation.leftovers.clear();
    for (logical, work) in begun {
        let Work {
            task,
            before,
            desired,
            memo,
            ..
        } = work;
        let Some(before) = before else {
            // It was made by the update: it goes in the end.
            if let Some(resource) = stack.resources.get(&logical) {
                let mut going = leftover(resource, true, &new_needs);
                going.fate = super::Fate::Delete;
                operation.leftovers.push(going);
            }
            continue;
        };
        let (task, previous) = match task {
            Task::Replace => {
                if memo.made
                    && let Some(resource) = stack.resources.get_mut(&logical)
                {
                    let mut going = leftover(resource, false, &new_needs);
                    going.fate = super::Fate::Delete;
                    operation.leftovers.push(going);
                }
                if let Some(resource) = stack.resources.get_mut(&logical) {
                    resource.physical.clone_from(&before.physical);
                }
                (Task::Note, before.properties.clone())
            }
            Task::Touch => (Task::Touch, before.properties.clone()),
            Task::Note => (Task::Note, before.properties.clone()),
            _ if desired.is_null() => (Task::Note, before.properties.clone()),
            _ => (Task::Modify, desired),
        };
        let mut undone = Work::new(task, Some(before), Default::default());
        undone.previous = previous;
        operation.work.insert(logical, undone);
    }
    stack.becomes(moment.at, "UPDATE_ROLLBACK_IN_PROGRESS", Some(reason));
    // The order is that of the former template.
    let needs = needs_of(moment, stack);
    if let Some(operation) = &mut stack.operation {
        for (logical, work) in &mut operation.work {
            work.after = needs.get(logical).cloned().unwrap_or_default();
        }
    }
    soon(moment, stack);
}

/// Goes on with a rollback that failed, without the resources that shall be skipped.
pub(super) fn go_on(
    moment: &mut Moment<'_>,
    stack: &mut Stack,
    skip: &[String],
    token: Option<String>,
) -> Result<(), Error> {
    let known = |name: &String| {
        stack.operation.as_ref().is_some_and(|operation| {
            operation
                .work
                .get(name)
                .is_some_and(|work| matches!(work.progress, Progress::Failed | Progress::Cancelled))
        })
    };
    if let Some(name) = skip.iter().find(|name| !known(name)) {
        return Err(validation(format!(
            "Resource {name} cannot be skipped: only resources in the UPDATE_FAILED state because of the failed rollback can be."
        )));
    }
    if let Some(operation) = &mut stack.operation {
        operation.token = token;
        for (logical, work) in &mut operation.work {
            if skip.contains(logical) {
                work.progress = Progress::Done;
            } else if matches!(work.progress, Progress::Failed | Progress::Cancelled) {
                work.progress = Progress::Waiting;
                work.memo = Memo::default();
            }
        }
    }
    let reason = Some("User Initiated".to_owned());
    stack.becomes(moment.at, "UPDATE_ROLLBACK_IN_PROGRESS", reason);
    for logical in skip {
        // What the stack believes of it from now on is what the former template says.
        restore(stack, logical);
        stack.resource_becomes(moment.at, logical, "UPDATE_COMPLETE", None);
    }
    soon(moment, stack);
    Ok(())
}
