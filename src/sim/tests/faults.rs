//! Faults through the wire: each one strikes where it is declared to, and the world is as ever without it.

use aws_sdk_rds::error::ProvideErrorMetadata;
use tokio::time::Instant;

use super::support::{STEADY, World, pass, refusal};
use crate::sim::faults::Declaration;

/// The steady world with these faults, each a JSON object as the admin interface takes it.
pub(super) fn world_with(faults: &[&str]) -> World {
    let world = World::new(STEADY);
    for fault in faults {
        let declaration: Declaration = serde_json::from_str(fault).unwrap();
        world.simulator.declare(declaration).unwrap();
    }
    world
}

/// The code of a describe's answer; `ok` for a success.
async fn described(world: &World) -> String {
    match world.rds.describe_db_clusters().send().await {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("no answer").to_owned(),
    }
}

async fn reboot(world: &World, instance: &str) {
    let request = world.rds.reboot_db_instance();
    let sent = request.db_instance_identifier(instance).send();
    sent.await.unwrap();
}

/// `second: what` of what faults did, out of the timeline.
pub(super) fn told(world: &World) -> Vec<String> {
    let mut state = world.simulator.state();
    let now = state.clock.now();
    state.world.advance_all(now);
    let start: jiff::Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
    let places = state.world.places.values();
    let changes = places.flat_map(|place| place.timeline.changes());
    changes
        .filter_map(|change| {
            let fault = change.fault.as_ref()?;
            let second = change.time.duration_since(start).as_secs();
            Some(format!("{second}: {}, {fault}", change.instance))
        })
        .collect()
}

/// The kind of the fault that each request met.
fn met(world: &World) -> Vec<String> {
    let requests = world.simulator.requests();
    requests
        .into_iter()
        .map(|request| match (request.fault, request.fault_id) {
            (Some(fault), Some(id)) => format!("{fault} {id}"),
            _ => "-".to_owned(),
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_errors_lasts_its_seconds() {
    let world = world_with(&[
        r#"{"kind": "throttling", "from": 10, "for_seconds": 20}"#,
        r#"{"kind": "internal-failure", "from": 40, "for_seconds": 10}"#,
    ]);
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(described(&world).await);
        pass(10).await;
    }
    assert_eq!(
        seen,
        [
            "ok",
            "Throttling",
            "Throttling",
            "ok",
            "InternalFailure",
            "ok"
        ]
    );
    assert_eq!(
        met(&world),
        [
            "-",
            "throttling 1",
            "throttling 1",
            "-",
            "internal-failure 2",
            "-"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn expired_credentials_refuse_every_service_until_the_fault_is_removed() {
    let world = world_with(&[r#"{"kind": "expired-token", "skip": 1}"#]);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(described(&world).await);
    }
    assert_eq!(seen, ["ok", "ExpiredToken", "ExpiredToken"]);
    let reboot = world.rds.reboot_db_instance();
    let refused = reboot.db_instance_identifier("orders-2").send().await;
    assert_eq!(
        refusal(refused),
        "ExpiredToken 403: The security token included in the request is expired"
    );
    assert_eq!(world.instance_now("orders-2"), "available");
    world.simulator.state().world.faults.remove(None);
    assert_eq!(described(&world).await, "ok");
}

#[tokio::test(start_paused = true)]
async fn a_denied_action_is_refused_and_the_others_are_not() {
    let world =
        world_with(&[r#"{"kind": "access-denied", "action": "DescribeEvents", "count": 2}"#]);
    assert_eq!(described(&world).await, "ok");
    assert_eq!(
        refusal(world.rds.describe_events().send().await),
        "AccessDenied 403: User: arn:aws:sts::123456789012:assumed-role/simulated/operator is not authorized to perform: \
         rds:DescribeEvents because no identity-based policy allows the rds:DescribeEvents action"
    );
    assert!(world.rds.describe_events().send().await.is_err());
    assert!(world.rds.describe_events().send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_comes_late_and_its_effect_before_or_after_the_wait() {
    for (moment, while_waiting) in [("after", "rebooting"), ("before", "available")] {
        let world = world_with(&[&format!(
            r#"{{"kind": "slow-reply", "action": "RebootDBInstance", "seconds": 20, "moment": "{moment}"}}"#
        )]);
        described(&world).await;
        let begun = Instant::now();
        let looks = async {
            pass(10).await;
            world.instance_now("orders-2")
        };
        let ((), status) = tokio::join!(reboot(&world, "orders-2"), looks);
        assert_eq!(status, while_waiting, "{moment}");
        assert_eq!(begun.elapsed().as_secs(), 20, "{moment}");
        assert_eq!(world.instance_now("orders-2"), "rebooting");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_moves_a_frozen_clock_instead_of_waiting_for_it() {
    let world = world_with(&[r#"{"kind": "slow-reply", "seconds": 20}"#]);
    world.simulator.state().clock.freeze();
    let before = world.simulator.now();
    assert_eq!(described(&world).await, "ok");
    let passed = world.simulator.now().duration_since(before);
    assert_eq!(passed.as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_fault_for_one_member_leaves_the_others_alone() {
    let world =
        world_with(&[r#"{"kind": "throttling", "instance": "Orders-2", "mutating": true}"#]);
    reboot(&world, "orders-1").await;
    let second = world.rds.reboot_db_instance();
    let refused = second.db_instance_identifier("orders-2").send().await;
    assert_eq!(refusal(refused), "Throttling 400: Rate exceeded");
    pass(60).await;
    reboot(&world, "orders-2").await;
}

#[tokio::test(start_paused = true)]
async fn a_stuck_reboot_takes_its_seconds_or_never_ends() {
    for (seconds, after_ten_minutes, did) in [
        (", \"seconds\": 300", "available", "takes 300 s"),
        ("", "rebooting", "does not end"),
    ] {
        let world = world_with(&[&format!(
            r#"{{"kind": "stuck-reboot", "instance": "orders-2"{seconds}}}"#
        )]);
        reboot(&world, "orders-1").await;
        pass(36).await;
        assert_eq!(world.instance_now("orders-1"), "available");
        reboot(&world, "orders-2").await;
        pass(299).await;
        assert_eq!(world.instance_now("orders-2"), "rebooting");
        assert!(!world.engine_up("orders-2"));
        pass(300).await;
        assert_eq!(world.instance_now("orders-2"), after_ten_minutes);
        assert_eq!(met(&world), ["-", "stuck-reboot 1"]);
        assert_eq!(
            told(&world),
            [format!(
                "36: orders-2, fault 1: the reboot of orders-2 {did}"
            )]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_does_not_use_a_fault_up() {
    let world = world_with(&[r#"{"kind": "stuck-reboot"}"#]);
    let nobody = world.rds.reboot_db_instance();
    let refused = nobody.db_instance_identifier("nobody").send().await;
    assert!(refused.is_err());
    assert_eq!(world.simulator.faults()[0].hit, 0);
    reboot(&world, "orders-2").await;
    assert_eq!(world.simulator.faults()[0].hit, 1);
}

#[tokio::test(start_paused = true)]
async fn a_member_stays_pending_reboot_after_so_many_restarts() {
    let world =
        world_with(&[r#"{"kind": "still-pending-reboot", "instance": "orders-2", "count": 2}"#]);
    let attach = world.rds.modify_db_cluster();
    let attach = attach.db_cluster_identifier("orders");
    let sent = attach.db_cluster_parameter_group_name("tuned").send();
    sent.await.unwrap();
    pass(30).await;
    let mut seen = Vec::new();
    for member in ["orders-1", "orders-2", "orders-2", "orders-2"] {
        reboot(&world, member).await;
        pass(40).await;
        let cluster = world.cluster("orders").await;
        let status = cluster
            .db_cluster_members()
            .iter()
            .find(|found| found.db_instance_identifier() == Some(member))
            .and_then(|found| found.db_cluster_parameter_group_status());
        let loaded = world
            .running(member)
            .contains(&"max_connections=500".to_owned());
        seen.push(format!("{} {loaded}", status.unwrap()));
    }
    assert_eq!(
        seen,
        [
            "in-sync true",
            "pending-reboot false",
            "pending-reboot false",
            "in-sync true"
        ]
    );
    let what = "fault 1: the restart of orders-2 did not load what waits for it";
    assert_eq!(
        told(&world),
        [105, 145].map(|second| format!("{second}: orders-2, {what}"))
    );
}

async fn snapshot(world: &World) {
    let create = world.rds.create_db_cluster_snapshot();
    let create = create.db_cluster_identifier("orders");
    let sent = create.db_cluster_snapshot_identifier("before").send();
    sent.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_fails_or_takes_many_times_as_long() {
    let mut seen = Vec::new();
    for faults in [
        &[][..],
        &[r#"{"kind": "failed-snapshot"}"#],
        &[r#"{"kind": "failed-snapshot", "seconds": 10}"#],
        &[r#"{"kind": "slow-snapshot"}"#],
        &[
            r#"{"kind": "slow-snapshot", "factor": 2}"#,
            r#"{"kind": "failed-snapshot"}"#,
        ],
    ] {
        let world = world_with(faults);
        snapshot(&world).await;
        let mut statuses = Vec::new();
        for seconds in [11, 270, 280, 2240] {
            pass(seconds).await;
            statuses.push(world.snapshot_now("before"));
        }
        seen.push(format!(
            "{}: {}",
            statuses.join(" "),
            told(&world).join("; ")
        ));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    creating available available available: 
    creating failed failed failed: 280: orders-1, fault 1: snapshot before failed
    failed failed failed failed: 10: orders-1, fault 1: snapshot before failed
    creating creating creating available: 0: orders-1, fault 1: snapshot before takes 2800 s
    creating creating failed failed: 0: orders-1, fault 1: snapshot before takes 560 s; 560: orders-1, fault 2: snapshot before failed
    ");
}

async fn fail_over(world: &World) {
    let failover = world.rds.failover_db_cluster();
    failover
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
}

/// `second: status writer` at each change of either within two minutes.
async fn rolls(world: &World) -> String {
    let mut seen: Vec<String> = Vec::new();
    let mut last = String::new();
    for second in 0..120 {
        let (status, writer) = world.cluster_now("orders");
        let now = format!("{status} {writer}");
        if now != last {
            seen.push(format!("{second}: {now}"));
            last = now;
        }
        pass(1).await;
    }
    seen.join(", ")
}

#[tokio::test(start_paused = true)]
async fn a_failover_does_not_flip_or_flips_back() {
    let mut seen = Vec::new();
    for fault in [
        r#"{"kind": "failover-fails", "cluster": "payments"}"#,
        r#"{"kind": "failover-fails", "cluster": "orders"}"#,
        r#"{"kind": "failover-flips-back", "instance": "orders-2"}"#,
        r#"{"kind": "failover-flips-back", "seconds": 40}"#,
    ] {
        let world = world_with(&[fault]);
        fail_over(&world).await;
        seen.push(rolls(&world).await);
        let events = world.events();
        let failovers = events
            .iter()
            .filter(|event| event.contains("EVENT-007") || event.contains("EVENT-0069"));
        seen.extend(failovers.map(|event| format!("  {event}")));
        seen.extend(
            told(&world)
                .into_iter()
                .map(|told| format!("  told {told}")),
        );
        assert!(world.engine_up("orders-1") && world.engine_up("orders-2"));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    0: available orders-1, 10: failing-over orders-1, 21: failing-over orders-2, 33: available orders-2
        10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
        33 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-2
    0: available orders-1, 10: failing-over orders-1, 21: available orders-1
        10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
        21 RDS-EVENT-0069 orders: Cluster failover failed, check the health of your cluster instances and try again
      told 21: orders-1, fault 1: the failover of orders to orders-2 did not flip
    0: available orders-1, 10: failing-over orders-1, 21: failing-over orders-2, 26: failing-over orders-1, 38: available orders-1
        10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
        26 RDS-EVENT-0070 orders: Promoting previous primary again: orders-1
        38 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-1
      told 26: orders-1, fault 1: the failover of orders flipped back to orders-1
    0: available orders-1, 10: failing-over orders-1, 21: failing-over orders-2, 33: available orders-2, 61: failing-over orders-1, 73: available orders-1
        10 RDS-EVENT-0073 orders: Started cross AZ failover to DB instance: orders-2
        33 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-2
        61 RDS-EVENT-0070 orders: Promoting previous primary again: orders-1
        73 RDS-EVENT-0071 orders: Completed failover to DB instance: orders-1
      told 61: orders-1, fault 1: the failover of orders flipped back to orders-1
    ");
}

async fn change_class(world: &World, instance: &str, immediately: bool) -> String {
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier(instance);
    let change = change
        .db_instance_class("db.r7g.large")
        .apply_immediately(immediately);
    match change.send().await {
        Ok(_) => "accepted".to_owned(),
        refused => refusal(refused),
    }
}

#[tokio::test(start_paused = true)]
async fn without_capacity_a_class_change_is_refused_when_it_is_to_begin() {
    let world = world_with(&[r#"{"kind": "no-capacity", "instance": "orders-2"}"#]);
    let refused = "InsufficientDBInstanceCapacity 400: The specified DB instance class isn't available in the specified \
                   Availability Zone.";
    assert_eq!(change_class(&world, "orders-2", false).await, "accepted");
    assert_eq!(change_class(&world, "orders-1", true).await, "accepted");
    assert_eq!(change_class(&world, "orders-2", true).await, refused);
    assert_eq!(world.instance_now("orders-2"), "available");
    assert_eq!(change_class(&world, "orders-2", true).await, "accepted");
    let (fault, effects) = world
        .simulator
        .requests()
        .into_iter()
        .find(|request| request.status == 400)
        .map(|request| (request.fault, request.effects))
        .unwrap();
    assert_eq!(fault.as_deref(), Some("no-capacity"));
    assert!(effects.is_empty());
    pass(420).await;
    assert_eq!(
        world.picture("orders").await,
        "orders available; orders-1 writer available db.r7g.large in-sync; orders-2 reader available db.r7g.large in-sync"
    );
}

#[tokio::test(start_paused = true)]
async fn an_accepted_class_change_ends_with_the_old_class() {
    for (status, end, up) in [
        ("", "available", true),
        (
            r#", "status": "insufficient-capacity""#,
            "insufficient-capacity",
            false,
        ),
    ] {
        let world = world_with(&[&format!(r#"{{"kind": "class-change-fails"{status}}}"#)]);
        assert_eq!(change_class(&world, "orders-2", true).await, "accepted");
        pass(30).await;
        assert_eq!(world.instance_now("orders-2"), "modifying");
        pass(400).await;
        assert_eq!(
            world.picture("orders").await,
            format!(
                "orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader {end} db.t3.medium in-sync"
            )
        );
        assert_eq!(world.engine_up("orders-2"), up);
        let events = world.events();
        let failed = "350 RDS-EVENT-0044 orders-2: Unable to modify the DB instance to class db.r7g.large: insufficient \
                      capacity in its Availability Zone.";
        assert!(
            events.iter().any(|event| event.trim() == failed),
            "{events:?}"
        );
        assert_eq!(
            told(&world),
            ["350: orders-2, fault 1: orders-2 stays db.t3.medium instead of db.r7g.large"]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn reads_lag_behind_the_truth_and_changes_do_not() {
    let world = world_with(&[
        r#"{"kind": "stale-reads", "action": "DescribeDBInstances", "seconds": 30, "from": 5}"#,
    ]);
    pass(10).await;
    reboot(&world, "orders-2").await;
    let second = world.rds.reboot_db_instance();
    let refused = second.db_instance_identifier("orders-2").send().await;
    assert!(refusal(refused).starts_with("InvalidDBInstanceState"));
    let mut seen = Vec::new();
    for _ in 0..9 {
        let read = world.instance("orders-2").await;
        let read = read.db_instance_status().unwrap().to_owned();
        seen.push(format!("{read} ({})", world.instance_now("orders-2")));
        pass(10).await;
    }
    assert_eq!(
        seen,
        [
            "available (rebooting)",
            "available (rebooting)",
            "available (rebooting)",
            "rebooting (rebooting)",
            "rebooting (available)",
            "rebooting (available)",
            "rebooting (available)",
            "available (available)",
            "available (available)",
        ]
    );
    // Without the fault nothing is kept any more.
    world.simulator.state().world.faults.remove(None);
    world.instance("orders-2").await;
    let state = world.simulator.state();
    assert!(
        state
            .world
            .places
            .values()
            .all(|place| place.past.is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn a_saved_world_reads_as_late_as_it_did() {
    let world = world_with(&[r#"{"kind": "stale-reads", "seconds": 60}"#]);
    fail_over(&world).await;
    pass(40).await;
    let text = world.simulator.save();
    let saved = crate::sim::Simulator::from_saved(&text, crate::sim::Options { speed: 1.0 });
    let saved = World::of(saved.unwrap());
    let mut seen = Vec::new();
    for _ in 0..4 {
        assert_eq!(saved.picture("orders").await, world.picture("orders").await);
        let cluster = world.cluster("orders").await;
        seen.push(cluster.status().unwrap().to_owned());
        pass(20).await;
    }
    assert_eq!(
        seen,
        ["available", "available", "failing-over", "available"]
    );
}
