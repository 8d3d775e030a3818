//! Adds up what came of the plays. The order in which they ended leaves no trace.

use super::play::{Outcome, Play};
use super::schedule::{Kill, Schedule};
use crate::desired::Desired;
use crate::error::Exit;
use crate::names::ActionId;
use crate::observed::Backend;
use crate::plan::{Plan, Totals};
use crate::report::rehearsal::{Broken, Counted, Disturbed, Rehearsal, Step, Undisturbed, Worst};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Violations beyond this many are counted and not kept.
const VIOLATIONS_KEPT: usize = 1000;

/// The sum of all plays.
pub(super) struct Tally {
    command: String,
    undisturbed: Undisturbed,
    exit: Exit,
    steps: Vec<Step>,
    disturbed: Option<Disturbed>,
    counts: BTreeMap<(u8, &'static str, Option<String>), (u64, u64)>,
    kills: BTreeSet<String>,
    violations: BTreeSet<Broken>,
}

impl Tally {
    /// Begins with the undisturbed play, and the plans that were forecast. `command` rehearses the same partition again.
    pub(super) fn new(live: &[Plan], undisturbed: &Play, command: String) -> Self {
        let (exit, outcome) = verdict(&undisturbed.outcome);
        let forecast = |action: &ActionId| {
            let plans = undisturbed.plans.iter().chain(live);
            plans
                .flat_map(|plan| plan.actions.iter().chain(&plan.deferred))
                .find(|planned| planned.id == *action)
                .map_or(0, |planned| planned.forecast.seconds)
        };
        let mut steps: Vec<Step> = undisturbed
            .steps
            .iter()
            .map(|(action, (begins_seconds, seconds))| Step {
                action: action.clone(),
                begins_seconds: *begins_seconds,
                seconds: *seconds,
                worst_seconds: *seconds,
                forecast_seconds: forecast(action),
            })
            .collect();
        let order = |action: &ActionId| {
            undisturbed
                .plans
                .iter()
                .flat_map(|plan| &plan.actions)
                .position(|planned| planned.id == *action)
        };
        steps.sort_by_key(|step| (step.begins_seconds, order(&step.action)));
        let mut tally = Self {
            undisturbed: Undisturbed {
                exit_code: exit.code(),
                outcome: outcome.to_owned(),
                seconds: undisturbed.seconds,
                forecast_seconds: sum(live, |totals| totals.seconds + totals.deferred_seconds),
                writer_interruption_seconds: undisturbed.interruption_seconds,
                forecast_writer_interruption_seconds: sum(live, |totals| {
                    totals.writer_interruption_seconds + totals.deferred_writer_interruption_seconds
                }),
                requests: undisturbed.requests,
            },
            exit,
            steps,
            disturbed: None,
            counts: BTreeMap::new(),
            kills: BTreeSet::new(),
            violations: BTreeSet::new(),
            command,
        };
        tally.break_promises(None, undisturbed);
        tally
    }

    fn break_promises(&mut self, seed: Option<u64>, play: &Play) {
        let command = match seed {
            Some(seed) => format!("{} --faults 1 --seed {seed}", self.command),
            None => self.command.clone(),
        };
        for violation in &play.violations {
            if self.violations.len() < VIOLATIONS_KEPT {
                self.violations.insert(Broken {
                    seed,
                    invariant: violation.invariant.clone(),
                    problem: violation.problem.clone(),
                    command: command.clone(),
                });
            }
        }
    }

    /// Adds a disturbed play.
    pub(super) fn add(&mut self, seed: u64, schedule: &Schedule, play: &Play) {
        self.break_promises(Some(seed), play);
        let (exit, outcome) = verdict(&play.outcome);
        let steps: BTreeSet<String> = self
            .steps
            .iter()
            .map(|step| step.action.to_string())
            .collect();
        let step = because(&play.outcome).and_then(|because| step_of(because, &steps));
        let count = self
            .counts
            .entry((exit.code(), outcome, step))
            .or_insert((0, seed));
        count.0 += 1;
        count.1 = count.1.min(seed);
        if let Some(Kill { run, moment }) = schedule.kill {
            self.kills.insert(format!("{run} {moment}"));
        }
        for step in &mut self.steps {
            if let Some((_, seconds)) = play.steps.get(&step.action) {
                step.worst_seconds = step.worst_seconds.max(*seconds);
            }
        }
        let disturbed = self.disturbed.get_or_insert_with(|| Disturbed {
            worst_seconds: Worst {
                value: self.undisturbed.seconds,
                seed: None,
            },
            worst_writer_interruption_seconds: Worst {
                value: self.undisturbed.writer_interruption_seconds,
                seed: None,
            },
            ..Disturbed::default()
        });
        let of = |value| Worst {
            value,
            seed: Some(seed),
        };
        disturbed.with_faults += u64::from(!schedule.faults.is_empty());
        disturbed.requests += play.requests;
        disturbed.worst_seconds = disturbed.worst_seconds.or(of(play.seconds));
        disturbed.worst_writer_interruption_seconds = disturbed
            .worst_writer_interruption_seconds
            .or(of(play.interruption_seconds));
    }

    /// Everything was played.
    pub(super) fn end(&mut self, first_seed: u64, schedules: u64, points: usize) {
        let Self {
            disturbed,
            counts,
            kills,
            ..
        } = self;
        let Some(disturbed) = disturbed else {
            return;
        };
        disturbed.schedules = schedules;
        disturbed.first_seed = first_seed;
        disturbed.kill_points = points;
        disturbed.kill_points_played = kills.len().min(points);
        disturbed.outcomes = counts
            .iter()
            .map(|((exit_code, outcome, step), (times, seed))| Counted {
                exit_code: *exit_code,
                outcome: (*outcome).to_owned(),
                step: step.clone(),
                times: *times,
                seed: *seed,
            })
            .collect();
    }

    /// The whole rehearsal.
    pub(super) fn rehearsal(
        &self,
        desired: &Desired,
        backend: Backend,
        at: Timestamp,
        not_copied: Vec<String>,
    ) -> Rehearsal {
        Rehearsal {
            partition: desired.partition.clone(),
            cluster: desired.cluster.identifier.clone(),
            backend,
            at,
            not_copied,
            undisturbed: self.undisturbed.clone(),
            steps: self.steps.clone(),
            disturbed: self.disturbed.clone(),
            violations: self.violations.iter().cloned().collect(),
        }
    }

    /// 1 where a promise was broken, else how the undisturbed run would end.
    pub(super) fn exit(&self) -> Exit {
        if self.violations.is_empty() {
            self.exit
        } else {
            Exit::Error
        }
    }
}

fn sum(plans: &[Plan], figure: impl Fn(&Totals) -> u32) -> u32 {
    plans.iter().map(|plan| figure(&plan.totals)).sum()
}

fn verdict(outcome: &Outcome) -> (Exit, &'static str) {
    match outcome {
        Outcome::Completed => (Exit::Done, "completed"),
        Outcome::Paused(_) => (Exit::Paused, "stopped at a safe point"),
        Outcome::Unknown(_) => (Exit::Unknown, "outcome of a step unknown"),
        Outcome::Failed(_) => (Exit::Error, "failed"),
        Outcome::NotBegun(_) => (Exit::Refused, "nothing was begun"),
    }
}

fn because(outcome: &Outcome) -> Option<&str> {
    match outcome {
        Outcome::Completed => None,
        Outcome::Paused(because)
        | Outcome::Unknown(because)
        | Outcome::Failed(because)
        | Outcome::NotBegun(because) => Some(because),
    }
}

/// The step of the plan that a reason speaks of first.
fn step_of(because: &str, steps: &BTreeSet<String>) -> Option<String> {
    because
        .split('`')
        .skip(1)
        .step_by(2)
        .find(|word| steps.contains(*word))
        .map(str::to_owned)
}
