//! `[verify.sql]` and `[[probe]]`: what they become, and every way to get them wrong.

use super::{Declarations, prod_with};
use crate::desired::verify::{Password, SslMode};

const WHOLE: &str = r#"
[verify.sql]
user = "auroractl"
database = "orders"
databases = ["orders", "billing"]
ssl_mode = "verify-full"
ca_file = "global-bundle.pem"
password_command = ["vault", "kv", "get", "-field=password", "orders"]
connect_timeout = "5s"
statement_timeout = "20s"
command_timeout = "1min"

[verify.sql.cluster_endpoint]
host = "127.0.0.1"
port = 15432
certificate_name = "orders.internal"

[verify.sql.instances.Orders-2]
port = 15433

[verify.sql.tunnel]
command = ["ssh", "-N", "-L", "{local_port}:{host}:{port}", "bastion"]

[[probe]]
name = "jobs"
sql = "select count(*) from cron.job"
expect = 3

[[probe]]
name = "flags"
sql = "select flag from flags order by 1"
expect = ["a", true, 1.50]
phase = "before"
at = "cluster-endpoint"
databases = ["billing"]
"#;

#[test]
fn everything_that_can_be_said_is_understood() {
    let declarations = prod_with(WHOLE);
    let [prod] = declarations.all().try_into().unwrap();
    let shown = serde_json::to_string_pretty(&prod.verify)
        .unwrap()
        .replace(&declarations.0.path().display().to_string(), "environments");
    insta::assert_snapshot!(shown, @r#"
    {
      "sql": {
        "user": "auroractl",
        "database": "orders",
        "databases": [
          "orders",
          "billing"
        ],
        "ssl_mode": "verify-full",
        "ca_file": "environments/global-bundle.pem",
        "password": {
          "command": {
            "command": [
              "vault",
              "kv",
              "get",
              "-field=password",
              "orders"
            ],
            "seconds_max": 60
          }
        },
        "connect_seconds_max": 5,
        "statement_seconds_max": 20,
        "probe_seconds": 1,
        "cluster_endpoint": {
          "host": "127.0.0.1",
          "port": 15432,
          "certificate_name": "orders.internal"
        },
        "instances": {
          "orders-2": {
            "host": null,
            "port": 15433,
            "certificate_name": null
          }
        },
        "tunnel": {
          "command": [
            "ssh",
            "-N",
            "-L",
            "{local_port}:{host}:{port}",
            "bastion"
          ],
          "ready_seconds_max": 30
        }
      },
      "probes": [
        {
          "name": "jobs",
          "sql": "select count(*) from cron.job",
          "expect": {
            "value": {
              "number": "3"
            }
          },
          "phase": "after",
          "at": "each-member",
          "databases": [
            "orders",
            "billing"
          ]
        },
        {
          "name": "flags",
          "sql": "select flag from flags order by 1",
          "expect": {
            "rows": [
              {
                "text": "a"
              },
              {
                "boolean": true
              },
              {
                "number": "1.5"
              }
            ]
          },
          "phase": "before",
          "at": "cluster-endpoint",
          "databases": [
            "billing"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn little_needs_to_be_said() {
    let declarations = prod_with("[verify.sql]\nuser = \"witness\"\niam = true\n");
    let [prod] = declarations.all().try_into().unwrap();
    let sql = prod.verify.sql.unwrap();
    assert_eq!(
        (
            sql.database.as_str(),
            sql.databases.as_slice(),
            sql.ssl_mode
        ),
        (
            "postgres",
            &["postgres".to_owned()][..],
            SslMode::VerifyFull
        )
    );
    assert_eq!(
        (sql.connect_seconds_max, sql.statement_seconds_max),
        (10, 10)
    );
}

#[test]
fn a_nearer_password_and_a_nearer_probe_replace_the_farther_ones() {
    let shared = r#"
[verify.sql]
user = "witness"
password_command = ["vault"]
[[probe]]
name = "a"
sql = "select 1"
expect = 1
[[probe]]
name = "b"
sql = "select 2"
expect = 2
"#;
    let near = r#"
extends = "shared.toml"
[partition]
name = "prod"
[aws]
account = "111111111111"
region = "us-east-1"
[cluster]
identifier = "orders"
engine_version = "16"
apply_immediately = true
[verify.sql]
password_env = "PASSWORD"
[[probe]]
name = "a"
sql = "select 10"
expect = 10
"#;
    let declarations = Declarations::new(&[("shared.toml", shared), ("prod.toml", near)]);
    let [prod] = declarations.all().try_into().unwrap();
    let sql = prod.verify.sql.unwrap();
    assert_eq!(sql.password, Password::Environment("PASSWORD".to_owned()));
    let probes: Vec<(&str, &str)> = prod
        .verify
        .probes
        .iter()
        .map(|probe| (probe.name.as_str(), probe.sql.as_str()))
        .collect();
    assert_eq!(probes, [("a", "select 10"), ("b", "select 2")]);
}

#[test]
fn what_cannot_be_is_refused_with_a_way_out() {
    let login = "[verify.sql]\nuser = \"witness\"\niam = true\n";
    let cases = [
        "[verify.sql]\n".to_owned(),
        "[verify.sql]\nuser = \"\"\npassword_env = \"SECRET=hunter2\"\n".to_owned(),
        "[verify.sql]\nuser = \"w\"\niam = true\npassword_file = \"p\"\ncommand_timeout = \"1s\"\n"
            .to_owned(),
        "[verify.sql]\nuser = \"w\"\npassword_command = \"vault get\"\n".to_owned(),
        "[verify.sql]\nuser = \"w\"\npassword_command = []\n".to_owned(),
        format!("{login}ssl_mode = \"prefer\"\n"),
        format!("{login}ssl_mode = \"verify_full\"\n"),
        format!("{login}ssl_mode = \"require\"\nca_file = \"ca.pem\"\n"),
        format!(
            "{login}databases = [\"a\", \"a\"]\nconnect_timeout = \"0s\"\nstatement_timeout = \"2h\"\n"
        ),
        format!(
            "{login}[verify.sql.cluster_endpoint]\nhost = \"postgres://orders\"\nport = 70000\n"
        ),
        format!("{login}[verify.sql.instances.orders_1]\nport = 1\n"),
        format!("{login}[verify.sql.tunnel]\ncommand = [\"ssh\", \"{{localport}}\"]\n"),
        format!("{login}[verify.sql.tunnel]\ncommand = [\"ssh\", \"-N\"]\n"),
        format!(
            "{login}[[probe]]\nname = \"a\"\nsql = \"select 1\"\nexpect = {{ a = 1 }}\nphase = \"during\"\nat = \"writer\"\n"
        ),
        format!(
            "{login}[[probe]]\nname = \"a\"\nsql = \"select 1\"\n[[probe]]\nname = \"a\"\nsql = \"select 1\"\nexpect = 1\n[[probe]]\nname = \"a\"\nsql = \"select 1\"\nexpect = 1\n"
        ),
        "[[probe]]\nname = \"a\"\nsql = \"select 1\"\nexpect = 1\n".to_owned(),
        "[probe]\nname = \"a\"\n".to_owned(),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|case| {
            let problems = prod_with(case).problems();
            assert!(!problems.contains("hunter2"), "{problems}");
            format!("# {}\n{problems}", case.replace('\n', " | "))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    # [verify.sql] | 
    error: [verify.sql] does not say where its password is
      --> environments/prod.toml:13:9
       |
    13 | [verify.sql]
       |         ^^^
       |
       = hint: add `password_env`, `password_file` or `password_command`, or `iam = true`

    error: `user` is missing in [verify.sql]
      --> environments/prod.toml:13:9
       |
    13 | [verify.sql]
       |         ^^^

    # [verify.sql] | user = "" | password_env = "SECRET=hunter2" | 
    error: `password_env` holds the name of a variable, not its value
      --> environments/prod.toml:13:9
       |
    13 | [verify.sql]
       |         ^^^
       |
       = hint: write the name alone, such as "AURORACTL_PASSWORD"

    error: a role is missing: the text is empty
      --> environments/prod.toml:14:8
       |
    14 | user = ""
       |        ^^

    # [verify.sql] | user = "w" | iam = true | password_file = "p" | command_timeout = "1s" | 
    error: `iam` does not go with `password_file`
      --> environments/prod.toml:15:7
       |
    15 | iam = true
       |       ^^^^
       |
       = hint: a password is found in one place; keep one of them

    error: `command_timeout` goes with `password_command` only
      --> environments/prod.toml:17:19
       |
    17 | command_timeout = "1s"
       |                   ^^^^
       |
       = hint: take it out

    # [verify.sql] | user = "w" | password_command = "vault get" | 
    error: `password_command` needs a program and its arguments as a list, for no shell reads it
      --> environments/prod.toml:15:20
       |
    15 | password_command = "vault get"
       |                    ^^^^^^^^^^^
       |
       = hint: write ["vault", "get"]

    # [verify.sql] | user = "w" | password_command = [] | 
    error: the list is empty, and needs a program
      --> environments/prod.toml:15:20
       |
    15 | password_command = []
       |                    ^^

    # [verify.sql] | user = "witness" | iam = true | ssl_mode = "prefer" | 
    error: `prefer` goes on without encryption where the server offers none
      --> environments/prod.toml:16:12
       |
    16 | ssl_mode = "prefer"
       |            ^^^^^^^^
       |
       = hint: write "verify-full", or "disable" where no encryption is wanted

    # [verify.sql] | user = "witness" | iam = true | ssl_mode = "verify_full" | 
    error: `verify_full` is not an ssl_mode
      --> environments/prod.toml:16:12
       |
    16 | ssl_mode = "verify_full"
       |            ^^^^^^^^^^^^^
       |
       = hint: did you mean `verify-full`?

    # [verify.sql] | user = "witness" | iam = true | ssl_mode = "require" | ca_file = "ca.pem" | 
    error: a token of IAM is not sent with `ssl_mode = "require"`: whoever reads it can log in
      --> environments/prod.toml:16:12
       |
    16 | ssl_mode = "require"
       |            ^^^^^^^^^
       |
       = hint: write `ssl_mode = "verify-full"`

    error: with `ssl_mode = "require"` no authority is looked at
      --> environments/prod.toml:17:11
       |
    17 | ca_file = "ca.pem"
       |           ^^^^^^^^
       |
       = hint: take `ca_file` out, or write `ssl_mode = "verify-full"`

    # [verify.sql] | user = "witness" | iam = true | databases = ["a", "a"] | connect_timeout = "0s" | statement_timeout = "2h" | 
    error: `a` stands in the list twice
      --> environments/prod.toml:16:19
       |
    16 | databases = ["a", "a"]
       |                   ^^^

    error: `0s` is no useful time limit
      --> environments/prod.toml:17:19
       |
    17 | connect_timeout = "0s"
       |                   ^^^^
       |
       = hint: 1s to 60min

    error: `2h` is no useful time limit
      --> environments/prod.toml:18:21
       |
    18 | statement_timeout = "2h"
       |                     ^^^^
       |
       = hint: 1s to 60min

    # [verify.sql] | user = "witness" | iam = true | [verify.sql.cluster_endpoint] | host = "postgres://orders" | port = 70000 | 
    error: `postgres://orders` is no host
      --> environments/prod.toml:17:8
       |
    17 | host = "postgres://orders"
       |        ^^^^^^^^^^^^^^^^^^^
       |
       = hint: write a name or an address, without a scheme; the port has a key of its own

    error: 70000 is no port
      --> environments/prod.toml:18:8
       |
    18 | port = 70000
       |        ^^^^^
       |
       = hint: 1 to 65535

    # [verify.sql] | user = "witness" | iam = true | [verify.sql.instances.orders_1] | port = 1 | 
    error: `orders_1` is no DB instance identifier: it may hold letters, digits and hyphens, not `_`
      --> environments/prod.toml:16:23
       |
    16 | [verify.sql.instances.orders_1]
       |                       ^^^^^^^^

    # [verify.sql] | user = "witness" | iam = true | [verify.sql.tunnel] | command = ["ssh", "{localport}"] | 
    error: `{localport}` is no placeholder
      --> environments/prod.toml:17:19
       |
    17 | command = ["ssh", "{localport}"]
       |                   ^^^^^^^^^^^^^
       |
       = hint: `{host}`, `{port}` or `{local_port}` are

    # [verify.sql] | user = "witness" | iam = true | [verify.sql.tunnel] | command = ["ssh", "-N"] | 
    error: the tunnel's command does not say {local_port}, the port that it forwards
      --> environments/prod.toml:17:11
       |
    17 | command = ["ssh", "-N"]
       |           ^^^^^^^^^^^^^
       |
       = hint: such as ["ssh", "-N", "-o", "BatchMode=yes", "-L", "{local_port}:{host}:{port}", "bastion"]

    # [verify.sql] | user = "witness" | iam = true | [[probe]] | name = "a" | sql = "select 1" | expect = { a = 1 } | phase = "during" | at = "writer" | 
    error: `expect` needs a text, a number, true or false, or a list of them, not a table
      --> environments/prod.toml:19:10
       |
    19 | expect = { a = 1 }
       |          ^^^^^^^^^
       |
       = hint: a probe answers one column; let the statement make a text of anything else

    error: `during` is not a phase of probes
      --> environments/prod.toml:20:9
       |
    20 | phase = "during"
       |         ^^^^^^^^
       |
       = hint: write `before` or `after`

    error: `writer` is not whom a probe can ask
      --> environments/prod.toml:21:6
       |
    21 | at = "writer"
       |      ^^^^^^^^
       |
       = hint: write `each-member` or `cluster-endpoint`

    # [verify.sql] | user = "witness" | iam = true | [[probe]] | name = "a" | sql = "select 1" | [[probe]] | name = "a" | sql = "select 1" | expect = 1 | [[probe]] | name = "a" | sql = "select 1" | expect = 1 | 
    error: `expect` is missing in [[probe]]
      --> environments/prod.toml:17:1
       |
    17 | name = "a"
       | ^^^^

    error: there is another probe `a`
      --> environments/prod.toml:20:8
       |
    20 | name = "a"
       |        ^^^

    error: there is another probe `a`
      --> environments/prod.toml:24:8
       |
    24 | name = "a"
       |        ^^^

    # [[probe]] | name = "a" | sql = "select 1" | expect = 1 | 
    error: a probe needs [verify.sql], which says how members are asked
      --> environments/prod.toml:14:1
       |
    14 | name = "a"
       | ^^^^
       |
       = hint: add [verify.sql] with `user` and where its password is

    # [probe] | name = "a" | 
    error: `probe` needs tables, not a table
      --> environments/prod.toml:13:2
       |
    13 | [probe]
       |  ^^^^^
       |
       = hint: write [[probe]] above each probe
    "#);
}
