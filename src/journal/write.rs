//! Appends entries to a journal and makes them durable before anything that they announce is done.
//!
//! Goes in: AWS's clock and what to record. Comes out: one more durable entry, or an error that stops the run.

use super::FORMAT;
use super::entry::{Entry, Kind};
use super::error::Error;
use super::place::{End, Place};
use super::read;
use super::replay::Replay;
use crate::names::ActionId;
use jiff::Timestamp;

/// The writing end of one journal.
#[derive(Debug)]
pub struct Writer {
    /// What a person calls the journal.
    name: String,
    end: End,
    replay: Replay,
    broken: bool,
}

impl Writer {
    /// A new journal for the actions of a plan; one that exists is an error.
    pub(super) fn create(
        place: &Place,
        key: &str,
        planned: impl IntoIterator<Item = ActionId>,
    ) -> Result<Self, Error> {
        let end = place.begin_journal(key)?;
        Ok(Self::at(place.name(key), end, Replay::new(planned)))
    }

    /// An existing journal, to be continued: it is read and checked, and a torn last line is cut off.
    pub(super) fn reopen(
        place: &Place,
        key: &str,
        planned: impl IntoIterator<Item = ActionId>,
    ) -> Result<Self, Error> {
        let Some(lines) = place.lines(key)? else {
            return Err(Error::Absent {
                name: place.name(key),
            });
        };
        let journal = read::understand(place, key, &lines, planned)?;
        let end = place.continue_journal(key, &lines)?;
        Ok(Self::at(place.name(key), end, journal.replay))
    }

    pub(super) fn at(name: String, end: End, replay: Replay) -> Self {
        Self {
            name,
            end,
            replay,
            broken: false,
        }
    }

    /// The state that the entries so far tell.
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Records one thing at AWS's `at`. When this returns, the entry survives a crash of the machine.
    pub fn append(&mut self, at: Timestamp, kind: Kind) -> Result<(), Error> {
        if self.broken {
            return Err(Error::WriterBroken {
                journal: self.name.clone(),
            });
        }
        let entry = Entry {
            format: FORMAT,
            sequence: self.replay.next_sequence(),
            at,
            kind,
        };
        let illegal = |illegal| Error::IllegalEntry {
            journal: self.name.clone(),
            illegal,
        };
        self.replay.check(&entry).map_err(illegal)?;
        let line = serde_json::to_vec(&entry).map_err(|source| Error::Encode {
            name: self.name.clone(),
            source,
        })?;
        if let Err(error) = self.end.append(line) {
            self.broken = true;
            return Err(error);
        }
        self.replay.take(&entry).map_err(illegal)
    }
}
