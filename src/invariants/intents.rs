//! Whatever was asked of AWS, also what it refused, was planned, and stood in the journal before it was sent.

use super::changes::{own_snapshot, planned, sent};
use super::evidence::{Evidence, Request, Run};
use crate::journal::Kind as EntryKind;

/// The most parameters of one request (Amazon RDS API Reference, ModifyDBClusterParameterGroup).
const PARAMETERS_MAX: usize = 20;

/// Nothing was asked for outside of a run, or that is not in its plan, or before the intent was in its journal.
pub(super) fn nothing_is_asked_for_without_an_intent(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    let first = evidence.runs.first().map_or(0, |run| run.first_request);
    for request in evidence
        .requests
        .iter()
        .filter(|request| request.number < first)
    {
        problems.push(format!(
            "{} at {}, before any run",
            request.action, request.time
        ));
    }
    for run in &evidence.runs {
        let requests: Vec<&Request> = evidence.requests_of(run).collect();
        let own_snapshot = own_snapshot(&requests);
        for request in &requests {
            let line = sent(request, own_snapshot);
            if !is_intended(run, request, &line) {
                problems.push(format!(
                    "run {}: {line} at {}, and the journal tells of no such intent before it",
                    run.run, request.time
                ));
            }
        }
    }
    problems
}

/// Whether the journal tells of an intent that leads to this request. Entries have whole seconds.
fn is_intended(run: &Run, request: &Request, line: &str) -> bool {
    run.entries.iter().any(|entry| match &entry.kind {
        EntryKind::Intent { action, .. } if entry.at <= request.time => run
            .plan
            .actions
            .iter()
            .filter(|planned| planned.id == *action)
            .any(|action| planned(run, action).as_deref() == Some(line)),
        _ => false,
    })
}

/// No request carried more parameters than AWS takes.
pub(super) fn no_request_is_too_long(evidence: &Evidence) -> Vec<String> {
    evidence
        .requests
        .iter()
        .filter_map(|request| {
            let parameters = request
                .parameters
                .keys()
                .filter(|name| name.starts_with("Parameters.") && name.ends_with(".ParameterName"))
                .count();
            (parameters > PARAMETERS_MAX).then(|| {
                format!(
                    "{} at {} with {parameters} parameters",
                    request.action, request.time
                )
            })
        })
        .collect()
}
