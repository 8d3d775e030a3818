//! Rules about the members.

use super::{Facts, reason, unavailable};
use crate::hint::nearest;
use crate::observed::status::{BROKEN_INSTANCE, is_available};
use crate::plan::difference::{PENDING_CLASS, foreign_queue};
use crate::plan::refusal::Reason;

pub(super) fn declared_instances_are_members(facts: &Facts<'_>) -> Vec<Reason> {
    let members = &facts.cluster.members;
    facts
        .desired
        .cluster
        .instances
        .keys()
        .filter(|instance| !members.contains_key(*instance))
        .map(|instance| {
            let known = members.keys().map(|member| member.as_str());
            let way_out = match nearest(instance.as_str(), known) {
                Some(name) => format!("did you mean [cluster.instances.{name}]?"),
                None => format!(
                    "the members are {}",
                    members
                        .keys()
                        .map(|member| format!("`{member}`"))
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            };
            reason(
                "instance-not-a-member",
                format!(
                    "[cluster.instances.{instance}] is declared in {}, and cluster `{}` has no such member",
                    facts.desired.file.display(),
                    facts.cluster.identifier
                ),
                way_out,
            )
        })
        .collect()
}

pub(super) fn members_are_available(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = facts
        .cluster
        .members
        .values()
        .filter(|member| !is_available(&member.status))
        .map(|member| {
            reason(
                "member-not-available",
                format!(
                    "member `{}` is {}, not available",
                    member.identifier, member.status
                ),
                unavailable::way_out(
                    &member.status,
                    BROKEN_INSTANCE.contains(&member.status.as_str()),
                    "db-instance",
                    member.identifier.as_str(),
                    facts,
                ),
            )
        })
        .collect();
    if facts.cluster.writer().is_none() {
        reasons.push(reason(
            "no-writer",
            format!("cluster `{}` has no writer", facts.cluster.identifier),
            "wait until the cluster has a writer, then try again",
        ));
    }
    reasons
}

pub(super) fn nothing_is_propagating(facts: &Facts<'_>) -> Vec<Reason> {
    facts
        .cluster
        .members
        .values()
        .filter(|member| member.cluster_parameter_group_status == "applying")
        .map(|member| {
            reason(
                "change-in-flight",
                format!(
                    "an earlier parameter change is still being applied to member `{}`",
                    member.identifier
                ),
                "wait a minute or two, then try again",
            )
        })
        .collect()
}

pub(super) fn pending_modifications_are_declared(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for member in facts.cluster.members.values() {
        for (field, value) in foreign_queue(facts.desired, member) {
            let way_out = if field == PENDING_CLASS {
                // A rollback declares nothing of its own.
                let declare = match facts.desired.undoes {
                    None => format!(
                        "declare instance_class = \"{value}\" for `{}`, or ",
                        member.identifier
                    ),
                    Some(_) => String::new(),
                };
                format!(
                    "{declare}take it back: aws rds modify-db-instance \
                     --db-instance-identifier {id} --db-instance-class {class} --apply-immediately --region {region}",
                    id = member.identifier,
                    class = member.class,
                    region = facts.observed.region
                )
            } else {
                format!(
                    "apply it or take it back with `aws rds modify-db-instance --db-instance-identifier {}`, then try again",
                    member.identifier
                )
            };
            reasons.push(reason(
                "undeclared-pending-modification",
                format!(
                    "member `{}` has a queued modification that is not declared: {field} = {value}; \
                     making anything live there would apply it too",
                    member.identifier
                ),
                way_out,
            ));
        }
    }
    reasons
}

pub(super) fn classes_can_be_ordered(facts: &Facts<'_>) -> Vec<Reason> {
    let mut refused = std::collections::BTreeSet::new();
    for difference in facts.differences.classes.values() {
        if facts.observed.orderable.get(&difference.to) == Some(&false) {
            refused.insert(&difference.to);
        }
    }
    refused
        .into_iter()
        .map(|class| {
            reason(
                "class-not-orderable",
                format!(
                    "instance class {class} cannot be ordered for {} {} in {}",
                    facts.cluster.engine, facts.cluster.engine_version, facts.observed.region
                ),
                format!(
                    "choose one of: aws rds describe-orderable-db-instance-options --engine {} --engine-version {} --region {} \
                     --query OrderableDBInstanceOptions[].DBInstanceClass",
                    facts.cluster.engine, facts.cluster.engine_version, facts.observed.region
                ),
            )
        })
        .collect()
}
