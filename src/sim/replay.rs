//! Durations as they were recorded. In: what a world file says of a cluster or member. Out: the seconds of each phase, in the
//! order in which they were recorded; none when there are no more.
//!
//! A recording replaces what would be drawn and nothing else: what is not recorded is as it would be without it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What can be recorded of a cluster: keys of `[timings]`. The rare slow settling of a failover is recorded as a settling.
pub(crate) const OF_CLUSTERS: &[&str] = &[
    "failover_accept",
    "failover_flip",
    "failover_settle",
    "failover_endpoint",
    "insights_accept",
    "insights_settle",
    "cluster_modify_accept",
    "cluster_modify",
    "snapshot",
    "minor_upgrade",
    "major_upgrade",
    "capacity_settle",
    "maintenance",
    "cluster_stop",
    "cluster_start",
    "cluster_delete_accept",
    "cluster_delete",
];

/// What can be recorded of a member.
pub(crate) const OF_MEMBERS: &[&str] = &[
    "failover_restart",
    "reboot",
    "modify_accept",
    "class_change",
    "class_change_outage",
    "modify_light",
    "monitoring_settle",
    "parameter_propagation",
    "maintenance",
    "instance_delete",
];

/// The seconds that something took, once or several times in this order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected seconds: a number, or a list of numbers"
)]
pub(crate) enum Takes {
    Once(f64),
    Each(Vec<f64>),
}

impl Takes {
    /// All of them; none when one of them cannot be a duration.
    pub(crate) fn seconds(&self) -> Option<Vec<f64>> {
        let all = match self {
            Self::Once(seconds) => vec![*seconds],
            Self::Each(all) => all.clone(),
        };
        let possible = |seconds: &f64| seconds.is_finite() && *seconds >= 0.0;
        all.iter().all(possible).then_some(all)
    }
}

/// All recordings of a world: seconds by `PHASE ACCOUNT/REGION/IDENTIFIER`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Recordings(BTreeMap<String, Vec<f64>>);

/// How many seconds of each recording a place has used up; part of the saved world.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Replayed(BTreeMap<String, usize>);

impl Replayed {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Recordings {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was recorded of an object, `ACCOUNT/REGION/IDENTIFIER`.
    pub(crate) fn add(&mut self, phase: &str, object: &str, seconds: Vec<f64>) {
        self.0.insert(key(phase, object), seconds);
    }

    /// The next seconds of a phase of an object, while there are some.
    pub(crate) fn next(&self, replayed: &mut Replayed, phase: &str, object: &str) -> Option<f64> {
        if self.is_empty() {
            return None;
        }
        let key = key(phase, object);
        let recorded = self.0.get(&key)?;
        let used = replayed.0.entry(key).or_default();
        let seconds = recorded.get(*used).copied()?;
        *used += 1;
        Some(seconds)
    }
}

fn key(phase: &str, object: &str) -> String {
    format!("{phase} {object}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_comes_in_its_order_and_then_no_more() {
        let mut recordings = Recordings::default();
        let mut replayed = Replayed::default();
        recordings.add("reboot", "a", vec![65.0, 63.0]);
        let mut next = |phase, object| recordings.next(&mut replayed, phase, object);
        assert_eq!(next("reboot", "b"), None);
        assert_eq!(next("snapshot", "a"), None);
        assert_eq!(next("reboot", "a"), Some(65.0));
        assert_eq!(next("reboot", "a"), Some(63.0));
        assert_eq!(next("reboot", "a"), None);
    }

    #[test]
    fn every_phase_that_can_be_recorded_is_a_timing() {
        let timings = serde_json::to_value(crate::sim::timings::Timings::default());
        let known = timings.unwrap_or_default();
        for phase in OF_CLUSTERS.iter().chain(OF_MEMBERS) {
            assert!(known.get(phase).is_some(), "{phase} is no timing");
        }
    }
}
