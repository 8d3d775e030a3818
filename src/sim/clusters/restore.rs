//! RestoreDBClusterFromSnapshot: a new cluster without members. Source: RDS API Reference, RestoreDBClusterFromSnapshot.

use super::{create, describe};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::identifiers::{Kind, checked};
use crate::sim::schedule::{Object, Step};
use crate::sim::snapshots;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "RestoreDBClusterFromSnapshot",
    &[
        "DBClusterIdentifier",
        "SnapshotIdentifier",
        "Engine",
        "EngineVersion",
        "EngineMode",
        "DBClusterParameterGroupName",
        "DBSubnetGroupName",
        "VpcSecurityGroupIds",
        "AvailabilityZones",
        "Port",
        "DeletionProtection",
        "StorageType",
        "CopyTagsToSnapshot",
        "EnableIAMDatabaseAuthentication",
        "EnableCloudwatchLogsExports",
        "ServerlessV2ScalingConfiguration",
        "Tags",
    ],
    restore,
)];

fn restore(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let identifier = checked(
        "DBClusterIdentifier",
        parameters.required("DBClusterIdentifier")?,
        Kind::Identifier,
    )?;
    let snapshot = call
        .place
        .snapshot(parameters.required("SnapshotIdentifier")?)?
        .clone();
    let engine = parameters.required("Engine")?;
    snapshots::require_available(&snapshot)?;
    let source = &snapshot.cluster;
    let version = create::engine_version(
        engine,
        Some(
            parameters
                .text("EngineVersion")
                .unwrap_or(&source.engine_version),
        ),
    )?;
    let mut cluster = create::begin(call, &identifier, version)?;
    cluster.database_name.clone_from(&source.database_name);
    cluster.master_username.clone_from(&source.master_username);
    cluster.contents.clone_from(&source.contents);
    cluster.origin = Some(source.drawn_for().to_owned());
    cluster.storage_encrypted = source.storage_encrypted;
    if parameters.text("Port").is_none() {
        cluster.port = source.port;
    }
    cluster.backup_retention_days = source.backup_retention_days;
    create::insert(call, cluster)?;
    let spread = call.rules.timings.restore;
    let object = Object::Cluster(identifier.clone());
    let origin = source.drawn_for();
    let seconds = call.place.seconds(call.rules, "restore", origin, spread);
    call.place.later(call.now, seconds, object, Step::Created);
    call.effect(format!(
        "cluster {identifier} is being restored from snapshot {}",
        snapshot.identifier
    ));
    describe::answer(call, &identifier)
}
