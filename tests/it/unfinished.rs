//! Runs that are not over, as the commands find them: which one is meant, which one may go on, and which never began.

use crate::support::evidence::mutating;
use crate::support::project::Project;
use crate::support::running::Running;
use crate::support::server::Server;
use std::fs;

const APPLY: [&str; 5] = [
    "apply",
    "prod",
    "--auto-approve",
    "--poll-interval",
    "0.001",
];

/// A run that was killed when it sent its first request; `moment` says whether that took effect.
fn killed_at_its_first_request(moment: &str) -> (Project, Server, String) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, "AKIASIMULATEDALPHA001");
    let fault = server.fault(&format!(
        r#"{{"kind": "hold", "mutating": true, "moment": "{moment}"}}"#
    ));
    let first = Running::start(&project, &APPLY);
    server.until_hit(fault);
    first.kill();
    server.remove_fault(fault);
    let run = project.runs().pop().unwrap();
    (project, server, run)
}

/// The text with the run's own name, and what differs between machines, taken out.
fn redacted(text: &str, run: &str) -> String {
    let name = run.rsplit('/').next().unwrap();
    let text = text.replace(name, "[run]");
    regex::Regex::new(r"process \d+")
        .unwrap()
        .replace_all(&text, "process [number]")
        .into_owned()
}

#[test]
fn a_run_that_was_killed_before_its_first_entry_is_out_of_the_way() {
    let (project, server, run) = killed_at_its_first_request("before");
    let journal = project.path().join(&run).join("journal.jsonl");
    let first_line = fs::read_to_string(&journal).unwrap();
    // Half of the first entry: nothing can have been sent yet.
    fs::write(&journal, &first_line[..40]).unwrap();

    let resume = project.run(&["resume"]);
    assert_eq!(resume.code, 0);
    assert_eq!(
        resume.stderr,
        "Nothing to resume: no run is unfinished in .auroractl.\n"
    );
    let name = run.rsplit('/').next().unwrap();
    let resume = project.run(&["resume", name]);
    assert_eq!(resume.code, 0);
    insta::assert_snapshot!(redacted(&resume.stderr, &run), @"Nothing to resume: run [run] was ended before it sent anything. Its plan can be applied again.");

    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}", apply.stderr);
    assert_eq!(project.runs().len(), 2);
    let snapshots = server.log();
    let snapshots = mutating(&snapshots)
        .into_iter()
        .filter(|request| request.action == "CreateDBClusterSnapshot");
    assert_eq!(snapshots.count(), 1);
}

#[test]
fn where_several_runs_are_unfinished_one_must_be_named() {
    let (project, _server, run) = killed_at_its_first_request("before");
    // The journal of another run, as a copied folder leaves it.
    let copy = project
        .path()
        .join(".auroractl/runs/20260515-060500-prod-copy");
    fs::create_dir_all(&copy).unwrap();
    for file in ["plan.json", "journal.jsonl"] {
        fs::copy(project.path().join(&run).join(file), copy.join(file)).unwrap();
    }
    let resume = project.run(&["resume"]);
    assert_eq!(resume.code, 1);
    insta::assert_snapshot!(redacted(&resume.stderr, &run), @"
    error: 2 runs are unfinished: name one

    hint: auroractl resume 20260515-060500-prod-copy (cluster alpha001-prod-auroracluster, killed, or still running)
    hint: auroractl resume [run] (cluster alpha001-prod-auroracluster, killed, or still running)
    ");
    let unknown = project.run(&["resume", "20260515-060500-prod-cop"]);
    assert_eq!(unknown.code, 1);
    insta::assert_snapshot!(redacted(&unknown.stderr, &run), @"
    error: there is no run `20260515-060500-prod-cop` here

    hint: did you mean `20260515-060500-prod-copy`?
    ");
}

#[test]
fn a_plan_file_is_refused_while_a_run_with_another_plan_is_unfinished() {
    let (project, server, run) = killed_at_its_first_request("before");
    let name = run.rsplit('/').next().unwrap();
    fs::rename(project.path().join(&run), project.path().join("put-aside")).unwrap();
    project.write(
        "environments/prod.toml",
        &project
            .read("environments/prod.toml")
            .replace("max_connections = 500", "max_connections = 600"),
    );
    let plan = project.run(&["plan", "prod", "--out", "prod.plan.json"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    fs::rename(project.path().join("put-aside"), project.path().join(&run)).unwrap();
    let apply = project.run(&["apply", "prod.plan.json", "--auto-approve"]);
    assert_eq!(apply.code, 3, "{}", apply.stderr);
    insta::assert_snapshot!(redacted(&apply.stderr, &run), @"
    refused: run [run] of this cluster is unfinished, and it has another plan than this file

    hint: finish it first: auroractl resume [run]
    ");
    assert!(apply.stderr.contains(name));
    assert_eq!(mutating(&server.log()).len(), 0);
}

#[test]
fn a_damaged_journal_is_an_error_that_names_the_line() {
    let (project, server, run) = killed_at_its_first_request("after");
    let path = project.path().join(&run).join("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("run-started", "run-startled", 1)).unwrap();
    let before = mutating(&server.log()).len();
    for command in [&["resume"][..], &APPLY[..]] {
        let output = project.run(command);
        assert_eq!(output.code, 1, "{}", output.stderr);
        assert!(
            output
                .stderr
                .contains("journal.jsonl:1: not a journal entry"),
            "{}",
            output.stderr
        );
    }
    assert_eq!(mutating(&server.log()).len(), before, "nothing was sent");
}

#[test]
fn nothing_is_begun_beside_a_run_whose_plan_cannot_be_read() {
    let (project, server, run) = killed_at_its_first_request("after");
    let plan = project.path().join(&run).join("plan.json");
    let kept = fs::read_to_string(&plan).unwrap();
    let before = mutating(&server.log()).len();
    for damage in [Some("{}"), None] {
        match damage {
            Some(text) => fs::write(&plan, text).unwrap(),
            None => fs::remove_file(&plan).unwrap(),
        }
        for command in [&["resume"][..], &APPLY[..]] {
            let output = project.run(command);
            assert_eq!(output.code, 1, "{}", output.stderr);
            assert!(
                output
                    .stderr
                    .contains("which may still be under way, cannot be read")
                    && output.stderr.contains("plan.json"),
                "{}",
                output.stderr
            );
        }
    }
    assert_eq!(mutating(&server.log()).len(), before, "nothing was sent");
    // Another cluster is not held up.
    let other = project.run(&[
        "apply",
        "demo",
        "--auto-approve",
        "--poll-interval",
        "0.001",
    ]);
    assert_eq!(other.code, 0, "{}", other.stderr);

    fs::write(&plan, &kept).unwrap();
    assert_eq!(project.run(&APPLY).code, 0);
    // Of a run that is over nobody needs the plan.
    fs::remove_file(&plan).unwrap();
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}", apply.stderr);
    let resume = project.run(&["resume"]);
    assert_eq!(resume.code, 0, "{}", resume.stderr);
}

#[test]
fn a_run_of_one_back_end_never_touches_another() {
    let (mut project, server, run) = killed_at_its_first_request("after");
    let other = Server::start(&project, None, "1");
    other.answer(&mut project, "AKIASIMULATEDALPHA001");
    let resume = project.run(&["resume"]);
    assert_eq!(resume.code, 3, "{}", resume.stderr);
    let said = redacted(&resume.stderr, &run)
        .replace(&server.url, "[first]")
        .replace(&other.url, "[second]");
    insta::assert_snapshot!(said, @"refused: the plan is for AWS at [first] in us-east-1, the connection goes to AWS at [second] in us-east-1");
    assert_eq!(mutating(&other.log()).len(), 0);
}

#[test]
fn a_printed_command_can_be_typed_as_it_stands() {
    let (project, _server, run) = killed_at_its_first_request("after");
    // A person who keeps runs elsewhere and stands elsewhere.
    project.write("elsewhere/note", "");
    fs::rename(
        project.path().join(".auroractl"),
        project.path().join("elsewhere/kept"),
    )
    .unwrap();
    let options = ["--environments", "../environments", "--store", "kept"];
    let stands = |arguments: &[&str]| {
        let output = project
            .command(env!("CARGO_BIN_EXE_auroractl"))
            .current_dir(project.path().join("elsewhere"))
            .args(arguments)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let lock = fs::read_dir(project.path().join("elsewhere/kept/locks"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let mut claim: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&lock).unwrap()).unwrap();
    claim["holder"]["host"] = "elsewhere".into();
    claim["expires"] = "2026-05-14T00:00:00Z".into();
    claim["run"] = "20260515-060500-prod-gone".into();
    fs::write(&lock, claim.to_string()).unwrap();
    let resume = [&["resume", "--poll-interval", "0.001"][..], &options].concat();
    let (code, said) = stands(&resume);
    assert_eq!(code, Some(3), "{said}");
    let typable = "20260515-060500-prod-gone --environments ../environments --store kept\n";
    for verb in ["resume", "unlock --force"] {
        assert!(
            said.contains(&format!("auroractl {verb} {typable}")),
            "{said}"
        );
    }
    fs::remove_file(&lock).unwrap();
    let name = run.rsplit('/').next().unwrap();
    let (code, said) = stands(&[
        "resume",
        name,
        "--store",
        "kep",
        "--environments",
        "../environments",
    ]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(said, @"
    error: there is no folder kep, in which --store looks for runs

    hint: a store that is a folder is there once a run has begun in it
    ");
    let (code, said) = stands(&resume);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = stands(&resume);
    assert_eq!(code, Some(0));
    insta::assert_snapshot!(said, @"Nothing to resume: no run is unfinished in kept.");
}

/// The runs of the project, oldest first.
fn names(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = project
        .runs()
        .iter()
        .map(|run| run.rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_snapshot_of_an_unfinished_restoration_outlives_its_time() {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, "AKIASIMULATEDALPHA001");
    let apply = [
        "apply",
        "demo",
        "--auto-approve",
        "--poll-interval",
        "0.001",
    ];
    let done = project.run(&apply);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let first = names(&project).pop().unwrap();
    let end = first.rsplit('-').next().unwrap();
    let new = format!("alpha001-demo-auroracluster-restored-{end}");
    let restore = [
        "rollback",
        &first,
        "--restore-snapshot",
        "--confirm",
        &new,
        "--poll-interval",
        "0.001",
    ];
    // It is killed before AWS has anything of it, and left for two days.
    let fault = server.fault(r#"{"kind": "hold", "mutating": true, "moment": "before"}"#);
    let restoration = Running::start(&project, &restore);
    server.until_hit(fault);
    restoration.kill();
    server.remove_fault(fault);
    server.post("/_simulator/clock", r#"{"step_seconds": 172800}"#);

    let declared = project.read("environments/shared.toml");
    project.write(
        "environments/shared.toml",
        &declared.replace(
            "log_min_duration_statement = \"500ms\"",
            "log_min_duration_statement = \"700ms\"",
        ),
    );
    let beside = project.run(&apply);
    assert_eq!(beside.code, 0, "{}{}", beside.stdout, beside.stderr);
    assert!(
        beside.stdout.contains("which is not over, restores it"),
        "{}",
        beside.stdout
    );
    let deleted = |server: &Server| {
        server
            .log()
            .iter()
            .filter(|request| request.action == "DeleteDBClusterSnapshot")
            .count()
    };
    assert_eq!(deleted(&server), 0);
    let restored = project.run(&restore);
    assert_eq!(restored.code, 0, "{}{}", restored.stdout, restored.stderr);
    project.write("environments/shared.toml", &declared);
    assert_eq!(project.run(&apply).code, 0);
    assert_eq!(deleted(&server), 1, "nothing needs it any more");
}
