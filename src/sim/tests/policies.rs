//! What AWS leaves open, under the other setting of each switch. (Switches of parameter groups, reboots and failovers are
//! tried beside what they switch.)

use super::support::{STEADY, World, pass, refusal};

fn under(policy: &str) -> World {
    World::new(&format!("{STEADY}\n[policies]\n{policy} = true\n"))
}

#[tokio::test(start_paused = true)]
async fn under_the_policy_an_attach_without_apply_immediately_waits_for_the_reboot_whole() {
    let world = under("attach_waits_for_reboot_unless_immediate");
    let attach = |immediately: bool| {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .db_cluster_parameter_group_name("tuned")
            .apply_immediately(immediately)
    };
    attach(false).send().await.unwrap();
    pass(60).await;
    assert!(world.running("orders-2").is_empty());
    let reboot = world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2");
    reboot.send().await.unwrap();
    pass(35).await;
    assert_eq!(world.running("orders-2").len(), 3);
    assert!(world.running("orders-1").is_empty());

    let usual = World::steady();
    let attach = usual
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(60).await;
    assert_eq!(usual.running("orders-2").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn under_the_policy_a_cluster_shows_backing_up_during_a_snapshot() {
    for (world, during) in [
        (under("snapshot_shows_backing_up"), "backing-up"),
        (World::steady(), "available"),
    ] {
        let create = world
            .rds
            .create_db_cluster_snapshot()
            .db_cluster_identifier("orders")
            .db_cluster_snapshot_identifier("before");
        create.send().await.unwrap();
        assert_eq!(world.cluster_now("orders").0, during);
        let modify = world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .backup_retention_period(7);
        let modified = modify.send().await;
        assert_eq!(modified.is_ok(), during == "available");
        pass(280).await;
        assert_eq!(world.cluster_now("orders").0, "available");
        assert_eq!(world.snapshot_now("before"), "available");
    }
}

#[tokio::test(start_paused = true)]
async fn under_the_policy_a_failover_to_the_writer_has_another_code() {
    let failover = async |world: World| {
        let call = world
            .rds
            .failover_db_cluster()
            .db_cluster_identifier("orders")
            .target_db_instance_identifier("orders-1");
        refusal(call.send().await)
    };
    let text = "400: The target instance orders-1 is already the writer of the cluster.";
    assert_eq!(
        failover(World::steady()).await,
        format!("InvalidDBInstanceState {text}")
    );
    assert_eq!(
        failover(under("failover_to_writer_is_invalid_value")).await,
        format!("InvalidParameterValue {text}")
    );
}
