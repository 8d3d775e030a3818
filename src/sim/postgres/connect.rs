//! The in-process door: a stream that a client speaks PostgreSQL over, without sockets, so that it works under tokio's paused
//! clock.

use std::io;

use tokio::io::DuplexStream;

use super::disturbance::Whose;
use super::endpoint::Endpoint;
use super::startup::{self, Ends, Security};
use crate::sim::Simulator;

/// What a stream holds until its other side reads it.
const STREAM_BYTES: usize = 64 << 10;

impl Simulator {
    /// Connects to an endpoint by its name, such as `orders.cluster-….us-east-1.rds.amazonaws.com`. The name is looked up now; the
    /// session is a task of the current runtime and ends with the stream.
    ///
    /// # Errors
    ///
    /// `NotFound` when nothing in the world is called so, `ConnectionRefused` while the member behind the name is down, or when a
    /// declared fault refuses its sessions.
    pub fn connect_postgres(&self, host: &str) -> io::Result<DuplexStream> {
        self.connect(host, Ends::default())
    }

    /// The same for whoever holds the simulator: every user of the cluster is let in without a password.
    ///
    /// # Errors
    ///
    /// Those of [`Simulator::connect_postgres`].
    pub fn connect_postgres_trusted(&self, host: &str) -> io::Result<DuplexStream> {
        let ends = Ends {
            trusted: true,
            ..Ends::default()
        };
        self.connect(host, ends)
    }

    /// The master user of the cluster that an endpoint belongs to.
    pub fn postgres_master_user(&self, host: &str) -> Option<String> {
        let mut state = self.state();
        let endpoint = Endpoint::named(host, &state.world)?;
        let (account, region) = endpoint.place.split_once('/')?;
        let (place, _) = state.world.place(account, region);
        let cluster = place.clusters.get(endpoint.cluster(place)?)?;
        Some(cluster.master_username.clone())
    }

    fn connect(&self, host: &str, ends: Ends) -> io::Result<DuplexStream> {
        let endpoint = {
            let state = self.state();
            Endpoint::named(host, &state.world)
        };
        let unknown = || {
            let message =
                format!("failed to lookup address information: no endpoint is called {host}");
            io::Error::new(io::ErrorKind::NotFound, message)
        };
        let endpoint = endpoint.ok_or_else(unknown)?;
        let member = self.look_up(&endpoint).ok_or_else(unknown)?;
        if !member.accepts || self.refuses_session(member.whose()) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (client, server) = tokio::io::duplex(STREAM_BYTES);
        let simulator = self.clone();
        tokio::spawn(async move {
            startup::serve(simulator, server, member, ends, &Security::default()).await;
        });
        Ok(client)
    }

    /// The member behind an endpoint at this instant.
    pub(crate) fn look_up(&self, endpoint: &Endpoint) -> Option<Member> {
        let turn = self.hub().turn(endpoint);
        let mut state = self.state();
        let now = state.clock.now();
        let (account, region) = endpoint.place.split_once('/')?;
        let changed = state.world.advance_all(now);
        let (place, _) = state.world.place(account, region);
        let member = endpoint.leads_to(place, now, turn).map(|member| Member {
            account: account.to_owned(),
            region: region.to_owned(),
            resource_id: member.resource_id.clone(),
            accepts: member.engine_up && member.status != "creating",
        });
        if changed {
            self.keep(&mut state);
        }
        member
    }
}

/// A member that somebody connects to.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) resource_id: String,
    pub(crate) accepts: bool,
}

impl Member {
    pub(super) fn whose(&self) -> Whose<'_> {
        Whose {
            account: &self.account,
            region: &self.region,
            resource_id: &self.resource_id,
        }
    }
}
