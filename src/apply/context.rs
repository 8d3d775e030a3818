//! What a run is given: everything it needs, and nothing that it could choose from.

use super::outage::Probing;
use crate::aws::Client;
use crate::journal::{Holder, Store};
use crate::names::RunId;
use crate::plan::Plan;
use crate::plan::file::Saved;
use crate::sql::Witness;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// What a run is given.
#[derive(Debug)]
pub struct Context<'a> {
    /// The plan, as approved.
    pub plan: &'a Plan,
    /// The connection to the plan's account, region and back end.
    pub client: &'a Client,
    /// The plan file that was approved, where the run is begun with one.
    pub approved: Option<&'a Saved>,
    /// Who asks PostgreSQL itself; needed where the plan proves something over SQL.
    pub witness: Option<Witness>,
    /// Where the run's folder and the lock are kept.
    pub store: &'a Store,
    /// The run's id; `journal::store::new_run_id` makes one.
    pub run: RunId,
    /// Who runs.
    pub holder: Holder,
    /// The pause between two looks, in the time of this process.
    pub poll_interval: Duration,
    /// How writer interruptions are measured, where somebody can ask PostgreSQL.
    pub probing: Option<Probing>,
    /// The folder in which declared commands run.
    pub directory: PathBuf,
    /// What the summary tells the reader to type.
    pub commands: Commands,
    /// Becomes true when the user wants the run to stop: the request in flight is finished and recorded, nothing
    /// further is sent.
    pub interrupted: watch::Receiver<bool>,
}

/// Commands that a summary can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commands {
    /// Plans the rest anew after a failure, or after the cluster changed.
    pub again: String,
    /// Continues this run after a pause, an interruption or an unknown outcome.
    pub resume: String,
    /// Makes staged changes live now, whatever the window says.
    pub activate: String,
}
