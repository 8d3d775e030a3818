//! Whether the cluster endpoint takes writes at this moment, asked as an application would: over one connection that is kept
//! as long as it lasts, and opened anew when it does not. In: a witness and the endpoint. Out: who takes writes, or why nobody.
//!
//! Nothing is written. One small statement asks whether the server is in recovery and whether transactions are read only.

use super::dial::Target;
use super::error::{Error, Kind};
use super::session::Session;
use super::witness::Witness;
use crate::names::InstanceId;
use std::time::Duration;
use tokio::time::timeout;

/// Both words are `f` and `off` where writes are accepted.
const QUESTION: &str = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')";

/// Why a write would have failed.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// Whoever answered accepts no writes.
    ReadOnly,
    /// No answer came in time.
    TooSlow,
    /// No session, or it was lost.
    Failed(Error),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ReadOnly => formatter.write_str("the cluster endpoint leads to a reader"),
            Self::TooSlow => formatter.write_str("the cluster endpoint does not answer in time"),
            Self::Failed(error) => formatter.write_str(&error.in_one_line()),
        }
    }
}

/// A client that would like to write.
#[derive(Debug)]
pub struct Writes<'a> {
    witness: &'a Witness,
    target: &'a Target,
    attempt_max: Duration,
    held: Option<Held>,
}

/// The connection that is kept.
#[derive(Debug)]
struct Held {
    session: Session,
    member: Option<InstanceId>,
}

impl<'a> Writes<'a> {
    /// A client without a connection yet. Whatever it does takes at most `attempt_max`, and what a tunnel takes besides.
    pub fn new(witness: &'a Witness, target: &'a Target, attempt_max: Duration) -> Self {
        Self {
            witness,
            target,
            attempt_max: attempt_max + witness.dial.extra_max(),
            held: None,
        }
    }

    /// Asks once. The member that takes writes, where it says who it is.
    ///
    /// # Errors
    /// Why a write would have failed now.
    pub async fn once(&mut self) -> Result<Option<InstanceId>, Trouble> {
        let held = self.held.take();
        let asked = async {
            let held = match held {
                Some(held) => held,
                None => self.connected().await?,
            };
            let rows = held.session.simple(QUESTION).await?;
            let says = |column: usize| {
                let row = rows.rows.first()?;
                row.get(column)?.as_deref()
            };
            let writes = says(0) == Some("f") && says(1) == Some("off");
            Ok::<_, Error>((held, writes))
        };
        match timeout(self.attempt_max, asked).await {
            Err(_) => Err(Trouble::TooSlow),
            Ok(Err(error)) if error.kind == Kind::Timeout => Err(Trouble::TooSlow),
            Ok(Err(error)) => Err(Trouble::Failed(error)),
            // The next attempt looks the name up again: it may lead to the writer then.
            Ok(Ok((held, false))) => {
                held.session.close().await;
                Err(Trouble::ReadOnly)
            }
            Ok(Ok((held, true))) => {
                let member = held.member.clone();
                self.held = Some(held);
                Ok(member)
            }
        }
    }

    async fn connected(&self) -> Result<Held, Error> {
        let Witness {
            dial,
            login,
            database,
            ..
        } = self.witness;
        // A session that is read only by itself could not tell.
        let session = Session::open_to_write(dial.as_ref(), login, self.target, database).await?;
        let member = session.member().await?;
        Ok(Held { session, member })
    }

    /// Ends the connection.
    pub async fn close(&mut self) {
        if let Some(held) = self.held.take() {
            held.session.close().await;
        }
    }
}
