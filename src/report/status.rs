//! The live topology for people: endpoints, members, roles, and what each member still has to load.
//!
//! Goes in: one observed partition. Comes out: a drawing, the writer first, readers in the order of promotion.

use super::style::Style;
use crate::names::{PartitionName, RunId};
use crate::observed::{Cluster, Member, Observed};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A run that holds the cluster and waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The run.
    pub run: RunId,
    /// The gate.
    pub gate: String,
    /// What the person is asked.
    pub message: String,
    /// Since when, by the clock of the machine that waits.
    pub since: Timestamp,
    /// Whether a process waits; if not, `resume` goes on after the approval.
    pub process_waits: bool,
    /// What the person types.
    pub approve: String,
}

/// The lines that tell of it.
pub fn waiting(waiting: &Waiting, style: Style) -> String {
    let Waiting {
        run,
        gate,
        message,
        since: _,
        process_waits,
        approve,
    } = waiting;
    let then = if *process_waits {
        "its process goes on then"
    } else {
        "its process has ended; go on with it after that: auroractl resume"
    };
    let then = if *process_waits {
        then.to_owned()
    } else {
        format!("{then} {run}")
    };
    format!(
        "\n  {} at gate {}: {message}\n  run {run} holds the cluster; approve it: {approve}\n  {then}\n",
        style.changed("waits for a person"),
        style.name(gate),
    )
}

/// The drawing of one cluster.
pub fn render(
    partition: &PartitionName,
    observed: &Observed,
    cluster: &Cluster,
    style: Style,
) -> String {
    let mut text = format!(
        "{}: cluster {}, account {}, {}, {}\n",
        style.heading(partition.as_str()),
        style.name(cluster.identifier.as_str()),
        observed.caller.account,
        observed.region,
        observed.backend,
    );
    let _ = writeln!(
        text,
        "{}",
        style.faint(&format!(
            "{}, {} {}, read {}",
            cluster.status, cluster.engine, cluster.engine_version, observed.at
        ))
    );
    text.push('\n');
    for (label, value) in facts(cluster) {
        let _ = writeln!(text, "  {label:<24}{value}");
    }
    text.push('\n');
    let members = in_order(cluster);
    for (index, member) in members.iter().enumerate() {
        let last = index + 1 == members.len();
        text.push_str(&self::member(member, last, style));
    }
    if members.is_empty() {
        text.push_str("  no members\n");
    }
    text
}

fn facts(cluster: &Cluster) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(endpoint) = &cluster.endpoint {
        facts.push(("writer endpoint", endpoint.clone()));
    }
    if let Some(endpoint) = &cluster.reader_endpoint {
        facts.push(("reader endpoint", endpoint.clone()));
    }
    facts.push((
        "cluster parameter group",
        cluster.parameter_group.to_string(),
    ));
    if let Some(mode) = &cluster.database_insights {
        facts.push(("Database Insights", mode.clone()));
    }
    match (
        cluster.performance_insights_enabled,
        cluster.performance_insights_retention_days,
    ) {
        (Some(false), _) => facts.push(("Performance Insights", "off".to_owned())),
        (_, Some(days)) => facts.push(("Performance Insights", format!("{days} days"))),
        (Some(true), None) => facts.push(("Performance Insights", "on".to_owned())),
        (None, None) => {}
    }
    if let Some(window) = &cluster.maintenance_window {
        facts.push(("AWS maintenance, UTC", window.clone()));
    }
    if !cluster.pending.is_empty() {
        facts.push(("pending on the cluster", queue(&cluster.pending)));
    }
    facts
}

fn in_order(cluster: &Cluster) -> Vec<&Member> {
    let mut members: Vec<&Member> = cluster.members.values().collect();
    members.sort_by_key(|member| (!member.is_writer, member.promotion_tier, &member.identifier));
    members
}

fn member(member: &Member, last: bool, style: Style) -> String {
    let (branch, line) = if last {
        ("└─", "  ")
    } else {
        ("├─", "│ ")
    };
    let role = if member.is_writer { "writer" } else { "reader" };
    let health = |good: bool, text: &str| {
        if good {
            style.added(text)
        } else {
            style.changed(text)
        }
    };
    let mut text = format!(
        "  {branch} {role}  {}  {}\n",
        style.name(member.identifier.as_str()),
        health(member.status == "available", &member.status),
    );
    let mut place = vec![
        member.class.to_string(),
        format!("tier {}", member.promotion_tier),
    ];
    place.extend(member.availability_zone.clone());
    place.push(format!("engine {}", member.engine_version));
    let _ = writeln!(text, "  {line}         {}", place.join(", "));
    let group = &member.cluster_parameter_group_status;
    let _ = writeln!(
        text,
        "  {line}         cluster parameter group {}; {}",
        health(group == "in-sync", group),
        if member.pending.is_empty() {
            "nothing pending".to_owned()
        } else {
            style.changed(&format!("pending {}", queue(&member.pending)))
        },
    );
    for (group, status) in &member.instance_groups {
        if !group.is_default() {
            let _ = writeln!(
                text,
                "  {line}         own parameter group {group}: {status}"
            );
        }
    }
    text
}

fn queue(pending: &BTreeMap<String, String>) -> String {
    pending
        .iter()
        .map(|(field, value)| format!("{field} = {value}"))
        .collect::<Vec<_>>()
        .join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_writer_comes_first_whatever_its_name() {
        let observed = sample::observed();
        let cluster = observed.cluster.clone().unwrap();
        insta::assert_snapshot!(
            render(&PartitionName::new("prod"), &observed, &cluster, Style::new(false)),
            @"
        prod: cluster orders, account 111111111111, us-east-1, simulated AWS (built-in world)
        available, aurora-postgresql 16.6, read 2026-05-15T06:05:00Z

          writer endpoint         orders.cluster-x.us-east-1.rds.amazonaws.com
          reader endpoint         orders.cluster-ro-x.us-east-1.rds.amazonaws.com
          cluster parameter group orders-aurora-postgresql16
          Database Insights       standard
          Performance Insights    7 days
          AWS maintenance, UTC    sun:05:00-sun:05:30

          ├─ writer  orders-reader  available
          │          db.t3.medium, tier 1, us-east-1a, engine 16.6
          │          cluster parameter group in-sync; nothing pending
          ├─ reader  orders-writer  available
          │          db.t3.medium, tier 1, us-east-1a, engine 16.6
          │          cluster parameter group pending-reboot; pending DBInstanceClass = db.r7g.large
          └─ reader  orders-0  available
                     db.t3.medium, tier 2, us-east-1a, engine 16.6
                     cluster parameter group in-sync; nothing pending
        "
        );
    }
}
