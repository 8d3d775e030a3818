//! What must hold of every run, however often it was disturbed, killed and continued: judged from AWS's side.
//!
//! Goes in: what AWS saw (requests, members, events) beside the plans and journals of the runs. Comes out: each promise that
//! was broken, in words. Nothing of `apply` is used: what an action may send is written down here once more.

mod changes;
pub mod evidence;
mod intents;
mod journal;
mod members;
mod order;
mod snapshot;
mod timing;

pub use changes::asked_for;
pub use evidence::{Change, Event, Evidence, Request, Run};
pub use timing::interruption_seconds;

use serde::{Deserialize, Serialize};

/// A check: everything that is wrong, in words.
pub type Check = fn(&Evidence) -> Vec<String>;

/// Every check, by the name of the promise.
pub const INVARIANTS: [(&str, Check); 15] = [
    (
        "the snapshot is available before the first disruption",
        snapshot::is_available_before_the_first_disruption,
    ),
    (
        "the snapshot is present until verification",
        snapshot::is_present_until_verification,
    ),
    ("the snapshot is released last", snapshot::is_released_last),
    ("one failover", changes::one_failover),
    (
        "no failover before the readers are proven",
        order::no_failover_before_the_readers_are_proven,
    ),
    (
        "no writer is restarted while a reader could take over",
        members::no_writer_is_restarted,
    ),
    ("never two members unavailable", members::never_two_are_away),
    (
        "nothing is interrupted while a member is away",
        members::nothing_is_interrupted_while_one_is_away,
    ),
    (
        "each planned change takes effect once, and nothing else does",
        changes::exactly_the_plan_took_effect,
    ),
    (
        "nothing is asked for without an intent",
        intents::nothing_is_asked_for_without_an_intent,
    ),
    (
        "no request is longer than AWS takes",
        intents::no_request_is_too_long,
    ),
    (
        "every change had an effect",
        changes::every_change_had_an_effect,
    ),
    (
        "nothing is interrupted outside the window",
        timing::inside_the_window,
    ),
    ("one run at a time", order::one_run_at_a_time),
    (
        "each action ends once, after its intent",
        journal::each_action_ends_once,
    ),
];

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The promise.
    pub invariant: String,
    /// What is wrong.
    pub problem: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", self.invariant, self.problem)
    }
}

/// Every promise that was broken.
pub fn violations(evidence: &Evidence) -> Vec<Violation> {
    INVARIANTS
        .iter()
        .flat_map(|(name, check)| {
            check(evidence).into_iter().map(|problem| Violation {
                invariant: (*name).to_owned(),
                problem,
            })
        })
        .collect()
}
