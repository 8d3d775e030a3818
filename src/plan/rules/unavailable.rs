//! What helps against a cluster or a member that is not available.
//!
//! Goes in: its status, and whether that is one that waiting does not mend. Comes out: the next step.

use super::Facts;

/// The next step; `kind` is the word of DescribeEvents for what it is.
pub(super) fn way_out(
    status: &str,
    is_broken: bool,
    kind: &str,
    identifier: &str,
    facts: &Facts<'_>,
) -> String {
    let (cluster, region) = (&facts.cluster.identifier, &facts.observed.region);
    match status {
        "stopped" | "stopping" => format!(
            "start it and try again when it is available: aws rds start-db-cluster --db-cluster-identifier {cluster} --region {region}"
        ),
        "deleting" | "deleted" => "wait until it is gone, then try again".to_owned(),
        _ if is_broken => format!(
            "waiting does not mend this; mend what its events tell, then try again: \
             aws rds describe-events --source-type {kind} --source-identifier {identifier} --duration 1440 --region {region}"
        ),
        _ => "wait until the operation in flight is over (`auroractl status` shows it), then try again".to_owned(),
    }
}
