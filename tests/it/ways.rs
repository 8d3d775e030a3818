//! Ways to PostgreSQL that are rarer: a verified connection through a tunnel, a certificate whose time is over, a reply without
//! measure; and the libraries pgaudit, pg_cron and auto_explain. Real servers on loopback, but for the certificate.

use crate::support::extensions::Extended;
use crate::support::postgres::{PASSWORD, certificates};
use crate::support::project::{Output, Project};
use crate::support::server::Server;
use crate::witness::{FORWARD, Site, declaration, login};

#[test]
fn a_certificate_is_verified_through_a_tunnel_as_well() {
    let site = Site::new();
    site.project.write("forward.pl", FORWARD);
    let text = declaration(&site, "single", &login(&site, "witness"), "");
    let (start, _) = text.split_once("[verify.sql.cluster_endpoint]").unwrap();
    let tunnel = format!(
        "{start}\n[verify.sql.tunnel]\ncommand = [\"perl\", \"forward.pl\", \"{{local_port}}\", \"{{host}}\", \"{{port}}\", \"{}\", \"\"]\nready_timeout = \"60s\"\n",
        site.servers.first.port
    );
    let file = "environments/single.toml";
    // A tunnel leads to a port of this machine; what counts is the name that AWS gave the endpoint.
    site.project.write(file, &tunnel);
    let said = site.objections("single");
    for endpoint in ["the cluster endpoint", "single-1"] {
        let words = format!(
            "SQL on {endpoint}: the server's certificate does not name `{}.",
            endpoint.replace("the cluster endpoint", "single")
        );
        assert!(said.contains(&words), "{said}");
    }
    assert!(said.ends_with("[exit 2]\n"), "{said}");
    // The name that it carries is as good, and the way is the tunnel still: nothing listens at the endpoint's own address.
    site.project.write(
        file,
        &format!(
            "{tunnel}\n[verify.sql.cluster_endpoint]\ncertificate_name = \"localhost\"\n[verify.sql.instances.single-1]\ncertificate_name = \"localhost\"\n"
        ),
    );
    assert_eq!(site.objections("single"), "[exit 0]\n");
}

const ONE_MEMBER: &str = r#"
seed = 1
clock = "2026-05-15T06:05:00Z"

[[account]]
id = "111111111111"

[[parameter_group]]
name = "tuned"
family = "aurora-postgresql16"
parameters = { shared_preload_libraries = "pgaudit,pg_cron,auto_explain" }

[[cluster]]
identifier = "single"
engine_version = "16.6"
parameter_group = "tuned"

[[cluster.member]]
identifier = "single-1"
class = "db.t3.medium"

[[cluster.user]]
name = "witness"
password = "correct-horse-battery"
roles = ["pg_monitor"]
"#;

const ONE_DECLARED: &str = r#"
[partition]
name = "single"
[aws]
account = "111111111111"
region = "us-east-1"
[cluster]
identifier = "single"
engine_version = "16"
apply_immediately = true
parameter_group = "tuned"
[parameters]
shared_preload_libraries = ["pgaudit", "pg_cron", "auto_explain"]
[verify.sql]
password_env = "WITNESS_PASSWORD"
"#;

#[test]
fn a_server_whose_certificate_has_expired_is_not_asked_and_the_reader_learns_why() {
    let mut project = Project::empty();
    certificates(project.path());
    project.write("world.toml", ONE_MEMBER);
    project.set("WITNESS_PASSWORD", PASSWORD);
    let with = |project: &mut Project, certificate: &str| {
        let options = [
            "--postgres-port",
            "0",
            "--postgres-certificate",
            certificate,
            "--postgres-key",
            "server.key",
        ];
        let server = Server::start_with(project, Some("world.toml"), "1", &options);
        server.seconds_per_request(0);
        server.answer(project, "SIMULATED111111111111");
        project.write(
            "environments/single.toml",
            &format!(
                "{ONE_DECLARED}user = \"witness\"\ndatabase = \"postgres\"\nca_file = \"../ca.pem\"\n[verify.sql.cluster_endpoint]\ncertificate_name = \"localhost\"\n[verify.sql.instances.single-1]\ncertificate_name = \"localhost\"\n"
            ),
        );
        project.run(&["verify", "single"])
    };
    let expired = with(&mut project, "expired-server.pem");
    assert_eq!(expired.code, 2, "{}", expired.stderr);
    for words in [
        "SQL on single-1: the server's certificate, or the authority that signed it, has expired",
        "Rotating your SSL/TLS certificate",
    ] {
        assert!(one_line(&expired).contains(words), "{}", expired.stdout);
    }
    // The same server with the certificate renewed answers.
    let renewed = with(&mut project, "server.pem");
    assert!(
        one_line(&renewed).contains("live SQL library pg_cron loaded"),
        "{}",
        renewed.stdout
    );
}

/// What was printed, however it was wrapped.
fn one_line(output: &Output) -> String {
    let words: Vec<&str> = output.stdout.split_whitespace().collect();
    words.join(" ")
}

#[test]
fn a_value_of_a_hundred_megabytes_is_not_read_to_its_end_and_costs_no_memory() {
    let site = Site::new();
    site.declares(
        "single",
        &login(&site, "witness"),
        "[[probe]]\nname = \"huge\"\nsql = \"select repeat('x', 100000000)\"\nexpect = \"x\"\n\
         [[probe]]\nname = \"long\"\nsql = \"select repeat('x', 1000) from generate_series(1, 100000)\"\nexpect = \"x\"\n\
         [[probe]]\nname = \"afterwards\"\nsql = \"select 1\"\nexpect = 1\n",
    );
    let program = env!("CARGO_BIN_EXE_auroractl");
    // Whoever collects such a value needs more than this many KiB for it alone.
    let limited = format!("ulimit -d 90000; exec {program} verify single --json");
    let output = site
        .project
        .command("sh")
        .args(["-c", &limited])
        .output()
        .unwrap();
    let document: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let said: Vec<String> = document["partitions"][0]["verification"]["members"][0]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["witness"] == "probe")
        .map(|check| {
            format!(
                "{}: {} {}",
                check["subject"].as_str().unwrap(),
                check["verdict"].as_str().unwrap(),
                check["because"].as_str().unwrap_or_default()
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    pg_stat_statements in database orders: live 
    huge in database orders: not-proven SQL on single-1: the reply is longer than 8 MiB, and was not read to its end
    long in database orders: not-proven SQL on single-1: the reply is longer than 8 MiB, and was not read to its end
    afterwards in database orders: live 
    ");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn pgaudit_pg_cron_and_auto_explain_are_asked_and_every_verdict_is_told_apart() {
    let extended = Extended::start();
    let site = Site::new();
    let (with, without) = (extended.server.port, site.servers.first.port);
    let says = |name: &str, user: &str, port: u16, ca_file: &str| {
        let way = format!("host = \"127.0.0.1\"\nport = {port}\ncertificate_name = \"localhost\"");
        site.project.write(
            "environments/single.toml",
            &format!(
                "{ONE_DECLARED}user = \"{user}\"\ndatabase = \"orders\"\ndatabases = [\"orders\", \"billing\"]\nca_file = \"{ca_file}\"\n[verify.sql.cluster_endpoint]\n{way}\n[verify.sql.instances.single-1]\n{way}\n"
            ),
        );
        let output = site.verifies(&["single", "--json"]);
        let document: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let mut said = format!("# {name}\n");
        for check in document["partitions"][0]["verification"]["members"][0]["checks"]
            .as_array()
            .unwrap()
        {
            if check["witness"] != "probe" {
                continue;
            }
            let text = |name: &str| check[name].as_str().unwrap_or("-").to_owned();
            said += &format!(
                "{}: {}, found {}, because {}, takes {}\n",
                text("subject"),
                text("verdict"),
                text("found"),
                text("because"),
                text("takes")
            );
        }
        said
    };
    let (own, other) = (extended.file("ca.pem"), site.servers.file("ca.pem"));
    let said = [
        says("all is there", "witness", with, &own),
        says("a role without grants", "plain", with, &own),
        says("not preloaded", "witness", without, &other),
    ]
    .concat();
    insta::assert_snapshot!(said, @"
    # all is there
    pgaudit in database orders: live, found pgaudit.log is a setting of the loaded library, and the extension is there, because -, takes -
    pgaudit in database billing: not-live, found extension not created in this database, because the library is loaded, takes CREATE EXTENSION pgaudit; in database billing
    pg_cron in database orders: live, found cron.job answered, because -, takes -
    auto_explain in database orders: live, found auto_explain.log_min_duration is a setting of the loaded library, because -, takes -
    # a role without grants
    pgaudit in database orders: live, found pgaudit.log is a setting of the loaded library, and the extension is there, because -, takes -
    pgaudit in database billing: not-live, found extension not created in this database, because the library is loaded, takes CREATE EXTENSION pgaudit; in database billing
    pg_cron in database orders: not-readable, found -, because permission denied for schema cron, takes GRANT USAGE ON SCHEMA cron TO plain; GRANT SELECT ON cron.job TO plain;
    auto_explain in database orders: live, found auto_explain.log_min_duration is a setting of the loaded library, because -, takes -
    # not preloaded
    pgaudit in database orders: not-live, found not preloaded, because the server that runs did not load the library, takes a restart loads what shared_preload_libraries stores
    pgaudit in database billing: not-live, found not preloaded, because the server that runs did not load the library, takes a restart loads what shared_preload_libraries stores
    pg_cron in database orders: not-live, found not preloaded, because the server that runs did not load the library, takes a restart loads what shared_preload_libraries stores
    auto_explain in database orders: not-live, found not preloaded, because the server that runs did not load the library, takes a restart loads what shared_preload_libraries stores
    ");
}
