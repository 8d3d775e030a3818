//! Windows that say too little, too much, or nothing at all.

use crate::config::tests::*;

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
