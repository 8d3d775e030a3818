//! How a place was a while ago, for reads that lag behind the truth. In: the place after each change. Out: how it was then.
//!
//! RDS answers its reads from stores of their own ("eventual consistency" in the documentation of several AWS services; seen on
//! RDS as a change that a describe does not show yet). States are kept only while a fault that needs them is declared, and
//! only as far back as it looks.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::after;
use super::place::Place;

/// States of a place, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Past {
    /// How far back reads may look; none while nobody looks back.
    horizon_seconds: Option<f64>,
    states: Vec<(Timestamp, Place)>,
}

impl Past {
    pub(crate) fn is_empty(&self) -> bool {
        self.horizon_seconds.is_none()
    }

    /// How the place was at `time`, or as far back as is known.
    pub(crate) fn at(&mut self, time: Timestamp) -> Option<&mut Place> {
        let later = self.states.partition_point(|(at, _)| *at <= time);
        let (_, place) = self.states.get_mut(later.saturating_sub(1))?;
        Some(place)
    }
}

impl Place {
    /// Begins, goes on or ceases to keep what was.
    pub(crate) fn look_back(&mut self, horizon_seconds: Option<f64>, now: Timestamp) {
        let began = self.past.is_empty() && horizon_seconds.is_some();
        self.past.horizon_seconds = horizon_seconds;
        if horizon_seconds.is_none() {
            self.past.states = Vec::new();
        } else if began {
            self.remember(now);
        }
    }

    /// Keeps how the place is from now on, and forgets what is too far back to be looked at.
    pub(crate) fn remember(&mut self, now: Timestamp) {
        let Some(horizon_seconds) = self.past.horizon_seconds else {
            return;
        };
        let present = Self {
            account: self.account.clone(),
            region: self.region.clone(),
            clusters: self.clusters.clone(),
            instances: self.instances.clone(),
            cluster_groups: self.cluster_groups.clone(),
            instance_groups: self.instance_groups.clone(),
            snapshots: self.snapshots.clone(),
            subnet_groups: self.subnet_groups.clone(),
            events: self.events.clone(),
            stacks: self.stacks.clone(),
            // Reads ask for nothing else.
            ..Self::default()
        };
        let Past { states, .. } = &mut self.past;
        let oldest = after(now, -horizon_seconds);
        let needless = states
            .partition_point(|(at, _)| *at <= oldest)
            .saturating_sub(1);
        states.drain(..needless);
        states.push((now, present));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn time(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_place_is_remembered_as_far_back_as_is_looked_and_not_at_all_otherwise() {
        let mut place = Place::new("123456789012", "us-east-1");
        place.remember(time(1));
        assert_eq!(place.past, Past::default());
        place.look_back(Some(10.0), time(10));
        for second in [12, 15, 21, 40] {
            place.region = second.to_string();
            place.remember(time(second));
        }
        let mut seen = Vec::new();
        for second in [5, 20, 21, 30, 39, 40, 50] {
            seen.push(place.past.at(time(second)).unwrap().region.clone());
        }
        assert_eq!(seen, ["21", "21", "21", "21", "21", "40", "40"]);
        place.look_back(None, time(41));
        assert_eq!(place.past, Past::default());
    }
}
