//! One file, checked on its own: every key known, every value of its type, each with its place.
//!
//! Goes in: a parsed table. Comes out: typed fields by path (`cluster.identifier`), and what is wrong with the file.

use super::field::{self, Field, Key};
use super::problem::Problem;
use super::span::{File, Span};
use crate::hint::nearest;
use std::collections::BTreeMap;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The tables of a declaration.
const TABLES: [&str; 7] = [
    "partition",
    "aws",
    "cluster",
    "parameters",
    "window",
    "budget",
    "snapshot",
];

/// A typed value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The value.
    pub(super) field: Field,
    /// The value's place.
    pub(super) span: Span,
}

/// One file.
#[derive(Debug)]
pub(super) struct Layer {
    /// The file.
    pub(super) file: Arc<File>,
    /// The good values by path.
    pub(super) entries: BTreeMap<String, Entry>,
    problems: Vec<Problem>,
    declares_partition: bool,
    is_readable: bool,
}

impl Layer {
    /// Checks a table.
    pub(super) fn new(file: &Arc<File>, table: &DeTable<'_>, syntax: Vec<Problem>) -> Self {
        let mut layer = Self {
            file: Arc::clone(file),
            entries: BTreeMap::new(),
            is_readable: syntax.is_empty(),
            problems: syntax,
            declares_partition: false,
        };
        // Behind a syntax error the rest of the file is guesswork, and so would be what is said of it.
        if !layer.is_readable {
            layer.declares_partition = table.keys().any(|name| name.get_ref() == "partition");
            return layer;
        }
        for (name, value) in table {
            let text = name.get_ref().as_ref();
            if field::key("", text).is_some() {
                layer.value("", name, value);
            } else if let Some(table) = TABLES.into_iter().find(|table| *table == text) {
                layer.declares_partition |= table == "partition";
                layer.table(table, value);
            } else {
                let candidates = TABLES.into_iter().chain(field::names(""));
                layer.unknown("key or table", name, candidates);
            }
        }
        layer
    }

    /// Whether the file declares a partition, rather than being there to be extended.
    pub(super) fn declares_partition(&self) -> bool {
        self.declares_partition
    }

    /// What is wrong with the file.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the file is TOML; if not, what it lacks is no news.
    pub(super) fn is_readable(&self) -> bool {
        self.is_readable
    }

    fn span(&self, bytes: std::ops::Range<usize>) -> Span {
        Span {
            file: Arc::clone(&self.file),
            bytes,
        }
    }

    fn table(&mut self, table: &'static str, value: &Spanned<DeValue<'_>>) {
        let Some(entries) = self.expect_table(table, value) else {
            return;
        };
        for (name, value) in entries {
            if table == "parameters" {
                self.parameter(name, value);
            } else if table == "cluster" && name.get_ref() == "instances" {
                self.instances(value);
            } else {
                self.value(table, name, value);
            }
        }
    }

    fn expect_table<'t, 'v>(
        &mut self,
        name: &str,
        value: &'t Spanned<DeValue<'v>>,
    ) -> Option<&'t DeTable<'v>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            let span = self.span(value.span());
            self.problems.push(
                Problem::at(
                    &span,
                    format!(
                        "expected a table, found {}",
                        field::article(value.get_ref())
                    ),
                )
                .helped(format!(
                    "write [{name}] on a line of its own, and its keys below"
                )),
            );
        }
        table
    }

    fn instances(&mut self, value: &Spanned<DeValue<'_>>) {
        let Some(members) = self.expect_table("cluster.instances.ID", value) else {
            return;
        };
        for (member, value) in members {
            let span = self.span(member.span());
            if let Err(wrong) = field::identifier_rule(member.get_ref(), 63) {
                self.problems
                    .push(Problem::at(&span, wrong.message).helped(wrong.help));
            }
            let Some(keys) = self.expect_table("cluster.instances.ID", value) else {
                continue;
            };
            let prefix = format!("cluster.instances.{}", member.get_ref().to_lowercase());
            for (name, value) in keys {
                match field::key("cluster.instances", name.get_ref()) {
                    Some(key) => self.read(&prefix, key, name, value),
                    None => self.unknown("key", name, field::names("cluster.instances")),
                }
            }
        }
    }

    fn value(
        &mut self,
        table: &'static str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        match field::key(table, name.get_ref()) {
            Some(key) => self.read(table, key, name, value),
            None => self.unknown("key", name, field::names(table)),
        }
    }

    fn read(
        &mut self,
        prefix: &str,
        key: &Key,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let path = if prefix.is_empty() {
            key.name.to_owned()
        } else {
            format!("{prefix}.{}", key.name)
        };
        if self.entries.contains_key(&path) {
            let span = self.span(name.span());
            self.problems.push(
                Problem::at(
                    &span,
                    format!("`{}` is given twice, in both spellings", key.name),
                )
                .helped(format!("keep `{}`", key.name)),
            );
            return;
        }
        self.store(path, value, (key.read)(value.get_ref()));
    }

    fn parameter(
        &mut self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let text = name.get_ref().as_ref();
        let span = self.span(name.span());
        if value.get_ref().is_table() {
            // `pg_stat_statements.track = …` without quotation marks is a table to TOML.
            self.problems.push(
                Problem::at(&span, format!("`{text}` is a table here, not a parameter")).helped(
                    format!("write a name with a dot in quotation marks: \"{text}.NAME\" = …"),
                ),
            );
            return;
        }
        let read = field::parameter(text, value.get_ref(), span.place());
        self.store(format!("parameters.{text}"), value, read);
    }

    fn store(
        &mut self,
        path: String,
        value: &Spanned<DeValue<'_>>,
        read: Result<Field, field::Wrong>,
    ) {
        let span = self.span(value.span());
        match read {
            Ok(field) => {
                self.entries.insert(path, Entry { field, span });
            }
            Err(wrong) => self
                .problems
                .push(Problem::at(&span, wrong.message).helped(wrong.help)),
        }
    }

    fn unknown<'a>(
        &mut self,
        what: &str,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        candidates: impl Iterator<Item = &'a str>,
    ) {
        let text = name.get_ref().as_ref();
        let known: Vec<&str> = candidates.collect();
        let help = match nearest(text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known here: {}", known.join(", ")),
        };
        let span = self.span(name.span());
        self.problems
            .push(Problem::at(&span, format!("unknown {what} `{text}`")).helped(help));
    }
}
