//! Drift: what differs between declaration and live facts, sorted by who has to act. Reads only, refuses nothing.

use super::difference::{Differences, GroupDifference, PENDING_REBOOT, foreign_queue};
use super::version::is_minor_upgrade;
use super::{Options, question};
use crate::desired::Desired;
use crate::names::{InstanceId, PartitionName};
use crate::observed::{ApplyType, Cluster, EXPIRY_TAG, Observed, Question};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All differences of one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The partition.
    pub partition: PartitionName,
    /// The differences, most serious class first.
    pub findings: Vec<Finding>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort of difference it is.
    pub class: Class,
    /// What differs, such as `parameter max_connections`.
    pub subject: String,
    /// The member that holds it; absent for the cluster as a whole.
    pub member: Option<InstanceId>,
    /// The declared value; absent when nothing is declared.
    pub declared: Option<String>,
    /// The live value; absent when there is none.
    pub live: Option<String>,
    /// Why it is so, or what it takes.
    pub reason: String,
}

/// The sorts of difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// AWS stores something else than the declaration says.
    NotAsDeclared,
    /// AWS stores the declared value, and a member does not run it yet.
    StoredButNotLive,
    /// Only AWS made the difference, such as an automatic minor upgrade; it is no drift to undo.
    ChangedByAws,
    /// A snapshot of ours whose time is over; the next apply deletes it.
    ExpiredSnapshot,
    /// A snapshot of a run that did not release it: the run is not over, or ended early. Nothing deletes it by itself.
    HeldSnapshot,
}

impl Drift {
    /// Whether a difference is somebody's to settle.
    pub fn is_drift(&self) -> bool {
        self.findings.iter().any(|finding| {
            matches!(
                finding.class,
                Class::NotAsDeclared | Class::StoredButNotLive
            )
        })
    }
}

/// What has to be read before `drift` can compare: what a plan needs, and our snapshots.
pub fn questions(desired: &Desired, observed: &Observed) -> BTreeSet<Question> {
    let mut questions = question::questions(desired, observed, &Options::default());
    // Whether a class can be ordered and who made a group matters only to those who change something.
    questions.retain(|question| {
        match question {
            Question::Orderable { .. } => false,
            // Who made the group decides whether it is managed at all where no parameter is declared.
            Question::GroupTags(_) => desired.parameters.is_empty(),
            _ => true,
        }
    });
    if let Some(cluster) = &observed.cluster
        && observed.snapshots.is_none()
    {
        questions.insert(Question::Snapshots(cluster.identifier.clone()));
    }
    questions
}

/// Compares. A cluster that does not exist has no findings; the caller reports its absence.
pub fn drift(desired: &Desired, observed: &Observed) -> Drift {
    let mut findings = Vec::new();
    if let Some(cluster) = &observed.cluster {
        let differences = Differences::between(desired, observed);
        engine(desired, cluster, &mut findings);
        if let Some(difference) = &differences.group {
            group(desired, cluster, difference, &mut findings);
        }
        settings_of_the_cluster(&differences, &mut findings);
        members(desired, observed, cluster, &differences, &mut findings);
        snapshots(observed, &mut findings);
    }
    findings.sort_by(|left, right| {
        (left.class, &left.subject, &left.member).cmp(&(right.class, &right.subject, &right.member))
    });
    Drift {
        partition: desired.partition.clone(),
        findings,
    }
}

fn finding(class: Class, subject: impl Into<String>, reason: impl Into<String>) -> Finding {
    Finding {
        class,
        subject: subject.into(),
        member: None,
        declared: None,
        live: None,
        reason: reason.into(),
    }
}

fn engine(desired: &Desired, cluster: &Cluster, findings: &mut Vec<Finding>) {
    let declared = desired.cluster.engine_version.as_str();
    let live = cluster.engine_version.as_str();
    if desired.cluster.engine != cluster.engine {
        findings.push(Finding {
            declared: Some(desired.cluster.engine.clone()),
            live: Some(cluster.engine.clone()),
            ..finding(Class::NotAsDeclared, "engine", "another engine")
        });
    }
    if desired.cluster.engine_version.accepts(live) {
        return;
    }
    let (class, reason) = if is_minor_upgrade(declared, live) {
        (
            Class::ChangedByAws,
            format!(
                "a minor upgrade beyond the declared version; declare engine_version = \"{live}\" to record it"
            ),
        )
    } else {
        (
            Class::NotAsDeclared,
            "auroractl does not upgrade engines".to_owned(),
        )
    };
    findings.push(Finding {
        declared: Some(declared.to_owned()),
        live: Some(live.to_owned()),
        ..finding(class, "engine version", reason)
    });
}

fn group(
    desired: &Desired,
    cluster: &Cluster,
    difference: &GroupDifference,
    findings: &mut Vec<Finding>,
) {
    if difference.attaches() {
        findings.push(Finding {
            declared: Some(difference.target.to_string()),
            live: Some(difference.attached.to_string()),
            ..finding(
                Class::NotAsDeclared,
                "cluster parameter group",
                "another group is attached",
            )
        });
    }
    for setting in &difference.settings {
        let live = setting.before.clone().or(setting.parameter.value.clone());
        findings.push(Finding {
            declared: Some(setting.to.clone()),
            live,
            ..finding(
                Class::NotAsDeclared,
                format!("parameter {}", setting.parameter.name),
                match setting.parameter.apply_type {
                    ApplyType::Dynamic => "dynamic: live without a restart once stored",
                    ApplyType::Static => "static: live on each member after a restart",
                },
            )
        });
    }
    for parameter in &difference.resets {
        findings.push(Finding {
            live: parameter.value.clone(),
            ..finding(
                Class::NotAsDeclared,
                format!("parameter {}", parameter.name),
                "stored in the group, and not declared",
            )
        });
    }
    for name in difference.unknown.iter().chain(&difference.undescribed) {
        findings.push(Finding {
            declared: desired
                .parameters
                .get(name)
                .map(|parameter| parameter.as_written.clone()),
            ..finding(
                Class::NotAsDeclared,
                format!("parameter {name}"),
                format!(
                    "{} {} has no such parameter",
                    cluster.engine, cluster.engine_version
                ),
            )
        });
    }
}

fn settings_of_the_cluster(differences: &Differences, findings: &mut Vec<Finding>) {
    if let Some((live, declared)) = &differences.insights_mode {
        findings.push(Finding {
            declared: Some(declared.clone()),
            live: live.clone(),
            ..finding(Class::NotAsDeclared, "database insights", "another mode")
        });
    }
    if let Some((live, declared)) = differences.retention_days {
        findings.push(Finding {
            declared: Some(format!("{declared} days")),
            live: live.map(|days| format!("{days} days")),
            ..finding(
                Class::NotAsDeclared,
                "performance insights retention",
                "another retention",
            )
        });
    }
}

fn members(
    desired: &Desired,
    observed: &Observed,
    cluster: &Cluster,
    differences: &Differences,
    findings: &mut Vec<Finding>,
) {
    for (instance, difference) in &differences.classes {
        let (class, reason) = if difference.queued {
            (
                Class::StoredButNotLive,
                "queued; nothing flushes it until the activation or AWS's maintenance window",
            )
        } else {
            (Class::NotAsDeclared, "another class")
        };
        findings.push(Finding {
            member: Some(instance.clone()),
            declared: Some(difference.to.to_string()),
            live: Some(difference.from.to_string()),
            ..finding(class, "instance class", reason)
        });
    }
    for member in cluster.members.values() {
        for (field, value) in foreign_queue(desired, member) {
            findings.push(Finding {
                member: Some(member.identifier.clone()),
                live: Some(value.clone()),
                ..finding(
                    Class::NotAsDeclared,
                    format!("queued {field}"),
                    "queued by somebody else, and not declared",
                )
            });
        }
    }
    for (field, value) in &cluster.pending {
        findings.push(Finding {
            live: Some(value.clone()),
            ..finding(
                Class::NotAsDeclared,
                format!("queued {field}"),
                "queued on the cluster by somebody else, and not declared",
            )
        });
    }
    let Some(difference) = &differences.group else {
        return;
    };
    for member in cluster.members.values() {
        for (group, values) in member.instance_groups.keys().filter_map(|group| {
            observed
                .instance_groups
                .get(group)
                .map(|values| (group, values))
        }) {
            for (name, value) in values {
                if let Some(declared) = desired.parameters.get(name) {
                    findings.push(Finding {
                        member: Some(member.identifier.clone()),
                        declared: Some(declared.as_written.clone()),
                        live: Some(value.clone()),
                        ..finding(
                            Class::NotAsDeclared,
                            format!("parameter {name}"),
                            format!(
                                "the member's own parameter group `{group}` wins over the cluster's"
                            ),
                        )
                    });
                }
            }
        }
        if member.cluster_parameter_group_status == PENDING_REBOOT {
            findings.push(Finding {
                member: Some(member.identifier.clone()),
                declared: Some("in-sync".to_owned()),
                live: Some(PENDING_REBOOT.to_owned()),
                ..finding(
                    Class::StoredButNotLive,
                    format!("parameter group {}", difference.attached),
                    "the member still runs older static values; a restart loads the stored ones",
                )
            });
        }
    }
}

fn snapshots(observed: &Observed, findings: &mut Vec<Finding>) {
    for snapshot in observed.snapshots.iter().flatten() {
        if snapshot.has_expired(observed.at) {
            findings.push(Finding {
                live: snapshot.tags.get(EXPIRY_TAG).cloned(),
                ..finding(
                    Class::ExpiredSnapshot,
                    format!("snapshot {}", snapshot.identifier),
                    "its time is over; the next apply deletes it",
                )
            });
        }
    }
    for (snapshot, run) in observed.held_snapshots() {
        let identifier = &snapshot.identifier;
        findings.push(finding(
            Class::HeldSnapshot,
            format!("snapshot {identifier}"),
            format!(
                "of run {run}; where that run is over and nobody needs it: aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier {identifier} --region {}",
                observed.region
            ),
        ));
    }
}
