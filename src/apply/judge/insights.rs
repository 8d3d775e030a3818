//! Database Insights and Performance Insights: the values appear at once, and the cluster may refuse modifications for
//! minutes afterwards (`configuring-enhanced-monitoring`).

use super::Memory;
use crate::apply::before::insights_are;
use crate::apply::health;
use crate::aws::wait::Look;
use crate::observed::Cluster;
use jiff::Timestamp;

/// How long everything must have been quiet when no status showed that the change is under way, in seconds.
const QUIET_SECONDS: u32 = 60;

/// What was sent.
pub(super) struct Sent<'a> {
    pub(super) mode: Option<&'a str>,
    pub(super) enabled: Option<bool>,
    pub(super) retention_days: Option<u32>,
}

/// Whether the cluster shows what was sent and is at rest again.
pub(super) fn shown(
    sent: &Sent<'_>,
    memory: &mut Memory,
    cluster: &Cluster,
    now: Timestamp,
) -> Look {
    if let Some(broken) = health::broken(cluster) {
        return Look::Failed(broken);
    }
    let values = format!(
        "Database Insights {}, retention {} days",
        cluster.database_insights.as_deref().unwrap_or("not shown"),
        cluster
            .performance_insights_retention_days
            .map_or_else(|| "not shown".to_owned(), |days| days.to_string())
    );
    if let Some(away) = health::unavailable(cluster) {
        memory.mark("away", now);
        return Look::Begun(format!("{values}; {away}"));
    }
    if !insights_are(cluster, sent.mode, sent.enabled, sent.retention_days) {
        memory.forget("quiet");
        return if memory.has("away") {
            Look::Begun(values)
        } else {
            Look::Waiting(values)
        };
    }
    let quiet_seconds = memory.mark("quiet", now);
    if memory.has("away") || quiet_seconds >= QUIET_SECONDS {
        Look::Proven(values)
    } else {
        Look::Begun(format!("{values}; not at rest for {QUIET_SECONDS} s yet"))
    }
}
