//! The in-process door: an HTTP client for the AWS SDK that never leaves the process.
//!
//! It uses no sockets, threads or timers, so that it works under tokio's paused clock.

use std::fmt;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::Simulator;
use super::life::Life;
use super::respond::{Incoming, Reply};

/// An HTTP client whose every endpoint is the simulator; cheap to clone.
#[derive(Clone)]
pub struct Connector {
    simulator: Simulator,
    life: Option<Life>,
}

impl Connector {
    pub(crate) fn new(simulator: Simulator, life: Option<Life>) -> Self {
        Self { simulator, life }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Self { simulator, life } = self.clone();
        HttpConnectorFuture::new(async move {
            let query = request
                .uri()
                .split_once('?')
                .map(|(_, query)| query.to_owned());
            let authorization = request.headers().get("authorization").map(str::to_owned);
            let body = request.body().bytes().unwrap_or_default().to_vec();
            match simulator
                .answer(
                    Incoming {
                        query,
                        authorization,
                        body,
                    },
                    life.as_ref(),
                )
                .await
            {
                Some(reply) => response(reply),
                None => Err(ConnectorError::io(
                    "the connection was closed before an answer came".into(),
                )),
            }
        })
    }
}

fn response(reply: Reply) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(reply.status)
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(reply.body));
    let headers = response.headers_mut();
    headers.insert("content-type", "text/xml");
    headers.insert("x-amzn-requestid", reply.request_id);
    headers.insert("date", httpdate::fmt_http_date(reply.date.into()));
    Ok(response)
}
