//! A rollout with the real binary, the RDS API over HTTP and every member over SQL: what is witnessed, when the snapshot is
//! let go, and that neither a password nor a token is ever written.

use crate::support::project::{Output, Project};
use crate::support::server::Server;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::fs;
use std::path::Path;

const PASSWORD: &str = "correct-horse-battery-4711";

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
iam_authentication = true

[[cluster.member]]
identifier = "shop-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "shop-2"
class = "db.t3.medium"
# here

[[cluster.user]]
name = "monitor"
password = "correct-horse-battery-4711"
roles = ["pg_monitor"]

[[cluster.user]]
name = "short_sighted"
password = "correct-horse-battery-4711"

[[cluster.user]]
name = "mover"
roles = ["rds_iam", "pg_monitor"]
"#;

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
log_lock_waits = true

[verify.sql]
"#;

const APPLY: [&str; 7] = [
    "apply",
    "shop",
    "--auto-approve",
    "--poll-interval",
    "0.01",
    "-v",
    "-v",
];

/// The cluster `shop` with members that answer SQL, and a declaration that asks them so.
fn scene(member: &str, sql: &str) -> (Project, Server) {
    let mut project = Project::empty();
    project.write("environments/shop.toml", &format!("{DECLARATION}{sql}\n"));
    project.write("worlds/shop.toml", &WORLD.replace("# here", member));
    let options = ["--postgres-port", "0"];
    let server = Server::start_with(&project, Some("worlds/shop.toml"), "1", &options);
    server.seconds_per_request(3);
    server.answer(&mut project, "AKIASIMULATEDSHOP");
    project.set("SHOP_PASSWORD", PASSWORD);
    (project, server)
}

fn login(user: &str) -> String {
    format!(
        "user = \"{user}\"\ndatabase = \"postgres\"\npassword_env = \"SHOP_PASSWORD\"\nssl_mode = \"disable\""
    )
}

/// Everything under a folder, as text.
fn texts(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            self::texts(&path, texts);
        } else {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            texts.push((path.display().to_string(), text));
        }
    }
}

/// That a secret stands nowhere in what was printed and kept.
fn nowhere(secrets: &[&str], project: &Project, outputs: &[&Output]) {
    let mut all = Vec::new();
    texts(&project.path().join(".auroractl"), &mut all);
    for output in outputs {
        all.push(("stdout".to_owned(), output.stdout.clone()));
        all.push(("stderr".to_owned(), output.stderr.clone()));
    }
    assert!(!all.is_empty());
    for secret in secrets {
        for (place, text) in &all {
            assert!(!text.contains(secret), "{secret} in {place}:\n{text}");
        }
    }
}

fn journal(project: &Project) -> String {
    let mut all = Vec::new();
    texts(&project.path().join(".auroractl"), &mut all);
    all.into_iter()
        .filter(|(place, _)| place.ends_with("journal.jsonl"))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn a_declared_witness_that_agrees_lets_the_snapshot_go_and_its_password_is_written_nowhere() {
    let (project, _server) = scene("", &login("monitor"));
    let plan = project.run(&["plan", "shop", "--json", "-v", "-v"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(
        plan.stdout.contains("\"topic\": \"proven\""),
        "{}",
        plan.stdout
    );
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
    let said = &apply.stdout;
    assert!(
        said.contains("shop-1 runs 2 values as declared (by SQL)"),
        "{said}"
    );
    assert!(
        said.contains("shop-2 runs 2 values as declared (by SQL)"),
        "{said}"
    );
    assert!(!said.contains("Not proven"), "{said}");
    assert!(!said.contains("Snapshot "), "{said}");
    assert!(journal(&project).contains("\"entry\":\"witnessed\""));
    let verify = project.run(&["verify", "shop", "--json", "-v", "-v"]);
    assert_eq!(verify.code, 0, "{}", verify.stdout);
    nowhere(&[PASSWORD], &project, &[&plan, &apply, &verify]);
}

#[test]
fn what_a_role_may_not_read_is_not_proven_and_the_snapshot_is_kept_for_a_day() {
    let (project, _server) = scene("", &login("short_sighted"));
    let text = project.read("environments/shop.toml").replace(
        "log_lock_waits = true",
        "shared_preload_libraries = [\"pg_stat_statements\"]",
    );
    project.write("environments/shop.toml", &text);
    let plan = project.run(&["plan", "shop"]);
    assert!(
        plan.stdout.contains("pg_read_all_settings"),
        "{}",
        plan.stdout
    );
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
    assert!(apply.stdout.contains("Not proven"), "{}", apply.stdout);
    assert!(apply.stdout.contains("is not readable"), "{}", apply.stdout);
    assert!(apply.stdout.contains("kept until"), "{}", apply.stdout);
}

#[test]
fn a_value_that_only_the_api_calls_live_stops_the_run_with_member_value_and_wish() {
    let (project, server) = scene("never_loads = [\"max_connections\"]", &login("monitor"));
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 5, "{}{}", apply.stdout, apply.stderr);
    let said = format!("{}{}", apply.stdout, apply.stderr).replace("\n", " ");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("shop-2: the RDS API says in-sync, SQL says that max_connections is"),
        "{said}"
    );
    assert!(said.contains("wanted 500"), "{said}");
    let requests = server.get("/_simulator/requests");
    assert!(!requests.contains("FailoverDBCluster"));
    nowhere(&[PASSWORD], &project, &[&apply]);
}

#[test]
fn nothing_is_begun_with_a_witness_that_does_not_answer_and_the_plan_says_so() {
    let (project, server) = scene("", &login("monitor"));
    let fault = server.fault(r#"{"kind": "refused-sessions", "instance": "shop-2"}"#);
    let plan = project.run(&["plan", "shop"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert!(
        plan.stdout.contains("caution: SQL on shop-2"),
        "{}",
        plan.stdout
    );
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 3, "{}{}", apply.stdout, apply.stderr);
    assert!(
        apply.stderr.contains("cannot be proven over SQL"),
        "{}",
        apply.stderr
    );
    let changes = server.get("/_simulator/requests");
    assert!(!changes.contains("CreateDBClusterSnapshot"));
    server.remove_fault(fault);
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
}

#[test]
fn a_wrong_password_and_a_token_are_written_nowhere_either() {
    let (mut project, _server) = scene("", &login("monitor"));
    project.set("SHOP_PASSWORD", "hunter2-is-not-it");
    let plan = project.run(&["plan", "shop", "-v", "-v"]);
    assert!(
        plan.stdout.contains("password authentication failed"),
        "{}",
        plan.stdout
    );
    let apply = project.run(&[&APPLY[..], &["--json"]].concat());
    assert_eq!(apply.code, 3, "{}{}", apply.stdout, apply.stderr);
    let printed = format!("{}{}", apply.stdout, apply.stderr);
    for secret in ["hunter2-is-not-it", PASSWORD] {
        assert!(!printed.contains(secret), "{printed}");
        assert!(!plan.stdout.contains(secret) && !plan.stderr.contains(secret));
    }
}

#[test]
fn a_token_for_each_member_is_written_nowhere() {
    let mut project = Project::empty();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let itself = authority.self_signed(&authority_key).unwrap();
    project.write("environments/ca.pem", &itself.pem());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &Issuer::from_params(&authority, &authority_key))
        .unwrap();
    project.write("server.pem", &certificate.pem());
    project.write("server.key", &key.serialize_pem());
    project.write("world.toml", WORLD);
    let sql = "user = \"mover\"\ndatabase = \"postgres\"\niam = true\nssl_mode = \"verify-ca\"\nca_file = \"ca.pem\"\n";
    project.write("environments/shop.toml", &format!("{DECLARATION}{sql}"));
    let options = [
        "--postgres-port",
        "0",
        "--postgres-certificate",
        "server.pem",
        "--postgres-key",
        "server.key",
    ];
    let server = Server::start_with(&project, Some("world.toml"), "1", &options);
    server.seconds_per_request(3);
    server.answer(&mut project, "AKIASIMULATEDSHOP");
    let apply = project.run(&[&APPLY[..], &["--json"]].concat());
    assert_eq!(apply.code, 0, "{}{}", apply.stdout, apply.stderr);
    assert!(
        journal(&project).contains("\"entry\":\"witnessed\""),
        "{}",
        apply.stderr
    );
    nowhere(
        &["X-Amz-Signature", "X-Amz-Credential"],
        &project,
        &[&apply],
    );
}
