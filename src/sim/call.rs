//! One request to one place, as the operations see it, and the table entry of an operation.

use jiff::Timestamp;

use super::error::Error;
use super::faults::{Aim, Faults, Kind, Strike};
use super::machine::Moment;
use super::place::Place;
use super::query::Parameters;
use super::schedule::{Object, Step};
use super::timings::Spread;
use super::world::Rules;
use super::xml::Element;

/// What a request acts on.
pub(crate) struct Call<'a> {
    pub(crate) place: &'a mut Place,
    pub(crate) rules: &'a Rules,
    pub(crate) faults: &'a mut Faults,
    pub(crate) now: Timestamp,
    pub(crate) parameters: &'a Parameters,
    /// What the request did, for the log.
    pub(crate) effects: Vec<String>,
    /// The faults that struck at what the request does, for the log.
    pub(crate) struck: Vec<(u64, Kind)>,
}

/// An operation of the API.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Whether it can change anything.
    pub(crate) mutating: bool,
    /// Whether its answer has a result element; some have none at all.
    pub(crate) has_result: bool,
    /// The parameters that are simulated; others are refused rather than ignored.
    pub(crate) accepts: &'static [&'static str],
    pub(crate) run: fn(&mut Call<'_>) -> Result<Vec<Element>, Error>,
}

impl Operation {
    pub(crate) const fn read(
        name: &'static str,
        accepts: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Result<Vec<Element>, Error>,
    ) -> Self {
        Self {
            name,
            mutating: false,
            has_result: true,
            accepts,
            run,
        }
    }

    pub(crate) const fn change(
        name: &'static str,
        accepts: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Result<Vec<Element>, Error>,
    ) -> Self {
        Self {
            name,
            mutating: true,
            has_result: true,
            accepts,
            run,
        }
    }

    /// A change whose answer has no result element.
    pub(crate) const fn silent(
        name: &'static str,
        accepts: &'static [&'static str],
        run: fn(&mut Call<'_>) -> Result<Vec<Element>, Error>,
    ) -> Self {
        Self {
            name,
            mutating: true,
            has_result: false,
            accepts,
            run,
        }
    }

    /// Refuses a parameter that this operation does not have, or that is not simulated.
    pub(crate) fn check(&self, parameters: &Parameters) -> Result<(), Error> {
        let ignored =
            |name: &str| matches!(name, "Action" | "Version") || name.starts_with("X-Amz-");
        match parameters
            .names()
            .into_iter()
            .find(|name| !ignored(name) && !self.accepts.contains(name))
        {
            None => Ok(()),
            Some(name) => Err(Error::invalid_value(format!(
                "The parameter {name} is not simulated for {}.",
                self.name
            ))),
        }
    }
}

impl Call<'_> {
    /// Lets a step happen after a drawn time; returns the seconds.
    pub(crate) fn later(
        &mut self,
        purpose: &str,
        spread: Spread,
        object: Object,
        step: Step,
    ) -> f64 {
        self.place
            .later_by_chance(self.rules, self.now, purpose, spread, object, step)
    }

    /// This instant, as the steps see it.
    pub(crate) fn moment(&mut self) -> Moment<'_> {
        Moment {
            place: self.place,
            rules: self.rules,
            faults: self.faults,
            at: self.now,
        }
    }

    /// The fault of this kind that strikes at what the request is about to do.
    pub(crate) fn strike(&mut self, kind: Kind, aim: Aim<'_>) -> Option<Strike> {
        let strike = self.moment().strike(kind, aim)?;
        self.struck.push((strike.id, kind));
        Some(strike)
    }

    /// Notes what the request did.
    pub(crate) fn effect(&mut self, effect: impl Into<String>) {
        self.effects.push(effect.into());
    }
}
