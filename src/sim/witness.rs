//! What an onlooker sees of a world besides its answers and its timeline: what was changed, the events, and the state of one cluster.
//!
//! In: a running world, brought up to this instant first. Out: plain data, for whoever judges a tool by what it did.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Simulator;
use super::identifiers::stored;
use super::log::Request;

/// An RDS event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub time: Timestamp,
    /// Such as `RDS-EVENT-0071`.
    pub id: String,
    /// The cluster, instance, group or snapshot that it is about.
    pub source: String,
}

impl Simulator {
    /// The requests that can change something, the oldest first.
    pub fn changes(&self) -> Vec<Request> {
        self.state().world.log.mutating()
    }

    /// Every event, the oldest first.
    pub fn events(&self) -> Vec<Happened> {
        let state = self.state();
        let events = state.world.places.values().flat_map(|place| &place.events);
        events
            .map(|event| Happened {
                time: event.date,
                id: event.id.clone(),
                source: event.source_identifier.clone(),
            })
            .collect()
    }

    /// A cluster with its members and its parameter group as they are now, without times and drawn names: what two worlds
    /// that ended alike share. Null where there is no such cluster.
    pub fn cluster_state(&self, account: &str, region: &str, cluster: &str) -> Value {
        let mut state = self.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let Some(place) = state.world.places.get(&format!("{account}/{region}")) else {
            return Value::Null;
        };
        let Some(found) = place.clusters.get(&stored(cluster)) else {
            return Value::Null;
        };
        let members: Vec<_> = place.members(found).collect();
        let group = place.cluster_groups.get(&found.parameter_group);
        let mut whole = json!({"cluster": found, "members": members, "group": group});
        without_times(&mut whole);
        whole
    }
}

/// Drops what differs between worlds that are alike otherwise.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|name, _| {
                ![
                    "started",
                    "created",
                    "resource_id",
                    "detached",
                    "endpoint_moving",
                    "scaling_until",
                ]
                .contains(&name.as_str())
            });
            object.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sim::{Options, built_in_world};

    fn simulator() -> Simulator {
        Simulator::from_scenario("built-in", built_in_world(), Options { speed: 1.0 }).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn worlds_of_one_image_share_their_beginning_and_nothing_else() {
        let simulator = simulator();
        let image = simulator.image();
        let options = Options { speed: 1.0 };
        let one = Simulator::from_image(&image, None, options).unwrap();
        let other = Simulator::from_image(&image, Some(7), options).unwrap();
        let state = |world: &Simulator| {
            world.cluster_state("111111111111", "us-east-1", "Alpha001-prod-AuroraCluster")
        };
        assert_eq!(state(&one), state(&other));
        assert_ne!(state(&one), Value::Null);
        one.declare_fault(r#"{"kind": "throttling"}"#).unwrap();
        assert!(one.declare_fault(r#"{"kind": "nothing"}"#).is_err());
        assert_eq!(one.now(), image.clock());
        assert!(one.state().world.faults.contains(1));
        assert!(!other.state().world.faults.contains(1));
        one.remove_faults();
        assert!(!one.state().world.faults.contains(1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_state_of_a_cluster_holds_no_times_and_no_drawn_names() {
        let text = simulator()
            .cluster_state("111111111111", "us-east-1", "alpha001-prod-auroracluster")
            .to_string();
        assert!(text.contains("db.t3.medium"), "{text}");
        assert!(!text.contains("resource_id"), "{text}");
        assert!(!text.contains("\"started\""), "{text}");
    }
}
