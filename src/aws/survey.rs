//! The lists that all partitions of one account and region share: every cluster, and the members of those asked for.

use super::client::Client;
use super::error::Error;
use crate::names::{ClusterId, ParameterGroupName};
use crate::observed::{Caller, Cluster, Observed};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What one round of lists showed.
#[derive(Clone, Debug)]
pub struct Survey {
    at: Timestamp,
    neighbours: BTreeMap<ClusterId, ParameterGroupName>,
    clusters: BTreeMap<ClusterId, Cluster>,
}

/// Lists every cluster of the region and, at the same time, the members of the clusters asked for.
pub async fn survey(client: &Client, clusters: &[ClusterId]) -> Result<Survey, Error> {
    todo!()
}

impl Survey {
    /// AWS's clock when the lists were read.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// One of the clusters that were asked for; `None` when the region has none of that identifier.
    pub fn cluster(&self, cluster: &ClusterId) -> Option<&Cluster> {
        self.clusters.get(cluster)
    }

    /// The facts of one partition; the groups are still unread.
    pub fn observed(&self, cluster: &ClusterId, caller: &Caller, client: &Client) -> Observed {
        Observed {
            at: self.at,
            backend: client.backend().clone(),
            caller: caller.clone(),
            region: client.region().clone(),
            cluster: self.clusters.get(cluster).cloned(),
            neighbours: self.neighbours.clone(),
            groups: BTreeMap::new(),
            instance_groups: BTreeMap::new(),
            orderable: BTreeMap::new(),
            snapshots: None,
        }
    }
}
