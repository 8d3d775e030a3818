//! `resume`: goes on with a run that was killed, stopped, or left in doubt.
//!
//! Goes in: a run, or none where only one is unfinished, and what a person says of actions in doubt. Comes out: what `apply`
//! gives. Where the rest is no longer what was approved, the difference, a new plan, and the question again.

use super::apply::{Order, afresh, plan_again, tell};
use super::follow::{Manner, follow};
use super::plan::Failure;
use super::session::{Door, Session};
use super::simulated::Keep;
use super::{declarations, probing, stores, survey, witness};
use crate::apply::{self, Context, Decision, Difference, PlannedNow};
use crate::cli::{Everywhere, Resume as Arguments, typed};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::event::Ending;
use crate::journal::{Conclusion, Holder, Store, Unfinished, Verdict};
use crate::names::{ActionId, RunId};
use crate::plan::{self, Options, file};
use crate::report::Output;
use crate::report::comparison::unified;
use futures::FutureExt as _;
use std::collections::BTreeSet;

/// Goes on with a run.
///
/// # Errors
/// No such run, several to choose from, a lease that is not free, declarations or facts that cannot be read.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Changes("resume".to_owned()),
    )?
    .typed_as(typed(everywhere, &arguments.reading));
    let stores = stores::everywhere(&session, everywhere, output.message_style())?;
    let Some((store, unfinished)) = wanted(&stores, arguments.run(), output)? else {
        session.close()?;
        return Ok(Exit::Done);
    };
    let approved = store.run(&unfinished.run).approved()?;
    let desired = match &approved {
        Some(saved) => saved.desired.clone(),
        None => declarations::load_one(
            everywhere,
            unfinished.plan.partition.as_str(),
            output.message_style(),
        )?,
    };
    let order = Order {
        store: &store,
        desired: &desired,
        options: unfinished.plan.options,
        approved: approved.as_ref(),
        auto_approve: false,
        gives_up: None,
    };
    let manner = Manner {
        everywhere,
        reading: &arguments.reading,
        json: arguments.json,
        poll_interval: arguments.poll_interval(),
    };
    let decisions = decisions(arguments.decisions());
    go_on(unfinished, &order, &decisions, &manner, session, output).await
}

/// What a person says of actions in doubt: those that AWS did, and those that it did not.
pub fn decisions((done, again): (Vec<ActionId>, Vec<ActionId>)) -> Vec<Decision> {
    let decide = |verdict| move |action| Decision { action, verdict };
    // Said twice is said once.
    let (done, again) = (BTreeSet::from_iter(done), BTreeSet::from_iter(again));
    done.into_iter()
        .map(decide(Verdict::Happened))
        .chain(again.into_iter().map(decide(Verdict::DidNotHappen)))
        .collect()
}

/// The run that is meant, or none when nothing is left to do.
fn wanted(
    stores: &[Store],
    run: Option<RunId>,
    output: &mut Output,
) -> Result<Option<(Store, Unfinished)>, Error> {
    let Some(run) = run else {
        let (mut places, mut unfinished): (Vec<Store>, Vec<Unfinished>) = (Vec::new(), Vec::new());
        for store in stores {
            for found in store.unfinished(None)? {
                // Several partitions may name one place, each with a profile of its own.
                let is_known = |(place, other): (&Store, &Unfinished)| {
                    place.name() == store.name() && other.run == found.run
                };
                if places.iter().zip(&unfinished).any(is_known) {
                    continue;
                }
                places.push(store.clone());
                unfinished.push(found);
            }
        }
        return match unfinished.as_slice() {
            [] => {
                output.message(&format!(
                    "Nothing to resume: no run is unfinished in {}.\n",
                    stores::named(stores)
                ));
                Ok(None)
            }
            [_] => Ok(places.pop().zip(unfinished.pop())),
            runs => Err(several(runs, stores.first().map_or("", Store::typed))),
        };
    };
    let store = stores::of_run(stores, &run)?;
    if !store.has_begun(&run) {
        output.message(&format!(
            "Nothing to resume: run {run} was ended before it sent anything. Its plan can be applied again.\n"
        ));
        return Ok(None);
    }
    let folder = store.run(&run);
    let (plan, journal) = (folder.plan()?, folder.journal()?);
    match journal.replay.conclusion() {
        Some(ending @ (Conclusion::Done | Conclusion::Staged)) => {
            output.message(&format!(
                "Nothing to resume: run {run} has ended ({}).\n",
                ending.word()
            ));
            Ok(None)
        }
        Some(ending) if ending.is_final() => Err(Error::failed(format!(
            "run {run} has ended ({}); what is left of it is planned anew",
            ending.word()
        ))
        .hinted(format!(
            "auroractl apply {}{}",
            plan.partition,
            store.typed()
        ))),
        _ => Ok(Some((store.clone(), Unfinished { run, plan, journal }))),
    }
}

/// An error that lists the runs to choose from.
pub fn several(runs: &[Unfinished], typed: &str) -> Error {
    let error = Error::failed(format!("{} runs are unfinished: name one", runs.len()));
    runs.iter().fold(error, |error, unfinished| {
        let state = match unfinished.journal.replay.conclusion() {
            Some(conclusion) => conclusion.word(),
            None => "killed, or still running",
        };
        error.hinted(format!(
            "auroractl resume {}{typed} (cluster {}, {state})",
            unfinished.run, unfinished.plan.target.cluster
        ))
    })
}

/// Whether an unfinished run is what `apply` was asked to do. A plan file was approved as it stands: another run's rest is
/// not it.
///
/// # Errors
/// A refusal that names the run.
pub fn is_ordered(unfinished: &Unfinished, order: &Order<'_>) -> Result<(), Error> {
    let typed = order.store.typed();
    if let Some(undone) = &unfinished.plan.undoes {
        let run = &unfinished.run;
        return Err(Error::refused(format!(
            "run {run} of this cluster is unfinished, and it takes back run {undone}"
        ))
        .hinted(format!("finish it first: auroractl resume {run}{typed}")));
    }
    if unfinished.plan.is_drill {
        let run = &unfinished.run;
        return Err(Error::refused(format!(
            "run {run} of this cluster is unfinished, and it is a drill"
        ))
        .hinted(format!("finish it first: auroractl resume {run}{typed}")));
    }
    match order.approved {
        Some(saved) if saved.digest != file::digest(&unfinished.plan) => {
            Err(Error::refused(format!(
                "run {} of this cluster is unfinished, and it has another plan than this file",
                unfinished.run
            ))
            .hinted(format!(
                "finish it first: auroractl resume {}{typed}",
                unfinished.run
            )))
        }
        _ => Ok(()),
    }
}

/// Goes on with a run, and with a new one where the rest has changed and is approved again.
///
/// # Errors
/// Everything that keeps it from going on.
pub async fn go_on(
    unfinished: Unfinished,
    order: &Order<'_>,
    decisions: &[Decision],
    manner: &Manner<'_>,
    session: Session,
    output: &mut Output,
) -> Result<Exit, Error> {
    let Order { store, desired, .. } = *order;
    let options = either(unfinished.plan.options, order.options);
    let order = Order { options, ..*order };
    let client = session.connect(&Door::of(&desired.aws)).await?;
    let witness = witness::of_plan(&session, desired, &unfinished.plan, &client).await?;
    let resumed = follow(manner, &session, output, async |interrupted, emit| {
        let Unfinished { run, plan, .. } = &unfinished;
        let context = Context {
            plan,
            client: &client,
            approved: order.approved,
            witness: witness.clone(),
            store,
            run: run.clone(),
            holder: Holder::of_this_process(),
            poll_interval: session.pace(manner.poll_interval),
            probing: probing::of(&session, desired, &client),
            directory: manner.directory()?,
            commands: manner.commands(plan, run),
            interrupted,
        };
        let planned_now = if plan.restores.is_some() || plan.is_drill {
            // Each of its actions looks for itself; nothing of it depends on the old cluster, or on what is declared.
            async { rest_of(store, &unfinished) }.boxed_local()
        } else {
            planned_now(&session, desired, options, run).boxed_local()
        };
        apply::resume(context, &unfinished, decisions, planned_now, emit).await
    })
    .await?;
    tell(&resumed.summary, manner.json, output);
    if let Some(difference) = &resumed.difference {
        show(difference, output);
        // Without the plan file that no longer holds: what is shown now is what is approved.
        let order = Order {
            approved: None,
            ..order
        };
        let facts = survey::for_plan(&session, desired, options).await?;
        return afresh(&facts.observed, &order, manner, session, output).await;
    }
    if matches!(resumed.summary.ending, Ending::WorldMoved { .. })
        && unfinished.plan.restores.is_none()
        && !unfinished.plan.is_drill
    {
        plan_again(&session, desired, options, manner.json, output).await?;
    }
    session.close()?;
    Ok(resumed.summary.exit())
}

/// What is left of a run whose plan is not made again.
fn rest_of(store: &Store, unfinished: &Unfinished) -> PlannedNow {
    match store.run(&unfinished.run).journal() {
        Ok(journal) => {
            let mut plan = unfinished.plan.clone();
            plan.actions
                .retain(|action| !journal.replay.state(&action.id).is_settled());
            PlannedNow::Plan(Box::new(plan))
        }
        Err(error) => PlannedNow::Refused(error.to_string()),
    }
}

/// The plan that would be made now. The run's own snapshot is not in its way.
async fn planned_now(
    session: &Session,
    desired: &Desired,
    options: Options,
    run: &RunId,
) -> PlannedNow {
    let refused = |error: &Error| {
        PlannedNow::Refused(format!(
            "the rest cannot be planned for the cluster as it is now: {}",
            error.render(false).trim_end()
        ))
    };
    let mut observed = match survey::for_plan(session, desired, options).await {
        Ok(facts) => facts.observed,
        Err(error) => return refused(&error),
    };
    observed.ended_runs.insert(run.clone());
    match plan::plan(desired, &observed, options) {
        Ok(plan) => PlannedNow::Plan(Box::new(plan)),
        Err(refusal) => refused(&Failure::Refused(refusal).into_error(&desired.partition)),
    }
}

fn show(difference: &Difference, output: &mut Output) {
    let style = output.message_style();
    let Difference { planned, now } = difference;
    output.message(&format!(
        "\nWhat is left, as it was approved (-) and as it would be planned now (+):\n\n{}\nThe rest, planned again:\n\n",
        unified(planned, now, style)
    ));
}

/// What was allowed when the run began, and what is allowed now.
fn either(one: Options, other: Options) -> Options {
    Options {
        activate: one.activate || other.activate,
        allow_downtime: one.allow_downtime || other.allow_downtime,
        adopt: one.adopt || other.adopt,
        take_ownership: one.take_ownership || other.take_ownership,
        accept_maintenance_flush: one.accept_maintenance_flush || other.accept_maintenance_flush,
        allow_smaller_writer: one.allow_smaller_writer || other.allow_smaller_writer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_counts_once() {
        let action = |name: &str| ActionId::new(name);
        let said = decisions((
            vec![action("flush orders-1"), action("flush orders-1")],
            vec![action("snapshot"), action("snapshot")],
        ));
        assert_eq!(said.len(), 2, "{said:?}");
    }
}
