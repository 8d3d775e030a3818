//! A session: who is asked in this command, AWS or the simulator in this process, and the connections to them.
//!
//! Goes in: the options for reading. Comes out: clients, one for each profile and region, and the pace of waiting.

use super::simulated::{Home, Keep, Simulated};
use super::stores;
use crate::aws::{Client, Connection, Settings};
use crate::cli::{Reading, Speed};
use crate::desired::store::{Bucket, Location};
use crate::desired::{self, Desired};
use crate::error::Error;
use crate::journal::Store;
use crate::names::{ProfileName, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Who is asked in this command.
#[derive(Debug)]
pub struct Session {
    state_folder: PathBuf,
    /// What a printed command adds to find the runs of this session.
    typed: String,
    /// The bucket that the command line names.
    bucket: Option<Bucket>,
    /// Whether the command line names any place for runs.
    is_named: bool,
    /// The buckets that were opened; one connection each.
    opened: RefCell<BTreeMap<desired::store::Store, Store>>,
    simulated: Option<Simulated>,
    speed: Option<Speed>,
}

/// What decides whether two partitions share a connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door {
    /// The declared profile.
    pub profile: Option<ProfileName>,
    /// The region.
    pub region: Region,
}

impl Door {
    /// The door that a declaration asks for.
    pub fn of(aws: &desired::Aws) -> Self {
        Self {
            profile: aws.profile.clone(),
            region: aws.region.clone(),
        }
    }
}

impl Session {
    /// Opens the back end that the options name. `keep` says whether what happens in a simulated world is kept.
    ///
    /// # Errors
    /// A world that cannot be read, or that another command is changing; a place for runs that is none.
    pub fn open(reading: &Reading, state_folder: PathBuf, keep: Keep) -> Result<Self, Error> {
        let speed = reading.speed(keep != Keep::Nothing);
        let named = reading.place().map(stores::location).transpose()?;
        let is_named = named.is_some();
        let (state_folder, bucket) = match named {
            None => (state_folder, None),
            Some(Location::Folder(folder)) => (folder, None),
            Some(Location::Bucket(bucket)) => (state_folder, Some(bucket)),
        };
        let simulated = match (&reading.simulate, speed) {
            (Some(world), Some(speed)) => Some(Simulated::open(
                match &bucket {
                    None => Home::Folder(state_folder.clone()),
                    Some(bucket) => Home::Bucket(stores::in_bucket(&unsaid(bucket))?),
                },
                world.as_deref(),
                speed,
                reading.fresh_world,
                keep,
            )?),
            _ => None,
        };
        Ok(Self {
            state_folder,
            typed: reading.as_typed(),
            bucket,
            is_named,
            opened: RefCell::default(),
            simulated,
            speed,
        })
    }

    /// The same session, whose printed commands name the folder of declarations too.
    #[must_use]
    pub fn typed_as(self, typed: String) -> Self {
        Self { typed, ..self }
    }

    /// A connection. Nothing is sent yet.
    ///
    /// # Errors
    /// A configuration that cannot be read.
    pub async fn connect(&self, door: &Door) -> Result<Client, Error> {
        let connection = match &self.simulated {
            None => Connection::Network,
            Some(simulated) => {
                let profile = door.profile.as_ref().map(ProfileName::as_str);
                let credentials = simulated.simulator().credentials_for_profile(profile);
                Connection::InProcess {
                    http_client: SharedHttpClient::new(simulated.door()),
                    access_key_id: credentials.access_key_id,
                    secret_access_key: credentials.secret_access_key,
                    world: simulated.name().to_owned(),
                }
            }
        };
        let settings = Settings {
            region: door.region.clone(),
            profile: door.profile.clone(),
            connection,
        };
        Client::connect(&settings).await.map_err(Error::from)
    }

    /// Comes when a simulated world could not be kept, so that nothing that happens in it counts; else never.
    pub async fn lost(&self) -> Error {
        match &self.simulated {
            Some(simulated) => simulated.lost().await,
            None => std::future::pending().await,
        }
    }

    /// The simulated world, if one is asked.
    pub fn simulated(&self) -> Option<&Simulated> {
        self.simulated.as_ref()
    }

    /// Where the runs and leases of a partition are kept: with its simulated world, where the command line says, where it
    /// is declared, beside the declarations.
    ///
    /// # Errors
    /// A bucket that cannot be opened.
    pub fn store(&self, desired: &Desired) -> Result<Store, Error> {
        let declared = desired.store.as_ref();
        let store = match (&self.simulated, &self.bucket, declared) {
            (None, Some(bucket), _) => self.opened(&desired::store::Store {
                bucket: bucket.clone(),
                region: region_unless_set(&desired.aws.region),
                profile: desired.aws.profile.clone(),
            }),
            (None, None, Some(declared)) if !self.is_named => self.opened(declared),
            _ => self.own_store(),
        };
        Ok(store?.typed_as(self.typed.clone()))
    }

    /// Where runs and leases are kept, as far as no declaration decides it.
    ///
    /// # Errors
    /// A bucket that cannot be opened.
    pub fn own_store(&self) -> Result<Store, Error> {
        let store = match (&self.simulated, &self.bucket) {
            (Some(simulated), _) => Ok(simulated.runs().clone()),
            (None, Some(bucket)) => self.opened(&unsaid(bucket)),
            (None, None) => Ok(Store::new(&self.state_folder)),
        };
        Ok(store?.typed_as(self.typed.clone()))
    }

    /// The folder that the command line names for runs, where there is no such folder.
    pub fn missing_folder(&self) -> Option<&Path> {
        let is_missing = self.is_named && self.bucket.is_none() && !self.state_folder.is_dir();
        is_missing.then_some(self.state_folder.as_path())
    }

    /// Whether it is the declaration that says where runs are kept.
    pub fn declarations_decide(&self) -> bool {
        self.simulated.is_none() && !self.is_named
    }

    fn opened(&self, place: &desired::store::Store) -> Result<Store, Error> {
        if let Some(store) = self.opened.borrow().get(place) {
            return Ok(store.clone());
        }
        let store = stores::in_bucket(place)?;
        self.opened
            .borrow_mut()
            .insert(place.clone(), store.clone());
        Ok(store)
    }

    /// Seconds of AWS's clock per second on the wall; `None` where the clock jumps.
    pub fn speed(&self) -> Option<f64> {
        match self.speed {
            None => Some(1.0),
            Some(Speed::Times(times)) => Some(times),
            Some(Speed::Max) => None,
        }
    }

    /// The pause between two looks in this process's time: divided by the speed of a simulation, and as it is where
    /// the clock jumps.
    pub fn pace(&self, poll_interval: Duration) -> Duration {
        match self.speed {
            Some(Speed::Times(times)) => (poll_interval.div_f64(times)).max(PAUSE_MIN),
            Some(Speed::Max) | None => poll_interval,
        }
    }

    /// This instant of a simulated world; `None` where time cannot be turned back.
    pub fn instant(&self) -> Option<String> {
        self.simulated.as_ref().map(Simulated::instant)
    }

    /// Goes back to an instant of the simulated world, as if no time had passed since. Connections that were made
    /// before lead to the world that was left.
    ///
    /// # Errors
    /// When the world cannot be kept.
    pub fn return_to(&mut self, instant: Option<String>) -> Result<(), Error> {
        match (&mut self.simulated, instant) {
            (Some(simulated), Some(instant)) => simulated.return_to(&instant),
            _ => Ok(()),
        }
    }

    /// Keeps the world as it is now, and tells whether anything was lost on the way.
    ///
    /// # Errors
    /// When the world could not be written.
    pub fn close(self) -> Result<(), Error> {
        match self.simulated {
            Some(simulated) => simulated.close(),
            None => Ok(()),
        }
    }
}

/// A bucket of which nothing is declared: the environment says who may use it and where it is.
fn unsaid(bucket: &Bucket) -> desired::store::Store {
    desired::store::Store {
        bucket: bucket.clone(),
        region: None,
        profile: None,
    }
}

/// A partition's region for a bucket that says nothing of its own, unless the environment names one.
fn region_unless_set(region: &Region) -> Option<Region> {
    let is_set = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .any(|name| std::env::var(name).is_ok_and(|value| !value.is_empty()));
    (!is_set).then(|| region.clone())
}

/// The least pause, so that a very fast simulation does not spin.
const PAUSE_MIN: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    fn session(speed: Option<Speed>) -> Session {
        Session {
            state_folder: PathBuf::from(".auroractl"),
            typed: String::new(),
            bucket: None,
            is_named: false,
            opened: RefCell::default(),
            simulated: None,
            speed,
        }
    }

    #[test]
    fn the_pause_between_looks_is_divided_by_the_speed_and_kept_where_the_clock_jumps() {
        let five = Duration::from_secs(5);
        assert_eq!(session(None).pace(five), five);
        assert_eq!(session(Some(Speed::Max)).pace(five), five);
        assert_eq!(session(Some(Speed::Times(60.0))).pace(five).as_millis(), 83);
        assert_eq!(
            session(Some(Speed::Times(1e9))).pace(five),
            Duration::from_millis(1)
        );
    }
}
