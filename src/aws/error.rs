//! What can go wrong between us and AWS: the operation, the object, AWS's own words, and whether the outcome is known.
//!
//! Goes in: the SDK's errors. Comes out: one error type that says what to do next.

use super::classify::{chain, kind_of_answer, kind_of_credentials_error, kind_of_failure};
use super::client::CALLER_IDENTITY;
use crate::hint::Hint;
use crate::names::ProfileName;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_rds::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_rds::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use std::error::Error as StandardError;
use std::fmt;

type Source = Box<dyn StandardError + Send + Sync>;

/// A call to AWS that did not succeed.
#[derive(Debug)]
pub struct Error {
    details: Box<Details>,
}

#[derive(Debug)]
struct Details {
    operation: &'static str,
    resource: String,
    kind: ErrorKind,
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    endpoint: Option<String>,
    profile: Option<ProfileName>,
    source: Option<Source>,
}

/// The sorts of failure, by what they say about the outcome and about the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// AWS knows no such object.
    NotFound,
    /// An object of that name exists.
    AlreadyExists,
    /// The object is in a state that forbids the operation.
    InvalidState,
    /// Too many requests; nothing was done.
    Throttled,
    /// The caller may not do this, or AWS does not know its key.
    AccessDenied,
    /// The credentials have expired.
    ExpiredCredentials,
    /// No credentials were found, or they could not be loaded; nothing was sent.
    NoCredentials,
    /// No connection: nothing was sent.
    Unreachable,
    /// Sent, and no whole reply came: whether AWS did it is not known.
    Interrupted,
    /// AWS reports a fault of its own (5xx): whether it did it is not known.
    Service,
    /// AWS refuses the request (any other 4xx), or it could not even be built.
    Rejected,
    /// The reply makes no sense.
    Unreadable,
}

impl Error {
    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.details.kind
    }

    /// The API's name of the operation.
    pub fn operation(&self) -> &'static str {
        self.details.operation
    }

    /// What the operation was about.
    pub fn resource(&self) -> &str {
        &self.details.resource
    }

    /// AWS's error code, such as `InvalidDBClusterStateFault`.
    pub fn code(&self) -> Option<&str> {
        self.details.code.as_deref()
    }

    /// AWS's own words.
    pub fn message(&self) -> Option<&str> {
        self.details.message.as_deref()
    }

    /// AWS's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.details.request_id.as_deref()
    }

    /// For a call that changes something: whether it is certain that AWS did not do it, because it said so in a
    /// refusal or because nothing was sent.
    pub fn outcome_is_known(&self) -> bool {
        match self.details.kind {
            ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::InvalidState
            | ErrorKind::Throttled
            | ErrorKind::AccessDenied
            | ErrorKind::ExpiredCredentials
            | ErrorKind::NoCredentials
            | ErrorKind::Unreachable
            | ErrorKind::Rejected => true,
            ErrorKind::Interrupted | ErrorKind::Service | ErrorKind::Unreadable => false,
        }
    }

    /// For a read: whether the same request may be answered a little later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.details.kind,
            ErrorKind::Throttled
                | ErrorKind::Unreachable
                | ErrorKind::Interrupted
                | ErrorKind::Service
        )
    }

    fn new(operation: &'static str, resource: &str, kind: ErrorKind) -> Self {
        Self {
            details: Box::new(Details {
                operation,
                resource: resource.to_owned(),
                kind,
                code: None,
                message: None,
                request_id: None,
                endpoint: None,
                profile: None,
                source: None,
            }),
        }
    }

    /// An error of a kind, for tests of what is made of it.
    #[cfg(test)]
    pub(crate) fn of_kind(operation: &'static str, resource: &str, kind: ErrorKind) -> Self {
        Self::new(operation, resource, kind)
    }

    /// A request that is wrong before it is sent.
    pub(super) fn rejected(
        operation: &'static str,
        resource: &str,
        message: impl Into<String>,
    ) -> Self {
        let mut error = Self::new(operation, resource, ErrorKind::Rejected);
        error.details.message = Some(message.into());
        error
    }

    /// A reply that lacks what it must hold, or holds what it cannot.
    pub(super) fn unreadable(
        operation: &'static str,
        resource: &str,
        message: impl Into<String>,
    ) -> Self {
        let mut error = Self::new(operation, resource, ErrorKind::Unreadable);
        error.details.message = Some(message.into());
        error
    }

    /// Credentials that could not be loaded outside of a call.
    pub(super) fn from_credentials(resource: &str, source: CredentialsError) -> Self {
        let kind = kind_of_credentials_error(&source);
        let mut error = Self::new("the credentials for", resource, kind);
        error.details.source = Some(Box::new(source));
        error
    }

    /// Sorts an error of the SDK.
    pub(super) fn from_sdk<E>(
        operation: &'static str,
        resource: &str,
        error: SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + StandardError + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let status = error
            .raw_response()
            .map_or(0, |response| response.status().as_u16());
        let answer = error.as_service_error();
        let kind = match answer {
            Some(answer) => kind_of_answer(answer.code(), status),
            None => kind_of_failure(&error, status),
        };
        let code = answer.and_then(|answer| answer.code()).map(str::to_owned);
        let message = match answer.and_then(|answer| answer.message()) {
            Some(words) => Some(words.to_owned()),
            None if code.is_none() && status >= 400 => Some(format!("HTTP status {status}")),
            None => None,
        };
        // The modelled error only says again what code and message say.
        let source = match code {
            Some(_) => None,
            None => error.into_source().ok(),
        };
        // The connector's own text ("io error") says less than what it wraps.
        let source = source.map(|source| match source.downcast::<ConnectorError>() {
            Ok(connector) => connector.into_source(),
            Err(source) => source,
        });
        Self {
            details: Box::new(Details {
                operation,
                resource: resource.to_owned(),
                kind,
                code,
                message,
                request_id,
                endpoint: None,
                profile: None,
                source,
            }),
        }
    }

    /// Adds what only the connection knows, for the hints.
    pub(super) fn explained(
        mut self,
        endpoint: Option<String>,
        profile: Option<ProfileName>,
    ) -> Self {
        self.details.endpoint = endpoint;
        self.details.profile = profile;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details {
            operation,
            resource,
            kind,
            code,
            message,
            request_id,
            endpoint,
            profile: _,
            source: _,
        } = self.details.as_ref();
        write!(formatter, "{operation} {resource}: ")?;
        match (code, message) {
            (Some(code), Some(message)) => write!(formatter, "{code}: {message}")?,
            (Some(words), None) | (None, Some(words)) => formatter.write_str(words)?,
            (None, None) => match kind {
                ErrorKind::Unreachable => {
                    write!(
                        formatter,
                        "no connection to {}",
                        endpoint.as_deref().unwrap_or("AWS")
                    )?;
                }
                ErrorKind::Interrupted => formatter.write_str("sent, but no whole reply came")?,
                ErrorKind::NoCredentials => formatter.write_str("no usable credentials")?,
                ErrorKind::ExpiredCredentials => {
                    formatter.write_str("the credentials have expired")?;
                }
                ErrorKind::Unreadable => formatter.write_str("the reply makes no sense")?,
                _ => formatter.write_str("failed without an error code")?,
            },
        }
        match request_id {
            Some(request_id) => write!(formatter, " (request {request_id})"),
            None => Ok(()),
        }
    }
}

impl StandardError for Error {
    fn source(&self) -> Option<&(dyn StandardError + 'static)> {
        self.details
            .source
            .as_deref()
            .map(|source| source as &(dyn StandardError + 'static))
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        let profile = match &self.details.profile {
            Some(profile) => format!(" --profile {profile}"),
            None => String::new(),
        };
        match self.details.kind {
            ErrorKind::ExpiredCredentials => {
                vec![format!(
                    "`aws sso login{profile}` renews single sign-on credentials"
                )]
            }
            ErrorKind::NoCredentials => vec![
                format!(
                    "`aws configure list{profile}` shows what the AWS tools find, `aws sso login{profile}` signs on"
                ),
                "without an AWS account, `--simulate` runs the command on a simulated one"
                    .to_owned(),
            ],
            ErrorKind::AccessDenied => match self.details.code.as_deref() {
                Some(
                    "InvalidClientTokenId"
                    | "UnrecognizedClientException"
                    | "SignatureDoesNotMatch",
                ) => {
                    vec!["AWS does not accept these keys; `aws sts get-caller-identity` tells whose they are".to_owned()]
                }
                _ if self.details.operation == CALLER_IDENTITY => Vec::new(),
                _ => vec![format!(
                    "the caller needs the permission `rds:{}`",
                    self.details.operation
                )],
            },
            ErrorKind::Unreachable => {
                let mut hints = match &self.details.endpoint {
                    Some(endpoint) => vec![format!(
                        "{endpoint} is named by AWS_ENDPOINT_URL (or _RDS, _STS, or the profile's endpoint_url); \
                         start what listens there, or unset it to reach AWS"
                    )],
                    None => {
                        vec!["is the network up, and does the declared region exist?".to_owned()]
                    }
                };
                let certificate = chain(StandardError::source(self))
                    .any(|cause| cause.to_string().contains("certificate"));
                if certificate {
                    hints.push(
                        "the machine's certificates are trusted; SSL_CERT_FILE names a file of others \
                         (AWS_CA_BUNDLE is not read)"
                            .to_owned(),
                    );
                }
                hints
            }
            _ => Vec::new(),
        }
    }
}

impl From<Error> for crate::error::Error {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        Self::failed(message).hinted_by(&error).caused_by(error)
    }
}
