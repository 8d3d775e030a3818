//! What a run left behind, on AWS's side (the simulator's request log, timeline and events) and on ours (its folder).

use super::project::Project;
use super::server::Server;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// One answered request, as the simulator logged it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    pub(crate) number: u64,
    pub(crate) time: Timestamp,
    pub(crate) action: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) mutating: bool,
    pub(crate) effects: Vec<String>,
    /// The fault that it met, if it met one.
    #[serde(default)]
    pub(crate) fault: Option<String>,
}

/// A change of what clients of the database notice of a member.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Change {
    pub(crate) time: Timestamp,
    pub(crate) cluster: String,
    pub(crate) instance: String,
    pub(crate) status: String,
    pub(crate) engine_up: bool,
    pub(crate) writer: bool,
}

/// An RDS event.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) date: Timestamp,
    pub(crate) source_identifier: String,
}

/// All of it, of one run on one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub(crate) cluster: String,
    pub(crate) plan: Value,
    pub(crate) journal: Vec<Value>,
    pub(crate) outcome: Value,
    pub(crate) requests: Vec<Request>,
    pub(crate) timeline: Vec<Change>,
    pub(crate) events: Vec<Event>,
}

impl Evidence {
    /// Gathers what the only run of the project left.
    pub(crate) fn of_the_only_run(project: &Project, server: &Server) -> Self {
        let runs = project.runs();
        let [run] = runs.as_slice() else {
            panic!("not one run: {runs:?}");
        };
        Self::of(project, server, run)
    }

    /// Gathers what one run left; requests and timeline are of the whole world.
    pub(crate) fn of(project: &Project, server: &Server, run: &str) -> Self {
        let plan: Value = serde_json::from_str(&project.read(&format!("{run}/plan.json"))).unwrap();
        let cluster = plan["target"]["cluster"].as_str().unwrap().to_lowercase();
        let timeline: Vec<Change> =
            serde_json::from_str(&server.get("/_simulator/timeline")).unwrap();
        let world: Value = serde_json::from_str(&server.get("/_simulator/world")).unwrap();
        let events = world["world"]["places"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|place| place["events"].as_array().unwrap())
            .map(|event| Event::deserialize(event).unwrap())
            .collect();
        Self {
            plan,
            journal: project.journal(run),
            outcome: serde_json::from_str(&project.read(&format!("{run}/outcome.json"))).unwrap(),
            requests: server.log(),
            timeline: timeline
                .into_iter()
                .filter(|change| change.cluster == cluster)
                .collect(),
            events,
            cluster,
        }
    }

    /// The requests that can change something, in their order.
    pub(crate) fn mutating(&self) -> Vec<&Request> {
        mutating(&self.requests)
    }
}

/// The requests that can change something, in their order.
pub(crate) fn mutating(requests: &[Request]) -> Vec<&Request> {
    requests.iter().filter(|request| request.mutating).collect()
}

impl Request {
    /// A parameter as sent; empty where it was not.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Whether it can interrupt a member or the writer.
    pub(crate) fn is_disruptive(&self) -> bool {
        match self.action.as_str() {
            "FailoverDBCluster" | "RebootDBInstance" => true,
            "ModifyDBInstance" => self.parameter("ApplyImmediately") == "true",
            _ => false,
        }
    }

    /// The instance that it is about.
    pub(crate) fn instance(&self) -> &str {
        self.parameter("DBInstanceIdentifier")
    }
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
