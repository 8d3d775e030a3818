//! A restored cluster and its members: asked for, being made, there.

use super::counted;
use crate::apply::facts::Facts;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::event::Verified;
use crate::names::{ClusterId, InstanceId};
use crate::observed::{Cluster, RUN_TAG};
use crate::plan::action::RestoredExpectation;

/// Whether the new cluster is there. Its name is the run's, so that its existence proves that it began.
pub(super) fn restored(name: &ClusterId, facts: &Facts) -> Look {
    let Some(cluster) = &facts.cluster else {
        return Look::Waiting(format!("no cluster {name} yet"));
    };
    if !cluster.tags.contains_key(RUN_TAG) {
        return Look::Failed(format!(
            "cluster `{name}` is there, and no run of ours made it"
        ));
    }
    let words = format!("cluster {name} {}", cluster.status);
    match health::broken(cluster) {
        Some(broken) => Look::Failed(broken),
        None if health::is_available(&cluster.status) => Look::Proven(words),
        None => Look::Begun(words),
    }
}

/// Whether a new member is there and serves.
pub(super) fn member_created(name: &InstanceId, facts: &Facts) -> Look {
    let Some(cluster) = &facts.cluster else {
        return Look::Failed("the new cluster is gone".to_owned());
    };
    let Some(member) = cluster.members.get(name) else {
        return Look::Waiting(format!("no member {name} yet"));
    };
    let words = format!("{name} {}, {}", member.status, member.class);
    match health::broken_member(member) {
        Some(broken) => Look::Failed(broken),
        None if health::is_available(&member.status) => Look::Proven(words),
        None => Look::Begun(words),
    }
}

/// Whether the whole new cluster is as it was planned.
pub(super) fn as_planned(expected: &RestoredExpectation, facts: &Facts) -> Look {
    let Some(cluster) = &facts.cluster else {
        return Look::Failed("the new cluster is gone".to_owned());
    };
    let problems = problems(expected, cluster);
    if problems.is_empty() {
        Look::Good(format!(
            "cluster {} serves with {}",
            cluster.identifier,
            counted(cluster.members.len(), "member")
        ))
    } else {
        Look::Waiting(problems.join("; "))
    }
}

fn problems(expected: &RestoredExpectation, cluster: &Cluster) -> Vec<String> {
    let RestoredExpectation {
        cluster: _,
        group,
        classes,
        writer,
    } = expected;
    let mut problems = Vec::new();
    problems.extend(health::unavailable(cluster));
    if cluster.parameter_group != *group {
        problems.push(format!(
            "cluster uses group {}, expected {group}",
            cluster.parameter_group
        ));
    }
    for (instance, class) in classes {
        match cluster.members.get(instance) {
            None => problems.push(format!("{instance} is not there")),
            Some(member)
                if member.class != *class || member.cluster_parameter_group_status != "in-sync" =>
            {
                problems.push(health::in_words(member));
            }
            Some(_) => {}
        }
    }
    let writes = cluster.writer().map(|writer| &writer.identifier);
    if writes.is_none() || writer.as_ref().is_some_and(|writer| writes != Some(writer)) {
        problems.push(format!(
            "writer is {}",
            writes.map_or_else(|| "nobody".to_owned(), ToString::to_string)
        ));
    }
    problems
}

/// What a good verification proved, and the endpoints to use from now on.
pub(in crate::apply) fn proven(expected: &RestoredExpectation, cluster: &Cluster) -> Vec<Verified> {
    let mut facts = vec![format!(
        "cluster {} is available and uses group {}",
        cluster.identifier, expected.group
    )];
    for member in cluster.members.values() {
        facts.push(format!(
            "{} is available, {}, in-sync",
            member.identifier, member.class
        ));
    }
    facts.extend(
        cluster
            .endpoint
            .iter()
            .map(|endpoint| format!("writer endpoint {endpoint}")),
    );
    facts.extend(
        cluster
            .reader_endpoint
            .iter()
            .map(|endpoint| format!("reader endpoint {endpoint}")),
    );
    facts
        .into_iter()
        .map(|fact| Verified {
            fact,
            witness: "RDS API".to_owned(),
        })
        .collect()
}
