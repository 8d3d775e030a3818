//! `graph`: the actions of a plan, those of a later activation included, and which of them wait for which.

use super::plan::Failure;
use super::session::Session;
use super::simulated::Keep;
use super::{declarations, survey};
use crate::cli::{Everywhere, Graph as Arguments, GraphFormat};
use crate::error::{Error, Exit};
use crate::graph;
use crate::plan;
use crate::report::Output;

/// Plans one partition and draws the actions.
///
/// # Errors
/// Problems of the declaration or the connection, or a refusal.
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
    let options = arguments.allowed.options();
    let facts = survey::for_plan(&session, &desired, options).await?;
    let plan = plan::plan(&desired, &facts.observed, options)
        .map_err(|refusal| Failure::Refused(refusal).into_error(&desired.partition))?;
    let graph = graph::build_all(&plan);
    output.data(&match arguments.format {
        GraphFormat::Dot => graph::render::dot(&graph),
        GraphFormat::Mermaid => graph::render::mermaid(&graph),
    });
    session.close()?;
    Ok(Exit::Done)
}
