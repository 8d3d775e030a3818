//! Engine upgrades in place: all members together. Source: Aurora User Guide, "Upgrading Amazon Aurora PostgreSQL DB
//! clusters"; the texts as seen in public issues.

use super::{Cluster, ENGINE, PendingCluster, create, family_of, pending};
use crate::sim::call::Call;
use crate::sim::engine_versions;
use crate::sim::error::Error;
use crate::sim::groups::Kind;
use crate::sim::identifiers::stored;
use crate::sim::instances::restart;
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// The upgrade that a request asks for; none when it names no version or the current one.
pub(crate) fn asked(call: &Call<'_>, cluster: &Cluster) -> Result<Option<PendingCluster>, Error> {
    let parameters = call.parameters;
    let allowed = parameters
        .boolean("AllowMajorVersionUpgrade")?
        .unwrap_or(false);
    let instance_group = parameters.text("DBInstanceParameterGroupName").map(stored);
    // A major version alone is its default minor version, as it is when a cluster is created (public reports).
    let version = parameters
        .text("EngineVersion")
        .map(|asked| engine_versions::resolve(asked).map_or(asked, |known| known.version))
        .filter(|version| *version != cluster.engine_version);
    let major = version.is_some_and(|version| family_of(version) != cluster.family());
    if instance_group.is_some() && !major {
        return Err(Error::invalid_combination(
            "db-instance-parameter-group-name can only be specified for a major version upgrade.",
        ));
    }
    let Some(version) = version else {
        return Ok(None);
    };
    let current = engine_versions::versions()
        .iter()
        .find(|known| known.version == cluster.engine_version);
    let is_target = current.is_some_and(|current| {
        current
            .valid_upgrade_targets
            .iter()
            .any(|target| target.version == version)
    });
    if !is_target {
        return Err(Error::invalid_combination(format!(
            "Cannot upgrade {ENGINE} from {} to {version}",
            cluster.engine_version
        )));
    }
    if major && !allowed {
        return Err(Error::invalid_combination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.",
        ));
    }
    if !call
        .place
        .writer_of(cluster)
        .is_some_and(|writer| writer.idle())
    {
        return Err(Error::cluster_state(format!(
            "Cannot modify engine version without a healthy primary instance in DB cluster: {}",
            cluster.identifier
        )));
    }
    let group = match parameters.text("DBClusterParameterGroupName") {
        Some(name) => create::checked_group(call, name, version)?,
        None if !major => cluster.parameter_group.clone(),
        None if cluster.parameter_group.starts_with("default.") => {
            format!("default.{}", family_of(version))
        }
        None => {
            return Err(Error::invalid_combination(format!(
                "The current DB cluster parameter group {} is custom. You must explicitly specify a new DB cluster parameter group, \
                 either default or custom, for the engine version upgrade.",
                cluster.parameter_group
            )));
        }
    };
    let custom = call
        .place
        .members(cluster)
        .find(|member| !member.parameter_group.starts_with("default."));
    if let Some(custom) = custom.filter(|_| major && instance_group.is_none()) {
        return Err(Error::invalid_combination(format!(
            "The current DB instance parameter group {} is custom. You must explicitly specify a new DB instance parameter group, \
             either default or custom, for the engine version upgrade.",
            custom.parameter_group
        )));
    }
    if let Some(name) = &instance_group {
        let found = call
            .place
            .group(Kind::Instance, name)
            .ok_or_else(|| Error::instance_group_not_found(name))?;
        if found.family != family_of(version) {
            return Err(Error::invalid_combination(format!(
                "The parameter group {name} with DBParameterGroupFamily {} can't be used for this instance. Use a parameter group \
                 with DBParameterGroupFamily {}.",
                found.family,
                family_of(version)
            )));
        }
    }
    Ok(Some(PendingCluster {
        engine_version: Some(version.to_owned()),
        upgrade_group: Some(group),
        upgrade_instance_group: instance_group,
        ..PendingCluster::default()
    }))
}

/// The cluster and its members show `upgrading`; engines stop.
pub(crate) fn begins(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    let Some(version) = cluster.pending.engine_version.clone() else {
        return;
    };
    "upgrading".clone_into(&mut cluster.status);
    let (members, major) = (
        cluster.members.clone(),
        family_of(&version) != cluster.family(),
    );
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0286",
        "notification",
        format!("Database cluster engine version upgrade started: {version}"),
    );
    for member in members {
        restart::stops(moment, &member);
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            "upgrading".clone_into(&mut instance.status);
        }
    }
    let timings = &moment.rules.timings;
    let spread = if major {
        timings.major_upgrade
    } else {
        timings.minor_upgrade
    };
    let seconds = moment
        .place
        .seconds(moment.rules, "upgrade", identifier, spread);
    moment.place.later(
        moment.at,
        seconds,
        Object::Cluster(identifier.to_owned()),
        Step::Upgraded,
    );
}

/// The new version runs everywhere; other queued changes take effect with it.
pub(crate) fn upgraded(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    let Some(version) = cluster.pending.engine_version.clone() else {
        return;
    };
    let major = family_of(&version) != cluster.family();
    cluster.engine_version.clone_from(&version);
    let (group, instance_group) = (
        cluster.pending.upgrade_group.clone(),
        cluster.pending.upgrade_instance_group.clone(),
    );
    let members = cluster.members.clone();
    if let Some(group) = group {
        pending::regroup(moment, identifier, &group);
    }
    for member in members {
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            instance.engine_version.clone_from(&version);
            "available".clone_into(&mut instance.status);
            if major {
                instance.parameter_group = instance_group
                    .clone()
                    .unwrap_or_else(|| format!("default.{}", family_of(&version)));
            }
        }
        restart::starts(moment, &member);
    }
    let (id, kind) = if major {
        ("0176", "major")
    } else {
        ("0173", "minor")
    };
    moment.place.cluster_event(
        moment.at,
        identifier,
        id,
        "notification",
        format!("Database cluster engine {kind} version has been upgraded"),
    );
    pending::modified(moment, identifier);
}
