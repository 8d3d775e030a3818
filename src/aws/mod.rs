//! AWS: the only place that talks to it. `client` connects, `observe` and its neighbours read, `act` changes, `wait`
//! watches until what was asked for is true.
//!
//! Goes in: names, and settings that say where to ask and as whom. Comes out: the plain data of `observed`, or an
//! `Error` that names operation, object, AWS's code and its request id.

#![allow(unused_variables, clippy::todo)]

pub mod act;
pub mod client;
pub mod error;
pub mod observe;
pub mod parameters;
pub mod survey;
pub mod wait;

pub use client::{Client, Connection, Settings};
pub use error::{Error, ErrorKind};
