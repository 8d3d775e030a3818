//! AWS: the only place that talks to it. `client` connects, `observe` and its neighbours read, `act` changes, `wait`
//! watches until what was asked for is true.
//!
//! Goes in: names, and settings that say where to ask and as whom. Comes out: the plain data of `observed`, or an
//! `Error` that names operation, object, AWS's code and its request id.

pub mod act;
pub mod bucket;
mod classify;
pub mod client;
mod clock;
mod credentials;
pub mod error;
mod facts;
mod http;
pub mod observe;
mod pages;
pub mod parameters;
mod pending;
pub mod survey;
mod token;
pub mod wait;

pub use client::{Client, Connection, Settings};
pub use error::{Error, ErrorKind};

#[cfg(test)]
mod tests;
