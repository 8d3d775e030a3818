//! SQL over TCP: Debian's psql and tokio-postgres against a simulator server whose clock stands still between its steps.

use crate::support::project::{Output, Project, repository};
use crate::support::server::Server;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

const WORLD: &str = r#"
seed = 1
clock = "2026-05-15T06:05:00Z"

[timings]
failover_accept = 10
failover_flip = 11
failover_restart = 8
failover_endpoint = 5
parameter_propagation = 20
reboot = 35

[[parameter_group]]
name = "tuned"
family = "aurora-postgresql16"
parameters = { max_connections = 500, log_min_duration_statement = 500 }

[[cluster]]
identifier = "orders"
engine_version = "16.6"
iam_authentication = true

[[cluster.member]]
identifier = "orders-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "orders-2"
class = "db.t3.medium"

[[cluster.user]]
name = "app"
password = "correct horse"

[[cluster.user]]
name = "mover"
roles = ["rds_iam"]

[[cluster.database]]
name = "orders"
extensions = ["pg_stat_statements"]
"#;

/// The path of psql, installed where it is missing.
pub(crate) fn psql() -> &'static PathBuf {
    static PSQL: OnceLock<PathBuf> = OnceLock::new();
    PSQL.get_or_init(|| {
        if let Some(path) = std::env::var_os("AURORACTL_TESTS_PSQL") {
            return path.into();
        }
        let script = repository().join("tests/psql-client");
        let output = Command::new(&script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{} failed", script.display());
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

/// A server that answers SQL, its clock standing still.
struct Site {
    project: Project,
    server: Server,
}

impl Site {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(options: &[&str]) -> Self {
        let project = Project::empty();
        project.write("world.toml", WORLD);
        Self::of(project, options)
    }

    fn of(project: Project, options: &[&str]) -> Self {
        let options = [&["--postgres-port", "0"], options].concat();
        let server = Server::start_with(&project, Some("world.toml"), "1", &options);
        server.seconds_per_request(0);
        Self { project, server }
    }

    fn asks(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        let parameters = [&[("Action", action)], parameters].concat();
        let (status, body) = self.server.rds("AKIDANY", &parameters);
        assert_eq!(status, 200, "{body}");
        body
    }

    /// What DescribeDBClusters tells between two tags.
    fn told(&self, tag: &str) -> String {
        let body = self.asks("DescribeDBClusters", &[]);
        let (_, rest) = body.split_once(&format!("<{tag}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    }

    fn step(&self, seconds: u32) {
        let step = format!(r#"{{"step_seconds": {seconds}}}"#);
        self.server.post("/_simulator/clock", &step);
    }

    /// psql to an endpoint, unaligned and without the rows' count.
    fn psql(&self, endpoint: &str, more: &[&str]) -> Command {
        let mut command = self.project.command(psql());
        command
            .args(["-X", "-At", "-d", "orders", "-p", &self.told("Port")])
            .args(["-h", &self.told(endpoint)])
            .args(more)
            .env("PGUSER", "postgres")
            .env("PGSSLMODE", "disable")
            .env("PGCONNECT_TIMEOUT", "60");
        command
    }

    fn runs(&self, endpoint: &str, sql: &str) -> Output {
        output(self.psql(endpoint, &["-c", sql]))
    }

    fn reads(&self, endpoint: &str, sql: &str) -> String {
        let output = self.runs(endpoint, sql);
        assert_eq!(output.code, 0, "{sql}\n{}", output.stderr);
        output.stdout.trim().to_owned()
    }
}

fn output(mut command: Command) -> Output {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Output {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// A psql that stays connected.
struct Conversation {
    child: Child,
    input: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Conversation {
    fn begin(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            answers: BufReader::new(child.stdout.take().unwrap()),
            child,
        }
    }

    /// Types a statement and reads one line.
    fn reads(&mut self, sql: &str) -> String {
        writeln!(self.input, "{sql}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Types a last statement; what psql complains of, and its exit code.
    fn ends(mut self, sql: &str) -> (String, i32) {
        writeln!(self.input, "{sql}").unwrap();
        drop(self.input);
        let mut complaint = String::new();
        let mut errors = self.child.stderr.take().unwrap();
        errors.read_to_string(&mut complaint).unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (complaint, code)
    }
}

#[test]
fn psql_sees_the_settings_loses_its_connection_at_a_failover_and_finds_the_new_writer() {
    let site = Site::new();
    let writer = site.told("Endpoint");
    assert!(writer.starts_with("127.1."), "{writer}");
    assert_eq!(site.reads("Endpoint", "show max_connections"), "401");
    assert_eq!(
        site.reads("Endpoint", "show shared_preload_libraries"),
        "rdsutils,pg_stat_statements"
    );
    assert_eq!(
        site.reads(
            "Endpoint",
            "select name, setting, unit, pending_restart from pg_settings where name in ('work_mem', 'max_connections') order by name"
        ),
        "max_connections|401||f\nwork_mem|4096|kB|f"
    );

    let mut here = Conversation::begin(site.psql("Endpoint", &[]));
    assert_eq!(
        here.reads("select aurora_db_instance_identifier(), pg_is_in_recovery();"),
        "orders-1|f"
    );
    site.asks("FailoverDBCluster", &[("DBClusterIdentifier", "orders")]);
    // Accepted; the writer still writes.
    site.step(5);
    assert_eq!(here.reads("select pg_is_in_recovery();"), "f");
    site.step(17);
    let (complaint, code) = here.ends("select pg_is_in_recovery();");
    assert_eq!(code, 2, "{complaint}");
    assert!(
        complaint.contains("FATAL:  terminating connection due to administrator command"),
        "{complaint}"
    );

    // The name still leads to the former writer, which is not up yet.
    let refused = site.runs("Endpoint", "select 1");
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("the database system is starting up"),
        "{}",
        refused.stderr
    );
    site.step(10);
    assert_eq!(site.told("Endpoint"), writer);
    assert_eq!(
        site.reads(
            "Endpoint",
            "select aurora_db_instance_identifier(), pg_is_in_recovery()"
        ),
        "orders-2|f"
    );
    assert_eq!(
        site.reads(
            "ReaderEndpoint",
            "select aurora_db_instance_identifier(), pg_is_in_recovery()"
        ),
        "orders-1|t"
    );
    let refused = site.runs("ReaderEndpoint", "create temporary table probe (a int)");
    assert_eq!(
        (refused.code, refused.stderr.trim()),
        (
            1,
            "ERROR:  cannot execute CREATE TABLE in a read-only transaction"
        )
    );
}

#[test]
fn psql_watches_a_value_wait_for_its_restart() {
    let site = Site::new();
    site.asks(
        "ModifyDBCluster",
        &[
            ("DBClusterIdentifier", "orders"),
            ("DBClusterParameterGroupName", "tuned"),
            ("ApplyImmediately", "true"),
        ],
    );
    site.step(30);
    assert_eq!(
        site.reads("Endpoint", "SHOW log_min_duration_statement;"),
        "500ms"
    );
    assert_eq!(
        site.reads(
            "Endpoint",
            "select name, setting from pg_settings where pending_restart"
        ),
        "max_connections|401"
    );
    site.asks("RebootDBInstance", &[("DBInstanceIdentifier", "orders-1")]);
    site.step(60);
    assert_eq!(site.reads("Endpoint", "SHOW max_connections;"), "500");
    assert_eq!(
        site.reads(
            "Endpoint",
            "select count(*) from pg_settings where pending_restart"
        ),
        "0"
    );
    assert_eq!(site.reads("ReaderEndpoint", "SHOW max_connections;"), "401");
}

#[test]
fn a_password_is_asked_for_where_the_world_has_one() {
    let site = Site::new();
    let with = |user: &str, password: &str| {
        let mut command = site.psql("Endpoint", &["-c", "show shared_preload_libraries"]);
        command.env("PGUSER", user).env("PGPASSWORD", password);
        output(command)
    };
    let wrong = with("app", "battery staple");
    assert_eq!(wrong.code, 2);
    assert!(
        wrong
            .stderr
            .contains("password authentication failed for user \"app\"")
    );
    let right = with("app", "correct horse");
    assert_eq!(right.code, 1);
    assert!(
        right
            .stderr
            .contains("permission denied to examine \"shared_preload_libraries\"")
    );
    // A token is worth nothing over a connection that is not encrypted.
    let token = "orders:5432/?Action=connect&DBUser=mover&X-Amz-Signature=0";
    assert!(
        with("mover", token)
            .stderr
            .contains("PAM authentication failed for user \"mover\"")
    );
}

#[test]
fn with_a_certificate_connections_are_encrypted_and_tokens_count() {
    let project = Project::empty();
    project.write("world.toml", WORLD);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap();
    project.write("server.pem", &certificate.pem());
    project.write("server.key", &key.serialize_pem());
    let files = [
        "--postgres-certificate",
        "server.pem",
        "--postgres-key",
        "server.key",
    ];
    let site = Site::of(project, &files);
    let with = |mode: &str, user: &str, password: &str| {
        let mut command = site.psql("Endpoint", &["-c", "select current_user"]);
        command
            .env("PGSSLMODE", mode)
            .env("PGSSLROOTCERT", "server.pem")
            .env("PGUSER", user)
            .env("PGPASSWORD", password);
        output(command)
    };
    let encrypted = with("verify-ca", "app", "correct horse");
    assert_eq!(
        (encrypted.stdout.trim(), encrypted.stderr.as_str()),
        ("app", "")
    );
    let token = "orders:5432/?Action=connect&DBUser=mover&X-Amz-Signature=0";
    assert_eq!(with("verify-ca", "mover", token).stdout.trim(), "mover");
    assert!(
        with("disable", "mover", token)
            .stderr
            .contains("PAM authentication failed")
    );
    assert_eq!(with("prefer", "postgres", "").stdout.trim(), "postgres");
}

#[test]
fn each_endpoint_has_an_address_of_its_own_and_aws_names_on_demand() {
    let site = Site::with(&["--postgres-endpoints", "names"]);
    assert!(site.told("Endpoint").starts_with("orders.cluster-"));
    assert_eq!(site.told("Port"), "5432");
    let told: serde_json::Value =
        serde_json::from_str(&site.server.get("/_simulator/endpoints?cluster=orders")).unwrap();
    let mut addresses = std::collections::BTreeSet::new();
    for endpoint in told.as_array().unwrap() {
        let address = endpoint["address"].as_str().unwrap();
        assert!(addresses.insert(address.to_owned()));
        let mut command = site.project.command(psql());
        let port = endpoint["port"].to_string();
        command
            .args([
                "-X", "-At", "-d", "orders", "-U", "postgres", "-p", &port, "-h", address,
            ])
            .args(["-c", "select aurora_db_instance_identifier()"])
            .env("PGSSLMODE", "disable");
        let found = output(command);
        assert_eq!(
            found.stdout.trim(),
            endpoint["leads_to"].as_str().unwrap(),
            "{}",
            found.stderr
        );
    }
    assert_eq!(addresses.len(), 4);
}

#[tokio::test]
async fn tokio_postgres_connects_over_tcp_and_malformed_messages_harm_nobody() {
    let site = Site::new();
    let (host, port) = (site.told("Endpoint"), site.told("Port").parse().unwrap());
    let mut config = tokio_postgres::Config::new();
    config
        .host(&host)
        .port(port)
        .user("app")
        .password("correct horse")
        .dbname("orders");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    let end = tokio::spawn(connection);
    let row = client
        .query_one("select inet_server_port(), pg_backend_pid() > 0", &[])
        .await
        .unwrap();
    assert_eq!(
        (row.get::<_, i32>(0), row.get::<_, bool>(1)),
        (i32::from(port), true)
    );

    for bytes in [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".as_slice(),
        b"\0\0\0\x08\x04\xd2\x16\x2f",
        b"\0\0\0\x09\0\x03\0\0\0",
        b"\x7f\xff\xff\xff",
        b"\0\0\0\x10\0\x03\0\0user\0app\0\0\0",
    ] {
        let mut stream = std::net::TcpStream::connect((host.as_str(), port)).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset is an end, too.
        let _ = stream.read_to_end(&mut answer);
    }
    // The simple protocol leaves no prepared statement behind, whose closing would be under way below.
    assert_eq!(client.simple_query("select 1").await.unwrap().len(), 3);

    // Without a statement under way, the end of the member is the end of the connection.
    site.asks("RebootDBInstance", &[("DBInstanceIdentifier", "orders-1")]);
    let error = end.await.unwrap().unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("57P01"));
}
