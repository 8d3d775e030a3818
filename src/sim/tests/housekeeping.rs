//! Roles, quotas, certificates, categories of events, automated backups, and what belongs to other kinds of databases.

use super::support::{World, pass, refusal};

#[tokio::test(start_paused = true)]
async fn a_role_is_pending_at_first_and_a_feature_has_one_role() {
    let world = World::steady();
    let arn = "arn:aws:iam::123456789012:role/export";
    let add = |arn: &str, feature: Option<&str>| {
        world
            .rds
            .add_role_to_db_cluster()
            .db_cluster_identifier("orders")
            .role_arn(arn)
            .set_feature_name(feature.map(str::to_owned))
    };
    let remove = || {
        world
            .rds
            .remove_role_from_db_cluster()
            .db_cluster_identifier("orders")
            .role_arn(arn)
            .feature_name("s3Export")
    };
    let roles = async || {
        let cluster = world.cluster("orders").await;
        let roles = cluster.associated_roles().iter();
        roles
            .map(|role| {
                format!(
                    "{} {}",
                    role.feature_name().unwrap(),
                    role.status().unwrap()
                )
            })
            .collect::<Vec<String>>()
    };
    add(arn, Some("s3Export")).send().await.unwrap();
    assert_eq!(roles().await, ["s3Export PENDING"]);
    pass(60).await;
    assert_eq!(roles().await, ["s3Export ACTIVE"]);
    let mut refusals = vec![
        refusal(add(arn, Some("s3Export")).send().await),
        refusal(add(arn, None).send().await),
        refusal(add(arn, Some("Flight")).send().await),
        refusal(add("export", Some("Lambda")).send().await),
    ];
    for feature in ["s3Import", "Lambda", "SageMaker", "Comprehend"] {
        add(arn, Some(feature)).send().await.unwrap();
    }
    remove().send().await.unwrap();
    refusals.push(refusal(remove().send().await));
    insta::assert_snapshot!(refusals.join("\n"), @"
    DBClusterRoleAlreadyExists 400: The DB cluster orders already has a role for the feature s3Export.
    InvalidParameterValue 400: The feature-name parameter must be provided with the current operation for the Aurora (PostgreSQL) engine.
    InvalidParameterValue 400: Invalid feature name: Flight. Valid values: s3Import, s3Export, Lambda, SageMaker, Comprehend
    InvalidParameterValue 400: IAM role ARN value is invalid or does not include the required permissions for: Lambda
    DBClusterRoleNotFound 404: The role arn:aws:iam::123456789012:role/export for the feature s3Export is not associated with the DB cluster orders.
    ");
    assert_eq!(roles().await.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn quotas_count_what_there_is() {
    let world = World::steady();
    let answer = world
        .rds
        .describe_account_attributes()
        .send()
        .await
        .unwrap();
    let quotas: Vec<String> = answer
        .account_quotas()
        .iter()
        .map(|quota| {
            format!(
                "{} {} of {}",
                quota.account_quota_name().unwrap(),
                quota.used().unwrap(),
                quota.max().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!(quotas.join("\n"), @"
    DBInstances 2 of 40
    DBParameterGroups 0 of 50
    ManualSnapshots 0 of 100
    DBSubnetGroups 0 of 50
    SubnetsPerDBSubnetGroup 0 of 20
    DBClusters 1 of 40
    DBClusterParameterGroups 1 of 50
    DBClusterRoles 0 of 5
    EventSubscriptions 0 of 20
    OptionGroups 0 of 20
    CustomEndpointsPerDBCluster 0 of 5
    ");
}

#[tokio::test(start_paused = true)]
async fn certificates_and_categories_of_events_are_listed() {
    let world = World::steady();
    let certificates = world.rds.describe_certificates().send().await.unwrap();
    assert_eq!(certificates.certificates().len(), 3);
    let one = world
        .rds
        .describe_certificates()
        .certificate_identifier("rds-ca-2015");
    assert_eq!(
        refusal(one.send().await),
        "CertificateNotFound 404: Certificate not found: rds-ca-2015"
    );
    let categories = |source: &str| world.rds.describe_event_categories().source_type(source);
    let of_groups = categories("db-parameter-group").send().await.unwrap();
    assert_eq!(
        of_groups.event_categories_map_list()[0].event_categories(),
        ["configuration change"]
    );
    assert_eq!(
        refusal(categories("db-table").send().await),
        "InvalidParameterValue 400: Invalid source type: db-table"
    );
}

#[tokio::test(start_paused = true)]
async fn each_cluster_has_an_automated_backup_that_ends_five_minutes_ago() {
    let world = World::steady();
    let named = |name: &str| {
        world
            .rds
            .describe_db_cluster_automated_backups()
            .db_cluster_identifier(name)
    };
    let answer = named("Orders").send().await.unwrap();
    let backup = &answer.db_cluster_automated_backups()[0];
    let window = backup.restore_window().unwrap();
    let seconds = |time: Option<&aws_sdk_rds::primitives::DateTime>| time.unwrap().secs();
    assert_eq!(
        seconds(window.latest_time()) - seconds(window.earliest_time()),
        86_400 - 300
    );
    assert_eq!(
        refusal(named("nobody").send().await),
        "DBClusterAutomatedBackupNotFoundFault 404: No automated backup for this DB cluster was found: nobody"
    );
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_other_kinds_of_databases_is_refused_or_empty() {
    let world = World::steady();
    let rds = &world.rds;
    let snapshot = rds
        .create_db_snapshot()
        .db_instance_identifier("orders-1")
        .db_snapshot_identifier("s");
    let reboot = rds.reboot_db_cluster().db_cluster_identifier("orders");
    let absent = rds.describe_db_snapshots().db_snapshot_identifier("s");
    let global = rds
        .describe_global_clusters()
        .global_cluster_identifier("g");
    let refusals = [
        refusal(snapshot.send().await),
        refusal(reboot.send().await),
        refusal(absent.send().await),
        refusal(global.send().await),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @"
    InvalidParameterValue 400: The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the CreateDBClusterSnapshot API instead.
    InvalidDBClusterStateFault 400: The DB cluster orders is an Aurora DB cluster. Reboot its DB instances instead.
    DBSnapshotNotFound 404: DBSnapshot s not found.
    GlobalClusterNotFoundFault 404: Global cluster g not found
    ");
    let none = rds.describe_global_clusters().send().await.unwrap();
    assert!(none.global_clusters().is_empty());
    let none = rds.describe_db_snapshots().send().await.unwrap();
    assert!(none.db_snapshots().is_empty());
}
