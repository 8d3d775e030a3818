//! Reads the tables of one file into a layer, and says everything that is wrong with them.
//!
//! Goes in: the parsed TOML with its places. Comes out: a layer, the files that it extends, and problems.

mod steps;
mod verify;

use super::keys::{self, Key, Table};
use super::layer::{
    AwsLayer, ClusterLayer, InstanceLayer, Layer, Removal, Spoiled, StoreLayer, WindowLayer,
};
use super::problem::Problem;
use super::shape::{self, Complaint};
use super::source::{At, Field, Source};
use super::{span_of_time, value};
use crate::desired::Parameter;
use crate::hint::nearest;
use crate::names::{InstanceId, ParameterName};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What one file says, and whom it extends.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) layer: Layer,
    pub(super) extends: Vec<Extension>,
    /// Whether it could be parsed; if not, nothing that depends on it can be called missing.
    pub(super) complete: bool,
}

/// One entry of `extends`.
#[derive(Clone, Debug)]
pub(super) struct Extension {
    pub(super) at: At,
    pub(super) file: String,
}

/// Reads one file. Problems are added in the order in which they are found.
pub(super) fn read(source: &Arc<Source>, problems: &mut Vec<Problem>) -> Contents {
    let (document, errors) = DeTable::parse_recoverable(source.text());
    if !errors.is_empty() {
        for error in errors {
            let at = At::new(source, error.span().unwrap_or(0..0));
            problems.push(Problem::at(
                &at,
                format!("this is not TOML: {}", error.message()),
            ));
        }
        return Contents::default();
    }
    let mut reader = Reader {
        source,
        problems,
        spoiled: Spoiled::default(),
    };
    reader.file(document.get_ref())
}

/// A key and its value, as one file holds them.
#[derive(Clone, Copy)]
struct Entry<'t, 'i> {
    key: &'t Spanned<std::borrow::Cow<'i, str>>,
    value: &'t Spanned<DeValue<'i>>,
}

/// The entries of a table by the keys' own spelling.
type Entries<'t, 'i> = BTreeMap<&'static str, Entry<'t, 'i>>;

struct Reader<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Vec<Problem>,
    /// What was meant to be said, but cannot be read.
    spoiled: Spoiled,
}

impl Reader<'_> {
    fn file(&mut self, document: &DeTable<'_>) -> Contents {
        let entries = self.entries(document, &keys::TOP);
        let parameters = self.parameters(entries.get("parameters"));
        let remove_parameters = self.removals(entries.get("remove_parameters"), &parameters);
        let extends = self.extends(entries.get("extends"));
        let (partition, partition_entries) = self.table(&entries, &keys::PARTITION);
        let (_, budget) = self.table(&entries, &keys::BUDGET);
        let (_, snapshot) = self.table(&entries, &keys::SNAPSHOT);
        let mut layer = Layer {
            partition,
            name: self.text(&partition_entries, "name", shape::partition_name),
            aws: self.aws(&entries),
            cluster: self.cluster(&entries),
            parameters,
            remove_parameters,
            window: self.window(&entries),
            writer_interruption: self.text(&budget, "writer_interruption", span_of_time::seconds),
            keep: self.text(&snapshot, "keep", span_of_time::keep),
            store: self.store(&entries),
            sql: self.sql(&entries),
            probes: self.probes(entries.get("probe")),
            steps: self.steps(&entries),
            remove_steps: self.texts(entries.get("remove_steps")),
            spoiled: Spoiled::default(),
        };
        layer.spoiled = std::mem::take(&mut self.spoiled);
        Contents {
            layer,
            extends,
            complete: true,
        }
    }

    fn aws(&mut self, top: &Entries<'_, '_>) -> AwsLayer {
        let (header, entries) = self.table(top, &keys::AWS);
        AwsLayer {
            header,
            account: self.text(&entries, "account", shape::account),
            region: self.text(&entries, "region", shape::region),
            profile: self.text(&entries, "profile", shape::profile),
        }
    }

    fn store(&mut self, top: &Entries<'_, '_>) -> StoreLayer {
        let (header, entries) = self.table(top, &keys::STORE);
        StoreLayer {
            header,
            url: self.text(&entries, "url", shape::bucket),
            region: self.text(&entries, "region", shape::region),
            profile: self.text(&entries, "profile", shape::profile),
        }
    }

    fn cluster(&mut self, top: &Entries<'_, '_>) -> ClusterLayer {
        let (header, entries) = self.table(top, &keys::CLUSTER);
        ClusterLayer {
            header,
            identifier: self.text(&entries, "identifier", shape::cluster_identifier),
            engine: self.text(&entries, "engine", shape::engine),
            engine_version: self.text(&entries, "engine_version", shape::engine_version),
            instance_class: self.text(&entries, "instance_class", shape::instance_class),
            apply_immediately: self.boolean(&entries, "apply_immediately"),
            parameter_group: self.text(&entries, "parameter_group", shape::parameter_group),
            database_insights: self.text(&entries, "database_insights", shape::database_insights),
            retention_days: self.whole_number(
                &entries,
                "performance_insights_retention_days",
                shape::retention_days,
            ),
            instances: self.instances(entries.get("instances")),
        }
    }

    fn instances(&mut self, entry: Option<&Entry<'_, '_>>) -> BTreeMap<InstanceId, InstanceLayer> {
        let mut instances = BTreeMap::new();
        let Some(table) = entry.and_then(|entry| self.as_table(entry)) else {
            return instances;
        };
        for (key, value) in table {
            let identifier = match shape::instance_identifier(key.get_ref()) {
                Ok(identifier) => identifier,
                Err(complaint) => {
                    self.complain(key.span(), complaint);
                    continue;
                }
            };
            let entry = Entry { key, value };
            let Some(table) = self.as_table(&entry) else {
                continue;
            };
            let entries = self.entries(table, &keys::INSTANCE);
            let instance_class = self.text(&entries, "instance_class", shape::instance_class);
            let layer = InstanceLayer { instance_class };
            if instances.insert(identifier, layer).is_some() {
                self.complain(
                    key.span(),
                    Complaint::new(format!(
                        "the instance `{}` is declared twice",
                        key.get_ref()
                    ))
                    .hinted("RDS compares identifiers without regard to case"),
                );
            }
        }
        instances
    }

    fn window(&mut self, top: &Entries<'_, '_>) -> WindowLayer {
        let (header, entries) = self.table(top, &keys::WINDOW);
        WindowLayer {
            header,
            weekly: self.text(&entries, "weekly", span_of_time::weekly),
            at: self.date(&entries, "at"),
            length: self.text(&entries, "length", span_of_time::minutes),
            time_zone: self.text(&entries, "time_zone", shape::time_zone),
        }
    }

    fn parameters(
        &mut self,
        entry: Option<&Entry<'_, '_>>,
    ) -> BTreeMap<ParameterName, Field<Parameter>> {
        let mut parameters = BTreeMap::new();
        let Some(table) = entry.and_then(|entry| self.as_table(entry)) else {
            return parameters;
        };
        for (key, value) in table {
            let name = match shape::parameter_name(key.get_ref()) {
                Ok(name) => name,
                Err(complaint) => {
                    self.complain(key.span(), complaint);
                    continue;
                }
            };
            let value_at = At::new(self.source, value.span());
            let read = match value::parameter_value(&name, value.get_ref()) {
                Ok(read) => Some(Parameter {
                    value: read,
                    as_written: value::as_written(value.get_ref(), value_at.text()),
                    place: At::new(self.source, key.span()).place(),
                }),
                Err(complaint) => {
                    let span = match value.get_ref() {
                        // The span of a table that dotted keys make is no stretch to point at.
                        DeValue::Table(_) => key.span(),
                        _ => value.span(),
                    };
                    self.complain(span, complaint);
                    None
                }
            };
            let field = Field {
                at: value_at,
                value: read,
            };
            parameters.insert(name, field);
        }
        parameters
    }

    fn removals(
        &mut self,
        entry: Option<&Entry<'_, '_>>,
        own: &BTreeMap<ParameterName, Field<Parameter>>,
    ) -> Vec<Removal> {
        let mut removals: Vec<Removal> = Vec::new();
        for (at, text) in self.texts(entry) {
            let parameter = match shape::parameter_name(&text) {
                Ok(parameter) => parameter,
                Err(complaint) => {
                    self.complain(at.span(), complaint);
                    continue;
                }
            };
            if own.contains_key(&parameter) {
                self.complain(
                    at.span(),
                    Complaint::new(format!("`{parameter}` is both removed and declared"))
                        .hinted("a declared value replaces an inherited one; remove this entry"),
                );
            } else if removals
                .iter()
                .any(|removal| removal.parameter == parameter)
            {
                self.complain(
                    at.span(),
                    Complaint::new(format!("`{parameter}` is removed twice")),
                );
            } else {
                removals.push(Removal { at, parameter });
            }
        }
        removals
    }

    fn extends(&mut self, entry: Option<&Entry<'_, '_>>) -> Vec<Extension> {
        let Some(Entry { value, .. }) = entry else {
            return Vec::new();
        };
        let files = match value.get_ref() {
            DeValue::String(file) => {
                vec![(At::new(self.source, value.span()), file.to_string())]
            }
            DeValue::Array(_) => self.texts(entry),
            other => {
                self.complain(
                    value.span(),
                    Complaint::new(format!(
                        "`extends` needs a text or a list of texts, not {}",
                        value::kind_of(other)
                    ))
                    .hinted("write the name of a file beside this one, such as \"shared.toml\""),
                );
                Vec::new()
            }
        };
        files
            .into_iter()
            .map(|(at, file)| Extension { at, file })
            .collect()
    }

    /// The items of a list of texts.
    fn texts(&mut self, entry: Option<&Entry<'_, '_>>) -> Vec<(At, String)> {
        let Some(Entry { key, value }) = entry else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.complain_of_kind(key.get_ref(), "a list of texts", value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => {
                    texts.push((At::new(self.source, item.span()), text.to_string()));
                }
                _ => self.complain_of_kind(key.get_ref(), "a list of texts", item),
            }
        }
        texts
    }

    /// The header and the entries of a table that the top of the file holds.
    fn table<'t, 'i>(
        &mut self,
        top: &Entries<'t, 'i>,
        known: &'static Table,
    ) -> (Option<At>, Entries<'t, 'i>) {
        let Some(entry) = top.get(known.name) else {
            return (None, Entries::new());
        };
        let header = At::new(self.source, entry.key.span());
        let entries = match self.as_table(entry) {
            Some(table) => self.entries(table, known),
            None => {
                self.spoiled.table(known);
                Entries::new()
            }
        };
        (Some(header), entries)
    }

    fn as_table<'t, 'i>(&mut self, entry: &Entry<'t, 'i>) -> Option<&'t DeTable<'i>> {
        let Entry { key, value } = entry;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.complain_of_kind(key.get_ref(), "a table", value);
        }
        table
    }

    /// The known entries of a table; unknown and doubled keys are problems.
    fn entries<'t, 'i>(
        &mut self,
        table: &'t DeTable<'i>,
        known: &'static Table,
    ) -> Entries<'t, 'i> {
        let mut entries: Entries<'t, 'i> = Entries::new();
        for (key, value) in table {
            let entry = Entry { key, value };
            match known.find(key.get_ref()) {
                None => self.unknown_key(&entry, known),
                Some(Key { name, .. }) => {
                    if let Some(first) = entries.insert(name, entry) {
                        let complaint = Complaint::new(format!(
                            "`{}` and `{}` are the same key",
                            first.key.get_ref(),
                            key.get_ref()
                        ));
                        self.complain(
                            key.span(),
                            complaint
                                .hinted(format!("keep one of them; `{name}` is the usual one")),
                        );
                    }
                }
            }
        }
        entries
    }

    fn unknown_key(&mut self, entry: &Entry<'_, '_>, known: &Table) {
        let Entry { key, value: _ } = entry;
        let written = key.get_ref();
        let at = At::new(self.source, key.span());
        let mut problem = Problem::at(
            &at,
            format!("unknown key `{written}` {}", known.whereabouts()),
        );
        let spellings: Vec<String> = known.spellings().collect();
        let names: Vec<&str> = known.keys.iter().map(|key| key.name).collect();
        let elsewhere: Vec<String> = keys::tables_with(written).map(Table::whereabouts).collect();
        if let Some(meant) = nearest(written, spellings.iter().map(String::as_str)) {
            problem = problem.hinted(format!("did you mean `{meant}`?"));
            if let Some(key) = known.find(meant) {
                self.spoiled.key(known, key);
            }
        } else if known.name.is_empty() && crate::desired::units::unit_of(written).is_some() {
            problem = problem.hinted(format!("`{written}` belongs in [parameters]"));
        } else if !elsewhere.is_empty() {
            problem = problem.hinted(format!("`{written}` belongs {}", elsewhere.join(" or ")));
        }
        self.problems.push(problem.hinted(format!(
            "{} may hold {}",
            known.title(),
            shape::listed(&names)
        )));
    }

    /// A text that a check turns into a value.
    fn text<T>(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
        check: impl Fn(&str) -> Result<T, Complaint>,
    ) -> Option<Field<T>> {
        let Entry { key, value } = entries.get(name)?;
        let read = match value.get_ref() {
            DeValue::String(text) => match check(text) {
                Ok(read) => Some(read),
                Err(complaint) => {
                    self.complain(value.span(), complaint);
                    None
                }
            },
            other => {
                let mut complaint = Complaint::new(format!(
                    "`{}` needs a text, not {}",
                    key.get_ref(),
                    value::kind_of(other)
                ));
                if matches!(other, DeValue::Integer(_) | DeValue::Float(_)) {
                    let written = At::new(self.source, value.span());
                    complaint = complaint.hinted(format!("quote it: \"{}\"", written.text()));
                }
                self.complain(value.span(), complaint);
                None
            }
        };
        Some(self.field(value.span(), read))
    }

    fn boolean(&mut self, entries: &Entries<'_, '_>, name: &'static str) -> Option<Field<bool>> {
        let Entry { key, value } = entries.get(name)?;
        let read = value.get_ref().as_bool();
        if read.is_none() {
            self.complain_of_kind(key.get_ref(), "true or false", value);
        }
        Some(self.field(value.span(), read))
    }

    fn whole_number<T>(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
        check: impl Fn(i128) -> Result<T, Complaint>,
    ) -> Option<Field<T>> {
        let Entry { key, value } = entries.get(name)?;
        let number = value.get_ref().as_integer().and_then(value::whole_number);
        let read = match number.map(check) {
            Some(Ok(read)) => Some(read),
            Some(Err(complaint)) => {
                self.complain(value.span(), complaint);
                None
            }
            None => {
                self.complain_of_kind(key.get_ref(), "a whole number", value);
                None
            }
        };
        Some(self.field(value.span(), read))
    }

    /// A local date and time, quoted or not.
    fn date(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
    ) -> Option<Field<jiff::civil::DateTime>> {
        let Entry { value, .. } = entries.get(name)?;
        let DeValue::Datetime(date) = value.get_ref() else {
            return self.text(entries, name, span_of_time::opening);
        };
        let read = match span_of_time::opening(&date.to_string()) {
            Ok(read) => Some(read),
            Err(complaint) => {
                self.complain(value.span(), complaint);
                None
            }
        };
        Some(self.field(value.span(), read))
    }

    fn field<T>(&self, span: Range<usize>, value: Option<T>) -> Field<T> {
        Field {
            at: At::new(self.source, span),
            value,
        }
    }

    fn complain_of_kind(&mut self, key: &str, needed: &str, value: &Spanned<DeValue<'_>>) {
        let complaint = Complaint::new(format!(
            "`{key}` needs {needed}, not {}",
            value::kind_of(value.get_ref())
        ));
        self.complain(value.span(), complaint);
    }

    fn complain(&mut self, span: Range<usize>, complaint: Complaint) {
        let Complaint { message, hints } = complaint;
        let at = At::new(self.source, span);
        self.problems
            .push(Problem::at(&at, message).hinted_all(hints));
    }
}
