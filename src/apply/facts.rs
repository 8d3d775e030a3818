//! What is read of AWS for one action: before it, while it is waited for, and when it is in doubt.

use super::snapshot::snapshot_id;
use super::unchanged;
use crate::aws::{self, Client, observe};
use crate::names::{ClusterId, InstanceId, ParameterGroupName, ParameterName, RunId, SnapshotId};
use crate::observed::{Answer, Cluster, Event, Parameter, Question, Snapshot};
use crate::plan::Plan;
use crate::plan::action::Kind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one look read. What an action does not need is left unread, and then empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Facts {
    /// AWS's clock after the look; absent before the first reply of a connection.
    pub(super) at: Option<Timestamp>,
    /// The cluster with its members; absent when AWS knows none.
    pub(super) cluster: Option<Cluster>,
    /// The snapshot that the action is about; absent when AWS knows none.
    pub(super) snapshot: Option<Snapshot>,
    /// The group's values of source `user`; absent when AWS knows no such group.
    pub(super) parameters: Option<BTreeMap<ParameterName, Parameter>>,
    /// The group's tags; absent when AWS knows no such group.
    pub(super) group_tags: Option<BTreeMap<String, String>>,
    /// When each member was started, as PostgreSQL says; read before something that interrupts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) started: BTreeMap<InstanceId, Timestamp>,
    /// What happened to the cluster and its members since the intent.
    pub(super) events: Vec<Event>,
}

/// What must be read for an action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs {
    cluster: bool,
    snapshot: Option<SnapshotId>,
    parameters: Option<ParameterGroupName>,
    group_tags: Option<ParameterGroupName>,
    events_of: Option<Vec<InstanceId>>,
}

impl Needs {
    /// The cluster with its members.
    pub(super) fn of_cluster() -> Self {
        Self {
            cluster: true,
            ..Self::default()
        }
    }

    /// What must be read for a kind of action in a run.
    pub(super) fn of(kind: &Kind, run: &RunId) -> Self {
        let none = Self::default();
        let cluster = Self::of_cluster();
        match kind {
            // A snapshot can be made of an available cluster only.
            Kind::CreateSnapshot => Self {
                snapshot: Some(snapshot_id(run)),
                ..cluster
            },
            Kind::ReleaseSnapshot { .. } => Self {
                snapshot: Some(snapshot_id(run)),
                ..none
            },
            Kind::DeleteExpiredSnapshot { snapshot } => Self {
                snapshot: Some(snapshot.clone()),
                ..none
            },
            Kind::CreateParameterGroup { group, .. } | Kind::AdoptParameterGroup { group, .. } => {
                Self {
                    group_tags: Some(group.clone()),
                    ..none
                }
            }
            Kind::ModifyParameters { group, .. }
            | Kind::ResetParameters { group, .. }
            | Kind::CheckParameterGroup { group, .. } => Self {
                parameters: Some(group.clone()),
                ..none
            },
            Kind::AttachParameterGroup { .. }
            | Kind::ModifyInsights { .. }
            | Kind::QueueClassChange { .. }
            | Kind::ClearQueue { .. }
            | Kind::Settle { .. }
            | Kind::Flush { .. }
            | Kind::ChangeClass { .. } => cluster,
            Kind::CreateMember(_) | Kind::VerifyRestored(_) => cluster,
            Kind::Command { .. } | Kind::Gate { .. } => none,
            Kind::RestoreCluster(recipe) => Self {
                snapshot: Some(recipe.snapshot.clone()),
                ..cluster
            },
            Kind::Reboot { instance, .. } => Self {
                events_of: Some(vec![instance.clone()]),
                ..cluster
            },
            Kind::Failover { from, to } => Self {
                events_of: Some(vec![from.clone(), to.clone()]),
                ..cluster
            },
            Kind::Verify(expectation) => Self {
                parameters: (!expectation.parameters.is_empty()).then(|| expectation.group.clone()),
                ..cluster
            },
        }
    }
}

impl Needs {
    /// The same before something that interrupts, where everything that was staged is looked at once more.
    pub(super) fn before_an_interruption(self, plan: &Plan, run: &RunId) -> Self {
        let has_snapshot = plan
            .actions
            .iter()
            .any(|action| action.kind == Kind::CreateSnapshot);
        let values_of = unchanged::expectation(plan)
            .filter(|expectation| !expectation.parameters.is_empty())
            .map(|expectation| expectation.group.clone());
        Self {
            snapshot: has_snapshot.then(|| snapshot_id(run)),
            parameters: values_of,
            ..self
        }
    }

    /// The same without events, for when a person has told what they would.
    pub(super) fn without_events(self) -> Self {
        Self {
            events_of: None,
            ..self
        }
    }
}

/// Reads what is needed; events only once there is an intent to count them from.
pub(super) async fn read(
    client: &Client,
    cluster: &ClusterId,
    needs: &Needs,
    since: Option<Timestamp>,
) -> Result<Facts, aws::Error> {
    let Needs {
        cluster: needs_cluster,
        snapshot,
        parameters,
        group_tags,
        events_of,
    } = needs;
    let mut facts = Facts::default();
    // The SDK's futures are large; boxed one by one they do not add up in those that wait for them.
    if *needs_cluster {
        facts.cluster = Box::pin(observe::cluster(client, cluster)).await?;
    }
    if let Some(snapshot) = snapshot {
        facts.snapshot = Box::pin(observe::snapshot(client, snapshot)).await?;
    }
    if let Some(group) = parameters {
        facts.parameters = Box::pin(observe::group_parameters(client, group)).await?;
    }
    if let Some(group) = group_tags {
        let question = Question::GroupTags(group.clone());
        if let Answer::GroupTags { facts: found, .. } =
            Box::pin(observe::answer(client, &question)).await?
        {
            facts.group_tags = found.map(|found| found.tags);
        }
    }
    if let (Some(members), Some(since)) = (events_of, since) {
        facts.events = Box::pin(observe::events(client, cluster, members, since)).await?;
    }
    facts.at = client.now();
    Ok(facts)
}
