//! What PostgreSQL itself said: plain data, read by `sql`, judged by `plan`.

use crate::names::{InstanceId, ParameterName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whom SQL was asked of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Endpoint {
    /// The cluster endpoint, which leads to the writer.
    Cluster,
    /// A member, through its own endpoint.
    Member(InstanceId),
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster => formatter.write_str("the cluster endpoint"),
            Self::Member(instance) => instance.fmt(formatter),
        }
    }
}

/// An endpoint's name and port as AWS tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What all endpoints said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// The role that asked.
    pub user: String,
    /// The members that were asked.
    pub members: BTreeMap<InstanceId, Reached>,
    /// The cluster endpoint, if it was asked.
    pub cluster: Option<Reached>,
}

impl Told {
    /// What an endpoint said.
    pub fn by(&self, endpoint: &Endpoint) -> Option<&Reached> {
        match endpoint {
            Endpoint::Cluster => self.cluster.as_ref(),
            Endpoint::Member(instance) => self.members.get(instance),
        }
    }
}

/// An endpoint's answers, or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// It answered.
    Yes(Box<Answers>),
    /// It did not.
    No(Unreached),
}

/// Why an endpoint did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreached {
    /// What failed, in one line.
    pub because: String,
    /// What to do.
    pub hints: Vec<String>,
}

/// What one endpoint said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// The member that answered, in Aurora's own words; absent where PostgreSQL is not Aurora's.
    pub member: Option<InstanceId>,
    /// Whether it is in recovery: readers are.
    pub in_recovery: bool,
    /// `pg_postmaster_start_time()`.
    pub started: Timestamp,
    /// The settings that were asked for.
    pub settings: BTreeMap<ParameterName, Reading>,
    /// What the libraries answered.
    pub libraries: Vec<LibraryAnswer>,
    /// What the declared probes answered.
    pub probes: Vec<ProbeAnswer>,
}

/// What could be read of one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// Its value.
    Value(Setting),
    /// A value that no loaded library knows: PostgreSQL holds it without a meaning.
    Placeholder(String),
    /// The role may not see it.
    Denied {
        /// PostgreSQL's words.
        because: String,
    },
    /// PostgreSQL knows no setting of that name.
    Unknown,
}

/// One row of `pg_settings` (PostgreSQL documentation, "pg_settings").
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The value in force for every session that sets none of its own, in `unit`.
    pub value: String,
    /// The unit of a number, such as `8kB`.
    pub unit: Option<String>,
    /// When it can be changed: `postmaster` needs a restart.
    pub context: String,
    /// `bool`, `enum`, `integer`, `real`, `string`.
    pub kind: String,
    /// Where the value comes from. `user` and `database` hide the server's own.
    pub source: String,
    /// Whether another value waits for a restart.
    pub pending_restart: bool,
}

/// What a preloaded library that is known here answered in one database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryAnswer {
    /// The library: `pg_stat_statements`, `pgaudit`, `pg_cron`, `auto_explain`.
    pub library: String,
    /// The database.
    pub database: String,
    /// What was found.
    pub found: Found,
}

/// What was found of a library in one database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "kebab-case")]
pub enum Found {
    /// It works: the words say what answered.
    Works {
        /// What answered.
        by: String,
    },
    /// The server did not load the library.
    NotPreloaded,
    /// The library is loaded, and the extension was not created in this database.
    NotCreated,
    /// The role may not ask it.
    Denied {
        /// PostgreSQL's words.
        because: String,
    },
    /// The question failed otherwise.
    Failed {
        /// Why.
        because: String,
    },
}

/// What a declared probe answered in one database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeAnswer {
    /// The probe's name.
    pub probe: String,
    /// The database.
    pub database: String,
    /// The rows, or why there are none.
    pub answer: Result<Rows, String>,
}

/// Rows of a statement; each value as PostgreSQL writes it, `None` for NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// The rows that were kept.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there were more.
    pub more: bool,
}

impl Rows {
    /// The value of a single row with a single column.
    pub fn single(&self) -> Option<&str> {
        match self.rows.as_slice() {
            [row] => match row.as_slice() {
                [value] => value.as_deref(),
                _ => None,
            },
            _ => None,
        }
    }
}
