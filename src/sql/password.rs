//! The password: from an environment variable, a file, a command or a signer of tokens. Never printed, read once.
//!
//! What was read is kept while the process lives, but for tokens, which belong to one endpoint and end after 15 minutes.
//! After PostgreSQL refused it, it is read once more: it may have been changed since.

use super::command;
use super::error::{Error, Kind};
use super::secret::Secret;
use crate::observed::sql::Address;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A password is shorter than this; a file or a command that gives more gives something else.
const BYTES_MAX: usize = 64 << 10;

/// Signs tokens that PostgreSQL on RDS takes as passwords.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A token for one user of one endpoint, by the name and port that AWS tells. The error is in words for people.
    async fn token(&self, address: &Address, user: &str) -> Result<Secret, String>;
}

/// Where a password is found.
#[derive(Clone)]
pub enum Source {
    /// Nobody asks for one.
    None,
    /// In an environment variable.
    Environment(String),
    /// In a file.
    File(PathBuf),
    /// On the standard output of a command.
    Command {
        /// The program and its arguments.
        command: Vec<String>,
        /// How long it may take.
        time_max: Duration,
    },
    /// Tokens.
    Tokens(Arc<dyn Tokens>),
}

/// A password that is read when it is needed.
pub struct Password {
    source: Source,
    read: Mutex<Read>,
}

/// What was read of a password.
#[derive(Default)]
struct Read {
    secret: Option<Secret>,
    /// Whether it was read a second time.
    again: bool,
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password(…)")
    }
}

impl Password {
    /// Reads nothing yet.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            read: Mutex::default(),
        }
    }

    /// The password for an endpoint; `None` where there is none.
    pub(super) async fn secret(
        &self,
        address: &Address,
        user: &str,
    ) -> Result<Option<Secret>, Error> {
        if let Source::Tokens(tokens) = &self.source {
            return tokens
                .token(address, user)
                .await
                .map(Some)
                .map_err(|because| {
                    failed("no IAM authentication token could be signed").caused_by(Words(because))
                });
        }
        // Held while it is read: a command runs once, however many endpoints are asked at a time.
        let mut read = self.read.lock().await;
        if read.secret.is_none() {
            read.secret = self.read_now().await?;
        }
        Ok(read.secret.clone())
    }

    /// Another password than the one that PostgreSQL refused, if there is one now: it may have been changed since it was
    /// read. It is looked for once, so that a wrong one is not tried again and again.
    pub(super) async fn renewed(&self, refused: &Secret) -> Result<Option<Secret>, Error> {
        if !matches!(self.source, Source::File(_) | Source::Command { .. }) {
            return Ok(None);
        }
        let mut read = self.read.lock().await;
        let is_refused = |secret: &Secret| secret.revealed() == refused.revealed();
        if read.secret.as_ref().is_some_and(is_refused) && !read.again {
            read.again = true;
            read.secret = self.read_now().await?;
        }
        Ok(read.secret.clone().filter(|secret| !is_refused(secret)))
    }

    async fn read_now(&self) -> Result<Option<Secret>, Error> {
        match &self.source {
            Source::None | Source::Tokens(_) => Ok(None),
            Source::Environment(name) => match std::env::var(name) {
                Ok(text) if !text.is_empty() => Ok(Some(Secret::new(text))),
                Ok(_) | Err(std::env::VarError::NotPresent) => Err(failed(format!(
                    "the environment variable `{name}`, in which [verify.sql] looks for the password, is not set"
                ))),
                Err(std::env::VarError::NotUnicode(_)) => Err(failed(format!(
                    "the environment variable `{name}` is no UTF-8 text"
                ))),
            },
            Source::File(path) => {
                let what = || format!("cannot read the password file {}", path.display());
                let bytes = tokio::fs::read(path)
                    .await
                    .map_err(|error| failed(what()).caused_by(error))?;
                text_of(bytes)
                    .map(Some)
                    .map_err(|because| failed(what()).caused_by(Words(because.to_owned())))
            }
            Source::Command { command, time_max } => {
                let program = command.first().cloned().unwrap_or_default();
                let bytes = command::output(command, BYTES_MAX, *time_max)
                    .await
                    .map_err(|because| {
                        failed(format!("the password command `{program}` failed"))
                            .caused_by(Words(because))
                    })?;
                text_of(bytes).map(Some).map_err(|because| {
                    failed(format!("the password command `{program}` failed"))
                        .caused_by(Words(because.to_owned()))
                })
            }
        }
    }
}

fn failed(message: impl Into<String>) -> Error {
    Error::new(Kind::Credentials, message)
}

/// A line break at the end belongs to the file, not to the password.
fn text_of(bytes: Vec<u8>) -> Result<Secret, &'static str> {
    if bytes.len() > BYTES_MAX {
        return Err("it gives more than any password has");
    }
    let text = String::from_utf8(bytes).map_err(|_| "it gives something that is no UTF-8 text")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("it gives nothing");
    }
    Ok(Secret::new(text))
}

/// A cause in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    fn address() -> Address {
        Address {
            host: "orders.example".to_owned(),
            port: 5432,
        }
    }

    async fn of(source: Source) -> Result<Option<String>, String> {
        let password = Password::new(source);
        password
            .secret(&address(), "witness")
            .await
            .map(|secret| secret.map(|secret| secret.revealed().to_owned()))
            .map_err(|error| error.in_one_line())
    }

    fn command(words: &[&str], time_max: Duration) -> Source {
        Source::Command {
            command: words.iter().map(|word| (*word).to_owned()).collect(),
            time_max,
        }
    }

    #[tokio::test]
    async fn a_file_and_a_command_give_a_password_without_its_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "two words\r\n").unwrap();
        assert_eq!(
            of(Source::File(file)).await.unwrap().as_deref(),
            Some("two words")
        );
        let minute = Duration::from_secs(60);
        assert_eq!(
            of(command(&["echo", "a;b $HOME"], minute)).await.unwrap(),
            Some("a;b $HOME".to_owned())
        );
        assert_eq!(of(Source::None).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_gives_no_password_says_why_and_not_what_it_gave() {
        let minute = Duration::from_secs(60);
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        std::fs::write(&empty, "\n").unwrap();
        let said = [
            of(Source::Environment("AURORACTL_NOT_SET".to_owned())).await,
            of(Source::File("/nowhere/at/all".into())).await,
            of(Source::File(empty))
                .await
                .map_err(|said| said.replace(&folder.path().display().to_string(), "FOLDER")),
            of(command(&["/nowhere/at/all"], minute)).await,
            of(command(
                &["sh", "-c", "echo SECRET; echo locked >&2; exit 3"],
                minute,
            ))
            .await,
            of(command(
                &["sh", "-c", "echo SECRET; sleep 600"],
                Duration::from_millis(50),
            ))
            .await,
            of(command(&["sh", "-c", "yes SECRET"], minute)).await,
        ]
        .map(Result::unwrap_err);
        insta::assert_snapshot!(said.join("\n"), @"
        the environment variable `AURORACTL_NOT_SET`, in which [verify.sql] looks for the password, is not set
        cannot read the password file /nowhere/at/all: No such file or directory (os error 2)
        cannot read the password file FOLDER/empty: it gives nothing
        the password command `/nowhere/at/all` failed: cannot start `/nowhere/at/all`: No such file or directory (os error 2)
        the password command `sh` failed: it ended with exit code 3 and said: locked
        the password command `sh` failed: it took longer than 0.05 s
        the password command `sh` failed: it wrote more than 65536 bytes
        ");
    }

    #[tokio::test]
    async fn a_command_runs_once_and_once_more_after_its_answer_was_refused() {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let script = format!("echo x >> {0}; wc -l < {0}", count.display());
        let password = Password::new(command(&["sh", "-c", &script], Duration::from_secs(60)));
        let mut read = Vec::new();
        for _ in 0..2 {
            read.push(password.secret(&address(), "w").await.unwrap().unwrap());
        }
        let renewed = password.renewed(&read[0]).await.unwrap().unwrap();
        // Whoever comes with the old one gets the new one; whoever comes with the new one gets none.
        read.push(password.renewed(&read[1]).await.unwrap().unwrap());
        let told: Vec<&str> = read.iter().map(|secret| secret.revealed().trim()).collect();
        assert_eq!(told, ["1", "1", "2"]);
        assert!(password.renewed(&renewed).await.unwrap().is_none());
    }
}
