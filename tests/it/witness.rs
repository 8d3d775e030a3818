//! The SQL witness against real PostgreSQL: the simulator answers as the RDS API, two servers on loopback answer as its members.

use crate::support::postgres::{PASSWORD, Servers, certificates};
use crate::support::project::{Output, Project};
use crate::support::server::Server;
use std::sync::Arc;

const WORLD: &str = r#"
seed = 1
clock = "2026-05-15T06:05:00Z"

[[account]]
id = "111111111111"

[[parameter_group]]
name = "tuned"
family = "aurora-postgresql16"

[parameter_group.parameters]
max_connections = 50
log_min_duration_statement = 500
log_statement = "ddl"
log_lock_waits = true
random_page_cost = "1.1"
shared_preload_libraries = "pg_stat_statements"
"pg_stat_statements.track" = "ALL"

[[cluster]]
identifier = "orders"
engine_version = "16.6"
parameter_group = "tuned"

[[cluster.member]]
identifier = "orders-1"
class = "db.t3.medium"
writer = true

[[cluster.member]]
identifier = "orders-2"
class = "db.t3.medium"

[[cluster]]
identifier = "single"
engine_version = "16.6"
parameter_group = "tuned"

[[cluster.member]]
identifier = "single-1"
class = "db.t3.medium"
"#;

/// A declaration whose members are the real servers. `sql` are more lines of `[verify.sql]`, `rest` more tables.
pub(crate) fn declaration(site: &Site, cluster: &str, sql: &str, rest: &str) -> String {
    format!(
        r#"
[partition]
name = "{cluster}"

[aws]
account = "111111111111"
region = "us-east-1"

[cluster]
identifier = "{cluster}"
engine_version = "16"
apply_immediately = true
parameter_group = "tuned"

[parameters]
max_connections = 50
log_min_duration_statement = "500ms"
log_statement = "ddl"
log_lock_waits = true
random_page_cost = 1.1
shared_preload_libraries = ["pg_stat_statements"]
"pg_stat_statements.track" = "all"

[verify.sql]
database = "orders"
{sql}

[verify.sql.cluster_endpoint]
host = "127.0.0.1"
port = {first}
certificate_name = "localhost"

[verify.sql.instances.{cluster}-1]
host = "127.0.0.1"
port = {first}
certificate_name = "localhost"

[verify.sql.instances.{cluster}-2]
host = "127.0.0.1"
port = {second}
certificate_name = "localhost"

{rest}
"#,
        first = site.servers.first.port,
        second = site.servers.second.port,
    )
}

/// The lines of a login that works.
pub(crate) fn login(site: &Site, user: &str) -> String {
    format!(
        "user = \"{user}\"\npassword_env = \"WITNESS_PASSWORD\"\nca_file = \"{}\"",
        site.servers.file("ca.pem")
    )
}

pub(crate) struct Site {
    pub(crate) project: Project,
    // Ended with the test.
    _simulator: Server,
    pub(crate) servers: Arc<Servers>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let servers = Servers::running();
        let mut project = Project::empty();
        project.write("world.toml", WORLD);
        let simulator = Server::start(&project, Some("world.toml"), "1");
        simulator.seconds_per_request(0);
        simulator.answer(&mut project, "SIMULATED111111111111");
        project.set("WITNESS_PASSWORD", PASSWORD);
        Self {
            project,
            _simulator: simulator,
            servers,
        }
    }

    pub(crate) fn declares(&self, cluster: &str, sql: &str, rest: &str) {
        self.project.write(
            &format!("environments/{cluster}.toml"),
            &declaration(self, cluster, sql, rest),
        );
    }

    pub(crate) fn verifies(&self, arguments: &[&str]) -> Output {
        let output = self.project.run(&[&["verify"], arguments].concat());
        assert!(!output.stdout.contains(PASSWORD), "{}", output.stdout);
        assert!(!output.stderr.contains(PASSWORD), "{}", output.stderr);
        output
    }

    /// What `verify` says, with what differs from run to run by name.
    pub(crate) fn said(&self, output: &Output) -> String {
        let text = format!("{}{}[exit {}]\n", output.stdout, output.stderr, output.code);
        let text = text
            .replace(&self.servers.first.port.to_string(), "FIRST")
            .replace(&self.servers.second.port.to_string(), "SECOND")
            .replace(&self.servers.file(""), "FILES/")
            // PostgreSQL 15 and those after it.
            .replace(
                "must be superuser or have privileges of pg_read_all_settings to examine",
                "permission denied to examine",
            );
        // The simulator listens somewhere.
        regex::Regex::new(r"http://127\.0\.0\.1:\d+")
            .unwrap()
            .replace_all(&text, "http://SIMULATOR")
            .into_owned()
    }

    /// What is not live, one line each, and how the command ended.
    pub(crate) fn objections(&self, name: &str) -> String {
        let output = self.verifies(&[name, "--json"]);
        let document: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let verification = &document["partitions"][0]["verification"];
        let mut lines = String::new();
        for disagreement in verification["disagreements"].as_array().unwrap() {
            lines += &format!("{}\n", disagreement.as_str().unwrap());
        }
        let mut of = |whose: &str, checks: &serde_json::Value| {
            for check in checks.as_array().unwrap() {
                let text = |name: &str| check[name].as_str().unwrap_or("-").to_owned();
                if text("verdict") == "live" {
                    continue;
                }
                lines += &format!(
                    "{whose}: {}: {}, says {}\n  found {}, wanted {}\n  because {}\n  takes {}\n",
                    text("subject"),
                    text("verdict"),
                    text("witness"),
                    text("found"),
                    text("wanted"),
                    text("because"),
                    text("takes"),
                );
            }
        };
        of("cluster", &verification["checks"]);
        for member in verification["members"].as_array().unwrap() {
            of(member["identifier"].as_str().unwrap(), &member["checks"]);
        }
        self.said(&Output {
            stdout: lines,
            ..output
        })
    }
}

#[test]
fn each_witness_is_told_member_by_member_and_parameter_by_parameter() {
    let site = Site::new();
    let sql = login(&site, "witness") + "\ndatabases = [\"orders\", \"billing\", \"locked\"]";
    site.declares("orders", &sql, "");
    insta::assert_snapshot!(site.said(&site.verifies(&["orders"])), @r#"
    orders: cluster orders, account 111111111111, us-east-1, AWS at http://SIMULATOR
      6 not as declared, 2 not readable, 1 not proven; witnesses disagree
      witnesses: RDS API, SQL as witness; read 2026-05-15T06:05:00Z
      witnesses disagree  orders-2: the RDS API says in-sync, SQL says that log_min_duration_statement
                          is -1, wanted 500 ms; library pg_stat_statements is not loaded, wanted loaded;
                          library auto_explain is loaded, wanted not loaded

      the cluster
        live          RDS API  cluster           available
        live          RDS API  what AWS stores   as declared; parameter group tuned
        live          SQL      cluster endpoint  accepts writes

      orders-1, writer, db.t3.medium
        live          RDS API  status                                  available
        live          RDS API  parameter group status                  in-sync
        live          SQL      log_lock_waits                          on
        live          SQL      log_min_duration_statement              500 ms
        live          SQL      log_statement                           ddl
        live          SQL      max_connections                         50
        live          SQL      pg_stat_statements.track                all
        live          SQL      random_page_cost                        1.1
        live          SQL      library pg_stat_statements              loaded
        live          probe    pg_stat_statements in database orders   extensions."pg_stat_statements"
                                                                       answered
        not live      probe    pg_stat_statements in database billing  is extension not created in this
                                                                       database, wanted extension
                                                                       created
                                 the library is loaded
        not readable  probe    pg_stat_statements in database locked
                                 permission denied for view pg_stat_statements

      orders-2, reader, db.t3.medium
        live          RDS API  status                                  available
        live          RDS API  parameter group status                  in-sync
        live          SQL      log_lock_waits                          on
        not live      SQL      log_min_duration_statement              is -1, wanted 500 ms
        live          SQL      log_statement                           ddl
        live          SQL      max_connections                         50
        not proven    SQL      pg_stat_statements.track                is all, wanted ALL
                                 PostgreSQL keeps the value, and no loaded library gives it a meaning
        live          SQL      random_page_cost                        1.1
        not live      SQL      library pg_stat_statements              is not loaded, wanted loaded
        not live      SQL      library auto_explain                    is loaded, wanted not loaded
        not live      probe    pg_stat_statements in database orders   is not preloaded, wanted
                                                                       preloaded
                                 the server that runs did not load the library
        not live      probe    pg_stat_statements in database billing  is not preloaded, wanted
                                                                       preloaded
                                 the server that runs did not load the library
        not readable  probe    pg_stat_statements in database locked
                                 permission denied for view pg_stat_statements

      what it takes
        CREATE EXTENSION pg_stat_statements; in database billing
            for pg_stat_statements in database billing on orders-1
        GRANT SELECT ON pg_stat_statements TO witness;
            for pg_stat_statements in database locked on orders-1, pg_stat_statements in database locked
                on orders-2
        a restart loads what shared_preload_libraries stores
            for pg_stat_statements in database orders on orders-2, pg_stat_statements in database
                billing on orders-2
        preload the library that the setting belongs to
            for pg_stat_statements.track on orders-2
    [exit 2]
    "#);
}

#[test]
fn what_every_witness_confirms_is_proven() {
    let site = Site::new();
    site.declares("single", &login(&site, "witness"), "");
    insta::assert_snapshot!(site.said(&site.verifies(&["single"])), @r#"
    single: cluster single, account 111111111111, us-east-1, AWS at http://SIMULATOR
      proven: every witness says that all is as declared, on every member
      witnesses: RDS API, SQL as witness; read 2026-05-15T06:05:00Z

      the cluster
        live          RDS API  cluster           available
        live          RDS API  what AWS stores   as declared; parameter group tuned
        live          SQL      cluster endpoint  accepts writes

      single-1, writer, db.t3.medium
        live          RDS API  status                                 available
        live          RDS API  parameter group status                 in-sync
        live          SQL      log_lock_waits                         on
        live          SQL      log_min_duration_statement             500 ms
        live          SQL      log_statement                          ddl
        live          SQL      max_connections                        50
        live          SQL      pg_stat_statements.track               all
        live          SQL      random_page_cost                       1.1
        live          SQL      library pg_stat_statements             loaded
        live          probe    pg_stat_statements in database orders  extensions."pg_stat_statements"
                                                                      answered
    [exit 0]
    "#);
    let json = site.verifies(&["single", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &document["document"]), (0, &"verify".into()));
    let partition = &document["partitions"][0];
    assert_eq!(partition["outcome"], "verified");
    assert_eq!(partition["proven"], true);
    let checks = partition["verification"]["members"][0]["checks"]
        .as_array()
        .unwrap();
    let witnesses: std::collections::BTreeSet<&str> = checks
        .iter()
        .map(|check| check["witness"].as_str().unwrap())
        .collect();
    assert_eq!(witnesses, ["api", "probe", "sql"].into());
}

#[test]
fn without_a_grant_a_value_is_not_readable_and_never_good() {
    let site = Site::new();
    site.declares("single", &login(&site, "plain"), "");
    insta::assert_snapshot!(site.objections("single"), @r#"
    single-1: shared_preload_libraries: not-readable, says sql
      found -, wanted pg_stat_statements
      because permission denied to examine "shared_preload_libraries"
      takes GRANT pg_read_all_settings TO plain; (pg_monitor includes it)
    [exit 2]
    "#);
}

#[test]
fn a_value_of_the_roles_own_hides_the_servers() {
    let site = Site::new();
    site.declares("single", &login(&site, "stubborn"), "");
    insta::assert_snapshot!(site.objections("single"), @"
    single-1: log_min_duration_statement: not-proven, says sql
      found 100 ms, wanted 500
      because the role stubborn has a value of its own, which hides the server's
      takes a role for which no log_min_duration_statement is set (ALTER ROLE … RESET log_min_duration_statement)
    [exit 2]
    ");
}

#[test]
fn declared_probes_are_compared_by_meaning_and_cannot_write() {
    let site = Site::new();
    let probe = |name: &str, sql: &str, rest: &str| {
        format!("[[probe]]\nname = \"{name}\"\nsql = \"\"\"{sql}\"\"\"\n{rest}\n")
    };
    let probes = [
        probe("count", "select count(*) from jobs", "expect = 2"),
        probe("number", "select 2.50", "expect = 2.5"),
        probe(
            "all done",
            "select bool_and(done) from jobs",
            "expect = true",
        ),
        probe(
            "names",
            "select name from jobs order by 1",
            "expect = [\"nightly\", \"weekly\"]",
        ),
        probe(
            "nothing left",
            "select 1 from jobs where not done",
            "expect = []",
        ),
        probe(
            "cluster",
            "select pg_is_in_recovery()",
            "expect = false\nat = \"cluster-endpoint\"",
        ),
        probe(
            "before only",
            "select 1/0",
            "expect = 1\nphase = \"before\"",
        ),
        probe(
            "wrong",
            "select name from jobs order by 1",
            "expect = [\"weekly\"]",
        ),
        probe("two columns", "select 1, 2", "expect = 1"),
        probe("null", "select null", "expect = \"\""),
        probe(
            "writes",
            "insert into jobs values ('x', false)",
            "expect = 1",
        ),
        probe(
            "two statements",
            "commit; insert into jobs values ('x', false)",
            "expect = 1",
        ),
        probe(
            "escapes",
            "select set_config('transaction_read_only', 'off', false)",
            "expect = \"off\"",
        ),
        probe("many", "select generate_series(1, 1000)", "expect = 1"),
        probe("hangs", "select pg_sleep(3600)", "expect = 1"),
        probe("after a hang", "select 1", "expect = 1"),
        probe("broken", "selekt 1", "expect = 1"),
        probe(
            "elsewhere",
            "select 1",
            "expect = 1\ndatabases = [\"nowhere\"]",
        ),
    ]
    .concat();
    let sql = login(&site, "witness") + "\nstatement_timeout = \"5s\"";
    site.declares("single", &sql, &probes);
    let said = site.verifies(&["single"]);
    insta::assert_snapshot!(site.said(&said), @r#"
    single: cluster single, account 111111111111, us-east-1, AWS at http://SIMULATOR
      4 not as declared, 6 not proven
      witnesses: RDS API, SQL as witness; read 2026-05-15T06:05:00Z

      the cluster
        live          RDS API  cluster                     available
        live          RDS API  what AWS stores             as declared; parameter group tuned
        live          SQL      cluster endpoint            accepts writes
        live          probe    cluster in database orders  f

      single-1, writer, db.t3.medium
        live          RDS API  status                                 available
        live          RDS API  parameter group status                 in-sync
        live          SQL      log_lock_waits                         on
        live          SQL      log_min_duration_statement             500 ms
        live          SQL      log_statement                          ddl
        live          SQL      max_connections                        50
        live          SQL      pg_stat_statements.track               all
        live          SQL      random_page_cost                       1.1
        live          SQL      library pg_stat_statements             loaded
        live          probe    pg_stat_statements in database orders  extensions."pg_stat_statements"
                                                                      answered
        live          probe    count in database orders               2
        live          probe    number in database orders              2.50
        live          probe    all done in database orders            t
        live          probe    names in database orders               nightly | weekly
        live          probe    nothing left in database orders        no rows
        not live      probe    wrong in database orders               is nightly | weekly, wanted weekly
        not live      probe    two columns in database orders         is 1, 2, wanted 1
        not live      probe    null in database orders                is NULL, wanted
        not proven    probe    writes in database orders              wanted 1
                                 SQL on single-1: cannot execute INSERT in a read-only transaction
        not proven    probe    two statements in database orders      wanted 1
                                 SQL on single-1: cannot insert multiple commands into a prepared
                                 statement
        not proven    probe    escapes in database orders             wanted off
                                 SQL on single-1: transaction read-write mode must be set before any
                                 query
        not live      probe    many in database orders                is 1 | 2 | 3 | 4 | 5 | …, wanted 1
        not proven    probe    hangs in database orders               wanted 1
                                 SQL on single-1: canceling statement due to statement timeout
        live          probe    after a hang in database orders        1
        not proven    probe    broken in database orders              wanted 1
                                 SQL on single-1: syntax error at or near "selekt"
        not proven    probe    elsewhere in database nowhere          wanted 1
                                 SQL on single-1: database "nowhere" does not exist
    [exit 2]
    "#);
    assert_eq!(site.servers.sql("select count(*) from jobs").trim(), "2");
}

#[test]
fn what_stands_in_the_way_of_an_answer_is_named_with_a_way_out() {
    let mut site = Site::new();
    let file = |name: &str| site.servers.file(name);
    let trusting = |name: &str| {
        format!(
            "user = \"witness\"\npassword_env = \"WITNESS_PASSWORD\"\nca_file = \"{}\"",
            file(name)
        )
    };
    let cases = [
        ("an unknown authority", trusting("other-ca.pem")),
        (
            "an authority whose time is over",
            trusting("expired-ca.pem"),
        ),
        (
            "the same among others",
            trusting("expired-and-other-ca.pem"),
        ),
        ("a file without authorities", trusting("no-ca.pem")),
        ("a file that is not there", trusting("absent.pem")),
        (
            "a wrong password",
            login(&site, "witness").replace("WITNESS_PASSWORD", "WRONG_PASSWORD"),
        ),
        ("an unknown user", login(&site, "nobody")),
        (
            "a variable that is not set",
            login(&site, "witness").replace("WITNESS_PASSWORD", "NOT_SET"),
        ),
        (
            "a password command that fails",
            login(&site, "witness").replace(
                "password_env = \"WITNESS_PASSWORD\"",
                "password_command = [\"sh\", \"-c\", \"echo the vault is sealed >&2; exit 2\"]",
            ),
        ),
    ];
    site.project.set("WRONG_PASSWORD", "battery staple");
    let mut said = String::new();
    for (name, sql) in cases {
        site.declares("single", &sql, "");
        said += &format!("# {name}\n{}\n", site.objections("single"));
    }
    let wrong_name = declaration(&site, "single", &login(&site, "witness"), "").replace(
        "certificate_name = \"localhost\"",
        "certificate_name = \"elsewhere.example\"",
    );
    site.project.write("environments/single.toml", &wrong_name);
    said += &format!("# a wrong name\n{}\n", site.objections("single"));
    let by_authority = wrong_name
        .replace("certificate_name = \"elsewhere.example\"", "")
        .replace("[verify.sql]\n", "[verify.sql]\nssl_mode = \"verify-ca\"\n");
    site.project
        .write("environments/single.toml", &by_authority);
    let good = site.verifies(&["single"]);
    assert_eq!(good.code, 0, "{}", good.stdout);
    let nowhere = declaration(&site, "single", &login(&site, "witness"), "")
        .replace(&format!("port = {}", site.servers.first.port), "port = 9");
    site.project.write("environments/single.toml", &nowhere);
    said += &format!("# nobody listens\n{}\n", site.objections("single"));
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let hanging = declaration(
        &site,
        "single",
        &(login(&site, "witness") + "\nconnect_timeout = \"1s\""),
        "",
    )
    .replace(
        &format!("port = {}", site.servers.first.port),
        &format!("port = {port}"),
    );
    site.project.write("environments/single.toml", &hanging);
    said += &format!(
        "# a server that says nothing\n{}\n",
        site.objections("single")
    );
    assert!(!said.contains("battery staple"));
    insta::assert_snapshot!(said, @r#"
    # an unknown authority
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the server's certificate is of no known authority
      takes the authorities believed are those of FILES/other-ca.pem; RDS's are in the bundle that AWS publishes for the region (Aurora User Guide, "Using SSL/TLS"): name it as `ca_file` in [verify.sql]
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the server's certificate is of no known authority
      takes the authorities believed are those of FILES/other-ca.pem; RDS's are in the bundle that AWS publishes for the region (Aurora User Guide, "Using SSL/TLS"): name it as `ca_file` in [verify.sql]
    [exit 2]

    # an authority whose time is over
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because the authorities in FILES/expired-ca.pem: there is none to believe
      takes the time of all is over: CN=Test Authority (until 2020-01-01T00:00:00Z); fetch the present bundle that AWS publishes for the region
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because the authorities in FILES/expired-ca.pem: there is none to believe
      takes the time of all is over: CN=Test Authority (until 2020-01-01T00:00:00Z); fetch the present bundle that AWS publishes for the region
    [exit 2]

    # the same among others
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the server's certificate is of no known authority
      takes the authorities believed are those of FILES/expired-and-other-ca.pem, and of these the time is over: CN=Test Authority (until 2020-01-01T00:00:00Z); fetch the present bundle that AWS publishes for the region
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the server's certificate is of no known authority
      takes the authorities believed are those of FILES/expired-and-other-ca.pem, and of these the time is over: CN=Test Authority (until 2020-01-01T00:00:00Z); fetch the present bundle that AWS publishes for the region
    [exit 2]

    # a file without authorities
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because the authorities in FILES/no-ca.pem: there is none to believe
      takes `ca_file` in [verify.sql] names a file of certificates (PEM), such as the bundle that AWS publishes for the region
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because the authorities in FILES/no-ca.pem: there is none to believe
      takes `ca_file` in [verify.sql] names a file of certificates (PEM), such as the bundle that AWS publishes for the region
    [exit 2]

    # a file that is not there
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because cannot read the authorities in FILES/absent.pem: No such file or directory (os error 2)
      takes -
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because cannot read the authorities in FILES/absent.pem: No such file or directory (os error 2)
      takes -
    [exit 2]

    # a wrong password
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: password authentication failed for user "witness"
      takes look at the user and at where [verify.sql] finds its password; both are as PostgreSQL knows them
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: password authentication failed for user "witness"
      takes look at the user and at where [verify.sql] finds its password; both are as PostgreSQL knows them
    [exit 2]

    # an unknown user
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: password authentication failed for user "nobody"
      takes look at the user and at where [verify.sql] finds its password; both are as PostgreSQL knows them
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: password authentication failed for user "nobody"
      takes look at the user and at where [verify.sql] finds its password; both are as PostgreSQL knows them
    [exit 2]

    # a variable that is not set
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because the environment variable `NOT_SET`, in which [verify.sql] looks for the password, is not set
      takes -
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because the environment variable `NOT_SET`, in which [verify.sql] looks for the password, is not set
      takes -
    [exit 2]

    # a password command that fails
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because the password command `sh` failed: it ended with exit code 2 and said: the vault is sealed
      takes -
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because the password command `sh` failed: it ended with exit code 2 and said: the vault is sealed
      takes -
    [exit 2]

    # a wrong name
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the server's certificate does not name `elsewhere.example`: certificate not valid for name "elsewhere.example"; certificate is only valid for DnsName("localhost")
      takes behind an address or a tunnel of your own, `certificate_name` says which name the certificate carries; make sure first that the right server answers
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the server's certificate does not name `elsewhere.example`: certificate not valid for name "elsewhere.example"; certificate is only valid for DnsName("localhost")
      takes behind an address or a tunnel of your own, `certificate_name` says which name the certificate carries; make sure first that the right server answers
    [exit 2]

    # nobody listens
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: no connection to 127.0.0.1:9: Connection refused (os error 111)
      takes nothing listens there; look at host and port
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: no connection to 127.0.0.1:9: Connection refused (os error 111)
      takes nothing listens there; look at host and port
    [exit 2]

    # a server that says nothing
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: no session within 1 s
      takes whatever is there takes connections and says nothing, or the way to it drops what is sent: look at security groups, routes and `port`
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: no session within 1 s
      takes whatever is there takes connections and says nothing, or the way to it drops what is sent: look at security groups, routes and `port`
    [exit 2]
    "#);
}

/// Forwards a local port; ends by itself, with a complaint, when a given text passes.
pub(crate) const FORWARD: &str = r#"
use strict; use warnings; use IO::Socket::INET; use IO::Select;
my ($local, $host, $port, $to, $ends_at) = @ARGV;
die "unexpected endpoint $host:$port\n" unless $host =~ /^single(-1)?\./ and $port == 5432;
my $parent = $$;
$SIG{USR1} = sub { print STDERR "kex_exchange_identification: Connection closed\n"; exit 255 };
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $local, Listen => 5, ReuseAddr => 1) or die "cannot listen: $!\n";
$SIG{CHLD} = 'IGNORE';
while (1) {
  my $near = $listener->accept or next;
  next if fork;
  my $far = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to) or die "$!\n";
  my $select = IO::Select->new($near, $far);
  while (1) {
    for my $from ($select->can_read) {
      my $there = $from->sysread(my $bytes, 65536) or exit 0;
      if ($from == $near and $ends_at and index($bytes, $ends_at) >= 0) { kill 'USR1', $parent; sleep 600 }
      ($from == $near ? $far : $near)->syswrite($bytes);
    }
  }
}
"#;

#[test]
fn a_tunnel_is_started_and_ended_around_the_checks_and_its_death_is_told() {
    let site = Site::new();
    site.project.write("forward.pl", FORWARD);
    let tunnel = |command: &str| {
        let text = declaration(&site, "single", &login(&site, "witness"), "");
        let (start, _) = text.split_once("[verify.sql.cluster_endpoint]").unwrap();
        // Without TLS the tunnel can read what passes; the name in the certificate is not AWS's here.
        format!(
            "{}\n[verify.sql.tunnel]\ncommand = {command}\nready_timeout = \"60s\"\n",
            start.replace("ca_file", "ssl_mode = \"disable\" #")
        )
    };
    let forward = |ends_at: &str| {
        format!(
            "[\"perl\", \"forward.pl\", \"{{local_port}}\", \"{{host}}\", \"{{port}}\", \"{}\", \"{ends_at}\"]",
            site.servers.first.port
        )
    };
    let mut said = String::new();
    let mut says = |name: &str, command: &str| {
        site.project
            .write("environments/single.toml", &tunnel(command));
        said += &format!("# {name}\n{}\n", site.objections("single"));
    };
    says("a tunnel that works", &forward(""));
    says("one that ends midway", &forward("pg_settings"));
    says(
        "one that ends at once",
        "[\"sh\", \"-c\", \"echo host key verification failed >&2; exit 255\", \"{local_port}\"]",
    );
    says(
        "a program that is not there",
        "[\"/nowhere/ssh\", \"{local_port}\"]",
    );
    insta::assert_snapshot!(said, @"
    # a tunnel that works
    [exit 0]

    # one that ends midway
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the tunnel ended: it ended with exit code 255 and said: kex_exchange_identification: Connection closed
      takes -
    [exit 2]

    # one that ends at once
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the tunnel did not come up: it ended with exit code 255 and said: host key verification failed
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the tunnel did not come up: it ended with exit code 255 and said: host key verification failed
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    [exit 2]

    # a program that is not there
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the tunnel did not come up: cannot start `/nowhere/ssh`: No such file or directory (os error 2)
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the tunnel did not come up: cannot start `/nowhere/ssh`: No such file or directory (os error 2)
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    [exit 2]
    ");
    assert_eq!(
        left_behind("forward.pl", &site.servers.first.port.to_string()),
        0
    );
}

/// How many processes have both words in their command lines.
fn left_behind(first: &str, second: &str) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|words| String::from_utf8_lossy(&words).into_owned())
        .filter(|words| words.contains(first) && words.contains(second))
        .count()
}

#[test]
fn a_tunnel_that_never_becomes_ready_is_given_up() {
    let site = Site::new();
    let text = declaration(&site, "single", &login(&site, "witness"), "");
    let (start, _) = text.split_once("[verify.sql.cluster_endpoint]").unwrap();
    let marker = format!("never-ready-{}", site.servers.first.port);
    site.project.write(
        "environments/single.toml",
        &format!(
            "{start}\n[verify.sql.tunnel]\ncommand = [\"sh\", \"-c\", \"sleep 600; true {marker}\", \"{{local_port}}\"]\nready_timeout = \"1s\"\n"
        ),
    );
    insta::assert_snapshot!(site.objections("single"), @"
    cluster: cluster endpoint: not-proven, says sql
      found -, wanted -
      because SQL on the cluster endpoint: the tunnel did not come up: PostgreSQL did not answer through it within 1 s
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    single-1: the values that it runs: not-proven, says sql
      found -, wanted -
      because SQL on single-1: the tunnel did not come up: PostgreSQL did not answer through it within 1 s
      takes try the command of [verify.sql.tunnel] by hand; it must not ask anything
    [exit 2]
    ");
    assert_eq!(left_behind("sleep 600", &marker), 0);
}

#[test]
fn without_a_declared_witness_the_api_alone_proves_no_value() {
    let site = Site::new();
    let text = declaration(&site, "orders", &login(&site, "witness"), "");
    let (start, _) = text.split_once("[verify.sql]").unwrap();
    site.project.write("environments/orders.toml", start);
    insta::assert_snapshot!(site.said(&site.verifies(&["orders"])), @"
    orders: cluster orders, account 111111111111, us-east-1, AWS at http://SIMULATOR
      1 not proven
      witnesses: RDS API; read 2026-05-15T06:05:00Z

      the cluster
        live          RDS API  cluster                          available
        live          RDS API  what AWS stores                  as declared; parameter group tuned
        not proven    SQL      the values that the members run
                                 the RDS API shows that a member is in-sync with its group, not what it
                                 runs

      orders-1, writer, db.t3.medium
        live          RDS API  status                  available
        live          RDS API  parameter group status  in-sync

      orders-2, reader, db.t3.medium
        live          RDS API  status                  available
        live          RDS API  parameter group status  in-sync

      what it takes
        declare [verify.sql], so that the members can be asked
            for the values that the members run
    [exit 2]
    ");
}

#[test]
fn no_password_is_written_anywhere_at_any_level_of_detail() {
    let site = Site::new();
    for (place, lines) in [
        ("env", "password_env = \"WITNESS_PASSWORD\"".to_owned()),
        ("file", "password_file = \"../password\"".to_owned()),
        (
            "command",
            "password_command = [\"cat\", \"password\"]".to_owned(),
        ),
    ] {
        site.project.write("password", &format!("{PASSWORD}\n"));
        let sql = login(&site, "witness").replace("password_env = \"WITNESS_PASSWORD\"", &lines);
        site.declares("single", &sql, "");
        for arguments in [&["single", "-vv"][..], &["single", "-vv", "--json"]] {
            // `verifies` looks for it in both outputs.
            assert_eq!(site.verifies(arguments).code, 0, "{place}");
        }
    }
}

#[test]
fn a_token_of_iam_is_a_password_over_a_verified_connection() {
    let mut project = Project::empty();
    certificates(project.path());
    project.write(
        "world.toml",
        r#"
seed = 1
clock = "2026-05-15T06:05:00Z"

[[account]]
id = "111111111111"

[[parameter_group]]
name = "tuned"
family = "aurora-postgresql16"
parameters = { shared_preload_libraries = "pg_stat_statements" }

[[cluster]]
identifier = "orders"
engine_version = "16.6"
parameter_group = "tuned"
iam_authentication = true

[[cluster.member]]
identifier = "orders-1"
class = "db.t3.medium"

[[cluster.user]]
name = "mover"
roles = ["rds_iam", "pg_monitor"]
"#,
    );
    let options = [
        "--postgres-port",
        "0",
        "--postgres-certificate",
        "server.pem",
        "--postgres-key",
        "server.key",
    ];
    let server = Server::start_with(&project, Some("world.toml"), "1", &options);
    server.seconds_per_request(0);
    server.answer(&mut project, "SIMULATED111111111111");
    let verifies = |user: &str| {
        project.write(
            "environments/orders.toml",
            &format!(
                r#"
[partition]
name = "orders"
[aws]
account = "111111111111"
region = "us-east-1"
[cluster]
identifier = "orders"
engine_version = "16"
apply_immediately = true
parameter_group = "tuned"
[parameters]
shared_preload_libraries = ["pg_stat_statements"]
[verify.sql]
user = "{user}"
iam = true
ca_file = "../ca.pem"
[verify.sql.cluster_endpoint]
certificate_name = "localhost"
[verify.sql.instances.orders-1]
certificate_name = "localhost"
"#
            ),
        );
        let output = project.run(&["verify", "orders", "-vv"]);
        for text in [&output.stdout, &output.stderr] {
            assert!(!text.contains("X-Amz-Signature"), "{text}");
        }
        output
    };
    let proven = verifies("mover");
    // The library is preloaded, its extension was not created in `postgres`: a token led that far.
    assert_eq!(proven.code, 2, "{}", proven.stderr);
    assert!(
        proven
            .stdout
            .contains("live          SQL      library pg_stat_statements"),
        "{}",
        proven.stdout
    );
    assert!(proven.stdout.contains("extension not created"));
}
