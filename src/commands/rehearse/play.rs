//! One play: the run from its plan to the declared state, under one schedule, on the paused clock. The code that runs is
//! that of `apply` and `resume`; only what a person would do in between is played here.
//!
//! Goes in: a copy of the live world, the declaration, and a schedule. Comes out: how it ended, and everything that AWS saw.

use super::door::{Door, Late, Moment};
use super::operator::{Next, Operator};
use super::schedule::{Kill, Schedule};
use super::witness;
use crate::apply::{self, Commands, Context, Decision, PlannedNow};
use crate::aws::{Client, Connection, Settings};
use crate::commands::plan::has_changes;
use crate::commands::survey;
use crate::commands::witness::simulated;
use crate::desired::Desired;
use crate::error::Error;
use crate::event::{Ending, Event};
#[cfg(test)]
use crate::invariants::Evidence;
use crate::invariants::{self, Violation};
use crate::journal::{self, Approval, Holder, Memory, Store, lock};
use crate::names::{ActionId, RunId};
use crate::plan::{self, Activation, Options, Plan};
use crate::sim::{self, Image, Simulator};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures::FutureExt as _;
use jiff::Timestamp;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// More processes than any schedule needs: whatever is not at its end by then has none.
const PROCESSES_MAX: usize = 40;

/// A play that takes longer than this, in hours, has waited for another window.
const WAIT_HOURS_MAX: i64 = 12;

/// For how long AWS may have something under way after the last process, in minutes: a class change takes 13 at most.
const REST_MINUTES_MAX: usize = 30;

/// What all plays of a rehearsal share.
#[derive(Debug)]
pub(super) struct Scene {
    /// The copy of the live world.
    pub(super) image: Image,
    /// What it is a copy of, for messages.
    pub(super) world: String,
    /// The declaration.
    pub(super) desired: Desired,
    /// What is allowed.
    pub(super) options: Options,
    /// The runs that left a snapshot and are known to have ended.
    pub(super) ended_runs: BTreeSet<RunId>,
    /// Whether members are asked over SQL: where a run on live asks them.
    pub(super) is_witnessed: bool,
    /// The pause between two looks.
    pub(super) poll_interval: Duration,
    /// Who runs.
    pub(super) holder: Holder,
    /// The state in which the undisturbed play left the cluster.
    pub(super) end: Option<Value>,
    /// Whether the events are wanted.
    pub(super) is_told: bool,
}

/// How the first process that was not killed ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// Everything was done and verified.
    Completed,
    /// Stopped at a safe point, or because the cluster was no longer as planned: exit code 4.
    Paused(String),
    /// The outcome of a step was not known: exit code 5.
    Unknown(String),
    /// A step failed: exit code 1.
    Failed(String),
    /// Nothing was begun.
    NotBegun(String),
}

/// What came of a play.
#[derive(Clone, Debug)]
pub(super) struct Play {
    /// How the first process that was not killed ended.
    pub(super) outcome: Outcome,
    /// The promises that were broken.
    pub(super) violations: Vec<Violation>,
    /// How long the processes ran, on AWS's clock.
    pub(super) seconds: u32,
    /// How long writes stopped.
    pub(super) interruption_seconds: u32,
    /// Each action that was done: when it began, counted from the first plan, and how long it took.
    pub(super) steps: BTreeMap<ActionId, (u32, u32)>,
    /// The requests of all processes.
    pub(super) requests: u64,
    /// The state in which the cluster was left.
    pub(super) state: Value,
    /// Where the processes of this play could have been killed.
    pub(super) points: Vec<Kill>,
    /// The plans, in their order.
    pub(super) plans: Vec<Plan>,
    /// What happened, where it is wanted.
    pub(super) told: Vec<Told>,
    /// What AWS saw.
    #[cfg(test)]
    pub(super) evidence: Evidence,
}

/// A line of what happened.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// Of a run.
    Event(Box<Event>),
    /// Of the rehearsal.
    Remark(String),
}

/// How a process ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// There was nothing to do.
    Nothing,
    /// There is something to do, but not now.
    Later(Option<Timestamp>),
    /// The run came to an end, or to a stop.
    Run(RunId, Ending),
    /// It was killed.
    Killed(RunId),
    /// A rule said no, or the facts could not be read.
    NotBegun(String),
    /// The run could not be continued.
    NotContinued(RunId, String),
}

/// A run of the play.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) run: RunId,
    pub(super) plan: Plan,
    pub(super) first_request: u64,
}

/// What a play has at hand.
pub(super) struct Stage<'a> {
    scene: &'a Scene,
    schedule: &'a Schedule,
    pub(super) simulator: Simulator,
    door: Door,
    client: Client,
    memory: Memory,
    store: Store,
    pub(super) runs: Vec<Played>,
    points: Vec<Kill>,
    again: std::vec::IntoIter<Moment>,
    seconds: u32,
    began: Option<Timestamp>,
    starts: RefCell<BTreeMap<ActionId, Timestamp>>,
    steps: RefCell<BTreeMap<ActionId, (u32, u32)>>,
    told: RefCell<Vec<Told>>,
}

/// Plays a schedule. To be called on a runtime with a paused clock.
///
/// # Errors
/// A world that cannot be begun, or a store that fails: nothing that a schedule can bring about.
pub(super) async fn play(scene: &Scene, schedule: &Schedule) -> Result<Play, Error> {
    // What is random elsewhere, such as the digits of a run's id, follows from the seed too.
    fastrand::seed(schedule.seed.unwrap_or(0));
    let mut stage = Stage::new(scene, schedule).await?;
    let mut operator = Operator::new(schedule);
    let mut outcome = None;
    let mut next = Next::Apply;
    let mut settled = false;
    for process in 0..PROCESSES_MAX {
        if process >= schedule.patience {
            stage.simulator.remove_faults();
        }
        let ended = stage.process(next, process).await?;
        if outcome.is_none() {
            outcome = first_outcome(&ended);
        }
        next = match operator.hears(ended, &stage).await {
            Some(next) => next,
            None => {
                settled = true;
                break;
            }
        };
    }
    stage.end(outcome, settled, operator.problems()).await
}

/// What is read of the scene's world before anything happens there.
#[cfg(test)]
pub(super) async fn observed(scene: &Scene) -> Result<crate::observed::Observed, Error> {
    let schedule = Schedule::undisturbed();
    let stage = Stage::new(scene, &schedule).await?;
    let observed = survey::over(&stage.client, &scene.desired, scene.options).await?;
    super::whole(&stage.client, observed).await
}

fn first_outcome(ended: &Ended) -> Option<Outcome> {
    match ended {
        Ended::Run(_, Ending::Done) | Ended::Nothing => Some(Outcome::Completed),
        // What only staged goes on in the window.
        Ended::Run(_, Ending::Staged { .. }) | Ended::Later(_) | Ended::Killed(_) => None,
        Ended::Run(_, Ending::Interrupted) => None,
        Ended::Run(_, Ending::Paused { because } | Ending::WorldMoved { because }) => {
            Some(Outcome::Paused(because.clone()))
        }
        Ended::Run(_, Ending::Failed { because, .. }) => Some(Outcome::Failed(because.clone())),
        Ended::Run(_, Ending::Unknown { because, .. }) => Some(Outcome::Unknown(because.clone())),
        Ended::NotBegun(because) | Ended::NotContinued(_, because) => {
            Some(Outcome::NotBegun(because.clone()))
        }
    }
}

impl<'a> Stage<'a> {
    pub(super) async fn new(scene: &'a Scene, schedule: &'a Schedule) -> Result<Self, Error> {
        let failed = |error: sim::ScenarioError| {
            Error::failed(format!("cannot begin {}", scene.world)).caused_by(error)
        };
        let options = sim::Options { speed: 1.0 };
        let seed = schedule.seed.filter(|_| schedule.own_durations);
        let simulator = Simulator::from_image(&scene.image, seed, options).map_err(failed)?;
        for fault in &schedule.faults {
            simulator
                .declare_fault(&fault.to_string())
                .map_err(failed)?;
        }
        let profile = scene.desired.aws.profile.as_ref();
        let credentials =
            simulator.credentials_for_profile(profile.map(|profile| profile.as_str()));
        let door = Door::new(simulator.connector());
        let client = Client::connect(&Settings {
            region: scene.desired.aws.region.clone(),
            profile: None,
            connection: Connection::InProcess {
                http_client: SharedHttpClient::new(door.clone()),
                access_key_id: credentials.access_key_id,
                secret_access_key: credentials.secret_access_key,
                world: scene.world.clone(),
            },
        })
        .await
        .map_err(Error::from)?;
        let memory = Memory::default();
        Ok(Self {
            scene,
            schedule,
            simulator,
            door,
            client,
            store: Store::in_memory(memory.clone()),
            memory,
            runs: Vec::new(),
            points: Vec::new(),
            again: schedule.again.clone().into_iter(),
            seconds: 0,
            began: None,
            starts: RefCell::default(),
            steps: RefCell::default(),
            told: RefCell::default(),
        })
    }

    /// The declaration under rehearsal.
    pub(super) fn desired(&self) -> &Desired {
        &self.scene.desired
    }

    /// A line of what happened, if it is wanted.
    pub(super) fn remark(&self, text: impl FnOnce() -> String) {
        if self.scene.is_told {
            self.told.borrow_mut().push(Told::Remark(text()));
        }
    }

    /// The journal of a run.
    ///
    /// # Errors
    /// A journal that cannot be read.
    pub(super) fn journal(&self, run: &RunId) -> Result<journal::Journal, Error> {
        self.store.run(run).journal().map_err(Error::from)
    }

    /// Starts a process, and waits until it has ended in one way or another. What an earlier one left on its way arrives
    /// meanwhile.
    async fn process(&mut self, next: Next, process: usize) -> Result<Ended, Error> {
        let late = self.door.take_late();
        let door = self.door.clone();
        let arrival = async move {
            if let Some(Late { request, seconds }) = late {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                door.deliver(request).await;
            }
        };
        let began = self.simulator.now();
        self.remark(|| format!("{began}: process {}: {next}", process + 1));
        let (ended, ()) = tokio::join!(
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(next.after_seconds())).await;
                let began = self.simulator.now();
                let ended = match next {
                    Next::Apply | Next::ApplyAfter(_) => Box::pin(self.apply()).await,
                    Next::Resume(run, decisions, _) => Box::pin(self.resume(run, &decisions)).await,
                };
                let seconds = self.simulator.now().duration_since(began).as_secs();
                self.seconds = self
                    .seconds
                    .saturating_add(u32::try_from(seconds).unwrap_or(0));
                ended
            }),
            arrival
        );
        ended
    }

    async fn plan(&self, own: Option<&RunId>) -> Result<Plan, String> {
        let Scene {
            desired,
            options,
            ended_runs,
            ..
        } = self.scene;
        let mut observed = Box::pin(survey::over(&self.client, desired, *options))
            .await
            .map_err(|error| error.render(false))?;
        // As the commands do: a run whose journal says that it has ended is not in the way of another.
        for played in &self.runs {
            let has_ended = self
                .journal(&played.run)
                .is_ok_and(|journal| !journal.replay.is_unfinished());
            if has_ended {
                observed.ended_runs.insert(played.run.clone());
            }
        }
        observed
            .ended_runs
            .extend(ended_runs.iter().chain(own).cloned());
        let plan = plan::plan(desired, &observed, *options).map_err(|refusal| {
            crate::report::refusal::error(&desired.partition, &refusal).render(false)
        })?;
        Ok(if self.scene.is_witnessed {
            plan
        } else {
            plan.without_proof()
        })
    }

    async fn apply(&mut self) -> Result<Ended, Error> {
        self.door.open();
        let plan = match self.plan(None).await {
            Ok(plan) => plan,
            Err(because) => return Ok(Ended::NotBegun(because)),
        };
        self.began = self.began.or(Some(plan.at));
        // Snapshots whose time is over are no change, and whoever applies next deletes them.
        if plan.actions.is_empty() || !has_changes(&plan) {
            return Ok(match &plan.activation {
                _ if !has_changes(&plan) => Ended::Nothing,
                Activation::Deferred { opens, .. } => Ended::Later(*opens),
                _ => Ended::Nothing,
            });
        }
        self.take_away_empty_claim(&plan)?;
        let run = journal::store::new_run_id(plan.at, &plan.partition);
        let first_request = self
            .simulator
            .changes()
            .last()
            .map_or(1, |request| request.number.saturating_add(1));
        self.runs.push(Played {
            run: run.clone(),
            plan: plan.clone(),
            first_request,
        });
        let number = self.runs.len();
        let moment = self
            .schedule
            .kill
            .filter(|kill| kill.run == number)
            .map(|kill| kill.moment);
        self.door.admit(moment, &self.memory, &run);
        let (stop, interrupted) = watch::channel(false);
        let mut hears = |event: &Event| self.hear(event);
        let context = self.context(&plan, &run, interrupted);
        let running = Box::pin(apply::run(context, &mut hears));
        let ended = until_killed(&self.door, &stop, running).await;
        let ended = match ended {
            None => self.killed(run.clone(), moment),
            Some(Ok(summary)) => Ended::Run(run.clone(), summary.ending),
            Some(Err(error)) => Ended::NotBegun(error.render(false)),
        };
        if self.schedule.seed.is_none() {
            self.note_points(number, &run);
        }
        Ok(ended)
    }

    /// As `apply` does: the lock of a run that was killed before its first entry, and before anything was sent.
    fn take_away_empty_claim(&self, plan: &Plan) -> Result<(), Error> {
        let Self { store, scene, .. } = self;
        match lock::claim(store, &plan.target)? {
            Some(claim) if !store.has_begun(&claim.run) => {
                lock::remove(store, &claim, &plan.target, &scene.holder)?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn resume(&mut self, run: RunId, decisions: &[Decision]) -> Result<Ended, Error> {
        self.door.open();
        let mut unfinished = self.store.unfinished(None).map_err(Error::from)?;
        let Some(position) = unfinished
            .iter()
            .position(|unfinished| unfinished.run == run)
        else {
            // It was killed before its first entry, and before anything was sent: `apply` takes its lock away.
            return Ok(Ended::NotBegun(format!("run {run} never began")));
        };
        let unfinished = unfinished.swap_remove(position);
        let moment = self.again.next();
        self.door.admit(moment, &self.memory, &run);
        let (stop, interrupted) = watch::channel(false);
        let mut hears = |event: &Event| self.hear(event);
        let context = self.context(&unfinished.plan, &run, interrupted);
        let planned_now = async {
            match self.plan(Some(&run)).await {
                Ok(plan) => PlannedNow::Plan(Box::new(plan)),
                Err(because) => PlannedNow::Refused(format!(
                    "the rest cannot be planned for the cluster as it is now: {}",
                    because.trim_end()
                )),
            }
        }
        .boxed_local();
        let running = Box::pin(apply::resume(
            context,
            &unfinished,
            decisions,
            planned_now,
            &mut hears,
        ));
        let ended = until_killed(&self.door, &stop, running).await;
        Ok(match ended {
            None => self.killed(run, moment),
            Some(Ok(resumed)) => Ended::Run(run, resumed.summary.ending),
            Some(Err(error)) => Ended::NotContinued(run, error.render(false)),
        })
    }

    /// What a killed process leaves: its journal, cut where it was killed, and a lease that runs out.
    fn killed(&self, run: RunId, moment: Option<Moment>) -> Ended {
        if let Some(Moment::AfterEntry { entries }) = moment {
            self.memory
                .cut(&run, self.door.entries_found().saturating_add(entries));
        }
        self.memory.expire_leases();
        Ended::Killed(run)
    }

    fn context<'b>(
        &'b self,
        plan: &'b Plan,
        run: &RunId,
        interrupted: watch::Receiver<bool>,
    ) -> Context<'b> {
        Context {
            plan,
            client: &self.client,
            approved: None,
            witness: plan
                .proof()
                .map(|_| simulated(&self.simulator, &self.scene.desired)),
            store: &self.store,
            run: run.clone(),
            holder: self.scene.holder.clone(),
            poll_interval: self
                .scene
                .poll_interval
                .saturating_mul(self.schedule.slower),
            // The simulator's own timeline tells how long writes stopped.
            probing: None,
            // No command is run in a rehearsal.
            directory: PathBuf::from("."),
            commands: Commands {
                again: format!("auroractl apply {}", plan.partition),
                resume: format!("auroractl resume {run}"),
                activate: format!("auroractl apply {} --activate", plan.partition),
            },
            interrupted,
        }
    }

    /// The person of a rehearsal approves every gate as soon as the run waits there.
    fn approve(&self, action: &ActionId) {
        let Some(played) = self.runs.last() else {
            return;
        };
        let approval = Approval {
            action: action.clone(),
            by: "the rehearsal".to_owned(),
            note: None,
            holder: self.scene.holder.clone(),
            at: self.simulator.now(),
        };
        if let Err(error) = self.store.run(&played.run).approve(&played.plan, &approval) {
            self.remark(|| format!("`{action}` cannot be approved: {error}"));
        }
    }

    fn hear(&self, event: &Event) {
        match event {
            Event::GateReached { action, .. } => self.approve(action),
            Event::ActionStarted { at, action, .. } => {
                self.starts.borrow_mut().insert(action.clone(), *at);
            }
            // Counted in this process: the time in which nobody ran is no part of the step.
            Event::ActionFinished { at, action, .. } => {
                let started = self.starts.borrow().get(action).copied().unwrap_or(*at);
                let began = self.began.unwrap_or(started);
                let seconds = |from: Timestamp, to: Timestamp| {
                    u32::try_from(to.duration_since(from).as_secs()).unwrap_or(0)
                };
                self.steps.borrow_mut().insert(
                    action.clone(),
                    (seconds(began, started), seconds(started, *at)),
                );
            }
            _ => {}
        }
        if self.scene.is_told {
            self.told
                .borrow_mut()
                .push(Told::Event(Box::new(event.clone())));
        }
    }

    /// Every point at which this run's process could have been killed.
    fn note_points(&mut self, number: usize, run: &RunId) {
        let of_run = |moment| Kill {
            run: number,
            moment,
        };
        // Nothing is left to lose after the last entry.
        let entries = self.memory.entries(run).saturating_sub(1);
        self.points
            .extend((1..=entries).map(|entries| of_run(Moment::AfterEntry { entries })));
        for change in 1..=self.door.changes() {
            self.points.extend(
                [
                    Moment::BeforeChange { change },
                    Moment::AfterChange { change },
                    Moment::LateChange { change, seconds: 3 },
                ]
                .map(of_run),
            );
        }
    }

    /// Whether it took so long that AWS's own maintenance window may have opened meanwhile, in which AWS restarts members
    /// and moves the writer by itself.
    fn waited_for_long(&self) -> bool {
        let began = self.began.unwrap_or(self.scene.image.clock());
        self.simulator.now().duration_since(began).as_hours() >= WAIT_HOURS_MAX
    }

    /// The state in which the cluster is left. What AWS has under way by itself, such as a member that is configured after
    /// its restart in AWS's own window, is left to its end.
    async fn state_at_rest(&self) -> Value {
        for _ in 0..REST_MINUTES_MAX {
            let state = witness::state(self);
            if witness::is_at_rest(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        witness::state(self)
    }

    /// Judges what was played.
    async fn end(
        self,
        outcome: Option<Outcome>,
        settled: bool,
        problems: Vec<Violation>,
    ) -> Result<Play, Error> {
        let evidence = witness::evidence(&self, self.schedule)?;
        let until = self.simulator.now();
        let state = self.state_at_rest().await;
        let mut violations = invariants::violations(&evidence);
        violations.extend(problems);
        let broken = |invariant: &str, problem: String| Violation {
            invariant: invariant.to_owned(),
            problem,
        };
        if !settled {
            violations.push(broken(
                "every schedule comes to its end",
                format!("after {PROCESSES_MAX} processes it has not"),
            ));
        } else if let Some(end) = &self.scene.end
            && !self.schedule.may_end_otherwise()
        {
            let difference = witness::difference(end, &state, !self.waited_for_long());
            if !difference.is_empty() {
                violations.push(broken("the same final world as undisturbed", difference));
            }
        }
        let began = self.began.unwrap_or(self.scene.image.clock());
        Ok(Play {
            outcome: outcome.unwrap_or(Outcome::Completed),
            violations,
            seconds: self.seconds,
            interruption_seconds: invariants::interruption_seconds(&evidence, began, until),
            steps: self.steps.into_inner(),
            requests: self.door.requests(),
            state,
            points: self.points,
            plans: self.runs.into_iter().map(|played| played.plan).collect(),
            told: self.told.into_inner(),
            #[cfg(test)]
            evidence,
        })
    }
}

/// What the process gives, or nothing where it is killed first. An interruption asks it to stop, and lets it.
async fn until_killed<T>(
    door: &Door,
    stop: &watch::Sender<bool>,
    mut running: std::pin::Pin<Box<impl Future<Output = T>>>,
) -> Option<T> {
    loop {
        tokio::select! {
            biased;
            () = door.killed() => return None,
            () = door.interrupted() => {
                let _ = stop.send(true);
            }
            ended = &mut running => return Some(ended),
        }
    }
}
