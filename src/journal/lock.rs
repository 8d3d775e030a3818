//! One run at a time per cluster: a lease in a lock file that names its holder and its expiry.
//!
//! Goes in: who wants which cluster for which run. Comes out: a lease to be kept and checked while the run lives, or
//! an error that names the holder. An expired lease is taken over by its own run only, when that is resumed: it may have
//! left work in AWS, and nobody else knows which.
//!
//! The lease runs on this machine's clock and not on tokio's: a paused clock would renew it in a tight loop, and a
//! suspended process must find it expired when it wakes.

use super::error::Error;
use super::holder::{Holder, process_is_gone};
use super::store::{Store, sync_folder, temporary_beside, write_synced, write_whole};
use crate::names::{ClusterId, RunId};
use crate::plan::{Backend, Target};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// How long a lease runs without being renewed, in seconds.
pub const TERM_SECONDS: u32 = 60;

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

/// How the lease of a continued run was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nobody held it.
    Free,
    /// Its holder was a process of this machine that no longer exists.
    FromGone(Holder),
    /// It had expired, at this time by its holder's clock.
    FromExpired(Holder, Timestamp),
}

impl Taken {
    /// What the reader should know of it.
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Free => None,
            Self::FromGone(holder) => Some(format!(
                "the lease is taken over: process {} of {} no longer exists on this machine",
                holder.process, holder.user
            )),
            Self::FromExpired(holder, expires) => Some(format!(
                "the lease of {} on {} (process {}) is taken over: it expired at {expires}",
                holder.user, holder.host, holder.process
            )),
        }
    }
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

    /// Takes the lease for a run that is continued. Its own earlier lease is taken over once that is expired, or when its
    /// holder was a process of this machine that no longer exists; another run's never is. Says how it was taken.
    ///
    /// # Errors
    /// Who holds it.
    pub fn take_over(
        store: &Store,
        target: &Target,
        holder: &Holder,
        run: &RunId,
    ) -> Result<(Self, Taken), Error> {
        let path = lock_path(store, target);
        let old = match read_claim(&path) {
            Ok(old) => old,
            Err(error) if is_not_found(&error) => {
                return Ok((Self::acquire(store, target, holder, run)?, Taken::Free));
            }
            Err(error) => return Err(error),
        };
        let gone = process_is_gone(&old.holder, holder) == Some(true);
        let expired = old.expires <= Timestamp::now();
        if old.run != *run || !(gone || expired) {
            return Err(held_by(old, path, holder));
        }
        set_aside(&path, &old, holder)?;
        let lease = Self::acquire(store, target, holder, run)?;
        let taken = if gone {
            Taken::FromGone(old.holder)
        } else {
            Taken::FromExpired(old.holder, old.expires)
        };
        Ok((lease, taken))
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

/// The lock file of a cluster. What answers at an endpoint is not AWS, though it may name the same account: each back end
/// has locks of its own. A simulated world has a folder of its own already.
fn lock_path(store: &Store, target: &Target) -> PathBuf {
    let Target {
        backend,
        account,
        region,
        cluster,
        resource_id: _,
    } = target;
    // No part of the name can hold an `@`.
    let mark = match backend {
        Backend::Aws {
            endpoint: Some(endpoint),
        } => format!("@{}", mark(endpoint)),
        Backend::Aws { endpoint: None } | Backend::Simulated { .. } => String::new(),
    };
    store
        .locks()
        .join(format!("{account}-{region}-{cluster}{mark}.json"))
}

/// A short, stable mark of an endpoint: the beginning of its SHA-256. A slash at its end leads to the same place.
fn mark(endpoint: &str) -> String {
    let hash = Sha256::digest(endpoint.trim_end_matches('/').as_bytes());
    hash.iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn held_by(other: Claim, path: PathBuf, holder: &Holder) -> Error {
    Error::Held {
        expired: other.expires <= Timestamp::now(),
        process_is_gone: process_is_gone(&other.holder, holder),
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

/// The claim on the cluster of `target`, if there is one.
///
/// # Errors
/// A lock file that cannot be read.
pub fn claim(store: &Store, target: &Target) -> Result<Option<Claim>, Error> {
    match read_claim(&lock_path(store, target)) {
        Ok(claim) => Ok(Some(claim)),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the lease of a run by force, and returns what it said. A process that still holds it finds out before it sends
/// anything.
///
/// # Errors
/// A lock file that cannot be read or removed, or that was replaced meanwhile.
pub fn remove(store: &Store, old: &Claim, target: &Target, holder: &Holder) -> Result<(), Error> {
    set_aside(&lock_path(store, target), old, holder)
}

/// Whether the claim's process may be taken for dead: it is gone from this machine, or its lease is over.
pub fn is_abandoned(claim: &Claim, holder: &Holder) -> bool {
    claim.expires <= Timestamp::now() || process_is_gone(&claim.holder, holder) == Some(true)
}

/// Takes a lock file away if it still is the one that was judged. Of two who try, one gets it; the other may get the new
/// lock of the first, and puts it back.
fn set_aside(path: &Path, judged: &Claim, holder: &Holder) -> Result<(), Error> {
    let disk = |operation| {
        move |source| Error::Disk {
            operation,
            path: path.to_owned(),
            source,
        }
    };
    let aside = temporary_beside(path);
    fs::rename(path, &aside).map_err(disk("take over"))?;
    let found = read_claim(&aside)?;
    if found.token == judged.token {
        return fs::remove_file(&aside).map_err(disk("delete"));
    }
    // Its holder checks the file before each request; without it, it would only pause.
    let returned = fs::hard_link(&aside, path);
    let _ = fs::remove_file(&aside);
    match returned {
        Ok(()) => Err(held_by(found, path.to_owned(), holder)),
        Err(source) => Err(disk("put back")(source)),
    }
}

fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::Disk { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}
