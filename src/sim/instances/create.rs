//! CreateDBInstance for members of a cluster. Source: RDS API Reference, CreateDBInstance.

use super::modify::{check_class, check_tier, refuse_for_capacity};
use super::{InFlight, Instance, Pending, describe, pending};
use crate::sim::call::{Call, Operation};
use crate::sim::clusters::{ENGINE, modify as cluster_modify};
use crate::sim::error::Error;
use crate::sim::groups::Kind as GroupKind;
use crate::sim::identifiers::{Kind, checked, stored};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;
use crate::sim::{account, tags, windows};

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "CreateDBInstance",
    &[
        "DBInstanceIdentifier",
        "DBClusterIdentifier",
        "DBInstanceClass",
        "Engine",
        "EngineVersion",
        "AvailabilityZone",
        "PromotionTier",
        "DBParameterGroupName",
        "DBSubnetGroupName",
        "PreferredMaintenanceWindow",
        "AutoMinorVersionUpgrade",
        "PubliclyAccessible",
        "CopyTagsToSnapshot",
        "CACertificateIdentifier",
        "MonitoringInterval",
        "MonitoringRoleArn",
        "DatabaseInsightsMode",
        "EnablePerformanceInsights",
        "PerformanceInsightsRetentionPeriod",
        "Tags",
    ],
    create,
)];

/// Quota of an account and region, and members of one cluster (a writer and 15 readers).
pub(crate) const QUOTA: usize = 40;
const MEMBERS_MOST: usize = 16;

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let identifier = checked(
        "DBInstanceIdentifier",
        parameters.required("DBInstanceIdentifier")?,
        Kind::Identifier,
    )?;
    let class = parameters.required("DBInstanceClass")?;
    let engine = parameters.required("Engine")?;
    if engine != ENGINE {
        return Err(Error::invalid_value(format!(
            "Invalid DB engine: {engine}. Only members of {ENGINE} clusters are simulated."
        )));
    }
    let cluster = call
        .place
        .cluster(parameters.required("DBClusterIdentifier")?)?
        .clone();
    if call.place.instances.contains_key(&identifier) {
        return Err(Error::new(
            "DBInstanceAlreadyExists",
            400,
            format!("DB instance already exists: {identifier}"),
        ));
    }
    if call.place.instances.len() >= QUOTA || cluster.members.len() >= MEMBERS_MOST {
        return Err(quota_exceeded());
    }
    if !matches!(cluster.status.as_str(), "available" | "creating") {
        return Err(Error::cluster_state(format!(
            "DbCluster {} is not currently in the available state.",
            cluster.identifier
        )));
    }
    if let Some(version) = parameters
        .text("EngineVersion")
        .filter(|version| *version != cluster.engine_version)
    {
        return Err(Error::invalid_combination(format!(
            "The engine version {version} does not match the engine version {} of the DB cluster.",
            cluster.engine_version
        )));
    }
    check_class(class, &cluster.engine_version, &cluster)?;
    if let Some(name) = parameters.text("DBSubnetGroupName") {
        call.place.subnet_group(name)?;
    }
    let resource_id = call.place.resource_id(call.rules, "db", &identifier);
    let mut instance = Instance::new(
        &identifier,
        resource_id,
        &cluster.identifier,
        class,
        &cluster.engine_version,
        call.now,
    );
    "creating".clone_into(&mut instance.status);
    instance.in_flight = Some(InFlight {
        status: "creating".to_owned(),
        applying: Pending::default(),
        fails: None,
    });
    instance.engine_up = false;
    instance.writer = !call.place.members(&cluster).any(|member| member.writer);
    instance.availability_zone = match parameters.text("AvailabilityZone") {
        Some(zone) => zone.to_owned(),
        None => zone_for(&cluster.availability_zones, cluster.members.len()),
    };
    if let Some(tier) = parameters.integer("PromotionTier")? {
        instance.promotion_tier = check_tier(tier)?;
    }
    if let Some(name) = parameters.text("DBParameterGroupName") {
        let name = stored(name);
        let group = call
            .place
            .group(GroupKind::Instance, &name)
            .ok_or_else(|| Error::instance_group_not_found(&name))?;
        if group.family != cluster.family() {
            return Err(Error::invalid_combination(format!(
                "The parameter group {name} with DBParameterGroupFamily {} can't be used for this instance. Use a parameter group \
                 with DBParameterGroupFamily {}.",
                group.family,
                cluster.family()
            )));
        }
        instance.parameter_group = name;
    }
    if let Some(window) = parameters.text("PreferredMaintenanceWindow") {
        instance.maintenance_window = windows::maintenance(window)?;
    }
    instance.auto_minor_version_upgrade = parameters
        .boolean("AutoMinorVersionUpgrade")?
        .unwrap_or(true);
    instance.publicly_accessible = parameters.boolean("PubliclyAccessible")?.unwrap_or(false);
    instance.copy_tags_to_snapshot = parameters.boolean("CopyTagsToSnapshot")?.unwrap_or(false);
    instance.insights = cluster.insights.after(parameters, "instance")?;
    instance.monitoring_interval_seconds =
        cluster_modify::monitoring(parameters)?.unwrap_or(cluster.monitoring_interval_seconds);
    instance.monitoring_role = parameters
        .text("MonitoringRoleArn")
        .map(str::to_owned)
        .or_else(|| cluster.monitoring_role.clone());
    if let Some(certificate) = parameters.text("CACertificateIdentifier") {
        account::check_certificate(certificate)?;
        certificate.clone_into(&mut instance.ca_certificate);
    }
    instance.tags = tags::given(parameters)?;
    refuse_for_capacity(call, &cluster.identifier, &identifier)?;
    call.place.instances.insert(identifier.clone(), instance);
    call.place
        .cluster_mut(&cluster.identifier)?
        .members
        .push(identifier.clone());
    let spread = call.rules.timings.instance_create;
    let object = Object::Instance(identifier.clone());
    let drawn_for = match &cluster.origin {
        Some(origin) => format!("{origin}/{}", cluster.members.len()),
        None => identifier.clone(),
    };
    let seconds = call
        .place
        .seconds(call.rules, "instance create", &drawn_for, spread);
    call.place.later(call.now, seconds, object, Step::Created);
    call.effect(format!(
        "instance {identifier} of {} is being created",
        cluster.identifier
    ));
    describe::answer(call, &identifier)
}

/// There are as many instances as there may be.
pub(crate) fn quota_exceeded() -> Error {
    Error::new(
        "InstanceQuotaExceeded",
        400,
        "The instance quota has been exceeded.",
    )
}

/// Members spread over the cluster's zones in turn.
pub(crate) fn zone_for(zones: &[String], position: usize) -> String {
    zones
        .iter()
        .cycle()
        .nth(position)
        .cloned()
        .unwrap_or_default()
}

/// The engine is up, with everything that is stored for it.
pub(crate) fn created(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get(identifier) else {
        return;
    };
    let values = moment.place.stored_values(instance);
    let monitored = instance.monitoring_interval_seconds > 0;
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    instance.running = values;
    instance.engine_up = true;
    instance.started = moment.at;
    moment.place.instance_event(
        moment.at,
        identifier,
        "0005",
        "creation",
        "DB instance created",
    );
    if monitored {
        if let Some(instance) = moment.place.instances.get_mut(identifier) {
            "configuring-enhanced-monitoring".clone_into(&mut instance.status);
        }
        let spread = moment.rules.timings.monitoring_settle;
        moment.later_for_instance("monitoring settle", spread, identifier, Step::Settles);
    } else {
        pending::settles(moment, identifier);
    }
}
