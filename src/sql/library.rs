//! Preloaded libraries that are known here: a question to each that only the loaded library answers.
//!
//! What a library adds to `pg_settings` is listed once it is loaded, so "not preloaded" and "extension not created in this
//! database" are told apart whatever the view itself answers (PostgreSQL documentation, "pg_stat_statements",
//! "auto_explain"; documentation of pgAudit and pg_cron).

use super::error::Error;
use super::session::Session;
use super::settings::{identifier, literal};
use crate::observed::sql::Found;

/// A library that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Library {
    PgStatStatements,
    Pgaudit,
    PgCron,
    AutoExplain,
}

impl Library {
    pub(super) const ALL: [Self; 4] = [
        Self::PgStatStatements,
        Self::Pgaudit,
        Self::PgCron,
        Self::AutoExplain,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::PgStatStatements => "pg_stat_statements",
            Self::Pgaudit => "pgaudit",
            Self::PgCron => "pg_cron",
            Self::AutoExplain => "auto_explain",
        }
    }

    /// A setting that only the loaded library has.
    fn setting(self) -> &'static str {
        match self {
            Self::PgStatStatements => "pg_stat_statements.max",
            Self::Pgaudit => "pgaudit.log",
            Self::PgCron => "cron.database_name",
            Self::AutoExplain => "auto_explain.log_min_duration",
        }
    }

    /// Whether each database has its own extension to be asked; otherwise one database tells of the whole server.
    pub(super) fn is_per_database(self) -> bool {
        matches!(self, Self::PgStatStatements | Self::Pgaudit)
    }

    /// What this database's session finds of the library.
    pub(super) async fn found(self, session: &Session) -> Result<Found, Error> {
        let asked = match self {
            Self::PgStatStatements => {
                relation(session, self, "pg_stat_statements", "pg_stat_statements").await
            }
            Self::PgCron => relation(session, self, "job", "cron.job").await,
            Self::Pgaudit => loaded_and_created(session, self).await,
            Self::AutoExplain => {
                if session.lists(self.setting()).await? {
                    Ok(works(format!(
                        "{} is a setting of the loaded library",
                        self.setting()
                    )))
                } else {
                    Ok(Found::NotPreloaded)
                }
            }
        };
        match asked {
            Err(error) if error.code() == Some("42501") => Ok(Found::Denied {
                because: error.refusal().to_owned(),
            }),
            other => other,
        }
    }
}

fn works(by: impl Into<String>) -> Found {
    Found::Works { by: by.into() }
}

/// Asks a relation that the extension created and that the loaded library answers.
async fn relation(
    session: &Session,
    library: Library,
    name: &str,
    path: &str,
) -> Result<Found, Error> {
    let works = |path: &str| works(format!("{path} answered"));
    let error = match asked(session, path).await {
        Ok(()) => return Ok(works(path)),
        Err(error) => error,
    };
    match error.code() {
        // "… must be loaded via shared_preload_libraries"
        Some("55000") => Ok(Found::NotPreloaded),
        // No such relation or schema: not loaded, not created, or created in a schema that is not searched.
        Some("42P01" | "3F000") => {
            if !session.lists(library.setting()).await? {
                return Ok(Found::NotPreloaded);
            }
            if !is_created(session, library).await? {
                return Ok(Found::NotCreated);
            }
            let schema = session
                .simple(&format!(
                    "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = {}",
                    literal(library.name())
                ))
                .await?;
            let Some(schema) = schema.single() else {
                return Ok(Found::NotCreated);
            };
            // `regnamespace` quotes a schema that needs it.
            let path = format!("{schema}.{}", identifier(name));
            asked(session, &path).await?;
            Ok(works(&path))
        }
        Some("42501") => Err(error),
        Some(_) => Ok(Found::Failed {
            because: error.refusal().to_owned(),
        }),
        None => Err(error),
    }
}

async fn asked(session: &Session, path: &str) -> Result<(), Error> {
    session
        .simple(&format!("SELECT 1 FROM {path} LIMIT 1"))
        .await
        .map(drop)
}

async fn loaded_and_created(session: &Session, library: Library) -> Result<Found, Error> {
    if !session.lists(library.setting()).await? {
        return Ok(Found::NotPreloaded);
    }
    if !is_created(session, library).await? {
        return Ok(Found::NotCreated);
    }
    Ok(works(format!(
        "{} is a setting of the loaded library, and the extension is there",
        library.setting()
    )))
}

async fn is_created(session: &Session, library: Library) -> Result<bool, Error> {
    let rows = session
        .simple(&format!(
            "SELECT extname FROM pg_extension WHERE extname = {}",
            literal(library.name())
        ))
        .await?;
    Ok(!rows.rows.is_empty())
}
