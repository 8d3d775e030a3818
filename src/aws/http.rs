//! The sockets below the SDK: TLS by rustls and ring, set up at the first `https` request and never for `http`.
//!
//! Plain `http` is for what is near (a simulator, a container's or machine's credentials service) and goes there
//! directly; `https` honours HTTPS_PROXY and NO_PROXY. Certificates are those of the machine; SSL_CERT_FILE and
//! SSL_CERT_DIR name others. hyper sends a request again by itself only when a kept connection was closed before one
//! byte of the request was written (`retry_canceled_requests`), which cannot repeat an effect.

use aws_sdk_rds::config::{AsyncSleep, RuntimeComponents, Sleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// A kept connection is dropped after this time without a request: sooner than AWS closes it, so that a request
/// seldom meets a closed one, and later than the pause between two looks of a wait.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// What becomes of a connection after its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connections {
    /// It is kept for the next request.
    Kept,
    /// It is closed: each request gets a connection of its own.
    OneEach,
}

/// An HTTP client on real sockets. Nothing is opened or loaded before the first request.
pub(super) fn network(connections: Connections) -> SharedHttpClient {
    SharedHttpClient::new(Network {
        connections,
        lanes: Mutex::new(HashMap::new()),
    })
}

/// The sockets alone, for a client that is not the SDK's.
pub(super) fn socket(connect_timeout: Duration, read_timeout: Duration) -> SharedHttpConnector {
    SharedHttpConnector::new(Lane {
        connections: Connections::Kept,
        settings: HttpConnectorSettings::builder()
            .connect_timeout(connect_timeout)
            .read_timeout(read_timeout)
            .build(),
        plain: OnceLock::new(),
        tls: OnceLock::new(),
    })
}

/// tokio's clock for the SDK, so that its pauses obey a paused one.
#[derive(Clone, Debug)]
pub(super) struct TokioSleep;

impl AsyncSleep for TokioSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

type Timeouts = (Option<Duration>, Option<Duration>);

#[derive(Debug)]
struct Network {
    connections: Connections,
    /// One per pair of connect and read timeout: the credential providers of the SDK use their own.
    lanes: Mutex<HashMap<Timeouts, SharedHttpConnector>>,
}

impl HttpClient for Network {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        self.lanes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(timeouts)
            .or_insert_with(|| {
                SharedHttpConnector::new(Lane {
                    connections: self.connections,
                    settings: settings.clone(),
                    plain: OnceLock::new(),
                    tls: OnceLock::new(),
                })
            })
            .clone()
    }
}

#[derive(Debug)]
struct Lane {
    connections: Connections,
    settings: HttpConnectorSettings,
    plain: OnceLock<Connector>,
    tls: OnceLock<Connector>,
}

impl Lane {
    fn connector(&self, trusted: TrustStore, proxy: ProxyConfig) -> Connector {
        let mut builder = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .connector_settings(self.settings.clone())
            .sleep_impl(TokioSleep)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .proxy_config(proxy);
        // Without one of its own, the connector trusts the machine's certificates.
        if let Ok(context) = TlsContext::builder().with_trust_store(trusted).build() {
            builder = builder.tls_context(context);
        }
        if self.connections == Connections::OneEach {
            builder = builder.pool_max_idle_per_host(0);
        }
        builder.build()
    }
}

impl HttpConnector for Lane {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("https:") {
            self.tls
                .get_or_init(|| {
                    self.connector(
                        TrustStore::empty().with_native_roots(true),
                        ProxyConfig::from_env(),
                    )
                })
                .call(request)
        } else {
            // Reading the machine's certificates takes longer than a whole plan against a near endpoint.
            self.plain
                .get_or_init(|| self.connector(TrustStore::empty(), ProxyConfig::disabled()))
                .call(request)
        }
    }
}
