//! DescribeDBInstances, and an instance as XML. Source: RDS API Reference, DBInstance.

use super::Instance;
use crate::sim::call::{Call, Operation};
use crate::sim::clock::iso;
use crate::sim::clusters::{ENGINE, describe::security_groups};
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::page::{Page, filters};
use crate::sim::place::Place;
use crate::sim::postgres::Kind;
use crate::sim::world::Rules;
use crate::sim::xml::{Element, optional};
use crate::sim::{subnets, tags};

pub(crate) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeDBInstances",
    &["DBInstanceIdentifier", "Filters", "MaxRecords", "Marker"],
    describe,
)];

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let filters = filters(
        parameters,
        &[
            "db-cluster-id",
            "db-instance-id",
            "dbi-resource-id",
            "domain",
            "engine",
        ],
    )?;
    let page = Page::of(parameters)?;
    let (place, rules) = (&*call.place, call.rules);
    let identifier = parameters.text("DBInstanceIdentifier").map(|name| {
        place
            .instance(name)
            .map(|instance| instance.identifier.clone())
    });
    let identifier = identifier.transpose()?;
    let fits = |instance: &Instance| {
        filters.iter().all(|(name, values)| match name.as_str() {
            "db-cluster-id" => values.iter().any(|value| stored(value) == instance.cluster),
            "db-instance-id" => values
                .iter()
                .any(|value| stored(value) == instance.identifier),
            "dbi-resource-id" => values.contains(&instance.resource_id),
            "engine" => values.iter().any(|value| value == ENGINE),
            // No instance of this world belongs to a domain.
            _ => false,
        })
    };
    // The members of the named clusters, so that a large world is not searched for them.
    let narrowed: Option<Vec<String>> = match (
        &identifier,
        filters.get("db-cluster-id"),
        filters.get("db-instance-id"),
    ) {
        (Some(identifier), _, _) => Some(vec![identifier.clone()]),
        (None, Some(clusters), _) => Some(
            clusters
                .iter()
                .flat_map(|cluster| place.member_identifiers(&stored(cluster)))
                .collect(),
        ),
        (None, None, Some(instances)) => {
            Some(instances.iter().map(|instance| stored(instance)).collect())
        }
        (None, None, None) => None,
    };
    let element = |instance: &Instance| element(place, rules, instance);
    if let Some(mut identifiers) = narrowed {
        identifiers.sort();
        identifiers.dedup();
        let found = identifiers
            .into_iter()
            .filter_map(|key| place.instances.get(&key).map(|instance| (key, instance)));
        return Ok(page.cut(
            "DBInstances",
            found.filter(|(_, instance)| fits(instance)),
            element,
        ));
    }
    let all = place
        .instances
        .range(page.start())
        .filter(|(_, instance)| fits(instance));
    Ok(page.cut(
        "DBInstances",
        all.map(|(key, instance)| (key.clone(), instance)),
        element,
    ))
}

/// The answer of an operation on one instance.
pub(crate) fn answer(call: &Call<'_>, identifier: &str) -> Result<Vec<Element>, Error> {
    Ok(vec![element(
        call.place,
        call.rules,
        call.place.instance(identifier)?,
    )])
}

/// `<DBInstance>`.
fn element(place: &Place, rules: &Rules, instance: &Instance) -> Element {
    let cluster = place.clusters.get(&instance.cluster);
    let major = instance
        .engine_version
        .split('.')
        .next()
        .unwrap_or_default();
    let mut pending = Vec::new();
    optional(
        &mut pending,
        "DBInstanceClass",
        instance.pending.class.as_ref(),
    );
    optional(
        &mut pending,
        "DBInstanceIdentifier",
        instance.pending.identifier.as_ref(),
    );
    optional(
        &mut pending,
        "CACertificateIdentifier",
        instance.pending.ca_certificate.as_ref(),
    );
    let mut children = vec![
        Element::text("DBInstanceIdentifier", &instance.identifier),
        Element::text("DBInstanceClass", &instance.class),
        Element::text("Engine", ENGINE),
        Element::text("DBInstanceStatus", &instance.status),
        Element::text("AllocatedStorage", 1),
        Element::text("InstanceCreateTime", iso(instance.created)),
        Element::node("DBSecurityGroups", vec![]),
        Element::node(
            "DBParameterGroups",
            vec![Element::node(
                "DBParameterGroup",
                vec![
                    Element::text("DBParameterGroupName", &instance.parameter_group),
                    Element::text("ParameterApplyStatus", &instance.parameter_group_status),
                ],
            )],
        ),
        Element::text("AvailabilityZone", &instance.availability_zone),
        Element::text("PreferredMaintenanceWindow", &instance.maintenance_window),
        Element::node("PendingModifiedValues", pending),
        Element::text("MultiAZ", false),
        Element::text("EngineVersion", &instance.engine_version),
        Element::text(
            "AutoMinorVersionUpgrade",
            instance.auto_minor_version_upgrade,
        ),
        Element::node("ReadReplicaDBInstanceIdentifiers", vec![]),
        Element::text("LicenseModel", "postgresql-license"),
        Element::node(
            "OptionGroupMemberships",
            vec![Element::node(
                "OptionGroupMembership",
                vec![
                    Element::text("OptionGroupName", format!("default:{ENGINE}-{major}")),
                    Element::text("Status", "in-sync"),
                ],
            )],
        ),
        Element::text("PubliclyAccessible", instance.publicly_accessible),
        Element::text("StorageType", "aurora"),
        Element::text("DbInstancePort", 0),
        Element::text("DBClusterIdentifier", &instance.cluster),
        Element::text("DbiResourceId", &instance.resource_id),
        Element::text("CACertificateIdentifier", &instance.ca_certificate),
        Element::node("DomainMemberships", vec![]),
        Element::text("CopyTagsToSnapshot", instance.copy_tags_to_snapshot),
        Element::text("MonitoringInterval", instance.monitoring_interval_seconds),
        Element::text("PromotionTier", instance.promotion_tier),
        Element::text("DBInstanceArn", place.arn("db", &instance.identifier)),
        Element::text("DatabaseInsightsMode", &instance.insights.mode),
        Element::text(
            "PerformanceInsightsEnabled",
            instance.insights.performance_insights,
        ),
        Element::node("AssociatedRoles", vec![]),
        tags::element(&instance.tags),
        Element::text("CustomerOwnedIpEnabled", false),
        Element::text("BackupTarget", "region"),
        Element::text("NetworkType", "IPV4"),
        Element::text("DedicatedLogVolume", false),
    ];
    if instance.insights.performance_insights {
        children.push(Element::text(
            "PerformanceInsightsRetentionPeriod",
            instance.insights.retention_days,
        ));
    }
    optional(
        &mut children,
        "MonitoringRoleArn",
        instance.monitoring_role.as_ref(),
    );
    if let Some(cluster) = cluster {
        children.extend([
            Element::text("MasterUsername", &cluster.master_username),
            Element::text("PreferredBackupWindow", &cluster.backup_window),
            Element::text("BackupRetentionPeriod", cluster.backup_retention_days),
            security_groups(&cluster.security_groups),
            Element::text("StorageEncrypted", cluster.storage_encrypted),
            Element::text(
                "IAMDatabaseAuthenticationEnabled",
                cluster.iam_authentication,
            ),
            Element::text("DeletionProtection", cluster.deletion_protection),
        ]);
        optional(&mut children, "DBName", cluster.database_name.as_ref());
        if let Ok(group) = place.subnet_group(&cluster.subnet_group) {
            children.push(subnets::element(place, &group));
        }
        if instance.status != "creating" {
            let (address, port) =
                rules.endpoint(place, Kind::Member, &instance.identifier, cluster.port);
            children.push(Element::node(
                "Endpoint",
                vec![
                    Element::text("Address", address),
                    Element::text("Port", port),
                    Element::text("HostedZoneId", "Z2R2ITUGPM61AM"),
                ],
            ));
        }
    }
    Element::node("DBInstance", children)
}
