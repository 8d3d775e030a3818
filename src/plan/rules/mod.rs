//! Preflight: the rules that say no, in the order in which they are reported.
//!
//! Goes in: declaration, live facts, differences. Comes out: every reason to refuse, each with its fact and way out.

mod cluster;
mod instances;
mod parameters;
mod unavailable;

pub(super) use parameters::is_ours;

use super::Options;
use super::difference::Differences;
use super::refusal::Reason;
use crate::desired::Desired;
use crate::observed::{Cluster, Observed};

/// What the rules look at.
pub(super) struct Facts<'a> {
    /// The declaration.
    pub(super) desired: &'a Desired,
    /// The live facts.
    pub(super) observed: &'a Observed,
    /// The live cluster.
    pub(super) cluster: &'a Cluster,
    /// What differs.
    pub(super) differences: &'a Differences,
    /// What the command line allows.
    pub(super) options: &'a Options,
}

type Rule = fn(&Facts<'_>) -> Vec<Reason>;

/// Rules that hold even when nothing differs: the declaration itself, or the cluster it is for, is not right.
const ALWAYS: [Rule; 6] = [
    cluster::engine_is_the_declared_one,
    cluster::version_is_the_declared_one,
    instances::declared_instances_are_members,
    parameters::parameters_are_known,
    parameters::values_are_allowed,
    parameters::no_instance_group_overrides,
];

/// Rules that hold when something is to be done.
const BEFORE_CHANGES: [Rule; 13] = [
    cluster::no_stack_owns_the_cluster,
    cluster::cluster_is_available,
    instances::members_are_available,
    instances::nothing_is_propagating,
    cluster::no_cluster_modification_is_pending,
    instances::pending_modifications_are_declared,
    cluster::no_unfinished_run_holds_a_snapshot,
    parameters::parameters_are_modifiable,
    parameters::group_fits_the_engine,
    parameters::group_is_not_shared,
    parameters::group_is_ours_or_adopted,
    cluster::insights_fit_together,
    instances::classes_can_be_ordered,
];

/// Every reason to refuse, in the order of the rules.
pub(super) fn refusals(facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = ALWAYS.iter().flat_map(|rule| rule(facts)).collect();
    if facts.differences.is_any() {
        reasons.extend(BEFORE_CHANGES.iter().flat_map(|rule| rule(facts)));
    }
    reasons
}

/// Rules that hold for a drill, which changes nothing but the writer.
const BEFORE_A_DRILL: [Rule; 7] = [
    cluster::engine_is_the_declared_one,
    instances::declared_instances_are_members,
    cluster::cluster_is_available,
    instances::members_are_available,
    instances::nothing_is_propagating,
    cluster::no_cluster_modification_is_pending,
    cluster::no_unfinished_run_holds_a_snapshot,
];

/// Every reason to refuse a drill, in the order of the rules.
pub(super) fn of_a_drill(facts: &Facts<'_>) -> Vec<Reason> {
    BEFORE_A_DRILL.iter().flat_map(|rule| rule(facts)).collect()
}

/// One reason.
pub(super) fn reason(rule: &str, fact: impl Into<String>, way_out: impl Into<String>) -> Reason {
    Reason {
        rule: rule.to_owned(),
        fact: fact.into(),
        way_out: way_out.into(),
    }
}
