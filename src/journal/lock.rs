//! One run at a time per cluster: a lease in a lock file that names its holder and its expiry.
//!
//! Goes in: who wants which cluster for which run. Comes out: a lease to be kept and checked while the run lives, or
//! an error that names the holder. An expired lease is reported, never taken over: its run may have left work in AWS.
//!
//! The lease runs on this machine's clock and not on tokio's: a paused clock would renew it in a tight loop, and a
//! suspended process must find it expired when it wakes.

use super::error::Error;
use super::store::{Store, sync_folder, temporary_beside, write_synced, write_whole};
use crate::names::{ClusterId, RunId};
use crate::plan::Target;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// How long a lease runs without being renewed, in seconds.
pub const TERM_SECONDS: u32 = 60;

/// Who runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name.
    pub user: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub process: u32,
}

impl Holder {
    /// This process on this machine.
    pub fn of_this_process() -> Self {
        let user = ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|variable| std::env::var(variable).ok())
            .unwrap_or_else(|| "an unknown user".to_owned());
        let host = hostname::get()
            .ok()
            .and_then(|name| name.into_string().ok())
            .unwrap_or_else(|| "an unknown host".to_owned());
        Self {
            user,
            host,
            process: std::process::id(),
        }
    }
}

/// What a lock file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The cluster that is held.
    pub cluster: ClusterId,
    /// Who holds it.
    pub holder: Holder,
    /// For which run.
    pub run: RunId,
    /// The journal of that run.
    pub journal: String,
    /// Since when, by the holder's clock.
    pub acquired: Timestamp,
    /// Until when, unless it is renewed.
    pub expires: Timestamp,
    /// Tells this claim from every other, even from one of the same process.
    pub token: String,
}

/// A lease that this process holds.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    claim: Claim,
    term_seconds: u32,
}

impl Lease {
    /// Takes the cluster of `target` for a run, or says who holds it.
    pub fn acquire(
        store: &Store,
        target: &Target,
        holder: &Holder,
        run: &RunId,
    ) -> Result<Self, Error> {
        Self::acquire_for(store, target, holder, run, TERM_SECONDS)
    }

    /// Like `acquire`, with a term of its own.
    pub fn acquire_for(
        store: &Store,
        target: &Target,
        holder: &Holder,
        run: &RunId,
        term_seconds: u32,
    ) -> Result<Self, Error> {
        let folder = store.locks();
        fs::create_dir_all(&folder).map_err(|source| Error::Disk {
            operation: "create",
            path: folder.clone(),
            source,
        })?;
        let path = lock_path(store, target);
        let now = Timestamp::now();
        let claim = Claim {
            cluster: target.cluster.clone(),
            holder: holder.clone(),
            run: run.clone(),
            journal: store.run(run).journal_path().display().to_string(),
            acquired: now,
            expires: after(now, term_seconds),
            token: format!("{:016x}", fastrand::u64(..)),
        };
        let mut bytes = serde_json::to_vec_pretty(&claim).map_err(|source| Error::Encode {
            path: path.clone(),
            source,
        })?;
        bytes.push(b'\n');
        let disk = |source| Error::Disk {
            operation: "write",
            path: path.clone(),
            source,
        };
        // A hard link appears with its whole content or not at all, and fails if the name is taken.
        let temporary = temporary_beside(&path);
        let linked = write_synced(&temporary, &bytes)
            .map_err(disk)
            .map(|()| fs::hard_link(&temporary, &path));
        let _ = fs::remove_file(&temporary);
        match linked? {
            Ok(()) => {
                sync_folder(&folder)?;
                Ok(Self {
                    path,
                    claim,
                    term_seconds,
                })
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let other = read_claim(&path)?;
                Err(held_by(other, path, holder))
            }
            Err(source) => Err(disk(source)),
        }
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What this process wrote into it.
    pub fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Renews the lease once a third of its term is gone. To be called often; it is cheap.
    pub fn keep(&mut self) -> Result<(), Error> {
        let renewal_due = self
            .claim
            .expires
            .checked_sub(SignedDuration::from_secs(
                i64::from(self.term_seconds).saturating_mul(2) / 3,
            ))
            .unwrap_or(self.claim.expires);
        if Timestamp::now() < renewal_due {
            return Ok(());
        }
        self.check()?;
        let mut claim = self.claim.clone();
        claim.expires = after(Timestamp::now(), self.term_seconds);
        write_whole(&self.path, &claim)?;
        self.claim = claim;
        Ok(())
    }

    /// Makes the lease look as if it had been renewed this many seconds earlier.
    #[cfg(test)]
    pub(super) fn age(&mut self, seconds: i64) {
        self.claim.expires = self
            .claim
            .expires
            .checked_sub(SignedDuration::from_secs(seconds))
            .unwrap_or(self.claim.expires);
    }

    /// Whether the lease is still ours and not over, as the file says now. To be asked before each mutating call.
    pub fn check(&self) -> Result<(), Error> {
        let lost = |reason: String| Error::LeaseLost {
            path: self.path.clone(),
            reason,
        };
        let found = match read_claim(&self.path) {
            Ok(found) => found,
            Err(Error::Disk { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Err(lost("the lock file is gone".to_owned()));
            }
            Err(error) => return Err(error),
        };
        if found.token != self.claim.token {
            return Err(lost(format!(
                "run {} of {} on {} holds it now",
                found.run, found.holder.user, found.holder.host
            )));
        }
        let now = Timestamp::now();
        if found.expires <= now {
            return Err(lost(format!(
                "it expired at {} while this process could not renew it",
                found.expires
            )));
        }
        Ok(())
    }

    /// Gives the cluster back. A lock file that is no longer ours is left alone.
    pub fn release(self) -> Result<(), Error> {
        match read_claim(&self.path) {
            Ok(found) if found.token == self.claim.token => {}
            Ok(_) => return Ok(()),
            Err(Error::Disk { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        fs::remove_file(&self.path).map_err(|source| Error::Disk {
            operation: "delete",
            path: self.path.clone(),
            source,
        })
    }
}

/// Whether the cluster of `target` is free, without taking it: to tell who holds it before a person is asked.
///
/// # Errors
/// Who holds it, in the words of `Lease::acquire`.
pub fn is_free(store: &Store, target: &Target, holder: &Holder) -> Result<(), Error> {
    let path = lock_path(store, target);
    match read_claim(&path) {
        Ok(other) => Err(held_by(other, path, holder)),
        Err(Error::Disk { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn lock_path(store: &Store, target: &Target) -> PathBuf {
    store.locks().join(format!(
        "{}-{}-{}.json",
        target.account, target.region, target.cluster
    ))
}

fn held_by(other: Claim, path: PathBuf, holder: &Holder) -> Error {
    Error::Held {
        expired: other.expires <= Timestamp::now(),
        process_is_gone: process_is_gone(&other.holder, &holder.host),
        claim: Box::new(other),
        path,
    }
}

fn read_claim(path: &Path) -> Result<Claim, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Disk {
        operation: "read",
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| Error::DamagedFile {
        path: path.to_owned(),
        source,
    })
}

fn after(instant: Timestamp, seconds: u32) -> Timestamp {
    instant
        .checked_add(SignedDuration::from_secs(i64::from(seconds)))
        .unwrap_or(Timestamp::MAX)
}

/// Whether a process of this machine is gone; `None` where that cannot be told: another machine, or no `/proc`.
fn process_is_gone(holder: &Holder, this_host: &str) -> Option<bool> {
    let processes = Path::new("/proc");
    if holder.host != this_host || !processes.join("self").exists() {
        return None;
    }
    Some(!processes.join(holder.process.to_string()).exists())
}
