//! Drift detection: what it sees, and what it does not.

use super::super::support::refusal;
use super::{NAME, Stacks};

#[tokio::test(start_paused = true)]
async fn drift_detection_is_blind_to_properties_that_the_template_does_not_set() {
    let stacks = Stacks::steady();
    assert_eq!(stacks.drift(NAME).await, ("IN_SYNC".to_owned(), Vec::new()));
    let change = stacks
        .world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .database_insights_mode(aws_sdk_rds::types::DatabaseInsightsMode::Advanced)
        .enable_performance_insights(true)
        .performance_insights_retention_period(465)
        .deletion_protection(true);
    change.send().await.unwrap();
    assert_eq!(stacks.drift(NAME).await, ("IN_SYNC".to_owned(), Vec::new()));
    let change = stacks
        .world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large")
        .apply_immediately(true);
    change.send().await.unwrap();
    super::super::support::pass(900).await;
    let (status, found) = stacks.drift(NAME).await;
    assert_eq!(status, "DRIFTED");
    assert_eq!(
        found,
        ["Reader NOT_EQUAL /DBInstanceClass: db.t3.medium -> db.r7g.large"]
    );
    let delete = stacks
        .world
        .rds
        .delete_db_instance()
        .db_instance_identifier("orders-2");
    delete.send().await.unwrap();
    super::super::support::pass(900).await;
    stacks.drift(NAME).await;
    let drifts = stacks
        .client
        .describe_stack_resource_drifts()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    let deleted: Vec<&str> = drifts
        .stack_resource_drifts()
        .iter()
        .filter(|drift| drift.stack_resource_drift_status().unwrap().as_str() == "DELETED")
        .map(|drift| drift.logical_resource_id().unwrap())
        .collect();
    assert_eq!(deleted, ["Reader"]);
}

#[tokio::test(start_paused = true)]
async fn drift_cannot_be_detected_while_an_update_goes_on() {
    let stacks = Stacks::steady();
    let template = stacks.template(NAME).await;
    stacks
        .update(NAME, &template, &[("Class", "db.r7g.large")])
        .await;
    let detect = stacks
        .client
        .detect_stack_drift()
        .stack_name(NAME)
        .send()
        .await;
    let refused = refusal(detect);
    assert!(
        refused.ends_with("while it is in UPDATE_IN_PROGRESS state."),
        "{refused}"
    );
}
