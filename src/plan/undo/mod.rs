//! What a run changed, and the declaration that takes it back.
//!
//! Goes in: what a run is proven to have sent, with what was read just before each request, and the live facts. Comes
//! out: a `Desired` that leads back to the state before the run, for the same planner; or a refusal where somebody
//! changed the same things since.
//!
//! Each property is compared three ways: its value before the run, the value that the run gave it, and the live one. Live
//! as before: nothing is left to undo. Live as the run left it: it is put back. Anything else was changed since.

mod declaration;
mod effects;

pub use declaration::{Undoing, declaration, questions};
pub use effects::{Effects, InsightsBefore, Sent, Values};
