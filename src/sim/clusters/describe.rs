//! DescribeDBClusters, and a cluster as XML. Source: RDS API Reference, DBCluster.

use super::{Cluster, ENGINE};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::{after, iso};
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::postgres::Kind;
use crate::sim::tags;
use crate::sim::world::Rules;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeDBClusters",
    &[
        "DBClusterIdentifier",
        "Filters",
        "MaxRecords",
        "Marker",
        "IncludeShared",
    ],
    describe,
)];

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters = filters(
        parameters,
        &[
            "clone-group-id",
            "db-cluster-id",
            "db-cluster-resource-id",
            "domain",
            "engine",
        ],
    )?;
    parameters.boolean("IncludeShared")?;
    let page = Page::of(parameters)?;
    let (place, rules) = (&*call.place, call.rules);
    let identifier = parameters.text("DBClusterIdentifier").map(|name| {
        place
            .cluster(name)
            .map(|cluster| cluster.identifier.clone())
    });
    let identifier = identifier.transpose()?;
    let range = match &identifier {
        Some(identifier) => place
            .clusters
            .range(identifier.clone()..=identifier.clone()),
        None => place.clusters.range(page.start()),
    };
    let chosen = range.filter(|(_, cluster)| {
        filters.iter().all(|(name, values)| match name.as_str() {
            "db-cluster-id" => values
                .iter()
                .any(|value| stored(value) == cluster.identifier),
            "db-cluster-resource-id" => values.contains(&cluster.resource_id),
            "engine" => values.iter().any(|value| value == ENGINE),
            // No cluster of this world is a clone or belongs to a domain.
            _ => false,
        })
    });
    let keyed = chosen.map(|(key, cluster)| (key.clone(), cluster));
    Ok(page.cut("DBClusters", keyed, |cluster| {
        element(place, rules, cluster, call.now)
    }))
}

/// The answer of an operation on one cluster.
pub(crate) fn answer(call: &Call<'_>, identifier: &str) -> Result<Vec<Element>, Error> {
    let cluster = call.place.cluster(identifier)?;
    Ok(vec![element(call.place, call.rules, cluster, call.now)])
}

/// `<DBCluster>`.
pub(crate) fn element(
    place: &Place,
    rules: &Rules,
    cluster: &Cluster,
    now: jiff::Timestamp,
) -> Element {
    let identifier = &cluster.identifier;
    let (endpoint, port) = rules.endpoint(place, Kind::Writer, identifier, cluster.port);
    let (reader_endpoint, _) = rules.endpoint(place, Kind::Reader, identifier, cluster.port);
    let members = place.members(cluster).map(|member| {
        Element::node(
            "DBClusterMember",
            vec![
                Element::text("DBInstanceIdentifier", &member.identifier),
                Element::text("IsClusterWriter", member.writer),
                Element::text(
                    "DBClusterParameterGroupStatus",
                    member.cluster_group_status(),
                ),
                Element::text("PromotionTier", member.promotion_tier),
            ],
        )
    });
    let mut children = vec![
        Element::text("AllocatedStorage", 1),
        Element::texts(
            "AvailabilityZones",
            "AvailabilityZone",
            &cluster.availability_zones,
        ),
        Element::text("BackupRetentionPeriod", cluster.backup_retention_days),
        Element::text("DBClusterIdentifier", identifier),
        Element::text("DBClusterParameterGroup", &cluster.parameter_group),
        Element::text("DBSubnetGroup", &cluster.subnet_group),
        Element::text("Status", &cluster.status),
        Element::text("Endpoint", endpoint),
        Element::text("ReaderEndpoint", reader_endpoint),
        Element::text("MultiAZ", place.members(cluster).count() > 1),
        Element::text("Engine", ENGINE),
        Element::text("EngineVersion", &cluster.engine_version),
        Element::text("Port", port),
        Element::text("MasterUsername", &cluster.master_username),
        Element::node("DBClusterOptionGroupMemberships", vec![]),
        Element::text("PreferredBackupWindow", &cluster.backup_window),
        Element::text("PreferredMaintenanceWindow", &cluster.maintenance_window),
        Element::node("ReadReplicaIdentifiers", vec![]),
        Element::node("DBClusterMembers", members.collect()),
        security_groups(&cluster.security_groups),
        Element::text("HostedZoneId", "Z2R2ITUGPM61AM"),
        Element::text("StorageEncrypted", cluster.storage_encrypted),
        Element::text("DbClusterResourceId", &cluster.resource_id),
        Element::text("DBClusterArn", place.arn("cluster", identifier)),
        Element::node("AssociatedRoles", vec![]),
        Element::text(
            "IAMDatabaseAuthenticationEnabled",
            cluster.iam_authentication,
        ),
        Element::text("ClusterCreateTime", iso(cluster.created)),
        Element::text("EngineMode", "provisioned"),
        Element::text("DeletionProtection", cluster.deletion_protection),
        Element::text("HttpEndpointEnabled", cluster.http_endpoint),
        Element::text("ActivityStreamStatus", "stopped"),
        Element::text("CopyTagsToSnapshot", cluster.copy_tags_to_snapshot),
        Element::text("CrossAccountClone", false),
        Element::node("DomainMemberships", vec![]),
        tags::element(&cluster.tags),
        Element::text(
            "AutoMinorVersionUpgrade",
            cluster.auto_minor_version_upgrade,
        ),
        Element::text("MonitoringInterval", cluster.monitoring_interval_seconds),
        Element::text("DatabaseInsightsMode", &cluster.insights.mode),
        Element::text(
            "PerformanceInsightsEnabled",
            cluster.insights.performance_insights,
        ),
        Element::text("NetworkType", "IPV4"),
        Element::text("LocalWriteForwardingStatus", "disabled"),
        Element::text("EngineLifecycleSupport", "open-source-rds-extended-support"),
    ];
    if cluster.insights.performance_insights {
        children.push(Element::text(
            "PerformanceInsightsRetentionPeriod",
            cluster.insights.retention_days,
        ));
    }
    optional(
        &mut children,
        "DatabaseName",
        cluster.database_name.as_ref(),
    );
    optional(&mut children, "StorageType", cluster.storage_type.as_ref());
    optional(
        &mut children,
        "MonitoringRoleArn",
        cluster.monitoring_role.as_ref(),
    );
    if !cluster.log_exports.is_empty() {
        children.push(Element::texts(
            "EnabledCloudwatchLogsExports",
            "member",
            &cluster.log_exports,
        ));
    }
    if let Some(scaling) = &cluster.scaling {
        let mut bounds = vec![
            Element::text("MinCapacity", scaling.least),
            Element::text("MaxCapacity", scaling.most),
        ];
        optional(
            &mut bounds,
            "SecondsUntilAutoPause",
            scaling.seconds_until_auto_pause,
        );
        children.push(Element::node("ServerlessV2ScalingConfiguration", bounds));
    }
    if cluster.status != "creating" {
        // Documented: restorable up to five minutes ago, once creation is complete.
        let latest = after(now, -300.0).max(cluster.created);
        let earliest =
            after(now, -86_400.0 * cluster.backup_retention_days as f64).max(cluster.created);
        children.push(Element::text("EarliestRestorableTime", iso(earliest)));
        children.push(Element::text("LatestRestorableTime", iso(latest)));
    }
    children.extend(pending(cluster));
    Element::node("DBCluster", children)
}

/// Present only when something is pending.
fn pending(cluster: &Cluster) -> Option<Element> {
    let mut values = Vec::new();
    optional(
        &mut values,
        "DBClusterIdentifier",
        cluster.pending.identifier.as_ref(),
    );
    optional(
        &mut values,
        "EngineVersion",
        cluster.pending.engine_version.as_ref(),
    );
    optional(
        &mut values,
        "IAMDatabaseAuthenticationEnabled",
        cluster.pending.iam_authentication,
    );
    (!values.is_empty()).then(|| Element::node("PendingModifiedValues", values))
}

/// `<VpcSecurityGroups>`, on clusters and on instances.
pub(crate) fn security_groups(groups: &[String]) -> Element {
    let entries = groups.iter().map(|group| {
        Element::node(
            "VpcSecurityGroupMembership",
            vec![
                Element::text("VpcSecurityGroupId", group),
                Element::text("Status", "active"),
            ],
        )
    });
    Element::node("VpcSecurityGroups", entries.collect())
}
