//! What people and programs read: plans, drift, topology, progress and summaries, as text or as versioned JSON.
//!
//! Goes in: plans, drifts, observations and events. Comes out: text, written through one [`Output`]. Data goes to
//! stdout, everything else to stderr; meaning is in the words first and in the colour second.

pub mod comparison;
pub mod drift;
pub mod duration;
pub mod interruption;
pub mod json;
pub mod output;
pub mod plan;
pub mod progress;
pub mod refusal;
pub mod rehearsal;
#[cfg(test)]
pub(crate) mod sample;
pub mod status;
pub mod style;
pub mod summary;
pub mod verify;

pub use output::Output;
pub use style::Style;
