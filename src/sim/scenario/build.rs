//! From the parts of a world file to a world, each named thing looked up.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use toml::Spanned;

use super::file::{AccountTable, File, GroupKind, GroupTable, SnapshotTable};
use super::{cluster, maintenance, stack};
use crate::sim::clock::after;
use crate::sim::clusters::Cluster;
use crate::sim::faults::Faults;
use crate::sim::groups::{Group, Kind, Value, catalogue, families, propagation};
use crate::sim::identifiers::{self, checked, stored};
use crate::sim::log::Log;
use crate::sim::replay::Recordings;
use crate::sim::respond::known_action;
use crate::sim::schedule::{Object, Step};
use crate::sim::snapshots::Snapshot;
use crate::sim::world::{Account, Rules, World};

pub(super) const DAY_SECONDS: f64 = 86_400.0;

/// What is wrong, and where.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) span: Option<Range<usize>>,
}

pub(super) fn problem(span: Range<usize>, message: impl Into<String>) -> Problem {
    Problem {
        message: message.into(),
        span: Some(span),
    }
}

/// The world that a file describes.
pub(super) fn world(file: &File, folder: &Path) -> Result<World, Problem> {
    let chance = file.timings.failover_settle_slow_chance;
    if !(0.0..=1.0).contains(&chance) {
        let message =
            format!("failover_settle_slow_chance is {chance}; it must be between 0 and 1");
        return Err(Problem {
            message,
            span: None,
        });
    }
    let clock = file
        .clock
        .unwrap_or_else(|| Timestamp::from_second(1_767_225_600).unwrap_or_default());
    let rules = Rules {
        seed: file.seed,
        timings: file.timings.clone(),
        policies: file.policies.clone(),
        recordings: Recordings::default(),
        doors: None,
    };
    let mut world = World {
        clock,
        clock_frozen: false,
        rules,
        accounts: accounts(&file.account)?,
        places: BTreeMap::new(),
        faults: Faults::default(),
        log: Log::default(),
    };
    for account in world.accounts.clone() {
        world.place(&account.id, &account.region);
    }
    for table in &file.parameter_group {
        group(&mut world, table.as_ref())?;
    }
    for table in &file.cluster {
        cluster::cluster(&mut world, table)?;
    }
    for table in &file.snapshot {
        snapshot(&mut world, table)?;
    }
    for table in &file.maintenance {
        maintenance::maintenance(&mut world, table)?;
    }
    for table in &file.stack {
        stack::stack(&mut world, table, folder)?;
    }
    for fault in &file.fault {
        if let Some(message) = fault.as_ref().problem(known_action) {
            return Err(problem(fault.span(), message));
        }
        let clock = world.clock;
        world.faults.add(fault.as_ref().clone(), clock);
    }
    Ok(world)
}

fn accounts(tables: &[AccountTable]) -> Result<Vec<Account>, Problem> {
    let mut accounts: Vec<Account> = Vec::new();
    for table in tables {
        let id = table.id.as_ref();
        if id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(problem(
                table.id.span(),
                format!("an account id has twelve digits, not {id}"),
            ));
        }
        if accounts.iter().any(|account| account.id == *id) {
            return Err(problem(
                table.id.span(),
                format!("there is an account {id} already"),
            ));
        }
        accounts.push(account(
            id,
            &table.region,
            &table.profiles,
            &table.access_keys,
        ));
    }
    if accounts.is_empty() {
        accounts.push(account(
            "123456789012",
            &super::file::default_region(),
            &[],
            &[],
        ));
    }
    Ok(accounts)
}

fn account(id: &str, region: &str, profiles: &[String], access_keys: &[String]) -> Account {
    let own_key = format!("SIMULATED{id}");
    let access_keys = access_keys.iter().cloned().chain([own_key]).collect();
    Account {
        id: id.to_owned(),
        region: region.to_owned(),
        profiles: profiles.to_vec(),
        access_keys,
    }
}

/// Account id and region of a table.
pub(super) fn home(
    world: &World,
    account: Option<&Spanned<String>>,
) -> Result<(String, String), Problem> {
    let found = match account {
        None => world.accounts.first(),
        Some(id) => world
            .accounts
            .iter()
            .find(|account| account.id == *id.as_ref()),
    };
    match (found, account) {
        (Some(found), _) => Ok((found.id.clone(), found.region.clone())),
        (None, Some(id)) => Err(problem(
            id.span(),
            format!("no [[account]] has the id {}", id.as_ref()),
        )),
        (None, None) => Err(Problem {
            message: "there is no account".to_owned(),
            span: None,
        }),
    }
}

pub(super) fn name(
    name: &Spanned<String>,
    what: &str,
    kind: identifiers::Kind,
) -> Result<String, Problem> {
    checked(what, name.as_ref(), kind).map_err(|error| problem(name.span(), error.message))
}

fn group(world: &mut World, table: &GroupTable) -> Result<(), Problem> {
    let (account, region) = home(world, table.account.as_ref())?;
    let name = name(&table.name, "name", identifiers::Kind::GroupName)?;
    let family = table.family.as_ref();
    let Some(definitions) = catalogue(family) else {
        let known = families().join(", ");
        return Err(problem(
            table.family.span(),
            format!("unknown parameter group family {family}; there are {known}"),
        ));
    };
    let mut values = BTreeMap::new();
    for (parameter, value) in &table.parameters {
        let Some(definition) = definitions.get(parameter) else {
            return Err(problem(
                value.span(),
                format!("{family} has no parameter {parameter}"),
            ));
        };
        let text = value.as_ref().text();
        if definition.check(&text).is_err() {
            let allowed = definition.allowed_values.as_deref().unwrap_or_default();
            return Err(problem(
                value.span(),
                format!("{parameter} = {text} is outside of its allowed values ({allowed})"),
            ));
        }
        let method = if propagation::is_dynamic(family, parameter) {
            "immediate"
        } else {
            "pending-reboot"
        };
        values.insert(
            parameter.clone(),
            Value {
                value: text,
                method: method.to_owned(),
            },
        );
    }
    let kind = kind_of(table.kind);
    let (place, _) = world.place(&account, &region);
    if place.groups(kind).contains_key(&name) {
        return Err(problem(
            table.name.span(),
            format!("there is a parameter group {name} already"),
        ));
    }
    let description = if table.description.is_empty() {
        name.clone()
    } else {
        table.description.clone()
    };
    let group = Group {
        name: name.clone(),
        family: family.clone(),
        description,
        values,
        tags: table.tags.clone(),
        detached: None,
    };
    place.groups_mut(kind).insert(name, group);
    Ok(())
}

fn kind_of(kind: GroupKind) -> Kind {
    match kind {
        GroupKind::Cluster => Kind::Cluster,
        GroupKind::Instance => Kind::Instance,
    }
}

pub(super) fn known_group(
    place: &crate::sim::place::Place,
    kind: Kind,
    name: &Spanned<String>,
    family: &str,
) -> Result<String, Problem> {
    let stored = stored(name.as_ref());
    let what = if kind == Kind::Cluster {
        "cluster"
    } else {
        "instance"
    };
    match place.group(kind, &stored) {
        None => Err(problem(
            name.span(),
            format!("there is no {what} parameter group {stored}"),
        )),
        Some(group) if group.family != family => Err(problem(
            name.span(),
            format!(
                "the parameter group {stored} is of family {}, not {family}",
                group.family
            ),
        )),
        Some(_) => Ok(stored),
    }
}

fn snapshot(world: &mut World, table: &SnapshotTable) -> Result<(), Problem> {
    let (account, region) = home(world, table.account.as_ref())?;
    let clock = world.clock;
    let (place, rules) = world.place(&account, &region);
    let given = table.identifier.as_ref();
    // Automated snapshots have names that nobody could give: `rds:` in front.
    let identifier = match given.strip_prefix("rds:") {
        Some(rest) if table.automated => {
            let rest = Spanned::new(table.identifier.span(), rest.to_owned());
            format!(
                "rds:{}",
                name(&rest, "identifier", identifiers::Kind::Identifier)?
            )
        }
        _ => name(
            &table.identifier,
            "identifier",
            identifiers::Kind::Identifier,
        )?,
    };
    let source = stored(table.cluster.as_ref());
    let Some(cluster) = place.clusters.get(&source) else {
        return Err(problem(
            table.cluster.span(),
            format!("there is no cluster {source}"),
        ));
    };
    let snapshot = Snapshot {
        identifier: identifier.clone(),
        kind: if table.automated {
            "automated"
        } else {
            "manual"
        }
        .to_owned(),
        status: table
            .status
            .clone()
            .unwrap_or_else(|| "available".to_owned()),
        created: table.created.unwrap_or_else(|| after(clock, -DAY_SECONDS)),
        cluster: Cluster {
            members: Vec::new(),
            ..cluster.clone()
        },
        tags: table.tags.clone(),
        copied_from: None,
        shared_with: std::collections::BTreeSet::new(),
    };
    if snapshot.status == "creating" {
        let seconds = place.seconds(rules, "snapshot", &identifier, rules.timings.snapshot);
        place.later(
            clock,
            seconds,
            Object::Snapshot(identifier.clone()),
            Step::SnapshotReady,
        );
    }
    if place
        .snapshots
        .insert(identifier.clone(), snapshot)
        .is_some()
    {
        return Err(problem(
            table.identifier.span(),
            format!("there is a snapshot {identifier} already"),
        ));
    }
    Ok(())
}
