//! What sort of failure an error of the SDK is: AWS's code and status, or how far the request came without an answer.

use super::error::ErrorKind;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_rds::error::SdkError;
use std::error::Error as StandardError;
use std::fmt;

/// The kind of an answer that AWS gave (AWS API references, Common Errors; RDS: the errors of each operation).
pub(super) fn kind_of_answer(code: Option<&str>, status: u16) -> ErrorKind {
    let code = code.unwrap_or_default();
    match code {
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "BandwidthLimitExceeded"
        | "EC2ThrottledException"
        | "SlowDown" => ErrorKind::Throttled,
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            ErrorKind::ExpiredCredentials
        }
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthFailure"
        | "OptInRequired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => ErrorKind::AccessDenied,
        _ if status == 429 => ErrorKind::Throttled,
        "InternalFailure"
        | "InternalError"
        | "ServiceUnavailable"
        | "RequestTimeout"
        | "RequestTimeoutException" => ErrorKind::Service,
        _ if status >= 500 => ErrorKind::Service,
        // The shapes' names end in Fault, the codes of some do, and of some do not.
        code if code.trim_end_matches("Fault").ends_with("NotFound") => ErrorKind::NotFound,
        code if code.trim_end_matches("Fault").ends_with("AlreadyExists") => {
            ErrorKind::AlreadyExists
        }
        "DBInstanceNotReady" => ErrorKind::InvalidState,
        code if code.starts_with("Invalid")
            && code.trim_end_matches("Fault").ends_with("State") =>
        {
            ErrorKind::InvalidState
        }
        // A success that the SDK could not take for one.
        _ if status < 400 => ErrorKind::Unreadable,
        _ => ErrorKind::Rejected,
    }
}

/// The kind of a failure without an answer from AWS.
pub(super) fn kind_of_failure<E, R>(error: &SdkError<E, R>, status: u16) -> ErrorKind
where
    E: StandardError + 'static,
    R: fmt::Debug + 'static,
{
    let causes = || chain(Some(error as &dyn StandardError));
    let credentials = causes().find_map(|cause| cause.downcast_ref::<CredentialsError>());
    if let Some(credentials) = credentials {
        return kind_of_credentials_error(credentials);
    }
    let unconnected = causes().any(|cause| {
        cause
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
    });
    match error {
        SdkError::ConstructionFailure(_) => ErrorKind::Rejected,
        SdkError::DispatchFailure(_) if unconnected => ErrorKind::Unreachable,
        SdkError::DispatchFailure(failure) if failure.is_user() => ErrorKind::Rejected,
        SdkError::ResponseError(_) if status >= 500 => ErrorKind::Service,
        SdkError::ResponseError(_) => {
            let cut_off =
                causes().any(|cause| cause.is::<std::io::Error>() || cause.is::<hyper::Error>());
            if cut_off {
                ErrorKind::Interrupted
            } else {
                ErrorKind::Unreadable
            }
        }
        // Where nothing else is certain, the request may have arrived.
        _ => ErrorKind::Interrupted,
    }
}

/// The kind of a failure to load credentials. A single sign-on session that ended looks like missing credentials to
/// the SDK; only the words tell.
pub(super) fn kind_of_credentials_error(error: &CredentialsError) -> ErrorKind {
    let ended = chain(Some(error)).any(|cause| {
        let words = cause.to_string();
        words.contains("expired") || words.contains("Session token not found or invalid")
    });
    if ended {
        ErrorKind::ExpiredCredentials
    } else {
        ErrorKind::NoCredentials
    }
}

/// An error and its sources, outermost first.
pub(super) fn chain<'a>(
    first: Option<&'a (dyn StandardError + 'static)>,
) -> impl Iterator<Item = &'a (dyn StandardError + 'static)> {
    std::iter::successors(first, |cause| (*cause).source())
}
