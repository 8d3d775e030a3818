//! Updates that fail, are cancelled, are not undone, or are undone only in part.

use super::super::support::{pass, refusal};
use super::{NAME, Stacks, with_group};

/// An update that fails at the reader, after the cluster and the writer have been changed.
async fn fails_late(stacks: &Stacks, disable_rollback: bool) {
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    let template = template.replace(
        "DBInstanceIdentifier: orders-2\n      DBInstanceClass: !Ref Class",
        "DBInstanceIdentifier: orders-2\n      DBInstanceClass: db.huge",
    );
    let update = stacks
        .client
        .update_stack()
        .stack_name(NAME)
        .template_body(template)
        .disable_rollback(disable_rollback);
    update.send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_is_undone_resource_by_resource_and_what_it_made_goes_in_the_end() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    fails_late(&stacks, false).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
    let events = stacks.events(NAME, from).await.join("\n");
    let uuid = regex::Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}").unwrap();
    insta::assert_snapshot!(uuid.replace_all(&events, "UUID"), @r#"
      0 orders-stack UPDATE_IN_PROGRESS User Initiated
      2 Group CREATE_IN_PROGRESS
      4 Group CREATE_IN_PROGRESS Resource creation Initiated
     10 Group CREATE_COMPLETE
     12 Cluster UPDATE_IN_PROGRESS
    104 Cluster UPDATE_COMPLETE
    106 Writer UPDATE_IN_PROGRESS
    198 Writer UPDATE_COMPLETE
    200 Reader UPDATE_IN_PROGRESS
    202 Reader UPDATE_FAILED Resource handler returned message: "Invalid DB Instance class: db.huge (Service: Rds, Status Code: 400, Request ID: UUID)" (RequestToken: UUID, HandlerErrorCode: InvalidRequest)
    204 orders-stack UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Reader].
    206 Cluster UPDATE_IN_PROGRESS
    298 Cluster UPDATE_COMPLETE
    300 Writer UPDATE_IN_PROGRESS
    392 Writer UPDATE_COMPLETE
    394 Reader UPDATE_IN_PROGRESS
    426 Reader UPDATE_COMPLETE
    428 orders-stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
    430 Group DELETE_IN_PROGRESS
    432 Group DELETE_COMPLETE
    434 orders-stack UPDATE_ROLLBACK_COMPLETE
    "#);
    let cluster = stacks.world.cluster("orders").await;
    assert_eq!(
        cluster.db_cluster_parameter_group(),
        Some("default.aurora-postgresql16")
    );
    let groups = stacks
        .world
        .raw("Action=DescribeDBClusterParameterGroups")
        .await;
    assert_eq!(groups, "200");
    let sent = stacks.handlers_sent();
    assert!(
        sent.last()
            .unwrap()
            .starts_with("DeleteDBClusterParameterGroup orders-stack-group-"),
        "{sent:#?}"
    );
    assert!(!stacks.template(NAME).await.contains("db.huge"));
}

#[tokio::test(start_paused = true)]
async fn without_rollback_the_stack_stays_failed_until_it_is_rolled_back_by_hand() {
    let stacks = Stacks::steady();
    fails_late(&stacks, true).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_FAILED");
    let cluster = stacks.world.cluster("orders").await;
    assert!(
        cluster
            .db_cluster_parameter_group()
            .unwrap()
            .starts_with("orders-stack-group-")
    );
    stacks
        .client
        .rollback_stack()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
    let cluster = stacks.world.cluster("orders").await;
    assert_eq!(
        cluster.db_cluster_parameter_group(),
        Some("default.aurora-postgresql16")
    );
    let refused = stacks.client.rollback_stack().stack_name(NAME).send().await;
    assert!(
        refusal(refused)
            .ends_with("is in UPDATE_ROLLBACK_COMPLETE state and can not be rolled back.")
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_after_a_failed_one_goes_on_and_its_rollback_leads_back_to_before_both() {
    let stacks = Stacks::steady();
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    fails_late(&stacks, true).await;
    stacks.rest(NAME).await;
    pass(600).await;
    stacks.update(NAME, &template, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    let picture = stacks.world.picture("orders").await;
    assert_eq!(picture.matches("in-sync").count(), 2, "{picture}");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_update_is_undone() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    stacks.update(NAME, &template, &[]).await;
    pass(60).await;
    stacks
        .client
        .cancel_update_stack()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
    insta::assert_snapshot!(stacks.events(NAME, from).await.join("\n"), @r"
      0 orders-stack UPDATE_IN_PROGRESS User Initiated
      2 Group CREATE_IN_PROGRESS
      4 Group CREATE_IN_PROGRESS Resource creation Initiated
     10 Group CREATE_COMPLETE
     12 Cluster UPDATE_IN_PROGRESS
     60 Cluster UPDATE_FAILED Resource update cancelled
     60 orders-stack UPDATE_ROLLBACK_IN_PROGRESS User Initiated
     62 Cluster UPDATE_IN_PROGRESS
    154 Cluster UPDATE_COMPLETE
    156 orders-stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
    158 Group DELETE_IN_PROGRESS
    160 Group DELETE_COMPLETE
    162 orders-stack UPDATE_ROLLBACK_COMPLETE
    ");
    let refused = stacks
        .client
        .cancel_update_stack()
        .stack_name(NAME)
        .send()
        .await;
    assert_eq!(
        refusal(refused),
        "ValidationError 400: CancelUpdateStack cannot be called from current stack status"
    );
}

#[tokio::test(start_paused = true)]
async fn a_skipped_resource_counts_as_updated_although_it_is_not() {
    let stacks = Stacks::with(
        "database_insights = \"advanced\"\nperformance_insights = true\nperformance_insights_retention_days = 465\n",
    );
    let template = stacks.template(NAME).await;
    let doomed = template.replace(
        "EngineVersion: '16.6'",
        "EngineVersion: '16.6', PerformanceInsightsRetentionPeriod: 7",
    );
    stacks.update(NAME, &doomed, &[]).await;
    // The former template says nothing of the retention, so that its rollback succeeds.
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");

    let stacks = Stacks::example("prod-with-insights-drift", "Admin-Alpha1");
    let (name, cluster) = (
        "Alpha001-prod-AuroraDBCluster",
        "AuroraPostgresCluster5E9B1A77",
    );
    let tuned = include_str!("../../../../examples/templates/aurora-tuned.template.json");
    stacks.update(name, tuned, &[]).await;
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_FAILED");
    let go_on = |resource: &str| {
        stacks
            .client
            .continue_update_rollback()
            .stack_name(name)
            .resources_to_skip(resource)
            .send()
    };
    let refused = refusal(go_on("ConnectionsAlarm9D30C1E8").await);
    assert!(
        refused.contains("Resource ConnectionsAlarm9D30C1E8 cannot be skipped"),
        "{refused}"
    );
    go_on(cluster).await.unwrap();
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_COMPLETE");
    let (status, found) = stacks.drift(name).await;
    assert_eq!(status, "DRIFTED");
    assert_eq!(
        found,
        [format!(
            "{cluster} NOT_EQUAL /PerformanceInsightsRetentionPeriod: 7 -> 465"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_runs_beside_a_failed_one_is_cancelled() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    let template = stacks
        .template(NAME)
        .await
        .replace("    DependsOn: Writer\n", "");
    let both = template.replace(
        "DBInstanceIdentifier: orders-1\n      DBInstanceClass: !Ref Class",
        "DBInstanceIdentifier: orders-1\n      DBInstanceClass: db.r7g.large",
    );
    let both = both.replace(
        "DBInstanceIdentifier: orders-2\n      DBInstanceClass: !Ref Class",
        "DBInstanceIdentifier: orders-2\n      DBInstanceClass: db.huge",
    );
    stacks.update(NAME, &both, &[]).await;
    pass(10).await;
    let events = stacks.events(NAME, from).await.join("\n");
    assert!(
        events.contains("Writer UPDATE_FAILED Resource update cancelled"),
        "{events}"
    );
    assert!(
        events.contains("UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Reader, Writer]."),
        "{events}"
    );
    // The change that RDS has accepted goes on all the same.
    stacks.rest(NAME).await;
    pass(2_000).await;
    assert!(
        stacks
            .world
            .picture("orders")
            .await
            .starts_with("orders available")
    );
}

#[tokio::test(start_paused = true)]
async fn a_throttled_handler_asks_again_and_a_failing_one_does_not() {
    let stacks = Stacks::steady();
    let throttling = r#"{"kind": "throttling", "action": "ModifyDBCluster", "count": 3}"#;
    stacks.world.simulator.declare_fault(throttling).unwrap();
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    stacks.update(NAME, &template, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    let throttled = stacks.handlers_sent();
    let throttled = throttled
        .iter()
        .filter(|sent| sent.ends_with(": Throttling"));
    assert_eq!(throttled.count(), 3);

    let internal =
        r#"{"kind": "internal-failure", "action": "ModifyDBClusterParameterGroup", "count": 1}"#;
    stacks.world.simulator.declare_fault(internal).unwrap();
    let other = template.replace("log_statement: ddl", "log_statement: all");
    stacks.update(NAME, &other, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
}
