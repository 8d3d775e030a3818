//! Kinds of action that the rollouts do not show: resets, Insights, snapshots that are released or whose time is over.

use super::support::{Scene, one_cluster, orders, parameter, prod};
use auroractl::desired::{DatabaseInsights, SnapshotPolicy, Value};
use auroractl::event::Ending;
use auroractl::journal::{Kind as Entry, Outcome};
use auroractl::names::ParameterName;
use auroractl::plan::action::Kind;
use auroractl::plan::{Activation, Options};
use auroractl::sim;
use std::collections::BTreeMap;
use std::time::Duration;

const TAGGED_GROUP: &str = r#"
[[parameter_group]]
account = "111111111111"
name = "orders-16"
family = "aurora-postgresql16"
tags = { "auroractl:partition" = "orders" }
parameters = { work_mem = "8192", log_statement = "all" }
"#;

#[tokio::test(start_paused = true)]
async fn dynamic_values_change_and_leave_without_snapshot_and_without_restart() {
    let world = one_cluster(TAGGED_GROUP, "parameter_group = \"orders-16\"");
    let scene = Scene::new(&world).await;
    let mut desired = orders();
    desired.parameters = BTreeMap::from([(
        ParameterName::new("log_statement"),
        parameter(Value::Text("ddl".to_owned())),
    )]);
    let plan = scene.plan(&desired, Options::default()).await;
    assert_eq!(plan.activation, Activation::NotNeeded);
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    insta::assert_snapshot!(scene.changes_in_short(), @"
    ModifyDBClusterParameterGroup orders-16
    ResetDBClusterParameterGroup orders-16
    ");
    assert!(scene.plan(&desired, Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_aws_refuses_for_a_passing_state_is_a_new_attempt_with_an_intent_of_its_own()
{
    let world = one_cluster(
        &format!("[policies]\nreset_refused_while_propagating = true\n{TAGGED_GROUP}"),
        "parameter_group = \"orders-16\"",
    );
    let scene = Scene::new(&world).await;
    let mut desired = orders();
    desired.parameters = BTreeMap::from([(
        ParameterName::new("log_statement"),
        parameter(Value::Text("ddl".to_owned())),
    )]);
    let plan = scene.plan(&desired, Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    insta::assert_snapshot!(scene.changes_in_short(), @"
    ModifyDBClusterParameterGroup orders-16
    ResetDBClusterParameterGroup orders-16 -> InvalidDBParameterGroupState
    ResetDBClusterParameterGroup orders-16
    ");
    let reset = plan
        .actions
        .iter()
        .find(|action| matches!(action.kind, Kind::ResetParameters { .. }))
        .map(|action| action.id.clone())
        .unwrap();
    let entries: Vec<String> = run
        .journal
        .entries
        .iter()
        .filter(|entry| entry.kind.action() == Some(&reset))
        .map(|entry| match &entry.kind {
            Entry::Intent { attempt, .. } => format!("intent {attempt}"),
            Entry::Failed {
                outcome: Outcome::Known,
                ..
            } => "failed, known".to_owned(),
            other => other.name().to_owned(),
        })
        .collect();
    assert_eq!(
        entries,
        [
            "intent 1",
            "failed, known",
            "intent 2",
            "accepted",
            "finished"
        ]
    );
    assert!(scene.plan(&desired, Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn insights_go_back_to_standard_first_and_shorten_their_retention_once_the_cluster_rests() {
    let world = one_cluster(
        "",
        "database_insights = \"advanced\"\nperformance_insights = true\nperformance_insights_retention_days = 465",
    );
    let scene = Scene::new(&world).await;
    let mut desired = orders();
    desired.cluster.database_insights = Some(DatabaseInsights::Standard);
    desired.cluster.performance_insights_retention_days = Some(7);
    let plan = scene.plan(&desired, Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    insta::assert_snapshot!(scene.changes_in_short(), @"
    ModifyDBCluster orders
    ModifyDBCluster orders
    ");
    insta::assert_snapshot!(run.told(), @"
    set database insights standard: 115 s of 120: Database Insights standard, retention 465 days
    set performance insights retention 7 days: 100 s of 120: Database Insights standard, retention 7 days
    verify: 10 s of 10: 2 members as declared; SQL: 1 live
    ");
    assert!(scene.plan(&desired, Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_deleted_once_every_witness_agrees() {
    let scene = Scene::new(sim::built_in_world()).await;
    let mut plan = scene.plan(&prod(), Options::default()).await;
    for action in &mut plan.actions {
        if let Kind::ReleaseSnapshot { proven, .. } = &mut action.kind {
            *proven = true;
        }
    }
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(run.summary.snapshot, None);
    let last = scene.changes().pop().unwrap();
    assert_eq!(last.action, "DeleteDBClusterSnapshot");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_with_a_declared_time_carries_it_and_a_run_after_that_deletes_it() {
    let scene = Scene::new(sim::built_in_world()).await;
    let mut desired = prod();
    desired.snapshot = SnapshotPolicy::Hours(48);
    let plan = scene.plan(&desired, Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    let kept = run.summary.snapshot.unwrap();
    let released = scene.changes().pop().unwrap();
    assert_eq!(released.action, "AddTagsToResource");
    let hours = (kept.expires.unwrap().as_second() - released.time.as_second()) / 3600;
    assert!((47..=48).contains(&hours), "{hours}");

    tokio::time::sleep(Duration::from_secs(49 * 3600)).await;
    desired.parameters.insert(
        ParameterName::new("log_statement"),
        parameter(Value::Text("mod".to_owned())),
    );
    let clean_up = scene.plan(&desired, Options::default()).await;
    let run = scene.run(&clean_up).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    let last = scene.changes().pop().unwrap();
    assert_eq!(last.action, "DeleteDBClusterSnapshot");
    assert_eq!(
        last.parameters.get("DBClusterSnapshotIdentifier"),
        Some(&kept.snapshot.to_string())
    );
    assert!(scene.plan(&desired, Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_expired_snapshot_that_aws_does_not_let_go_yet_is_asked_for_again() {
    // It is still being made when its time is over.
    let earlier = r#"
[[snapshot]]
identifier = "auroractl-earlier"
cluster = "orders"
status = "creating"
created = "2026-05-15T06:04:00Z"
tags = { "auroractl:partition" = "orders", "auroractl:run" = "earlier", "auroractl:expires" = "2026-05-15T06:04:30Z" }
"#;
    let world = one_cluster(
        &format!("[timings]\nsnapshot = 300\n{TAGGED_GROUP}"),
        "parameter_group = \"orders-16\"",
    );
    let scene = Scene::new(&format!("{world}{earlier}")).await;
    let mut desired = orders();
    desired.parameters = BTreeMap::from([(
        ParameterName::new("log_statement"),
        parameter(Value::Text("ddl".to_owned())),
    )]);
    let plan = scene.plan(&desired, Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    let deletions: Vec<String> = scene
        .changes()
        .iter()
        .filter(|request| request.action == "DeleteDBClusterSnapshot")
        .map(|request| request.error_code.clone().unwrap_or_default())
        .collect();
    assert!(deletions.len() > 1, "{deletions:?}");
    assert_eq!(deletions.last().map(String::as_str), Some(""));
    assert!(
        deletions[..deletions.len() - 1]
            .iter()
            .all(|code| code == "InvalidDBClusterSnapshotStateFault"),
        "{deletions:?}"
    );
}
