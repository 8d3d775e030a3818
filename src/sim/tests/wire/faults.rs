//! Faults as a client over HTTP meets them.

use super::*;

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
