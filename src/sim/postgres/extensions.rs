//! Extensions: which there are, in which version, and what they need before they can be created or used.
//!
//! Sources: documentation of PostgreSQL, pg_cron and pgAudit for versions and texts; Aurora User Guide, "Setting up the pgAudit
//! extension" and "Scheduling maintenance with the PostgreSQL pg_cron extension".

use super::context::Context;
use super::error::SqlError;

/// Extensions that can be created.
pub(crate) const EXTENSIONS: [&str; 4] = ["pg_cron", "pg_stat_statements", "pgaudit", "plpgsql"];

/// The version that an extension has by default, per major version.
pub(crate) fn extension_version(name: &str, major: u32) -> Option<&'static str> {
    match (name, major) {
        ("plpgsql", _) => Some("1.0"),
        ("pg_cron", _) => Some("1.6"),
        ("pg_stat_statements", ..=14) => Some("1.9"),
        ("pg_stat_statements", 15 | 16) => Some("1.10"),
        ("pg_stat_statements", _) => Some("1.11"),
        ("pgaudit", ..=13) => Some("1.5"),
        ("pgaudit", 14) => Some("1.6"),
        ("pgaudit", 15) => Some("1.7"),
        ("pgaudit", 16) => Some("16.0"),
        ("pgaudit", _) => Some("17.0"),
        _ => None,
    }
}

/// Whether an extension can be created.
pub(crate) fn is_extension(name: &str) -> bool {
    EXTENSIONS.contains(&name)
}

/// Their names, for messages.
pub(crate) fn extensions() -> String {
    EXTENSIONS.join(", ")
}

/// Whether it may be moved to another schema, as `pg_extension` tells it.
pub(crate) fn relocatable(name: &str) -> bool {
    !["plpgsql", "pg_cron"].contains(&name)
}

/// Refuses unless an extension's library was preloaded. PostgreSQL 17 puts names of settings in quotes.
pub(crate) fn check_loaded(name: &str, context: &Context<'_>) -> Result<(), SqlError> {
    if name == "plpgsql" || context.settings().preloaded(name) {
        return Ok(());
    }
    if name == "pg_cron" {
        return Err(SqlError::new(
            "XX000",
            "pg_cron can only be loaded via shared_preload_libraries",
        )
        .with_hint(
            "Add pg_cron to the shared_preload_libraries configuration variable in postgresql.conf.",
        ));
    }
    let setting = if context.major() >= 17 && name == "pg_stat_statements" {
        "\"shared_preload_libraries\""
    } else {
        "shared_preload_libraries"
    };
    Err(SqlError::new(
        "55000",
        format!("{name} must be loaded via {setting}"),
    ))
}

/// Refuses what an extension refuses while it is created. The view of pg_stat_statements can be created without the library; it
/// fails when it is read.
pub(crate) fn check_created(name: &str, context: &Context<'_>) -> Result<(), SqlError> {
    if name == "pg_stat_statements" {
        return Ok(());
    }
    check_loaded(name, context)?;
    let home = context
        .value("cron.database_name")
        .unwrap_or_else(|_| "postgres".to_owned());
    if name == "pg_cron" && context.session.database != home {
        return Err(SqlError::new(
            "XX000",
            format!("can only create extension in database {home}"),
        ));
    }
    Ok(())
}
