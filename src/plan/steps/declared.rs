//! Declared commands and gates, each put right behind what it follows.
//!
//! Goes in: the steps of a declaration, and a plan's actions, now and later. Comes out: the same actions with the steps among
//! them. A plan without actions has no steps; a step that follows what the plan does not do is left out, and said.

use super::action;
use crate::desired::Desired;
use crate::desired::steps::{After, Does, Step};
use crate::hint::nearest;
use crate::plan::action::{Action, Evidence, Kind, Phase, Undo};
use crate::plan::refusal::Reason;
use crate::plan::rules::{Facts, reason};

/// The actions with the steps among them: what is done now, and what later.
pub(in crate::plan) fn placed(
    desired: &Desired,
    actions: Vec<Action>,
    deferred: Vec<Action>,
) -> (Vec<Action>, Vec<Action>) {
    let (mut now, mut later) = (actions, deferred);
    for step in &desired.steps {
        if is_preflight(&step.after) {
            // Once, before whatever comes first.
            let first = if now.is_empty() { &mut later } else { &mut now };
            if !first.is_empty() {
                let at = first
                    .iter()
                    .take_while(|action| action.phase == Phase::Preflight)
                    .count();
                first.insert(at, of(step, Phase::Preflight, None));
            }
            continue;
        }
        for list in [&mut now, &mut later] {
            place(step, list);
        }
    }
    (now, later)
}

fn place(step: &Step, list: &mut Vec<Action>) {
    let mut at = 0;
    while let Some(position) = anchor(&step.after, list, at) {
        let Some(followed) = list.get(position).cloned() else {
            return;
        };
        let mut behind = position + 1;
        // The second reboot belongs to the restart; steps that are declared earlier come first.
        while list.get(behind).is_some_and(|next| {
            next.kind.is_declared()
                || (next.kind.is_second_reboot()
                    && next.kind.restarts() == followed.kind.restarts())
        }) {
            behind += 1;
        }
        let name = match &step.after {
            After::Phase(_) => None,
            After::Action { .. } => Some(&followed),
        };
        list.insert(behind, of(step, followed.phase, name));
        at = behind + 1;
        if matches!(step.after, After::Phase(_)) {
            return;
        }
    }
}

/// The next action that the step follows, from a position on.
fn anchor(after: &After, list: &[Action], from: usize) -> Option<usize> {
    match after {
        After::Phase(phase) => list
            .iter()
            .rposition(|action| phase_name(action.phase) == phase && !action.kind.is_declared()),
        After::Action { kind, instance } => list
            .iter()
            .enumerate()
            .skip(from)
            .find(|(_, action)| is_a(&action.kind, kind, instance.as_ref()))
            .map(|(position, _)| position),
    }
}

fn is_preflight(after: &After) -> bool {
    matches!(after, After::Phase(phase) if phase == phase_name(Phase::Preflight))
}

fn is_a(found: &Kind, kind: &str, instance: Option<&crate::names::InstanceId>) -> bool {
    if found.is_second_reboot() {
        return false;
    }
    let is_kind = match kind {
        "restart" => found.restarts().is_some(),
        kind => name(found) == Some(kind),
    };
    is_kind && instance.is_none_or(|instance| member(found) == Some(instance))
}

/// The member that an action is done to.
fn member(kind: &Kind) -> Option<&crate::names::InstanceId> {
    match kind {
        Kind::QueueClassChange { instance, .. } | Kind::ClearQueue { instance, .. } => {
            Some(instance)
        }
        kind => kind.restarts(),
    }
}

/// The name of an action that a step may follow.
pub(in crate::plan) fn name(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::CreateSnapshot => "create-snapshot",
        Kind::CreateParameterGroup { .. } => "create-parameter-group",
        Kind::AdoptParameterGroup { .. } => "adopt-parameter-group",
        Kind::ModifyParameters { .. } => "modify-parameters",
        Kind::ResetParameters { .. } => "reset-parameters",
        Kind::AttachParameterGroup { .. } => "attach-parameter-group",
        Kind::ModifyInsights { .. } => "modify-insights",
        Kind::QueueClassChange { .. } => "queue-class-change",
        Kind::ClearQueue { .. } => "clear-queue",
        Kind::Flush { .. } => "flush",
        Kind::ChangeClass { .. } => "change-class",
        Kind::Reboot { .. } => "reboot",
        Kind::Failover { .. } => "failover",
        Kind::ReleaseSnapshot { .. } => "release-snapshot",
        Kind::DeleteExpiredSnapshot { .. } => "delete-expired-snapshot",
        // What only reads is followed by its phase; a restored cluster has no declaration of its own.
        _ => return None,
    })
}

fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Preflight => "preflight",
        Phase::Safeguard => "safeguard",
        Phase::Restore => "restore",
        Phase::Stage => "stage",
        Phase::Settle => "settle",
        Phase::Activate => "activate",
        Phase::Verify => "verify",
        Phase::CleanUp => "clean-up",
    }
}

/// The step as an action, behind the one that it follows where it follows an action.
fn of(step: &Step, phase: Phase, followed: Option<&Action>) -> Action {
    let Step { name, after, does } = step;
    let behind = followed.map_or_else(String::new, |action| format!(" after {}", action.id));
    let reasons = vec![format!("declared to follow `{after}`")];
    match does {
        Does::Command(runs) => action(
            format!("step {name}{behind}"),
            phase,
            Kind::Command {
                step: name.clone(),
                runs: Box::new(runs.clone()),
            },
            None,
            reasons,
            Undo::By {
                step: "whoever wrote the command; a rollback takes back nothing that it did"
                    .to_owned(),
            },
            Evidence::CommandSucceeded { step: name.clone() },
        ),
        Does::Gate(gate) => action(
            format!("gate {name}{behind}"),
            phase,
            Kind::Gate {
                gate: name.clone(),
                message: gate.message.clone(),
                wait_seconds: gate.wait_seconds,
            },
            None,
            reasons,
            Undo::Nothing,
            Evidence::Approved { gate: name.clone() },
        ),
    }
}

/// Steps of a plan that does something, but not what they follow.
pub(in crate::plan) fn not_placed(
    desired: &Desired,
    actions: &[Action],
    deferred: &[Action],
) -> Vec<String> {
    if actions.is_empty() && deferred.is_empty() {
        return Vec::new();
    }
    let is_there = |name: &str| {
        actions
            .iter()
            .chain(deferred)
            .any(|action| match &action.kind {
                Kind::Command { step, .. } => step == name,
                Kind::Gate { gate, .. } => gate == name,
                _ => false,
            })
    };
    desired
        .steps
        .iter()
        .filter(|step| !is_there(&step.name))
        .map(|Step { name, after, does }| {
            let what = match does {
                Does::Command(_) => "step",
                Does::Gate(_) => "gate",
            };
            format!("{what} `{name}` is not part of this plan: it follows `{after}`, which the plan has not")
        })
        .collect()
}

/// Steps that follow something done to a member that the cluster does not have.
pub(in crate::plan) fn refusals(facts: &Facts<'_>) -> Vec<Reason> {
    let members = &facts.cluster.members;
    facts
        .desired
        .steps
        .iter()
        .filter_map(|step| match &step.after {
            After::Action {
                instance: Some(instance),
                ..
            } if !members.contains_key(instance) => Some((step, instance)),
            _ => None,
        })
        .map(|(step, instance)| {
            let near = nearest(
                instance.as_str(),
                members.keys().map(|member| member.as_str()),
            );
            reason(
                "step-follows-nobody",
                format!(
                    "`{}` follows `{}`, and cluster `{}` has no member `{instance}`",
                    step.name, step.after, facts.cluster.identifier
                ),
                match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a member of the cluster, or leave the member out".to_owned(),
                },
            )
        })
        .collect()
}
