//! Ends a run that is not over, so that another may undo it: its lease is taken over, its journal closed.
//!
//! Goes in: an unfinished run of which nothing is in doubt. Comes out: a journal that ends. Nothing is asked of AWS.

use super::entry::{Conclusion, Kind, Resumption};
use super::error::Error;
use super::holder::Holder;
use super::lock::Lease;
use super::store::{Store, Unfinished};
use jiff::Timestamp;

/// Ends the run at `at`, by AWS's clock, for a reason. A run that ended meanwhile is left as it is.
///
/// # Errors
/// Who holds its lease, a journal that cannot be written, or one to which somebody added since it was read: what is undone
/// was decided without knowing that.
pub fn give_up(
    store: &Store,
    holder: &Holder,
    unfinished: &Unfinished,
    at: Timestamp,
    because: &str,
) -> Result<(), Error> {
    let Unfinished { run, plan, .. } = unfinished;
    let (lease, _) = Lease::take_over(store, &plan.target, holder, run)?;
    let closed = close(store, holder, unfinished, at, because);
    let released = lease.release();
    closed.and(released)
}

fn close(
    store: &Store,
    holder: &Holder,
    unfinished: &Unfinished,
    at: Timestamp,
    because: &str,
) -> Result<(), Error> {
    let mut writer = store
        .run(&unfinished.run)
        .continue_journal(&unfinished.plan)?;
    if !writer.replay().is_unfinished() {
        return Ok(());
    }
    if *writer.replay() != unfinished.journal.replay {
        return Err(Error::WrittenByAnother {
            journal: store.run(&unfinished.run).journal_name(),
        });
    }
    writer.append(
        at,
        Kind::Resumed(Box::new(Resumption {
            holder: holder.user.clone(),
            host: holder.host.clone(),
            process: holder.process,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        })),
    )?;
    writer.append(
        at,
        Kind::Ended {
            ending: Conclusion::GivenUp,
            because: Some(because.to_owned()),
        },
    )
}
