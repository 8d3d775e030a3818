//! Rules about the cluster as a whole.

use super::{Facts, reason, unavailable};

use crate::observed::status::{BROKEN_CLUSTER, is_available};
use crate::plan::refusal::Reason;

/// Performance Insights retention that Database Insights `advanced` demands, in days (RDS API Reference,
/// ModifyDBCluster, DatabaseInsightsMode).
const ADVANCED_RETENTION_DAYS_MIN: u32 = 465;

/// The tag that CloudFormation puts on what a stack owns.
const STACK_TAG: &str = "aws:cloudformation:stack-name";

pub(super) fn engine_is_the_declared_one(facts: &Facts<'_>) -> Vec<Reason> {
    let declared = &facts.desired.cluster.engine;
    let live = &facts.cluster.engine;
    if declared == live {
        return Vec::new();
    }
    vec![reason(
        "engine-differs",
        format!(
            "cluster `{}` runs engine {live}, and the declaration says {declared}",
            facts.cluster.identifier
        ),
        format!(
            "declare engine = \"{live}\" in {}, or name the cluster that is meant",
            facts.desired.file.display()
        ),
    )]
}

pub(super) fn version_is_the_declared_one(facts: &Facts<'_>) -> Vec<Reason> {
    let declared = &facts.desired.cluster.engine_version;
    let live = facts.cluster.engine_version.as_str();
    if declared.accepts(live) || crate::plan::version::is_minor_upgrade(declared.as_str(), live) {
        return Vec::new();
    }
    vec![reason(
        "engine-version-differs",
        format!(
            "cluster `{}` runs {live}, and the declaration says {}; engine upgrades are not planned by this version of auroractl",
            facts.cluster.identifier,
            declared.as_str()
        ),
        format!(
            "upgrade the cluster first, or declare engine_version = \"{}\"",
            live.split('.').next().unwrap_or(live)
        ),
    )]
}

pub(super) fn no_stack_owns_the_cluster(facts: &Facts<'_>) -> Vec<Reason> {
    match facts.cluster.tags.get(STACK_TAG) {
        Some(stack) if !facts.options.take_ownership => vec![reason(
            "owned-by-stack",
            format!(
                "cluster `{}` belongs to CloudFormation stack `{stack}`; changing it here would make the stack drift",
                facts.cluster.identifier
            ),
            "change it through its stack, or pass --take-ownership and accept that the stack drifts",
        )],
        _ => Vec::new(),
    }
}

pub(super) fn cluster_is_available(facts: &Facts<'_>) -> Vec<Reason> {
    let status = facts.cluster.status.as_str();
    if is_available(status) {
        return Vec::new();
    }
    vec![reason(
        "cluster-not-available",
        format!(
            "cluster `{}` is {status}, not available",
            facts.cluster.identifier
        ),
        unavailable::way_out(
            status,
            BROKEN_CLUSTER.contains(&status),
            "db-cluster",
            facts.cluster.identifier.as_str(),
            facts,
        ),
    )]
}

pub(super) fn no_cluster_modification_is_pending(facts: &Facts<'_>) -> Vec<Reason> {
    facts
        .cluster
        .pending
        .iter()
        .map(|(field, value)| {
            reason(
                "undeclared-pending-modification",
                format!(
                    "cluster `{}` has a queued modification that is not declared: {field} = {value}",
                    facts.cluster.identifier
                ),
                "apply it or take it back with `aws rds modify-db-cluster`, then try again",
            )
        })
        .collect()
}

pub(super) fn no_unfinished_run_holds_a_snapshot(facts: &Facts<'_>) -> Vec<Reason> {
    facts
        .observed
        .held_snapshots()
        .filter(|(_, run)| !facts.observed.ended_runs.contains(run))
        .map(|(snapshot, run)| {
            reason(
                "unfinished-run",
                format!(
                    "run {run} has not released its snapshot `{}`: it is unfinished, perhaps on another machine",
                    snapshot.identifier
                ),
                format!(
                    "let that run end, or finish it where its journal is: auroractl resume {run}; when it is certainly over \
                     and its snapshot is not needed, delete it: \
                     aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier {} --region {}",
                    snapshot.identifier, facts.observed.region
                ),
            )
        })
        .collect()
}

pub(super) fn insights_fit_together(facts: &Facts<'_>) -> Vec<Reason> {
    let desired = &facts.desired.cluster;
    let mode = desired
        .database_insights
        .map(|mode| mode.as_str().to_owned())
        .or_else(|| facts.cluster.database_insights.clone());
    let retention = desired
        .performance_insights_retention_days
        .or(facts.cluster.performance_insights_retention_days);
    let touches =
        facts.differences.insights_mode.is_some() || facts.differences.retention_days.is_some();
    // Without Performance Insights there is no retention, which is too short as well.
    let days = retention.unwrap_or(0);
    match mode.as_deref() {
        Some("advanced") if touches && days < ADVANCED_RETENTION_DAYS_MIN => {
            let (fact, way_out) = if desired.database_insights.is_some() {
                (
                    format!(
                        "database_insights = \"advanced\" demands a Performance Insights retention of at least {ADVANCED_RETENTION_DAYS_MIN} days, and it would be {days}"
                    ),
                    format!(
                        "declare performance_insights_retention_days = {ADVANCED_RETENTION_DAYS_MIN}"
                    ),
                )
            } else {
                (
                    format!(
                        "cluster `{}` is in Database Insights mode advanced, in which AWS refuses a retention of {days} days",
                        facts.cluster.identifier
                    ),
                    "declare database_insights = \"standard\" too, so that the mode is changed first".to_owned(),
                )
            };
            vec![reason("insights-retention", fact, way_out)]
        }
        _ => Vec::new(),
    }
}
