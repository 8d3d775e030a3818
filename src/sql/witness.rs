//! Asks every endpoint side by side and keeps what each said. One that does not answer hides no other.

use super::dial::{Dial, Target};
use super::error::Error;
use super::library::Library;
use super::login::Login;
use super::session::Session;
use crate::names::ParameterName;
use crate::observed::Cluster;
use crate::observed::sql::{
    Address, Answers, Endpoint, Found, LibraryAnswer, ProbeAnswer, Reached, Reading, Told,
};
use futures::stream::{self, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Endpoints that are asked at a time.
const AT_ONCE: usize = 8;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// The settings that each member is asked for.
    pub settings: BTreeSet<ParameterName>,
    /// The preloaded libraries that each member is asked of, as `shared_preload_libraries` names them; those that are not
    /// known here are passed over.
    pub libraries: BTreeSet<String>,
    /// The statements of the partition's own.
    pub probes: Vec<Probe>,
}

/// A declared statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// The statement.
    pub sql: String,
    /// Whether the cluster endpoint is asked, and not each member.
    pub at_cluster: bool,
    /// The databases that it is run in.
    pub databases: Vec<String>,
}

/// The libraries that questions are known for.
pub fn libraries_known() -> impl Iterator<Item = &'static str> {
    Library::ALL.into_iter().map(Library::name)
}

/// The endpoints of a cluster: each member's that AWS tells, and the cluster's.
pub fn targets(cluster: &Cluster) -> Vec<Target> {
    let port = cluster
        .settings
        .port
        .and_then(|port| u16::try_from(port).ok());
    let of_cluster = cluster
        .endpoint
        .as_ref()
        .zip(port)
        .map(|(host, port)| Target {
            endpoint: Endpoint::Cluster,
            address: Address {
                host: host.clone(),
                port,
            },
        });
    let of_members = cluster.members.values().filter_map(|member| {
        Some(Target {
            endpoint: Endpoint::Member(member.identifier.clone()),
            address: member.endpoint.clone()?,
        })
    });
    of_members.chain(of_cluster).collect()
}

/// Who asks PostgreSQL.
#[derive(Clone)]
pub struct Witness {
    /// The way to every endpoint.
    pub dial: Arc<dyn Dial>,
    /// As whom.
    pub login: Arc<Login>,
    /// The database in which settings are read.
    pub database: String,
    /// The databases in which libraries are asked of.
    pub databases: Vec<String>,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Witness")
            .field("login", &self.login)
            .finish_non_exhaustive()
    }
}

impl Witness {
    /// A read-only session with an endpoint, in the database in which settings are read.
    pub async fn session(&self, target: &Target) -> Result<Session, Error> {
        Session::open(self.dial.as_ref(), &self.login, target, &self.database).await
    }

    /// Asks all these endpoints, and keeps what each said.
    pub async fn ask(&self, targets: &[Target], questions: &Questions) -> Told {
        let mut told = Told {
            user: self.login.user.clone(),
            ..Told::default()
        };
        let mut asked = stream::iter(targets)
            .map(|target| async move {
                let asking = Asking {
                    witness: self,
                    target,
                    questions,
                    sessions: BTreeMap::new(),
                };
                (target.endpoint.clone(), asking.asked().await)
            })
            .buffer_unordered(AT_ONCE);
        while let Some((endpoint, answers)) = asked.next().await {
            let reached = match answers {
                Ok(answers) => Reached::Yes(Box::new(answers)),
                Err(error) => Reached::No(error.as_unreached()),
            };
            match endpoint {
                Endpoint::Cluster => told.cluster = Some(reached),
                Endpoint::Member(instance) => {
                    told.members.insert(instance, reached);
                }
            }
        }
        told
    }
}

/// One endpoint that is being asked, with a session for each database.
struct Asking<'a> {
    witness: &'a Witness,
    target: &'a Target,
    questions: &'a Questions,
    sessions: BTreeMap<String, Session>,
}

impl Asking<'_> {
    async fn asked(mut self) -> Result<Answers, Error> {
        let answers = self.answers().await;
        for (_, session) in std::mem::take(&mut self.sessions) {
            session.close().await;
        }
        answers
    }

    async fn answers(&mut self) -> Result<Answers, Error> {
        let questions = self.questions;
        let is_member = matches!(self.target.endpoint, Endpoint::Member(_));
        let witness = self.witness;
        let first = self.session(&witness.database).await?;
        let mut answers = Answers {
            member: first.member().await?,
            in_recovery: first.in_recovery().await?,
            started: first.started().await?,
            settings: if is_member {
                first.settings(&questions.settings).await?
            } else {
                BTreeMap::new()
            },
            libraries: Vec::new(),
            probes: Vec::new(),
        };
        if is_member {
            for library in Library::ALL {
                if questions.libraries.contains(library.name()) {
                    self.library(library, &mut answers.libraries).await?;
                }
            }
        }
        for probe in &questions.probes {
            if probe.at_cluster == is_member {
                continue;
            }
            for database in &probe.databases {
                let answer = match self.session(database).await {
                    Ok(session) => session.probe(&probe.sql).await,
                    Err(error) => Err(error),
                };
                // A probe that hangs or loses its connection takes that session with it, and nothing else.
                if answer.is_err() {
                    self.sessions.remove(database);
                }
                answers.probes.push(ProbeAnswer {
                    probe: probe.name.clone(),
                    database: database.clone(),
                    answer: answer.map_err(|error| error.in_one_line()),
                });
            }
        }
        Ok(answers)
    }

    async fn library(
        &mut self,
        library: Library,
        answers: &mut Vec<LibraryAnswer>,
    ) -> Result<(), Error> {
        let databases = match library {
            Library::PgCron => self.database_of_cron().await?,
            _ if library.is_per_database() => self.witness.databases.clone(),
            _ => self.witness.databases.iter().take(1).cloned().collect(),
        };
        for database in databases {
            let found = match self.session(&database).await {
                Ok(session) => library.found(session).await,
                Err(error) => Err(error),
            };
            let found = found.unwrap_or_else(|error| {
                // The session may be of no more use; the next question opens another.
                self.sessions.remove(&database);
                Found::Failed {
                    because: error.in_one_line(),
                }
            });
            answers.push(LibraryAnswer {
                library: library.name().to_owned(),
                database,
                found,
            });
        }
        Ok(())
    }

    /// pg_cron has its tables in one database; where it is not loaded, any session finds that out.
    async fn database_of_cron(&mut self) -> Result<Vec<String>, Error> {
        let name = ParameterName::new("cron.database_name");
        let witness = self.witness;
        let session = self.session(&witness.database).await?;
        let readings = session.settings(&BTreeSet::from([name.clone()])).await?;
        let database = match readings.get(&name) {
            Some(Reading::Value(setting)) => setting.value.clone(),
            _ => witness.database.clone(),
        };
        Ok(vec![database])
    }

    async fn session(&mut self, database: &str) -> Result<&Session, Error> {
        if !self.sessions.contains_key(database) {
            let Witness { dial, login, .. } = self.witness;
            let session = Session::open(dial.as_ref(), login, self.target, database).await?;
            self.sessions.insert(database.to_owned(), session);
        }
        self.sessions.get(database).ok_or_else(|| {
            // What was inserted is there.
            Error::at(
                super::error::Kind::Lost,
                &self.target.endpoint,
                "the session is gone",
            )
        })
    }
}
