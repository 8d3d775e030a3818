//! A run from its beginning to its end: holds the lease from before the first look until after the last entry, and answers
//! its steps whether they may go on.

use super::context::Context;
use super::earlier::Earlier;
use super::outage::Watched;
use super::record::Record;
use super::resume::{PlannedNow, Resumed};
use super::snapshot::snapshot_id;
use super::stop::Stop;
use super::work::Work;
use super::{command, guard, summary, witness};
use crate::aws::observe;
use crate::error::Error;
use crate::event::{Ending, Event, KeptSnapshot, Planned, Summary, Verified};
use crate::journal::{self, Kind as Entry, Lease, RunFolder, Start};
use crate::names::InstanceId;
use crate::observed::Cluster;
use crate::plan::action::{Action, Kind};
use crate::plan::file;
use crate::plan::forecast::seconds_once_begun;
use crate::plan::verify::proof::Testimony;
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// A run under way, as its steps see it.
pub(super) struct Run<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) record: Record<'a>,
    /// The members when the run began.
    pub(super) members: BTreeSet<InstanceId>,
    /// What earlier processes of the run did.
    pub(super) earlier: Earlier,
    pub(super) lease: RefCell<Lease>,
    pub(super) stopping: Cell<bool>,
    /// What is kept beside the journal.
    pub(super) folder: RunFolder,
    /// Whether it waits for a person; the cluster stays held for the run then, even when the process ends.
    pub(super) waits_at_gate: Cell<bool>,
    /// What PostgreSQL said at the end.
    pub(super) testimony: RefCell<Option<Testimony>>,
    /// What was measured of writer interruptions.
    pub(super) watched: Watched,
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
    is_for(&context)?;
    witness::is_there(&context)?;
    if let Some((first, more)) = command::missing(&context, &|_| true).split_first() {
        let error = Error::refused(format!("{first}; nothing was begun"));
        return Err(more.iter().cloned().fold(error, Error::hinted));
    }
    let Context {
        plan,
        store,
        run,
        holder,
        ..
    } = &context;
    let lease = Lease::acquire(store, &plan.target, holder, run)?;
    let begun = match Box::pin(begin(&context, &lease)).await {
        Ok(begun) => begun,
        Err(error) => {
            // The lock that was just taken protects nothing yet; the first error is the one to tell.
            let _ = lease.release();
            return Err(error);
        }
    };
    Ok(Box::pin(carry_out(&context, lease, begun, emit, None))
        .await
        .summary)
}

/// Whether the connection is the plan's.
pub(super) fn is_for(context: &Context<'_>) -> Result<(), Error> {
    let Context { plan, client, .. } = context;
    if *client.backend() != plan.target.backend || *client.region() != plan.target.region {
        return Err(Error::refused(format!(
            "the plan is for {} in {}, the connection goes to {} in {}",
            plan.target.backend,
            plan.target.region,
            client.backend(),
            client.region()
        )));
    }
    Ok(())
}

/// What a run begins with, or goes on with.
pub(super) struct Begun {
    pub(super) cluster: Option<Cluster>,
    pub(super) folder: RunFolder,
    pub(super) writer: journal::Writer,
    pub(super) at: jiff::Timestamp,
    pub(super) earlier: Earlier,
    /// How the lease was taken over, where the reader should know.
    pub(super) taken: Option<String>,
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
    // Whoever held the cluster after the plan was made, and before this lease, may have left a run that is not over.
    if let Some(unfinished) = store.unfinished(Some(&plan.target))?.first() {
        let (left, typed) = (&unfinished.run, store.typed());
        return Err(Error::refused(format!(
            "run {left} of cluster {} is unfinished; nothing was begun beside it",
            plan.target.cluster
        ))
        .hinted(format!("finish it first: auroractl resume {left}{typed}"))
        .hinted(format!("or take it back: auroractl rollback {left}{typed}")));
    }
    let cluster = observe::cluster(client, &plan.target.cluster).await?;
    let at = client.now().ok_or_else(|| {
        Error::failed("AWS's replies carry no Date, and nothing is run without AWS's clock")
    })?;
    let folder = store.create_run(run, plan)?;
    if let Some(approved) = context.approved {
        folder.keep_approved(approved)?;
    }
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
            undoes: plan.undoes.clone(),
        })),
    )?;
    Ok(Begun {
        cluster,
        folder,
        writer,
        at,
        earlier: Earlier::default(),
        taken: None,
    })
}

/// Does what is left of a run. What an earlier process began is finished first; `planned_now` is asked before anything
/// further is sent.
pub(super) async fn carry_out(
    context: &Context<'_>,
    lease: Lease,
    begun: Begun,
    emit: &mut dyn FnMut(&Event),
    planned_now: Option<LocalBoxFuture<'_, PlannedNow>>,
) -> Resumed {
    let Begun {
        cluster,
        folder,
        writer,
        at,
        earlier,
        taken,
    } = begun;
    let plan = context.plan;
    let members = if earlier.members.is_empty() {
        cluster
            .iter()
            .flat_map(|cluster| cluster.members.keys().cloned())
            .collect()
    } else {
        earlier.members.clone()
    };
    let snapshot = earlier.has_snapshot.then(|| KeptSnapshot {
        snapshot: snapshot_id(&context.run),
        expires: None,
        unfinished: false,
    });
    let run = Run {
        context,
        record: Record::new(context.client, writer, emit, earlier.began.unwrap_or(at)),
        members,
        testimony: RefCell::new(earlier.testimony(plan)),
        watched: Watched::new(cluster.as_ref(), &earlier.measured),
        earlier,
        lease: RefCell::new(lease),
        stopping: Cell::new(false),
        folder: folder.clone(),
        waits_at_gate: Cell::new(false),
        snapshot: RefCell::new(snapshot),
        verified: RefCell::default(),
    };
    run.tell_beginning(at, &folder.name());
    if let Some(taken) = taken {
        run.record.remark(&taken);
    }
    let mut performed = run.earlier.performed.clone();
    let mut difference = None;
    let ending = match as_planned(&run, cluster.as_ref()) {
        Err(because) => Ending::WorldMoved { because },
        Ok(()) => {
            let mut work = Work::new(&run, &mut performed);
            match planned_now {
                None => Box::pin(work.everything()).await,
                Some(planned_now) => Box::pin(work.go_on(planned_now, &mut difference)).await,
            }
        }
    };
    let concluded = run.conclude(&ending);
    let is_left =
        run.waits_at_gate.get() && matches!(ending, Ending::Paused { .. } | Ending::Interrupted);
    let Run {
        record,
        lease,
        snapshot,
        verified,
        watched,
        ..
    } = run;
    let lease = lease.into_inner();
    if is_left {
        // Nobody else may begin beside a run that a person thinks about.
        if let Err(error) = lease.leave() {
            record.remark(&format!("the cluster may not stay held: {error}"));
        }
    } else if let Err(error) = lease.release() {
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
        undoes: plan.undoes.clone(),
        restores: plan.restores.clone(),
        writer_interruption: watched.summary(
            &plan.actions,
            context
                .probing
                .as_ref()
                .and_then(|probing| probing.budget_seconds),
        ),
    };
    // Without its last entry the run is not over: another process goes on with it, and writes what came of it.
    if concluded && let Err(error) = folder.write_outcome(&summary) {
        record.remark(&format!("the outcome is not kept: {error}"));
    }
    record.tell(&Event::RunFinished {
        at: record.now(),
        summary: summary.clone(),
    });
    Resumed {
        summary,
        difference,
    }
}

/// Whether the cluster is what the plan assumes at its beginning. Restarts after a failover assume roles that come
/// about in the run, and so does what is left of a run that is continued; they are judged then.
fn as_planned(run: &Run<'_>, cluster: Option<&Cluster>) -> Result<(), String> {
    let plan = run.context.plan;
    // The new cluster comes about in the run; its actions look for themselves.
    if plan.restores.is_some() {
        return Ok(());
    }
    let cluster = guard::same_cluster(&plan.target, cluster)?;
    if run.earlier.began.is_some() {
        return Ok(());
    }
    for action in &plan.actions {
        guard::same_roles(action, cluster)?;
        if matches!(action.kind, Kind::Failover { .. }) {
            break;
        }
    }
    Ok(())
}

impl Run<'_> {
    /// Tells the reader that the run begins or goes on, and with what.
    fn tell_beginning(&self, at: jiff::Timestamp, journal: &str) {
        let Context { plan, run, .. } = self.context;
        let journal = journal.to_owned();
        let left = |action: &&Action| {
            self.record
                .ask(|replay| !replay.state(&action.id).is_settled())
        };
        let actions = plan
            .actions
            .iter()
            .filter(left)
            .map(|action| Planned {
                action: action.id.clone(),
                forecast: action.forecast,
            })
            .collect();
        let (run, partition) = (run.clone(), plan.partition.clone());
        let (cluster, backend) = (plan.target.cluster.clone(), plan.target.backend.clone());
        self.record.tell(&match self.earlier.began {
            None => Event::RunStarted {
                at,
                run,
                partition,
                cluster,
                backend,
                journal,
                actions,
            },
            Some(began) => Event::RunResumed {
                at,
                run,
                partition,
                cluster,
                backend,
                journal,
                began,
                done: self
                    .earlier
                    .performed
                    .iter()
                    .map(|performed| performed.action.clone())
                    .collect(),
                actions,
            },
        });
    }

    /// Whether the user wants the run to stop.
    pub(super) fn is_interrupted(&self) -> bool {
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
                self.remaining_seconds(action),
            )
            .map_err(|because| Stop::Paused(format!("before `{}`: {because}", action.id)))?;
        }
        Ok(())
    }

    /// Whether the lease still runs, once the intent is written. Writing may take long, and a machine may sleep meanwhile.
    pub(super) fn still_holds(&self, action: &Action) -> Result<(), Stop> {
        self.lease
            .borrow()
            .still_runs()
            .map_err(|error| Stop::Paused(format!("before `{}`: {error}", action.id)))
    }

    /// The forecast of all interrupting actions that are not finished, and of the commands between them; this one is about to
    /// begin.
    fn remaining_seconds(&self, begins: &Action) -> u32 {
        let actions = &self.context.plan.actions;
        let last = actions
            .iter()
            .rposition(|action| action.kind.is_disruptive())
            .unwrap_or(0);
        actions
            .iter()
            .take(last + 1)
            .skip_while(|action| action.id != begins.id)
            .filter(|action| action.kind.is_disruptive() || action.kind.is_declared())
            .filter(|action| {
                self.record
                    .ask(|replay| !replay.state(&action.id).is_settled())
            })
            .fold(0, |sum: u32, action| {
                sum.saturating_add(if action.id == begins.id {
                    seconds_once_begun(action)
                } else {
                    action.forecast.seconds
                })
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

    /// The same action, or with less of a proof than the plan hoped for: where a witness left something open at the end, a
    /// snapshot is kept longer. The plan says so.
    pub(super) fn as_proven(&self, kind: &Kind) -> Kind {
        match kind {
            Kind::ReleaseSnapshot { policy, proven } => Kind::ReleaseSnapshot {
                policy: *policy,
                proven: *proven
                    && self
                        .testimony
                        .borrow()
                        .as_ref()
                        .is_some_and(Testimony::is_proven),
            },
            kind => kind.clone(),
        }
    }

    /// Notes what was verified, and what cannot be proven.
    pub(super) fn verify(&self, verified: Vec<Verified>, not_proven: &[String]) {
        self.verified.replace((verified, not_proven.to_vec()));
    }

    /// Writes how the run ended; false where the journal does not take it.
    fn conclude(&self, ending: &Ending) -> bool {
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
        if let Err(error) = &ended {
            self.record.remark(&error.to_string());
        }
        ended.is_ok()
    }
}
