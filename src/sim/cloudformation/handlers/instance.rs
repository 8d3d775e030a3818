//! AWS::RDS::DBInstance, for members of clusters. Source: the published source of its handler.
//!
//! Its property ApplyImmediately is true where a template has none. Then the handler waits until nothing is queued, and restarts
//! the member by itself: after a change of it when its own parameter group waits for a restart, and when it is visited because
//! its cluster has changed, also when the cluster's group does. Observed: each member of three clusters was restarted so after a
//! group had been attached, the writer first, because its reader depends on it in the template. With false nothing restarts, and
//! the resource is complete after half a minute with its class still in the queue.

use super::request::{Form, made, retag, send, wanted_tags};
use super::{Job, Memo, Stage, Turn, Verb, told};
use crate::sim::error::Error;
use crate::sim::instances::{Instance, out_of_service};
use crate::sim::machine::Moment;

/// Sent with an update where they are wanted otherwise than before.
const IF_DIFFERENT: [&str; 13] = [
    "AutoMinorVersionUpgrade",
    "CACertificateIdentifier",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DBParameterGroupName",
    "DatabaseInsightsMode",
    "EnablePerformanceInsights",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "PerformanceInsightsRetentionPeriod",
    "PreferredMaintenanceWindow",
    "PromotionTier",
    "PubliclyAccessible",
];

/// Sent with a creation besides those above.
const AT_CREATION: [&str; 4] = [
    "AvailabilityZone",
    "DBClusterIdentifier",
    "DBSubnetGroupName",
    "Engine",
];

pub(super) fn turn(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    memo: &mut Memo,
    physical: &str,
) -> Result<Turn, Error> {
    match (job.verb, memo.stage) {
        (Verb::Create, Stage::Call) => {
            let mut form = Form::of("DBInstanceIdentifier", physical);
            form.hand_on_all(job, moment, &IF_DIFFERENT);
            form.hand_on_all(job, moment, &AT_CREATION);
            form.tags(&wanted_tags(&job.tags, job.desired));
            send(moment, "CreateDBInstance", form)?;
            made(moment, job, memo, physical);
            memo.stage = Stage::InSync;
            Ok(Turn::Probe)
        }
        (Verb::Update, Stage::Call) => {
            let mut form = Form::of("DBInstanceIdentifier", physical);
            form.set("ApplyImmediately", immediately(job));
            for name in IF_DIFFERENT.into_iter().filter(|name| job.differs(name)) {
                form.hand_on(job, moment, name, name);
            }
            // What has changed may be tags alone.
            if !form.is_only(&["DBInstanceIdentifier", "ApplyImmediately"])
                || job.differs("ApplyImmediately")
            {
                send(moment, "ModifyDBInstance", form)?;
            }
            memo.stage = Stage::Settle;
            Ok(Turn::Probe)
        }
        (Verb::Touch, Stage::Call) => {
            // It exists, or there is nothing to look at.
            moment.place.instance(physical)?;
            memo.stage = if immediately(job) {
                Stage::Restart
            } else {
                Stage::Settle
            };
            Ok(Turn::Probe)
        }
        (Verb::Delete { .. }, Stage::Call) => {
            let mut form = Form::of("DBInstanceIdentifier", physical);
            form.set("SkipFinalSnapshot", true);
            match send(moment, "DeleteDBInstance", form) {
                Err(error) if error.code == "DBInstanceNotFound" => return Ok(Turn::Done),
                result => result?,
            }
            memo.stage = Stage::Settle;
            Ok(Turn::Probe)
        }
        (Verb::Delete { .. }, _) => Ok(if moment.place.instances.contains_key(physical) {
            Turn::Probe
        } else {
            Turn::Done
        }),
        (_, Stage::Restart) => restart(moment, job, memo, physical),
        (_, Stage::InSync) => {
            let instance = moment.place.instance(physical)?;
            let synchronised = in_sync(instance);
            Ok(match look(moment, job, physical)? {
                Look::Failed(reason) => Turn::Failed(reason),
                Look::Settled if synchronised => finish(moment, job, physical)?,
                _ => Turn::Probe,
            })
        }
        _ => match look(moment, job, physical)? {
            Look::Failed(reason) => Ok(Turn::Failed(reason)),
            Look::Busy => Ok(Turn::Probe),
            Look::Settled if job.verb == Verb::Update && immediately(job) => {
                memo.stage = Stage::Restart;
                restart(moment, job, memo, physical)
            }
            Look::Settled => finish(moment, job, physical),
        },
    }
}

/// True where a template says nothing.
fn immediately(job: &Job<'_>) -> bool {
    job.text("ApplyImmediately").as_deref() != Some("false")
}

enum Look {
    Settled,
    Busy,
    Failed(String),
}

/// Whether the member shows `available`, and nothing queued where the change was to be made at once.
fn look(moment: &mut Moment<'_>, job: &Job<'_>, physical: &str) -> Result<Look, Error> {
    let instance = moment.place.instance(physical)?;
    if out_of_service(&instance.status) {
        let message = format!("DB Instance {physical} is in {} state", instance.status);
        return Ok(Look::Failed(told(moment, job, &message, "NotStabilized")));
    }
    let queued = immediately(job) && !instance.pending.is_empty();
    let associating = instance.parameter_group_status == "applying";
    Ok(
        if instance.status == "available" && !queued && !associating {
            Look::Settled
        } else {
            Look::Busy
        },
    )
}

fn in_sync(instance: &Instance) -> bool {
    instance.parameter_group_status == "in-sync" && instance.cluster_group_status() == "in-sync"
}

/// Restarts the member if one of its groups waits for it.
fn restart(
    moment: &mut Moment<'_>,
    job: &Job<'_>,
    memo: &mut Memo,
    physical: &str,
) -> Result<Turn, Error> {
    let instance = moment.place.instance(physical)?;
    let own = instance.parameter_group_status == "pending-reboot";
    let cluster_group = instance.cluster_group_status();
    // After a change of the member itself only its own group counts; when it is visited, the cluster's does too.
    let visited = job.verb == Verb::Touch;
    if visited && cluster_group == "applying" {
        return Ok(Turn::Probe);
    }
    let waits = own || visited && cluster_group == "pending-reboot";
    if !waits {
        return match look(moment, job, physical)? {
            Look::Settled => finish(moment, job, physical),
            Look::Busy => Ok(Turn::Probe),
            Look::Failed(reason) => Ok(Turn::Failed(reason)),
        };
    }
    let form = Form::of("DBInstanceIdentifier", physical);
    send(moment, "RebootDBInstance", form)?;
    memo.stage = if visited {
        Stage::InSync
    } else {
        Stage::Settle
    };
    Ok(Turn::Probe)
}

fn finish(moment: &mut Moment<'_>, job: &Job<'_>, physical: &str) -> Result<Turn, Error> {
    if job.verb == Verb::Update {
        let arn = moment.place.arn("db", physical);
        retag(moment, job, &arn, physical)?;
    }
    Ok(Turn::Done)
}
