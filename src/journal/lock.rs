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
use super::place::{Document, Place, Version};
use super::store::{Store, whole};
use crate::names::{ClusterId, RunId};
use crate::plan::{Backend, Target};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How long a lease runs without being renewed, in seconds.
pub const TERM_SECONDS: u32 = 60;

/// How often a lock file that changes between a look and a change is looked at again. A lease is renewed every twenty
/// seconds, so once is rare.
const ATTEMPTS_MAX: usize = 3;

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
    /// The gate at which the run waits for a person, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_at: Option<WaitsAt>,
}

/// A run that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitsAt {
    /// The gate's name.
    pub gate: String,
    /// What the person is asked.
    pub message: String,
    /// Since when, by the holder's clock.
    pub since: Timestamp,
    /// Whether the process has ended. The claim stays for the run, without an end of its own.
    pub is_left: bool,
}

impl Claim {
    /// Whether its process ended at a gate and left the cluster to `resume`.
    pub fn is_left(&self) -> bool {
        self.waits_at.as_ref().is_some_and(|waits| waits.is_left)
    }
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
    /// Its process ended at a gate and left it to whoever goes on with the run.
    FromGate,
}

impl Taken {
    /// What the reader should know of it.
    pub fn in_words(&self) -> Option<String> {
        match self {
            Self::Free | Self::FromGate => None,
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
    place: Place,
    key: String,
    claim: Claim,
    /// What the lock file held when we wrote it last.
    version: Version,
    term_seconds: u32,
}

/// A claim as read.
struct Found {
    claim: Claim,
    document: Document,
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
        let (place, key) = (store.place(), lock_key(target));
        let Some(old) = read_claim(place, &key)? else {
            return Ok((Self::acquire(store, target, holder, run)?, Taken::Free));
        };
        let gone = process_is_gone(&old.claim.holder, holder) == Some(true);
        let expired = old.claim.expires <= Timestamp::now();
        let left = old.claim.is_left();
        if old.claim.run != *run || !(gone || expired || left) {
            return Err(held_by(store, old.claim, holder));
        }
        if !place.remove(&key, &old.document)?
            && let Some(other) = read_claim(place, &key)?
        {
            return Err(held_by(store, other.claim, holder));
        }
        let lease = Self::acquire(store, target, holder, run)?;
        let taken = if left {
            Taken::FromGate
        } else if gone {
            Taken::FromGone(old.claim.holder)
        } else {
            Taken::FromExpired(old.claim.holder, old.claim.expires)
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
        let (place, key) = (store.place().clone(), lock_key(target));
        let now = Timestamp::now();
        let claim = Claim {
            cluster: target.cluster.clone(),
            holder: holder.clone(),
            run: run.clone(),
            journal: store.run(run).journal_name(),
            acquired: now,
            expires: after(now, term_seconds),
            token: format!("{:016x}", fastrand::u64(..)),
            waits_at: None,
        };
        let bytes = whole(&place.name(&key), &claim)?;
        for _ in 0..ATTEMPTS_MAX {
            if let Some(version) = place.create(&key, &bytes)? {
                let refused = match place.keeps_its_word(&key, &bytes) {
                    Ok(true) => None,
                    Ok(false) => Some(Error::Careless {
                        lock: place.name(&key),
                    }),
                    Err(error) => Some(error),
                };
                if let Some(refused) = refused {
                    // Nothing runs under it. Where it cannot be removed either, why it was not taken matters more.
                    let _ = place.remove(&key, &Document { bytes, version });
                    return Err(refused);
                }
                return Ok(Self {
                    place,
                    key,
                    claim,
                    version,
                    term_seconds,
                });
            }
            // Where it was given back in between, it is free now.
            if let Some(other) = read_claim(&place, &key)? {
                return Err(held_by(store, other.claim, holder));
            }
        }
        Err(Error::Restless {
            lock: place.name(&key),
        })
    }

    /// What a person calls the lock file.
    pub fn name(&self) -> String {
        self.place.name(&self.key)
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
        self.rewrite(self.claim.waits_at.clone())
    }

    /// Says in the lock file that the run waits at a gate, or that it no longer does; renews the lease.
    ///
    /// # Errors
    /// A lease that is no longer ours, or a store that does not take it.
    pub fn wait_at(&mut self, gate: Option<(&str, &str)>) -> Result<(), Error> {
        self.check()?;
        self.rewrite(gate.map(|(gate, message)| WaitsAt {
            gate: gate.to_owned(),
            message: message.to_owned(),
            since: Timestamp::now(),
            is_left: false,
        }))
    }

    /// Leaves the cluster to whoever goes on with this run: the claim stays, and no other run gets it. Only at a gate.
    ///
    /// # Errors
    /// A lease that is no longer ours, or a store that does not take it.
    pub fn leave(mut self) -> Result<(), Error> {
        self.check()?;
        let waits_at = self.claim.waits_at.clone();
        self.rewrite(waits_at.map(|waits| WaitsAt {
            is_left: true,
            ..waits
        }))
    }

    fn rewrite(&mut self, waits_at: Option<WaitsAt>) -> Result<(), Error> {
        let mut claim = self.claim.clone();
        claim.waits_at = waits_at;
        claim.expires = after(Timestamp::now(), self.term_seconds);
        let bytes = whole(&self.name(), &claim)?;
        match self.place.replace(&self.key, &self.version, &bytes)? {
            Some(version) => {
                self.version = version;
                self.claim = claim;
                Ok(())
            }
            None => Err(self.lost("it changed while it was renewed".to_owned())),
        }
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
        let Some(Found { claim: found, .. }) = read_claim(&self.place, &self.key)? else {
            return Err(self.lost("the lock file is gone".to_owned()));
        };
        if found.token != self.claim.token {
            return Err(self.lost(format!(
                "run {} of {} on {} holds it now",
                found.run, found.holder.user, found.holder.host
            )));
        }
        let now = Timestamp::now();
        if found.expires <= now {
            return Err(self.lost(format!(
                "it expired at {} while this process could not renew it",
                found.expires
            )));
        }
        Ok(())
    }

    /// Whether the lease still runs by this machine's clock. It reads nothing, so that it can stand right before a request:
    /// a process that was suspended since it checked finds out here.
    pub fn still_runs(&self) -> Result<(), Error> {
        if self.claim.expires <= Timestamp::now() {
            return Err(self.lost(format!(
                "it expired at {} before the request was sent",
                self.claim.expires
            )));
        }
        Ok(())
    }

    fn lost(&self, reason: String) -> Error {
        Error::LeaseLost {
            lock: self.name(),
            reason,
        }
    }

    /// Gives the cluster back. A lock file that is no longer ours is left alone.
    pub fn release(self) -> Result<(), Error> {
        match read_claim(&self.place, &self.key)? {
            Some(found) if found.claim.token == self.claim.token => {
                // Should it have changed since, it is no longer ours.
                self.place.remove(&self.key, &found.document).map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

/// Whether the cluster of `target` is free, without taking it: to tell who holds it before a person is asked.
///
/// # Errors
/// Who holds it, in the words of `Lease::acquire`.
pub fn is_free(store: &Store, target: &Target, holder: &Holder) -> Result<(), Error> {
    match read_claim(store.place(), &lock_key(target))? {
        Some(other) => Err(held_by(store, other.claim, holder)),
        None => Ok(()),
    }
}

/// The lock file of a cluster. What answers at an endpoint is not AWS, though it may name the same account: each back end
/// has locks of its own. A simulated world has a folder of its own already.
fn lock_key(target: &Target) -> String {
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
    format!("locks/{account}-{region}-{cluster}{mark}.json")
}

/// A short, stable mark of an endpoint: the beginning of its SHA-256. A slash at its end leads to the same place.
fn mark(endpoint: &str) -> String {
    let hash = Sha256::digest(endpoint.trim_end_matches('/').as_bytes());
    hash.iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn held_by(store: &Store, other: Claim, holder: &Holder) -> Error {
    Error::Held {
        expired: other.expires <= Timestamp::now(),
        process_is_gone: process_is_gone(&other.holder, holder),
        typed: store.typed().to_owned(),
        claim: Box::new(other),
    }
}

fn read_claim(place: &Place, key: &str) -> Result<Option<Found>, Error> {
    let Some(document) = place.read(key)? else {
        return Ok(None);
    };
    match serde_json::from_slice(&document.bytes) {
        Ok(claim) => Ok(Some(Found { claim, document })),
        Err(source) => Err(Error::DamagedFile {
            name: place.name(key),
            source,
        }),
    }
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
    Ok(read_claim(store.place(), &lock_key(target))?.map(|found| found.claim))
}

/// Removes the lease of a run by force. A process that still holds it finds out before it sends anything.
///
/// # Errors
/// A lock file that cannot be read or removed, or that somebody else's took the place of meanwhile.
pub fn remove(store: &Store, old: &Claim, target: &Target, holder: &Holder) -> Result<(), Error> {
    let (place, key) = (store.place(), lock_key(target));
    // Its holder may renew it between the look and the removal; that changes nothing of what was decided.
    for _ in 0..ATTEMPTS_MAX {
        match read_claim(place, &key)? {
            None => return Ok(()),
            Some(found) if found.claim.token != old.token => {
                return Err(held_by(store, found.claim, holder));
            }
            Some(found) => {
                if place.remove(&key, &found.document)? {
                    return Ok(());
                }
            }
        }
    }
    Err(Error::Restless {
        lock: place.name(&key),
    })
}

/// Whether the claim's process may be taken for dead: it is gone from this machine, or its lease is over.
pub fn is_abandoned(claim: &Claim, holder: &Holder) -> bool {
    claim.is_left()
        || claim.expires <= Timestamp::now()
        || process_is_gone(&claim.holder, holder) == Some(true)
}
