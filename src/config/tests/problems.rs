//! Each kind of problem, as a person reads it; here, how many of them are told at once.

mod entries;
mod folder;
mod values;
mod windows;

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
