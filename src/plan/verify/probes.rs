//! What libraries and declared statements answered, as verdicts.

use super::settings::quoted;
use super::{Check, Verdict, Witness};
use crate::desired::decimal::Decimal;
use crate::desired::verify::{Expected, Probe, Scalar};
use crate::observed::sql::{Answers, Found, LibraryAnswer, ProbeAnswer, Rows};

/// Every answer of a library, and every answer of a declared probe.
pub(super) fn checks(probes: &[&Probe], answers: &Answers, user: &str) -> Vec<Check> {
    let libraries = answers
        .libraries
        .iter()
        .map(|answer| of_library(answer, user));
    let declared = probes.iter().flat_map(|probe| of_probe(probe, answers));
    libraries.chain(declared).collect()
}

/// What a library's answer is about.
pub(super) fn subject(answer: &LibraryAnswer) -> String {
    let LibraryAnswer {
        library, database, ..
    } = answer;
    format!("{library} in database {database}")
}

fn of_library(answer: &LibraryAnswer, user: &str) -> Check {
    let LibraryAnswer {
        library,
        database,
        found,
    } = answer;
    let check = |verdict| Check::new(subject(answer), Witness::Probe, verdict);
    match found {
        Found::Works { by } => check(Verdict::Live).finding(by),
        Found::NotPreloaded => check(Verdict::NotLive)
            .wanting("preloaded")
            .finding("not preloaded")
            .because("the server that runs did not load the library")
            .taking("a restart loads what shared_preload_libraries stores"),
        Found::NotCreated => check(Verdict::NotLive)
            .wanting("extension created")
            .finding("extension not created in this database")
            .because("the library is loaded")
            .taking(format!(
                "CREATE EXTENSION {}; in database {database}",
                quoted(library)
            )),
        Found::Denied { because } => check(Verdict::NotReadable)
            .because(because)
            .taking(grant(library, user)),
        Found::Failed { because } => check(Verdict::NotProven).because(because),
    }
}

fn grant(library: &str, user: &str) -> String {
    let user = quoted(user);
    match library {
        "pg_cron" => {
            format!("GRANT USAGE ON SCHEMA cron TO {user}; GRANT SELECT ON cron.job TO {user};")
        }
        "pg_stat_statements" => {
            format!("GRANT SELECT ON pg_stat_statements TO {user};")
        }
        _ => format!("the privilege that PostgreSQL names, for role {user}"),
    }
}

fn of_probe(probe: &Probe, answers: &Answers) -> Vec<Check> {
    answers
        .probes
        .iter()
        .filter(|answer| answer.probe == probe.name)
        .map(|answer| judged(probe, answer))
        .collect()
}

fn judged(probe: &Probe, answer: &ProbeAnswer) -> Check {
    let ProbeAnswer {
        probe: name,
        database,
        answer,
    } = answer;
    let check = |verdict| {
        Check::new(
            format!("{name} in database {database}"),
            Witness::Probe,
            verdict,
        )
        .wanting(wanted(&probe.expect))
    };
    match answer {
        Err(because) => check(Verdict::NotProven).because(because),
        Ok(rows) if agrees(&probe.expect, rows) => check(Verdict::Live).finding(shown(rows)),
        Ok(rows) => check(Verdict::NotLive).finding(shown(rows)),
    }
}

fn agrees(expected: &Expected, rows: &Rows) -> bool {
    let wanted: &[Scalar] = match expected {
        Expected::Value(value) => std::slice::from_ref(value),
        Expected::Rows(values) => values,
    };
    !rows.more
        && rows.rows.len() == wanted.len()
        && rows
            .rows
            .iter()
            .zip(wanted)
            .all(|(row, wanted)| match row.as_slice() {
                [Some(value)] => is(wanted, value),
                _ => false,
            })
}

fn is(wanted: &Scalar, value: &str) -> bool {
    match wanted {
        Scalar::Text(text) => text == value,
        Scalar::Number(number) => {
            let parsed = Decimal::parse(number);
            parsed.is_some() && parsed == Decimal::parse(value)
        }
        Scalar::Boolean(true) => matches!(value, "t" | "true" | "on"),
        Scalar::Boolean(false) => matches!(value, "f" | "false" | "off"),
    }
}

fn wanted(expected: &Expected) -> String {
    match expected {
        Expected::Value(value) => value.to_string(),
        Expected::Rows(values) if values.is_empty() => "no rows".to_owned(),
        Expected::Rows(values) => values
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | "),
    }
}

/// Rows that a summary shows.
const ROWS_SHOWN: usize = 5;
/// Letters of them.
const LETTERS_SHOWN: usize = 200;

fn shown(rows: &Rows) -> String {
    if rows.rows.is_empty() {
        return "no rows".to_owned();
    }
    let mut lines: Vec<String> = rows
        .rows
        .iter()
        .take(ROWS_SHOWN)
        .map(|row| {
            row.iter()
                .map(|value| value.as_deref().unwrap_or("NULL"))
                .collect::<Vec<_>>()
                .join(", ")
        })
        .collect();
    if rows.more || rows.rows.len() > ROWS_SHOWN {
        lines.push("…".to_owned());
    }
    let text = lines.join(" | ");
    // What a database holds is not for the terminal to obey.
    let mut letters: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(LETTERS_SHOWN)
        .collect();
    if text.chars().count() > LETTERS_SHOWN {
        letters.push('…');
    }
    letters
}
