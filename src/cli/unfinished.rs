//! The arguments of the verbs for runs that are not over: `resume` and `unlock`.

use super::{POLL_INTERVAL_SECONDS_DEFAULT, Reading, poll_interval};
use crate::names::{ActionId, RunId};
use clap::Args;
use std::time::Duration;

/// `resume`.
#[derive(Debug, Args)]
pub struct Resume {
    /// The run [default: the unfinished one]
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    /// Say that AWS did an action that is in doubt; may be given several times
    #[arg(long, value_name = "ACTION")]
    pub assume_done: Vec<String>,
    /// Say that AWS did not and never will do an action that is in doubt, so that it is done again; may be given several times
    #[arg(long, value_name = "ACTION")]
    pub redo: Vec<String>,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Pause between two looks at AWS, in seconds; a simulation in process divides it by its speed
    #[arg(long, value_name = "SECONDS", default_value_t = POLL_INTERVAL_SECONDS_DEFAULT, value_parser = poll_interval)]
    pub poll_interval: f64,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

impl Resume {
    /// The run, if one is named.
    pub fn run(&self) -> Option<RunId> {
        self.run.as_ref().map(RunId::new)
    }

    /// What is said to be done, and what is to be done again.
    pub fn decisions(&self) -> (Vec<ActionId>, Vec<ActionId>) {
        let actions = |texts: &[String]| texts.iter().map(ActionId::new).collect();
        (actions(&self.assume_done), actions(&self.redo))
    }

    /// The pause between two looks on the wall.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_secs_f64(self.poll_interval)
    }
}

/// `unlock`.
#[derive(Debug, Args)]
pub struct Unlock {
    /// The run whose lease is removed
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Needed: whether the run's process is gone is not checked
    #[arg(long, required = true)]
    pub force: bool,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}
