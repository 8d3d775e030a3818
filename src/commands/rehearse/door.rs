//! The way from the run under rehearsal to its simulator: an HTTP client that can end the process behind it at any request.
//!
//! Goes in: requests, and when the process is killed. Comes out: answers, until then. A killed process's request is never
//! answered; it takes effect before, afterwards, or never.

use crate::journal::Memory;
use crate::names::RunId;
use crate::sim::connector::Connector;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// When a process ends against its will. Requests count from 1 in each process, and only those that can change something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "kebab-case")]
pub(super) enum Moment {
    /// Once it has written so many entries into the journal of its run.
    AfterEntry {
        /// How many.
        entries: usize,
    },
    /// At a request that changes something, which never reaches AWS.
    BeforeChange {
        /// Which.
        change: usize,
    },
    /// At such a request, which took effect, and whose answer is lost.
    AfterChange {
        /// Which.
        change: usize,
    },
    /// At such a request, which reaches AWS when the process is dead already.
    LateChange {
        /// Which.
        change: usize,
        /// How much later, in seconds.
        seconds: u64,
    },
    /// At any request, reads included, which never reaches AWS.
    BeforeRequest {
        /// Which.
        request: usize,
    },
    /// The user interrupts at any request.
    Interrupted {
        /// Which.
        request: usize,
    },
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AfterEntry { entries } => {
                write!(formatter, "killed after journal entry {entries}")
            }
            Self::BeforeChange { change } => {
                write!(formatter, "killed before change {change} reached AWS")
            }
            Self::AfterChange { change } => write!(
                formatter,
                "killed when change {change} had taken effect, before its answer"
            ),
            Self::LateChange { change, seconds } => write!(
                formatter,
                "killed at change {change}, which reached AWS {seconds} s later"
            ),
            Self::BeforeRequest { request } => write!(formatter, "killed at request {request}"),
            Self::Interrupted { request } => write!(formatter, "interrupted at request {request}"),
        }
    }
}

/// What a killed process left on its way to AWS.
pub(super) struct Late {
    /// The request.
    pub(super) request: HttpRequest,
    /// How much later it arrives, in seconds.
    pub(super) seconds: u64,
}

/// The door. Clones are the same door.
#[derive(Clone)]
pub(super) struct Door {
    connector: Connector,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    killed: Notify,
    interrupted: Notify,
}

#[derive(Default)]
struct State {
    moment: Option<Moment>,
    /// Whose journal is watched, and how many entries earlier processes left there.
    journal: Option<(Memory, RunId, usize)>,
    requests: usize,
    changes: usize,
    dead: bool,
    late: Option<Late>,
    all_requests: u64,
}

/// What becomes of a request.
enum Fate {
    Answered,
    Lost,
    AnsweredToNobody,
}

impl Door {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            shared: Arc::new(Shared {
                state: Mutex::default(),
                killed: Notify::new(),
                interrupted: Notify::new(),
            }),
        }
    }

    /// A new process comes, which is killed at a moment, if at all.
    pub(super) fn admit(&self, moment: Option<Moment>, memory: &Memory, run: &RunId) {
        let mut state = self.state();
        *state = State {
            moment,
            journal: Some((memory.clone(), run.clone(), memory.entries(run))),
            all_requests: state.all_requests,
            ..State::default()
        };
    }

    /// Whoever comes now is not a run's process: nothing is watched.
    pub(super) fn open(&self) {
        let mut state = self.state();
        *state = State {
            all_requests: state.all_requests,
            ..State::default()
        };
    }

    /// Comes when the process was killed.
    pub(super) async fn killed(&self) {
        self.shared.killed.notified().await;
    }

    /// Comes when the user interrupts.
    pub(super) async fn interrupted(&self) {
        self.shared.interrupted.notified().await;
    }

    /// What the killed process left on its way.
    pub(super) fn take_late(&self) -> Option<Late> {
        self.state().late.take()
    }

    /// How many entries earlier processes left in the journal that is watched: they are on disk, and no kill takes them away.
    pub(super) fn entries_found(&self) -> usize {
        self.state()
            .journal
            .as_ref()
            .map_or(0, |(_, _, found)| *found)
    }

    /// How many requests the current process sent that can change something.
    pub(super) fn changes(&self) -> usize {
        self.state().changes
    }

    /// How many requests came through, of all processes.
    pub(super) fn requests(&self) -> u64 {
        self.state().all_requests
    }

    /// Delivers a request that nobody waits for.
    pub(super) async fn deliver(&self, request: HttpRequest) {
        // Whatever the answer is, nobody hears it.
        let _ = self.connector.call(request).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request, and says what becomes of it.
    fn meet(&self, request: &HttpRequest) -> Fate {
        let mut state = self.state();
        if state.dead {
            return Fate::Lost;
        }
        state.requests += 1;
        state.all_requests += 1;
        let changes = changes_something(request);
        state.changes += usize::from(changes);
        let fate = match state.moment {
            None => Fate::Answered,
            Some(Moment::AfterEntry { entries }) => {
                let written = state.journal.as_ref().map_or(0, |(memory, run, found)| {
                    memory.entries(run).saturating_sub(*found)
                });
                if written >= entries {
                    Fate::Lost
                } else {
                    Fate::Answered
                }
            }
            Some(Moment::BeforeChange { change }) if changes && state.changes == change => {
                Fate::Lost
            }
            Some(Moment::AfterChange { change }) if changes && state.changes == change => {
                Fate::AnsweredToNobody
            }
            Some(Moment::LateChange { change, seconds }) if changes && state.changes == change => {
                if let Some(request) = request.try_clone() {
                    state.late = Some(Late { request, seconds });
                }
                Fate::Lost
            }
            Some(Moment::BeforeRequest { request }) if state.requests == request => Fate::Lost,
            Some(Moment::Interrupted { request }) if state.requests == request => {
                self.shared.interrupted.notify_one();
                Fate::Answered
            }
            Some(_) => Fate::Answered,
        };
        if !matches!(fate, Fate::Answered) {
            state.dead = true;
        }
        fate
    }
}

/// Whether a request can change something: every operation of RDS that only reads is called Describe or List, and of STS
/// there is one.
fn changes_something(request: &HttpRequest) -> bool {
    let body = request.body().bytes().unwrap_or_default();
    !["Action=Describe", "Action=List", "Action=GetCallerIdentity"]
        .iter()
        .any(|reading| body.starts_with(reading.as_bytes()))
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Door").finish_non_exhaustive()
    }
}

impl HttpClient for Door {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Door {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let door = self.clone();
        HttpConnectorFuture::new(async move {
            match door.meet(&request) {
                Fate::Answered => door.connector.call(request).await,
                Fate::AnsweredToNobody => {
                    door.deliver(request).await;
                    door.shared.killed.notify_one();
                    std::future::pending().await
                }
                Fate::Lost => {
                    door.shared.killed.notify_one();
                    std::future::pending().await
                }
            }
        })
    }
}
