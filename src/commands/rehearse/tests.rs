//! The rehearsal of the built-in world: what it says, and that one seed gives one play.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::copy::copy;
use super::door::Moment;
use super::play::{Outcome, Play, Scene, play};
use super::schedule::{Kill, Schedule};
use crate::desired::Desired;
use crate::names::PartitionName;
use crate::plan::{self, Options};
use crate::sim;
use std::path::Path;

fn declared(name: &str) -> Desired {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let mut desired = crate::config::load(&folder, &[PartitionName::new(name)]).unwrap();
    desired.pop().unwrap()
}

/// A partition in the built-in world.
pub(super) fn scene_of(name: &str) -> Scene {
    let world = sim::built_in_world();
    super::scene("test".to_owned(), world, declared(name), Options::default()).unwrap()
}

pub(super) fn prod() -> Scene {
    scene_of("prod")
}

pub(super) async fn undisturbed(scene: &Scene) -> Play {
    play(scene, &Schedule::undisturbed()).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn undisturbed_prod_is_completed_and_breaks_no_promise() {
    let played = undisturbed(&prod()).await;
    assert_eq!(played.outcome, Outcome::Completed);
    assert_eq!(played.violations, []);
    assert_eq!(played.plans.len(), 1);
    assert_eq!(played.steps.len(), played.plans[0].actions.len());
    assert!(played.points.len() > 60, "{}", played.points.len());
    assert!((10..60).contains(&played.interruption_seconds));
}

#[tokio::test(start_paused = true)]
async fn one_seed_gives_one_play() {
    let mut scene = prod();
    let first = undisturbed(&scene).await;
    scene.end = Some(first.state.clone());
    for seed in [2, 18] {
        let schedule = Schedule::of(seed, &first.points, "alpha001-prod-auroracluster");
        let mut plays = Vec::new();
        for _ in 0..2 {
            let played = play(&scene, &schedule).await.unwrap();
            plays.push(format!("{:?}", played.evidence.requests));
        }
        assert!(plays[0] == plays[1], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn killed_here_and_there_it_ends_as_undisturbed() {
    let mut scene = prod();
    let first = undisturbed(&scene).await;
    scene.end = Some(first.state.clone());
    for kill in first.points.iter().step_by(17) {
        let schedule = Schedule {
            seed: Some(1),
            kill: Some(*kill),
            away_seconds: 20,
            ..Schedule::undisturbed()
        };
        let played = play(&scene, &schedule).await.unwrap();
        assert_eq!(played.violations, [], "{kill:?}");
        assert_eq!(played.outcome, Outcome::Completed, "{kill:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_final_world_is_noticed() {
    let mut scene = prod();
    scene.end = Some(serde_json::json!({"cluster": {"port": 1}}));
    let played = undisturbed(&scene).await;
    assert_eq!(
        played.violations[0].invariant,
        "the same final world as undisturbed"
    );
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_live_cluster_leads_to_the_same_plan() {
    for name in ["dev", "stage", "demo", "prod"] {
        let scene = scene_of(name);
        let observed = super::play::observed(&scene).await.unwrap();
        let live = plan::plan(&scene.desired, &observed, Options::default()).unwrap();
        let copied = copy(&scene.desired, &observed).unwrap();
        let again = super::scene(
            "again".to_owned(),
            &copied.world,
            scene.desired.clone(),
            Options::default(),
        )
        .unwrap();
        let observed = super::play::observed(&again).await.unwrap();
        let planned = plan::plan(&scene.desired, &observed, Options::default()).unwrap();
        assert_eq!(planned.actions, live.actions, "{name}");
        assert_eq!(planned.changes, live.changes, "{name}");
        assert_eq!(planned.activation, live.activation, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_class_that_the_simulator_does_not_know_is_refused() {
    let scene = prod();
    let mut observed = super::play::observed(&scene).await.unwrap();
    let cluster = observed.cluster.as_mut().unwrap();
    let member = cluster.members.values_mut().next().unwrap();
    member.class = crate::names::InstanceClass::new("db.z9.huge");
    let refused = copy(&scene.desired, &observed).unwrap_err().render(false);
    insta::assert_snapshot!(refused, @r"
    refused: cluster `alpha001-prod-auroracluster` cannot be rehearsed: the simulator does not know class `db.z9.huge`

    hint: `auroractl plan` says what would be done, without a rehearsal
    ");
}

#[test]
fn a_kill_is_told_in_words() {
    let kill = Kill {
        run: 2,
        moment: Moment::LateChange {
            change: 3,
            seconds: 5,
        },
    };
    let schedule = Schedule {
        kill: Some(kill),
        away_seconds: 40,
        ..Schedule::undisturbed()
    };
    assert_eq!(
        schedule.in_words(),
        [
            "run 2: killed at change 3, which reached AWS 5 s later",
            "somebody continues it 40 s later"
        ]
    );
}
