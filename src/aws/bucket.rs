//! The connection to a bucket: S3, or what answers at the endpoint that the environment or the profile names for it.
//!
//! Goes in: a bucket, and where and as whom to ask for it. Comes out: an object store of the `object_store` crate that
//! travels over this folder's sockets and signs with the credentials of the rest of the program. Each request is sent
//! once: who asks knows whether it may be sent again.

use super::client::{CREDENTIALS_TIMEOUT, check_endpoint, endpoint_of, read_retries, timeouts};
use super::credentials::{Credentials, profile_to_use};
use super::error::Error;
use super::http::{Connections, TokioSleep, network, socket};
use crate::names::{ProfileName, Region};
use async_trait::async_trait;
use aws_config::BehaviorVersion;
use aws_config::identity::IdentityCache;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest as Sent;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3Builder, AwsCredential, S3ConditionalPut};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use object_store::{ClientOptions, CredentialProvider, ObjectStore, RetryConfig};
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to open, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the bucket may take to begin its reply once the request is sent.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// The region in the signature where an endpoint is named and no region is: what stands behind an endpoint seldom has any.
const REGION_OF_AN_ENDPOINT: &str = "us-east-1";

/// Which bucket to ask for, where, and as whom.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// The bucket's name.
    pub bucket: String,
    /// Its region, where it is known; else the environment's or the profile's.
    pub region: Option<Region>,
    /// The profile to use where the environment names neither a profile nor an access key.
    pub profile: Option<ProfileName>,
}

/// Reads environment and profile files and sends nothing.
///
/// # Errors
/// An endpoint that is no URL, and a bucket whose region nothing names.
pub async fn open(settings: &BucketSettings) -> Result<Arc<dyn ObjectStore>, Error> {
    let BucketSettings {
        bucket,
        region,
        profile,
    } = settings;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"] {
        if let Some(url) = variable(name) {
            check_endpoint(name, &url)?;
        }
    }
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(network(Connections::Kept))
        .sleep_impl(TokioSleep)
        .retry_config(read_retries())
        .timeout_config(timeouts())
        .identity_cache(
            IdentityCache::lazy()
                .load_timeout(CREDENTIALS_TIMEOUT)
                .build(),
        );
    if let Some(region) = region {
        loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    if let Some(profile) = profile_to_use(profile.as_ref(), variable) {
        loader = loader.profile_name(profile.as_str());
    }
    let configuration = loader.load().await;
    let endpoint = endpoint_of("S3", &configuration);
    if let Some(url) = &endpoint {
        check_endpoint("endpoint_url", url)?;
    }
    let region = match (configuration.region(), &endpoint) {
        (Some(region), _) => region.to_string(),
        (None, Some(_)) => REGION_OF_AN_ENDPOINT.to_owned(),
        (None, None) => {
            return Err(Error::rejected(
                "open",
                &format!("bucket `{bucket}`"),
                "nothing names its region: set AWS_REGION, or `region` beside its `url` in the declaration",
            ));
        }
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(region)
        .with_credentials(Arc::new(Keys(Credentials::new(
            configuration.credentials_provider(),
        ))))
        .with_http_connector(Sockets(socket(CONNECT_TIMEOUT, READ_TIMEOUT)))
        .with_client_options(ClientOptions::new().with_allow_http(endpoint.is_some()))
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_retry(RetryConfig {
            max_retries: 0,
            ..RetryConfig::default()
        });
    builder = match endpoint {
        // What is not AWS seldom answers to a host name of the bucket's own.
        Some(endpoint) => builder
            .with_endpoint(endpoint.trim_end_matches('/'))
            .with_virtual_hosted_style_request(false),
        // A dot would end the name for which AWS's certificate is good.
        None => builder.with_virtual_hosted_style_request(!bucket.contains('.')),
    };
    let opened = builder.build().map_err(|error| {
        Error::rejected("open", &format!("bucket `{bucket}`"), error.to_string())
    })?;
    Ok(Arc::new(opened))
}

/// The credentials of the standard chain, as the crate wants them.
#[derive(Debug)]
struct Keys(Credentials);

#[async_trait]
impl CredentialProvider for Keys {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let keys = self
            .0
            .load()
            .await
            .map_err(|source| object_store::Error::Unauthenticated {
                path: "the credentials".to_owned(),
                source: Box::new(source),
            })?;
        Ok(Arc::new(AwsCredential {
            key_id: keys.access_key_id().to_owned(),
            secret_key: keys.secret_access_key().to_owned(),
            token: keys.session_token().map(str::to_owned),
        }))
    }
}

/// This folder's sockets, as the crate wants them.
#[derive(Clone, Debug)]
struct Sockets(SharedHttpConnector);

impl HttpConnector for Sockets {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Sockets {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let request = http::Request::from_parts(parts, SdkBody::from(body));
        let request = Sent::try_from(request).map_err(unknown)?;
        let reply = self.0.call(request).await.map_err(|error| {
            let kind = if error.is_timeout() {
                HttpErrorKind::Timeout
            } else {
                HttpErrorKind::Interrupted
            };
            HttpError::new(kind, error)
        })?;
        let (parts, body) = reply.try_into_http1x().map_err(unknown)?.into_parts();
        let body = ByteStream::new(body)
            .collect()
            .await
            .map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?
            .into_bytes();
        let body = if parts.status.is_success() {
            body
        } else {
            refusal(&body).into()
        };
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

/// What a refusal says, without what S3 repeats of the request: where a signature does not match, that is all of its
/// headers, a session token among them (Amazon S3 User Guide, "Error responses"; observed).
fn refusal(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let inner = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        let (inner, _) = rest.split_once(&format!("</{name}>"))?;
        Some(inner.to_owned())
    };
    match (inner("Code"), inner("Message"), inner("RequestId")) {
        (None, ..) => "a reply that is no error of S3".to_owned(),
        (Some(code), message, request_id) => {
            let message = message.map(|message| format!(": {message}"));
            let request_id = request_id.map(|id| format!(" (request {id})"));
            format!(
                "{code}{}{}",
                message.unwrap_or_default(),
                request_id.unwrap_or_default()
            )
        }
    }
}

fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_what_it_repeats_of_the_request() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>They differ.</Message>\
            <CanonicalRequest>PUT\nx-amz-security-token:TOKEN</CanonicalRequest><RequestId>R1</RequestId></Error>";
        assert_eq!(
            refusal(body),
            "SignatureDoesNotMatch: They differ. (request R1)"
        );
        assert_eq!(
            refusal(b"<html>Bad Gateway TOKEN</html>"),
            "a reply that is no error of S3"
        );
        assert_eq!(
            refusal(b"<Error><Code>AccessDenied</Code></Error>"),
            "AccessDenied"
        );
    }
}
