//! Answers and errors as they are on the wire.

use super::*;

#[tokio::test]
async fn answers_and_errors_have_the_shapes_of_the_service() {
    let (_world, address) = start(STEADY).await;
    admin(&address, "POST", "clock", json!({"freeze": true})).await;
    let mut seen = Vec::new();
    for query in [
        "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName=tuned&Parameters.Parameter.1.ParameterName=log_statement\
         &Parameters.Parameter.1.ParameterValue=all&Parameters.Parameter.1.ApplyMethod=immediate",
        "Action=DescribeDBClusters&DBClusterIdentifier=nobody",
        "Action=DescribeDBClusters&Colour=red",
        "Action=CreateGlobalCluster",
        "Action=FailoverDBCluster",
        "Colour=red",
        "Action=AddTagsToResource&ResourceName=arn:aws:rds:us-east-1:123456789012:cluster:orders&Tags.Tag.1.Key=a&Tags.Tag.1.Value=%3Cb%3E",
        "Action=ListTagsForResource&ResourceName=arn:aws:rds:us-east-1:123456789012:cluster:orders",
    ] {
        let (head, body) = rds(&address, query).await;
        seen.push(format!("{}\n{body}", head.lines().next().unwrap()));
    }
    let headers = "authorization: AWS4-HMAC-SHA256 Credential=UNKNOWN/20260515/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0\r\n";
    let (head, body) = send(
        &address,
        "POST",
        "/",
        headers,
        "Action=GetCallerIdentity&Version=2011-06-15",
    )
    .await;
    seen.push(format!("{}\n{body}", head.lines().next().unwrap()));
    insta::assert_snapshot!(seen.join("\n"), @r#"
    HTTP/1.1 200 OK
    <?xml version="1.0" encoding="UTF-8"?><ModifyDBClusterParameterGroupResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><ModifyDBClusterParameterGroupResult><DBClusterParameterGroupName>tuned</DBClusterParameterGroupName></ModifyDBClusterParameterGroupResult><ResponseMetadata><RequestId>1429217a-1006-f7aa-2e21-fbe654f0ab41</RequestId></ResponseMetadata></ModifyDBClusterParameterGroupResponse>
    HTTP/1.1 404 Not Found
    <?xml version="1.0" encoding="UTF-8"?><ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>DBClusterNotFoundFault</Code><Message>DBCluster nobody not found.</Message></Error><RequestId>cd7b3395-76bd-014c-72c0-b78ce645ade7</RequestId></ErrorResponse>
    HTTP/1.1 400 Bad Request
    <?xml version="1.0" encoding="UTF-8"?><ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>InvalidParameterValue</Code><Message>The parameter Colour is not simulated for DescribeDBClusters.</Message></Error><RequestId>f69969c2-ce7c-f7be-807b-1654a3c9ce55</RequestId></ErrorResponse>
    HTTP/1.1 400 Bad Request
    <?xml version="1.0" encoding="UTF-8"?><ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation CreateGlobalCluster for version 2014-10-31</Message></Error><RequestId>5f1a7110-7ac0-0510-d2fa-01631f6ce559</RequestId></ErrorResponse>
    HTTP/1.1 400 Bad Request
    <?xml version="1.0" encoding="UTF-8"?><ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>MissingParameter</Code><Message>The parameter DBClusterIdentifier must be provided and must not be blank.</Message></Error><RequestId>d3d7d93f-2ace-2f4f-771d-fb50d6305bc5</RequestId></ErrorResponse>
    HTTP/1.1 400 Bad Request
    <?xml version="1.0" encoding="UTF-8"?><ErrorResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><Error><Type>Sender</Type><Code>MissingAction</Code><Message>Missing Action</Message></Error><RequestId>c36fc1cb-ca82-2fa8-6866-4fceb6e3a6a4</RequestId></ErrorResponse>
    HTTP/1.1 200 OK
    <?xml version="1.0" encoding="UTF-8"?><AddTagsToResourceResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><ResponseMetadata><RequestId>402756cf-baf0-46ae-7842-60e1d8c52a95</RequestId></ResponseMetadata></AddTagsToResourceResponse>
    HTTP/1.1 200 OK
    <?xml version="1.0" encoding="UTF-8"?><ListTagsForResourceResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><ListTagsForResourceResult><TagList><Tag><Key>a</Key><Value>&lt;b&gt;</Value></Tag></TagList></ListTagsForResourceResult><ResponseMetadata><RequestId>f5418e78-8185-1801-7e88-fd2945e4f940</RequestId></ResponseMetadata></ListTagsForResourceResponse>
    HTTP/1.1 200 OK
    <?xml version="1.0" encoding="UTF-8"?><GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::123456789012:assumed-role/simulated/operator</Arn><UserId>AROASIMULATEDOPERATOR:operator</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>71f0144a-ae19-fe8e-3a5b-f7cd4d3f4f69</RequestId></ResponseMetadata></GetCallerIdentityResponse>
    "#);
    assert!(
        head.contains("\r\ndate: Fri, 15 May 2026 06:05:")
            && head.contains("content-type: text/xml"),
        "{head}"
    );
    assert!(head.contains("\r\nx-amzn-requestid: "), "{head}");
}

#[tokio::test]
async fn a_cluster_has_no_parameter_group_status_of_its_own_only_its_members_have() {
    let (_world, address) = start(STEADY).await;
    let (_, body) = rds(
        &address,
        "Action=DescribeDBClusters&DBClusterIdentifier=orders",
    )
    .await;
    let status = "<DBClusterParameterGroupStatus>";
    let (before, members) = body.split_once("<DBClusterMembers>").unwrap();
    let (members, after) = members.split_once("</DBClusterMembers>").unwrap();
    assert_eq!(
        [before, members, after].map(|part| part.matches(status).count()),
        [0, 2, 0]
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_or_not_text_is_answered_all_the_same() {
    let (_world, address) = start(STEADY).await;
    let (head, _) = send(&address, "POST", "/", "", &"x".repeat((1 << 20) + 1)).await;
    assert!(
        head.is_empty() || head.starts_with("HTTP/1.1 413"),
        "{head}"
    );
    let (head, body) = send(&address, "POST", "/", "", "Action=%FF%00&Version=%%%").await;
    assert!(
        head.starts_with("HTTP/1.1 400") && body.contains("<Code>InvalidAction</Code>"),
        "{head}\n{body}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_large_world_is_read_in_pages() {
    let mut text = String::from("clock = \"2026-05-15T06:05:00Z\"\n");
    for number in 0..250 {
        text.push_str(&format!("[[cluster]]\nidentifier = \"c{number:04}\"\nengine_version = \"16.6\"\n[[cluster.member]]\nidentifier = \"c{number:04}-1\"\nclass = \"db.t3.medium\"\n"));
    }
    let world = World::new(&text);
    let mut pages = world.rds.describe_db_clusters().into_paginator().send();
    let mut sizes = Vec::new();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.db_clusters().len());
        names.extend(
            page.db_clusters()
                .iter()
                .filter_map(|cluster| cluster.db_cluster_identifier().map(str::to_owned)),
        );
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert_eq!(
        names,
        (0..250)
            .map(|number| format!("c{number:04}"))
            .collect::<Vec<_>>()
    );
    let page = world
        .rds
        .describe_db_instances()
        .max_records(20)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (page.db_instances().len(), page.marker().is_some()),
        (20, true)
    );
}

#[tokio::test(start_paused = true)]
async fn versions_and_orderable_classes_are_offered_as_clients_ask_for_them() {
    let world = World::steady();
    let versions = world
        .rds
        .describe_db_engine_versions()
        .engine("aurora-postgresql")
        .engine_version("16.6")
        .send()
        .await
        .unwrap();
    let version = &versions.db_engine_versions()[0];
    assert_eq!(
        version.db_parameter_group_family(),
        Some("aurora-postgresql16")
    );
    assert!(
        version
            .valid_upgrade_target()
            .iter()
            .any(|target| target.engine_version() == Some("16.8"))
    );
    let default = world
        .rds
        .describe_db_engine_versions()
        .engine("aurora-postgresql")
        .engine_version("16")
        .default_only(true)
        .send()
        .await
        .unwrap();
    assert_eq!(default.db_engine_versions().len(), 1);
    let newest = world
        .rds
        .describe_db_engine_versions()
        .engine("aurora-postgresql")
        .default_only(true)
        .send()
        .await
        .unwrap();
    assert_eq!(
        newest.db_engine_versions()[0].major_engine_version(),
        Some("17")
    );
    assert_eq!(newest.db_engine_versions().len(), 1);
    let options = world
        .rds
        .describe_orderable_db_instance_options()
        .engine("aurora-postgresql")
        .engine_version("16.6");
    let one = options
        .clone()
        .db_instance_class("db.r7g.large")
        .send()
        .await
        .unwrap();
    assert_eq!(
        one.orderable_db_instance_options()[0].engine_version(),
        Some("16.6")
    );
    let none = options
        .db_instance_class("db.r4.large")
        .send()
        .await
        .unwrap();
    assert!(none.orderable_db_instance_options().is_empty());
    let maintenance = world
        .rds
        .describe_pending_maintenance_actions()
        .send()
        .await
        .unwrap();
    assert!(maintenance.pending_maintenance_actions().is_empty());
}
