//! `[[cluster]]` and `[[cluster.member]]`: from their tables to clusters and instances.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::build::{DAY_SECONDS, Problem, home, known_group, name, problem};
use super::contents;
use super::file::{ClusterTable, GroupStatus, MemberTable, Scalar};
use super::recorded;
use crate::sim::clock::after;
use crate::sim::clusters::{Cluster, ENGINE, Scaling, family_of, pending as cluster_pending};
use crate::sim::groups::{Kind, catalogue, propagation};
use crate::sim::identifiers;
use crate::sim::insights::{Insights, retention_is_offered};
use crate::sim::instances::{Instance, Propagating, create::zone_for, pending};
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::world::World;
use crate::sim::{classes, engine_versions, windows};

/// Adds a cluster with its members.
pub(super) fn cluster(world: &mut World, table: &ClusterTable) -> Result<(), Problem> {
    let (account, region) = home(world, table.account.as_ref())?;
    let clock = world.clock;
    let identifier = name(
        &table.identifier,
        "identifier",
        identifiers::Kind::Identifier,
    )?;
    recorded::of_cluster(world, (&account, &region, &identifier), &table.replay)?;
    let (place, rules) = world.place(&account, &region);
    if place.clusters.contains_key(&identifier) {
        return Err(problem(
            table.identifier.span(),
            format!("there is a cluster {identifier} already"),
        ));
    }
    if let Some(engine) = table
        .engine
        .as_ref()
        .filter(|engine| *engine.as_ref() != ENGINE)
    {
        return Err(problem(
            engine.span(),
            format!(
                "unknown engine {}; only {ENGINE} is simulated",
                engine.as_ref()
            ),
        ));
    }
    let version = known_version(&table.engine_version)?;
    let resource_id = place.resource_id(rules, "cluster", &identifier);
    let created = table
        .created
        .unwrap_or_else(|| after(clock, -30.0 * DAY_SECONDS));
    let mut cluster = Cluster::new(&identifier, resource_id, version, &region, created);
    if let Some(name) = &table.parameter_group {
        cluster.parameter_group = known_group(place, Kind::Cluster, name, &cluster.family())?;
    }
    cluster.insights = insights(table)?;
    if let Some(window) = &table.backup_window {
        cluster.backup_window = windows::backup(window.as_ref())
            .map_err(|error| problem(window.span(), error.message))?;
    }
    if let Some(window) = &table.maintenance_window {
        cluster.maintenance_window = windows::maintenance(window.as_ref())
            .map_err(|error| problem(window.span(), error.message))?;
    }
    cluster.monitoring_interval_seconds = table.monitoring_interval_seconds;
    cluster.backup_retention_days = table
        .backup_retention_days
        .unwrap_or(cluster.backup_retention_days);
    cluster.auto_minor_version_upgrade = table.auto_minor_version_upgrade;
    cluster.deletion_protection = table.deletion_protection;
    cluster.copy_tags_to_snapshot = table.copy_tags_to_snapshot;
    cluster.storage_encrypted = table.storage_encrypted;
    cluster.database_name.clone_from(&table.database_name);
    cluster.master_username = table
        .master_username
        .clone()
        .unwrap_or(cluster.master_username);
    cluster.port = table.port.unwrap_or(cluster.port);
    cluster.scaling = table.serverless_capacity.map(|[least, most]| Scaling {
        least,
        most,
        seconds_until_auto_pause: None,
    });
    cluster.iam_authentication = table.iam_authentication;
    cluster.contents = contents::of(table, rules.seed, &cluster)?;
    cluster.status = table.status.clone().unwrap_or(cluster.status);
    cluster.tags.clone_from(&table.tags);
    if let Some(version) = &table.pending_engine_version {
        cluster.pending.engine_version = Some(known_version(version)?.to_owned());
    }
    place.clusters.insert(identifier.clone(), cluster);
    for table in &table.member {
        member(world, &account, &region, &identifier, table)?;
    }
    let (place, _) = world.place(&account, &region);
    one_writer(place, &identifier, table)?;
    if place
        .clusters
        .get(&identifier)
        .is_some_and(|cluster| !cluster.pending.is_empty())
    {
        cluster_pending::await_window(place, clock, &identifier);
    }
    Ok(())
}

fn one_writer(place: &mut Place, identifier: &str, table: &ClusterTable) -> Result<(), Problem> {
    let members = place.member_identifiers(identifier);
    let writers = table.member.iter().filter(|member| member.writer).count();
    if writers > 1 {
        return Err(problem(
            table.identifier.span(),
            format!("the cluster {identifier} has {writers} writers; a cluster has one"),
        ));
    }
    if let Some(first) = members.first().filter(|_| writers == 0)
        && let Some(instance) = place.instances.get_mut(first)
    {
        instance.writer = true;
    }
    Ok(())
}

fn known_version(version: &Spanned<String>) -> Result<&'static str, Problem> {
    let known = engine_versions::version(version.as_ref()).map(|known| known.version);
    known.ok_or_else(|| {
        problem(
            version.span(),
            format!("unknown engine version {}", version.as_ref()),
        )
    })
}

fn known_class(class: &Spanned<String>) -> Result<String, Problem> {
    match classes::class(class.as_ref()) {
        Some(_) => Ok(class.as_ref().clone()),
        None => Err(problem(
            class.span(),
            format!("unknown class {}", class.as_ref()),
        )),
    }
}

fn insights(table: &ClusterTable) -> Result<Insights, Problem> {
    let mut insights = Insights {
        performance_insights: table.performance_insights,
        ..Insights::default()
    };
    if let Some(days) = &table.performance_insights_retention_days {
        if !retention_is_offered(*days.as_ref()) {
            return Err(problem(
                days.span(),
                format!(
                    "{} days are not offered: 7, multiples of 31 up to 713, 731",
                    days.as_ref()
                ),
            ));
        }
        insights.retention_days = *days.as_ref();
    }
    if let Some(mode) = &table.database_insights {
        if !["standard", "advanced"].contains(&mode.as_ref().as_str()) {
            return Err(problem(
                mode.span(),
                format!(
                    "unknown mode {}; there are standard and advanced",
                    mode.as_ref()
                ),
            ));
        }
        if mode.as_ref() == "advanced"
            && (!insights.performance_insights || insights.retention_days < 465)
        {
            let message = "advanced needs performance_insights = true and performance_insights_retention_days of at least 465";
            return Err(problem(mode.span(), message));
        }
        insights.mode.clone_from(mode.as_ref());
    }
    Ok(insights)
}

fn member(
    world: &mut World,
    account: &str,
    region: &str,
    cluster: &str,
    table: &MemberTable,
) -> Result<(), Problem> {
    let clock = world.clock;
    let identifier = name(
        &table.identifier,
        "identifier",
        identifiers::Kind::Identifier,
    )?;
    recorded::of_member(world, (account, region, &identifier), &table.replay)?;
    let (place, rules) = world.place(account, region);
    if place.instances.contains_key(&identifier) {
        return Err(problem(
            table.identifier.span(),
            format!("there is an instance {identifier} already"),
        ));
    }
    let class = known_class(&table.class)?;
    let resource_id = place.resource_id(rules, "db", &identifier);
    let Some(owner) = place.clusters.get(cluster).cloned() else {
        return Ok(());
    };
    let mut instance = Instance::new(
        &identifier,
        resource_id,
        cluster,
        &class,
        &owner.engine_version,
        owner.created,
    );
    instance.writer = table.writer;
    instance.promotion_tier = table.promotion_tier;
    if !(0..=15).contains(&table.promotion_tier) {
        return Err(problem(
            table.identifier.span(),
            format!(
                "promotion_tier {} is not between 0 and 15",
                table.promotion_tier
            ),
        ));
    }
    instance.availability_zone = table
        .availability_zone
        .clone()
        .unwrap_or_else(|| zone_for(&owner.availability_zones, owner.members.len()));
    instance.status = table.status.clone().unwrap_or(instance.status);
    instance.pending.class = table.pending_class.as_ref().map(known_class).transpose()?;
    if let Some(name) = &table.parameter_group {
        instance.parameter_group = known_group(place, Kind::Instance, name, &owner.family())?;
    }
    instance
        .maintenance_window
        .clone_from(&owner.maintenance_window);
    if let Some(window) = &table.maintenance_window {
        instance.maintenance_window = windows::maintenance(window.as_ref())
            .map_err(|error| problem(window.span(), error.message))?;
    }
    instance.auto_minor_version_upgrade = table
        .auto_minor_version_upgrade
        .unwrap_or(owner.auto_minor_version_upgrade);
    instance.publicly_accessible = table.publicly_accessible;
    instance.insights = owner.insights.clone();
    instance.monitoring_interval_seconds = owner.monitoring_interval_seconds;
    instance.tags.clone_from(&table.tags);
    instance.restart_pending = table.parameter_group_status == GroupStatus::PendingReboot;
    let stored = place.stored_values(&instance);
    let family = family_of(&owner.engine_version);
    instance.running = running(table, &family, stored)?;
    instance.never_loads = never_loaded(table, &family)?;
    if let Some(cluster) = place.clusters.get_mut(cluster) {
        cluster.members.push(identifier.clone());
    }
    if table.parameter_group_status == GroupStatus::Applying {
        instance.propagating = Some(Propagating {
            all: true,
            names: BTreeSet::new(),
        });
        let seconds = place.seconds(
            rules,
            "parameter propagation",
            &identifier,
            rules.timings.parameter_propagation,
        );
        place.later(
            clock,
            seconds,
            Object::Instance(identifier.clone()),
            Step::Propagates,
        );
    }
    place.instances.insert(identifier.clone(), instance);
    pending::await_window(place, clock, &identifier);
    Ok(())
}

/// What a restart does not load.
fn never_loaded(table: &MemberTable, family: &str) -> Result<BTreeSet<String>, Problem> {
    let known =
        |name: &str| catalogue(family).is_some_and(|catalogue| catalogue.contains_key(name));
    let checked = |name: &Spanned<String>| {
        if known(name.as_ref()) {
            return Ok(name.as_ref().clone());
        }
        let message = format!("{family} has no parameter {}", name.as_ref());
        Err(problem(name.span(), message))
    };
    table.never_loads.iter().map(checked).collect()
}

/// What is in force on a member.
fn running(
    table: &MemberTable,
    family: &str,
    stored: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Problem> {
    if let Some(given) = &table.running {
        let unknown =
            |name: &String| catalogue(family).is_none_or(|catalogue| !catalogue.contains_key(name));
        if let Some((name, value)) = given.iter().find(|(name, _)| unknown(name)) {
            return Err(problem(
                value.span(),
                format!("{family} has no parameter {name}"),
            ));
        }
        let text = |value: &Spanned<Scalar>| value.as_ref().text();
        return Ok(given
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect());
    }
    Ok(match table.parameter_group_status {
        GroupStatus::InSync => stored,
        GroupStatus::PendingReboot => stored
            .into_iter()
            .filter(|(name, _)| propagation::is_dynamic(family, name))
            .collect(),
        GroupStatus::Applying => BTreeMap::new(),
    })
}
