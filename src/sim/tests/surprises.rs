//! Behaviour that surprises those who automate Aurora, as far as no other file of these tests is about it. The page
//! `docs/simulator.md` says which test shows which.

use super::support::{World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn values_that_equal_the_defaults_prove_nothing_about_an_attached_group() {
    let world = World::steady();
    let create = world
        .rds
        .create_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("same")
        .db_parameter_group_family("aurora-postgresql16")
        .description("the default preload list, set by hand");
    create.send().await.unwrap();
    let preload = aws_sdk_rds::types::Parameter::builder()
        .parameter_name("shared_preload_libraries")
        .parameter_value("pg_stat_statements")
        .apply_method(aws_sdk_rds::types::ApplyMethod::PendingReboot);
    let modify = world
        .rds
        .modify_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("same")
        .parameters(preload.build());
    modify.send().await.unwrap();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("same");
    attach.send().await.unwrap();
    pass(60).await;
    // 401 connections and the same libraries, loaded or not: only the member's status tells the difference.
    let catalogue = crate::sim::parameters::catalogue("aurora-postgresql16").unwrap();
    let in_force = |name: &str| {
        let set = world
            .running("orders-1")
            .into_iter()
            .find_map(|entry| entry.strip_prefix(&format!("{name}=")).map(str::to_owned));
        let text = set.or_else(|| catalogue[name].default.clone()).unwrap();
        crate::sim::parameters::evaluate(&text, "db.t3.medium")
            .map_or(text, |number| number.to_string())
    };
    let looks = || {
        (
            in_force("max_connections"),
            in_force("shared_preload_libraries"),
        )
    };
    let before = looks();
    assert_eq!(before, ("401".to_owned(), "pg_stat_statements".to_owned()));
    assert!(
        world
            .picture("orders")
            .await
            .contains("orders-1 writer available db.t3.medium pending-reboot")
    );
    let reboot = world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-1");
    reboot.send().await.unwrap();
    pass(35).await;
    assert_eq!(looks(), before);
    assert!(
        world
            .picture("orders")
            .await
            .contains("orders-1 writer available db.t3.medium in-sync")
    );
}

#[tokio::test(start_paused = true)]
async fn forced_failover_and_reboot_of_the_cluster_are_not_for_aurora() {
    let world = World::steady();
    let forced = world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .force_failover(true);
    assert!(refusal(forced.send().await).starts_with("InvalidParameterCombination 400"));
    let cluster = world
        .rds
        .reboot_db_cluster()
        .db_cluster_identifier("orders");
    assert!(refusal(cluster.send().await).starts_with("InvalidDBClusterStateFault 400"));
    assert!(world.events().is_empty());
}

/// What Terraform's provider accepts while it waits for an update of a cluster, and at its end.
const TERRAFORM: [&str; 10] = [
    "backing-up",
    "configuring-iam-database-auth",
    "configuring-enhanced-monitoring",
    "modifying",
    "renaming",
    "resetting-master-credentials",
    "scaling-compute",
    "scaling-storage",
    "upgrading",
    "available",
];

#[tokio::test(start_paused = true)]
async fn terraform_does_not_know_failing_over_and_knows_all_else_that_an_update_shows() {
    let seen = async |world: &World, seconds: u64| {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..seconds {
            seen.insert(world.cluster_now("orders").0);
            pass(1).await;
        }
        assert_eq!(world.cluster_now("orders").0, "available");
        seen
    };
    let world = World::steady();
    let modify = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .apply_immediately(true)
    };
    let mut updates = std::collections::BTreeSet::new();
    for (update, seconds) in [
        (modify().port(5433), 60),
        (modify().enable_iam_database_authentication(true), 60),
        (modify().master_user_password("another-secret"), 60),
        (
            modify()
                .monitoring_interval(60)
                .monitoring_role_arn("arn:aws:iam::123456789012:role/m"),
            180,
        ),
        (modify().engine_version("16.8"), 400),
    ] {
        update.send().await.unwrap();
        updates.extend(seen(&world, seconds).await);
    }
    let unknown: Vec<&String> = updates
        .iter()
        .filter(|status| !TERRAFORM.contains(&status.as_str()))
        .collect();
    assert_eq!(unknown, Vec::<&String>::new());
    assert!(updates.len() >= 5, "{updates:?}");

    let failover = world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders");
    failover.send().await.unwrap();
    let during = seen(&world, 60).await;
    assert!(during.contains("failing-over") && !TERRAFORM.contains(&"failing-over"));
}
