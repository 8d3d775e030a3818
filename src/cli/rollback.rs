//! The arguments of `rollback`.

use super::{POLL_INTERVAL_SECONDS_DEFAULT, Reading, poll_interval};
use crate::names::{ActionId, RunId};
use crate::plan::Options;
use clap::Args;
use std::time::Duration;

/// `rollback`.
#[derive(Debug, Args)]
pub struct Rollback {
    /// The run whose changes are taken back
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Leave what somebody changed since the run as it is, and undo the rest
    #[arg(long)]
    pub leave_changed: bool,
    /// Say that AWS did an action that is in doubt; may be given several times
    #[arg(long, value_name = "ACTION")]
    pub assume_done: Vec<String>,
    /// Say that AWS did not and never will do an action that is in doubt; may be given several times
    #[arg(long, value_name = "ACTION", conflicts_with = "restore_snapshot")]
    pub redo: Vec<String>,
    /// The last resort: make a new cluster from the run's snapshot, beside the old one, which is not touched
    #[arg(
        long,
        conflicts_with_all = ["leave_changed", "assume_done", "auto_approve", "activate", "allow_downtime", "take_ownership",
            "accept_maintenance_flush", "allow_smaller_writer"],
    )]
    pub restore_snapshot: bool,
    /// The new cluster's name, as the plan says it, where there is no terminal to type it on
    #[arg(long, value_name = "NEW-CLUSTER", requires = "restore_snapshot")]
    pub confirm: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub auto_approve: bool,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Pause between two looks at AWS, in seconds; a simulation in process divides it by its speed
    #[arg(long, value_name = "SECONDS", default_value_t = POLL_INTERVAL_SECONDS_DEFAULT, value_parser = poll_interval)]
    pub poll_interval: f64,
    /// What is allowed.
    #[command(flatten)]
    pub allowed: AllowedInRollback,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// What the command line allows in a rollback. Nothing is adopted: it goes back to where its run came from.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "What is allowed")]
pub struct AllowedInRollback {
    /// Restart members now, even outside the window
    #[arg(long)]
    pub activate: bool,
    /// Interrupt a cluster that has nothing to fail over to
    #[arg(long)]
    pub allow_downtime: bool,
    /// Change a cluster that a CloudFormation stack owns
    #[arg(long)]
    pub take_ownership: bool,
    /// Go on even if AWS's own maintenance window would apply a queued change first
    #[arg(long)]
    pub accept_maintenance_flush: bool,
    /// Let a reader that is smaller than the writer take over the writes
    #[arg(long)]
    pub allow_smaller_writer: bool,
}

impl AllowedInRollback {
    /// The same for the planner.
    pub fn options(self) -> Options {
        let Self {
            activate,
            allow_downtime,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        } = self;
        Options {
            activate,
            allow_downtime,
            adopt: false,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        }
    }
}

impl Rollback {
    /// The run.
    pub fn run(&self) -> RunId {
        RunId::new(&self.run)
    }

    /// What is said to be done, and what is said not to be.
    pub fn decisions(&self) -> (Vec<ActionId>, Vec<ActionId>) {
        let actions = |texts: &[String]| texts.iter().map(ActionId::new).collect();
        (actions(&self.assume_done), actions(&self.redo))
    }

    /// The pause between two looks on the wall.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_secs_f64(self.poll_interval)
    }
}
