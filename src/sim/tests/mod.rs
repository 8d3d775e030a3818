//! The simulator through its doors: a real aws-sdk-rds client on tokio's paused clock, and plain HTTP for the server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod clusters;
mod faults;
mod groups;
mod happenings;
mod instances;
mod lives;
mod postgres;
mod rollout;
mod saving;
mod snapshots;
mod support;
mod wire;
