//! Keys that do not exist, stand in the wrong place, are missing, or hold the wrong kind of value.

use crate::config::tests::*;

#[test]
fn unknown_keys_at_every_depth() {
    let declarations = prod_with(
        "instanceclass = \"db.r7g.large\"\n[cluster.instances.orders-1]\ninstance_clas = \"db.r7g.large\"\naccount = \"1\"\n[budget]\nwriter_interuption = \"60s\"\n[verify]\nsql = true\n[[step]]\nrun = \"x\"\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: unknown key `instanceclass` in [cluster]
      --> environments/prod.toml:13:1
       |
    13 | instanceclass = "db.r7g.large"
       | ^^^^^^^^^^^^^
       |
       = hint: did you mean `instance_class`?
       = hint: [cluster] may hold `identifier`, `engine`, `engine_version`, `instance_class`, `apply_immediately`, `parameter_group`, `database_insights`, `performance_insights_retention_days` or `instances`

    error: unknown key `instance_clas` in [cluster.instances.ID]
      --> environments/prod.toml:15:1
       |
    15 | instance_clas = "db.r7g.large"
       | ^^^^^^^^^^^^^
       |
       = hint: did you mean `instance_class`?
       = hint: [cluster.instances.ID] may hold `instance_class`

    error: unknown key `account` in [cluster.instances.ID]
      --> environments/prod.toml:16:1
       |
    16 | account = "1"
       | ^^^^^^^
       |
       = hint: `account` belongs in [aws]
       = hint: [cluster.instances.ID] may hold `instance_class`

    error: unknown key `writer_interuption` in [budget]
      --> environments/prod.toml:18:1
       |
    18 | writer_interuption = "60s"
       | ^^^^^^^^^^^^^^^^^^
       |
       = hint: did you mean `writer_interruption`?
       = hint: [budget] may hold `writer_interruption`

    error: `sql` needs a table, not true or false
      --> environments/prod.toml:20:7
       |
    20 | sql = true
       |       ^^^^

    error: `after` is missing in [[step]]
      --> environments/prod.toml:21:1
       |
    21 | [[step]]
       | ^^^^^^^^

    error: `command` is missing in [[step]]
      --> environments/prod.toml:21:1
       |
    21 | [[step]]
       | ^^^^^^^^

    error: `name` is missing in [[step]]
      --> environments/prod.toml:21:1
       |
    21 | [[step]]
       | ^^^^^^^^

    error: unknown key `run` in [[step]]
      --> environments/prod.toml:22:1
       |
    22 | run = "x"
       | ^^^
       |
       = hint: [[step]] may hold `name`, `after`, `command`, `environment`, `mask`, `expected`, `time_limit`, `retries`, `retry_after`, `repeat`, `keep_output` or `simulated`
    "#);
}

#[test]
fn a_parameter_at_the_top_of_the_file() {
    let prod = format!("statement_timeout = \"1s\"\nidentifier = \"x\"\n{PROD}");
    let declarations = Declarations::new(&[("shared.toml", SHARED), ("prod.toml", &prod)]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: unknown key `statement_timeout` at the top of the file
     --> environments/prod.toml:1:1
      |
    1 | statement_timeout = "1s"
      | ^^^^^^^^^^^^^^^^^
      |
      = hint: `statement_timeout` belongs in [parameters]
      = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot`, `store`, `verify`, `probe`, `step`, `gate` or `remove_steps`

    error: unknown key `identifier` at the top of the file
     --> environments/prod.toml:2:1
      |
    2 | identifier = "x"
      | ^^^^^^^^^^
      |
      = hint: `identifier` belongs in [cluster]
      = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot`, `store`, `verify`, `probe`, `step`, `gate` or `remove_steps`
    "#);
}

#[test]
fn both_spellings_of_one_key() {
    let declarations = prod_with("apply_immediately = true\napplyImmediately = true\n");
    insta::assert_snapshot!(declarations.problems(), @"
    error: `apply_immediately` and `applyImmediately` are the same key
      --> environments/prod.toml:14:1
       |
    14 | applyImmediately = true
       | ^^^^^^^^^^^^^^^^
       |
       = hint: keep one of them; `apply_immediately` is the usual one
    ");
}

#[test]
fn wrong_types() {
    let declarations = alone(
        "extends = 1\nremove_parameters = \"x\"\nwindow = true\n[partition]\nname = \"prod\"\n[aws]\naccount = 111111111111\nregion = [\"us-east-1\"]\n[cluster]\nidentifier = \"orders\"\nengine_version = 16.6\napply_immediately = \"true\"\nperformance_insights_retention_days = 7.0\ninstances = \"orders-1\"\n[snapshot]\nkeep = false\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `extends` needs a text or a list of texts, not a number
     --> environments/prod.toml:1:11
      |
    1 | extends = 1
      |           ^
      |
      = hint: write the name of a file beside this one, such as "shared.toml"

    error: `remove_parameters` needs a list of texts, not a text
     --> environments/prod.toml:2:21
      |
    2 | remove_parameters = "x"
      |                     ^^^

    error: `window` needs a table, not true or false
     --> environments/prod.toml:3:10
      |
    3 | window = true
      |          ^^^^

    error: `account` needs a text, not a number
     --> environments/prod.toml:7:11
      |
    7 | account = 111111111111
      |           ^^^^^^^^^^^^
      |
      = hint: quote it: "111111111111"

    error: `region` needs a text, not a list
     --> environments/prod.toml:8:10
      |
    8 | region = ["us-east-1"]
      |          ^^^^^^^^^^^^^

    error: `engine_version` needs a text, not a number with a point
      --> environments/prod.toml:11:18
       |
    11 | engine_version = 16.6
       |                  ^^^^
       |
       = hint: quote it: "16.6"

    error: `apply_immediately` needs true or false, not a text
      --> environments/prod.toml:12:21
       |
    12 | apply_immediately = "true"
       |                     ^^^^^^

    error: `performance_insights_retention_days` needs a whole number, not a number with a point
      --> environments/prod.toml:13:39
       |
    13 | performance_insights_retention_days = 7.0
       |                                       ^^^

    error: `instances` needs a table, not a text
      --> environments/prod.toml:14:13
       |
    14 | instances = "orders-1"
       |             ^^^^^^^^^^

    error: `keep` needs a text, not true or false
      --> environments/prod.toml:16:8
       |
    16 | keep = false
       |        ^^^^^
    "#);
}

/// No key of the catalogue is accepted and then ignored.
#[test]
fn every_key_complains_of_a_value_of_the_wrong_kind() {
    let mut lines = Vec::new();
    for table in [
        &keys::TOP,
        &keys::PARTITION,
        &keys::AWS,
        &keys::CLUSTER,
        &keys::INSTANCE,
        &keys::WINDOW,
        &keys::BUDGET,
        &keys::SNAPSHOT,
        &keys::verify::SQL,
        &keys::verify::CLUSTER_ENDPOINT,
        &keys::verify::TUNNEL,
        &keys::verify::PROBE,
    ] {
        let header = match table.name {
            "" => String::new(),
            name => format!("[{name}]\n"),
        };
        for key in table.keys {
            let source =
                source::Source::new("x.toml", format!("{header}{} = 1979-05-27\n", key.name));
            let mut problems = Vec::new();
            read::read(&source, &mut problems);
            let messages: Vec<_> = problems.iter().map(Problem::message).collect();
            lines.push(messages.join(" / "));
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    `extends` needs a text or a list of texts, not a date
    `remove_parameters` needs a list of texts, not a date
    `partition` needs a table, not a date
    `aws` needs a table, not a date
    `cluster` needs a table, not a date
    `parameters` needs a table, not a date
    `window` needs a table, not a date
    `budget` needs a table, not a date
    `snapshot` needs a table, not a date
    `store` needs a table, not a date
    `verify` needs a table, not a date
    `probe` needs tables, not a date
    `step` needs a list of tables, not a date
    `gate` needs a list of tables, not a date
    `remove_steps` needs a list of texts, not a date
    `name` needs a text, not a date
    `account` needs a text, not a date
    `region` needs a text, not a date
    `profile` needs a text, not a date
    `identifier` needs a text, not a date
    `engine` needs a text, not a date
    `engine_version` needs a text, not a date
    `instance_class` needs a text, not a date
    `apply_immediately` needs true or false, not a date
    `parameter_group` needs a text, not a date
    `database_insights` needs a text, not a date
    `performance_insights_retention_days` needs a whole number, not a date
    `instances` needs a table, not a date
    `instance_class` needs a text, not a date
    `weekly` needs a text, not a date
    `1979-05-27` is no date with a time
    `length` needs a text, not a date
    `time_zone` needs a text, not a date
    `writer_interruption` needs a text, not a date
    `keep` needs a text, not a date
    `user` needs a text, not a date
    `database` needs a text, not a date
    `databases` needs a list of texts, not a date
    `ssl_mode` needs a text, not a date
    `ca_file` needs a text, not a date
    `password_env` needs a text, not a date
    `password_file` needs a text, not a date
    `password_command` needs a list of texts, not a date
    `iam` needs true or false, not a date
    `connect_timeout` needs a text, not a date
    `statement_timeout` needs a text, not a date
    `command_timeout` needs a text, not a date
    `probe_interval` needs a text, not a date
    `cluster_endpoint` needs a table, not a date
    `instances` needs a table, not a date
    `tunnel` needs a table, not a date
    `host` needs a text, not a date
    `port` needs a whole number, not a date
    `certificate_name` needs a text, not a date
    `command` needs a list of texts, not a date
    `ready_timeout` needs a text, not a date
    `name` needs a text, not a date
    `sql` needs a text, not a date
    `expect` needs a text, a number, true or false, or a list of them, not a date
    `phase` needs a text, not a date
    `at` needs a text, not a date
    `databases` needs a list of texts, not a date
    ");
}

#[test]
fn what_is_missing() {
    insta::assert_snapshot!(alone("[partition]\n[aws]\nregion = \"us-east-1\"\n[window]\ntime_zone = \"UTC\"\n").problems(), @r#"
    error: `engine_version` is missing in [cluster]
     --> environments/prod.toml:1:2
      |
    1 | [partition]
      |  ^^^^^^^^^
      |
      = hint: add [cluster] with `engine_version`

    error: `identifier` is missing in [cluster]
     --> environments/prod.toml:1:2
      |
    1 | [partition]
      |  ^^^^^^^^^
      |
      = hint: add [cluster] with `identifier`

    error: `name` is missing in [partition]
     --> environments/prod.toml:1:2
      |
    1 | [partition]
      |  ^^^^^^^^^

    error: `account` is missing in [aws]
     --> environments/prod.toml:2:2
      |
    2 | [aws]
      |  ^^^

    error: [window] does not say when it opens
     --> environments/prod.toml:4:2
      |
    4 | [window]
      |  ^^^^^^
      |
      = hint: add `weekly = "Thu 23:00-02:00"`, or `at = "2026-05-14T23:00"` with `length = "3h"`
    "#);
}
