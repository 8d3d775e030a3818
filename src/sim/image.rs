//! A world at one instant, from which any number of worlds begin, on any thread. A fork goes on from where a running clock
//! stands; an image stands still, so that every world of it begins at the very same instant.
//!
//! In: a running world. Out: an image, and worlds that begin at its instant. One seed gives one world: a reseeded one draws
//! other durations within the same spreads.

use std::sync::Arc;

use jiff::Timestamp;

use super::faults::Declaration;
use super::respond::known_action;
use super::world::World;
use super::{Options, ScenarioError, Simulator};

/// A world at one instant; cheap to clone.
#[derive(Debug, Clone)]
pub struct Image {
    world: Arc<World>,
}

impl Image {
    /// The instant at which worlds of this image begin.
    pub fn clock(&self) -> Timestamp {
        self.world.clock
    }
}

impl Simulator {
    /// The whole world at this instant, including what is in flight.
    pub fn image(&self) -> Image {
        let mut state = self.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let mut world = state.world.clone();
        world.clock = now;
        world.clock_frozen = state.clock.frozen();
        Image {
            world: Arc::new(world),
        }
    }

    /// A world that goes on from an image. `seed` replaces the world's own, where it is given.
    ///
    /// # Errors
    ///
    /// When the speed is not above 0.
    pub fn from_image(
        image: &Image,
        seed: Option<u64>,
        options: Options,
    ) -> Result<Self, ScenarioError> {
        let mut world = World::clone(&image.world);
        if let Some(seed) = seed {
            world.rules.seed = seed;
        }
        Self::start(world, options)
    }

    /// Declares a fault, in the JSON of the admin interface; returns its id.
    ///
    /// # Errors
    ///
    /// What is wrong with the declaration.
    pub fn declare_fault(&self, declaration: &str) -> Result<u64, ScenarioError> {
        let declaration: Declaration = serde_json::from_str(declaration)
            .map_err(|error| ScenarioError::new(format!("not a fault: {error}")))?;
        if let Some(problem) = declaration.problem(known_action) {
            return Err(ScenarioError::new(problem));
        }
        let mut state = self.state();
        let now = state.clock.now();
        let id = state.world.faults.add(declaration, now);
        self.keep(&mut state);
        Ok(id)
    }

    /// Removes every declared fault. Requests that one of them holds go on.
    pub fn remove_faults(&self) {
        let mut state = self.state();
        state.world.faults.remove(None);
        self.keep(&mut state);
        drop(state);
        self.release();
    }
}
