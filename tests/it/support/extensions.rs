//! A real PostgreSQL server that preloads pgaudit, pg_cron and auto_explain; ended with the value.
//!
//! Databases: `orders` (both extensions; pg_cron's own), `billing` (without them). Roles: `witness` (pg_monitor, and may read
//! pg_cron's tables), `plain` (nothing).

use super::postgres::{Postmaster, fill, home, initialise};

const PRELOADED: &[&str] = &[
    "shared_preload_libraries=pgaudit,pg_cron,auto_explain",
    "cron.database_name=orders",
];

const CONTENTS: &str = r#"
CREATE ROLE witness LOGIN PASSWORD 'correct-horse-battery' IN ROLE pg_monitor;
CREATE ROLE plain LOGIN PASSWORD 'correct-horse-battery' IN ROLE pg_read_all_settings;
CREATE DATABASE orders;
CREATE DATABASE billing;
\c orders
CREATE EXTENSION pgaudit;
CREATE EXTENSION pg_cron;
GRANT USAGE ON SCHEMA cron TO witness;
"#;

/// The server and the certificates around it.
pub(crate) struct Extended {
    folder: tempfile::TempDir,
    pub(crate) server: Postmaster,
}

impl Extended {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let data = home.join("extended");
        initialise(&data);
        let server = Postmaster::start(&home, &data, PRELOADED);
        fill(&home, server.port, CONTENTS);
        Self { folder, server }
    }

    /// A certificate of the tests, such as `ca.pem`.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}
