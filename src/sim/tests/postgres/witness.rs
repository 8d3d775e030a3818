//! What a tool asks over SQL to see whether settings are live: the answers, and the refusals that it has to tell apart.

use super::*;

/// A world whose members have loaded these libraries.
fn preloading(libraries: &str, version: &str) -> World {
    let text = STEADY
        .replace(
            "parameters = { max_connections = 500",
            &format!(
                "parameters = {{ shared_preload_libraries = \"{libraries}\", max_connections = 500"
            ),
        )
        .replace(
            "family = \"aurora-postgresql16\"",
            &format!("family = \"aurora-postgresql{}\"", &version[..2]),
        )
        .replace(
            "engine_version = \"16.6\"\n",
            &format!("engine_version = \"{version}\"\nparameter_group = \"tuned\"\n"),
        );
    World::new(&format!("{text}\n{PEOPLE}"))
}

async fn into(world: &World, user: &str, database: &str) -> Connected {
    let mut config = as_user(user);
    config.dbname(database);
    try_connect(world, "writer", &config).await.unwrap()
}

async fn all(session: &Connected, questions: &[(&str, &str)]) {
    for (sql, expected) in questions {
        assert_eq!(session.asked(sql).await, *expected, "{sql}");
    }
}

#[tokio::test(start_paused = true)]
async fn settings_are_read_with_all_that_judges_them() {
    let world = world("");
    let writer = connect(&world, "writer").await;
    let rows = writer
        .client
        .query(
            "SELECT name, setting, unit, context, pending_restart, source, vartype, boot_val, reset_val \
             FROM pg_settings WHERE name = ANY($1)",
            &[&vec!["max_connections", "log_temp_files", "pgaudit.log", "nowhere"]],
        )
        .await
        .unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |index: usize| {
                row.get::<_, Option<String>>(index)
                    .unwrap_or("-".to_owned())
            };
            let pending: bool = row.get(4);
            format!(
                "{} {} {} {} {pending} {} {} {} {}",
                text(0),
                text(1),
                text(2),
                text(3),
                text(5),
                text(6),
                text(7),
                text(8)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "log_temp_files -1 kB superuser false default integer -1 -1",
            "max_connections 401 - postmaster false configuration file integer 100 401",
        ]
    );
    all(
        &writer,
        &[
            ("set statement_timeout = 5000", ""),
            ("set default_transaction_read_only = on", ""),
            ("show transaction_read_only", "on"),
            (
                "create temp table probe (a int)",
                "25006: cannot execute CREATE TABLE in a read-only transaction",
            ),
            ("begin read write; create temp table probe (a int); insert into probe values (1); commit", ""),
            ("begin read only; select a from probe; rollback", "1"),
            ("select pg_is_in_recovery(); select pg_postmaster_start_time()", "f\n2026-04-15 06:05:00+00"),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pg_stat_statements_is_missing_as_a_relation_as_a_library_or_not_at_all() {
    let probe = "select userid from pg_stat_statements limit 1";
    let without = preloading("pgaudit", "17.4");
    all(
        &into(&without, "postgres", "orders").await,
        &[(
            probe,
            "55000: pg_stat_statements must be loaded via \"shared_preload_libraries\"",
        )],
    )
    .await;
    let with = world("");
    all(
        &into(&with, "app", "postgres").await,
        &[
            (
                probe,
                "42P01: relation \"pg_stat_statements\" does not exist",
            ),
            (
                "select userid from public.pg_stat_statements limit 1",
                "42P01: relation \"public.pg_stat_statements\" does not exist",
            ),
        ],
    )
    .await;
    let session = into(&with, "app", "orders").await;
    all(&session, &[("select 1", "1")]).await;
    let rows = session.asked("select calls from public.pg_stat_statements limit 1");
    assert_eq!(rows.await, "1");
}

#[tokio::test(start_paused = true)]
async fn settings_of_a_library_are_unknown_until_it_is_loaded() {
    let world = world("");
    let session = connect(&world, "writer").await;
    all(
        &session,
        &[
            (
                "show pgaudit.log",
                "42704: unrecognized configuration parameter \"pgaudit.log\"",
            ),
            (
                "show auto_explain.log_min_duration",
                "42704: unrecognized configuration parameter \"auto_explain.log_min_duration\"",
            ),
            (
                "select current_setting('cron.database_name')",
                "42704: unrecognized configuration parameter \"cron.database_name\"",
            ),
            ("select current_setting('cron.database_name', true)", "NULL"),
        ],
    )
    .await;
    let world = preloading("pgaudit,auto_explain,pg_cron", "16.6");
    let session = connect(&world, "writer").await;
    all(
        &session,
        &[
            ("show pgaudit.log", "none"),
            ("show auto_explain.log_min_duration", "-1"),
            ("show cron.database_name", "postgres"),
            (
                "show shared_preload_libraries",
                "rdsutils,pgaudit,auto_explain,pg_cron",
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn pg_cron_and_pgaudit_are_created_where_their_libraries_are_loaded() {
    let world = preloading("pgaudit,pg_cron", "16.6");
    all(
        &into(&world, "postgres", "orders").await,
        &[
            (
                "select jobid from cron.job",
                "42P01: relation \"cron.job\" does not exist",
            ),
            (
                "create extension pg_cron",
                "XX000: can only create extension in database postgres",
            ),
            ("create extension pgaudit", ""),
            (
                "select extname, extversion from pg_extension order by 1",
                "pg_stat_statements | 1.10\npgaudit | 16.0\nplpgsql | 1.0",
            ),
        ],
    )
    .await;
    all(
        &into(&world, "postgres", "postgres").await,
        &[
            ("create extension pg_cron", ""),
            ("select count(*) from cron.job", "0"),
            ("select * from cron.job", ""),
        ],
    )
    .await;
    all(
        &into(&world, "app", "postgres").await,
        &[(
            "select count(*) from cron.job",
            "42501: permission denied for schema cron",
        )],
    )
    .await;
    let world = preloading("pg_stat_statements", "15.10");
    all(
        &into(&world, "postgres", "postgres").await,
        &[
            (
                "create extension pg_cron",
                "XX000: pg_cron can only be loaded via shared_preload_libraries",
            ),
            (
                "create extension pgaudit",
                "55000: pgaudit must be loaded via shared_preload_libraries",
            ),
        ],
    )
    .await;
}
