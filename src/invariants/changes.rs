//! Each planned change takes effect once, and nothing else does. What an action may send is written down here, and not taken
//! from what sends it.

use super::evidence::{Evidence, Request, Run};
use super::members::{aws_gave_it_up, aws_was_first};
use crate::plan::action::{Action, Kind, ParameterSetting};
use std::collections::BTreeMap;

/// No run's failover took effect twice, and where the run was completed, none that was planned is missing.
pub(super) fn one_failover(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let planned = run
            .plan
            .actions
            .iter()
            .filter(|action| matches!(action.kind, Kind::Failover { .. }))
            .filter(|action| !run.skipped(&action.id))
            .count();
        let done = requests
            .iter()
            .filter(|request| request.action == "FailoverDBCluster")
            .count();
        let redone = redone_failovers(run);
        if done > planned + redone || (run.is_complete() && done < planned) {
            problems.push(format!(
                "run {}: {planned} planned, {done} took effect",
                run.run
            ));
        }
    }
    problems
}

/// How often a person had a failover done again.
fn redone_failovers(run: &Run) -> usize {
    run.plan
        .actions
        .iter()
        .filter(|action| matches!(action.kind, Kind::Failover { .. }))
        .map(|action| run.redone(&action.id))
        .sum()
}

/// What took effect is what was planned: each action at most once, and exactly once where the run was completed. An action
/// that carries a condition may have been skipped for it.
pub(super) fn exactly_the_plan_took_effect(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for (run, requests) in evidence.effective() {
        let own_snapshot = own_snapshot(&requests);
        let mut left: BTreeMap<String, i32> = BTreeMap::new();
        for action in &run.plan.actions {
            if let Some(line) = planned(run, action) {
                *left.entry(line).or_default() += 1;
            }
        }
        for request in &requests {
            *left.entry(sent(request, own_snapshot)).or_default() -= 1;
        }
        // Done without a request: found needless, or AWS was just before.
        let needless = run
            .plan
            .actions
            .iter()
            .filter(|action| run.skipped(&action.id))
            .filter_map(|action| planned(run, action));
        let raced = evidence
            .requests_of(run)
            .filter(|request| aws_was_first(evidence, request))
            .map(|request| sent(request, own_snapshot));
        for line in needless.chain(raced) {
            if let Some(times) = left.get_mut(&line) {
                *times = (*times - 1).max((*times).min(0));
            }
        }
        let given_up: Vec<String> = requests
            .iter()
            .filter(|request| aws_gave_it_up(evidence, request))
            .map(|request| sent(request, own_snapshot))
            .collect();
        let redone = i32::try_from(redone_failovers(run)).unwrap_or(0);
        for (line, times) in left {
            // AWS can take a failover back, and give a class change up before anybody notices it.
            let again = if line.starts_with("FailoverDBCluster ") {
                redone
            } else {
                let times = given_up.iter().filter(|given_up| **given_up == line);
                i32::try_from(times.count()).unwrap_or(0)
            };
            if times < -again {
                problems.push(format!(
                    "run {}: {line}: {} time(s) more than planned",
                    run.run, -times
                ));
            } else if times > 0 && run.is_complete() {
                problems.push(format!("run {}: {line}: planned, and never done", run.run));
            }
        }
    }
    problems
}

/// What AWS accepted, it did: nothing was asked for that was so already.
pub(super) fn every_change_had_an_effect(evidence: &Evidence) -> Vec<String> {
    evidence
        .requests
        .iter()
        .filter(|request| {
            request.status == 200
                && request.fault.is_none()
                && !request.took_effect()
                && !aws_was_first(evidence, request)
        })
        .map(|request| {
            format!(
                "{} {:?} at {}",
                request.action, request.parameters, request.time
            )
        })
        .collect()
}

/// The snapshot that a run made.
pub(super) fn own_snapshot<'a>(requests: &[&'a Request]) -> Option<&'a str> {
    requests
        .iter()
        .find(|request| request.action == "CreateDBClusterSnapshot")
        .map(|request| request.parameter("DBClusterSnapshotIdentifier"))
}

/// Whether a request says until when a snapshot is kept, or deletes it.
pub(super) fn releases(request: &Request, snapshot: &str) -> bool {
    match request.action.as_str() {
        "AddTagsToResource" => {
            request.parameter("Tags.Tag.1.Key") == "auroractl:expires"
                && request
                    .parameter("ResourceName")
                    .ends_with(&format!(":cluster-snapshot:{snapshot}"))
        }
        "DeleteDBClusterSnapshot" => request.parameter("DBClusterSnapshotIdentifier") == snapshot,
        _ => false,
    }
}

/// Whether one of these requests is what an action of a run asks for.
pub fn asked_for(run: &Run, action: &Action, requests: &[Request]) -> bool {
    let requests: Vec<&Request> = requests.iter().collect();
    let own_snapshot = own_snapshot(&requests);
    planned(run, action).is_some_and(|line| {
        requests
            .iter()
            .any(|request| line == sent(request, own_snapshot))
    })
}

/// What an action of a plan leads to; none where it only reads.
pub(super) fn planned(run: &Run, action: &Action) -> Option<String> {
    let cluster = &run.plan.target.cluster;
    Some(match &action.kind {
        Kind::CreateSnapshot => format!("CreateDBClusterSnapshot {cluster}"),
        Kind::CreateParameterGroup { group, .. } => {
            format!("CreateDBClusterParameterGroup {group}")
        }
        Kind::AdoptParameterGroup { arn, .. } => {
            format!("AddTagsToResource {arn} auroractl:partition")
        }
        Kind::ModifyParameters { group, parameters } => format!(
            "ModifyDBClusterParameterGroup {group} {}",
            settings(parameters, true)
        ),
        Kind::ResetParameters { group, parameters } => format!(
            "ResetDBClusterParameterGroup {group} {}",
            settings(parameters, false)
        ),
        Kind::AttachParameterGroup { group, .. } => format!("ModifyDBCluster {cluster} {group}"),
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => format!(
            "ModifyDBCluster {cluster} insights {} {} {}",
            mode.as_deref().unwrap_or_default(),
            enable_performance_insights.map_or_else(String::new, |enable| enable.to_string()),
            retention_days.map_or_else(String::new, |days| days.to_string()),
        ),
        Kind::QueueClassChange {
            instance, class, ..
        } => format!("ModifyDBInstance {instance} {class} queued"),
        Kind::ChangeClass {
            instance, class, ..
        }
        | Kind::ClearQueue {
            instance, class, ..
        } => format!("ModifyDBInstance {instance} {class} now"),
        Kind::Flush { instance, .. } => format!("ModifyDBInstance {instance}  now"),
        Kind::Reboot { instance, .. } => format!("RebootDBInstance {instance}"),
        Kind::Failover { to, .. } => format!("FailoverDBCluster {cluster} {to}"),
        Kind::ReleaseSnapshot { .. } => "release of the run's snapshot".to_owned(),
        Kind::DeleteExpiredSnapshot { snapshot } => format!("DeleteDBClusterSnapshot {snapshot}"),
        Kind::RestoreCluster(recipe) => format!(
            "RestoreDBClusterFromSnapshot {} {}",
            recipe.cluster, recipe.snapshot
        ),
        Kind::CreateMember(recipe) => format!(
            "CreateDBInstance {} {} {}",
            recipe.instance, recipe.cluster, recipe.class
        ),
        Kind::CheckParameterGroup { .. }
        | Kind::Settle { .. }
        | Kind::Verify(_)
        | Kind::VerifyRestored(_)
        | Kind::Command { .. }
        | Kind::Gate { .. } => return None,
    })
}

fn settings(parameters: &[ParameterSetting], with_values: bool) -> String {
    let texts: Vec<String> = parameters
        .iter()
        .map(|setting| match (&setting.value, with_values) {
            (Some(value), true) => format!("{}={value}", setting.name),
            _ => setting.name.to_string(),
        })
        .collect();
    texts.join(" ")
}

/// What was asked for, in the same words.
pub(super) fn sent(request: &Request, own_snapshot: Option<&str>) -> String {
    let Request { action, .. } = request;
    let text = |name: &str| request.parameter(name);
    let cluster = text("DBClusterIdentifier").to_lowercase();
    if own_snapshot.is_some_and(|snapshot| releases(request, snapshot)) {
        return "release of the run's snapshot".to_owned();
    }
    match action.as_str() {
        "CreateDBClusterSnapshot" => format!("{action} {cluster}"),
        "DeleteDBClusterSnapshot" => format!("{action} {}", text("DBClusterSnapshotIdentifier")),
        "CreateDBClusterParameterGroup" => {
            format!("{action} {}", text("DBClusterParameterGroupName"))
        }
        "ModifyDBClusterParameterGroup" | "ResetDBClusterParameterGroup" => format!(
            "{action} {} {}",
            text("DBClusterParameterGroupName"),
            sent_settings(request)
        ),
        "ModifyDBCluster" if !text("DBClusterParameterGroupName").is_empty() => {
            format!("{action} {cluster} {}", text("DBClusterParameterGroupName"))
        }
        "ModifyDBCluster" => format!(
            "{action} {cluster} insights {} {} {}",
            text("DatabaseInsightsMode"),
            text("EnablePerformanceInsights"),
            text("PerformanceInsightsRetentionPeriod")
        ),
        "ModifyDBInstance" => {
            let when = if request.is_disruptive() {
                "now"
            } else {
                "queued"
            };
            format!(
                "{action} {} {} {when}",
                request.instance(),
                text("DBInstanceClass")
            )
        }
        "RebootDBInstance" => format!("{action} {}", request.instance()),
        "RestoreDBClusterFromSnapshot" => {
            format!("{action} {cluster} {}", text("SnapshotIdentifier"))
        }
        "CreateDBInstance" => format!(
            "{action} {} {cluster} {}",
            request.instance(),
            text("DBInstanceClass")
        ),
        "FailoverDBCluster" => format!("{action} {cluster} {}", request.instance()),
        "AddTagsToResource" => format!(
            "{action} {} {}",
            text("ResourceName"),
            text("Tags.Tag.1.Key")
        ),
        _ => format!("{action} {:?}", request.parameters),
    }
}

fn sent_settings(request: &Request) -> String {
    let with_values = request.action == "ModifyDBClusterParameterGroup";
    let mut texts = Vec::new();
    for number in 1_u32.. {
        let of = |field: &str| request.parameter(&format!("Parameters.Parameter.{number}.{field}"));
        let (name, value) = (of("ParameterName"), of("ParameterValue"));
        if name.is_empty() {
            break;
        }
        texts.push(if with_values {
            format!("{name}={value}")
        } else {
            name.to_owned()
        });
    }
    texts.join(" ")
}
