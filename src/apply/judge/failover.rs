//! Failovers: proven when the named reader is the writer and everything is at rest. For up to 14 s after AWS accepted
//! one, cluster and members still look as before; and the cluster may stay `failing-over` for minutes after the writer
//! moved.

use super::Memory;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::names::InstanceId;
use crate::observed::{Cluster, Event};
use jiff::Timestamp;

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
        return if health::is_available(&cluster.status) && health::unavailable(cluster).is_none() {
            Look::Proven(words)
        } else {
            Look::Begun(words)
        };
    }
    if let Some(event) = told.iter().find(|event| is_failure(event)) {
        return Look::Failed(format!("AWS reports: {} ({words})", event.message));
    }
    let at_rest = health::is_available(&cluster.status);
    match writer {
        Some(writer) if writer == from && memory.has("moved") && at_rest => Look::Failed(format!(
            "the writer moved to `{to}` and back to `{from}` ({words})"
        )),
        Some(writer) if writer != from && at_rest => Look::Failed(format!(
            "the writer is `{writer}` now, and was to be `{to}` ({words})"
        )),
        _ if memory.has("begun") => Look::Begun(words),
        _ => Look::Waiting(words),
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
