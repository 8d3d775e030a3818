//! `rollback RUN --restore-snapshot`: the last resort, a new cluster from the run's snapshot.
//!
//! Goes in: a run, and the new cluster's name, typed by whoever wants it. Comes out: what `apply` gives. The old cluster is
//! read and never touched.

use super::apply::{Order, show, tell};
use super::follow::{Manner, follow};
use super::session::{Door, Session};
use super::survey::{self, Surveyed};
use super::{approval, resume};
use crate::apply::{self, Context};
use crate::aws::observe;
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::journal::{self, Holder, Store, Unfinished};
use crate::names::RunId;
use crate::observed::{Observed, Snapshot};
use crate::plan::action::Kind;
use crate::plan::file::Saved;
use crate::plan::restore::{Restoring, restore};
use crate::plan::undo::Effects;
use crate::plan::{Options, Plan};
use crate::report::{Output, refusal};
use std::collections::BTreeSet;

/// The run whose snapshot is restored.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// Where it is kept.
    pub store: &'a Store,
    /// The run.
    pub run: &'a RunId,
    /// Its plan.
    pub plan: &'a Plan,
    /// The declaration that leads to its account and region.
    pub base: &'a Desired,
}

/// Plans and makes the new cluster.
///
/// # Errors
/// No snapshot, a name that is taken, no confirmation, facts that cannot be read.
pub async fn run(
    of: Of<'_>,
    confirm: Option<&str>,
    manner: &Manner<'_>,
    mut session: Session,
    output: &mut Output,
) -> Result<Exit, Error> {
    let Of {
        store,
        run,
        plan,
        base,
    } = of;
    if let Some(unfinished) = unfinished_restoration(store, run)? {
        output.message(&format!(
            "Run {}, which restores the snapshot of run {run}, is unfinished; it goes on.\n",
            unfinished.run
        ));
        let order = Order {
            store,
            desired: base,
            options: Options::default(),
            approved: None,
            auto_approve: false,
            gives_up: None,
        };
        return resume::go_on(unfinished, &order, &[], manner, session, output).await;
    }
    let observed = read(&session, base).await?;
    let client = session.connect(&Door::of(&base.aws)).await?;
    let journal = store.run(run).journal()?;
    let sent = apply::proven(&journal.entries, plan);
    let made = sent.iter().find(|sent| sent.kind == Kind::CreateSnapshot);
    let identifier = made.map(|_| apply::snapshot_id(run));
    let snapshot: Option<Snapshot> = match &identifier {
        Some(identifier) => observe::snapshot(&client, identifier).await?,
        None => None,
    };
    let recorded = made.and_then(|made| made.before.as_ref()).map(|before| {
        let mut before = before.clone();
        // Runs of earlier versions did not record them.
        if let Some(live) = &observed.cluster
            && live.resource_id == before.resource_id
            && before.settings == crate::observed::ClusterSettings::default()
        {
            before.settings = live.settings.clone();
        }
        before
    });
    let effects = Effects::of(&sent);
    let way = restore(
        &Restoring {
            partition: &plan.partition,
            run,
            identifier: identifier.as_ref(),
            snapshot: snapshot.as_ref(),
            before: recorded.as_ref(),
            stored_in: effects.stored_in.as_ref(),
            old: &plan.target.cluster,
        },
        &observed,
        Options::default(),
    )
    .map_err(|reasons| refusal::error(&plan.partition, &reasons))?;
    show(&way, manner.json, output);
    let instant = session.instant();
    approval::confirm(&way, confirm, output).await?;
    session.return_to(instant)?;
    let client = session.connect(&Door::of(&base.aws)).await?;
    observe::caller(&client).await?;
    let kept = Saved::new(way.clone(), base.clone());
    let new_run = journal::store::new_run_id(way.at, &way.partition);
    let summary = follow(manner, &session, output, async |interrupted, emit| {
        let context = Context {
            plan: &way,
            client: &client,
            approved: Some(&kept),
            // What a restored cluster runs is compared with its recipe.
            witness: None,
            store,
            run: new_run.clone(),
            holder: Holder::of_this_process(),
            poll_interval: session.pace(manner.poll_interval),
            // Nothing of the old cluster is interrupted.
            probing: None,
            directory: manner.directory()?,
            commands: manner.commands(&way, &new_run),
            interrupted,
        };
        apply::run(context, emit).await
    })
    .await?;
    tell(&summary, manner.json, output);
    session.close()?;
    Ok(summary.exit())
}

/// The restoration of this run that is not over.
fn unfinished_restoration(store: &Store, run: &RunId) -> Result<Option<Unfinished>, Error> {
    Ok(store.unfinished(None)?.into_iter().find(|unfinished| {
        unfinished.plan.restores.is_some() && unfinished.plan.undoes.as_ref() == Some(run)
    }))
}

/// The old cluster, if it is still there, and the names that are taken.
async fn read(session: &Session, base: &Desired) -> Result<Observed, Error> {
    let surveyed = survey::all(
        session,
        vec![base.clone()],
        &|_| BTreeSet::new(),
        &|_, _| BTreeSet::new(),
    )
    .await
    .pop();
    let Some(Surveyed { facts, .. }) = surveyed else {
        return Err(Error::failed(format!("`{}` was not read", base.partition)));
    };
    let observed = facts?.observed;
    if observed.caller.account != base.aws.account {
        let reasons = crate::plan::Refusal {
            reasons: vec![crate::plan::wrong_account(base, &observed)],
        };
        return Err(refusal::error(&base.partition, &reasons));
    }
    Ok(observed)
}
