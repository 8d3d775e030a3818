//! Folders of declarations: any text in any number of files is either resolved or told what is wrong with it.
//!
//! The input is text. A line `=== NAME` begins the file `NAME.toml`; what comes before the first one is `prod.toml`.

use super::scene::{self, ENVIRONMENTS};
use auroractl::config;
use auroractl::desired::Desired;
use auroractl::names::PartitionName;
use auroractl::plan;
use std::collections::BTreeMap;
use std::fs;

/// More files than this say nothing new.
const FILES_MAX: usize = 8;

/// What fuzzing begins with: the repository's folder, and small ones that use every section.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<String> = vec![
        ENVIRONMENTS
            .iter()
            .map(|(name, text)| {
                let name = name.trim_end_matches(".toml");
                let text: String = text
                    .lines()
                    .filter(|line| !line.starts_with('#'))
                    .map(|line| format!("{line}\n"))
                    .collect();
                format!("=== {name}\n{text}")
            })
            .collect(),
    ];
    seeds.extend(
        [
            "=== shared\n[cluster]\nengine = \"aurora-postgresql\"\n=== prod\nextends = [\"shared.toml\", \"more.toml\"]\n=== more\nextends = \"prod.toml\"\n",
            "[partition]\nname = \"prod\"\n[aws]\naccount = \"111111111111\"\nregion = \"us-east-1\"\nprofile = \"Admin\"\n[cluster]\nidentifier = \"Orders\"\nengine = \"aurora-postgresql\"\nengineVersion = \"16.6\"\ninstanceClass = \"db.r7g.large\"\napplyImmediately = false\n[cluster.instances.orders-1]\ninstance_class = \"db.r7g.xlarge\"\n[parameters]\nmax_connections = 500\nlog_min_duration_statement = \"1.5s\"\nlog_lock_waits = true\nshared_preload_libraries = [\"pg_stat_statements\", \"auto_explain\"]\n[window]\nweekly = \"Thu 23:00-02:00\"\ntime_zone = \"America/Los_Angeles\"\n[budget]\nwriter_interruption = \"60s\"\n[snapshot]\nkeep = \"7d\"\n",
            "[partition]\nname = \"prod\"\n[aws]\naccount = \"111111111111\"\nregion = \"us-east-1\"\n[cluster]\nidentifier = \"o\"\nengine_version = \"16\"\ninstance_class = \"db.t3.medium\"\napply_immediately = false\ndatabase_insights = \"advanced\"\nperformance_insights_retention_days = 465\n[window]\nat = \"2026-05-14T23:00\"\nlength = \"3h\"\ntime_zone = \"UTC\"\n[snapshot]\nkeep = \"until-verified\"\n",
        ]
        .map(str::to_owned),
    );
    seeds.into_iter().map(String::into_bytes).collect()
}

/// Writes the files and loads them all, and one by its name.
pub fn run(data: &[u8]) {
    let folder = scene::temporary();
    for (name, bytes) in files(data) {
        let file = folder.path().join(format!("{name}.toml"));
        fs::write(file, bytes).expect("a temporary folder takes files");
    }
    let prod = PartitionName::new("prod");
    for loaded in [
        config::load_all(folder.path()),
        config::load(folder.path(), std::slice::from_ref(&prod)),
    ] {
        match loaded {
            Ok(partitions) => partitions.iter().for_each(resolved),
            Err(problems) => {
                assert!(problems.iter().next().is_some(), "an error without a cause");
                for coloured in [false, true] {
                    assert!(!problems.render(coloured).is_empty());
                }
            }
        }
    }
}

/// What is resolved can be saved in a plan file, and asked about.
fn resolved(desired: &Desired) {
    let text = serde_json::to_string(desired).expect("a declaration has a JSON form");
    let again: Desired = serde_json::from_str(&text).expect("a saved declaration can be read");
    assert_eq!(*desired, again, "a declaration changes when it is saved");
    let _ = plan::first_questions(desired);
    let _ = desired.cluster.family();
    let now = "2026-05-15T06:05:00Z".parse().expect("an instant");
    let _ = desired
        .window
        .as_ref()
        .and_then(|window| window.occurrence(now));
}

fn files(data: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut current = "prod".to_owned();
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(b"=== ") {
            Some(name) if files.len() < FILES_MAX => {
                current = String::from_utf8_lossy(name)
                    .chars()
                    .filter(|letter| letter.is_alphanumeric() || *letter == '-')
                    .take(20)
                    .collect();
                files.entry(current.clone()).or_default();
            }
            _ => files
                .entry(current.clone())
                .or_default()
                .extend_from_slice(line),
        }
    }
    files
}
