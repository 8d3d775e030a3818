//! `status`: the live topology of one partition.

use super::session::Session;
use super::simulated::Keep;
use super::{declarations, survey};
use crate::cli::{Everywhere, Status as Arguments};
use crate::error::{Error, Exit};
use crate::report::json::{self, Outcome};
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
    for surveyed in surveyed {
        let observed = surveyed.facts?.observed;
        survey::is_declared_cluster(&desired, &observed)
            .map_err(|refusal| report::refusal::error(&desired.partition, &refusal))?;
        let Some(cluster) = &observed.cluster else {
            continue;
        };
        if arguments.json {
            let read = Outcome::Read {
                partition: &desired.partition,
                at: observed.at,
                backend: &observed.backend,
                caller: &observed.caller,
                region: &observed.region,
                cluster,
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
        }
    }
    let store = session.store(&desired)?;
    if store.is_shared() {
        output.message(&format!("Runs are kept in {}.\n", store.name()));
    }
    session.close()?;
    Ok(Exit::Done)
}
