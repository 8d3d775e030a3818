//! Failovers: proven when the named reader is the writer and everything is at rest. For up to 14 s after AWS accepted
//! one, cluster and members still look as before; and the cluster may stay `failing-over` for minutes after the writer
//! moved.

use super::Memory;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::names::InstanceId;
use crate::observed::{Cluster, Event};
use jiff::Timestamp;

/// How long everything must be at rest with another writer than the planned one before that counts as the end, in
/// seconds: longer than the writer flag and the cluster's status are known to disagree.
const STRAY_SECONDS: u32 = 60;

/// Whether the writer moved from one member to the other.
pub(super) fn moved(
    from: &InstanceId,
    to: &InstanceId,
    memory: &mut Memory,
    cluster: &Cluster,
    events: &[Event],
    now: Timestamp,
) -> Look {
    if let Some(broken) = health::broken(cluster) {
        return Look::Failed(broken);
    }
    let writer = cluster.writer().map(|member| &member.identifier);
    let words = format!(
        "cluster {}, writer {}{}",
        cluster.status,
        writer.map_or("none", InstanceId::as_str),
        cluster
            .members
            .values()
            .find(|member| !health::is_available(&member.status))
            .map(|member| format!(", {} {}", member.identifier, member.status))
            .unwrap_or_default()
    );
    let told: Vec<&Event> = events
        .iter()
        .filter(|event| event.at >= memory.since && is_about_failover(event))
        .collect();
    if cluster.status == "failing-over" || writer != Some(from) || !told.is_empty() {
        memory.mark("begun", now);
    }
    if writer == Some(to) {
        memory.mark("moved", now);
        memory.forget("strayed");
        return if health::is_available(&cluster.status) && health::unavailable(cluster).is_none() {
            Look::Proven(words)
        } else {
            Look::Begun(words)
        };
    }
    if let Some(event) = told.iter().find(|event| is_failure(event)) {
        return Look::Failed(format!("AWS reports: {} ({words})", event.message));
    }
    // A look may show an older state than the one before, so that what is against the plan must last.
    let ended = health::is_available(&cluster.status) && memory.has("begun");
    let strays = match writer {
        Some(writer) if ended => {
            let seconds = memory.mark("strayed", now);
            (seconds >= STRAY_SECONDS).then_some(writer)
        }
        _ => {
            memory.forget("strayed");
            None
        }
    };
    match strays {
        Some(writer) if writer != from => Look::Failed(format!(
            "the writer is `{writer}` now, and was to be `{to}` ({words})"
        )),
        Some(_) if memory.has("moved") => Look::Failed(format!(
            "the writer moved to `{to}` and back to `{from}` ({words})"
        )),
        Some(_) => Look::Failed(format!(
            "the failover began and ended, and `{from}` still is the writer ({words})"
        )),
        None if memory.has("begun") => Look::Begun(words),
        None => Look::Waiting(words),
    }
}

fn is_about_failover(event: &Event) -> bool {
    event
        .categories
        .iter()
        .any(|category| category == "failover")
        || event.message.to_ascii_lowercase().contains("failover")
        || is_failure(event)
}

/// RDS-EVENT-0069 (the failover failed) and RDS-EVENT-0070 (the previous writer is promoted again), by their messages
/// (Amazon Aurora User Guide, Amazon RDS event categories and event messages).
fn is_failure(event: &Event) -> bool {
    let message = event.message.to_ascii_lowercase();
    message.contains("failover failed") || message.contains("promoting previous primary")
}
