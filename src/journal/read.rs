//! Reads a journal back, strictly: only a last line without its end is forgiven, for a crash leaves exactly that.
//!
//! Goes in: the lines and the plan's actions. Comes out: the entries and the state that they tell, or the damaged line.

use super::entry::Entry;
use super::error::Error;
use super::place::{Lines, Place};
use super::replay::Replay;
use crate::names::ActionId;

/// A journal as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// All whole entries, in order.
    pub entries: Vec<Entry>,
    /// The state that they tell.
    pub replay: Replay,
    /// The length of the torn last line; 0 when there is none.
    pub torn_bytes: u64,
}

/// Reads the journal at `key` of a plan with the actions `planned`; absent where there is none.
pub(super) fn read(
    place: &Place,
    key: &str,
    planned: impl IntoIterator<Item = ActionId>,
) -> Result<Option<Journal>, Error> {
    match place.lines(key)? {
        Some(lines) => understand(place, key, &lines, planned).map(Some),
        None => Ok(None),
    }
}

/// What the lines of the journal at `key` say.
pub(super) fn understand(
    place: &Place,
    key: &str,
    lines: &Lines,
    planned: impl IntoIterator<Item = ActionId>,
) -> Result<Journal, Error> {
    let mut replay = Replay::new(planned);
    let mut entries = Vec::new();
    for (index, line) in lines.lines.iter().enumerate() {
        let name = || place.line_name(key, index.saturating_add(1));
        let entry: Entry = serde_json::from_slice(line).map_err(|source| Error::DamagedLine {
            line: name(),
            journal: place.name(key),
            reason: source.to_string(),
        })?;
        replay.take(&entry).map_err(|illegal| Error::IllegalLine {
            line: name(),
            journal: place.name(key),
            illegal,
        })?;
        entries.push(entry);
    }
    Ok(Journal {
        entries,
        replay,
        torn_bytes: lines.torn_bytes,
    })
}
