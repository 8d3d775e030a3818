//! `status`: the live topology of one partition.

use super::session::Session;
use super::simulated::Keep;
use super::{declarations, survey};
use crate::cli::{Everywhere, Status as Arguments};
use crate::error::{Error, Exit};
use crate::journal::{Holder, Store, lock};
use crate::observed::{Cluster, Observed};
use crate::plan::Target;
use crate::report::json::{self, Outcome};
use crate::report::status::Waiting;
use crate::report::{self, Output};
use std::collections::BTreeSet;

/// Reads one cluster and its members, and draws them.
///
/// # Errors
/// Problems of the declaration, of the connection, or a cluster that is not there.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let desired = declarations::load_one(everywhere, &arguments.name, output.message_style())?;
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Nothing,
    )?;
    let surveyed = survey::all(
        &session,
        vec![desired.clone()],
        &|_| BTreeSet::new(),
        &|_, _| BTreeSet::new(),
    )
    .await;
    let store = session.store(&desired)?;
    for surveyed in surveyed {
        let observed = surveyed.facts?.observed;
        survey::is_declared_cluster(&desired, &observed)
            .map_err(|refusal| report::refusal::error(&desired.partition, &refusal))?;
        let Some(cluster) = &observed.cluster else {
            continue;
        };
        let waiting = waiting(&store, &observed, cluster, everywhere, arguments)?;
        if arguments.json {
            let read = Outcome::Read {
                partition: &desired.partition,
                at: observed.at,
                backend: &observed.backend,
                caller: &observed.caller,
                region: &observed.region,
                cluster,
                waiting: waiting.as_ref(),
            };
            output.data(&json::document(json::Subject::Status, &[read])?);
        } else {
            let style = output.data_style();
            output.data(&report::status::render(
                &desired.partition,
                &observed,
                cluster,
                style,
            ));
            if let Some(waiting) = &waiting {
                output.data(&report::status::waiting(waiting, style));
            }
        }
    }
    if store.is_shared() {
        output.message(&format!("Runs are kept in {}.\n", store.name()));
    }
    session.close()?;
    Ok(Exit::Done)
}

/// The run that holds the cluster and waits for a person, if one does.
fn waiting(
    store: &Store,
    observed: &Observed,
    cluster: &Cluster,
    everywhere: &Everywhere,
    arguments: &Arguments,
) -> Result<Option<Waiting>, Error> {
    let target = Target {
        backend: observed.backend.clone(),
        account: observed.caller.account.clone(),
        region: observed.region.clone(),
        cluster: cluster.identifier.clone(),
        resource_id: cluster.resource_id.clone(),
    };
    let Some(claim) = lock::claim(store, &target)? else {
        return Ok(None);
    };
    let process_waits = !lock::is_abandoned(&claim, &Holder::of_this_process());
    Ok(claim.waits_at.map(|waits| Waiting {
        approve: format!(
            "auroractl approve {} {}{}{}",
            claim.run,
            waits.gate,
            everywhere.as_typed(),
            arguments.reading.as_typed()
        ),
        run: claim.run,
        gate: waits.gate,
        message: waits.message,
        since: waits.since,
        process_waits,
    }))
}
