//! Stopping and starting a cluster.

use super::support::{World, pass, refusal};

impl World {
    async fn stop(&self) -> String {
        let answer = self
            .rds
            .stop_db_cluster()
            .db_cluster_identifier("Orders")
            .send()
            .await
            .unwrap();
        answer.db_cluster().unwrap().status().unwrap().to_owned()
    }

    async fn start(&self) -> String {
        let answer = self
            .rds
            .start_db_cluster()
            .db_cluster_identifier("orders")
            .send()
            .await
            .unwrap();
        answer.db_cluster().unwrap().status().unwrap().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_stops_and_starts_with_all_its_members_and_loads_what_is_stored() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    assert_eq!(world.stop().await, "stopping");
    let mut pictures = vec![world.picture("orders").await];
    pass(300).await;
    pictures.push(world.picture("orders").await);
    assert!(!world.engine_up("orders-1"));
    // Nothing reaches an engine that is down.
    assert!(world.running("orders-1").is_empty());
    assert_eq!(world.start().await, "starting");
    pass(600).await;
    pictures.push(world.picture("orders").await);
    insta::assert_snapshot!(pictures.join("\n"), @"
    orders stopping; orders-1 writer stopping db.t3.medium pending-reboot; orders-2 reader stopping db.t3.medium pending-reboot
    orders stopped; orders-1 writer stopped db.t3.medium pending-reboot; orders-2 reader stopped db.t3.medium pending-reboot
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    ");
    assert!(world.engine_up("orders-1"));
    assert_eq!(world.running("orders-2").len(), 3);
    insta::assert_snapshot!(world.events().join("\n"), @"
      0 RDS-EVENT-0004 orders-1: DB instance shutdown
      0 RDS-EVENT-0004 orders-2: DB instance shutdown
    300 RDS-EVENT-0087 orders-1: DB instance stopped
    300 RDS-EVENT-0087 orders-2: DB instance stopped
    300 RDS-EVENT-0150 orders: DB cluster stopped
    900 RDS-EVENT-0006 orders-1: DB instance restarted
    900 RDS-EVENT-0006 orders-2: DB instance restarted
    900 RDS-EVENT-0088 orders-1: DB instance started
    900 RDS-EVENT-0088 orders-2: DB instance started
    900 RDS-EVENT-0151 orders: DB cluster started
    ");
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_is_dropped_when_a_cluster_stops() {
    let world = World::steady();
    let queue = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    queue.send().await.unwrap();
    assert!(world.picture("orders").await.contains("-> db.r7g.large"));
    world.stop().await;
    assert!(!world.picture("orders").await.contains("->"));
}

#[tokio::test(start_paused = true)]
async fn the_service_starts_a_cluster_that_has_been_stopped_for_seven_days() {
    let world = World::steady();
    world.stop().await;
    pass(300 + 7 * 86_400 - 1).await;
    assert_eq!(world.cluster_now("orders").0, "stopped");
    pass(1).await;
    assert_eq!(world.cluster_now("orders").0, "starting");
    pass(600).await;
    assert_eq!(world.cluster_now("orders").0, "available");
    let told: Vec<String> = world
        .events()
        .into_iter()
        .filter(|event| event.contains(" orders: "))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
     300 RDS-EVENT-0150 orders: DB cluster stopped
    605100 RDS-EVENT-0153 orders: DB cluster is being started due to it exceeding the maximum allowed time being stopped.
    605700 RDS-EVENT-0151 orders: DB cluster started
    ");
}

#[tokio::test(start_paused = true)]
async fn stop_and_start_are_refused_in_the_wrong_state_and_a_stopped_cluster_refuses_the_rest() {
    let world = World::steady();
    let rds = &world.rds;
    let stop = || rds.stop_db_cluster().db_cluster_identifier("orders");
    let start = || rds.start_db_cluster().db_cluster_identifier("orders");
    let mut refusals = vec![refusal(start().send().await)];
    let absent = rds.stop_db_cluster().db_cluster_identifier("nobody");
    refusals.push(refusal(absent.send().await));
    let reboot = || rds.reboot_db_instance().db_instance_identifier("orders-2");
    reboot().send().await.unwrap();
    refusals.push(refusal(stop().send().await));
    pass(35).await;
    stop().send().await.unwrap();
    refusals.push(refusal(stop().send().await));
    refusals.push(refusal(start().send().await));
    pass(300).await;
    let modify = rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .backup_retention_period(7);
    refusals.push(refusal(modify.send().await));
    let member = rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .promotion_tier(3);
    refusals.push(refusal(member.send().await));
    refusals.push(refusal(reboot().send().await));
    let snapshot = rds
        .create_db_cluster_snapshot()
        .db_cluster_identifier("orders")
        .db_cluster_snapshot_identifier("s");
    refusals.push(refusal(snapshot.send().await));
    let delete = rds
        .delete_db_cluster()
        .db_cluster_identifier("orders")
        .skip_final_snapshot(true);
    refusals.push(refusal(delete.send().await));
    insta::assert_snapshot!(refusals.join("\n"), @"
    InvalidDBClusterStateFault 400: DbCluster orders is in available state but expected it to be one of stopped,inaccessible-encryption-credentials-recoverable.
    DBClusterNotFoundFault 404: DBCluster nobody not found.
    InvalidDBInstanceState 400: Database instance orders-2 is not in available state.
    InvalidDBClusterStateFault 400: DbCluster orders is in stopping state but expected it to be one of available.
    InvalidDBClusterStateFault 400: DbCluster orders is in stopping state but expected it to be one of stopped,inaccessible-encryption-credentials-recoverable.
    InvalidDBClusterStateFault 400: DB cluster isn't available for modification with status stopped
    InvalidDBInstanceState 400: Database instance orders-2 cannot be modified while its cluster has an operation in progress.
    InvalidDBInstanceState 400: Instance cannot currently reboot due to an in-progress management operation.
    InvalidDBClusterStateFault 400: Cluster orders is not in available state, but in stopped.
    InvalidDBClusterStateFault 400: Cluster cannot be deleted, it still contains DB instances in non-deleting state.
    ");
}
