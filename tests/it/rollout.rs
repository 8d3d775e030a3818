//! prod's rollout with the real binary over HTTP, judged by what AWS saw of it. One run; each promise a test of its own.
//!
//! Time passes only with requests, so the run is the same on every machine.

use crate::support::checks::{self, Check};
use crate::support::evidence::{Evidence, Request, mutating};
use crate::support::project::{Output, Project};
use crate::support::server::Server;
use jiff::SignedDuration;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

const SECRET: &str = "wJalrXUtnFEMI-K7MDENG-this-is-never-written";
const SESSION_TOKEN: &str = "FwoGZXIvYXdzEBYaD-nor-is-this";

/// What the one run, and the commands before and after it, left.
struct Recorded {
    evidence: Evidence,
    apply: Output,
    /// Commands that only read, with their outputs: first those before the apply, then those after it.
    before: Vec<(&'static str, Output)>,
    after: Vec<(&'static str, Output)>,
    /// Requests of the commands that only read.
    reading: Vec<Request>,
    /// Everything under `.auroractl`, as path and content.
    files: Vec<(String, String)>,
    /// The plan as `plan --json` printed it just before.
    planned: serde_json::Value,
}

const READING: [&str; 5] = [
    "plan prod --detailed-exitcode -v -v",
    "plan prod --json -v -v",
    "drift prod -v -v",
    "status prod -v -v",
    "graph prod -v -v",
];

fn recorded() -> &'static Recorded {
    static RECORDED: OnceLock<Recorded> = OnceLock::new();
    RECORDED.get_or_init(record)
}

fn record() -> Recorded {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, "AKIASIMULATEDALPHA001");
    project.set("AWS_SECRET_ACCESS_KEY", SECRET);
    project.set("AWS_SESSION_TOKEN", SESSION_TOKEN);
    let read = || {
        READING
            .map(|command| (command, project.run(&words(command))))
            .into()
    };

    let before: Vec<(&'static str, Output)> = read();
    let mut reading = server.log();
    let planned = serde_json::from_str(&before[1].1.stdout).unwrap();
    let apply = project.run(&words(
        "apply prod --auto-approve --poll-interval 0.001 -v -v",
    ));
    let mut evidence = Evidence::of_the_only_run(&project, &server);
    evidence
        .requests
        .retain(|request| reading.iter().all(|before| before.number != request.number));
    let so_far = server.log().len();
    let after = read();
    reading.extend(server.log().split_off(so_far));
    let mut files = Vec::new();
    collect(&project.path().join(".auroractl"), &mut files);
    Recorded {
        evidence,
        apply,
        before,
        after,
        reading,
        files,
        planned,
    }
}

fn words(command: &str) -> Vec<&str> {
    command.split_whitespace().collect()
}

fn collect(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((
                path.display().to_string(),
                fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

macro_rules! promises {
    ($($name:ident: $check:path),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                if let Err(problem) = $check(&recorded().evidence) {
                    panic!("{problem}");
                }
            }
        )*
    };
}

promises! {
    the_snapshot_is_available_before_anything_is_interrupted: checks::snapshot_before_the_first_disruption,
    the_reader_is_flushed_before_the_failover: checks::the_reader_restarts_before_the_failover,
    there_is_exactly_one_failover: checks::exactly_one_failover,
    the_demoted_member_is_flushed_after_the_failover: checks::the_demoted_member_restarts_after_the_failover,
    the_snapshot_is_released_last_with_its_expiry: checks::the_snapshot_is_released_last,
    two_members_are_never_unavailable_at_once: checks::never_two_members_unavailable,
    a_parameter_request_has_at_most_twenty: checks::no_parameter_request_is_too_long,
    each_planned_change_is_sent_once_and_nothing_else_is: checks::exactly_the_plan_was_sent,
}

/// A way to spoil the evidence, and the check that must notice.
type Doctored = (&'static str, Check, fn(&mut Evidence));

const DOCTORED: [Doctored; 12] = [
    (
        "no snapshot became available",
        checks::snapshot_before_the_first_disruption,
        |evidence| evidence.events.retain(|event| event.id != "RDS-EVENT-0075"),
    ),
    (
        "the snapshot came late",
        checks::snapshot_before_the_first_disruption,
        |evidence| {
            for event in &mut evidence.events {
                event.date += SignedDuration::from_hours(1);
            }
        },
    ),
    (
        "no reader was flushed",
        checks::the_reader_restarts_before_the_failover,
        |evidence| drop_requests(evidence, |request| request.instance().ends_with("reader1")),
    ),
    (
        "the failover came while the reader was away",
        checks::the_reader_restarts_before_the_failover,
        |evidence| {
            let failover = find(evidence, "FailoverDBCluster").time;
            for change in &mut evidence.timeline {
                if change.instance.ends_with("reader1") && change.time <= failover {
                    change.engine_up = false;
                }
            }
        },
    ),
    (
        "a second failover was sent",
        checks::exactly_one_failover,
        |evidence| {
            let failover = find(evidence, "FailoverDBCluster");
            evidence.requests.push(failover);
        },
    ),
    (
        "the writer moved back",
        checks::exactly_one_failover,
        |evidence| {
            let first = evidence.timeline.iter().find(|change| change.writer);
            let first = first.cloned().unwrap();
            evidence.timeline.push(first);
        },
    ),
    (
        "the writer was flushed before the failover",
        checks::the_demoted_member_restarts_after_the_failover,
        |evidence| {
            for request in &mut evidence.requests {
                if request.is_disruptive() && request.instance().ends_with("writer") {
                    request.number = 1;
                }
            }
        },
    ),
    (
        "the snapshot was released before the last flush",
        checks::the_snapshot_is_released_last,
        |evidence| {
            let flush = evidence
                .requests
                .iter()
                .rev()
                .find(|request| request.is_disruptive());
            let flush = flush.cloned().unwrap();
            evidence.requests.push(flush);
        },
    ),
    (
        "the other member was away as well",
        checks::never_two_members_unavailable,
        |evidence| {
            let away = evidence
                .timeline
                .iter()
                .position(|change| !change.engine_up)
                .unwrap();
            let mut other = evidence.timeline[away].clone();
            other.instance.push_str("-2");
            evidence.timeline.insert(away, other);
        },
    ),
    (
        "a request had 21 parameters",
        checks::no_parameter_request_is_too_long,
        |evidence| {
            for request in &mut evidence.requests {
                if request.action == "ModifyDBClusterParameterGroup" {
                    for number in 1..=21 {
                        let name = format!("Parameters.Parameter.{number}.ParameterName");
                        request.parameters.insert(name, "work_mem".to_owned());
                    }
                }
            }
        },
    ),
    (
        "something was sent that was not planned",
        checks::exactly_the_plan_was_sent,
        |evidence| {
            let mut reboot = find(evidence, "FailoverDBCluster");
            "RebootDBInstance".clone_into(&mut reboot.action);
            evidence.requests.push(reboot);
        },
    ),
    (
        "something planned was not sent",
        checks::exactly_the_plan_was_sent,
        |evidence| drop_requests(evidence, |request| request.action == "ModifyDBCluster"),
    ),
];

fn find(evidence: &Evidence, action: &str) -> Request {
    let found = evidence
        .requests
        .iter()
        .find(|request| request.action == action);
    found.cloned().unwrap()
}

fn drop_requests(evidence: &mut Evidence, which: fn(&Request) -> bool) {
    evidence.requests.retain(|request| !which(request));
}

#[test]
fn each_check_notices_a_spoilt_log() {
    let mut unnoticed = Vec::new();
    for (name, check, spoil) in DOCTORED {
        let mut evidence = recorded().evidence.clone();
        spoil(&mut evidence);
        if check(&evidence).is_ok() {
            unnoticed.push(name);
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
}

#[test]
fn every_change_that_was_sent_had_an_effect() {
    let without: Vec<String> = recorded()
        .evidence
        .mutating()
        .iter()
        .filter(|request| request.effects.is_empty())
        .map(|request| request.action.clone())
        .collect();
    assert_eq!(without, Vec::<String>::new());
}

#[test]
fn the_rollout_ends_well_and_the_second_plan_is_empty() {
    let Recorded { apply, after, .. } = recorded();
    assert_eq!(apply.code, 0, "{}", apply.stderr);
    let (command, plan) = &after[0];
    assert_eq!(plan.code, 0, "{command}: {}", plan.stdout);
    let last = plan.stdout.lines().last();
    assert_eq!(
        last,
        Some("No changes. `prod` is as declared, and every member runs it.")
    );
}

#[test]
fn before_the_rollout_plan_and_drift_exit_with_two_and_after_it_with_zero() {
    let Recorded { before, after, .. } = recorded();
    let codes = |outputs: &[(&'static str, Output)]| -> Vec<i32> {
        outputs.iter().map(|(_, output)| output.code).collect()
    };
    assert_eq!(codes(before), [2, 0, 2, 0, 0], "{READING:?}");
    assert_eq!(codes(after), [0, 0, 0, 0, 0], "{READING:?}");
}

#[test]
fn plan_drift_status_and_graph_send_nothing_that_changes_anything() {
    let reading = &recorded().reading;
    // A log that was not filled would prove nothing: each of the commands asks at least for the cluster.
    let asked = reading
        .iter()
        .filter(|request| request.action == "DescribeDBClusters");
    assert!(asked.count() >= 2 * READING.len());
    let changing: Vec<&str> = mutating(reading)
        .into_iter()
        .map(|request| request.action.as_str())
        .collect();
    assert_eq!(changing, Vec::<&str>::new());
}

#[test]
fn the_plan_that_was_shown_is_the_plan_that_was_run() {
    let Recorded {
        evidence, planned, ..
    } = recorded();
    let of = |plan: &serde_json::Value| {
        (
            plan["actions"].clone(),
            plan["changes"].clone(),
            plan["target"].clone(),
        )
    };
    assert_eq!(of(&planned["partitions"][0]["plan"]), of(&evidence.plan));
}

#[test]
fn the_journal_tells_of_each_action_what_was_intended_and_how_it_ended() {
    let Evidence {
        plan,
        journal,
        outcome,
        ..
    } = &recorded().evidence;
    let actions: Vec<&str> = plan["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["id"].as_str().unwrap())
        .collect();
    let of = |kind: &str| -> Vec<&str> {
        let entries = journal.iter().filter(|entry| entry["entry"] == kind);
        entries
            .map(|entry| entry["action"].as_str().unwrap())
            .collect()
    };
    // Second reboots are planned, and not needed.
    let (again, once): (Vec<&str>, Vec<&str>) = actions
        .iter()
        .partition(|action| action.ends_with(" again"));
    assert_eq!(again.len(), 2);
    assert_eq!(of("skipped"), again);
    assert_eq!(of("intent"), once);
    assert_eq!(of("finished"), once);
    let sequence: Vec<u64> = journal
        .iter()
        .map(|entry| entry["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(sequence, (1..=journal.len() as u64).collect::<Vec<u64>>());
    assert_eq!(journal[0]["entry"], "run-started");
    let last = journal.last().unwrap();
    assert_eq!(
        (&last["entry"], &last["ending"]),
        (&"ended".into(), &"done".into())
    );
    assert_eq!(outcome["actions"].as_array().unwrap().len(), actions.len());
}

#[test]
fn no_secret_is_written_anywhere() {
    let Recorded {
        apply,
        before,
        after,
        files,
        ..
    } = recorded();
    assert!(
        files
            .iter()
            .any(|(path, _)| path.ends_with("journal.jsonl"))
    );
    let mut texts: Vec<(String, &str)> = Vec::new();
    for (path, content) in files {
        texts.push((path.clone(), content));
    }
    let apply = ("apply", apply);
    for (command, output) in before
        .iter()
        .chain(after)
        .map(|(command, output)| (*command, output))
        .chain([apply])
    {
        // With -v -v the log of each request is there, or this would prove nothing.
        assert!(output.stderr.contains("DescribeDBClusters"), "{command}");
        texts.push((format!("stdout of {command}"), &output.stdout));
        texts.push((format!("stderr of {command}"), &output.stderr));
    }
    for (name, text) in texts {
        for secret in [SECRET, SESSION_TOKEN] {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
    }
}
