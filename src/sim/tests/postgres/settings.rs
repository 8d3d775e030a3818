//! What a member shows of its settings, and when.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_member_shows_its_settings_in_postgresqls_units_and_spelling() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    for (sql, expected) in [
        ("show max_connections", "401"),
        ("SHOW log_min_duration_statement", "-1"),
        (
            "show shared_preload_libraries",
            "rdsutils,pg_stat_statements",
        ),
        ("show pg_stat_statements.track", "top"),
        ("show statement_timeout", "0"),
        ("show work_mem", "4MB"),
        ("show server_version", "16.6"),
        ("show transaction_read_only", "off"),
        ("select pg_is_in_recovery()", "f"),
        (
            "select current_user, current_database()",
            "postgres | orders",
        ),
        ("select aurora_db_instance_identifier()", "orders-1"),
        ("select 1", "1"),
        ("select now()", "2026-05-15 06:05:00+00"),
        (
            "select name, setting, unit, context, vartype, pending_restart from pg_settings where name in ('max_connections', 'work_mem') order by 1",
            "max_connections | 401 | NULL | postmaster | integer | f\nwork_mem | 4096 | kB | user | integer | f",
        ),
        (
            "select count(*) from pg_settings where pending_restart",
            "0",
        ),
        (
            "select server_id, session_id = 'MASTER_SESSION_ID' from aurora_replica_status() order by server_id",
            "orders-1 | t\norders-2 | f",
        ),
    ] {
        assert_eq!(writer.asked(sql).await, expected, "{sql}");
    }
    let reader = connect(&world, "reader").await;
    for (sql, expected) in [
        ("select pg_is_in_recovery()", "t"),
        ("select aurora_db_instance_identifier()", "orders-2"),
        ("show transaction_read_only", "on"),
        (
            "create temporary table probe (a int)",
            "25006: cannot execute CREATE TABLE in a read-only transaction",
        ),
        (
            "insert into orders values (1)",
            "25006: cannot execute INSERT in a read-only transaction",
        ),
        (
            "begin read write",
            "0A000: cannot set transaction read-write mode during recovery",
        ),
    ] {
        assert_eq!(reader.asked(sql).await, expected, "{sql}");
    }
}

#[tokio::test(start_paused = true)]
async fn stored_values_that_wait_for_a_restart_show_pending_restart() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    let sql = "select name, setting, pending_restart from pg_settings where name = any(array['max_connections', 'log_min_duration_statement']) order by name";
    world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned")
        .apply_immediately(true)
        .send()
        .await
        .unwrap();
    assert_eq!(
        writer.asked(sql).await,
        "log_min_duration_statement | -1 | f\nmax_connections | 401 | f"
    );
    pass(30).await;
    assert_eq!(
        writer.asked(sql).await,
        "log_min_duration_statement | 500 | f\nmax_connections | 401 | t"
    );
    assert_eq!(
        writer.asked("show log_min_duration_statement").await,
        "500ms"
    );
    assert_eq!(writer.asked("show log_statement").await, "ddl");
    let started = writer.asked("select pg_postmaster_start_time()").await;
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-1")
        .send()
        .await
        .unwrap();
    let error = writer.end.await.unwrap().unwrap_err();
    assert_eq!(
        said(&error),
        "57P01: terminating connection due to administrator command"
    );
    let refused = try_connect(&world, "writer", &as_user("postgres")).await;
    assert_eq!(refused.err().as_deref(), Some("ConnectionRefused"));
    pass(40).await;
    let writer = connect(&world, "writer").await;
    assert_eq!(
        writer.asked(sql).await,
        "log_min_duration_statement | 500 | f\nmax_connections | 500 | f"
    );
    assert_ne!(
        writer.asked("select pg_postmaster_start_time()").await,
        started
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_may_not_load_a_value_although_the_api_calls_it_in_sync() {
    let world = world("never_loads = [\"max_connections\"]");
    world
        .rds
        .modify_db_cluster()
        .db_cluster_identifier("orders")
        .db_cluster_parameter_group_name("tuned")
        .send()
        .await
        .unwrap();
    pass(30).await;
    world
        .rds
        .reboot_db_instance()
        .db_instance_identifier("orders-2")
        .send()
        .await
        .unwrap();
    pass(60).await;
    assert!(
        world
            .picture("orders")
            .await
            .contains("orders-2 reader available db.t3.medium in-sync")
    );
    let reader = connect(&world, "orders-2").await;
    assert_eq!(
        reader
            .asked(
                "select setting, pending_restart from pg_settings where name = 'max_connections'"
            )
            .await,
        "401 | t"
    );
}
