//! Temporary tables of a session: the only data that it can write. In: definitions and rows. Out: the same.

use super::reply::Column;
use super::value::Value;

/// A temporary table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// The most rows of a session's tables together: more is refused, so that a client cannot fill the memory.
pub(crate) const ROWS_MOST: usize = 100_000;
