//! The safeguard: available before anything interrupts, present until everything is verified, released last.

use super::changes::{own_snapshot, releases};
use super::evidence::{Evidence, Run};
use crate::journal::Kind as EntryKind;
use crate::plan::action::{Action, Kind};
use jiff::Timestamp;

/// RDS-EVENT-0075: a manual cluster snapshot is available (Amazon Aurora User Guide, "Amazon RDS event categories and event
/// messages for Aurora").
const AVAILABLE: &str = "RDS-EVENT-0075";

/// Where a snapshot is planned, the run's own was available before the first request that interrupts.
pub(super) fn is_available_before_the_first_disruption(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let first = requests.iter().find(|request| request.is_disruptive());
        let (Some(first), true) = (first, is_planned(run)) else {
            continue;
        };
        let available = own_snapshot(&requests).and_then(|snapshot| {
            evidence
                .events
                .iter()
                .find(|event| event.id == AVAILABLE && event.source == snapshot)
        });
        match available {
            Some(event) if event.time <= first.time => {}
            Some(event) => problems.push(format!(
                "{} was sent at {}, before the snapshot was available at {}",
                first.action, first.time, event.time
            )),
            None => problems.push(format!(
                "{} was sent at {}, and the run had no available snapshot",
                first.action, first.time
            )),
        }
    }
    problems
}

/// No run's snapshot was deleted or given an expiry before its journal says that everything was verified.
pub(super) fn is_present_until_verification(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let Some(snapshot) = own_snapshot(&requests) else {
            continue;
        };
        let released = requests
            .iter()
            .filter(|request| releases(request, snapshot))
            .map(|request| request.time)
            .min();
        match (released, verified(run)) {
            (None, _) => {}
            (Some(released), None) => {
                problems.push(format!("released at {released}, and never verified"));
            }
            // Entries carry the Date of AWS's replies, which has whole seconds.
            (Some(released), Some(verified)) if released.as_second() < verified.as_second() => {
                problems.push(format!(
                    "released at {released}, before it was verified at {verified}"
                ));
            }
            (Some(_), Some(_)) => {}
        }
        if let Some(intent) = intent_before_verification(run) {
            problems.push(intent);
        }
    }
    problems
}

/// After the release a completed run changed nothing more than snapshots whose time was over; an expiry lies in the future.
pub(super) fn is_released_last(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let planned = ids(run, |kind| matches!(kind, Kind::ReleaseSnapshot { .. }));
        // Where somebody else deleted it, there was nothing to release.
        let is_due = planned.iter().any(|action| !run.skipped(&action.id));
        if !(is_due && run.is_complete()) {
            continue;
        }
        let Some(snapshot) = own_snapshot(&requests) else {
            problems.push("no snapshot was made".to_owned());
            continue;
        };
        let Some(position) = requests
            .iter()
            .position(|request| releases(request, snapshot))
        else {
            problems.push(format!("snapshot {snapshot} was never released"));
            continue;
        };
        for (index, request) in requests.iter().enumerate() {
            // How often it may be released is another promise.
            let is_release = releases(request, snapshot);
            if index > position && !is_release && request.action != "DeleteDBClusterSnapshot" {
                problems.push(format!(
                    "{} was sent at {}, after the release",
                    request.action, request.time
                ));
            }
            let expires = request.parameter("Tags.Tag.1.Value").parse::<Timestamp>();
            if is_release
                && request.action == "AddTagsToResource"
                && !expires.is_ok_and(|expires| expires > request.time)
            {
                problems.push(format!("its expiry is no time in the future: {request:?}"));
            }
        }
    }
    problems
}

fn has(run: &Run, is: impl Fn(&Kind) -> bool) -> bool {
    run.plan.actions.iter().any(|action| is(&action.kind))
}

fn is_planned(run: &Run) -> bool {
    has(run, |kind| matches!(kind, Kind::CreateSnapshot))
}

fn ids(run: &Run, is: impl Fn(&Kind) -> bool) -> Vec<&Action> {
    run.plan
        .actions
        .iter()
        .filter(|action| is(&action.kind))
        .collect()
}

/// When the journal says that everything was verified.
fn verified(run: &Run) -> Option<Timestamp> {
    let verifications = ids(run, |kind| matches!(kind, Kind::Verify(_)));
    run.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Finished { action, .. }
            if verifications.iter().any(|planned| planned.id == *action) =>
        {
            Some(entry.at)
        }
        _ => None,
    })
}

/// The intent to release stands behind the proof of the verification in the journal.
fn intent_before_verification(run: &Run) -> Option<String> {
    let verifications = ids(run, |kind| matches!(kind, Kind::Verify(_)));
    let releases = ids(run, |kind| matches!(kind, Kind::ReleaseSnapshot { .. }));
    for entry in &run.entries {
        match &entry.kind {
            EntryKind::Finished { action, .. }
                if verifications.iter().any(|planned| planned.id == *action) =>
            {
                return None;
            }
            EntryKind::Intent { action, .. }
                if releases.iter().any(|planned| planned.id == *action) =>
            {
                return Some(format!("`{action}` was begun before it was verified"));
            }
            _ => {}
        }
    }
    None
}
