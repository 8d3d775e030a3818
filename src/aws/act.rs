//! One function per call that changes something in AWS.
//!
//! Each is sent once. Only an answer that says "too many requests" lets it be sent again, for then AWS did nothing;
//! any other failure leaves it to the caller to look before going on.

use super::client::Client;
use super::error::Error;
use crate::names::{
    ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId,
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

/// When a stored parameter value becomes live (RDS API Reference, Parameter.ApplyMethod).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyMethod {
    /// `immediate`: for dynamic parameters only.
    Immediate,
    /// `pending-reboot`.
    PendingReboot,
}

/// CreateDBClusterSnapshot.
pub async fn create_snapshot(
    client: &Client,
    cluster: &ClusterId,
    snapshot: &SnapshotId,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    todo!()
}

/// DeleteDBClusterSnapshot.
pub async fn delete_snapshot(client: &Client, snapshot: &SnapshotId) -> Result<Accepted, Error> {
    todo!()
}

/// CreateDBClusterParameterGroup.
pub async fn create_parameter_group(
    client: &Client,
    group: &ParameterGroupName,
    family: &Family,
    description: &str,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBClusterParameterGroup; AWS takes at most 20 parameters.
pub async fn modify_parameters(
    client: &Client,
    group: &ParameterGroupName,
    parameters: &[(ParameterName, String, ApplyMethod)],
) -> Result<Accepted, Error> {
    todo!()
}

/// ResetDBClusterParameterGroup with a list; AWS takes at most 20 parameters.
pub async fn reset_parameters(
    client: &Client,
    group: &ParameterGroupName,
    parameters: &[(ParameterName, ApplyMethod)],
) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBCluster with a cluster parameter group.
pub async fn attach_parameter_group(
    client: &Client,
    cluster: &ClusterId,
    group: &ParameterGroupName,
    apply_immediately: bool,
) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBCluster with Database Insights and Performance Insights, in one request and always with ApplyImmediately.
pub async fn modify_insights(
    client: &Client,
    cluster: &ClusterId,
    mode: Option<&str>,
    enable_performance_insights: Option<bool>,
    retention_days: Option<u32>,
) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBInstance with a class and without ApplyImmediately: the change waits in the member's queue.
pub async fn queue_class_change(
    client: &Client,
    instance: &InstanceId,
    class: &InstanceClass,
) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBInstance with ApplyImmediately and nothing else: AWS applies the member's whole queue now.
pub async fn flush(client: &Client, instance: &InstanceId) -> Result<Accepted, Error> {
    todo!()
}

/// ModifyDBInstance with a class and ApplyImmediately: AWS applies it, and the member's whole queue, now.
pub async fn change_class(
    client: &Client,
    instance: &InstanceId,
    class: &InstanceClass,
) -> Result<Accepted, Error> {
    todo!()
}

/// RebootDBInstance.
pub async fn reboot(client: &Client, instance: &InstanceId) -> Result<Accepted, Error> {
    todo!()
}

/// FailoverDBCluster to a named reader.
pub async fn failover(
    client: &Client,
    cluster: &ClusterId,
    target: &InstanceId,
) -> Result<Accepted, Error> {
    todo!()
}

/// AddTagsToResource.
pub async fn tag(
    client: &Client,
    arn: &str,
    tags: &BTreeMap<String, String>,
) -> Result<Accepted, Error> {
    todo!()
}
