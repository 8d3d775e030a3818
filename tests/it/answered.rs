//! The most important answers to failures once more, with the real binary over HTTP: exit codes, and what AWS saw.

use crate::support::evidence::Evidence;
use crate::support::project::{Output, Project};
use crate::support::server::Server;

const ALPHA001: &str = "AKIASIMULATEDALPHA001";
const APPLY: [&str; 5] = ["apply", "prod", "--auto-approve", "--poll-interval", "0.01"];
const RESUME: [&str; 3] = ["resume", "--poll-interval", "0.01"];

/// A project whose commands talk to a simulator in which time passes with requests, with one fault.
fn project(fault: &str) -> (Project, Server, u64) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, ALPHA001);
    let fault = server.fault(fault);
    (project, server, fault)
}

fn expect(output: &Output, code: i32) {
    assert_eq!(output.code, code, "{}{}", output.stdout, output.stderr);
}

fn sent(server: &Server, action: &str) -> usize {
    let log = server.log();
    log.iter()
        .filter(|request| request.action == action)
        .count()
}

fn is_safe(project: &Project, server: &Server) {
    let evidence = Evidence::of_the_only_run(project, server);
    assert_eq!(evidence.broken_promises(), Vec::<String>::new());
}

#[test]
fn a_second_reboot_is_all_that_it_takes() {
    let (project, server, _) = project(
        r#"{"kind": "still-pending-reboot", "instance": "alpha001-prod-auroraclusterreader1"}"#,
    );
    expect(&project.run(&APPLY), 0);
    let evidence = Evidence::of_the_only_run(&project, &server);
    assert_eq!(evidence.broken_promises(), Vec::<String>::new());
    assert_eq!(sent(&server, "RebootDBInstance"), 1);
    expect(&project.run(&["plan", "prod", "--detailed-exitcode"]), 0);
}

#[test]
fn a_failed_snapshot_interrupts_nothing_and_the_next_apply_makes_another() {
    let (project, server, _) = project(r#"{"kind": "failed-snapshot"}"#);
    expect(&project.run(&APPLY), 1);
    is_safe(&project, &server);
    assert_eq!(sent(&server, "ModifyDBInstance"), 0);
    expect(&project.run(&APPLY), 0);
    assert_eq!(sent(&server, "CreateDBClusterSnapshot"), 2);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
}

#[test]
fn a_token_that_expires_while_a_member_restarts_pauses_the_run_and_a_fresh_one_adopts_the_restart()
{
    // By then the reader's class change is under way.
    let (project, server, fault) =
        project(r#"{"kind": "expired-token", "action": "DescribeDBInstances", "from": 600}"#);
    expect(&project.run(&APPLY), 4);
    is_safe(&project, &server);
    let before = sent(&server, "ModifyDBInstance");
    expect(&project.run(&RESUME), 4);
    server.remove_fault(fault);
    expect(&project.run(&RESUME), 0);
    assert_eq!(sent(&server, "ModifyDBInstance"), 4, "{before} before");
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    let evidence = Evidence::of_the_only_run(&project, &server);
    assert_eq!(evidence.broken_promises(), Vec::<String>::new());
}

#[test]
fn a_failover_that_flips_back_is_a_question_with_the_commands_that_settle_it() {
    let (project, server, _) = project(r#"{"kind": "failover-flips-back"}"#);
    let stopped = project.run(&APPLY);
    expect(&stopped, 5);
    let text: Vec<&str> = stopped.stdout.split_whitespace().collect();
    let text = text.join(" ");
    for said in ["--redo", "aws rds failover-db-cluster"] {
        assert!(text.contains(said), "{said}: {}", stopped.stdout);
    }
    // AWS has said that it was not done for good.
    assert!(!text.contains("--assume-done"), "{}", stopped.stdout);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
    expect(&project.run(&RESUME), 5);
    assert_eq!(sent(&server, "FailoverDBCluster"), 1);
}

#[test]
fn a_class_without_capacity_leaves_the_writer_alone() {
    let (project, server, fault) = project(r#"{"kind": "no-capacity", "count": "unlimited"}"#);
    expect(&project.run(&APPLY), 1);
    is_safe(&project, &server);
    assert_eq!(sent(&server, "FailoverDBCluster"), 0);
    server.remove_fault(fault);
    expect(&project.run(&APPLY), 0);
}
