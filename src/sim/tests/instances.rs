//! Members: the queue, reboots, classes, identifiers, creation and deletion.

use super::support::{STEADY, World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn a_writer_reboot_restarts_readers_only_on_older_versions() {
    let mut seen = Vec::new();
    for version in ["16.6", "14.6"] {
        let text = STEADY.replace("16.6", version).replace(
            "family = \"aurora-postgresql16\"",
            "family = \"aurora-postgresql14\"",
        );
        let world = World::new(&text);
        world
            .rds
            .reboot_db_instance()
            .db_instance_identifier("orders-1")
            .send()
            .await
            .unwrap();
        seen.push(format!("{version}: {}", world.picture("orders").await));
        pass(35).await;
        seen.push(format!("{version}: {}", world.picture("orders").await));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    16.6: orders available; orders-1 writer rebooting db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    16.6: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    14.6: orders available; orders-1 writer rebooting db.t3.medium in-sync; orders-2 reader rebooting db.t3.medium in-sync
    14.6: orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    ");
}

#[tokio::test(start_paused = true)]
async fn a_reboot_needs_an_available_instance_and_knows_no_forced_failover() {
    let world = World::steady();
    let reboot = || {
        world
            .rds
            .reboot_db_instance()
            .db_instance_identifier("orders-2")
    };
    let forced = refusal(reboot().force_failover(true).send().await);
    let answer = reboot().send().await.unwrap();
    assert_eq!(
        answer.db_instance().unwrap().db_instance_status(),
        Some("rebooting")
    );
    let twice = refusal(reboot().send().await);
    pass(35).await;
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.apply_immediately(true).send().await.unwrap();
    let accepted = refusal(reboot().send().await);
    let absent = refusal(
        world
            .rds
            .reboot_db_instance()
            .db_instance_identifier("nobody")
            .send()
            .await,
    );
    insta::assert_snapshot!([forced, twice, accepted, absent].join("\n"), @"
    InvalidParameterCombination 400: ForceFailover cannot be specified since the instance is not configured for MultiAZ.
    InvalidDBInstanceState 400: Instance cannot currently reboot due to an in-progress management operation.
    InvalidDBInstanceState 400: Instance cannot currently reboot due to an in-progress management operation.
    DBInstanceNotFound 404: DBInstance nobody not found.
    ");
}

#[tokio::test(start_paused = true)]
async fn the_engine_is_down_for_a_part_of_a_class_change_and_loads_static_values() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    pass(60).await;
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.apply_immediately(true).send().await.unwrap();
    let mut down = 0;
    for _ in 0..410 {
        pass(1).await;
        down += u32::from(!world.engine_up("orders-2"));
    }
    assert_eq!(down, 90);
    insta::assert_snapshot!(world.picture("orders").await, @"orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.r7g.large in-sync");
    assert!(
        world
            .running("orders-2")
            .contains(&"max_connections=500".to_owned())
    );
    insta::assert_snapshot!(world.events().join("\n"), @"
     80 RDS-EVENT-0012 orders-2: Applying modification to database instance class
    272 RDS-EVENT-0004 orders-2: DB instance shutdown
    362 RDS-EVENT-0006 orders-2: DB instance restarted
    410 RDS-EVENT-0014 orders-2: Finished applying modification to DB instance class
    ");
}

#[tokio::test(start_paused = true)]
async fn the_current_class_sent_immediately_takes_the_pending_one_back() {
    let world = World::steady();
    let change = |class: &str, now: bool| {
        world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
            .db_instance_class(class)
            .apply_immediately(now)
    };
    change("db.r7g.large", false).send().await.unwrap();
    let queued = world.picture("orders").await;
    change("db.t3.medium", false).send().await.unwrap();
    let kept = world.picture("orders").await;
    change("db.t3.medium", true).send().await.unwrap();
    let gone = world.picture("orders").await;
    pass(1000).await;
    assert_eq!(world.picture("orders").await, gone);
    insta::assert_snapshot!([queued, kept, gone].join("\n"), @"
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium -> db.r7g.large in-sync
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium -> db.r7g.large in-sync
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    ");
}

#[tokio::test(start_paused = true)]
async fn sending_an_accepted_flush_again_changes_nothing_more() {
    let world = World::steady();
    let flush = || {
        world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
            .apply_immediately(true)
    };
    flush()
        .db_instance_class("db.r7g.large")
        .send()
        .await
        .unwrap();
    pass(5).await;
    flush().send().await.unwrap();
    pass(800).await;
    let restarts = world
        .events()
        .iter()
        .filter(|event| event.contains("RDS-EVENT-0006 orders-2"))
        .count();
    assert_eq!(restarts, 1);
    let effects: Vec<Vec<String>> = world
        .simulator
        .requests()
        .into_iter()
        .map(|request| request.effects)
        .collect();
    insta::assert_debug_snapshot!(effects, @r#"
    [
        [
            "class db.r7g.large of orders-2 queued",
            "queued changes of orders-2 are applied",
        ],
        [],
    ]
    "#);
}

#[tokio::test(start_paused = true)]
async fn the_maintenance_window_flushes_the_queue() {
    let world = World::steady();
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.send().await.unwrap();
    // From Friday 06:05 to Sunday 07:00.
    let until_window = (48 * 60 + 55) * 60;
    pass(until_window - 1).await;
    assert!(
        world
            .picture("orders")
            .await
            .contains("db.t3.medium -> db.r7g.large")
    );
    pass(500).await;
    assert!(
        world
            .picture("orders")
            .await
            .ends_with("orders-2 reader available db.r7g.large in-sync")
    );
}

#[tokio::test(start_paused = true)]
async fn moving_the_maintenance_window_onto_now_flushes_the_queue() {
    let world = World::steady();
    let modify = || {
        world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
    };
    modify()
        .db_instance_class("db.r7g.large")
        .send()
        .await
        .unwrap();
    modify()
        .preferred_maintenance_window("Fri:06:00-Fri:07:00")
        .send()
        .await
        .unwrap();
    pass(20).await;
    assert!(
        world
            .picture("orders")
            .await
            .ends_with("orders-2 reader modifying db.t3.medium -> db.r7g.large in-sync")
    );
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_the_cluster_or_does_not_exist_is_refused_on_a_member() {
    let world = World::steady();
    let modify = || {
        world
            .rds
            .modify_db_instance()
            .db_instance_identifier("orders-2")
    };
    let seen = [
        refusal(modify().vpc_security_group_ids("sg-1").send().await),
        refusal(modify().backup_retention_period(7).send().await),
        refusal(modify().engine_version("16.8").send().await),
        refusal(modify().db_instance_class("db.r7g.enormous").send().await),
        refusal(modify().db_instance_class("db.r4.large").send().await),
        refusal(modify().db_instance_class("db.serverless").send().await),
        refusal(modify().promotion_tier(16).send().await),
        refusal(modify().new_db_instance_identifier("ORDERS-1").send().await),
        refusal(modify().multi_az(true).send().await),
        refusal(
            world
                .rds
                .modify_db_instance()
                .db_instance_identifier("nobody")
                .send()
                .await,
        ),
    ];
    insta::assert_snapshot!(seen.join("\n"), @"
    InvalidParameterCombination 400: The specified DB Instance is a member of a cluster. Modify vpc security group for the DB Cluster using the ModifyDbCluster API
    InvalidParameterCombination 400: The specified DB Instance is a member of a cluster. Modify backup retention period for the DB Cluster using the ModifyDbCluster API
    InvalidParameterCombination 400: The specified DB Instance is a member of a cluster. Modify engine version for the DB Cluster using the ModifyDbCluster API
    InvalidParameterValue 400: Invalid DB Instance class: db.r7g.enormous
    InvalidParameterCombination 400: RDS does not support creating a DB instance with the following combination: DBInstanceClass=db.r4.large, Engine=aurora-postgresql, EngineVersion=16.6, LicenseModel=postgresql-license. For supported combinations of instance class and database engine version, see the documentation.
    InvalidParameterCombination 400: Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.
    InvalidParameterValue 400: Invalid promotion tier: 16. Must be between 0 and 15.
    DBInstanceAlreadyExists 400: DB instance already exists: orders-1
    InvalidParameterValue 400: The parameter MultiAZ is not simulated for ModifyDBInstance.
    DBInstanceNotFound 404: DBInstance nobody not found.
    ");
}

#[tokio::test(start_paused = true)]
async fn identifiers_come_back_in_lower_case_and_are_found_in_any_case() {
    let world = World::steady();
    assert_eq!(
        world.instance("ORDERS-1").await.db_instance_identifier(),
        Some("orders-1")
    );
    assert_eq!(
        world.cluster("Orders").await.db_cluster_identifier(),
        Some("orders")
    );
    let create = world
        .rds
        .create_db_instance()
        .db_instance_identifier("Orders-Three")
        .db_cluster_identifier("ORDERS");
    let answer = create
        .db_instance_class("db.t3.medium")
        .engine("aurora-postgresql")
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.db_instance().unwrap().db_instance_identifier(),
        Some("orders-three")
    );
    let by_arn = world
        .instance("arn:aws:rds:us-east-1:123456789012:db:orders-three")
        .await;
    assert_eq!(
        by_arn.db_instance_arn(),
        Some("arn:aws:rds:us-east-1:123456789012:db:orders-three")
    );
}

#[tokio::test(start_paused = true)]
async fn a_new_member_comes_up_with_the_groups_values_and_a_deleted_writer_hands_over() {
    let world = World::steady();
    let attach = world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    attach.send().await.unwrap();
    let create = world
        .rds
        .create_db_instance()
        .db_instance_identifier("orders-3")
        .db_cluster_identifier("orders");
    create
        .db_instance_class("db.r6g.large")
        .engine("aurora-postgresql")
        .promotion_tier(0)
        .send()
        .await
        .unwrap();
    let mut seen = vec![world.picture("orders").await];
    pass(420).await;
    seen.push(world.picture("orders").await);
    seen.push(world.running("orders-3").join(" "));
    let answer = world
        .rds
        .delete_db_instance()
        .db_instance_identifier("orders-1")
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.db_instance().unwrap().db_instance_status(),
        Some("deleting")
    );
    pass(240).await;
    seen.push(world.picture("orders").await);
    seen.push(refusal(
        world
            .rds
            .describe_db_instances()
            .db_instance_identifier("orders-1")
            .send()
            .await,
    ));
    insta::assert_snapshot!(seen.join("\n"), @"
    orders available; orders-1 writer available db.t3.medium applying; orders-2 reader available db.t3.medium applying; orders-3 reader creating db.r6g.large in-sync
    orders available; orders-1 writer available db.t3.medium pending-reboot; orders-2 reader available db.t3.medium pending-reboot; orders-3 reader available db.r6g.large in-sync
    log_min_duration_statement=500 log_statement=ddl max_connections=500
    orders available; orders-2 reader available db.t3.medium pending-reboot; orders-3 writer available db.r6g.large in-sync
    DBInstanceNotFound 404: DBInstance orders-1 not found.
    ");
}

#[tokio::test(start_paused = true)]
async fn a_renamed_member_answers_under_its_new_name_only() {
    let world = World::steady();
    let rename = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .new_db_instance_identifier("Orders-Reader");
    rename.apply_immediately(true).send().await.unwrap();
    pass(25).await;
    assert_eq!(
        world.instance("orders-2").await.db_instance_status(),
        Some("renaming")
    );
    let resource = world
        .instance("orders-2")
        .await
        .dbi_resource_id()
        .unwrap()
        .to_owned();
    pass(60).await;
    let renamed = world.instance("orders-reader").await;
    assert_eq!(
        (renamed.db_instance_status(), renamed.dbi_resource_id()),
        (Some("available"), Some(resource.as_str()))
    );
    assert_eq!(
        refusal(
            world
                .rds
                .describe_db_instances()
                .db_instance_identifier("orders-2")
                .send()
                .await
        ),
        "DBInstanceNotFound 404: DBInstance orders-2 not found."
    );
    assert!(
        world
            .picture("orders")
            .await
            .contains("; orders-reader reader available")
    );
}

#[tokio::test(start_paused = true)]
async fn a_filter_for_an_unknown_cluster_is_an_empty_list_and_an_unknown_filter_an_error() {
    let world = World::steady();
    let filter = |name: &str, value: &str| {
        aws_sdk_rds::types::Filter::builder()
            .name(name)
            .values(value)
            .build()
    };
    let answer = world
        .rds
        .describe_db_instances()
        .filters(filter("db-cluster-id", "nobody"))
        .send()
        .await
        .unwrap();
    assert!(answer.db_instances().is_empty());
    let answer = world
        .rds
        .describe_db_instances()
        .filters(filter("db-cluster-id", "ORDERS"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.db_instances().len(), 2);
    let unknown = world
        .rds
        .describe_db_instances()
        .filters(filter("colour", "red"))
        .send()
        .await;
    assert_eq!(
        refusal(unknown),
        "InvalidParameterValue 400: Unrecognized filter name: colour"
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_flushes_at_reboot_only_under_that_policy() {
    let world = World::new(&STEADY.replace(
        "[timings]",
        "[policies]\nreboot_flushes_queue = true\n[timings]",
    ));
    let change = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .db_instance_class("db.r7g.large");
    change.send().await.unwrap();
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(35 + 410).await;
    assert!(
        world
            .picture("orders")
            .await
            .ends_with("orders-2 reader available db.r7g.large in-sync")
    );
}
