//! What each changing call sends, and how often.

use super::wire::{Wire, refusal, success};
use crate::aws::act::{self, ApplyMethod};
use crate::aws::client::Client;
use crate::aws::error::ErrorKind;
use crate::names::{
    ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId,
};
use std::collections::BTreeMap;

fn obliging() -> Wire {
    Wire::new(|form, _| success(&form["Action"], ""))
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn each_change_sends_exactly_what_its_name_says() {
    let wire = obliging();
    let client = wire.client().await;
    let cluster = ClusterId::new("orders");
    let instance = InstanceId::new("orders-2");
    let class = InstanceClass::new("db.r7g.large");
    let group = ParameterGroupName::new("orders-16");
    let snapshot = SnapshotId::new("auroractl-1");
    let tags = BTreeMap::from([("auroractl:partition".to_owned(), "prod".to_owned())]);
    let max_connections = ParameterName::new("max_connections");
    let work_mem = ParameterName::new("work_mem");
    act::create_snapshot(&client, &cluster, &snapshot, &tags)
        .await
        .unwrap();
    act::create_parameter_group(
        &client,
        &group,
        &Family::new("aurora-postgresql16"),
        "for orders",
        &tags,
    )
    .await
    .unwrap();
    act::modify_parameters(
        &client,
        &group,
        &[
            (
                max_connections.clone(),
                "500".to_owned(),
                ApplyMethod::PendingReboot,
            ),
            (work_mem, "9".to_owned(), ApplyMethod::Immediate),
        ],
    )
    .await
    .unwrap();
    act::reset_parameters(
        &client,
        &group,
        &[(max_connections, ApplyMethod::PendingReboot)],
    )
    .await
    .unwrap();
    act::attach_parameter_group(&client, &cluster, &group, true)
        .await
        .unwrap();
    act::modify_insights(&client, &cluster, Some("advanced"), Some(true), Some(465))
        .await
        .unwrap();
    act::modify_insights(&client, &cluster, Some("standard"), None, None)
        .await
        .unwrap();
    act::queue_class_change(&client, &instance, &class)
        .await
        .unwrap();
    act::flush(&client, &instance).await.unwrap();
    act::change_class(&client, &instance, &class).await.unwrap();
    act::reboot(&client, &instance).await.unwrap();
    act::failover(&client, &cluster, &instance).await.unwrap();
    act::tag(&client, "arn:snapshot", &tags).await.unwrap();
    let accepted = act::delete_snapshot(&client, &snapshot).await.unwrap();
    assert_eq!(accepted.request_id.as_deref(), Some("request-1"));
    assert_eq!(accepted.at.to_string(), "2026-05-15T06:05:00Z");
    assert_eq!(
        wire.requests(),
        [
            "Action=CreateDBClusterSnapshot DBClusterIdentifier=orders DBClusterSnapshotIdentifier=auroractl-1 \
             Tags.Tag.1.Key=auroractl:partition Tags.Tag.1.Value=prod",
            "Action=CreateDBClusterParameterGroup DBClusterParameterGroupName=orders-16 \
             DBParameterGroupFamily=aurora-postgresql16 Description=for orders \
             Tags.Tag.1.Key=auroractl:partition Tags.Tag.1.Value=prod",
            "Action=ModifyDBClusterParameterGroup DBClusterParameterGroupName=orders-16 \
             Parameters.Parameter.1.ApplyMethod=pending-reboot \
             Parameters.Parameter.1.ParameterName=max_connections Parameters.Parameter.1.ParameterValue=500 \
             Parameters.Parameter.2.ApplyMethod=immediate \
             Parameters.Parameter.2.ParameterName=work_mem Parameters.Parameter.2.ParameterValue=9",
            "Action=ResetDBClusterParameterGroup DBClusterParameterGroupName=orders-16 \
             Parameters.Parameter.1.ApplyMethod=pending-reboot Parameters.Parameter.1.ParameterName=max_connections",
            "Action=ModifyDBCluster ApplyImmediately=true DBClusterIdentifier=orders \
             DBClusterParameterGroupName=orders-16",
            "Action=ModifyDBCluster ApplyImmediately=true DBClusterIdentifier=orders DatabaseInsightsMode=advanced \
             EnablePerformanceInsights=true PerformanceInsightsRetentionPeriod=465",
            "Action=ModifyDBCluster ApplyImmediately=true DBClusterIdentifier=orders DatabaseInsightsMode=standard",
            "Action=ModifyDBInstance ApplyImmediately=false DBInstanceClass=db.r7g.large \
             DBInstanceIdentifier=orders-2",
            "Action=ModifyDBInstance ApplyImmediately=true DBInstanceIdentifier=orders-2",
            "Action=ModifyDBInstance ApplyImmediately=true DBInstanceClass=db.r7g.large \
             DBInstanceIdentifier=orders-2",
            "Action=RebootDBInstance DBInstanceIdentifier=orders-2",
            "Action=FailoverDBCluster DBClusterIdentifier=orders TargetDBInstanceIdentifier=orders-2",
            "Action=AddTagsToResource ResourceName=arn:snapshot \
             Tags.Tag.1.Key=auroractl:partition Tags.Tag.1.Value=prod",
            "Action=DeleteDBClusterSnapshot DBClusterSnapshotIdentifier=auroractl-1",
        ]
    );
}

async fn reboot(client: &Client) -> Result<act::Accepted, crate::aws::Error> {
    act::reboot(client, &InstanceId::new("orders-2")).await
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_throttled_change_is_sent_again_until_it_is_taken() {
    for (status, code) in [
        (400, "Throttling"),
        (400, "ThrottlingException"),
        (503, "RequestLimitExceeded"),
    ] {
        let wire = Wire::new(move |_, before| match before {
            0 | 1 => refusal(status, code, "Rate exceeded"),
            _ => success("RebootDBInstance", ""),
        });
        reboot(&wire.client().await).await.unwrap();
        assert_eq!(wire.requests().len(), 3, "{code}");
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_change_that_stays_throttled_gives_up_after_eight_requests_and_a_minute() {
    let wire = Wire::new(|_, _| refusal(400, "Throttling", "Rate exceeded"));
    let client = wire.client().await;
    let began = tokio::time::Instant::now();
    let error = reboot(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.outcome_is_known());
    assert_eq!(wire.requests().len(), 8);
    // 0.5 + 1 + 2 + 4 + 8 + 16 + 20
    assert_eq!(began.elapsed().as_millis(), 51_500);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn no_other_failure_of_a_change_is_ever_sent_again() {
    for (status, code, known) in [
        (500, "InternalFailure", false),
        (503, "ServiceUnavailable", false),
        (400, "RequestTimeout", false),
        (400, "InvalidDBInstanceState", true),
        (400, "InvalidParameterCombination", true),
        (403, "ExpiredToken", true),
        (403, "RequestTimeTooSkewed", true),
        (404, "DBInstanceNotFound", true),
    ] {
        let wire = Wire::new(move |_, _| refusal(status, code, "no"));
        let error = reboot(&wire.client().await).await.unwrap_err();
        assert_eq!(wire.requests().len(), 1, "{code}");
        assert_eq!(error.outcome_is_known(), known, "{code}");
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_change_whose_success_cannot_be_read_is_of_unknown_outcome() {
    let wire = Wire::new(|_, _| (200, "<html>hello</html>".to_owned()));
    let client = wire.client().await;
    let error = act::failover(
        &client,
        &ClusterId::new("orders"),
        &InstanceId::new("orders-2"),
    )
    .await
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert!(!error.outcome_is_known());
    assert_eq!(wire.requests().len(), 1);
}
