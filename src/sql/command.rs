//! Commands that a declaration names: an argument list, no shell, in a process group of their own, so that all that they
//! start ends with them.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How much of what a command complains of is kept.
const COMPLAINT_BYTES_MAX: usize = 4 << 10;
/// How many lines of it are shown.
const COMPLAINT_LINES_MAX: usize = 5;
/// How long a command may take to end after it was asked to.
const END_MAX: Duration = Duration::from_secs(2);

/// A running command with everything that it started.
pub(super) struct Running {
    child: Child,
    group: Option<u32>,
    complaint: Complaint,
    reader: Option<tokio::task::JoinHandle<()>>,
}

/// The end of what a command wrote to its standard error.
#[derive(Clone, Debug, Default)]
pub(super) struct Complaint(Arc<Mutex<VecDeque<u8>>>);

impl Running {
    /// Starts a command with nothing to read.
    pub(super) fn start(command: &[String], stdout: Stdio) -> Result<Self, String> {
        let Some((program, arguments)) = command.split_first() else {
            return Err("it is empty".to_owned());
        };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command
            .spawn()
            .map_err(|error| format!("cannot start `{program}`: {error}"))?;
        let complaint = Complaint::default();
        let reader = child
            .stderr
            .take()
            .map(|stderr| tokio::spawn(complaint.clone().listen(stderr)));
        Ok(Self {
            group: child.id(),
            child,
            complaint,
            reader,
        })
    }

    /// Waits for its end; what it started ends with it. Returns how it ended and what it complained of.
    pub(super) async fn ended(&mut self) -> String {
        let status = self.child.wait().await;
        self.kill();
        self.heard().await;
        let how = match status {
            Ok(status) => described(status),
            Err(error) => error.to_string(),
        };
        with_complaint(how, &self.complaint)
    }

    /// Ends it: asked first, then killed.
    pub(super) async fn stop(&mut self) {
        #[cfg(unix)]
        self.signal(nix::sys::signal::Signal::SIGTERM);
        #[cfg(unix)]
        if timeout(END_MAX, self.child.wait()).await.is_ok() {
            self.kill();
            return;
        }
        self.kill();
        // Killed, it ends for certain.
        let _ = self.child.wait().await;
    }

    /// What it still had to say when it ended; a child of its own may hold the pipe open.
    async fn heard(&mut self) {
        if let Some(reader) = self.reader.take() {
            let _ = timeout(Duration::from_secs(1), reader).await;
        }
    }

    fn kill(&mut self) {
        #[cfg(unix)]
        self.signal(nix::sys::signal::Signal::SIGKILL);
        // Where there are no groups, and where the group is gone.
        let _ = self.child.start_kill();
        self.group = None;
    }

    #[cfg(unix)]
    fn signal(&self, signal: nix::sys::signal::Signal) {
        if let Some(group) = self.group.and_then(|group| i32::try_from(group).ok()) {
            // A group that has ended needs no signal.
            let _ = nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), signal);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.group.is_some() {
            self.kill();
        }
    }
}

/// What a command writes to its standard output, if it ends well, in time and with no more than `bytes_max`.
pub(super) async fn output(
    command: &[String],
    bytes_max: usize,
    time_max: Duration,
) -> Result<Vec<u8>, String> {
    let mut running = Running::start(command, Stdio::piped())?;
    let mut stdout = running.child.stdout.take();
    let whole = async {
        let mut bytes = Vec::new();
        if let Some(stdout) = &mut stdout {
            let limit = u64::try_from(bytes_max)
                .unwrap_or(u64::MAX)
                .saturating_add(1);
            stdout
                .take(limit)
                .read_to_end(&mut bytes)
                .await
                .map_err(|error| format!("its output cannot be read: {error}"))?;
        }
        if bytes.len() > bytes_max {
            return Err(format!("it wrote more than {bytes_max} bytes"));
        }
        let status = running
            .child
            .wait()
            .await
            .map_err(|error| error.to_string())?;
        Ok((bytes, status))
    };
    match timeout(time_max, whole).await {
        Err(_) => {
            running.stop().await;
            Err(format!("it took longer than {} s", time_max.as_secs_f64()))
        }
        Ok(Err(because)) => {
            running.stop().await;
            Err(because)
        }
        Ok(Ok((bytes, status))) => {
            running.kill();
            if status.success() {
                return Ok(bytes);
            }
            running.heard().await;
            Err(with_complaint(described(status), &running.complaint))
        }
    }
}

fn described(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("it ended with exit code {code}"),
        None => format!("it ended by {status}"),
    }
}

fn with_complaint(how: String, complaint: &Complaint) -> String {
    match complaint.last_lines() {
        lines if lines.is_empty() => how,
        lines => format!("{how} and said: {lines}"),
    }
}

impl Complaint {
    async fn listen(self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer).await {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(buffer.iter().take(count));
            let surplus = kept.len().saturating_sub(COMPLAINT_BYTES_MAX);
            kept.drain(..surplus);
        }
    }

    /// The last lines in one, without what a terminal would obey.
    pub(super) fn last_lines(&self) -> String {
        let kept: Vec<u8> = {
            let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.iter().copied().collect()
        };
        let text = String::from_utf8_lossy(&kept);
        let lines: Vec<String> = text
            .lines()
            .map(|line| line.chars().filter(|letter| !letter.is_control()).collect())
            .filter(|line: &String| !line.trim().is_empty())
            .collect();
        let surplus = lines.len().saturating_sub(COMPLAINT_LINES_MAX);
        lines
            .into_iter()
            .skip(surplus)
            .collect::<Vec<_>>()
            .join(" | ")
    }
}
