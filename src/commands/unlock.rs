//! `unlock`: removes the lease of a run by force, and records it in that run's journal.
//!
//! Goes in: a run. Comes out: what was removed, and what is risked by it. AWS is not asked.

use super::session::Session;
use super::simulated::Keep;
use super::{declarations, stores};
use crate::cli::{Everywhere, Unlock as Arguments, typed};
use crate::error::{Error, Exit};
use crate::journal::{Holder, Kind, Store, lock};
use crate::names::RunId;
use crate::report::Output;

/// Removes the lease.
///
/// # Errors
/// A run that does not exist or holds no lease, and a journal in which it cannot be recorded.
pub fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Nothing,
    )?
    .typed_as(typed(everywhere, &arguments.reading));
    let run = RunId::new(&arguments.run);
    let stores = stores::everywhere(&session, everywhere, output.message_style())?;
    let mut place = None;
    for store in &stores {
        if store.runs()?.contains(&run) {
            place = Some(store);
        }
    }
    let Some(store) = place else {
        let locks: Vec<String> = stores.iter().map(Store::locks).collect();
        return Err(
            Error::failed(format!("there is no run `{run}` here")).hinted(format!(
                "leases are in {}; each names its run",
                locks.join(" and in ")
            )),
        );
    };
    let folder = store.run(&run);
    let plan = folder.plan()?;
    let claim = lock::claim(store, &plan.target)?.filter(|claim| claim.run == run);
    let Some(claim) = claim else {
        return Err(Error::failed(format!("run {run} holds no lease")));
    };
    let holder = Holder::of_this_process();
    let abandoned = lock::is_abandoned(&claim, &holder);
    if store.has_begun(&run) {
        let mut writer = folder.continue_journal(&plan)?;
        // AWS is not asked, so that its clock is where the run left it.
        let at = folder
            .journal()?
            .entries
            .last()
            .map_or(plan.at, |entry| entry.at);
        writer.append(
            at,
            Kind::Unlocked {
                holder: holder.user.clone(),
                host: holder.host.clone(),
            },
        )?;
    }
    lock::remove(store, &claim, &plan.target, &holder)?;
    output.message(&format!(
        "Removed the lease of run {run} on cluster {}, held by {} on {} (process {}).\n",
        claim.cluster, claim.holder.user, claim.holder.host, claim.holder.process
    ));
    if !abandoned {
        output.message(
            "Its process may still live: a request that it is sending now still reaches AWS; before the next one it finds out and stops.\n",
        );
    }
    output.message(&format!(
        "Go on with it: auroractl resume {run}{}\n",
        store.typed()
    ));
    Ok(Exit::Done)
}
