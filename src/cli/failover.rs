//! The arguments of `failover`.

use super::{POLL_INTERVAL_SECONDS_DEFAULT, Reading, poll_interval};
use crate::names::InstanceId;
use crate::plan::Options;
use clap::Args;
use std::time::Duration;

/// `failover`.
#[derive(Debug, Args)]
pub struct Failover {
    /// A partition
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The reader that takes over [default: the one that `apply` would choose]
    #[arg(long, value_name = "MEMBER")]
    pub to: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub auto_approve: bool,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Pause between two looks at AWS, in seconds; a simulation in process divides it by its speed
    #[arg(long, value_name = "SECONDS", default_value_t = POLL_INTERVAL_SECONDS_DEFAULT, value_parser = poll_interval)]
    pub poll_interval: f64,
    /// Interrupt writes now, even outside the window
    #[arg(long, help_heading = "What is allowed")]
    pub activate: bool,
    /// Let a reader that is smaller than the writer take over the writes
    #[arg(long, help_heading = "What is allowed")]
    pub allow_smaller_writer: bool,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

impl Failover {
    /// The reader that takes over, if one is named.
    pub fn to(&self) -> Option<InstanceId> {
        self.to.as_ref().map(InstanceId::new)
    }

    /// What is allowed, for the planner.
    pub fn options(&self) -> Options {
        Options {
            activate: self.activate,
            allow_smaller_writer: self.allow_smaller_writer,
            ..Options::default()
        }
    }

    /// The pause between two looks on the wall.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_secs_f64(self.poll_interval)
    }
}
