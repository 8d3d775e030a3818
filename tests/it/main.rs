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

mod answered;
mod apply;
mod architecture;
mod buckets;
mod clients;
mod cloudformation;
mod credentials;
mod disturbed;
mod documents;
mod drill;
mod failures;
mod fuzz;
mod kill;
mod kill_rollback;
mod open_policies;
mod postgres;
mod proof;
mod question;
mod random_worlds;
mod rehearse;
mod replay;
mod rollout;
mod runbook;
mod steps;
mod stories;
mod support;
mod terraform;
mod unfinished;
mod ways;
mod witness;
