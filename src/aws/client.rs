//! The connection to AWS: where, as whom, with which timeouts and retries. All of it is explicit here.
//!
//! Goes in: `Settings`, and the environment and profile files that every AWS tool reads. Comes out: a `Client` through
//! which the other files of this folder call, 16 requests at a time.

use super::clock::Clock;
use super::credentials::{Credentials, profile_to_use};
use super::error::{Error, ErrorKind};
use super::http::{Connections, network};
use crate::names::{ProfileName, Region};
use crate::observed::Backend;
use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_rds::config::retry::RetryConfig;
use aws_sdk_rds::config::timeout::TimeoutConfig;
use aws_sdk_rds::config::{SharedCredentialsProvider, StalledStreamProtectionConfig};
use aws_sdk_rds::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_rds::operation::RequestId;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::service_config::ServiceConfigKey;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tracing::Instrument;

/// How long a connection may take to open, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long AWS may take to begin its reply once the request is sent.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long one attempt may take as a whole.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long one call may take with all its attempts.
const CALL_TIMEOUT: Duration = Duration::from_secs(90);
/// How often a read is sent at most.
const READ_ATTEMPTS_MAX: u32 = 4;
/// The pause before a read is sent again; it doubles each time, with jitter.
const READ_BACKOFF: Duration = Duration::from_millis(250);
/// The longest of these pauses.
const READ_BACKOFF_MAX: Duration = Duration::from_secs(5);
/// How long credentials may take to load: a `credential_process` may ask a person for a second factor.
pub(super) const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(120);
/// Requests that one client has under way at once.
const IN_FLIGHT_MAX: usize = 16;
/// How often a call that changes something is sent at most; only a throttling answer leads to another.
const THROTTLED_ATTEMPTS_MAX: u32 = 8;
/// The pause after the first throttling answer; it doubles each time.
const THROTTLED_BACKOFF: Duration = Duration::from_millis(500);
/// The longest of these pauses.
const THROTTLED_BACKOFF_MAX: Duration = Duration::from_secs(20);

/// The one operation that STS answers; all others are RDS's.
pub(super) const CALLER_IDENTITY: &str = "GetCallerIdentity";

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
            // The keys stay out of every log.
            Self::InProcess { world, .. } => formatter
                .debug_struct("InProcess")
                .field("world", world)
                .finish_non_exhaustive(),
        }
    }
}

/// A connection to one region as one caller. Cheap to clone; the clones share connections, credentials and clock.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    rds: aws_sdk_rds::Client,
    sts: aws_sdk_sts::Client,
    /// Carries the calls that change something, each on a connection of its own: a kept one that AWS has just closed
    /// would leave the call in doubt. `None` where the connection is the same for all.
    once: Option<SharedHttpClient>,
    clock: Clock,
    credentials: Credentials,
    backend: Backend,
    sts_endpoint: Option<String>,
    region: Region,
    profile: Option<ProfileName>,
    in_flight: Semaphore,
}

impl Client {
    /// Reads environment and profile files and sends nothing. Keep one client per region and profile: the files are
    /// read, and credentials are loaded, once per client.
    ///
    /// Fails where an endpoint variable holds no URL, since the SDK would then quietly ask AWS itself.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        match &settings.connection {
            Connection::Network => Self::over_network(settings).await,
            Connection::InProcess {
                http_client,
                access_key_id,
                secret_access_key,
                world,
            } => {
                let keys = aws_credential_types::Credentials::from_keys(
                    access_key_id,
                    secret_access_key,
                    None,
                );
                let configuration = SdkConfig::builder()
                    .behavior_version(BehaviorVersion::latest())
                    .region(aws_config::Region::new(settings.region.as_str().to_owned()))
                    .http_client(http_client.clone())
                    .credentials_provider(SharedCredentialsProvider::new(keys))
                    .identity_cache(IdentityCache::no_cache())
                    .sleep_impl(super::http::TokioSleep)
                    .retry_config(read_retries())
                    // In virtual time the clock jumps whenever nothing else is due: a timeout would be what is due.
                    .timeout_config(TimeoutConfig::disabled())
                    .disable_clock_skew_correction(true)
                    .build();
                let backend = Backend::Simulated {
                    world: world.clone(),
                };
                Ok(Self::assemble(settings, configuration, backend, None, None))
            }
        }
    }

    async fn over_network(settings: &Settings) -> Result<Self, Error> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_RDS",
            "AWS_ENDPOINT_URL_STS",
        ] {
            if let Some(url) = variable(name) {
                check_endpoint(name, &url)?;
            }
        }
        let declared = profile_to_use(settings.profile.as_ref(), variable);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(settings.region.as_str().to_owned()))
            .http_client(network(Connections::Kept))
            .sleep_impl(super::http::TokioSleep)
            .retry_config(read_retries())
            .timeout_config(timeouts())
            .identity_cache(
                IdentityCache::lazy()
                    .load_timeout(CREDENTIALS_TIMEOUT)
                    .build(),
            );
        if let Some(profile) = declared {
            loader = loader.profile_name(profile.as_str());
        }
        let configuration = loader.load().await;
        let endpoint = endpoint_of("RDS", &configuration);
        let sts_endpoint = endpoint_of("STS", &configuration);
        for url in [&endpoint, &sts_endpoint].into_iter().flatten() {
            check_endpoint("endpoint_url", url)?;
        }
        let profile = declared
            .cloned()
            .or_else(|| variable("AWS_PROFILE").map(ProfileName::new));
        Ok(Self::assemble(
            settings,
            configuration,
            Backend::Aws { endpoint },
            profile,
            Some(network(Connections::OneEach)),
        ))
    }

    fn assemble(
        settings: &Settings,
        configuration: SdkConfig,
        backend: Backend,
        profile: Option<ProfileName>,
        once: Option<SharedHttpClient>,
    ) -> Self {
        // RDS and STS each keep their own identity; behind them credentials are loaded once.
        let credentials = Credentials::new(configuration.credentials_provider());
        let configuration = configuration
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials.clone()))
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let sts_endpoint = endpoint_of("STS", &configuration);
        let clock = Clock::default();
        let rds = aws_sdk_rds::Client::from_conf(
            aws_sdk_rds::config::Builder::from(&configuration)
                .interceptor(clock.clone())
                .build(),
        );
        let sts = aws_sdk_sts::Client::from_conf(
            aws_sdk_sts::config::Builder::from(&configuration)
                .interceptor(clock.clone())
                .build(),
        );
        Self {
            inner: Arc::new(Inner {
                rds,
                sts,
                once,
                clock,
                credentials,
                backend,
                sts_endpoint,
                region: settings.region.clone(),
                profile,
                in_flight: Semaphore::new(IN_FLIGHT_MAX),
            }),
        }
    }

    /// A client of one endpoint that reads neither environment nor files.
    #[cfg(test)]
    pub(super) fn at_endpoint(region: Region, endpoint: &str) -> Self {
        let keys = aws_credential_types::Credentials::from_keys("AKIATEST", "secret", None);
        let configuration = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .endpoint_url(endpoint)
            .http_client(network(Connections::Kept))
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .sleep_impl(super::http::TokioSleep)
            .retry_config(read_retries())
            .timeout_config(timeouts())
            .build();
        let settings = Settings {
            region,
            profile: None,
            connection: Connection::Network,
        };
        let backend = Backend::Aws {
            endpoint: Some(endpoint.to_owned()),
        };
        let once = Some(network(Connections::OneEach));
        Self::assemble(&settings, configuration, backend, None, once)
    }

    /// AWS's clock: the Date of the latest reply, to the second; `None` before the first reply.
    pub fn now(&self) -> Option<Timestamp> {
        self.inner.clock.now()
    }

    /// Who answers.
    pub fn backend(&self) -> &Backend {
        &self.inner.backend
    }

    /// The region that is asked.
    pub fn region(&self) -> &Region {
        &self.inner.region
    }

    /// When the credentials in use expire; `None` when they do not.
    pub async fn credentials_expiry(&self) -> Result<Option<Timestamp>, Error> {
        self.inner.credentials.expiry().await.map_err(|source| {
            self.explained(Error::from_credentials(self.region().as_str(), source))
        })
    }

    /// The credentials in use.
    pub(super) async fn keys(&self) -> Result<aws_sdk_rds::config::Credentials, Error> {
        self.inner.credentials.load().await.map_err(|source| {
            self.explained(Error::from_credentials(self.region().as_str(), source))
        })
    }

    /// For how many seconds the credentials in use are still good; `None` when they do not expire. Counted from AWS's clock
    /// and from this machine's, by which the SDK judges them: the sooner end counts.
    pub async fn credentials_seconds_left(&self) -> Result<Option<u32>, Error> {
        let Some(expiry) = self.credentials_expiry().await? else {
            return Ok(None);
        };
        let now = Timestamp::now().max(self.now().unwrap_or(Timestamp::MIN));
        let seconds = expiry.duration_since(now).as_secs().max(0);
        Ok(Some(u32::try_from(seconds).unwrap_or(u32::MAX)))
    }

    /// Loads the credentials again, however long those in use would still do.
    pub async fn refresh_credentials(&self) -> Result<(), Error> {
        self.inner.credentials.refresh().await.map_err(|source| {
            self.explained(Error::from_credentials(self.region().as_str(), source))
        })
    }

    pub(super) fn rds(&self) -> &aws_sdk_rds::Client {
        &self.inner.rds
    }

    pub(super) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.inner.sts
    }

    /// What makes the SDK send a call once: no retry, and a connection that nobody used before.
    pub(super) fn once(&self) -> aws_sdk_rds::config::Builder {
        let mut settings =
            aws_sdk_rds::config::Builder::new().retry_config(RetryConfig::disabled());
        if let Some(http_client) = &self.inner.once {
            settings.set_http_client(Some(http_client.clone()));
        }
        settings
    }

    /// Waits for a reply to a request that changes nothing. The SDK sends it again after throttling, server faults
    /// and lost connections.
    pub(super) async fn read<O, E>(
        &self,
        operation: &'static str,
        resource: &str,
        call: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    ) -> Result<O, Error>
    where
        O: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let span = tracing::debug_span!("aws", operation, resource);
        async {
            // The semaphore is never closed; if it were, the limit would be all that is lost.
            let _permit = self.inner.in_flight.acquire().await.ok();
            let began = Instant::now();
            let result = call.await;
            let milliseconds = began.elapsed().as_millis();
            match result {
                Ok(output) => {
                    tracing::debug!(milliseconds, request_id = output.request_id(), "answered");
                    Ok(output)
                }
                Err(error) => {
                    let error = self.explained(Error::from_sdk(operation, resource, error));
                    tracing::debug!(milliseconds, request_id = error.request_id(), %error, "failed");
                    Err(error)
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Sends a request that changes something, once; a throttling answer alone leads to another, after a pause. The
    /// pauses carry no jitter: one run changes one thing at a time, and simulated runs must repeat exactly.
    pub(super) async fn change<O, E, F>(
        &self,
        operation: &'static str,
        resource: &str,
        mut call: impl FnMut() -> F,
    ) -> Result<O, Error>
    where
        F: Future<Output = Result<O, SdkError<E, HttpResponse>>>,
        O: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut pause = THROTTLED_BACKOFF;
        for _ in 1..THROTTLED_ATTEMPTS_MAX {
            match self.read(operation, resource, call()).await {
                Err(error) if error.kind() == ErrorKind::Throttled => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(THROTTLED_BACKOFF_MAX);
                }
                result => return result,
            }
        }
        self.read(operation, resource, call()).await
    }

    /// Adds what only the connection knows: the endpoint and the profile that the hints name.
    fn explained(&self, error: Error) -> Error {
        let endpoint = match &self.inner.backend {
            Backend::Aws { .. } if error.operation() == CALLER_IDENTITY => {
                self.inner.sts_endpoint.clone()
            }
            Backend::Aws { endpoint } => endpoint.clone(),
            Backend::Simulated { .. } => None,
        };
        error.explained(endpoint, self.inner.profile.clone())
    }
}

pub(super) fn read_retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(READ_ATTEMPTS_MAX)
        .with_initial_backoff(READ_BACKOFF)
        .with_max_backoff(READ_BACKOFF_MAX)
}

pub(super) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

/// The endpoint that the environment or the profile names for a service, in the SDK's own order: the one for that
/// service first, then the one for all.
pub(super) fn endpoint_of(service: &str, configuration: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    configuration
        .service_config()
        .and_then(|service| service.load_config(key))
        .or_else(|| configuration.endpoint_url().map(str::to_owned))
}

/// Whether this is the plain URL of an endpoint. One with a user or a password would be printed, journalled and saved in
/// plan files; AWS's requests are signed and need neither.
pub(super) fn check_endpoint(name: &str, url: &str) -> Result<(), Error> {
    // Even where the rest is no URL: what stands before an `@` is not for printing.
    if url.contains('@') {
        return Err(Error::rejected(
            "the AWS settings,",
            name,
            "the URL holds a user or a password; use a plain one, such as http://HOST:PORT"
                .to_owned(),
        ));
    }
    let valid = url.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
    });
    if valid {
        Ok(())
    } else {
        Err(Error::rejected(
            "the AWS settings,",
            name,
            format!("`{url}` is not the URL of an endpoint"),
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_endpoint_with_a_password_is_refused_and_the_password_is_not_told() {
        for url in [
            "http://user:PASSWORD@127.0.0.1:4510",
            "https://PASSWORD@example.com/path",
            "http://user:PASS/PASSWORD@127.0.0.1",
            "user:PASSWORD@127.0.0.1:4510",
        ] {
            let error = check_endpoint("AWS_ENDPOINT_URL", url).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the AWS settings, AWS_ENDPOINT_URL: the URL holds a user or a password; use a plain one, such as http://HOST:PORT"
            );
            assert!(!format!("{error:?}").contains("PASSWORD"), "{error:?}");
        }
    }

    #[test]
    fn an_endpoint_without_a_scheme_is_refused_by_name() {
        assert!(check_endpoint("AWS_ENDPOINT_URL", "http://127.0.0.1:4510").is_ok());
        assert_eq!(
            check_endpoint("AWS_ENDPOINT_URL", "127.0.0.1:4510")
                .unwrap_err()
                .to_string(),
            "the AWS settings, AWS_ENDPOINT_URL: `127.0.0.1:4510` is not the URL of an endpoint"
        );
    }
}
