//! Faults as sessions meet them.

use crate::sim::faults::{Beginning, Count, Declaration, Kind};

use super::*;

fn aimed(kind: Kind, instance: &str) -> Declaration {
    Declaration {
        instance: Some(instance.to_owned()),
        ..Declaration::new(kind)
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_whose_time_comes_ends_the_sessions_of_its_member_at_once() {
    let world = world("");
    let writer = connect(&world, "orders-1").await;
    let reader = connect(&world, "orders-2").await;
    let began = world.simulator.now();
    world
        .simulator
        .declare(Declaration {
            from: Some(Beginning::Seconds(100.0)),
            status: Some("failed".to_owned()),
            ..aimed(Kind::MemberStatus, "orders-1")
        })
        .unwrap();
    let error = writer.end.await.unwrap().unwrap_err();
    assert_eq!(
        said(&error),
        "57P01: terminating connection due to administrator command"
    );
    let passed = world.simulator.now().duration_since(began);
    assert_eq!(passed.as_secs(), 100);
    assert_eq!(reader.asked("select 1").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_refuses_sessions_keeps_those_it_has() {
    let world = world("");
    let before = connect(&world, "orders-2").await;
    let refuses = Declaration {
        for_seconds: Some(30.0),
        ..aimed(Kind::RefusedSessions, "orders-2")
    };
    world.simulator.declare(refuses).unwrap();
    for kind in ["orders-2", "reader"] {
        let refused = try_connect(&world, kind, &as_user("postgres")).await;
        assert_eq!(refused.err().as_deref(), Some("ConnectionRefused"));
    }
    assert_eq!(before.asked("select 1").await, "1");
    assert_eq!(connect(&world, "writer").await.asked("select 1").await, "1");
    let told: Vec<String> = world
        .simulator
        .timeline()
        .into_iter()
        .filter_map(|change| Some(format!("{} {}", change.instance, change.fault?)))
        .collect();
    assert_eq!(told, ["orders-2 fault 1: a session was refused"; 2]);
    pass(30).await;
    let after = connect(&world, "orders-2").await;
    assert_eq!(after.asked("select 1").await, "1");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_hangs_answers_when_the_fault_is_over_or_removed() {
    let world = world("");
    let session = connect(&world, "orders-2").await;
    let began = world.simulator.now();
    let hangs = Declaration {
        from: Some(Beginning::Seconds(0.0)),
        for_seconds: Some(40.0),
        ..aimed(Kind::HangingSessions, "orders-2")
    };
    world.simulator.declare(hangs).unwrap();
    let patience = std::time::Duration::from_secs(10);
    assert!(
        tokio::time::timeout(patience, session.asked("select 1"))
            .await
            .is_err()
    );
    // A new session waits as long.
    let late = connect(&world, "orders-2").await;
    assert_eq!(late.asked("select 1").await, "1");
    let passed = world.simulator.now().duration_since(began);
    assert_eq!(passed.as_secs(), 40);
    let once = Declaration {
        count: Some(Count::Times(1)),
        ..aimed(Kind::HangingSessions, "orders-2")
    };
    let id = world.simulator.declare(once).unwrap();
    let (held, other) = (late.asked("select 2"), session.asked("select 3"));
    tokio::pin!(held);
    assert!(tokio::time::timeout(patience, &mut held).await.is_err());
    // Only one statement is held.
    assert_eq!(other.await, "3");
    let removed = crate::sim::admin::answer(
        &world.simulator,
        &http::Method::DELETE,
        &format!("faults/{id}"),
        None,
        b"",
    );
    assert_eq!(removed.status, 200);
    assert_eq!(held.await, "2");
}

#[tokio::test(start_paused = true)]
async fn a_member_that_hangs_and_goes_down_ends_its_sessions() {
    let world = world("");
    let session = connect(&world, "orders-2").await;
    world
        .simulator
        .declare(aimed(Kind::HangingSessions, "orders-2"))
        .unwrap();
    let asked = session.asked("select 1");
    let reboot = world.rds.reboot_db_instance();
    let (said, _) = tokio::join!(asked, reboot.db_instance_identifier("orders-2").send());
    assert_eq!(
        said,
        "57P01: terminating connection due to administrator command"
    );
}
