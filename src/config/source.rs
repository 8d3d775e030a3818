//! The text of one declaration file, and places in it.
//!
//! Goes in: a path and its text. Comes out: lines and columns for byte offsets, kept with every value that is read.

use crate::desired::Place;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One file as it was read.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(index, _)| index + 1))
            .collect();
        Arc::new(Self {
            path: path.into(),
            text,
            line_starts,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn place(&self, offset: usize) -> Place {
        let line = self
            .line_starts
            .partition_point(|start| *start <= offset)
            .max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or("");
        Place {
            file: self.path.clone(),
            line,
            column: before.chars().count() + 1,
        }
    }
}

/// A stretch of a file: the key or value that something was read from.
#[derive(Clone, Debug)]
pub(super) struct At {
    source: Arc<Source>,
    span: Range<usize>,
}

impl At {
    pub(super) fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        // A span that is no slice of the text could not be shown; the nearest that is one can.
        let end = source.text.floor_char_boundary(span.end);
        let start = source.text.floor_char_boundary(span.start.min(end));
        Self {
            source: Arc::clone(source),
            span: start..end,
        }
    }

    /// The beginning of a file, for what is missing from it.
    pub(super) fn beginning(source: &Arc<Source>) -> Self {
        let text = source.text.as_str();
        let start = text.len() - text.trim_start().len();
        let line = text.get(start..).and_then(|rest| rest.lines().next());
        Self::new(source, start..start + line.map_or(0, str::len))
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn place(&self) -> Place {
        self.source.place(self.span.start)
    }

    /// The text as it is written.
    pub(super) fn text(&self) -> &str {
        self.source.text.get(self.span.clone()).unwrap_or("")
    }
}

/// Something that was read, with its place; `value` is `None` where it is wrong and already reported, so that it does
/// not count as missing.
#[derive(Clone, Debug)]
pub(super) struct Field<T> {
    pub(super) at: At,
    pub(super) value: Option<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let source = Source::new("a.toml", "é = 1\r\nname = 2\n");
        let place = |offset| At::new(&source, offset..offset).place().to_string();
        assert_eq!(place(0), "a.toml:1:1");
        assert_eq!(place(3), "a.toml:1:3");
        assert_eq!(place(8), "a.toml:2:1");
        assert_eq!(place(17), "a.toml:3:1");
        assert_eq!(place(999), "a.toml:3:1");
    }
}
