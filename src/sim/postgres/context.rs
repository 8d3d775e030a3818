//! What a statement sees: the member, the session, and the time. Out: settings as this session has them.
//!
//! Sources: PostgreSQL documentation, "SET", "SHOW", "SET TRANSACTION"; the texts as PostgreSQL 15 words them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::error::SqlError;
use super::settings::{Missing, Setting, Settings};
use super::statistics::Entry;
use super::tables::Table;
use crate::sim::clusters::Cluster;
use crate::sim::instances::Instance;
use crate::sim::place::Place;

/// What a session keeps between its statements.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) process: i32,
    /// Where the client came from and where it arrived; none in process.
    pub(crate) client: Option<(IpAddr, u16)>,
    pub(crate) server: Option<(IpAddr, u16)>,
    /// What the session has set, by name in lower case, in the setting's own unit.
    pub(crate) set: BTreeMap<String, String>,
    /// What the client sent when it connected: RESET returns to it.
    pub(crate) initial: BTreeMap<String, String>,
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) transaction: Transaction,
}

/// The transaction that a session is in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transaction {
    pub(crate) state: State,
    /// When it began; none outside of one.
    pub(crate) started: Option<Timestamp>,
    pub(crate) read_only: Option<bool>,
    pub(crate) isolation: Option<String>,
    /// What a rollback returns to.
    pub(crate) before: Option<Before>,
    /// What SET LOCAL changed, with the values to return to.
    pub(crate) local: BTreeMap<String, Option<String>>,
}

/// A session as it was when its transaction began.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    pub(crate) set: BTreeMap<String, String>,
    pub(crate) tables: BTreeMap<String, Table>,
}

/// As ReadyForQuery tells it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Idle,
    Open,
    Failed,
}

/// Everything that a statement may look at.
pub(crate) struct Context<'a> {
    pub(crate) place: &'a Place,
    pub(crate) cluster: &'a Cluster,
    pub(crate) instance: &'a Instance,
    pub(crate) session: &'a Session,
    /// What pg_stat_statements has seen on this member.
    pub(crate) statistics: &'a [Entry],
    pub(crate) now: Timestamp,
    /// What `pg_sleep` asked for, in seconds.
    pub(crate) pause_seconds: Cell<f64>,
}

impl Context<'_> {
    /// `16` for 16.6.
    pub(crate) fn major(&self) -> u32 {
        let version = &self.instance.engine_version;
        version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok())
            .unwrap_or_default()
    }

    /// `160006` for 16.6.
    fn version_number(&self) -> u32 {
        let minor = self.instance.engine_version.split('.').nth(1);
        let minor: u32 = minor
            .and_then(|minor| minor.parse().ok())
            .unwrap_or_default();
        self.major() * 10_000 + minor
    }

    /// When the transaction began.
    pub(crate) fn transaction_start(&self) -> Timestamp {
        self.session.transaction.started.unwrap_or(self.now)
    }

    /// Whether the user has the privileges of a role.
    pub(crate) fn may(&self, role: &str) -> bool {
        self.cluster.has_role(&self.session.user, role)
    }

    /// Whether an extension was created in this database.
    pub(crate) fn has_extension(&self, name: &str) -> bool {
        name == "plpgsql"
            || self
                .cluster
                .contents
                .databases
                .get(&self.session.database)
                .is_some_and(|database| database.extensions.contains(name))
    }

    pub(crate) fn settings(&self) -> Settings<'_> {
        Settings::of(self.place, self.cluster, self.instance)
    }

    /// Whether this transaction may not write. A reader's never may.
    pub(crate) fn read_only(&self) -> bool {
        let name = "default_transaction_read_only";
        let by_default = || {
            let set = self.session.set.get(name).cloned();
            let value = set.or_else(|| Some(self.settings().named(name).ok()?.value));
            value.as_deref() == Some("on")
        };
        !self.instance.writer
            || self
                .session
                .transaction
                .read_only
                .unwrap_or_else(by_default)
    }

    /// The session's time zone.
    pub(crate) fn zone(&self) -> TimeZone {
        let name = self.value("timezone").unwrap_or_default();
        TimeZone::get(&name).unwrap_or(TimeZone::UTC)
    }

    /// A setting in its own unit as this session has it, without regard to who may see it.
    pub(crate) fn value(&self, name: &str) -> Result<String, SqlError> {
        let name = name.to_ascii_lowercase();
        let setting = self.setting(&name)?;
        Ok(self
            .session
            .set
            .get(&name)
            .cloned()
            .unwrap_or(setting.value))
    }

    /// A setting by its name in lower case, refused to those who may not see it.
    pub(crate) fn visible(&self, name: &str) -> Result<Setting, SqlError> {
        let setting = self.setting(name)?;
        if setting.hidden && !self.may("pg_read_all_settings") {
            return Err(self.hidden(&setting.name));
        }
        Ok(setting)
    }

    /// The refusal, in the words of each major version.
    fn hidden(&self, name: &str) -> SqlError {
        let role = "pg_read_all_settings";
        match self.major() {
            ..=14 => SqlError::new(
                "42501",
                format!("must be superuser or a member of {role} to examine \"{name}\""),
            ),
            15 => SqlError::new(
                "42501",
                format!("must be superuser or have privileges of {role} to examine \"{name}\""),
            ),
            _ => SqlError::new("42501", format!("permission denied to examine \"{name}\""))
                .with_detail(format!(
                    "Only roles with privileges of the \"{role}\" role may examine this parameter."
                )),
        }
    }

    /// A setting of the member, or one that no parameter group holds.
    pub(crate) fn setting(&self, name: &str) -> Result<Setting, SqlError> {
        if let Some(preset) = self.presets().remove(name) {
            return Ok(preset);
        }
        self.settings()
            .named(name)
            .map_err(|missing| match missing {
                Missing::Unrecognized => SqlError::new(
                    "42704",
                    format!("unrecognized configuration parameter \"{name}\""),
                ),
                Missing::NotKnown => {
                    SqlError::not_simulated(format_args!("\"{name}\": its value is not known"))
                }
            })
    }

    /// Every setting that `pg_settings` shows to this user, by its name in lower case, each with the session's value.
    pub(crate) fn all_settings(&self) -> BTreeMap<String, (Setting, String)> {
        let mut settings = self.settings().all();
        settings.extend(self.presets());
        let sees_all = self.may("pg_read_all_settings");
        settings
            .into_iter()
            .filter(|(_, setting)| sees_all || !setting.hidden)
            .map(|(name, setting)| {
                let value = self
                    .session
                    .set
                    .get(&name)
                    .unwrap_or(&setting.value)
                    .clone();
                (name, (setting, value))
            })
            .collect()
    }

    /// Settings that are the server's or the session's own.
    fn presets(&self) -> BTreeMap<String, Setting> {
        let flag = |flag: bool| if flag { "on" } else { "off" };
        let isolation = self.session.transaction.isolation.clone();
        let isolation = isolation
            .or_else(|| {
                self.session
                    .set
                    .get("default_transaction_isolation")
                    .cloned()
            })
            .unwrap_or_else(|| "read committed".to_owned());
        let presets = [
            ("server_version", self.instance.engine_version.clone()),
            ("server_version_num", self.version_number().to_string()),
            ("server_encoding", "UTF8".to_owned()),
            ("integer_datetimes", "on".to_owned()),
            ("in_hot_standby", flag(!self.instance.writer).to_owned()),
            ("transaction_read_only", flag(self.read_only()).to_owned()),
            ("transaction_isolation", isolation),
            ("transaction_deferrable", "off".to_owned()),
            ("block_size", "8192".to_owned()),
            ("max_identifier_length", "63".to_owned()),
            ("max_index_keys", "32".to_owned()),
            ("max_function_args", "100".to_owned()),
        ];
        presets
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Setting::preset(name, &value)))
            .chain(self.not_listed())
            .collect()
    }

    /// Settings that SHOW answers and `pg_settings` does not list. Nobody's is a superuser: the service keeps that role.
    fn not_listed(&self) -> [(String, Setting); 2] {
        [
            ("is_superuser", "off"),
            ("session_authorization", self.session.user.as_str()),
        ]
        .map(|(name, value)| {
            let setting = Setting {
                placeholder: true,
                ..Setting::preset(name, value)
            };
            (name.to_owned(), setting)
        })
    }

    /// What `version()` says.
    pub(crate) fn version_text(&self) -> String {
        // Graviton classes have a letter g after their generation: r7g, t4g, x2g.
        let family = self.instance.class.split('.').nth(1).unwrap_or_default();
        let architecture = if family.contains('g') {
            "aarch64"
        } else {
            "x86_64"
        };
        let machine = if architecture == "aarch64" {
            "unknown"
        } else {
            "pc"
        };
        format!(
            "PostgreSQL {} on {architecture}-{machine}-linux-gnu, compiled by {architecture}-{machine}-linux-gnu-gcc (GCC) 9.5.0, 64-bit",
            self.instance.engine_version
        )
    }
}
