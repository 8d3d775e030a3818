//! The last resort: a new cluster from the snapshot of a run, beside the old one, which is not touched.
//!
//! Goes in: the cluster as it was read just before the snapshot, the snapshot, and what is live. Comes out: a plan that
//! restores the new cluster and creates its members, or a refusal.

use super::action::{
    Action, ClusterRecipe, Evidence, Kind, MemberRecipe, Phase, RestoredExpectation, Role, Undo,
};
use super::forecast::totals;
use super::refusal::{Reason, Refusal};
use super::steps::action;
use super::{Activation, FORMAT, Note, Options, Plan, Target, Topic};
use crate::names::{
    ClusterId, InstanceId, ParameterGroupName, PartitionName, ResourceId, RunId, SnapshotId,
};
use crate::observed::{Cluster, Member, Observed, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

/// The longest identifier of a cluster or an instance (RDS API Reference, RestoreDBClusterFromSnapshot).
const IDENTIFIER_LENGTH_MAX: usize = 63;

/// Tags that AWS keeps to itself begin so.
const TAGS_OF_AWS: &str = "aws:";

/// What a restoration is made from.
#[derive(Clone, Debug)]
pub struct Restoring<'a> {
    /// The partition of the run.
    pub partition: &'a PartitionName,
    /// The run whose snapshot is restored.
    pub run: &'a RunId,
    /// Its snapshot's identifier; absent where it made none.
    pub identifier: Option<&'a SnapshotId>,
    /// The snapshot, if AWS still has it.
    pub snapshot: Option<&'a Snapshot>,
    /// The cluster as it was read just before the snapshot was made.
    pub before: Option<&'a Cluster>,
    /// The group in which the run stored or reset values after the snapshot, if it did.
    pub stored_in: Option<&'a ParameterGroupName>,
    /// The old cluster's identifier.
    pub old: &'a ClusterId,
}

/// The new cluster's name: the old one's with the random end of the run's id, cut where it would be too long.
pub fn new_cluster(old: &ClusterId, run: &RunId) -> ClusterId {
    ClusterId::new(named(old.as_str(), run))
}

fn named(old: &str, run: &RunId) -> String {
    let end = run.as_str().rsplit('-').next().unwrap_or_default();
    let end: String = end.chars().filter(char::is_ascii_alphanumeric).collect();
    let end = format!("-restored-{end}");
    let room = IDENTIFIER_LENGTH_MAX.saturating_sub(end.len());
    let head: String = old.chars().take(room).collect();
    format!("{}{end}", head.trim_end_matches('-'))
}

/// The members' names: each old one's in the same way, numbered where two would be the same.
fn member_names<'a>(
    members: impl Iterator<Item = &'a InstanceId>,
    run: &RunId,
) -> BTreeMap<InstanceId, InstanceId> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut names = BTreeMap::new();
    for member in members {
        let mut name = named(member.as_str(), run);
        let mut number = 2_u32;
        while !taken.insert(name.clone()) {
            let numbered = format!("-{number}");
            let room = IDENTIFIER_LENGTH_MAX.saturating_sub(numbered.len());
            let head: String = named(member.as_str(), run).chars().take(room).collect();
            name = format!("{}{numbered}", head.trim_end_matches('-'));
            number = number.saturating_add(1);
        }
        names.insert(member.clone(), InstanceId::new(name));
    }
    names
}

/// Makes the plan.
///
/// # Errors
/// No snapshot that could be restored, a name that is taken, or a run that does not say what its cluster was.
pub fn restore(
    restoring: &Restoring<'_>,
    observed: &Observed,
    options: Options,
) -> Result<Plan, Refusal> {
    let new = new_cluster(restoring.old, restoring.run);
    let (Some(snapshot), Some(before)) = (restoring.snapshot, restoring.before) else {
        return Err(Refusal {
            reasons: vec![no_snapshot(restoring, observed)],
        });
    };
    let mut reasons = Vec::new();
    if snapshot.status != "available" {
        reasons.push(Reason {
            rule: "snapshot-not-available".to_owned(),
            fact: format!(
                "snapshot `{}` is {}, not available",
                snapshot.identifier, snapshot.status
            ),
            way_out: "wait until it is available, then try again".to_owned(),
        });
    }
    if observed.neighbours.contains_key(&new) {
        reasons.push(Reason {
            rule: "cluster-exists".to_owned(),
            fact: format!("cluster `{new}` exists already: this snapshot was restored before"),
            way_out: format!(
                "look at it: aws rds describe-db-clusters --db-cluster-identifier {new} --region {}; it is never overwritten",
                observed.region
            ),
        });
    }
    if !reasons.is_empty() {
        return Err(Refusal { reasons });
    }
    let actions = actions(restoring, before, snapshot, &new);
    Ok(Plan {
        format: FORMAT,
        partition: restoring.partition.clone(),
        target: Target {
            backend: observed.backend.clone(),
            account: observed.caller.account.clone(),
            region: observed.region.clone(),
            cluster: new.clone(),
            // AWS gives it one when it is made.
            resource_id: ResourceId::new(""),
        },
        at: observed.at,
        engine_version: before.engine_version.clone(),
        activation: Activation::NotNeeded,
        changes: Vec::new(),
        notes: notes(restoring, observed, before, snapshot, &new),
        totals: totals(&actions, &[]),
        actions,
        deferred: Vec::new(),
        window: None,
        options,
        undoes: Some(restoring.run.clone()),
        restores: Some(restoring.old.clone()),
        is_drill: false,
    })
}

fn no_snapshot(restoring: &Restoring<'_>, observed: &Observed) -> Reason {
    let (old, region) = (restoring.old, &observed.region);
    let fact = match (restoring.identifier, restoring.snapshot) {
        (None, _) => format!("run {} made no snapshot", restoring.run),
        (Some(snapshot), None) => format!(
            "snapshot `{snapshot}` of run {} is gone: it was released and deleted, or its time was over",
            restoring.run
        ),
        (Some(snapshot), Some(_)) => format!(
            "the journal of run {} does not say what the cluster was when `{snapshot}` was made",
            restoring.run
        ),
    };
    Reason {
        rule: "nothing-to-restore".to_owned(),
        fact,
        way_out: format!(
            "see what else there is: automated backups (aws rds describe-db-cluster-snapshots --db-cluster-identifier {old} \
             --region {region}), or a point in time (aws rds restore-db-cluster-to-point-in-time \
             --source-db-cluster-identifier {old} --region {region} …)"
        ),
    }
}

fn actions(
    restoring: &Restoring<'_>,
    before: &Cluster,
    snapshot: &Snapshot,
    new: &ClusterId,
) -> Vec<Action> {
    let names = member_names(before.members.keys(), restoring.run);
    let mut members: Vec<&Member> = before.members.values().collect();
    // The first member of a cluster becomes its writer.
    members.sort_by_key(|member| {
        (
            !member.is_writer,
            member.promotion_tier,
            member.identifier.clone(),
        )
    });
    let mut actions = vec![action(
        format!("restore cluster {new}"),
        Phase::Restore,
        Kind::RestoreCluster(Box::new(cluster_recipe(before, snapshot, new))),
        None,
        vec![format!(
            "a new cluster beside `{}`, from what that held when `{}` was made",
            restoring.old, snapshot.identifier
        )],
        Undo::By {
            step: "delete the new cluster".to_owned(),
        },
        Evidence::ClusterRestored {
            cluster: new.clone(),
        },
    )];
    let mut expected = BTreeMap::new();
    let mut writer = None;
    for (position, member) in members.into_iter().enumerate() {
        let Some(name) = names.get(&member.identifier) else {
            continue;
        };
        let is_first = position == 0;
        if is_first {
            writer = Some(name.clone());
        }
        expected.insert(name.clone(), member.class.clone());
        actions.push(action(
            format!("create member {name}"),
            Phase::Restore,
            Kind::CreateMember(Box::new(member_recipe(before, member, name, new, is_first))),
            Some(if is_first { Role::Writer } else { Role::Reader }),
            vec![format!("stands for `{}`", member.identifier)],
            Undo::By {
                step: "delete the new member".to_owned(),
            },
            Evidence::MemberCreated {
                instance: name.clone(),
            },
        ));
    }
    actions.push(action(
        format!("verify {new}"),
        Phase::Verify,
        Kind::VerifyRestored(RestoredExpectation {
            cluster: new.clone(),
            group: before.parameter_group.clone(),
            classes: expected,
            writer,
        }),
        None,
        vec!["done means: every member serves".to_owned()],
        Undo::Nothing,
        Evidence::ReadOnly,
    ));
    actions
}

/// Tags are the user's own; AWS's cannot be set, and ours name other things.
fn own_tags(tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.iter()
        .filter(|(key, _)| !key.starts_with(TAGS_OF_AWS) && !key.starts_with("auroractl:"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn cluster_recipe(before: &Cluster, snapshot: &Snapshot, new: &ClusterId) -> ClusterRecipe {
    let settings = &before.settings;
    ClusterRecipe {
        cluster: new.clone(),
        snapshot: snapshot.identifier.clone(),
        engine: before.engine.clone(),
        engine_version: before.engine_version.clone(),
        group: before.parameter_group.clone(),
        subnet_group: settings.subnet_group.clone(),
        security_groups: settings.security_groups.clone(),
        port: settings.port,
        iam_authentication: settings.iam_authentication,
        deletion_protection: settings.deletion_protection,
        copy_tags_to_snapshot: settings.copy_tags_to_snapshot,
        log_exports: settings.log_exports.clone(),
        storage_type: settings.storage_type.clone(),
        serverless_capacity: settings
            .serverless_capacity_min
            .zip(before.serverless_capacity_max),
        tags: own_tags(&before.tags),
    }
}

fn member_recipe(
    before: &Cluster,
    member: &Member,
    name: &InstanceId,
    new: &ClusterId,
    is_first: bool,
) -> MemberRecipe {
    let settings = &member.settings;
    MemberRecipe {
        instance: name.clone(),
        stands_for: member.identifier.clone(),
        cluster: new.clone(),
        engine: before.engine.clone(),
        class: member.class.clone(),
        is_first,
        promotion_tier: member.promotion_tier,
        availability_zone: member.availability_zone.clone(),
        parameter_group: member.instance_groups.keys().next().cloned(),
        maintenance_window: member.maintenance_window.clone(),
        auto_minor_version_upgrade: member.auto_minor_version_upgrade,
        publicly_accessible: settings.publicly_accessible,
        ca_certificate: settings.ca_certificate.clone(),
        tags: own_tags(&settings.tags),
    }
}

fn notes(
    restoring: &Restoring<'_>,
    observed: &Observed,
    before: &Cluster,
    snapshot: &Snapshot,
    new: &ClusterId,
) -> Vec<Note> {
    let old = restoring.old;
    let mut notes = Vec::new();
    let mut caution = |text: String| {
        notes.push(Note {
            topic: Topic::Caution,
            text,
        });
    };
    let made = snapshot
        .created
        .map_or_else(|| "the snapshot".to_owned(), |created| created.to_string());
    caution(format!(
        "data written since {made} is not in the new cluster"
    ));
    let live = observed.cluster.as_ref().unwrap_or(before);
    let endpoints: Vec<&str> = [&live.endpoint, &live.reader_endpoint]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let elsewhere = if endpoints.is_empty() {
        String::new()
    } else {
        format!("; until then they use {}", endpoints.join(" and "))
    };
    caution(format!(
        "applications must be pointed to the new cluster's endpoints, which the summary names{elsewhere}"
    ));
    caution(format!(
        "`{old}` is not touched, renamed or deleted, and goes on accepting writes: stop them before you rely on `{new}`"
    ));
    if restoring.stored_in == Some(&before.parameter_group) {
        caution(format!(
            "parameter group `{}` holds the values that the run stored, and the new cluster takes them too; \
             `auroractl rollback {}` puts the earlier ones back",
            before.parameter_group, restoring.run
        ));
    }
    caution(
        "a restore does not bring back associated IAM roles, custom endpoints, Insights and monitoring settings, \
         auto scaling, or a master password that AWS manages: set them on the new cluster"
            .to_owned(),
    );
    notes.push(Note {
        topic: Topic::Information,
        text: format!(
            "the declaration still names `{old}`; to manage the new cluster: identifier = \"{new}\" in [cluster]"
        ),
    });
    notes.push(Note {
        topic: Topic::Information,
        text: "how long a restore takes depends on the volume; these durations are not measured"
            .to_owned(),
    });
    notes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    #[test]
    fn the_new_names_end_like_the_run_and_are_cut_where_they_would_be_too_long() {
        let run = RunId::new("20260515-060500-prod-4f1c");
        assert_eq!(
            new_cluster(&ClusterId::new("orders"), &run).as_str(),
            "orders-restored-4f1c"
        );
        let long = new_cluster(&ClusterId::new("a".repeat(63)), &run);
        assert_eq!(long.as_str().len(), 63);
        assert!(long.as_str().ends_with("a-restored-4f1c"));
        let hyphen = new_cluster(&ClusterId::new(format!("{}-b", "a".repeat(48))), &run);
        assert!(!hyphen.as_str().contains("--"), "{hyphen}");
    }

    #[test]
    fn members_whose_names_would_be_cut_to_the_same_are_numbered() {
        let run = RunId::new("20260515-060500-prod-4f1c");
        let members = [
            InstanceId::new(format!("{}1", "a".repeat(62))),
            InstanceId::new(format!("{}2", "a".repeat(62))),
        ];
        let names = member_names(members.iter(), &run);
        let first = names[&members[0]].as_str();
        let second = names[&members[1]].as_str();
        assert_ne!(first, second);
        assert!(second.len() <= 63 && second.ends_with("-2"), "{second}");
    }

    #[test]
    fn tags_of_aws_and_of_ours_are_not_taken_over() {
        let tags = ["aws:cloudformation:stack-name", "auroractl:run", "team"]
            .map(|key| (key.to_owned(), "x".to_owned()));
        assert_eq!(
            own_tags(&BTreeMap::from(tags))
                .into_keys()
                .collect::<Vec<_>>(),
            ["team"]
        );
    }
}
