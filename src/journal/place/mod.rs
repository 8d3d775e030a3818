//! Where documents and journals are kept, whatever keeps them: a local folder, a bucket, or this process's memory.
//!
//! Goes in: keys such as `runs/RUN/plan.json`, and bytes. Comes out: the same bytes, durable when a call returns, and an
//! honest answer where somebody else was faster.
//!
//! Every call blocks until it is done. The paused clock of a simulation must stand still meanwhile, and nothing may be sent
//! to AWS before what announces it is durable.

mod bucket;
mod folder;
mod memory;
mod worker;

pub use bucket::Connect;
pub use memory::Memory;

use super::error::Error;
use bucket::Bucket;
use folder::Folder;
use std::io;
use std::path::PathBuf;

/// Where documents and journals are kept. A copy leads to the same place.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// A local folder.
    Folder(Folder),
    /// A folder in a bucket.
    Bucket(Bucket),
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
    /// In a bucket.
    Bucket(bucket::End),
    /// In memory.
    Memory(memory::End),
}

impl Place {
    /// A local folder.
    pub(super) fn folder(root: impl Into<PathBuf>) -> Self {
        Self::Folder(Folder::new(root.into()))
    }

    /// A folder in a bucket: its URL, what its keys begin with, and what opens the connection.
    pub(super) fn bucket<E: Send + 'static>(
        url: String,
        prefix: String,
        connect: Connect<E>,
    ) -> io::Result<Result<Self, E>> {
        Ok(Bucket::open(url, prefix, connect)?.map(Self::Bucket))
    }

    /// The place in a folder of this one.
    pub(super) fn below(&self, folder: &str) -> Self {
        match self {
            Self::Folder(outer) => Self::folder(outer.path(folder)),
            Self::Bucket(outer) => Self::Bucket(outer.below(folder)),
            // Nothing is kept there for others.
            Self::Memory(memory) => Self::Memory(memory.clone()),
        }
    }

    /// Whether other machines can reach it.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self, Self::Bucket(_))
    }

    /// What a person calls it: its path or its URL.
    pub(super) fn root(&self) -> String {
        match self {
            Self::Folder(folder) => folder
                .path("")
                .display()
                .to_string()
                .trim_end_matches('/')
                .to_owned(),
            Self::Bucket(bucket) => bucket.url().to_owned(),
            Self::Memory(_) => "memory".to_owned(),
        }
    }

    /// What a person calls a document: its path, for example.
    pub(super) fn name(&self, key: &str) -> String {
        match self {
            Self::Folder(folder) => folder.path(key).display().to_string(),
            Self::Bucket(bucket) => bucket.name(key),
            Self::Memory(_) => format!("memory:{key}"),
        }
    }

    /// The key of a run's journal.
    pub(super) fn journal_key(&self, run: &str) -> String {
        match self {
            Self::Folder(_) | Self::Memory(_) => format!("runs/{run}/journal.jsonl"),
            Self::Bucket(_) => format!("runs/{run}/journal"),
        }
    }

    /// What a person calls one line of a journal, counted from 1.
    pub(super) fn line_name(&self, journal: &str, line: usize) -> String {
        match self {
            Self::Folder(_) | Self::Memory(_) => format!("{}:{line}", self.name(journal)),
            Self::Bucket(bucket) => bucket.name(&format!("{journal}/{}", bucket::entry(line))),
        }
    }

    /// The names of all runs, in no order.
    pub(super) fn runs(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Folder(folder) => folder.runs(),
            Self::Bucket(bucket) => bucket.runs(),
            Self::Memory(memory) => Ok(memory.runs()),
        }
    }

    /// A document, if it exists.
    pub(super) fn read(&self, key: &str) -> Result<Option<Document>, Error> {
        match self {
            Self::Folder(folder) => folder.read(key),
            Self::Bucket(bucket) => bucket.read(key),
            Self::Memory(memory) => Ok(memory.read(key)),
        }
    }

    /// Many documents, in the order of their keys; at once where each is a request.
    pub(super) fn read_all(&self, keys: Vec<String>) -> Result<Vec<Option<Document>>, Error> {
        match self {
            Self::Bucket(bucket) => bucket.read_all(keys),
            Self::Folder(_) | Self::Memory(_) => keys.iter().map(|key| self.read(key)).collect(),
        }
    }

    /// Whether two who write one document at once are kept apart: `bytes` is what `key` holds.
    pub(super) fn keeps_its_word(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        match self {
            Self::Bucket(bucket) => bucket.keeps_its_word(key, bytes),
            // The file system and the lock of a mutex do.
            Self::Folder(_) | Self::Memory(_) => Ok(true),
        }
    }

    /// Writes a document, whether it exists or not: a reader sees nothing, the old content or the new content.
    pub(super) fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::Folder(folder) => folder.write(key, bytes),
            Self::Bucket(bucket) => bucket.write(key, bytes),
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
            Self::Bucket(bucket) => bucket.create(key, bytes),
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
            Self::Bucket(bucket) => bucket.replace(key, version, bytes),
            Self::Memory(memory) => Ok(memory.replace(key, version, bytes)),
        }
    }

    /// Removes a document that still is as it was found. False where it changed, or is gone.
    pub(super) fn remove(&self, key: &str, found: &Document) -> Result<bool, Error> {
        match self {
            Self::Folder(folder) => folder.remove(key, &found.version),
            Self::Bucket(bucket) => bucket.remove(key, found),
            Self::Memory(memory) => Ok(memory.remove(key, &found.version)),
        }
    }

    /// Begins a run with its plan. False where it exists.
    pub(super) fn begin_run(&self, run: &str, plan: &[u8]) -> Result<bool, Error> {
        match self {
            Self::Folder(folder) => folder.begin_run(run, plan),
            Self::Bucket(bucket) => bucket.begin_run(run, plan),
            Self::Memory(memory) => Ok(memory.begin_run(run, plan)),
        }
    }

    /// The lines of a journal, if it exists.
    pub(super) fn lines(&self, journal: &str) -> Result<Option<Lines>, Error> {
        match self {
            Self::Folder(folder) => folder.lines(journal),
            Self::Bucket(bucket) => bucket.lines(journal),
            Self::Memory(memory) => Ok(memory.lines(journal)),
        }
    }

    /// Begins a journal; one that exists is an error.
    pub(super) fn begin_journal(&self, journal: &str) -> Result<End, Error> {
        match self {
            Self::Folder(folder) => folder.begin_journal(journal).map(End::Folder),
            // The run is this process's alone, or its plan could not have been written; so is its first entry.
            Self::Bucket(bucket) => Ok(End::Bucket(bucket.end(journal, 0))),
            Self::Memory(memory) => memory.begin_journal(journal).map(End::Memory),
        }
    }

    /// The end of a journal that was read; a torn last line is cut off.
    pub(super) fn continue_journal(&self, journal: &str, lines: &Lines) -> Result<End, Error> {
        match self {
            Self::Folder(folder) => folder.continue_journal(journal, lines).map(End::Folder),
            Self::Bucket(bucket) => Ok(End::Bucket(bucket.end(journal, lines.lines.len()))),
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
            Self::Bucket(end) => end.append(line),
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
