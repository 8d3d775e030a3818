//! Tests of this folder on canned replies in AWS's wire format: what is sent, and what is made of the answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod acting;
mod failing;
mod network;
mod reading;
mod wire;
