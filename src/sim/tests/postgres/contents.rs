//! Users, databases and extensions: they belong to the data, and go where the data goes.

use super::*;

/// What `app` finds in a cluster's only member, and what happens to a wrong password there.
async fn found(world: &World, member: &str) -> String {
    let mut config = as_user("app");
    let app = try_connect(world, member, &config).await.unwrap();
    let extensions = app
        .asked("select extname from pg_extension order by 1")
        .await
        .replace('\n', " ");
    let databases = app
        .asked("select datname from pg_database where datallowconn and datname not in ('rdsadmin', 'template1') order by 1")
        .await
        .replace('\n', " ");
    config.password("wrong");
    let refused = try_connect(world, member, &config).await.err().unwrap();
    format!("{databases}; {extensions}; {}", &refused[..5])
}

async fn add_member(world: &World, cluster: &str, member: &str) {
    world
        .rds
        .create_db_instance()
        .db_cluster_identifier(cluster)
        .db_instance_identifier(member)
        .db_instance_class("db.t3.medium")
        .engine("aurora-postgresql")
        .send()
        .await
        .unwrap();
    pass(420).await;
}

#[tokio::test(start_paused = true)]
async fn restored_and_cloned_clusters_have_the_users_and_databases_of_their_source() {
    let world = world("");
    let before = found(&world, "orders-1").await;
    assert_eq!(before, "orders postgres; pg_stat_statements plpgsql; 28P01");
    let create = "Action=CreateDBClusterSnapshot&DBClusterIdentifier=orders&DBClusterSnapshotIdentifier=before";
    assert_eq!(world.raw(create).await, "200");
    pass(400).await;
    // What happens after the snapshot is not in it.
    let writer = connect(&world, "writer").await;
    assert_eq!(writer.asked("drop extension pg_stat_statements").await, "");
    for form in [
        "Action=RestoreDBClusterFromSnapshot&DBClusterIdentifier=restored&SnapshotIdentifier=before&Engine=aurora-postgresql",
        "Action=RestoreDBClusterToPointInTime&DBClusterIdentifier=latest&SourceDBClusterIdentifier=orders&UseLatestRestorableTime=true",
        "Action=RestoreDBClusterToPointInTime&DBClusterIdentifier=clone&SourceDBClusterIdentifier=orders&UseLatestRestorableTime=true&RestoreType=copy-on-write",
    ] {
        assert_eq!(world.raw(form).await, "200", "{form}");
    }
    pass(420).await;
    let now = "orders postgres; plpgsql; 28P01";
    for (cluster, expected) in [
        ("restored", before.as_str()),
        ("latest", now),
        ("clone", now),
    ] {
        let member = format!("{cluster}-1");
        add_member(&world, cluster, &member).await;
        assert_eq!(found(&world, &member).await, expected, "{cluster}");
    }
}

#[tokio::test(start_paused = true)]
async fn green_has_the_users_and_databases_of_blue() {
    let text = STEADY.replace(
        "identifier = \"orders\"\n",
        "identifier = \"orders\"\nparameter_group = \"blue\"\n",
    );
    let world = World::new(&format!(
        "{text}\n{PEOPLE}\n[[parameter_group]]\nname = \"blue\"\nfamily = \"aurora-postgresql16\"\n\
         parameters = {{ \"rds.logical_replication\" = 1 }}\n"
    ));
    let deploy = "Action=CreateBlueGreenDeployment&BlueGreenDeploymentName=next&TargetEngineVersion=16.8\
                  &Source=arn:aws:rds:us-east-1:123456789012:cluster:orders";
    assert_eq!(world.raw(deploy).await, "200");
    pass(1001).await;
    let instances = world.rds.describe_db_instances().send().await.unwrap();
    let green = instances
        .db_instances()
        .iter()
        .filter_map(|instance| instance.db_instance_identifier())
        .find(|name| name.starts_with("orders-1-green-"))
        .unwrap();
    assert_eq!(found(&world, green).await, found(&world, "orders-1").await);
}

#[tokio::test(start_paused = true)]
async fn databases_that_are_only_counted_are_there_like_those_with_a_name() {
    let counted = |count: usize| {
        let text = format!("{STEADY}\n{PEOPLE}").replace(
            "maintenance_window",
            &format!("database_name = \"first\"\ndatabases = {count}\nmaintenance_window"),
        );
        crate::sim::Simulator::from_scenario("test.toml", &text, crate::sim::Options { speed: 1.0 })
    };
    let world = World::of(counted(5).unwrap());
    assert_eq!(
        found(&world, "orders-1").await,
        "database_1 database_2 first orders postgres; pg_stat_statements plpgsql; 28P01"
    );
    for count in [2, 1001] {
        let refused = counted(count).unwrap_err().to_string();
        assert!(
            refused
                .contains("databases is at least 3, for first, orders, postgres, and at most 1000"),
            "{refused}"
        );
    }
}
