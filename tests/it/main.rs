//! The integration tests: the real binary against the simulator, one file per subject.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs
)]

mod apply;
mod architecture;
mod clients;
mod credentials;
mod disturbed;
mod documents;
mod failures;
mod kill;
mod random_worlds;
mod rollout;
mod stories;
mod support;
mod unfinished;
