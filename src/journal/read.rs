//! Reads a journal back, strictly: only a last line without its end is forgiven, for a crash leaves exactly that.
//!
//! Goes in: the file and the plan's actions. Comes out: the entries and the state that they tell, or the damaged line.

use super::entry::Entry;
use super::error::Error;
use super::replay::Replay;
use crate::names::ActionId;
use std::path::Path;

/// A journal as read.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// All whole entries, in order.
    pub entries: Vec<Entry>,
    /// The state that they tell.
    pub replay: Replay,
    /// The length of the whole lines; what lies beyond is a torn last line.
    pub whole_bytes: u64,
    /// The length of the torn last line; 0 when there is none.
    pub torn_bytes: u64,
}

/// Reads the journal at `path` of a plan with the actions `planned`.
pub fn read(path: &Path, planned: impl IntoIterator<Item = ActionId>) -> Result<Journal, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Disk {
        operation: "read",
        path: path.to_owned(),
        source,
    })?;
    // An entry counts once its line is whole. Its writer syncs before it acts on it, so nothing was done on the
    // strength of a line that was cut, however much of it is there.
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |position| position.saturating_add(1));
    let (lines, torn) = bytes.split_at(whole);
    let mut replay = Replay::new(planned);
    let mut entries = Vec::new();
    for (index, line) in lines
        .strip_suffix(b"\n")
        .map(|lines| lines.split(|byte| *byte == b'\n'))
        .into_iter()
        .flatten()
        .enumerate()
    {
        let line_number = index.saturating_add(1);
        let entry: Entry = serde_json::from_slice(line).map_err(|source| Error::DamagedLine {
            path: path.to_owned(),
            line: line_number,
            reason: source.to_string(),
        })?;
        replay.take(&entry).map_err(|illegal| Error::IllegalLine {
            path: path.to_owned(),
            line: line_number,
            illegal,
        })?;
        entries.push(entry);
    }
    Ok(Journal {
        entries,
        replay,
        whole_bytes: u64::try_from(whole).unwrap_or(u64::MAX),
        torn_bytes: u64::try_from(torn.len()).unwrap_or(u64::MAX),
    })
}
