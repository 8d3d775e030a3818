//! The run: does a plan's actions in the order of their graph, and proves each.
//!
//! Goes in: an approved plan and a connection. Comes out: events while it runs, a journal, and a summary.
//!
//! Each action goes the same way: look, check the lease and the window, write the intent, act once, write that AWS
//! accepted, wait until live facts prove it, write the result.
//!
//! ```text
//! proven ── what a run is known to have sent, for its rollback
//! resume ── takes the run over; earlier ── what is known of it; rest ── is what is left still what was planned?
//! run ── from its beginning to its end
//!  └ work ── the loop: what is ready is begun, what has begun is finished
//!     └ step ── one action, the whole way
//!     ├ facts ── what is read of AWS for it
//!     ├ before ── may it begin: go, skip, not yet, or stop          (pure)
//!     ├ guard ── roles, membership, health, window                  (pure)
//!     ├ unchanged ── group, values, queues, classes, snapshot       (pure)
//!     ├ credentials ── do they last until it is over?
//!     ├ call ── the request as data; send ── the request
//!     ├ judge ── what one look shows: leading edge, end state, failure (pure)
//!     ├ doubt ── no answer came: what do live facts say?
//!     ├ witness ── what PostgreSQL itself says, before, on the way and at the end
//!     ├ outage ── does the cluster endpoint take writes meanwhile, and for how long not?
//!     ├ command ── a declared command; process ── runs it; kept, mask ── the end of its output, without secrets
//!     └ gate ── waits for a person
//! ```

mod advice;
mod before;
mod call;
mod command;
mod context;
mod credentials;
mod doubt;
mod earlier;
mod facts;
mod gate;
mod guard;
mod health;
mod judge;
mod kept;
mod mask;
mod outage;
mod process;
mod prove;
mod proven;
mod ready;
mod record;
mod rest;
mod resume;
mod run;
mod send;
mod snapshot;
mod step;
mod stop;
mod summary;
mod unchanged;
mod witness;
mod work;

pub use context::{Commands, Context};
pub use outage::Probing;
pub use proven::proven;
pub use rest::Difference;
pub use resume::{Decision, PlannedNow, Resumed, resume};
pub use run::run;
pub use snapshot::snapshot_id;
