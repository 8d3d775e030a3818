//! The way to an endpoint, given from outside: over the network, through a tunnel, or into the simulator.

use super::error::Error;
use crate::observed::sql::{Address, Endpoint};
use async_trait::async_trait;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// What PostgreSQL can be spoken over.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which endpoint it is.
    pub endpoint: Endpoint,
    /// Its name and port as AWS tells them.
    pub address: Address,
}

/// An open way to an endpoint.
pub struct Line {
    /// What PostgreSQL is spoken over.
    pub stream: Box<dyn Stream>,
    /// The name that the server's certificate must carry.
    pub certificate_name: String,
    /// What became of the tunnel that carries the stream, once something did.
    pub fate: Option<watch::Receiver<Option<String>>>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Line")
            .field("certificate_name", &self.certificate_name)
            .finish_non_exhaustive()
    }
}

/// Opens ways to endpoints.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Opens a way. The caller limits the time.
    async fn dial(&self, target: &Target) -> Result<Line, Error>;

    /// How much longer this way may take than a plain connection.
    fn extra_max(&self) -> Duration {
        Duration::ZERO
    }

    /// Ends whatever was started for the ways, such as tunnels.
    async fn close(&self) {}
}
