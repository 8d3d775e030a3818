//! The run itself: plans carried out against the simulator inside this process, in virtual time.

mod support;

mod faults;
mod guards;
mod kinds;
mod restore;
mod resume;
mod rollback;
mod rollout;
