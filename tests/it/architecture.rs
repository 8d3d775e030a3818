//! The shape of the house: which room may use which, and that every file says what it is for.

use crate::support::project::repository;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it may use. `names`, `hint` and `error` serve all but `sim`.
const ALLOWED: [(&str, &[&str]); 19] = [
    ("main", &["run"]),
    ("run", &["cli", "commands", "report"]),
    ("cli", &["plan"]),
    ("names", &[]),
    ("hint", &[]),
    ("error", &[]),
    ("desired", &[]),
    ("observed", &[]),
    ("config", &["desired"]),
    ("aws", &["observed"]),
    ("sql", &["observed"]),
    ("plan", &["desired", "observed"]),
    ("graph", &["plan"]),
    ("journal", &["plan"]),
    ("event", &["plan"]),
    ("invariants", &["journal", "plan"]),
    (
        "apply",
        &[
            "graph", "journal", "plan", "event", "observed", "aws", "sql",
        ],
    ),
    ("report", &["plan", "graph", "event", "observed", "desired"]),
    ("sim", &[]),
];

/// The rooms that serve all but the simulator.
const SERVANTS: [&str; 3] = ["names", "hint", "error"];

fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    walk(&repository().join("src"), &mut files);
    files.sort();
    files
}

/// The room of a file: the first component below `src`, without `.rs`.
fn room(path: &Path) -> String {
    let below = path.strip_prefix(repository().join("src")).unwrap();
    let first = below.components().next().unwrap();
    first
        .as_os_str()
        .to_str()
        .unwrap()
        .trim_end_matches(".rs")
        .to_owned()
}

/// Every room that a text names by a path from the crate's root.
fn used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
    {
        for marker in ["crate::", "auroractl::"] {
            for (at, _) in line.match_indices(marker) {
                let rest = line.get(at + marker.len()..).unwrap();
                let names: Vec<&str> = match rest.strip_prefix('{') {
                    Some(list) => list.split(['{', '}', ',']).collect(),
                    None => vec![rest],
                };
                for name in names {
                    let name: String = name
                        .trim()
                        .chars()
                        .take_while(|character| character.is_alphanumeric() || *character == '_')
                        .collect();
                    rooms.push(name);
                }
            }
        }
    }
    rooms
}

#[test]
fn every_room_uses_only_the_rooms_it_may() {
    let mut offences = Vec::new();
    for path in sources() {
        let room = room(&path);
        if room == "commands" || room == "lib" {
            continue;
        }
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{} stands in no known room", path.display()))
            .1;
        for used in used(&fs::read_to_string(&path).unwrap()) {
            let is_room = used == "commands" || ALLOWED.iter().any(|(name, _)| *name == used);
            let serves = room != "sim" && SERVANTS.contains(&used.as_str());
            if is_room && used != room && !serves && !allowed.contains(&used.as_str()) {
                offences.push(format!("{} uses {used}", path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let headless: Vec<PathBuf> = sources()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .collect();
    assert!(headless.is_empty(), "{headless:?}");
}

#[test]
fn planning_and_ordering_are_pure() {
    let mut offences = Vec::new();
    for path in sources() {
        if !["plan", "graph", "desired", "observed"].contains(&room(&path).as_str()) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for impure in [
            "async fn",
            ".await",
            "std::fs",
            "std::net",
            "std::env",
            "std::time",
            "Timestamp::now",
            "tokio",
            "fastrand",
        ] {
            if text.contains(impure) {
                offences.push(format!("{} holds {impure}", path.display()));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}
