//! Where in a file something stands.

use crate::desired::Place;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// A file's path and text, shared by everything that points into it.
#[derive(Debug)]
pub(super) struct File {
    /// The path as it was found.
    pub(super) path: PathBuf,
    /// The whole text.
    pub(super) text: String,
}

/// A span of a file, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Span {
    /// The file.
    pub(super) file: Arc<File>,
    /// The bytes.
    pub(super) bytes: Range<usize>,
}

impl Span {
    /// The line and column of its start.
    pub(super) fn place(&self) -> Place {
        let before = self.file.text.get(..self.bytes.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        Place {
            file: self.file.path.clone(),
            line,
            column,
        }
    }
}
