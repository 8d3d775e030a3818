//! One function per call that changes something in AWS.
//!
//! Each is sent once. Only an answer that says "too many requests" lets it be sent again, for then AWS did nothing;
//! any other failure leaves it to the caller to look before going on.

use super::client::Client;
use super::error::Error;
use crate::names::{
    ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId,
};
use aws_sdk_rds::operation::RequestId;
use aws_sdk_rds::types::{
    ApplyMethod as WireApplyMethod, DatabaseInsightsMode, Parameter,
    ServerlessV2ScalingConfiguration, Tag,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// AWS took the request. What it asks for may begin much later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// AWS's id of the request, for its support and its logs.
    pub request_id: Option<String>,
    /// The Date of the reply: AWS's clock.
    pub at: Timestamp,
}

impl Accepted {
    fn now(client: &Client, output: &impl RequestId) -> Self {
        Self {
            request_id: output.request_id().map(str::to_owned),
            // AWS dates each reply. Should it fail to, the call has succeeded all the same.
            at: client.now().unwrap_or_else(Timestamp::now),
        }
    }
}

/// When a stored parameter value becomes live (RDS API Reference, Parameter.ApplyMethod).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// `immediate`: for dynamic parameters only.
    Immediate,
    /// `pending-reboot`.
    PendingReboot,
}

impl ApplyMethod {
    fn wire(self) -> WireApplyMethod {
        match self {
            Self::Immediate => WireApplyMethod::Immediate,
            Self::PendingReboot => WireApplyMethod::PendingReboot,
        }
    }
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect()
}

/// CreateDBClusterSnapshot.
pub async fn create_snapshot(
    client: &Client,
    cluster: &ClusterId,
    snapshot: &SnapshotId,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .create_db_cluster_snapshot()
            .db_cluster_identifier(cluster.as_str())
            .db_cluster_snapshot_identifier(snapshot.as_str())
            .set_tags(Some(tag_list(tags)))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("CreateDBClusterSnapshot", snapshot.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// DeleteDBClusterSnapshot.
pub async fn delete_snapshot(client: &Client, snapshot: &SnapshotId) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .delete_db_cluster_snapshot()
            .db_cluster_snapshot_identifier(snapshot.as_str())
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("DeleteDBClusterSnapshot", snapshot.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// CreateDBClusterParameterGroup.
pub async fn create_parameter_group(
    client: &Client,
    group: &ParameterGroupName,
    family: &Family,
    description: &str,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .create_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group.as_str())
            .db_parameter_group_family(family.as_str())
            .description(description)
            .set_tags(Some(tag_list(tags)))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("CreateDBClusterParameterGroup", group.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// ModifyDBClusterParameterGroup; AWS takes at most 20 parameters.
pub async fn modify_parameters(
    client: &Client,
    group: &ParameterGroupName,
    parameters: &[(ParameterName, String, ApplyMethod)],
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .modify_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group.as_str())
            .set_parameters(Some(
                parameters
                    .iter()
                    .map(|(name, value, method)| {
                        Parameter::builder()
                            .parameter_name(name.as_str())
                            .parameter_value(value)
                            .apply_method(method.wire())
                            .build()
                    })
                    .collect(),
            ))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("ModifyDBClusterParameterGroup", group.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// ResetDBClusterParameterGroup with a list; AWS takes at most 20 parameters.
pub async fn reset_parameters(
    client: &Client,
    group: &ParameterGroupName,
    parameters: &[(ParameterName, ApplyMethod)],
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .reset_db_cluster_parameter_group()
            .db_cluster_parameter_group_name(group.as_str())
            .set_parameters(Some(
                parameters
                    .iter()
                    .map(|(name, method)| {
                        Parameter::builder()
                            .parameter_name(name.as_str())
                            .apply_method(method.wire())
                            .build()
                    })
                    .collect(),
            ))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("ResetDBClusterParameterGroup", group.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// ModifyDBCluster with a cluster parameter group.
pub async fn attach_parameter_group(
    client: &Client,
    cluster: &ClusterId,
    group: &ParameterGroupName,
    apply_immediately: bool,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .modify_db_cluster()
            .db_cluster_identifier(cluster.as_str())
            .db_cluster_parameter_group_name(group.as_str())
            .apply_immediately(apply_immediately)
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("ModifyDBCluster", cluster.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// ModifyDBCluster with Database Insights and Performance Insights, in one request and always with ApplyImmediately.
pub async fn modify_insights(
    client: &Client,
    cluster: &ClusterId,
    mode: Option<&str>,
    enable_performance_insights: Option<bool>,
    retention_days: Option<u32>,
) -> Result<Accepted, Error> {
    let retention_days = retention_days.map(i32::try_from).transpose().map_err(|_| {
        Error::rejected(
            "ModifyDBCluster",
            cluster.as_str(),
            "more days of retention than AWS can count",
        )
    })?;
    let call = || {
        client
            .rds()
            .modify_db_cluster()
            .db_cluster_identifier(cluster.as_str())
            .set_database_insights_mode(mode.map(DatabaseInsightsMode::from))
            .set_enable_performance_insights(enable_performance_insights)
            .set_performance_insights_retention_period(retention_days)
            .apply_immediately(true)
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("ModifyDBCluster", cluster.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// ModifyDBInstance with a class and without ApplyImmediately: the change waits in the member's queue.
pub async fn queue_class_change(
    client: &Client,
    instance: &InstanceId,
    class: &InstanceClass,
) -> Result<Accepted, Error> {
    modify_instance(client, instance, Some(class), false).await
}

/// ModifyDBInstance with ApplyImmediately and nothing else: AWS applies the member's whole queue now.
pub async fn flush(client: &Client, instance: &InstanceId) -> Result<Accepted, Error> {
    modify_instance(client, instance, None, true).await
}

/// ModifyDBInstance with a class and ApplyImmediately: AWS applies it, and the member's whole queue, now.
pub async fn change_class(
    client: &Client,
    instance: &InstanceId,
    class: &InstanceClass,
) -> Result<Accepted, Error> {
    modify_instance(client, instance, Some(class), true).await
}

async fn modify_instance(
    client: &Client,
    instance: &InstanceId,
    class: Option<&InstanceClass>,
    apply_immediately: bool,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .modify_db_instance()
            .db_instance_identifier(instance.as_str())
            .set_db_instance_class(class.map(|class| class.as_str().to_owned()))
            .apply_immediately(apply_immediately)
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("ModifyDBInstance", instance.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// RebootDBInstance.
pub async fn reboot(client: &Client, instance: &InstanceId) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .reboot_db_instance()
            .db_instance_identifier(instance.as_str())
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("RebootDBInstance", instance.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// FailoverDBCluster to a named reader.
pub async fn failover(
    client: &Client,
    cluster: &ClusterId,
    target: &InstanceId,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .failover_db_cluster()
            .db_cluster_identifier(cluster.as_str())
            .target_db_instance_identifier(target.as_str())
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("FailoverDBCluster", cluster.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// What a restored cluster is given besides its name and its snapshot. What is absent is left to AWS.
#[derive(Clone, Debug, Default)]
pub struct NewCluster<'a> {
    /// The engine.
    pub engine: &'a str,
    /// Its version.
    pub engine_version: &'a str,
    /// The cluster parameter group.
    pub group: &'a str,
    /// The DB subnet group.
    pub subnet_group: Option<&'a str>,
    /// The VPC security groups.
    pub security_groups: &'a [String],
    /// The port.
    pub port: Option<i32>,
    /// Whether IAM database authentication is on.
    pub iam_authentication: Option<bool>,
    /// Whether the cluster is protected from deletion.
    pub deletion_protection: Option<bool>,
    /// Whether snapshots get the cluster's tags.
    pub copy_tags_to_snapshot: Option<bool>,
    /// The logs that go to CloudWatch.
    pub log_exports: &'a [String],
    /// The storage type.
    pub storage_type: Option<&'a str>,
    /// The Serverless v2 bounds.
    pub serverless_capacity: Option<(f64, f64)>,
}

/// RestoreDBClusterFromSnapshot.
pub async fn restore_cluster(
    client: &Client,
    cluster: &ClusterId,
    snapshot: &SnapshotId,
    new: &NewCluster<'_>,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    let list = |values: &[String]| (!values.is_empty()).then(|| values.to_vec());
    let capacity = new.serverless_capacity.map(|(least, most)| {
        ServerlessV2ScalingConfiguration::builder()
            .min_capacity(least)
            .max_capacity(most)
            .build()
    });
    let call = || {
        client
            .rds()
            .restore_db_cluster_from_snapshot()
            .db_cluster_identifier(cluster.as_str())
            .snapshot_identifier(snapshot.as_str())
            .engine(new.engine)
            .engine_version(new.engine_version)
            .db_cluster_parameter_group_name(new.group)
            .set_db_subnet_group_name(new.subnet_group.map(str::to_owned))
            .set_vpc_security_group_ids(list(new.security_groups))
            .set_port(new.port)
            .set_enable_iam_database_authentication(new.iam_authentication)
            .set_deletion_protection(new.deletion_protection)
            .set_copy_tags_to_snapshot(new.copy_tags_to_snapshot)
            .set_enable_cloudwatch_logs_exports(list(new.log_exports))
            .set_storage_type(new.storage_type.map(str::to_owned))
            .set_serverless_v2_scaling_configuration(capacity.clone())
            .set_tags(Some(tag_list(tags)))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("RestoreDBClusterFromSnapshot", cluster.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// What a new member is given besides its name and its cluster. What is absent is left to AWS.
#[derive(Clone, Debug, Default)]
pub struct NewMember<'a> {
    /// The engine.
    pub engine: &'a str,
    /// The class.
    pub class: &'a str,
    /// 0 is promoted first.
    pub promotion_tier: i32,
    /// The availability zone.
    pub availability_zone: Option<&'a str>,
    /// Its own parameter group.
    pub parameter_group: Option<&'a str>,
    /// Its maintenance window.
    pub maintenance_window: Option<&'a str>,
    /// Whether AWS may upgrade its minor version.
    pub auto_minor_version_upgrade: bool,
    /// Whether it has a public address.
    pub publicly_accessible: Option<bool>,
    /// Its certificate authority.
    pub ca_certificate: Option<&'a str>,
}

/// CreateDBInstance for a member of a cluster.
pub async fn create_member(
    client: &Client,
    cluster: &ClusterId,
    instance: &InstanceId,
    new: &NewMember<'_>,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .create_db_instance()
            .db_instance_identifier(instance.as_str())
            .db_cluster_identifier(cluster.as_str())
            .engine(new.engine)
            .db_instance_class(new.class)
            .promotion_tier(new.promotion_tier)
            .set_availability_zone(new.availability_zone.map(str::to_owned))
            .set_db_parameter_group_name(new.parameter_group.map(str::to_owned))
            .set_preferred_maintenance_window(new.maintenance_window.map(str::to_owned))
            .auto_minor_version_upgrade(new.auto_minor_version_upgrade)
            .set_publicly_accessible(new.publicly_accessible)
            .set_ca_certificate_identifier(new.ca_certificate.map(str::to_owned))
            .set_tags(Some(tag_list(tags)))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client
        .change("CreateDBInstance", instance.as_str(), call)
        .await?;
    Ok(Accepted::now(client, &output))
}

/// AddTagsToResource.
pub async fn tag(
    client: &Client,
    arn: &str,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    let call = || {
        client
            .rds()
            .add_tags_to_resource()
            .resource_name(arn)
            .set_tags(Some(tag_list(tags)))
            .customize()
            .config_override(client.once())
            .send()
    };
    let output = client.change("AddTagsToResource", arn, call).await?;
    Ok(Accepted::now(client, &output))
}
