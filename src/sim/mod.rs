//! The Aurora simulator: answers the AWS wire for clusters that exist only in memory. Imports nothing else of this crate.
//!
//! In: a world file or a saved world, and requests of any AWS client, in process ([`connector`]) or over HTTP ([`server`]).
//! Out: answers in AWS's shapes, a request log, and the whole world as text at any instant.
//!
//! ```text
//! connector ─┐                                      ┌─> clusters, instances, groups, snapshots, events, tags …
//!            ├─> respond ─> query ─> call ─> table ──┤        (each: data, operations, what happens when)
//! server ────┘      │                               └─> schedule ─> machine (takes what is due)
//! admin             └─> life, faults, log, xml
//! postgres (SQL of members and endpoints) looks at the same world
//! ```

mod account;
mod admin;
mod blue_green;
mod call;
pub mod classes;
mod clock;
mod clusters;
pub mod connector;
mod elsewhere;
mod endpoints;
pub mod engine_versions;
mod error;
mod events;
pub mod faults;
mod filing;
mod groups;
mod identifiers;
mod identity;
mod image;
mod insights;
mod instances;
pub mod life;
pub mod log;
mod machine;
mod maintenance;
mod offerings;
mod page;
pub mod parameters;
mod past;
mod place;
mod policies;
pub mod postgres;
mod query;
mod random;
mod replay;
mod respond;
mod scenario;
mod schedule;
pub mod server;
mod snapshot_copies;
mod snapshot_sharing;
mod snapshots;
mod subnets;
mod tags;
mod target;
#[cfg(test)]
mod tests;
pub mod timeline;
mod timings;
mod windows;
mod witness;
mod world;
mod xml;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use clock::Clock;
use world::World;

pub use image::Image;
pub use scenario::ScenarioError;
pub use witness::Happened;

/// The world that is simulated unless another is named: the four partitions of one product, just before a rollout.
pub fn built_in_world() -> &'static str {
    include_str!("../../examples/worlds/four-partitions.toml")
}

/// How a world is run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Simulated seconds per real second; 1 under tokio's paused clock.
    pub speed: f64,
}

/// What leads the simulator to an account; signatures are not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Sent in the credential scope of each request.
    pub access_key_id: String,
    /// Any value would do.
    pub secret_access_key: String,
    /// The account that these credentials belong to.
    pub account: String,
    /// The account's region.
    pub region: String,
}

/// Called with the saved world after each change.
type Saver = Box<dyn Fn(&str) + Send + Sync>;

/// A running world; cheap to clone, all clones are the same world.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    saver: Mutex<Option<Saver>>,
    released: Notify,
    /// The world or its clock has changed.
    moved: Notify,
    hub: Mutex<postgres::Hub>,
}

/// The world and the clock that drives it.
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) clock: Clock,
}

/// The text form of a saved world.
#[derive(Serialize, Deserialize)]
struct Saved<W> {
    format: String,
    world: W,
}

const FORMAT: &str = "auroractl simulated world, version 1";

impl fmt::Debug for Simulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Simulator").finish_non_exhaustive()
    }
}

impl Simulator {
    /// A world from the text of a world file (TOML); `name` stands in error messages.
    ///
    /// # Errors
    ///
    /// When the file breaks its format, names things that do not exist, or the speed is not above 0.
    pub fn from_scenario(name: &str, text: &str, options: Options) -> Result<Self, ScenarioError> {
        Self::start(scenario::read(name, text)?, options)
    }

    /// A world as [`Simulator::save`] wrote it, continued at the instant at which it was saved.
    ///
    /// # Errors
    ///
    /// When the text is not a saved world of this version, or the speed is not above 0.
    pub fn from_saved(text: &str, options: Options) -> Result<Self, ScenarioError> {
        let saved: Saved<World> = serde_json::from_str(text)
            .map_err(|error| ScenarioError::new(format!("not a saved world: {error}")))?;
        if saved.format != FORMAT {
            return Err(ScenarioError::new(format!(
                "not a saved world of this version: {:?}",
                saved.format
            )));
        }
        if saved.world.accounts.is_empty() {
            return Err(ScenarioError::new("not a saved world: it has no account"));
        }
        Self::start(saved.world, options)
    }

    fn start(mut world: World, options: Options) -> Result<Self, ScenarioError> {
        if !valid_speed(options.speed) {
            return Err(ScenarioError::new(format!(
                "the speed must be above 0, not {}",
                options.speed
            )));
        }
        let begins = world.clock;
        world.look_back(begins);
        let clock = Clock::new(begins, world.clock_frozen, options.speed);
        Ok(Self::running(world, clock))
    }

    fn running(world: World, clock: Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State { world, clock }),
                saver: Mutex::new(None),
                released: Notify::new(),
                moved: Notify::new(),
                hub: Mutex::new(postgres::Hub::default()),
            }),
        }
    }

    /// The whole world at this instant, including what is in flight and the clock.
    pub fn save(&self) -> String {
        let mut state = self.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        state.text()
    }

    /// Lets `saver` have the saved world after every request that changed it, before the answer leaves.
    pub fn on_change(&self, saver: Box<dyn Fn(&str) + Send + Sync>) {
        *self
            .shared
            .saver
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(saver);
    }

    /// An HTTP client for the AWS SDK that leads here.
    pub fn connector(&self) -> connector::Connector {
        connector::Connector::new(self.clone(), None)
    }

    /// The same for a client whose requests are counted, and whose life can be cut short at one of them.
    pub fn client(&self, cut: Option<life::Cut>) -> (connector::Connector, life::Life) {
        let life = life::Life::new(cut);
        let connector = connector::Connector::new(self.clone(), Some(life.clone()));
        (connector, life)
    }

    /// The same world at this instant, on a clock of its own, with nothing shared from here on: what happens in one of
    /// them does not happen in the other. With a seed, everything that is drawn from now on is drawn from that seed.
    pub fn fork(&self, seed: Option<u64>) -> Self {
        let mut state = self.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let mut world = state.world.clone();
        world.rules.seed = seed.unwrap_or(world.rules.seed);
        let clock = Clock::new(now, state.clock.frozen(), state.clock.speed());
        Self::running(world, clock)
    }

    /// Credentials of the account that has this profile; of the first account when none has.
    pub fn credentials_for_profile(&self, profile: Option<&str>) -> Credentials {
        let state = self.state();
        let account = state.world.account_of_profile(profile);
        let (account, region, key) = account
            .map(|account| {
                (
                    account.id.clone(),
                    account.region.clone(),
                    account.access_keys.first().cloned(),
                )
            })
            .unwrap_or_default();
        Credentials {
            access_key_id: key.unwrap_or_default(),
            secret_access_key: "simulated".to_owned(),
            account,
            region,
        }
    }

    /// The request log, the oldest first.
    pub fn requests(&self) -> Vec<log::Request> {
        self.state().world.log.since(0)
    }

    /// Declares a fault and returns its id.
    ///
    /// # Errors
    ///
    /// When the declaration's keys do not fit together, or name what does not exist.
    pub fn declare(&self, declaration: faults::Declaration) -> Result<u64, ScenarioError> {
        if let Some(problem) = declaration.problem(respond::known_action) {
            return Err(ScenarioError::new(problem));
        }
        let mut state = self.state();
        let now = state.clock.now();
        // What was until now is as it was without this fault.
        state.world.advance_all(now);
        let id = state.world.faults.add(declaration, now);
        state.world.look_back(now);
        self.keep(&mut state);
        Ok(id)
    }

    /// The declared faults, with what they have met.
    pub fn faults(&self) -> Vec<faults::Fault> {
        self.state().world.faults.list().to_vec()
    }

    /// How each member was found, and every change of it since, in order of time; what declared faults did stands there too.
    pub fn timeline(&self) -> Vec<timeline::Change> {
        let mut state = self.state();
        let now = state.clock.now();
        state.world.advance_all(now);
        let places = state.world.places.values();
        let mut changes: Vec<timeline::Change> = places
            .flat_map(|place| place.timeline.changes().iter().cloned())
            .collect();
        changes.sort_by_key(|change| change.time);
        changes
    }

    /// The simulated time now.
    pub fn now(&self) -> Timestamp {
        self.state().clock.now()
    }

    /// The world and its clock, for one request at a time.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// What SQL sessions share. Locked after the world where both are.
    pub(crate) fn hub(&self) -> MutexGuard<'_, postgres::Hub> {
        self.shared
            .hub
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when the world or its clock has changed after this call.
    pub(crate) fn moved(&self) -> tokio::sync::futures::Notified<'_> {
        self.shared.moved.notified()
    }

    /// Hands the saved world to whoever keeps it, and wakes those who wait for it to change.
    pub(crate) fn keep(&self, state: &mut State) {
        self.shared.moved.notify_waiters();
        let saver = self
            .shared
            .saver
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(saver) = saver.as_ref() {
            saver(&state.text());
        }
    }

    /// Completes when a fault has been removed, or the clock been changed, after this call.
    pub(crate) fn released(&self) -> tokio::sync::futures::Notified<'_> {
        self.shared.released.notified()
    }

    /// Wakes the requests that wait for one of these.
    pub(crate) fn release(&self) {
        self.shared.released.notify_waiters();
    }
}

impl State {
    fn text(&mut self) -> String {
        self.world.clock = self.clock.now();
        self.world.clock_frozen = self.clock.frozen();
        let saved = Saved {
            format: FORMAT.to_owned(),
            world: &self.world,
        };
        // Plain data with text keys always serialises.
        serde_json::to_string(&saved).unwrap_or_default()
    }
}

/// Simulated seconds per real second: above 0 and finite.
pub(crate) fn valid_speed(speed: f64) -> bool {
    speed.is_finite() && speed > 0.0
}
