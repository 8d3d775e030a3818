//! The run itself: plans carried out against the simulator inside this process, in virtual time.

mod support;

mod answers;
mod faults;
mod guards;
mod ill;
mod kinds;
mod operators;
mod restore;
mod resume;
mod rollback;
mod rollout;
mod witness;
