//! What earlier processes of a run did, as its journal tells it.
//!
//! Goes in: the entries of a journal. Comes out: what is done, what was read before each intent, and who the members were.

use super::facts::Facts;
use crate::event::Performed;
use crate::journal::{Entry, Holder, Kind, Outcome};
use crate::names::{ActionId, InstanceId};
use crate::plan::Plan;
use crate::plan::action::{self, Forecast};
use crate::plan::outage::Outage;
use crate::plan::verify::proof::Testimony;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of a run before this process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Earlier {
    /// When the run began; absent for a new one.
    pub(super) began: Option<Timestamp>,
    /// The actions that came to an end, in their order.
    pub(super) performed: Vec<Performed>,
    /// The members when the run began, where anything was read of them.
    pub(super) members: BTreeSet<InstanceId>,
    /// The actions that a person said were done.
    pub(super) assumed: BTreeSet<ActionId>,
    /// Whether the run's snapshot was made and not released.
    pub(super) has_snapshot: bool,
    /// What was measured of writer interruptions.
    pub(super) measured: Vec<(ActionId, Outage)>,
    intents: BTreeMap<ActionId, (Timestamp, Facts)>,
    /// What PostgreSQL said of each action the last time.
    testimonies: BTreeMap<ActionId, Testimony>,
    /// The last process of each declared command.
    processes: BTreeMap<ActionId, Holder>,
}

impl Earlier {
    /// What the entries tell.
    pub(super) fn of(entries: &[Entry], plan: &Plan) -> Self {
        let mut earlier = Self {
            began: entries.first().map(|entry| entry.at),
            ..Self::default()
        };
        for entry in entries {
            earlier.hear(entry, plan);
        }
        earlier
    }

    /// When the last intent of an action was written, and what was read before it.
    pub(super) fn intent(&self, action: &ActionId) -> Option<(Timestamp, Facts)> {
        self.intents.get(action).cloned()
    }

    /// What PostgreSQL said at the end of the run, where an earlier process asked.
    pub(super) fn testimony(&self, plan: &Plan) -> Option<Testimony> {
        plan.actions
            .iter()
            .filter(|action| matches!(action.kind, action::Kind::Verify(_)))
            .find_map(|action| self.testimonies.get(&action.id).cloned())
    }

    /// The last process that was started for a declared command.
    pub(super) fn process(&self, action: &ActionId) -> Option<&Holder> {
        self.processes.get(action)
    }

    fn hear(&mut self, entry: &Entry, plan: &Plan) {
        match &entry.kind {
            Kind::Intent { action, before, .. } => {
                let facts: Facts = before
                    .as_ref()
                    .and_then(|before| serde_json::from_value(before.clone()).ok())
                    .unwrap_or_default();
                if self.members.is_empty()
                    && let Some(cluster) = &facts.cluster
                {
                    self.members = cluster.members.keys().cloned().collect();
                }
                self.intents.insert(action.clone(), (entry.at, facts));
            }
            Kind::Finished {
                action, seconds, ..
            } => {
                match planned(plan, action).map(|action| &action.kind) {
                    Some(action::Kind::CreateSnapshot) => self.has_snapshot = true,
                    Some(action::Kind::ReleaseSnapshot { .. }) => self.has_snapshot = false,
                    _ => {}
                }
                self.perform(plan, action, *seconds, false);
            }
            Kind::Skipped { action, .. } => self.perform(plan, action, 0, true),
            Kind::Witnessed { action, testimony } => {
                self.testimonies
                    .insert(action.clone(), testimony.as_ref().clone());
            }
            Kind::Interruption { action, outage } => {
                self.measured.push((action.clone(), (**outage).clone()));
            }
            Kind::CommandStarted { action, process } => {
                self.processes.insert(action.clone(), process.clone());
            }
            Kind::Failed { .. }
            | Kind::RunStarted(_)
            | Kind::Accepted { .. }
            | Kind::Settled { .. }
            | Kind::Paused { .. }
            | Kind::Remark { .. }
            | Kind::Resumed(_)
            | Kind::Unlocked { .. }
            | Kind::Ended { .. } => {}
        }
    }

    /// A person said that it is done.
    pub(super) fn skip(&mut self, plan: &Plan, action: &ActionId) {
        self.perform(plan, action, 0, true);
    }

    fn perform(&mut self, plan: &Plan, action: &ActionId, seconds: u32, not_needed: bool) {
        self.performed.push(Performed {
            action: action.clone(),
            done: true,
            not_needed,
            seconds,
            forecast: planned(plan, action)
                .map_or_else(Forecast::default, |action| action.forecast),
        });
    }
}

fn planned<'a>(plan: &'a Plan, id: &ActionId) -> Option<&'a action::Action> {
    plan.actions.iter().find(|action| action.id == *id)
}

/// What an unknown outcome is called where a process ended before it knew.
pub(super) fn why(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(_) => "the run ended without knowing what came of it",
        None => "the process ended before AWS's answer was recorded",
    }
}
