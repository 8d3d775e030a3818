//! What AWS saw of a play, turned into evidence for the invariants. The simulator shares no types with the rest, so that
//! each thing is carried over here.

use super::play::Stage;
use super::schedule::Schedule;
use crate::error::Error;
use crate::invariants::{self, Change, Event, Evidence, Request, Run};
use crate::names::{ActionId, RunId};
use crate::plan::Kind;
use crate::sim;
use serde_json::Value;

/// The evidence of a play.
///
/// # Errors
/// A journal that cannot be read.
pub(super) fn evidence(stage: &Stage<'_>, schedule: &Schedule) -> Result<Evidence, Error> {
    let mut runs = Vec::new();
    for played in &stage.runs {
        runs.push(Run {
            run: played.run.clone(),
            plan: played.plan.clone(),
            // One that was killed before its first entry has none.
            entries: stage
                .journal(&played.run)
                .map(|journal| journal.entries)
                .unwrap_or_default(),
            first_request: played.first_request,
        });
    }
    let cluster = stage.desired().cluster.identifier.as_str();
    Ok(Evidence {
        runs,
        requests: changes(stage).map(request).collect(),
        members: stage
            .simulator
            .timeline()
            .into_iter()
            .filter(|change| change.cluster == cluster)
            .map(|change| Change {
                time: change.time,
                instance: change.instance,
                status: change.state.status,
                engine_up: change.state.engine_up,
                writer: change.state.writer,
            })
            .collect(),
        events: stage
            .simulator
            .events()
            .into_iter()
            .map(|event| Event {
                time: event.time,
                id: event.id,
                source: event.source,
            })
            .collect(),
        blind_seconds: schedule.blind_seconds(),
    })
}

/// What was asked for by whoever is under rehearsal, and not by the somebody else of a fault.
fn changes(stage: &Stage<'_>) -> impl Iterator<Item = sim::log::Request> {
    let of_another = |request: &sim::log::Request| {
        request
            .fault
            .as_deref()
            .is_some_and(|fault| fault.starts_with("operator"))
    };
    stage
        .simulator
        .changes()
        .into_iter()
        .filter(move |request| !of_another(request))
}

fn request(request: sim::log::Request) -> Request {
    Request {
        number: request.number,
        time: request.time,
        action: request.action,
        parameters: request.parameters,
        status: request.status,
        effects: request.effects,
        fault: request.fault,
    }
}

/// The cluster as the play left it.
pub(super) fn state(stage: &Stage<'_>) -> Value {
    let desired = stage.desired();
    stage.simulator.cluster_state(
        desired.aws.account.as_str(),
        desired.aws.region.as_str(),
        desired.cluster.identifier.as_str(),
    )
}

/// Whether AWS has nothing under way at any member.
pub(super) fn is_at_rest(state: &Value) -> bool {
    let members = state.get("members").and_then(Value::as_array);
    members.is_none_or(|members| {
        members
            .iter()
            .all(|member| member.get("in_flight").is_none_or(Value::is_null))
    })
}

/// Whether an action of a run happened, as a person finds who looks at AWS: its request took effect, and of a failover, the
/// writer is the one that was wanted.
pub(super) fn happened(stage: &Stage<'_>, run: &RunId, action: &ActionId) -> bool {
    let Some(played) = stage.runs.iter().find(|played| played.run == *run) else {
        return false;
    };
    let Some(action) = played
        .plan
        .actions
        .iter()
        .find(|planned| planned.id == *action)
    else {
        return false;
    };
    if let Kind::Failover { to, .. } = &action.kind {
        let timeline = stage.simulator.timeline();
        let last = timeline
            .iter()
            .rev()
            .find(|change| change.instance == to.as_str());
        if !last.is_some_and(|change| change.state.writer) {
            return false;
        }
    }
    let requests: Vec<Request> = changes(stage)
        .map(request)
        .filter(|request| request.number >= played.first_request && request.took_effect())
        .collect();
    let run = Run {
        run: played.run.clone(),
        plan: played.plan.clone(),
        entries: Vec::new(),
        first_request: played.first_request,
    };
    invariants::asked_for(&run, action, &requests)
}

/// What differs between two states, path by path; with or without who the writer is.
pub(super) fn difference(undisturbed: &Value, found: &Value, with_roles: bool) -> String {
    let mut lines = Vec::new();
    walk("", undisturbed, found, &mut lines);
    lines.retain(|line| with_roles || !line.contains("/writer: "));
    lines.join("; ")
}

fn walk(path: &str, undisturbed: &Value, found: &Value, lines: &mut Vec<String>) {
    match (undisturbed, found) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            for name in names {
                let of = |object: &serde_json::Map<String, Value>| {
                    object.get(name).cloned().unwrap_or(Value::Null)
                };
                walk(&format!("{path}/{name}"), &of(one), &of(other), lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                walk(&format!("{path}/{index}"), one, other, lines);
            }
        }
        (one, other) if one != other => lines.push(format!("{path}: {other} instead of {one}")),
        _ => {}
    }
}
