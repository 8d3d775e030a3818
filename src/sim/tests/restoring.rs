//! Copies of snapshots, sharing them, restores to a point in time, and clones.

use aws_sdk_rds::primitives::DateTime;

use super::support::{World, pass, refusal};

async fn snapshot(world: &World, name: &str) {
    world
        .rds
        .create_db_cluster_snapshot()
        .db_cluster_identifier("orders")
        .db_cluster_snapshot_identifier(name)
        .tags(
            aws_sdk_rds::types::Tag::builder()
                .key("team")
                .value("data")
                .build(),
        )
        .send()
        .await
        .unwrap();
    pass(280).await;
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_is_copied_with_its_tags_and_deleting_the_target_ends_the_copy() {
    let world = World::steady();
    snapshot(&world, "before").await;
    let copy = |source: &str, target: &str| {
        world
            .rds
            .copy_db_cluster_snapshot()
            .source_db_cluster_snapshot_identifier(source)
            .target_db_cluster_snapshot_identifier(target)
            .copy_tags(true)
    };
    let delete = |name: &str| {
        world
            .rds
            .delete_db_cluster_snapshot()
            .db_cluster_snapshot_identifier(name)
    };
    let arn = "arn:aws:rds:us-east-1:123456789012:cluster-snapshot:before";
    let begun = copy(arn, "Kept").send().await.unwrap();
    let begun = begun.db_cluster_snapshot().unwrap();
    assert_eq!(
        (begun.status(), begun.percent_progress()),
        (Some("copying"), Some(0))
    );
    assert_eq!(begun.source_db_cluster_snapshot_arn(), Some(arn));
    assert_eq!(begun.tag_list()[0].key(), Some("team"));
    let mut refusals = vec![
        refusal(copy("before", "kept").send().await),
        refusal(copy("kept", "again").send().await),
        refusal(copy("absent", "again").send().await),
        refusal(
            copy(
                "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:before",
                "again",
            )
            .send()
            .await,
        ),
    ];
    pass(280).await;
    assert_eq!(world.snapshot_now("kept"), "available");
    copy("kept", "dropped").send().await.unwrap();
    delete("dropped").send().await.unwrap();
    refusals.push(refusal(delete("dropped").send().await));
    insta::assert_snapshot!(refusals.join("\n"), @"
    DBClusterSnapshotAlreadyExistsFault 400: Cannot create the snapshot because a snapshot with the identifier kept already exists.
    InvalidDBClusterSnapshotStateFault 400: The snapshot kept is not in available state, but in copying.
    DBClusterSnapshotNotFoundFault 404: DBClusterSnapshot absent not found.
    InvalidParameterValue 400: The snapshot arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:before belongs to another account or region; copying from there is not simulated.
    DBClusterSnapshotNotFoundFault 404: DBClusterSnapshot dropped not found.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_manual_snapshot_is_shared_with_at_most_twenty_accounts() {
    let world = World::steady();
    snapshot(&world, "before").await;
    let share = |values: Vec<String>, gone: Vec<String>| {
        world
            .rds
            .modify_db_cluster_snapshot_attribute()
            .db_cluster_snapshot_identifier("before")
            .attribute_name("restore")
            .set_values_to_add(Some(values))
            .set_values_to_remove(Some(gone))
    };
    let accounts = |from: u64, to: u64| -> Vec<String> {
        (from..=to).map(|number| format!("{number:012}")).collect()
    };
    share(accounts(1, 20), vec![]).send().await.unwrap();
    let refusals = [
        refusal(share(accounts(21, 21), vec![]).send().await),
        refusal(share(vec!["everyone".to_owned()], vec![]).send().await),
        refusal(
            world
                .rds
                .modify_db_cluster_snapshot_attribute()
                .db_cluster_snapshot_identifier("before")
                .attribute_name("copy")
                .values_to_add("all")
                .send()
                .await,
        ),
        refusal(share(vec![], vec![]).send().await),
    ];
    let swapped = share(accounts(21, 21), accounts(1, 20))
        .send()
        .await
        .unwrap();
    let described = world
        .rds
        .describe_db_cluster_snapshot_attributes()
        .db_cluster_snapshot_identifier("Before")
        .send()
        .await
        .unwrap();
    let values = |result: &aws_sdk_rds::types::DbClusterSnapshotAttributesResult| {
        result.db_cluster_snapshot_attributes()[0]
            .attribute_values()
            .to_vec()
    };
    let kept = ["000000000021"];
    assert_eq!(
        values(swapped.db_cluster_snapshot_attributes_result().unwrap()),
        kept
    );
    assert_eq!(
        values(described.db_cluster_snapshot_attributes_result().unwrap()),
        kept
    );
    insta::assert_snapshot!(refusals.join("\n"), @"
    SharedSnapshotQuotaExceeded 400: A manual snapshot can be shared with at most 20 accounts
    InvalidParameterValue 400: Invalid value for the attribute restore: everyone. Valid values: all, or an account id
    InvalidParameterValue 400: Invalid attribute name: copy. Valid values: restore
    InvalidParameterCombination 400: Either ValuesToAdd or ValuesToRemove must be specified.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_is_restored_to_a_point_in_time_within_its_backups() {
    let world = World::steady();
    let now = world.simulator.now().as_second();
    let restore = |name: &str| {
        world
            .rds
            .restore_db_cluster_to_point_in_time()
            .db_cluster_identifier(name)
            .source_db_cluster_identifier("Orders")
    };
    let at = |seconds: i64| DateTime::from_secs(now + seconds);
    let refusals = [
        refusal(restore("b").send().await),
        refusal(
            restore("b")
                .restore_to_time(at(-600))
                .use_latest_restorable_time(true)
                .send()
                .await,
        ),
        // Backups are kept for a day and end five minutes ago.
        refusal(restore("b").restore_to_time(at(-90_000)).send().await),
        refusal(restore("b").restore_to_time(at(-200)).send().await),
        refusal(
            restore("b")
                .restore_to_time(at(-600))
                .restore_type("copy-on-write")
                .send()
                .await,
        ),
        refusal(
            restore("b")
                .use_latest_restorable_time(true)
                .restore_type("quick")
                .send()
                .await,
        ),
        refusal(
            restore("orders")
                .use_latest_restorable_time(true)
                .send()
                .await,
        ),
        refusal(
            world
                .rds
                .restore_db_cluster_to_point_in_time()
                .db_cluster_identifier("b")
                .source_db_cluster_resource_id("cluster-GONE")
                .use_latest_restorable_time(true)
                .send()
                .await,
        ),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    InvalidParameterCombination 400: Either RestoreToTime or UseLatestRestorableTime must be specified.
    InvalidParameterCombination 400: RestoreToTime and UseLatestRestorableTime cannot be used together.
    InvalidRestoreFault 400: The cluster orders can be restored to a time between 2026-05-14T06:05:00.000Z and 2026-05-15T06:00:00.000Z, not to 2026-05-14T05:05:00.000Z.
    InvalidRestoreFault 400: The cluster orders can be restored to a time between 2026-05-14T06:05:00.000Z and 2026-05-15T06:00:00.000Z, not to 2026-05-15T06:01:40.000Z.
    InvalidParameterCombination 400: RestoreToTime cannot be specified when RestoreType is copy-on-write.
    InvalidParameterValue 400: Invalid restore type: quick. Valid values: full-copy, copy-on-write
    DBClusterAlreadyExistsFault 400: DBCluster orders already exists.
    DBClusterAutomatedBackupNotFoundFault 404: No automated backup for this DB cluster was found: cluster-GONE
    ");
    let answer = restore("b").restore_to_time(at(-600)).send().await.unwrap();
    let cluster = answer.db_cluster().unwrap();
    assert_eq!(
        (cluster.status(), cluster.db_cluster_members().len()),
        (Some("creating"), 0)
    );
    assert_eq!(cluster.clone_group_id(), None);
    pass(420).await;
    assert_eq!(world.cluster("b").await.status(), Some("available"));
}

#[tokio::test(start_paused = true)]
async fn a_clone_and_its_source_are_found_by_their_clone_group() {
    let world = World::steady();
    let clone = world
        .rds
        .restore_db_cluster_to_point_in_time()
        .db_cluster_identifier("orders-clone")
        .source_db_cluster_identifier("orders")
        .restore_type("copy-on-write")
        .use_latest_restorable_time(true);
    let answer = clone.send().await.unwrap();
    let group = answer
        .db_cluster()
        .unwrap()
        .clone_group_id()
        .unwrap()
        .to_owned();
    let filter = aws_sdk_rds::types::Filter::builder()
        .name("clone-group-id")
        .values(group)
        .build();
    let found = world
        .rds
        .describe_db_clusters()
        .filters(filter)
        .send()
        .await
        .unwrap();
    let names: Vec<&str> = found
        .db_clusters()
        .iter()
        .filter_map(|cluster| cluster.db_cluster_identifier())
        .collect();
    assert_eq!(names, ["orders", "orders-clone"]);
}

#[tokio::test(start_paused = true)]
async fn how_long_a_restore_takes_does_not_depend_on_a_name_that_may_be_random() {
    let text = super::support::STEADY
        .replace("restore = 420", "")
        .replace("instance_create = 420", "");
    let mut seen = Vec::new();
    for name in ["copy-4f1c", "copy-97ab"] {
        let world = World::new(&text);
        snapshot(&world, "before").await;
        let began = world.simulator.now();
        let restore = format!(
            "Action=RestoreDBClusterFromSnapshot&DBClusterIdentifier={name}&SnapshotIdentifier=before&Engine=aurora-postgresql"
        );
        assert_eq!(world.raw(&restore).await, "200");
        let create = format!(
            "Action=CreateDBInstance&DBInstanceIdentifier={name}-1&DBClusterIdentifier={name}\
             &DBInstanceClass=db.t3.medium&Engine=aurora-postgresql"
        );
        let mut took = Vec::new();
        let passed = || world.simulator.now().duration_since(began).as_secs();
        while world.cluster(name).await.status() != Some("available") {
            pass(1).await;
        }
        took.push(passed());
        assert_eq!(world.raw(&create).await, "200");
        while world.instance_now(&format!("{name}-1")) != "available" {
            pass(1).await;
        }
        took.push(passed());
        seen.push(took);
    }
    assert_eq!(seen[0], seen[1]);
}
