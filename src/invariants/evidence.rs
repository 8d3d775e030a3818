//! What was left behind on AWS's side (requests that can change something, what became of the members, events) and on ours
//! (the plan and the journal of each run).

use crate::journal::{Conclusion, Entry, Kind as EntryKind, Verdict};
use crate::names::{ActionId, RunId};
use crate::plan::Plan;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// All of it, of the runs on one cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The runs, in the order in which they began; one at a time.
    pub runs: Vec<Run>,
    /// The requests that can change something, the oldest first.
    pub requests: Vec<Request>,
    /// The changes of the cluster's members, the oldest first.
    pub members: Vec<Change>,
    /// The events, the oldest first.
    pub events: Vec<Event>,
    /// How long before a request a member may have gone away without the run's seeing it, in seconds: 0 where nobody but the
    /// run touches the cluster and AWS shows at once what is true.
    pub blind_seconds: i64,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its id.
    pub run: RunId,
    /// Its plan.
    pub plan: Plan,
    /// Its journal.
    pub entries: Vec<Entry>,
    /// The first request that it may have sent; those from the next run's first one on are not its own.
    pub first_request: u64,
}

/// One answered request, as the simulator logs it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Request {
    /// Counts from 1.
    pub number: u64,
    /// When it was answered.
    pub time: Timestamp,
    /// Such as `ModifyDBInstance`.
    pub action: String,
    /// As sent.
    pub parameters: BTreeMap<String, String>,
    /// HTTP status of the answer.
    pub status: u16,
    /// What it did, in words; empty when nothing.
    pub effects: Vec<String>,
    /// The injected fault that it met.
    #[serde(default)]
    pub fault: Option<String>,
}

/// A change of what clients of the database notice of a member.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// When.
    pub time: Timestamp,
    /// The member.
    pub instance: String,
    /// As DescribeDBInstances shows it.
    pub status: String,
    /// Whether the engine accepts connections.
    pub engine_up: bool,
    /// Whether it is the writer.
    pub writer: bool,
}

/// An RDS event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub time: Timestamp,
    /// Such as `RDS-EVENT-0071`.
    pub id: String,
    /// What it is about.
    pub source: String,
}

impl Evidence {
    /// The requests of a run, the oldest first.
    pub(super) fn requests_of<'a>(&'a self, run: &'a Run) -> impl Iterator<Item = &'a Request> {
        // A run that sent nothing begins where the next one does.
        let next = self
            .runs
            .iter()
            .skip_while(|other| other.run != run.run)
            .nth(1)
            .map_or(u64::MAX, |next| next.first_request);
        self.requests
            .iter()
            .filter(move |request| (run.first_request..next).contains(&request.number))
    }

    /// Each run with those of its requests that took effect.
    pub(super) fn effective(&self) -> impl Iterator<Item = (&Run, Vec<&Request>)> {
        self.runs.iter().map(|run| {
            let effective = self
                .requests_of(run)
                .filter(|request| request.took_effect())
                .collect();
            (run, effective)
        })
    }

    /// How a member was just before an instant.
    pub(super) fn before(&self, instance: &str, instant: Timestamp) -> Option<&Change> {
        let of_it = || {
            self.members
                .iter()
                .filter(|change| change.instance == instance)
        };
        of_it()
            .take_while(|change| change.time < instant)
            .last()
            .or_else(|| of_it().next())
    }

    /// The names of all members that there ever were.
    pub(super) fn member_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .members
            .iter()
            .map(|change| change.instance.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Run {
    /// How it ended, if it did.
    pub fn conclusion(&self) -> Option<Conclusion> {
        match self.entries.last().map(|entry| &entry.kind) {
            Some(EntryKind::Ended { ending, .. }) => Some(*ending),
            _ => None,
        }
    }

    /// Whether everything of its plan was done.
    pub(super) fn is_complete(&self) -> bool {
        matches!(
            self.conclusion(),
            Some(Conclusion::Done | Conclusion::Staged)
        )
    }

    /// How often a person said that an action did not happen, so that it was done again: AWS may have done it and taken it
    /// back, as a failover that flips.
    pub(super) fn redone(&self, action: &ActionId) -> usize {
        self.entries
            .iter()
            .filter(|entry| {
                matches!(
                    &entry.kind,
                    EntryKind::Settled { action: settled, verdict: Verdict::DidNotHappen, because }
                        if settled == action && because.ends_with("said so")
                )
            })
            .count()
    }

    /// Whether an action was found needless.
    pub(super) fn skipped(&self, action: &ActionId) -> bool {
        self.entries.iter().any(
            |entry| matches!(&entry.kind, EntryKind::Skipped { action: skipped, .. } if skipped == action),
        )
    }
}

impl Request {
    /// Whether it changed anything.
    pub fn took_effect(&self) -> bool {
        !self.effects.is_empty()
    }

    /// A parameter as sent; empty where it was not.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Whether it can interrupt a member or the writer.
    pub fn is_disruptive(&self) -> bool {
        match self.action.as_str() {
            "FailoverDBCluster" | "RebootDBInstance" => true,
            "ModifyDBInstance" => self.parameter("ApplyImmediately") == "true",
            _ => false,
        }
    }

    /// The member that it is about: of a failover, the one that takes over.
    pub fn instance(&self) -> &str {
        match self.action.as_str() {
            "FailoverDBCluster" => self.parameter("TargetDBInstanceIdentifier"),
            _ => self.parameter("DBInstanceIdentifier"),
        }
    }
}

impl Change {
    /// Whether the member serves and AWS would accept changes of it.
    pub(super) fn is_available(&self) -> bool {
        self.engine_up && ["available", "storage-optimization"].contains(&self.status.as_str())
    }

    /// Whether there is no such member any more.
    pub(super) fn is_gone(&self) -> bool {
        self.status == "deleted"
    }
}
