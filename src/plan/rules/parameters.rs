//! Rules about parameters and their groups.

use super::{Facts, reason};
use crate::hint::nearest;
use crate::names::Family;
use crate::observed::OWNER_TAG;
use crate::plan::allowed;
use crate::plan::difference::{default_group, described};
use crate::plan::refusal::Reason;

pub(super) fn parameters_are_known(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    let family = Family::of(&facts.cluster.engine, &facts.cluster.engine_version);
    difference
        .unknown
        .iter()
        .map(|name| {
            let place = facts
                .desired
                .parameters
                .get(name)
                .map(|parameter| parameter.place.to_string())
                .unwrap_or_default();
            let known = crate::desired::parameter_names::known();
            let way_out = match nearest(name.as_str(), known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!(
                    "see aws rds describe-db-cluster-parameters --db-cluster-parameter-group-name default.{family}"
                ),
            };
            reason(
                "unknown-parameter",
                format!("{place}: family {family} has no cluster parameter `{name}`"),
                way_out,
            )
        })
        .collect()
}

pub(super) fn values_are_allowed(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    let defaults = default_group(facts.cluster);
    difference
        .declared
        .iter()
        .filter_map(|(name, value)| {
            let parameter = described(facts.observed, &difference.target, &defaults, name)?;
            let declared = facts.desired.parameters.get(name)?;
            if value.is_empty() {
                return Some(reason(
                    "value-empty",
                    format!(
                        "{}: a parameter group cannot store an empty `{name}`",
                        declared.place
                    ),
                    format!("remove `{name}` from [parameters]; its default applies then"),
                ));
            }
            if allowed::accepts(parameter, value) {
                return None;
            }
            let range = parameter.allowed_values.as_deref().unwrap_or("anything");
            let sent = if value == &declared.as_written {
                String::new()
            } else {
                format!(" (declared as {})", declared.as_written)
            };
            Some(reason(
                "value-not-allowed",
                format!(
                    "{}: `{name}` does not accept {value}{sent}; allowed values: {range}",
                    declared.place
                ),
                format!("declare a value of `{name}` within {range}"),
            ))
        })
        .collect()
}

pub(super) fn parameters_are_modifiable(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    difference
        .settings
        .iter()
        .filter(|setting| !setting.parameter.is_modifiable)
        .map(|setting| {
            reason(
                "parameter-not-modifiable",
                format!(
                    "{}: AWS does not let `{}` be changed",
                    setting.place, setting.parameter.name
                ),
                format!("remove `{}` from [parameters]", setting.parameter.name),
            )
        })
        .collect()
}

pub(super) fn no_instance_group_overrides(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    // What a rollback puts back was overridden before, too.
    if facts.desired.undoes.is_some() {
        return reasons;
    }
    for member in facts.cluster.members.values() {
        for group in member.instance_groups.keys() {
            let Some(values) = facts.observed.instance_groups.get(group) else {
                continue;
            };
            for (name, value) in values {
                if let Some(declared) = facts.desired.parameters.get(name) {
                    reasons.push(reason(
                        "instance-group-overrides",
                        format!(
                            "{}: member `{}` takes `{name}` = {value} from its own parameter group `{group}`, which wins over the cluster's",
                            declared.place, member.identifier
                        ),
                        format!(
                            "reset it there: aws rds reset-db-parameter-group --db-parameter-group-name {group} \
                             --parameters ParameterName={name},ApplyMethod=pending-reboot --region {}",
                            facts.observed.region
                        ),
                    ));
                }
            }
        }
    }
    reasons
}

pub(super) fn group_fits_the_engine(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    let family = Family::of(&facts.cluster.engine, &facts.cluster.engine_version);
    let of_group = difference
        .group
        .as_ref()
        .and_then(|group| group.family.as_ref());
    match of_group {
        Some(other) if difference.exists() && *other != family => vec![reason(
            "group-of-another-family",
            format!(
                "parameter group `{}` is of family {other}, and cluster `{}` needs {family}",
                difference.target, facts.cluster.identifier
            ),
            "declare cluster.parameter_group with the name of a new group; auroractl creates it",
        )],
        // A rollback may attach it again, for that changes nothing in it.
        _ if difference.target.is_default()
            && difference.is_any()
            && (facts.desired.undoes.is_none()
                || !(difference.settings.is_empty() && difference.resets.is_empty())) =>
        {
            vec![reason(
                "default-group",
                format!(
                    "`{}` belongs to AWS and cannot be changed",
                    difference.target
                ),
                "leave cluster.parameter_group out, and auroractl creates a group of the cluster's own",
            )]
        }
        _ => Vec::new(),
    }
}

pub(super) fn group_is_not_shared(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    let changes_it = !difference.settings.is_empty() || !difference.resets.is_empty();
    if !changes_it || !difference.exists() {
        return Vec::new();
    }
    facts
        .observed
        .neighbours
        .iter()
        .filter(|(cluster, group)| {
            **cluster != facts.cluster.identifier && **group == difference.target
        })
        .map(|(cluster, group)| {
            reason(
                "group-shared",
                format!(
                    "parameter group `{group}` is attached to cluster `{cluster}` as well, which would change too"
                ),
                format!(
                    "give this partition a group of its own: cluster.parameter_group = \"{}-{}\"",
                    facts.cluster.identifier,
                    Family::of(&facts.cluster.engine, &facts.cluster.engine_version)
                ),
            )
        })
        .collect()
}

pub(super) fn group_is_ours_or_adopted(facts: &Facts<'_>) -> Vec<Reason> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    // A rollback goes back to the group from which its run came, or to the values that it found.
    if facts.options.adopt
        || facts.desired.undoes.is_some()
        || !difference.exists()
        || is_ours(facts)
    {
        return Vec::new();
    }
    if difference.attaches() {
        return vec![reason(
            "group-not-ours",
            format!(
                "parameter group `{}` exists already and was not made by auroractl",
                difference.target
            ),
            "pass --adopt to take it over, or declare another cluster.parameter_group",
        )];
    }
    if difference.resets.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = difference
        .resets
        .iter()
        .map(|parameter| {
            format!(
                "`{}` = {}",
                parameter.name,
                parameter.value.as_deref().unwrap_or("(none)")
            )
        })
        .collect();
    vec![reason(
        "group-not-ours",
        format!(
            "parameter group `{}` was not made by auroractl and holds values that are not declared: {}",
            difference.target,
            names.join(", ")
        ),
        "declare these values in [parameters], or pass --adopt to have them reset",
    )]
}

/// Whether the target group carries our tag.
pub(in crate::plan) fn is_ours(facts: &Facts<'_>) -> bool {
    facts
        .differences
        .group
        .as_ref()
        .and_then(|difference| difference.group.as_ref())
        .and_then(|group| group.tags.as_ref())
        .and_then(|tags| tags.get(OWNER_TAG))
        .is_some_and(|owner| owner == facts.desired.partition.as_str())
}
