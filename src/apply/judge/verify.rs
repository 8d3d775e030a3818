//! Verification: every member as declared, as far as the RDS API is a witness.

use super::counted;
use super::group::differences;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::event::Verified;
use crate::names::ParameterName;
use crate::observed::{Cluster, Parameter};
use crate::plan::action::Expectation;
use crate::plan::difference::PENDING_REBOOT;
use std::collections::BTreeMap;

/// The witness of everything that is verified here.
const WITNESS: &str = "RDS API";

/// Whether cluster, group and members are as declared, with nothing queued or pending.
pub(super) fn as_declared(
    expectation: &Expectation,
    cluster: &Cluster,
    stored: Option<&BTreeMap<ParameterName, Parameter>>,
) -> Look {
    let problems = problems(expectation, cluster, stored);
    if problems.is_empty() {
        Look::Good(format!(
            "{} as declared",
            counted(cluster.members.len(), "member")
        ))
    } else {
        Look::Waiting(problems.join("; "))
    }
}

fn problems(
    expectation: &Expectation,
    cluster: &Cluster,
    stored: Option<&BTreeMap<ParameterName, Parameter>>,
) -> Vec<String> {
    let Expectation {
        group,
        parameters,
        classes,
        database_insights,
        retention_days,
        in_sync,
        writer,
        not_proven: _,
        proof: _,
    } = expectation;
    let mut problems = Vec::new();
    if !health::is_available(&cluster.status) {
        problems.push(format!("cluster is {}", cluster.status));
    }
    if cluster.parameter_group != *group {
        problems.push(format!(
            "cluster uses group {}, expected {group}",
            cluster.parameter_group
        ));
    }
    if !parameters.is_empty() {
        match stored {
            Some(stored) => problems.extend(differences(parameters, stored)),
            None => problems.push(format!("group {group} does not exist")),
        }
    }
    let is_writer = cluster.writer().map(|member| &member.identifier);
    if let Some(wanted) = writer
        && is_writer != Some(wanted)
    {
        problems.push(format!(
            "the writer is {}, expected {wanted}",
            is_writer.map_or("nobody", |member| member.as_str())
        ));
    }
    if let Some(mode) = database_insights
        && cluster.database_insights.as_ref() != Some(mode)
    {
        problems.push(format!(
            "Database Insights is {}, expected {mode}",
            cluster.database_insights.as_deref().unwrap_or("not shown")
        ));
    }
    if let Some(days) = retention_days
        && cluster.performance_insights_retention_days != Some(*days)
    {
        problems.push(format!("Performance Insights retention is not {days} days"));
    }
    for member in cluster.members.values() {
        let status = member.cluster_parameter_group_status.as_str();
        // Where no parameter is declared, what somebody stored in the group and never made live is not ours to judge.
        let is_in_sync =
            status == "in-sync" || (parameters.is_empty() && !in_sync && status == PENDING_REBOOT);
        if !is_in_sync || !member.pending.is_empty() || !health::is_available(&member.status) {
            problems.push(health::in_words(member));
        }
    }
    for (instance, class) in classes {
        match cluster.members.get(instance) {
            None => problems.push(format!("{instance} is not a member")),
            Some(member) if member.class != *class => {
                problems.push(format!(
                    "{instance} runs {}, expected {class}",
                    member.class
                ));
            }
            Some(_) => {}
        }
    }
    problems
}

/// What a good verification proved, each fact with its witness.
pub(in crate::apply) fn verified(expectation: &Expectation, cluster: &Cluster) -> Vec<Verified> {
    let Expectation {
        group,
        parameters,
        classes,
        database_insights,
        retention_days,
        in_sync: _,
        writer,
        not_proven: _,
        proof: _,
    } = expectation;
    let mut facts = vec![format!("cluster {} uses group {group}", cluster.identifier)];
    if !parameters.is_empty() {
        facts.push(format!(
            "group {group} stores {} as declared and no others",
            counted(parameters.len(), "value")
        ));
    }
    if let Some(writer) = writer {
        facts.push(format!("{writer} is the writer"));
    }
    if let Some(mode) = database_insights {
        facts.push(format!("Database Insights is {mode}"));
    }
    if let Some(days) = retention_days {
        facts.push(format!("Performance Insights keeps {days} days"));
    }
    for member in cluster.members.values() {
        let identifier = &member.identifier;
        if member.cluster_parameter_group_status == "in-sync" {
            facts.push(format!("{identifier} is in-sync with group {group}"));
        }
        facts.push(match classes.get(identifier) {
            Some(class) => format!("{identifier} runs {class}, nothing is queued"),
            None => format!("{identifier} has nothing queued"),
        });
    }
    facts
        .into_iter()
        .map(|fact| Verified {
            fact,
            witness: WITNESS.to_owned(),
        })
        .collect()
}
