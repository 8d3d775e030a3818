//! Each kind of problem, as a person reads it.

use super::*;

#[test]
fn all_of_all_files_in_one_run_in_the_order_of_the_lines() {
    let declarations = Declarations::new(&[
        (
            "shared.toml",
            "[cluster]\nengine_version = 16\napply_imediately = true\n[parameters]\nmax_connections = \"5GB\"\n",
        ),
        (
            "prod.toml",
            "extends = \"shared.toml\"\n[partition]\nname = \"prod\"\n[aws]\nacount = \"111111111111\"\nregion = \"us-east-1\"\n[cluster]\nidentifier = \"orders_prod\"\n",
        ),
        (
            "dev.toml",
            "extends = \"shard.toml\"\n[partition]\nname = \"dev\"\n",
        ),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: there is no file `environments/shard.toml`
     --> environments/dev.toml:1:11
      |
    1 | extends = "shard.toml"
      |           ^^^^^^^^^^^^
      |
      = hint: did you mean `shared.toml`?

    error: unknown key `acount` in [aws]
     --> environments/prod.toml:5:1
      |
    5 | acount = "111111111111"
      | ^^^^^^
      |
      = hint: did you mean `account`?
      = hint: [aws] may hold `account`, `region` or `profile`

    error: `orders_prod` is no DB cluster identifier: it may hold letters, digits and hyphens, not `_`
     --> environments/prod.toml:8:14
      |
    8 | identifier = "orders_prod"
      |              ^^^^^^^^^^^^^

    error: `engine_version` needs a text, not a number
     --> environments/shared.toml:2:18
      |
    2 | engine_version = 16
      |                  ^^
      |
      = hint: quote it: "16"

    error: unknown key `apply_imediately` in [cluster]
     --> environments/shared.toml:3:1
      |
    3 | apply_imediately = true
      | ^^^^^^^^^^^^^^^^
      |
      = hint: did you mean `apply_immediately`?
      = hint: [cluster] may hold `identifier`, `engine`, `engine_version`, `instance_class`, `apply_immediately`, `parameter_group`, `database_insights`, `performance_insights_retention_days` or `instances`

    error: the unit of `max_connections` is not known, so `5GB` cannot be converted
     --> environments/shared.toml:5:19
      |
    5 | max_connections = "5GB"
      |                   ^^^^^
      |
      = hint: give the bare number that the parameter group holds
    "#);
}

#[test]
fn a_partition_that_is_not_there() {
    let declarations = prod_with("");
    insta::assert_snapshot!(declarations.problems_of(&["prd", "zzz", "shared", "../prod"]), @"
    error: there is no partition `../prod` in `environments`
     |
     = hint: there is `prod`

    error: there is no partition `prd` in `environments`
     |
     = hint: did you mean `prod`?
     = hint: there is `prod`

    error: there is no partition `shared` in `environments`
     |
     = hint: there is `prod`
     = hint: `environments/shared.toml` has no [partition]; it is only extended by others

    error: there is no partition `zzz` in `environments`
     |
     = hint: there is `prod`
    ");
}

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

    error: unknown key `verify` at the top of the file
      --> environments/prod.toml:19:2
       |
    19 | [verify]
       |  ^^^^^^
       |
       = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot` or `store`

    error: unknown key `step` at the top of the file
      --> environments/prod.toml:21:3
       |
    21 | [[step]]
       |   ^^^^
       |
       = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot` or `store`
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
      = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot` or `store`

    error: unknown key `identifier` at the top of the file
     --> environments/prod.toml:2:1
      |
    2 | identifier = "x"
      | ^^^^^^^^^^
      |
      = hint: `identifier` belongs in [cluster]
      = hint: the top of the file may hold `extends`, `remove_parameters`, `partition`, `aws`, `cluster`, `parameters`, `window`, `budget`, `snapshot` or `store`
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

#[test]
fn bad_values() {
    let declarations = alone(
        "[partition]\nname = \"prod\"\n[aws]\naccount = \"1111\"\nregion = \"us-east1\"\nprofile = \"\"\n[cluster]\nidentifier = \"-orders\"\nengine = \"aurora-mysql\"\nengine_version = \"latest\"\ninstance_class = \"r7g.large\"\nparameter_group = \"default.aurora-postgresql16\"\ndatabase_insights = \"advansed\"\nperformance_insights_retention_days = 30\n[cluster.instances.\"a b\"]\n[budget]\nwriter_interruption = \"1 minute\"\n[snapshot]\nkeep = \"forever\"\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `1111` is no AWS account id
     --> environments/prod.toml:4:11
      |
    4 | account = "1111"
      |           ^^^^^^
      |
      = hint: an account id has 12 digits, this has 4

    error: `us-east1` does not look like an AWS region
     --> environments/prod.toml:5:10
      |
    5 | region = "us-east1"
      |          ^^^^^^^^^^
      |
      = hint: did you mean `us-east-1`?

    error: the profile's name is empty
     --> environments/prod.toml:6:11
      |
    6 | profile = ""
      |           ^^
      |
      = hint: leave `profile` out to use the environment's credentials

    error: [window] is missing: `apply_immediately` is false unless told
     --> environments/prod.toml:7:2
      |
    7 | [cluster]
      |  ^^^^^^^
      |
      = hint: add [window] with `weekly` and `time_zone`, or set `apply_immediately = true`

    error: `-orders` is no DB cluster identifier: its first character must be a letter
     --> environments/prod.toml:8:14
      |
    8 | identifier = "-orders"
      |              ^^^^^^^^^

    error: `aurora-mysql` is not an engine of this tool
     --> environments/prod.toml:9:10
      |
    9 | engine = "aurora-mysql"
      |          ^^^^^^^^^^^^^^
      |
      = hint: did you mean `aurora-postgresql`?

    error: `latest` is no engine version
      --> environments/prod.toml:10:18
       |
    10 | engine_version = "latest"
       |                  ^^^^^^^^
       |
       = hint: write a full version such as "16.6", or a prefix such as "16"

    error: `r7g.large` is no DB instance class
      --> environments/prod.toml:11:18
       |
    11 | instance_class = "r7g.large"
       |                  ^^^^^^^^^^^
       |
       = hint: did you mean `db.r7g.large`?

    error: `default.aurora-postgresql16` belongs to AWS and cannot hold values of its own
      --> environments/prod.toml:12:19
       |
    12 | parameter_group = "default.aurora-postgresql16"
       |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = hint: name another group, or leave `parameter_group` out to have the name derived

    error: `advansed` is not a mode of Database Insights
      --> environments/prod.toml:13:21
       |
    13 | database_insights = "advansed"
       |                     ^^^^^^^^^^
       |
       = hint: did you mean `advanced`?

    error: Performance Insights cannot keep its data for 30 days
      --> environments/prod.toml:14:39
       |
    14 | performance_insights_retention_days = 30
       |                                       ^^
       |
       = hint: 7, a multiple of 31 up to 713, or 731; the nearest is 31

    error: `a b` is no DB instance identifier: it may hold letters, digits and hyphens, not ` `
      --> environments/prod.toml:15:20
       |
    15 | [cluster.instances."a b"]
       |                    ^^^^^

    error: `1 minute` is no length of time
      --> environments/prod.toml:17:23
       |
    17 | writer_interruption = "1 minute"
       |                       ^^^^^^^^^^
       |
       = hint: write a number and a unit, such as "60s"; units are us, ms, s, min, h, d

    error: `forever` says nothing about a snapshot
      --> environments/prod.toml:19:8
       |
    19 | keep = "forever"
       |        ^^^^^^^^^
       |
       = hint: write "until-verified", "never", or a time of whole hours such as "24h" or "7d"
    "#);
}

#[test]
fn bad_parameters() {
    let declarations = prod_with(
        "[parameters]\nlog_min_duration_statement = \"500MS\"\nmax_connections = \"5s\"\nlog_temp_files = false\nshared_preload_libraries = [\"pg_cron\", \"pg_cron\"]\npg_stat_statements.track = \"all\"\n\"max connections\" = 5\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `500MS`, the value of `log_min_duration_statement`, has no known unit
      --> environments/prod.toml:14:30
       |
    14 | log_min_duration_statement = "500MS"
       |                              ^^^^^^^
       |
       = hint: did you mean `ms`?
       = hint: units are us, ms, s, min, h, d (their case matters)

    error: the unit of `max_connections` is not known, so `5s` cannot be converted
      --> environments/prod.toml:15:19
       |
    15 | max_connections = "5s"
       |                   ^^^^
       |
       = hint: give the bare number that the parameter group holds

    error: `log_temp_files` is measured in kB; it is no switch
      --> environments/prod.toml:16:18
       |
    16 | log_temp_files = false
       |                  ^^^^^
       |
       = hint: write a number; PostgreSQL's documentation says which one switches it off

    error: `pg_cron` stands in the list twice
      --> environments/prod.toml:17:28
       |
    17 | shared_preload_libraries = ["pg_cron", "pg_cron"]
       |                            ^^^^^^^^^^^^^^^^^^^^^^

    error: `pg_stat_statements` holds a table
      --> environments/prod.toml:18:1
       |
    18 | pg_stat_statements.track = "all"
       | ^^^^^^^^^^^^^^^^^^
       |
       = hint: a name with a dot is quoted: "pg_stat_statements.track" = …

    error: `max connections` is no parameter name
      --> environments/prod.toml:19:1
       |
    19 | "max connections" = 5
       | ^^^^^^^^^^^^^^^^^
       |
       = hint: letters, digits and underscores, with a dot after an extension's name: `pg_stat_statements.track`
    "#);
}

#[test]
fn bad_windows() {
    let declarations = prod_with(
        "[window]\nweekly = \"Thursday night\"\nlength = \"3h\"\ntime_zone = \"America/Los_Angelos\"\n",
    );
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `Thursday night` is no weekly window
      --> environments/prod.toml:14:10
       |
    14 | weekly = "Thursday night"
       |          ^^^^^^^^^^^^^^^^
       |
       = hint: write a day and its hours, such as "Thu 23:00-02:00"

    error: `length` does not go with `weekly`
      --> environments/prod.toml:15:10
       |
    15 | length = "3h"
       |          ^^^^
       |
       = hint: a weekly window names its end: "Thu 23:00-02:00"

    error: there is no time zone `America/Los_Angelos`
      --> environments/prod.toml:16:13
       |
    16 | time_zone = "America/Los_Angelos"
       |             ^^^^^^^^^^^^^^^^^^^^^
       |
       = hint: did you mean `America/Los_Angeles`?
    "#);
    let declarations = prod_with("[window]\nat = 2026-05-14T23:00:00Z\ntime_zone = \"UTC\"\n");
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `length` is missing in [window]
      --> environments/prod.toml:13:2
       |
    13 | [window]
       |  ^^^^^^

    error: `2026-05-14T23:00:00Z` has a zone of its own
      --> environments/prod.toml:14:6
       |
    14 | at = 2026-05-14T23:00:00Z
       |      ^^^^^^^^^^^^^^^^^^^^
       |
       = hint: write the local time, such as "2026-05-14T23:00"; `time_zone` says of which zone
    "#);
    let declarations =
        prod_with("[window]\nweekly = \"Thu 23:00-02:00\"\nat = \"2026-05-14T23:00\"\n");
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `time_zone` is missing in [window]
      --> environments/prod.toml:13:2
       |
    13 | [window]
       |  ^^^^^^

    error: `at` does not go with `weekly`
      --> environments/prod.toml:15:6
       |
    15 | at = "2026-05-14T23:00"
       |      ^^^^^^^^^^^^^^^^^^
       |
       = hint: a window is either weekly, or opens once; keep one of them
    "#);
    let declarations = prod_with("[window]\ntime_zone = \"UTC\"\n");
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: [window] does not say when it opens
      --> environments/prod.toml:13:2
       |
    13 | [window]
       |  ^^^^^^
       |
       = hint: add `weekly = "Thu 23:00-02:00"`, or `at = "2026-05-14T23:00"` with `length = "3h"`
    "#);
}

#[test]
fn a_window_is_needed_where_changes_wait() {
    let declarations = prod_with("apply_immediately = false\n");
    insta::assert_snapshot!(declarations.problems(), @"
    error: `apply_immediately = false` needs a [window] in which restarts may begin
      --> environments/prod.toml:13:21
       |
    13 | apply_immediately = false
       |                     ^^^^^
       |
       = hint: add [window] with `weekly` and `time_zone`, or set `apply_immediately = true`
    ");
    let declarations = alone(
        "[partition]\nname = \"prod\"\n[aws]\naccount = \"111111111111\"\nregion = \"us-east-1\"\n[cluster]\nidentifier = \"orders\"\nengine_version = \"16\"\n",
    );
    insta::assert_snapshot!(declarations.problems(), @"
    error: [window] is missing: `apply_immediately` is false unless told
     --> environments/prod.toml:6:2
      |
    6 | [cluster]
      |  ^^^^^^^
      |
      = hint: add [window] with `weekly` and `time_zone`, or set `apply_immediately = true`
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

#[test]
fn advanced_insights_with_a_short_retention_even_across_files() {
    let shared = format!("{SHARED}[window]\n").replace("[window]", "");
    let shared = shared.replace(
        "apply_immediately = true",
        "apply_immediately = true\ndatabase_insights = \"advanced\"",
    );
    let prod = format!("{PROD}performance_insights_retention_days = 31\n");
    let declarations = Declarations::new(&[("shared.toml", &shared), ("prod.toml", &prod)]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: Database Insights `advanced` needs 465 days of retention or more, not 31
      --> environments/prod.toml:13:39
       |
    13 | performance_insights_retention_days = 31
       |                                       ^^
       |
       = hint: set `performance_insights_retention_days = 465`, or `database_insights = "standard"`
    "#);
}

#[test]
fn cycles_of_extends() {
    let declarations = Declarations::new(&[
        ("a.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "extends = [\"a.toml\"]\n"),
        ("c.toml", "extends = \"./c.toml\"\n"),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `extends` leads back to where it began
     --> environments/b.toml:1:12
      |
    1 | extends = ["a.toml"]
      |            ^^^^^^^^ closes the circle
      |
      = hint: the circle is environments/a.toml -> environments/b.toml -> environments/a.toml

    error: the file extends itself
     --> environments/c.toml:1:11
      |
    1 | extends = "./c.toml"
      |           ^^^^^^^^^^
      |
      = hint: remove it from `extends`
    "#);
}

#[test]
fn files_that_cannot_be_read() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", &PROD.replace("shared.toml", "sharde.toml")),
        (
            "dev.toml",
            &PROD
                .replace(
                    "\"shared.toml\"",
                    "[\"shared.toml\", \"common/zzz.toml\", \"folder\"]",
                )
                .replace("prod", "dev"),
        ),
        ("folder/x.txt", ""),
    ]);
    std::fs::write(declarations.0.path().join("latin.toml"), b"# \xe9\n").unwrap();
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: cannot read `environments/latin.toml`: it is not UTF-8 text: invalid utf-8 sequence of 1 bytes from index 2

    error: there is no file `environments/common/zzz.toml`
     --> environments/dev.toml:2:27
      |
    2 | extends = ["shared.toml", "common/zzz.toml", "folder"]
      |                           ^^^^^^^^^^^^^^^^^
      |
      = hint: `extends` is relative to the file that says it

    error: cannot read `environments/folder`: Is a directory (os error 21)
     --> environments/dev.toml:2:46
      |
    2 | extends = ["shared.toml", "common/zzz.toml", "folder"]
      |                                              ^^^^^^^^

    error: there is no file `environments/sharde.toml`
     --> environments/prod.toml:2:11
      |
    2 | extends = "sharde.toml"
      |           ^^^^^^^^^^^^^
      |
      = hint: did you mean `shared.toml`?
    "#);
}

#[test]
fn text_that_is_not_toml() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        (
            "prod.toml",
            "extends = \"shared.toml\"\n[partition]\nname = prod\n[partition]\nname = \"prod\n",
        ),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: this is not TOML: string values must be quoted, expected literal string
     --> environments/prod.toml:3:8
      |
    3 | name = prod
      |        ^^^^

    error: this is not TOML: duplicate key
     --> environments/prod.toml:4:2
      |
    4 | [partition]
      |  ^^^^^^^^^

    error: this is not TOML: duplicate key
     --> environments/prod.toml:5:1
      |
    5 | name = "prod
      | ^^^^

    error: this is not TOML: invalid basic string, expected `"`
     --> environments/prod.toml:5:13
      |
    5 | name = "prod
      |             ^
    "#);
}

#[test]
fn a_file_name_that_disagrees_with_the_partition() {
    let declarations = Declarations::new(&[("shared.toml", SHARED), ("production.toml", PROD)]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: the partition `prod` is declared in `environments/production.toml`
     --> environments/production.toml:5:8
      |
    5 | name = "prod"
      |        ^^^^^^
      |
      = hint: rename the file to `prod.toml`, or the partition to `production`
    "#);
}

#[test]
fn removals_that_remove_nothing() {
    let prod = format!(
        "remove_parameters = [\"log_statment\", \"work_mem\", \"log_statement\", \"log_statement\", 1]\n{PROD}[parameters]\nwork_mem = 64\n"
    );
    let declarations = Declarations::new(&[("shared.toml", SHARED), ("prod.toml", &prod)]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `log_statment` is not inherited
     --> environments/prod.toml:1:22
      |
    1 | remove_parameters = ["log_statment", "work_mem", "log_statement", "log_statement", 1]
      |                      ^^^^^^^^^^^^^^
      |
      = hint: did you mean `log_statement`?

    error: `work_mem` is both removed and declared
     --> environments/prod.toml:1:38
      |
    1 | remove_parameters = ["log_statment", "work_mem", "log_statement", "log_statement", 1]
      |                                      ^^^^^^^^^^
      |
      = hint: a declared value replaces an inherited one; remove this entry

    error: `log_statement` is removed twice
     --> environments/prod.toml:1:67
      |
    1 | remove_parameters = ["log_statment", "work_mem", "log_statement", "log_statement", 1]
      |                                                                   ^^^^^^^^^^^^^^^

    error: `remove_parameters` needs a list of texts, not a number
     --> environments/prod.toml:1:84
      |
    1 | remove_parameters = ["log_statment", "work_mem", "log_statement", "log_statement", 1]
      |                                                                                    ^
    "#);
}

#[test]
fn two_partitions_of_one_cluster() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", PROD),
        (
            "twin.toml",
            &PROD
                .replace("\"prod\"", "\"twin\"")
                .replace("Orders-Prod", "ORDERS-PROD"),
        ),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: the partitions `prod` and `twin` declare the same cluster
      --> environments/twin.toml:12:14
       |
    12 | identifier = "ORDERS-PROD"
       |              ^^^^^^^^^^^^^
       |
       = hint: a cluster belongs to one partition; give one of them its own identifier
    "#);
}

#[test]
fn files_that_nobody_uses_and_directories_without_partitions() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", PROD),
        ("old.toml", SHARED),
    ]);
    insta::assert_snapshot!(declarations.problems(), @"
    error: the file declares no partition, and no other file extends it
     --> environments/old.toml:2:1
      |
    2 | [cluster]
      | ^^^^^^^^^
      |
      = hint: add [partition] with `name`, or move the file elsewhere
    ");
    insta::assert_snapshot!(Declarations::new(&[]).problems(), @r#"
    error: no file in `environments` declares a partition
     |
     = hint: a partition is a file NAME.toml with [partition] and `name = "NAME"`
    "#);
}

#[test]
fn a_problem_of_a_shared_file_is_said_once_for_all_who_extend_it() {
    let shared = SHARED.replace("\"500ms\"", "\"500 msec\"");
    let dev = PROD
        .replace("prod", "dev")
        .replace("Orders-Prod", "Orders-Dev");
    let declarations = Declarations::new(&[
        ("shared.toml", &shared),
        ("prod.toml", PROD),
        ("dev.toml", &dev),
    ]);
    insta::assert_snapshot!(declarations.problems(), @r#"
    error: `500 msec`, the value of `log_min_duration_statement`, has no known unit
     --> environments/shared.toml:9:30
      |
    9 | log_min_duration_statement = "500 msec"
      |                              ^^^^^^^^^^
      |
      = hint: units are us, ms, s, min, h, d (their case matters)
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
        &keys::STORE,
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
    `url` needs a text, not a date
    `region` needs a text, not a date
    `profile` needs a text, not a date
    ");
}

#[test]
fn damaged_text_never_stops_the_reading() {
    let mut random = fastrand::Rng::with_seed(7);
    let whole = format!(
        "{PROD}[cluster.instances.a-1]\ninstance_class = \"db.é\"\n[window]\nat = 2026-05-14T23:00:00\nlength = \"3h\"\n{}",
        SHARED.replace("[cluster]", "[snapshot]")
    );
    let noise = [
        "\"", "[", "]", "=", ".", "\n", "\r", "\t", "é", "\u{1b}", "{", "'''", "9", "-", ",",
    ];
    for _ in 0..2_000 {
        let mut letters: Vec<char> = whole.chars().collect();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(0..letters.len());
            let end = (at + random.usize(0..9)).min(letters.len());
            let replacement = noise[random.usize(0..noise.len())];
            letters.splice(at..end, replacement.chars());
        }
        let source = source::Source::new("x.toml", letters.iter().collect::<String>());
        let mut problems = Vec::new();
        read::read(&source, &mut problems);
        if !problems.is_empty() {
            let shown = Problems::new(problems).render(false);
            assert!(shown.contains("x.toml:"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
        }
    }
}
