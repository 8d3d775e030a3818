//! What a plan still needs to know.
//!
//! Goes in: the declaration and what was read so far. Comes out: questions for AWS; none when the plan can be made.

use super::Options;
use super::difference::{Differences, default_group, target_group};
use crate::desired::Desired;
use crate::observed::{Observed, Question};
use std::collections::BTreeSet;

/// What can be asked before anything is known: the group whose name follows from the declaration. It saves a round of
/// requests where that group is attached already, and tells whether the name is taken where it is not.
pub fn first_questions(desired: &Desired) -> BTreeSet<Question> {
    if desired.parameters.is_empty() && desired.cluster.parameter_group.is_none() {
        return BTreeSet::new();
    }
    BTreeSet::from([Question::UserParameters(desired.cluster.group())])
}

/// What is still to be asked; empty when `plan` can be called.
pub fn questions(desired: &Desired, observed: &Observed, _options: &Options) -> BTreeSet<Question> {
    let mut questions = BTreeSet::new();
    let Some(cluster) = &observed.cluster else {
        return questions;
    };
    // Without declared parameters the attached group is still ours to empty, if we made it.
    let tags_read = observed
        .groups
        .get(&cluster.parameter_group)
        .is_some_and(|group| group.tags.is_some());
    if desired.parameters.is_empty()
        && desired.cluster.parameter_group.is_none()
        && desired.undoes.is_none()
        && !cluster.parameter_group.is_default()
        && !tags_read
    {
        questions.insert(Question::GroupTags(cluster.parameter_group.clone()));
    }
    let differences = Differences::between(desired, observed);
    if let Some(difference) = &differences.group {
        let target = target_group(desired, cluster);
        match &difference.group {
            None if !target.is_default() => {
                questions.insert(Question::UserParameters(target));
                // The rest depends on the answer.
                return questions;
            }
            Some(group) if group.exists => {
                if !difference.undescribed.is_empty() {
                    questions.insert(Question::Parameters(
                        target.clone(),
                        difference.undescribed.clone(),
                    ));
                }
                let tags_matter = difference.attaches() || !difference.resets.is_empty();
                if tags_matter && group.tags.is_none() {
                    questions.insert(Question::GroupTags(target));
                }
            }
            _ => {
                if !difference.undescribed.is_empty() {
                    questions.insert(Question::DefaultParameters(
                        crate::names::Family::of(&cluster.engine, &cluster.engine_version),
                        difference.undescribed.clone(),
                    ));
                }
            }
        }
        // After a reset the family's default is what a member runs, and the plan says which.
        let defaults = observed.groups.get(&default_group(cluster));
        let unread: BTreeSet<_> = difference
            .resets
            .iter()
            .map(|parameter| parameter.name.clone())
            .filter(|name| defaults.is_none_or(|group| !group.asked.contains(name)))
            .collect();
        if !unread.is_empty() {
            questions.insert(Question::DefaultParameters(
                crate::names::Family::of(&cluster.engine, &cluster.engine_version),
                unread,
            ));
        }
        for member in cluster.members.values() {
            for group in member.instance_groups.keys() {
                if !group.is_default() && !observed.instance_groups.contains_key(group) {
                    questions.insert(Question::InstanceGroup(group.clone()));
                }
            }
        }
    }
    for difference in differences.classes.values() {
        if !observed.orderable.contains_key(&difference.to) {
            questions.insert(Question::Orderable {
                engine: cluster.engine.clone(),
                engine_version: cluster.engine_version.clone(),
                class: difference.to.clone(),
            });
        }
    }
    if differences.is_any() && observed.snapshots.is_none() {
        questions.insert(Question::Snapshots(cluster.identifier.clone()));
    }
    questions
}
