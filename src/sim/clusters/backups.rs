//! DescribeDBClusterAutomatedBackups: the continuous backup that each cluster has. Source: RDS API Reference,
//! DBClusterAutomatedBackup. A deleted cluster keeps none in this world.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Cluster, ENGINE, describe};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::iso;
use crate::sim::error::Error;
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeDBClusterAutomatedBackups",
    &[
        "DBClusterIdentifier",
        "DbClusterResourceId",
        "Filters",
        "MaxRecords",
        "Marker",
    ],
    backups,
)];

fn backups(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters: BTreeMap<String, Vec<String>> = filters(
        parameters,
        &["status", "db-cluster-id", "db-cluster-resource-id"],
    )?;
    let page = Page::of(parameters)?;
    let (place, now) = (&*call.place, call.now);
    let named = parameters
        .text("DBClusterIdentifier")
        .map(|name| {
            let found = place.cluster(name);
            found
                .map(|cluster| cluster.identifier.clone())
                .map_err(|_| Error::automated_backup_not_found(name))
        })
        .transpose()?;
    let resource = parameters.text("DbClusterResourceId");
    let chosen = place.clusters.range(page.start()).filter(|(_, cluster)| {
        cluster.status != "creating"
            && named
                .as_ref()
                .is_none_or(|name| *name == cluster.identifier)
            && resource.is_none_or(|id| id == cluster.resource_id)
            && filters.iter().all(|(name, values)| {
                values.iter().any(|value| match name.as_str() {
                    "status" => value == "active",
                    "db-cluster-id" => value.eq_ignore_ascii_case(&cluster.identifier),
                    _ => *value == cluster.resource_id,
                })
            })
    });
    let keyed = chosen.map(|(key, cluster)| (key.clone(), cluster));
    Ok(page.cut("DBClusterAutomatedBackups", keyed, |cluster| {
        element(place, cluster, now)
    }))
}

fn element(place: &Place, cluster: &Cluster, now: Timestamp) -> Element {
    let (earliest, latest) = describe::restorable(cluster, now);
    let backup = cluster.resource_id.replacen("cluster-", "ab-", 1);
    Element::node(
        "DBClusterAutomatedBackup",
        vec![
            Element::text("Engine", ENGINE),
            Element::text(
                "DBClusterAutomatedBackupsArn",
                place.arn("cluster-auto-backup", &backup.to_ascii_lowercase()),
            ),
            Element::text("DBClusterIdentifier", &cluster.identifier),
            Element::node(
                "RestoreWindow",
                vec![
                    Element::text("EarliestTime", iso(earliest)),
                    Element::text("LatestTime", iso(latest)),
                ],
            ),
            Element::text("MasterUsername", &cluster.master_username),
            Element::text("DbClusterResourceId", &cluster.resource_id),
            Element::text("Region", &place.region),
            Element::text("LicenseModel", "postgresql-license"),
            Element::text("Status", "active"),
            Element::text(
                "IAMDatabaseAuthenticationEnabled",
                cluster.iam_authentication,
            ),
            Element::text("ClusterCreateTime", iso(cluster.created)),
            Element::text("StorageEncrypted", cluster.storage_encrypted),
            Element::text("AllocatedStorage", 1),
            Element::text("EngineVersion", &cluster.engine_version),
            Element::text("DBClusterArn", place.arn("cluster", &cluster.identifier)),
            Element::text("BackupRetentionPeriod", cluster.backup_retention_days),
            Element::text("PreferredBackupWindow", &cluster.backup_window),
            Element::text("EngineMode", "provisioned"),
            Element::texts(
                "AvailabilityZones",
                "AvailabilityZone",
                &cluster.availability_zones,
            ),
            Element::text("Port", cluster.port),
        ],
    )
}
