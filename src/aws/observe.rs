//! Reads of single objects: the caller, one snapshot, one group, events, and the answers to a plan's questions.

use super::client::{CALLER_IDENTITY, Client};
use super::error::{Error, ErrorKind};
use super::{facts, pages, parameters};
use crate::names::{
    AccountId, ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName,
    SnapshotId,
};
use crate::observed::{
    Answer, Caller, Event, GroupFacts, OWNER_TAG, Parameter, Question, Snapshot,
};
use aws_sdk_rds::primitives::DateTime;
use aws_sdk_rds::types::{DbClusterSnapshot, SourceType};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub use super::survey::{Survey, cluster, survey};

/// DescribeEvents looks back at most 14 days; a minute less leaves room for the way there.
const EVENTS_SPAN_MAX: SignedDuration = SignedDuration::from_mins(14 * 24 * 60 - 1);

/// Who asks (STS GetCallerIdentity).
pub async fn caller(client: &Client) -> Result<Caller, Error> {
    let operation = CALLER_IDENTITY;
    let region = client.region().as_str();
    let call = client.sts().get_caller_identity().send();
    let output = client.read(operation, region, call).await?;
    match (output.account, output.arn) {
        (Some(account), Some(arn)) => Ok(Caller {
            account: AccountId::new(account),
            arn,
        }),
        _ => Err(Error::unreadable(
            operation,
            region,
            "the reply has no Account or no Arn",
        )),
    }
}

/// The answer to one question of a plan.
pub async fn answer(client: &Client, question: &Question) -> Result<Answer, Error> {
    match question {
        Question::UserParameters(group) => Ok(Answer::UserParameters {
            group: group.clone(),
            parameters: parameters::of_source_user(client, group).await?,
        }),
        Question::Parameters(group, names) => Ok(Answer::Parameters {
            group: group.clone(),
            asked: names.clone(),
            parameters: parameters::by_name(client, group, names).await?,
        }),
        Question::DefaultParameters(family, names) => Ok(Answer::Parameters {
            group: parameters::default_group(family),
            asked: names.clone(),
            parameters: Some(parameters::of_family(client, family, names).await?),
        }),
        Question::GroupTags(group) => Ok(Answer::GroupTags {
            group: group.clone(),
            facts: group_facts(client, group).await?,
        }),
        Question::InstanceGroup(group) => Ok(Answer::InstanceGroup {
            group: group.clone(),
            values: parameters::of_instance_group(client, group).await?,
        }),
        Question::Orderable {
            engine,
            engine_version,
            class,
        } => Ok(Answer::Orderable {
            class: class.clone(),
            orderable: orderable(client, engine, engine_version, class).await?,
        }),
        Question::Snapshots(cluster) => {
            Ok(Answer::Snapshots(our_snapshots(client, cluster).await?))
        }
    }
}

/// The parameters of source `user` of a cluster parameter group; `None` when there is no such group.
pub async fn group_parameters(
    client: &Client,
    group: &ParameterGroupName,
) -> Result<Option<BTreeMap<ParameterName, Parameter>>, Error> {
    parameters::of_source_user(client, group).await
}

/// One cluster snapshot (DescribeDBClusterSnapshots); `None` when there is none.
pub async fn snapshot(client: &Client, identifier: &SnapshotId) -> Result<Option<Snapshot>, Error> {
    let call = client
        .rds()
        .describe_db_cluster_snapshots()
        .db_cluster_snapshot_identifier(identifier.as_str())
        .send();
    let output = client
        .read("DescribeDBClusterSnapshots", identifier.as_str(), call)
        .await;
    match output {
        Ok(output) => output
            .db_cluster_snapshots()
            .first()
            .map(facts::snapshot)
            .transpose(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What happened to a cluster and its members since an instant of AWS's clock, oldest first (DescribeEvents, one list
/// for each source at the same time). AWS keeps 14 days.
pub async fn events(
    client: &Client,
    cluster: &ClusterId,
    members: &[InstanceId],
    since: Timestamp,
) -> Result<Vec<Event>, Error> {
    let since = match client.now() {
        Some(now) => since.max(now.saturating_sub(EVENTS_SPAN_MAX).unwrap_or(since)),
        None => since,
    };
    let sources = members
        .iter()
        .map(|member| (SourceType::DbInstance, member.as_str()))
        .chain([(SourceType::DbCluster, cluster.as_str())]);
    let lists = try_join_all(sources.map(|(kind, name)| events_of(client, kind, name, since)));
    let mut events: Vec<Event> = lists.await?.into_iter().flatten().collect();
    events.sort_by(|left, right| {
        (left.at, &left.source, &left.message).cmp(&(right.at, &right.source, &right.message))
    });
    Ok(events)
}

async fn events_of(
    client: &Client,
    kind: SourceType,
    name: &str,
    since: Timestamp,
) -> Result<Vec<Event>, Error> {
    let operation = "DescribeEvents";
    let raw = pages::all(operation, name, async |marker| {
        let call = client
            .rds()
            .describe_events()
            .source_type(kind.clone())
            .source_identifier(name)
            .start_time(DateTime::from_secs(since.as_second()))
            .set_marker(marker)
            .send();
        let output = client.read(operation, name, call).await?;
        Ok((output.events.unwrap_or_default(), output.marker))
    })
    .await?;
    Ok(raw
        .iter()
        .filter_map(facts::event)
        // The request is exact to the second only.
        .filter(|event| event.at >= since)
        .collect())
}

/// DescribeDBClusterParameterGroups, then ListTagsForResource, which wants the ARN.
async fn group_facts(
    client: &Client,
    group: &ParameterGroupName,
) -> Result<Option<GroupFacts>, Error> {
    let operation = "DescribeDBClusterParameterGroups";
    let call = client
        .rds()
        .describe_db_cluster_parameter_groups()
        .db_cluster_parameter_group_name(group.as_str())
        .send();
    let found = match client.read(operation, group.as_str(), call).await {
        Ok(output) => output.db_cluster_parameter_groups.unwrap_or_default(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(found) = found.first() else {
        return Ok(None);
    };
    let (Some(family), Some(arn)) = (
        found.db_parameter_group_family(),
        found.db_cluster_parameter_group_arn(),
    ) else {
        return Err(Error::unreadable(
            operation,
            group.as_str(),
            "the reply has no family or no ARN",
        ));
    };
    // AWS's own groups carry no tags, and asking for them is refused.
    let tags = if group.is_default() {
        BTreeMap::new()
    } else {
        let call = client
            .rds()
            .list_tags_for_resource()
            .resource_name(arn)
            .send();
        let output = client
            .read("ListTagsForResource", group.as_str(), call)
            .await?;
        facts::tags(output.tag_list())
    };
    Ok(Some(GroupFacts {
        family: Family::new(family),
        arn: arn.to_owned(),
        tags,
    }))
}

/// DescribeOrderableDBInstanceOptions: whether there is any option at all.
async fn orderable(
    client: &Client,
    engine: &str,
    engine_version: &str,
    class: &InstanceClass,
) -> Result<bool, Error> {
    let operation = "DescribeOrderableDBInstanceOptions";
    // A filtered page may be empty and still name a next one.
    let options = pages::all(operation, class.as_str(), async |marker| {
        let call = client
            .rds()
            .describe_orderable_db_instance_options()
            .engine(engine)
            .engine_version(engine_version)
            .db_instance_class(class.as_str())
            .set_marker(marker)
            .send();
        let output = client.read(operation, class.as_str(), call).await?;
        Ok((
            output.orderable_db_instance_options.unwrap_or_default(),
            output.marker,
        ))
    })
    .await?;
    Ok(!options.is_empty())
}

/// The manual snapshots of a cluster that carry our tag.
async fn our_snapshots(client: &Client, cluster: &ClusterId) -> Result<Vec<Snapshot>, Error> {
    let operation = "DescribeDBClusterSnapshots";
    let raw: Result<Vec<DbClusterSnapshot>, Error> =
        pages::all(operation, cluster.as_str(), async |marker| {
            let call = client
                .rds()
                .describe_db_cluster_snapshots()
                .db_cluster_identifier(cluster.as_str())
                .snapshot_type("manual")
                .set_marker(marker)
                .send();
            let output = client.read(operation, cluster.as_str(), call).await?;
            Ok((
                output.db_cluster_snapshots.unwrap_or_default(),
                output.marker,
            ))
        })
        .await;
    let raw = match raw {
        Ok(raw) => raw,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    raw.iter()
        .map(facts::snapshot)
        .filter(|snapshot| match snapshot {
            Ok(snapshot) => snapshot.tags.contains_key(OWNER_TAG),
            Err(_) => true,
        })
        .collect()
}
