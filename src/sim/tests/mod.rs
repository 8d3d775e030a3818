//! The simulator through its doors: a real aws-sdk-rds client on tokio's paused clock, and plain HTTP for the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod blue_green;
mod clusters;
mod endpoints;
mod errors;
mod events;
mod faults;
mod fuzz;
mod groups;
mod happenings;
mod housekeeping;
mod instances;
mod lives;
mod maintenance;
mod page;
mod pages;
mod policies;
mod postgres;
mod restoring;
mod rollout;
mod saving;
mod snapshots;
mod stopping;
mod support;
mod surprises;
mod targets;
mod wire;
