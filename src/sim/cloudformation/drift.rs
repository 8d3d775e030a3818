//! Drift detection. In: what a stack believes of its resources, and the resources. Out: where they differ.
//!
//! Source: CloudFormation User Guide, "Detect unmanaged configuration changes": only properties that the template sets are
//! compared, never those that are left to their defaults; keys, passwords and write-only properties are not compared.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::template::evaluate::text;
use super::types::{self, Nature};
use super::{Resource, Stack, handlers};
use crate::sim::groups::Kind;
use crate::sim::identifiers::stored;
use crate::sim::place::Place;

/// A detection that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Detection {
    pub(crate) stack: String,
    pub(crate) started: Timestamp,
    /// When its result shows.
    pub(crate) ready: Timestamp,
    pub(crate) status: String,
    pub(crate) drifted: usize,
}

/// What was found of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Found {
    /// IN_SYNC, MODIFIED, DELETED or NOT_CHECKED.
    pub(crate) status: String,
    pub(crate) time: Timestamp,
    pub(crate) expected: Option<String>,
    pub(crate) actual: Option<String>,
    pub(crate) differences: Vec<Difference>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// A JSON pointer into the properties.
    pub(crate) path: String,
    pub(crate) expected: String,
    pub(crate) actual: String,
    /// ADD, REMOVE or NOT_EQUAL.
    pub(crate) kind: String,
}

/// Properties that reading a resource does not give back, or that are not compared.
const NOT_COMPARED: [&str; 5] = [
    "ApplyImmediately",
    "DBInstanceParameterGroupName",
    "EngineMode",
    "MasterUserPassword",
    "Tags",
];

/// Names, which differ by more than their case or not at all.
const NAMES: [&str; 6] = [
    "DBClusterIdentifier",
    "DBClusterParameterGroupName",
    "DBInstanceIdentifier",
    "DBParameterGroupName",
    "DBSubnetGroupName",
    "PreferredMaintenanceWindow",
];

/// Looks at every resource of a stack, or at those that are named; returns the stack's drift status and how many have drifted.
pub(crate) fn detect(
    place: &Place,
    stack: &mut Stack,
    only: Option<&[String]>,
    now: Timestamp,
) -> (String, usize) {
    for resource in stack.resources.values_mut() {
        if only.is_none_or(|only| only.contains(&resource.logical)) {
            resource.drift = Some(found(place, resource, now));
        }
    }
    let drifted = stack
        .resources
        .values()
        .filter_map(|resource| resource.drift.as_ref())
        .filter(|found| matches!(found.status.as_str(), "MODIFIED" | "DELETED"))
        .count();
    let status = if drifted > 0 { "DRIFTED" } else { "IN_SYNC" };
    stack.drift = Some((status.to_owned(), now));
    (status.to_owned(), drifted)
}

fn found(place: &Place, resource: &Resource, now: Timestamp) -> Found {
    let mut found = Found {
        status: "NOT_CHECKED".to_owned(),
        time: now,
        expected: None,
        actual: None,
        differences: Vec::new(),
    };
    let Some(physical) = &resource.physical else {
        return found;
    };
    if types::nature(&resource.kind) == Nature::Passive {
        return found;
    }
    if !handlers::exists(place, &resource.kind, physical) {
        "DELETED".clone_into(&mut found.status);
        return found;
    }
    let live = live(place, &resource.kind, physical);
    let (mut expected, mut actual) = (Map::new(), Map::new());
    for (name, value) in resource.properties.as_object().into_iter().flatten() {
        let dynamic = value.to_string().contains("{{resolve:");
        if NOT_COMPARED.contains(&name.as_str()) || dynamic {
            continue;
        }
        let real = live.get(name).cloned().unwrap_or_default();
        compare(&format!("/{name}"), value, &real, &mut found.differences);
        expected.insert(name.clone(), value.clone());
        actual.insert(name.clone(), real);
    }
    found.expected = Some(Value::Object(expected).to_string());
    found.actual = Some(Value::Object(actual).to_string());
    let status = if found.differences.is_empty() {
        "IN_SYNC"
    } else {
        "MODIFIED"
    };
    status.clone_into(&mut found.status);
    found
}

fn compare(path: &str, expected: &Value, actual: &Value, differences: &mut Vec<Difference>) {
    let written = |value: &Value| text(value).unwrap_or_else(|| value.to_string());
    let mut differ = |path: String, expected: &Value, actual: &Value, kind: &str| {
        differences.push(Difference {
            path,
            expected: written(expected),
            actual: written(actual),
            kind: kind.to_owned(),
        });
    };
    match (expected, actual) {
        (_, Value::Null) => differ(path.to_owned(), expected, actual, "REMOVE"),
        (Value::Array(expected), Value::Array(actual)) => {
            let texts = |list: &[Value]| -> Vec<String> { list.iter().map(written).collect() };
            let (wanted, real) = (texts(expected), texts(actual));
            for (index, value) in expected.iter().enumerate() {
                if !real.contains(&written(value)) {
                    differ(format!("{path}/{index}"), value, &Value::Null, "REMOVE");
                }
            }
            for (index, value) in actual.iter().enumerate() {
                if !wanted.contains(&written(value)) {
                    differ(format!("{path}/{index}"), &Value::Null, value, "ADD");
                }
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                let real = actual.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}/{key}"), value, &real, differences);
            }
            for (key, value) in actual {
                if !expected.contains_key(key) {
                    differences.push(Difference {
                        path: format!("{path}/{key}"),
                        expected: "null".to_owned(),
                        actual: written(value),
                        kind: "ADD".to_owned(),
                    });
                }
            }
        }
        (expected, actual) => {
            let (left, right) = (written(expected), written(actual));
            let name = NAMES.iter().any(|name| path.ends_with(name));
            let prefix = path == "/EngineVersion" && right.starts_with(&format!("{left}."));
            // `4` and `4.0` are one number.
            let number = matches!((left.parse::<f64>(), right.parse::<f64>()), (Ok(left), Ok(right)) if left == right);
            let alike = left == right || number || (name && left.eq_ignore_ascii_case(&right));
            if !alike && !prefix {
                differ(path.to_owned(), expected, actual, "NOT_EQUAL");
            }
        }
    }
}

/// The properties that reading a resource gives.
fn live(place: &Place, kind: &str, physical: &str) -> Map<String, Value> {
    let name = stored(physical);
    let value = match types::nature(kind) {
        Nature::Cluster => cluster(place, &name),
        Nature::Instance => instance(place, &name),
        Nature::ClusterGroup => group(place, Kind::Cluster, &name),
        Nature::InstanceGroup => group(place, Kind::Instance, &name),
        Nature::SubnetGroup => place.subnet_groups.get(&name).map(|group| {
            json!({
                "DBSubnetGroupName": group.name,
                "DBSubnetGroupDescription": group.description,
                "SubnetIds": group.subnets,
            })
        }),
        Nature::Passive => None,
    };
    match value {
        Some(Value::Object(mut object)) => {
            object.retain(|_, value| !value.is_null());
            object
        }
        _ => Map::new(),
    }
}

fn cluster(place: &Place, name: &str) -> Option<Value> {
    let cluster = place.clusters.get(name)?;
    let insights = &cluster.insights;
    let scaling = cluster.scaling.as_ref().map(|scaling| {
        let mut bounds = BTreeMap::from([
            ("MinCapacity", json!(scaling.least)),
            ("MaxCapacity", json!(scaling.most)),
        ]);
        if let Some(seconds) = scaling.seconds_until_auto_pause {
            bounds.insert("SecondsUntilAutoPause", json!(seconds));
        }
        json!(bounds)
    });
    Some(json!({
        "AutoMinorVersionUpgrade": cluster.auto_minor_version_upgrade,
        "AvailabilityZones": cluster.availability_zones,
        "BackupRetentionPeriod": cluster.backup_retention_days,
        "CopyTagsToSnapshot": cluster.copy_tags_to_snapshot,
        "DBClusterIdentifier": cluster.identifier,
        "DBClusterParameterGroupName": cluster.parameter_group,
        "DBSubnetGroupName": cluster.subnet_group,
        "DatabaseInsightsMode": insights.mode,
        "DatabaseName": cluster.database_name,
        "DeletionProtection": cluster.deletion_protection,
        "EnableCloudwatchLogsExports": cluster.log_exports,
        "EnableHttpEndpoint": cluster.http_endpoint,
        "EnableIAMDatabaseAuthentication": cluster.iam_authentication,
        "Engine": crate::sim::clusters::ENGINE,
        "EngineVersion": cluster.engine_version,
        "MasterUsername": cluster.master_username,
        "MonitoringInterval": cluster.monitoring_interval_seconds,
        "MonitoringRoleArn": cluster.monitoring_role,
        "PerformanceInsightsEnabled": insights.performance_insights,
        "PerformanceInsightsRetentionPeriod": insights.performance_insights.then_some(insights.retention_days),
        "Port": cluster.port,
        "PreferredBackupWindow": cluster.backup_window,
        "PreferredMaintenanceWindow": cluster.maintenance_window,
        "ServerlessV2ScalingConfiguration": scaling,
        "StorageEncrypted": cluster.storage_encrypted,
        "StorageType": cluster.storage_type.as_deref().unwrap_or("aurora"),
        "VpcSecurityGroupIds": cluster.security_groups,
    }))
}

fn instance(place: &Place, name: &str) -> Option<Value> {
    let instance = place.instances.get(name)?;
    let subnet_group = place
        .clusters
        .get(&instance.cluster)
        .map(|cluster| cluster.subnet_group.clone());
    let insights = &instance.insights;
    Some(json!({
        "AutoMinorVersionUpgrade": instance.auto_minor_version_upgrade,
        "AvailabilityZone": instance.availability_zone,
        "CACertificateIdentifier": instance.ca_certificate,
        "CopyTagsToSnapshot": instance.copy_tags_to_snapshot,
        "DBClusterIdentifier": instance.cluster,
        "DBInstanceClass": instance.class,
        "DBInstanceIdentifier": instance.identifier,
        "DBParameterGroupName": instance.parameter_group,
        "DBSubnetGroupName": subnet_group,
        "DatabaseInsightsMode": insights.mode,
        "EnablePerformanceInsights": insights.performance_insights,
        "Engine": crate::sim::clusters::ENGINE,
        "MonitoringInterval": instance.monitoring_interval_seconds,
        "MonitoringRoleArn": instance.monitoring_role,
        "PerformanceInsightsRetentionPeriod": insights.performance_insights.then_some(insights.retention_days),
        "PreferredMaintenanceWindow": instance.maintenance_window,
        "PromotionTier": instance.promotion_tier,
        "PubliclyAccessible": instance.publicly_accessible,
    }))
}

fn group(place: &Place, kind: Kind, name: &str) -> Option<Value> {
    let group = place.groups(kind).get(name)?;
    let values: BTreeMap<&String, &String> = group
        .values
        .iter()
        .map(|(name, value)| (name, &value.value))
        .collect();
    Some(json!({
        kind.name_parameter(): group.name,
        "Description": group.description,
        "Family": group.family,
        "Parameters": values,
    }))
}
