//! The SQL witness: asks PostgreSQL itself what it runs. In: endpoints, a way to them, a login, questions. Out: the plain
//! data of `observed::sql`, never a verdict.
//!
//! The RDS API tells what a parameter group stores and whether a member is in sync with it, not what the member runs. Only
//! PostgreSQL knows that.
//!
//! ```text
//! Witness::ask ─> Session ─> login (password, tls)
//!                    │   └─> settings, library, Session::probe
//!                    └─> Dial: tcp (addresses, tunnel), or the simulator's streams (`commands` brings them)
//! ```
//!
//! A [`Witness`] is who asks: a way, a login, and the databases that matter. It is made outside, for only outside is known
//! whether the network is meant or the simulator.
//!
//! For whoever needs a connection of their own (a run that proves a reboot, a prober that measures an interruption):
//!
//! - [`Dial`] leads to any endpoint: `dial(&Target)` gives a stream, whatever is in between. [`Tcp`] is the one over the network.
//! - [`Login`] says as whom, how encrypted and how patiently.
//! - [`Session::open`] joins them. Its session is read only, each statement has a time limit, and [`Session::settings`],
//!   [`Session::started`] (`pg_postmaster_start_time()`), [`Session::in_recovery`], [`Session::member`] and
//!   [`Session::probe`] ask. [`Session::simple`] sends any statement as it stands; [`Session::open_to_write`] opens a
//!   session that is not read only, for a check of whether writes are accepted.
//! - [`Writes`] asks again and again whether the cluster endpoint takes writes.
//! - [`Error`] tells by its [`error::Kind`] and [`Error::code`] whether the way, the login, the connection or the statement
//!   failed.

mod command;
mod dial;
pub mod error;
mod library;
mod login;
mod password;
mod reply;
mod secret;
mod session;
mod settings;
mod tcp;
mod tls;
mod tunnel;
mod witness;
mod writes;

pub use dial::{Dial, Line, Stream, Target};
pub use error::Error;
pub use login::Login;
pub use password::{Password, Source, Tokens};
pub use secret::Secret;
pub use session::Session;
pub use tcp::{Elsewhere, Tcp};
pub use tls::{Encryption, Tls};
pub use tunnel::Recipe;
pub use witness::{Probe, Questions, Witness, libraries_known, targets};
pub use writes::{Trouble, Writes};
