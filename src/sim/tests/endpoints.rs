//! Custom endpoints.

use aws_sdk_rds::types::Filter;

use super::support::{World, pass, refusal};

impl World {
    /// `name or - type custom type status static excluded` of each endpoint that a describe gives.
    async fn endpoints(&self, filter: Option<(&str, &str)>) -> Vec<String> {
        let filter = filter.map(|(name, value)| Filter::builder().name(name).values(value).build());
        let answer = self
            .rds
            .describe_db_cluster_endpoints()
            .set_filters(filter.map(|filter| vec![filter]))
            .send()
            .await
            .unwrap();
        answer
            .db_cluster_endpoints()
            .iter()
            .map(|endpoint| {
                format!(
                    "{} {} {} {} {:?} {:?}",
                    endpoint.db_cluster_endpoint_identifier().unwrap_or("-"),
                    endpoint.endpoint_type().unwrap(),
                    endpoint.custom_endpoint_type().unwrap_or("-"),
                    endpoint.status().unwrap(),
                    endpoint.static_members(),
                    endpoint.excluded_members(),
                )
            })
            .collect()
    }

    async fn create_endpoint(&self, name: &str, member: Option<&str>) -> String {
        let create = self
            .rds
            .create_db_cluster_endpoint()
            .db_cluster_identifier("orders")
            .db_cluster_endpoint_identifier(name)
            .endpoint_type("reader")
            .set_static_members(member.map(|member| vec![member.to_owned()]));
        let answer = create.send().await.unwrap();
        answer.endpoint().unwrap().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn custom_endpoints_are_created_changed_and_deleted_beside_the_built_in_ones() {
    let world = World::steady();
    let address = world.create_endpoint("Reports", Some("Orders-2")).await;
    assert!(address.starts_with("reports.cluster-custom-"), "{address}");
    let mut seen = vec![world.endpoints(None).await.join("\n")];
    pass(60).await;
    assert_eq!(world.cluster("orders").await.custom_endpoints(), [address]);
    let modify = world
        .rds
        .modify_db_cluster_endpoint()
        .db_cluster_endpoint_identifier("reports")
        .endpoint_type("ANY")
        .excluded_members("orders-1");
    let answer = modify.send().await.unwrap();
    assert_eq!(answer.status(), Some("modifying"));
    pass(60).await;
    seen.push(world.endpoints(None).await.join("\n"));
    let delete = world
        .rds
        .delete_db_cluster_endpoint()
        .db_cluster_endpoint_identifier("REPORTS");
    assert_eq!(delete.send().await.unwrap().status(), Some("deleting"));
    let custom = Some(("db-cluster-endpoint-type", "custom"));
    seen.push(world.endpoints(custom).await.join("\n"));
    pass(60).await;
    seen.push(format!("{:?}", world.endpoints(custom).await));
    insta::assert_snapshot!(seen.join("\n\n"), @r#"
    - WRITER - available [] []
    - READER - available [] []
    reports CUSTOM READER creating ["orders-2"] []

    - WRITER - available [] []
    - READER - available [] []
    reports CUSTOM ANY available [] ["orders-1"]

    reports CUSTOM ANY deleting [] ["orders-1"]

    []
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_custom_endpoint_follows_the_names_of_its_members_and_goes_with_its_cluster() {
    let world = World::steady();
    world.create_endpoint("reports", Some("orders-2")).await;
    let rename = world
        .rds
        .modify_db_instance()
        .db_instance_identifier("orders-2")
        .new_db_instance_identifier("orders-b")
        .apply_immediately(true);
    rename.send().await.unwrap();
    pass(120).await;
    let custom = Some(("db-cluster-endpoint-id", "reports"));
    let renamed = world.endpoints(custom).await;
    for member in ["orders-b", "orders-1"] {
        let delete = world
            .rds
            .delete_db_instance()
            .db_instance_identifier(member);
        delete.skip_final_snapshot(true).send().await.unwrap();
    }
    pass(240).await;
    let emptied = world.endpoints(custom).await;
    let delete = world
        .rds
        .delete_db_cluster()
        .db_cluster_identifier("orders");
    delete.skip_final_snapshot(true).send().await.unwrap();
    pass(120).await;
    insta::assert_snapshot!(
        format!("{renamed:?}\n{emptied:?}\n{:?}", world.endpoints(None).await),
        @r#"
    ["reports CUSTOM READER available [\"orders-b\"] []"]
    ["reports CUSTOM READER available [] []"]
    []
    "#
    );
}

#[tokio::test(start_paused = true)]
async fn a_custom_endpoint_that_is_not_found_is_status_400_and_other_refusals() {
    let world = World::steady();
    let rds = &world.rds;
    let create = |cluster: &str, name: &str| {
        rds.create_db_cluster_endpoint()
            .db_cluster_identifier(cluster)
            .db_cluster_endpoint_identifier(name)
            .endpoint_type("ANY")
    };
    let modify = |name: &str| {
        rds.modify_db_cluster_endpoint()
            .db_cluster_endpoint_identifier(name)
            .static_members("orders-1")
    };
    world.create_endpoint("a", None).await;
    let mut refusals = vec![
        refusal(modify("nothing").send().await),
        refusal(modify("a").send().await),
        refusal(create("orders", "a").send().await),
        refusal(create("nobody", "b").send().await),
        refusal(create("orders", "b").static_members("nobody").send().await),
        refusal(
            create("orders", "b")
                .static_members("orders-1")
                .excluded_members("orders-2")
                .send()
                .await,
        ),
        refusal(create("orders", "b").endpoint_type("BOTH").send().await),
    ];
    for name in ["b", "c", "d", "e"] {
        world.create_endpoint(name, None).await;
    }
    refusals.push(refusal(create("orders", "f").send().await));
    pass(60).await;
    let failover = rds.failover_db_cluster().db_cluster_identifier("orders");
    failover.send().await.unwrap();
    pass(12).await;
    refusals.push(refusal(modify("a").send().await));
    insta::assert_snapshot!(refusals.join("\n"), @"
    DBClusterEndpointNotFoundFault 400: DBClusterEndpoint nothing not found.
    InvalidDBClusterEndpointStateFault 400: DBClusterEndpoint a is not in available state, but in creating.
    DBClusterEndpointAlreadyExistsFault 400: DBClusterEndpoint a already exists.
    DBClusterNotFoundFault 404: DBCluster nobody not found.
    DBInstanceNotFound 404: DBInstance nobody not found.
    InvalidParameterCombination 400: StaticMembers and ExcludedMembers cannot be used together.
    InvalidParameterValue 400: Invalid endpoint type: BOTH. Valid values: READER, WRITER, ANY
    DBClusterEndpointQuotaExceededFault 403: The cluster orders already has 5 custom endpoints.
    InvalidDBClusterStateFault 400: DbCluster orders is not currently in the available state.
    ");
    let unknown = rds
        .describe_db_cluster_endpoints()
        .db_cluster_endpoint_identifier("nothing");
    assert!(
        unknown
            .send()
            .await
            .unwrap()
            .db_cluster_endpoints()
            .is_empty()
    );
}
