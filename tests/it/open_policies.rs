//! A whole rollout where AWS's behaviour is not settled: under the other setting of each switch of the world file it ends as
//! usual, and nothing is left to do. The switches are read from their page, so that none is forgotten.

use crate::support::project::{Project, repository};
use std::fs;

/// `key = value` of each switch, set to the other value.
fn other_settings() -> Vec<String> {
    let page = fs::read_to_string(repository().join("docs/worlds.md")).unwrap();
    let (_, section) = page.split_once("## [policies]").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter_map(|line| {
        let (key, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
        let other = !rest.starts_with("true");
        Some(format!("{key} = {other}"))
    });
    rows.collect()
}

/// Rolls a partition of the built-in world out under these settings, and plans it again.
fn rolls_out(partition: &str, policies: &str) {
    let project = Project::with_environments();
    let world = fs::read_to_string(repository().join("examples/worlds/four-partitions.toml"));
    project.write(
        "world.toml",
        &format!("{}\n[policies]\n{policies}\n", world.unwrap()),
    );
    let simulate = "--simulate=world.toml";
    let apply = project.run(&[
        "apply",
        partition,
        simulate,
        "--simulate-speed",
        "max",
        "--auto-approve",
    ]);
    assert_eq!(apply.code, 0, "{partition}, {policies}\n{}", apply.stdout);
    let plan = project.run(&["plan", partition, simulate, "--detailed-exitcode"]);
    assert_eq!(plan.code, 0, "{partition}, {policies}\n{}", plan.stdout);
}

#[test]
fn a_rollout_ends_as_usual_under_the_other_setting_of_each_switch() {
    let settings = other_settings();
    assert!(settings.len() >= 10, "{settings:?}");
    for setting in &settings {
        rolls_out("prod", setting);
    }
}

#[test]
fn a_rollout_ends_as_usual_under_the_other_setting_of_all_switches_at_once() {
    let settings = other_settings().join("\n");
    for partition in ["dev", "stage", "demo", "prod"] {
        rolls_out(partition, &settings);
    }
}
