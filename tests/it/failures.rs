//! The table of failures: each row names a test, and each named test exists; each scenario that looks like a fault is one.

use crate::support::project::repository;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The cells of the rows of all tables of the page, without heads.
fn rows() -> Vec<Vec<String>> {
    let page = fs::read_to_string(repository().join("docs/failures.md")).unwrap();
    page.lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| What happens"))
        .map(|line| {
            line.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn entry_name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn collect_tests(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_tests(&path, tests);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "story")
        {
            tests.insert(entry_name(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                let named = line
                    .strip_prefix("async fn ")
                    .or_else(|| line.strip_prefix("fn "))
                    .and_then(|line| line.split('(').next());
                if let Some(name) = named {
                    if is_test {
                        tests.insert(name.to_owned());
                    }
                    is_test = false;
                }
            }
        }
    }
}

#[test]
fn every_test_that_the_table_of_failures_names_exists() {
    let mut tests = BTreeSet::new();
    collect_tests(&repository().join("tests"), &mut tests);
    collect_tests(&repository().join("src"), &mut tests);
    let rows = rows();
    assert!(rows.len() > 30, "{}", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let [what, does, scenario, named] = row.as_slice() else {
            wrong.push(format!("not four cells: {row:?}"));
            continue;
        };
        let named = quoted(named);
        if named.is_empty() || does.is_empty() || scenario.is_empty() {
            wrong.push(format!("{what:?} has an empty cell, or no test"));
        }
        wrong.extend(
            named
                .into_iter()
                .filter(|name| !tests.contains(name))
                .map(|name| format!("{what:?}: no test is called `{name}`")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_scenario_of_the_table_of_failures_is_documented() {
    let pages: String = ["docs/worlds.md", "docs/failures.md"]
        .iter()
        .map(|page| fs::read_to_string(repository().join(page)).unwrap())
        .collect::<Vec<_>>()
        .join("\n");
    let worlds = pages.split("# Failures").next().unwrap().to_owned();
    // What is no part of a world file, and what a member shows.
    let others = ["credential_process", "pending-reboot"];
    let wrong: Vec<String> = rows()
        .iter()
        .flat_map(|row| quoted(&row[2]))
        .filter(|name| !others.contains(&name.as_str()) && !worlds.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}
