//! Two real PostgreSQL servers on loopback, ended with the last test that uses them: `first` writes and preloads
//! pg_stat_statements, `second` is a copy in recovery that does not. Both speak TLS with a certificate for `localhost`.
//!
//! Databases: `orders` (with the extension), `billing` (without), `locked` (with it, and nobody may read it). Roles:
//! `witness` (pg_monitor), `plain` (nothing), `stubborn` (a value of its own). Each has the password `PASSWORD`.

use super::project::repository;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

/// Every role's password; it must appear in no output.
pub(crate) const PASSWORD: &str = "correct-horse-battery";

/// The two servers and the certificates around them.
pub(crate) struct Servers {
    folder: tempfile::TempDir,
    pub(crate) first: Postmaster,
    pub(crate) second: Postmaster,
}

/// One running server.
pub(crate) struct Postmaster {
    child: Child,
    pub(crate) port: u16,
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of the server's programs, installed where it is missing.
fn programs() -> &'static PathBuf {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        if let Some(path) = std::env::var_os("AURORACTL_TESTS_POSTGRES") {
            return path.into();
        }
        let script = repository().join("tests/postgres-server");
        let output = Command::new(&script)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{} failed", script.display());
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim() == "0"
}

/// A program of the server, as a user that may run it: PostgreSQL refuses root.
fn program(name: &str) -> Command {
    let path = programs().join(name);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(path);
        command
    } else {
        Command::new(path)
    };
    command.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command
}

fn succeeds(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What both servers are started with; the tests' declarations want these values.
const SETTINGS: &[&str] = &[
    "fsync=off",
    "ssl=on",
    "listen_addresses=127.0.0.1",
    "max_connections=50",
    "log_lock_waits=on",
    "random_page_cost=1.1",
];
const OF_FIRST: &[&str] = &[
    "shared_preload_libraries=pg_stat_statements",
    "log_min_duration_statement=500",
    "log_statement=ddl",
    "pg_stat_statements.track=all",
];
const OF_SECOND: &[&str] = &[
    "shared_preload_libraries=auto_explain",
    "log_min_duration_statement=-1",
    "log_statement=ddl",
    "pg_stat_statements.track=all",
];

const CONTENTS: &str = r#"
CREATE ROLE witness LOGIN PASSWORD 'correct-horse-battery' IN ROLE pg_monitor;
CREATE ROLE plain LOGIN PASSWORD 'correct-horse-battery';
CREATE ROLE stubborn LOGIN PASSWORD 'correct-horse-battery' IN ROLE pg_monitor;
ALTER ROLE stubborn SET log_min_duration_statement = 100;
CREATE DATABASE orders;
CREATE DATABASE billing;
CREATE DATABASE locked;
\c orders
CREATE SCHEMA extensions;
GRANT USAGE ON SCHEMA extensions TO PUBLIC;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;
CREATE TABLE jobs (name text, done boolean);
INSERT INTO jobs VALUES ('nightly', true), ('weekly', true);
GRANT SELECT, INSERT ON jobs TO PUBLIC;
\c locked
CREATE EXTENSION pg_stat_statements;
REVOKE ALL ON pg_stat_statements FROM PUBLIC;
REVOKE ALL ON pg_stat_statements FROM pg_read_all_stats;
"#;

impl Servers {
    /// The servers, shared with every test that runs at the same time.
    pub(crate) fn running() -> Arc<Self> {
        static SHARED: Mutex<Weak<Servers>> = Mutex::new(Weak::new());
        let mut shared = SHARED
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(servers) = shared.upgrade() {
            return servers;
        }
        let servers = Arc::new(Self::start());
        *shared = Arc::downgrade(&servers);
        servers
    }

    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = home(folder.path());
        let (data, copy) = (home.join("first"), home.join("second"));
        initialise(&data);
        let mut setup = Postmaster::start(&home, &data, OF_FIRST);
        fill(&home, setup.port, CONTENTS);
        setup.end(&data);
        succeeds(Command::new("cp").arg("-a").arg(&data).arg(&copy));
        // In recovery, with nowhere to recover from: a reader.
        fs::write(copy.join("standby.signal"), "").unwrap();
        let first = Postmaster::start(&home, &data, OF_FIRST);
        let second = Postmaster::start(&home, &copy, OF_SECOND);
        Self {
            folder,
            first,
            second,
        }
    }

    /// A certificate of the tests, such as `ca.pem`.
    pub(crate) fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs statements on the first server as its superuser.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let home = self.folder.path().join("servers");
        succeeds(psql(&home, self.first.port, "orders").args(["-Atc", statements]))
    }
}

/// The folder of servers under `root`, with the certificates that they need.
pub(super) fn home(root: &Path) -> PathBuf {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    certificates(root);
    let home = root.join("servers");
    fs::create_dir(&home).unwrap();
    for name in ["server.pem", "server.key"] {
        fs::copy(root.join(name), home.join(name)).unwrap();
    }
    fs::set_permissions(home.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
    if is_root() {
        succeeds(
            Command::new("chown")
                .args(["-R", "postgres:postgres"])
                .arg(&home),
        );
    }
    home
}

/// Makes the files of an empty server.
pub(super) fn initialise(data: &Path) {
    succeeds(
        program("initdb")
            .args(["--no-sync", "--username=postgres", "--encoding=UTF8"])
            .args([
                "--auth-local=trust",
                "--auth-host=scram-sha-256",
                "--locale=C",
            ])
            .arg("--pgdata")
            .arg(data),
    );
}

/// Runs a script on a server as its superuser.
pub(super) fn fill(home: &Path, port: u16, script: &str) {
    let mut psql = psql(home, port, "postgres");
    psql.args(["-v", "ON_ERROR_STOP=1"]).stdin(Stdio::piped());
    let mut child = psql.stdout(Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

fn psql(home: &Path, port: u16, database: &str) -> Command {
    let mut psql = program("psql");
    psql.args(["-X", "-q", "-U", "postgres", "-d", database])
        .arg("-h")
        .arg(home)
        .args(["-p", &port.to_string()]);
    psql
}

impl Postmaster {
    pub(super) fn start(home: &Path, data: &Path, own: &[&str]) -> Self {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = program("postgres");
        command.arg("-D").arg(data).args(["-p", &port.to_string()]);
        let files = [
            format!("unix_socket_directories={}", home.display()),
            format!("ssl_cert_file={}", home.join("server.pem").display()),
            format!("ssl_key_file={}", home.join("server.key").display()),
        ];
        for setting in SETTINGS.iter().chain(own) {
            command.args(["-c", setting]);
        }
        for setting in &files {
            command.args(["-c", setting]);
        }
        let log = fs::File::create(home.join(format!("{port}.log"))).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, port };
        let begun = Instant::now();
        loop {
            let answer = psql(home, port, "postgres")
                .args(["-Atc", "select 1"])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            if answer.status.success() {
                return server;
            }
            assert!(
                server.child.try_wait().unwrap().is_none()
                    && begun.elapsed() < Duration::from_secs(60),
                "PostgreSQL does not start: {}\n{}",
                String::from_utf8_lossy(&answer.stderr),
                fs::read_to_string(home.join(format!("{port}.log"))).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it in good order, so that its files can be copied.
    fn end(&mut self, data: &Path) {
        succeeds(
            program("pg_ctl")
                .arg("-D")
                .arg(data)
                .args(["-m", "fast", "-w", "stop"]),
        );
        let _ = self.child.wait();
    }
}

/// An authority, the same authority when its time was over, another one, and two certificates of the first for a server: one
/// that is good, and one whose time is over.
pub(crate) fn certificates(folder: &Path) {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd,
    };
    let authority = |name: &str, until: i32| {
        let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.not_before = date_time_ymd(2000, 1, 1);
        parameters.not_after = date_time_ymd(until, 1, 1);
        parameters
    };
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let key = KeyPair::generate().unwrap();
    let good = authority("Test Authority", 2100);
    let expired = authority("Test Authority", 2020);
    write("ca.pem", &good.self_signed(&key).unwrap().pem());
    write("expired-ca.pem", &expired.self_signed(&key).unwrap().pem());
    let other_key = KeyPair::generate().unwrap();
    let other = authority("Another Authority", 2100)
        .self_signed(&other_key)
        .unwrap()
        .pem();
    write("other-ca.pem", &other);
    let both = expired.self_signed(&key).unwrap().pem() + &other;
    write("expired-and-other-ca.pem", &both);
    write("no-ca.pem", "nothing at all\n");
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&server_key, &Issuer::from_params(&good, &key))
        .unwrap();
    write("server.pem", &server.pem());
    write("server.key", &server_key.serialize_pem());
    let mut over = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    over.not_before = date_time_ymd(2000, 1, 1);
    over.not_after = date_time_ymd(2020, 1, 1);
    let over = over
        .signed_by(&server_key, &Issuer::from_params(&good, &key))
        .unwrap();
    write("expired-server.pem", &over.pem());
}
