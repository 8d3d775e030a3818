//! The way to a simulated world that may be taken away: nothing is answered once the world could not be kept.
//!
//! Goes in: the simulator's HTTP client. Comes out: the same, until somebody else changes the kept world; from then on what
//! happens here is no longer what happened.

use crate::error::Error;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Whether the world could be kept so far. A copy tells of the same world.
#[derive(Clone, Debug)]
pub struct Loss {
    why: Arc<Mutex<Option<Error>>>,
    happened: Arc<watch::Sender<bool>>,
}

impl Default for Loss {
    fn default() -> Self {
        Self {
            why: Arc::default(),
            happened: Arc::new(watch::channel(false).0),
        }
    }
}

impl Loss {
    /// The world was not kept; the first reason counts.
    pub fn note(&self, error: Error) {
        self.why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        self.happened.send_replace(true);
    }

    /// Why it was not kept.
    pub fn why(&self) -> Option<Error> {
        self.why
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Comes when the world was not kept.
    pub async fn wait(&self) -> Error {
        let mut happened = self.happened.subscribe();
        loop {
            if let Some(error) = self.why() {
                return error;
            }
            // The sender lives as long as this does.
            let _ = happened.changed().await;
        }
    }
}

/// The HTTP client.
#[derive(Clone, Debug)]
pub struct WorldDoor {
    simulator: crate::sim::connector::Connector,
    loss: Loss,
}

impl WorldDoor {
    /// The way to a simulator.
    pub fn new(simulator: crate::sim::connector::Connector, loss: Loss) -> Self {
        Self { simulator, loss }
    }
}

impl HttpClient for WorldDoor {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for WorldDoor {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { simulator, loss } = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = simulator.call(request).await;
            match loss.why() {
                None => answer,
                Some(error) => Err(ConnectorError::io(error.to_string().into())),
            }
        })
    }
}
