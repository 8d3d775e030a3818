//! What is going to happen, as data. In: steps with the time they are due. Out: the due ones, in order.
//!
//! Nothing runs in the background: each request first takes the steps that became due since the last one. As the schedule
//! is data, a world can be saved while operations are in flight and continued by another process.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a step happens to; identifiers in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Object {
    Cluster(String),
    Instance(String),
    Snapshot(String),
    Endpoint(String),
    BlueGreen(String),
}

impl Object {
    /// Its identifier.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Cluster(name)
            | Self::Instance(name)
            | Self::Snapshot(name)
            | Self::Endpoint(name)
            | Self::BlueGreen(name) => name,
        }
    }
}

/// One step of an operation that takes time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A status begins to show (the leading edge of an operation).
    StatusBegins { status: String },
    /// The operation is over: back to `available`.
    Settles,
    /// A new cluster or instance comes up.
    Created,
    /// A deleted cluster or instance disappears.
    Gone,
    /// The cluster shows `failing-over`.
    FailoverBegins {
        target: String,
        #[serde(default)]
        fate: Fate,
    },
    /// The writer flag moves.
    FailoverFlips {
        target: String,
        #[serde(default)]
        fate: Fate,
    },
    /// A fault moves the writer flag back.
    FailoverReturns { target: String, fault: u64 },
    /// The failover is over.
    FailoverSettles { target: String },
    /// The demoted member's engine is back.
    DemotedStarts,
    /// A reboot is over.
    Rebooted,
    /// The instance shows `modifying`.
    ModifyBegins,
    /// Its engine stops for the class change.
    EngineStops,
    /// Its engine is back, with what a restart loads.
    EngineStarts,
    /// The work of a modification is done: new values show.
    Modified,
    /// Changed cluster parameters reach the member.
    Propagates,
    /// The instance's own parameter group has been associated.
    InstanceGroupSettles,
    /// The instance's maintenance window opens.
    WindowOpens,
    /// The cluster's engine upgrade begins.
    UpgradeBegins,
    /// It is done.
    Upgraded,
    /// All members of a cluster are down.
    Stopped,
    /// All members of a cluster are up again.
    Started,
    /// A task of a blue/green deployment begins.
    TaskBegins { task: String },
    /// It is done.
    TaskEnds { task: String },
    /// Both sides of a blue/green deployment stop taking writes.
    SwitchoverBegins { timeout_seconds: i64 },
    /// The switchover took too long and is taken back.
    SwitchoverCancelled,
    /// The names have moved.
    SwitchoverEnds,
    /// Announced maintenance of a cluster or instance begins.
    MaintenanceBegins { action: String },
    /// It is done.
    MaintenanceEnds { action: String },
    /// A cluster has been stopped for the longest time.
    StoppedTooLong,
    /// A fault's illness of an instance is over.
    Recovers { fault: u64 },
    /// Maintenance is over.
    Maintained,
    /// A snapshot becomes available.
    SnapshotReady,
    /// A fault lets it fail.
    SnapshotFails { fault: u64 },
}

/// What a fault makes of a failover.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// None does anything.
    #[default]
    Undisturbed,
    /// The writer stays where it is.
    Fails { fault: u64 },
    /// The writer comes back after so many seconds.
    FlipsBack { fault: u64, seconds: f64 },
}

/// A step with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) at: Timestamp,
    sequence: u64,
    pub(crate) object: Object,
    pub(crate) step: Step,
}

/// All steps to come, in order of time and then of their making.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) struct Schedule {
    next_sequence: u64,
    due: BTreeMap<(Timestamp, u64), Due>,
    /// Where each object's steps are among them.
    of: BTreeMap<Object, BTreeSet<(Timestamp, u64)>>,
}

/// JSON has no maps with compound keys.
#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    next_sequence: u64,
    due: Vec<Due>,
}

impl From<Saved> for Schedule {
    fn from(saved: Saved) -> Self {
        let Saved { next_sequence, due } = saved;
        let mut schedule = Self {
            next_sequence,
            ..Self::default()
        };
        for due in due {
            schedule.put(due);
        }
        schedule
    }
}

impl From<Schedule> for Saved {
    fn from(schedule: Schedule) -> Self {
        let Schedule {
            next_sequence,
            due,
            of: _,
        } = schedule;
        Self {
            next_sequence,
            due: due.into_values().collect(),
        }
    }
}

impl Schedule {
    pub(crate) fn add(&mut self, at: Timestamp, object: Object, step: Step) {
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        self.put(Due {
            at,
            sequence,
            object,
            step,
        });
    }

    fn put(&mut self, due: Due) {
        let key = (due.at, due.sequence);
        match self.of.get_mut(&due.object) {
            Some(keys) => {
                keys.insert(key);
            }
            None => {
                self.of.insert(due.object.clone(), [key].into());
            }
        }
        self.due.insert(key, due);
    }

    /// When the next step is due.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next step that is due at `now`.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<Due> {
        let entry = self.due.first_entry()?;
        let key = *entry.key();
        let due = (entry.get().at <= now).then(|| entry.remove())?;
        if let Some(keys) = self.of.get_mut(&due.object) {
            keys.remove(&key);
            if keys.is_empty() {
                self.of.remove(&due.object);
            }
        }
        Some(due)
    }

    /// Drops what was to happen to an object, all of it or one kind of step.
    pub(crate) fn forget(&mut self, object: &Object, kind: Option<&Step>) {
        let Some(keys) = self.of.get_mut(object) else {
            return;
        };
        let due = &mut self.due;
        keys.retain(|key| {
            let forgotten = kind.is_none_or(|kind| {
                let step = due.get(key).map(|due| std::mem::discriminant(&due.step));
                step == Some(std::mem::discriminant(kind))
            });
            if forgotten {
                due.remove(key);
            }
            !forgotten
        });
        if keys.is_empty() {
            self.of.remove(object);
        }
    }

    /// Follows an object to its new identifier.
    pub(crate) fn rename(&mut self, from: &Object, to: &Object) {
        for key in self.of.remove(from).unwrap_or_default() {
            if let Some(mut due) = self.due.remove(&key) {
                due.object = to.clone();
                self.put(due);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.due.len()
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
    fn steps_come_in_order_of_time_then_of_their_making_and_survive_saving() {
        let object = Object::Instance("a".to_owned());
        let mut schedule = Schedule::default();
        schedule.add(time(20), object.clone(), Step::Rebooted);
        schedule.add(time(10), object.clone(), Step::EngineStops);
        schedule.add(time(10), object.clone(), Step::EngineStarts);
        let text = serde_json::to_string(&schedule).unwrap();
        let mut restored: Schedule = serde_json::from_str(&text).unwrap();
        assert_eq!(restored, schedule);
        assert_eq!(restored.take(time(9)), None);
        assert_eq!(restored.take(time(15)).unwrap().step, Step::EngineStops);
        assert_eq!(restored.take(time(15)).unwrap().step, Step::EngineStarts);
        assert_eq!(restored.take(time(15)), None);
        assert_eq!(restored.take(time(20)).unwrap().step, Step::Rebooted);
    }

    #[test]
    fn a_renamed_object_keeps_its_steps_and_a_forgotten_one_loses_them() {
        let (old, new) = (
            Object::Instance("a".to_owned()),
            Object::Instance("b".to_owned()),
        );
        let mut schedule = Schedule::default();
        schedule.add(time(1), old.clone(), Step::Rebooted);
        schedule.add(time(2), old.clone(), Step::WindowOpens);
        schedule.rename(&old, &new);
        schedule.forget(&old, None);
        schedule.forget(&new, Some(&Step::WindowOpens));
        assert_eq!(schedule.take(time(5)).unwrap().object, new);
        assert_eq!(schedule.len(), 0);
        assert_eq!(schedule.of, BTreeMap::new());
    }

    #[test]
    fn only_one_kind_of_step_of_one_object_is_forgotten() {
        let object = |name: &str| Object::Cluster(name.to_owned());
        let mut schedule = Schedule::default();
        schedule.add(time(1), object("a"), Step::WindowOpens);
        schedule.add(time(2), object("a"), Step::Settles);
        schedule.add(time(3), object("b"), Step::WindowOpens);
        schedule.add(time(4), Object::Instance("a".to_owned()), Step::WindowOpens);
        schedule.forget(&object("a"), Some(&Step::WindowOpens));
        let mut left = Vec::new();
        while let Some(due) = schedule.take(time(9)) {
            left.push((due.at.as_second(), due.object.name().to_owned()));
        }
        assert_eq!(
            left,
            [(2, "a"), (3, "b"), (4, "a")].map(|(at, name)| (at, name.to_owned()))
        );
        assert_eq!(schedule.of, BTreeMap::new());
    }
}
