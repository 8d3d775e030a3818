//! A live cluster as a world file: what was read of it, written in the simulator's own format.
//!
//! Goes in: the facts that were read. Comes out: the text of a world file, and what could not be copied, in words. What the
//! simulator does not know at all is refused: a rehearsal of something else would say nothing.

use crate::desired::Desired;
use crate::error::Error;
use crate::names::{Family, ParameterGroupName};
use crate::observed::{Cluster, Member, Observed, ParameterGroup};
use crate::plan::difference::PENDING_CLASS;
use crate::sim;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Field names of queued changes of a cluster, as AWS spells them.
const PENDING_VERSION: &str = "EngineVersion";

/// What the reads of this tool do not show, or the simulator does not act on.
const NEVER_COPIED: &str = "enhanced monitoring, backups, storage, ports, subnets and custom endpoints; the values in force on a \
     member are taken from its group and its status";

/// A copy, and what is missing in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    /// The text of a world file.
    pub(super) world: String,
    /// What is not copied, in words.
    pub(super) not_copied: Vec<String>,
}

#[derive(Serialize)]
struct World {
    seed: u64,
    clock: String,
    account: Vec<AccountTable>,
    parameter_group: Vec<GroupTable>,
    cluster: Vec<ClusterTable>,
    snapshot: Vec<SnapshotTable>,
}

#[derive(Serialize)]
struct AccountTable {
    id: String,
    region: String,
    profiles: Vec<String>,
}

#[derive(Serialize)]
struct GroupTable {
    name: String,
    family: String,
    kind: &'static str,
    tags: BTreeMap<String, String>,
    parameters: BTreeMap<String, String>,
}

#[derive(Default, Serialize)]
struct ClusterTable {
    identifier: String,
    engine_version: String,
    parameter_group: Option<String>,
    database_insights: Option<String>,
    performance_insights: bool,
    performance_insights_retention_days: Option<u32>,
    maintenance_window: Option<String>,
    serverless_capacity: Option<[f64; 2]>,
    status: Option<String>,
    pending_engine_version: Option<String>,
    tags: BTreeMap<String, String>,
    member: Vec<MemberTable>,
}

#[derive(Serialize)]
struct MemberTable {
    identifier: String,
    class: String,
    writer: bool,
    promotion_tier: i32,
    availability_zone: Option<String>,
    status: Option<String>,
    pending_class: Option<String>,
    parameter_group_status: &'static str,
    parameter_group: Option<String>,
    maintenance_window: Option<String>,
    auto_minor_version_upgrade: bool,
}

#[derive(Serialize)]
struct SnapshotTable {
    identifier: String,
    cluster: String,
    status: String,
    created: Option<String>,
    tags: BTreeMap<String, String>,
}

/// Copies what was read.
///
/// # Errors
/// A class or an engine version that the simulator does not know.
pub(super) fn copy(desired: &Desired, observed: &Observed) -> Result<Copy, Error> {
    let Some(cluster) = &observed.cluster else {
        return Err(Error::failed(format!(
            "there is no cluster `{}` to copy",
            desired.cluster.identifier
        )));
    };
    let mut not_copied = vec![NEVER_COPIED.to_owned()];
    let engine_version = engine_version(cluster, &mut not_copied)?;
    for class in classes(desired, cluster) {
        if sim::classes::class(&class).is_none() {
            return Err(unknown(cluster, &format!("class `{class}`")));
        }
    }
    let family = Family::of(&cluster.engine, &engine_version);
    let world = World {
        seed: 0,
        clock: observed.at.to_string(),
        account: vec![AccountTable {
            id: observed.caller.account.to_string(),
            region: observed.region.to_string(),
            profiles: Vec::new(),
        }],
        parameter_group: groups(observed, cluster, &family, &mut not_copied),
        cluster: std::iter::once(table(cluster, &engine_version, &mut not_copied))
            .chain(neighbours(desired, observed, cluster, &engine_version))
            .collect(),
        snapshot: snapshots(observed),
    };
    let text = toml::to_string(&world).map_err(|error| {
        Error::failed(format!("cannot copy cluster `{}`", cluster.identifier)).caused_by(error)
    })?;
    Ok(Copy {
        world: text,
        not_copied,
    })
}

fn unknown(cluster: &Cluster, what: &str) -> Error {
    Error::refused(format!(
        "cluster `{}` cannot be rehearsed: the simulator does not know {what}",
        cluster.identifier
    ))
    .hinted("`auroractl plan` says what would be done, without a rehearsal")
}

/// Every class that the cluster has, has queued, or is declared to have.
fn classes(desired: &Desired, cluster: &Cluster) -> BTreeSet<String> {
    let mut classes = BTreeSet::new();
    for (instance, member) in &cluster.members {
        classes.insert(member.class.to_string());
        classes.extend(member.pending.get(PENDING_CLASS).cloned());
        classes.extend(desired.cluster.class_of(instance).map(ToString::to_string));
    }
    classes
}

/// The exact version, or the nearest known one of the same major version.
fn engine_version(cluster: &Cluster, not_copied: &mut Vec<String>) -> Result<String, Error> {
    let live = cluster.engine_version.as_str();
    if let Some(known) = sim::engine_versions::version(live) {
        return Ok(known.version.to_owned());
    }
    let mut parts = live.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    let nearest = sim::engine_versions::versions()
        .iter()
        .filter(|known| known.major == major)
        .min_by_key(|known| known.minor.abs_diff(minor));
    match nearest {
        Some(known) => {
            not_copied.push(format!(
                "engine version {live}: the simulator does not know it, and {} stands for it",
                known.version
            ));
            Ok(known.version.to_owned())
        }
        None => Err(unknown(cluster, &format!("engine version `{live}`"))),
    }
}

fn table(cluster: &Cluster, engine_version: &str, not_copied: &mut Vec<String>) -> ClusterTable {
    let mut pending_engine_version = None;
    for (field, value) in &cluster.pending {
        if field == PENDING_VERSION && sim::engine_versions::version(value).is_some() {
            pending_engine_version = Some(value.clone());
        } else {
            not_copied.push(format!("queued on the cluster: {field} = {value}"));
        }
    }
    // The bounds must exist for members of class db.serverless; the lower one is not read.
    let serverless_capacity = cluster
        .serverless_capacity_max
        .map(|most| [most.min(0.5), most]);
    ClusterTable {
        identifier: cluster.identifier.to_string(),
        engine_version: engine_version.to_owned(),
        parameter_group: Some(cluster.parameter_group.to_string()),
        database_insights: cluster.database_insights.clone(),
        performance_insights: cluster.performance_insights_enabled == Some(true),
        performance_insights_retention_days: cluster.performance_insights_retention_days,
        maintenance_window: cluster.maintenance_window.clone(),
        serverless_capacity,
        status: unless_available(&cluster.status),
        pending_engine_version,
        tags: cluster.tags.clone(),
        member: cluster
            .members
            .values()
            .map(|member| member_table(member, not_copied))
            .collect(),
    }
}

fn member_table(member: &Member, not_copied: &mut Vec<String>) -> MemberTable {
    for (field, value) in &member.pending {
        if field != PENDING_CLASS {
            not_copied.push(format!(
                "queued on {}: {field} = {value}",
                member.identifier
            ));
        }
    }
    MemberTable {
        identifier: member.identifier.to_string(),
        class: member.class.to_string(),
        writer: member.is_writer,
        promotion_tier: member.promotion_tier,
        availability_zone: member.availability_zone.clone(),
        status: unless_available(&member.status),
        pending_class: member.pending.get(PENDING_CLASS).cloned(),
        parameter_group_status: match member.cluster_parameter_group_status.as_str() {
            "pending-reboot" => "pending-reboot",
            "applying" => "applying",
            _ => "in-sync",
        },
        parameter_group: member
            .instance_groups
            .keys()
            .find(|group| !group.is_default())
            .map(ToString::to_string),
        maintenance_window: member.maintenance_window.clone(),
        auto_minor_version_upgrade: member.auto_minor_version_upgrade,
    }
}

fn unless_available(status: &str) -> Option<String> {
    (status != "available").then(|| status.to_owned())
}

/// The groups that exist, with what a user has set in them.
fn groups(
    observed: &Observed,
    cluster: &Cluster,
    family: &Family,
    not_copied: &mut Vec<String>,
) -> Vec<GroupTable> {
    let mut tables = Vec::new();
    let attached = &cluster.parameter_group;
    let known = observed
        .groups
        .values()
        .filter(|group| group.exists && !group.name.is_default());
    for group in known {
        let family = group.family.as_ref().unwrap_or(family);
        let values = user_values(group);
        tables.push(GroupTable {
            name: group.name.to_string(),
            family: family.to_string(),
            kind: "cluster",
            tags: group.tags.clone().unwrap_or_default(),
            parameters: known_values(&group.name, family, values, not_copied),
        });
    }
    if !attached.is_default()
        && !observed
            .groups
            .get(attached)
            .is_some_and(|group| group.exists)
    {
        not_copied.push(format!("the values of parameter group {attached}"));
        tables.push(empty_group(attached, family, "cluster"));
    }
    let own: BTreeSet<&ParameterGroupName> = cluster
        .members
        .values()
        .flat_map(|member| member.instance_groups.keys())
        .filter(|group| !group.is_default())
        .collect();
    for group in own {
        let mut table = empty_group(group, family, "instance");
        match observed.instance_groups.get(group) {
            Some(values) => {
                let values = values
                    .iter()
                    .map(|(name, value)| (name.to_string(), value.clone()));
                table.parameters = known_values(group, family, values.collect(), not_copied);
            }
            None => not_copied.push(format!("the values of instance parameter group {group}")),
        }
        tables.push(table);
    }
    tables
}

fn empty_group(name: &ParameterGroupName, family: &Family, kind: &'static str) -> GroupTable {
    GroupTable {
        name: name.to_string(),
        family: family.to_string(),
        kind,
        tags: BTreeMap::new(),
        parameters: BTreeMap::new(),
    }
}

fn user_values(group: &ParameterGroup) -> BTreeMap<String, String> {
    group
        .parameters
        .values()
        .filter(|parameter| parameter.source == "user")
        .filter_map(|parameter| Some((parameter.name.to_string(), parameter.value.clone()?)))
        .collect()
}

/// The values of parameters that the simulator knows.
fn known_values(
    group: &ParameterGroupName,
    family: &Family,
    mut values: BTreeMap<String, String>,
    not_copied: &mut Vec<String>,
) -> BTreeMap<String, String> {
    let catalogue = sim::parameters::catalogue(family.as_str());
    values.retain(|name, _| {
        let known = catalogue.is_none_or(|catalogue| catalogue.contains_key(name));
        if !known {
            not_copied.push(format!(
                "parameter {name} of group {group}: the simulator does not know it"
            ));
        }
        known
    });
    values
}

/// The other clusters that share a group with this one: without members, for only their using it matters.
fn neighbours(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
    engine_version: &str,
) -> Vec<ClusterTable> {
    let target = desired.cluster.group();
    observed
        .neighbours
        .iter()
        .filter(|(identifier, group)| {
            **identifier != cluster.identifier
                && !group.is_default()
                && (**group == target || **group == cluster.parameter_group)
        })
        .map(|(identifier, group)| ClusterTable {
            identifier: identifier.to_string(),
            engine_version: engine_version.to_owned(),
            parameter_group: Some(group.to_string()),
            ..ClusterTable::default()
        })
        .collect()
}

fn snapshots(observed: &Observed) -> Vec<SnapshotTable> {
    observed
        .snapshots
        .iter()
        .flatten()
        .map(|snapshot| SnapshotTable {
            identifier: snapshot.identifier.to_string(),
            cluster: snapshot.cluster.to_string(),
            status: snapshot.status.clone(),
            created: snapshot.created.map(|created| created.to_string()),
            tags: snapshot.tags.clone(),
        })
        .collect()
}
