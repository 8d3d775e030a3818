//! The life of one client in process, which can be cut short at a request: what a killed process looks like from AWS's side.
//!
//! A rehearsal kills its runs thousands of times. A cut costs nothing: the request that it names never gets an answer, nor
//! does any later one of that client, and whoever waits for [`Life::over`] learns of it and drops the client's work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::faults::Moment;

/// Where a client's life ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// At which of its requests, counted from 1.
    pub request: u64,
    /// Whether only requests that can change something are counted.
    pub mutating: bool,
    /// Before that request takes effect, or after it, before the answer comes.
    pub moment: Moment,
}

/// A client's requests so far, and whether it is still alive; clones are the same life.
#[derive(Debug, Clone)]
pub struct Life {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    cut: Option<Cut>,
    requests: AtomicU64,
    mutating: AtomicU64,
    over: watch::Sender<bool>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    Through,
    CutBefore,
    CutAfter,
}

impl Life {
    pub(crate) fn new(cut: Option<Cut>) -> Self {
        let shared = Shared {
            cut,
            requests: AtomicU64::new(0),
            mutating: AtomicU64::new(0),
            over: watch::channel(false).0,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The client's requests so far.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// Those of them that could change something: where it makes sense to cut.
    pub fn mutating_requests(&self) -> u64 {
        self.shared.mutating.load(Ordering::Relaxed)
    }

    /// Whether it was cut.
    pub fn is_over(&self) -> bool {
        *self.shared.over.borrow()
    }

    /// Completes when it is cut; never when it is not.
    pub async fn over(&self) {
        let mut receiver = self.shared.over.subscribe();
        // The sender lives in `self`, so that the channel is open while this waits.
        let _ = receiver.wait_for(|over| *over).await;
    }

    /// Counts a request.
    pub(crate) fn passage(&self, mutating: bool) -> Passage {
        if self.is_over() {
            return Passage::CutBefore;
        }
        let number = self.shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let changes = if mutating {
            self.shared.mutating.fetch_add(1, Ordering::Relaxed) + 1
        } else {
            self.mutating_requests()
        };
        match self.shared.cut {
            Some(cut) if cut.mutating && !(mutating && changes == cut.request) => Passage::Through,
            Some(cut) if !cut.mutating && number != cut.request => Passage::Through,
            None => Passage::Through,
            Some(cut) if cut.moment == Moment::Before => Passage::CutBefore,
            Some(_) => Passage::CutAfter,
        }
    }

    /// Ends it; the request that ended it waits for ever.
    pub(crate) async fn end(&self) {
        self.shared.over.send_replace(true);
        std::future::pending().await
    }
}
