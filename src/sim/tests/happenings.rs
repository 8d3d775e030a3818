//! What happens by itself: members that fall ill, AWS's maintenance, and somebody else at work.

use super::faults::{told, world_with};
use super::support::{STEADY, World, pass, refusal};
use crate::sim::faults::Declaration;

async fn reboot(world: &World, instance: &str) {
    let request = world.rds.reboot_db_instance();
    let sent = request.db_instance_identifier(instance).send();
    sent.await.unwrap();
}

/// The picture of the cluster at these seconds of the world.
async fn pictures(world: &World, seconds: &[u64]) -> Vec<String> {
    let mut now = 0;
    let mut seen = Vec::new();
    for second in seconds {
        pass(second - now).await;
        now = *second;
        let picture = world.picture("orders").await;
        let up = ["orders-1", "orders-2"].map(|member| u8::from(world.engine_up(member)));
        seen.push(format!("{second}: {picture}; up {up:?}"));
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn a_reader_falls_ill_at_its_time_and_recovers_or_does_not() {
    let world = world_with(&[
        r#"{"kind": "member-status", "instance": "orders-2", "status": "storage-full", "from": 60, "seconds": 120}"#,
    ]);
    let mut seen = pictures(&world, &[50, 70, 190]).await;
    seen.extend(world.events());
    seen.extend(told(&world));
    insta::assert_snapshot!(seen.join("\n"), @"
    50: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
    70: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader storage-full db.t3.medium in-sync; up [1, 0]
    190: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
      60 RDS-EVENT-0004 orders-2: DB instance shutdown
      60 RDS-EVENT-0007 orders-2: Allocated storage has been exhausted. Allocate additional storage to resolve.
     180 RDS-EVENT-0006 orders-2: DB instance restarted
     180 RDS-EVENT-0021 orders-2: Recovery of the DB instance is complete.
    60: orders-2, fault 1: orders-2 became storage-full
    180: orders-2, fault 1: orders-2 recovered
    ");
    let world = world_with(&[
        r#"{"kind": "member-status", "cluster": "orders", "instance": "$reader", "status": "failed", "from": 60}"#,
    ]);
    let seen = pictures(&world, &[50, 70, 90_000]).await;
    insta::assert_snapshot!(seen.join("\n"), @"
    50: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
    70: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader failed db.t3.medium in-sync; up [1, 0]
    90000: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader failed db.t3.medium in-sync; up [1, 0]
    ");
    let reboot = world.rds.reboot_db_instance();
    let refused = reboot.db_instance_identifier("orders-2").send().await;
    assert!(refusal(refused).starts_with("InvalidDBInstanceState"));
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_fails_after_a_request_is_replaced_by_a_reader() {
    let world = world_with(&[
        r#"{"kind": "member-status", "cluster": "orders", "instance": "$writer", "status": "failed", "seconds": 300,
            "action": "AddTagsToResource", "delay_seconds": 10}"#,
    ]);
    let tag = world.rds.add_tags_to_resource();
    let tag = tag.resource_name("arn:aws:rds:us-east-1:123456789012:cluster:orders");
    let key = aws_sdk_rds::types::Tag::builder()
        .key("a")
        .value("b")
        .build();
    tag.tags(key).send().await.unwrap();
    let mut seen = pictures(&world, &[5, 15, 25, 60, 320]).await;
    seen.extend(world.events());
    seen.extend(told(&world));
    insta::assert_snapshot!(seen.join("\n"), @"
    5: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
    15: orders failing-over; orders-1 writer failed db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [0, 1]
    25: orders failing-over; orders-1 reader failed db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync; up [0, 1]
    60: orders available; orders-1 reader failed db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync; up [0, 1]
    320: orders available; orders-1 reader available db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync; up [1, 1]
      10 RDS-EVENT-0004 orders-1: DB instance shutdown
      10 RDS-EVENT-0031 orders-1: DB instance put into failed state. RDS recommends that you initiate a point-in-time-restore.
      10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
      33 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-2
     310 RDS-EVENT-0006 orders-1: DB instance restarted
     310 RDS-EVENT-0021 orders-1: Recovery of the DB instance is complete.
    10: orders-1, fault 1: orders-1 became failed
    310: orders-1, fault 1: orders-1 recovered
    ");
}

#[tokio::test(start_paused = true)]
async fn maintenance_waits_until_nothing_else_goes_on() {
    let world = world_with(&[
        r#"{"kind": "maintenance", "instance": "orders-2", "from": 10}"#,
        r#"{"kind": "maintenance", "cluster": "orders", "from": 400, "seconds": 60}"#,
    ]);
    reboot(&world, "orders-2").await;
    let mut seen = pictures(&world, &[20, 41, 190, 410, 461]).await;
    seen.extend(world.events());
    seen.extend(told(&world));
    insta::assert_snapshot!(seen.join("\n"), @"
    20: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader rebooting db.t3.medium in-sync; up [1, 0]
    41: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader maintenance db.t3.medium in-sync; up [1, 0]
    190: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
    410: orders maintenance; orders-1 writer maintenance db.t3.medium in-sync; orders-2 reader maintenance db.t3.medium in-sync; up [0, 0]
    461: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync; up [1, 1]
       0 RDS-EVENT-0004 orders-2: DB instance shutdown
      35 RDS-EVENT-0006 orders-2: DB instance restarted
      40 RDS-EVENT-0026 orders-2: Applying off-line patches to DB instance
      40 RDS-EVENT-0004 orders-2: DB instance shutdown
     160 RDS-EVENT-0006 orders-2: DB instance restarted
     160 RDS-EVENT-0027 orders-2: Finished applying off-line patches to DB instance
     400 RDS-EVENT-0288 orders: Cluster operating system upgrade starting.
     400 RDS-EVENT-0026 orders-1: Applying off-line patches to DB instance
     400 RDS-EVENT-0004 orders-1: DB instance shutdown
     400 RDS-EVENT-0026 orders-2: Applying off-line patches to DB instance
     400 RDS-EVENT-0004 orders-2: DB instance shutdown
     460 RDS-EVENT-0006 orders-1: DB instance restarted
     460 RDS-EVENT-0027 orders-1: Finished applying off-line patches to DB instance
     460 RDS-EVENT-0006 orders-2: DB instance restarted
     460 RDS-EVENT-0027 orders-2: Finished applying off-line patches to DB instance
     460 RDS-EVENT-0289 orders: Cluster operating system upgrade completed.
    40: orders-2, fault 1: AWS began to maintain orders-2
    400: orders-1, fault 2: AWS began to maintain orders-1
    400: orders-2, fault 2: AWS began to maintain orders-2
    ");
}

/// What an operator does, declared with these keys beside `kind` and `cluster`.
async fn operated(keys: &str, seconds: u64) -> (World, Vec<String>) {
    let world = World::new(&format!(
        "{STEADY}\n[[snapshot]]\nidentifier = \"before\"\ncluster = \"orders\"\n\
         [[parameter_group]]\nname = \"other\"\nfamily = \"aurora-postgresql16\"\n"
    ));
    let declaration: Declaration = serde_json::from_str(&format!(
        r#"{{"kind": "operator", "cluster": "orders", "from": 10, {keys}}}"#
    ))
    .unwrap();
    world.simulator.declare(declaration).unwrap();
    pass(seconds).await;
    let told = told(&world);
    (world, told)
}

#[tokio::test(start_paused = true)]
async fn an_operator_does_what_any_client_could() {
    let mut seen = Vec::new();
    for keys in [
        r#""does": "RebootDBInstance", "parameters": {"DBInstanceIdentifier": "$reader"}"#,
        r#""does": "FailoverDBCluster", "parameters": {"DBClusterIdentifier": "orders", "TargetDBInstanceIdentifier": "$reader"}"#,
        r#""does": "ModifyDBInstance", "parameters": {"DBInstanceIdentifier": "$writer", "DBInstanceClass": "db.r7g.large"}"#,
        r#""does": "ModifyDBInstance", "parameters": {"DBInstanceIdentifier": "$writer", "DBInstanceClass": "db.r7g.large", "ApplyImmediately": "true"}"#,
        r#""does": "DeleteDBInstance", "parameters": {"DBInstanceIdentifier": "$reader"}"#,
        r#""does": "CreateDBInstance", "parameters": {"DBInstanceIdentifier": "extra", "DBClusterIdentifier": "orders", "Engine": "aurora-postgresql", "DBInstanceClass": "db.t3.medium"}"#,
        r#""does": "DeleteDBClusterSnapshot", "parameters": {"DBClusterSnapshotIdentifier": "$snapshot"}"#,
        r#""does": "ModifyDBCluster", "parameters": {"DBClusterIdentifier": "orders", "DBClusterParameterGroupName": "other"}"#,
        r#""does": "ModifyDBClusterParameterGroup", "parameters": {"DBClusterParameterGroupName": "tuned", "Parameters.Parameter.1.ParameterName": "log_statement", "Parameters.Parameter.1.ParameterValue": "all", "Parameters.Parameter.1.ApplyMethod": "immediate"}"#,
        r#""does": "ModifyDBClusterParameterGroup", "parameters": {"DBClusterParameterGroupName": "$group", "Parameters.Parameter.1.ParameterName": "log_statement", "Parameters.Parameter.1.ParameterValue": "all", "Parameters.Parameter.1.ApplyMethod": "immediate"}"#,
    ] {
        seen.extend(operated(keys, 20).await.1);
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    10: orders-1, fault 1: an operator's RebootDBInstance: reboot of orders-2
    10: orders-1, fault 1: an operator's FailoverDBCluster: failover of orders to orders-2 accepted
    10: orders-1, fault 1: an operator's ModifyDBInstance: class db.r7g.large of orders-1 queued
    10: orders-1, fault 1: an operator's ModifyDBInstance: class db.r7g.large of orders-1 queued; queued changes of orders-1 are applied
    10: orders-1, fault 1: an operator's DeleteDBInstance: instance orders-2 is being deleted
    10: orders-1, fault 1: an operator's CreateDBInstance: instance extra of orders is being created
    10: orders-1, fault 1: an operator's DeleteDBClusterSnapshot: snapshot before deleted
    10: orders-1, fault 1: an operator's ModifyDBCluster: parameter group other attached to orders
    10: orders-1, fault 1: an operator's ModifyDBClusterParameterGroup: parameter group tuned: log_statement=all (immediate)
    10: orders-1, fault 1: an operator's ModifyDBClusterParameterGroup: refused, InvalidParameterValue: Cannot modify a default parameter group.
    ");
}

#[tokio::test(start_paused = true)]
async fn an_operators_request_stands_in_the_log_as_somebody_elses() {
    let keys = r#""does": "RebootDBInstance", "parameters": {"DBInstanceIdentifier": "$reader"}"#;
    let (world, _) = operated(keys, 5).await;
    reboot(&world, "orders-1").await;
    assert_eq!(world.instance_now("orders-2"), "available");
    pass(6).await;
    assert_eq!(world.instance_now("orders-2"), "rebooting");
    let log: Vec<String> = world
        .simulator
        .requests()
        .into_iter()
        .map(|request| {
            format!(
                "{} {} {:?} {} {:?} {:?}",
                request.number,
                request.action,
                request.parameters.into_values().collect::<Vec<_>>(),
                request.status,
                request.effects,
                request.fault
            )
        })
        .collect();
    insta::assert_snapshot!(log.join("\n"), @r#"
    1 RebootDBInstance ["orders-1"] 200 ["reboot of orders-1"] None
    2 RebootDBInstance ["orders-2"] 200 ["reboot of orders-2"] Some("operator")
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_happens_before_a_request_can_refuse_it_and_counts_each_time() {
    let world = world_with(&[
        r#"{"kind": "operator", "cluster": "orders", "does": "RebootDBInstance", "action": "FailoverDBCluster",
            "parameters": {"DBInstanceIdentifier": "$reader"}, "moment": "before", "count": 2}"#,
    ]);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let failover = world.rds.failover_db_cluster();
        let sent = failover.db_cluster_identifier("orders").send().await;
        seen.push(sent.is_ok());
        pass(60).await;
    }
    assert_eq!(seen, [false, false, true]);
    assert_eq!(world.simulator.faults()[0].hit, 2);
}

#[tokio::test(start_paused = true)]
async fn a_saved_world_goes_on_with_its_faults() {
    let straight = world_with(&[
        r#"{"kind": "maintenance", "instance": "orders-2", "from": 100}"#,
        r#"{"kind": "throttling", "skip": 3, "count": 2}"#,
        r#"{"kind": "failover-flips-back"}"#,
    ]);
    let failover = straight.rds.failover_db_cluster();
    failover
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(15).await;
    let text = straight.simulator.save();
    let saved = crate::sim::Simulator::from_saved(&text, crate::sim::Options { speed: 1.0 });
    let saved = World::of(saved.unwrap());
    assert_eq!(saved.simulator.save(), text);
    pass(400).await;
    for world in [&straight, &saved] {
        world.cluster("orders").await;
        world.cluster("orders").await;
        assert!(world.rds.describe_db_clusters().send().await.is_err());
    }
    assert_eq!(told(&saved), told(&straight));
    assert_eq!(saved.simulator.save(), straight.simulator.save());
}

#[test]
fn what_happens_by_itself_must_say_to_whom_and_when() {
    let problem = |text: &str| {
        let declaration: Declaration = serde_json::from_str(text).unwrap();
        let world = World::steady();
        world
            .simulator
            .declare(declaration)
            .unwrap_err()
            .to_string()
    };
    let mut seen = Vec::new();
    for text in [
        r#"{"kind": "member-status", "instance": "orders-2"}"#,
        r#"{"kind": "member-status", "instance": "orders-2", "status": "tired"}"#,
        r#"{"kind": "member-status", "instance": "$writer", "status": "failed"}"#,
        r#"{"kind": "member-status", "cluster": "orders", "instance": "$boss", "status": "failed"}"#,
        r#"{"kind": "member-status", "instance": "orders-2", "status": "failed", "count": 2}"#,
        r#"{"kind": "maintenance"}"#,
        r#"{"kind": "operator", "does": "RebootDBInstance"}"#,
        r#"{"kind": "operator", "cluster": "orders", "does": "Frobnicate"}"#,
        r#"{"kind": "operator", "cluster": "orders", "does": "RebootDBInstance", "parameters": {"Colour": "red"}}"#,
        r#"{"kind": "throttling", "does": "RebootDBInstance"}"#,
    ] {
        seen.push(problem(text));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    kind = "member-status" needs status
    kind = "member-status" cannot end in status "tired"; there is storage-full, failed, incompatible-network, incompatible-parameters, inaccessible-encryption-credentials-recoverable, insufficient-capacity
    instance = "$writer" needs cluster
    $boss stands for nothing; there are $writer, $reader, $snapshot, $group
    count and for_seconds belong to what happens at requests: give action, mutating, skip or moment
    kind = "maintenance" needs cluster or instance
    kind = "operator" needs cluster
    unknown action "Frobnicate"
    The parameter Colour is not simulated for RebootDBInstance.
    `does` does not belong to kind = "throttling"; it belongs to operator
    "#);
}
