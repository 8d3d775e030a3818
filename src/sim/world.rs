//! The whole simulated world as plain data. In: a world file or a saved world. Out: the objects, and what is in flight.
//!
//! A world has accounts, and for each account and region a place of its own. Each place has its own schedule, so a
//! request only ever advances the place it is addressed to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::faults::Faults;
use super::log::Log;
use super::machine;
use super::place::Place;
use super::policies::Policies;
use super::postgres::listen::Doors;
use super::replay::Recordings;
use super::timings::Timings;

/// What holds for all places.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rules {
    pub(crate) seed: u64,
    pub(crate) timings: Timings,
    pub(crate) policies: Policies,
    /// How long things took where they were recorded.
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub(crate) recordings: Recordings,
    /// Where SQL is served over TCP, if it is.
    #[serde(skip)]
    pub(crate) doors: Option<Doors>,
}

/// An AWS account and what leads a caller to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) region: String,
    pub(crate) profiles: Vec<String>,
    pub(crate) access_keys: Vec<String>,
}

/// Everything there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct World {
    /// The time this world was saved at, or begins at.
    pub(crate) clock: Timestamp,
    pub(crate) clock_frozen: bool,
    pub(crate) rules: Rules,
    /// Never empty; an unknown caller is the first.
    pub(crate) accounts: Vec<Account>,
    /// By `ACCOUNT/REGION`.
    pub(crate) places: BTreeMap<String, Place>,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
}

impl World {
    /// The account of an access key; the first one when nobody has that key.
    pub(crate) fn account_of_key(&self, access_key: Option<&str>) -> Option<&Account> {
        let by_key = |account: &&Account| {
            access_key.is_some_and(|key| account.access_keys.iter().any(|known| known == key))
        };
        self.accounts
            .iter()
            .find(by_key)
            .or_else(|| self.accounts.first())
    }

    /// The account of a profile; the first one when nobody has that profile.
    pub(crate) fn account_of_profile(&self, profile: Option<&str>) -> Option<&Account> {
        let by_profile = |account: &&Account| {
            profile.is_some_and(|profile| account.profiles.iter().any(|known| known == profile))
        };
        self.accounts
            .iter()
            .find(by_profile)
            .or_else(|| self.accounts.first())
    }

    /// The place of an account and region, made when it is first used.
    pub(crate) fn place(&mut self, account: &str, region: &str) -> (&mut Place, &Rules) {
        let place = self
            .places
            .entry(format!("{account}/{region}"))
            .or_insert_with(|| Place::new(account, region));
        (place, &self.rules)
    }

    /// The same, with the faults that may strike there.
    pub(crate) fn place_and_faults(
        &mut self,
        account: &str,
        region: &str,
    ) -> (&mut Place, &Rules, &mut Faults) {
        let place = self
            .places
            .entry(format!("{account}/{region}"))
            .or_insert_with(|| Place::new(account, region));
        (place, &self.rules, &mut self.faults)
    }

    /// Takes every step of every place that is due; true when there was one.
    pub(crate) fn advance_all(&mut self, now: Timestamp) -> bool {
        let mut changed = false;
        for place in self.places.values_mut() {
            changed |= machine::advance(place, &self.rules, &mut self.faults, now);
        }
        self.log_operators();
        changed
    }

    /// Keeps what was as far back as the declared faults look.
    pub(crate) fn look_back(&mut self, now: Timestamp) {
        for place in self.places.values_mut() {
            let horizon_seconds = self.faults.horizon_seconds(&place.account, now);
            place.look_back(horizon_seconds, now);
        }
    }

    /// Logs what operators have sent.
    pub(crate) fn log_operators(&mut self) {
        for mut request in std::mem::take(&mut self.faults.requests) {
            request.number = self.log.next_number();
            self.log.add(request);
        }
    }
}
