//! SQL: what is understood of it, and what it answers. In: a text. Out: statements, which give columns and rows.
//!
//! sqlparser reads the text. Each part of its tree is either evaluated or refused with `0A000`.
//!
//! ```text
//! parse ─> command ─┬─> select ─> compile ─> expression ─> functions
//!                   └─> set
//! ```

pub(crate) mod command;
pub(crate) mod compile;
pub(crate) mod expression;
pub(crate) mod functions;
pub(crate) mod parse;
pub(crate) mod select;
pub(crate) mod set;
