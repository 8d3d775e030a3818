//! The loop of a run: what the graph has ready is begun, what has begun is finished, and the first failure begins
//! nothing more. Holds the lease from before the first look until after the last entry.

use super::context::Context;
use super::record::Record;
use super::stop::Stop;
use super::{guard, step, summary};
use crate::aws::observe;
use crate::error::Error;
use crate::event::{Ending, Event, KeptSnapshot, Performed, Planned, Summary, Verified};
use crate::graph;
use crate::journal::{self, Kind as Entry, Lease, RunFolder, Start};
use crate::names::{ActionId, InstanceId};
use crate::observed::Cluster;
use crate::plan::action::{Action, Kind};
use crate::plan::{Activation, Plan, file};
use futures::stream::{FuturesUnordered, StreamExt as _};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often the lease is looked after; it is renewed only when a third of its term is gone.
const LEASE_INTERVAL: Duration = Duration::from_secs(5);

/// A run under way, as its steps see it.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) record: Record<'a>,
    /// The members when the run began.
    pub(super) members: BTreeSet<InstanceId>,
    lease: RefCell<Lease>,
    stopping: Cell<bool>,
    snapshot: RefCell<Option<KeptSnapshot>>,
    verified: RefCell<(Vec<Verified>, Vec<String>)>,
}

/// Runs a plan. `emit` hears everything that happens, in order.
///
/// # Errors
///
/// Before anything was sent: another run holds the cluster (exit 3), the connection is not the plan's, AWS cannot be
/// read, or the run's folder cannot be made. Once the run has begun, whatever happens is told by the summary's ending.
pub async fn run(context: Context<'_>, emit: &mut dyn FnMut(&Event)) -> Result<Summary, Error> {
    let Context {
        plan,
        client,
        store,
        run,
        holder,
        ..
    } = &context;
    if *client.backend() != plan.target.backend || *client.region() != plan.target.region {
        return Err(Error::refused(format!(
            "the plan is for {} in {}, the connection goes to {} in {}",
            plan.target.backend,
            plan.target.region,
            client.backend(),
            client.region()
        )));
    }
    let lease = Lease::acquire(store, &plan.target, holder, run)?;
    let begun = match Box::pin(begin(&context, &lease)).await {
        Ok(begun) => begun,
        Err(error) => {
            // The lock that was just taken protects nothing yet; the first error is the one to tell.
            let _ = lease.release();
            return Err(error);
        }
    };
    Ok(Box::pin(carry_out(&context, lease, begun, emit)).await)
}

/// What a run begins with.
struct Begun {
    cluster: Option<Cluster>,
    folder: RunFolder,
    writer: journal::Writer,
    at: jiff::Timestamp,
}

async fn begin(context: &Context<'_>, lease: &Lease) -> Result<Begun, Error> {
    let Context {
        plan,
        client,
        store,
        run,
        holder,
        ..
    } = context;
    let cluster = observe::cluster(client, &plan.target.cluster).await?;
    let at = client.now().ok_or_else(|| {
        Error::failed("AWS's replies carry no Date, and nothing is run without AWS's clock")
    })?;
    let folder = store.create_run(run, plan)?;
    let mut writer = folder.begin_journal(plan)?;
    lease.check()?;
    writer.append(
        at,
        Entry::RunStarted(Box::new(Start {
            run: run.clone(),
            partition: plan.partition.clone(),
            target: plan.target.clone(),
            plan_digest: file::digest(plan),
            holder: holder.user.clone(),
            host: holder.host.clone(),
            process: holder.process,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        })),
    )?;
    Ok(Begun {
        cluster,
        folder,
        writer,
        at,
    })
}

async fn carry_out(
    context: &Context<'_>,
    lease: Lease,
    begun: Begun,
    emit: &mut dyn FnMut(&Event),
) -> Summary {
    let Begun {
        cluster,
        folder,
        writer,
        at,
    } = begun;
    let plan = context.plan;
    let run = Run {
        context,
        record: Record::new(context.client, writer, emit, at),
        members: cluster
            .iter()
            .flat_map(|cluster| cluster.members.keys().cloned())
            .collect(),
        lease: RefCell::new(lease),
        stopping: Cell::new(false),
        snapshot: RefCell::new(None),
        verified: RefCell::default(),
    };
    run.record.tell(&Event::RunStarted {
        at,
        run: context.run.clone(),
        partition: plan.partition.clone(),
        cluster: plan.target.cluster.clone(),
        backend: plan.target.backend.clone(),
        journal: folder.path().display().to_string(),
        actions: plan
            .actions
            .iter()
            .map(|action| Planned {
                action: action.id.clone(),
                forecast: action.forecast,
            })
            .collect(),
    });
    let mut performed = Vec::new();
    let ending = match as_planned(plan, cluster.as_ref()) {
        Ok(()) => Box::pin(actions(&run, &mut performed)).await,
        Err(because) => Ending::WorldMoved { because },
    };
    run.conclude(&ending);
    let Run {
        record,
        lease,
        snapshot,
        verified,
        ..
    } = run;
    if let Err(error) = lease.into_inner().release() {
        record.remark(&format!("the lock is left behind: {error}"));
    }
    let (verified, not_proven) = verified.into_inner();
    let summary = Summary {
        run: context.run.clone(),
        partition: plan.partition.clone(),
        cluster: plan.target.cluster.clone(),
        next_command: summary::next_command(&ending, &context.commands),
        ending,
        actions: performed,
        changes: plan.changes.clone(),
        verified,
        not_proven,
        snapshot: snapshot.into_inner(),
        seconds: record.seconds_since(record.began()),
    };
    if let Err(error) = folder.write_outcome(&summary) {
        record.remark(&format!("the outcome is not kept: {error}"));
    }
    record.tell(&Event::RunFinished {
        at: record.now(),
        summary: summary.clone(),
    });
    summary
}

/// Whether the cluster is what the plan assumes at its beginning. Restarts after a failover assume roles that come
/// about in the run; they are judged then.
fn as_planned(plan: &Plan, cluster: Option<&Cluster>) -> Result<(), String> {
    let cluster = guard::same_cluster(&plan.target, cluster)?;
    for action in &plan.actions {
        guard::same_roles(action, cluster)?;
        if matches!(action.kind, Kind::Failover { .. }) {
            break;
        }
    }
    Ok(())
}

/// Does all actions that may be done, and says how it ended.
async fn actions(run: &Run<'_>, performed: &mut Vec<Performed>) -> Ending {
    let plan = run.context.plan;
    let graph = graph::build(plan);
    let mut finished: BTreeSet<ActionId> = BTreeSet::new();
    let mut begun: BTreeSet<ActionId> = BTreeSet::new();
    let mut stop: Option<Stop> = None;
    let mut running = FuturesUnordered::new();
    let mut lease_due = tokio::time::interval(LEASE_INTERVAL);
    loop {
        if stop.is_none() && run.is_interrupted() && finished.len() < plan.actions.len() {
            stop = Some(Stop::Interrupted);
        }
        if stop.is_none() {
            let ready = graph.ready(&finished, &begun);
            for action in plan
                .actions
                .iter()
                .filter(|action| ready.contains(&action.id))
            {
                begun.insert(action.id.clone());
                running.push(async move {
                    let started = run.record.now();
                    let result = step::perform(run, action).await;
                    (action, run.record.seconds_since(started), result)
                });
            }
        } else {
            run.stopping.set(true);
        }
        if running.is_empty() {
            break;
        }
        tokio::select! {
            Some((action, seconds, result)) = running.next() => {
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
    match stop {
        Some(stop) => stop.ending(),
        None if finished.len() < plan.actions.len() => Ending::Failed {
            because:
                "no action is ready although some are left: the plan's order cannot be satisfied"
                    .to_owned(),
            hints: Vec::new(),
        },
        None => match &plan.activation {
            Activation::Deferred { opens, .. } => Ending::Staged { opens: *opens },
            Activation::NotNeeded | Activation::Now | Activation::InWindow { .. } => Ending::Done,
        },
    }
}

impl Run<'_> {
    /// Whether the user wants the run to stop.
    fn is_interrupted(&self) -> bool {
        *self.context.interrupted.borrow()
    }

    /// Comes when the user interrupts the run; never, if nobody can.
    pub(super) async fn interruption(&self) {
        let mut interrupted = self.context.interrupted.clone();
        let nobody_can = interrupted.wait_for(|is| *is).await.is_err();
        if nobody_can {
            std::future::pending::<()>().await;
        }
    }

    /// The last checks before something is sent: no stop, the lease is ours, the window leaves time.
    pub(super) fn may_send(&self, action: &Action) -> Result<(), Stop> {
        if self.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        if self.stopping.get() {
            return Err(Stop::Withdrawn);
        }
        {
            let mut lease = self.lease.borrow_mut();
            lease
                .keep()
                .and_then(|()| lease.check())
                .map_err(|error| Stop::Paused(format!("before `{}`: {error}", action.id)))?;
        }
        if action.kind.is_disruptive() {
            guard::window(
                self.context.plan,
                self.record.now(),
                self.remaining_seconds(),
            )
            .map_err(|because| Stop::Paused(format!("before `{}`: {because}", action.id)))?;
        }
        Ok(())
    }

    /// The forecast of all interrupting actions that are not finished.
    fn remaining_seconds(&self) -> u32 {
        self.context
            .plan
            .actions
            .iter()
            .filter(|action| action.kind.is_disruptive())
            .filter(|action| {
                self.record
                    .ask(|replay| !replay.state(&action.id).is_settled())
            })
            .fold(0, |sum: u32, action| {
                sum.saturating_add(action.forecast.seconds)
            })
    }

    /// Tells what is waited for.
    pub(super) fn tell_waiting(&self, action: &Action, seen: &str) {
        if !seen.is_empty() {
            self.record.tell(&Event::Waiting {
                at: self.record.now(),
                action: action.id.clone(),
                seen: seen.to_owned(),
            });
        }
    }

    /// Notes which snapshot of this run exists.
    pub(super) fn keep_snapshot(&self, snapshot: Option<KeptSnapshot>) {
        self.snapshot.replace(snapshot);
    }

    /// Notes what was verified, and what cannot be proven.
    pub(super) fn verify(&self, verified: Vec<Verified>, not_proven: &[String]) {
        self.verified.replace((verified, not_proven.to_vec()));
    }

    /// Writes how the run ended.
    fn conclude(&self, ending: &Ending) {
        let (conclusion, because) = summary::conclusion(ending);
        if let Ending::Paused { because } = ending
            && let Err(error) = self.record.write(Entry::Paused {
                because: because.clone(),
            })
        {
            self.record.remark(&error.to_string());
        }
        let ended = self.record.write(Entry::Ended {
            ending: conclusion,
            because,
        });
        if let Err(error) = ended {
            self.record.remark(&error.to_string());
        }
    }
}
