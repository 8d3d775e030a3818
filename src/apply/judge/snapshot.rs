//! Snapshots: made, marked with their expiry, or gone.

use super::Memory;
use crate::apply::facts::Facts;
use crate::aws::wait::Look;
use crate::names::ClusterId;
use crate::observed::EXPIRY_TAG;
use jiff::Timestamp;

/// How long AWS may not show a snapshot that it accepted, in seconds: twice the longest that any of its reads was seen to lag.
const ABSENT_SECONDS_MAX: u32 = 180;

/// Whether the run's snapshot is available. Its name is the run's, so that its existence proves that it began; one that AWS
/// accepted and that stays absent was deleted, and waiting brings it back no more.
pub(super) fn created(
    cluster: &ClusterId,
    memory: &mut Memory,
    facts: &Facts,
    now: Timestamp,
) -> Look {
    let Some(snapshot) = &facts.snapshot else {
        let seconds = memory.mark("no snapshot", now);
        return if seconds > ABSENT_SECONDS_MAX {
            Look::Failed(format!(
                "AWS accepted the snapshot, and for {seconds} s there is none; somebody deleted it"
            ))
        } else {
            Look::Waiting("no snapshot yet".to_owned())
        };
    };
    memory.forget("no snapshot");
    let words = format!(
        "snapshot {} {}, {} %",
        snapshot.identifier, snapshot.status, snapshot.percent
    );
    if snapshot.cluster != *cluster {
        return Look::Failed(format!("{words}, of cluster `{}`", snapshot.cluster));
    }
    match snapshot.status.as_str() {
        "available" => Look::Proven(format!("snapshot {} is available", snapshot.identifier)),
        "failed" | "deleting" | "deleted" => Look::Failed(words),
        _ => Look::Begun(words),
    }
}

/// Whether the snapshot says when it may be deleted; or, without such a time, is gone.
pub(super) fn released(expires: Option<Timestamp>, facts: &Facts) -> Look {
    match (&facts.snapshot, expires) {
        (None, None) => Look::Proven("the snapshot is deleted".to_owned()),
        (None, Some(_)) => Look::Proven("the snapshot is gone".to_owned()),
        (Some(snapshot), None) => Look::Waiting(format!(
            "snapshot {} {}",
            snapshot.identifier, snapshot.status
        )),
        (Some(snapshot), Some(expires)) => match snapshot.tags.get(EXPIRY_TAG) {
            Some(tag) if tag.parse().ok() == Some(expires) => Look::Proven(format!(
                "snapshot {} may be deleted from {expires} on",
                snapshot.identifier
            )),
            _ => Look::Waiting(format!("snapshot {} has no expiry", snapshot.identifier)),
        },
    }
}
