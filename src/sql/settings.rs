//! Settings as PostgreSQL holds them, or why they cannot be read.
//!
//! `pg_settings` leaves out what the role may not see, what no loaded library knows, and what does not exist:
//! `current_setting` tells the three apart (PostgreSQL documentation, "pg_settings", "Customized Options").

use super::error::Error;
use super::session::{OWN_SETTINGS, Session};
use crate::names::ParameterName;
use crate::observed::sql::{Reading, Setting};
use std::collections::{BTreeMap, BTreeSet};

impl Session {
    /// What PostgreSQL holds of these settings.
    pub async fn settings(
        &self,
        names: &BTreeSet<ParameterName>,
    ) -> Result<BTreeMap<ParameterName, Reading>, Error> {
        let mut readings = BTreeMap::new();
        if names.is_empty() {
            return Ok(readings);
        }
        let own: Vec<&str> = OWN_SETTINGS
            .into_iter()
            .filter(|own| names.iter().any(|name| is_called(name, own)))
            .collect();
        // What this session set for itself would hide the server's own value; this side still watches the time.
        for name in &own {
            self.simple(&format!("RESET {name}")).await?;
        }
        let found = self.listed(names).await;
        if !own.is_empty() {
            self.protect().await?;
        }
        let found = found?;
        for name in names {
            let reading = match found.get(&name.as_str().to_ascii_lowercase()) {
                Some(setting) => Reading::Value(setting.clone()),
                None => self.unlisted(name).await?,
            };
            readings.insert(name.clone(), reading);
        }
        Ok(readings)
    }

    /// Whether PostgreSQL lists a setting: what a library adds is listed once the library is loaded.
    pub(super) async fn lists(&self, name: &str) -> Result<bool, Error> {
        let rows = self
            .simple(&format!(
                "SELECT name FROM pg_settings WHERE name = {}",
                literal(name)
            ))
            .await?;
        Ok(!rows.rows.is_empty())
    }

    async fn listed(
        &self,
        names: &BTreeSet<ParameterName>,
    ) -> Result<BTreeMap<String, Setting>, Error> {
        let mut found = BTreeMap::new();
        let names: Vec<&ParameterName> = names.iter().collect();
        // One answer holds a hundred rows at most.
        for names in names.chunks(50) {
            let list: Vec<String> = names
                .iter()
                .map(|name| literal(&name.as_str().to_ascii_lowercase()))
                .collect();
            let rows = self
                .simple(&format!(
                    "SELECT name, setting, unit, context, vartype, source, pending_restart \
                     FROM pg_settings WHERE lower(name) IN ({})",
                    list.join(", ")
                ))
                .await?;
            for row in rows.rows {
                let mut columns = row.into_iter();
                let mut next = || columns.next().flatten();
                let name = next().unwrap_or_default().to_ascii_lowercase();
                let setting = Setting {
                    value: next().unwrap_or_default(),
                    unit: next(),
                    context: next().unwrap_or_default(),
                    kind: next().unwrap_or_default(),
                    source: next().unwrap_or_default(),
                    pending_restart: next().as_deref() == Some("t"),
                };
                found.insert(name, setting);
            }
        }
        Ok(found)
    }

    async fn unlisted(&self, name: &ParameterName) -> Result<Reading, Error> {
        let asked = format!("SELECT current_setting({}, true)", literal(name.as_str()));
        match self.simple(&asked).await {
            Ok(rows) => Ok(match rows.single() {
                Some(value) => Reading::Placeholder(value.to_owned()),
                None => Reading::Unknown,
            }),
            Err(error) if error.code() == Some("42501") => Ok(Reading::Denied {
                because: error.refusal().to_owned(),
            }),
            Err(error) if error.code() == Some("42704") => Ok(Reading::Unknown),
            Err(error) => Err(error),
        }
    }
}

fn is_called(name: &ParameterName, own: &str) -> bool {
    name.as_str().eq_ignore_ascii_case(own)
}

/// A text as SQL takes it, whatever `standard_conforming_strings` says: neither quote nor backslash ends it.
pub(super) fn literal(text: &str) -> String {
    let escaped = text.replace('\'', "''");
    if escaped.contains('\\') {
        format!("E'{}'", escaped.replace('\\', "\\\\"))
    } else {
        format!("'{escaped}'")
    }
}

/// A name as SQL takes it.
pub(super) fn identifier(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_end_no_text() {
        assert_eq!(literal("a.b"), "'a.b'");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'"), "E'a\\\\'''");
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }
}
