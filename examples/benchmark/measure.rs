//! One run of one program: how long, how much work, how much memory.
//!
//! A process of its own starts the program, so that what the operating system counts for ended children is this one
//! program's. It is also small: a child's peak memory begins with what its parent held when it was started.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// From its start to its end.
    pub(crate) wall: Duration,
    /// Work in the program and in the kernel for it.
    pub(crate) work: Duration,
    /// The most memory that it held at once, in bytes.
    pub(crate) memory_bytes: u64,
}

/// Runs a program to its end and measures it. Its data is thrown away, its complaints are shown.
pub(crate) fn measure(
    mut command: impl Iterator<Item = OsString>,
) -> Result<Measured, Box<dyn Error>> {
    let program = command.next().ok_or("no program to measure")?;
    let mut command = {
        let mut with = Command::new(program);
        with.args(command)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        with
    };
    let began = Instant::now();
    let status = command.status()?;
    let wall = began.elapsed();
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(Measured {
        wall,
        work: duration(usage.user_time())? + duration(usage.system_time())?,
        memory_bytes: u64::try_from(usage.max_rss())? * MEMORY_UNIT_BYTES,
    })
}

/// Linux counts in kibibytes, macOS in bytes.
pub(crate) const MEMORY_UNIT_BYTES: u64 = if cfg!(target_os = "macos") { 1 } else { 1024 };

/// Work in this process so far, and in the kernel for it.
pub(crate) fn work() -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok(duration(usage.user_time())? + duration(usage.system_time())?)
}

fn duration(time: TimeVal) -> Result<Duration, Box<dyn Error>> {
    let seconds = u64::try_from(time.tv_sec())?;
    Ok(Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec())?))
}

/// The median of each figure.
pub(crate) fn median(runs: &[Measured]) -> Option<Measured> {
    Some(Measured {
        wall: middle(runs.iter().map(|run| run.wall))?,
        work: middle(runs.iter().map(|run| run.work))?,
        memory_bytes: middle(runs.iter().map(|run| run.memory_bytes))?,
    })
}

fn middle<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort();
    let middle = values.len() / 2;
    values.into_iter().nth(middle)
}
