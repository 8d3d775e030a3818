//! Somebody else acts on the cluster in mid-run: what stops the run before its next interruption, what is waited for, and
//! what AWS refuses because of it.

use super::resume::{resumed, unfinished};
use super::support::{Run, Scene, built_in_with, prod};
use crate::support::evidence::broken_promises;
use auroractl::aws::Client;
use auroractl::aws::act::{self, ApplyMethod};
use auroractl::event::{Ending, Event};
use auroractl::names::{ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName};
use auroractl::plan::{Options, Plan};
use futures::future::LocalBoxFuture;
use std::time::Duration;

const GROUP: &str = "alpha001-prod-auroracluster-aurora-postgresql16";

fn cluster() -> ClusterId {
    ClusterId::new("alpha001-prod-auroracluster")
}

fn writer() -> InstanceId {
    InstanceId::new("alpha001-prod-auroraclusterwriter")
}

fn reader() -> InstanceId {
    InstanceId::new("alpha001-prod-auroraclusterreader1")
}

/// What an operator does.
type Deed = fn(Client) -> LocalBoxFuture<'static, ()>;

/// Rolls prod out while an operator acts so many seconds after an action began.
async fn meddled(
    lines: &str,
    action: &'static str,
    seconds: u64,
    deed: Deed,
) -> (Scene, Plan, Run) {
    let scene = Scene::new(&built_in_with(lines)).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let operator = scene.client.clone();
    let local = tokio::task::LocalSet::new();
    let run = local
        .run_until(scene.run_heard_by(&plan, &mut |event| {
            let begins = matches!(event, Event::ActionStarted { action: started, .. } if started.as_str() == action);
            if begins {
                let operator = operator.clone();
                tokio::task::spawn_local(async move {
                    tokio::time::sleep(Duration::from_secs(seconds)).await;
                    deed(operator).await;
                });
            }
        }))
        .await;
    (scene, plan, run)
}

fn interruptions(scene: &Scene) -> Vec<String> {
    scene
        .changes()
        .iter()
        .filter(|request| {
            ["RebootDBInstance", "FailoverDBCluster"].contains(&request.action.as_str())
                || (request.action == "ModifyDBInstance"
                    && request
                        .parameters
                        .get("ApplyImmediately")
                        .map(String::as_str)
                        == Some("true"))
        })
        .map(|request| request.action.clone())
        .collect()
}

/// The operator's deed before the first interruption, and why the run stops there.
async fn stopped_by(deed: Deed) -> String {
    let (scene, _, run) = meddled("", "settle", 0, deed).await;
    assert_eq!(
        interruptions(&scene),
        Vec::<String>::new(),
        "{}",
        run.told()
    );
    let Ending::WorldMoved { because } = &run.summary.ending else {
        panic!("{:#?}: {}", run.summary.ending, run.told());
    };
    assert_eq!(
        run.summary.next_command.as_deref(),
        Some("auroractl apply prod")
    );
    because.clone()
}

#[tokio::test(start_paused = true)]
async fn a_value_that_somebody_changes_in_the_group_stops_the_run_before_it_interrupts_anything() {
    let because = stopped_by(|client| {
        Box::pin(async move {
            let value = (
                ParameterName::new("log_statement"),
                "all".to_owned(),
                ApplyMethod::Immediate,
            );
            act::modify_parameters(&client, &ParameterGroupName::new(GROUP), &[value])
                .await
                .unwrap();
        })
    })
    .await;
    insta::assert_snapshot!(because, @"before `flush alpha001-prod-auroraclusterreader1`: group `alpha001-prod-auroracluster-aurora-postgresql16` was changed: `log_statement` is all, expected ddl");
}

#[tokio::test(start_paused = true)]
async fn another_group_that_somebody_attaches_stops_the_run_before_it_interrupts_anything() {
    let because = stopped_by(|client| {
        Box::pin(async move {
            let group = ParameterGroupName::new("default.aurora-postgresql16");
            act::attach_parameter_group(&client, &cluster(), &group, true)
                .await
                .unwrap();
        })
    })
    .await;
    insta::assert_snapshot!(because, @"before `flush alpha001-prod-auroraclusterreader1`: the cluster uses group `default.aurora-postgresql16` now, the plan has `alpha001-prod-auroracluster-aurora-postgresql16`");
}

#[tokio::test(start_paused = true)]
async fn another_members_queue_that_somebody_changes_stops_the_run_before_it_interrupts_anything() {
    let because = stopped_by(|client| {
        Box::pin(async move {
            act::queue_class_change(&client, &writer(), &InstanceClass::new("db.r6g.large"))
                .await
                .unwrap();
        })
    })
    .await;
    insta::assert_snapshot!(because, @"before `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterwriter` has DBInstanceClass = db.r6g.large queued now, the plan has DBInstanceClass = db.r7g.large");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deletes_stops_the_run_before_it_interrupts_anything() {
    let because = stopped_by(|client| {
        Box::pin(async move {
            let run = auroractl::names::RunId::new("20260515-060500-prod-0001");
            let snapshot = auroractl::apply::snapshot_id(&run);
            act::delete_snapshot(&client, &snapshot).await.unwrap();
        })
    })
    .await;
    insta::assert_snapshot!(because, @"before `flush alpha001-prod-auroraclusterreader1`: the snapshot that this run made is gone");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_somebody_deletes_while_nobody_looks_ends_the_run_and_is_not_waited_for() {
    let scene = Scene::new(&built_in_with("")).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let left = scene
        .run_heard_by(&plan, &mut |event| {
            if matches!(event, Event::Waiting { action, .. } if action.as_str() == "snapshot") {
                scene.interrupt.send_replace(true);
            }
        })
        .await;
    assert_eq!(left.summary.ending, Ending::Interrupted, "{}", left.told());
    scene.interrupt.send_replace(false);
    tokio::time::sleep(Duration::from_secs(1800)).await;
    let run = &left.summary.run;
    let snapshot = auroractl::apply::snapshot_id(run);
    act::delete_snapshot(&scene.client, &snapshot)
        .await
        .unwrap();
    let again = resumed(&scene, &unfinished(&scene, run), &prod(), &[])
        .await
        .unwrap();
    let Ending::Failed { because, .. } = &again.summary.ending else {
        panic!("{:#?}", again.summary.ending);
    };
    insta::assert_snapshot!(because, @"`snapshot`: AWS accepted the snapshot, and for 185 s there is none; somebody deleted it");
    assert_eq!(interruptions(&scene), Vec::<String>::new());
    // It is over: the next one makes a snapshot of its own.
    let whole = scene
        .run(&scene.plan(&prod(), Options::default()).await)
        .await;
    assert_eq!(whole.summary.ending, Ending::Done, "{}", whole.told());
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_aws_refuses_is_looked_at_again_and_not_asked_for_twice() {
    // The request is late by ten seconds, and the operator's restart of the target comes in between.
    let late = "[[fault]]\nkind = \"slow-reply\"\naction = \"FailoverDBCluster\"\nmoment = \"before\"\nseconds = 10\n";
    let (scene, plan, run) = meddled(
        late,
        "fail over to alpha001-prod-auroraclusterreader1",
        3,
        |client| {
            Box::pin(async move {
                act::reboot(&client, &reader()).await.unwrap();
            })
        },
    )
    .await;
    let Ending::Paused { because } = &run.summary.ending else {
        panic!("{:#?}: {}", run.summary.ending, run.told());
    };
    insta::assert_snapshot!(because, @"
    AWS refused `fail over to alpha001-prod-auroraclusterreader1`, and nothing was interrupted by it: FailoverDBCluster alpha001-prod-auroracluster: InvalidDBInstanceState: The target instance alpha001-prod-auroraclusterreader1 is not in available state. (request ff12a1d8-23d3-0e66-3716-1db9d947245b); the cluster was looked at again since, and is ready for it
    ");
    let failovers = scene
        .changes()
        .iter()
        .filter(|request| request.action == "FailoverDBCluster")
        .count();
    assert_eq!(failovers, 1);
    let mut evidence = scene.evidence(&plan, &run.summary.run);
    // The operator's own restart is not ours to answer for.
    evidence
        .requests
        .retain(|request| request.action != "RebootDBInstance");
    assert_eq!(broken_promises(&evidence), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_as_declared_at_the_end_is_told_and_the_snapshot_is_held() {
    let (scene, plan, run) = meddled("", "verify", 0, |client| {
        Box::pin(async move {
            let value = (
                ParameterName::new("log_statement"),
                "all".to_owned(),
                ApplyMethod::Immediate,
            );
            act::modify_parameters(&client, &ParameterGroupName::new(GROUP), &[value])
                .await
                .unwrap();
        })
    })
    .await;
    let Ending::Failed { because, .. } = &run.summary.ending else {
        panic!("{:#?}: {}", run.summary.ending, run.told());
    };
    insta::assert_snapshot!(because, @"`verify`: still not so after 300 s: `log_statement` is all, expected ddl");
    let kept = run.summary.snapshot.as_ref().unwrap();
    assert_eq!(kept.expires, None);
    let mut evidence = scene.evidence(&plan, &run.summary.run);
    // The operator's own change is the last of its kind.
    let meddling = evidence
        .requests
        .iter()
        .rposition(|request| request.action == "ModifyDBClusterParameterGroup");
    evidence.requests.remove(meddling.unwrap());
    assert_eq!(broken_promises(&evidence), Vec::<String>::new());
}
