//! CreateDBCluster. Source: RDS API Reference, CreateDBCluster.

use super::modify::{self, Settings};
use super::{Cluster, ENGINE, describe, family_of};
use crate::sim::call::{Call, Operation};
use crate::sim::engine_versions;
use crate::sim::error::Error;
use crate::sim::groups::Kind as GroupKind;
use crate::sim::identifiers::{Kind, checked, stored};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::tags;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "CreateDBCluster",
    &[
        "DBClusterIdentifier",
        "Engine",
        "EngineVersion",
        "EngineMode",
        "MasterUsername",
        "MasterUserPassword",
        "DatabaseName",
        "DBClusterParameterGroupName",
        "DBSubnetGroupName",
        "VpcSecurityGroupIds",
        "AvailabilityZones",
        "Port",
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "DeletionProtection",
        "StorageEncrypted",
        "StorageType",
        "CopyTagsToSnapshot",
        "AutoMinorVersionUpgrade",
        "EnableIAMDatabaseAuthentication",
        "EnableHttpEndpoint",
        "EnableCloudwatchLogsExports",
        "ServerlessV2ScalingConfiguration",
        "DatabaseInsightsMode",
        "EnablePerformanceInsights",
        "PerformanceInsightsRetentionPeriod",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "Tags",
    ],
    create,
)];

/// Quota of an account and region.
pub(crate) const QUOTA: usize = 40;

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let identifier = checked(
        "DBClusterIdentifier",
        parameters.required("DBClusterIdentifier")?,
        Kind::Identifier,
    )?;
    let version = engine_version(
        parameters.required("Engine")?,
        parameters.text("EngineVersion"),
    )?;
    let username = parameters.required("MasterUsername")?;
    let password = parameters.required("MasterUserPassword")?;
    modify::check_password(password)?;
    let mut cluster = begin(call, &identifier, version)?;
    username.clone_into(&mut cluster.master_username);
    cluster.set_master_password(call.rules.seed, password);
    cluster.database_name = parameters.text("DatabaseName").map(str::to_owned);
    insert(call, cluster)?;
    let spread = call.rules.timings.cluster_create;
    call.later(
        "cluster create",
        spread,
        Object::Cluster(identifier.clone()),
        Step::Created,
    );
    call.effect(format!("cluster {identifier} is being created"));
    describe::answer(call, &identifier)
}

/// The version of a new cluster: a full one as given, the default of a major one, the newest default when none is given.
pub(crate) fn engine_version(engine: &str, version: Option<&str>) -> Result<&'static str, Error> {
    if engine != ENGINE {
        return Err(Error::invalid_value(format!(
            "Invalid DB engine: {engine}. Only {ENGINE} is simulated."
        )));
    }
    let found = match version {
        Some(version) => engine_versions::resolve(version),
        None => engine_versions::versions()
            .iter()
            .rfind(|known| known.is_default),
    };
    found.map(|found| found.version).ok_or_else(|| {
        Error::invalid_combination(format!(
            "Cannot find version {} for {ENGINE}",
            version.unwrap_or_default()
        ))
    })
}

/// A new cluster in `creating`, with what creating and restoring have in common.
pub(crate) fn begin(
    call: &mut Call<'_>,
    identifier: &str,
    version: &str,
) -> Result<Cluster, Error> {
    let parameters = call.parameters;
    if call.place.clusters.contains_key(identifier) {
        return Err(Error::new(
            "DBClusterAlreadyExistsFault",
            400,
            format!("DBCluster {identifier} already exists."),
        ));
    }
    if call.place.clusters.len() >= QUOTA {
        return Err(quota_exceeded());
    }
    if let Some(mode) = parameters
        .text("EngineMode")
        .filter(|mode| *mode != "provisioned")
    {
        return Err(Error::invalid_value(format!(
            "The engine mode {mode} is not supported for {ENGINE} {version}."
        )));
    }
    let region = call.place.region.clone();
    let resource_id = call.place.resource_id(call.rules, "cluster", identifier);
    let mut cluster = Cluster::new(identifier, resource_id, version, &region, call.now);
    "creating".clone_into(&mut cluster.status);
    cluster.in_flight = Some("creating".to_owned());
    if let Some(name) = parameters.text("DBClusterParameterGroupName") {
        cluster.parameter_group = checked_group(call, name, version)?;
    }
    if let Some(name) = parameters.text("DBSubnetGroupName") {
        cluster.subnet_group = call.place.subnet_group(name)?.name;
    }
    if let Some(zones) = parameters.list("AvailabilityZones") {
        cluster.availability_zones = zones;
    }
    if let Some(exports) = parameters.list("EnableCloudwatchLogsExports") {
        cluster.log_exports = exports
            .into_iter()
            .map(modify::checked_export)
            .collect::<Result<_, _>>()?;
    }
    cluster.storage_encrypted = parameters.boolean("StorageEncrypted")?.unwrap_or(false);
    cluster.tags = tags::given(parameters)?;
    let settings = Settings::read(parameters, &cluster)?;
    settings.store(&mut cluster);
    cluster.port = settings.port.unwrap_or(cluster.port);
    cluster.iam_authentication = settings
        .iam_authentication
        .unwrap_or(cluster.iam_authentication);
    Ok(cluster)
}

/// There are as many clusters as there may be.
pub(crate) fn quota_exceeded() -> Error {
    Error::new(
        "DBClusterQuotaExceededFault",
        403,
        format!("You can't create more than {QUOTA} DB clusters."),
    )
}

/// A cluster parameter group of the right family.
pub(crate) fn checked_group(call: &Call<'_>, name: &str, version: &str) -> Result<String, Error> {
    let name = stored(name);
    let group = call
        .place
        .group(GroupKind::Cluster, &name)
        .ok_or_else(|| Error::referenced_group_not_found(&name))?;
    let needed = family_of(version);
    if group.family != needed {
        return Err(Error::invalid_combination(format!(
            "The parameter group {name} with DBParameterGroupFamily {} can't be used for this instance. Use a parameter group with \
             DBParameterGroupFamily {needed}.",
            group.family
        )));
    }
    Ok(name)
}

/// Puts a new cluster into its place.
pub(crate) fn insert(call: &mut Call<'_>, cluster: Cluster) -> Result<(), Error> {
    call.place
        .clusters
        .insert(cluster.identifier.clone(), cluster);
    Ok(())
}

/// The cluster is up.
pub(crate) fn created(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    "available".clone_into(&mut cluster.status);
    cluster.in_flight = None;
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0170",
        "creation",
        "DB cluster created",
    );
}
