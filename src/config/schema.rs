//! The JSON Schema of a declaration file, so that editors complete and check it while it is written.
//!
//! Goes in: the catalogue of keys and the table of units. Comes out: a JSON document (draft 2020-12). It describes one
//! file before merging, so nothing is required that another file may say.

use super::keys::{Form, Key, TOP, Table};
use super::value::suffixes;
use crate::desired::units;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The JSON Schema of a declaration file.
pub fn schema() -> Value {
    let mut schema = Map::new();
    schema.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    schema.insert("title".to_owned(), json!("auroractl declaration"));
    schema.append(&mut table(&TOP));
    Value::Object(schema)
}

fn table(table: &Table) -> Map<String, Value> {
    let mut properties = Map::new();
    for key in table.keys {
        for spelling in key.spellings() {
            properties.insert(spelling.clone(), property(key, &spelling));
        }
    }
    let mut object = Map::new();
    object.insert("description".to_owned(), json!(table.description));
    object.insert("type".to_owned(), json!("object"));
    object.insert("properties".to_owned(), Value::Object(properties));
    object.insert("additionalProperties".to_owned(), json!(false));
    object
}

fn property(key: &Key, spelling: &str) -> Value {
    let Key {
        name,
        api_name: _,
        description,
        form,
    } = key;
    let mut property = match form {
        Form::Shape(pattern) => object(json!({ "type": "string", "pattern": pattern })),
        Form::OneOf(choices) => object(json!({ "enum": choices })),
        Form::Boolean => object(json!({ "type": "boolean" })),
        Form::RetentionDays => {
            let months = (1..=23).map(|months| months * 31);
            let days: Vec<u32> = [7].into_iter().chain(months).chain([731]).collect();
            object(json!({ "enum": days }))
        }
        Form::TextOrTexts => object(json!({
            "oneOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ],
        })),
        Form::ScalarOrScalars => object(json!({
            "type": ["string", "number", "boolean", "array"],
            "items": { "type": ["string", "number", "boolean"] },
        })),
        Form::Port => object(json!({ "type": "integer", "minimum": 1, "maximum": 65535 })),
        Form::Tables(inner) => object(json!({
            "type": "array",
            "items": Value::Object(table(inner)),
        })),
        Form::ParameterNames => object(json!({
            "type": "array",
            "uniqueItems": true,
            "items": { "type": "string", "anyOf": [{ "enum": parameter_names() }, {}] },
        })),
        Form::Parameters => parameters(),
        Form::Table(inner) => table(inner),
        Form::Texts(least) => object(json!({
            "type": "array",
            "minItems": least,
            "items": { "type": "string" },
        })),
        Form::Count(most) => object(json!({ "type": "integer", "minimum": 0, "maximum": most })),
        Form::Environment(taken) => object(json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "additionalProperties": {
                "anyOf": [{ "type": "string" }, Value::Object(table(taken))],
            },
        })),
        Form::TableByInstance(inner) => object(json!({
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z](-?[A-Za-z0-9])*$" },
            "additionalProperties": Value::Object(table(inner)),
        })),
    };
    let text = if spelling == *name {
        (*description).to_owned()
    } else {
        format!("AWS's spelling of `{name}`. {description}")
    };
    property.insert("description".to_owned(), json!(text));
    Value::Object(property)
}

fn parameters() -> Map<String, Value> {
    let mut properties = BTreeMap::new();
    for (name, unit) in units::parameters_with_units() {
        properties.insert(
            name,
            json!({
                "description": format!(
                    "In {unit}. A bare number, a number with one of {}, or a formula.",
                    suffixes(unit)
                ),
                "type": ["number", "string"],
            }),
        );
    }
    for (name, description) in SUGGESTED {
        properties.insert(name, json!({ "description": description }));
    }
    object(json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": {
            "type": ["boolean", "number", "string", "array"],
            "items": { "type": "string" },
        },
    }))
}

/// Every name that the schema suggests, sorted.
fn parameter_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = units::parameters_with_units()
        .map(|(name, _)| name)
        .chain(SUGGESTED.iter().map(|(name, _)| *name))
        .collect();
    names.sort_unstable();
    names
}

/// The object of a `json!` literal.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

/// Parameters without a unit that are often set (Amazon Aurora User Guide, "Aurora PostgreSQL parameters"; PostgreSQL
/// documentation, "Server Configuration"). Suggestions only: which parameters and values exist, AWS says.
const SUGGESTED: &[(&str, &str)] = &[
    ("apg_ccm_enabled", "Cluster cache management."),
    (
        "auto_explain.log_analyze",
        "Whether plans are logged with run times.",
    ),
    (
        "auto_explain.log_buffers",
        "Whether plans are logged with buffer use.",
    ),
    ("auto_explain.log_format", "text, xml, json or yaml."),
    (
        "auto_explain.log_nested_statements",
        "Whether statements inside functions are logged.",
    ),
    (
        "auto_explain.log_timing",
        "Whether each node of a plan is timed.",
    ),
    (
        "auto_explain.log_verbose",
        "Whether plans are logged in detail.",
    ),
    (
        "auto_explain.sample_rate",
        "The share of statements that are explained, 0 to 1.",
    ),
    ("autovacuum", "Whether autovacuum runs."),
    (
        "autovacuum_analyze_scale_factor",
        "The share of a table that changes before it is analysed.",
    ),
    (
        "autovacuum_analyze_threshold",
        "The rows that change before a table is analysed.",
    ),
    (
        "autovacuum_freeze_max_age",
        "The age in transactions at which a table is vacuumed in any case.",
    ),
    (
        "autovacuum_max_workers",
        "The most autovacuum workers at once.",
    ),
    (
        "autovacuum_vacuum_cost_limit",
        "The cost at which autovacuum pauses.",
    ),
    (
        "autovacuum_vacuum_insert_scale_factor",
        "The share of a table that is inserted before it is vacuumed.",
    ),
    (
        "autovacuum_vacuum_insert_threshold",
        "The rows that are inserted before a table is vacuumed.",
    ),
    (
        "autovacuum_vacuum_scale_factor",
        "The share of a table that changes before it is vacuumed.",
    ),
    (
        "autovacuum_vacuum_threshold",
        "The rows that change before a table is vacuumed.",
    ),
    ("compute_query_id", "auto or on."),
    (
        "cron.database_name",
        "The database that holds pg_cron's tables.",
    ),
    ("cron.log_run", "on or off."),
    ("cron.max_running_jobs", "The most jobs of pg_cron at once."),
    (
        "default_statistics_target",
        "How detailed statistics are, 1 to 10000.",
    ),
    (
        "default_transaction_isolation",
        "read committed, repeatable read or serializable.",
    ),
    (
        "from_collapse_limit",
        "Up to how many FROM items the planner merges subqueries.",
    ),
    (
        "hash_mem_multiplier",
        "How many times work_mem a hash table may use.",
    ),
    (
        "join_collapse_limit",
        "Up to how many items the planner reorders joins.",
    ),
    ("log_connections", "Whether connections are logged."),
    ("log_destination", "stderr or csvlog."),
    ("log_disconnections", "Whether ends of sessions are logged."),
    (
        "log_duration",
        "Whether the duration of every statement is logged.",
    ),
    ("log_error_verbosity", "terse, default or verbose."),
    (
        "log_lock_waits",
        "Whether waits longer than deadlock_timeout are logged.",
    ),
    (
        "log_min_error_statement",
        "The severity from which the failing statement is logged.",
    ),
    (
        "log_min_messages",
        "The severity from which messages are logged.",
    ),
    (
        "log_replication_commands",
        "Whether replication commands are logged.",
    ),
    ("log_statement", "none, ddl, mod or all."),
    (
        "log_statement_sample_rate",
        "The share of slow statements that are logged, 0 to 1.",
    ),
    (
        "log_transaction_sample_rate",
        "The share of transactions that are logged, 0 to 1.",
    ),
    (
        "max_connections",
        "The most connections to each member; a restart makes it live.",
    ),
    (
        "max_locks_per_transaction",
        "The locks that are planned for each transaction.",
    ),
    (
        "max_logical_replication_workers",
        "The most workers of logical replication.",
    ),
    (
        "max_parallel_maintenance_workers",
        "The most workers of one maintenance command.",
    ),
    ("max_parallel_workers", "The most parallel workers at once."),
    (
        "max_parallel_workers_per_gather",
        "The most workers of one plan node.",
    ),
    (
        "max_prepared_transactions",
        "The most prepared transactions at once.",
    ),
    ("max_replication_slots", "The most replication slots."),
    ("max_wal_senders", "The most WAL senders."),
    ("max_worker_processes", "The most background workers."),
    ("password_encryption", "md5 or scram-sha-256."),
    (
        "pg_stat_statements.max",
        "The most statements that are counted.",
    ),
    (
        "pg_stat_statements.save",
        "Whether counts survive a shutdown.",
    ),
    ("pg_stat_statements.track", "none, top or all."),
    (
        "pg_stat_statements.track_planning",
        "Whether planning is counted.",
    ),
    (
        "pg_stat_statements.track_utility",
        "Whether utility commands are counted.",
    ),
    (
        "pgaudit.log",
        "The classes of statements that are audited: read, write, ddl, role, function, misc, all, none.",
    ),
    ("pgaudit.role", "The role whose grants say what is audited."),
    (
        "plan_cache_mode",
        "auto, force_generic_plan or force_custom_plan.",
    ),
    (
        "random_page_cost",
        "The planner's cost of a page read out of order.",
    ),
    ("rds.accepted_password_auth_method", "md5+scram or scram."),
    (
        "rds.adaptive_autovacuum",
        "Whether RDS tunes autovacuum by itself.",
    ),
    (
        "rds.allowed_extensions",
        "The extensions that may be created.",
    ),
    (
        "rds.force_admin_logging_level",
        "The severity from which actions of the RDS administrator are logged.",
    ),
    (
        "rds.force_autovacuum_logging_level",
        "The severity from which autovacuum's messages are logged.",
    ),
    ("rds.force_ssl", "Whether connections must use TLS."),
    (
        "rds.logical_replication",
        "Whether logical replication is on.",
    ),
    (
        "rds.restrict_password_commands",
        "Whether only rds_password may change passwords.",
    ),
    ("search_path", "The schemas in which names are looked up."),
    (
        "seq_page_cost",
        "The planner's cost of a page read in order.",
    ),
    ("session_replication_role", "origin, replica or local."),
    (
        "shared_preload_libraries",
        "The libraries that every member loads at its start, in this order.",
    ),
    (
        "ssl_max_protocol_version",
        "The newest TLS version that is accepted.",
    ),
    (
        "ssl_min_protocol_version",
        "The oldest TLS version that is accepted.",
    ),
    ("synchronous_commit", "on, local or off."),
    ("timezone", "The time zone in which times are shown."),
    (
        "track_commit_timestamp",
        "Whether commit times are recorded.",
    ),
    ("track_functions", "none, pl or all."),
    ("track_io_timing", "Whether I/O is timed."),
    ("vacuum_cost_limit", "The cost at which a vacuum pauses."),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_committed_schema_is_this_one() {
        let committed = include_str!("../../environments/declaration.schema.json");
        let built = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write("environments/declaration.schema.json", &built).unwrap();
            return;
        }
        assert_eq!(
            committed, built,
            "run `UPDATE_SCHEMA=1 cargo test committed_schema` and commit the result"
        );
    }

    #[test]
    fn each_suggested_parameter_is_suggested_once() {
        let mut names = parameter_names();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn both_spellings_and_no_others_are_in_the_schema() {
        let schema = schema();
        let cluster = &schema["properties"]["cluster"];
        assert_eq!(cluster["additionalProperties"], json!(false));
        assert_eq!(
            cluster["properties"]["applyImmediately"]["description"],
            json!(
                "AWS's spelling of `apply_immediately`. true: changes are made live in the run that sends them. false (unless told): what restarts a member is queued, and made live inside the window."
            )
        );
        assert_eq!(
            schema["properties"]["parameters"]["properties"]["log_min_duration_statement"],
            json!({
                "description": "In ms. A bare number, a number with one of us, ms, s, min, h, d, or a formula.",
                "type": ["number", "string"],
            })
        );
    }
}
