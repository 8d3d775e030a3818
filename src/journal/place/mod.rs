//! Where documents and journals are kept, whatever keeps them: a local folder, or this process's memory.
//!
//! Goes in: keys such as `runs/RUN/plan.json`, and bytes. Comes out: the same bytes, durable when a call returns, and an
//! honest answer where somebody else was faster.
//!
//! Every call blocks until it is done. The paused clock of a simulation must stand still meanwhile, and nothing may be sent
//! to AWS before what announces it is durable.

mod folder;
mod memory;

pub use memory::Memory;

use super::error::Error;
use folder::Folder;
use std::path::PathBuf;

/// Where documents and journals are kept. A copy leads to the same place.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A local folder.
    Folder(Folder),
    /// This process's memory.
    Memory(Memory),
}

/// What tells one content of a document from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version(Vec<u8>);

/// A document as read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// Its content.
    pub(super) bytes: Vec<u8>,
    /// Which content that is.
    pub(super) version: Version,
}

/// The lines of a journal as read.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    /// The whole lines, in order, without their ends.
    pub(super) lines: Vec<Vec<u8>>,
    /// The length of the whole lines in bytes.
    whole_bytes: u64,
    /// The length of a torn last line; 0 where there is none.
    pub(super) torn_bytes: u64,
}

/// The end of a journal, to which lines are added.
#[derive(Debug)]
pub(super) enum End {
    /// Of a file.
    Folder(folder::End),
    /// In memory.
    Memory(memory::End),
}

impl Place {
    /// A local folder.
    pub(super) fn folder(root: impl Into<PathBuf>) -> Self {
        Self::Folder(Folder::new(root.into()))
    }

    /// What a person calls a document: its path, for example.
    pub(super) fn name(&self, key: &str) -> String {
        match self {
            Self::Folder(folder) => folder.path(key).display().to_string(),
            Self::Memory(_) => format!("memory:{key}"),
        }
    }

    /// The key of a run's journal.
    pub(super) fn journal_key(&self, run: &str) -> String {
        match self {
            Self::Folder(_) | Self::Memory(_) => format!("runs/{run}/journal.jsonl"),
        }
    }

    /// What a person calls one line of a journal, counted from 1.
    pub(super) fn line_name(&self, journal: &str, line: usize) -> String {
        match self {
            Self::Folder(_) | Self::Memory(_) => format!("{}:{line}", self.name(journal)),
        }
    }

    /// The names of all runs, in no order.
    pub(super) fn runs(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Folder(folder) => folder.runs(),
            Self::Memory(memory) => Ok(memory.runs()),
        }
    }

    /// A document, if it exists.
    pub(super) fn read(&self, key: &str) -> Result<Option<Document>, Error> {
        match self {
            Self::Folder(folder) => folder.read(key),
            Self::Memory(memory) => Ok(memory.read(key)),
        }
    }

    /// Writes a document, whether it exists or not: a reader sees nothing, the old content or the new content.
    pub(super) fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Folder(folder) => folder.write(key, bytes),
            Self::Memory(memory) => {
                memory.write(key, bytes);
                Ok(())
            }
        }
    }

    /// Writes a new document. Of many who try, one gets a version; the others get `None`, as where it existed before.
    pub(super) fn create(&self, key: &str, bytes: &[u8]) -> Result<Option<Version>, Error> {
        match self {
            Self::Folder(folder) => folder.create(key, bytes),
            Self::Memory(memory) => Ok(memory.create(key, bytes)),
        }
    }

    /// Writes a document that still has the content `version`. `None` where it has another, or is gone.
    pub(super) fn replace(
        &self,
        key: &str,
        version: &Version,
        bytes: &[u8],
    ) -> Result<Option<Version>, Error> {
        match self {
            Self::Folder(folder) => folder.replace(key, version, bytes),
            Self::Memory(memory) => Ok(memory.replace(key, version, bytes)),
        }
    }

    /// Removes a document that still has the content `version`. False where it has another, or is gone.
    pub(super) fn remove(&self, key: &str, version: &Version) -> Result<bool, Error> {
        match self {
            Self::Folder(folder) => folder.remove(key, version),
            Self::Memory(memory) => Ok(memory.remove(key, version)),
        }
    }

    /// Begins a run with its plan. False where it exists.
    pub(super) fn begin_run(&self, run: &str, plan: &[u8]) -> Result<bool, Error> {
        match self {
            Self::Folder(folder) => folder.begin_run(run, plan),
            Self::Memory(memory) => Ok(memory.begin_run(run, plan)),
        }
    }

    /// The lines of a journal, if it exists.
    pub(super) fn lines(&self, journal: &str) -> Result<Option<Lines>, Error> {
        match self {
            Self::Folder(folder) => folder.lines(journal),
            Self::Memory(memory) => Ok(memory.lines(journal)),
        }
    }

    /// Begins a journal; one that exists is an error.
    pub(super) fn begin_journal(&self, journal: &str) -> Result<End, Error> {
        match self {
            Self::Folder(folder) => folder.begin_journal(journal).map(End::Folder),
            Self::Memory(memory) => memory.begin_journal(journal).map(End::Memory),
        }
    }

    /// The end of a journal that was read; a torn last line is cut off.
    pub(super) fn continue_journal(&self, journal: &str, lines: &Lines) -> Result<End, Error> {
        match self {
            Self::Folder(folder) => folder.continue_journal(journal, lines).map(End::Folder),
            Self::Memory(memory) => Ok(End::Memory(memory.continue_journal(journal, lines))),
        }
    }
}

impl End {
    /// Adds a line, which has no end yet. When this returns, the line survives a crash of the machine. After an error it is
    /// not known whether it was written.
    ///
    /// # Errors
    /// `WrittenByAnother` where somebody else added a line since; nothing is written then.
    pub(super) fn append(&mut self, line: Vec<u8>) -> Result<(), Error> {
        match self {
            Self::Folder(end) => end.append(line),
            Self::Memory(end) => end.append(line),
        }
    }
}

#[cfg(test)]
impl End {
    /// The end of whatever is at `path`, so that a test can fail its writes.
    pub(super) fn onto(path: &std::path::Path) -> Self {
        Self::Folder(folder::End::onto(path))
    }
}
