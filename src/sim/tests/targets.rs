//! Faults that are aimed: which requests count as being about a cluster or a member.

use crate::sim::faults::{Count, Declaration, Kind};

use super::support::{STEADY, World, pass};

/// A world in which everything is there that a request can name.
async fn world() -> World {
    let text = STEADY.replace(
        "identifier = \"orders\"\n",
        "identifier = \"orders\"\nparameter_group = \"blue\"\n",
    );
    let world = World::new(&format!(
        "{text}\n\
         [[parameter_group]]\nname = \"blue\"\nfamily = \"aurora-postgresql16\"\n\
         parameters = {{ \"rds.logical_replication\" = 1 }}\n\n\
         [[parameter_group]]\nname = \"own\"\nkind = \"instance\"\nfamily = \"aurora-postgresql16\"\n\n\
         [[cluster]]\nidentifier = \"other\"\nengine_version = \"16.6\"\n\n\
         [[cluster.member]]\nidentifier = \"other-1\"\nclass = \"db.t3.medium\"\n"
    ));
    for form in [
        "Action=CreateDBClusterEndpoint&DBClusterIdentifier=orders&DBClusterEndpointIdentifier=reports&EndpointType=READER",
        "Action=CreateDBClusterSnapshot&DBClusterIdentifier=orders&DBClusterSnapshotIdentifier=before",
        "Action=ModifyDBInstance&DBInstanceIdentifier=orders-2&DBParameterGroupName=own&ApplyImmediately=true",
    ] {
        assert_eq!(world.raw(form).await, "200", "{form}");
    }
    pass(300).await;
    world
}

/// Whether a fault that is aimed at these strikes at a request.
async fn hits(world: &World, cluster: Option<&str>, instance: Option<&str>, form: &str) -> bool {
    let id = world
        .simulator
        .declare(Declaration {
            cluster: cluster.map(str::to_owned),
            instance: instance.map(str::to_owned),
            count: Some(Count::Unlimited),
            ..Declaration::new(Kind::Throttling)
        })
        .unwrap();
    let answer = world.raw(form).await;
    world.simulator.state().world.faults.remove(Some(id));
    answer == "Throttling 400"
}

#[tokio::test(start_paused = true)]
async fn a_request_is_about_every_cluster_that_one_of_its_parameters_leads_to() {
    let world = world().await;
    let resource_id = world.cluster("orders").await;
    let resource_id = resource_id.db_cluster_resource_id().unwrap();
    for form in [
        "Action=DescribeDBClusters&DBClusterIdentifier=Orders",
        "Action=DescribeDBInstances&DBInstanceIdentifier=orders-1",
        "Action=DescribeDBInstances&Filters.Filter.1.Name=db-cluster-id&Filters.Filter.1.Values.Value.1=orders",
        "Action=ListTagsForResource&ResourceName=arn:aws:rds:us-east-1:123456789012:cluster:orders",
        "Action=ListTagsForResource&ResourceName=arn:aws:rds:us-east-1:123456789012:cluster-pg:blue",
        "Action=DescribePendingMaintenanceActions&ResourceIdentifier=arn:aws:rds:us-east-1:123456789012:db:orders-2",
        "Action=DescribeDBClusterParameters&DBClusterParameterGroupName=blue",
        "Action=CopyDBClusterParameterGroup&SourceDBClusterParameterGroupIdentifier=blue",
        "Action=DescribeDBParameters&DBParameterGroupName=own",
        "Action=RestoreDBClusterToPointInTime&DBClusterIdentifier=copy&SourceDBClusterIdentifier=orders",
        &format!("Action=RestoreDBClusterToPointInTime&SourceDbClusterResourceId={resource_id}"),
        &format!("Action=DescribeDBClusterSnapshots&DbClusterResourceId={resource_id}"),
        "Action=RestoreDBClusterFromSnapshot&DBClusterIdentifier=copy&SnapshotIdentifier=before",
        "Action=CopyDBClusterSnapshot&SourceDBClusterSnapshotIdentifier=before",
        "Action=DeleteDBClusterEndpoint&DBClusterEndpointIdentifier=Reports",
        "Action=CreateDBClusterEndpoint&StaticMembers.member.1=orders-2",
        "Action=CreateBlueGreenDeployment&Source=arn:aws:rds:us-east-1:123456789012:cluster:orders",
        "Action=DescribeEvents&SourceType=db-cluster&SourceIdentifier=orders",
        "Action=FailoverDBCluster&TargetDBInstanceIdentifier=orders-2",
    ] {
        assert!(hits(&world, Some("orders"), None, form).await, "{form}");
        assert!(!hits(&world, Some("other"), None, form).await, "{form}");
    }
    for form in [
        "Action=DescribeDBClusters&DBClusterIdentifier=other",
        "Action=DescribeDBClusters",
        "Action=DescribeDBClusterParameters&DBClusterParameterGroupName=tuned",
    ] {
        assert!(!hits(&world, Some("orders"), None, form).await, "{form}");
    }
    // Whoever creates something names it.
    let creates =
        "Action=CreateDBInstance&DBInstanceIdentifier=orders-3&DBClusterIdentifier=orders";
    assert!(hits(&world, None, Some("orders-3"), creates).await);
    assert!(!hits(&world, None, Some("orders-2"), creates).await);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_is_about_both_of_its_sides() {
    let world = world().await;
    let create = world
        .rds
        .create_blue_green_deployment()
        .blue_green_deployment_name("next")
        .source("arn:aws:rds:us-east-1:123456789012:cluster:orders")
        .target_engine_version("16.8");
    let created = create.send().await.unwrap();
    let deployment = created.blue_green_deployment().unwrap();
    let identifier = deployment.blue_green_deployment_identifier().unwrap();
    let forms = [
        format!("Action=SwitchoverBlueGreenDeployment&BlueGreenDeploymentIdentifier={identifier}"),
        "Action=DescribeBlueGreenDeployments&Filters.Filter.1.Name=blue-green-deployment-name&Filters.Filter.1.Values.Value.1=next"
            .to_owned(),
    ];
    pass(1001).await;
    let clusters = world.rds.describe_db_clusters().send().await.unwrap();
    let green = clusters
        .db_clusters()
        .iter()
        .filter_map(|cluster| cluster.db_cluster_identifier())
        .find(|name| name.starts_with("orders-green-"))
        .unwrap();
    for form in &forms {
        assert!(hits(&world, Some("orders"), None, form).await, "{form}");
        assert!(hits(&world, Some(green), None, form).await, "{form}");
        assert!(hits(&world, None, Some("orders-1"), form).await, "{form}");
        assert!(!hits(&world, Some("other"), None, form).await, "{form}");
    }
}
