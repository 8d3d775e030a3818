//! When interruptions were begun, and how long writes stopped.

use super::evidence::{Change, Evidence};
use crate::plan::Activation;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A failover has begun (same zone, another zone), and has ended (done, failed): Amazon Aurora User Guide, "Amazon RDS event
/// categories and event messages for Aurora".
const FAILOVER_BEGAN: [&str; 2] = ["RDS-EVENT-0072", "RDS-EVENT-0073"];
const FAILOVER_ENDED: [&str; 2] = ["RDS-EVENT-0071", "RDS-EVENT-0069"];

/// Where restarts belong into a window, nothing was interrupted outside it; where they are left for later, nothing was at all.
pub(super) fn inside_the_window(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        for request in requests.iter().filter(|request| request.is_disruptive()) {
            let outside = match &run.plan.activation {
                Activation::Now => false,
                Activation::NotNeeded | Activation::Deferred { .. } => true,
                Activation::InWindow { .. } => !run.plan.window.as_ref().is_some_and(|window| {
                    window
                        .occurrence(request.time)
                        .is_some_and(|occurrence| occurrence.contains(request.time))
                }),
            };
            if outside {
                problems.push(format!(
                    "{} of {} at {}",
                    request.action,
                    request.instance(),
                    request.time
                ));
            }
        }
    }
    problems
}

/// For how many seconds writes stopped between two instants: from the event that a failover began until the event that it
/// ended, and whenever no writer had its engine up. An upper bound: writes go on before a failover is called complete.
pub fn interruption_seconds(evidence: &Evidence, from: Timestamp, to: Timestamp) -> u32 {
    /// What may happen at an instant; of two at one instant the member's state is the older.
    enum Mark<'a> {
        Member(&'a Change),
        Failover(bool),
    }
    let members = evidence
        .members
        .iter()
        .map(|change| (change.time, Mark::Member(change)));
    let failovers = evidence.events.iter().filter_map(|event| {
        let begins = FAILOVER_BEGAN.contains(&event.id.as_str());
        (begins || FAILOVER_ENDED.contains(&event.id.as_str()))
            .then_some((event.time, Mark::Failover(begins)))
    });
    let mut marks: Vec<(Timestamp, Mark<'_>)> = members.chain(failovers).collect();
    marks.sort_by_key(|(time, _)| *time);
    let mut states: BTreeMap<&str, &Change> = BTreeMap::new();
    let (mut failing_over, mut stopped) = (false, None);
    let mut milliseconds = 0_i64;
    for (index, (time, mark)) in marks.iter().enumerate() {
        match mark {
            Mark::Member(change) => {
                states.insert(&change.instance, change);
            }
            Mark::Failover(begins) => failing_over = *begins,
        }
        // What happens at one instant is judged together.
        if marks.get(index + 1).is_some_and(|(next, _)| next == time) {
            continue;
        }
        let writes = !failing_over
            && states
                .values()
                .any(|state| state.writer && state.engine_up && !state.is_gone());
        match (writes, stopped) {
            (false, None) => stopped = Some(*time),
            (true, Some(since)) => {
                milliseconds += milliseconds_within(since, *time, from, to);
                stopped = None;
            }
            _ => {}
        }
    }
    if let Some(since) = stopped {
        milliseconds += milliseconds_within(since, to, from, to);
    }
    u32::try_from((milliseconds + 500) / 1000).unwrap_or(u32::MAX)
}

/// How much of a span lies between two instants.
fn milliseconds_within(since: Timestamp, until: Timestamp, from: Timestamp, to: Timestamp) -> i64 {
    let length = until.min(to).as_millisecond() - since.max(from).as_millisecond();
    length.max(0)
}
