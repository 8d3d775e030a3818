//! What must hold of every rollout, judged from AWS's side. Each check takes the evidence of a run and says what is wrong.

use super::evidence::{Change, Evidence, Request};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A check: silent, or what is wrong in words.
pub(crate) type Check = fn(&Evidence) -> Result<(), String>;

/// RDS-EVENT-0075: a manual cluster snapshot is available.
const SNAPSHOT_AVAILABLE: &str = "RDS-EVENT-0075";

/// The most parameters of one request (RDS API Reference, ModifyDBClusterParameterGroup).
const PARAMETERS_MOST: usize = 20;

/// A snapshot was available before the first request that can interrupt anything.
pub(crate) fn snapshot_before_the_first_disruption(evidence: &Evidence) -> Result<(), String> {
    let made = one(evidence, "CreateDBClusterSnapshot")?;
    let snapshot = made.parameter("DBClusterSnapshotIdentifier");
    let available = evidence
        .events
        .iter()
        .find(|event| event.id == SNAPSHOT_AVAILABLE && event.source_identifier == snapshot)
        .ok_or_else(|| format!("snapshot {snapshot} never became available"))?;
    let first = evidence
        .requests
        .iter()
        .find(|request| request.is_disruptive())
        .ok_or("nothing was interrupted")?;
    ensure(available.date <= first.time, || {
        format!(
            "{} was sent at {}, before the snapshot was available at {}",
            first.action, first.time, available.date
        )
    })
}

/// Exactly one failover was sent, and the writer moved exactly once.
pub(crate) fn exactly_one_failover(evidence: &Evidence) -> Result<(), String> {
    one(evidence, "FailoverDBCluster")?;
    let writers: Vec<&str> = evidence
        .timeline
        .iter()
        .filter(|change| change.writer)
        .map(|change| change.instance.as_str())
        .collect();
    let mut moves = writers.clone();
    moves.dedup();
    ensure(moves.len() == 2, || {
        format!("the writer was, in this order: {}", moves.join(", "))
    })
}

/// The promoted reader was restarted, and was back, before the failover was sent.
pub(crate) fn the_reader_restarts_before_the_failover(evidence: &Evidence) -> Result<(), String> {
    let failover = one(evidence, "FailoverDBCluster")?;
    let promoted = failover.parameter("TargetDBInstanceIdentifier");
    let restart = restart_of(evidence, promoted)?;
    ensure(restart.number < failover.number, || {
        format!("{promoted} was restarted after the failover to it")
    })?;
    let back = evidence
        .timeline
        .iter()
        .rev()
        .find(|change| change.instance == promoted && change.time <= failover.time)
        .is_some_and(is_available);
    ensure(back, || {
        format!("{promoted} was not available when the failover to it was sent")
    })
}

/// The demoted member was restarted after the failover, as a reader.
pub(crate) fn the_demoted_member_restarts_after_the_failover(
    evidence: &Evidence,
) -> Result<(), String> {
    let failover = one(evidence, "FailoverDBCluster")?;
    let promoted = failover.parameter("TargetDBInstanceIdentifier");
    let demoted = evidence
        .timeline
        .iter()
        .find(|change| change.writer && change.instance != promoted)
        .ok_or("no member was demoted")?;
    let restart = restart_of(evidence, &demoted.instance)?;
    ensure(restart.number > failover.number, || {
        format!("{} was restarted while it was the writer", demoted.instance)
    })
}

/// The last request that changes anything says until when the snapshot is kept.
pub(crate) fn the_snapshot_is_released_last(evidence: &Evidence) -> Result<(), String> {
    let made = one(evidence, "CreateDBClusterSnapshot")?;
    let snapshot = made.parameter("DBClusterSnapshotIdentifier");
    let mutating = evidence.mutating();
    let last = mutating.last().ok_or("nothing was changed")?;
    let arn = last.parameter("ResourceName");
    let released = last.action == "AddTagsToResource"
        && arn.ends_with(&format!(":cluster-snapshot:{snapshot}"))
        && last.parameter("Tags.Tag.1.Key") == "auroractl:expires"
        && last
            .parameter("Tags.Tag.1.Value")
            .parse::<Timestamp>()
            .is_ok_and(|expires| expires > last.time);
    ensure(released, || {
        format!("the last change was {} {:?}", last.action, last.parameters)
    })
}

/// At no instant were two members unavailable.
pub(crate) fn never_two_members_unavailable(evidence: &Evidence) -> Result<(), String> {
    let mut members: BTreeMap<&str, &Change> = BTreeMap::new();
    for (index, change) in evidence.timeline.iter().enumerate() {
        members.insert(&change.instance, change);
        let next = evidence.timeline.get(index + 1);
        // What happens at one instant is judged together.
        if next.is_some_and(|next| next.time == change.time) {
            continue;
        }
        let away: Vec<String> = members
            .values()
            .filter(|change| !is_available(change))
            .map(|change| {
                let engine = if change.engine_up { "up" } else { "down" };
                format!("{} ({}, engine {engine})", change.instance, change.status)
            })
            .collect();
        ensure(away.len() < 2, || {
            format!("at {}: {}", change.time, away.join(" and "))
        })?;
    }
    ensure(members.len() > 1, || "fewer than two members".to_owned())
}

/// No request carried more parameters than AWS takes.
pub(crate) fn no_parameter_request_is_too_long(evidence: &Evidence) -> Result<(), String> {
    for request in evidence.mutating() {
        let parameters = request
            .parameters
            .keys()
            .filter(|name| name.starts_with("Parameters.") && name.ends_with(".ParameterName"))
            .count();
        ensure(parameters <= PARAMETERS_MOST, || {
            format!("{} with {parameters} parameters", request.action)
        })?;
    }
    let any = evidence
        .mutating()
        .iter()
        .any(|request| request.action == "ModifyDBClusterParameterGroup");
    ensure(any, || "no parameter was changed".to_owned())
}

/// Each action of the plan that changes anything was sent once, and nothing else was. An action that carries a condition
/// ("unless in-sync") may have been skipped for it.
pub(crate) fn exactly_the_plan_was_sent(evidence: &Evidence) -> Result<(), String> {
    let mut planned = planned_requests(evidence);
    let mut sent: Vec<String> = evidence.mutating().into_iter().map(sent_request).collect();
    planned.sort();
    sent.sort();
    ensure(planned == sent, || {
        format!(
            "planned (-) and sent (+) differ:\n{}",
            similar::TextDiff::from_lines(planned.join("\n"), sent.join("\n")).unified_diff()
        )
    })
}

/// The requests that the plan leads to, without those of actions that were skipped for their condition.
pub(crate) fn planned_requests(evidence: &Evidence) -> Vec<String> {
    evidence.plan["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|action| !skipped_by_its_condition(evidence, action))
        .filter_map(|action| planned_request(evidence, action))
        .collect()
}

fn skipped_by_its_condition(evidence: &Evidence, action: &serde_json::Value) -> bool {
    action["unless_in_sync"] == true
        && evidence
            .journal
            .iter()
            .any(|entry| entry["entry"] == "skipped" && entry["action"] == action["id"])
}

/// What an action of the plan leads to, written down here and not by the program.
fn planned_request(evidence: &Evidence, action: &serde_json::Value) -> Option<String> {
    let text = |name: &str| action[name].as_str().unwrap_or_default().to_owned();
    let cluster = &evidence.cluster;
    let names = || {
        let names: Vec<String> = action["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| {
                format!(
                    "{}={}",
                    parameter["name"].as_str().unwrap(),
                    parameter["value"].as_str().unwrap_or_default()
                )
            })
            .collect();
        names.join(" ")
    };
    Some(match text("kind").as_str() {
        "create-snapshot" => format!("CreateDBClusterSnapshot {cluster}"),
        "create-parameter-group" => format!("CreateDBClusterParameterGroup {}", text("group")),
        "modify-parameters" => {
            format!(
                "ModifyDBClusterParameterGroup {} {}",
                text("group"),
                names()
            )
        }
        "attach-parameter-group" => format!("ModifyDBCluster {cluster} {}", text("group")),
        "queue-class-change" => {
            format!(
                "ModifyDBInstance {} {} queued",
                text("instance"),
                text("class")
            )
        }
        "change-class" => format!(
            "ModifyDBInstance {} {} now",
            text("instance"),
            text("class")
        ),
        "flush" => format!("ModifyDBInstance {}  now", text("instance")),
        "reboot" => format!("RebootDBInstance {}", text("instance")),
        "failover" => format!("FailoverDBCluster {cluster} {}", text("to")),
        "release-snapshot" => "AddTagsToResource auroractl:expires".to_owned(),
        "check-parameter-group" | "settle" | "verify" => return None,
        kind => format!("a request for {kind:?}, which this check does not know"),
    })
}

pub(crate) fn sent_request(request: &Request) -> String {
    let Request { action, .. } = request;
    let text = |name: &str| request.parameter(name).to_owned();
    let cluster = text("DBClusterIdentifier").to_lowercase();
    match action.as_str() {
        "CreateDBClusterSnapshot" => format!("{action} {cluster}"),
        "CreateDBClusterParameterGroup" => {
            format!("{action} {}", text("DBClusterParameterGroupName"))
        }
        "ModifyDBClusterParameterGroup" => {
            let parameters: Vec<String> = (1..)
                .map(|number| format!("Parameters.Parameter.{number}"))
                .map(|prefix| {
                    (
                        text(&format!("{prefix}.ParameterName")),
                        text(&format!("{prefix}.ParameterValue")),
                    )
                })
                .take_while(|(name, _)| !name.is_empty())
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            format!(
                "{action} {} {}",
                text("DBClusterParameterGroupName"),
                parameters.join(" ")
            )
        }
        "ModifyDBCluster" => format!("{action} {cluster} {}", text("DBClusterParameterGroupName")),
        "ModifyDBInstance" => {
            let when = if request.is_disruptive() {
                "now"
            } else {
                "queued"
            };
            format!(
                "{action} {} {} {when}",
                request.instance(),
                text("DBInstanceClass")
            )
        }
        "RebootDBInstance" => format!("{action} {}", request.instance()),
        "FailoverDBCluster" => {
            format!("{action} {cluster} {}", text("TargetDBInstanceIdentifier"))
        }
        "AddTagsToResource" => format!("{action} {}", text("Tags.Tag.1.Key")),
        _ => format!("{action} {:?}", request.parameters),
    }
}

/// The only request of an action.
fn one<'a>(evidence: &'a Evidence, action: &str) -> Result<&'a Request, String> {
    let mut found = evidence
        .requests
        .iter()
        .filter(|request| request.action == action);
    match (found.next(), found.count()) {
        (Some(request), 0) => Ok(request),
        (first, others) => Err(format!(
            "{action} was sent {} times",
            usize::from(first.is_some()) + others
        )),
    }
}

/// The request that restarts a member by itself: the only one, unless the plan's second reboot was needed.
fn restart_of<'a>(evidence: &'a Evidence, instance: &str) -> Result<&'a Request, String> {
    let mut found = evidence.requests.iter().filter(|request| {
        request.is_disruptive()
            && request.action != "FailoverDBCluster"
            && request.instance() == instance
    });
    let second_reboots = evidence.plan["actions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|action| action["again"] == true && action["instance"] == instance)
        .filter(|action| !skipped_by_its_condition(evidence, action))
        .count();
    match (found.next(), found.count()) {
        (Some(request), others) if others == second_reboots => Ok(request),
        (first, others) => Err(format!(
            "{instance} was restarted {} times",
            usize::from(first.is_some()) + others
        )),
    }
}

fn is_available(change: &Change) -> bool {
    change.engine_up && change.status == "available"
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
