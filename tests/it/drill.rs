//! A failover that is practised, with the real binary, the RDS API over HTTP and every member over SQL: the acceptance test of
//! an application before it is promoted. Members answer, one failover, the application's own check, how long writes stopped.

use crate::support::evidence::mutating;
use crate::support::project::{Output, Project};
use crate::support::running::Running;
use crate::support::server::Server;
use serde_json::Value;

const DRILL: [&str; 5] = [
    "failover",
    "shop",
    "--auto-approve",
    "--poll-interval",
    "0.05",
];
const PASSWORD: &str = "correct-horse-battery-4711";

/// A failover that takes six seconds from its request to its end.
const WORLD: &str = r#"
seed = 7
clock = "2026-03-02T09:00:00Z"

[[account]]
id = "123456789012"
region = "eu-central-1"
access_keys = ["AKIASIMULATEDSHOP"]

[[cluster]]
identifier = "shop"
engine_version = "16.6"

[cluster.replay]
failover_accept = 1
failover_flip = 2
failover_settle = 3
failover_endpoint = 1

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"

[[cluster.user]]
name = "monitor"
password = "correct-horse-battery-4711"
roles = ["pg_monitor"]
"#;

/// What the application needs of its database, before and after, and a check of the application itself.
const DECLARATION: &str = r#"
[partition]
name = "shop"

[aws]
account = "123456789012"
region = "eu-central-1"

[cluster]
identifier = "shop"
engine_version = "16"
apply_immediately = true

[budget]
writer_interruption = "60s"

[verify.sql]
user = "monitor"
database = "postgres"
password_env = "SHOP_PASSWORD"
ssl_mode = "disable"
probe_interval = "1s"

[[probe]]
name = "writes were accepted"
sql = "select pg_is_in_recovery()"
expect = false
at = "cluster-endpoint"
phase = "before"

[[probe]]
name = "writes are accepted"
sql = "select pg_is_in_recovery()"
expect = false
at = "cluster-endpoint"

[[step]]
name = "application"
after = "failover"
command = ["sh", "-c", "test -e healthy && echo \"200 from $AURORACTL_WRITER\" || { echo 503 Retry-After: 2; exit 1; }"]
"#;

fn scene() -> (Project, Server) {
    let mut project = Project::empty();
    project.write("environments/shop.toml", DECLARATION);
    project.write("worlds/shop.toml", WORLD);
    project.set("SHOP_PASSWORD", PASSWORD);
    // AWS's time is this process's: what is measured is what a client would have waited.
    let server = Server::start_with(
        &project,
        Some("worlds/shop.toml"),
        "1",
        &["--postgres-port", "0"],
    );
    server.answer(&mut project, "AKIASIMULATEDSHOP");
    (project, server)
}

fn failovers(server: &Server) -> usize {
    mutating(&server.log())
        .iter()
        .filter(|request| request.action == "FailoverDBCluster")
        .count()
}

/// The summary, which the last line of a `--json` output carries.
fn summary(output: &Output) -> Value {
    let line = output.stdout.lines().last().unwrap_or_default();
    let document: Value = serde_json::from_str(line).unwrap_or_else(|error| {
        panic!("{error}: {}\n{}", output.stdout, output.stderr);
    });
    document["summary"].clone()
}

#[test]
fn a_drill_is_an_acceptance_test_that_reports_what_a_client_would_have_noticed() {
    let (project, server) = scene();
    // Nobody is asked without a terminal, and nothing is done unasked.
    let unasked = project.run(&["failover", "shop"]);
    assert_eq!(unasked.code, 3, "{}", unasked.stderr);
    assert!(
        unasked.stderr.contains("--auto-approve"),
        "{}",
        unasked.stderr
    );
    assert_eq!(failovers(&server), 0);

    project.write("healthy", "");
    let json = project.run(&[&DRILL[..], &["--json"]].concat());
    assert_eq!(json.code, 0, "{}\n{}", json.stdout, json.stderr);
    assert_eq!(failovers(&server), 1);
    assert!(!json.stdout.contains(PASSWORD));
    let summary = summary(&json);
    let interruption = &summary["writer_interruption"];
    assert_eq!(interruption["forecast_seconds"], 35, "{summary:#}");
    let measured = interruption["measured_milliseconds"].as_u64().unwrap();
    // The writer flag moves 3 s after the request and the endpoint 1 s later; a client that asks once a second and waits 3 s
    // for an answer sees no more than that and one pause at either end.
    assert!((1..=10_000).contains(&measured), "{measured}");
    let proven = summary["verified"].to_string();
    for fact in ["shop-2 is the writer", "writes are accepted"] {
        assert!(proven.contains(fact), "{fact}: {summary:#}");
    }
}

#[test]
fn an_application_that_does_not_come_back_stops_the_drill_and_it_goes_on_without_a_second_failover()
{
    let (project, server) = scene();
    let stopped = project.run(&DRILL);
    assert_ne!(stopped.code, 0, "{}", stopped.stdout);
    assert!(
        format!("{}{}", stopped.stdout, stopped.stderr).contains("503 Retry-After: 2"),
        "{}\n{}",
        stopped.stdout,
        stopped.stderr
    );
    project.write("healthy", "");
    let resumed = project.run(&["resume", "--poll-interval", "0.05"]);
    assert_eq!(resumed.code, 0, "{}\n{}", resumed.stdout, resumed.stderr);
    assert_eq!(failovers(&server), 1);
    assert!(
        resumed.stdout.contains("Writes stopped"),
        "{}",
        resumed.stdout
    );
}

#[test]
fn a_drill_that_was_killed_under_the_failover_is_finished_and_measured_by_the_same_words() {
    let (project, server) = scene();
    project.write("healthy", "");
    let mut running = Running::start(&project, &DRILL);
    running.until("fail over to shop-2");
    while failovers(&server) == 0 {
        std::thread::yield_now();
    }
    running.kill();
    // Nobody but the same run may take the cluster while its lease holds.
    let run = project.runs()[0].rsplit('/').next().unwrap().to_owned();
    let unlocked = project.run(&["unlock", "--force", &run]);
    assert_eq!(unlocked.code, 0, "{}", unlocked.stderr);
    let again = project.run(&DRILL);
    assert_eq!(again.code, 0, "{}\n{}", again.stdout, again.stderr);
    assert!(
        again.stderr.contains("is unfinished; it goes on"),
        "{}",
        again.stderr
    );
    assert_eq!(failovers(&server), 1);
}

#[test]
fn a_member_that_does_not_answer_over_sql_is_no_place_for_a_drill() {
    let (mut project, server) = scene();
    project.set("SHOP_PASSWORD", "not it");
    let refused = project.run(&DRILL);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("cannot be proven over SQL, and nothing was begun"),
        "{}",
        refused.stderr
    );
    assert_eq!(failovers(&server), 0);
}
