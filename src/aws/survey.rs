//! The lists that all partitions of one account and region share: every cluster, and the members of those asked for.

use super::client::Client;
use super::error::{Error, ErrorKind};
use super::{facts, pages};
use crate::names::{ClusterId, ParameterGroupName};
use crate::observed::{Caller, Cluster, Observed};
use aws_sdk_rds::types::{DbCluster, DbInstance, Filter};
use futures::future::{try_join, try_join_all};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The clusters whose members one request asks for: with two members each, one page of 100 holds the reply.
const CLUSTERS_PER_REQUEST: usize = 50;

/// What one round of lists showed.
#[derive(Clone, Debug)]
pub struct Survey {
    at: Timestamp,
    neighbours: Arc<BTreeMap<ClusterId, ParameterGroupName>>,
    clusters: BTreeMap<ClusterId, Cluster>,
}

/// Lists every cluster of the region and, at the same time, the members of the clusters asked for.
pub async fn survey(client: &Client, clusters: &[ClusterId]) -> Result<Survey, Error> {
    let wanted: BTreeSet<&ClusterId> = clusters.iter().collect();
    let wanted_list: Vec<&ClusterId> = wanted.iter().copied().collect();
    let chunks = wanted_list
        .chunks(CLUSTERS_PER_REQUEST)
        .map(|chunk| instances(client, chunk));
    let (found, instances) = try_join(every_cluster(client), try_join_all(chunks)).await?;
    let mut instances_by_cluster: BTreeMap<ClusterId, Vec<DbInstance>> = BTreeMap::new();
    for instance in instances.into_iter().flatten() {
        let of = ClusterId::new(instance.db_cluster_identifier().unwrap_or_default());
        instances_by_cluster.entry(of).or_default().push(instance);
    }
    let mut neighbours = BTreeMap::new();
    let mut observed = BTreeMap::new();
    for raw in &found {
        let Some(identifier) = raw.db_cluster_identifier().map(ClusterId::new) else {
            continue;
        };
        if let Some(group) = raw.db_cluster_parameter_group() {
            neighbours.insert(identifier.clone(), ParameterGroupName::new(group));
        }
        if wanted.contains(&identifier) {
            let members = instances_by_cluster.remove(&identifier).unwrap_or_default();
            observed.insert(identifier, facts::cluster(raw, &members)?);
        }
    }
    let at = client.now().ok_or_else(|| {
        Error::unreadable(
            "DescribeDBClusters",
            client.region().as_str(),
            "the reply has no Date, and AWS's clock is not known without it",
        )
    })?;
    Ok(Survey {
        at,
        neighbours: Arc::new(neighbours),
        clusters: observed,
    })
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

    /// The facts of one partition; its groups, classes and snapshots are still unread.
    pub fn observed(&self, cluster: &ClusterId, caller: &Caller, client: &Client) -> Observed {
        Observed {
            at: self.at,
            backend: client.backend().clone(),
            caller: caller.clone(),
            region: client.region().clone(),
            cluster: self.clusters.get(cluster).cloned(),
            neighbours: Arc::clone(&self.neighbours),
            groups: BTreeMap::new(),
            instance_groups: BTreeMap::new(),
            orderable: BTreeMap::new(),
            snapshots: None,
            ended_runs: BTreeSet::new(),
            restoring: BTreeMap::new(),
            shared_store: None,
            told: None,
        }
    }
}

/// Fresh facts of one cluster and all its members, by two requests at the same time; `None` when there is none.
pub async fn cluster(client: &Client, identifier: &ClusterId) -> Result<Option<Cluster>, Error> {
    let operation = "DescribeDBClusters";
    let found = async {
        let call = client
            .rds()
            .describe_db_clusters()
            .db_cluster_identifier(identifier.as_str())
            .send();
        match client.read(operation, identifier.as_str(), call).await {
            Ok(output) => Ok(output.db_clusters.unwrap_or_default().into_iter().next()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    };
    let (found, members) = try_join(found, instances(client, &[identifier])).await?;
    found.map(|raw| facts::cluster(&raw, &members)).transpose()
}

async fn every_cluster(client: &Client) -> Result<Vec<DbCluster>, Error> {
    let operation = "DescribeDBClusters";
    let region = client.region().as_str();
    pages::all(operation, region, async |marker| {
        let call = client
            .rds()
            .describe_db_clusters()
            .set_marker(marker)
            .send();
        let output = client.read(operation, region, call).await?;
        Ok((output.db_clusters.unwrap_or_default(), output.marker))
    })
    .await
}

async fn instances(client: &Client, clusters: &[&ClusterId]) -> Result<Vec<DbInstance>, Error> {
    let operation = "DescribeDBInstances";
    let resource = match clusters {
        [only] => only.to_string(),
        _ => format!("of {} clusters", clusters.len()),
    };
    let filter = Filter::builder()
        .name("db-cluster-id")
        .set_values(Some(
            clusters
                .iter()
                .map(|cluster| cluster.as_str().to_owned())
                .collect(),
        ))
        .build();
    pages::all(operation, &resource, async |marker| {
        let call = client
            .rds()
            .describe_db_instances()
            .filters(filter.clone())
            .set_marker(marker)
            .send();
        let output = client.read(operation, &resource, call).await?;
        Ok((output.db_instances.unwrap_or_default(), output.marker))
    })
    .await
}
