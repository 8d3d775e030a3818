//! The declared parameters, one by one, as PostgreSQL holds them; the preloaded libraries one by one.

use super::compare::{Comparison, compare};
use super::{Check, Verdict, Witness};
use crate::desired::Desired;
use crate::desired::decimal::Decimal;
use crate::names::{InstanceClass, ParameterName};
use crate::observed::sql::{Reading, Setting as Row};
use crate::observed::{Cluster, Observed, Parameter};
use crate::plan::difference::{Differences, default_group, described, target_group};
use crate::plan::spelling::truth;
use std::collections::{BTreeMap, BTreeSet};

/// The list whose items are looked at one by one.
const LIBRARIES: &str = "shared_preload_libraries";

/// A declared parameter.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// AWS's description.
    pub(super) parameter: Parameter,
    /// The value to store.
    pub(super) stored: String,
    /// Whether the attached group stores it.
    pub(super) is_stored: bool,
}

/// Every declared parameter that AWS knows.
pub(super) type Declared = BTreeMap<ParameterName, Setting>;

/// Every declared parameter that AWS knows.
pub(super) fn declared(desired: &Desired, observed: &Observed, cluster: &Cluster) -> Declared {
    let Some(group) = Differences::between(desired, observed).group else {
        return Declared::new();
    };
    let (target, defaults) = (target_group(desired, cluster), default_group(cluster));
    let is_stored = |name: &ParameterName| {
        !group.attaches()
            && !group
                .settings
                .iter()
                .any(|setting| setting.parameter.name == *name)
    };
    group
        .declared
        .iter()
        .filter_map(|(name, stored)| {
            let setting = Setting {
                parameter: described(observed, &target, &defaults, name)?.clone(),
                stored: stored.clone(),
                is_stored: is_stored(name),
            };
            Some((name.clone(), setting))
        })
        .collect()
}

pub(super) fn asked(desired: &Desired, observed: &Observed) -> BTreeSet<ParameterName> {
    match &observed.cluster {
        None => BTreeSet::new(),
        Some(cluster) => declared(desired, observed, cluster).into_keys().collect(),
    }
}

pub(super) fn libraries(desired: &Desired, observed: &Observed) -> BTreeSet<String> {
    let declared = match &observed.cluster {
        None => Declared::new(),
        Some(cluster) => declared(desired, observed, cluster),
    };
    declared
        .get(&ParameterName::new(LIBRARIES))
        .map(|setting| elements(&setting.stored).into_iter().collect())
        .unwrap_or_default()
}

/// What a member's PostgreSQL says of one declared parameter.
pub(super) fn checks(
    name: &ParameterName,
    declared: &Setting,
    class: &InstanceClass,
    reading: Option<&Reading>,
    user: &str,
) -> Vec<Check> {
    let Setting {
        parameter,
        stored,
        is_stored: _,
    } = declared;
    let check = |verdict| Check::new(name.as_str(), Witness::Sql, verdict).wanting(stored);
    let setting = match reading {
        Some(Reading::Value(setting)) => setting,
        Some(Reading::Denied { because }) => {
            return vec![check(Verdict::NotReadable).because(because).taking(format!(
                "GRANT pg_read_all_settings TO {}; (pg_monitor includes it)",
                quoted(user)
            ))];
        }
        Some(Reading::Placeholder(value)) => {
            return vec![
                check(Verdict::NotProven)
                    .finding(value)
                    .because("PostgreSQL keeps the value, and no loaded library gives it a meaning")
                    .taking("preload the library that the setting belongs to"),
            ];
        }
        Some(Reading::Unknown) => {
            return vec![
                check(Verdict::NotProven)
                    .because("PostgreSQL knows no such setting here")
                    .taking(
                        "a setting of a library exists once the library is preloaded; some of RDS's own are not shown",
                    ),
            ];
        }
        None => {
            return vec![check(Verdict::NotProven).because("it was not asked for")];
        }
    };
    if is_overridden(setting) {
        return vec![
            check(Verdict::NotProven)
                .finding(shown(setting))
                .because(format!(
                    "the {} has a value of its own, which hides the server's",
                    match setting.source.as_str() {
                        "database" => "database".to_owned(),
                        "client" | "session" => "session".to_owned(),
                        _ => format!("role {}", quoted(user)),
                    }
                ))
                .taking(format!(
                    "a role for which no {name} is set (ALTER ROLE … RESET {name})"
                )),
        ];
    }
    if name.as_str() == LIBRARIES {
        return libraries_one_by_one(stored, setting);
    }
    let compared = match compare(stored, parameter, class, setting) {
        Comparison::Same if setting.pending_restart => check(Verdict::NotProven)
            .because("the value runs, and PostgreSQL holds another that waits for a restart")
            .taking("find out who stored it: `auroractl drift` compares the group"),
        Comparison::Same => check(Verdict::Live),
        Comparison::Open(why) => check(Verdict::NotProven)
            .because(why)
            .taking("declare a number instead of a formula"),
        Comparison::Other(wanted) => {
            let check = check(Verdict::NotLive).wanting(spelled(&wanted, setting));
            if setting.pending_restart {
                check.because("PostgreSQL holds another value that waits for a restart")
            } else {
                check
            }
        }
    };
    vec![compared.finding(shown(setting))]
}

/// Whether somebody set the value for this session's role or database, or for the session.
fn is_overridden(setting: &Row) -> bool {
    matches!(
        setting.source.as_str(),
        "user" | "database" | "database user" | "client" | "session"
    )
}

/// A stored value as PostgreSQL would show it.
fn spelled(stored: &str, setting: &Row) -> String {
    match (setting.kind.as_str(), truth(stored)) {
        ("bool", Some(true)) => "on".to_owned(),
        ("bool", Some(false)) => "off".to_owned(),
        ("enum", _) => stored.to_ascii_lowercase(),
        ("integer" | "real", _) if Decimal::parse(stored).is_some() => shown(&Row {
            value: stored.to_owned(),
            ..setting.clone()
        }),
        _ => stored.to_owned(),
    }
}

fn shown(setting: &Row) -> String {
    match setting.unit.as_deref() {
        // Eight blocks of 8 kB would read as a number of 88.
        Some(unit) if unit.starts_with(|digit: char| digit.is_ascii_digit()) => {
            format!("{} x {unit}", setting.value)
        }
        Some(unit) if setting.value != "-1" => format!("{} {unit}", setting.value),
        _ if setting.value.is_empty() => "(empty)".to_owned(),
        _ => setting.value.clone(),
    }
}

/// Each declared library, and each that runs without being declared. RDS puts its own in front (Aurora User Guide,
/// "Setting up the pgAudit extension").
fn libraries_one_by_one(stored: &str, setting: &Row) -> Vec<Check> {
    let (wanted, running) = (elements(stored), elements(&setting.value));
    let waits = "PostgreSQL holds another list that waits for a restart";
    let mut checks = Vec::new();
    for library in &wanted {
        let subject = format!("library {library}");
        if running.contains(library) {
            checks.push(Check::new(subject, Witness::Sql, Verdict::Live).finding("loaded"));
        } else {
            let check = Check::new(subject, Witness::Sql, Verdict::NotLive)
                .wanting("loaded")
                .finding("not loaded");
            checks.push(if setting.pending_restart {
                check.because(waits)
            } else {
                check
            });
        }
    }
    for library in running.iter().filter(|library| !wanted.contains(library)) {
        if library.starts_with("rds") {
            continue;
        }
        let subject = format!("library {library}");
        let check = Check::new(subject, Witness::Sql, Verdict::NotLive)
            .wanting("not loaded")
            .finding("loaded");
        checks.push(if setting.pending_restart {
            check.because(waits)
        } else {
            check
        });
    }
    let all_live = checks.iter().all(|check| check.verdict == Verdict::Live);
    if all_live && setting.pending_restart {
        checks.push(
            Check::new(LIBRARIES, Witness::Sql, Verdict::NotProven)
                .because(waits)
                .taking("find out who stored it: `auroractl drift` compares the group"),
        );
    }
    if wanted.is_empty() && checks.is_empty() {
        checks
            .push(Check::new(LIBRARIES, Witness::Sql, Verdict::Live).finding("none but RDS's own"));
    }
    checks
}

pub(super) fn elements(list: &str) -> Vec<String> {
    list.split(',')
        .map(|element| element.trim().trim_matches('"').to_ascii_lowercase())
        .filter(|element| !element.is_empty())
        .collect()
}

/// A role's name as SQL takes it.
pub(super) fn quoted(user: &str) -> String {
    let plain = user.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && user
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if plain {
        user.to_owned()
    } else {
        format!("\"{}\"", user.replace('"', "\"\""))
    }
}
