//! What statements answer, and what is refused.

use super::*;

#[tokio::test(start_paused = true)]
async fn pg_stat_statements_fails_in_its_two_ways() {
    let bare = STEADY.replace(
        "parameters = { max_connections = 500",
        "parameters = { shared_preload_libraries = \"pg_cron\", max_connections = 500",
    );
    let bare = bare.replace(
        "engine_version = \"16.6\"\n",
        "engine_version = \"16.6\"\nparameter_group = \"tuned\"\n",
    );
    let world = World::new(&format!("{bare}\n{PEOPLE}"));
    let here = connect(&world, "writer").await;
    let sql = "select count(*) from pg_stat_statements";
    assert_eq!(
        here.asked(sql).await,
        "55000: pg_stat_statements must be loaded via shared_preload_libraries"
    );
    assert_eq!(
        here.asked("show pg_stat_statements.track").await,
        "42704: unrecognized configuration parameter \"pg_stat_statements.track\""
    );
    let mut config = as_user("postgres");
    config.dbname("postgres");
    let there = try_connect(&world, "writer", &config).await.unwrap();
    assert_eq!(
        there.asked(sql).await,
        "42P01: relation \"pg_stat_statements\" does not exist"
    );
    assert_eq!(
        there
            .asked("create extension if not exists pg_stat_statements")
            .await,
        ""
    );
    assert_eq!(
        there
            .asked("select extname, extversion from pg_extension order by 1")
            .await,
        "pg_stat_statements | 1.10\nplpgsql | 1.0"
    );
    assert_eq!(
        there
            .asked("select exists(select 1 from pg_extension where extname = 'pg_stat_statements')")
            .await,
        "t"
    );
}

#[tokio::test(start_paused = true)]
async fn prepared_statements_take_and_give_binary_values() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    let client = &writer.client;
    let rows = client
        .query(
            "select name, setting, pending_restart, enumvals from pg_settings where name = any($1) order by name",
            &[&vec!["log_statement", "work_mem"]],
        )
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].get::<_, String>("name"), "log_statement");
    assert_eq!(
        rows[0].get::<_, Vec<String>>("enumvals"),
        ["none", "ddl", "mod", "all"]
    );
    assert_eq!(rows[1].get::<_, &str>("setting"), "4096");
    assert!(!rows[1].get::<_, bool>("pending_restart"));
    assert_eq!(rows[1].get::<_, Option<Vec<String>>>("enumvals"), None);
    let row = client
        .query_one("select $1::int + 1, count(*), pg_postmaster_start_time() from pg_settings where name = $2", &[&41_i32, &"work_mem"])
        .await
        .unwrap();
    assert_eq!((row.get::<_, i32>(0), row.get::<_, i64>(1)), (42, 1));
    let started: std::time::SystemTime = row.get(2);
    let expected: jiff::Timestamp = "2026-04-15T06:05:00Z".parse().unwrap();
    assert_eq!(started, std::time::SystemTime::from(expected));
    let error = client
        .query("select * from nowhere", &[])
        .await
        .unwrap_err();
    assert_eq!(said(&error), "42P01: relation \"nowhere\" does not exist");
    assert_eq!(
        client
            .query_one("select 1", &[])
            .await
            .unwrap()
            .get::<_, i32>(0),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_undone_as_a_whole() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    for (sql, expected) in [
        ("create temp table probe (id int, note text)", ""),
        ("insert into probe values (1, 'one'), (2, null)", ""),
        (
            "select count(*), count(note), max(id) from probe",
            "2 | 1 | 2",
        ),
        ("begin", ""),
        ("insert into probe (note) values ('three')", ""),
        ("set work_mem = '8MB'", ""),
        ("show work_mem", "8MB"),
        ("select 1/0", "22012: division by zero"),
        (
            "select 1",
            "25P02: current transaction is aborted, commands ignored until end of transaction block",
        ),
        ("rollback", ""),
        (
            "select id, note from probe order by id desc",
            "2 | NULL\n1 | one",
        ),
        ("show work_mem", "4MB"),
        ("begin read only; show transaction_read_only", "on"),
        ("insert into probe values (3, 'three')", ""),
        (
            "create table orders (a int)",
            "25006: cannot execute CREATE TABLE in a read-only transaction",
        ),
        ("commit", ""),
        ("select count(*) from probe", "2"),
        (
            "begin; set local statement_timeout = '2s'; show statement_timeout",
            "2s",
        ),
        ("commit; show statement_timeout", "0"),
        (
            "set statement_timeout = '5s'; select pg_sleep(10)",
            "57014: canceling statement due to statement timeout",
        ),
        (
            "select extract(epoch from clock_timestamp() - now())::float8",
            "0",
        ),
        ("select pg_sleep(3)", ""),
        (
            "set max_connections = 3",
            "55P02: parameter \"max_connections\" cannot be changed without restarting the server",
        ),
        (
            "set log_statement = 'all'",
            "42501: permission denied to set parameter \"log_statement\"",
        ),
        (
            "set client_min_messages = 'foo'",
            "22023: invalid value for parameter \"client_min_messages\": \"foo\"",
        ),
        (
            "set work_mem = 1",
            "22023: 1 kB is outside the valid range for parameter \"work_mem\" (64 .. 2147483647)",
        ),
        (
            "drop table probe; select * from probe",
            "42P01: relation \"probe\" does not exist",
        ),
    ] {
        assert_eq!(writer.asked(sql).await, expected, "{sql}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_understood_is_refused_and_never_guessed() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    for (sql, code) in [
        ("select * from pg_class", "0A000"),
        ("select name from pg_settings group by name", "0A000"),
        ("select name from pg_settings for update", "0A000"),
        ("select 1 union select 2", "0A000"),
        ("with x as (select 1) select * from x", "0A000"),
        ("select row_number() over () from pg_settings", "0A000"),
        ("select md5('a')", "0A000"),
        ("select 1.5", "0A000"),
        ("select datdba from pg_database", "0A000"),
        ("select * from pg_roles", "0A000"),
        ("select name from pg_settings where name ~ 'log'", "0A000"),
        ("copy pg_settings to stdout", "0A000"),
        ("create table orders (a int)", "0A000"),
        ("update orders set a = 1", "0A000"),
        ("listen channel", "0A000"),
        ("set date_style = 'German'", "42704"),
        ("set datestyle = 'German'", "0A000"),
        ("explain select 1", "0A000"),
        ("select nope from pg_settings", "42703"),
        ("select count(*), name from pg_settings", "42803"),
        ("select 1 where 'x'", "22P02"),
        ("selec 1", "42601"),
        ("select 'a' = 1", "22P02"),
        ("select lower(1)", "42883"),
        ("show no_such_setting", "42704"),
    ] {
        let said = writer.asked(sql).await;
        assert!(said.starts_with(&format!("{code}: ")), "{sql}\n{said}");
    }
    assert_eq!(writer.asked("select 1").await, "1");
}
