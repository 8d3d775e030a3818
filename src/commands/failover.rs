//! `failover`: a drill. Plans one failover, asks, does it, and tells for how long writes stopped.
//!
//! Goes in: a partition, and the reader that takes over where one is named. Comes out: what `apply` gives; the same loop does it.

use super::apply::{Order, show, tell, unfinished_run};
use super::follow::{Manner, follow};
use super::session::{Door, Session};
use super::simulated::Keep;
use super::survey::{self, Surveyed};
use super::{approval, declarations, probing, resume, witness};
use crate::apply::{self, Context};
use crate::aws::observe;
use crate::cli::{Everywhere, Failover as Arguments, typed};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::journal::{self, Holder};
use crate::names::InstanceId;
use crate::observed::Observed;
use crate::plan::{Options, Plan, drill};
use crate::report::{Output, refusal};
use std::collections::BTreeSet;

/// Plans a failover and does it.
///
/// # Errors
/// Everything that ends it before the run begins: declarations, facts, refusals, a declined question, a held lock.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let desired = declarations::load_one(everywhere, &arguments.name, output.message_style())?;
    let desired = &desired;
    let options = arguments.options();
    let manner = &Manner {
        everywhere,
        reading: &arguments.reading,
        json: arguments.json,
        poll_interval: arguments.poll_interval(),
    };
    let mut session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Changes(format!("failover {}", desired.partition)),
    )?
    .typed_as(typed(everywhere, &arguments.reading));
    let observed = read(&session, desired).await?;
    let store = &session.store(desired)?;
    if let Some(unfinished) = unfinished_run(store, &observed)? {
        let run = &unfinished.run;
        if !unfinished.plan.is_drill {
            return Err(Error::refused(format!(
                "run {run} of this cluster is unfinished; nothing was begun beside it"
            ))
            .hinted(format!(
                "finish it first: auroractl resume {run}{}",
                store.typed()
            )));
        }
        output.message(&format!(
            "Run {run}, a drill on `{}`, is unfinished; it goes on.\n",
            desired.partition
        ));
        let order = Order {
            store,
            desired,
            options,
            approved: None,
            auto_approve: arguments.auto_approve,
            gives_up: None,
        };
        return resume::go_on(unfinished, &order, &[], manner, session, output).await;
    }
    let client = session.connect(&Door::of(&desired.aws)).await?;
    let asked = witness::of(&session, desired, &observed, &client);
    let observed = witness::told(asked.as_ref(), desired, &observed).await;
    let plan = planned(desired, &observed, options, arguments.to().as_ref())?;
    show(&plan, manner.json, output);
    witness::answers(&plan, &observed)?;
    let instant = session.instant();
    approval::obtain(&plan, arguments.auto_approve, output).await?;
    session.return_to(instant)?;
    let client = session.connect(&Door::of(&desired.aws)).await?;
    let witness = witness::of_plan(&session, desired, &plan, &client).await?;
    if !arguments.auto_approve && session.simulated().is_none() {
        // A person may have thought for long. What the run relies on, it looks at itself.
        observe::caller(&client).await?;
    }
    let run = journal::store::new_run_id(plan.at, &plan.partition);
    let summary = follow(manner, &session, output, async |interrupted, emit| {
        let context = Context {
            plan: &plan,
            client: &client,
            approved: None,
            witness: witness.clone(),
            store,
            run: run.clone(),
            holder: Holder::of_this_process(),
            poll_interval: session.pace(manner.poll_interval),
            probing: probing::of(&session, desired, &client),
            directory: manner.directory()?,
            commands: manner.commands(&plan, &run),
            interrupted,
        };
        apply::run(context, emit).await
    })
    .await?;
    tell(&summary, manner.json, output);
    session.close()?;
    Ok(summary.exit())
}

fn planned(
    desired: &Desired,
    observed: &Observed,
    options: Options,
    to: Option<&InstanceId>,
) -> Result<Plan, Error> {
    drill::plan(desired, observed, options, to)
        .map_err(|reasons| refusal::error(&desired.partition, &reasons))
}

/// The cluster, its members and the snapshots that runs hold.
async fn read(session: &Session, desired: &Desired) -> Result<Observed, Error> {
    let mut surveyed = survey::all(
        session,
        vec![desired.clone()],
        &|_| BTreeSet::new(),
        &|_, observed| drill::questions(observed),
    )
    .await;
    survey::note_ended_runs(session, &mut surveyed);
    match surveyed.pop() {
        Some(Surveyed { facts, .. }) => Ok(facts?.observed),
        None => Err(Error::failed(format!(
            "`{}` was not read",
            desired.partition
        ))),
    }
}

#[cfg(test)]
mod tests;
