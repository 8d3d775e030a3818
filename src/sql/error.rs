//! What can go wrong on the way to an answer, by kind, and what to do about each.
//!
//! Goes in: errors of the system, of TLS and of PostgreSQL. Comes out: one message that names the endpoint, its cause in its
//! own words, and hints. Passwords are in none of them.

use crate::hint::Hint;
use crate::observed::sql::{Endpoint, Unreached};
use std::error::Error as StandardError;
use std::sync::Arc;

/// What sort of thing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The password or the certificates could not be had.
    Credentials,
    /// The tunnel did not come up, or ended.
    Tunnel,
    /// Nobody answered, or nobody is called so.
    Unreachable,
    /// The two sides could not agree on encryption, or the certificate is not good enough.
    Tls,
    /// PostgreSQL refused the login.
    Login,
    /// PostgreSQL is there and not ready: starting up, shutting down, or out of connections.
    NotReady,
    /// The connection ended under a statement.
    Lost,
    /// It took longer than it may.
    Timeout,
    /// PostgreSQL refused the statement.
    Statement,
}

/// Why there is no answer.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What sort of thing failed.
    pub kind: Kind,
    message: String,
    source: Option<Arc<dyn StandardError + Send + Sync>>,
    code: Option<String>,
    refusal: Option<String>,
    hints: Vec<String>,
}

impl Error {
    /// What failed.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            code: None,
            refusal: None,
            hints: Vec::new(),
        }
    }

    /// What failed where.
    pub fn at(kind: Kind, endpoint: &Endpoint, what: &str) -> Self {
        Self::new(kind, format!("SQL on {endpoint}: {what}"))
    }

    /// Keeps the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl StandardError + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// PostgreSQL's refusal, or the loss of the connection, under a statement.
    pub(super) fn of_statement(endpoint: &Endpoint, source: &tokio_postgres::Error) -> Self {
        match source.as_db_error() {
            None => Self::at(Kind::Lost, endpoint, "the connection was lost")
                .caused_by(Told(chain(source))),
            Some(refusal) => {
                let code = refusal.code().code();
                let kind = match code {
                    "57014" => Kind::Timeout,
                    code if is_ending(code) => Kind::Lost,
                    _ => Kind::Statement,
                };
                let mut error = Self::at(kind, endpoint, refusal.message());
                error.code = Some(code.to_owned());
                error.refusal = Some(refusal.message().to_owned());
                error
            }
        }
    }

    /// PostgreSQL's refusal of a login, or what stood in its way.
    pub(super) fn of_login(endpoint: &Endpoint, source: &tokio_postgres::Error) -> Self {
        match source.as_db_error() {
            None => Self::at(
                Kind::Unreachable,
                endpoint,
                "what answers does not speak PostgreSQL as expected",
            )
            .caused_by(Told(chain(source))),
            Some(refusal) => {
                let code = refusal.code().code();
                let kind = match code {
                    "53300" => Kind::NotReady,
                    code if is_ending(code) => Kind::NotReady,
                    _ => Kind::Login,
                };
                let mut error = Self::at(kind, endpoint, refusal.message());
                error.code = Some(code.to_owned());
                match code {
                    "28P01" => error.hinted(
                        "look at the user and at where [verify.sql] finds its password; both are as PostgreSQL knows them",
                    ),
                    "28000" if refusal.message().contains("PAM") => error.hinted(
                        "a token needs a user with rds_iam (GRANT rds_iam TO …), IAM authentication on the cluster, and credentials with rds-db:connect for that user",
                    ),
                    "28000" if refusal.message().contains("pg_hba.conf") => error.hinted(
                        "the server does not take this user in this way; with rds.force_ssl it takes encrypted connections only (ssl_mode)",
                    ),
                    "3D000" => error.hinted("look at `database` and `databases` in [verify.sql]"),
                    _ => error,
                }
            }
        }
    }

    /// PostgreSQL's own words, without the place.
    pub(super) fn refusal(&self) -> &str {
        self.refusal.as_deref().unwrap_or(&self.message)
    }

    /// PostgreSQL's SQLSTATE, where PostgreSQL said no.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Message and causes in one line.
    pub fn in_one_line(&self) -> String {
        match &self.source {
            None => self.message.clone(),
            Some(source) => format!("{}: {}", self.message, chain(source.as_ref())),
        }
    }

    /// The same as plain data.
    pub fn as_unreached(&self) -> Unreached {
        Unreached {
            because: self.in_one_line(),
            hints: self.hints.clone(),
        }
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        self.hints.clone()
    }
}

impl From<Error> for crate::error::Error {
    fn from(error: Error) -> Self {
        let rendered = Self::failed(error.message.clone()).hinted_by(&error);
        match &error.source {
            Some(source) => rendered.caused_by(Told(chain(source.as_ref()))),
            None => rendered,
        }
    }
}

/// The class of codes by which a server that goes down or comes up ends connections (PostgreSQL documentation, "Error
/// Codes", class 57).
fn is_ending(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P03" | "57P05")
}

/// Words of a cause that itself cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Told(String);

/// An error and its causes in one line, each said once.
pub(super) fn chain(error: &(dyn StandardError + 'static)) -> String {
    let mut text = error.to_string();
    let mut current = error.source();
    while let Some(cause) = current {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        current = cause.source();
    }
    text
}
