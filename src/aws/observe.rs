//! Reads of single objects: the caller, one cluster, one snapshot, one group, events, and the answers to questions.

use super::client::Client;
use super::error::Error;
use crate::names::{ClusterId, InstanceId, ParameterGroupName, ParameterName, SnapshotId};
use crate::observed::{Answer, Caller, Cluster, Event, Parameter, Question, Snapshot};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Who asks (STS GetCallerIdentity).
pub async fn caller(client: &Client) -> Result<Caller, Error> {
    todo!()
}

/// The answer to one question of a plan.
pub async fn answer(client: &Client, question: &Question) -> Result<Answer, Error> {
    todo!()
}

/// Fresh facts of one cluster and all its members; `None` when there is none.
pub async fn cluster(client: &Client, identifier: &ClusterId) -> Result<Option<Cluster>, Error> {
    todo!()
}

/// One manual cluster snapshot; `None` when there is none.
pub async fn snapshot(client: &Client, identifier: &SnapshotId) -> Result<Option<Snapshot>, Error> {
    todo!()
}

/// The parameters of source `user` of a cluster parameter group; `None` when there is no such group.
pub async fn group_parameters(
    client: &Client,
    group: &ParameterGroupName,
) -> Result<Option<BTreeMap<ParameterName, Parameter>>, Error> {
    todo!()
}

/// What happened to a cluster and its members since an instant of AWS's clock, oldest first.
pub async fn events(
    client: &Client,
    cluster: &ClusterId,
    members: &[InstanceId],
    since: Timestamp,
) -> Result<Vec<Event>, Error> {
    todo!()
}
