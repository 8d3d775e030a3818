//! Blue/green deployments of a cluster.

use aws_sdk_rds::types::BlueGreenDeployment;

use super::support::{STEADY, World, pass, refusal};

const SOURCE: &str = "arn:aws:rds:us-east-1:123456789012:cluster:orders";

/// Two groups with logical replication; the cluster has loaded the first.
fn replicating() -> String {
    let groups = r#"
[[parameter_group]]
name = "blue"
family = "aurora-postgresql16"
parameters = { "rds.logical_replication" = 1 }

[[parameter_group]]
name = "green"
family = "aurora-postgresql17"
parameters = { "rds.logical_replication" = 1 }
"#;
    let cluster = "identifier = \"orders\"\n";
    STEADY.replace(cluster, &format!("{cluster}parameter_group = \"blue\"\n")) + groups
}

/// A deployment in words, its random endings replaced.
fn told(deployment: &BlueGreenDeployment) -> String {
    let short = |arn: Option<&str>| {
        let name = arn.map_or("-", |arn| arn.splitn(6, ':').last().unwrap());
        match name.split_once("-green-") {
            Some((name, _)) => format!("{name}-green-…"),
            None => name.to_owned(),
        }
    };
    let pairs = deployment.switchover_details().iter().map(|pair| {
        format!(
            "\n  {} -> {} {}",
            short(pair.source_member()),
            short(pair.target_member()),
            pair.status().unwrap()
        )
    });
    let tasks = deployment
        .tasks()
        .iter()
        .map(|task| format!("\n  {} {}", task.name().unwrap(), task.status().unwrap()));
    format!(
        "{} {} -> {}{}{}{}",
        deployment.status().unwrap(),
        short(deployment.source()),
        short(deployment.target()),
        deployment
            .status_details()
            .map(|details| format!("\n  {details}"))
            .unwrap_or_default(),
        pairs.collect::<String>(),
        tasks.collect::<String>(),
    )
}

impl World {
    async fn deploy(&self) -> BlueGreenDeployment {
        let create = self
            .rds
            .create_blue_green_deployment()
            .blue_green_deployment_name("seventeen")
            .source(SOURCE)
            .target_engine_version("17.4")
            .target_db_cluster_parameter_group_name("green");
        let answer = create.send().await.unwrap();
        answer.blue_green_deployment().unwrap().clone()
    }

    async fn deployment(&self) -> BlueGreenDeployment {
        let answer = self.rds.describe_blue_green_deployments().send();
        answer.await.unwrap().blue_green_deployments()[0].clone()
    }

    async fn clusters(&self) -> Vec<String> {
        let answer = self.rds.describe_db_clusters().send().await.unwrap();
        let clusters = answer.db_clusters().iter().map(|cluster| {
            let name = cluster.db_cluster_identifier().unwrap();
            let name = match name.split_once("-green-") {
                Some((name, _)) => format!("{name}-green-…"),
                None => name.to_owned(),
            };
            format!(
                "{name} {} {} {} with {}",
                cluster.status().unwrap(),
                cluster.engine_version().unwrap(),
                cluster.db_cluster_parameter_group().unwrap(),
                cluster.db_cluster_members().len()
            )
        });
        clusters.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn green_is_provisioned_task_by_task() {
    let world = World::new(&replicating());
    let mut seen = vec![told(&world.deploy().await)];
    for seconds in [1, 400, 300, 280, 20] {
        pass(seconds).await;
        seen.push(format!(
            "{}\n  {:?}",
            told(&world.deployment().await),
            world.clusters().await
        ));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    PROVISIONING cluster:orders -> -
      cluster:orders -> - PROVISIONING
      db:orders-1 -> - PROVISIONING
      db:orders-2 -> - PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE PENDING
      DB_ENGINE_VERSION_UPGRADE PENDING
      CREATE_DB_INSTANCES_FOR_CLUSTER PENDING
      CREATE_CUSTOM_ENDPOINTS PENDING
    PROVISIONING cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… PROVISIONING
      db:orders-1 -> - PROVISIONING
      db:orders-2 -> - PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE IN_PROGRESS
      DB_ENGINE_VERSION_UPGRADE PENDING
      CREATE_DB_INSTANCES_FOR_CLUSTER PENDING
      CREATE_CUSTOM_ENDPOINTS PENDING
      ["orders available 16.6 blue with 2", "orders-green-… creating 16.6 blue with 0"]
    PROVISIONING cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… PROVISIONING
      db:orders-1 -> - PROVISIONING
      db:orders-2 -> - PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE IN_PROGRESS
      CREATE_DB_INSTANCES_FOR_CLUSTER PENDING
      CREATE_CUSTOM_ENDPOINTS PENDING
      ["orders available 16.6 blue with 2", "orders-green-… upgrading 16.6 blue with 0"]
    PROVISIONING cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… PROVISIONING
      db:orders-1 -> db:orders-1-green-… PROVISIONING
      db:orders-2 -> db:orders-2-green-… PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER IN_PROGRESS
      CREATE_CUSTOM_ENDPOINTS PENDING
      ["orders available 16.6 blue with 2", "orders-green-… available 17.4 green with 2"]
    PROVISIONING cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… PROVISIONING
      db:orders-1 -> db:orders-1-green-… PROVISIONING
      db:orders-2 -> db:orders-2-green-… PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS IN_PROGRESS
      ["orders available 16.6 blue with 2", "orders-green-… available 17.4 green with 2"]
    AVAILABLE cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… AVAILABLE
      db:orders-1 -> db:orders-1-green-… AVAILABLE
      db:orders-2 -> db:orders-2-green-… AVAILABLE
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
      ["orders available 16.6 blue with 2", "orders-green-… available 17.4 green with 2"]
    "#);
    assert!(
        world
            .events()
            .iter()
            .any(|event| event.contains("RDS-EVENT-0244"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_switchover_moves_the_names_keeps_the_resource_ids_and_stops_writes_for_a_while() {
    let world = World::new(&replicating());
    let deployment = world.deploy().await;
    let identifier = deployment.blue_green_deployment_identifier().unwrap();
    pass(1001).await;
    let green = world.deployment().await.target().unwrap().to_owned();
    let green = green.rsplit(':').next().unwrap().to_owned();
    let resource_id = |cluster: &aws_sdk_rds::types::DbCluster| {
        cluster.db_cluster_resource_id().unwrap().to_owned()
    };
    let (of_blue, of_green) = (
        resource_id(&world.cluster("orders").await),
        resource_id(&world.cluster(&green).await),
    );
    let switch = world
        .rds
        .switchover_blue_green_deployment()
        .blue_green_deployment_identifier(identifier);
    let answer = switch.send().await.unwrap();
    let mut seen = vec![told(answer.blue_green_deployment().unwrap())];
    assert!(world.engine_up("orders-1"));
    pass(7).await;
    assert!(!world.engine_up("orders-1"));
    seen.push(told(&world.deployment().await));
    pass(40).await;
    seen.push(told(&world.deployment().await));
    seen.push(world.picture("orders").await);
    seen.push(world.picture("orders-old1").await);
    insta::assert_snapshot!(seen.join("\n"), @"
    SWITCHOVER_IN_PROGRESS cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… AVAILABLE
      db:orders-1 -> db:orders-1-green-… AVAILABLE
      db:orders-2 -> db:orders-2-green-… AVAILABLE
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    SWITCHOVER_IN_PROGRESS cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… SWITCHOVER_IN_PROGRESS
      db:orders-1 -> db:orders-1-green-… SWITCHOVER_IN_PROGRESS
      db:orders-2 -> db:orders-2-green-… SWITCHOVER_IN_PROGRESS
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    SWITCHOVER_COMPLETED cluster:orders-old1 -> cluster:orders
      cluster:orders-old1 -> cluster:orders SWITCHOVER_COMPLETED
      db:orders-1-old1 -> db:orders-1 SWITCHOVER_COMPLETED
      db:orders-2-old1 -> db:orders-2 SWITCHOVER_COMPLETED
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    orders available; orders-1 writer available db.t3.medium in-sync; orders-2 reader available db.t3.medium in-sync
    orders-old1 available; orders-1-old1 writer available db.t3.medium in-sync; orders-2-old1 reader available db.t3.medium in-sync
    ");
    assert!(world.engine_up("orders-1"));
    assert_eq!(resource_id(&world.cluster("orders").await), of_green);
    assert_eq!(resource_id(&world.cluster("orders-old1").await), of_blue);
    let delete = |target: bool| {
        world
            .rds
            .delete_blue_green_deployment()
            .blue_green_deployment_identifier(identifier)
            .delete_target(target)
    };
    assert_eq!(
        refusal(delete(true).send().await),
        "InvalidBlueGreenDeploymentStateFault 400: DeleteTarget cannot be specified after the switchover: the green environment \
         is in production."
    );
    delete(false).send().await.unwrap();
    pass(180).await;
    assert_eq!(world.clusters().await.len(), 2);
    assert_eq!(
        refusal(delete(false).send().await),
        format!(
            "BlueGreenDeploymentNotFoundFault 404: Blue Green Deployment {identifier} not found."
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_switchover_beyond_its_timeout_is_taken_back() {
    let text = replicating().replace("blue_green_switchover = 40", "blue_green_switchover = 65");
    let world = World::new(&text);
    let deployment = world.deploy().await;
    let identifier = deployment.blue_green_deployment_identifier().unwrap();
    pass(1001).await;
    let switch = |seconds: i32| {
        world
            .rds
            .switchover_blue_green_deployment()
            .blue_green_deployment_identifier(identifier)
            .switchover_timeout(seconds)
    };
    assert_eq!(
        refusal(switch(29).send().await),
        "InvalidParameterValue 400: SwitchoverTimeout must be between 30 and 3600 seconds."
    );
    switch(30).send().await.unwrap();
    pass(36).await;
    assert!(!world.engine_up("orders-1"));
    pass(1).await;
    assert!(world.engine_up("orders-1"));
    insta::assert_snapshot!(told(&world.deployment().await), @"
    SWITCHOVER_FAILED cluster:orders -> cluster:orders-green-…
      Switchover was cancelled: it did not complete within the timeout.
      cluster:orders -> cluster:orders-green-… AVAILABLE
      db:orders-1 -> db:orders-1-green-… AVAILABLE
      db:orders-2 -> db:orders-2-green-… AVAILABLE
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    ");
    // It can be tried again.
    switch(300).send().await.unwrap();
    pass(80).await;
    assert_eq!(
        world.deployment().await.status(),
        Some("SWITCHOVER_COMPLETED")
    );
}

#[tokio::test(start_paused = true)]
async fn deleting_with_the_target_takes_green_down_and_leaves_blue_alone() {
    let world = World::new(&replicating());
    let deployment = world.deploy().await;
    let identifier = deployment.blue_green_deployment_identifier().unwrap();
    let delete = || {
        world
            .rds
            .delete_blue_green_deployment()
            .blue_green_deployment_identifier(identifier)
            .delete_target(true)
    };
    let early = refusal(delete().send().await);
    pass(1001).await;
    let stop = world.rds.stop_db_cluster().db_cluster_identifier("orders");
    let stopped = refusal(stop.send().await);
    delete().send().await.unwrap();
    let during = world.clusters().await;
    pass(180).await;
    assert_eq!(
        world.clusters().await,
        ["orders available 16.6 blue with 2"]
    );
    insta::assert_snapshot!(format!("{early}\n{stopped}\n{during:?}").replace(identifier, "bgd-…"), @r#"
    InvalidBlueGreenDeploymentStateFault 400: The blue/green deployment bgd-… cannot be deleted in the state PROVISIONING.
    InvalidDBClusterStateFault 400: DbCluster orders belongs to a blue/green deployment and cannot be stopped.
    ["orders available 16.6 blue with 2", "orders-green-… deleting 17.4 green with 2"]
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_a_deployment_needs_of_its_cluster_and_groups() {
    let mut refusals = Vec::new();
    let create = |world: &World, source: &str| {
        world
            .rds
            .create_blue_green_deployment()
            .blue_green_deployment_name("seventeen")
            .source(source)
    };
    let plain = World::steady();
    refusals.push(refusal(create(&plain, SOURCE).send().await));
    let attach = plain
        .rds
        .modify_db_cluster_parameter_group()
        .db_cluster_parameter_group_name("tuned")
        .parameters(
            aws_sdk_rds::types::Parameter::builder()
                .parameter_name("rds.logical_replication")
                .parameter_value("1")
                .apply_method(aws_sdk_rds::types::ApplyMethod::PendingReboot)
                .build(),
        );
    attach.send().await.unwrap();
    let modify = plain
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned");
    modify.send().await.unwrap();
    pass(60).await;
    refusals.push(refusal(create(&plain, SOURCE).send().await));

    let world = World::new(&replicating());
    let absent = SOURCE.replace("orders", "nobody");
    refusals.push(refusal(create(&world, &absent).send().await));
    let member = SOURCE.replace("cluster:orders", "db:orders-1");
    refusals.push(refusal(create(&world, &member).send().await));
    refusals.push(refusal(create(&world, "orders").send().await));
    let target = || create(&world, SOURCE).target_engine_version("17.4");
    refusals.push(refusal(target().send().await));
    let default = "default.aurora-postgresql17";
    let with = target().target_db_cluster_parameter_group_name(default);
    refusals.push(refusal(with.send().await));
    let with = target().target_db_cluster_parameter_group_name("absent");
    refusals.push(refusal(with.send().await));
    let down = create(&world, SOURCE).target_engine_version("16.4");
    refusals.push(refusal(down.send().await));
    world.deploy().await;
    refusals.push(refusal(create(&world, SOURCE).send().await));
    let other = create(&world, SOURCE).blue_green_deployment_name("other");
    refusals.push(refusal(other.send().await));

    let old = replicating()
        .replace("\"16.6\"", "\"15.3\"")
        .replace("aurora-postgresql16", "aurora-postgresql15");
    refusals.push(refusal(create(&World::new(&old), SOURCE).send().await));
    insta::assert_snapshot!(refusals.join("\n"), @"
    SourceClusterNotSupportedFault 400: Blue/green deployments need logical replication: the DB cluster parameter group default.aurora-postgresql16 must be custom and set rds.logical_replication to 1.
    SourceClusterNotSupportedFault 400: The writer orders-1 is not in sync with the DB cluster parameter group tuned: reboot it so that rds.logical_replication takes effect.
    DBClusterNotFoundFault 404: DBCluster nobody not found.
    SourceDatabaseNotSupportedFault 400: The source DB instance is a member of a cluster. Use the ARN of its DB cluster.
    InvalidParameterValue 400: The source orders is not the ARN of a DB cluster.
    SourceDatabaseNotSupportedFault 400: The DB cluster parameter group blue is of the family aurora-postgresql16; the target version 17.4 needs one of the family aurora-postgresql17.
    SourceDatabaseNotSupportedFault 400: The DB cluster parameter group default.aurora-postgresql17 of the target must set rds.logical_replication to 1.
    DBClusterParameterGroupNotFound 404: DBClusterParameterGroup not found: absent
    InvalidParameterCombination 400: Cannot upgrade aurora-postgresql from 16.6 to 16.4
    BlueGreenDeploymentAlreadyExistsFault 400: A Blue Green Deployment with the name seventeen already exists
    SourceClusterNotSupportedFault 400: The DB cluster orders already belongs to a blue/green deployment.
    SourceClusterNotSupportedFault 400: Blue/green deployments are not supported for aurora-postgresql 15.3.
    ");
}

#[tokio::test(start_paused = true)]
async fn too_few_workers_for_the_databases_make_the_configuration_invalid() {
    let text = replicating().replace(
        "engine_version = \"16.6\"",
        "engine_version = \"16.6\"\ndatabases = 5",
    );
    let world = World::new(&text);
    world.deploy().await;
    pass(500).await;
    insta::assert_snapshot!(told(&world.deployment().await), @"
    INVALID_CONFIGURATION cluster:orders -> cluster:orders-green-…
      Creation of blue/green deployment failed due to incompatible parameter(s): [max_logical_replication_workers]
      cluster:orders -> cluster:orders-green-… PROVISIONING
      db:orders-1 -> - PROVISIONING
      db:orders-2 -> - PROVISIONING
      CREATING_READ_REPLICA_OF_SOURCE FAILED
      DB_ENGINE_VERSION_UPGRADE PENDING
      CREATE_DB_INSTANCES_FOR_CLUSTER PENDING
      CREATE_CUSTOM_ENDPOINTS PENDING
    ");
}

#[tokio::test(start_paused = true)]
async fn custom_endpoints_go_through_a_switchover_and_a_missing_side_shows() {
    let world = World::new(&replicating());
    let endpoint = world
        .rds
        .create_db_cluster_endpoint()
        .db_cluster_identifier("orders")
        .db_cluster_endpoint_identifier("reports")
        .endpoint_type("READER")
        .static_members("orders-2");
    endpoint.send().await.unwrap();
    pass(60).await;
    let deployment = world.deploy().await;
    let identifier = deployment.blue_green_deployment_identifier().unwrap();
    pass(1001).await;
    let available = told(&world.deployment().await);
    let green = world.deployment().await.switchover_details()[2]
        .target_member()
        .unwrap()
        .to_owned();
    let delete = world.rds.delete_db_instance().db_instance_identifier(green);
    delete.skip_final_snapshot(true).send().await.unwrap();
    pass(240).await;
    let missing = told(&world.deployment().await);
    let switch = world
        .rds
        .switchover_blue_green_deployment()
        .blue_green_deployment_identifier(identifier);
    let refused = refusal(switch.send().await);
    assert!(refused.ends_with("is missing"), "{refused}");
    insta::assert_snapshot!(format!("{available}\n{missing}"), @"
    AVAILABLE cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… AVAILABLE
      db:orders-1 -> db:orders-1-green-… AVAILABLE
      db:orders-2 -> db:orders-2-green-… AVAILABLE
      cluster-endpoint:reports -> cluster-endpoint:reports-green-… AVAILABLE
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    AVAILABLE cluster:orders -> cluster:orders-green-…
      cluster:orders -> cluster:orders-green-… AVAILABLE
      db:orders-1 -> db:orders-1-green-… AVAILABLE
      db:orders-2 -> db:orders-2-green-… MISSING_TARGET
      cluster-endpoint:reports -> cluster-endpoint:reports-green-… AVAILABLE
      CREATING_READ_REPLICA_OF_SOURCE COMPLETED
      DB_ENGINE_VERSION_UPGRADE COMPLETED
      CREATE_DB_INSTANCES_FOR_CLUSTER COMPLETED
      CREATE_CUSTOM_ENDPOINTS COMPLETED
    ");
}
