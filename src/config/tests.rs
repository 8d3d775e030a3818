//! Whole folders of declarations, and all that is wrong with them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::desired::{SnapshotPolicy, Value};
use crate::names::{InstanceId, ParameterName};
use std::fs;

const WHOLE: &str = r#"
[partition]
name = "shop"
[aws]
account = "123456789012"
region = "eu-central-1"
[cluster]
identifier = "Shop"
engine_version = "16"
apply_immediately = true
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn load(&self, name: &str) -> Result<Desired, Problems> {
        let mut loaded = load(self.0.path(), &[PartitionName::new(name)])?;
        Ok(loaded.pop().unwrap())
    }

    fn problems(&self, name: &str) -> String {
        self.shown(&self.load(name).expect_err("problems"))
    }

    fn shown(&self, problems: &Problems) -> String {
        problems
            .render(false)
            .replace(&format!("{}/", self.0.path().display()), "")
    }
}

fn shop_with(lines: &str) -> String {
    Folder::with(&[("shop.toml", &format!("{WHOLE}{lines}"))]).problems("shop")
}

#[test]
fn the_projects_own_declarations_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let names: Vec<String> = load_all(&folder)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
        .iter()
        .map(|desired| desired.partition.to_string())
        .collect();
    assert_eq!(names, ["demo", "dev", "prod", "stage"]);
}

#[test]
fn the_committed_schema_is_the_one_that_is_printed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments/declaration.schema.json");
    let printed = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_STORIES").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), printed);
}

#[test]
fn keys_merge_one_by_one_and_the_nearer_file_wins() {
    let folder = Folder::with(&[
        (
            "base.toml",
            "[cluster]\nengine_version = \"16\"\napplyImmediately = false\n[parameters]\nwork_mem = \"64MB\"\nlog_statement = \"ddl\"\nlog_lock_waits = true\n",
        ),
        (
            "shop.toml",
            "extends = \"base.toml\"\nremove_parameters = [\"log_lock_waits\"]\n[partition]\nname = \"shop\"\n[aws]\naccount = \"123456789012\"\nregion = \"eu-central-1\"\n[cluster]\nidentifier = \"Shop\"\napply_immediately = true\n[cluster.instances.Shop-2]\ninstance_class = \"db.r7g.large\"\n[parameters]\nlog_statement = \"all\"\n[snapshot]\nkeep = \"7d\"\n",
        ),
    ]);
    let shop = folder.load("shop").unwrap();
    let values: Vec<(String, Value)> = shop
        .parameters
        .iter()
        .map(|(name, parameter)| (name.to_string(), parameter.value.clone()))
        .collect();
    assert_eq!(
        values,
        [
            ("log_statement".to_owned(), Value::Text("all".to_owned())),
            ("work_mem".to_owned(), Value::Number("65536".to_owned())),
        ]
    );
    assert!(shop.cluster.apply_immediately);
    assert_eq!(shop.snapshot, SnapshotPolicy::Hours(168));
    assert!(
        shop.cluster
            .instances
            .contains_key(&InstanceId::new("shop-2"))
    );
    let place = &shop
        .parameters
        .get(&ParameterName::new("work_mem"))
        .unwrap()
        .place;
    assert_eq!((place.line, place.column), (5, 1));
}

#[test]
fn every_problem_of_every_file_is_reported_in_one_run() {
    let folder = Folder::with(&[
        (
            "base.toml",
            "[cluster]\nengine_verison = \"16\"\ninstance_class = \"r7g.large\"\n[parameters]\nwork_mem = \"64 seconds\"\n",
        ),
        (
            "shop.toml",
            "extends = \"base.toml\"\n[partition]\nname = \"shop\"\n[aws]\naccount = 123456789012\nregion = \"Frankfurt\"\n[cluster]\nidentifier = \"shop-\"\napply_immediately = \"yes\"\n[window]\nweekly = \"Thursday night\"\ntime_zone = \"America/Los_Angles\"\n[budget]\nwriter_interruption = 60\n[snapshott]\nkeep = \"7d\"\n",
        ),
    ]);
    insta::assert_snapshot!(folder.problems("shop"), @r#"
    error: unknown key `engine_verison`
     --> base.toml:2:1
      |
    2 | engine_verison = "16"
      | ^^^^^^^^^^^^^^
      |
      = help: did you mean `engine_version`?

    error: `r7g.large` is no instance class
     --> base.toml:3:18
      |
    3 | instance_class = "r7g.large"
      |                  ^^^^^^^^^^^
      |
      = help: an instance class looks like db.r7g.large

    error: `64 seconds` is no quantity for `work_mem`, which is stored in kB
     --> base.toml:5:12
      |
    5 | work_mem = "64 seconds"
      |            ^^^^^^^^^^^^
      |
      = help: use one of B, kB, MB, GB, TB

    error: expected an account id, found an integer
     --> shop.toml:5:11
      |
    5 | account = 123456789012
      |           ^^^^^^^^^^^^
      |
      = help: an account id has twelve digits and stands in quotation marks, such as "123456789012"

    error: `Frankfurt` is no region
     --> shop.toml:6:10
      |
    6 | region = "Frankfurt"
      |          ^^^^^^^^^^^
      |
      = help: a region looks like us-east-1

    error: `shop-` is no RDS identifier
     --> shop.toml:8:14
      |
    8 | identifier = "shop-"
      |              ^^^^^^^
      |
      = help: up to 63 letters, digits and hyphens; a letter first, no hyphen last, no two in a row

    error: expected true or false, found a string
     --> shop.toml:9:21
      |
    9 | apply_immediately = "yes"
      |                     ^^^^^
      |
      = help: write true or false, without quotation marks

    error: `Thursday night` is no weekly window
      --> shop.toml:11:10
       |
    11 | weekly = "Thursday night"
       |          ^^^^^^^^^^^^^^^^
       |
       = help: write a day and two times of it, such as "Thu 23:00-02:00"

    error: unknown time zone `America/Los_Angles`
      --> shop.toml:12:13
       |
    12 | time_zone = "America/Los_Angles"
       |             ^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean "America/Los_Angeles"?

    error: expected a time, found an integer
      --> shop.toml:14:23
       |
    14 | writer_interruption = 60
       |                       ^^
       |
       = help: write a whole number and its unit, in quotation marks: "60s", "5min", "3h" or "7d"

    error: unknown key or table `snapshott`
      --> shop.toml:15:2
       |
    15 | [snapshott]
       |  ^^^^^^^^^
       |
       = help: did you mean `snapshot`?
    "#);
}

#[test]
fn a_missing_partition_names_its_neighbour() {
    let folder = Folder::with(&[("shop.toml", WHOLE), ("base.toml", "[cluster]\n")]);
    insta::assert_snapshot!(folder.problems("shopp"), @"
    error: there is no partition `shopp`
    --> shopp.toml
     = help: did you mean `shop`?
    ");
}

#[test]
fn files_that_extend_each_other_are_shown_as_a_circle() {
    let folder = Folder::with(&[
        ("shop.toml", &format!("extends = \"a.toml\"\n{WHOLE}")),
        ("a.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "extends = \"a.toml\"\n"),
    ]);
    insta::assert_snapshot!(folder.problems("shop"), @r#"
    error: these files extend each other in a circle
     --> b.toml:1:11
      |
    1 | extends = "a.toml"
      |           ^^^^^^^^ a.toml -> b.toml -> a.toml
      |
      = help: remove one of the links
    "#);
}

#[test]
fn a_file_that_does_not_exist_cannot_be_extended() {
    insta::assert_snapshot!(
        Folder::with(&[("shop.toml", &format!("extends = \"share.toml\"\n{WHOLE}"))]).problems("shop"),
        @r#"
    error: `share.toml` does not exist
     --> shop.toml:1:11
      |
    1 | extends = "share.toml"
      |           ^^^^^^^^^^^^
      |
      = help: a path here starts at the folder of shop.toml
    "#
    );
}

#[test]
fn what_is_no_toml_is_marked_where_it_stops() {
    insta::assert_snapshot!(shop_with("[parameters\nwork_mem = 1\n"), @"
    error: not TOML: unclosed table, expected `]`
      --> shop.toml:11:12
       |
    11 | [parameters
       |            ^
    ");
}

#[test]
fn a_missing_key_is_named_with_its_meaning() {
    let folder = Folder::with(&[("shop.toml", "[partition]\nname = \"shop\"\n")]);
    insta::assert_snapshot!(folder.problems("shop"), @"
    error: `account` is missing from [aws]
    --> shop.toml
     = help: declare it here, or in a file that this one extends: The account id: a guard that the caller identity must agree with.

    error: `region` is missing from [aws]
    --> shop.toml
     = help: declare it here, or in a file that this one extends: The region, such as us-east-1.

    error: `identifier` is missing from [cluster]
    --> shop.toml
     = help: declare it here, or in a file that this one extends: The cluster's identifier; compared without case.

    error: `engine_version` is missing from [cluster]
    --> shop.toml
     = help: declare it here, or in a file that this one extends: A version (16.6), or a prefix that accepts all of its minor versions (16).

    error: `apply_immediately` is missing from [cluster]
    --> shop.toml
     = help: declare it here, or in a file that this one extends: true: restarts happen in the run that sends the changes. false: they wait for the window.
    ");
}

#[test]
fn restarts_that_wait_need_a_window() {
    let text = WHOLE.replace("apply_immediately = true", "apply_immediately = false");
    insta::assert_snapshot!(Folder::with(&[("shop.toml", &text)]).problems("shop"), @r#"
    error: apply_immediately = false needs a [window] in which restarts may begin
      --> shop.toml:10:21
       |
    10 | apply_immediately = false
       |                     ^^^^^
       |
       = help: add [window] with weekly = "Thu 23:00-02:00" and time_zone = "UTC"
    "#);
}

#[test]
fn a_name_with_a_dot_needs_quotation_marks() {
    insta::assert_snapshot!(shop_with("[parameters]\npg_stat_statements.track = \"all\"\n"), @r#"
    error: `pg_stat_statements` is a table here, not a parameter
      --> shop.toml:12:1
       |
    12 | pg_stat_statements.track = "all"
       | ^^^^^^^^^^^^^^^^^^
       |
       = help: write a name with a dot in quotation marks: "pg_stat_statements.NAME" = …
    "#);
}

#[test]
fn a_suffix_on_a_parameter_without_a_unit_is_refused() {
    insta::assert_snapshot!(shop_with("[parameters]\nmax_connections = \"500ms\"\n"), @r#"
    error: the unit of `max_connections` is not known, so `500ms` cannot be converted
      --> shop.toml:12:19
       |
    12 | max_connections = "500ms"
       |                   ^^^^^^^
       |
       = help: write the number in the parameter's own unit, without a suffix
    "#);
}

#[test]
fn advanced_insights_demand_a_long_retention() {
    let text = WHOLE.replace(
        "apply_immediately",
        "database_insights = \"advanced\"\nperformance_insights_retention_days = 7\napply_immediately",
    );
    insta::assert_snapshot!(Folder::with(&[("shop.toml", &text)]).problems("shop"), @r#"
    error: database_insights = "advanced" demands a retention of at least 465 days
      --> shop.toml:11:39
       |
    11 | performance_insights_retention_days = 7
       |                                       ^
       |
       = help: write 465, or declare database_insights = "standard"
    "#);
}

#[test]
fn both_spellings_of_a_key_at_once_are_one_too_many() {
    let text = WHOLE.replace(
        "apply_immediately",
        "applyImmediately = true\napply_immediately",
    );
    insta::assert_snapshot!(Folder::with(&[("shop.toml", &text)]).problems("shop"), @"
    error: `apply_immediately` is given twice, in both spellings
      --> shop.toml:11:1
       |
    11 | apply_immediately = true
       | ^^^^^^^^^^^^^^^^^
       |
       = help: keep `apply_immediately`
    ");
}

#[test]
fn a_window_is_weekly_or_single_and_has_a_zone() {
    insta::assert_snapshot!(shop_with("[window]\nweekly = \"Thu 23:00-02:00\"\nlength = \"3h\"\n"), @r#"
    error: a weekly window says its length by its two times
      --> shop.toml:13:10
       |
    13 | length = "3h"
       |          ^^^^
       |
       = help: remove `length`
    "#);
    insta::assert_snapshot!(shop_with("[window]\nat = \"2026-05-14T23:00\"\ntime_zone = \"UTC\"\n"), @r#"
    error: a single window needs its length
      --> shop.toml:12:6
       |
    12 | at = "2026-05-14T23:00"
       |      ^^^^^^^^^^^^^^^^^^
       |
       = help: add length = "3h"
    "#);
    insta::assert_snapshot!(shop_with("[window]\nweekly = \"Thu 23:00-02:00\"\n"), @r#"
    error: a window needs its time zone
      --> shop.toml:12:10
       |
    12 | weekly = "Thu 23:00-02:00"
       |          ^^^^^^^^^^^^^^^^^
       |
       = help: add time_zone = "UTC", or another IANA name
    "#);
}

#[test]
fn two_hundred_partitions_share_the_file_that_they_extend() {
    let folder = Folder::with(&[(
        "base.toml",
        "[cluster]\nengine_version = \"16\"\napply_immediately = true\n",
    )]);
    for number in 0..200 {
        fs::write(
            folder.0.path().join(format!("p{number:03}.toml")),
            format!("extends = \"base.toml\"\n[partition]\nname = \"p{number:03}\"\n[aws]\naccount = \"123456789012\"\nregion = \"us-east-1\"\n[cluster]\nidentifier = \"p{number}\"\n"),
        )
        .unwrap();
    }
    assert_eq!(load_all(folder.0.path()).unwrap().len(), 200);
}
