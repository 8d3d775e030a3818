//! `apply` on the recorded worlds: what it asks for takes as long as it took when it was recorded.
//!
//! The durations are read from the simulator's request log, timeline and events, not from what `apply` says of itself.

use crate::support::evidence::Evidence;
use crate::support::project::Project;
use crate::support::server::Server;
use jiff::Timestamp;

/// A run on a recorded world, with time passing only with its requests.
fn applied(partition: &str, key: &str) -> (Project, Server) {
    let mut project = Project::with_environments();
    let world = format!("examples/worlds/recorded-{partition}.toml");
    let server = Server::start(&project, Some(&world), "1");
    server.seconds_per_request(1);
    server.answer(&mut project, key);
    (project, server)
}

fn apply(project: &Project, partition: &str) -> i32 {
    let output = project.run(&[
        "apply",
        partition,
        "--auto-approve",
        "--poll-interval",
        "0.001",
    ]);
    assert!(
        [0, 4].contains(&output.code),
        "{}\n{}",
        output.stdout,
        output.stderr
    );
    output.code
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    let took = to.duration_since(from).as_secs_f64();
    (took * 1000.0).round() / 1000.0
}

/// `WHAT: SECONDS` of all that has a recorded duration, in the order in which it began.
fn durations(evidence: &Evidence) -> Vec<String> {
    let cluster = evidence.plan["target"]["cluster"].as_str().unwrap();
    let cluster = &cluster.to_lowercase();
    let event = |id: &str, after: Timestamp| {
        let mut dates: Vec<Timestamp> = evidence
            .judged
            .events
            .iter()
            .filter(|event| event.id == id && event.time >= after)
            .map(|event| event.time)
            .collect();
        dates.sort();
        dates
            .first()
            .copied()
            .unwrap_or_else(|| panic!("no {id} after {after}"))
    };
    // When a member was first in this status after an instant.
    let status = |instance: &str, status: &str, after: Timestamp| {
        evidence
            .judged
            .members
            .iter()
            .find(|change| {
                change.instance == instance && change.status == status && change.time > after
            })
            .map(|change| change.time)
            .unwrap_or_else(|| panic!("{instance} never {status} after {after}"))
    };
    let mut told = Vec::new();
    for request in evidence.mutating() {
        let at = request.time;
        let member = request.instance().to_lowercase();
        let short = member.strip_prefix(cluster).unwrap_or_default();
        match request.action.as_str() {
            "CreateDBClusterSnapshot" => {
                told.push(format!(
                    "snapshot: {}",
                    seconds(at, event("RDS-EVENT-0075", at))
                ));
            }
            "RebootDBInstance" => {
                let up = status(&member, "available", at);
                told.push(format!("reboot {short}: {}", seconds(at, up)));
            }
            "ModifyDBInstance" if request.parameter("ApplyImmediately") == "true" => {
                let modifying = status(&member, "modifying", at);
                let monitoring = status(&member, "configuring-enhanced-monitoring", modifying);
                let available = status(&member, "available", monitoring);
                told.push(format!(
                    "flush {short}: {} + {} + {}",
                    seconds(at, modifying),
                    seconds(modifying, monitoring),
                    seconds(monitoring, available)
                ));
            }
            "FailoverDBCluster" => {
                let flip = evidence
                    .judged
                    .members
                    .iter()
                    .find(|change| change.writer && change.time > at)
                    .unwrap();
                let begun = ["RDS-EVENT-0072", "RDS-EVENT-0073"].iter().find_map(|id| {
                    evidence
                        .judged
                        .events
                        .iter()
                        .find(|event| event.id == *id && event.time > at)
                });
                let begun = begun.unwrap().time;
                let settled = event("RDS-EVENT-0071", flip.time);
                told.push(format!(
                    "failover: {} + {} + {}",
                    seconds(at, begun),
                    seconds(begun, flip.time),
                    seconds(flip.time, settled)
                ));
            }
            _ => {}
        }
    }
    told
}

fn told(partition: &str, key: &str) -> String {
    let (project, server) = applied(partition, key);
    assert_eq!(apply(&project, partition), 0);
    durations(&Evidence::of_the_only_run(&project, &server)).join("\n")
}

#[test]
fn dev_takes_as_long_as_was_recorded_with_its_slow_failover() {
    insta::assert_snapshot!(told("dev", "AKIASIMULATEDALPHA002"), @"
    snapshot: 241
    reboot reader1: 65
    failover: 14 + 17 + 242
    ");
}

#[test]
fn stage_takes_as_long_as_was_recorded() {
    insta::assert_snapshot!(told("stage", "AKIASIMULATEDALPHA002"), @"
    snapshot: 333
    reboot reader1: 64
    failover: 14 + 12 + 12
    ");
}

#[test]
fn demo_takes_as_long_as_was_recorded_and_a_failover_that_was_not_is_drawn() {
    let told = told("demo", "AKIASIMULATEDALPHA001");
    let (recorded, drawn) = told.rsplit_once('\n').unwrap();
    insta::assert_snapshot!(recorded, @"
    snapshot: 213
    reboot reader1: 65
    ");
    let (_, drawn) = drawn.split_once("failover: ").unwrap();
    let drawn: f64 = drawn
        .split(" + ")
        .map(|part| part.parse::<f64>().unwrap())
        .sum();
    assert!((24.0..=287.0).contains(&drawn), "{drawn}");
}

#[test]
fn prod_takes_as_long_as_was_recorded_once_its_window_opens() {
    let (project, server) = applied("prod", "AKIASIMULATEDALPHA001");
    // 35 minutes before: what restarts nobody is done, the rest is staged.
    assert_eq!(apply(&project, "prod"), 4);
    let [staged] = project.runs().try_into().unwrap();
    assert_eq!(
        durations(&Evidence::of(&project, &server, &[(&staged, 1)])),
        Vec::<String>::new()
    );
    server.post("/_simulator/clock", r#"{"step_seconds": 2100}"#);
    let first = server.log().last().unwrap().number + 1;
    assert_eq!(apply(&project, "prod"), 0);
    let run = project.runs().pop().unwrap();
    insta::assert_snapshot!(durations(&Evidence::of(&project, &server, &[(&staged, 1), (&run, first)])).join("\n"), @"
    snapshot: 338
    flush reader1: 90 + 289 + 63
    failover: 13 + 11 + 11
    flush writer: 19 + 369 + 64
    ");
}
