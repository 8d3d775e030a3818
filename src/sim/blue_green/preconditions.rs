//! What a cluster must be like before a deployment of it is created. Source: Aurora User Guide, "Limitations and considerations
//! for Aurora blue/green deployments" and "Preparing an Aurora PostgreSQL DB cluster for a blue/green deployment". Where the
//! service's texts are not on record, the codes are the modelled ones.

use crate::sim::call::Call;
use crate::sim::classes;
use crate::sim::clusters::{Cluster, ENGINE, family_of};
use crate::sim::engine_versions;
use crate::sim::error::Error;
use crate::sim::groups::{Kind, catalogue};
use crate::sim::identifiers::{is_foreign, stored};
use crate::sim::instances::Instance;
use crate::sim::parameters::{Variables, evaluate_with};
use crate::sim::place::Place;

/// What turns logical replication on.
const LOGICAL: &str = "rds.logical_replication";

/// The cluster that the request's ARN names, when a deployment of it is possible.
pub(super) fn source(call: &Call<'_>) -> Result<Cluster, Error> {
    let arn = call.parameters.required("Source")?;
    let kind = arn.split(':').nth(5);
    if is_foreign(arn, &call.place.region, &call.place.account) {
        return Err(Error::invalid_value(format!(
            "The source {arn} is not a resource of this account and region."
        )));
    }
    let cluster = match kind {
        Some("cluster") => call.place.cluster(&stored(arn))?.clone(),
        Some("db") => {
            call.place.instance(&stored(arn))?;
            return Err(database_not_supported(
                "The source DB instance is a member of a cluster. Use the ARN of its DB cluster.",
            ));
        }
        _ => {
            return Err(Error::invalid_value(format!(
                "The source {arn} is not the ARN of a DB cluster."
            )));
        }
    };
    if call.place.in_deployment(&cluster.identifier) {
        return Err(cluster_not_supported(format!(
            "The DB cluster {} already belongs to a blue/green deployment.",
            cluster.identifier
        )));
    }
    if !versions_support(&cluster.engine_version) {
        return Err(cluster_not_supported(format!(
            "Blue/green deployments are not supported for {ENGINE} {}.",
            cluster.engine_version
        )));
    }
    cluster.require_modifiable()?;
    for member in call.place.members(&cluster) {
        member.require_idle()?;
    }
    replicates(call.place, &cluster)?;
    Ok(cluster)
}

/// 11.21, 12.16, 13.12, 14.9, 15.4, all of 16 and later.
fn versions_support(version: &str) -> bool {
    let number = |position: usize| -> u32 {
        let part = version.split('.').nth(position);
        part.and_then(|part| part.parse().ok()).unwrap_or_default()
    };
    match number(0) {
        11 => number(1) >= 21,
        12 => number(1) >= 16,
        13 => number(1) >= 12,
        14 => number(1) >= 9,
        15 => number(1) >= 4,
        major => major >= 16,
    }
}

/// A custom group that turns logical replication on, and a writer that has loaded it.
fn replicates(place: &Place, cluster: &Cluster) -> Result<(), Error> {
    let Some(writer) = place.writer_of(cluster) else {
        return Err(Error::cluster_state(format!(
            "The DB cluster {} has no writer.",
            cluster.identifier
        )));
    };
    if !turns_replication_on(place, &cluster.parameter_group) {
        return Err(cluster_not_supported(format!(
            "Blue/green deployments need logical replication: the DB cluster parameter group {} must be custom and set \
             {LOGICAL} to 1.",
            cluster.parameter_group
        )));
    }
    if writer.running.get(LOGICAL).map(String::as_str) != Some("1") {
        return Err(cluster_not_supported(format!(
            "The writer {} is not in sync with the DB cluster parameter group {}: reboot it so that {LOGICAL} takes effect.",
            writer.identifier, cluster.parameter_group
        )));
    }
    Ok(())
}

fn turns_replication_on(place: &Place, group: &str) -> bool {
    let group = place.cluster_groups.get(group);
    let value = group.and_then(|group| group.values.get(LOGICAL));
    value.is_some_and(|value| value.value == "1")
}

/// The engine version that green is to run: the cluster's own or one that it can be upgraded to.
pub(super) fn target_version(call: &Call<'_>, cluster: &Cluster) -> Result<String, Error> {
    let Some(asked) = call
        .parameters
        .text("TargetEngineVersion")
        .filter(|asked| *asked != cluster.engine_version)
    else {
        return Ok(cluster.engine_version.clone());
    };
    let current = engine_versions::version(&cluster.engine_version);
    let target = current.and_then(|current| {
        let targets = current.valid_upgrade_targets.iter();
        targets
            .map(|target| target.version)
            .find(|known| *known == asked)
    });
    target.map(str::to_owned).ok_or_else(|| {
        Error::invalid_combination(format!(
            "Cannot upgrade {ENGINE} from {} to {asked}",
            cluster.engine_version
        ))
    })
}

/// Green's cluster group: of the right family, and with logical replication too.
pub(super) fn target_group(
    call: &Call<'_>,
    cluster: &Cluster,
    version: &str,
) -> Result<String, Error> {
    let asked = call.parameters.text("TargetDBClusterParameterGroupName");
    let name = asked.map_or_else(|| cluster.parameter_group.clone(), stored);
    let group = call
        .place
        .group(Kind::Cluster, &name)
        .ok_or_else(|| Error::referenced_group_not_found(&name))?;
    let needed = family_of(version);
    if group.family != needed {
        return Err(database_not_supported(format!(
            "The DB cluster parameter group {name} is of the family {}; the target version {version} needs one of the family \
             {needed}.",
            group.family
        )));
    }
    if !turns_replication_on(call.place, &name) {
        return Err(database_not_supported(format!(
            "The DB cluster parameter group {name} of the target must set {LOGICAL} to 1."
        )));
    }
    Ok(name)
}

/// Green's instance group, if the request names one.
pub(super) fn target_instance_group(
    call: &Call<'_>,
    version: &str,
) -> Result<Option<String>, Error> {
    let Some(name) = call
        .parameters
        .text("TargetDBParameterGroupName")
        .map(stored)
    else {
        return Ok(None);
    };
    let group = call
        .place
        .group(Kind::Instance, &name)
        .ok_or_else(|| Error::instance_group_not_found(&name))?;
    if group.family != family_of(version) {
        return Err(database_not_supported(format!(
            "The DB parameter group {name} is of the family {}; the target version {version} needs one of the family {}.",
            group.family,
            family_of(version)
        )));
    }
    Ok(Some(name))
}

/// The parameters that leave too little room for one slot and one apply worker for each database.
pub(super) fn too_small(place: &Place, cluster: &Cluster) -> Vec<&'static str> {
    let Some(writer) = place.writer_of(cluster) else {
        return Vec::new();
    };
    let databases = i64::try_from(cluster.databases().len()).unwrap_or(i64::MAX);
    let needs = [
        ("max_logical_replication_workers", databases),
        ("max_replication_slots", databases),
        ("max_wal_senders", databases),
        // Besides the apply workers, one process that starts them.
        ("max_worker_processes", databases + 1),
    ];
    needs
        .into_iter()
        .filter(|(name, need)| in_force(cluster, writer, name).is_some_and(|value| value < *need))
        .map(|(name, _)| name)
        .collect()
}

/// The whole number in force on a member.
fn in_force(cluster: &Cluster, member: &Instance, name: &str) -> Option<i64> {
    let definition = catalogue(&cluster.family())?.get(name)?;
    let text = member
        .running
        .get(name)
        .or(definition.default.as_ref())
        .or(definition.in_force_if_unset.as_ref())?;
    let class = match &cluster.scaling {
        Some(scaling) if member.class == "db.serverless" => classes::serverless(scaling.most),
        _ => classes::class(&member.class)?.clone(),
    };
    evaluate_with(text, &Variables::from(&class))
}

fn cluster_not_supported(message: impl Into<String>) -> Error {
    Error::new("SourceClusterNotSupportedFault", 400, message)
}

fn database_not_supported(message: impl Into<String>) -> Error {
    Error::new("SourceDatabaseNotSupportedFault", 400, message)
}

#[cfg(test)]
mod tests {
    use super::versions_support;

    #[test]
    fn deployments_are_supported_from_the_documented_versions_on() {
        let supported = ["11.21", "12.16", "13.12", "14.9", "15.4", "16.1", "17.4"];
        let not = ["11.20", "12.15", "13.11", "14.8", "15.3", "10.21"];
        assert!(supported.into_iter().all(versions_support));
        assert!(!not.into_iter().any(versions_support));
    }
}
