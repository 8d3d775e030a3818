//! Custom endpoints: which member a connection is led to.

use super::*;

/// The members that the next connections are led to; `-` where a connection finds nobody.
async fn led_to(world: &World, host: &str, connections: usize) -> String {
    let mut members = Vec::new();
    for _ in 0..connections {
        let Ok(stream) = world.simulator.connect_postgres(host) else {
            members.push("-".to_owned());
            continue;
        };
        let (client, connection) = as_user("postgres")
            .connect_raw(stream, NoTls)
            .await
            .unwrap();
        let connected = Connected {
            client,
            end: tokio::spawn(connection),
        };
        members.push(
            connected
                .asked("select aurora_db_instance_identifier()")
                .await,
        );
    }
    members.join(" ")
}

async fn create(world: &World, name: &str, kind: &str, list: &str) -> String {
    let form = format!(
        "Action=CreateDBClusterEndpoint&DBClusterIdentifier=orders&DBClusterEndpointIdentifier={name}&EndpointType={kind}{list}"
    );
    assert_eq!(world.raw(&form).await, "200", "{form}");
    let answer = world
        .rds
        .describe_db_cluster_endpoints()
        .db_cluster_endpoint_identifier(name)
        .send()
        .await
        .unwrap();
    answer.db_cluster_endpoints()[0]
        .endpoint()
        .unwrap()
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_custom_endpoint_leads_to_its_members_in_turn_as_long_as_their_role_fits() {
    let world = world(
        "[[cluster.member]]\nidentifier = \"orders-3\"\nclass = \"db.t3.medium\"\npromotion_tier = 15\n",
    );
    let readers = create(&world, "readers", "READER", "").await;
    let any = create(&world, "any", "ANY", "&ExcludedMembers.member.1=orders-2").await;
    let one = create(&world, "one", "READER", "&StaticMembers.member.1=orders-2").await;
    let writer = create(
        &world,
        "of-the-writer",
        "READER",
        "&StaticMembers.member.1=orders-1",
    )
    .await;
    // Its name is told before it leads anywhere.
    assert_eq!(led_to(&world, &readers, 1).await, "-");
    pass(60).await;
    let endpoints = [&readers, &any, &one, &writer];
    let mut seen = Vec::new();
    for endpoint in endpoints {
        seen.push(led_to(&world, endpoint, 4).await);
    }
    assert_eq!(
        seen,
        [
            // The refused connection has had its turn.
            "orders-3 orders-2 orders-3 orders-2",
            "orders-1 orders-3 orders-1 orders-3",
            "orders-2 orders-2 orders-2 orders-2",
            "- - - -",
        ]
    );
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .target_db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(60).await;
    let mut seen = Vec::new();
    for endpoint in endpoints {
        seen.push(led_to(&world, endpoint, 2).await);
    }
    assert_eq!(
        seen,
        [
            "orders-3 orders-1",
            "orders-1 orders-3",
            "- -",
            "orders-1 orders-1",
        ]
    );
    let delete = world
        .rds
        .delete_db_cluster_endpoint()
        .db_cluster_endpoint_identifier("one");
    delete.send().await.unwrap();
    pass(60).await;
    let gone = world.simulator.connect_postgres(&one).err();
    assert_eq!(
        gone.map(|error| error.kind()),
        Some(std::io::ErrorKind::NotFound)
    );
}

#[tokio::test(start_paused = true)]
async fn a_custom_endpoint_whose_named_members_were_deleted_leads_nowhere_until_it_is_changed() {
    let world = world(
        "[[cluster.member]]\nidentifier = \"orders-3\"\nclass = \"db.t3.medium\"\npromotion_tier = 15\n",
    );
    let reports = create(
        &world,
        "reports",
        "ANY",
        "&StaticMembers.member.1=orders-2&StaticMembers.member.2=orders-3",
    )
    .await;
    let mut seen = Vec::new();
    for member in ["orders-3", "orders-2"] {
        let delete = world.rds.delete_db_instance();
        let delete = delete.db_instance_identifier(member);
        delete.skip_final_snapshot(true).send().await.unwrap();
        pass(600).await;
        seen.push(led_to(&world, &reports, 2).await);
    }
    let modify = world.rds.modify_db_cluster_endpoint();
    let modify = modify.db_cluster_endpoint_identifier("reports");
    modify.clone().endpoint_type("ANY").send().await.unwrap();
    pass(120).await;
    seen.push(led_to(&world, &reports, 2).await);
    modify.static_members("orders-1").send().await.unwrap();
    pass(120).await;
    seen.push(led_to(&world, &reports, 2).await);
    assert_eq!(
        seen,
        ["orders-2 orders-2", "- -", "- -", "orders-1 orders-1"]
    );
}
