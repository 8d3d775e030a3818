//! The bytes on the wire, over HTTP: bodies, statuses, headers, paging, the admin interface and faults.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::support::{STEADY, World};
use crate::sim::server::serve;

/// Starts a server on a free port; it ends with the test's runtime.
async fn start(text: &str) -> (World, String) {
    serving(World::new(text)).await
}

async fn serving(world: World) -> (World, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(world.simulator.clone(), listener));
    (world, address)
}

/// Sends one request on a connection of its own; head and body of the answer, both empty when the connection just closes.
async fn send(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
        .split_once("\r\n\r\n")
        .map(|(head, body)| (head.to_owned(), body.to_owned()))
        .unwrap_or_default()
}

async fn rds(address: &str, query: &str) -> (String, String) {
    send(
        address,
        "POST",
        "/",
        "content-type: application/x-www-form-urlencoded\r\n",
        &format!("{query}&Version=2014-10-31"),
    )
    .await
}

async fn admin(address: &str, method: &str, resource: &str, body: Value) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let (_, answer) = send(
        address,
        method,
        &format!("/_simulator/{resource}"),
        "",
        &body,
    )
    .await;
    serde_json::from_str(&answer).unwrap()
}

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
async fn the_clock_is_frozen_stepped_and_resumed_from_outside() {
    let (_world, address) = start(STEADY).await;
    let frozen = admin(&address, "POST", "clock", json!({"freeze": true})).await;
    assert_eq!(
        (&frozen["frozen"], &frozen["speed"]),
        (&json!(true), &json!(1.0))
    );
    rds(
        &address,
        "Action=FailoverDBCluster&DBClusterIdentifier=orders",
    )
    .await;
    let status = async || {
        let (_, body) = rds(
            &address,
            "Action=DescribeDBClusters&DBClusterIdentifier=orders",
        )
        .await;
        body.split("<Status>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap()
            .to_owned()
    };
    let mut seen = vec![status().await];
    for seconds in [9.0, 1.0, 23.0] {
        admin(&address, "POST", "clock", json!({"step_seconds": seconds})).await;
        seen.push(status().await);
    }
    assert_eq!(
        seen,
        ["available", "available", "failing-over", "available"]
    );
    let resumed = admin(
        &address,
        "POST",
        "clock",
        json!({"resume": true, "speed": 120}),
    )
    .await;
    assert_eq!(
        (&resumed["frozen"], &resumed["speed"]),
        (&json!(false), &json!(120.0))
    );
}

#[tokio::test]
async fn what_the_admin_interface_does_not_have_is_refused_in_json() {
    let (_world, address) = start(STEADY).await;
    let mut seen = Vec::new();
    for (method, resource, body) in [
        ("POST", "clock", json!({"rewind": 1})),
        ("POST", "clock", json!({"step_seconds": -1})),
        ("POST", "clock", json!({"speed": 0})),
        ("POST", "clock", json!({"freeze": true, "resume": true})),
        ("POST", "faults", json!({"kind": "slow-reply"})),
        (
            "POST",
            "faults",
            json!({"kind": "throttling", "action": "Frobnicate"}),
        ),
        (
            "POST",
            "faults",
            json!({"kind": "throttling", "moment": "after"}),
        ),
        ("DELETE", "faults/9", Value::Null),
        ("DELETE", "faults/x", Value::Null),
        ("GET", "requests?until=3", Value::Null),
        ("PATCH", "world", Value::Null),
        ("GET", "weather", Value::Null),
    ] {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let (head, answer) = send(
            &address,
            method,
            &format!("/_simulator/{resource}"),
            "",
            &text,
        )
        .await;
        seen.push(format!(
            "{method} {resource} {text} -> {} {}",
            head.split(' ').nth(1).unwrap(),
            answer.trim()
        ));
    }
    insta::assert_snapshot!(seen.join("\n"), @r#"
    POST clock {"rewind":1} -> 400 {"error":"unknown field `rewind`, expected one of `freeze`, `resume`, `step_seconds`, `speed`, `seconds_per_request` at line 1 column 9"}
    POST clock {"step_seconds":-1} -> 400 {"error":"step_seconds must not be negative: simulated time does not run back"}
    POST clock {"speed":0} -> 400 {"error":"speed must be above 0, not 0"}
    POST clock {"freeze":true,"resume":true} -> 400 {"error":"freeze and resume exclude each other"}
    POST faults {"kind":"slow-reply"} -> 400 {"error":"kind = \"slow-reply\" needs seconds"}
    POST faults {"action":"Frobnicate","kind":"throttling"} -> 400 {"error":"unknown action \"Frobnicate\""}
    POST faults {"kind":"throttling","moment":"after"} -> 400 {"error":"`moment` does not belong to kind = \"throttling\"; it belongs to slow-reply, hold, member-status, maintenance, operator"}
    DELETE faults/9  -> 404 {"error":"there is no fault 9"}
    DELETE faults/x  -> 400 {"error":"not the id of a fault: \"x\""}
    GET requests?until=3  -> 400 {"error":"not supported: until=3; there is since=NUMBER"}
    PATCH world  -> 405 {"error":"PATCH is not supported here"}
    GET weather  -> 404 {"error":"there is no /_simulator/weather; there are clock, requests, timeline, world, endpoints and faults"}
    "#);
}

#[tokio::test]
async fn the_request_log_says_what_each_request_did() {
    let (_world, address) = start(STEADY).await;
    rds(&address, "Action=DescribeDBClusters").await;
    rds(
        &address,
        "Action=ModifyDBCluster&DBClusterIdentifier=orders&MasterUserPassword=secret-secret",
    )
    .await;
    rds(
        &address,
        "Action=RebootDBInstance&DBInstanceIdentifier=nobody",
    )
    .await;
    let log = admin(&address, "GET", "requests", Value::Null).await;
    let seen: Vec<Value> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            json!([
                entry["number"],
                entry["account"],
                entry["action"],
                entry["parameters"],
                entry["mutating"],
                entry["status"],
                entry["error_code"],
                entry["effects"]
            ])
        })
        .collect();
    insta::assert_snapshot!(seen.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"), @r#"
    [1,"123456789012","DescribeDBClusters",{},false,200,null,[]]
    [2,"123456789012","ModifyDBCluster",{"DBClusterIdentifier":"orders","MasterUserPassword":"****"},true,200,null,["master password of orders reset"]]
    [3,"123456789012","RebootDBInstance",{"DBInstanceIdentifier":"nobody"},true,404,"DBInstanceNotFound",[]]
    "#);
    let later = admin(&address, "GET", "requests?since=2", Value::Null).await;
    assert_eq!(later.as_array().unwrap().len(), 1);
    admin(&address, "DELETE", "requests", Value::Null).await;
    assert_eq!(
        admin(&address, "GET", "requests", Value::Null).await,
        json!([])
    );
}

#[tokio::test]
async fn throttling_and_server_errors_hit_the_next_matching_requests_and_do_nothing() {
    let (world, address) = start(STEADY).await;
    admin(
        &address,
        "POST",
        "faults",
        json!({"kind": "throttling", "mutating": true, "count": 1}),
    )
    .await;
    admin(
        &address,
        "POST",
        "faults",
        json!({"kind": "service-unavailable", "action": "FailoverDBCluster", "skip": 1}),
    )
    .await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (head, body) = rds(
            &address,
            "Action=FailoverDBCluster&DBClusterIdentifier=orders",
        )
        .await;
        let code = body
            .split("<Code>")
            .nth(1)
            .map_or("none", |rest| rest.split('<').next().unwrap());
        seen.push(format!("{} {code}", head.split(' ').nth(1).unwrap()));
    }
    assert_eq!(
        seen,
        ["400 Throttling", "503 ServiceUnavailable", "200 none"]
    );
    let faults: Vec<Option<String>> = world
        .simulator
        .requests()
        .into_iter()
        .map(|request| request.fault)
        .collect();
    assert_eq!(
        faults,
        [
            Some("throttling".to_owned()),
            Some("service-unavailable".to_owned()),
            None
        ]
    );
}

#[tokio::test]
async fn a_lost_reply_has_its_effect_and_a_reset_has_none() {
    let (world, address) = start(STEADY).await;
    admin(
        &address,
        "POST",
        "faults",
        json!({"kind": "reset", "action": "RebootDBInstance"}),
    )
    .await;
    let answer = rds(
        &address,
        "Action=RebootDBInstance&DBInstanceIdentifier=orders-2",
    )
    .await;
    assert_eq!(answer, (String::new(), String::new()));
    assert_eq!(
        world.instance("orders-2").await.db_instance_status(),
        Some("available")
    );
    admin(
        &address,
        "POST",
        "faults",
        json!({"kind": "lost-reply", "action": "RebootDBInstance"}),
    )
    .await;
    let answer = rds(
        &address,
        "Action=RebootDBInstance&DBInstanceIdentifier=orders-2",
    )
    .await;
    assert_eq!(answer, (String::new(), String::new()));
    assert_eq!(
        world.instance("orders-2").await.db_instance_status(),
        Some("rebooting")
    );
    let effects: Vec<Vec<String>> = world
        .simulator
        .requests()
        .into_iter()
        .map(|request| request.effects)
        .collect();
    assert_eq!(
        effects,
        [
            vec![],
            vec![],
            vec!["reboot of orders-2".to_owned()],
            vec![]
        ]
    );
}

#[tokio::test]
async fn a_held_request_waits_before_or_after_its_effect_until_it_is_released() {
    for (moment, expected) in [("before", "available"), ("after", "rebooting")] {
        let (world, address) = start(STEADY).await;
        let fault = admin(
            &address,
            "POST",
            "faults",
            json!({"kind": "hold", "action": "RebootDBInstance", "moment": moment}),
        )
        .await;
        let held = tokio::spawn({
            let address = address.clone();
            async move {
                rds(
                    &address,
                    "Action=RebootDBInstance&DBInstanceIdentifier=orders-2",
                )
                .await
            }
        });
        while admin(&address, "GET", "faults", Value::Null).await[0]["hit"] != json!(1) {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            world.instance("orders-2").await.db_instance_status(),
            Some(expected),
            "{moment}"
        );
        assert!(!held.is_finished());
        admin(
            &address,
            "DELETE",
            &format!("faults/{}", fault["id"]),
            Value::Null,
        )
        .await;
        let (head, _) = held.await.unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(
            world.instance("orders-2").await.db_instance_status(),
            Some("rebooting")
        );
    }
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

#[tokio::test]
async fn faults_are_declared_listed_and_told_over_http() {
    let world = World::steady();
    // Before the server starts it, so that no millisecond passes.
    world.simulator.state().clock.freeze();
    let (_world, address) = serving(world).await;
    for declaration in [
        json!({"kind": "service-unavailable", "from": 60, "for_seconds": 30}),
        json!({"kind": "slow-reply", "seconds": 5, "action": "RebootDBInstance"}),
        json!({"kind": "stuck-reboot", "instance": "orders-2"}),
        json!({"kind": "member-status", "instance": "orders-1", "status": "failed", "from": "2026-05-15T06:07:00Z"}),
    ] {
        admin(&address, "POST", "faults", declaration).await;
    }
    let describe = "Action=DescribeDBClusters";
    let reboot = "Action=RebootDBInstance&DBInstanceIdentifier=orders-2";
    let mut seen = Vec::new();
    for (step_seconds, query) in [(0, reboot), (60, describe), (60, describe)] {
        admin(
            &address,
            "POST",
            "clock",
            json!({"step_seconds": step_seconds}),
        )
        .await;
        let (head, _) = rds(&address, query).await;
        seen.push(head.lines().next().unwrap().to_owned());
    }
    let clock = admin(&address, "GET", "clock", Value::Null).await;
    seen.push(clock["now"].to_string());
    let faults = admin(&address, "GET", "faults", Value::Null).await;
    seen.extend(faults.as_array().unwrap().iter().map(Value::to_string));
    let timeline = admin(&address, "GET", "timeline", Value::Null).await;
    let told = timeline.as_array().unwrap().iter();
    seen.extend(
        told.filter(|change| !change["fault"].is_null())
            .map(Value::to_string),
    );
    insta::assert_snapshot!(seen.join("\n"), @r#"
    HTTP/1.1 200 OK
    HTTP/1.1 503 Service Unavailable
    HTTP/1.1 200 OK
    "2026-05-15T06:07:05Z"
    {"begins":"2026-05-15T06:06:00Z","ends":"2026-05-15T06:06:30Z","for_seconds":30.0,"from":60.0,"hit":1,"id":1,"kind":"service-unavailable","seen":1,"skip":0}
    {"action":"RebootDBInstance","begins":"2026-05-15T06:05:00Z","ends":null,"hit":1,"id":2,"kind":"slow-reply","seconds":5.0,"seen":1,"skip":0}
    {"begins":"2026-05-15T06:05:00Z","ends":null,"hit":1,"id":3,"instance":"orders-2","kind":"stuck-reboot","seen":1,"skip":0}
    {"begins":"2026-05-15T06:07:00Z","ends":null,"from":"2026-05-15T06:07:00Z","hit":1,"id":4,"instance":"orders-1","kind":"member-status","seen":0,"skip":0,"status":"failed"}
    {"account":"123456789012","cluster":"orders","engine_up":false,"fault":"fault 3: the reboot of orders-2 does not end","instance":"orders-2","region":"us-east-1","status":"rebooting","time":"2026-05-15T06:05:00Z","writer":false}
    {"account":"123456789012","cluster":"orders","engine_up":false,"fault":"fault 4: orders-1 became failed","instance":"orders-1","region":"us-east-1","status":"failed","time":"2026-05-15T06:07:00Z","writer":true}
    "#);
}

#[tokio::test]
async fn expired_credentials_are_refused_by_sts_as_by_rds() {
    let (_world, address) = start(STEADY).await;
    let fault = json!({"kind": "expired-token", "count": 2});
    admin(&address, "POST", "faults", fault).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let query = "Action=GetCallerIdentity&Version=2011-06-15";
        let (head, body) = send(&address, "POST", "/", "", query).await;
        let refused = body.contains("<Code>ExpiredToken</Code>")
            && body.contains("https://sts.amazonaws.com/doc/2011-06-15/");
        seen.push((head.split(' ').nth(1).unwrap().to_owned(), refused));
    }
    let expected = [("403", true), ("403", true), ("200", false)];
    assert_eq!(
        seen,
        expected.map(|(status, refused)| (status.to_owned(), refused))
    );
}
