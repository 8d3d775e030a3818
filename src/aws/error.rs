//! What can go wrong between us and AWS: the operation, the object, AWS's own words, and whether the outcome is known.
//!
//! Goes in: the SDK's errors. Comes out: one error type that says what to do next.

use crate::hint::Hint;
use crate::names::ProfileName;
use std::error::Error as StandardError;
use std::fmt;

/// A call to AWS that did not succeed.
#[derive(Debug)]
pub struct Error {
    pub(super) operation: &'static str,
    pub(super) resource: String,
    pub(super) kind: ErrorKind,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) endpoint: Option<String>,
    pub(super) profile: Option<ProfileName>,
    pub(super) source: Option<Box<dyn StandardError + Send + Sync>>,
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
    /// Too many requests.
    Throttled,
    /// The caller may not do this.
    AccessDenied,
    /// The credentials have expired.
    ExpiredCredentials,
    /// No credentials were found, or they could not be loaded.
    NoCredentials,
    /// No connection: nothing was sent.
    Unreachable,
    /// Sent, and no reply came: whether AWS did it is not known.
    Interrupted,
    /// AWS reports a fault of its own (5xx): whether it did it is not known.
    Service,
    /// AWS refuses the request (any other 4xx).
    Rejected,
    /// The reply makes no sense.
    Unreadable,
}

impl Error {
    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The API's name of the operation.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What the operation was about.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// AWS's error code, such as `InvalidDBClusterStateFault`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// AWS's own words.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// AWS's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// For a call that changes something: whether it is certain that AWS did not do it.
    pub fn outcome_is_known(&self) -> bool {
        match self.kind {
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
            self.kind,
            ErrorKind::Throttled
                | ErrorKind::Unreachable
                | ErrorKind::Interrupted
                | ErrorKind::Service
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.operation, self.resource)
    }
}

impl StandardError for Error {
    fn source(&self) -> Option<&(dyn StandardError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StandardError + 'static))
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}

impl From<Error> for crate::error::Error {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        Self::failed(message).hinted_by(&error).caused_by(error)
    }
}
