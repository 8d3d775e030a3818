//! What must not have changed since the plan, besides roles and members, before something that interrupts is begun: the
//! attached group and its values, the queues and classes of all members, and the run's own snapshot.
//!
//! Goes in: the plan, which of its actions are over, and facts that were read just now. Comes out: what somebody else
//! changed, or nothing.

use super::facts::Facts;
use super::judge::differences;
use crate::names::{ActionId, InstanceId};
use crate::observed::{Cluster, Member};
use crate::plan::Plan;
use crate::plan::action::{Expectation, Kind};
use std::collections::BTreeMap;

/// Whether everything that was staged is still so, and nothing else is. `is_over` tells of each action whether it is
/// finished or was not needed.
pub(super) fn unchanged(
    plan: &Plan,
    is_over: &dyn Fn(&ActionId) -> bool,
    facts: &Facts,
) -> Result<(), String> {
    let has_snapshot = plan
        .actions
        .iter()
        .any(|action| action.kind == Kind::CreateSnapshot && is_over(&action.id));
    if has_snapshot {
        match &facts.snapshot {
            Some(snapshot) if snapshot.status == "available" => {}
            Some(snapshot) => {
                return Err(format!(
                    "snapshot `{}`, made by this run, is {} now",
                    snapshot.identifier, snapshot.status
                ));
            }
            None => return Err("the snapshot that this run made is gone".to_owned()),
        }
    }
    let (Some(expectation), Some(cluster)) = (expectation(plan), &facts.cluster) else {
        return Ok(());
    };
    same_group(expectation, cluster, facts)?;
    for member in cluster.members.values() {
        same_queue(plan, is_over, expectation, member)?;
        same_class(plan, is_over, expectation, member)?;
    }
    Ok(())
}

/// What the plan verifies at its end; everything that interrupts comes after what it says of the group.
pub(super) fn expectation(plan: &Plan) -> Option<&Expectation> {
    plan.actions.iter().find_map(|action| match &action.kind {
        Kind::Verify(expectation) => Some(expectation),
        _ => None,
    })
}

fn same_group(expectation: &Expectation, cluster: &Cluster, facts: &Facts) -> Result<(), String> {
    let Expectation {
        group, parameters, ..
    } = expectation;
    if cluster.parameter_group != *group {
        return Err(format!(
            "the cluster uses group `{}` now, the plan has `{group}`",
            cluster.parameter_group
        ));
    }
    if parameters.is_empty() {
        return Ok(());
    }
    let Some(stored) = &facts.parameters else {
        return Err(format!("parameter group `{group}` does not exist"));
    };
    let differences = differences(parameters, stored);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "group `{group}` was changed: {}",
            differences.join("; ")
        ))
    }
}

/// The restart of a member that is not over yet, if the plan has one that applies its queue.
fn applies_queue<'a>(
    plan: &'a Plan,
    is_over: &dyn Fn(&ActionId) -> bool,
    instance: &InstanceId,
) -> Option<&'a Kind> {
    plan.actions
        .iter()
        .filter(|action| !is_over(&action.id))
        .map(|action| &action.kind)
        .find(|kind| {
            matches!(kind, Kind::Flush { .. } | Kind::ChangeClass { .. })
                && kind.restarts() == Some(instance)
        })
}

fn same_queue(
    plan: &Plan,
    is_over: &dyn Fn(&ActionId) -> bool,
    expectation: &Expectation,
    member: &Member,
) -> Result<(), String> {
    let planned = match applies_queue(plan, is_over, &member.identifier) {
        Some(Kind::Flush { pending, .. } | Kind::ChangeClass { pending, .. }) => pending.clone(),
        _ => BTreeMap::new(),
    };
    if member.pending == planned {
        return Ok(());
    }
    // What is queued and declared, and runs already, is nobody's change.
    let declared = expectation.classes.get(&member.identifier);
    let harmless = planned.is_empty()
        && member.pending.iter().all(|(field, value)| {
            field == crate::plan::difference::PENDING_CLASS
                && declared.is_some_and(|class| class.as_str() == value && member.class == *class)
        });
    if harmless {
        return Ok(());
    }
    Err(format!(
        "`{}` has {} queued now, the plan has {}",
        member.identifier,
        in_words(&member.pending),
        in_words(&planned)
    ))
}

fn same_class(
    plan: &Plan,
    is_over: &dyn Fn(&ActionId) -> bool,
    expectation: &Expectation,
    member: &Member,
) -> Result<(), String> {
    let planned = match applies_queue(plan, is_over, &member.identifier) {
        Some(Kind::ChangeClass { before, .. }) => Some(before),
        // What a member is before its queue is applied was read when the change was queued.
        Some(_) => None,
        None => expectation.classes.get(&member.identifier),
    };
    match planned {
        Some(class) if member.class != *class => Err(format!(
            "`{}` is {} now, the plan has it as {class}",
            member.identifier, member.class
        )),
        _ => Ok(()),
    }
}

/// A queue in words: `DBInstanceClass = db.r7g.large`, or `nothing`.
pub(super) fn in_words(queue: &BTreeMap<String, String>) -> String {
    if queue.is_empty() {
        return "nothing".to_owned();
    }
    let fields: Vec<String> = queue
        .iter()
        .map(|(field, value)| format!("{field} = {value}"))
        .collect();
    fields.join(", ")
}
