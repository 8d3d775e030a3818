//! What auroractl is held against: the least that a program must do to read the same facts with the AWS SDK.
//!
//! It lists clusters and instances at the same time, page by page, and then reads each group's own parameters, 16
//! requests at a time. It compares nothing and prints three numbers. Its HTTP client is set up as auroractl's.

use crate::fleet;
use aws_config::BehaviorVersion;
use aws_sdk_rds::Client;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use std::error::Error;

const REQUESTS_AT_ONCE: usize = 16;

/// How many clusters, instances and parameters there are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// Clusters of the region.
    pub(crate) clusters: usize,
    /// Instances of the region.
    pub(crate) instances: usize,
    /// Parameters of source `user` in all groups.
    pub(crate) parameters: usize,
}

impl Read {
    /// What there is to read of so many partitions.
    pub(crate) fn expected(partitions: usize) -> Self {
        Self {
            clusters: partitions,
            instances: partitions * fleet::MEMBERS_PER_PARTITION,
            parameters: partitions * fleet::PARAMETERS_PER_PARTITION,
        }
    }
}

/// Reads what the environment's endpoint and credentials lead to.
pub(crate) fn read(partitions: usize, secure: bool) -> Result<Read, Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(read_all(partitions, secure))
}

async fn read_all(partitions: usize, secure: bool) -> Result<Read, Box<dyn Error>> {
    // Certificates are only read where they are needed.
    let trusted = TlsContext::builder()
        .with_trust_store(TrustStore::empty().with_native_roots(secure))
        .build()?;
    let http_client = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(trusted)
        .build_https();
    let configuration = aws_config::defaults(BehaviorVersion::latest())
        .region(fleet::REGION)
        .http_client(http_client)
        .load()
        .await;
    let client = Client::new(&configuration);
    let (clusters, instances) = futures::try_join!(clusters(&client), instances(&client))?;
    let parameters = stream::iter(1..=partitions)
        .map(|number| parameters(&client, fleet::group(number)))
        .buffer_unordered(REQUESTS_AT_ONCE)
        .try_fold(0, async |sum, found| Ok(sum + found))
        .await?;
    Ok(Read {
        clusters,
        instances,
        parameters,
    })
}

async fn clusters(client: &Client) -> Result<usize, Box<dyn Error>> {
    let list = client.describe_db_clusters().into_paginator().items();
    Ok(list.send().try_collect().await?.len())
}

async fn instances(client: &Client) -> Result<usize, Box<dyn Error>> {
    let list = client.describe_db_instances().into_paginator().items();
    Ok(list.send().try_collect().await?.len())
}

async fn parameters(client: &Client, group: String) -> Result<usize, Box<dyn Error>> {
    let list = client
        .describe_db_cluster_parameters()
        .db_cluster_parameter_group_name(group)
        .source("user")
        .into_paginator()
        .items();
    Ok(list.send().try_collect().await?.len())
}
