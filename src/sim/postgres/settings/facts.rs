//! Reads `facts.txt`: what PostgreSQL itself says of its settings. In: its lines. Out: the facts by name in lower case.

use std::collections::BTreeMap;
use std::sync::LazyLock;

const TEXT: &str = include_str!("facts.txt");

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// As `pg_settings` spells it.
    pub(crate) name: &'static str,
    pub(crate) context: &'static str,
    pub(crate) vartype: &'static str,
    pub(crate) min_val: Option<&'static str>,
    pub(crate) max_val: Option<&'static str>,
    pub(crate) enumvals: Option<Vec<&'static str>>,
    pub(crate) boot_val: Option<&'static str>,
    /// Only for those with the privileges of pg_read_all_settings.
    pub(crate) hidden: bool,
    pub(crate) category: &'static str,
}

static FACTS: LazyLock<BTreeMap<String, Facts>> = LazyLock::new(|| {
    lines()
        .filter_map(read)
        .map(|facts| (facts.name.to_ascii_lowercase(), facts))
        .collect()
});

/// All facts, by the setting's name in lower case.
pub(crate) fn all() -> &'static BTreeMap<String, Facts> {
    &FACTS
}

fn lines() -> impl Iterator<Item = &'static str> {
    TEXT.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn read(line: &'static str) -> Option<Facts> {
    let columns: Vec<&str> = line.split(" | ").collect();
    let [
        name,
        context,
        vartype,
        least,
        most,
        enumeration,
        boot,
        who,
        category,
    ] = columns.try_into().ok()?;
    Some(Facts {
        name,
        context,
        vartype,
        min_val: given(least),
        max_val: given(most),
        enumvals: given(enumeration).map(|values| values.split(',').collect()),
        boot_val: given(boot),
        hidden: who == "hidden",
        category,
    })
}

/// `-` is nothing, `''` the empty text.
fn given(column: &'static str) -> Option<&'static str> {
    match column {
        "-" => None,
        "''" => Some(""),
        _ => Some(column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::parameters::{ApplyType, catalogue, families};

    #[test]
    fn every_line_follows_the_format() {
        let broken: Vec<&str> = lines().filter(|line| read(line).is_none()).collect();
        assert_eq!(broken, Vec::<&str>::new());
        assert_eq!(all().len(), lines().count());
    }

    #[test]
    fn facts_and_parameter_catalogue_agree_on_what_needs_a_restart() {
        let mut different = Vec::new();
        for family in families() {
            for (name, definition) in catalogue(family).into_iter().flatten() {
                let Some(facts) = all().get(name) else {
                    continue;
                };
                let restart = ["postmaster", "internal"].contains(&facts.context);
                if restart != (definition.apply_type == ApplyType::Static) {
                    different.push(name.as_str());
                }
            }
        }
        different.sort_unstable();
        different.dedup();
        // The API lists these as static although PostgreSQL would reload them.
        assert_eq!(different, ["recovery_init_sync_method", "ssl_crl_dir"]);
    }
}
