//! The settings of a member as PostgreSQL shows them. In: the values in force in the API's spelling, the parameter catalogue and
//! PostgreSQL's own facts. Out: one [`Setting`] for each, as `pg_settings` has it.
//!
//! Sources: PostgreSQL documentation, "pg_settings" and "SHOW". Formulas are evaluated for the member's class. The service
//! preloads a library of its own, so `shared_preload_libraries` begins with `rdsutils` (Aurora User Guide, "Setting up the
//! pgAudit extension"). Settings of a library that is not preloaded are unknown to the server, or, where a value is stored for
//! one, only a placeholder that SHOW answers and `pg_settings` does not list (PostgreSQL documentation, "Customized Options").

pub(crate) mod facts;
pub(crate) mod units;

use std::collections::BTreeMap;

use crate::sim::classes;
use crate::sim::clusters::{Cluster, family_of};
use crate::sim::groups::catalogue;
use crate::sim::instances::Instance;
use crate::sim::parameters::{ApplyType, DataType, Definition, Source, Variables, evaluate_with};
use crate::sim::place::Place;

use facts::Facts;

/// One setting of a member, before a session changes anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    /// In the setting's own unit.
    pub(crate) value: String,
    pub(crate) unit: Option<String>,
    pub(crate) category: String,
    pub(crate) description: String,
    pub(crate) context: String,
    pub(crate) vartype: String,
    pub(crate) source: &'static str,
    pub(crate) min_val: Option<String>,
    pub(crate) max_val: Option<String>,
    pub(crate) enumvals: Option<Vec<String>>,
    pub(crate) boot_val: Option<String>,
    pub(crate) pending_restart: bool,
    pub(crate) hidden: bool,
    /// Known to SHOW only.
    pub(crate) placeholder: bool,
}

impl Setting {
    /// A setting that no parameter group holds.
    pub(crate) fn preset(name: &str, value: &str) -> Self {
        let facts = facts::all().get(&name.to_ascii_lowercase());
        Self {
            name: facts.map_or(name, |facts| facts.name).to_owned(),
            value: value.to_owned(),
            unit: None,
            category: facts
                .map_or("Preset Options", |facts| facts.category)
                .to_owned(),
            description: String::new(),
            context: facts.map_or("internal", |facts| facts.context).to_owned(),
            vartype: facts.map_or("string", |facts| facts.vartype).to_owned(),
            source: "default",
            min_val: facts.and_then(|facts| facts.min_val).map(str::to_owned),
            max_val: facts.and_then(|facts| facts.max_val).map(str::to_owned),
            enumvals: facts.and_then(|facts| Some(owned(facts.enumvals.as_ref()?))),
            boot_val: facts.and_then(|facts| facts.boot_val).map(str::to_owned),
            pending_restart: false,
            hidden: false,
            placeholder: false,
        }
    }

    /// What SHOW prints.
    pub(crate) fn shown(&self, value: &str) -> String {
        match &self.unit {
            Some(unit) => units::shown(value, unit),
            None => value.to_owned(),
        }
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The settings of one member.
pub(crate) struct Settings<'a> {
    instance: &'a Instance,
    definitions: Option<&'static BTreeMap<String, Definition>>,
    stored: BTreeMap<String, String>,
    variables: Option<Variables>,
}

/// Why a setting has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No such setting.
    Unrecognized,
    /// There is one, but nothing says what it is set to.
    NotKnown,
}

impl<'a> Settings<'a> {
    pub(crate) fn of(place: &Place, cluster: &Cluster, instance: &'a Instance) -> Self {
        let port = u16::try_from(cluster.port).unwrap_or(crate::sim::parameters::DEFAULT_PORT);
        Self {
            instance,
            definitions: catalogue(&family_of(&instance.engine_version)),
            stored: place.stored_values(instance),
            variables: classes::class(&instance.class).map(|class| Variables {
                port,
                ..Variables::from(class)
            }),
        }
    }

    /// Every setting that `pg_settings` lists, by its name in lower case.
    pub(crate) fn all(&self) -> BTreeMap<String, Setting> {
        self.definitions
            .into_iter()
            .flatten()
            .filter_map(|(name, definition)| Some((name, self.one(definition).ok()?)))
            .filter(|(_, setting)| !setting.placeholder)
            .map(|(name, setting)| (name.to_ascii_lowercase(), setting))
            .collect()
    }

    /// A setting by its name in lower case.
    pub(crate) fn named(&self, name: &str) -> Result<Setting, Missing> {
        let definition = self
            .definitions
            .and_then(|definitions| definitions.get(name))
            .ok_or(Missing::Unrecognized)?;
        self.one(definition)
    }

    /// The libraries that were preloaded when the engine started.
    pub(crate) fn preloaded(&self, library: &str) -> bool {
        self.in_force("shared_preload_libraries", &self.instance.running)
            .is_some_and(|value| value.split(',').any(|name| name.trim() == library))
    }

    /// A value in the API's spelling.
    fn in_force(&self, name: &str, values: &BTreeMap<String, String>) -> Option<String> {
        let definition = self
            .definitions
            .and_then(|definitions| definitions.get(name))?;
        value(definition, values)
    }

    fn one(&self, definition: &Definition) -> Result<Setting, Missing> {
        let name = &definition.name;
        let facts = facts::all().get(&name.to_ascii_lowercase());
        let given = self.instance.running.contains_key(name);
        let loaded = self.is_loaded(name);
        if !loaded && !given {
            return Err(Missing::Unrecognized);
        }
        let running = value(definition, &self.instance.running).ok_or(Missing::NotKnown)?;
        let value = self
            .spelt(definition, facts, &running)
            .ok_or(Missing::NotKnown)?;
        let context = facts.map_or_else(
            || match definition.apply_type {
                ApplyType::Static => "postmaster",
                ApplyType::Dynamic => "sighup",
            },
            |facts| facts.context,
        );
        // What is still on its way has not reached the configuration file.
        let arrived = self
            .instance
            .propagating
            .as_ref()
            .is_none_or(|propagating| !propagating.all);
        let stored = self::value(definition, &self.stored)
            .and_then(|stored| self.spelt(definition, facts, &stored));
        let pending_restart = definition.apply_type == ApplyType::Static
            && arrived
            && stored.is_some_and(|stored| stored != value);
        let (least, most) = range(definition);
        Ok(Setting {
            name: facts.map_or(name.as_str(), |facts| facts.name).to_owned(),
            value,
            unit: definition.unit.clone(),
            category: facts
                .map_or("Customized Options", |facts| facts.category)
                .to_owned(),
            description: definition.description.clone(),
            context: context.to_owned(),
            vartype: facts
                .map_or(vartype(definition), |facts| facts.vartype)
                .to_owned(),
            source: if given || definition.source == Source::System {
                "configuration file"
            } else {
                "default"
            },
            min_val: facts.map_or(least, |facts| facts.min_val.map(str::to_owned)),
            max_val: facts.map_or(most, |facts| facts.max_val.map(str::to_owned)),
            enumvals: facts.and_then(|facts| Some(owned(facts.enumvals.as_ref()?))),
            boot_val: facts.and_then(|facts| facts.boot_val).map(str::to_owned),
            pending_restart,
            hidden: facts.is_some_and(|facts| facts.hidden),
            placeholder: !loaded,
        })
    }

    /// Whether the library that a setting belongs to was preloaded; true for the server's own.
    fn is_loaded(&self, name: &str) -> bool {
        match name.split_once('.').map(|(prefix, _)| prefix) {
            None | Some("rds" | "apg_write_forward") => true,
            Some("apg_plan_mgmt") => self
                .in_force("rds.enable_plan_management", &self.instance.running)
                .is_some_and(|value| value == "1"),
            Some("cron") => self.preloaded("pg_cron"),
            Some("pgtle") => self.preloaded("pg_tle"),
            Some(prefix) => self.preloaded(prefix),
        }
    }

    /// A value in PostgreSQL's spelling.
    fn spelt(&self, definition: &Definition, facts: Option<&Facts>, raw: &str) -> Option<String> {
        let raw = raw.trim();
        if definition.data_type == DataType::Boolean {
            return Some(match super::value::boolean(raw) {
                Some(true) => "on".to_owned(),
                Some(false) => "off".to_owned(),
                None => raw.to_owned(),
            });
        }
        if definition.data_type == DataType::Integer {
            // Only formulas need a class, plain numbers need none.
            return match (raw.parse::<i64>(), &self.variables) {
                (Ok(number), _) => Some(number.to_string()),
                (Err(_), Some(variables)) => {
                    evaluate_with(raw, variables).map(|value| value.to_string())
                }
                (Err(_), None) => None,
            };
        }
        if facts.is_some_and(|facts| facts.vartype == "bool") {
            let on = super::value::boolean(raw)?;
            return Some(if on { "on" } else { "off" }.to_owned());
        }
        if let Some(values) = facts.and_then(|facts| facts.enumvals.as_ref())
            && let Some(value) = values.iter().find(|value| value.eq_ignore_ascii_case(raw))
        {
            return Some((*value).to_owned());
        }
        if definition.name == "shared_preload_libraries" {
            return Some(match raw {
                "" => "rdsutils".to_owned(),
                _ => format!("rdsutils,{raw}"),
            });
        }
        Some(raw.to_owned())
    }
}

/// The given value, or the one at work without it.
fn value(definition: &Definition, values: &BTreeMap<String, String>) -> Option<String> {
    let Definition {
        name,
        default,
        in_force_if_unset,
        ..
    } = definition;
    values
        .get(name)
        .or(default.as_ref())
        .or(in_force_if_unset.as_ref())
        .cloned()
}

fn vartype(definition: &Definition) -> &'static str {
    match definition.data_type {
        DataType::Boolean => "bool",
        DataType::Integer => "integer",
        DataType::Float => "real",
        DataType::String | DataType::List => "string",
    }
}

/// The bounds of a number that only the service knows.
fn range(definition: &Definition) -> (Option<String>, Option<String>) {
    let is_number = matches!(definition.data_type, DataType::Integer | DataType::Float);
    let bounds = definition
        .allowed_values
        .as_deref()
        .filter(|_| is_number)
        .and_then(|allowed| {
            // The lower bound may be negative.
            let dash = allowed.get(1..)?.find('-')? + 1;
            Some((allowed.get(..dash)?, allowed.get(dash + 1..)?))
        });
    bounds.map_or((None, None), |(least, most)| {
        (Some(least.to_owned()), Some(most.to_owned()))
    })
}
