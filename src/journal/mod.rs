//! The journal: what a run set out to do, what it asked of AWS, and what came of it, kept before it matters.
//!
//! Goes in: entries from `apply`. Comes out: a folder per run that tells, after a crash too, which actions are done,
//! which are in doubt and which were never begun; and the lease that keeps two runs off one cluster.
//!
//! ```text
//! <root>/runs/<run>/plan.json        the plan, as approved
//! <root>/runs/<run>/approved.plan.json  the plan file that it was begun with, if it was
//! <root>/runs/<run>/journal.jsonl    one entry a line, appended, synced before each call to AWS
//! <root>/runs/<run>/outcome.json     the summary, once the run ended
//! <root>/runs/<run>/output-07-<step>-1.txt  the end of what a command printed: number in the plan, name, attempt
//! <root>/runs/<run>/approval-08-<gate>.json  a person's approval of a gate
//! In a bucket each entry is an object: <root>/runs/<run>/journal/00000001.json
//! <root>/simulated/<key>/…         a simulated world and its runs, each world a place of its own
//! <root>/locks/<account>-<region>-<cluster>.json  behind an endpoint <cluster>@<mark of the endpoint>.json
//! ```

mod beside;
pub mod entry;
pub mod error;
mod give_up;
pub mod holder;
pub mod lock;
mod place;
mod planless;
pub mod read;
pub mod replay;
mod shared;
pub mod store;
pub mod write;

pub use beside::Approval;
pub use entry::{Call, Conclusion, Entry, Kind, Outcome, Resumption, Start, Verdict};
pub use error::Error;
pub use give_up::give_up;
pub use holder::Holder;
pub use lock::{Lease, Taken, WaitsAt};
pub use place::{Connect, Memory};
pub use read::Journal;
pub use replay::{Replay, State};
pub use shared::Shared;
pub use store::{RunFolder, Store, Unfinished};
pub use write::Writer;

/// The version of the journal's format; raised when the meaning of an entry changes.
pub const FORMAT: u32 = 1;

#[cfg(test)]
mod tests;
