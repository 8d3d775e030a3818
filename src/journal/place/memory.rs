//! This process's memory: a store for rehearsals, which leaves nothing on disk and can be copied, cut and made to fail.
//!
//! Goes in: keys and bytes. Comes out: the same bytes while the process lives. Two handles of one memory are one place.

use super::{Document, Lines, Version};
use crate::journal::error::Error;
use crate::journal::lock::Claim;
use crate::names::RunId;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Runs and leases that are kept in memory only. A clone is another handle of the same; `copy` is another memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    contents: Arc<Mutex<Contents>>,
}

#[derive(Clone, Debug, Default)]
struct Contents {
    documents: BTreeMap<String, Vec<u8>>,
    journals: BTreeMap<String, Vec<Vec<u8>>>,
    /// How many more entries are taken; any number where absent.
    entries_left: Option<usize>,
}

/// The end of a journal in memory.
#[derive(Debug)]
pub(in crate::journal) struct End {
    memory: Memory,
    journal: String,
    /// The lines after our last one. Another number means another writer.
    lines: usize,
}

impl Memory {
    /// Another memory with the same contents, as a machine's disk would be found after a crash at this instant.
    pub fn copy(&self) -> Self {
        let contents = self.contents().clone();
        Self {
            contents: Arc::new(Mutex::new(contents)),
        }
    }

    /// How many entries the journal of a run has.
    pub fn entries(&self, run: &RunId) -> usize {
        self.contents()
            .journals
            .get(&journal_of(run))
            .map_or(0, Vec::len)
    }

    /// Cuts the journal of a run after so many entries, and removes what was written when it ended.
    pub fn cut(&self, run: &RunId, entries: usize) {
        let mut contents = self.contents();
        if let Some(lines) = contents.journals.get_mut(&journal_of(run)) {
            lines.truncate(entries);
        }
        contents
            .documents
            .remove(&format!("runs/{run}/outcome.json"));
    }

    /// Takes this many entries more, over all journals, and then refuses each as a full disk would. A run that was killed
    /// between two entries did the same.
    pub fn fail_after(&self, entries: usize) {
        self.contents().entries_left = Some(entries);
    }

    /// Takes any number of entries again.
    pub fn mend(&self) {
        self.contents().entries_left = None;
    }

    /// Lets every lease look expired, as it is some time after its holder died.
    pub fn expire_leases(&self) {
        for (key, document) in &mut self.contents().documents {
            if key.starts_with("locks/")
                && let Ok(mut claim) = serde_json::from_slice::<Claim>(document)
            {
                claim.expires = claim.acquired;
                if let Ok(bytes) = serde_json::to_vec_pretty(&claim) {
                    *document = bytes;
                }
            }
        }
    }

    pub(super) fn runs(&self) -> Vec<String> {
        let contents = self.contents();
        let runs: BTreeSet<&str> = contents
            .documents
            .keys()
            .filter_map(|key| key.strip_prefix("runs/"))
            .filter_map(|key| key.split('/').next())
            .collect();
        runs.into_iter().map(str::to_owned).collect()
    }

    pub(super) fn read(&self, key: &str) -> Option<Document> {
        self.contents().documents.get(key).map(|bytes| Document {
            bytes: bytes.clone(),
            version: Version(bytes.clone()),
        })
    }

    pub(super) fn write(&self, key: &str, bytes: &[u8]) {
        self.contents()
            .documents
            .insert(key.to_owned(), bytes.to_vec());
    }

    pub(super) fn create(&self, key: &str, bytes: &[u8]) -> Option<Version> {
        match self.contents().documents.entry(key.to_owned()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(place) => {
                place.insert(bytes.to_vec());
                Some(Version(bytes.to_vec()))
            }
        }
    }

    pub(super) fn replace(&self, key: &str, version: &Version, bytes: &[u8]) -> Option<Version> {
        match self.contents().documents.get_mut(key) {
            Some(found) if *found == version.0 => {
                *found = bytes.to_vec();
                Some(Version(bytes.to_vec()))
            }
            _ => None,
        }
    }

    pub(super) fn remove(&self, key: &str, version: &Version) -> bool {
        let mut contents = self.contents();
        let is_judged = contents.documents.get(key) == Some(&version.0);
        if is_judged {
            contents.documents.remove(key);
        }
        is_judged
    }

    pub(super) fn begin_run(&self, run: &str, plan: &[u8]) -> bool {
        self.create(&format!("runs/{run}/plan.json"), plan)
            .is_some()
    }

    pub(super) fn lines(&self, journal: &str) -> Option<Lines> {
        self.contents().journals.get(journal).map(|lines| Lines {
            lines: lines.clone(),
            whole_bytes: 0,
            torn_bytes: 0,
        })
    }

    pub(super) fn begin_journal(&self, journal: &str) -> Result<End, Error> {
        match self.contents().journals.entry(journal.to_owned()) {
            Entry::Occupied(_) => Err(failed(
                "create",
                journal,
                io::Error::from(io::ErrorKind::AlreadyExists),
            )),
            Entry::Vacant(place) => {
                place.insert(Vec::new());
                Ok(self.end(journal, 0))
            }
        }
    }

    pub(super) fn continue_journal(&self, journal: &str, lines: &Lines) -> End {
        self.end(journal, lines.lines.len())
    }

    fn end(&self, journal: &str, lines: usize) -> End {
        End {
            memory: self.clone(),
            journal: journal.to_owned(),
            lines,
        }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        // Nothing that holds it can panic half way through a change.
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    pub(super) fn append(&mut self, line: Vec<u8>) -> Result<(), Error> {
        let mut contents = self.memory.contents();
        let Contents {
            journals,
            entries_left,
            ..
        } = &mut *contents;
        let lines = match journals.get_mut(&self.journal) {
            Some(lines) if lines.len() == self.lines => lines,
            _ => {
                return Err(Error::WrittenByAnother {
                    journal: self.journal.clone(),
                });
            }
        };
        match entries_left {
            Some(0) => {
                let full = io::Error::other("this memory was told to take no further entry");
                return Err(failed("write", &self.journal, full));
            }
            Some(left) => *left = left.saturating_sub(1),
            None => {}
        }
        lines.push(line);
        self.lines = self.lines.saturating_add(1);
        Ok(())
    }
}

fn journal_of(run: &RunId) -> String {
    format!("runs/{run}/journal.jsonl")
}

fn failed(operation: &'static str, key: &str, source: io::Error) -> Error {
    Error::Disk {
        operation,
        path: key.into(),
        source,
    }
}
