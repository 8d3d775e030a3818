//! Worlds that are forked, and clients that are killed at a request.

use super::support::{World, client_through, pass};
use crate::sim::faults::Moment;
use crate::sim::life::Cut;
use crate::sim::{Options, Simulator, built_in_world};

/// Two looks, a reboot, a look, and a failover after the reboot is over, by a client that may be killed meanwhile; whether it
/// came to its end, and how many requests it sent.
async fn work(world: &World, cut: Option<Cut>) -> (bool, u64, u64) {
    let (connector, life) = world.simulator.client(cut);
    let rds = client_through(&world.simulator, None, connector);
    let work = async {
        rds.describe_db_clusters().send().await.unwrap();
        rds.describe_db_instances().send().await.unwrap();
        let reboot = rds.reboot_db_instance().db_instance_identifier("orders-2");
        reboot.send().await.unwrap();
        rds.describe_db_instances().send().await.unwrap();
        pass(60).await;
        let failover = rds.failover_db_cluster().db_cluster_identifier("orders");
        failover.send().await.unwrap();
    };
    let ended = tokio::select! {
        () = work => true,
        () = life.over() => false,
    };
    assert_eq!(ended, !life.is_over());
    (ended, life.requests(), life.mutating_requests())
}

fn done(world: &World) -> Vec<String> {
    let requests = world.simulator.requests();
    requests
        .into_iter()
        .filter(|request| request.mutating)
        .map(|request| request.action)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_client_is_killed_at_a_request_before_or_after_its_effect() {
    let cut = |request, mutating, moment| {
        Some(Cut {
            request,
            mutating,
            moment,
        })
    };
    let mut seen = Vec::new();
    for cut in [
        None,
        cut(1, true, Moment::Before),
        cut(1, true, Moment::After),
        cut(2, true, Moment::Before),
        cut(2, true, Moment::After),
        cut(3, true, Moment::Before),
        cut(2, false, Moment::Before),
        cut(4, false, Moment::After),
    ] {
        let world = World::steady();
        let (ended, requests, mutating) = work(&world, cut).await;
        seen.push(format!(
            "{ended} {requests} {mutating} [{}]",
            done(&world).join(" ")
        ));
        // Another client of the same world lives on.
        world.cluster("orders").await;
    }
    assert_eq!(
        seen,
        [
            "true 5 2 [RebootDBInstance FailoverDBCluster]",
            "false 3 1 []",
            "false 3 1 [RebootDBInstance]",
            "false 5 2 [RebootDBInstance]",
            "false 5 2 [RebootDBInstance FailoverDBCluster]",
            "true 5 2 [RebootDBInstance FailoverDBCluster]",
            "false 2 0 []",
            "false 4 1 [RebootDBInstance]",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_fork_goes_its_own_way_from_the_instant_of_its_making() {
    let world = World::steady();
    work(&world, None).await;
    pass(15).await;
    let fork = World::of(world.simulator.fork(None));
    assert_eq!(fork.simulator.save(), world.simulator.save());
    pass(100).await;
    // The same steps are due in both.
    assert_eq!(fork.cluster_now("orders"), world.cluster_now("orders"));
    assert_eq!(fork.events(), world.events());
    let reboot = fork.rds.reboot_db_instance();
    let sent = reboot.db_instance_identifier("orders-1").send();
    sent.await.unwrap();
    assert_eq!(fork.instance_now("orders-1"), "rebooting");
    assert_eq!(world.instance_now("orders-1"), "available");
    assert_eq!(
        done(&fork),
        ["RebootDBInstance", "FailoverDBCluster", "RebootDBInstance"]
    );
    assert_eq!(done(&world), ["RebootDBInstance", "FailoverDBCluster"]);
}

#[tokio::test(start_paused = true)]
async fn a_fork_with_a_seed_draws_from_it() {
    let world =
        Simulator::from_scenario("built-in", built_in_world(), Options { speed: 1.0 }).unwrap();
    let mut ends = Vec::new();
    for seed in [None, Some(7), Some(7), Some(8)] {
        let fork = world.fork(seed);
        let rds = client_through(&fork, Some("Admin-Alpha1"), fork.connector());
        let snapshot = rds
            .create_db_cluster_snapshot()
            .db_cluster_identifier("alpha001-prod-auroracluster");
        let sent = snapshot.db_cluster_snapshot_identifier("s").send();
        sent.await.unwrap();
        let begun = fork.now();
        pass(400).await;
        let fork = World::of(fork);
        assert_eq!(fork.snapshot_now("s"), "available");
        let state = fork.simulator.state();
        let events = state.world.places.values().flat_map(|place| &place.events);
        let ready = events.last().unwrap().date;
        ends.push(ready.duration_since(begun).as_millis());
    }
    assert_eq!(ends[1], ends[2]);
    assert_ne!(ends[0], ends[1]);
    assert_ne!(ends[1], ends[3]);
}
