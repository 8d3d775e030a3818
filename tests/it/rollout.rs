//! prod's rollout with the real binary over HTTP, judged by what AWS saw of it. One run; each promise a test of its own.
//!
//! Time passes only with requests, so the run is the same on every machine.

use crate::support::evidence::{Evidence, Request, mutating};
use crate::support::project::{Output, Project};
use crate::support::server::Server;
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
    let evidence = Evidence::of_the_only_run(&project, &server);
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

#[test]
fn every_promise_is_kept() {
    let broken = recorded().evidence.broken_promises();
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn the_writer_moves_once_and_each_member_restarts_once_the_reader_first() {
    let judged = &recorded().evidence.judged;
    let mut writers: Vec<&str> = judged
        .members
        .iter()
        .filter(|change| change.writer)
        .map(|change| change.instance.as_str())
        .collect();
    writers.dedup();
    let [writer, reader] = writers[..] else {
        panic!("the writer was, in this order: {writers:?}");
    };
    let disruptive: Vec<(&str, &str)> = judged
        .requests
        .iter()
        .filter(|request| request.is_disruptive())
        .map(|request| (request.action.as_str(), request.instance()))
        .collect();
    assert_eq!(
        disruptive,
        [
            ("ModifyDBInstance", reader),
            ("FailoverDBCluster", reader),
            ("ModifyDBInstance", writer),
        ]
    );
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
