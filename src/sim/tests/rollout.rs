//! The surprises of a rollout, each as it was observed on Aurora PostgreSQL 16.6, us-east-1.

use super::support::{World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn a_waiter_started_right_after_failover_returns_at_once_because_the_status_is_still_available()
 {
    let world = World::steady();
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("Orders")
        .target_db_instance_identifier("Orders-2")
        .send()
        .await
        .unwrap();
    let mut seen = vec![world.picture("orders").await];
    for seconds in [9, 1, 11, 12] {
        pass(seconds).await;
        seen.push(world.picture("orders").await);
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    orders failing-over; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    orders failing-over; orders-1 reader available db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync
    orders available; orders-1 reader available db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync
    ");
    insta::assert_snapshot!(world.events().join("\n"), @"
    10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
    21 RDS-EVENT-0004 orders-1: DB instance shutdown
    29 RDS-EVENT-0006 orders-1: DB instance restarted
    33 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-2
    ");
}

#[tokio::test(start_paused = true)]
async fn a_failover_may_stay_failing_over_for_minutes_after_the_writer_flipped() {
    let world = World::new(
        &super::support::STEADY.replace("settle_slow_chance = 0", "settle_slow_chance = 1"),
    );
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(22).await;
    insta::assert_snapshot!(world.picture("orders").await, @"orders failing-over; orders-1 reader available db.t3.medium in-sync; orders-2 writer available db.t3.medium in-sync");
    pass(118).await;
    assert!(
        world
            .picture("orders")
            .await
            .starts_with("orders failing-over; orders-1 reader")
    );
    assert!(world.engine_up("orders-1"));
    pass(145).await;
    assert!(
        world
            .picture("orders")
            .await
            .starts_with("orders available; orders-1 reader")
    );
}

#[tokio::test(start_paused = true)]
async fn failover_and_reboot_do_not_flush_a_queued_class_change_but_an_empty_immediate_modify_does()
{
    let world = World::steady();
    let queue = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-1")
        .db_instance_class("db.r7g.large");
    queue.send().await.unwrap();
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(60).await;
    let mut seen = vec![format!("after failover: {}", world.picture("orders").await)];
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-1")
        .send()
        .await
        .unwrap();
    pass(60).await;
    seen.push(format!("after reboot: {}", world.picture("orders").await));
    world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-1")
        .apply_immediately(true)
        .send()
        .await
        .unwrap();
    let mut second = 0;
    for until in [0, 19, 20, 349, 350, 409, 410] {
        pass(until - second).await;
        second = until;
        seen.push(format!("+{until}: {}", world.picture("orders").await));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    after failover: orders available; orders-1 reader available db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    after reboot: orders available; orders-1 reader available db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +0: orders available; orders-1 reader available db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +19: orders available; orders-1 reader available db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +20: orders available; orders-1 reader modifying db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +349: orders available; orders-1 reader modifying db.t3.medium -> db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +350: orders available; orders-1 reader configuring-enhanced-monitoring db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +409: orders available; orders-1 reader configuring-enhanced-monitoring db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    +410: orders available; orders-1 reader available db.r7g.large in-sync; orders-2 writer available db.t3.medium in-sync
    ");
}

#[tokio::test(start_paused = true)]
async fn modifying_may_begin_ten_or_ninety_seconds_after_acceptance() {
    let text: String = super::support::STEADY
        .lines()
        .filter(|line| !line.starts_with("modify_accept"))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut waits = Vec::new();
    for seed in 1..=40 {
        let world = World::new(&text.replace("seed = 1", &format!("seed = {seed}")));
        let change = world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
            .db_instance_class("db.r7g.large");
        change.apply_immediately(true).send().await.unwrap();
        let mut waited = 0;
        while world.instance_now("orders-2") == "available" {
            pass(1).await;
            waited += 1;
        }
        waits.push(waited);
    }
    waits.sort_unstable();
    assert!(
        (10..=25).contains(&waits[0]) && (70..=91).contains(&waits[39]),
        "{waits:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn attaching_a_group_makes_dynamic_values_live_without_reboot_and_marks_every_member() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    let answer = attach.send().await.unwrap();
    assert_eq!(
        answer.db_cluster().unwrap().db_cluster_parameter_group(),
        Some("tuned")
    );
    assert_eq!(answer.db_cluster().unwrap().status(), Some("available"));
    let mut seen = vec![world.picture("orders").await];
    pass(20).await;
    seen.push(world.picture("orders").await);
    seen.push(world.running("orders-1").join(" "));
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    seen.push(world.picture("orders").await);
    pass(35).await;
    seen.push(world.picture("orders").await);
    seen.push(world.running("orders-2").join(" "));
    // The instance's own field never says a word about it.
    let own = world.instance("orders-1").await.db_parameter_groups()[0].clone();
    seen.push(format!(
        "{} {}",
        own.db_parameter_group_name().unwrap(),
        own.parameter_apply_status().unwrap()
    ));
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium applying; orders-2 reader available db.t3.medium applying
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium pending-reboot
    log_min_duration_statement=500 log_statement=ddl
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader rebooting db.t3.medium pending-reboot
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium in-sync
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    default.aurora-postgresql16 in-sync
    ");
}

#[tokio::test(start_paused = true)]
async fn attaching_a_group_without_static_differences_marks_every_member_all_the_same() {
    let text = super::support::STEADY.replace(
        "max_connections = 500, ",
        "shared_preload_libraries = \"pg_stat_statements\", ",
    );
    let world = World::new(&text);
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(30).await;
    let marked = world.picture("orders").await;
    assert_eq!(marked.matches("pending-reboot").count(), 2, "{marked}");

    let lenient = format!(
        "[policies]\nattach_always_marks_pending_reboot = false\n{}",
        text.replace("seed = 1\nclock = \"2026-05-15T06:05:00Z\"", "")
    );
    let world = World::new(&lenient);
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(30).await;
    assert_eq!(world.picture("orders").await.matches("in-sync").count(), 2);
    // The preload list is stored now, and equals the default that is in force.
    assert_eq!(
        world.running("orders-1"),
        ["log_min_duration_statement=500", "log_statement=ddl"]
    );
}

#[tokio::test(start_paused = true)]
async fn attaching_the_group_that_is_attached_already_changes_nothing() {
    let world = World::steady();
    let attach = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .db_cluster_parameter_group_name("default.aurora-postgresql16")
    };
    attach().apply_immediately(true).send().await.unwrap();
    pass(60).await;
    assert_eq!(world.picture("orders").await.matches("in-sync").count(), 2);
    assert!(world.simulator.requests()[0].effects.is_empty());
}

#[tokio::test(start_paused = true)]
async fn names_stop_reflecting_roles_after_a_failover_and_the_demoted_member_loads_static_values() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(60).await;
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(22).await;
    assert!(!world.engine_up("orders-1") && world.engine_up("orders-2"));
    pass(30).await;
    insta::assert_snapshot!(world.picture("orders").await, @"orders available; orders-1 reader available db.t3.medium in-sync; orders-2 writer available db.t3.medium pending-reboot");
    assert!(
        world
            .running("orders-1")
            .contains(&"max_connections=500".to_owned())
    );
    assert!(
        !world
            .running("orders-2")
            .contains(&"max_connections=500".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn under_the_other_policy_a_failover_loads_no_static_values() {
    let policies = "[policies]\nfailover_loads_static_parameters = false\n[timings]";
    let world = World::new(&super::support::STEADY.replace("[timings]", policies));
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(60).await;
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(60).await;
    assert_eq!(
        world
            .picture("orders")
            .await
            .matches("pending-reboot")
            .count(),
        2
    );
}

#[tokio::test(start_paused = true)]
async fn changing_insights_blocks_modifications_of_the_cluster_for_a_while() {
    let world = World::steady();
    let advanced = || {
        let request = world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .enable_performance_insights(true);
        request
            .performance_insights_retention_period(465)
            .database_insights_mode("advanced".into())
    };
    let answer = advanced().send().await.unwrap();
    assert_eq!(answer.db_cluster().unwrap().status(), Some("available"));
    let members = [
        world.instance("orders-1").await,
        world.instance("orders-2").await,
    ];
    assert!(members.iter().all(
        |member| member.database_insights_mode().map(|mode| mode.as_str()) == Some("advanced")
    ));
    pass(6).await;
    assert_eq!(
        world.cluster("orders").await.status(),
        Some("configuring-enhanced-monitoring")
    );
    let standard = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .database_insights_mode("standard".into())
    };
    assert_eq!(
        refusal(standard().send().await),
        "InvalidDBClusterStateFault 400: DB cluster isn't available for modification with status configuring-enhanced-monitoring"
    );
    pass(112).await;
    let lower = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .performance_insights_retention_period(7)
    };
    assert!(
        refusal(lower().send().await)
            .starts_with("InvalidParameterCombination 400: To enable the Advanced mode")
    );
    standard().send().await.unwrap();
    pass(120).await;
    let cluster = world.cluster("orders").await;
    assert_eq!(cluster.performance_insights_retention_period(), Some(465));
    lower().send().await.unwrap();
    assert_eq!(
        world
            .cluster("orders")
            .await
            .performance_insights_retention_period(),
        Some(7)
    );
}

#[tokio::test(start_paused = true)]
async fn the_new_class_shows_while_the_member_is_still_configuring_enhanced_monitoring() {
    let world = World::steady();
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.apply_immediately(true).send().await.unwrap();
    pass(20 + 330 + 59).await;
    let member = world.instance("orders-2").await;
    assert_eq!(
        (member.db_instance_status(), member.db_instance_class()),
        (
            Some("configuring-enhanced-monitoring"),
            Some("db.r7g.large")
        )
    );
    assert!(
        member
            .pending_modified_values()
            .unwrap()
            .db_instance_class()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn a_failover_takes_about_35_seconds_and_not_the_promised_15() {
    let text: String = super::support::STEADY
        .lines()
        .filter(|line| !line.starts_with("failover_") || line.contains("chance"))
        .map(|line| format!("{line}\n"))
        .collect();
    let mut durations = Vec::new();
    for seed in 1..=20 {
        let world = World::new(&text.replace("seed = 1", &format!("seed = {seed}")));
        let failover = world
            .rds
            .failover_db_cluster()
            .db_cluster_identifier("orders");
        failover
            .target_db_instance_identifier("orders-2")
            .send()
            .await
            .unwrap();
        let mut seconds = 0;
        while world.cluster_now("orders") != ("available".to_owned(), "orders-2".to_owned()) {
            pass(1).await;
            seconds += 1;
        }
        durations.push(seconds);
    }
    durations.sort_unstable();
    assert!(durations[0] >= 26 && durations[19] <= 39, "{durations:?}");
    assert!((31..=36).contains(&durations[10]), "{durations:?}");
}
