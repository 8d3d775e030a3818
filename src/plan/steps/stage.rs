//! Staging: everything that is stored in AWS without restarting a member.

use super::{action, named, role_of, undone_by};
use crate::names::{Family, ParameterName};
use crate::observed::ApplyType;
use crate::plan::action::{Action, ApplyMethod, Evidence, Kind, ParameterSetting, Phase, Undo};
use crate::plan::difference::{GroupDifference, PENDING_CLASS};
use crate::plan::forecast::SETTLE_SECONDS;
use crate::plan::rules::{Facts, is_ours};
use std::collections::{BTreeMap, BTreeSet};

/// Parameters that one ModifyDBClusterParameterGroup or ResetDBClusterParameterGroup request may carry (RDS API
/// Reference: "A maximum of 20 parameters can be modified in a single request").
const PARAMETERS_PER_REQUEST: usize = 20;

/// Parameters whose values are judged together, so that they must travel in one request (as the CloudFormation
/// resource handlers for RDS and Terraform's AWS provider keep them).
const DEPENDENT_SETS: [&[&str]; 2] = [
    &["password_encryption", "rds.accepted_password_auth_method"],
    &["ssl_min_protocol_version", "ssl_max_protocol_version"],
];

/// Every staging action, in order.
pub(in crate::plan) fn stage(facts: &Facts<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    if let Some(difference) = &facts.differences.group {
        fill_group(facts, difference, &mut actions);
        attach_group(facts, difference, &mut actions);
    }
    insights(facts, &mut actions);
    queue_classes(facts, &mut actions);
    clear_queues(facts, &mut actions);
    settle(facts, &mut actions);
    actions
}

fn fill_group(facts: &Facts<'_>, difference: &GroupDifference, actions: &mut Vec<Action>) {
    let group = &difference.target;
    if !difference.exists() {
        actions.push(action(
            format!("create parameter group {group}"),
            Phase::Stage,
            Kind::CreateParameterGroup {
                group: group.clone(),
                family: Family::of(&facts.cluster.engine, &facts.cluster.engine_version),
            },
            None,
            vec![format!(
                "`{}` is attached, which cannot carry the declared parameters",
                difference.attached
            )],
            undone_by("delete the group, once no cluster uses it"),
            Evidence::GroupExists {
                group: group.clone(),
            },
        ));
    } else if facts.options.adopt
        && needs_adoption(facts, difference)
        && let Some(arn) = difference
            .group
            .as_ref()
            .and_then(|group| group.arn.clone())
    {
        actions.push(action(
            format!("adopt parameter group {group}"),
            Phase::Stage,
            Kind::AdoptParameterGroup {
                group: group.clone(),
                arn,
            },
            None,
            vec!["it was not made by auroractl, and --adopt was given".to_owned()],
            undone_by("remove the tag"),
            Evidence::GroupExists {
                group: group.clone(),
            },
        ));
    }
    parameter_requests(facts, difference, actions);
    // What AWS owns needs no check.
    if difference.attaches() && !group.is_default() {
        actions.push(action(
            format!("check parameter group {group}"),
            Phase::Stage,
            Kind::CheckParameterGroup {
                group: group.clone(),
                expected: difference.declared.clone(),
            },
            None,
            vec!["a group is read back complete before a cluster uses it".to_owned()],
            Undo::Nothing,
            Evidence::ReadOnly,
        ));
    }
}

/// Whether the group has to be marked as ours before it is used.
fn needs_adoption(facts: &Facts<'_>, difference: &GroupDifference) -> bool {
    !is_ours(facts) && (difference.attaches() || !difference.resets.is_empty())
}

fn parameter_requests(facts: &Facts<'_>, difference: &GroupDifference, actions: &mut Vec<Action>) {
    let group = &difference.target;
    let settings: Vec<ParameterSetting> = difference
        .settings
        .iter()
        .map(|setting| ParameterSetting {
            name: setting.parameter.name.clone(),
            value: Some(setting.to.clone()),
            before: setting.before.clone(),
            apply_method: method(setting.parameter.apply_type),
        })
        .collect();
    let resets: Vec<ParameterSetting> = difference
        .resets
        .iter()
        .map(|parameter| ParameterSetting {
            name: parameter.name.clone(),
            value: None,
            before: parameter.value.clone(),
            apply_method: method(parameter.apply_type),
        })
        .collect();
    let chunks = chunked(settings);
    let several = chunks.len() > 1;
    for (index, parameters) in chunks.into_iter().enumerate() {
        let id = format!("modify parameter group {group}{}", part(several, index));
        let count = parameters.len();
        let names = named(parameters.iter().map(|setting| &setting.name));
        actions.push(action(
            id,
            Phase::Stage,
            Kind::ModifyParameters {
                group: group.clone(),
                parameters: parameters.clone(),
            },
            None,
            vec![format!(
                "store {} {}: {names}",
                counted(count),
                facts.said("as declared", "as before the run")
            )],
            undone_by("store the previous values again"),
            stored(group, &parameters),
        ));
    }
    let chunks = chunked(resets);
    let several = chunks.len() > 1;
    for (index, parameters) in chunks.into_iter().enumerate() {
        let names = named(parameters.iter().map(|setting| &setting.name));
        actions.push(action(
            format!("reset parameter group {group}{}", part(several, index)),
            Phase::Stage,
            Kind::ResetParameters {
                group: group.clone(),
                parameters: parameters.clone(),
            },
            None,
            vec![format!(
                "{}: {names}",
                facts.said("no longer declared", "not set before the run")
            )],
            undone_by("store the previous values again"),
            stored(group, &parameters),
        ));
    }
}

fn counted(count: usize) -> String {
    if count == 1 {
        "1 parameter".to_owned()
    } else {
        format!("{count} parameters")
    }
}

fn part(several: bool, index: usize) -> String {
    if several {
        format!(" part {}", index + 1)
    } else {
        String::new()
    }
}

fn stored(group: &crate::names::ParameterGroupName, parameters: &[ParameterSetting]) -> Evidence {
    Evidence::ParametersStored {
        group: group.clone(),
        values: parameters
            .iter()
            .map(|setting| (setting.name.clone(), setting.value.clone()))
            .collect::<BTreeMap<_, _>>(),
    }
}

fn method(apply_type: ApplyType) -> ApplyMethod {
    match apply_type {
        ApplyType::Dynamic => ApplyMethod::Immediate,
        ApplyType::Static => ApplyMethod::PendingReboot,
    }
}

/// Requests of at most 20 parameters in which no dependent set is torn apart.
fn chunked(settings: Vec<ParameterSetting>) -> Vec<Vec<ParameterSetting>> {
    let mut units: Vec<Vec<ParameterSetting>> = Vec::new();
    let mut unit_of_set: BTreeMap<usize, usize> = BTreeMap::new();
    for setting in settings {
        let set = DEPENDENT_SETS
            .iter()
            .position(|names| names.contains(&setting.name.as_str()));
        let known = set.and_then(|set| unit_of_set.get(&set).copied());
        match known.and_then(|unit| units.get_mut(unit)) {
            Some(unit) => unit.push(setting),
            None => {
                if let Some(set) = set {
                    unit_of_set.insert(set, units.len());
                }
                units.push(vec![setting]);
            }
        }
    }
    let mut chunks: Vec<Vec<ParameterSetting>> = Vec::new();
    for unit in units {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + unit.len() <= PARAMETERS_PER_REQUEST => {
                chunk.extend(unit);
            }
            _ => chunks.push(unit),
        }
    }
    chunks
}

fn attach_group(facts: &Facts<'_>, difference: &GroupDifference, actions: &mut Vec<Action>) {
    if !difference.attaches() {
        return;
    }
    let group = &difference.target;
    actions.push(action(
        format!("attach parameter group {group}"),
        Phase::Stage,
        Kind::AttachParameterGroup {
            group: group.clone(),
            before: difference.attached.clone(),
            apply_immediately: facts.desired.cluster.apply_immediately,
        },
        None,
        vec![format!(
            "cluster `{}` uses `{}`; the new association marks every member pending-reboot",
            facts.cluster.identifier, difference.attached
        )],
        undone_by(format!(
            "attach `{}` again, which needs every member restarted",
            difference.attached
        )),
        Evidence::GroupAttached {
            group: group.clone(),
        },
    ));
}

fn insights(facts: &Facts<'_>, actions: &mut Vec<Action>) {
    let mode = facts.differences.insights_mode.as_ref();
    let retention = facts.differences.retention_days;
    let live_mode = facts
        .cluster
        .database_insights
        .as_deref()
        .unwrap_or("standard");
    let live_days = facts.cluster.performance_insights_retention_days;
    let mut push = |id: &str, kind: Kind, reason: String, undo: Undo| {
        let evidence = match &kind {
            Kind::ModifyInsights {
                mode,
                retention_days,
                ..
            } => Evidence::InsightsAre {
                mode: mode.clone(),
                retention_days: *retention_days,
            },
            _ => Evidence::ReadOnly,
        };
        actions.push(action(
            id,
            Phase::Stage,
            kind,
            None,
            vec![reason],
            undo,
            evidence,
        ));
    };
    let back = match live_days {
        Some(days) => undone_by(format!(
            "declare the mode {live_mode} and {days} days again"
        )),
        None => undone_by(format!(
            "declare the mode {live_mode}, and turn Performance Insights off again"
        )),
    };
    if let Some((_, to)) = mode {
        let advanced = to == "advanced";
        // To `advanced`, AWS wants mode, flag and retention in one request; to `standard`, it refuses a shorter
        // retention until the mode has changed.
        let retention_days = if advanced {
            retention.map(|(_, days)| days).or(live_days)
        } else {
            None
        };
        push(
            &format!("set database insights {to}"),
            Kind::ModifyInsights {
                mode: Some(to.clone()),
                enable_performance_insights: advanced.then_some(true),
                retention_days,
            },
            format!(
                "Database Insights is {live_mode}, and {to} {}",
                facts.said("is declared", "was before the run")
            ),
            back.clone(),
        );
        if advanced {
            return;
        }
    }
    if facts.differences.insights_off {
        push(
            "turn performance insights off",
            Kind::ModifyInsights {
                mode: None,
                enable_performance_insights: Some(false),
                retention_days: None,
            },
            "Performance Insights is on, and was off before the run".to_owned(),
            back.clone(),
        );
        return;
    }
    if let Some((_, days)) = retention {
        push(
            &format!("set performance insights retention {days} days"),
            Kind::ModifyInsights {
                mode: None,
                enable_performance_insights: Some(true),
                retention_days: Some(days),
            },
            match live_days {
                Some(live) => format!(
                    "retention is {live} days, and {days} {}",
                    facts.said("is declared", "was before the run")
                ),
                None => {
                    format!("Performance Insights has no retention, and {days} days are declared")
                }
            },
            back,
        );
    }
}

fn queue_classes(facts: &Facts<'_>, actions: &mut Vec<Action>) {
    if facts.desired.cluster.apply_immediately {
        return;
    }
    for (instance, difference) in &facts.differences.classes {
        if difference.queued {
            continue;
        }
        actions.push(action(
            format!("queue class change {instance}"),
            Phase::Stage,
            Kind::QueueClassChange {
                instance: instance.clone(),
                class: difference.to.clone(),
                before: difference.from.clone(),
            },
            role_of(facts.cluster, instance),
            vec![format!(
                "class {} -> {}, applied later by a flush",
                difference.from, difference.to
            )],
            undone_by(format!(
                "submit {} with apply-immediately, which clears the queue",
                difference.from
            )),
            Evidence::ClassQueued {
                instance: instance.clone(),
                class: difference.to.clone(),
            },
        ));
    }
}

/// A class that waits in a queue is taken out before anything makes the queue live.
fn clear_queues(facts: &Facts<'_>, actions: &mut Vec<Action>) {
    for (instance, (class, queued)) in &facts.differences.queued {
        actions.push(action(
            format!("clear queue {instance}"),
            Phase::Stage,
            Kind::ClearQueue {
                instance: instance.clone(),
                class: class.clone(),
                pending: BTreeMap::from([(PENDING_CLASS.to_owned(), queued.to_string())]),
            },
            role_of(facts.cluster, instance),
            vec![format!(
                "the run queued {queued}; the member is a {class} and stays one"
            )],
            undone_by(format!("queue {queued} again")),
            Evidence::QueueEmpty {
                instance: instance.clone(),
            },
        ));
    }
}

fn settle(facts: &Facts<'_>, actions: &mut Vec<Action>) {
    let Some(difference) = &facts.differences.group else {
        return;
    };
    if !difference.is_any() {
        return;
    }
    let of_settings = difference.settings.iter().map(|setting| &setting.parameter);
    let dynamic: BTreeSet<ParameterName> = of_settings
        .chain(&difference.resets)
        .filter(|parameter| parameter.apply_type == ApplyType::Dynamic)
        .map(|parameter| parameter.name.clone())
        .collect();
    let seconds_min = if dynamic.is_empty() {
        0
    } else {
        SETTLE_SECONDS
    };
    let reason = if dynamic.is_empty() {
        "the change must have reached every member before one restarts".to_owned()
    } else {
        format!(
            "dynamic values need no restart, and a restart would not mend them: {}",
            named(dynamic.iter())
        )
    };
    actions.push(action(
        "settle",
        Phase::Settle,
        Kind::Settle {
            dynamic: dynamic.into_iter().collect(),
            seconds_min,
        },
        None,
        vec![reason],
        Undo::Nothing,
        Evidence::ReadOnly,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str) -> ParameterSetting {
        ParameterSetting {
            name: ParameterName::new(name),
            value: Some("1".to_owned()),
            before: None,
            apply_method: ApplyMethod::Immediate,
        }
    }

    #[test]
    fn forty_five_parameters_travel_in_three_requests() {
        let settings = (0..45)
            .map(|number| setting(&format!("p{number:02}")))
            .collect();
        let sizes: Vec<usize> = chunked(settings).iter().map(Vec::len).collect();
        assert_eq!(sizes, [20, 20, 5]);
    }

    #[test]
    fn a_dependent_set_is_never_torn_apart() {
        let mut settings: Vec<ParameterSetting> = (0..19)
            .map(|number| setting(&format!("p{number:02}")))
            .collect();
        settings.push(setting("ssl_max_protocol_version"));
        settings.push(setting("ssl_min_protocol_version"));
        let chunks = chunked(settings);
        let sizes: Vec<usize> = chunks.iter().map(Vec::len).collect();
        assert_eq!(sizes, [19, 2]);
    }
}
