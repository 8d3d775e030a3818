//! Clusters: creation, deletion, failover's refusals, modifications, upgrades.

use super::support::{STEADY, World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn a_cluster_is_created_filled_emptied_and_deleted() {
    let world = World::new("clock = \"2026-05-15T06:05:00Z\"");
    let create = world
        .rds
        .create_db_cluster()
        .db_cluster_identifier("Shop")
        .engine("aurora-postgresql")
        .engine_version("16.6");
    let create = create
        .master_username("app")
        .master_user_password("correct-horse")
        .backup_retention_period(7);
    let answer = create.deletion_protection(true).send().await.unwrap();
    assert_eq!(answer.db_cluster().unwrap().status(), Some("creating"));
    for member in ["shop-a", "shop-b"] {
        let create = world
            .rds
            .create_db_instance()
            .db_instance_identifier(member)
            .db_cluster_identifier("shop");
        create
            .db_instance_class("db.r6g.large")
            .engine("aurora-postgresql")
            .send()
            .await
            .unwrap();
    }
    pass(1200).await;
    let mut seen = vec![world.picture("shop").await];
    let delete = || world.rds.delete_db_cluster().db_cluster_identifier("shop");
    seen.push(refusal(delete().skip_final_snapshot(true).send().await));
    let unprotect = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("shop")
        .deletion_protection(false);
    unprotect.send().await.unwrap();
    seen.push(refusal(delete().skip_final_snapshot(true).send().await));
    for member in ["shop-a", "shop-b"] {
        world
            .rds
            .delete_db_instance()
            .db_instance_identifier(member)
            .send()
            .await
            .unwrap();
    }
    seen.push(refusal(delete().send().await));
    seen.push(refusal(
        delete()
            .skip_final_snapshot(true)
            .final_db_snapshot_identifier("last")
            .send()
            .await,
    ));
    let answer = delete()
        .final_db_snapshot_identifier("Last")
        .send()
        .await
        .unwrap();
    seen.push(format!(
        "answer {}",
        answer.db_cluster().unwrap().status().unwrap()
    ));
    pass(10).await;
    seen.push(format!(
        "then {}",
        world.cluster("shop").await.status().unwrap()
    ));
    pass(1200).await;
    seen.push(refusal(
        world
            .rds
            .describe_db_clusters()
            .db_cluster_identifier("shop")
            .send()
            .await,
    ));
    let snapshots = world
        .rds
        .describe_db_cluster_snapshots()
        .send()
        .await
        .unwrap();
    seen.push(
        snapshots.db_cluster_snapshots()[0]
            .db_cluster_snapshot_identifier()
            .unwrap()
            .to_owned(),
    );
    insta::assert_snapshot!(seen.join("\n"), @"
    shop available; shop-a writer available db.r6g.large in-sync; shop-b reader available db.r6g.large in-sync
    InvalidParameterCombination 400: Cannot delete protected Cluster, please disable deletion protection and try again.
    InvalidDBClusterStateFault 400: Cluster cannot be deleted, it still contains DB instances in non-deleting state.
    InvalidParameterCombination 400: FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.
    InvalidParameterCombination 400: FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.
    answer available
    then deleting
    DBClusterNotFoundFault 404: DBCluster shop not found.
    last
    ");
}

#[tokio::test(start_paused = true)]
async fn a_failover_is_refused_where_it_cannot_work() {
    let lonely = "[[cluster]]\nidentifier = \"lonely\"\nengine_version = \"16.6\"\n[[cluster.member]]\nidentifier = \"lonely-1\"\nclass = \"db.t3.medium\"\n";
    let world = World::new(&format!("{STEADY}{lonely}"));
    let failover = |cluster: &str| {
        world
            .rds
            .failover_db_cluster()
            .db_cluster_identifier(cluster)
    };
    let mut seen = vec![
        refusal(failover("nobody").send().await),
        refusal(failover("lonely").send().await),
        refusal(
            failover("orders")
                .target_db_instance_identifier("lonely-1")
                .send()
                .await,
        ),
        refusal(
            failover("orders")
                .target_db_instance_identifier("ORDERS-1")
                .send()
                .await,
        ),
    ];
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    seen.push(refusal(
        failover("orders")
            .target_db_instance_identifier("orders-2")
            .send()
            .await,
    ));
    seen.push(refusal(failover("orders").send().await));
    pass(35).await;
    failover("orders").send().await.unwrap();
    // Accepted, not yet to be seen: a second one must not follow.
    assert_eq!(world.cluster("orders").await.status(), Some("available"));
    seen.push(refusal(failover("orders").send().await));
    pass(12).await;
    seen.push(refusal(
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .deletion_protection(true)
            .send()
            .await,
    ));
    seen.push(refusal(
        world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
            .apply_immediately(true)
            .send()
            .await,
    ));
    insta::assert_snapshot!(seen.join("\n"), @"
    DBClusterNotFoundFault 404: The source cluster could not be found or cannot be accessed: nobody
    InvalidDBClusterStateFault 400: Database cluster:lonely should have at least two database instances for failover
    InvalidParameterValue 400: Cannot find target instance: lonely-1
    InvalidDBInstanceState 400: The target instance orders-1 is already the writer of the cluster.
    InvalidDBInstanceState 400: The target instance orders-2 is not in available state.
    InvalidDBClusterStateFault 400: Database cluster:orders should have at least two database instances in valid states or a valid target instance for failover
    InvalidDBClusterStateFault 400: DB cluster isn't available for modification with status failing-over
    InvalidDBClusterStateFault 400: DB cluster isn't available for modification with status failing-over
    InvalidDBInstanceState 400: Database instance orders-2 cannot be modified while its cluster has an operation in progress.
    ");
}

#[tokio::test(start_paused = true)]
async fn without_a_target_the_lowest_tier_then_the_largest_class_takes_over() {
    let more = |name: &str, class: &str, tier: u8| {
        format!(
            "[[cluster.member]]\nidentifier = \"{name}\"\nclass = \"{class}\"\npromotion_tier = {tier}\n"
        )
    };
    let text = format!(
        "{STEADY}{}{}{}",
        more("big", "db.r6g.2xlarge", 2),
        more("small", "db.t3.large", 0),
        more("middle", "db.r6g.large", 0)
    );
    let world = World::new(&text);
    let mut writers = Vec::new();
    for _ in 0..2 {
        world
            .rds
            .failover_db_cluster()
            .db_cluster_identifier("orders")
            .send()
            .await
            .unwrap();
        pass(60).await;
        let cluster = world.cluster("orders").await;
        let writer = cluster
            .db_cluster_members()
            .iter()
            .find(|member| member.is_cluster_writer() == Some(true))
            .unwrap();
        writers.push(writer.db_instance_identifier().unwrap().to_owned());
    }
    assert_eq!(writers, ["middle", "small"]);
}

#[tokio::test(start_paused = true)]
async fn what_modify_refuses() {
    let world = World::steady();
    let modify = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
    };
    let seen = [
        refusal(modify().engine_version("15.7").send().await),
        refusal(modify().engine_version("17.4").send().await),
        refusal(modify().backup_retention_period(0).send().await),
        refusal(modify().preferred_backup_window("07:30-08:00").send().await),
        refusal(
            modify()
                .preferred_maintenance_window("sometimes")
                .send()
                .await,
        ),
        refusal(modify().port(80).send().await),
        refusal(modify().master_user_password("a@b").send().await),
        refusal(
            modify()
                .performance_insights_retention_period(30)
                .send()
                .await,
        ),
        refusal(modify().db_instance_parameter_group_name("x").send().await),
        refusal(modify().monitoring_interval(7).send().await),
        refusal(modify().iops(1000).send().await),
        refusal(
            world
                .rds
                .modify_db_cluster()
                .db_cluster_identifier("nobody")
                .send()
                .await,
        ),
    ];
    insta::assert_snapshot!(seen.join("\n"), @r#"
    InvalidParameterCombination 400: Cannot upgrade aurora-postgresql from 16.6 to 15.7
    InvalidParameterCombination 400: The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.
    InvalidParameterValue 400: Invalid backup retention period: 0. Must be between 1 and 35.
    InvalidParameterCombination 400: The backup window and maintenance window must not overlap.
    InvalidParameterValue 400: Invalid maintenance window format: sometimes. Use ddd:hh24:mi-ddd:hh24:mi, at least 30 minutes, in UTC.
    InvalidParameterValue 400: The port must be between 1150 and 65535.
    InvalidParameterValue 400: The parameter MasterUserPassword is not a valid password: 8 to 41 printable ASCII characters besides '/', '@', '"', ' ' may be used.
    InvalidParameterValue 400: Invalid Performance Insights retention period: 30. Valid values are 7, multiples of 31 up to 713, and 731.
    InvalidParameterCombination 400: db-instance-parameter-group-name can only be specified for a major version upgrade.
    InvalidParameterValue 400: Invalid monitoring interval: 7. Valid values: 0, 1, 5, 10, 15, 30, 60
    InvalidParameterValue 400: The parameter Iops is not simulated for ModifyDBCluster.
    DBClusterNotFoundFault 404: DBCluster nobody not found.
    "#);
    assert!(
        world
            .simulator
            .requests()
            .iter()
            .all(|request| request.effects.is_empty())
    );
}

#[tokio::test(start_paused = true)]
async fn a_minor_upgrade_waits_in_the_queue_until_it_is_sent_immediately() {
    let world = World::steady();
    let modify = || {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
    };
    modify().engine_version("16.8").send().await.unwrap();
    let cluster = world.cluster("orders").await;
    assert_eq!(
        cluster.pending_modified_values().unwrap().engine_version(),
        Some("16.8")
    );
    pass(600).await;
    assert_eq!(world.cluster("orders").await.engine_version(), Some("16.6"));
    modify().apply_immediately(true).send().await.unwrap();
    assert_eq!(world.cluster("orders").await.status(), Some("available"));
    pass(10).await;
    let mut seen = vec![world.picture("orders").await];
    pass(360).await;
    seen.push(world.picture("orders").await);
    let cluster = world.cluster("orders").await;
    seen.push(format!(
        "{} {:?}",
        cluster.engine_version().unwrap(),
        cluster.pending_modified_values()
    ));
    insta::assert_snapshot!(seen.join("\n"), @"
    orders upgrading; orders-1 writer upgrading db.t3.medium in-sync; orders-2 reader upgrading db.t3.medium in-sync
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    16.8 None
    ");
}

#[tokio::test(start_paused = true)]
async fn a_major_version_alone_is_its_default_minor_version_when_a_cluster_is_modified() {
    let world = World::new(&STEADY.replace("\"16.6\"", "\"16.8\""));
    let modify = |world: &World, version: &str| {
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .engine_version(version)
            .backup_retention_period(14)
            .apply_immediately(true)
            .send()
    };
    // Terraform sends what is configured with every change: at the default this changes nothing.
    let answer = modify(&world, "16").await.unwrap();
    let cluster = answer.db_cluster().unwrap();
    assert_eq!(cluster.backup_retention_period(), Some(14));
    assert!(cluster.pending_modified_values().is_none());
    pass(600).await;
    assert_eq!(world.cluster("orders").await.engine_version(), Some("16.8"));
    let beyond = World::new(&STEADY.replace("\"16.6\"", "\"16.9\""));
    assert_eq!(
        refusal(modify(&beyond, "16").await),
        "InvalidParameterCombination 400: Cannot upgrade aurora-postgresql from 16.9 to 16.8"
    );
}

#[tokio::test(start_paused = true)]
async fn a_major_upgrade_takes_the_default_group_of_the_new_family() {
    let world = World::steady();
    let modify = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .engine_version("17.4")
        .apply_immediately(true);
    modify
        .allow_major_version_upgrade(true)
        .send()
        .await
        .unwrap();
    pass(1210).await;
    let cluster = world.cluster("orders").await;
    assert_eq!(
        (
            cluster.engine_version(),
            cluster.db_cluster_parameter_group()
        ),
        (Some("17.4"), Some("default.aurora-postgresql17"))
    );
    let own = world.instance("orders-1").await.db_parameter_groups()[0].clone();
    assert_eq!(
        own.db_parameter_group_name(),
        Some("default.aurora-postgresql17")
    );
}

#[tokio::test(start_paused = true)]
async fn a_renamed_cluster_keeps_its_members_and_its_resource_id() {
    let world = World::steady();
    let resource = world
        .cluster("orders")
        .await
        .db_cluster_resource_id()
        .unwrap()
        .to_owned();
    let modify = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .new_db_cluster_identifier("Sales");
    modify.apply_immediately(true).send().await.unwrap();
    pass(41).await;
    let cluster = world.cluster("sales").await;
    assert_eq!(cluster.db_cluster_resource_id(), Some(resource.as_str()));
    assert_eq!(
        world.instance("orders-1").await.db_cluster_identifier(),
        Some("sales")
    );
    let gone = world
        .rds
        .describe_db_clusters()
        .db_cluster_identifier("orders")
        .send()
        .await;
    assert_eq!(
        refusal(gone),
        "DBClusterNotFoundFault 404: DBCluster orders not found."
    );
}

#[tokio::test(start_paused = true)]
async fn a_capacity_change_leaves_pending_reboot_behind_and_briefly_blocks_reboots() {
    let text = STEADY.replace(
        "maintenance_window",
        "serverless_capacity = [0.5, 4]\nmaintenance_window",
    );
    let world = World::new(&text.replacen("db.t3.medium", "db.serverless", 1));
    let bounds = |least: f64, most: f64| {
        let scaling = aws_sdk_rds::types::ServerlessV2ScalingConfiguration::builder()
            .min_capacity(least)
            .max_capacity(most);
        world
            .rds
            .modify_db_cluster()
            .db_cluster_identifier("orders")
            .serverless_v2_scaling_configuration(scaling.build())
    };
    assert_eq!(
        refusal(bounds(0.5, 0.5).send().await),
        "InvalidParameterValue 400: Serverless v2 maximum capacity 0.5 isn't valid. The maximum capacity must be at least 1.0."
    );
    bounds(1.0, 8.0).send().await.unwrap();
    insta::assert_snapshot!(world.picture("orders").await, @"orders available; orders-1 writer available db.serverless pending-reboot; orders-2 reader available db.t3.medium in-sync");
    let reboot = || {
        world
            .rds
            .reboot_db_instance()
            .db_instance_identifier("orders-1")
    };
    assert_eq!(
        refusal(reboot().send().await),
        "InvalidDBInstanceState 400: Instance cannot currently reboot due to an in-progress management operation."
    );
    pass(30).await;
    reboot().send().await.unwrap();
    pass(35).await;
    assert!(
        world
            .picture("orders")
            .await
            .contains("db.serverless in-sync")
    );
}

#[tokio::test(start_paused = true)]
async fn events_are_asked_for_by_source_and_time() {
    let world = World::steady();
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(3000).await;
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    pass(1000).await;
    let events = || world.rds.describe_events();
    let messages =
        |answer: aws_sdk_rds::operation::describe_events::DescribeEventsOutput| -> Vec<String> {
            answer
                .events()
                .iter()
                .map(|event| {
                    format!(
                        "{} {}",
                        event.source_identifier().unwrap(),
                        event.message().unwrap()
                    )
                })
                .collect()
        };
    let mut seen = vec![format!(
        "last hour: {:?}",
        messages(events().send().await.unwrap())
    )];
    seen.push(format!(
        "two hours: {:?}",
        messages(
            events()
                .duration(120)
                .source_type("db-instance".into())
                .source_identifier("Orders-2")
                .send()
                .await
                .unwrap()
        )
    ));
    seen.push(format!(
        "failovers: {:?}",
        messages(events().event_categories("failover").send().await.unwrap())
    ));
    seen.push(refusal(events().source_identifier("orders").send().await));
    seen.push(refusal(events().duration(30_000).send().await));
    insta::assert_snapshot!(seen.join("\n"), @r#"
    last hour: ["orders Started cross AZ failover to DB instance: orders-2", "orders-1 DB instance shutdown", "orders-1 DB instance restarted", "orders Completed failover to DB instance: orders-2"]
    two hours: ["orders-2 DB instance shutdown", "orders-2 DB instance restarted"]
    failovers: ["orders Started cross AZ failover to DB instance: orders-2", "orders Completed failover to DB instance: orders-2"]
    InvalidParameterCombination 400: SourceType must be provided when SourceIdentifier is provided.
    InvalidParameterValue 400: Duration must be between 1 and 20160 minutes.
    "#);
}
