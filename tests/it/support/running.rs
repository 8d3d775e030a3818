//! The binary while it runs: what it says as it says it, and Ctrl-C.

use super::project::{Output, Project};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A command of the binary that has not ended yet.
pub(crate) struct Running {
    child: Child,
    messages: Receiver<String>,
    stderr: String,
    stdout: Option<JoinHandle<String>>,
}

/// No line takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

impl Running {
    /// Starts the binary, without a terminal.
    pub(crate) fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut child = project
            .command(env!("CARGO_BIN_EXE_auroractl"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (lines, messages) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                if lines.send(line.unwrap()).is_err() {
                    break;
                }
            }
        });
        let stdout = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        Self {
            child,
            messages,
            stderr: String::new(),
            stdout: Some(stdout),
        }
    }

    /// Returns when a line with this text has been written to stderr.
    pub(crate) fn until(&mut self, text: &str) {
        loop {
            match self.messages.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.stderr.push_str(&line);
                    self.stderr.push('\n');
                    if line.contains(text) {
                        return;
                    }
                }
                Err(error) => panic!("{text:?} was not said ({error}):\n{}", self.stderr),
            }
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Suspends it, as a laptop that is closed does.
    pub(crate) fn suspend(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on after it was suspended.
    pub(crate) fn wake(&self) {
        self.signal("-CONT");
    }

    /// What a service manager or a CI job sends first when it ends a process.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let killed = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success(), "{killed}");
    }

    /// Kills it, as a power cut would: it can do nothing more. It is gone when this returns.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Output {
        let stdout = self.stdout.take().unwrap().join().unwrap();
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let mut stderr = std::mem::take(&mut self.stderr);
        for line in self.messages.iter() {
            stderr.push_str(&line);
            stderr.push('\n');
        }
        Output {
            stdout,
            stderr,
            code,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
