//! A world saved at any instant goes on as if nothing had happened.

use std::sync::{Arc, Mutex};

use super::support::{World, client, pass};
use crate::sim::{Options, Simulator, built_in_world};

async fn begin(world: &World) {
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.apply_immediately(true).send().await.unwrap();
    let create = world
        .rds
        .create_db_cluster_snapshot()
        .db_cluster_identifier("orders")
        .db_cluster_snapshot_identifier("s");
    create.send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_world_saved_in_flight_ends_like_one_that_was_never_saved() {
    let straight = World::steady();
    begin(&straight).await;
    pass(900).await;
    let expected = (straight.picture("orders").await, straight.events());

    let mut world = World::steady();
    begin(&world).await;
    for seconds in [5, 20, 100, 200, 75, 500] {
        pass(seconds).await;
        let text = world.simulator.save();
        // The world stands still while nobody runs it.
        pass(86_400).await;
        world = World::of(Simulator::from_saved(&text, Options { speed: 1.0 }).unwrap());
        assert_eq!(world.simulator.save(), text);
    }
    assert_eq!((world.picture("orders").await, world.events()), expected);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_requests_give_the_same_world() {
    let mut texts = Vec::new();
    for _ in 0..2 {
        let simulator =
            Simulator::from_scenario("built-in", built_in_world(), Options { speed: 1.0 }).unwrap();
        let rds = client(&simulator, Some("Admin-Alpha1"));
        rds.failover_db_cluster()
            .db_cluster_identifier("Alpha001-prod-AuroraCluster")
            .send()
            .await
            .unwrap();
        pass(300).await;
        texts.push(simulator.save());
    }
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test(start_paused = true)]
async fn the_saver_is_called_for_changes_and_for_what_became_due_but_not_for_mere_reads() {
    let world = World::steady();
    let saved: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = saved.clone();
    world.simulator.on_change(Box::new(move |text| {
        kept.lock().unwrap().push(text.to_owned())
    }));
    let count = || saved.lock().unwrap().len();
    world.cluster("orders").await;
    assert_eq!(count(), 0);
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(count(), 1);
    world.cluster("orders").await;
    assert_eq!(count(), 1);
    pass(10).await;
    world.cluster("orders").await;
    assert_eq!(count(), 2);
    let last = saved.lock().unwrap().last().unwrap().clone();
    let continued = World::of(Simulator::from_saved(&last, Options { speed: 1.0 }).unwrap());
    assert!(
        continued
            .picture("orders")
            .await
            .starts_with("orders failing-over")
    );
}

#[test]
fn a_text_that_is_no_saved_world_is_refused() {
    for text in ["", "{}", "{\"format\":\"other\",\"world\":{}}"] {
        let error = Simulator::from_saved(text, Options { speed: 1.0 }).unwrap_err();
        assert!(
            error.to_string().starts_with("not a saved world"),
            "{error}"
        );
    }
    assert!(Simulator::from_scenario("w", "", Options { speed: 0.0 }).is_err());
}

#[tokio::test(start_paused = true)]
async fn profiles_lead_to_their_accounts_which_share_nothing() {
    let simulator =
        Simulator::from_scenario("built-in", built_in_world(), Options { speed: 1.0 }).unwrap();
    let mut seen = Vec::new();
    for profile in [
        Some("Alpha002-Admin"),
        Some("Admin-Alpha1"),
        Some("nobody"),
        None,
    ] {
        let credentials = simulator.credentials_for_profile(profile);
        let answer = client(&simulator, profile)
            .describe_db_clusters()
            .send()
            .await
            .unwrap();
        let clusters: Vec<&str> = answer
            .db_clusters()
            .iter()
            .filter_map(|cluster| cluster.db_cluster_identifier())
            .collect();
        seen.push(format!(
            "{profile:?}: {} {} {}",
            credentials.account,
            credentials.region,
            clusters.join(" ")
        ));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    Some("Alpha002-Admin"): 222222222222 us-east-1 alpha002-dev-auroracluster alpha002-stage-auroracluster
    Some("Admin-Alpha1"): 111111111111 us-east-1 alpha001-demo-auroracluster alpha001-prod-auroracluster
    Some("nobody"): 222222222222 us-east-1 alpha002-dev-auroracluster alpha002-stage-auroracluster
    None: 222222222222 us-east-1 alpha002-dev-auroracluster alpha002-stage-auroracluster
    "#);
}
