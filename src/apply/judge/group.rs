//! Parameter groups: made and tagged, filled, read back complete, attached.

use super::{Memory, counted};
use crate::apply::facts::Facts;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::names::{ParameterGroupName, ParameterName};
use crate::observed::{Cluster, OWNER_TAG, Parameter};
use crate::plan::Plan;
use crate::plan::action::ParameterSetting;
use crate::plan::difference::PENDING_REBOOT;
use crate::plan::same_value;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How long after an association a member that shows no sign of it is waited for, in seconds.
const SIGN_SECONDS: u32 = 180;

/// Whether the group exists with our tag.
pub(super) fn is_ours(
    group: &ParameterGroupName,
    plan: &Plan,
    memory: &Memory,
    facts: &Facts,
) -> Look {
    let owner = |tags: &BTreeMap<String, String>| {
        tags.get(OWNER_TAG).map(String::as_str) == Some(plan.partition.as_str())
    };
    match &facts.group_tags {
        None => Look::Waiting(format!("no group {group} yet")),
        Some(tags) if owner(tags) => {
            let text = format!("group {group} exists and is tagged as ours");
            if memory.before.group_tags.as_ref().is_some_and(owner) {
                Look::Good(text)
            } else {
                Look::Proven(text)
            }
        }
        Some(_) if memory.before.group_tags.is_none() => {
            Look::Begun(format!("group {group} exists, not tagged yet"))
        }
        Some(_) => Look::Waiting(format!("group {group} is not tagged yet")),
    }
}

/// Whether the group stores the values that were sent; a reset parameter has no `user` value.
pub(super) fn stored(
    group: &ParameterGroupName,
    parameters: &[ParameterSetting],
    memory: &Memory,
    facts: &Facts,
) -> Look {
    let Some(now) = &facts.parameters else {
        return Look::Failed(format!("group `{group}` is gone"));
    };
    let missing = not_stored(parameters, now);
    if missing > 0 {
        return Look::Waiting(format!(
            "{} of {} parameters stored in {group}",
            parameters.len().saturating_sub(missing),
            parameters.len()
        ));
    }
    let text = format!(
        "{} as sent in {group}",
        counted(parameters.len(), "parameter")
    );
    let were_stored = memory
        .before
        .parameters
        .as_ref()
        .is_some_and(|before| not_stored(parameters, before) == 0);
    if were_stored {
        Look::Good(text)
    } else {
        Look::Proven(text)
    }
}

fn not_stored(
    parameters: &[ParameterSetting],
    stored: &BTreeMap<ParameterName, Parameter>,
) -> usize {
    parameters
        .iter()
        .filter(|setting| {
            let found = stored
                .get(&setting.name)
                .and_then(|parameter| Some((parameter, parameter.value.as_ref()?)));
            match (found, &setting.value) {
                (Some((parameter, found)), Some(sent)) => !same_value(found, sent, parameter),
                (None, None) => false,
                _ => true,
            }
        })
        .count()
}

/// Whether the group holds exactly the values that it must hold.
pub(super) fn complete(
    group: &ParameterGroupName,
    expected: &BTreeMap<ParameterName, String>,
    facts: &Facts,
) -> Look {
    let Some(stored) = &facts.parameters else {
        return Look::Waiting(format!("group `{group}` does not exist"));
    };
    let differences = differences(expected, stored);
    if differences.is_empty() {
        Look::Good(format!(
            "group {group} holds exactly {}",
            counted(expected.len(), "value")
        ))
    } else {
        Look::Waiting(format!(
            "group `{group}` is not complete: {}",
            differences.join("; ")
        ))
    }
}

/// Where stored `user` values differ in meaning from those expected, in words.
pub(in crate::apply) fn differences(
    expected: &BTreeMap<ParameterName, String>,
    stored: &BTreeMap<ParameterName, Parameter>,
) -> Vec<String> {
    let absent_or_other = expected.iter().filter_map(|(name, value)| {
        match stored
            .get(name)
            .and_then(|parameter| Some((parameter, parameter.value.as_ref()?)))
        {
            None => Some(format!("`{name}` has no value, expected {value}")),
            Some((parameter, found)) if !same_value(found, value, parameter) => {
                Some(format!("`{name}` is {found}, expected {value}"))
            }
            Some(_) => None,
        }
    });
    let superfluous = stored
        .keys()
        .filter(|name| !expected.contains_key(*name))
        .map(|name| format!("`{name}` is set and should not be"));
    absent_or_other.chain(superfluous).collect()
}

/// Whether the cluster uses the group, and every member has taken notice of it and is done with it.
pub(super) fn attached(
    group: &ParameterGroupName,
    memory: &mut Memory,
    cluster: &Cluster,
    now: Timestamp,
) -> Look {
    if let Some(broken) = health::broken(cluster) {
        return Look::Failed(broken);
    }
    for member in cluster.members.values() {
        let status = member.cluster_parameter_group_status.as_str();
        let before = memory
            .before
            .cluster
            .as_ref()
            .and_then(|before| before.members.get(&member.identifier))
            .map(|before| before.cluster_parameter_group_status.as_str());
        // A member that needed a restart before shows no change when it needs one again.
        if before != Some(status) || status == "applying" || status == PENDING_REBOOT {
            memory.mark(&format!("noticed by {}", member.identifier), now);
        }
    }
    if cluster.parameter_group != *group {
        return Look::Waiting(format!("cluster uses group {}", cluster.parameter_group));
    }
    let attached_seconds = memory.mark("attached", now);
    let members: Vec<String> = cluster
        .members
        .values()
        .map(|member| {
            format!(
                "{} {}",
                member.identifier, member.cluster_parameter_group_status
            )
        })
        .collect();
    let words = format!("cluster uses group {group}; {}", members.join(", "));
    let applying = cluster
        .members
        .values()
        .any(|member| member.cluster_parameter_group_status == "applying");
    let noticed = cluster
        .members
        .keys()
        .all(|instance| memory.has(&format!("noticed by {instance}")));
    let at_rest = health::is_available(&cluster.status) && !applying;
    if at_rest && (noticed || attached_seconds >= SIGN_SECONDS) {
        Look::Proven(words)
    } else {
        Look::Begun(words)
    }
}
