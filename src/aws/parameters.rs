//! Parameters of groups, and of families, as AWS lists them.

use super::client::Client;
use super::error::{Error, ErrorKind};
use super::{facts, pages};
use crate::names::{Family, ParameterGroupName, ParameterName};
use crate::observed::Parameter;
use aws_sdk_rds::types::Filter;
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

/// The names that one filter may hold (observed: more are refused).
const FILTER_NAMES_MAX: usize = 100;

type Parameters = BTreeMap<ParameterName, Parameter>;

/// The parameters of source `user` of a cluster parameter group; `None` when there is no such group
/// (DescribeDBClusterParameters, Source=user).
pub async fn of_source_user(
    client: &Client,
    group: &ParameterGroupName,
) -> Result<Option<Parameters>, Error> {
    let call = client
        .rds()
        .describe_db_cluster_parameters()
        .db_cluster_parameter_group_name(group.as_str())
        .source("user");
    unless_absent(list(client, group, call).await)
}

/// Single parameters of a cluster parameter group, whatever their source; `None` when there is no such group
/// (DescribeDBClusterParameters with the filter parameter-name).
pub async fn by_name(
    client: &Client,
    group: &ParameterGroupName,
    names: &BTreeSet<ParameterName>,
) -> Result<Option<Parameters>, Error> {
    let names: Vec<&ParameterName> = names.iter().collect();
    let parts = names.chunks(FILTER_NAMES_MAX).map(|names| {
        let filter = Filter::builder()
            .name("parameter-name")
            .set_values(Some(
                names.iter().map(|name| name.as_str().to_owned()).collect(),
            ))
            .build();
        let call = client
            .rds()
            .describe_db_cluster_parameters()
            .db_cluster_parameter_group_name(group.as_str())
            .filters(filter);
        list(client, group, call)
    });
    unless_absent(
        try_join_all(parts)
            .await
            .map(|parts| parts.into_iter().flatten().collect()),
    )
}

/// Single parameters of a family, as a fresh group would hold them. The group `default.FAMILY` tells with one request;
/// where AWS has none yet, the whole list of the engine's defaults does (DescribeEngineDefaultClusterParameters takes
/// no filter).
pub async fn of_family(
    client: &Client,
    family: &Family,
    names: &BTreeSet<ParameterName>,
) -> Result<Parameters, Error> {
    let default_group = default_group(family);
    if let Some(parameters) = by_name(client, &default_group, names).await? {
        return Ok(parameters);
    }
    let operation = "DescribeEngineDefaultClusterParameters";
    let raw = pages::all(operation, family.as_str(), async |marker| {
        let call = client
            .rds()
            .describe_engine_default_cluster_parameters()
            .db_parameter_group_family(family.as_str())
            .set_marker(marker)
            .send();
        let output = client.read(operation, family.as_str(), call).await?;
        let defaults = output
            .engine_defaults
            .unwrap_or_else(|| aws_sdk_rds::types::EngineDefaults::builder().build());
        Ok((defaults.parameters.unwrap_or_default(), defaults.marker))
    })
    .await?;
    Ok(raw
        .iter()
        .filter_map(facts::parameter)
        .filter(|parameter| names.contains(&parameter.name))
        .map(|parameter| (parameter.name.clone(), parameter))
        .collect())
}

/// The group that AWS keeps for a family.
pub(super) fn default_group(family: &Family) -> ParameterGroupName {
    ParameterGroupName::new(format!("default.{family}"))
}

/// The `user` values of an instance parameter group (DescribeDBParameters, Source=user).
pub async fn of_instance_group(
    client: &Client,
    group: &ParameterGroupName,
) -> Result<BTreeMap<ParameterName, String>, Error> {
    let operation = "DescribeDBParameters";
    let raw = pages::all(operation, group.as_str(), async |marker| {
        let call = client
            .rds()
            .describe_db_parameters()
            .db_parameter_group_name(group.as_str())
            .source("user")
            .set_marker(marker)
            .send();
        let output = client.read(operation, group.as_str(), call).await?;
        Ok((output.parameters.unwrap_or_default(), output.marker))
    })
    .await?;
    Ok(raw
        .iter()
        .filter_map(facts::parameter)
        .filter_map(|parameter| Some((parameter.name, parameter.value?)))
        .collect())
}

async fn list(
    client: &Client,
    group: &ParameterGroupName,
    call: aws_sdk_rds::operation::describe_db_cluster_parameters::builders::DescribeDBClusterParametersFluentBuilder,
) -> Result<Parameters, Error> {
    let operation = "DescribeDBClusterParameters";
    let raw = pages::all(operation, group.as_str(), async |marker| {
        let call = call.clone().set_marker(marker).send();
        let output = client.read(operation, group.as_str(), call).await?;
        Ok((output.parameters.unwrap_or_default(), output.marker))
    })
    .await?;
    Ok(raw
        .iter()
        .filter_map(facts::parameter)
        .map(|parameter| (parameter.name.clone(), parameter))
        .collect())
}

fn unless_absent(result: Result<Parameters, Error>) -> Result<Option<Parameters>, Error> {
    match result {
        Ok(parameters) => Ok(Some(parameters)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
