//! The request of an action as data, for the journal: operation and parameters as the RDS API Reference names them.
//!
//! `send` sends exactly this; the two stand side by side.

use super::snapshot::{restored_tags, snapshot_id, snapshot_tags};
use crate::journal::Call;
use crate::names::RunId;
use crate::observed::{EXPIRY_TAG, OWNER_TAG};
use crate::plan::Plan;
use crate::plan::action::{
    ApplyMethod, ClusterRecipe, Kind, MemberRecipe, ParameterSetting, SnapshotPolicy,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How long a snapshot is kept that no SQL witness released, in hours.
const UNPROVEN_HOURS: u32 = 24;

/// When the run's snapshot may be deleted; `None` when it is deleted at once.
pub(super) fn expiry(policy: SnapshotPolicy, proven: bool, now: Timestamp) -> Option<Timestamp> {
    let hours = match policy {
        SnapshotPolicy::UntilVerified if proven => return None,
        SnapshotPolicy::UntilVerified | SnapshotPolicy::Never => UNPROVEN_HOURS,
        SnapshotPolicy::Hours(hours) => hours,
    };
    // Whole seconds: the tag is read by people.
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Some(
        now.checked_add(SignedDuration::from_hours(i64::from(hours)))
            .unwrap_or(Timestamp::MAX),
    )
}

/// The description of a parameter group that is created.
pub(super) fn description(plan: &Plan) -> String {
    format!(
        "Cluster parameters of {}, managed by auroractl",
        plan.target.cluster
    )
}

/// The tags that mark something as ours.
pub(super) fn owner_tags(plan: &Plan) -> BTreeMap<String, String> {
    BTreeMap::from([(OWNER_TAG.to_owned(), plan.partition.to_string())])
}

/// The tag that says when a snapshot may be deleted.
pub(super) fn expiry_tags(expires: Timestamp) -> BTreeMap<String, String> {
    BTreeMap::from([(EXPIRY_TAG.to_owned(), expires.to_string())])
}

/// The request of an action; `None` when it only reads. `snapshot_arn` is that of the run's snapshot, where it was
/// read; `now` is AWS's clock.
pub(super) fn call(
    plan: &Plan,
    run: &RunId,
    kind: &Kind,
    snapshot_arn: Option<&str>,
    now: Timestamp,
) -> Option<Call> {
    let cluster = ("DBClusterIdentifier", json!(plan.target.cluster));
    let group_name = |group| ("DBClusterParameterGroupName", json!(group));
    let (operation, parameters) = match kind {
        Kind::CreateSnapshot => (
            "CreateDBClusterSnapshot",
            vec![
                cluster,
                ("DBClusterSnapshotIdentifier", json!(snapshot_id(run))),
                ("Tags", tags(&snapshot_tags(run, &plan.partition))),
            ],
        ),
        Kind::CreateParameterGroup { group, family } => (
            "CreateDBClusterParameterGroup",
            vec![
                group_name(group),
                ("DBParameterGroupFamily", json!(family)),
                ("Description", json!(description(plan))),
                ("Tags", tags(&owner_tags(plan))),
            ],
        ),
        Kind::AdoptParameterGroup { arn, .. } => (
            "AddTagsToResource",
            vec![
                ("ResourceName", json!(arn)),
                ("Tags", tags(&owner_tags(plan))),
            ],
        ),
        Kind::ModifyParameters { group, parameters } => (
            "ModifyDBClusterParameterGroup",
            vec![group_name(group), ("Parameters", settings(parameters))],
        ),
        Kind::ResetParameters { group, parameters } => (
            "ResetDBClusterParameterGroup",
            vec![group_name(group), ("Parameters", settings(parameters))],
        ),
        Kind::AttachParameterGroup {
            group,
            apply_immediately,
            ..
        } => (
            "ModifyDBCluster",
            vec![
                cluster,
                group_name(group),
                ("ApplyImmediately", json!(apply_immediately)),
            ],
        ),
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => {
            let mut parameters = vec![cluster, ("ApplyImmediately", json!(true))];
            if let Some(mode) = mode {
                parameters.push(("DatabaseInsightsMode", json!(mode)));
            }
            if let Some(enable) = enable_performance_insights {
                parameters.push(("EnablePerformanceInsights", json!(enable)));
            }
            if let Some(days) = retention_days {
                parameters.push(("PerformanceInsightsRetentionPeriod", json!(days)));
            }
            ("ModifyDBCluster", parameters)
        }
        Kind::QueueClassChange {
            instance, class, ..
        } => (
            "ModifyDBInstance",
            vec![
                ("DBInstanceIdentifier", json!(instance)),
                ("DBInstanceClass", json!(class)),
                ("ApplyImmediately", json!(false)),
            ],
        ),
        Kind::Flush { instance, .. } => (
            "ModifyDBInstance",
            vec![
                ("DBInstanceIdentifier", json!(instance)),
                ("ApplyImmediately", json!(true)),
            ],
        ),
        Kind::ChangeClass {
            instance, class, ..
        } => (
            "ModifyDBInstance",
            vec![
                ("DBInstanceIdentifier", json!(instance)),
                ("DBInstanceClass", json!(class)),
                ("ApplyImmediately", json!(true)),
            ],
        ),
        Kind::ClearQueue {
            instance, class, ..
        } => (
            "ModifyDBInstance",
            vec![
                ("DBInstanceIdentifier", json!(instance)),
                ("DBInstanceClass", json!(class)),
                ("ApplyImmediately", json!(true)),
            ],
        ),
        Kind::Reboot { instance, .. } => (
            "RebootDBInstance",
            vec![("DBInstanceIdentifier", json!(instance))],
        ),
        Kind::Failover { to, .. } => (
            "FailoverDBCluster",
            vec![cluster, ("TargetDBInstanceIdentifier", json!(to))],
        ),
        Kind::ReleaseSnapshot { policy, proven } => match expiry(*policy, *proven, now) {
            Some(expires) => (
                "AddTagsToResource",
                vec![
                    ("ResourceName", json!(snapshot_arn)),
                    ("Tags", tags(&expiry_tags(expires))),
                ],
            ),
            None => (
                "DeleteDBClusterSnapshot",
                vec![("DBClusterSnapshotIdentifier", json!(snapshot_id(run)))],
            ),
        },
        Kind::DeleteExpiredSnapshot { snapshot } => (
            "DeleteDBClusterSnapshot",
            vec![("DBClusterSnapshotIdentifier", json!(snapshot))],
        ),
        Kind::RestoreCluster(recipe) => (
            "RestoreDBClusterFromSnapshot",
            cluster_parameters(recipe, &restored_tags(run, &recipe.tags)),
        ),
        Kind::CreateMember(recipe) => (
            "CreateDBInstance",
            member_parameters(recipe, &restored_tags(run, &recipe.tags)),
        ),
        // Its environment stays out: values may be secrets, and their names stand in the plan.
        Kind::Command { runs, .. } => ("Command", vec![("command", json!(runs.command))]),
        Kind::CheckParameterGroup { .. }
        | Kind::Settle { .. }
        | Kind::Verify(_)
        | Kind::VerifyRestored(_)
        | Kind::Gate { .. } => return None,
    };
    Some(Call {
        operation: operation.to_owned(),
        parameters: parameters
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    })
}

fn cluster_parameters(
    recipe: &ClusterRecipe,
    all_tags: &BTreeMap<String, String>,
) -> Vec<(&'static str, Value)> {
    let mut parameters = vec![
        ("DBClusterIdentifier", json!(recipe.cluster)),
        ("SnapshotIdentifier", json!(recipe.snapshot)),
        ("Engine", json!(recipe.engine)),
        ("EngineVersion", json!(recipe.engine_version)),
        ("DBClusterParameterGroupName", json!(recipe.group)),
        ("Tags", tags(all_tags)),
    ];
    let optional = [
        (
            "DBSubnetGroupName",
            recipe.subnet_group.as_ref().map(|value| json!(value)),
        ),
        ("Port", recipe.port.map(|value| json!(value))),
        (
            "EnableIAMDatabaseAuthentication",
            recipe.iam_authentication.map(|value| json!(value)),
        ),
        (
            "DeletionProtection",
            recipe.deletion_protection.map(|value| json!(value)),
        ),
        (
            "CopyTagsToSnapshot",
            recipe.copy_tags_to_snapshot.map(|value| json!(value)),
        ),
        (
            "StorageType",
            recipe.storage_type.as_ref().map(|value| json!(value)),
        ),
        (
            "VpcSecurityGroupIds",
            (!recipe.security_groups.is_empty()).then(|| json!(recipe.security_groups)),
        ),
        (
            "EnableCloudwatchLogsExports",
            (!recipe.log_exports.is_empty()).then(|| json!(recipe.log_exports)),
        ),
        (
            "ServerlessV2ScalingConfiguration",
            recipe
                .serverless_capacity
                .map(|(least, most)| json!({"MinCapacity": least, "MaxCapacity": most})),
        ),
    ];
    parameters.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    parameters
}

fn member_parameters(
    recipe: &MemberRecipe,
    all_tags: &BTreeMap<String, String>,
) -> Vec<(&'static str, Value)> {
    let mut parameters = vec![
        ("DBInstanceIdentifier", json!(recipe.instance)),
        ("DBClusterIdentifier", json!(recipe.cluster)),
        ("Engine", json!(recipe.engine)),
        ("DBInstanceClass", json!(recipe.class)),
        ("PromotionTier", json!(recipe.promotion_tier)),
        (
            "AutoMinorVersionUpgrade",
            json!(recipe.auto_minor_version_upgrade),
        ),
        ("Tags", tags(all_tags)),
    ];
    let optional = [
        (
            "AvailabilityZone",
            recipe.availability_zone.as_ref().map(|value| json!(value)),
        ),
        (
            "DBParameterGroupName",
            recipe.parameter_group.as_ref().map(|value| json!(value)),
        ),
        (
            "PreferredMaintenanceWindow",
            recipe.maintenance_window.as_ref().map(|value| json!(value)),
        ),
        (
            "PubliclyAccessible",
            recipe.publicly_accessible.map(|value| json!(value)),
        ),
        (
            "CACertificateIdentifier",
            recipe.ca_certificate.as_ref().map(|value| json!(value)),
        ),
    ];
    parameters.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    parameters
}

fn tags(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn settings(parameters: &[ParameterSetting]) -> Value {
    parameters
        .iter()
        .map(|setting| {
            let method = match setting.apply_method {
                ApplyMethod::Immediate => "immediate",
                ApplyMethod::PendingReboot => "pending-reboot",
            };
            match &setting.value {
                Some(value) => json!({
                    "ParameterName": setting.name, "ParameterValue": value, "ApplyMethod": method,
                }),
                None => json!({"ParameterName": setting.name, "ApplyMethod": method}),
            }
        })
        .collect()
}
