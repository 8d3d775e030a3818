//! What must hold of a run however often it was killed and continued, judged from AWS's side: the checks of every rollout,
//! and those that only a disturbed one can break. Also the final world, without what names and times make of it.

use super::checks::{self, Check};
use super::evidence::Evidence;
use super::server::Server;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every check, by name.
pub(crate) const INVARIANTS: [(&str, Check); 11] = [
    (
        "the snapshot is available before the first disruption",
        checks::snapshot_before_the_first_disruption,
    ),
    (
        "the snapshot is present until verification",
        the_snapshot_is_present_until_verification,
    ),
    (
        "the snapshot is released last",
        checks::the_snapshot_is_released_last,
    ),
    ("one failover", checks::exactly_one_failover),
    (
        "the reader restarts before the failover",
        checks::the_reader_restarts_before_the_failover,
    ),
    (
        "the demoted member restarts after the failover",
        checks::the_demoted_member_restarts_after_the_failover,
    ),
    (
        "no writer is restarted while a reader could take over",
        no_writer_is_restarted,
    ),
    (
        "never two members unavailable",
        checks::never_two_members_unavailable,
    ),
    (
        "each planned change takes effect once, and nothing else does",
        checks::exactly_the_plan_was_sent,
    ),
    ("every change had an effect", every_change_had_an_effect),
    (
        "each action ends once, after its intent",
        each_action_ends_once,
    ),
];

/// The names of the invariants that do not hold, with what is wrong: those of these tests, and those of a rehearsal.
pub(crate) fn violations(evidence: &Evidence) -> Vec<String> {
    INVARIANTS
        .iter()
        .filter_map(|(name, check)| {
            check(evidence)
                .err()
                .map(|problem| format!("{name}: {problem}"))
        })
        .chain(super::judged::broken_promises(evidence))
        .collect()
}

/// No snapshot was deleted, and none released before the journal says that everything was verified.
fn the_snapshot_is_present_until_verification(evidence: &Evidence) -> Result<(), String> {
    let deleted = evidence
        .requests
        .iter()
        .find(|request| request.action == "DeleteDBClusterSnapshot");
    if let Some(deleted) = deleted {
        return Err(format!("deleted at {}", deleted.time));
    }
    let position = |entry: &str, action: &str| {
        evidence
            .journal
            .iter()
            .position(|line| line["entry"] == entry && line["action"] == action)
            .ok_or_else(|| format!("no `{entry}` of `{action}`"))
    };
    if position("finished", "verify")? < position("intent", "release snapshot")? {
        Ok(())
    } else {
        Err("released before it was verified".to_owned())
    }
}

/// Whoever is restarted by us was a reader at that time: every cluster of these tests has a reader that could take over.
pub(crate) fn no_writer_is_restarted(evidence: &Evidence) -> Result<(), String> {
    for request in &evidence.requests {
        if !request.is_disruptive() || request.action == "FailoverDBCluster" {
            continue;
        }
        let was_writer = evidence
            .timeline
            .iter()
            .rev()
            .find(|change| change.instance == request.instance() && change.time <= request.time)
            .is_some_and(|change| change.writer);
        if was_writer {
            return Err(format!(
                "{} of {} at {}",
                request.action,
                request.instance(),
                request.time
            ));
        }
    }
    Ok(())
}

fn every_change_had_an_effect(evidence: &Evidence) -> Result<(), String> {
    match evidence
        .mutating()
        .iter()
        .find(|request| request.effects.is_empty())
    {
        Some(request) => Err(format!("{} {:?}", request.action, request.parameters)),
        None => Ok(()),
    }
}

/// The journal of the run tells of each planned action one end, and an intent before it.
fn each_action_ends_once(evidence: &Evidence) -> Result<(), String> {
    let mut intents: BTreeMap<&str, usize> = BTreeMap::new();
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &evidence.journal {
        let action = entry["action"].as_str().unwrap_or_default();
        match entry["entry"].as_str().unwrap_or_default() {
            "intent" => *intents.entry(action).or_default() += 1,
            "finished" if !intents.contains_key(action) => {
                return Err(format!("`{action}` finished without an intent"));
            }
            "finished" | "skipped" => *ends.entry(action).or_default() += 1,
            _ => {}
        }
    }
    for action in evidence.plan["actions"].as_array().unwrap() {
        let id = action["id"].as_str().unwrap();
        let times = ends.get(id).copied().unwrap_or_default();
        if times != 1 {
            return Err(format!("`{id}` ended {times} times"));
        }
    }
    Ok(())
}

/// The clusters, members and groups as they are, and the snapshots without their names: what two runs that end alike share.
pub(crate) fn final_world(server: &Server) -> Value {
    // Brings the world up to this instant first.
    server.get("/_simulator/timeline");
    let world: Value = serde_json::from_str(&server.get("/_simulator/world")).unwrap();
    let mut places = world["world"]["places"].clone();
    for place in places.as_object_mut().unwrap().values_mut() {
        let place = place.as_object_mut().unwrap();
        place.retain(|name, _| {
            [
                "clusters",
                "instances",
                "cluster_groups",
                "instance_groups",
                "snapshots",
            ]
            .contains(&name.as_str())
        });
        let snapshots: Vec<Value> = place["snapshots"]
            .as_object()
            .unwrap()
            .values()
            .map(|snapshot| {
                let tags: Vec<&String> = snapshot["tags"].as_object().unwrap().keys().collect();
                serde_json::json!({"status": snapshot["status"], "tags": tags})
            })
            .collect();
        place.insert("snapshots".to_owned(), snapshots.into());
        for value in place.values_mut() {
            without_times(value);
        }
    }
    places
}

fn without_times(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| {
                ![
                    "started",
                    "created",
                    "detached",
                    "resource_id",
                    "endpoint_moving",
                    "scaling_until",
                ]
                .contains(&name.as_str())
            });
            object.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}
