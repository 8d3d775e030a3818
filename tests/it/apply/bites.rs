//! The checks of runs that stop halfway are known to bite: each is shown a log that was spoilt on purpose.

use super::support::{Scene, prod};
use crate::support::evidence::Evidence;
use crate::support::safety::{SAFETY, unsafe_points};
use auroractl::event::Ending;
use auroractl::plan::Options;
use auroractl::sim;
use serde_json::json;

/// A way to spoil the evidence of a run, and the check that must notice.
type Doctored = (&'static str, fn(&mut Evidence));

const DOCTORED: [Doctored; 11] = [
    ("nothing is interrupted without a snapshot", |evidence| {
        evidence.events.retain(|event| event.id != "RDS-EVENT-0075");
    }),
    (
        "the snapshot is not released before verification",
        |evidence| {
            let mut request = evidence.mutating()[0].clone();
            "DeleteDBClusterSnapshot".clone_into(&mut request.action);
            evidence.requests.push(request);
        },
    ),
    (
        "the snapshot is not released before verification",
        |evidence| {
            evidence
                .journal
                .retain(|entry| entry["entry"] != "finished" || entry["action"] != "verify");
        },
    ),
    (
        "each planned change takes effect at most once, and nothing else does",
        |evidence| repeat(evidence, "FailoverDBCluster"),
    ),
    (
        "each planned change takes effect at most once, and nothing else does",
        |evidence| {
            for request in &mut evidence.requests {
                if request.action == "FailoverDBCluster" {
                    "RebootDBInstance".clone_into(&mut request.action);
                }
            }
        },
    ),
    ("no failover before the readers are proven", |evidence| {
        evidence.journal.retain(|entry| {
            entry["entry"] != "finished"
                || entry["action"] != "flush alpha001-prod-auroraclusterreader1"
        });
    }),
    ("no failover while a member is not healthy", |evidence| {
        let failover = evidence
            .mutating()
            .into_iter()
            .find(|request| request.action == "FailoverDBCluster")
            .unwrap()
            .time;
        for change in &mut evidence.timeline {
            if change.time < failover && change.instance.ends_with("reader1") {
                "rebooting".clone_into(&mut change.status);
            }
        }
    }),
    (
        "no writer is restarted while a reader could take over",
        |evidence| {
            for change in &mut evidence.timeline {
                change.writer = !change.writer;
            }
        },
    ),
    ("never two members unavailable", |evidence| {
        for change in &mut evidence.timeline {
            change.engine_up = false;
        }
    }),
    ("nothing is interrupted outside the window", |evidence| {
        evidence.plan["activation"]["closes"] = json!("2026-05-15T06:06:00Z");
    }),
    ("nothing ends twice, or without an intent", |evidence| {
        let twice = evidence
            .journal
            .iter()
            .find(|entry| entry["entry"] == "finished");
        let twice = twice.unwrap().clone();
        evidence.journal.push(twice);
    }),
];

fn repeat(evidence: &mut Evidence, action: &str) {
    let request = evidence
        .requests
        .iter()
        .find(|request| request.action == action);
    let request = request.unwrap().clone();
    evidence.requests.push(request);
}

#[tokio::test(start_paused = true)]
async fn each_check_of_a_run_that_stops_halfway_notices_a_spoilt_log() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    let sound = scene.evidence(&plan, &run.summary.run);
    assert_eq!(unsafe_points(&sound), Vec::<String>::new());
    let mut unnoticed = Vec::new();
    for (name, spoil) in DOCTORED {
        let mut evidence = sound.clone();
        spoil(&mut evidence);
        let found = unsafe_points(&evidence);
        if !found.iter().any(|wrong| wrong.starts_with(name)) {
            unnoticed.push(name);
        }
    }
    assert_eq!(unnoticed, Vec::<&str>::new());
    let shown: Vec<&str> = SAFETY
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !DOCTORED.iter().any(|(doctored, _)| doctored == name))
        .collect();
    assert_eq!(shown, Vec::<&str>::new(), "each check is shown to bite");
}
