//! The request log: what was asked, what was answered, what it did. Tests judge a tool by it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Older entries are dropped beyond this many.
const KEPT: usize = 20_000;

/// One request, as it was answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// Counts from 1 in each world.
    pub number: u64,
    /// Simulated time of the answer.
    pub time: Timestamp,
    /// The account that the caller's access key belongs to.
    pub account: String,
    /// The region in the caller's credential scope.
    pub region: String,
    /// Such as `ModifyDBInstance`.
    pub action: String,
    /// As sent, passwords masked.
    pub parameters: BTreeMap<String, String>,
    /// Whether this action can change anything.
    pub mutating: bool,
    /// HTTP status of the answer; 0 when the connection was reset before the request took effect.
    pub status: u16,
    /// AWS error code, when it was refused.
    pub error_code: Option<String>,
    /// What it did, in words; empty when nothing.
    pub effects: Vec<String>,
    /// The injected fault that this request met, such as `throttling` or `lost-reply`.
    pub fault: Option<String>,
    /// The id of that fault.
    #[serde(default)]
    pub fault_id: Option<u64>,
    /// Who sent it, when it was no client: `cloudformation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
}

/// All requests of a world, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Log {
    last_number: u64,
    requests: Vec<Request>,
}

impl Log {
    /// The number of the next request.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(crate) fn add(&mut self, request: Request) {
        if self.requests.len() >= KEPT {
            // A tenth at a time, so that a long-running server does not move everything for each request.
            self.requests.drain(..KEPT / 10);
        }
        self.requests.push(request);
    }

    /// The requests with a number above `since`.
    pub(crate) fn since(&self, since: u64) -> Vec<Request> {
        self.requests
            .iter()
            .filter(|request| request.number > since)
            .cloned()
            .collect()
    }

    /// The requests that can change something.
    pub(crate) fn mutating(&self) -> Vec<Request> {
        self.requests
            .iter()
            .filter(|request| request.mutating)
            .cloned()
            .collect()
    }

    /// Forgets all requests; the numbers go on.
    pub(crate) fn clear(&mut self) {
        self.requests.clear();
    }
}
