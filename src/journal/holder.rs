//! Who holds a lease: a user, a machine and a process; and whether that process still lives.
//!
//! Goes in: what this machine says of itself and of its processes. Comes out: a holder, and a verdict where there can be one.

use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Who runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub process: u32,
    /// What makes the process's number unique: the machine's boot and the namespace in which it counts. Two containers of
    /// one host name share neither. Absent where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbered_by: Option<String>,
}

impl Holder {
    /// This process on this machine.
    pub fn of_this_process() -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|variable| std::env::var(variable).ok())
            .unwrap_or_else(|| "an unknown user".to_owned());
        let host = hostname::get()
            .ok()
            .and_then(|name| name.into_string().ok())
            .unwrap_or_else(|| "an unknown host".to_owned());
        Self {
            user,
            host,
            process: std::process::id(),
            numbered_by: numbered_by(),
        }
    }

    /// Whether this process is gone, as far as `asking` can tell: `None` where it counts on another machine, or nothing tells.
    pub fn is_gone(&self, asking: &Self) -> Option<bool> {
        process_is_gone(self, asking)
    }
}

/// The boot of this machine and the namespace in which processes are numbered, as Linux names them.
fn numbered_by() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), namespace.display()))
}

/// Whether a process of this machine is gone; `None` where that cannot be told: another machine, boot or container, or no
/// `/proc`.
pub fn process_is_gone(holder: &Holder, asking: &Holder) -> Option<bool> {
    let processes = Path::new("/proc");
    if holder.host != asking.host
        || holder.numbered_by != asking.numbered_by
        || !processes.join("self").exists()
    {
        return None;
    }
    let gone = match fs::read_to_string(processes.join(format!("{}/stat", holder.process))) {
        Ok(status) => has_ended(&status),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound || is_no_such_process(&error),
    };
    // Where numbers are not known to be unique, presence is worth a hint, absence proves nothing.
    match (gone, &holder.numbered_by) {
        (true, None) => None,
        _ => Some(gone),
    }
}

/// Whether a process's `stat` says that it has ended: a zombie keeps its number until its parent asks for its exit code,
/// and sends nothing more (proc(5), `/proc/PID/stat`, field 3).
fn has_ended(status: &str) -> bool {
    // The second field is the program's name in parentheses, which may hold parentheses itself.
    let state = status
        .rsplit_once(')')
        .and_then(|(_, after_name)| after_name.trim_start().chars().next());
    matches!(state, Some('Z' | 'X' | 'x'))
}

/// Whether the process went away between opening the file and reading it (`ESRCH`).
fn is_no_such_process(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(3)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_state_is_read_behind_a_name_that_holds_parentheses() {
        assert!(has_ended("42 (auroractl) Z 1 42 42 0 -1"));
        assert!(has_ended("42 (odd) S (name) X 1 42 42 0 -1"));
        assert!(!has_ended("42 (auroractl) S 1 42 42 0 -1"));
        assert!(!has_ended("42 (odd) Z (name) R 1 42 42 0 -1"));
        assert!(!has_ended(""));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_ended_and_was_not_waited_for_is_gone() {
        let this = Holder::of_this_process();
        assert_eq!(process_is_gone(&this, &this), Some(false));
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let of_child = Holder {
            process: child.id(),
            ..this.clone()
        };
        assert_eq!(process_is_gone(&of_child, &this), Some(false));
        // It ends at the end of its input.
        drop(child.stdin.take());
        while process_is_gone(&of_child, &this) == Some(false) {
            std::thread::yield_now();
        }
        assert!(Path::new("/proc").join(child.id().to_string()).exists());
        assert!(child.wait().unwrap().success());
        assert_eq!(process_is_gone(&of_child, &this), Some(true));
    }
}
