//! The list of changes: each difference with its live value, its declared value, its reason and what it takes.

use super::change::{Change, Effect, Subject};
use super::difference::{GroupDifference, default_group};
use super::rules::Facts;
use super::value::with_classes;
use crate::names::InstanceClass;
use crate::observed::{ApplyType, Parameter};

/// All changes, in a fixed order: the group, its parameters by name, Insights, classes, activation.
pub(super) fn changes(facts: &Facts<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Some(difference) = &facts.differences.group {
        group_changes(facts, difference, &mut changes);
    }
    if let Some((from, to)) = &facts.differences.insights_mode {
        changes.push(Change {
            subject: Subject::DatabaseInsights,
            from: from.clone(),
            to: Some(to.clone()),
            reason: facts
                .said("declared mode", "the mode before the run")
                .to_owned(),
            effect: Effect::Live,
        });
    }
    if let Some((from, to)) = facts.differences.retention_days {
        changes.push(Change {
            subject: Subject::PerformanceInsightsRetention,
            from: from.map(|days| format!("{days} days")),
            to: Some(format!("{to} days")),
            reason: facts
                .said("declared retention", "the retention before the run")
                .to_owned(),
            effect: Effect::Live,
        });
    }
    for (instance, difference) in &facts.differences.classes {
        changes.push(Change {
            subject: Subject::InstanceClass {
                instance: instance.clone(),
            },
            from: Some(difference.from.to_string()),
            to: Some(difference.to.to_string()),
            reason: if difference.queued {
                facts
                    .said(
                        "declared class, already queued",
                        "its class before the run, already queued",
                    )
                    .to_owned()
            } else {
                facts
                    .said("declared class", "its class before the run")
                    .to_owned()
            },
            effect: Effect::Restart,
        });
    }
    if facts.differences.insights_off {
        changes.push(Change {
            subject: Subject::PerformanceInsights,
            from: Some("on".to_owned()),
            to: Some("off".to_owned()),
            reason: "it was off before the run".to_owned(),
            effect: Effect::Live,
        });
    }
    for (instance, (_, queued)) in &facts.differences.queued {
        changes.push(Change {
            subject: Subject::QueuedClass {
                instance: instance.clone(),
            },
            from: Some(queued.to_string()),
            to: Some("nothing queued".to_owned()),
            reason: "the run queued it".to_owned(),
            effect: Effect::Live,
        });
    }
    for instance in &facts.differences.stored_not_live {
        changes.push(Change {
            subject: Subject::Activation {
                instance: instance.clone(),
            },
            from: Some("pending-reboot".to_owned()),
            to: Some("in-sync".to_owned()),
            reason: "an earlier change was stored and never made live here".to_owned(),
            effect: Effect::Restart,
        });
    }
    changes
}

fn group_changes(facts: &Facts<'_>, difference: &GroupDifference, changes: &mut Vec<Change>) {
    if difference.attaches() {
        changes.push(Change {
            subject: Subject::ParameterGroup,
            from: Some(difference.attached.to_string()),
            to: Some(difference.target.to_string()),
            reason: if facts.desired.undoes.is_some() {
                "attached before the run".to_owned()
            } else if difference.exists() {
                "the declared parameters live in this group".to_owned()
            } else {
                "the declared parameters need a group of the cluster's own".to_owned()
            },
            effect: Effect::Restart,
        });
    }
    let before: Vec<&InstanceClass> = facts
        .cluster
        .members
        .values()
        .map(|member| &member.class)
        .collect();
    let after: Vec<&InstanceClass> = facts
        .cluster
        .members
        .values()
        .map(|member| {
            facts
                .desired
                .cluster
                .class_of(&member.identifier)
                .unwrap_or(&member.class)
        })
        .collect();
    for setting in &difference.settings {
        let parameter = &setting.parameter;
        let from = setting.before.as_ref().or(parameter.value.as_ref());
        let origin = match (&setting.before, &parameter.value) {
            (Some(_), _) => "stored in the group",
            (None, Some(_)) => "the default",
            (None, None) => "no value in the group",
        };
        changes.push(Change {
            subject: Subject::Parameter {
                name: parameter.name.clone(),
            },
            from: from.map(|from| with_classes(from, before.iter().copied())),
            to: Some(with_classes(&setting.to, after.iter().copied())),
            reason: format!(
                "{} (now: {origin})",
                declared_as(facts, parameter, &setting.to)
            ),
            effect: effect(parameter),
        });
    }
    let defaults = facts.observed.groups.get(&default_group(facts.cluster));
    for parameter in &difference.resets {
        let default = defaults
            .and_then(|group| group.parameters.get(&parameter.name))
            .and_then(|parameter| parameter.value.as_deref())
            .map(|default| with_classes(default, after.iter().copied()));
        changes.push(Change {
            subject: Subject::Parameter {
                name: parameter.name.clone(),
            },
            from: parameter
                .value
                .as_ref()
                .map(|value| with_classes(value, before.iter().copied())),
            to: None,
            reason: {
                let why = facts.said("no longer declared", "not set before the run");
                match default {
                    Some(default) => format!("{why}; the default is {default}"),
                    None => format!("{why}; the family has no default value for it"),
                }
            },
            effect: effect(parameter),
        });
    }
}

fn declared_as(facts: &Facts<'_>, parameter: &Parameter, to: &str) -> String {
    if facts.desired.undoes.is_some() {
        return "its value before the run".to_owned();
    }
    match facts.desired.parameters.get(&parameter.name) {
        Some(declared) if declared.as_written != to => {
            format!("declared as {}", declared.as_written)
        }
        _ => "declared".to_owned(),
    }
}

fn effect(parameter: &Parameter) -> Effect {
    match parameter.apply_type {
        ApplyType::Dynamic => Effect::Live,
        ApplyType::Static => Effect::Restart,
    }
}
