//! Declared commands and gates, with the real binary: what commands are told, what is kept of them, and what becomes of them
//! when they fail, take too long, are interrupted, or when the process that runs them is killed.

use crate::support::evidence::mutating;
use crate::support::project::{Output, Project};
use crate::support::running::Running;
use crate::support::server::Server;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const KEY: &str = "AKIASIMULATEDSHOP";
const APPLY: [&str; 5] = ["apply", "shop", "--auto-approve", "--poll-interval", "0.01"];
const RESUME: [&str; 3] = ["resume", "--poll-interval", "0.01"];
const TOKEN: &str = "hush-4711-token";

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

[parameters]
max_connections = 500
"#;

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

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"
"#;

/// A cluster of two members that a rollout restarts, with these steps, on a server in which time passes with requests.
fn scene(steps: &str) -> (Project, Server) {
    let mut project = Project::empty();
    project.write("environments/shop.toml", &format!("{DECLARATION}{steps}"));
    project.write("worlds/shop.toml", WORLD);
    let server = Server::start(&project, Some("worlds/shop.toml"), "1");
    server.seconds_per_request(3);
    server.answer(&mut project, KEY);
    (project, server)
}

/// A step after the values have settled, which runs this script.
fn step(script: &str, more: &str) -> String {
    format!(
        "\n[[step]]\nname = \"check\"\nafter = \"settle\"\ncommand = [\"sh\", \"-c\", {script:?}]\n{more}\n"
    )
}

const GATE: &str =
    "\n[[gate]]\nname = \"go-live\"\nafter = \"settle\"\nmessage = \"the readers are next\"\n";

/// The entries of the only run of this kind about the step.
fn entries(project: &Project, action: &str) -> Vec<String> {
    let runs = project.runs();
    assert_eq!(runs.len(), 1, "{runs:?}");
    project
        .journal(&runs[0])
        .iter()
        .filter(|entry| entry["action"] == action)
        .map(|entry| entry["entry"].as_str().unwrap().to_owned())
        .collect()
}

fn run_id(project: &Project) -> String {
    project.runs()[0].rsplit('/').next().unwrap().to_owned()
}

/// Whether the only run was completed: nothing is left to plan, and nobody holds the cluster.
fn is_complete(project: &Project, ended: &Output) {
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    let plan = project.run(&["plan", "shop", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}", plan.stdout);
    let locks = fs::read_dir(project.path().join(".auroractl/locks")).unwrap();
    assert_eq!(locks.count(), 0);
}

/// What was printed, whatever the width of its lines.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// No wait takes longer, however busy the machine is.
fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The process of the step that was started last, and whether it still runs.
fn process_runs(project: &Project) -> bool {
    let journal = project.journal(&project.runs()[0]);
    let started = journal
        .iter()
        .rev()
        .find(|entry| entry["entry"] == "command-started")
        .unwrap();
    let stat = format!("/proc/{}/stat", started["process"]["process"]);
    fs::read_to_string(stat).is_ok_and(|stat| {
        let state = stat.rsplit_once(") ").unwrap().1;
        !state.starts_with(['Z', 'X'])
    })
}

#[test]
fn steps_run_in_their_places_and_are_told_of_the_run() {
    let note = r#"printf '%s: %s of %s, writer %s, attempt %s\n' "$1" "$AURORACTL_STEP" "$AURORACTL_PARTITION" "$AURORACTL_WRITER" "$AURORACTL_ATTEMPT" >> notes.txt; env | sort > "$1.env""#;
    let command =
        |word: &str| format!("command = [\"sh\", \"-c\", '''{note}''', \"note\", \"{word}\"]");
    let steps = format!(
        "\n[[step]]\nname = \"last\"\nafter = \"clean-up\"\n{}\n\
         \n[[step]]\nname = \"moved\"\nafter = \"failover\"\n{}\n\
         \n[[step]]\nname = \"first\"\nafter = \"preflight\"\n{}\nenvironment = {{ MODE = \"quick\", TOKEN = {{ from = \"DEPLOY_TOKEN\" }} }}\n\
         \n[[step]]\nname = \"reader\"\nafter = \"reboot shop-2\"\n{}\n",
        command("last"),
        command("moved"),
        command("first"),
        command("reader"),
    );
    let (mut project, server) = scene(&steps);
    project.set("DEPLOY_TOKEN", TOKEN);
    is_complete(&project, &project.run(&APPLY));
    assert_eq!(
        project.read("notes.txt"),
        "first: first of shop, writer shop-1, attempt 1\n\
         reader: reader of shop, writer shop-1, attempt 1\n\
         moved: moved of shop, writer shop-2, attempt 1\n\
         last: last of shop, writer shop-2, attempt 1\n"
    );
    let environment = project.read("first.env");
    let run = run_id(&project);
    for line in [
        "AURORACTL_ACCOUNT=123456789012".to_owned(),
        "AURORACTL_ACTION=step first".to_owned(),
        "AURORACTL_CLUSTER=shop".to_owned(),
        "AURORACTL_REGION=eu-central-1".to_owned(),
        format!("AURORACTL_RUN={run}"),
        "MODE=quick".to_owned(),
        format!("TOKEN={TOKEN}"),
    ] {
        assert!(
            environment.lines().any(|found| found == line),
            "{line} is not in\n{environment}"
        );
    }
    // Nothing else of the environment comes along.
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "DEPLOY_TOKEN"] {
        assert!(!environment.contains(name), "{environment}");
    }
    assert!(!project.read("last.env").contains("TOKEN"));
    // The endpoint that leads to the writer.
    assert!(
        environment.contains("AURORACTL_ENDPOINT=shop.cluster-"),
        "{environment}"
    );
    assert_eq!(
        entries(&project, "step reader after reboot shop-2"),
        ["intent", "command-started", "accepted", "finished"]
    );
    drop(server);
}

#[test]
fn a_step_goes_with_changes_and_alone_it_does_nothing() {
    let (project, _server) = scene("");
    is_complete(&project, &project.run(&APPLY));
    project.write(
        "environments/shop.toml",
        &format!("{DECLARATION}{}", step("touch ran", "")),
    );
    let again = project.run(&APPLY);
    assert_eq!(again.code, 0);
    assert!(again.stderr.contains("Nothing to do."), "{}", again.stderr);
    assert!(!project.path().join("ran").exists());
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn a_secret_that_a_step_is_given_stands_nowhere() {
    let script = "echo \"using $TOKEN\"; printf 'hush-47'; printf '11-token\\n' >&2; printf %s \"$TOKEN\" | wc -c > length; \
                  [ -e retried ] || { touch retried; echo \"$TOKEN is refused\"; exit 9; }";
    let (mut project, _server) = scene(&step(
        script,
        "environment = { TOKEN = { from = \"DEPLOY_TOKEN\" } }\nmask = [\"OTHER_SECRET\"]\nrepeat = true\nretries = 1\nretry_after = \"0s\"",
    ));
    project.set("DEPLOY_TOKEN", TOKEN);
    project.set("OTHER_SECRET", "refused");
    let mut said = Vec::new();
    for arguments in [
        &["plan", "shop", "--json"][..],
        &["plan", "shop", "--out", "shop.plan.json"],
        &["graph", "shop"],
        &[
            "apply",
            "shop.plan.json",
            "--auto-approve",
            "--poll-interval",
            "0.01",
            "--json",
            "-vv",
        ],
        &["status", "shop", "--json", "-vv"],
    ] {
        let output = project.run(arguments);
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.stderr);
        said.push((
            arguments.join(" "),
            format!("{}{}", output.stdout, output.stderr),
        ));
    }
    assert_eq!(project.read("length").trim(), TOKEN.len().to_string());
    // It was masked rather than lost, over the seam of two writes too, and in the reason of the failure.
    let run = &project.runs()[0];
    let kept = read_all(&project.path().join(run));
    let output = |attempt: u32| {
        let ending = format!("-check-{attempt}.txt");
        kept.iter()
            .find(|(name, _)| name.ends_with(&ending))
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(output(1), "using ***\n***\n*** is ***\n");
    assert_eq!(output(2), "using ***\n***\n");
    let journal = project.read(&format!("{run}/journal.jsonl"));
    assert!(journal.contains("*** is ***"), "{journal}");
    for (name, text) in said
        .iter()
        .chain(&read_all(&project.path().join(".auroractl")))
    {
        assert!(!text.contains(TOKEN), "{name} holds the secret");
    }
    assert!(!project.read("shop.plan.json").contains(TOKEN));
}

/// Every file below a folder, with its text.
fn read_all(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(read_all(&path));
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            files.push((path.display().to_string(), text));
        }
    }
    files
}

#[test]
fn a_step_that_prints_a_hundred_megabytes_and_fails_stops_the_run_before_anything_further() {
    let script = "grep VmHWM /proc/$PPID/status > before; head -c 100000000 /dev/zero | tr '\\0' x; echo; \
                  grep VmHWM /proc/$PPID/status > after; echo no room; [ -e well ]";
    let (project, server) = scene(&step(script, ""));
    let failed = project.run(&APPLY);
    assert_eq!(failed.code, 4, "{}", failed.stderr);
    assert!(
        flat(&failed.stdout).contains("ended with exit code 1, after it printed \"no room\""),
        "{}",
        failed.stdout
    );
    let sent: Vec<String> = mutating(&server.log())
        .iter()
        .map(|request| request.action.clone())
        .collect();
    assert!(!sent.contains(&"RebootDBInstance".to_owned()), "{sent:?}");
    let kilobytes = |name: &str| -> u64 {
        project
            .read(name)
            .split_whitespace()
            .nth(1)
            .unwrap()
            .parse()
            .unwrap()
    };
    let grown = kilobytes("after") - kilobytes("before");
    println!("peak memory grew by {grown} kB");
    assert!(grown < 8 * 1024, "peak memory grew by {grown} kB");
    let run = project.runs()[0].clone();
    let kept = read_all(&project.path().join(&run));
    let (_, output) = kept
        .iter()
        .find(|(name, _)| name.ends_with("-check-1.txt"))
        .unwrap();
    assert!(output.starts_with("(the first "), "{:.80}", output);
    assert!(output.len() < 66_000 && output.ends_with("x\nno room\n"));

    project.write("well", "");
    is_complete(&project, &project.run(&RESUME));
    assert_eq!(
        entries(&project, "step check"),
        [
            "intent",
            "command-started",
            "failed",
            "intent",
            "command-started",
            "accepted",
            "finished"
        ]
    );
}

#[test]
fn a_failed_step_may_be_done_in_another_way() {
    let (project, _server) = scene(&step("exit 3", ""));
    assert_eq!(project.run(&APPLY).code, 4);
    let resumed = project.run(&[&RESUME[..], &["--assume-done", "step check"]].concat());
    is_complete(&project, &resumed);
    assert_eq!(
        entries(&project, "step check"),
        ["intent", "command-started", "failed", "skipped"]
    );
}

#[test]
fn a_step_that_takes_too_long_is_ended_and_a_person_is_asked_unless_it_may_be_repeated() {
    let script = "echo begun; [ -e go ] || sleep 1000";
    let (project, _server) = scene(&step(script, "time_limit = \"1s\"\n"));
    let ended = project.run(&APPLY);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    for part in [
        "took longer than 1 s",
        "nobody knows how far it came",
        "--assume-done 'step check'",
        "--redo 'step check'",
    ] {
        assert!(
            flat(&ended.stdout).contains(part),
            "{part} is missing in\n{}",
            ended.stdout
        );
    }
    assert!(!process_runs(&project));
    // It is still not known.
    assert_eq!(project.run(&RESUME).code, 5);
    project.write("go", "");
    is_complete(
        &project,
        &project.run(&[&RESUME[..], &["--redo", "step check"]].concat()),
    );

    let (project, _server) = scene(&step(script, "time_limit = \"1s\"\nrepeat = true"));
    let ended = project.run(&APPLY);
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    project.write("go", "");
    is_complete(&project, &project.run(&RESUME));
}

/// A step that runs until there is a file `go`, and counts how often it was begun.
const HOLD: &str = "echo x >> begun; echo begun; until [ -e go ]; do sleep 0.02; done";

#[test]
fn killed_while_a_step_runs_the_run_waits_for_it_and_then_asks() {
    let (project, _server) = scene(&step(HOLD, ""));
    let mut running = Running::start(&project, &APPLY);
    running.until("step check: runs; output in");
    until("the step begins", || project.path().join("begun").exists());
    running.kill();

    let resumed = project.run(&RESUME);
    assert_eq!(resumed.code, 4, "{}", resumed.stderr);
    assert!(
        flat(&resumed.stdout).contains("still runs; wait until it ends"),
        "{}",
        resumed.stdout
    );
    project.write("go", "");
    until("the step ends", || !process_runs(&project));
    let resumed = project.run(&RESUME);
    assert_eq!(resumed.code, 5, "{}", resumed.stderr);
    let resumed = project.run(&[&RESUME[..], &["--assume-done", "step check"]].concat());
    is_complete(&project, &resumed);
    assert_eq!(project.read("begun"), "x\n");
    assert_eq!(
        entries(&project, "step check"),
        ["intent", "command-started", "settled", "finished"]
    );
}

#[test]
fn killed_while_a_step_runs_that_may_be_repeated_it_is_repeated() {
    let (project, _server) = scene(&step(HOLD, "repeat = true"));
    let mut running = Running::start(&project, &APPLY);
    running.until("step check: runs; output in");
    until("the step begins", || project.path().join("begun").exists());
    running.kill();
    project.write("go", "");
    until("the step ends", || !process_runs(&project));
    is_complete(&project, &project.run(&RESUME));
    assert_eq!(project.read("begun"), "x\nx\n");
}

#[test]
fn the_first_interruption_lets_a_step_end_and_the_second_ends_it() {
    let (project, _server) = scene(&step(HOLD, ""));
    let mut running = Running::start(&project, &APPLY);
    running.until("step check: runs; output in");
    running.interrupt();
    running.until("interrupted: the request in flight is finished");
    assert!(process_runs(&project));
    project.write("go", "");
    let ended = running.finish();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    is_complete(&project, &project.run(&RESUME));
    assert_eq!(project.read("begun"), "x\n");

    let (project, _server) = scene(&step(HOLD, ""));
    let mut running = Running::start(&project, &APPLY);
    running.until("step check: runs; output in");
    running.interrupt();
    running.until("interrupted: the request in flight is finished");
    running.interrupt();
    let ended = running.finish();
    assert_eq!(ended.code, 130, "{}", ended.stderr);
    until("the step is ended", || !process_runs(&project));
    project.write("go", "");
    assert_eq!(project.run(&RESUME).code, 5);
    is_complete(
        &project,
        &project.run(&[&RESUME[..], &["--redo", "step check"]].concat()),
    );
}

#[test]
fn what_a_step_lacks_is_told_before_anything_is_begun() {
    let (project, server) = scene(&format!(
        "{}\n[[step]]\nname = \"other\"\nafter = \"stage\"\ncommand = [\"./deploy.sh\"]\n",
        step(
            "true",
            "environment = { TOKEN = { from = \"DEPLOY_TOKEN\" } }"
        )
    ));
    let refused = project.run(&APPLY);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    for part in [
        "step `check` takes TOKEN from the environment variable DEPLOY_TOKEN, which is not set",
        "step `other` runs `./deploy.sh`, which is not there",
        "nothing was begun",
    ] {
        assert!(
            flat(&refused.stderr).contains(part),
            "{part} is missing in\n{}",
            refused.stderr
        );
    }
    assert!(project.runs().is_empty());
    assert_eq!(mutating(&server.log()).len(), 0);
}

#[test]
fn a_gate_holds_the_run_until_a_person_approves_it() {
    let (project, server) = scene(GATE);
    let mut running = Running::start(&project, &APPLY);
    running.until("gate go-live: waits for a person: the readers are next; auroractl approve");
    let run = run_id(&project);

    let status = project.run(&["status", "shop"]);
    for part in [
        "waits for a person at gate go-live: the readers are next",
        &format!("auroractl approve {run} go-live"),
        "its process goes on then",
    ] {
        assert!(
            flat(&status.stdout).contains(part),
            "{part} is missing in\n{}",
            status.stdout
        );
    }
    let status = project.run(&["status", "shop", "--json"]);
    let status: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(status["partitions"][0]["waiting"]["gate"], "go-live");
    assert_eq!(status["partitions"][0]["waiting"]["process_waits"], true);
    // Nobody else gets the cluster meanwhile.
    assert_eq!(project.run(&APPLY).code, 3);
    let sent: Vec<String> = mutating(&server.log())
        .iter()
        .map(|request| request.action.clone())
        .collect();
    assert!(!sent.contains(&"RebootDBInstance".to_owned()), "{sent:?}");

    let wrong = project.run(&["approve", &run, "go-life"]);
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.stderr.contains("did you mean `go-live`?"),
        "{}",
        wrong.stderr
    );
    let wrong = project.run(&["approve", "20260302-090000-shop-none", "go-live"]);
    assert_eq!(wrong.code, 1);
    assert!(wrong.stderr.contains("there is no run"), "{}", wrong.stderr);

    let approve = project.run(&[
        "approve",
        &run,
        "go-live",
        "--by",
        "Ada",
        "--note",
        "dashboards are quiet",
    ]);
    assert_eq!(approve.code, 0, "{}", approve.stderr);
    assert!(
        approve.stderr.contains("Its process goes on."),
        "{}",
        approve.stderr
    );
    let ended = running.finish();
    assert!(
        flat(&ended.stderr).contains("approved by Ada: dashboards are quiet"),
        "{}",
        ended.stderr
    );
    is_complete(&project, &ended);
    assert_eq!(entries(&project, "gate go-live"), ["intent", "finished"]);
    let late = project.run(&["approve", &run, "go-live"]);
    assert_eq!(late.code, 0);
    assert!(
        late.stderr.contains("is behind this gate already"),
        "{}",
        late.stderr
    );
}

#[test]
fn killed_at_a_gate_the_run_waits_there_again_and_an_approval_that_came_meanwhile_counts() {
    let (project, _server) = scene(GATE);
    let mut running = Running::start(&project, &APPLY);
    running.until("gate go-live: waits for a person");
    running.kill();
    let mut running = Running::start(&project, &RESUME);
    running.until("gate go-live: waits for a person");
    running.kill();
    let run = run_id(&project);
    let approve = project.run(&["approve", &run, "go-live"]);
    assert_eq!(approve.code, 0, "{}", approve.stderr);
    assert!(
        approve.stderr.contains(&format!("auroractl resume {run}")),
        "{}",
        approve.stderr
    );
    let again = project.run(&["approve", &run, "go-live", "--by", "Grace"]);
    assert!(
        again.stderr.contains("approved by operator"),
        "{}",
        again.stderr
    );
    is_complete(&project, &project.run(&RESUME));
}

#[test]
fn a_process_that_leaves_at_a_gate_leaves_the_cluster_held() {
    let two = format!(
        "{GATE}wait = \"0s\"\n\n[[gate]]\nname = \"each\"\nafter = \"restart\"\nmessage = \"all is well\"\nwait = \"0s\"\n"
    );
    let (project, _server) = scene(&two);
    let paused = project.run(&APPLY);
    assert_eq!(paused.code, 4, "{}", paused.stderr);
    let run = run_id(&project);
    for part in [
        format!("approve it: auroractl approve {run} go-live"),
        format!("Continue with: auroractl resume {run}"),
    ] {
        assert!(
            flat(&paused.stdout).contains(&part),
            "{part} is missing in\n{}",
            paused.stdout
        );
    }
    let locks = project.path().join(".auroractl/locks");
    let lock = || read_all(&locks).pop().unwrap().1;
    let claim: Value = serde_json::from_str(&lock()).unwrap();
    assert_eq!(claim["waits_at"]["is_left"], true);
    // Without an approval it comes no further, whoever goes on.
    assert_eq!(project.run(&APPLY).code, 4);
    assert_eq!(project.run(&RESUME).code, 4);
    assert_eq!(project.runs().len(), 1);
    let early = project.run(&["approve", &run, "each"]);
    assert_eq!(early.code, 3, "{}", early.stderr);
    assert!(early.stderr.contains("has not reached"), "{}", early.stderr);

    for gate in ["go-live", "each", "each"] {
        assert_eq!(project.run(&["approve", &run, gate]).code, 0);
        let resumed = project.run(&RESUME);
        assert!([0, 4].contains(&resumed.code), "{}", resumed.stderr);
    }
    assert_eq!(
        entries(&project, "gate each after reboot shop-2")
            .last()
            .unwrap(),
        "finished"
    );
    assert_eq!(
        entries(&project, "gate each after reboot shop-1")
            .last()
            .unwrap(),
        "finished"
    );
    is_complete(&project, &project.run(&["plan", "shop"]));
}

#[test]
fn in_process_no_command_is_run_and_its_outcome_is_declared() {
    let (project, _server) = scene(&step(
        "touch ran",
        "environment = { TOKEN = { from = \"NOT_SET\" } }",
    ));
    let simulated = |project: &Project, verb: &str| {
        project.run(&[
            verb,
            "shop",
            "--simulate=worlds/shop.toml",
            "--simulate-speed",
            "max",
        ])
    };
    let done = simulated(&project, "apply");
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr
            .contains("not run in a simulation; declared to succeed"),
        "{}",
        done.stderr
    );
    assert!(!project.path().join("ran").exists());

    let (project, _server) = scene(&step("touch ran", "simulated = \"failure\""));
    let failed = simulated(&project, "apply");
    assert_eq!(failed.code, 4, "{}", failed.stderr);
    assert!(
        flat(&failed.stdout).contains("declared to fail"),
        "{}",
        failed.stdout
    );
    assert!(!project.path().join("ran").exists());
}
