//! ModifyDBCluster. Source: RDS API Reference, ModifyDBCluster, and the settings table of the Aurora User Guide ("Modifying
//! an Amazon Aurora DB cluster"): what takes effect at once, what is queued unless ApplyImmediately is true.

use std::collections::BTreeSet;

use super::{Cluster, PendingCluster, Scaling, create, describe, pending, upgrade};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::after;
use crate::sim::error::Error;
use crate::sim::groups::propagation;
use crate::sim::identifiers::{Kind, checked};
use crate::sim::insights::Insights;
use crate::sim::query::Parameters;
use crate::sim::schedule::{Object, Step};
use crate::sim::windows;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "ModifyDBCluster",
    &[
        "DBClusterIdentifier",
        "NewDBClusterIdentifier",
        "ApplyImmediately",
        "DBClusterParameterGroupName",
        "DBInstanceParameterGroupName",
        "EngineVersion",
        "AllowMajorVersionUpgrade",
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "DeletionProtection",
        "MasterUserPassword",
        "Port",
        "VpcSecurityGroupIds",
        "EnableIAMDatabaseAuthentication",
        "CopyTagsToSnapshot",
        "AutoMinorVersionUpgrade",
        "EnableHttpEndpoint",
        "StorageType",
        "CloudwatchLogsExportConfiguration",
        "ServerlessV2ScalingConfiguration",
        "DatabaseInsightsMode",
        "EnablePerformanceInsights",
        "PerformanceInsightsRetentionPeriod",
        "MonitoringInterval",
        "MonitoringRoleArn",
    ],
    modify,
)];

/// Settings that create, restore and modify share, checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    backup_retention_days: i64,
    backup_window: String,
    maintenance_window: String,
    deletion_protection: bool,
    copy_tags_to_snapshot: bool,
    auto_minor_version_upgrade: bool,
    http_endpoint: bool,
    storage_type: Option<String>,
    security_groups: Vec<String>,
    scaling: Option<Scaling>,
    pub(crate) insights: Insights,
    monitoring_interval_seconds: i64,
    monitoring_role: Option<String>,
    pub(crate) port: Option<i64>,
    pub(crate) iam_authentication: Option<bool>,
}

impl Settings {
    /// The settings after a request, where `before` is what holds now.
    pub(crate) fn read(parameters: &Parameters, before: &Cluster) -> Result<Self, Error> {
        let backup_retention_days = parameters
            .integer("BackupRetentionPeriod")?
            .unwrap_or(before.backup_retention_days);
        if !(1..=35).contains(&backup_retention_days) {
            return Err(Error::invalid_value(format!(
                "Invalid backup retention period: {backup_retention_days}. Must be between 1 and 35."
            )));
        }
        let backup_window = parameters
            .text("PreferredBackupWindow")
            .map(windows::backup)
            .transpose()?;
        let maintenance_window = parameters
            .text("PreferredMaintenanceWindow")
            .map(windows::maintenance)
            .transpose()?;
        let given = backup_window.is_some() || maintenance_window.is_some();
        let backup_window = backup_window.unwrap_or_else(|| before.backup_window.clone());
        let maintenance_window =
            maintenance_window.unwrap_or_else(|| before.maintenance_window.clone());
        if given && windows::overlap(&backup_window, &maintenance_window) {
            return Err(Error::invalid_combination(
                "The backup window and maintenance window must not overlap.",
            ));
        }
        let storage_type = match parameters.text("StorageType") {
            None => before.storage_type.clone(),
            Some("aurora" | "") => None,
            Some("aurora-iopt1") => Some("aurora-iopt1".to_owned()),
            Some(other) => {
                return Err(Error::invalid_value(format!(
                    "Invalid storage type: {other}"
                )));
            }
        };
        let port = parameters.integer("Port")?;
        if port.is_some_and(|port| !(1150..=65_535).contains(&port)) {
            return Err(Error::invalid_value(
                "The port must be between 1150 and 65535.",
            ));
        }
        Ok(Self {
            backup_retention_days,
            backup_window,
            maintenance_window,
            deletion_protection: parameters
                .boolean("DeletionProtection")?
                .unwrap_or(before.deletion_protection),
            copy_tags_to_snapshot: parameters
                .boolean("CopyTagsToSnapshot")?
                .unwrap_or(before.copy_tags_to_snapshot),
            auto_minor_version_upgrade: parameters
                .boolean("AutoMinorVersionUpgrade")?
                .unwrap_or(before.auto_minor_version_upgrade),
            http_endpoint: parameters
                .boolean("EnableHttpEndpoint")?
                .unwrap_or(before.http_endpoint),
            storage_type,
            security_groups: parameters
                .list("VpcSecurityGroupIds")
                .unwrap_or_else(|| before.security_groups.clone()),
            scaling: scaling(parameters, before)?,
            insights: before.insights.after(parameters, "cluster")?,
            monitoring_interval_seconds: monitoring(parameters)?
                .unwrap_or(before.monitoring_interval_seconds),
            monitoring_role: parameters
                .text("MonitoringRoleArn")
                .map(str::to_owned)
                .or_else(|| before.monitoring_role.clone()),
            port,
            iam_authentication: parameters.boolean("EnableIAMDatabaseAuthentication")?,
        })
    }

    /// Puts what takes effect at once into the cluster.
    pub(crate) fn store(&self, cluster: &mut Cluster) {
        let settings = self.clone();
        cluster.backup_retention_days = settings.backup_retention_days;
        cluster.backup_window = settings.backup_window;
        cluster.maintenance_window = settings.maintenance_window;
        cluster.deletion_protection = settings.deletion_protection;
        cluster.copy_tags_to_snapshot = settings.copy_tags_to_snapshot;
        cluster.auto_minor_version_upgrade = settings.auto_minor_version_upgrade;
        cluster.http_endpoint = settings.http_endpoint;
        cluster.storage_type = settings.storage_type;
        cluster.security_groups = settings.security_groups;
        cluster.scaling = settings.scaling;
        cluster.insights = settings.insights;
        cluster.monitoring_interval_seconds = settings.monitoring_interval_seconds;
        cluster.monitoring_role = settings.monitoring_role;
    }
}

fn modify(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let cluster = call
        .place
        .cluster(parameters.required("DBClusterIdentifier")?)?;
    let identifier = cluster.identifier.clone();
    cluster.require_modifiable()?;
    let before = cluster.clone();
    let immediately = parameters.boolean("ApplyImmediately")?.unwrap_or(false);
    let settings = Settings::read(parameters, &before)?;
    let exports = log_exports(parameters, &before)?;
    let password = parameters.text("MasterUserPassword");
    password.map(check_password).transpose()?;
    let upgrade = upgrade::asked(call, &before)?;
    let group = match (parameters.text("DBClusterParameterGroupName"), &upgrade) {
        // With a major upgrade the group belongs to the version to come.
        (Some(name), None) => Some(create::checked_group(call, name, &before.engine_version)?),
        _ => None,
    };
    let renamed = parameters
        .text("NewDBClusterIdentifier")
        .map(|name| checked("NewDBClusterIdentifier", name, Kind::Identifier))
        .transpose()?
        .filter(|name| *name != identifier);
    if let Some(name) = renamed
        .as_ref()
        .filter(|name| call.place.clusters.contains_key(*name))
    {
        return Err(Error::new(
            "DBClusterAlreadyExistsFault",
            400,
            format!("DBCluster {name} already exists."),
        ));
    }

    let cluster = call.place.cluster_mut(&identifier)?;
    settings.store(cluster);
    cluster.log_exports = exports;
    queue(cluster, &settings, renamed, upgrade);
    if let Some(group) = group {
        attach(
            call,
            &identifier,
            &before.parameter_group,
            &group,
            immediately,
        );
    }
    scaling_changed(call, &identifier, &before);
    insights_or_monitoring_changed(call, &identifier, &before);
    if let Some(password) = password {
        let cluster = call.place.cluster_mut(&identifier)?;
        cluster.set_master_password(call.rules.seed, password);
        let status = "resetting-master-credentials";
        begin_status(
            call,
            &identifier,
            status,
            call.rules.timings.cluster_modify_accept,
            call.rules.timings.cluster_modify,
        );
        if let Some(writer) = call
            .place
            .writer_of(call.place.cluster(&identifier)?)
            .map(|writer| writer.identifier.clone())
        {
            call.place.instance_event(
                call.now,
                &writer,
                "0016",
                "configuration change",
                "Reset master credentials",
            );
        }
        call.effect(format!("master password of {identifier} reset"));
    }
    let answer = describe::answer(call, &identifier)?;
    let cluster = call.place.cluster(&identifier)?;
    let changed = *cluster != before;
    if !cluster.pending.is_empty() {
        if immediately {
            pending::begin(call.place, call.rules, call.now, &identifier);
            call.effect(format!("pending changes of {identifier} are applied"));
        } else {
            pending::await_window(call.place, call.now, &identifier);
        }
    } else if changed && call.effects.is_empty() {
        call.effect(format!("settings of {identifier} changed"));
    }
    Ok(answer)
}

/// Queues what waits for an immediate request or the maintenance window; a current value takes its entry back out.
fn queue(
    cluster: &mut Cluster,
    settings: &Settings,
    renamed: Option<String>,
    upgrade: Option<PendingCluster>,
) {
    if let Some(upgrade) = upgrade {
        let PendingCluster {
            engine_version,
            upgrade_group,
            upgrade_instance_group,
            ..
        } = upgrade;
        cluster.pending.engine_version = engine_version;
        cluster.pending.upgrade_group = upgrade_group;
        cluster.pending.upgrade_instance_group = upgrade_instance_group;
    }
    if let Some(port) = settings.port {
        cluster.pending.port = (port != cluster.port).then_some(port);
    }
    if let Some(enabled) = settings.iam_authentication {
        cluster.pending.iam_authentication =
            (enabled != cluster.iam_authentication).then_some(enabled);
    }
    if renamed.is_some() {
        cluster.pending.identifier = renamed;
    }
}

fn attach(call: &mut Call<'_>, identifier: &str, before: &str, group: &str, immediately: bool) {
    let same = before == group;
    if same && !call.rules.policies.same_group_marks_pending_reboot {
        return;
    }
    if let Ok(cluster) = call.place.cluster_mut(identifier) {
        group.clone_into(&mut cluster.parameter_group);
    }
    if let Some(former) = call.place.cluster_groups.get_mut(before).filter(|_| !same) {
        former.detached = Some(call.now);
    }
    if call.rules.policies.attach_waits_for_reboot_unless_immediate && !immediately {
        propagation::wait_for_reboot(call, identifier);
    } else {
        propagation::attached(call, identifier);
    }
    call.effect(format!("parameter group {group} attached to {identifier}"));
}

/// Changed capacity bounds change max_connections, which is static.
fn scaling_changed(call: &mut Call<'_>, identifier: &str, before: &Cluster) {
    let most = |scaling: &Option<Scaling>| scaling.as_ref().map(|scaling| scaling.most);
    let Ok(cluster) = call.place.cluster(identifier) else {
        return;
    };
    if before.scaling == cluster.scaling {
        return;
    }
    let marks = most(&before.scaling) != most(&cluster.scaling);
    for member in call.place.member_identifiers(identifier) {
        if let Some(instance) = call
            .place
            .instances
            .get_mut(&member)
            .filter(|instance| instance.class == "db.serverless")
        {
            instance.restart_pending |= marks;
        }
    }
    let seconds = call.place.seconds(
        call.rules,
        "capacity settle",
        identifier,
        call.rules.timings.capacity_settle,
    );
    if let Ok(cluster) = call.place.cluster_mut(identifier) {
        cluster.scaling_until = Some(after(call.now, seconds));
    }
    call.effect(format!("capacity bounds of {identifier} changed"));
}

/// These settings show on every member at once and keep the cluster busy for a while.
fn insights_or_monitoring_changed(call: &mut Call<'_>, identifier: &str, before: &Cluster) {
    let Ok(cluster) = call.place.cluster(identifier) else {
        return;
    };
    let after = cluster.clone();
    let monitoring = (before.monitoring_interval_seconds, &before.monitoring_role)
        != (after.monitoring_interval_seconds, &after.monitoring_role);
    if before.insights == after.insights && !monitoring {
        return;
    }
    for member in &after.members {
        let Some(instance) = call.place.instances.get_mut(member) else {
            continue;
        };
        instance.insights = after.insights.clone();
        if monitoring {
            instance.monitoring_interval_seconds = after.monitoring_interval_seconds;
            instance.monitoring_role.clone_from(&after.monitoring_role);
            let message = format!(
                "Monitoring Interval changed to {}",
                after.monitoring_interval_seconds
            );
            call.place
                .instance_event(call.now, member, "0078", "configuration change", message);
        }
    }
    let timings = &call.rules.timings;
    begin_status(
        call,
        identifier,
        "configuring-enhanced-monitoring",
        timings.insights_accept,
        timings.insights_settle,
    );
    call.effect(format!(
        "insights of {identifier}: {}, retention {} days, monitoring every {} s",
        after.insights.mode, after.insights.retention_days, after.monitoring_interval_seconds
    ));
}

/// Shows a status after its leading edge, then `available` again.
fn begin_status(
    call: &mut Call<'_>,
    identifier: &str,
    status: &str,
    accept: crate::sim::timings::Spread,
    work: crate::sim::timings::Spread,
) {
    let Ok(cluster) = call.place.cluster_mut(identifier) else {
        return;
    };
    if cluster.in_flight.is_some() {
        return;
    }
    cluster.in_flight = Some(status.to_owned());
    let object = Object::Cluster(identifier.to_owned());
    let leading = call.later(
        "cluster status begins",
        accept,
        object.clone(),
        Step::StatusBegins {
            status: status.to_owned(),
        },
    );
    let working = call
        .place
        .seconds(call.rules, "cluster status lasts", identifier, work);
    call.place
        .later(call.now, leading + working, object, Step::Settles);
}

/// 8 to 41 printable characters without `/`, `"` and `@`.
pub(crate) fn check_password(password: &str) -> Result<(), Error> {
    let length = (8..=41).contains(&password.chars().count());
    let letters = password
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '/' | '"' | '@'));
    if length && letters {
        return Ok(());
    }
    Err(Error::invalid_value(
        "The parameter MasterUserPassword is not a valid password: 8 to 41 printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
    ))
}

/// A log type that Aurora PostgreSQL exports.
pub(crate) fn checked_export(name: String) -> Result<String, Error> {
    if ["postgresql", "instance", "iam-db-auth-error"].contains(&name.as_str()) {
        return Ok(name);
    }
    Err(Error::invalid_combination(format!(
        "You cannot use the log types '{name}' with engine version aurora-postgresql."
    )))
}

fn log_exports(parameters: &Parameters, before: &Cluster) -> Result<BTreeSet<String>, Error> {
    let mut exports = before.log_exports.clone();
    let Some(configuration) = parameters.structure("CloudwatchLogsExportConfiguration") else {
        return Ok(exports);
    };
    for name in configuration.list("EnableLogTypes").unwrap_or_default() {
        exports.insert(checked_export(name)?);
    }
    for name in configuration.list("DisableLogTypes").unwrap_or_default() {
        exports.remove(&checked_export(name)?);
    }
    Ok(exports)
}

/// A monitoring interval that RDS offers.
pub(crate) fn monitoring(parameters: &Parameters) -> Result<Option<i64>, Error> {
    let interval = parameters.integer("MonitoringInterval")?;
    match interval {
        Some(seconds) if ![0, 1, 5, 10, 15, 30, 60].contains(&seconds) => {
            Err(Error::invalid_value(format!(
                "Invalid monitoring interval: {seconds}. Valid values: 0, 1, 5, 10, 15, 30, 60"
            )))
        }
        _ => Ok(interval),
    }
}

/// Serverless v2 bounds: steps of 0.5, 0 to 256, the maximum at least 1.
fn scaling(parameters: &Parameters, before: &Cluster) -> Result<Option<Scaling>, Error> {
    let Some(given) = parameters.structure("ServerlessV2ScalingConfiguration") else {
        return Ok(before.scaling.clone());
    };
    let bound = |name: &str, current: Option<f64>| -> Result<f64, Error> {
        given
            .float(name)?
            .or(current)
            .ok_or_else(|| Error::missing(&format!("ServerlessV2ScalingConfiguration.{name}")))
    };
    let least = bound(
        "MinCapacity",
        before.scaling.as_ref().map(|scaling| scaling.least),
    )?;
    let most = bound(
        "MaxCapacity",
        before.scaling.as_ref().map(|scaling| scaling.most),
    )?;
    if most < 1.0 {
        return Err(Error::invalid_value(format!(
            "Serverless v2 maximum capacity {most:?} isn't valid. The maximum capacity must be at least 1.0."
        )));
    }
    let stepped = [least, most]
        .iter()
        .all(|bound| (bound * 2.0).fract() == 0.0);
    if !stepped || least < 0.0 || most > 256.0 || least > most {
        return Err(Error::invalid_value(format!(
            "Serverless v2 capacity bounds {least:?} to {most:?} aren't valid: steps of 0.5 between 0 and 256, the minimum not above the maximum."
        )));
    }
    let pause = given.integer("SecondsUntilAutoPause")?;
    if pause.is_some() && least > 0.0 {
        return Err(Error::invalid_value(
            "SecondsUntilAutoPause can only be specified when minimum capacity is 0.",
        ));
    }
    if pause.is_some_and(|seconds| !(300..=86_400).contains(&seconds)) {
        return Err(Error::invalid_value(
            "SecondsUntilAutoPause must be between 300 and 86400.",
        ));
    }
    let seconds_until_auto_pause = (least == 0.0).then(|| pause.unwrap_or(300));
    Ok(Some(Scaling {
        least,
        most,
        seconds_until_auto_pause,
    }))
}
