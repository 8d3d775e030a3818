//! Whole declarations in, whole results out: desired partitions, or the text that a person reads.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod problems;
mod steps;
mod store;
mod verify;

use super::*;
use crate::desired::{Desired, SnapshotPolicy, Value};
use crate::error::Error;
use crate::names::{InstanceId, ParameterName};

/// A directory with these files, and what loading all of it says.
struct Declarations(tempfile::TempDir);

impl Declarations {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    fn all(&self) -> Vec<Desired> {
        load_all(self.0.path())
            .map_err(|problems| problems.render(false))
            .unwrap()
    }

    /// The rendered problems of everything, with the temporary directory named `environments`.
    fn problems(&self) -> String {
        self.shorten(load_all(self.0.path()).unwrap_err())
    }

    fn problems_of(&self, names: &[&str]) -> String {
        let names: Vec<_> = names.iter().map(|name| PartitionName::new(*name)).collect();
        self.shorten(load(self.0.path(), &names).unwrap_err())
    }

    fn shorten(&self, problems: Problems) -> String {
        let shown = problems.render(false);
        shown.replace(&self.0.path().display().to_string(), "environments")
    }
}

const SHARED: &str = r#"
[cluster]
engine_version = "16"
instance_class = "db.t3.medium"
apply_immediately = true

[parameters]
log_statement = "ddl"
log_min_duration_statement = "500ms"
"#;

const PROD: &str = r#"
extends = "shared.toml"

[partition]
name = "prod"

[aws]
account = "111111111111"
region = "us-east-1"

[cluster]
identifier = "Orders-Prod"
"#;

/// `prod.toml` with something added, beside `shared.toml`.
fn prod_with(addition: &str) -> Declarations {
    let prod = format!("{PROD}{addition}");
    Declarations::new(&[("shared.toml", SHARED), ("prod.toml", &prod)])
}

/// A `prod.toml` on its own.
fn alone(prod: &str) -> Declarations {
    Declarations::new(&[("prod.toml", prod)])
}

fn number(text: &str) -> Value {
    Value::Number(text.to_owned())
}

fn values(desired: &Desired) -> Vec<(String, Value)> {
    desired
        .parameters
        .iter()
        .map(|(name, parameter)| (name.to_string(), parameter.value.clone()))
        .collect()
}

#[test]
fn the_projects_own_partitions_load() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(DIRECTORY);
    let partitions = load_all(&directory)
        .map_err(|problems| problems.render(false))
        .unwrap();
    let lines = partitions.iter().map(|desired| {
        let cluster = &desired.cluster;
        let aws = &desired.aws;
        format!(
            "{} {} {} {} {} {} immediately={} max_connections={:?} window={:?}",
            desired.partition,
            aws.account,
            aws.profile.as_ref().unwrap(),
            cluster.identifier_as_written,
            cluster.engine_version.as_str(),
            cluster.instance_class.as_ref().unwrap(),
            cluster.apply_immediately,
            desired
                .parameters
                .get(&ParameterName::new("max_connections"))
                .map(|parameter| &parameter.as_written),
            desired.window.as_ref().map(|window| &window.as_written),
        )
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    demo 111111111111 Admin-Alpha1 Alpha001-demo-AuroraCluster 16 db.t3.medium immediately=true max_connections=None window=None
    dev 222222222222 Alpha002-Admin Alpha002-dev-AuroraCluster 16 db.t3.medium immediately=true max_connections=None window=None
    prod 111111111111 Admin-Alpha1 Alpha001-prod-AuroraCluster 16 db.r7g.large immediately=false max_connections=Some("500") window=Some("Thu 23:00-02:00")
    stage 222222222222 Alpha002-Admin Alpha002-stage-AuroraCluster 16 db.t3.medium immediately=true max_connections=None window=None
    "#);
    let prod = partitions
        .iter()
        .find(|desired| desired.partition.as_str() == "prod")
        .unwrap();
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&Desired { file: PathBuf::from("prod.toml"), ..prod.clone() })
            .unwrap()
            .replace(&directory.display().to_string(), "environments"),
        @r#"
    {
      "partition": "prod",
      "file": "prod.toml",
      "aws": {
        "account": "111111111111",
        "region": "us-east-1",
        "profile": "Admin-Alpha1"
      },
      "cluster": {
        "identifier": "alpha001-prod-auroracluster",
        "identifier_as_written": "Alpha001-prod-AuroraCluster",
        "engine": "aurora-postgresql",
        "engine_version": "16",
        "instance_class": "db.r7g.large",
        "instances": {},
        "apply_immediately": false,
        "parameter_group": null,
        "database_insights": "standard",
        "performance_insights_retention_days": 7
      },
      "parameters": {
        "log_lock_waits": {
          "value": {
            "boolean": true
          },
          "as_written": "true",
          "place": {
            "file": "environments/shared.toml",
            "line": 18,
            "column": 1
          }
        },
        "log_min_duration_statement": {
          "value": {
            "number": "500"
          },
          "as_written": "500ms",
          "place": {
            "file": "environments/shared.toml",
            "line": 16,
            "column": 1
          }
        },
        "log_statement": {
          "value": {
            "text": "ddl"
          },
          "as_written": "ddl",
          "place": {
            "file": "environments/shared.toml",
            "line": 17,
            "column": 1
          }
        },
        "log_temp_files": {
          "value": {
            "number": "0"
          },
          "as_written": "0",
          "place": {
            "file": "environments/shared.toml",
            "line": 19,
            "column": 1
          }
        },
        "max_connections": {
          "value": {
            "number": "500"
          },
          "as_written": "500",
          "place": {
            "file": "environments/prod.toml",
            "line": 20,
            "column": 1
          }
        },
        "pg_stat_statements.track": {
          "value": {
            "text": "all"
          },
          "as_written": "all",
          "place": {
            "file": "environments/shared.toml",
            "line": 20,
            "column": 1
          }
        },
        "shared_preload_libraries": {
          "value": {
            "list": [
              "pg_stat_statements"
            ]
          },
          "as_written": "pg_stat_statements",
          "place": {
            "file": "environments/shared.toml",
            "line": 15,
            "column": 1
          }
        }
      },
      "window": {
        "schedule": {
          "weekly": {
            "weekday": 4,
            "opens": "23:00:00",
            "length_minutes": 180
          }
        },
        "time_zone": "America/Los_Angeles",
        "as_written": "Thu 23:00-02:00"
      },
      "writer_interruption_seconds_max": 60,
      "snapshot": "until-verified"
    }
    "#
    );
}

#[test]
fn a_partition_survives_the_way_through_json() {
    let [desired] = prod_with("[window]\nat = 2026-05-14T23:00:00\nlength = \"3h\"\ntime_zone = \"UTC\"\n[snapshot]\nkeep = \"7d\"\n")
        .all()
        .try_into()
        .unwrap();
    assert_eq!(desired.snapshot, SnapshotPolicy::Hours(168));
    assert_eq!(
        desired.window.as_ref().unwrap().as_written,
        "2026-05-14T23:00:00 for 3h"
    );
    let json = serde_json::to_string(&desired).unwrap();
    assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), desired);
}

#[test]
fn the_nearer_file_wins_key_by_key() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        (
            "large.toml",
            "extends = \"shared.toml\"\n[cluster]\ninstance_class = \"db.r7g.large\"\n[parameters]\nmax_connections = 300\nwork_mem = \"8MB\"\n",
        ),
        (
            "quiet.toml",
            "extends = \"shared.toml\"\n[parameters]\nlog_statement = \"none\"\n",
        ),
        (
            "prod.toml",
            &PROD
                .replace("\"shared.toml\"", "[\"large.toml\", \"quiet.toml\"]")
                .replace(
                    "[cluster]",
                    "[parameters]\nmax_connections = 500\n[cluster]",
                ),
        ),
    ]);
    let [desired] = declarations.all().try_into().unwrap();
    assert_eq!(
        desired.cluster.instance_class.as_ref().unwrap().as_str(),
        "db.r7g.large",
        "what both lists extend does not come back over the first of them"
    );
    assert_eq!(
        values(&desired),
        [
            ("log_min_duration_statement".to_owned(), number("500")),
            ("log_statement".to_owned(), Value::Text("none".to_owned())),
            ("max_connections".to_owned(), number("500")),
            ("work_mem".to_owned(), number("8192")),
        ]
    );
}

#[test]
fn an_inherited_parameter_can_be_removed_and_set_again_nearer() {
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        (
            "quiet.toml",
            "extends = \"shared.toml\"\nremove_parameters = [\"log_statement\", \"log_min_duration_statement\"]\n",
        ),
        (
            "prod.toml",
            &format!(
                "{}\n[parameters]\nlog_statement = \"mod\"\n",
                PROD.replace("shared.toml", "quiet.toml")
            ),
        ),
    ]);
    let [desired] = declarations.all().try_into().unwrap();
    assert_eq!(
        values(&desired),
        [("log_statement".to_owned(), Value::Text("mod".to_owned()))]
    );
}

#[test]
fn members_of_several_files_are_merged_and_fall_back_to_the_clusters_class() {
    let shared =
        format!("{SHARED}[cluster.instances.orders-1]\ninstance_class = \"db.r7g.large\"\n");
    let prod = format!(
        "{PROD}[cluster.instances.Orders-2]\ninstance_class = \"db.r7g.xlarge\"\n[cluster.instances.ORDERS-1]\ndbInstanceClass = \"db.r7g.2xlarge\"\n"
    );
    let declarations = Declarations::new(&[("shared.toml", &shared), ("prod.toml", &prod)]);
    let [desired] = declarations.all().try_into().unwrap();
    let class = |id| {
        desired
            .cluster
            .class_of(&InstanceId::new(id))
            .unwrap()
            .as_str()
    };
    assert_eq!(class("orders-1"), "db.r7g.2xlarge");
    assert_eq!(class("orders-2"), "db.r7g.xlarge");
    assert_eq!(class("orders-3"), "db.t3.medium");
}

#[test]
fn a_nearer_window_of_the_other_kind_replaces_the_inherited_one() {
    let shared = format!("{SHARED}[window]\nweekly = \"Thu 23:00-02:00\"\ntime_zone = \"UTC\"\n");
    let prod = format!("{PROD}[window]\nat = \"2026-05-14T23:00\"\nlength = \"90min\"\n");
    let declarations = Declarations::new(&[("shared.toml", &shared), ("prod.toml", &prod)]);
    let [desired] = declarations.all().try_into().unwrap();
    let window = desired.window.unwrap();
    assert_eq!(window.as_written, "2026-05-14T23:00 for 90min");
    assert_eq!(window.time_zone, "UTC");
}

#[test]
fn every_key_that_aws_has_is_read_in_each_of_its_spellings() {
    let camel = r#"
dbClusterIdentifier = "Orders-Prod"
engine = "aurora-postgresql"
engineVersion = "16.6"
dbInstanceClass = "db.r7g.large"
applyImmediately = true
dbClusterParameterGroupName = "orders"
databaseInsightsMode = "advanced"
performanceInsightsRetentionPeriod = 465
"#;
    let own = r#"
identifier = "Orders-Prod"
engine = "aurora-postgresql"
engine_version = "16.6"
instance_class = "db.r7g.large"
apply_immediately = true
parameter_group = "orders"
database_insights = "advanced"
performance_insights_retention_days = 465
"#;
    let api: String = camel
        .lines()
        .map(|line| match line.strip_prefix("db") {
            Some(rest) => format!("DB{rest}\n"),
            None => line
                .get(..1)
                .map(|first| format!("{}{}\n", first.to_uppercase(), line.get(1..).unwrap()))
                .unwrap_or_default(),
        })
        .collect();
    let cluster = |text: &str| {
        let prod = PROD
            .replace("extends = \"shared.toml\"", "")
            .replace("identifier = \"Orders-Prod\"\n", text);
        let [desired] = alone(&prod).all().try_into().unwrap();
        desired.cluster
    };
    assert_eq!(cluster(camel), cluster(own));
    assert_eq!(cluster(&api), cluster(own));
    assert!(api.contains("\nApplyImmediately = true\n"));
}

#[test]
fn two_hundred_partitions_load_and_the_shared_file_is_read_once() {
    let mut files = vec![("shared.toml".to_owned(), SHARED.to_owned())];
    for index in 0..200 {
        let name = format!("p{index:03}");
        let text = PROD
            .replace("\"prod\"", &format!("\"{name}\""))
            .replace("Orders-Prod", &format!("Orders-{name}"));
        files.push((format!("{name}.toml"), text));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let declarations = Declarations::new(&files);
    let partitions = declarations.all();
    assert_eq!(partitions.len(), 200);
    assert!(partitions.is_sorted_by_key(|desired| desired.partition.clone()));
    let mut reader = Files::default();
    for (name, _) in &files {
        reader.load(&declarations.0.path().join(name)).unwrap();
    }
    assert_eq!(reader.count(), 201);
}

#[test]
fn named_partitions_come_in_the_order_of_their_names_each_once() {
    let dev = PROD
        .replace("prod", "dev")
        .replace("Orders-Prod", "Orders-Dev");
    let declarations = Declarations::new(&[
        ("shared.toml", SHARED),
        ("prod.toml", PROD),
        ("dev.toml", &dev),
        ("broken.toml", "this is not named, so it is not read"),
    ]);
    let names = ["prod", "dev", "prod"].map(PartitionName::new);
    let partitions = load(declarations.0.path(), &names).unwrap();
    let loaded: Vec<_> = partitions
        .iter()
        .map(|desired| desired.partition.as_str())
        .collect();
    assert_eq!(loaded, ["prod", "dev"]);
}

#[test]
fn the_directory_is_found_here_or_above() {
    let declarations = Declarations::new(&[("environments/prod.toml", ""), ("a/b/c.txt", "")]);
    let root = declarations.0.path();
    let found = root.join("environments");
    assert_eq!(find_directory(root).unwrap(), found);
    assert_eq!(find_directory(&root.join("a/b")).unwrap(), found);
    // The tests run in the project's own directory.
    assert_eq!(
        find_directory(Path::new(".")).unwrap(),
        Path::new("environments")
    );
    assert_eq!(
        find_directory(Path::new("src/config")).unwrap(),
        Path::new("src/config/../../environments")
    );
}

#[test]
fn a_directory_that_is_nowhere_is_a_problem_with_a_way_out() {
    let error = Error::from(find_directory(Path::new("/dev")).unwrap_err());
    insta::assert_snapshot!(error.render(false), @"
    error: one problem in the declarations

    error: there is no directory `environments` in `/dev` or above it
     |
     = hint: go to the directory that holds `environments`, or name it with --environments DIR
    ");
    let problems = load_all(Path::new("no/such/directory")).unwrap_err();
    insta::assert_snapshot!(problems.render(false), @"
    error: cannot read the directory `no/such/directory`: No such file or directory (os error 2)
     |
     = hint: name the directory of the declarations with --environments DIR
    ");
}

const PAGE: &str = include_str!("../../docs/declarations.md");

#[test]
fn the_documented_declaration_is_a_valid_one() {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    let (prod, _) = rest.split_once("```").unwrap();
    let shared = "[parameters]\nlog_lock_waits = true\nlog_statement = \"ddl\"\n";
    let declarations = Declarations::new(&[("shared.toml", shared), ("prod.toml", prod)]);
    let [desired] = declarations.all().try_into().unwrap();
    let names: Vec<_> = desired
        .parameters
        .keys()
        .map(ParameterName::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "log_statement",
            "max_connections",
            "pg_stat_statements.track",
            "shared_preload_libraries",
            "work_mem",
        ]
    );
}

#[test]
fn every_key_is_documented_with_its_aws_spelling() {
    for table in [
        &keys::PARTITION,
        &keys::AWS,
        &keys::CLUSTER,
        &keys::INSTANCE,
        &keys::WINDOW,
        &keys::BUDGET,
        &keys::SNAPSHOT,
        &keys::STORE,
    ] {
        for key in table.keys {
            if matches!(key.form, keys::Form::TableByInstance(_)) {
                continue;
            }
            let row = format!("| `[{}]` | `{}` |", table.name, key.name);
            let line = PAGE.lines().find(|line| line.starts_with(&row));
            let line = line.unwrap_or_else(|| panic!("no row {row}"));
            if let Some(api_name) = key.api_name {
                let spelling = format!("`{}`", keys::camel_case(api_name));
                assert!(line.contains(&spelling), "{spelling} is missing in {line}");
            }
        }
    }
}
