//! What all sessions share: who is connected, whose turn it is behind a reader endpoint, and the statistics. It lasts as long as the
//! process, unlike the world.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use super::endpoint::Endpoint;
use super::statistics::Statistics;

/// Shared by all sessions of a simulator.
#[derive(Default)]
pub(crate) struct Hub {
    pub(crate) statistics: Statistics,
    /// By process number.
    backends: BTreeMap<i32, Backend>,
    last_process: i32,
    turns: BTreeMap<Endpoint, u64>,
}

/// A connected session.
struct Backend {
    secret: i32,
    member: String,
    cancel: Arc<Notify>,
}

impl Hub {
    /// A number for a new session, and what wakes it when its statement is to stop; none when the member has no room.
    pub(crate) fn enter(
        &mut self,
        member: &str,
        secret: i32,
        most: usize,
    ) -> Option<(i32, Arc<Notify>)> {
        let there = self
            .backends
            .values()
            .filter(|backend| backend.member == member);
        if there.count() >= most {
            return None;
        }
        // After very many the numbers begin anew, as those of processes do.
        loop {
            self.last_process = self.last_process.checked_add(1).unwrap_or(1);
            if !self.backends.contains_key(&self.last_process) {
                break;
            }
        }
        let cancel = Arc::new(Notify::new());
        let backend = Backend {
            secret,
            member: member.to_owned(),
            cancel: cancel.clone(),
        };
        self.backends.insert(self.last_process, backend);
        Some((self.last_process, cancel))
    }

    pub(crate) fn leave(&mut self, process: i32) {
        self.backends.remove(&process);
    }

    /// Stops what a session is doing, if the secret is right.
    pub(crate) fn cancel(&self, process: i32, secret: i32) {
        let backend = self.backends.get(&process);
        if let Some(backend) = backend.filter(|backend| backend.secret == secret) {
            backend.cancel.notify_waiters();
        }
    }

    /// Counts the connections through an endpoint.
    pub(crate) fn turn(&mut self, endpoint: &Endpoint) -> u64 {
        let turn = self.turns.entry(endpoint.clone()).or_default();
        *turn = turn.wrapping_add(1);
        turn.wrapping_sub(1)
    }
}
