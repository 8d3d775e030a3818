//! Cluster snapshots and restores.

use super::support::{STEADY, World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn a_snapshot_takes_three_and_a_half_to_six_minutes() {
    let text: String = STEADY
        .lines()
        .filter(|line| !line.starts_with("snapshot"))
        .map(|line| format!("{line}\n"))
        .collect();
    for seed in 1..=20 {
        let world = World::new(&text.replace("seed = 1", &format!("seed = {seed}")));
        let create = world
            .rds
            .create_db_cluster_snapshot()
            .db_cluster_identifier("Orders")
            .db_cluster_snapshot_identifier("Before");
        let snapshot = create
            .send()
            .await
            .unwrap()
            .db_cluster_snapshot()
            .unwrap()
            .clone();
        assert_eq!(
            (
                snapshot.status(),
                snapshot.percent_progress(),
                snapshot.port()
            ),
            (Some("creating"), Some(0), Some(0))
        );
        assert_eq!(world.cluster("orders").await.status(), Some("available"));
        let mut seconds = 0;
        while world.snapshot_now("before") != "available" {
            pass(1).await;
            seconds += 1;
        }
        let request = world
            .rds
            .describe_db_cluster_snapshots()
            .db_cluster_snapshot_identifier("BEFORE");
        let answer = request.send().await.unwrap();
        assert_eq!(
            answer.db_cluster_snapshots()[0].percent_progress(),
            Some(100)
        );
        assert!((200..=340).contains(&seconds), "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn deleting_a_snapshot_is_immediate_although_the_answer_says_available() {
    let world = World::steady();
    let create = || {
        world
            .rds
            .create_db_cluster_snapshot()
            .db_cluster_identifier("orders")
            .db_cluster_snapshot_identifier("before")
    };
    let delete = || {
        world
            .rds
            .delete_db_cluster_snapshot()
            .db_cluster_snapshot_identifier("Before")
    };
    create().send().await.unwrap();
    let early = refusal(delete().send().await);
    let twice = refusal(create().send().await);
    pass(280).await;
    let answer = delete().send().await.unwrap();
    assert_eq!(
        answer.db_cluster_snapshot().unwrap().status(),
        Some("available")
    );
    let describe = world
        .rds
        .describe_db_cluster_snapshots()
        .db_cluster_snapshot_identifier("before")
        .send()
        .await;
    insta::assert_snapshot!([early, twice, refusal(describe), refusal(delete().send().await)].join("\n"), @"
    InvalidDBClusterSnapshotStateFault 400: Cannot delete the snapshot before because it is not in available state, but in creating.
    DBClusterSnapshotAlreadyExistsFault 400: Cannot create the snapshot because a snapshot with the identifier before already exists.
    DBClusterSnapshotNotFoundFault 404: DBClusterSnapshot before not found.
    DBClusterSnapshotNotFoundFault 404: DBClusterSnapshot Before not found.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_needs_an_available_cluster_and_a_free_place() {
    let world = World::steady();
    let create = |cluster: &str, name: &str| {
        world
            .rds
            .create_db_cluster_snapshot()
            .db_cluster_identifier(cluster)
            .db_cluster_snapshot_identifier(name)
    };
    let absent = refusal(create("nobody", "a").send().await);
    let invalid = refusal(create("orders", "a--b").send().await);
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(12).await;
    let busy = refusal(create("orders", "a").send().await);
    pass(60).await;
    for number in 0..100 {
        create("orders", &format!("s{number}"))
            .send()
            .await
            .unwrap();
    }
    let full = refusal(create("orders", "one-more").send().await);
    insta::assert_snapshot!([absent, invalid, busy, full].join("\n"), @"
    DBClusterNotFoundFault 404: DBCluster nobody not found.
    InvalidParameterValue 400: The parameter DBClusterSnapshotIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.
    InvalidDBClusterStateFault 400: Cluster orders is not in available state, but in failing-over.
    SnapshotQuotaExceeded 400: Cannot create more than 100 manual snapshots
    ");
}

#[tokio::test(start_paused = true)]
async fn a_restored_cluster_has_no_members_and_the_default_group() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    let create = world
        .rds
        .create_db_cluster_snapshot()
        .db_cluster_identifier("orders")
        .db_cluster_snapshot_identifier("before");
    create.send().await.unwrap();
    pass(280).await;
    let restore = world
        .rds
        .restore_db_cluster_from_snapshot()
        .db_cluster_identifier("Orders-Restored")
        .snapshot_identifier("before");
    let answer = restore.engine("aurora-postgresql").send().await.unwrap();
    let cluster = answer.db_cluster().unwrap();
    assert_eq!(
        (cluster.status(), cluster.db_cluster_members().len()),
        (Some("creating"), 0)
    );
    assert!(cluster.latest_restorable_time().is_none());
    pass(420).await;
    let cluster = world.cluster("orders-restored").await;
    assert_eq!(
        (cluster.status(), cluster.db_cluster_parameter_group()),
        (Some("available"), Some("default.aurora-postgresql16"))
    );
    assert!(cluster.latest_restorable_time().is_some());
}
