//! How long a client could not write while one action went on: probes in order go in, a few figures come out.
//!
//! Pure: times are milliseconds since the probing began, of the clock that the interruption is told in. However long it
//! lasts, the figures stay as many.

use crate::names::InstanceId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one probe saw through the cluster endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Writes are accepted, by this member where it says who it is.
    Writes(Option<InstanceId>),
    /// They are not.
    Failed(Failure),
}

/// Why a client could not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// Nobody took the connection.
    Refused,
    /// The connection ended under the client.
    Dropped,
    /// Whoever answered accepts no writes: the endpoint led to a reader.
    ReadOnly,
    /// The server was starting up, shutting down, or out of connections.
    NotReady,
    /// No answer came in time.
    Timeout,
    /// The login or the encryption failed.
    Login,
    /// Anything else.
    Other,
}

impl Failure {
    /// As it is counted: `3 refused`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Dropped => "dropped",
            Self::ReadOnly => "read-only",
            Self::NotReady => "not ready",
            Self::Timeout => "without an answer",
            Self::Login => "not let in",
            Self::Other => "failed otherwise",
        }
    }
}

/// What a client saw of one action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The pause between two probes.
    pub interval_milliseconds: u64,
    /// How often it was asked.
    pub probes: u32,
    /// How often writes stopped.
    pub interruptions: u32,
    /// How long they stopped, all in all: each time from the first probe that failed to the first that did not.
    pub milliseconds: u64,
    /// The longest time without writes.
    pub longest_milliseconds: u64,
    /// When the first probe failed, on AWS's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failure: Option<Timestamp>,
    /// When the last one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Timestamp>,
    /// The probes that failed, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub failures: BTreeMap<Failure, u32>,
    /// The member that took writes at first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_before: Option<InstanceId>,
    /// The member that took them at last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_after: Option<InstanceId>,
    /// From the first failure until the endpoint led to another member that takes writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_writer_milliseconds: Option<u64>,
    /// Whether the last probe failed, so that the end was not seen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// Whether the action was under way already when the probing began: what came before is not in the figures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub began_late: bool,
    /// Why nothing was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_measured: Option<String>,
}

impl Outage {
    /// Nothing could be measured.
    pub fn not_measured(because: String) -> Self {
        Self {
            not_measured: Some(because),
            ..Self::default()
        }
    }
}

/// An interruption that is being watched.
#[derive(Clone, Debug)]
pub struct Watch {
    seen: Outage,
    /// Milliseconds at which the first and the last probe failed.
    failed: Option<(u64, u64)>,
    failing_since: Option<u64>,
}

impl Watch {
    /// A watch with this pause between two probes.
    pub fn new(interval_milliseconds: u64, began_late: bool) -> Self {
        Self {
            seen: Outage {
                interval_milliseconds,
                began_late,
                ..Outage::default()
            },
            failed: None,
            failing_since: None,
        }
    }

    /// Takes in what a probe saw that was begun at this time.
    pub fn see(&mut self, at_milliseconds: u64, seen: &Seen) {
        self.seen.probes = self.seen.probes.saturating_add(1);
        match seen {
            Seen::Failed(failure) => {
                let (first, _) = self.failed.unwrap_or((at_milliseconds, at_milliseconds));
                self.failed = Some((first, at_milliseconds));
                let count = self.seen.failures.entry(*failure).or_default();
                *count = count.saturating_add(1);
                if self.failing_since.is_none() {
                    self.failing_since = Some(at_milliseconds);
                    self.seen.interruptions = self.seen.interruptions.saturating_add(1);
                }
            }
            Seen::Writes(member) => {
                if let Some(since) = self.failing_since.take() {
                    add(&mut self.seen, at_milliseconds.saturating_sub(since));
                }
                let Some(member) = member else {
                    return;
                };
                let before = self
                    .seen
                    .writer_before
                    .get_or_insert_with(|| member.clone());
                if let Some((first, _)) = self.failed
                    && before != member
                    && self.seen.new_writer_milliseconds.is_none()
                {
                    self.seen.new_writer_milliseconds = Some(at_milliseconds.saturating_sub(first));
                }
                self.seen.writer_after = Some(member.clone());
            }
        }
    }

    /// Whether the last probe failed.
    pub fn is_failing(&self) -> bool {
        self.failing_since.is_some()
    }

    /// What was seen so far. `began` is when the probing began, on AWS's clock.
    pub fn outage(&self, began: Timestamp) -> Outage {
        let mut outage = self.seen.clone();
        let at = |milliseconds: u64| {
            let since = SignedDuration::from_millis(i64::try_from(milliseconds).ok()?);
            let exact = began.checked_add(since).ok()?;
            // AWS's clock is read in seconds.
            Timestamp::from_second(exact.as_second()).ok()
        };
        outage.first_failure = self.failed.and_then(|(first, _)| at(first));
        outage.last_failure = self.failed.and_then(|(_, last)| at(last));
        if let (Some(since), Some((_, last))) = (self.failing_since, self.failed) {
            outage.goes_on = true;
            add(&mut outage, last.saturating_sub(since));
        }
        outage
    }
}

fn add(outage: &mut Outage, milliseconds: u64) {
    outage.milliseconds = outage.milliseconds.saturating_add(milliseconds);
    outage.longest_milliseconds = outage.longest_milliseconds.max(milliseconds);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: &str = "orders-1";
    const OTHER: &str = "orders-2";

    fn writes(member: &str) -> Seen {
        Seen::Writes(Some(InstanceId::new(member)))
    }

    fn watched(probes: &[(u64, Seen)]) -> Outage {
        let mut watch = Watch::new(1000, false);
        for (at, seen) in probes {
            watch.see(*at, seen);
        }
        watch.outage("2026-05-15T06:05:00Z".parse().unwrap())
    }

    #[test]
    fn an_interruption_lasts_from_the_first_failure_to_the_first_success() {
        let outage = watched(&[
            (0, writes(ONE)),
            (1000, Seen::Failed(Failure::Dropped)),
            (2000, Seen::Failed(Failure::Refused)),
            (3000, Seen::Failed(Failure::ReadOnly)),
            (4000, writes(OTHER)),
            (5000, writes(OTHER)),
        ]);
        insta::assert_snapshot!(serde_json::to_string_pretty(&outage).unwrap(), @r#"
        {
          "interval_milliseconds": 1000,
          "probes": 6,
          "interruptions": 1,
          "milliseconds": 3000,
          "longest_milliseconds": 3000,
          "first_failure": "2026-05-15T06:05:01Z",
          "last_failure": "2026-05-15T06:05:03Z",
          "failures": {
            "refused": 1,
            "dropped": 1,
            "read-only": 1
          },
          "writer_before": "orders-1",
          "writer_after": "orders-2",
          "new_writer_milliseconds": 3000
        }
        "#);
    }

    #[test]
    fn two_interruptions_are_added_up_and_one_without_an_end_says_so() {
        let outage = watched(&[
            (0, writes(ONE)),
            (1000, Seen::Failed(Failure::Dropped)),
            (2000, writes(OTHER)),
            (3000, Seen::Failed(Failure::Dropped)),
            (9000, Seen::Failed(Failure::Timeout)),
        ]);
        assert_eq!((outage.interruptions, outage.milliseconds), (2, 7000));
        assert_eq!(outage.longest_milliseconds, 6000);
        assert!(outage.goes_on);
    }

    #[test]
    fn the_same_member_after_a_restart_is_no_new_writer() {
        let outage = watched(&[
            (0, writes(ONE)),
            (500, Seen::Failed(Failure::Refused)),
            (1500, writes(ONE)),
        ]);
        assert_eq!(outage.new_writer_milliseconds, None);
        assert_eq!(outage.milliseconds, 1000);
        assert_eq!(watched(&[(0, writes(ONE))]).interruptions, 0);
    }
}
