//! What surprises those who deploy Aurora with CloudFormation. `docs/simulator.md` says which test shows which.

use super::super::support::{pass, refusal};
use super::{NAME, Stacks, with_group};

const TUNED: &str = include_str!("../../../../examples/templates/aurora-tuned.template.json");

/// Members with the seconds at which their engines went down, in order.
fn outages(stacks: &Stacks, from: jiff::Timestamp) -> Vec<String> {
    let mut up = std::collections::BTreeMap::new();
    let mut outages = Vec::new();
    for change in stacks.world.simulator.timeline() {
        let was = up.insert(change.instance.clone(), change.state.engine_up);
        if was == Some(true) && !change.state.engine_up {
            let role = if change.state.writer {
                "writer"
            } else {
                "reader"
            };
            let seconds = change.time.duration_since(from).as_secs();
            outages.push(format!("{} ({role}) after {seconds} s", change.instance));
        }
    }
    outages
}

#[tokio::test(start_paused = true)]
async fn cloudformation_reboots_both_members_by_itself_the_writer_first_when_apply_immediately_is_true()
 {
    let stacks = Stacks::steady();
    // The property is absent, and then it is true.
    let template = stacks.template(NAME).await;
    let silent = template.replace("      ApplyImmediately: !Ref AtOnce\n", "");
    stacks.update(NAME, &silent, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    assert_eq!(stacks.handlers_sent(), Vec::<String>::new());
    let from = stacks.now();
    let template = with_group(&silent, "max_connections: 500");
    stacks.update(NAME, &template, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    insta::assert_snapshot!(outages(&stacks, from).join("\n"), @r"
    orders-1 (writer) after 138 s
    orders-2 (reader) after 232 s
    ");
    insta::assert_snapshot!(stacks.handlers_sent().join("\n"), @r"
    CreateDBClusterParameterGroup orders-stack-group-vumh689bibwm
    ModifyDBClusterParameterGroup orders-stack-group-vumh689bibwm
    ModifyDBCluster orders
    RebootDBInstance orders-1
    RebootDBInstance orders-2
    ");
    // What would have been rebooted by hand has been already.
    let picture = stacks.world.picture("orders").await;
    assert_eq!(picture.matches("in-sync").count(), 2, "{picture}");
    assert!(
        stacks
            .world
            .running("orders-1")
            .contains(&"max_connections=500".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn with_apply_immediately_false_the_stack_completes_and_only_the_queue_has_changed() {
    let stacks = Stacks::steady();
    let template = stacks.template(NAME).await;
    stacks.update(NAME, &template, &[("AtOnce", "false")]).await;
    stacks.rest(NAME).await;
    pass(600).await;
    let from = stacks.now();
    let template = with_group(&template, "max_connections: 500");
    let wanted = [("Class", "db.r7g.large"), ("AtOnce", "false")];
    stacks.update(NAME, &template, &wanted).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    insta::assert_snapshot!(stacks.events(NAME, from).await.join("\n"), @r"
      0 orders-stack UPDATE_IN_PROGRESS User Initiated
      2 Group CREATE_IN_PROGRESS
      4 Group CREATE_IN_PROGRESS Resource creation Initiated
     10 Group CREATE_COMPLETE
     12 Cluster UPDATE_IN_PROGRESS
    104 Cluster UPDATE_COMPLETE
    106 Writer UPDATE_IN_PROGRESS
    138 Writer UPDATE_COMPLETE
    140 Reader UPDATE_IN_PROGRESS
    172 Reader UPDATE_COMPLETE
    174 orders-stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
    176 orders-stack UPDATE_COMPLETE
    ");
    assert_eq!(outages(&stacks, from), Vec::<String>::new());
    insta::assert_snapshot!(stacks.world.picture("orders").await, @r"
    orders available; orders-1 writer available db.t3.medium -> db.r7g.large pending-reboot; orders-2 reader available db.t3.medium -> db.r7g.large pending-reboot
    ");
}

#[tokio::test(start_paused = true)]
async fn the_same_template_restarts_the_members_of_one_partition_and_not_of_another() {
    let mut seen = Vec::new();
    for (profile, infrastructure, partition) in [
        ("Alpha002-Admin", "Alpha002", "dev"),
        ("Alpha002-Admin", "Alpha002", "stage"),
        ("Admin-Alpha1", "Alpha001", "demo"),
        ("Admin-Alpha1", "Alpha001", "prod"),
    ] {
        let stacks = Stacks::example("four-partitions-with-stacks", profile);
        let from = stacks.now();
        let name = format!("{infrastructure}-{partition}-AuroraDBCluster");
        stacks.update(&name, TUNED, &[]).await;
        assert_eq!(stacks.rest(&name).await, "UPDATE_COMPLETE");
        let who: Vec<String> = outages(&stacks, from)
            .iter()
            .map(|outage| outage.split(" after").next().unwrap().to_owned())
            .collect();
        seen.push(format!("{partition}: {}", who.join(", ")));
        assert_eq!(
            stacks.drift(&name).await,
            ("IN_SYNC".to_owned(), Vec::new())
        );
    }
    insta::assert_snapshot!(seen.join("\n"), @r"
    dev: alpha002-dev-auroraclusterwriter (writer), alpha002-dev-auroraclusterreader1 (reader)
    stage: alpha002-stage-auroraclusterwriter (writer), alpha002-stage-auroraclusterreader1 (reader)
    demo: alpha001-demo-auroraclusterwriter (writer), alpha001-demo-auroraclusterreader1 (reader)
    prod:
    ");
}

#[tokio::test(start_paused = true)]
async fn drift_in_a_property_that_no_template_sets_breaks_the_update_and_its_rollback() {
    let stacks = Stacks::example("prod-with-insights-drift", "Admin-Alpha1");
    let name = "Alpha001-prod-AuroraDBCluster";
    let from = stacks.now();
    stacks
        .update(name, TUNED, &[("InstanceClass", "db.r7g.large")])
        .await;
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_FAILED");
    let events = stacks.events(name, from).await;
    let failed: Vec<&String> = events
        .iter()
        .filter(|event| event.contains("_FAILED") || event.contains("ROLLBACK"))
        .collect();
    assert_eq!(failed.len(), 4, "{events:#?}");
    for event in &failed {
        assert!(event.contains("AuroraPostgresCluster5E9B1A77"), "{event}");
    }
    assert!(
        failed[0]
            .contains("set the retention period for Performance Insights to at least 465 days")
    );
    assert!(failed[0].contains("HandlerErrorCode: InvalidRequest"));
    // Database and clients have noticed nothing.
    assert_eq!(outages(&stacks, from), Vec::<String>::new());
    let cluster = stacks.world.cluster("alpha001-prod-auroracluster").await;
    assert_eq!(
        cluster.db_cluster_parameter_group(),
        Some("default.aurora-postgresql16")
    );
    assert_eq!(cluster.performance_insights_retention_period(), Some(465));
    // Nothing can be updated now; only the way back is open.
    let again = stacks
        .client
        .update_stack()
        .stack_name(name)
        .use_previous_template(true)
        .send();
    let refused = refusal(again.await);
    assert!(
        refused.ends_with("is in UPDATE_ROLLBACK_FAILED state and can not be updated."),
        "{refused}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_mode_must_be_standard_again_before_the_rollback_can_go_on() {
    let stacks = Stacks::example("prod-with-insights-drift", "Admin-Alpha1");
    let name = "Alpha001-prod-AuroraDBCluster";
    stacks.update(name, TUNED, &[]).await;
    stacks.rest(name).await;
    let go_on = || {
        stacks
            .client
            .continue_update_rollback()
            .stack_name(name)
            .send()
    };
    go_on().await.unwrap();
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_FAILED");
    let standard = stacks
        .world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("alpha001-prod-auroracluster")
        .database_insights_mode(aws_sdk_rds::types::DatabaseInsightsMode::Standard)
        .apply_immediately(true);
    standard.send().await.unwrap();
    pass(300).await;
    let from = stacks.now();
    go_on().await.unwrap();
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_COMPLETE");
    insta::assert_snapshot!(
        stacks.events(name, from).await.iter().map(|event| event.get(5..).unwrap()).collect::<Vec<_>>().join("\n"), @r"
    Alpha001-prod-AuroraDBCluster UPDATE_ROLLBACK_IN_PROGRESS User Initiated
    AuroraPostgresCluster5E9B1A77 UPDATE_IN_PROGRESS
    AuroraPostgresCluster5E9B1A77 UPDATE_COMPLETE
    Alpha001-prod-AuroraDBCluster UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
    AuroraPostgresClusterClusterParameterGroupED1EB2F9 DELETE_IN_PROGRESS
    AuroraPostgresClusterClusterParameterGroupED1EB2F9 DELETE_COMPLETE
    Alpha001-prod-AuroraDBCluster UPDATE_ROLLBACK_COMPLETE
    ");
    let cluster = stacks.world.cluster("alpha001-prod-auroracluster").await;
    assert_eq!(cluster.performance_insights_retention_period(), Some(7));
    assert_eq!(stacks.drift(name).await, ("IN_SYNC".to_owned(), Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn changing_insights_lets_a_continued_rollback_fail_until_the_cluster_is_available() {
    let stacks = Stacks::example("prod-with-insights-drift", "Admin-Alpha1");
    let name = "Alpha001-prod-AuroraDBCluster";
    stacks.update(name, TUNED, &[]).await;
    stacks.rest(name).await;
    let standard = stacks
        .world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("alpha001-prod-auroracluster")
        .database_insights_mode(aws_sdk_rds::types::DatabaseInsightsMode::Standard);
    standard.send().await.unwrap();
    let go_on = || {
        stacks
            .client
            .continue_update_rollback()
            .stack_name(name)
            .send()
    };
    go_on().await.unwrap();
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_FAILED");
    let resource = stacks
        .client
        .describe_stack_resource()
        .stack_name(name)
        .logical_resource_id("AuroraPostgresCluster5E9B1A77")
        .send()
        .await
        .unwrap();
    let reason = resource
        .stack_resource_detail()
        .unwrap()
        .resource_status_reason()
        .unwrap()
        .to_owned();
    assert!(
        reason.contains("DB cluster isn't available for modification with status configuring-enhanced-monitoring"),
        "{reason}"
    );
    assert!(
        reason.contains("HandlerErrorCode: ResourceConflict"),
        "{reason}"
    );
    pass(300).await;
    go_on().await.unwrap();
    assert_eq!(stacks.rest(name).await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn the_same_update_again_has_nothing_to_do_and_restarts_nobody() {
    let stacks = Stacks::steady();
    let template = with_group(&stacks.template(NAME).await, "max_connections: 500");
    stacks.update(NAME, &template, &[]).await;
    stacks.rest(NAME).await;
    pass(600).await;
    let (from, sent) = (stacks.now(), stacks.handlers_sent().len());
    let before = outages(&stacks, from).len();
    let again = stacks
        .client
        .update_stack()
        .stack_name(NAME)
        .template_body(&template)
        .send();
    assert_eq!(
        refusal(again.await),
        "ValidationError 400: No updates are to be performed."
    );
    let change_set = stacks
        .client
        .create_change_set()
        .stack_name(NAME)
        .change_set_name("again")
        .template_body(&template);
    change_set.send().await.unwrap();
    pass(30).await;
    let described = stacks
        .client
        .describe_change_set()
        .stack_name(NAME)
        .change_set_name("again")
        .send();
    let described = described.await.unwrap();
    assert_eq!(described.status().unwrap().as_str(), "FAILED");
    assert_eq!(
        described.status_reason(),
        Some(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
    );
    // Another template with the group attached: its cluster is not touched, and nobody restarts once more.
    let other = template.replace(
        "Description: slow queries",
        "Description: slow queries\n      Tags: [{Key: team, Value: data}]",
    );
    stacks.update(NAME, &other, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    pass(600).await;
    assert_eq!(outages(&stacks, from).len(), before);
    let later: Vec<String> = stacks.handlers_sent().into_iter().skip(sent).collect();
    assert_eq!(later.len(), 1, "{later:?}");
    assert!(later[0].starts_with("AddTagsToResource"), "{later:?}");
}

#[tokio::test(start_paused = true)]
async fn an_absent_stack_is_a_validation_error_and_a_deleted_one_is_found_by_its_arn_only() {
    let stacks = Stacks::steady();
    let client = &stacks.client;
    let refused = [
        refusal(client.describe_stacks().stack_name("none").send().await),
        refusal(
            client
                .describe_stack_events()
                .stack_name("none")
                .send()
                .await,
        ),
        refusal(
            client
                .describe_stack_resources()
                .stack_name("none")
                .send()
                .await,
        ),
        refusal(
            client
                .update_stack()
                .stack_name("none")
                .use_previous_template(true)
                .send()
                .await,
        ),
        refusal(client.list_change_sets().stack_name("none").send().await),
        refusal(
            client
                .continue_update_rollback()
                .stack_name("none")
                .send()
                .await,
        ),
        refusal(
            client
                .describe_stack_resource()
                .stack_name(NAME)
                .logical_resource_id("None")
                .send()
                .await,
        ),
        refusal(
            client
                .describe_change_set()
                .stack_name(NAME)
                .change_set_name("none")
                .send()
                .await,
        ),
        refusal(
            client
                .create_stack()
                .stack_name(NAME)
                .template_body("x")
                .send()
                .await,
        ),
    ];
    insta::assert_snapshot!(refused.join("\n"), @r"
    ValidationError 400: Stack with id none does not exist
    ValidationError 400: Stack with id none does not exist
    ValidationError 400: Stack with id none does not exist
    ValidationError 400: Stack [none] does not exist
    ValidationError 400: Stack [none] does not exist
    ValidationError 400: Stack [none] does not exist
    ValidationError 400: Resource None does not exist for stack orders-stack
    ChangeSetNotFound 404: ChangeSet [none] does not exist
    AlreadyExistsException 400: Stack [orders-stack] already exists
    ");
    let topic = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}";
    let made = client
        .create_stack()
        .stack_name("short")
        .template_body(topic)
        .send()
        .await;
    let id = made.unwrap().stack_id().unwrap().to_owned();
    assert_eq!(stacks.rest("short").await, "CREATE_COMPLETE");
    client
        .delete_stack()
        .stack_name("short")
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.rest(&id).await, "DELETE_COMPLETE");
    assert_eq!(
        refusal(client.describe_stacks().stack_name("short").send().await),
        "ValidationError 400: Stack with id short does not exist"
    );
}
