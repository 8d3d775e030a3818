//! How a partition's values are proven: the SQL witness and the probes.
//!
//! Comes from `[verify.sql]` and `[[probe]]`. Holds where a password is found, never a password.

use crate::names::InstanceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is declared beyond what the RDS API shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verify {
    /// How members are asked over SQL; `None` where no SQL witness is declared.
    pub sql: Option<Sql>,
    /// Statements of the partition's own, in the order of declaration.
    pub probes: Vec<Probe>,
}

impl Verify {
    /// Whether nothing is declared.
    pub fn is_empty(&self) -> bool {
        self.sql.is_none() && self.probes.is_empty()
    }
}

/// `[verify.sql]`: who asks, and on which way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sql {
    /// The role that logs in.
    pub user: String,
    /// The database in which settings are read.
    pub database: String,
    /// The databases in which extensions and probes are tried.
    pub databases: Vec<String>,
    /// How much of TLS is demanded.
    pub ssl_mode: SslMode,
    /// The authorities that may sign a server's certificate (PEM); those of the system where it is absent.
    pub ca_file: Option<PathBuf>,
    /// Where the password is found.
    pub password: Password,
    /// How long a connection may take to open, TLS and login included.
    pub connect_seconds_max: u32,
    /// How long one statement may take.
    pub statement_seconds_max: u32,
    /// The pause between two probes of a writer interruption.
    #[serde(default = "probe_seconds")]
    pub probe_seconds: u32,
    /// Where the cluster endpoint is reached, if not where AWS says.
    pub cluster_endpoint: Option<Elsewhere>,
    /// Where single members are reached, if not where AWS says.
    pub instances: BTreeMap<InstanceId, Elsewhere>,
    /// The command that leads to every endpoint that is not reached elsewhere.
    pub tunnel: Option<Tunnel>,
}

/// The pause between two probes of a writer interruption, unless told otherwise: one small statement a second is nothing to a
/// server, and a failover takes several seconds.
pub const PROBE_SECONDS: u32 = 1;

/// For plan files that were written before it could be declared.
fn probe_seconds() -> u32 {
    PROBE_SECONDS
}

/// PostgreSQL's names for how much of TLS is demanded (PostgreSQL documentation, "SSL Support"). Those that fall back to
/// no encryption are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    /// No encryption.
    Disable,
    /// Encryption; whoever answers is believed.
    Require,
    /// Encryption, and a certificate of a known authority.
    VerifyCa,
    /// Encryption, and a certificate of a known authority that names the endpoint.
    VerifyFull,
}

impl SslMode {
    /// PostgreSQL's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Where a password is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Password {
    /// In an environment variable.
    Environment(String),
    /// In a file; a line break at its end does not count.
    File(PathBuf),
    /// On the standard output of a command.
    Command {
        /// The program and its arguments; no shell reads them.
        command: Vec<String>,
        /// How long it may take.
        seconds_max: u32,
    },
    /// An IAM authentication token, signed with the credentials that AWS is asked with.
    Iam,
}

/// Another way to an endpoint than AWS's own name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The host or address.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The name that the certificate must carry; AWS's own name of the endpoint where it is absent.
    pub certificate_name: Option<String>,
}

/// `[verify.sql.tunnel]`: a command that forwards a local port while the checks run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// The program and its arguments, with `{host}`, `{port}` and `{local_port}`; no shell reads them.
    pub command: Vec<String>,
    /// How long it may take until PostgreSQL answers through it.
    pub ready_seconds_max: u32,
}

/// `[[probe]]`: a statement and what it must answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// One statement, run in a read-only transaction.
    pub sql: String,
    /// What it must answer.
    pub expect: Expected,
    /// When it is run.
    pub phase: Phase,
    /// Whom it asks.
    pub at: Whom,
    /// The databases that it is run in; those of `[verify.sql]` where it is empty.
    pub databases: Vec<String>,
}

/// What a probe must answer: one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// One row with this value.
    Value(Scalar),
    /// These rows, in this order.
    Rows(Vec<Scalar>),
}

/// A single value that is compared by meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scalar {
    /// `true` or `false`; PostgreSQL says `t` or `f`.
    Boolean(bool),
    /// A number in decimal spelling.
    Number(String),
    /// Any other text, compared letter by letter.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Boolean(boolean) => write!(formatter, "{boolean}"),
            Self::Number(text) | Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// When a probe is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before the first restart.
    Before,
    /// After the restarts, and in `verify`.
    After,
}

/// Whom a probe asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whom {
    /// Each member, through its own endpoint.
    EachMember,
    /// Whoever answers at the cluster endpoint: the writer.
    ClusterEndpoint,
}
