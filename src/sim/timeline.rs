//! When each member was available, and which one was the writer. In: the instances after each thing that happens to them.
//! Out: their changes, in order of time.
//!
//! Requests show what a tool did; this shows what clients of the database noticed of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instances::Instance;

/// Older changes are dropped beyond this many.
const KEPT: usize = 10_000;

/// What a member became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// When, in simulated time.
    pub time: Timestamp,
    /// Its account.
    pub account: String,
    /// Its region.
    pub region: String,
    /// Its cluster.
    pub cluster: String,
    /// The member.
    pub instance: String,
    /// How it is from now on.
    #[serde(flatten)]
    pub state: State,
    /// What a declared fault did to it; the rest is then as it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// What clients notice of a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// As DescribeDBInstances shows it; `deleted` once it is gone.
    pub status: String,
    /// Whether the engine accepts connections.
    pub engine_up: bool,
    /// Whether it is its cluster's writer.
    pub writer: bool,
}

/// All changes of a place's members, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timeline {
    changes: Vec<Change>,
    /// The cluster and the latest state of each member that was seen.
    latest: BTreeMap<String, (String, State)>,
}

impl Timeline {
    /// Whether nothing was noted yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.latest.is_empty()
    }

    /// The changes, the oldest first. Each member's first one is how it was found.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Notes how the members are now, where that differs from before; only those that were touched can.
    pub(crate) fn note(
        &mut self,
        time: Timestamp,
        (account, region): (&str, &str),
        instances: &BTreeMap<String, Instance>,
        touched: &BTreeSet<String>,
    ) {
        let change = |instance: &str, cluster: &str, state: &State| Change {
            time,
            account: account.to_owned(),
            region: region.to_owned(),
            cluster: cluster.to_owned(),
            instance: instance.to_owned(),
            state: state.clone(),
            fault: None,
        };
        let mut new = Vec::new();
        let gone = touched
            .iter()
            .filter(|identifier| !instances.contains_key(*identifier));
        for identifier in gone {
            if let Some((cluster, _)) = self.latest.remove(identifier) {
                let gone = State {
                    status: "deleted".to_owned(),
                    engine_up: false,
                    writer: false,
                };
                new.push(change(identifier, &cluster, &gone));
            }
        }
        for identifier in touched {
            let Some(instance) = instances.get(identifier) else {
                continue;
            };
            let same = self.latest.get(identifier).is_some_and(|(_, before)| {
                before.status == instance.status
                    && before.engine_up == instance.engine_up
                    && before.writer == instance.writer
            });
            if same {
                continue;
            }
            let state = State {
                status: instance.status.clone(),
                engine_up: instance.engine_up,
                writer: instance.writer,
            };
            new.push(change(identifier, &instance.cluster, &state));
            self.latest
                .insert(identifier.clone(), (instance.cluster.clone(), state));
        }
        self.add(new);
    }

    /// Notes what a fault did to a member, beside how the member is.
    pub(crate) fn tell(
        &mut self,
        time: Timestamp,
        (account, region): (&str, &str),
        instance: &str,
        did: String,
    ) {
        let Some((cluster, state)) = self.latest.get(instance) else {
            return;
        };
        let told = Change {
            time,
            account: account.to_owned(),
            region: region.to_owned(),
            cluster: cluster.clone(),
            instance: instance.to_owned(),
            state: state.clone(),
            fault: Some(did),
        };
        self.add(vec![told]);
    }

    fn add(&mut self, new: Vec<Change>) {
        if self.changes.len() + new.len() > KEPT {
            // A tenth at a time, so that a long-running server does not move everything for each change.
            self.changes.drain(..(KEPT / 10).min(self.changes.len()));
        }
        self.changes.extend(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(status: &str, engine_up: bool) -> Instance {
        let mut instance = Instance::new(
            "a",
            "db-A".to_owned(),
            "orders",
            "db.t3.medium",
            "16.6",
            Timestamp::UNIX_EPOCH,
        );
        status.clone_into(&mut instance.status);
        instance.engine_up = engine_up;
        instance
    }

    #[test]
    fn only_what_changed_is_noted_and_a_member_that_is_gone_is_the_last_of_it() {
        let place = ("123456789012", "us-east-1");
        let mut timeline = Timeline::default();
        let mut note = |second: i64, instance: Option<Instance>| {
            let instances = instance
                .map(|instance| ("a".to_owned(), instance))
                .into_iter()
                .collect();
            let time = Timestamp::from_second(second).unwrap_or_default();
            timeline.note(time, place, &instances, &["a".to_owned()].into());
        };
        note(1, Some(instance("available", true)));
        note(2, Some(instance("available", true)));
        note(3, Some(instance("rebooting", false)));
        note(4, None);
        note(5, None);
        let told: Vec<(i64, &str, bool)> = timeline
            .changes()
            .iter()
            .map(|change| {
                (
                    change.time.as_second(),
                    &*change.state.status,
                    change.state.engine_up,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                (1, "available", true),
                (3, "rebooting", false),
                (4, "deleted", false)
            ]
        );
    }
}
