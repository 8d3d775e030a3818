//! What runs left behind, on AWS's side (the simulator's request log, timeline and events) and on ours (their folders), and
//! the judgement on it: by the same invariants as a rehearsal's.

use super::project::Project;
use super::server::Server;
use auroractl::invariants;
use auroractl::names::RunId;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::ops::Deref;

/// One answered request, as the simulator logged it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    /// Whether its action can change anything.
    pub(crate) mutating: bool,
    #[serde(flatten)]
    pub(crate) seen: invariants::Request,
}

impl Deref for Request {
    type Target = invariants::Request;

    fn deref(&self) -> &Self::Target {
        &self.seen
    }
}

/// A change of what clients of the database notice of a member, of any cluster.
#[derive(Debug, Deserialize)]
struct Change {
    cluster: String,
    #[serde(flatten)]
    seen: invariants::Change,
}

/// An RDS event.
#[derive(Debug, Deserialize)]
struct Event {
    id: String,
    date: Timestamp,
    source_identifier: String,
}

/// All of it, of the last of the runs on one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) plan: Value,
    pub(crate) journal: Vec<Value>,
    pub(crate) outcome: Value,
    /// The whole request log, reads included.
    pub(crate) requests: Vec<Request>,
    /// What the invariants judge.
    pub(crate) judged: invariants::Evidence,
}

impl Evidence {
    /// Gathers what the only run of the project left.
    pub(crate) fn of_the_only_run(project: &Project, server: &Server) -> Self {
        let runs = project.runs();
        let [run] = runs.as_slice() else {
            panic!("not one run: {runs:?}");
        };
        Self::of(project, server, &[(run, 1)])
    }

    /// Gathers what runs on one cluster left, the oldest first, each with the number of the first request that it can have sent.
    pub(crate) fn of(project: &Project, server: &Server, runs: &[(&str, u64)]) -> Self {
        let json = |path: &str| serde_json::from_str::<Value>(&project.read(path)).unwrap();
        let (last, _) = runs.last().unwrap();
        let plan = json(&format!("{last}/plan.json"));
        let cluster = plan["target"]["cluster"].as_str().unwrap().to_lowercase();
        let world: Value = serde_json::from_str(&server.get("/_simulator/world")).unwrap();
        let timeline: Vec<Change> =
            serde_json::from_str(&server.get("/_simulator/timeline")).unwrap();
        let requests = server.log();
        let judged = invariants::Evidence {
            runs: runs
                .iter()
                .map(|(run, first_request)| invariants::Run {
                    run: RunId::new(run.rsplit('/').next().unwrap()),
                    plan: serde_json::from_value(json(&format!("{run}/plan.json"))).unwrap(),
                    entries: project
                        .journal(run)
                        .into_iter()
                        .map(|entry| serde_json::from_value(entry).unwrap())
                        .collect(),
                    first_request: *first_request,
                })
                .collect(),
            requests: mutating(&requests)
                .into_iter()
                .map(|request| request.seen.clone())
                .collect(),
            members: timeline
                .into_iter()
                .filter(|change| change.cluster == cluster)
                .map(|change| change.seen)
                .collect(),
            events: world["world"]["places"]
                .as_object()
                .unwrap()
                .values()
                .flat_map(|place| place["events"].as_array().unwrap())
                .map(|event| Event::deserialize(event).unwrap())
                .map(|event| invariants::Event {
                    time: event.date,
                    id: event.id,
                    source: event.source_identifier,
                })
                .collect(),
            blind_seconds: 0,
        };
        Self {
            plan,
            journal: project.journal(last),
            outcome: json(&format!("{last}/outcome.json")),
            requests,
            judged,
        }
    }

    /// The requests that can change something, in their order.
    pub(crate) fn mutating(&self) -> &[invariants::Request] {
        &self.judged.requests
    }

    /// Every promise that was broken, in words.
    pub(crate) fn broken_promises(&self) -> Vec<String> {
        broken_promises(&self.judged)
    }
}

/// Every promise that was broken, in words.
pub(crate) fn broken_promises(evidence: &invariants::Evidence) -> Vec<String> {
    invariants::violations(evidence)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// The requests that can change something, in their order.
pub(crate) fn mutating(requests: &[Request]) -> Vec<&Request> {
    requests.iter().filter(|request| request.mutating).collect()
}

impl Server {
    /// The request log, oldest first.
    pub(crate) fn log(&self) -> Vec<Request> {
        serde_json::from_str(&self.get("/_simulator/requests")).unwrap()
    }
}

impl Project {
    /// The folders of the runs against AWS, oldest first, relative to the project.
    pub(crate) fn runs(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.path().join(".auroractl/runs")) else {
            return Vec::new();
        };
        let mut runs: Vec<String> = folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| format!(".auroractl/runs/{name}"))
            .collect();
        runs.sort();
        runs
    }

    /// The entries of a run's journal.
    pub(crate) fn journal(&self, run: &str) -> Vec<Value> {
        self.read(&format!("{run}/journal.jsonl"))
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}
