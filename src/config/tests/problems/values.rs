//! Values of the right kind that cannot be meant, alone or beside others.

use crate::config::tests::*;

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
