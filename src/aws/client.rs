//! The connection to AWS: where, as whom, with which timeouts and retries. All of it is explicit here.

use super::error::Error;
use crate::names::{ProfileName, Region};
use crate::observed::Backend;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use jiff::Timestamp;

/// Where to ask, and as whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region; the environment does not override it.
    pub region: Region,
    /// The profile to use where the environment names neither a profile nor an access key.
    pub profile: Option<ProfileName>,
    /// How requests travel.
    pub connection: Connection,
}

/// How requests travel.
#[derive(Clone)]
pub enum Connection {
    /// Over the network: AWS, or the endpoint that the environment or the profile names.
    Network,
    /// Into this process: no socket, no thread, no file, no clock but tokio's.
    InProcess {
        /// What answers.
        http_client: SharedHttpClient,
        /// The access key to sign with.
        access_key_id: String,
        /// The secret to sign with.
        secret_access_key: String,
        /// The name of the simulated world.
        world: String,
    },
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network => formatter.write_str("Network"),
            Self::InProcess { world, .. } => formatter
                .debug_struct("InProcess")
                .field("world", world)
                .finish_non_exhaustive(),
        }
    }
}

/// A connection to one account and region. Cheap to clone; the clones share connections and clock.
#[derive(Clone, Debug)]
pub struct Client;

impl Client {
    /// Reads the configuration; sends nothing.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        todo!()
    }

    /// AWS's clock: the Date of the latest reply; `None` before the first one.
    pub fn now(&self) -> Option<Timestamp> {
        todo!()
    }

    /// Who answers.
    pub fn backend(&self) -> &Backend {
        todo!()
    }

    /// The region that is asked.
    pub fn region(&self) -> &Region {
        todo!()
    }

    /// When the credentials in use expire; `None` when they do not.
    pub async fn credentials_expiry(&self) -> Result<Option<Timestamp>, Error> {
        todo!()
    }
}
