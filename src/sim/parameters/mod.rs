//! The catalogue of cluster parameters, one map per parameter group family. In: a family's name. Out: every parameter of
//! it, with what the API lists, whether a value is allowed, and what a formula comes to on an instance class.
//!
//! The data is `catalogue.txt`; its first lines say what each column means and where the facts come from.

mod allowed;
mod definition;
mod formula;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use definition::{ApplyType, DataType, Definition, Source};
pub use formula::{DEFAULT_PORT, Variables, evaluate, evaluate_with};

/// The families of the catalogue, oldest first.
const FAMILIES: [(u32, &str); 4] = [
    (14, "aurora-postgresql14"),
    (15, "aurora-postgresql15"),
    (16, "aurora-postgresql16"),
    (17, "aurora-postgresql17"),
];

static NAMES: [&str; FAMILIES.len()] = [FAMILIES[0].1, FAMILIES[1].1, FAMILIES[2].1, FAMILIES[3].1];

static CATALOGUE: LazyLock<BTreeMap<&'static str, BTreeMap<String, Definition>>> =
    LazyLock::new(|| {
        let lines: Vec<table::Line> = table::lines().filter_map(table::Line::read).collect();
        FAMILIES
            .iter()
            .map(|&(major, family)| {
                let definitions = lines
                    .iter()
                    .filter_map(|line| line.definition(major))
                    .map(|definition| (definition.name.clone(), definition))
                    .collect();
                (family, definitions)
            })
            .collect()
    });

/// All cluster parameters of a family, by name; `None` for a family that the catalogue does not hold.
pub fn catalogue(family: &str) -> Option<&'static BTreeMap<String, Definition>> {
    CATALOGUE.get(family)
}

/// The families that the catalogue holds, oldest first.
pub fn families() -> &'static [&'static str] {
    &NAMES
}

#[cfg(test)]
mod tests;
