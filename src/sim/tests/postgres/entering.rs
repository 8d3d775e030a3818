//! Endpoints, users, passwords and privileges.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_failover_ends_sessions_and_the_cluster_endpoint_follows_after_a_while() {
    let world = World::new(&format!("{STEADY}\n{PEOPLE}").replace(
        "failover_restart = 8",
        "failover_restart = 3\nfailover_endpoint = 5",
    ));
    let writer = connect(&world, "writer").await;
    let reader = connect(&world, "orders-2").await;
    world
        .rds
        .failover_db_cluster()
        .db_cluster_identifier("orders")
        .send()
        .await
        .unwrap();
    let error = writer.end.await.unwrap().unwrap_err();
    assert_eq!(
        said(&error),
        "57P01: terminating connection due to administrator command"
    );
    // The promoted member goes on, and writes.
    assert_eq!(reader.asked("select pg_is_in_recovery()").await, "f");
    assert_eq!(
        reader.asked("create temporary table probe (a int)").await,
        ""
    );
    let refused = try_connect(&world, "writer", &as_user("postgres")).await;
    assert_eq!(refused.err().as_deref(), Some("ConnectionRefused"));
    pass(4).await;
    let late = connect(&world, "writer").await;
    assert_eq!(
        late.asked("select aurora_db_instance_identifier(), pg_is_in_recovery()")
            .await,
        "orders-1 | t"
    );
    pass(2).await;
    let writer = connect(&world, "writer").await;
    assert_eq!(
        writer
            .asked("select aurora_db_instance_identifier(), pg_is_in_recovery()")
            .await,
        "orders-2 | f"
    );
    let reader = connect(&world, "reader").await;
    assert_eq!(
        reader.asked("select aurora_db_instance_identifier()").await,
        "orders-1"
    );
}

#[tokio::test(start_paused = true)]
async fn who_may_connect_and_see_what() {
    let world = world("");
    let refused = |user: &'static str, database: &'static str, password: &'static str| {
        let mut config = as_user(user);
        config.dbname(database).password(password);
        let world = &world;
        async move { try_connect(world, "writer", &config).await.err().unwrap() }
    };
    assert_eq!(
        refused("app", "orders", "wrong").await,
        "28P01: password authentication failed for user \"app\""
    );
    assert_eq!(
        refused("nobody", "orders", "any").await,
        "28P01: password authentication failed for user \"nobody\""
    );
    assert_eq!(
        refused("app", "nowhere", "correct horse").await,
        "3D000: database \"nowhere\" does not exist"
    );
    assert!(
        refused("postgres", "rdsadmin", "any")
            .await
            .starts_with("28000: pg_hba.conf rejects")
    );
    // The cluster has no IAM authentication, so no token is right.
    let token = "orders:5432/?Action=connect&DBUser=mover&X-Amz-Signature=0";
    assert_eq!(
        refused("mover", "orders", token).await,
        "28000: PAM authentication failed for user \"mover\""
    );
    assert_eq!(
        world
            .simulator
            .connect_postgres("nowhere.example.com")
            .err()
            .map(|error| error.kind()),
        Some(std::io::ErrorKind::NotFound)
    );
    let app = try_connect(&world, "writer", &as_user("app"))
        .await
        .unwrap();
    for sql in [
        "show shared_preload_libraries",
        "select current_setting('shared_preload_libraries', true)",
    ] {
        assert_eq!(
            app.asked(sql).await,
            "42501: permission denied to examine \"shared_preload_libraries\" (Only roles with privileges of the \"pg_read_all_settings\" role may examine this parameter.)"
        );
    }
    assert_eq!(
        app.asked("select count(*) from pg_settings where name = 'shared_preload_libraries'")
            .await,
        "0"
    );
    assert_eq!(app.asked("show max_connections").await, "401");
    assert_eq!(
        app.asked("select pg_has_role('pg_monitor', 'member')")
            .await,
        "f"
    );
    assert_eq!(
        app.asked("create extension pg_stat_statements").await,
        "42710: extension \"pg_stat_statements\" already exists"
    );
    let watcher = try_connect(&world, "writer", &as_user("watcher"))
        .await
        .unwrap();
    assert_eq!(
        watcher.asked("show shared_preload_libraries").await,
        "rdsutils,pg_stat_statements"
    );
    assert_eq!(
        watcher
            .asked("select pg_has_role('pg_read_all_settings', 'USAGE')")
            .await,
        "t"
    );
    // Each sees the texts of its own statements, who may read all statistics those of others.
    let others = "select count(*) from pg_stat_statements where query like '<insufficient%'";
    assert_ne!(app.asked("select 1").await, "0");
    assert_eq!(watcher.asked(others).await, "0");
    assert_ne!(app.asked(others).await, "0");
}

#[tokio::test(start_paused = true)]
async fn with_iam_authentication_a_token_opens_the_door() {
    let world = World::new(&format!("{STEADY}\n{PEOPLE}").replace(
        "maintenance_window = \"sun:07:00-sun:08:00\"",
        "iam_authentication = true",
    ));
    let mut config = as_user("mover");
    config.password("orders:5432/?Action=connect&DBUser=mover&X-Amz-Signature=0");
    let mover = try_connect(&world, "writer", &config).await.unwrap();
    assert_eq!(mover.asked("select current_user").await, "mover");
    config.password("orders:5432/?Action=connect&DBUser=other&X-Amz-Signature=0");
    let refused = try_connect(&world, "writer", &config).await.err();
    assert_eq!(
        refused.as_deref(),
        Some("28000: PAM authentication failed for user \"mover\"")
    );
}

#[tokio::test(start_paused = true)]
async fn a_topology_aware_driver_finds_the_writer() {
    let world = world("");
    let reader = connect(&world, "reader").await;
    // As AWS's drivers ask it.
    let sql = "SELECT SERVER_ID, CASE WHEN SESSION_ID OPERATOR(pg_catalog.=) 'MASTER_SESSION_ID' THEN TRUE ELSE FALSE END, \
        CPU, COALESCE(REPLICA_LAG_IN_MSEC, 0), LAST_UPDATE_TIMESTAMP FROM pg_catalog.aurora_replica_status() \
        WHERE EXTRACT(EPOCH FROM(pg_catalog.NOW() OPERATOR(pg_catalog.-) LAST_UPDATE_TIMESTAMP)) OPERATOR(pg_catalog.<=) 300 \
        OR SESSION_ID OPERATOR(pg_catalog.=) 'MASTER_SESSION_ID' OR LAST_UPDATE_TIMESTAMP IS NULL";
    assert_eq!(
        reader.asked(sql).await,
        "orders-1 | t | 0 | 0 | 2026-05-15 06:05:00+00\norders-2 | f | 0 | 0 | NULL"
    );
}

#[tokio::test(start_paused = true)]
async fn the_master_user_has_the_password_that_the_api_was_given() {
    let world = world("");
    let create = "Action=CreateDBCluster&DBClusterIdentifier=new&Engine=aurora-postgresql&EngineVersion=16.6\
                  &MasterUsername=owner&MasterUserPassword=first-word&DatabaseName=shop";
    assert_eq!(world.raw(create).await, "200");
    pass(60).await;
    let member = "Action=CreateDBInstance&DBInstanceIdentifier=new-1&DBClusterIdentifier=new\
                  &DBInstanceClass=db.t3.medium&Engine=aurora-postgresql";
    assert_eq!(world.raw(member).await, "200");
    pass(420).await;
    let enters = async |password: &str| {
        let mut config = as_user("owner");
        config.dbname("shop").password(password);
        let connected = try_connect(&world, "new-1", &config).await;
        connected
            .map(|_| ())
            .map_err(|refused| refused[..5].to_owned())
    };
    let refused = Err("28P01".to_owned());
    assert_eq!(enters("first-word").await, Ok(()));
    assert_eq!(enters("second-word").await, refused);
    let change = "Action=ModifyDBCluster&DBClusterIdentifier=new&MasterUserPassword=second-word";
    assert_eq!(world.raw(change).await, "200");
    assert_eq!(enters("second-word").await, Ok(()));
    assert_eq!(enters("first-word").await, refused);
    // A password is nowhere in the world as it was sent.
    let saved = world.simulator.save();
    assert!(!saved.contains("first-word") && !saved.contains("second-word"));
}
