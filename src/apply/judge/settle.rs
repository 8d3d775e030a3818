//! Settling: what was stored has reached every member, as far as the API can show it.

use crate::apply::record::seconds_between;
use crate::aws::wait::Look;
use crate::observed::Cluster;
use jiff::Timestamp;

/// Whether no member is `applying`, and the least time is gone.
pub(super) fn settled(
    seconds_min: u32,
    since: Timestamp,
    cluster: &Cluster,
    now: Timestamp,
) -> Look {
    let applying: Vec<&str> = cluster
        .members
        .values()
        .filter(|member| member.cluster_parameter_group_status == "applying")
        .map(|member| member.identifier.as_str())
        .collect();
    if !applying.is_empty() {
        return Look::Waiting(format!("{} applying", applying.join(", ")));
    }
    let gone = seconds_between(since, now);
    if gone < seconds_min {
        return Look::Waiting(format!(
            "no member is applying; waiting until {seconds_min} s are gone"
        ));
    }
    Look::Good(format!("no member is applying, {seconds_min} s are gone"))
}
