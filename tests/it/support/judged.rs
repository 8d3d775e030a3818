//! The evidence of a run, judged by the same invariants as a rehearsal.

use super::evidence::Evidence;
use auroractl::invariants;
use auroractl::names::RunId;

/// Every promise that was broken, in words.
pub(crate) fn broken_promises(evidence: &Evidence) -> Vec<String> {
    let entries = evidence
        .journal
        .iter()
        .map(|entry| serde_json::from_value(entry.clone()).unwrap())
        .collect();
    let run = invariants::Run {
        run: RunId::new("the only run"),
        plan: serde_json::from_value(evidence.plan.clone()).unwrap(),
        entries,
        first_request: 1,
    };
    let requests = evidence
        .mutating()
        .into_iter()
        .map(|request| invariants::Request {
            number: request.number,
            time: request.time,
            action: request.action.clone(),
            parameters: request.parameters.clone(),
            status: 200,
            effects: request.effects.clone(),
            fault: None,
        })
        .collect();
    let members = evidence
        .timeline
        .iter()
        .map(|change| invariants::Change {
            time: change.time,
            instance: change.instance.clone(),
            status: change.status.clone(),
            engine_up: change.engine_up,
            writer: change.writer,
        })
        .collect();
    let events = evidence
        .events
        .iter()
        .map(|event| invariants::Event {
            time: event.date,
            id: event.id.clone(),
            source: event.source_identifier.clone(),
        })
        .collect();
    let evidence = invariants::Evidence {
        runs: vec![run],
        requests,
        members,
        events,
        blind_seconds: 0,
    };
    invariants::violations(&evidence)
        .iter()
        .map(ToString::to_string)
        .collect()
}
