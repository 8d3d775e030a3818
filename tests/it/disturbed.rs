//! Rollouts in which something happens: a second apply, Ctrl-C, throttling, lost replies, another operator. Judged by
//! what AWS saw, and by what the reader is told.

use crate::support::evidence::{Evidence, Request, mutating};
use crate::support::project::{Output, Project};
use crate::support::running::Running;
use crate::support::server::Server;

const ALPHA001: &str = "AKIASIMULATEDALPHA001";
const ALPHA002: &str = "AKIASIMULATEDALPHA002";
const APPLY_PROD: [&str; 5] = ["apply", "prod", "--auto-approve", "--poll-interval", "0.01"];
const APPLY_DEV: [&str; 5] = ["apply", "dev", "--auto-approve", "--poll-interval", "0.01"];

/// A project whose commands talk to a simulator of their own, in which time passes with requests.
fn project(access_key_id: &str, seconds_per_request: u32) -> (Project, Server) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(seconds_per_request);
    server.answer(&mut project, access_key_id);
    (project, server)
}

/// How often an action was sent.
fn sent(server: &Server, action: &str) -> usize {
    let log = server.log();
    log.iter()
        .filter(|request| request.action == action)
        .count()
}

fn disruptive(requests: &[Request]) -> Vec<String> {
    requests
        .iter()
        .filter(|request| request.is_disruptive())
        .map(|request| format!("{} {}", request.action, request.instance()))
        .collect()
}

/// What differs from run to run, by name.
fn redacted(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, name) in [
        (r"\d{8}-\d{6}-([a-z]+)-[0-9a-f]{4}", "[run of $1]"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[time]"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "[time]"),
        (r"process \d+", "process [number]"),
        (r"operator on [^ ]+", "operator on [host]"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:[port]"),
        (
            r"(run \[run of [a-z]+\]), (\d+ (min|s) ?)+",
            "$1, [duration]",
        ),
    ] {
        text = regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, name)
            .into_owned();
    }
    text
}

/// What follows the plan on stdout: the summary.
fn summary(output: &Output) -> String {
    let from = output
        .stdout
        .find("\nprod, cluster")
        .or_else(|| output.stdout.find("\ndev, cluster"));
    let from = from.unwrap_or_else(|| panic!("no summary:\n{}{}", output.stdout, output.stderr));
    redacted(output.stdout[from..].trim_start())
}

#[test]
fn a_second_apply_is_refused_while_one_runs_and_the_first_ends_well() {
    // Time stands still: the snapshot stays `creating` for as long as this test wants.
    let (project, server) = project(ALPHA001, 0);
    let mut first = Running::start(&project, &APPLY_PROD);
    first.until("creating, 0 %");
    let second = project.run(&APPLY_PROD);
    insta::assert_snapshot!(redacted(&second.stderr), @"
    refused: cluster `alpha001-prod-auroracluster` is held by operator on [host] (process [number]) for run [run of prod] since [time]; its lease runs until [time] and is renewed while it lives; process [number] exists on this machine

    hint: wait until it ends; its journal is .auroractl/runs/[run of prod]/journal.jsonl
    hint: if its process is certainly gone, its lease ends by itself; then: auroractl resume [run of prod]
    ");
    assert_eq!(second.code, 3);
    assert_eq!(project.runs().len(), 1);
    assert_eq!(mutating(&server.log()).len(), 1);

    server.seconds_per_request(3);
    let first = first.finish();
    assert_eq!(first.code, 0, "{}", first.stderr);
}

#[test]
fn ctrl_c_while_waiting_stops_at_once_and_the_next_apply_continues_the_run() {
    let (project, server) = project(ALPHA001, 0);
    let mut first = Running::start(&project, &APPLY_PROD);
    first.until("creating, 0 %");
    first.interrupt();
    let first = first.finish();
    assert_eq!(first.code, 130, "{}", first.stderr);
    insta::assert_snapshot!(redacted(&first.stderr), @"
    [time]  run [run of prod] of `prod` begins: 15 actions on cluster alpha001-prod-auroracluster, AWS at http://127.0.0.1:[port]; journal in .auroractl/runs/[run of prod]
    [time]  snapshot: begins, about 4 min 41 s expected
    [time]  snapshot: snapshot auroractl-[run of prod] creating, 0 %
    interrupted: the request in flight is finished and recorded, then the run stops
    ");
    insta::assert_snapshot!(summary(&first), @"
    prod, cluster alpha001-prod-auroracluster: interrupted at a safe point
      run [run of prod], [duration]

    Steps

      took        forecast    step
      0 s         4 min 41 s  snapshot (not done)

    Snapshot auroractl-[run of prod]: asked for, and not seen available when the run ended; nothing deletes it by itself

    Continue with: auroractl resume [run of prod]
    ");
    let runs = project.runs();
    let last = project.journal(&runs[0]).pop().unwrap();
    assert_eq!(
        (&last["entry"], &last["ending"]),
        (&"ended".into(), &"interrupted".into())
    );
    assert_eq!(mutating(&server.log()).len(), 1);

    server.seconds_per_request(3);
    let second = project.run(&APPLY_PROD);
    assert_eq!(second.code, 0, "{}", second.stderr);
    let continued = redacted(&second.stderr);
    assert!(
        continued.starts_with("Run [run of prod] of `prod` is unfinished; it goes on.\n"),
        "{continued}"
    );
    // The snapshot that AWS was making meanwhile is the run's own.
    assert_eq!(project.runs(), runs);
    assert_eq!(sent(&server, "CreateDBClusterSnapshot"), 1);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    assert_eq!(
        project.run(&["plan", "prod", "--detailed-exitcode"]).code,
        0
    );
}

#[test]
fn sigterm_is_a_first_ctrl_c_and_a_second_interruption_stops_at_once() {
    let (project, server) = project(ALPHA001, 3);
    let held =
        server.fault(r#"{"kind": "hold", "moment": "after", "action": "CreateDBClusterSnapshot"}"#);
    let mut first = Running::start(&project, &APPLY_PROD);
    server.until_hit(held);
    first.terminate();
    first.until("interrupted: the request in flight is finished and recorded");
    first.terminate();
    let first = first.finish();
    assert_eq!(first.code, 130, "{}", first.stderr);
    assert!(
        first
            .stderr
            .contains("stopped at once, on a second interruption"),
        "{}",
        first.stderr
    );
    server.remove_fault(held);

    let (project, _server) = self::project(ALPHA001, 0);
    let mut run = Running::start(&project, &APPLY_PROD);
    run.until("creating, 0 %");
    run.terminate();
    let run = run.finish();
    assert_eq!(run.code, 130, "{}", run.stderr);
    let runs = project.runs();
    let last = project.journal(&runs[0]).pop().unwrap();
    assert_eq!(
        (&last["entry"], &last["ending"]),
        (&"ended".into(), &"interrupted".into())
    );
}

#[test]
fn ctrl_c_during_a_request_lets_it_end_and_be_recorded() {
    let (project, server) = project(ALPHA001, 3);
    let held =
        server.fault(r#"{"kind": "hold", "moment": "after", "action": "FailoverDBCluster"}"#);
    let mut first = Running::start(&project, &APPLY_PROD);
    server.until_hit(held);
    first.interrupt();
    first.until("interrupted");
    server.remove_fault(held);
    let first = first.finish();
    assert_eq!(first.code, 130, "{}", first.stderr);
    let runs = project.runs();
    let journal = project.journal(&runs[0]);
    let end: Vec<String> = journal[journal.len() - 3..]
        .iter()
        .map(|entry| {
            let text = |name: &str| entry[name].as_str().unwrap_or_default();
            format!("{} {}{}", text("entry"), text("action"), text("ending"))
        })
        .collect();
    insta::assert_snapshot!(end.join("\n"), @"
        intent fail over to alpha001-prod-auroraclusterreader1
        accepted fail over to alpha001-prod-auroraclusterreader1
        ended interrupted
    ");

    // What AWS has begun goes on; the next apply continues the run, finds the writer moved, and flushes the demoted member.
    server.post("/_simulator/clock", r#"{"step_seconds": 300}"#);
    let second = project.run(&APPLY_PROD);
    assert_eq!(second.code, 0, "{}\n{}", second.stdout, second.stderr);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    insta::assert_snapshot!(disruptive(&server.log()).join("\n"), @"
        ModifyDBInstance alpha001-prod-auroraclusterreader1
        FailoverDBCluster alpha001-prod-auroraclusterreader1
        ModifyDBInstance alpha001-prod-auroraclusterwriter
    ");
}

#[test]
fn a_throttled_change_is_sent_again_and_the_run_completes() {
    let (project, server) = project(ALPHA001, 3);
    server.fault(r#"{"kind": "throttling", "action": "FailoverDBCluster", "count": 1}"#);
    server
        .fault(r#"{"kind": "throttling", "action": "ModifyDBClusterParameterGroup", "count": 1}"#);
    let output = project.run(&APPLY_PROD);
    assert_eq!(output.code, 0, "{}", output.stderr);
    let evidence = Evidence::of_the_only_run(&project, &server);
    for action in ["FailoverDBCluster", "ModifyDBClusterParameterGroup"] {
        let effects: Vec<usize> = evidence
            .requests
            .iter()
            .filter(|request| request.action == action)
            .map(|request| request.effects.len())
            .collect();
        assert_eq!(effects, [0, 1], "{action}");
    }
}

/// Applies with a fault at one request, and demands a whole rollout in which nothing was sent twice.
fn nothing_is_sent_twice(access_key_id: &str, apply: &[&str], fault: &str, settled: &str) {
    let (project, server) = project(access_key_id, 3);
    server.fault(fault);
    let output = project.run(apply);
    assert_eq!(output.code, 0, "{fault}\n{}", output.stderr);
    let evidence = Evidence::of_the_only_run(&project, &server);
    assert_eq!(evidence.broken_promises(), Vec::<String>::new(), "{fault}");
    let verdicts: Vec<String> = evidence
        .journal
        .iter()
        .filter(|entry| entry["entry"] == "settled")
        .map(|entry| {
            format!(
                "{}: {}",
                entry["action"].as_str().unwrap(),
                entry["verdict"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(redacted(&verdicts.join("\n")), settled, "{fault}");
}

#[test]
fn a_lost_reply_to_the_failover_leads_to_no_second_one() {
    nothing_is_sent_twice(
        ALPHA001,
        &APPLY_PROD,
        r#"{"kind": "lost-reply", "action": "FailoverDBCluster"}"#,
        "fail over to alpha001-prod-auroraclusterreader1: happened",
    );
}

#[test]
fn a_lost_reply_to_the_snapshot_leads_to_no_second_one() {
    nothing_is_sent_twice(
        ALPHA001,
        &APPLY_PROD,
        r#"{"kind": "lost-reply", "action": "CreateDBClusterSnapshot"}"#,
        "snapshot: happened",
    );
}

#[test]
fn a_lost_reply_to_a_flush_leads_to_no_second_one() {
    nothing_is_sent_twice(
        ALPHA001,
        &APPLY_PROD,
        r#"{"kind": "lost-reply", "action": "ModifyDBInstance", "skip": 2}"#,
        "flush alpha001-prod-auroraclusterreader1: happened",
    );
}

#[test]
fn a_lost_reply_to_a_reboot_leads_to_no_second_one() {
    nothing_is_sent_twice(
        ALPHA002,
        &APPLY_DEV,
        r#"{"kind": "lost-reply", "action": "RebootDBInstance"}"#,
        "reboot alpha002-dev-auroraclusterreader1: happened",
    );
}

#[test]
fn a_failover_that_may_have_been_lost_is_not_sent_again_and_the_outcome_is_called_unknown() {
    let (project, server) = project(ALPHA001, 3);
    // The connection closes before AWS does anything: from here that looks like a lost reply.
    server.fault(r#"{"kind": "reset", "action": "FailoverDBCluster"}"#);
    let output = project.run(&APPLY_PROD);
    assert_eq!(output.code, 5, "{}", output.stderr);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    let told = summary(&output);
    let told = told.split("\nSteps\n").next().unwrap();
    insta::assert_snapshot!(told, @"
    prod, cluster alpha001-prod-auroracluster: stopped with an unknown outcome; look before going on
      because: `fail over to alpha001-prod-auroraclusterreader1`: no answer came (FailoverDBCluster
               alpha001-prod-auroracluster: sent, but no whole reply came: client error (SendRequest):
               connection closed before message completed); nothing shows after 60 s that AWS did it:
               cluster available, writer alpha001-prod-auroraclusterwriter
      hint: aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier
            alpha001-prod-auroracluster
      hint: aws rds describe-events --region us-east-1 --source-type db-cluster --source-identifier
            alpha001-prod-auroracluster
      hint: if no member takes writes and `alpha001-prod-auroraclusterwriter` is well: aws rds
            failover-db-cluster --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
            --target-db-instance-identifier alpha001-prod-auroraclusterwriter
      hint: look again, and go on: auroractl resume [run of prod]
      hint: if AWS did it: auroractl resume [run of prod] --assume-done 'fail over to
            alpha001-prod-auroraclusterreader1'
      hint: if it did not, and never will: auroractl resume [run of prod] --redo 'fail over
            to alpha001-prod-auroraclusterreader1'
      run [run of prod], [duration]
    ");
    let runs = project.runs();
    let last = project.journal(&runs[0]).pop().unwrap();
    assert_eq!(
        (&last["entry"], &last["ending"]),
        (&"ended".into(), &"unknown".into())
    );

    // The reader has looked, and nothing happened: the next apply fails over and does the rest.
    let second = project.run(&APPLY_PROD);
    assert_eq!(second.code, 0, "{}\n{}", second.stdout, second.stderr);
    assert_eq!(
        project.run(&["plan", "prod", "--detailed-exitcode"]).code,
        0
    );
}

#[test]
fn a_failover_by_someone_else_stops_the_run_before_it_interrupts_anything() {
    let (project, server) = project(ALPHA001, 3);
    let held = server.fault(r#"{"kind": "hold", "action": "ModifyDBInstance", "skip": 1}"#);
    let mut run = Running::start(&project, &APPLY_PROD);
    server.until_hit(held);
    // Time stands still from here on, so that the run is still settling when the other operator acts.
    server.seconds_per_request(0);
    server.remove_fault(held);
    run.until("no member is applying; waiting until");
    let (status, body) = server.rds(
        ALPHA001,
        &[
            ("Action", "FailoverDBCluster"),
            ("DBClusterIdentifier", "Alpha001-prod-AuroraCluster"),
            (
                "TargetDBInstanceIdentifier",
                "alpha001-prod-auroraclusterreader1",
            ),
        ],
    );
    assert_eq!(status, 200, "{body}");
    server.seconds_per_request(3);
    let output = run.finish();
    assert_eq!(output.code, 4, "{}", output.stderr);
    // The other operator's failover is the only thing that interrupted anybody.
    assert_eq!(
        disruptive(&server.log()),
        ["FailoverDBCluster alpha001-prod-auroraclusterreader1"]
    );
    let told = summary(&output);
    let (told, new_plan) = told.split_once("\nSteps\n").unwrap();
    insta::assert_snapshot!(told, @"
        prod, cluster alpha001-prod-auroracluster: stopped, because the cluster is no longer as it was planned for
          because: before `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1`
                   is writer now, the plan has it as reader
          run [run of prod], [duration]
    ");
    // The new plan has the same two flushes, for the roles as they are now, and one more failover.
    let titles: Vec<&str> = new_plan
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .filter(|line| line.contains("(reader)") || line.contains("fail over to"))
        .collect();
    insta::assert_snapshot!(titles.join("\n"), @"
    2. flush alpha001-prod-auroraclusterwriter (reader), about 7 min 27 s
    3. fail over to alpha001-prod-auroraclusterwriter (reader), about 38 s, writes stop for about 35 s
    4. flush alpha001-prod-auroraclusterreader1 (reader), about 7 min 27 s
    5. reboot alpha001-prod-auroraclusterreader1 again (reader), only if it is still pending-reboot after its restart
    ");
    assert!(
        output
            .stderr
            .contains("The rest, planned again for the cluster as it is now:")
    );
}
