//! PostgreSQL on the wire: what a simulated member answers to SQL. In: connections, in process or over TCP. Out: answers out of the
//! same world that the AWS API shows.
//!
//! ```text
//! connect (in process) ─┐                                 ┌─> settings (values in force, pg_settings)
//!                       ├─> startup ─> session ─> sql ────┼─> relations (views), roles
//! listen (TCP) ─────────┘       │         │               └─> tables (temporary)
//!                             scram    message, reply (the wire), value (text and binary forms)
//! disturbance: what declared faults do to sessions
//! extensions: what they need
//! endpoint: which member a name leads to        hub: who is connected, what pg_stat_statements saw
//! ```
//!
//! Messages are decoded here and not by a library: those at hand panic on a message that is cut short, or read TCP only.

mod arrays;
mod connect;
mod context;
mod disturbance;
pub(crate) mod endpoint;
mod error;
mod extended;
mod extensions;
mod hub;
pub mod listen;
mod message;
mod relations;
mod reply;
pub(crate) mod roles;
pub(crate) mod scram;
mod session;
mod settings;
mod sql;
pub(crate) mod startup;
mod statistics;
mod tables;
mod types;
mod value;
mod watch;

pub(crate) use endpoint::{Kind, Moving};
pub(crate) use extensions::{extensions, is_extension};
pub(crate) use hub::Hub;
pub(crate) use roles::Contents;
