//! The way over the network: to AWS's own name of an endpoint, to where the declaration says, or through a tunnel.

use super::dial::{Dial, Line, Target};
use super::error::{Error, Kind};
use super::tunnel::{Recipe, Tunnel};
use crate::observed::sql::Endpoint;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// Another way to an endpoint than AWS's own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// The host or address.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The name that the certificate must carry.
    pub certificate_name: Option<String>,
}

/// Ways over the network. Tunnels are started when they are needed and end with [`Dial::close`], or at the latest with
/// this value.
#[derive(Debug, Default)]
pub struct Tcp {
    elsewhere: BTreeMap<Endpoint, Elsewhere>,
    recipe: Option<Recipe>,
    /// One slot for each endpoint: whoever needs the same tunnel waits for it, and nobody else.
    tunnels: Mutex<BTreeMap<Endpoint, Arc<Mutex<Option<Tunnel>>>>>,
}

impl Tcp {
    /// Starts nothing yet.
    pub fn new(elsewhere: BTreeMap<Endpoint, Elsewhere>, recipe: Option<Recipe>) -> Self {
        Self {
            elsewhere,
            recipe,
            tunnels: Mutex::default(),
        }
    }

    async fn through(&self, recipe: &Recipe, target: &Target) -> Result<Line, Error> {
        let slot = {
            let mut tunnels = self.tunnels.lock().await;
            Arc::clone(tunnels.entry(target.endpoint.clone()).or_default())
        };
        let mut slot = slot.lock().await;
        // One that has ended is started again.
        let running = match slot.take() {
            Some(tunnel) if tunnel.is_running() => tunnel,
            _ => Tunnel::start(recipe, target).await?,
        };
        let tunnel = slot.insert(running);
        let stream = connected(target, "127.0.0.1", tunnel.local_port()).await?;
        Ok(Line {
            stream: Box::new(stream),
            certificate_name: target.address.host.clone(),
            fate: Some(tunnel.fate()),
        })
    }
}

#[async_trait]
impl Dial for Tcp {
    async fn dial(&self, target: &Target) -> Result<Line, Error> {
        let own = &target.address;
        let elsewhere = self
            .elsewhere
            .get(&target.endpoint)
            .cloned()
            .unwrap_or_default();
        match &self.recipe {
            // A name for the certificate alone is no other way.
            Some(recipe) if elsewhere.host.is_none() && elsewhere.port.is_none() => {
                let mut line = self.through(recipe, target).await?;
                if let Some(name) = elsewhere.certificate_name {
                    line.certificate_name = name;
                }
                Ok(line)
            }
            _ => {
                let host = elsewhere.host.as_deref().unwrap_or(&own.host);
                let port = elsewhere.port.unwrap_or(own.port);
                let stream = connected(target, host, port).await?;
                Ok(Line {
                    stream: Box::new(stream),
                    certificate_name: elsewhere
                        .certificate_name
                        .unwrap_or_else(|| own.host.clone()),
                    fate: None,
                })
            }
        }
    }

    fn extra_max(&self) -> Duration {
        self.recipe
            .as_ref()
            .map_or(Duration::ZERO, |recipe| recipe.ready_max)
    }

    async fn close(&self) {
        let tunnels = std::mem::take(&mut *self.tunnels.lock().await);
        for (_, slot) in tunnels {
            if let Some(tunnel) = slot.lock().await.take() {
                tunnel.stop().await;
            }
        }
    }
}

async fn connected(target: &Target, host: &str, port: u16) -> Result<TcpStream, Error> {
    let stream = TcpStream::connect((host, port)).await.map_err(|error| {
        let failed = Error::at(
            Kind::Unreachable,
            &target.endpoint,
            &format!("no connection to {host}:{port}"),
        );
        let failed = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                failed.hinted("nothing listens there; look at host and port")
            }
            _ => failed,
        };
        failed.caused_by(error)
    })?;
    // Small questions and answers gain nothing by being collected; a stream that refuses works all the same.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}
