//! The loop of a run: what the graph has ready is begun, what has begun is finished, and the first failure begins nothing
//! more. A run that is continued first finishes what an earlier process began.

use super::command;
use super::rest::{self, Difference};
use super::resume::PlannedNow;
use super::run::Run;
use super::step;
use super::stop::Stop;
use crate::event::{Ending, Performed};
use crate::graph::{self, Graph};
use crate::journal::State;
use crate::names::ActionId;
use crate::plan::Activation;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often the lease is looked after; it is renewed only when a third of its term is gone.
const LEASE_INTERVAL: Duration = Duration::from_secs(5);

/// The work of a run.
pub(super) struct Work<'a, 'b> {
    run: &'a Run<'b>,
    graph: Graph,
    finished: BTreeSet<ActionId>,
    performed: &'a mut Vec<Performed>,
}

impl<'a, 'b> Work<'a, 'b> {
    /// The work that the journal says is left.
    pub(super) fn new(run: &'a Run<'b>, performed: &'a mut Vec<Performed>) -> Self {
        let plan = run.context.plan;
        let is_settled = |id: &ActionId| run.record.ask(|replay| replay.state(id).is_settled());
        Self {
            run,
            graph: graph::build(plan),
            finished: plan
                .actions
                .iter()
                .map(|action| action.id.clone())
                .filter(is_settled)
                .collect(),
            performed,
        }
    }

    /// Does all actions that may be done, and says how it ended.
    pub(super) async fn everything(&mut self) -> Ending {
        let plan = self.run.context.plan;
        match Box::pin(self.those(&|_| true)).await {
            Some(stop) => stop.ending(),
            None if self.finished.len() < plan.actions.len() => Ending::Failed {
                because:
                    "no action is ready although some are left: the plan's order cannot be satisfied"
                        .to_owned(),
                hints: Vec::new(),
            },
            None => match &plan.activation {
                Activation::Deferred { opens, .. } => Ending::Staged { opens: *opens },
                Activation::NotNeeded | Activation::Now | Activation::InWindow { .. } => {
                    Ending::Done
                }
            },
        }
    }

    /// Finishes what an earlier process began, asks whether the rest is still the plan, and does it.
    pub(super) async fn go_on(
        &mut self,
        planned_now: LocalBoxFuture<'_, PlannedNow>,
        difference: &mut Option<Difference>,
    ) -> Ending {
        if let Some(stop) = Box::pin(self.those(&State::is_begun)).await {
            return stop.ending();
        }
        if self.finished.len() < self.run.context.plan.actions.len() {
            match planned_now.await {
                PlannedNow::Plan(now) => {
                    let plan = self.run.context.plan;
                    *difference = self
                        .run
                        .record
                        .ask(|replay| rest::difference(plan, replay, &now));
                    if difference.is_some() {
                        return Ending::WorldMoved {
                            because: "what is left is no longer what was planned: the declaration or the cluster was changed meanwhile"
                                .to_owned(),
                        };
                    }
                }
                PlannedNow::Refused(because) => return Ending::Paused { because },
            }
            let record = &self.run.record;
            let is_left = |id: &ActionId| record.ask(|replay| !replay.state(id).is_settled());
            let missing = command::missing(self.run.context, &is_left);
            if !missing.is_empty() {
                return Ending::Paused {
                    because: missing.join("; "),
                };
            }
        }
        Box::pin(self.everything()).await
    }

    /// Does the actions whose state is wanted, until nothing of them is ready.
    async fn those(&mut self, wanted: &dyn Fn(&State) -> bool) -> Option<Stop> {
        let Self {
            run,
            graph,
            finished,
            performed,
        } = self;
        let run = *run;
        let plan = run.context.plan;
        let mut begun: BTreeSet<ActionId> = BTreeSet::new();
        let mut stop: Option<Stop> = None;
        let mut running = FuturesUnordered::new();
        let mut lease_due = tokio::time::interval(LEASE_INTERVAL);
        loop {
            if stop.is_none() && run.is_interrupted() && finished.len() < plan.actions.len() {
                stop = Some(Stop::Interrupted);
            }
            if stop.is_none() {
                let ready = graph.ready(finished, &begun);
                for action in plan.actions.iter().filter(|action| {
                    ready.contains(&action.id)
                        && run.record.ask(|replay| wanted(&replay.state(&action.id)))
                }) {
                    begun.insert(action.id.clone());
                    running.push(async move {
                        // What an earlier process asked for has taken time since then.
                        let begun = run.record.ask(|replay| replay.state(&action.id).is_begun());
                        let earlier = run.earlier.intent(&action.id).filter(|_| begun);
                        let started = earlier.map_or_else(|| run.record.now(), |(at, _)| at);
                        let result = step::perform(run, action).await;
                        (action, run.record.seconds_since(started), result)
                    });
                }
            } else {
                run.stopping.set(true);
            }
            if running.is_empty() {
                return stop;
            }
            tokio::select! {
                Some((action, seconds, result)) = running.next() => {
                    if matches!(result, Ok(step::Done::NotYet)) {
                        continue;
                    }
                    performed.push(Performed {
                        action: action.id.clone(),
                        done: result.is_ok(),
                        not_needed: matches!(result, Ok(step::Done::NotNeeded)),
                        seconds,
                        forecast: action.forecast,
                    });
                    match result {
                        Ok(_) => {
                            finished.insert(action.id.clone());
                        }
                        Err(new) => stop = Some(match stop.take() {
                            Some(old) => old.worse(new),
                            None => new,
                        }),
                    }
                }
                _ = lease_due.tick() => {
                    let kept = run.lease.borrow_mut().keep();
                    if let Err(error) = kept && stop.is_none() {
                        stop = Some(Stop::Paused(error.to_string()));
                    }
                }
            }
        }
    }
}
