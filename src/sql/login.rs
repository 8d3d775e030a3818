//! As whom PostgreSQL is asked, how the connection is encrypted, and how long anything may take.

use super::password::Password;
use super::tls::Tls;
use std::time::Duration;

/// A login.
#[derive(Debug)]
pub struct Login {
    /// The role.
    pub user: String,
    /// Its password.
    pub password: Password,
    /// The encryption.
    pub tls: Tls,
    /// How long a connection may take to open, TLS and login included.
    pub connect_max: Duration,
    /// How long a statement may take.
    pub statement_max: Duration,
}
