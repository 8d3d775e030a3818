//! What the reader should know besides the changes.

use super::action::{Action, Kind};
use super::difference::PENDING_REBOOT;
use super::make::{is_unprotected, maintenance_of};
use super::rules::Facts;
use super::steps::declared;
use super::verify::proof::{Foretold, foretold, is_asked};
use super::version::is_minor_upgrade;
use super::{Note, Topic};
use crate::observed::ApplyType;

/// All notes, in a fixed order.
pub(super) fn notes(facts: &Facts<'_>, actions: &[Action], deferred: &[Action]) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |topic: Topic, text: String| notes.push(Note { topic, text });
    for text in facts.desired.undoes.iter().flat_map(|undoes| &undoes.left) {
        note(Topic::Caution, text.clone());
    }
    let declared = facts.desired.cluster.engine_version.as_str();
    let live = facts.cluster.engine_version.as_str();
    if !facts.desired.cluster.engine_version.accepts(live) && is_minor_upgrade(declared, live) {
        note(
            Topic::ChangedByAws,
            format!(
                "the engine is {live}, a minor upgrade beyond the declared {declared}; it is not undone. \
                 Declare engine_version = \"{live}\" to record it"
            ),
        );
    }
    for (instance, difference) in &facts.differences.classes {
        if difference.queued {
            note(
                Topic::Inherited,
                format!(
                    "`{instance}` has the declared class {} queued from before; it is kept",
                    difference.to
                ),
            );
        }
    }
    for (snapshot, run) in facts.observed.held_snapshots() {
        if facts.observed.ended_runs.contains(&run) {
            let identifier = &snapshot.identifier;
            note(
                Topic::Inherited,
                format!(
                    "run {run} ended without releasing its snapshot `{identifier}`; nothing deletes it by itself. When it is \
                     no longer needed: aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier {identifier} \
                     --region {}",
                    facts.observed.region
                ),
            );
        }
    }
    for (snapshot, run) in &facts.observed.restoring {
        note(
            Topic::Inherited,
            format!(
                "the time of snapshot `{snapshot}` is over, and it is kept: run {run}, which is not over, restores it"
            ),
        );
    }
    for text in declared::not_placed(facts.desired, actions, deferred) {
        note(Topic::Information, text);
    }
    if facts.options.take_ownership
        && let Some(stack) = facts.cluster.tags.get("aws:cloudformation:stack-name")
    {
        note(
            Topic::Caution,
            format!("CloudFormation stack `{stack}` owns this cluster and will drift from it"),
        );
    }
    let disruptive = actions
        .iter()
        .chain(deferred)
        .any(|action| action.kind.is_disruptive());
    if disruptive && is_unprotected(facts.desired) {
        note(
            Topic::Caution,
            "no snapshot is made: [snapshot] keep = \"never\"".to_owned(),
        );
    }
    for (instance, difference) in &facts.differences.classes {
        if difference.queued
            && let Some((_, opening)) = maintenance_of(facts, instance)
        {
            note(
                Topic::Caution,
                format!(
                    "`{instance}` restarts with its queued class in AWS's maintenance window at {opening}, \
                     unless it is activated before (--activate does so now)"
                ),
            );
        }
    }
    for action in actions.iter().chain(deferred) {
        let member = action
            .kind
            .restarts()
            .and_then(|instance| facts.cluster.members.get(instance));
        for (group, _) in member
            .iter()
            .flat_map(|member| &member.instance_groups)
            .filter(|(_, status)| status.as_str() == PENDING_REBOOT)
        {
            note(
                Topic::Caution,
                format!(
                    "`{}` also makes live what waits in the member's own parameter group `{group}`",
                    action.id
                ),
            );
        }
    }
    let stores_static = facts.differences.group.as_ref().is_some_and(|difference| {
        difference.attaches()
            || difference
                .settings
                .iter()
                .map(|setting| &setting.parameter)
                .chain(&difference.resets)
                .any(|parameter| parameter.apply_type == ApplyType::Static)
    }) || !facts.differences.stored_not_live.is_empty();
    if !deferred.is_empty() && stores_static {
        note(
            Topic::Caution,
            "once staged, any unplanned restart of a member makes the stored static values live there"
                .to_owned(),
        );
    }
    let unlike = actions
        .iter()
        .chain(deferred)
        .find_map(|action| match &action.kind {
            Kind::Failover { from, to } => Some((from, to)),
            _ => None,
        });
    if let Some((from, to)) = unlike {
        let class = |instance: &crate::names::InstanceId| {
            facts
                .desired
                .cluster
                .class_of(instance)
                .cloned()
                .or_else(|| {
                    facts
                        .cluster
                        .members
                        .get(instance)
                        .map(|member| member.class.clone())
                })
        };
        if let (Some(of_writer), Some(of_target)) = (class(from), class(to))
            && of_writer != of_target
        {
            note(
                Topic::Caution,
                format!(
                    "the writer moves from a {of_writer} to a {of_target}: no reader has the writer's class"
                ),
            );
        }
    }
    if !actions.is_empty() || !deferred.is_empty() {
        for text in not_proven(facts) {
            note(Topic::NotProven, text);
        }
    }
    let has_actions = !actions.is_empty() || !deferred.is_empty();
    let Foretold {
        proves,
        open,
        cautions,
    } = foretold(facts.desired, facts.observed, facts.cluster, has_actions);
    for text in proves {
        note(Topic::Proven, text);
    }
    for text in open {
        note(Topic::NotProven, text);
    }
    for text in cautions {
        note(Topic::Caution, text);
    }
    if !actions.is_empty() {
        note(
            Topic::Information,
            match &facts.observed.shared_store {
                None => {
                    "runs and their lock are kept on this machine: another machine is not kept out"
                        .to_owned()
                }
                Some(place) => format!("runs and their lock are kept in {place}"),
            },
        );
    }
    notes
}

/// What the API cannot show.
pub(super) fn not_proven(facts: &Facts<'_>) -> Vec<String> {
    if facts
        .differences
        .group
        .as_ref()
        .is_none_or(|difference| difference.declared.is_empty())
        || is_asked(facts.desired, facts.observed)
    {
        return Vec::new();
    }
    vec![
        "the values that each member runs: the RDS API shows that a member is in-sync with its group, not what it runs; [verify.sql] declares a witness that does"
            .to_owned(),
    ]
}
