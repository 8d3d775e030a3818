//! `[[step]]` and `[[gate]]`: lists of tables, each read whole.
//!
//! Goes in: the top of one file. Comes out: its steps and gates in the order in which they stand there, and problems.

use super::{Entries, Entry, Reader};
use crate::config::keys::{self, Table};
use crate::config::problem::Problem;
use crate::config::shape::{self, Complaint};
use crate::config::source::{At, Field};
use crate::config::{span_of_time, value};
use crate::desired::steps::{Command, Does, Gate, Simulated, Step, Variable};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// How long a command may take unless told, in seconds.
const TIME_LIMIT_SECONDS_DEFAULT: u32 = 600;
/// How long a command is expected to take unless told, in seconds.
const EXPECTED_SECONDS_DEFAULT: u32 = 60;
/// How long before a command is run again unless told, in seconds.
const RETRY_AFTER_SECONDS_DEFAULT: u32 = 10;
/// How much of a command's output is kept unless told, in bytes.
const KEEP_OUTPUT_BYTES_DEFAULT: u32 = 64 * 1024;
/// How long a process waits at a gate unless told, in seconds.
const WAIT_SECONDS_DEFAULT: u32 = 3600;

impl Reader<'_> {
    /// The steps and gates of the file, in its order.
    pub(super) fn steps(&mut self, top: &Entries<'_, '_>) -> Vec<(String, Field<Step>)> {
        let mut found = Vec::new();
        for (name, known) in [("step", &keys::STEP), ("gate", &keys::GATE)] {
            let Some(Entry { key, value }) = top.get(name) else {
                continue;
            };
            let DeValue::Array(items) = value.get_ref() else {
                self.complain(
                    key.span(),
                    Complaint::new(format!(
                        "`{name}` needs a list of tables, not {}",
                        value::kind_of(value.get_ref())
                    ))
                    .hinted(format!("write [[{name}]] in two pairs of brackets")),
                );
                continue;
            };
            for item in items.iter() {
                match item.get_ref() {
                    DeValue::Table(table) => {
                        found.push((item.span(), self.step(table, item.span(), known)));
                    }
                    _ => self.complain_of_kind(name, "a list of tables", item),
                }
            }
        }
        found.sort_by_key(|(span, _)| span.start);
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut steps = Vec::new();
        for (span, (name, step)) in found {
            let Some(name) = name else {
                continue;
            };
            if names.insert(name.clone()) {
                steps.push((name, self.field(span, step)));
            } else {
                self.complain(
                    span,
                    Complaint::new(format!("two steps or gates are called `{name}`"))
                        .hinted("give one of them another name"),
                );
            }
        }
        steps
    }

    /// Its name, where that can be read, and all of it, where nothing is wrong.
    fn step(
        &mut self,
        table: &DeTable<'_>,
        span: Range<usize>,
        known: &'static Table,
    ) -> (Option<String>, Option<Step>) {
        let entries = self.entries(table, known);
        let name = self.text(&entries, "name", shape::step_name);
        let name = self.needed(name, "name", &span, known);
        let after = self.text(&entries, "after", shape::after);
        let after = self.needed(after, "after", &span, known);
        let does = if std::ptr::eq(known, &keys::GATE) {
            self.gate(&entries, &span).map(Does::Gate)
        } else {
            self.step_command(&entries, &span).map(Does::Command)
        };
        let step = name
            .clone()
            .zip(after)
            .zip(does)
            .map(|((name, after), does)| Step { name, after, does });
        (name, step)
    }

    fn gate(&mut self, entries: &Entries<'_, '_>, span: &Range<usize>) -> Option<Gate> {
        let message = self.text(entries, "message", shape::message);
        let message = self.needed(message, "message", span, &keys::GATE);
        let wait = self.text(entries, "wait", span_of_time::seconds);
        Some(Gate {
            message: message?,
            wait_seconds: or(wait, WAIT_SECONDS_DEFAULT)?,
        })
    }

    fn step_command(&mut self, entries: &Entries<'_, '_>, span: &Range<usize>) -> Option<Command> {
        let command = self.arguments(entries, span);
        let environment = self.environment(entries.get("environment"));
        let mask = self.masked(entries);
        let time_limit = self.text(entries, "time_limit", shape::time_limit);
        let expected = self.text(entries, "expected", span_of_time::seconds);
        let retries = self.whole_number(entries, "retries", shape::retries);
        let retry_after = self.text(entries, "retry_after", span_of_time::seconds);
        let repeat = self.boolean(entries, "repeat");
        let keep_output = self.text(entries, "keep_output", shape::kept_bytes);
        let simulated = self.text(entries, "simulated", shape::simulated);
        if let Some(Field {
            at,
            value: Some(1..),
        }) = &retries
            && !matches!(
                repeat,
                Some(Field {
                    value: Some(true) | None,
                    ..
                })
            )
        {
            self.complain(
                at.span(),
                Complaint::new("`retries` runs the command again, and nothing says that it may be")
                    .hinted("add `repeat = true` where running it twice does no harm, or leave `retries` out"),
            );
            return None;
        }
        let expected_at = expected.as_ref().map(|field| field.at.span());
        let time_limit_seconds = or(time_limit, TIME_LIMIT_SECONDS_DEFAULT)?;
        let expected_seconds = or(expected, EXPECTED_SECONDS_DEFAULT.min(time_limit_seconds))?;
        if let Some(at) = expected_at
            && expected_seconds > time_limit_seconds
        {
            self.complain(
                at,
                Complaint::new(format!(
                    "{expected_seconds} s are expected, and the time limit is {time_limit_seconds} s"
                ))
                .hinted("raise `time_limit`"),
            );
            return None;
        }
        Some(Command {
            command: command?,
            environment: environment?,
            mask: mask?,
            expected_seconds,
            time_limit_seconds,
            retries: or(retries, 0)?,
            retry_after_seconds: or(retry_after, RETRY_AFTER_SECONDS_DEFAULT)?,
            repeat: or(repeat, false)?,
            keep_output_bytes: or(keep_output, KEEP_OUTPUT_BYTES_DEFAULT)?,
            simulated: or(simulated, Simulated::Success)?,
        })
    }

    fn arguments(&mut self, entries: &Entries<'_, '_>, span: &Range<usize>) -> Option<Vec<String>> {
        let Some(entry) = entries.get("command") else {
            self.missing("command", span, &keys::STEP);
            return None;
        };
        if let DeValue::String(text) = entry.value.get_ref() {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| format!("{word:?}"))
                .collect();
            self.complain(
                entry.value.span(),
                Complaint::new("`command` needs a list of texts, not a text: no shell reads it")
                    .hinted(format!("write [{}]", words.join(", "))),
            );
            return None;
        }
        let texts = self.texts(Some(entry));
        let whole = matches!(entry.value.get_ref(), DeValue::Array(items) if items.iter().count() == texts.len());
        if whole && texts.first().is_none_or(|(_, program)| program.is_empty()) {
            self.complain(
                entry.value.span(),
                Complaint::new("`command` names no program")
                    .hinted("write the program, then its arguments: [\"./check.sh\", \"--all\"]"),
            );
            return None;
        }
        if let Some((at, _)) = texts.iter().find(|(_, text)| text.contains('\0')) {
            self.complain(
                at.span(),
                Complaint::new("no argument of a program can hold a NUL character"),
            );
            return None;
        }
        whole.then(|| texts.into_iter().map(|(_, text)| text).collect())
    }

    fn environment(&mut self, entry: Option<&Entry<'_, '_>>) -> Option<BTreeMap<String, Variable>> {
        let Some(entry) = entry else {
            return Some(BTreeMap::new());
        };
        let table = self.as_table(entry)?;
        let mut environment = BTreeMap::new();
        let mut whole = true;
        for (key, value) in table {
            if let Err(complaint) = shape::own_variable(key.get_ref()) {
                self.complain(key.span(), complaint);
                whole = false;
                continue;
            }
            let variable = match value.get_ref() {
                DeValue::String(text) if text.contains('\0') => {
                    self.complain(
                        value.span(),
                        Complaint::new("no environment variable can hold a NUL character"),
                    );
                    None
                }
                DeValue::String(text) => Some(Variable::Text(text.to_string())),
                DeValue::Table(table) => self.taken(table, value.span()),
                other => {
                    self.complain(
                        value.span(),
                        Complaint::new(format!(
                            "`{}` needs a text, or the variable that it is taken from, not {}",
                            key.get_ref(),
                            value::kind_of(other)
                        ))
                        .hinted("write \"text\", or { from = \"VARIABLE\" }"),
                    );
                    None
                }
            };
            match variable {
                Some(variable) => {
                    environment.insert(key.get_ref().to_string(), variable);
                }
                None => whole = false,
            }
        }
        whole.then_some(environment)
    }

    /// `{ from = "VARIABLE" }`.
    fn taken(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Variable> {
        let entries = self.entries(table, &keys::VARIABLE);
        let from = self.text(&entries, "from", shape::variable);
        let masked = self.boolean(&entries, "mask");
        Some(Variable::From {
            variable: self.needed(from, "from", &span, &keys::VARIABLE)?,
            masked: or(masked, true)?,
        })
    }

    fn masked(&mut self, entries: &Entries<'_, '_>) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut whole = true;
        for (at, text) in self.texts(entries.get("mask")) {
            match shape::variable(&text) {
                Ok(name) => names.push(name),
                Err(complaint) => {
                    self.complain(at.span(), complaint);
                    whole = false;
                }
            }
        }
        whole.then_some(names)
    }

    /// The value of a key that must stand in this very table.
    fn needed<T>(
        &mut self,
        field: Option<Field<T>>,
        name: &'static str,
        span: &Range<usize>,
        known: &'static Table,
    ) -> Option<T> {
        match field {
            Some(Field { value, .. }) => value,
            None => {
                self.missing(name, span, known);
                None
            }
        }
    }

    fn missing(&mut self, name: &'static str, span: &Range<usize>, known: &'static Table) {
        // A misspelt key was told of, with the right spelling.
        if self.spoiled.holds(known, name) {
            return;
        }
        let at = At::new(self.source, span.clone());
        self.problems.push(Problem::at(
            &at,
            format!("`{name}` is missing in {}", known.title()),
        ));
    }
}

/// The value of a key that may be left out; `None` says that it is wrong.
fn or<T>(field: Option<Field<T>>, otherwise: T) -> Option<T> {
    match field {
        None => Some(otherwise),
        Some(Field { value, .. }) => value,
    }
}
