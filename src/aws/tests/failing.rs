//! What is made of AWS's refusals, and what the reader is told.

use super::wire::{Wire, refusal, success};
use crate::aws::error::{Error, ErrorKind};
use crate::aws::observe;
use crate::hint::Hint;
use crate::names::SnapshotId;

async fn read_of(status: u16, code: &'static str, message: &'static str) -> (Error, usize) {
    let wire = Wire::new(move |_, _| refusal(status, code, message));
    let client = wire.client().await;
    let error = observe::caller(&client).await.unwrap_err();
    (error, wire.requests().len())
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn aws_codes_are_sorted_by_what_they_mean() {
    for (status, code, kind) in [
        (404, "DBClusterNotFoundFault", ErrorKind::NotFound),
        (404, "DBParameterGroupNotFound", ErrorKind::NotFound),
        (400, "DBClusterEndpointNotFoundFault", ErrorKind::NotFound),
        (
            400,
            "DBParameterGroupAlreadyExists",
            ErrorKind::AlreadyExists,
        ),
        (
            400,
            "DBClusterSnapshotAlreadyExistsFault",
            ErrorKind::AlreadyExists,
        ),
        (400, "InvalidDBClusterStateFault", ErrorKind::InvalidState),
        (400, "InvalidDBParameterGroupState", ErrorKind::InvalidState),
        (403, "AccessDenied", ErrorKind::AccessDenied),
        (403, "InvalidClientTokenId", ErrorKind::AccessDenied),
        (403, "ExpiredToken", ErrorKind::ExpiredCredentials),
        (400, "InvalidParameterCombination", ErrorKind::Rejected),
        (400, "InvalidParameterValue", ErrorKind::Rejected),
        (400, "InvalidAction", ErrorKind::Rejected),
        (403, "DBClusterQuotaExceededFault", ErrorKind::Rejected),
    ] {
        let (error, requests) = read_of(status, code, "words").await;
        assert_eq!((error.kind(), requests), (kind, 1), "{code}");
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.message(), Some("words"));
        assert_eq!(error.request_id(), Some("request-2"));
        assert!(!error.is_transient());
    }
    for (status, code, kind) in [
        (400, "Throttling", ErrorKind::Throttled),
        (500, "InternalFailure", ErrorKind::Service),
        (503, "ServiceUnavailable", ErrorKind::Service),
    ] {
        let (error, requests) = read_of(status, code, "words").await;
        assert_eq!((error.kind(), requests), (kind, 4), "{code}");
        assert!(error.is_transient());
    }
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_read_survives_two_server_faults() {
    let wire = Wire::new(|_, before| match before {
        0 => refusal(500, "InternalFailure", "oh"),
        1 => (502, "<html>Bad gateway</html>".to_owned()),
        _ => success("DescribeDBClusterSnapshots", "<DBClusterSnapshots/>"),
    });
    let client = wire.client().await;
    let found = observe::snapshot(&client, &SnapshotId::new("absent"))
        .await
        .unwrap();
    assert_eq!(found, None);
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_refusal_without_a_code_tells_its_status() {
    let wire = Wire::new(|_, _| (404, "<html>no such page</html>".to_owned()));
    let client = wire.client().await;
    let error = observe::caller(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(
        error.to_string(),
        "GetCallerIdentity us-east-1: HTTP status 404"
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_refusal_reads_whole_on_the_terminal() {
    let (error, _) = read_of(400, "InvalidDBClusterStateFault", "The cluster is busy.").await;
    let error = crate::error::Error::from(error);
    assert_eq!(
        error.render(false),
        "error: GetCallerIdentity us-east-1: InvalidDBClusterStateFault: The cluster is busy. (request request-2)\n"
    );
    assert_eq!(error.exit().code(), 1);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn expired_credentials_name_the_command_that_renews_them() {
    let (error, _) = read_of(403, "ExpiredToken", "The security token is expired").await;
    let named = error.explained(None, Some(crate::names::ProfileName::new("Admin-Alpha1")));
    assert_eq!(
        named.hints(),
        ["`aws sso login --profile Admin-Alpha1` renews single sign-on credentials"]
    );
}
