//! SQL in process, with tokio-postgres on tokio's paused clock.

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::support::{STEADY, World, pass};

/// Users and databases of `orders`.
const PEOPLE: &str = r#"
[[cluster.user]]
name = "app"
password = "correct horse"

[[cluster.user]]
name = "watcher"
roles = ["pg_monitor"]

[[cluster.user]]
name = "mover"
roles = ["rds_iam"]

[[cluster.database]]
name = "orders"
extensions = ["pg_stat_statements"]
"#;

/// The world of the other tests, with people in it, and an addition to the reader.
fn world(of_the_reader: &str) -> World {
    World::new(&format!("{STEADY}\n{of_the_reader}\n{PEOPLE}"))
}

/// A session, and the task that ends when it does.
struct Connected {
    client: Client,
    end: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
}

async fn endpoint(world: &World, kind: &str) -> String {
    let cluster = world.cluster("orders").await;
    match kind {
        "writer" => cluster.endpoint().unwrap().to_owned(),
        "reader" => cluster.reader_endpoint().unwrap().to_owned(),
        member => {
            let instance = world.instance(member).await;
            instance.endpoint().unwrap().address().unwrap().to_owned()
        }
    }
}

/// Connects as a user to a database of an endpoint; an error in the words of PostgreSQL.
async fn try_connect(world: &World, kind: &str, config: &Config) -> Result<Connected, String> {
    let host = endpoint(world, kind).await;
    let stream = world
        .simulator
        .connect_postgres(&host)
        .map_err(|error| format!("{:?}", error.kind()))?;
    let (client, connection) = config
        .connect_raw(stream, NoTls)
        .await
        .map_err(|error| said(&error))?;
    Ok(Connected {
        client,
        end: tokio::spawn(connection),
    })
}

async fn connect(world: &World, kind: &str) -> Connected {
    try_connect(world, kind, &as_user("postgres"))
        .await
        .unwrap()
}

fn as_user(user: &str) -> Config {
    let mut config = Config::new();
    config.user(user).dbname("orders").password("correct horse");
    config
}

/// `CODE: message`, and the detail if there is one.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        None => error.to_string(),
        Some(error) => {
            let detail = error.detail().map(|detail| format!(" ({detail})"));
            format!(
                "{}: {}{}",
                error.code().code(),
                error.message(),
                detail.unwrap_or_default()
            )
        }
    }
}

impl Connected {
    /// The rows of a text's last statement, one line each, or the refusal.
    async fn asked(&self, sql: &str) -> String {
        let messages = match self.client.simple_query(sql).await {
            Ok(messages) => messages,
            Err(error) => return said(&error),
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|index| row.get(index).unwrap_or("NULL"));
                Some(cells.collect::<Vec<&str>>().join(" | "))
            }
            _ => None,
        });
        rows.collect::<Vec<String>>().join("\n")
    }
}

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
