//! SQL: what is understood of it, and what it answers. In: a text. Out: statements, which give columns and rows.
//!
//! sqlparser reads the text. Each part of its tree is either evaluated or refused with `0A000`.
//!
//! ```text
//! parse ─> command ─┬─> select ─┬─> from, projection, order, aggregates
//!                   │           └─> compile ─> operators, calls, typing, names ─> expression ─> functions
//!                   ├─> writing
//!                   └─> assignment ─> set
//! ```

mod aggregates;
mod assignment;
mod calls;
pub(crate) mod command;
pub(crate) mod compile;
pub(crate) mod expression;
mod from;
pub(crate) mod functions;
mod names;
mod operators;
mod order;
pub(crate) mod parse;
mod projection;
pub(crate) mod select;
pub(crate) mod set;
mod typing;
mod writing;
