//! What keeps a run from interrupting: a world that moved, a window that closes, another holder, a person's Ctrl-C.

use super::support::{Scene, built_in_with, demo, holder, prod};
use auroractl::apply;
use auroractl::aws::{Client, act};
use auroractl::error::Exit;
use auroractl::event::{Ending, Event};
use auroractl::journal::{Conclusion, Lease, State};
use auroractl::names::{ClusterId, InstanceClass, InstanceId, RunId};
use auroractl::plan::{Activation, Options};
use auroractl::sim;
use std::time::Duration;

fn cluster() -> ClusterId {
    ClusterId::new("alpha001-prod-auroracluster")
}

fn writer() -> InstanceId {
    InstanceId::new("alpha001-prod-auroraclusterwriter")
}

fn reader() -> InstanceId {
    InstanceId::new("alpha001-prod-auroraclusterreader1")
}

/// Whether the event says that an action is done.
fn is_finished(event: &Event, id: &str) -> bool {
    matches!(event, Event::ActionFinished { action, .. } if action.as_str() == id)
}

/// Whether the event says that an action begins.
fn is_started(event: &Event, id: &str) -> bool {
    matches!(event, Event::ActionStarted { action, .. } if action.as_str() == id)
}

/// The actions of the simulator's log that restart something or move the writer.
fn interruptions(scene: &Scene) -> Vec<String> {
    scene
        .changes()
        .into_iter()
        .filter(|request| {
            let is = |action: &str| request.action == action;
            let at_once = request
                .parameters
                .get("ApplyImmediately")
                .map(String::as_str);
            is("RebootDBInstance")
                || is("FailoverDBCluster")
                || (is("ModifyDBInstance") && at_once == Some("true"))
        })
        .map(|request| request.action)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_moved_before_the_run_stops_it_before_anything_is_sent() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    act::failover(&scene.client, &cluster(), &reader())
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(600)).await;
    let before = scene.changes().len();
    let run = scene.run(&plan).await;
    insta::assert_debug_snapshot!(run.summary.ending, @r#"
    WorldMoved {
        because: "`alpha001-prod-auroraclusterreader1` is writer now, the plan has it as reader",
    }
    "#);
    assert_eq!(run.summary.ending.exit(), Exit::Paused);
    assert_eq!(scene.changes().len(), before);
    assert_eq!(
        run.journal.replay.conclusion(),
        Some(Conclusion::WorldMoved)
    );
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_moves_in_mid_run_stops_it_before_the_next_interruption() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let operator: Client = scene.client.clone();
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if is_started(event, "settle") {
                let operator = operator.clone();
                tokio::spawn(async move {
                    act::failover(&operator, &cluster(), &reader())
                        .await
                        .unwrap();
                });
            }
        })
        .await;
    insta::assert_debug_snapshot!(run.summary.ending, @r#"
    WorldMoved {
        because: "before `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1` is writer now, the plan has it as reader",
    }
    "#);
    assert_eq!(
        interruptions(&scene),
        ["FailoverDBCluster"],
        "only the operator's own"
    );
    assert_eq!(
        run.summary.next_command.as_deref(),
        Some("auroractl apply prod")
    );
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_holds_something_else_is_not_flushed() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let operator = scene.client.clone();
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if is_started(event, "settle") {
                let operator = operator.clone();
                tokio::spawn(async move {
                    act::queue_class_change(
                        &operator,
                        &reader(),
                        &InstanceClass::new("db.r6g.large"),
                    )
                    .await
                    .unwrap();
                });
            }
        })
        .await;
    insta::assert_debug_snapshot!(run.summary.ending, @r#"
    WorldMoved {
        because: "before `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1` has DBInstanceClass = db.r6g.large queued, the plan has DBInstanceClass = db.r7g.large; AWS would apply all of it",
    }
    "#);
    assert_eq!(run.summary.ending.exit(), Exit::Paused);
    assert_eq!(interruptions(&scene), Vec::<String>::new());
    assert!(
        run.summary
            .snapshot
            .is_some_and(|kept| kept.expires.is_none()),
        "the snapshot is held"
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_that_somebody_else_restarts_is_waited_for() {
    let scene = Scene::new(&built_in_with("[timings]\nreboot = 60")).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let operator = scene.client.clone();
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if is_started(event, "settle") {
                let operator = operator.clone();
                tokio::spawn(async move {
                    // Under way when settling ends.
                    tokio::time::sleep(Duration::from_secs(80)).await;
                    act::reboot(&operator, &writer()).await.unwrap();
                });
            }
        })
        .await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    // Nothing is called settled while a member does not answer.
    let seen = run.seen_of("settle");
    assert!(
        seen.iter()
            .any(|seen| seen == "alpha001-prod-auroraclusterwriter is rebooting"),
        "{seen:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn outside_the_window_the_run_stages_and_the_next_one_activates() {
    let world =
        sim::built_in_world().replace("2026-05-14T23:05:00-07:00", "2026-05-14T12:00:00-07:00");
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    assert!(matches!(plan.activation, Activation::Deferred { .. }));
    let run = scene.run(&plan).await;
    insta::assert_debug_snapshot!(run.summary.ending, @"
    Staged {
        opens: Some(
            2026-05-15T06:00:00Z,
        ),
    }
    ");
    assert_eq!(run.summary.ending.exit(), Exit::Paused);
    assert_eq!(run.summary.snapshot, None);
    assert_eq!(interruptions(&scene), Vec::<String>::new());
    let locks = std::fs::read_dir(scene.store.locks()).unwrap().count();
    assert_eq!(locks, 0, "staging ends its run");

    let options = Options {
        activate: true,
        ..Options::default()
    };
    let activation = scene.plan(&prod(), options).await;
    let run = scene.run(&activation).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(
        interruptions(&scene),
        ["ModifyDBInstance", "FailoverDBCluster", "ModifyDBInstance"]
    );
    assert!(scene.plan(&prod(), Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_window_that_no_longer_fits_pauses_the_run_before_the_first_restart() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    assert!(matches!(plan.activation, Activation::InWindow { .. }));
    // The plan lay about for more than two and a half hours before it was approved.
    tokio::time::sleep(Duration::from_secs(160 * 60)).await;
    let run = scene.run(&plan).await;
    insta::assert_debug_snapshot!(run.summary.ending, @r#"
    Paused {
        because: "before `flush alpha001-prod-auroraclusterreader1`: the window closes at 2026-05-15T09:00:00Z, in 475 s, and the restarts that remain are expected to take 932 s; it opens next at 2026-05-22T06:00:00Z, and `apply --activate` waits for no window; what is staged becomes live with any restart until then, one in AWS's own maintenance window included",
    }
    "#);
    assert_eq!(run.summary.ending.exit(), Exit::Paused);
    assert_eq!(interruptions(&scene), Vec::<String>::new());
    assert_eq!(run.journal.replay.conclusion(), Some(Conclusion::Paused));
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_records_the_request_in_flight_and_sends_nothing_more() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let flush = "flush alpha001-prod-auroraclusterreader1";
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if matches!(event, Event::Waiting { action, .. } if action.as_str() == flush) {
                scene.interrupt.send_replace(true);
            }
        })
        .await;
    assert_eq!(run.summary.ending, Ending::Interrupted);
    assert_eq!(run.summary.ending.exit().code(), 130);
    let flush = plan
        .actions
        .iter()
        .find(|action| action.id.as_str() == flush)
        .unwrap();
    assert!(
        matches!(run.journal.replay.state(&flush.id), State::Accepted { .. }),
        "{:?}",
        run.journal.replay.state(&flush.id)
    );
    assert_eq!(interruptions(&scene), ["ModifyDBInstance"]);
    assert_eq!(
        run.journal.replay.conclusion(),
        Some(Conclusion::Interrupted)
    );
    let locks = std::fs::read_dir(scene.store.locks()).unwrap().count();
    assert_eq!(locks, 0, "the lock is released");
}

#[tokio::test(start_paused = true)]
async fn a_second_run_on_a_held_cluster_is_refused_and_sends_nothing() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let first = RunId::new("20260515-060400-prod-aaaa");
    let lease = Lease::acquire(&scene.store, &plan.target, &holder("bob"), &first).unwrap();
    let error = apply::run(scene.context(&plan, scene.next_run(&plan)), &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    assert!(
        error.to_string().starts_with(
            "cluster `alpha001-prod-auroracluster` is held by bob on desk (process 42) for run 20260515-060400-prod-aaaa since "
        ),
        "{error}"
    );
    assert!(scene.changes().is_empty());
    assert!(!scene.root().join("runs").exists(), "no run was begun");
    lease.check().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_is_taken_away_in_mid_run_stops_it_before_the_next_request() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let locks = scene.store.locks();
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if is_finished(event, "settle") {
                std::fs::remove_dir_all(&locks).unwrap();
            }
        })
        .await;
    let Ending::Paused { because } = &run.summary.ending else {
        panic!("{:?}", run.summary.ending);
    };
    assert!(because.contains("the lock file is gone"), "{because}");
    assert_eq!(interruptions(&scene), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn where_a_failover_loads_no_static_values_the_demoted_writer_is_rebooted() {
    let world = built_in_with("[policies]\nfailover_loads_static_parameters = false");
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&demo(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(
        interruptions(&scene),
        ["RebootDBInstance", "FailoverDBCluster", "RebootDBInstance"]
    );
    assert!(scene.plan(&demo(), Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_an_association_alone_needs_no_restart_the_planned_reboot_is_still_proven() {
    let world = built_in_with("[policies]\nattach_always_marks_pending_reboot = false");
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&demo(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert!(scene.plan(&demo(), Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_is_not_begun_beside_one_that_was_left_since_its_plan_was_made() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let left = scene
        .run_heard_by(&plan, &mut |event| {
            if is_started(event, "snapshot") {
                scene.interrupt.send_replace(true);
            }
        })
        .await;
    assert_eq!(left.summary.ending, Ending::Interrupted);
    scene.interrupt.send_replace(false);
    let before = scene.changes().len();
    let refusal = apply::run(scene.context(&plan, scene.next_run(&plan)), &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(refusal.exit(), Exit::Refused);
    insta::assert_snapshot!(refusal, @"run 20260515-060500-prod-0001 of cluster alpha001-prod-auroracluster is unfinished; nothing was begun beside it");
    assert_eq!(scene.changes().len(), before);
    let runs = scene.store.runs().unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deletes_is_noticed_before_the_next_interruption() {
    let world = built_in_with(
        r#"
[[fault]]
kind = "operator"
cluster = "alpha001-prod-auroracluster"
does = "DeleteDBClusterSnapshot"
action = "ModifyDBInstance"
skip = 2
delay_seconds = 30

[fault.parameters]
DBClusterSnapshotIdentifier = "$snapshot"
"#,
    );
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    insta::assert_debug_snapshot!(run.summary.ending, @r#"
    WorldMoved {
        because: "before `fail over to alpha001-prod-auroraclusterreader1`: the snapshot that this run made is gone",
    }
    "#);
    assert_eq!(interruptions(&scene), ["ModifyDBInstance"]);
    assert_eq!(run.summary.snapshot, None, "it is gone");
}
