//! Reads `[verify.sql]` with its tables, and `[[probe]]`.

use super::{Entries, Entry, Reader};
use crate::config::keys::Table;
use crate::config::keys::verify as keys;
use crate::config::layer::verify::{
    ElsewhereLayer, PasswordLayer, ProbeLayer, SqlLayer, TunnelLayer,
};
use crate::config::shape::{self, Complaint};
use crate::config::source::{At, Field};
use crate::config::{span_of_time, value};
use crate::desired::decimal::Decimal;
use crate::desired::verify::{Expected, Phase, Scalar, SslMode, Whom};
use crate::names::InstanceId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

/// The names that a tunnel's command may hold.
const PLACEHOLDERS: [&str; 3] = ["{host}", "{port}", "{local_port}"];
/// Longer times than this are mistakes.
const SECONDS_MAX: u32 = 3600;
/// Longer pauses between two probes miss what they are for.
const PROBE_SECONDS_MAX: u32 = 10;

impl Reader<'_> {
    /// `[verify.sql]`
    pub(super) fn sql(&mut self, top: &Entries<'_, '_>) -> SqlLayer {
        let (_, verify) = self.table(top, &keys::VERIFY);
        let (header, entries) = self.inner(&verify, "sql", &keys::SQL);
        let folder = self.folder();
        let beside = |text: &str| shape::text(text, "a file").map(|text| folder.join(text));
        SqlLayer {
            header: header.clone(),
            user: self.text(&entries, "user", |text| shape::text(text, "a role")),
            database: self.text(&entries, "database", |text| shape::text(text, "a database")),
            databases: self.names(&entries, "databases"),
            ssl_mode: self.text(&entries, "ssl_mode", ssl_mode),
            ca_file: self.text(&entries, "ca_file", beside),
            password: PasswordLayer {
                environment: self.variable(&entries, header.as_ref()),
                file: self.text(&entries, "password_file", beside),
                command: self.command(&entries, "password_command", no_placeholder),
                iam: self.boolean(&entries, "iam"),
            },
            connect_timeout: self.text(&entries, "connect_timeout", limit),
            statement_timeout: self.text(&entries, "statement_timeout", limit),
            command_timeout: self.text(&entries, "command_timeout", limit),
            probe_interval: self.text(&entries, "probe_interval", probe_interval),
            cluster_endpoint: {
                let (header, entries) =
                    self.inner(&entries, "cluster_endpoint", &keys::CLUSTER_ENDPOINT);
                self.elsewhere(header, &entries)
            },
            instances: self.elsewheres(entries.get("instances")),
            tunnel: self.tunnel(&entries),
        }
    }

    /// The name of a variable. Whoever writes `NAME=value` may have written a password: that line is not shown.
    fn variable(
        &mut self,
        entries: &Entries<'_, '_>,
        header: Option<&At>,
    ) -> Option<Field<String>> {
        let name = "password_env";
        let Entry { value, .. } = entries.get(name)?;
        if value
            .get_ref()
            .as_str()
            .is_some_and(|text| text.contains('='))
        {
            let complaint =
                Complaint::new("`password_env` holds the name of a variable, not its value");
            let span = header.map_or_else(|| 0..0, At::span);
            self.complain(
                span,
                complaint.hinted("write the name alone, such as \"AURORACTL_PASSWORD\""),
            );
            return Some(self.field(value.span(), None));
        }
        self.text(entries, name, |text| shape::text(text, "a variable"))
    }

    fn tunnel(&mut self, entries: &Entries<'_, '_>) -> TunnelLayer {
        let (header, entries) = self.inner(entries, "tunnel", &keys::TUNNEL);
        TunnelLayer {
            header,
            command: self.command(&entries, "command", tunnel_word),
            ready_timeout: self.text(&entries, "ready_timeout", limit),
        }
    }

    fn elsewheres(
        &mut self,
        entry: Option<&Entry<'_, '_>>,
    ) -> BTreeMap<InstanceId, ElsewhereLayer> {
        let mut instances = BTreeMap::new();
        let Some(table) = entry.and_then(|entry| self.as_table(entry)) else {
            return instances;
        };
        for (key, value) in table {
            let entry = Entry { key, value };
            match shape::instance_identifier(key.get_ref()) {
                Err(complaint) => self.complain(key.span(), complaint),
                Ok(identifier) => {
                    let Some(table) = self.as_table(&entry) else {
                        continue;
                    };
                    let header = Some(At::new(self.source, key.span()));
                    let entries = self.entries(table, &keys::MEMBER_ENDPOINT);
                    let layer = self.elsewhere(header, &entries);
                    if instances.insert(identifier, layer).is_some() {
                        let complaint =
                            Complaint::new(format!("`{}` stands here twice", key.get_ref()));
                        let hint = "RDS compares identifiers without regard to case";
                        self.complain(key.span(), complaint.hinted(hint));
                    }
                }
            }
        }
        instances
    }

    fn elsewhere(&mut self, header: Option<At>, entries: &Entries<'_, '_>) -> ElsewhereLayer {
        ElsewhereLayer {
            header,
            host: self.text(entries, "host", host),
            port: self.whole_number(entries, "port", port),
            certificate_name: self.text(entries, "certificate_name", host),
        }
    }

    /// Every `[[probe]]`.
    pub(super) fn probes(&mut self, entry: Option<&Entry<'_, '_>>) -> Vec<ProbeLayer> {
        let Some(Entry { key, value }) = entry else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            let complaint = Complaint::new(format!(
                "`{}` needs tables, not {}",
                key.get_ref(),
                value::kind_of(value.get_ref())
            ));
            self.complain(
                key.span(),
                complaint.hinted("write [[probe]] above each probe"),
            );
            return Vec::new();
        };
        let mut probes = Vec::new();
        for item in items.iter() {
            let Some(table) = item.get_ref().as_table() else {
                self.complain_of_kind(key.get_ref(), "tables", item);
                continue;
            };
            let entries = self.entries(table, &keys::PROBE);
            // The span of a table in a list is the whole of it; its first key is a better place to point at.
            let span = entries
                .values()
                .map(|entry| entry.key.span())
                .min_by_key(|span| span.start)
                .unwrap_or_else(|| item.span());
            probes.push(ProbeLayer {
                header: At::new(self.source, span),
                name: self.text(&entries, "name", |text| shape::text(text, "a name")),
                sql: self.text(&entries, "sql", |text| {
                    shape::text_of_lines(text, "a statement")
                }),
                expect: self.expectation(&entries, "expect"),
                phase: self.text(&entries, "phase", phase),
                at: self.text(&entries, "at", whom),
                databases: self.names(&entries, "databases"),
            });
        }
        probes
    }

    fn expectation(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
    ) -> Option<Field<Expected>> {
        let Entry { value, .. } = entries.get(name)?;
        let read = match value.get_ref() {
            DeValue::Array(items) => {
                let values: Option<Vec<Scalar>> =
                    items.iter().map(|item| self.scalar(item)).collect();
                values.map(Expected::Rows)
            }
            _ => self.scalar(value).map(Expected::Value),
        };
        Some(self.field(value.span(), read))
    }

    fn scalar(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Scalar> {
        let number = match value.get_ref() {
            DeValue::Boolean(boolean) => return Some(Scalar::Boolean(*boolean)),
            DeValue::String(text) => return Some(Scalar::Text(text.to_string())),
            DeValue::Integer(integer) => {
                value::whole_number(integer).map(|number| number.to_string())
            }
            DeValue::Float(float) => {
                Decimal::parse(float.as_str()).map(|number| number.to_string())
            }
            _ => None,
        };
        if number.is_none() {
            let complaint = Complaint::new(format!(
                "`expect` needs a text, a number, true or false, or a list of them, not {}",
                value::kind_of(value.get_ref())
            ));
            let hint = "a probe answers one column; let the statement make a text of anything else";
            self.complain(value.span(), complaint.hinted(hint));
        }
        number.map(Scalar::Number)
    }

    /// A list of names, at least one.
    fn names(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
    ) -> Option<Field<Vec<String>>> {
        let entry = entries.get(name)?;
        let before = self.problems.len();
        let mut names: Vec<String> = Vec::new();
        for (at, text) in self.texts(Some(entry)) {
            match shape::text(&text, "a database") {
                Ok(text) if names.contains(&text) => {
                    let twice = Complaint::new(format!("`{text}` stands in the list twice"));
                    self.complain(at.span(), twice);
                }
                Ok(text) => names.push(text),
                Err(complaint) => self.complain(at.span(), complaint),
            }
        }
        self.listed(entry, before, names, "a database")
    }

    /// A program and its arguments.
    fn command(
        &mut self,
        entries: &Entries<'_, '_>,
        name: &'static str,
        check: impl Fn(&str) -> Result<(), Complaint>,
    ) -> Option<Field<Vec<String>>> {
        let entry = entries.get(name)?;
        let before = self.problems.len();
        if let DeValue::String(text) = entry.value.get_ref() {
            let words: Vec<String> = text
                .split_whitespace()
                .map(|word| format!("{word:?}"))
                .collect();
            let complaint = Complaint::new(format!(
                "`{name}` needs a program and its arguments as a list, for no shell reads it"
            ));
            let hint = format!("write [{}]", words.join(", "));
            self.complain(entry.value.span(), complaint.hinted(hint));
            return Some(self.field(entry.value.span(), None));
        }
        let mut words = Vec::new();
        for (at, text) in self.texts(Some(entry)) {
            match check(&text) {
                Ok(()) if text.contains('\0') => {
                    let null = Complaint::new("no argument of a program holds a zero byte");
                    self.complain(at.span(), null);
                }
                Ok(()) => words.push(text),
                Err(complaint) => self.complain(at.span(), complaint),
            }
        }
        self.listed(entry, before, words, "a program")
    }

    fn listed(
        &mut self,
        entry: &Entry<'_, '_>,
        problems_before: usize,
        items: Vec<String>,
        needed: &str,
    ) -> Option<Field<Vec<String>>> {
        if items.is_empty() && self.problems.len() == problems_before {
            let empty = Complaint::new(format!("the list is empty, and needs {needed}"));
            self.complain(entry.value.span(), empty);
        }
        let is_good = self.problems.len() == problems_before;
        Some(self.field(entry.value.span(), is_good.then_some(items)))
    }

    /// The header and the entries of a table inside another.
    fn inner<'t, 'i>(
        &mut self,
        outer: &Entries<'t, 'i>,
        name: &'static str,
        known: &'static Table,
    ) -> (Option<At>, Entries<'t, 'i>) {
        let Some(entry) = outer.get(name) else {
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

    /// The folder of this file, which relative paths start from.
    fn folder(&self) -> PathBuf {
        let path = self.source.path();
        path.parent().unwrap_or_else(|| Path::new("")).to_owned()
    }
}

fn ssl_mode(text: &str) -> Result<SslMode, Complaint> {
    if ["allow", "prefer"].contains(&text) {
        return Err(Complaint::new(format!(
            "`{text}` goes on without encryption where the server offers none"
        ))
        .hinted("write \"verify-full\", or \"disable\" where no encryption is wanted"));
    }
    Ok(match shape::one_of(text, "an ssl_mode", keys::SSL_MODES)? {
        "disable" => SslMode::Disable,
        "require" => SslMode::Require,
        "verify-ca" => SslMode::VerifyCa,
        _ => SslMode::VerifyFull,
    })
}

fn phase(text: &str) -> Result<Phase, Complaint> {
    Ok(
        match shape::one_of(text, "a phase of probes", keys::PHASES)? {
            "before" => Phase::Before,
            _ => Phase::After,
        },
    )
}

fn whom(text: &str) -> Result<Whom, Complaint> {
    Ok(
        match shape::one_of(text, "whom a probe can ask", keys::WHOM)? {
            "cluster-endpoint" => Whom::ClusterEndpoint,
            _ => Whom::EachMember,
        },
    )
}

fn host(text: &str) -> Result<String, Complaint> {
    let text = shape::text(text, "a host")?;
    if text.contains('/') || text.contains(char::is_whitespace) {
        return Err(Complaint::new(format!("`{text}` is no host")).hinted(
            "write a name or an address, without a scheme; the port has a key of its own",
        ));
    }
    Ok(text)
}

fn port(number: i128) -> Result<u16, Complaint> {
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| Complaint::new(format!("{number} is no port")).hinted("1 to 65535"))
}

/// A time limit in whole seconds.
fn limit(text: &str) -> Result<u32, Complaint> {
    let seconds = span_of_time::seconds(text)?;
    if (1..=SECONDS_MAX).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Complaint::new(format!("`{text}` is no useful time limit"))
            .hinted(format!("1s to {}min", SECONDS_MAX / 60)))
    }
}

/// A pause that is longer than an interruption sees none of it.
fn probe_interval(text: &str) -> Result<u32, Complaint> {
    let seconds = span_of_time::seconds(text)?;
    if (1..=PROBE_SECONDS_MAX).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(
            Complaint::new(format!("`{text}` is no useful pause between two probes")).hinted(
                format!("1s to {PROBE_SECONDS_MAX}s: a failover takes seconds"),
            ),
        )
    }
}

fn no_placeholder(_: &str) -> Result<(), Complaint> {
    Ok(())
}

/// A word of a tunnel's command: what looks like a placeholder must be one.
fn tunnel_word(text: &str) -> Result<(), Complaint> {
    let mut rest = text.to_owned();
    for placeholder in PLACEHOLDERS {
        rest = rest.replace(placeholder, "");
    }
    let Some((_, after)) = rest.split_once('{') else {
        return Ok(());
    };
    let Some((name, _)) = after.split_once('}') else {
        return Ok(());
    };
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '_');
    if is_name {
        Err(Complaint::new(format!("`{{{name}}}` is no placeholder"))
            .hinted(format!("{} are", shape::listed(&PLACEHOLDERS))))
    } else {
        Ok(())
    }
}
