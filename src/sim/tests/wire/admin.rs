//! The admin interface: clock, request log, refusals.

use super::*;

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
