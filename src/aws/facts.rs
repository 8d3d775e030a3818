//! The SDK's types turned into the plain data of `observed`. What AWS always sends is required; the rest stays open.

use super::error::Error;
use super::pending;
use crate::names::{
    ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName, ResourceId, SnapshotId,
};
use crate::observed::{
    ApplyType, Cluster, ClusterSettings, Event, Member, MemberSettings, Parameter, Snapshot,
    sql::Address,
};
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{
    DbCluster, DbClusterMember, DbClusterSnapshot, DbInstance, Endpoint, Event as SdkEvent,
    Parameter as SdkParameter, Tag,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a reply about one object of one operation must hold.
struct Reply<'a> {
    operation: &'static str,
    resource: &'a str,
}

impl Reply<'_> {
    fn field(&self, name: &str, value: Option<&str>) -> Result<String, Error> {
        value.map(str::to_owned).ok_or_else(|| {
            Error::unreadable(
                self.operation,
                self.resource,
                format!("the reply has no {name}"),
            )
        })
    }
}

/// A cluster with those of `instances` that belong to it.
pub(super) fn cluster(raw: &DbCluster, instances: &[DbInstance]) -> Result<Cluster, Error> {
    let identifier = ClusterId::new(raw.db_cluster_identifier().unwrap_or_default());
    let reply = Reply {
        operation: "DescribeDBClusters",
        resource: identifier.as_str(),
    };
    let mut members = BTreeMap::new();
    for instance in instances {
        if instance
            .db_cluster_identifier()
            .is_some_and(|of| ClusterId::new(of) == identifier)
        {
            let seat = raw.db_cluster_members().iter().find(|seat| {
                seat.db_instance_identifier()
                    .zip(instance.db_instance_identifier())
                    .is_some_and(|(seat, instance)| seat.eq_ignore_ascii_case(instance))
            });
            let member = member(instance, seat)?;
            members.insert(member.identifier.clone(), member);
        }
    }
    // The two lists are read at the same time, so a member that comes or goes may be in one of them only.
    for seat in raw.db_cluster_members() {
        let name = InstanceId::new(seat.db_instance_identifier().unwrap_or_default());
        members
            .entry(name.clone())
            .or_insert_with(|| unseen(name, seat));
    }
    Ok(Cluster {
        resource_id: ResourceId::new(
            reply.field("DbClusterResourceId", raw.db_cluster_resource_id())?,
        ),
        arn: reply.field("DBClusterArn", raw.db_cluster_arn())?,
        status: reply.field("Status", raw.status())?,
        engine: reply.field("Engine", raw.engine())?,
        engine_version: reply.field("EngineVersion", raw.engine_version())?,
        parameter_group: ParameterGroupName::new(
            reply.field("DBClusterParameterGroup", raw.db_cluster_parameter_group())?,
        ),
        members,
        database_insights: raw
            .database_insights_mode()
            .map(|mode| mode.as_str().to_owned()),
        performance_insights_enabled: raw.performance_insights_enabled(),
        performance_insights_retention_days: raw
            .performance_insights_retention_period()
            .and_then(|days| u32::try_from(days).ok()),
        pending: pending::of_cluster(raw.pending_modified_values()),
        maintenance_window: raw.preferred_maintenance_window().map(str::to_owned),
        tags: tags(raw.tag_list()),
        endpoint: raw.endpoint().map(str::to_owned),
        reader_endpoint: raw.reader_endpoint().map(str::to_owned),
        serverless_capacity_max: raw
            .serverless_v2_scaling_configuration()
            .and_then(|bounds| bounds.max_capacity()),
        settings: cluster_settings(raw),
        identifier,
    })
}

fn cluster_settings(raw: &DbCluster) -> ClusterSettings {
    ClusterSettings {
        subnet_group: raw.db_subnet_group().map(str::to_owned),
        security_groups: raw
            .vpc_security_groups()
            .iter()
            .filter_map(|group| group.vpc_security_group_id().map(str::to_owned))
            .collect(),
        port: raw.port(),
        iam_authentication: raw.iam_database_authentication_enabled(),
        deletion_protection: raw.deletion_protection(),
        copy_tags_to_snapshot: raw.copy_tags_to_snapshot(),
        log_exports: raw.enabled_cloudwatch_logs_exports().to_vec(),
        storage_type: raw.storage_type().map(str::to_owned),
        serverless_capacity_min: raw
            .serverless_v2_scaling_configuration()
            .and_then(|bounds| bounds.min_capacity()),
    }
}

/// Stands where AWS says nothing of a member that comes or goes: no state that a rule could take for a sound one.
const UNKNOWN: &str = "unknown";

fn member(raw: &DbInstance, seat: Option<&DbClusterMember>) -> Result<Member, Error> {
    let identifier = InstanceId::new(raw.db_instance_identifier().unwrap_or_default());
    let reply = Reply {
        operation: "DescribeDBInstances",
        resource: identifier.as_str(),
    };
    Ok(Member {
        resource_id: ResourceId::new(reply.field("DbiResourceId", raw.dbi_resource_id())?),
        is_writer: seat.and_then(DbClusterMember::is_cluster_writer) == Some(true),
        promotion_tier: seat
            .and_then(DbClusterMember::promotion_tier)
            .or_else(|| raw.promotion_tier())
            .unwrap_or(1),
        cluster_parameter_group_status: seat
            .and_then(DbClusterMember::db_cluster_parameter_group_status)
            .unwrap_or(UNKNOWN)
            .to_owned(),
        status: reply.field("DBInstanceStatus", raw.db_instance_status())?,
        class: InstanceClass::new(reply.field("DBInstanceClass", raw.db_instance_class())?),
        engine_version: reply.field("EngineVersion", raw.engine_version())?,
        pending: pending::of_instance(raw.pending_modified_values()),
        instance_groups: raw
            .db_parameter_groups()
            .iter()
            .filter_map(|group| {
                Some((
                    ParameterGroupName::new(group.db_parameter_group_name()?),
                    group.parameter_apply_status().unwrap_or(UNKNOWN).to_owned(),
                ))
            })
            .collect(),
        maintenance_window: raw.preferred_maintenance_window().map(str::to_owned),
        availability_zone: raw.availability_zone().map(str::to_owned),
        auto_minor_version_upgrade: raw.auto_minor_version_upgrade() == Some(true),
        settings: MemberSettings {
            publicly_accessible: raw.publicly_accessible(),
            ca_certificate: raw.ca_certificate_identifier().map(str::to_owned),
            tags: tags(raw.tag_list()),
        },
        endpoint: raw.endpoint().and_then(address),
        identifier,
    })
}

/// A member that the cluster lists and DescribeDBInstances does not.
fn unseen(identifier: InstanceId, seat: &DbClusterMember) -> Member {
    Member {
        identifier,
        resource_id: ResourceId::new(UNKNOWN),
        is_writer: seat.is_cluster_writer() == Some(true),
        promotion_tier: seat.promotion_tier().unwrap_or(1),
        cluster_parameter_group_status: seat
            .db_cluster_parameter_group_status()
            .unwrap_or(UNKNOWN)
            .to_owned(),
        status: UNKNOWN.to_owned(),
        class: InstanceClass::new(UNKNOWN),
        engine_version: UNKNOWN.to_owned(),
        pending: BTreeMap::new(),
        instance_groups: BTreeMap::new(),
        maintenance_window: None,
        availability_zone: None,
        auto_minor_version_upgrade: false,
        settings: MemberSettings::default(),
        endpoint: None,
    }
}

fn address(raw: &Endpoint) -> Option<Address> {
    Some(Address {
        host: raw.address()?.to_owned(),
        port: u16::try_from(raw.port()?).ok()?,
    })
}

/// A manual cluster snapshot.
pub(super) fn snapshot(raw: &DbClusterSnapshot) -> Result<Snapshot, Error> {
    let identifier = SnapshotId::new(raw.db_cluster_snapshot_identifier().unwrap_or_default());
    let reply = Reply {
        operation: "DescribeDBClusterSnapshots",
        resource: identifier.as_str(),
    };
    Ok(Snapshot {
        arn: reply.field("DBClusterSnapshotArn", raw.db_cluster_snapshot_arn())?,
        cluster: ClusterId::new(reply.field("DBClusterIdentifier", raw.db_cluster_identifier())?),
        status: reply.field("Status", raw.status())?,
        created: raw.snapshot_create_time().and_then(timestamp),
        percent: raw.percent_progress().unwrap_or(0),
        tags: tags(raw.tag_list()),
        identifier,
    })
}

/// One parameter of a group; `None` for one without a name.
pub(super) fn parameter(raw: &SdkParameter) -> Option<Parameter> {
    Some(Parameter {
        name: ParameterName::new(raw.parameter_name()?),
        value: raw.parameter_value().map(str::to_owned),
        source: raw.source().unwrap_or_default().to_owned(),
        // A parameter of unknown kind is taken for one that needs a restart: AWS accepts `pending-reboot` for both.
        apply_type: match raw.apply_type() {
            Some("dynamic") => ApplyType::Dynamic,
            _ => ApplyType::Static,
        },
        data_type: raw.data_type().unwrap_or_default().to_owned(),
        allowed_values: raw.allowed_values().map(str::to_owned),
        is_modifiable: raw.is_modifiable() == Some(true),
    })
}

/// An event; `None` for one without a time.
pub(super) fn event(raw: &SdkEvent) -> Option<Event> {
    Some(Event {
        at: raw.date().and_then(timestamp)?,
        source: raw.source_identifier().unwrap_or_default().to_owned(),
        message: raw.message().unwrap_or_default().to_owned(),
        categories: raw.event_categories().to_vec(),
    })
}

pub(super) fn tags(raw: &[Tag]) -> BTreeMap<String, String> {
    raw.iter()
        .filter_map(|tag| {
            Some((
                tag.key()?.to_owned(),
                tag.value().unwrap_or_default().to_owned(),
            ))
        })
        .collect()
}

fn timestamp(raw: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(raw.subsec_nanos()).ok()?;
    Timestamp::new(raw.secs(), nanoseconds).ok()
}
