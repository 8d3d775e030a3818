//! ModifyDBInstance for members of a cluster. Source: RDS API Reference, ModifyDBInstance, and the settings table of the Aurora
//! User Guide; flushing and its limits as observed on Aurora PostgreSQL 16.6, us-east-1.

use super::{Failure, InFlight, Instance, Pending, describe, pending};
use crate::sim::call::{Call, Operation};
use crate::sim::classes;
use crate::sim::clusters::{Cluster, ENGINE, modify as cluster_modify};
use crate::sim::error::Error;
use crate::sim::faults::{Aim, Kind as FaultKind};
use crate::sim::groups::{Kind as GroupKind, instance_groups};
use crate::sim::identifiers::{Kind, checked, stored};
use crate::sim::query::Parameters;
use crate::sim::schedule::{Object, Step};
use crate::sim::windows;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "ModifyDBInstance",
    &[
        "DBInstanceIdentifier",
        "ApplyImmediately",
        "DBInstanceClass",
        "NewDBInstanceIdentifier",
        "CACertificateIdentifier",
        "DBParameterGroupName",
        "PromotionTier",
        "CopyTagsToSnapshot",
        "AutoMinorVersionUpgrade",
        "PubliclyAccessible",
        "PreferredMaintenanceWindow",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "DatabaseInsightsMode",
        "EnablePerformanceInsights",
        "PerformanceInsightsRetentionPeriod",
        // These belong to the cluster; they are read only to be refused.
        "VpcSecurityGroupIds",
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "EngineVersion",
        "MasterUserPassword",
        "DBPortNumber",
        "DeletionProtection",
        "AllocatedStorage",
    ],
    modify,
)];

fn modify(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let instance = call
        .place
        .instance(parameters.required("DBInstanceIdentifier")?)?;
    let identifier = instance.identifier.clone();
    let before = instance.clone();
    refuse_cluster_settings(parameters)?;
    let immediately = parameters.boolean("ApplyImmediately")?.unwrap_or(false);
    let after = changed(call, &before, immediately)?;
    if cluster_blocks(call.place.cluster(&before.cluster)?) {
        return Err(Error::instance_state(format!(
            "Database instance {identifier} cannot be modified while its cluster has an operation in progress."
        )));
    }
    if !before.idle() {
        // Asking again for what has been accepted already changes nothing; anything else has to wait.
        let accepted = before
            .in_flight
            .as_ref()
            .is_some_and(|flight| flight.applying == after.pending);
        if before.status == "available" && accepted && after == before {
            return describe::answer(call, &identifier);
        }
        before.require_idle()?;
    }

    let monitoring = (before.monitoring_interval_seconds, &before.insights)
        != (after.monitoring_interval_seconds, &after.insights);
    let group_changed = before.parameter_group != after.parameter_group;
    let flushes = immediately && !after.pending.is_empty();
    let fails = if flushes && after.pending.class.is_some() {
        refuse_for_capacity(call, &before.cluster, &identifier)?;
        failure(call, &before.cluster, &identifier)
    } else {
        None
    };
    call.effects.extend(effects(&before, &after, flushes));
    call.place
        .instances
        .insert(identifier.clone(), after.clone());
    if group_changed {
        instance_groups::attached(call, &identifier);
    }
    if flushes {
        pending::begin(call.place, call.rules, call.now, &identifier, fails);
    } else {
        if monitoring {
            begin_monitoring(call, &identifier);
        }
        pending::await_window(call.place, call.now, &identifier);
    }
    describe::answer(call, &identifier)
}

/// Refuses a new class or a new instance while a fault says that its Availability Zone has none left.
pub(crate) fn refuse_for_capacity(
    call: &mut Call<'_>,
    cluster: &str,
    identifier: &str,
) -> Result<(), Error> {
    let aim = Aim {
        cluster,
        instance: Some(identifier),
    };
    match call.strike(FaultKind::NoCapacity, aim) {
        None => Ok(()),
        Some(_) => Err(Error::new(
            "InsufficientDBInstanceCapacity",
            400,
            "The specified DB instance class isn't available in the specified Availability Zone.",
        )),
    }
}

/// How an accepted class change will fail, if a fault wants it to.
fn failure(call: &mut Call<'_>, cluster: &str, identifier: &str) -> Option<Failure> {
    let aim = Aim {
        cluster,
        instance: Some(identifier),
    };
    let strike = call.strike(FaultKind::ClassChangeFails, aim)?;
    let status = strike.declaration.status;
    Some(Failure {
        fault: strike.id,
        status: status.unwrap_or_else(|| "available".to_owned()),
    })
}

/// The instance as the request wants it: at once what takes effect at once, in the queue what does not.
fn changed(call: &Call<'_>, before: &Instance, immediately: bool) -> Result<Instance, Error> {
    let parameters = call.parameters;
    let mut after = before.clone();
    if let Some(class) = parameters.text("DBInstanceClass") {
        check_class(
            class,
            &before.engine_version,
            call.place.cluster(&before.cluster)?,
        )?;
        queue(
            &mut after.pending.class,
            class.to_owned(),
            &before.class,
            immediately,
        );
    }
    if let Some(name) = parameters.text("NewDBInstanceIdentifier") {
        let name = checked("NewDBInstanceIdentifier", name, Kind::Identifier)?;
        if name != before.identifier && call.place.instances.contains_key(&name) {
            return Err(Error::new(
                "DBInstanceAlreadyExists",
                400,
                format!("DB instance already exists: {name}"),
            ));
        }
        queue(
            &mut after.pending.identifier,
            name,
            &before.identifier,
            immediately,
        );
    }
    if let Some(certificate) = parameters.text("CACertificateIdentifier") {
        if !["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"].contains(&certificate) {
            return Err(Error::new(
                "CertificateNotFound",
                404,
                format!("Certificate not found: {certificate}"),
            ));
        }
        queue(
            &mut after.pending.ca_certificate,
            certificate.to_owned(),
            &before.ca_certificate,
            immediately,
        );
    }
    if let Some(name) = parameters.text("DBParameterGroupName") {
        let name = stored(name);
        let group = call
            .place
            .group(GroupKind::Instance, &name)
            .ok_or_else(|| Error::instance_group_not_found(&name))?;
        let needed = crate::sim::clusters::family_of(&before.engine_version);
        if group.family != needed {
            return Err(Error::invalid_combination(format!(
                "The parameter group {name} with DBParameterGroupFamily {} can't be used for this instance. Use a parameter group \
                 with DBParameterGroupFamily {needed}.",
                group.family
            )));
        }
        after.parameter_group = name;
    }
    if let Some(tier) = parameters.integer("PromotionTier")? {
        after.promotion_tier = check_tier(tier)?;
    }
    after.copy_tags_to_snapshot = parameters
        .boolean("CopyTagsToSnapshot")?
        .unwrap_or(before.copy_tags_to_snapshot);
    after.auto_minor_version_upgrade = parameters
        .boolean("AutoMinorVersionUpgrade")?
        .unwrap_or(before.auto_minor_version_upgrade);
    after.publicly_accessible = parameters
        .boolean("PubliclyAccessible")?
        .unwrap_or(before.publicly_accessible);
    if let Some(window) = parameters.text("PreferredMaintenanceWindow") {
        after.maintenance_window = windows::maintenance(window)?;
    }
    after.monitoring_interval_seconds =
        cluster_modify::monitoring(parameters)?.unwrap_or(before.monitoring_interval_seconds);
    after.monitoring_role = parameters
        .text("MonitoringRoleArn")
        .map(str::to_owned)
        .or_else(|| before.monitoring_role.clone());
    after.insights = before.insights.after(parameters, "instance")?;
    Ok(after)
}

/// Another value is queued; the current value, sent with ApplyImmediately, takes the pending entry back.
fn queue(entry: &mut Option<String>, wanted: String, current: &str, immediately: bool) {
    if wanted != current {
        *entry = Some(wanted);
    } else if immediately {
        *entry = None;
    }
}

fn refuse_cluster_settings(parameters: &Parameters) -> Result<(), Error> {
    let of_cluster = [
        ("VpcSecurityGroupIds", "vpc security group"),
        ("BackupRetentionPeriod", "backup retention period"),
        ("PreferredBackupWindow", "backup window"),
        ("EngineVersion", "engine version"),
        ("MasterUserPassword", "master user password"),
        ("DBPortNumber", "port"),
        ("DeletionProtection", "deletion protection"),
        ("AllocatedStorage", "storage"),
    ];
    let given = parameters.names();
    match of_cluster.iter().find(|(name, _)| given.contains(name)) {
        None => Ok(()),
        Some((_, what)) => Err(Error::invalid_combination(format!(
            "The specified DB Instance is a member of a cluster. Modify {what} for the DB Cluster using the ModifyDbCluster API"
        ))),
    }
}

/// Whether the cluster is in an operation during which its members can be neither modified nor rebooted.
pub(crate) fn cluster_blocks(cluster: &Cluster) -> bool {
    let blocking = [
        "failing-over",
        "upgrading",
        "deleting",
        "renaming",
        "modifying",
        "stopping",
        "stopped",
        "starting",
    ];
    let in_flight = cluster.in_flight.as_deref().unwrap_or_default();
    blocking.contains(&cluster.status.as_str()) || blocking.contains(&in_flight)
}

/// A class that exists and is offered for this engine version.
pub(crate) fn check_class(
    class: &str,
    engine_version: &str,
    cluster: &Cluster,
) -> Result<(), Error> {
    if classes::class(class).is_none() {
        return Err(Error::invalid_value(format!(
            "Invalid DB Instance class: {class}"
        )));
    }
    if !classes::orderable(engine_version)
        .into_iter()
        .any(|known| known.name == class)
    {
        return Err(Error::invalid_combination(format!(
            "RDS does not support creating a DB instance with the following combination: DBInstanceClass={class}, Engine={ENGINE}, \
             EngineVersion={engine_version}, LicenseModel=postgresql-license. For supported combinations of instance class and \
             database engine version, see the documentation."
        )));
    }
    if class == "db.serverless" && cluster.scaling.is_none() {
        return Err(Error::invalid_combination(
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
        ));
    }
    Ok(())
}

/// A promotion tier between 0 and 15.
pub(crate) fn check_tier(tier: i64) -> Result<i64, Error> {
    if (0..=15).contains(&tier) {
        return Ok(tier);
    }
    Err(Error::invalid_value(format!(
        "Invalid promotion tier: {tier}. Must be between 0 and 15."
    )))
}

fn begin_monitoring(call: &mut Call<'_>, identifier: &str) {
    let status = "configuring-enhanced-monitoring".to_owned();
    let Some(instance) = call.place.instances.get_mut(identifier) else {
        return;
    };
    instance.in_flight = Some(InFlight {
        status: status.clone(),
        applying: Pending::default(),
        fails: None,
    });
    let message = format!(
        "Monitoring Interval changed to {}",
        instance.monitoring_interval_seconds
    );
    call.place.instance_event(
        call.now,
        identifier,
        "0078",
        "configuration change",
        message,
    );
    let timings = &call.rules.timings;
    let object = Object::Instance(identifier.to_owned());
    let leading = call.later(
        "modify accept",
        timings.modify_accept,
        object.clone(),
        Step::StatusBegins { status },
    );
    let working = call.place.seconds(
        call.rules,
        "monitoring settle",
        identifier,
        timings.monitoring_settle,
    );
    call.place
        .later(call.now, leading + working, object, Step::Settles);
}

fn effects(before: &Instance, after: &Instance, flushes: bool) -> Vec<String> {
    let identifier = &before.identifier;
    let mut effects = Vec::new();
    let entries = [
        ("class", &before.pending.class, &after.pending.class),
        (
            "identifier",
            &before.pending.identifier,
            &after.pending.identifier,
        ),
        (
            "certificate",
            &before.pending.ca_certificate,
            &after.pending.ca_certificate,
        ),
    ];
    for (what, before, after) in entries {
        match after {
            Some(value) if before != after => {
                effects.push(format!("{what} {value} of {identifier} queued"))
            }
            None if before.is_some() => {
                effects.push(format!("queued {what} of {identifier} taken back"))
            }
            _ => {}
        }
    }
    if before.parameter_group != after.parameter_group {
        effects.push(format!(
            "parameter group {} associated with {identifier}",
            after.parameter_group
        ));
    }
    let unqueued = |instance: &Instance| Instance {
        pending: Pending::default(),
        parameter_group: String::new(),
        ..instance.clone()
    };
    if unqueued(before) != unqueued(after) {
        effects.push(format!("settings of {identifier} changed"));
    }
    if flushes {
        effects.push(format!("queued changes of {identifier} are applied"));
    }
    effects
}
