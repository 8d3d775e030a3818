//! Runs and leases in a bucket: machines that share nothing else keep each other out, and go on with each other's runs.
//! Judged by what AWS saw, by what is in the bucket, and by what the reader is told.

use crate::support::bucket::Bucket;
use crate::support::evidence::mutating;
use crate::support::project::{Output, Project};
use crate::support::running::Running;
use crate::support::server::Server;
use serde_json::{Value, json};
use std::sync::mpsc::channel;
use std::sync::{Barrier, Mutex};

const ALPHA001: &str = "AKIASIMULATEDALPHA001";
const STORE: &str = "s3://acme-runs/aurora";
const APPLY: [&str; 7] = [
    "apply",
    "prod",
    "--auto-approve",
    "--poll-interval",
    "0.01",
    "--store",
    STORE,
];

/// A folder of declarations on a machine of its own: nothing but AWS and the bucket is shared with another.
fn machine(server: &Server, bucket: &Bucket) -> Project {
    let mut project = Project::with_environments();
    server.answer(&mut project, ALPHA001);
    bucket.answer(&mut project);
    project
}

/// AWS, in which time passes with requests, and a bucket.
fn scene(seconds_per_request: u32) -> (Server, Bucket) {
    let server = Server::start(&Project::empty(), None, "1");
    server.seconds_per_request(seconds_per_request);
    (server, Bucket::start())
}

/// How often an action was sent.
fn sent(server: &Server, action: &str) -> usize {
    let log = server.log();
    log.iter()
        .filter(|request| request.action == action)
        .count()
}

/// The key and the content of the only lease.
fn lease(bucket: &Bucket) -> (String, Value) {
    let keys = bucket.keys();
    let locks: Vec<&String> = keys.iter().filter(|key| key.contains("/locks/")).collect();
    let [key] = locks.as_slice() else {
        panic!("not one lease: {keys:?}");
    };
    let claim = serde_json::from_str(&bucket.get(key)).unwrap();
    ((*key).clone(), claim)
}

/// The ids of all runs in the bucket.
fn runs(bucket: &Bucket) -> Vec<String> {
    let mut runs: Vec<String> = bucket
        .keys()
        .iter()
        .filter_map(|key| key.strip_prefix("aurora/runs/")?.strip_suffix("/plan.json"))
        .map(str::to_owned)
        .collect();
    runs.sort();
    runs
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
        (r"in [0-9.]+[mµ]?s", "in [duration]"),
        (r"\(request [0-9A-Za-z]+\)", "(request [id])"),
    ] {
        text = regex::Regex::new(pattern)
            .unwrap()
            .replace_all(&text, name)
            .into_owned();
    }
    text
}

/// Everything is as declared, and each disturbing request took effect once.
fn ended_well(project: &Project, server: &Server) {
    assert_eq!(sent(server, "CreateDBClusterSnapshot"), 1);
    assert_eq!(sent(server, "FailoverDBCluster"), 1);
    let plan = project.run(&["plan", "prod", "--detailed-exitcode", "--store", STORE]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
}

/// The lease, as it is found when its holder is another machine; `expires` is an instant.
fn held_elsewhere(bucket: &Bucket, expires: &str) {
    let (key, mut claim) = lease(bucket);
    claim["holder"]["host"] = json!("elsewhere");
    claim["expires"] = json!(expires);
    assert_eq!(bucket.put(&key, &claim.to_string(), None).0, 200);
}

#[test]
fn of_many_conditional_writes_at_once_exactly_one_wins_each_round() {
    let bucket = Bucket::start();
    let at_once = |condition: &(dyn Fn(usize) -> (&'static str, String) + Sync), rounds: usize| {
        for round in 0..rounds {
            let barrier = Barrier::new(20);
            let won = Mutex::new(0);
            std::thread::scope(|scope| {
                for number in 0..20 {
                    let (bucket, barrier, won) = (&bucket, &barrier, &won);
                    scope.spawn(move || {
                        let (name, value) = condition(round);
                        barrier.wait();
                        let content = format!("{round} {number}");
                        let key = format!("object-{round}");
                        let (status, _) = bucket.put(&key, &content, Some((name, &value)));
                        match status {
                            200 => *won.lock().unwrap() += 1,
                            412 => {}
                            other => panic!("status {other}"),
                        }
                    });
                }
            });
            assert_eq!(won.into_inner().unwrap(), 1, "in round {round}");
        }
    };
    at_once(&|_| ("If-None-Match", "*".to_owned()), 10);
    let tags: Vec<String> = (0..10)
        .map(|round| {
            let (status, tag) = bucket.put(&format!("object-{round}"), "known", None);
            assert_eq!(status, 200);
            tag.unwrap()
        })
        .collect();
    at_once(&|round| ("If-Match", tags[round].clone()), 10);
}

#[test]
fn a_second_machine_is_told_who_holds_the_cluster_and_where() {
    // Time stands still: the snapshot stays `creating` for as long as this test wants.
    let (server, bucket) = scene(0);
    let here = machine(&server, &bucket);
    let there = machine(&server, &bucket);
    // There the place is declared, for all partitions.
    let shared = there.read("environments/shared.toml");
    there.write(
        "environments/shared.toml",
        &format!("{shared}\n[store]\nurl = \"{STORE}\"\n"),
    );
    let mut first = Running::start(&here, &APPLY);
    first.until("creating, 0 %");
    let second = there.run(&APPLY[..3]);
    assert_eq!(second.code, 3, "{}", second.stderr);
    // All four partitions declare the bucket, each with a profile of its own: it is one run all the same.
    let resume = there.run(&["resume"]);
    assert_eq!(resume.code, 3, "{}", resume.stderr);
    assert!(resume.stderr.contains("is held by"), "{}", resume.stderr);
    insta::assert_snapshot!(redacted(&second.stderr), @"
    refused: cluster `alpha001-prod-auroracluster` is held by operator on [host] (process [number]) for run [run of prod] since [time]; its lease runs until [time] and is renewed while it lives; process [number] exists on this machine

    hint: wait until it ends; its journal is s3://acme-runs/aurora/runs/[run of prod]/journal
    hint: if its process is certainly gone, its lease ends by itself; then: auroractl resume [run of prod]
    ");
    assert_eq!(runs(&bucket).len(), 1);
    assert_eq!(mutating(&server.log()).len(), 1);

    server.seconds_per_request(3);
    let first = first.finish();
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first
            .stdout
            .contains("note: runs and their lock are kept in s3://acme-runs/aurora\n"),
        "{}",
        first.stdout
    );
    let begins = first.stderr.lines().next().unwrap();
    assert!(
        redacted(begins).ends_with("journal in s3://acme-runs/aurora/runs/[run of prod]"),
        "{begins}"
    );
    ended_well(&there, &server);
    let resume = there.run(&["resume"]);
    assert_eq!(
        (resume.code, resume.stderr.as_str()),
        (
            0,
            "Nothing to resume: no run is unfinished in .auroractl and in s3://acme-runs/aurora.\n"
        )
    );
    // Nothing of it is on either machine.
    assert!(!here.path().join(".auroractl").exists());
    assert!(!there.path().join(".auroractl").exists());
    let (_, released) = lease(&bucket);
    assert_eq!(released["last"]["run"], json!(runs(&bucket)[0]));
    let entries = bucket
        .keys()
        .iter()
        .filter(|key| key.contains("/journal/"))
        .count();
    let last: Value = serde_json::from_str(&bucket.get(&format!(
        "aurora/runs/{}/journal/{entries:08}.json",
        runs(&bucket)[0]
    )))
    .unwrap();
    assert_eq!(
        (&last["entry"], &last["ending"]),
        (&json!("ended"), &json!("done"))
    );
}

#[test]
fn a_run_that_was_killed_on_one_machine_is_finished_on_another_once_its_lease_is_over() {
    let (server, bucket) = scene(3);
    let here = machine(&server, &bucket);
    let there = machine(&server, &bucket);
    let fault = server.fault(
        r#"{"kind": "hold", "action": "FailoverDBCluster", "mutating": true, "moment": "after"}"#,
    );
    let first = Running::start(&here, &APPLY);
    server.until_hit(fault);
    first.kill();
    server.remove_fault(fault);
    let run = runs(&bucket).pop().unwrap();

    held_elsewhere(&bucket, "2100-01-01T00:00:00Z");
    let resume = ["resume", &run, "--poll-interval", "0.01", "--store", STORE];
    let early = there.run(&resume);
    assert_eq!(early.code, 3, "{}", early.stderr);
    assert!(
        early.stderr.contains("is held by operator on elsewhere"),
        "{}",
        early.stderr
    );

    held_elsewhere(&bucket, "2026-01-01T00:00:00Z");
    let late = there.run(&resume);
    assert_eq!(late.code, 0, "{}{}", late.stdout, late.stderr);
    assert!(
        late.stderr.contains("on elsewhere (process"),
        "{}",
        late.stderr
    );
    assert_eq!(runs(&bucket), [run]);
    ended_well(&there, &server);
}

#[test]
fn a_suspended_machine_whose_lease_was_removed_sends_nothing_when_it_wakes() {
    let (server, bucket) = scene(0);
    let here = machine(&server, &bucket);
    let there = machine(&server, &bucket);
    let mut first = Running::start(&here, &APPLY);
    first.until("creating, 0 %");
    first.suspend();
    let run = runs(&bucket).pop().unwrap();

    let unlock = there.run(&["unlock", "--force", &run, "--store", STORE]);
    assert_eq!(unlock.code, 0, "{}", unlock.stderr);
    insta::assert_snapshot!(redacted(&unlock.stderr), @"
    Removed the lease of run [run of prod] on cluster alpha001-prod-auroracluster, held by operator on [host] (process [number]).
    Its process may still live: a request that it is sending now still reaches AWS; before the next one it finds out and stops.
    Go on with it: auroractl resume [run of prod] --store s3://acme-runs/aurora
    ");
    server.seconds_per_request(3);
    let second = there.run(&["resume", &run, "--poll-interval", "0.01", "--store", STORE]);
    assert_eq!(second.code, 0, "{}{}", second.stdout, second.stderr);
    let (changes, keys) = (mutating(&server.log()).len(), bucket.keys());

    first.wake();
    let woken = first.finish();
    assert_eq!(woken.code, 4, "{}{}", woken.stdout, woken.stderr);
    // Whichever it looks at first.
    let words: Vec<&str> = woken.stdout.split_whitespace().collect();
    let because = words.join(" ");
    assert!(
        because.contains("the lock file is gone")
            || because.contains("was continued by another process"),
        "{because}"
    );
    assert_eq!(mutating(&server.log()).len(), changes, "nothing was sent");
    assert_eq!(bucket.keys(), keys, "nothing was written");
    ended_well(&there, &server);
}

#[test]
fn a_bucket_that_goes_away_stops_the_run_before_it_sends_anything_more() {
    let (server, mut bucket) = scene(0);
    let here = machine(&server, &bucket);
    let mut run = Running::start(&here, &APPLY);
    run.until("creating, 0 %");
    bucket.die();
    server.seconds_per_request(3);
    let run = run.finish();
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("Continue with: auroractl resume"),
        "{}",
        run.stdout
    );
    let words: Vec<&str> = run.stdout.split_whitespace().collect();
    let because = words.join(" ");
    assert!(
        because.contains("cannot write s3://acme-runs/aurora/")
            || because.contains("cannot read s3://acme-runs/aurora/"),
        "{because}"
    );
    assert_eq!(mutating(&server.log()).len(), 1, "the snapshot alone");
}

/// Fifty at once: one runs, and the others are told who does.
fn fifty_at_once(projects: &[Project], server: &Server, arguments: &[&str]) {
    let fault = server.fault(r#"{"kind": "hold", "mutating": true, "moment": "before"}"#);
    let (tell, told) = channel::<Output>();
    std::thread::scope(|scope| {
        for number in 0..50 {
            let (tell, project) = (tell.clone(), &projects[number % projects.len()]);
            scope.spawn(move || tell.send(project.run(arguments)).unwrap());
        }
        for _ in 0..49 {
            let output = told.recv().unwrap();
            assert_eq!(output.code, 3, "{}{}", output.stdout, output.stderr);
            assert!(
                output
                    .stderr
                    .contains("cluster `alpha001-prod-auroracluster` is held by operator on "),
                "{}",
                output.stderr
            );
        }
        server.until_hit(fault);
        assert_eq!(mutating(&server.log()).len(), 0, "all but one sent nothing");
        server.remove_fault(fault);
        let winner = told.recv().unwrap();
        assert_eq!(winner.code, 0, "{}{}", winner.stdout, winner.stderr);
    });
    assert_eq!(sent(server, "CreateDBClusterSnapshot"), 1);
    assert_eq!(sent(server, "FailoverDBCluster"), 1);
}

#[test]
fn of_fifty_applies_over_one_bucket_one_runs_and_the_others_are_told_by_whom() {
    let (server, bucket) = scene(3);
    let machines: Vec<Project> = (0..5).map(|_| machine(&server, &bucket)).collect();
    fifty_at_once(&machines, &server, &APPLY);
    assert_eq!(runs(&bucket).len(), 1);
    ended_well(&machines[4], &server);
}

#[test]
fn of_fifty_applies_over_one_folder_one_runs_and_the_others_are_told_by_whom() {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, ALPHA001);
    fifty_at_once(std::slice::from_ref(&project), &server, &APPLY[..5]);
    assert_eq!(project.runs().len(), 1);
    let plan = project.run(&["plan", "prod", "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{}", plan.stdout);
}

#[test]
fn what_cannot_be_a_place_for_runs_is_refused_with_the_way_out() {
    let (server, bucket) = scene(3);
    let project = machine(&server, &bucket);
    let mut said = String::new();
    for arguments in [
        &["plan", "prod", "--store", "gs://acme-runs/aurora"][..],
        &["plan", "prod", "--store", "s3://key:PASSWORD@acme-runs"],
        &[
            "apply",
            "prod",
            "--auto-approve",
            "--store",
            "s3://no-such-bucket/aurora",
        ],
    ] {
        let output = project.run(arguments);
        assert_eq!(output.code, 1, "{}", output.stderr);
        said.push_str(&redacted(&output.stderr));
        said.push('\n');
    }
    insta::assert_snapshot!(said, @"
    error: --store: runs cannot be kept at `gs://`

    hint: runs are kept in a folder, or in a bucket of S3: s3://BUCKET/PREFIX

    error: --store: the URL of the runs holds an `@`: keys and passwords do not belong in it

    hint: runs are kept in a folder, or in a bucket of S3: s3://BUCKET/PREFIX

    error: cannot list s3://no-such-bucket/aurora/runs
      because: Generic S3 error: Error performing list request: Error performing GET http://127.0.0.1:[port]/no-such-bucket?delimiter=%2F&list-type=2&prefix=aurora%2Fruns%2F in [duration] - Server returned non-2xx status code: 404 Not Found: NoSuchBucket: The specified bucket does not exist (request [id])

    hint: make the bucket, or name another
    ");
    assert_eq!(mutating(&server.log()).len(), 0);
}

#[test]
fn a_gate_is_approved_from_another_machine() {
    let (server, bucket) = scene(3);
    let (one, other) = (machine(&server, &bucket), machine(&server, &bucket));
    let declaration = one.read("environments/prod.toml");
    one.write(
        "environments/prod.toml",
        &format!(
            "{declaration}\n[[gate]]\nname = \"go-live\"\nafter = \"settle\"\nmessage = \"the readers are next\"\nwait = \"0s\"\n"
        ),
    );
    let paused = one.run(&APPLY);
    assert_eq!(paused.code, 4, "{}", paused.stderr);
    let (_, claim) = lease(&bucket);
    assert_eq!(claim["waits_at"]["gate"], "go-live");
    assert_eq!(claim["waits_at"]["is_left"], true);
    let run = runs(&bucket).pop().unwrap();

    // The other machine has declarations of its own, without a gate: it is the run's plan that counts.
    let told = other.run(&["status", "prod", "--store", STORE]);
    assert!(
        told.stdout
            .contains("waits for a person at gate go-live: the readers are next"),
        "{}",
        told.stdout
    );
    let approve = other.run(&[
        "approve",
        &run,
        "go-live",
        "--by",
        "Grace",
        "--note",
        "looks well",
        "--store",
        STORE,
    ]);
    assert_eq!(approve.code, 0, "{}", approve.stderr);
    assert!(
        approve.stderr.contains("is approved by Grace: looks well"),
        "{}",
        approve.stderr
    );
    let again = one.run(&["resume", "--poll-interval", "0.01", "--store", STORE]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again.stderr.contains("approved by Grace: looks well"),
        "{}",
        again.stderr
    );
    let told = other.run(&["status", "prod", "--store", STORE]);
    assert!(
        !told.stdout.contains("waits for a person"),
        "{}",
        told.stdout
    );
    ended_well(&one, &server);
}

/// A machine that simulates AWS in process and keeps its world in the bucket.
fn simulating(bucket: &Bucket) -> Project {
    let mut project = Project::with_environments();
    bucket.answer(&mut project);
    project.set("AWS_ACCESS_KEY_ID", "AKIATEST");
    project.set("AWS_SECRET_ACCESS_KEY", "secret");
    project.set("AWS_REGION", "us-east-1");
    project
}

const SIMULATED: [&str; 8] = [
    "apply",
    "prod",
    "--auto-approve",
    "--simulate",
    "--simulate-speed",
    "max",
    "--store",
    STORE,
];

#[test]
fn a_simulated_world_in_a_bucket_goes_on_where_another_machine_left_it() {
    let bucket = Bucket::start();
    let (here, there) = (simulating(&bucket), simulating(&bucket));
    let apply = here.run(&SIMULATED);
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
    assert!(!here.path().join(".auroractl").exists());
    let look = ["--simulate", "--store", STORE];
    let plan = there.run(&[&["plan", "prod", "--detailed-exitcode"][..], &look].concat());
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    let keys = bucket.keys();
    let runs = keys
        .iter()
        .filter(|key| key.starts_with("aurora/simulated/") && key.ends_with("/outcome.json"));
    assert_eq!(runs.count(), 1, "{keys:?}");
    // Begun anew, it is the world before, and no run of the old one is left in it.
    let fresh = [
        &["plan", "prod", "--detailed-exitcode", "--fresh-world"][..],
        &look,
    ]
    .concat();
    assert_eq!(there.run(&fresh).code, 2);
    let resume = here.run(&[&["resume"][..], &look].concat());
    assert_eq!(resume.code, 0, "{}", resume.stderr);
    let apply = there.run(&SIMULATED);
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
}

#[test]
fn whoever_changes_a_simulated_world_in_a_bucket_is_named_and_notices_when_it_is_taken() {
    let bucket = Bucket::start();
    let (here, there) = (simulating(&bucket), simulating(&bucket));
    let slow: Vec<&str> = SIMULATED
        .iter()
        .map(|word| if *word == "max" { "20" } else { *word })
        .collect();
    let mut first = Running::start(&here, &slow);
    first.until("creating, 0 %");
    let second = there.run(&SIMULATED);
    assert_eq!(second.code, 3, "{}", second.stderr);
    let said = redacted(&second.stderr);
    assert!(
        said.starts_with(
            "refused: the simulated world `built-in` is in use by `auroractl apply prod` of operator on [host]"
        ),
        "{said}"
    );
    // Somebody changes it all the same, as after a minute of silence.
    let keys = bucket.keys();
    let world = keys
        .iter()
        .find(|key| key.ends_with("/world.json"))
        .unwrap();
    let mut later: Value = serde_json::from_str(&bucket.get(world)).unwrap();
    later["held"] = Value::Null;
    assert_eq!(bucket.put(world, &later.to_string(), None).0, 200);
    let first = first.finish();
    assert_eq!(first.code, 1, "{}{}", first.stdout, first.stderr);
    assert!(
        first.stderr.contains(
            "another command changed the simulated world `built-in` since this one wrote it"
        ),
        "{}",
        first.stderr
    );
    assert_eq!(
        bucket.get(world),
        later.to_string(),
        "nothing is written over"
    );
}
