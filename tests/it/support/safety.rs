//! What must hold of a run however it ended, also one that stopped halfway: judged from AWS's side, as the invariants of a
//! finished rollout are.

use super::checks;
use super::evidence::{Evidence, Request};
use super::invariants::{no_writer_is_restarted, violations};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Every check, by name.
pub(crate) const SAFETY: [(&str, checks::Check); 9] = [
    (
        "nothing is interrupted without a snapshot",
        nothing_is_interrupted_without_a_snapshot,
    ),
    (
        "the snapshot is not released before verification",
        the_snapshot_is_not_released_before_verification,
    ),
    (
        "each planned change takes effect at most once, and nothing else does",
        nothing_but_the_plan_took_effect,
    ),
    (
        "no failover before the readers are proven",
        no_failover_before_the_readers_are_proven,
    ),
    (
        "no failover while a member is not healthy",
        no_failover_while_a_member_is_not_healthy,
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
        "nothing is interrupted outside the window",
        nothing_is_interrupted_outside_the_window,
    ),
    (
        "nothing ends twice, or without an intent",
        nothing_ends_twice,
    ),
];

/// What is wrong with a run that may have stopped halfway.
pub(crate) fn unsafe_points(evidence: &Evidence) -> Vec<String> {
    SAFETY
        .iter()
        .filter_map(|(name, check)| {
            check(evidence)
                .err()
                .map(|problem| format!("{name}: {problem}"))
        })
        .collect()
}

/// What is wrong with a run that was finished although requests were refused, throttled or lost on the way: those had no
/// effect and are left out of account.
pub(crate) fn violations_of_what_took_effect(evidence: &Evidence) -> Vec<String> {
    let mut evidence = evidence.clone();
    evidence
        .requests
        .retain(|request| !request.mutating || !request.effects.is_empty());
    let mut found = violations(&evidence);
    found.extend(unsafe_points(&evidence));
    found
}

fn took_effect(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    evidence
        .requests
        .iter()
        .filter(|request| request.mutating && !request.effects.is_empty())
}

fn disruptions(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    took_effect(evidence).filter(|request| request.is_disruptive())
}

fn nothing_is_interrupted_without_a_snapshot(evidence: &Evidence) -> Result<(), String> {
    if disruptions(evidence).next().is_none() {
        return Ok(());
    }
    checks::snapshot_before_the_first_disruption(evidence)
}

fn the_snapshot_is_not_released_before_verification(evidence: &Evidence) -> Result<(), String> {
    if let Some(deleted) =
        took_effect(evidence).find(|request| request.action == "DeleteDBClusterSnapshot")
    {
        return Err(format!("deleted at {}", deleted.time));
    }
    let position = |entry: &str, action: &str| {
        evidence
            .journal
            .iter()
            .position(|line| line["entry"] == entry && line["action"] == action)
    };
    match (
        position("finished", "verify"),
        position("intent", "release snapshot"),
    ) {
        (_, None) => Ok(()),
        (Some(verified), Some(released)) if verified < released => Ok(()),
        _ => Err("released before it was verified".to_owned()),
    }
}

fn nothing_but_the_plan_took_effect(evidence: &Evidence) -> Result<(), String> {
    let mut planned: BTreeMap<String, i64> = BTreeMap::new();
    for request in checks::planned_requests(evidence) {
        *planned.entry(request).or_default() += 1;
    }
    for request in took_effect(evidence) {
        let sent = checks::sent_request(request);
        let left = planned.entry(sent.clone()).or_default();
        *left -= 1;
        if *left < 0 {
            return Err(format!("{sent}, at {}", request.time));
        }
    }
    Ok(())
}

fn failover(evidence: &Evidence) -> Option<&Request> {
    took_effect(evidence).find(|request| request.action == "FailoverDBCluster")
}

fn no_failover_before_the_readers_are_proven(evidence: &Evidence) -> Result<(), String> {
    let Some(failover) = failover(evidence) else {
        return Ok(());
    };
    let actions = evidence.plan["actions"].as_array().unwrap();
    let position = actions
        .iter()
        .position(|action| action["kind"] == "failover")
        .ok_or("no failover is planned")?;
    for action in &actions[..position] {
        if !["reboot", "flush", "change-class"].contains(&action["kind"].as_str().unwrap()) {
            continue;
        }
        let proven = evidence.journal.iter().any(|entry| {
            (entry["entry"] == "finished" || entry["entry"] == "skipped")
                && entry["action"] == action["id"]
                && entry["at"].as_str().unwrap().parse::<Timestamp>().unwrap() <= failover.time
        });
        if !proven {
            return Err(format!("{} was not over", action["id"]));
        }
    }
    Ok(())
}

fn no_failover_while_a_member_is_not_healthy(evidence: &Evidence) -> Result<(), String> {
    let Some(failover) = failover(evidence) else {
        return Ok(());
    };
    let mut latest: BTreeMap<&str, &str> = BTreeMap::new();
    for change in &evidence.timeline {
        if change.time < failover.time {
            let healthy = change.engine_up && change.status == "available";
            latest.insert(
                &change.instance,
                if healthy { "available" } else { &change.status },
            );
        }
    }
    match latest.iter().find(|(_, status)| **status != "available") {
        Some((instance, status)) => Err(format!("{instance} was {status}")),
        None => Ok(()),
    }
}

fn nothing_is_interrupted_outside_the_window(evidence: &Evidence) -> Result<(), String> {
    let Some(closes) = evidence.plan["activation"]["closes"].as_str() else {
        return Ok(());
    };
    let closes: Timestamp = closes.parse().unwrap();
    match disruptions(evidence).find(|request| request.time >= closes) {
        Some(request) => Err(format!("{} at {}", request.action, request.time)),
        None => Ok(()),
    }
}

fn nothing_ends_twice(evidence: &Evidence) -> Result<(), String> {
    let mut intended = std::collections::BTreeSet::new();
    let mut ended = std::collections::BTreeSet::new();
    for entry in &evidence.journal {
        let action = entry["action"].as_str().unwrap_or_default();
        match entry["entry"].as_str().unwrap_or_default() {
            "intent" => {
                intended.insert(action);
            }
            "finished" if !intended.contains(action) => {
                return Err(format!("`{action}` finished without an intent"));
            }
            "finished" | "skipped" if !ended.insert(action) => {
                return Err(format!("`{action}` ended twice"));
            }
            _ => {}
        }
    }
    Ok(())
}
