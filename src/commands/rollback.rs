//! `rollback`: takes back what a run changed, with the same planner, the same question and the same proofs as `apply`.
//!
//! Goes in: a run. Comes out: what `apply` gives, for a run of its own whose journal names the one that it takes back.
//! A run that is not over is settled first: what it began is finished, and nothing further of it is done.

use super::apply::{Order, afresh, tell, unfinished_run};
use super::follow::{Manner, follow};
use super::session::{Door, Session};
use super::simulated::Keep;
use super::survey::{self, Surveyed};
use super::{declarations, probing, restore, resume, saved, stores, witness};
use crate::apply::{self, Commands, Context, Decision, PlannedNow};
use crate::cli::{Everywhere, Rollback as Arguments, typed};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::event::Ending;
use crate::journal::{Holder, State, Store, Unfinished};
use crate::names::RunId;
use crate::observed::{Observed, Question};
use crate::plan::undo::{self, Effects, Undoing};
use crate::plan::{self, Options, Plan, Refusal};
use crate::report::{Output, refusal};
use futures::FutureExt as _;
use std::collections::BTreeSet;

/// Why a run that is undone does not go on.
const GIVEN_UP: &str = "what it changed is being undone";

/// Plans and does the way back from a run.
///
/// # Errors
/// Everything that ends it before the run begins: no such run, another one that is unfinished, a run whose outcome is not
/// known, facts, refusals, a declined question.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let run = arguments.run();
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Changes(format!("rollback {run}")),
    )?
    .typed_as(typed(everywhere, &arguments.reading));
    let stores = stores::everywhere(&session, everywhere, output.message_style())?;
    let store = stores::of_run(&stores, &run)?;
    if !store.has_begun(&run) {
        output.message(&format!(
            "Nothing to undo: run {run} was ended before it sent anything.\n"
        ));
        session.close()?;
        return Ok(Exit::Done);
    }
    let folder = store.run(&run);
    let plan = folder.plan()?;
    let base = match folder.approved()? {
        Some(saved) => saved.desired,
        None => {
            declarations::load_one(everywhere, plan.partition.as_str(), output.message_style())?
        }
    };
    is_of_the_run(&base, &plan)?;
    let client = session.connect(&Door::of(&base.aws)).await?;
    saved::made_for(&plan.target.backend, client.backend())?;
    let options = arguments.allowed.options();
    let manner = Manner {
        everywhere,
        reading: &arguments.reading,
        json: arguments.json,
        poll_interval: arguments.poll_interval(),
    };
    if arguments.restore_snapshot {
        let confirm = arguments.confirm.as_deref();
        let of = restore::Of {
            store,
            run: &run,
            plan: &plan,
            base: &base,
        };
        return restore::run(of, confirm, &manner, session, output).await;
    }
    if plan.restores.is_some() {
        return Err(Error::refused(format!(
            "run {run} made cluster {} from a snapshot, and changed nothing that could be undone",
            plan.target.cluster
        ))
        .hinted("delete the new cluster with its members where it is not wanted"));
    }
    let way = Way {
        store,
        plan: &plan,
        run: &run,
        base: &base,
        options,
        leave_changed: arguments.leave_changed,
    };
    let mut undoing = way.undoing()?;
    let mut observed = way.survey(&session, &undoing).await?;
    let mut half = match unfinished_run(store, &observed)? {
        None => None,
        Some(unfinished) if unfinished.run == run => Some(unfinished),
        Some(unfinished) if unfinished.plan.undoes.as_ref() == Some(&run) => {
            return go_on(
                unfinished,
                &way,
                arguments.auto_approve,
                &manner,
                session,
                output,
            )
            .await;
        }
        Some(other) => return Err(another(&other, store.typed())),
    };
    let decisions = resume::decisions(arguments.decisions());
    let is_begun = |unfinished: &Unfinished| {
        let states = unfinished.journal.replay.states();
        states.values().any(State::is_begun)
    };
    if !decisions.is_empty() && !half.as_ref().is_some_and(is_begun) {
        return Err(Error::failed(format!("nothing is in doubt in run {run}"))
            .hinted("roll back without --assume-done and --redo"));
    }
    if let Some(unfinished) = &half
        && is_begun(unfinished)
    {
        if let Some(exit) = settle(unfinished, &decisions, &way, &manner, &session, output).await? {
            session.close()?;
            return Ok(exit);
        }
        half = store
            .unfinished(Some(&plan.target))?
            .into_iter()
            .find(|unfinished| unfinished.run == run);
        undoing = way.undoing()?;
        observed = way.survey(&session, &undoing).await?;
    }
    let desired = way.declaration(&undoing, &observed)?;
    // Its own snapshot is not in the way: nothing of the run goes on.
    observed.ended_runs.insert(run.clone());
    let order = Order {
        store,
        desired: &desired,
        options,
        approved: None,
        auto_approve: arguments.auto_approve,
        gives_up: half.as_ref(),
    };
    afresh(&observed, &order, &manner, session, output).await
}

/// The way back from a run.
struct Way<'a> {
    /// Where the run is kept, and the way back from it will be.
    store: &'a Store,
    plan: &'a Plan,
    run: &'a RunId,
    base: &'a Desired,
    options: Options,
    leave_changed: bool,
}

impl Way<'_> {
    /// What the run's journal proves.
    fn undoing(&self) -> Result<Undoing, Error> {
        let journal = self.store.run(self.run).journal()?;
        Ok(Undoing {
            run: self.run.clone(),
            effects: Effects::of(&apply::proven(&journal.entries, self.plan)),
            engine_version: self.plan.engine_version.clone(),
            leave_changed: self.leave_changed,
        })
    }

    /// Reads what the declaration of the rollback and its plan need.
    async fn survey(&self, session: &Session, undoing: &Undoing) -> Result<Observed, Error> {
        let options = self.options;
        let further = |base: &Desired, observed: &Observed| -> BTreeSet<Question> {
            let questions = undo::questions(undoing, observed);
            match &observed.cluster {
                Some(cluster) if questions.is_empty() => {
                    match undo::declaration(undoing, base, observed, cluster) {
                        Ok(desired) => plan::questions(&desired, observed, &options),
                        // What is refused needs no further facts.
                        Err(_) => BTreeSet::new(),
                    }
                }
                _ => questions,
            }
        };
        let mut surveyed = survey::all(
            session,
            vec![self.base.clone()],
            &|_| BTreeSet::new(),
            &further,
        )
        .await;
        survey::note_ended_runs(session, &mut surveyed);
        match surveyed.pop() {
            Some(Surveyed { facts, .. }) => Ok(facts?.observed),
            None => Err(Error::failed(format!(
                "`{}` was not read",
                self.base.partition
            ))),
        }
    }

    /// The declaration that leads back.
    fn declaration(&self, undoing: &Undoing, observed: &Observed) -> Result<Desired, Error> {
        let refused = |refused: &Refusal| refusal::error(&self.base.partition, refused);
        survey::is_declared_cluster(self.base, observed).map_err(|reasons| refused(&reasons))?;
        let Some(cluster) = &observed.cluster else {
            return Err(Error::failed("the cluster was not read"));
        };
        if cluster.resource_id != self.plan.target.resource_id {
            return Err(Error::refused(format!(
                "cluster `{}` is another one than run {} changed: {} instead of {}",
                cluster.identifier, self.run, cluster.resource_id, self.plan.target.resource_id
            )));
        }
        undo::declaration(undoing, self.base, observed, cluster)
            .map_err(|reasons| refused(&reasons))
    }
}

/// Whether the declaration is of the cluster that the run changed.
fn is_of_the_run(base: &Desired, plan: &Plan) -> Result<(), Error> {
    let target = &plan.target;
    if plan.restores.is_some() {
        return Ok(());
    }
    let declared = (
        &base.aws.account,
        &base.aws.region,
        &base.cluster.identifier,
    );
    if declared == (&target.account, &target.region, &target.cluster) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "the run was on cluster {} in {}/{}, and `{}` now declares {} in {}/{}",
        target.cluster,
        target.account,
        target.region,
        base.partition,
        base.cluster.identifier,
        base.aws.account,
        base.aws.region
    ))
    .hinted("declare the cluster of the run for this time, or undo it by hand"))
}

fn another(unfinished: &Unfinished, typed: &str) -> Error {
    let run = &unfinished.run;
    Error::refused(format!(
        "run {run} of cluster {} is unfinished",
        unfinished.plan.target.cluster
    ))
    .hinted(format!("finish it first: auroractl resume {run}{typed}"))
    .hinted(format!("or undo it first: auroractl rollback {run}{typed}"))
}

/// The rollback itself is unfinished: it goes on.
async fn go_on(
    unfinished: Unfinished,
    way: &Way<'_>,
    auto_approve: bool,
    manner: &Manner<'_>,
    session: Session,
    output: &mut Output,
) -> Result<Exit, Error> {
    let Some(approved) = way.store.run(&unfinished.run).approved()? else {
        return Err(Error::failed(format!(
            "rollback {} does not say what it was to do: its approved plan is missing",
            unfinished.run
        )));
    };
    output.message(&format!(
        "Run {}, the rollback of run {}, is unfinished; it goes on.\n",
        unfinished.run, way.run
    ));
    let order = Order {
        store: way.store,
        desired: &approved.desired,
        options: way.options,
        approved: Some(&approved),
        auto_approve,
        gives_up: None,
    };
    resume::go_on(unfinished, &order, &[], manner, session, output).await
}

/// Finishes what the run had begun, and nothing further of it: what is in doubt is settled by what AWS shows, what is in
/// flight is waited for. Gives an exit code where it is not known what came of something.
async fn settle(
    unfinished: &Unfinished,
    decisions: &[Decision],
    way: &Way<'_>,
    manner: &Manner<'_>,
    session: &Session,
    output: &mut Output,
) -> Result<Option<Exit>, Error> {
    let Unfinished { run, plan, .. } = unfinished;
    output.message(&format!(
        "Run {run} was left in the middle of something: that is settled first, and nothing further of it is done.\n"
    ));
    let client = session.connect(&Door::of(&way.base.aws)).await?;
    let witness = witness::of_plan(session, way.base, plan, &client).await?;
    let commands = {
        let usual = manner.commands(plan, run);
        // What is printed leads back here, and not forward with the run.
        Commands {
            resume: usual
                .resume
                .replacen("auroractl resume", "auroractl rollback", 1),
            ..usual
        }
    };
    let resumed = follow(manner, session, output, async |interrupted, emit| {
        let context = Context {
            plan,
            client: &client,
            approved: None,
            witness: witness.clone(),
            store: way.store,
            run: run.clone(),
            holder: Holder::of_this_process(),
            poll_interval: session.pace(manner.poll_interval),
            probing: probing::of(session, way.base, &client),
            directory: manner.directory()?,
            commands: commands.clone(),
            interrupted,
        };
        let given_up = async { PlannedNow::Refused(GIVEN_UP.to_owned()) }.boxed_local();
        apply::resume(context, unfinished, decisions, given_up, emit).await
    })
    .await?;
    match &resumed.summary.ending {
        Ending::Paused { because } if because == GIVEN_UP => Ok(None),
        Ending::Done
        | Ending::Staged { .. }
        | Ending::WorldMoved { .. }
        | Ending::Failed { .. } => Ok(None),
        ending => {
            tell(&resumed.summary, manner.json, output);
            output.message(&format!(
                "\nNothing was undone: settle this first, then: auroractl rollback {run}{}\n",
                way.store.typed()
            ));
            Ok(Some(ending.exit()))
        }
    }
}
