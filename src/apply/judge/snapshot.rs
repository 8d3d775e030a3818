//! Snapshots: made, marked with their expiry, or gone.

use crate::apply::facts::Facts;
use crate::aws::wait::Look;
use crate::names::ClusterId;
use crate::observed::EXPIRY_TAG;
use jiff::Timestamp;

/// Whether the run's snapshot is available. Its name is the run's, so that its existence proves that it began.
pub(super) fn created(cluster: &ClusterId, facts: &Facts) -> Look {
    let Some(snapshot) = &facts.snapshot else {
        return Look::Waiting("no snapshot yet".to_owned());
    };
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
