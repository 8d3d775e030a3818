//! A rehearsal with the real binary over HTTP: live AWS is only read, runs and leases are only looked at, and what an earlier
//! run left is no obstacle.

use crate::support::evidence::mutating;
use crate::support::project::Project;
use crate::support::server::Server;
use std::collections::BTreeSet;
use std::path::Path;

const ALPHA001: &str = "AKIASIMULATEDALPHA001";
const REHEARSE: [&str; 4] = ["rehearse", "prod", "--faults", "2"];

fn scene() -> (Project, Server) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, ALPHA001);
    (project, server)
}

/// The files below a folder, with what is in them.
fn files(folder: &Path) -> BTreeSet<(String, Vec<u8>)> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert((path.display().to_string(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn live_aws_is_only_read_and_nothing_is_written() {
    let (project, server) = scene();
    let before = files(project.path());
    let rehearsed = project.run(&REHEARSE);
    assert_eq!(rehearsed.code, 0, "{}", rehearsed.stderr);
    assert!(rehearsed.stdout.contains("No promise was broken."));
    let log = server.log();
    // A log that was not filled would prove nothing.
    assert!(log.len() > 5, "{}", log.len());
    for request in &log {
        let reads = ["Describe", "List", "GetCallerIdentity"]
            .iter()
            .any(|word| request.action.starts_with(word));
        assert!(reads, "{}", request.action);
    }
    assert_eq!(mutating(&log).len(), 0);
    // Every look is a part of the copy: how long the plays are adds nothing.
    let asked = log.len();
    let undisturbed = project.run(&["rehearse", "prod", "--faults", "0"]);
    assert_eq!(undisturbed.code, 0, "{}", undisturbed.stderr);
    assert_eq!(server.log().len(), 2 * asked);
    assert!(files(project.path()) == before, "files were written");
}

#[test]
fn a_snapshot_of_a_run_that_ended_is_no_obstacle_and_one_of_an_unknown_run_is() {
    let (project, server) = scene();
    let fault = server.fault(r#"{"kind": "no-capacity", "count": "unlimited"}"#);
    let stored = ["--store", "kept"];
    let apply = ["apply", "prod", "--auto-approve", "--poll-interval", "0.01"];
    let failed = project.run(&[&apply[..], &stored].concat());
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    server.remove_fault(fault);
    let so_far = mutating(&server.log()).len();
    let before = files(&project.path().join("kept"));
    assert!(!before.is_empty());

    let rehearsed = project.run(&[&REHEARSE[..], &stored].concat());
    assert_eq!(rehearsed.code, 0, "{}", rehearsed.stderr);
    assert!(rehearsed.stdout.contains("No promise was broken."));
    assert!(files(&project.path().join("kept")) == before);
    assert_eq!(mutating(&server.log()).len(), so_far);

    // Without that store nobody knows whether the run has ended.
    let refused = project.run(&REHEARSE);
    assert_eq!(refused.code, 3, "{}", refused.stdout);
    assert!(
        refused.stderr.contains("has not released its snapshot"),
        "{}",
        refused.stderr
    );
}
