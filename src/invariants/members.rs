//! Who may be taken away, and when: one member at a time, nobody while another is away, and no writer while a reader could
//! take over.

use super::evidence::{Change, Evidence, Request};
use jiff::{SignedDuration, Timestamp};

/// Longer than AWS is known to take from accepting a request until the member shows it, in seconds: 90 s observed.
const LEAD_SECONDS: i64 = 300;

/// Whoever is restarted was a reader just before, unless the cluster had no reader that could take over.
pub(super) fn no_writer_is_restarted(evidence: &Evidence) -> Vec<String> {
    disruptions(evidence)
        .filter(|request| request.action != "FailoverDBCluster")
        .filter(|request| {
            evidence
                .before(request.instance(), request.time)
                .is_some_and(|state| state.writer)
        })
        .filter_map(|request| {
            let able = others(evidence, request).find(|state| state.is_available())?;
            Some(format!(
                "{} of {} at {}, and {} could have taken over",
                request.action,
                request.instance(),
                request.time,
                able.instance
            ))
        })
        .collect()
}

/// When a request of ours that interrupts was accepted, every member was available.
pub(super) fn nothing_is_interrupted_while_one_is_away(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for request in disruptions(evidence) {
        for name in evidence.member_names() {
            let Some(state) = evidence.before(name, request.time) else {
                continue;
            };
            // It may have come back at that very instant.
            let is_back = evidence.members.iter().any(|change| {
                change.instance == name && change.time == request.time && change.is_available()
            });
            if state.is_available() || state.is_gone() || is_back {
                continue;
            }
            let from = away_since(evidence, state);
            let since = request.time.duration_since(from);
            // Whom the run took away itself, it knows to be away, however late AWS shows it.
            let unseen = SignedDuration::from_secs(evidence.blind_seconds);
            if since > unseen || was_taken_away(evidence, name, from) {
                problems.push(format!(
                    "{} of {} at {}, while {name} was {} for {} s",
                    request.action,
                    request.instance(),
                    request.time,
                    in_words(state),
                    since.as_secs()
                ));
            }
        }
    }
    problems
}

/// At no instant were two members away through requests of ours.
pub(super) fn never_two_are_away(evidence: &Evidence) -> Vec<String> {
    let mut absences: Vec<Absence<'_>> = Vec::new();
    for request in disruptions(evidence) {
        for name in touched(evidence, request) {
            absences.extend(absence(evidence, name, request.time));
        }
    }
    let mut problems = Vec::new();
    for (index, one) in absences.iter().enumerate() {
        for other in absences.iter().skip(index + 1) {
            if one.instance != other.instance && one.from < other.to && other.from < one.to {
                problems.push(format!(
                    "at {}: {} and {}",
                    one.from.max(other.from),
                    one.instance,
                    other.instance
                ));
            }
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

/// A time in which a member was away.
struct Absence<'a> {
    instance: &'a str,
    from: Timestamp,
    to: Timestamp,
}

/// The requests of all runs that took effect and interrupt.
fn disruptions(evidence: &Evidence) -> impl Iterator<Item = &Request> {
    evidence
        .effective()
        .flat_map(|(_, requests)| requests)
        .filter(|request| request.is_disruptive())
}

/// The members that a request takes away: of a failover, whoever was the writer. Whoever takes over stays up, unless AWS takes
/// it away by itself.
fn touched<'a>(evidence: &'a Evidence, request: &'a Request) -> Vec<&'a str> {
    if request.action != "FailoverDBCluster" {
        return vec![request.instance()];
    }
    evidence
        .member_names()
        .into_iter()
        .filter(|name| {
            evidence
                .before(name, request.time)
                .is_some_and(|state| state.writer)
        })
        .collect()
}

/// How every other member was just before a request.
fn others<'a>(evidence: &'a Evidence, request: &'a Request) -> impl Iterator<Item = &'a Change> {
    evidence
        .member_names()
        .into_iter()
        .filter(|name| *name != request.instance())
        .filter_map(|name| evidence.before(name, request.time))
}

/// The first time in which a member was away after a request, if it was within the time in which requests show.
fn absence<'a>(evidence: &'a Evidence, name: &str, since: Timestamp) -> Option<Absence<'a>> {
    let mut changes = evidence
        .members
        .iter()
        .filter(|change| change.instance == name && change.time >= since);
    let from = changes.find(|change| !change.is_available())?;
    let soon = from.time.duration_since(since) <= SignedDuration::from_secs(LEAD_SECONDS);
    let to = changes
        .find(|change| change.is_available())
        .map_or(Timestamp::MAX, |change| change.time);
    soon.then_some(Absence {
        instance: &from.instance,
        from: from.time,
        to,
    })
}

/// Whether it was a request of ours that took a member away at an instant.
fn was_taken_away(evidence: &Evidence, name: &str, from: Timestamp) -> bool {
    disruptions(evidence).any(|request| {
        let lead = from.duration_since(request.time);
        !lead.is_negative()
            && lead <= SignedDuration::from_secs(LEAD_SECONDS)
            && touched(evidence, request).contains(&name)
    })
}

/// Whether a flush of ours was accepted and found nothing to do, because AWS had just begun its own. Only where that was
/// accepted in the plan, and AWS took the member away.
pub(super) fn aws_was_first(evidence: &Evidence, request: &Request) -> bool {
    let accepted = evidence
        .runs
        .iter()
        .any(|run| run.plan.options.accept_maintenance_flush);
    let flushes = request.is_disruptive() && request.action == "ModifyDBInstance";
    let in_vain = request.status == 200 && request.fault.is_none() && !request.took_effect();
    if !(accepted && flushes && in_vain) {
        return false;
    }
    let name = request.instance();
    let lead = SignedDuration::from_secs(LEAD_SECONDS);
    let is_near = |other: &Request| {
        let since = request.time.duration_since(other.time);
        !since.is_negative() && since <= lead
    };
    let ours = disruptions(evidence)
        .any(|other| is_near(other) && touched(evidence, other).contains(&name));
    let was_away = evidence
        .before(name, request.time)
        .is_some_and(|state| !state.is_available());
    !ours && (was_away || absence(evidence, name, request.time).is_some())
}

/// Whether AWS gave a change of class up that it had accepted: the member stayed up until the same was asked for once more.
pub(super) fn aws_gave_it_up(evidence: &Evidence, request: &Request) -> bool {
    if !(request.is_disruptive() && request.action == "ModifyDBInstance") {
        return false;
    }
    let again = evidence.requests.iter().find(|other| {
        other.number > request.number
            && other.took_effect()
            && other.action == request.action
            && other.parameters == request.parameters
    });
    again.is_some_and(|again| {
        evidence
            .members
            .iter()
            .filter(|change| change.instance == request.instance())
            .filter(|change| change.time >= request.time && change.time < again.time)
            .all(|change| change.engine_up)
    })
}

/// Since when a member is away that is in this state.
fn away_since(evidence: &Evidence, state: &Change) -> Timestamp {
    let mut since = state.time;
    for change in evidence
        .members
        .iter()
        .rev()
        .filter(|change| change.instance == state.instance && change.time <= state.time)
    {
        if change.is_available() {
            break;
        }
        since = change.time;
    }
    since
}

fn in_words(state: &Change) -> String {
    let engine = if state.engine_up { "up" } else { "down" };
    format!("{} (engine {engine})", state.status)
}
