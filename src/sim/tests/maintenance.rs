//! System maintenance that AWS has announced.

use super::support::{STEADY, World, pass, refusal};

/// The world begins on a Friday; the cluster's window opens on Sunday at seven.
const ANNOUNCED: &str = r#"
[[maintenance]]
cluster = "orders"
action = "system-update"
description = "New patch level"
auto_applied_after = "2026-05-16T00:00:00Z"

[[maintenance]]
instance = "orders-2"
action = "os-upgrade"
"#;

const CLUSTER: &str = "arn:aws:rds:us-east-1:123456789012:cluster:orders";
const READER: &str = "arn:aws:rds:us-east-1:123456789012:db:orders-2";
const TO_SUNDAY: u64 = 2 * 86_400 + 55 * 60;

impl World {
    fn announced() -> Self {
        Self::new(&format!("{STEADY}{ANNOUNCED}"))
    }

    async fn pending(&self) -> String {
        let answer = self.rds.describe_pending_maintenance_actions();
        let answer = answer.send().await.unwrap();
        let lines: Vec<String> = answer
            .pending_maintenance_actions()
            .iter()
            .map(|resource| {
                let action = &resource.pending_maintenance_action_details()[0];
                format!(
                    "{} {} {:?} opt-in {:?}, applied {}",
                    resource.resource_identifier().unwrap(),
                    action.action().unwrap(),
                    action.description().unwrap(),
                    action.opt_in_status(),
                    action
                        .current_apply_date()
                        .map_or("never".to_owned(), ToString::to_string)
                )
            })
            .collect();
        lines.join("\n")
    }

    async fn opt_in(&self, arn: &str, action: &str, kind: &str) -> Result<(), String> {
        let apply = self
            .rds
            .apply_pending_maintenance_action()
            .resource_identifier(arn)
            .apply_action(action)
            .opt_in_type(kind);
        match apply.send().await {
            Ok(_) => Ok(()),
            refused => Err(refusal(refused)),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn announced_maintenance_is_listed_and_the_window_after_its_date_applies_it() {
    let world = World::announced();
    insta::assert_snapshot!(world.pending().await, @r#"
    arn:aws:rds:us-east-1:123456789012:cluster:orders system-update "New patch level" opt-in None, applied 2026-05-17T07:00:00Z
    arn:aws:rds:us-east-1:123456789012:db:orders-2 os-upgrade "" opt-in None, applied never
    "#);
    pass(TO_SUNDAY - 1).await;
    assert_eq!(world.cluster_now("orders").0, "available");
    pass(1).await;
    insta::assert_snapshot!(world.picture("orders").await, @"orders maintenance; orders-1 writer maintenance db.t3.medium in-sync; orders-2 reader maintenance db.t3.medium in-sync");
    assert!(!world.engine_up("orders-1"));
    pass(120).await;
    assert!(world.engine_up("orders-1"));
    assert_eq!(world.cluster_now("orders").0, "available");
    insta::assert_snapshot!(world.pending().await, @r#"arn:aws:rds:us-east-1:123456789012:db:orders-2 os-upgrade "" opt-in None, applied never"#);
    insta::assert_snapshot!(world.events().join("\n"), @"
    176100 RDS-EVENT-0026 orders-1: Applying off-line patches to DB instance
    176100 RDS-EVENT-0004 orders-1: DB instance shutdown
    176100 RDS-EVENT-0026 orders-2: Applying off-line patches to DB instance
    176100 RDS-EVENT-0004 orders-2: DB instance shutdown
    176220 RDS-EVENT-0006 orders-1: DB instance restarted
    176220 RDS-EVENT-0027 orders-1: Finished applying off-line patches to DB instance
    176220 RDS-EVENT-0006 orders-2: DB instance restarted
    176220 RDS-EVENT-0027 orders-2: Finished applying off-line patches to DB instance
    ");
}

#[tokio::test(start_paused = true)]
async fn maintenance_is_opted_into_at_once_or_for_the_window_and_out_of_again() {
    let world = World::announced();
    world
        .opt_in(READER, "os-upgrade", "next-maintenance")
        .await
        .unwrap();
    let planned = world.pending().await;
    world
        .opt_in(READER, "os-upgrade", "undo-opt-in")
        .await
        .unwrap();
    insta::assert_snapshot!(format!("{planned}\n\n{}", world.pending().await), @r#"
    arn:aws:rds:us-east-1:123456789012:cluster:orders system-update "New patch level" opt-in None, applied 2026-05-17T07:00:00Z
    arn:aws:rds:us-east-1:123456789012:db:orders-2 os-upgrade "" opt-in Some("next-maintenance"), applied 2026-05-17T07:00:00Z

    arn:aws:rds:us-east-1:123456789012:cluster:orders system-update "New patch level" opt-in None, applied 2026-05-17T07:00:00Z
    arn:aws:rds:us-east-1:123456789012:db:orders-2 os-upgrade "" opt-in None, applied never
    "#);
    world
        .opt_in(READER, "os-upgrade", "immediate")
        .await
        .unwrap();
    assert_eq!(world.instance_now("orders-2"), "maintenance");
    assert_eq!(world.instance_now("orders-1"), "available");
    pass(120).await;
    assert_eq!(world.instance_now("orders-2"), "available");
    assert!(!world.pending().await.contains("os-upgrade"));
}

#[tokio::test(start_paused = true)]
async fn maintenance_waits_for_a_busy_cluster_and_what_is_not_announced_is_refused() {
    let world = World::announced();
    let mut refusals = Vec::new();
    for (arn, action, kind) in [
        (CLUSTER, "os-upgrade", "immediate"),
        (
            &CLUSTER.replace("orders", "nobody"),
            "system-update",
            "immediate",
        ),
        (CLUSTER, "system-update", "tomorrow"),
    ] {
        refusals.push(world.opt_in(arn, action, kind).await.unwrap_err());
    }
    let failover = || {
        world
            .rds
            .failover_db_cluster()
            .db_cluster_identifier("orders")
    };
    failover().send().await.unwrap();
    for (arn, action) in [(CLUSTER, "system-update"), (READER, "os-upgrade")] {
        refusals.push(world.opt_in(arn, action, "immediate").await.unwrap_err());
    }
    insta::assert_snapshot!(refusals.join("\n"), @"
    ResourceNotFoundFault 404: The specified resource ID was not found: arn:aws:rds:us-east-1:123456789012:cluster:orders
    ResourceNotFoundFault 404: The specified resource ID was not found: arn:aws:rds:us-east-1:123456789012:cluster:nobody
    InvalidParameterValue 400: Invalid opt-in type: tomorrow. Valid values: immediate, next-maintenance, undo-opt-in
    InvalidDBClusterStateFault 400: DB cluster isn't available for modification with status failing-over
    InvalidDBInstanceState 400: The maintenance action cannot be applied while another operation is in progress.
    ");
    pass(TO_SUNDAY - 5).await;
    failover().send().await.unwrap();
    pass(30).await;
    assert_eq!(world.cluster_now("orders").0, "failing-over");
    pass(280).await;
    assert_eq!(world.cluster_now("orders").0, "maintenance");
}
