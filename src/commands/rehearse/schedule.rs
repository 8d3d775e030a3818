//! One way in which a run is disturbed: when its processes end, what goes wrong in AWS, how often it looks, and how long
//! it takes until somebody continues it.
//!
//! Goes in: a seed, and the points at which the undisturbed run can be killed. Comes out: the schedule. One seed gives one
//! schedule, whatever else is rehearsed beside it.

use super::door::Moment;
use fastrand::Rng;
use serde::Serialize;
use serde_json::{Value, json};

/// The operations that a run can send.
const CHANGES: [&str; 9] = [
    "CreateDBClusterSnapshot",
    "CreateDBClusterParameterGroup",
    "ModifyDBClusterParameterGroup",
    "ResetDBClusterParameterGroup",
    "ModifyDBCluster",
    "ModifyDBInstance",
    "RebootDBInstance",
    "FailoverDBCluster",
    "AddTagsToResource",
];

/// The operations by which it reads.
const READS: [&str; 6] = [
    "DescribeDBClusters",
    "DescribeDBInstances",
    "DescribeEvents",
    "DescribeDBClusterSnapshots",
    "DescribeDBClusterParameters",
    "DescribeDBClusterParameterGroups",
];

/// The most faults of one schedule.
const FAULTS_MAX: u32 = 4;

/// Where a run of the rehearsal can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Kill {
    /// Which run, from 1: where the first only stages, the second activates.
    pub(super) run: usize,
    /// When in it.
    #[serde(flatten)]
    pub(super) moment: Moment,
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Schedule {
    /// What it was drawn from; absent for the undisturbed one.
    pub(super) seed: Option<u64>,
    /// The kill of a run's first process.
    pub(super) kill: Option<Kill>,
    /// When the processes that continue it are ended in their turn.
    pub(super) again: Vec<Moment>,
    /// Faults, in the JSON of the simulator's admin interface.
    pub(super) faults: Vec<Value>,
    /// How much longer than asked for it waits between two looks.
    pub(super) slower: u32,
    /// How many seconds pass until somebody continues a killed or interrupted run.
    pub(super) away_seconds: u32,
    /// After how many processes every fault is over.
    pub(super) patience: usize,
    /// Whether the world draws durations of its own.
    pub(super) own_durations: bool,
}

impl Schedule {
    /// Nothing goes wrong.
    pub(super) fn undisturbed() -> Self {
        Self {
            seed: None,
            kill: None,
            again: Vec::new(),
            faults: Vec::new(),
            slower: 1,
            away_seconds: 0,
            patience: usize::MAX,
            own_durations: false,
        }
    }

    /// The schedule of a seed. Consecutive seeds go through all points, each alone and nothing else going wrong, between
    /// them schedules that are drawn; then once more through the points, with faults beside them, and so on.
    pub(super) fn of(seed: u64, points: &[Kill], cluster: &str) -> Self {
        let length = u64::try_from(points.len()).unwrap_or(0);
        let number = seed.saturating_sub(1);
        let round = number.checked_div(length.saturating_mul(2)).unwrap_or(0);
        let slot = number.checked_rem(length.saturating_mul(2)).unwrap_or(1);
        let mut rng = Rng::with_seed(seed);
        let point = usize::try_from(slot / 2)
            .ok()
            .filter(|_| slot % 2 == 0)
            .and_then(|index| points.get(index))
            .copied();
        let alone = point.is_some() && round % 2 == 0;
        let mut schedule = Self {
            seed: Some(seed),
            kill: point,
            again: Vec::new(),
            faults: Vec::new(),
            // Seldom much slower: what is short is then missed between two looks.
            slower: rng.choice([1, 2, 4, 6, 6, 12, 12, 12]).unwrap_or(1),
            away_seconds: rng
                .choice([0, 1, 5, 20, 40, 75, 150, 300, 600, 1800])
                .unwrap_or(0),
            patience: rng.usize(2..=5),
            own_durations: true,
        };
        if alone {
            // As the undisturbed run went, up to the kill: how often it looked in between changes nothing that it did.
            schedule.slower = 12;
            schedule.own_durations = false;
            return schedule;
        }
        if point.is_none() && rng.u32(0..3) == 0 {
            schedule.kill = Some(Kill {
                run: 1,
                moment: any_moment(&mut rng),
            });
        }
        if rng.u32(0..3) == 0 {
            schedule.again.push(any_moment(&mut rng));
        }
        for _ in 0..rng.u32(1..=FAULTS_MAX) {
            schedule.faults.push(fault(&mut rng, cluster));
        }
        schedule
    }

    /// What it does, a line for each thing.
    pub(super) fn in_words(&self) -> Vec<String> {
        let Self {
            seed: _,
            kill,
            again,
            faults,
            slower,
            away_seconds,
            patience,
            own_durations,
        } = self;
        let mut lines = Vec::new();
        if let Some(Kill { run, moment }) = kill {
            lines.push(format!("run {run}: {moment}"));
        }
        for moment in again {
            lines.push(format!("when it is continued: {moment}"));
        }
        for fault in faults {
            lines.push(format!("fault: {fault}"));
        }
        if !faults.is_empty() {
            lines.push(format!("every fault is over after {patience} processes"));
        }
        if *slower > 1 {
            lines.push(format!("it looks {slower} times more seldom"));
        }
        if kill.is_some() || !again.is_empty() {
            lines.push(format!("somebody continues it {away_seconds} s later"));
        }
        if *own_durations {
            lines.push("durations are drawn anew within what was measured".to_owned());
        }
        lines
    }

    /// Whether somebody else changes the cluster, so that it may be left in another state than undisturbed.
    pub(super) fn may_end_otherwise(&self) -> bool {
        self.has_any_of(&OF_SOMEBODY_ELSE)
    }

    /// For how many seconds a member may be away without the run's seeing it.
    pub(super) fn blind_seconds(&self) -> i64 {
        if self.has_any_of(&OF_SOMEBODY_ELSE) || self.has_any_of(&["stale-reads", "slow-reply"]) {
            90
        } else {
            0
        }
    }

    fn has_any_of(&self, kinds: &[&str]) -> bool {
        self.faults.iter().any(|fault| {
            fault
                .get("kind")
                .and_then(Value::as_str)
                .is_some_and(|kind| kinds.contains(&kind))
        })
    }
}

/// The faults that come from outside, and move roles or values.
const OF_SOMEBODY_ELSE: [&str; 5] = [
    "operator",
    "maintenance",
    "member-status",
    "failover-fails",
    "failover-flips-back",
];

fn any_moment(rng: &mut Rng) -> Moment {
    match rng.u32(0..6) {
        0 => Moment::AfterEntry {
            entries: rng.usize(1..=45),
        },
        1 => Moment::BeforeChange {
            change: rng.usize(1..=12),
        },
        2 => Moment::AfterChange {
            change: rng.usize(1..=12),
        },
        3 => Moment::LateChange {
            change: rng.usize(1..=12),
            seconds: rng.u64(1..=8),
        },
        4 => Moment::BeforeRequest {
            request: rng.usize(1..=500),
        },
        _ => Moment::Interrupted {
            request: rng.usize(1..=500),
        },
    }
}

/// Something that goes wrong in AWS.
fn fault(rng: &mut Rng, cluster: &str) -> Value {
    match rng.u32(0..3) {
        0 | 1 => of_the_answer(rng),
        _ => of_the_cluster(rng, cluster),
    }
}

/// What becomes of an answer.
fn of_the_answer(rng: &mut Rng) -> Value {
    let change = rng.choice(CHANGES).unwrap_or_default();
    let read = rng.choice(READS).unwrap_or_default();
    let soon = rng.u64(0..=40);
    match rng.u32(0..14) {
        0 => json!({"kind": "throttling", "action": change, "count": rng.u64(1..=9)}),
        1 => {
            json!({"kind": "throttling", "skip": rng.u64(0..=300), "for_seconds": rng.u64(5..=240)})
        }
        2 => json!({"kind": "internal-failure", "action": change, "skip": rng.u64(0..=1)}),
        3 => {
            json!({"kind": "internal-failure", "action": read, "skip": soon, "count": rng.u64(1..=30)})
        }
        4 => json!({"kind": "service-unavailable", "action": change, "skip": rng.u64(0..=1)}),
        5 => {
            json!({"kind": "service-unavailable", "skip": rng.u64(0..=300), "for_seconds": rng.u64(5..=240)})
        }
        6 => {
            json!({"kind": "lost-reply", "action": change, "skip": rng.u64(0..=1), "count": rng.u64(1..=3)})
        }
        7 => json!({"kind": "lost-reply", "mutating": true, "skip": rng.u64(0..=9)}),
        8 => json!({"kind": "reset", "action": change, "skip": rng.u64(0..=1)}),
        9 => json!({"kind": "reset", "action": read, "skip": soon, "count": rng.u64(1..=20)}),
        10 => {
            json!({"kind": "slow-reply", "skip": rng.u64(0..=200), "count": rng.u64(1..=20), "seconds": rng.u64(1..=50)})
        }
        11 => {
            json!({"kind": "expired-token", "skip": rng.u64(0..=300), "for_seconds": rng.u64(60..=1200)})
        }
        12 => {
            json!({"kind": "access-denied", "action": read, "skip": soon, "count": rng.u64(1..=6)})
        }
        // Longer than AWS is known to lag, nobody could tell what became of a request.
        _ => {
            json!({"kind": "stale-reads", "skip": rng.u64(0..=200), "for_seconds": rng.u64(30..=900), "seconds": rng.u64(1..=20)})
        }
    }
}

/// What becomes of an accepted request, and what happens by itself.
fn of_the_cluster(rng: &mut Rng, cluster: &str) -> Value {
    let from = rng.u64(0..=1500);
    let whom = rng.choice(["$writer", "$reader"]).unwrap_or_default();
    let operator = |does: &str, parameters: Value| json!({"kind": "operator", "from": from, "cluster": cluster, "does": does, "parameters": parameters});
    match rng.u32(0..14) {
        0 => json!({"kind": "still-pending-reboot", "count": rng.u64(1..=2)}),
        1 => json!({"kind": "stuck-reboot", "seconds": rng.u64(60..=1500)}),
        2 => json!({"kind": "failed-snapshot"}),
        3 => json!({"kind": "slow-snapshot", "factor": rng.u64(2..=12)}),
        4 => json!({"kind": "failover-fails"}),
        5 => json!({"kind": "failover-flips-back", "seconds": rng.u64(1..=60)}),
        6 => json!({"kind": "no-capacity", "count": rng.u64(1..=3)}),
        7 => json!({"kind": "class-change-fails"}),
        8 => {
            let status = rng
                .choice(["storage-full", "failed", "incompatible-network"])
                .unwrap_or_default();
            json!({"kind": "member-status", "from": from, "cluster": cluster, "instance": whom, "status": status, "seconds": rng.u64(30..=1200)})
        }
        9 => {
            json!({"kind": "maintenance", "from": from, "cluster": cluster, "instance": whom, "seconds": rng.u64(30..=400)})
        }
        10 => operator("RebootDBInstance", json!({"DBInstanceIdentifier": whom})),
        11 => operator("FailoverDBCluster", json!({"DBClusterIdentifier": cluster})),
        12 => operator(
            "DeleteDBClusterSnapshot",
            json!({"DBClusterSnapshotIdentifier": "$snapshot"}),
        ),
        _ => operator(
            "ModifyDBClusterParameterGroup",
            json!({
                "DBClusterParameterGroupName": "$group",
                "Parameters.Parameter.1.ParameterName": "log_min_messages",
                "Parameters.Parameter.1.ParameterValue": "error",
                "Parameters.Parameter.1.ApplyMethod": "immediate",
            }),
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sim::{Options, Simulator, built_in_world};

    fn points() -> Vec<Kill> {
        (1..=20)
            .map(|entries| Kill {
                run: 1,
                moment: Moment::AfterEntry { entries },
            })
            .collect()
    }

    #[test]
    fn one_seed_gives_one_schedule() {
        for seed in 0..100 {
            assert_eq!(
                Schedule::of(seed, &points(), "orders"),
                Schedule::of(seed, &points(), "orders")
            );
        }
    }

    #[test]
    fn consecutive_seeds_go_through_every_point_alone() {
        let alone: Vec<Kill> = (1..=80)
            .map(|seed| Schedule::of(seed, &points(), "orders"))
            .filter(|schedule| schedule.faults.is_empty() && schedule.again.is_empty())
            .filter_map(|schedule| schedule.kill)
            .collect();
        for point in points() {
            assert!(alone.contains(&point), "{point:?}");
        }
    }

    #[test]
    fn without_points_every_schedule_is_drawn() {
        assert!(!Schedule::of(3, &[], "orders").faults.is_empty());
    }

    #[test]
    fn every_fault_that_can_be_drawn_is_one_that_the_simulator_knows() {
        let world =
            Simulator::from_scenario("built-in", built_in_world(), Options { speed: 1.0 }).unwrap();
        for seed in 0..2000 {
            for fault in Schedule::of(seed, &[], "orders").faults {
                world.declare_fault(&fault.to_string()).unwrap();
            }
        }
    }
}
