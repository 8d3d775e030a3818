//! The planner: from facts to a plan, or to every reason why there is none.
//!
//! Goes in: declaration, live facts, what the command line allows. Comes out: a plan whose actions stand in an order
//! that satisfies every ordering rule, or a refusal.

use super::action::{Action, Kind, Phase};
use super::difference::Differences;
use super::forecast::{seconds_until_last_restart, totals};
use super::formula::memory_bytes;
use super::refusal::Reason;
use super::rules::{Facts, reason, refusals};
use super::steps::{activate, declared, stage};
use super::{
    Activation, FORMAT, Options, Plan, Refusal, Target, Totals, changes, maintenance, notes,
};
use crate::desired::{Desired, SnapshotPolicy};
use crate::observed::Observed;
use jiff::SignedDuration;

/// Makes the plan.
///
/// # Errors
///
/// A `Refusal` with every reason, when a rule says no. Nothing was changed, and nothing may be.
pub fn plan(desired: &Desired, observed: &Observed, options: Options) -> Result<Plan, Refusal> {
    let refused = |reasons: Vec<Reason>| Err(Refusal { reasons });
    if observed.caller.account != desired.aws.account {
        return refused(vec![wrong_account(desired, observed)]);
    }
    let Some(cluster) = &observed.cluster else {
        return refused(vec![cluster_absent(desired, observed)]);
    };
    let differences = Differences::between(desired, observed);
    let facts = Facts {
        desired,
        observed,
        cluster,
        differences: &differences,
        options: &options,
    };
    let mut reasons = refusals(&facts);
    let parts = Parts::of(&facts);
    let full = totals(&parts.in_order(), &[]);
    reasons.extend(interruption_refusals(&facts, &parts, full));
    let activation = activation(&facts, !parts.activate.is_empty(), parts.in_order());
    let (actions, deferred) = match &activation {
        Activation::Deferred { .. } => (parts.staged(), parts.activated()),
        _ => (parts.in_order(), Vec::new()),
    };
    reasons.extend(declared::refusals(&facts));
    let (actions, deferred) = declared::placed(desired, actions, deferred);
    reasons.extend(smaller_writer(&facts, &parts));
    reasons.extend(match &activation {
        Activation::NotNeeded => Vec::new(),
        Activation::Deferred { opens, .. } => {
            let ends = opens.and_then(|opens| ends_after(opens, &deferred));
            maintenance_refusals(&facts, ends, &actions)
        }
        Activation::Now | Activation::InWindow { .. } => {
            maintenance_refusals(&facts, ends_after(observed.at, &actions), &actions)
        }
    });
    if !reasons.is_empty() {
        return refused(reasons);
    }
    Ok(Plan {
        format: FORMAT,
        partition: desired.partition.clone(),
        target: Target {
            backend: observed.backend.clone(),
            account: observed.caller.account.clone(),
            region: observed.region.clone(),
            cluster: cluster.identifier.clone(),
            resource_id: cluster.resource_id.clone(),
        },
        at: observed.at,
        engine_version: cluster.engine_version.clone(),
        changes: changes::changes(&facts),
        notes: notes::notes(&facts, &actions, &deferred),
        totals: totals(&actions, &deferred),
        actions,
        deferred,
        activation,
        window: desired.window.clone(),
        options,
        undoes: desired.undoes.as_ref().map(|undoes| undoes.run.clone()),
        restores: None,
        is_drill: false,
    })
}

/// The plan's actions by part.
struct Parts {
    safeguard: Vec<Action>,
    stage: Vec<Action>,
    activate: Vec<Action>,
    verify: Vec<Action>,
    clean_up: Vec<Action>,
}

impl Parts {
    fn of(facts: &Facts<'_>) -> Self {
        if !facts.differences.is_any() {
            return Self {
                safeguard: Vec::new(),
                stage: Vec::new(),
                activate: Vec::new(),
                verify: Vec::new(),
                clean_up: Vec::new(),
            };
        }
        let restarts = activate::restarts(facts);
        let activate = activate::activate(facts, &restarts);
        let safeguard: Vec<Action> = if activate.is_empty() {
            Vec::new()
        } else {
            activate::safeguard(facts).into_iter().collect()
        };
        Self {
            stage: stage::stage(facts),
            verify: vec![activate::verify(facts, notes::not_proven(facts))],
            clean_up: activate::clean_up(facts, !safeguard.is_empty()),
            safeguard,
            activate,
        }
    }

    fn in_order(&self) -> Vec<Action> {
        let Self {
            safeguard,
            stage,
            activate,
            verify,
            clean_up,
        } = self;
        [safeguard, stage, activate, verify, clean_up]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// What may be done outside the window.
    fn staged(&self) -> Vec<Action> {
        self.stage.clone()
    }

    /// What waits for the window.
    fn activated(&self) -> Vec<Action> {
        self.in_order()
            .into_iter()
            .filter(|action| !matches!(action.phase, Phase::Stage | Phase::Settle))
            .collect()
    }
}

/// Credentials of another account than the declared one.
pub fn wrong_account(desired: &Desired, observed: &Observed) -> Reason {
    let profile = desired
        .aws
        .profile
        .as_ref()
        .map_or_else(String::new, |profile| {
            format!(" (declared profile `{profile}`)")
        });
    reason(
        "wrong-account",
        format!(
            "the credentials belong to account {}, and partition `{}` is declared for {}{profile}",
            observed.caller.account, desired.partition, desired.aws.account
        ),
        format!(
            "use credentials of account {}: unset AWS_PROFILE and AWS_ACCESS_KEY_ID, or set them to that account",
            desired.aws.account
        ),
    )
}

/// A region without the declared cluster.
pub fn cluster_absent(desired: &Desired, observed: &Observed) -> Reason {
    let known = observed.neighbours.keys().map(|cluster| cluster.as_str());
    let way_out = match crate::hint::nearest(desired.cluster.identifier.as_str(), known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if observed.neighbours.is_empty() => format!(
            "account {} has no clusters in {}: is the region right?",
            observed.caller.account, observed.region
        ),
        None => format!(
            "clusters there: {}",
            observed
                .neighbours
                .keys()
                .take(10)
                .map(|cluster| format!("`{cluster}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    reason(
        "cluster-absent",
        format!(
            "account {} has no cluster `{}` in {}",
            observed.caller.account, desired.cluster.identifier_as_written, observed.region
        ),
        way_out,
    )
}

fn interruption_refusals(facts: &Facts<'_>, parts: &Parts, full: Totals) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let alone = facts.cluster.members.len() < 2;
    if alone && full.writer_interruptions > 0 && !facts.options.allow_downtime {
        reasons.push(reason(
            "single-member",
            format!(
                "cluster `{}` has one member, so nothing can take over while it restarts: about {} s without any database",
                facts.cluster.identifier, full.writer_interruption_seconds
            ),
            "add a reader first, or pass --allow-downtime",
        ));
    }
    reasons.extend(over_budget(facts.desired, &parts.activate));
    reasons
}

/// A forecast beyond the declared budget.
pub(super) fn over_budget(desired: &Desired, actions: &[Action]) -> Option<Reason> {
    let budget = desired.writer_interruption_seconds_max?;
    let forecast = totals(actions, &[]).writer_interruption_seconds;
    if forecast <= budget {
        return None;
    }
    let culprits: Vec<String> = actions
        .iter()
        .filter(|action| action.forecast.writer_interruption_seconds > 0)
        .map(|action| {
            format!(
                "{} ({} s)",
                action.id, action.forecast.writer_interruption_seconds
            )
        })
        .collect();
    Some(reason(
        "over-budget",
        format!(
            "the plan forecasts {forecast} s without writes, and [budget] writer_interruption allows {budget} s: {}",
            culprits.join(", ")
        ),
        "raise the budget, or split the change",
    ))
}

/// When what interrupts is done. `is_needed` says whether anything does, `in_order` is all that would be done.
pub(super) fn activation(facts: &Facts<'_>, is_needed: bool, in_order: Vec<Action>) -> Activation {
    if !is_needed {
        return Activation::NotNeeded;
    }
    if facts.desired.cluster.apply_immediately || facts.options.activate {
        return Activation::Now;
    }
    let now = facts.observed.at;
    let Some(window) = &facts.desired.window else {
        return Activation::Deferred {
            because: "apply_immediately = false, and no window is declared".to_owned(),
            opens: None,
        };
    };
    let Some(occurrence) = window.occurrence(now) else {
        return Activation::Deferred {
            because: format!("the window {} is over", window.as_written),
            opens: None,
        };
    };
    if !occurrence.contains(now) {
        return Activation::Deferred {
            because: format!(
                "apply_immediately = false, and the window ({} {}) is closed",
                window.as_written, window.time_zone
            ),
            opens: Some(occurrence.opens),
        };
    }
    let (all, _) = declared::placed(facts.desired, in_order, Vec::new());
    let needed = i64::from(seconds_until_last_restart(&all));
    let left = occurrence.seconds_left(now);
    if needed > left {
        return Activation::Deferred {
            because: format!(
                "about {needed} s are needed until the last restart is over, and the window closes in {left} s"
            ),
            opens: window
                .occurrence(occurrence.closes)
                .map(|occurrence| occurrence.opens),
        };
    }
    Activation::InWindow {
        closes: occurrence.closes,
    }
}

/// When the last restart of these actions is expected to be over.
fn ends_after(begins: jiff::Timestamp, actions: &[Action]) -> Option<jiff::Timestamp> {
    let needed = i64::from(seconds_until_last_restart(actions));
    begins.checked_add(SignedDuration::from_secs(needed)).ok()
}

/// While changes wait in the queue, AWS's own maintenance window would apply them out of our order, on the writer too.
/// What is queued already waits whether we act or not, so it is no reason to refuse a plan that does nothing now.
fn maintenance_refusals(
    facts: &Facts<'_>,
    ends: Option<jiff::Timestamp>,
    actions: &[Action],
) -> Vec<Reason> {
    if facts.options.accept_maintenance_flush || actions.is_empty() {
        return Vec::new();
    }
    facts
        .differences
        .classes
        .iter()
        // Sent with apply-immediately, a change never waits.
        .filter(|(_, difference)| difference.queued || !facts.desired.cluster.apply_immediately)
        .filter_map(|(instance, _)| {
            let (window, opening) = maintenance_of(facts, instance)?;
            let too_early = ends.is_none_or(|ends| opening < ends);
            too_early.then(|| {
                let until = match ends {
                    Some(ends) => format!("before the activation can end ({ends})"),
                    None => "and no activation is in sight".to_owned(),
                };
                reason(
                    "maintenance-flush",
                    format!(
                        "AWS's maintenance window of `{instance}` ({window} UTC) opens at {opening}, {until}; \
                         it would apply the queued class change and restart the member out of order"
                    ),
                    format!(
                        "choose another time, move it (aws rds modify-db-instance --db-instance-identifier {instance} \
                         --preferred-maintenance-window …), or pass --accept-maintenance-flush"
                    ),
                )
            })
        })
        .collect()
}

/// A member's maintenance window and its next opening.
pub(super) fn maintenance_of<'a>(
    facts: &Facts<'a>,
    instance: &crate::names::InstanceId,
) -> Option<(&'a str, jiff::Timestamp)> {
    let member = facts.cluster.members.get(instance)?;
    let window = member.maintenance_window.as_deref()?;
    Some((
        window,
        maintenance::next_opening(window, facts.observed.at)?,
    ))
}

/// Nobody fails back by himself: a writer on a small reader's class stays there.
fn smaller_writer(facts: &Facts<'_>, parts: &Parts) -> Vec<Reason> {
    if facts.options.allow_smaller_writer {
        return Vec::new();
    }
    let Some((from, to)) = parts.activate.iter().find_map(|action| match &action.kind {
        Kind::Failover { from, to } => Some((from, to)),
        _ => None,
    }) else {
        return Vec::new();
    };
    let class = |instance: &crate::names::InstanceId| {
        facts.desired.cluster.class_of(instance).or_else(|| {
            facts
                .cluster
                .members
                .get(instance)
                .map(|member| &member.class)
        })
    };
    let (Some(of_writer), Some(of_target)) = (class(from), class(to)) else {
        return Vec::new();
    };
    match (memory_bytes(of_writer), memory_bytes(of_target)) {
        (Some(before), Some(after)) if after < before => vec![reason(
            "smaller-writer",
            format!(
                "the writer `{from}` is a {of_writer}, and the best reader to take over, `{to}`, is only a {of_target}"
            ),
            "give a reader the writer's class, or pass --allow-smaller-writer and fail back afterwards",
        )],
        _ => Vec::new(),
    }
}

/// Whether the declaration asks for no snapshot.
pub(super) fn is_unprotected(desired: &Desired) -> bool {
    desired.snapshot == SnapshotPolicy::Never
}
