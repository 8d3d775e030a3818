//! AWS::RDS::DBCluster. Source: the published source of its handler.
//!
//! An update is always sent with ApplyImmediately: the type has no such property. Most settings are sent again whatever has
//! changed, so a template that carries a setting which the live cluster refuses cannot be updated, nor rolled back: the rollback
//! sends the former template's settings, and meets the same refusal (observed with a retention of 7 days on a cluster in
//! `advanced` mode).

use serde_json::Value;

use super::request::{Form, made, retag, send, wanted_tags};
use super::{Job, Memo, Stage, Turn, Verb, told};
use crate::sim::cloudformation::template::evaluate::text;
use crate::sim::error::Error;
use crate::sim::events::Source;
use crate::sim::machine::Moment;

/// The cluster must be found settled so often in a row.
const GOOD_LOOKS: u32 = 3;

/// Sent with every update: property and parameter.
const ALWAYS: [(&str, &str); 10] = [
    ("DBClusterParameterGroupName", "DBClusterParameterGroupName"),
    ("DatabaseInsightsMode", "DatabaseInsightsMode"),
    ("PerformanceInsightsEnabled", "EnablePerformanceInsights"),
    (
        "PerformanceInsightsRetentionPeriod",
        "PerformanceInsightsRetentionPeriod",
    ),
    ("MonitoringInterval", "MonitoringInterval"),
    ("MonitoringRoleArn", "MonitoringRoleArn"),
    ("BackupRetentionPeriod", "BackupRetentionPeriod"),
    ("CopyTagsToSnapshot", "CopyTagsToSnapshot"),
    ("DeletionProtection", "DeletionProtection"),
    ("StorageType", "StorageType"),
];

/// Sent with an update only where they are wanted otherwise than before.
const IF_DIFFERENT: [&str; 10] = [
    "AutoMinorVersionUpgrade",
    "DBInstanceParameterGroupName",
    "EnableHttpEndpoint",
    "EnableIAMDatabaseAuthentication",
    "MasterUserPassword",
    "Port",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "ServerlessV2ScalingConfiguration",
    "VpcSecurityGroupIds",
];

/// Sent with a creation besides those above, under their own names.
const AT_CREATION: [&str; 10] = [
    "AvailabilityZones",
    "DBSubnetGroupName",
    "DatabaseName",
    "EnableCloudwatchLogsExports",
    "Engine",
    "EngineMode",
    "EngineVersion",
    "MasterUsername",
    "MasterUserPassword",
    "StorageEncrypted",
];

pub(super) fn turn(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    memo: &mut Memo,
    physical: &str,
) -> Result<Turn, Error> {
    match (job.verb, memo.stage) {
        (Verb::Create, Stage::Call) => {
            let mut form = Form::of("DBClusterIdentifier", physical);
            form.hand_on_all(job, moment, &AT_CREATION);
            for name in IF_DIFFERENT {
                // Of an update only.
                if name != "DBInstanceParameterGroupName" {
                    form.hand_on(job, moment, name, name);
                }
            }
            for (property, name) in ALWAYS {
                form.hand_on(job, moment, property, name);
            }
            form.tags(&wanted_tags(&job.tags, job.desired));
            send(moment, "CreateDBCluster", form)?;
            made(moment, job, memo, physical);
            memo.stage = Stage::Settle;
            Ok(Turn::Probe)
        }
        (Verb::Update | Verb::Touch, Stage::Call) => {
            let form = update(moment, job, physical);
            send(moment, "ModifyDBCluster", form)?;
            memo.stage = Stage::Settle;
            Ok(Turn::Probe)
        }
        (Verb::Delete { snapshot }, Stage::Call) => {
            let mut form = Form::of("DBClusterIdentifier", physical);
            form.set("SkipFinalSnapshot", !snapshot);
            if snapshot {
                form.set(
                    "FinalDBSnapshotIdentifier",
                    snapshot_name(job, moment, physical),
                );
            }
            match send(moment, "DeleteDBCluster", form) {
                Err(error) if error.code == "DBClusterNotFoundFault" => return Ok(Turn::Done),
                result => result?,
            }
            memo.stage = Stage::Settle;
            Ok(Turn::Probe)
        }
        (Verb::Delete { .. }, _) => Ok(if moment.place.clusters.contains_key(physical) {
            Turn::Probe
        } else {
            Turn::Done
        }),
        (Verb::Create, _) => Ok(if settled(moment, physical)? {
            Turn::Done
        } else {
            Turn::Probe
        }),
        _ => {
            memo.good_looks = if settled(moment, physical)? {
                memo.good_looks + 1
            } else {
                0
            };
            if memo.good_looks < GOOD_LOOKS {
                return Ok(Turn::Probe);
            }
            if let Some(message) = failure_since(moment, memo, physical) {
                return Ok(Turn::Failed(told(
                    moment,
                    job,
                    &message,
                    "GeneralServiceException",
                )));
            }
            let arn = moment.place.arn("cluster", physical);
            retag(moment, job, &arn, physical)?;
            Ok(Turn::Done)
        }
    }
}

fn update(moment: &Moment<'_>, job: &Job<'_>, physical: &str) -> Form {
    let mut form = Form::of("DBClusterIdentifier", physical);
    form.set("ApplyImmediately", true);
    for (property, name) in ALWAYS {
        form.hand_on(job, moment, property, name);
    }
    for name in IF_DIFFERENT.into_iter().filter(|name| job.differs(name)) {
        form.hand_on(job, moment, name, name);
    }
    // An engine is never taken back.
    if job.differs("EngineVersion") && !job.undoes {
        form.hand_on(job, moment, "EngineVersion", "EngineVersion");
        form.set("AllowMajorVersionUpgrade", true);
    }
    let exports = |properties: &Value| -> Vec<String> {
        let list = properties
            .get("EnableCloudwatchLogsExports")
            .and_then(Value::as_array);
        list.into_iter().flatten().filter_map(text).collect()
    };
    let (before, after) = (exports(job.previous), exports(job.desired));
    let lists = [
        ("EnableLogTypes", &after, &before),
        ("DisableLogTypes", &before, &after),
    ];
    for (list, these, others) in lists {
        let names = these.iter().filter(|name| !others.contains(name));
        for (index, name) in names.enumerate() {
            form.set(
                &format!(
                    "CloudwatchLogsExportConfiguration.{list}.member.{}",
                    index + 1
                ),
                name,
            );
        }
    }
    form
}

/// Available, with nothing queued that an update waits for.
fn settled(moment: &Moment<'_>, physical: &str) -> Result<bool, Error> {
    let cluster = moment.place.cluster(physical)?;
    Ok(cluster.status == "available"
        && cluster.pending.engine_version.is_none()
        && cluster.pending.iam_authentication.is_none())
}

/// The events of the cluster since the handler began are looked through for failures.
fn failure_since(moment: &Moment<'_>, memo: &Memo, physical: &str) -> Option<String> {
    let since = memo.begun.unwrap_or(moment.at);
    let events = moment.place.events.iter();
    events
        .filter(|event| event.source == Source::Cluster && event.source_identifier == physical)
        .find(|event| event.date >= since && event.category == "failure")
        .map(|event| event.message.clone())
}

/// A final snapshot's name: the stack, the resource, and digits.
fn snapshot_name(job: &Job<'_>, moment: &mut Moment<'_>, physical: &str) -> String {
    let uuid = super::uuid(moment, job);
    let random: String = uuid
        .chars()
        .filter(char::is_ascii_hexdigit)
        .take(12)
        .collect();
    let kept: String = format!("{}-snapshot-{physical}", job.stack)
        .chars()
        .take(50)
        .collect();
    let kept = kept.replace("--", "-");
    format!("{}-{random}", kept.trim_end_matches('-')).to_ascii_lowercase()
}
