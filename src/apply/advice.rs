//! What the reader can type to find out what became of an action, and to say so to the run.

use super::run::Run;
use super::snapshot::snapshot_id;
use crate::plan::action::{Action, Kind};

/// Commands that show what became of an action, and those that say so to the run.
pub(super) fn how_to_settle(run: &Run<'_>, action: &Action) -> Vec<String> {
    let (resume, id) = (&run.context.commands.resume, &action.id);
    let mut hints = where_to_look(run, action);
    hints.push(format!("look again, and go on: {resume}"));
    hints.push(format!("if AWS did it: {resume} --assume-done '{id}'"));
    hints.push(format!(
        "if it did not, and never will: {resume} --redo '{id}'"
    ));
    hints
}

/// Commands that show what became of an action.
pub(super) fn where_to_look(run: &Run<'_>, action: &Action) -> Vec<String> {
    let target = &run.context.plan.target;
    let (cluster, region) = (&target.cluster, &target.region);
    let members =
        format!("aws rds describe-db-clusters --region {region} --db-cluster-identifier {cluster}");
    let snapshot = |snapshot: &dyn std::fmt::Display| {
        vec![format!(
            "aws rds describe-db-cluster-snapshots --region {region} --db-cluster-snapshot-identifier {snapshot}"
        )]
    };
    match &action.kind {
        Kind::CreateSnapshot | Kind::ReleaseSnapshot { .. } => {
            snapshot(&snapshot_id(&run.context.run))
        }
        Kind::DeleteExpiredSnapshot { snapshot: expired } => snapshot(expired),
        Kind::CreateParameterGroup { group, .. }
        | Kind::AdoptParameterGroup { group, .. }
        | Kind::ModifyParameters { group, .. }
        | Kind::ResetParameters { group, .. }
        | Kind::CheckParameterGroup { group, .. } => vec![format!(
            "aws rds describe-db-cluster-parameters --region {region} --source user --db-cluster-parameter-group-name {group}"
        )],
        Kind::QueueClassChange { instance, .. }
        | Kind::ClearQueue { instance, .. }
        | Kind::Flush { instance, .. }
        | Kind::ChangeClass { instance, .. }
        | Kind::Reboot { instance, .. } => vec![
            format!(
                "aws rds describe-db-instances --region {region} --db-instance-identifier {instance}"
            ),
            format!(
                "aws rds describe-events --region {region} --source-type db-instance --source-identifier {instance}"
            ),
        ],
        Kind::Failover { .. } => vec![
            members,
            format!(
                "aws rds describe-events --region {region} --source-type db-cluster --source-identifier {cluster}"
            ),
        ],
        Kind::AttachParameterGroup { .. }
        | Kind::ModifyInsights { .. }
        | Kind::Settle { .. }
        | Kind::RestoreCluster(_)
        | Kind::CreateMember(_)
        | Kind::VerifyRestored(_)
        | Kind::Verify(_) => vec![members],
    }
}
