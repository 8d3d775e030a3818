//! One process of a declared command: started in a group of its own, read while it runs, ended with all that it started.
//!
//! Goes in: a program, its environment, how long it may take. Comes out: how it ended; its output goes to `Kept` as it is
//! printed. Whoever stops waiting ends the whole group.

use super::kept::Kept;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

/// What is run.
#[derive(Debug)]
pub(super) struct Order<'a> {
    /// The program, then its arguments.
    pub(super) command: &'a [String],
    /// The folder in which it runs.
    pub(super) directory: &'a Path,
    /// All of its environment.
    pub(super) environment: Vec<(OsString, OsString)>,
    /// How long it may take.
    pub(super) time_limit: Duration,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself.
    Exited(ExitStatus),
    /// It took too long.
    TimeUp,
}

/// Who hears of it.
pub(super) trait Witness {
    /// Its number, as soon as it runs. It is ended where this fails.
    fn started(&mut self, process: u32) -> bool;
    /// There is more output than when this was said last.
    fn printed(&mut self, kept: &Kept);
}

/// Commands are ended with their process groups, which other systems do not have.
#[cfg(not(unix))]
pub(super) async fn run(
    _order: &Order<'_>,
    _kept: &mut Kept,
    _witness: &mut impl Witness,
) -> std::io::Result<Option<End>> {
    Err(std::io::Error::other(
        "declared commands run on Unix systems only",
    ))
}

#[cfg(unix)]
pub(super) use unix::run;

#[cfg(unix)]
mod unix {
    use super::{Duration, End, Kept, Order, Witness};
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::process::Stdio;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::unix::pipe;
    use tokio::process::Command;
    use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

    /// How long a process that was asked to end may take, before it is ended.
    const GRACE: Duration = Duration::from_secs(5);
    /// How long output may still come after the process has ended: what it left behind may hold the pipe.
    const DRAIN: Duration = Duration::from_secs(2);
    /// How often it is said that there is more output.
    const PRINTED_INTERVAL: Duration = Duration::from_secs(2);
    /// How much is read at once, in bytes.
    const CHUNK_BYTES: usize = 64 * 1024;

    /// The group of a process and all that it starts. It ends with this value.
    struct Group(Option<Pid>);

    impl Group {
        fn signal(&self, signal: Signal) {
            if let Some(group) = self.0 {
                // A group that has ended meanwhile is what is wanted.
                let _ = killpg(group, signal);
            }
        }
    }

    impl Drop for Group {
        fn drop(&mut self) {
            self.signal(Signal::SIGKILL);
        }
    }

    /// What the next deadline is for.
    enum Until {
        /// It may run.
        TimeLimit,
        /// It was asked to end.
        Grace,
        /// It has ended, and what it left behind may still print.
        Drained,
        /// It was ended, and the system has not said so yet.
        Gone,
    }

    /// Runs it. `None` where the witness did not want it to go on.
    ///
    /// # Errors
    /// It cannot be started, or waited for.
    pub(in crate::apply) async fn run(
        order: &Order<'_>,
        kept: &mut Kept,
        witness: &mut impl Witness,
    ) -> io::Result<Option<End>> {
        let Some((program, arguments)) = order.command.split_first() else {
            return Err(io::Error::other("the command names no program"));
        };
        // One pipe for both streams, so that lines stay in the order in which they were printed.
        let (reader, writer) = io::pipe()?;
        let mut output = pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let mut child = {
            let mut command = Command::new(program);
            command
                .args(arguments)
                .env_clear()
                .envs(order.environment.iter().map(|(name, value)| (name, value)))
                .current_dir(order.directory)
                .stdin(Stdio::null())
                .stdout(writer.try_clone()?)
                .stderr(writer)
                .process_group(0);
            // The command holds our ends of the pipe; the output ends only when they are closed.
            command.spawn()?
        };
        let process = child.id().unwrap_or_default();
        let mut group = Group(i32::try_from(process).ok().map(Pid::from_raw));
        if !witness.started(process) {
            return Ok(None);
        }
        let mut buffer = vec![0; CHUNK_BYTES];
        let mut printed_due = interval(PRINTED_INTERVAL);
        printed_due.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut until = Until::TimeLimit;
        let mut deadline = Instant::now() + order.time_limit;
        let mut is_open = true;
        let mut ended = None;
        let mut time_is_up = false;
        while is_open || ended.is_none() {
            // None is preferred: a process that prints without end would hide its own time limit.
            tokio::select! {
                read = output.read(&mut buffer), if is_open => match read {
                    Ok(count @ 1..) => kept.take(buffer.get(..count).unwrap_or_default()),
                    Ok(0) | Err(_) => is_open = false,
                },
                status = child.wait(), if ended.is_none() => {
                    ended = Some(status?);
                    until = Until::Drained;
                    deadline = Instant::now() + DRAIN;
                }
                () = sleep_until(deadline) => {
                    match until {
                        Until::TimeLimit => {
                            time_is_up = true;
                            group.signal(Signal::SIGTERM);
                            until = Until::Grace;
                            deadline = Instant::now() + GRACE;
                        }
                        Until::Grace => {
                            group.signal(Signal::SIGKILL);
                            until = Until::Gone;
                            deadline = Instant::now() + GRACE;
                        }
                        Until::Drained | Until::Gone => break,
                    }
                }
                _ = printed_due.tick() => {
                    if kept.has_changed() {
                        witness.printed(kept);
                    }
                }
            }
        }
        kept.finish();
        if !is_open && !time_is_up {
            // Nothing of it holds the pipe any more. Its number may belong to somebody else from now on.
            group.0 = None;
        }
        Ok(Some(match ended {
            Some(status) if !time_is_up => End::Exited(status),
            _ => End::TimeUp,
        }))
    }
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::apply::mask::Mask;
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::PathBuf;

    /// Remembers the number of the process.
    #[derive(Default)]
    struct Heard(Option<u32>);

    impl Witness for Heard {
        fn started(&mut self, process: u32) -> bool {
            self.0 = Some(process);
            true
        }

        fn printed(&mut self, _kept: &Kept) {}
    }

    fn kept(bytes_max: u32) -> Kept {
        Kept::new(Mask::new([b"hunter2".to_vec()]), bytes_max)
    }

    async fn shell(script: &str, time_limit: Duration, kept: &mut Kept) -> (End, u32) {
        let command = ["/bin/sh", "-c", script].map(str::to_owned);
        let directory = PathBuf::from("/");
        let order = Order {
            command: &command,
            directory: &directory,
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            time_limit,
        };
        let mut heard = Heard::default();
        let end = run(&order, kept, &mut heard).await.unwrap().unwrap();
        (end, heard.0.unwrap())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn both_streams_come_in_order_masked_and_with_the_exit_code() {
        let mut kept = kept(1000);
        let (end, _) = shell(
            "echo one; echo two hunter2 >&2; echo three; exit 7",
            LONG,
            &mut kept,
        )
        .await;
        assert_eq!(end, End::Exited(ExitStatus::from_raw(7 << 8)));
        assert_eq!(
            String::from_utf8_lossy(&kept.text()),
            "one\ntwo ***\nthree\n"
        );
    }

    #[tokio::test]
    async fn a_hundred_megabytes_need_no_more_memory_than_is_kept() {
        let mut kept = kept(1000);
        let (end, _) = shell(
            "head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end",
            LONG,
            &mut kept,
        )
        .await;
        assert_eq!(end, End::Exited(ExitStatus::from_raw(0)));
        let text = String::from_utf8_lossy(&kept.text()).into_owned();
        assert!(
            text.starts_with("(the first 99999005 bytes are not kept)\nxxx"),
            "{:.60}",
            text
        );
        assert!(text.ends_with("x\nend\n"));
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_all_that_it_started() {
        let mut kept = kept(1000);
        // The second process of the group would print for ever.
        let (end, process) = shell(
            "yes hunter2 & echo begun; wait",
            Duration::from_millis(300),
            &mut kept,
        )
        .await;
        assert_eq!(end, End::TimeUp);
        assert!(!String::from_utf8_lossy(&kept.text()).contains("hunter2"));
        until_gone(process);
    }

    #[tokio::test]
    async fn whoever_stops_waiting_ends_it() {
        let mut kept = kept(1000);
        let heard = std::cell::Cell::new(0);
        struct Tells<'a>(&'a std::cell::Cell<u32>, &'a tokio::sync::Notify);
        impl Witness for Tells<'_> {
            fn started(&mut self, process: u32) -> bool {
                self.0.set(process);
                self.1.notify_one();
                true
            }
            fn printed(&mut self, _kept: &Kept) {}
        }
        let begun = tokio::sync::Notify::new();
        let command = ["/bin/sh", "-c", "sleep 1000 & wait"].map(str::to_owned);
        let directory = PathBuf::from("/");
        let order = Order {
            command: &command,
            directory: &directory,
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            time_limit: LONG,
        };
        let mut tells = Tells(&heard, &begun);
        tokio::select! {
            _ = run(&order, &mut kept, &mut tells) => unreachable!("it runs for long"),
            () = begun.notified() => {}
        }
        until_gone(heard.get());
    }

    #[tokio::test]
    async fn what_is_left_behind_with_the_output_open_does_not_hold_it_up() {
        let mut kept = kept(1000);
        let (end, process) = shell("sleep 1000 & echo done", LONG, &mut kept).await;
        assert_eq!(end, End::Exited(ExitStatus::from_raw(0)));
        assert_eq!(kept.last_line().as_deref(), Some("done"));
        until_gone(process);
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_an_error() {
        let command = ["/nowhere/check".to_owned()];
        let directory = PathBuf::from("/");
        let order = Order {
            command: &command,
            directory: &directory,
            environment: Vec::new(),
            time_limit: LONG,
        };
        let error = run(&order, &mut kept(0), &mut Heard::default())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }

    /// Returns when nothing of the group runs any more.
    fn until_gone(group: u32) {
        let group = nix::unistd::Pid::from_raw(i32::try_from(group).unwrap());
        let begun = std::time::Instant::now();
        // Whatever of it has ended waits for its parent; the test's machine has one that collects it.
        while runs(group.as_raw()) {
            assert!(begun.elapsed() < LONG, "group {group} still runs");
            std::thread::yield_now();
        }
    }

    /// Whether a process of the group is more than a zombie.
    fn runs(group: i32) -> bool {
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut fields = stat
                .rsplit_once(')')
                .map(|(_, rest)| rest.split_whitespace())
                .into_iter()
                .flatten();
            let state = fields.next().unwrap_or_default().to_owned();
            let of_group = fields.nth(1).and_then(|number| number.parse().ok());
            of_group == Some(group) && state != "Z"
        })
    }
}
