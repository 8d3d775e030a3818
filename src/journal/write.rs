//! Appends entries to a journal and makes them durable before anything that they announce is done.
//!
//! Goes in: AWS's clock and what to record. Comes out: one more synced line, or an error that stops the run.

use super::FORMAT;
use super::entry::{Entry, Kind};
use super::error::Error;
use super::read;
use super::replay::Replay;
use crate::names::ActionId;
use jiff::Timestamp;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The writing end of one journal.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    file: File,
    /// The length of the file after our last entry. Another length means another writer.
    whole_bytes: u64,
    replay: Replay,
    broken: bool,
}

impl Writer {
    /// A new journal for the actions of a plan; an existing file is an error.
    pub fn create(path: &Path, planned: impl IntoIterator<Item = ActionId>) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(|source| Error::Disk {
                operation: "create",
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            whole_bytes: 0,
            replay: Replay::new(planned),
            broken: false,
        })
    }

    /// A writer onto whatever is at `path`, so that a test can fail its writes.
    #[cfg(test)]
    pub(super) fn onto(
        path: &Path,
        planned: impl IntoIterator<Item = ActionId>,
    ) -> Result<Self, Error> {
        let file = OpenOptions::new()
            .write(true)
            .open(path)
            .map_err(|source| Error::Disk {
                operation: "open",
                path: path.to_owned(),
                source,
            })?;
        Ok(Self {
            path: path.to_owned(),
            file,
            whole_bytes: 0,
            replay: Replay::new(planned),
            broken: false,
        })
    }

    /// An existing journal, to be continued: it is read and checked, and a torn last line is cut off.
    pub fn reopen(path: &Path, planned: impl IntoIterator<Item = ActionId>) -> Result<Self, Error> {
        let journal = read::read(path, planned)?;
        let disk = |operation| {
            move |source| Error::Disk {
                operation,
                path: path.to_owned(),
                source,
            }
        };
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .map_err(disk("open"))?;
        file.set_len(journal.whole_bytes).map_err(disk("shorten"))?;
        file.sync_data().map_err(disk("sync"))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            whole_bytes: journal.whole_bytes,
            replay: journal.replay,
            broken: false,
        })
    }

    /// The state that the entries so far tell.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records one thing at AWS's `at`. When this returns, the entry survives a crash of the machine.
    pub fn append(&mut self, at: Timestamp, kind: Kind) -> Result<(), Error> {
        if self.broken {
            return Err(Error::WriterBroken {
                path: self.path.clone(),
            });
        }
        let entry = Entry {
            format: FORMAT,
            sequence: self.replay.next_sequence(),
            at,
            kind,
        };
        self.replay
            .check(&entry)
            .map_err(|illegal| Error::IllegalEntry {
                path: self.path.clone(),
                illegal,
            })?;
        let mut line = serde_json::to_vec(&entry).map_err(|source| Error::Encode {
            path: self.path.clone(),
            source,
        })?;
        line.push(b'\n');
        self.is_ours_alone()?;
        // One write, so that a crash tears at most this line; a reader drops a line without its end.
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            self.broken = true;
            return Err(Error::Disk {
                operation: "write",
                path: self.path.clone(),
                source,
            });
        }
        self.whole_bytes = self
            .whole_bytes
            .saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        self.replay
            .take(&entry)
            .map_err(|illegal| Error::IllegalEntry {
                path: self.path.clone(),
                illegal,
            })
    }

    /// Whether nobody else has written since: a run that was resumed or unlocked elsewhere is no longer this process's.
    fn is_ours_alone(&mut self) -> Result<(), Error> {
        let found = self.file.metadata().map_err(|source| Error::Disk {
            operation: "read",
            path: self.path.clone(),
            source,
        })?;
        // A device has no length to compare.
        if !found.is_file() || found.len() == self.whole_bytes {
            return Ok(());
        }
        self.broken = true;
        Err(Error::WrittenByAnother {
            path: self.path.clone(),
        })
    }
}
