//! What the reader can type to find out what became of an action, and to say so to the run.

use super::context::Commands;
use super::run::Run;
use super::snapshot::snapshot_id;
use super::unchanged;
use crate::aws;
use crate::plan::action::{Action, Kind};

/// What to do about an action that AWS refused.
pub(super) fn after_refusal(run: &Run<'_>, action: &Action, error: &aws::Error) -> Vec<String> {
    let no_capacity = error
        .code()
        .is_some_and(|code| code.starts_with("InsufficientDBInstanceCapacity"));
    match &action.kind {
        Kind::QueueClassChange { class, .. }
        | Kind::Flush { class, .. }
        | Kind::ChangeClass { class, .. }
            if no_capacity =>
        {
            vec![format!(
                "AWS has no room for {class} there now: try later, or declare another class; nothing was interrupted by this, the members keep their classes until then. {}",
                run.context.commands.again
            )]
        }
        _ => Vec::new(),
    }
}

/// What to do about an action that AWS accepted and that was seen to fail.
pub(super) fn after_failure(run: &Run<'_>, action: &Action) -> Vec<String> {
    let again = &run.context.commands.again;
    let region = &run.context.plan.target.region;
    let mut hints = where_to_look(run, action);
    match &action.kind {
        Kind::CreateSnapshot => hints.push(format!(
            "nothing was interrupted, and what is staged stays so; a new run makes a snapshot of its own: {again}; this one, where it is still there, can go: aws rds delete-db-cluster-snapshot --region {region} --db-cluster-snapshot-identifier {}",
            snapshot_id(&run.context.run)
        )),
        Kind::Reboot { again: true, .. } => {
            hints.extend(unchanged::expectation(run.context.plan).map(|expectation| {
                format!(
                    "the group's values are at fault, not the restart; look at them before anything else is restarted: aws rds describe-db-cluster-parameters --region {region} --source user --db-cluster-parameter-group-name {}",
                    expectation.group
                )
            }));
            hints.push(format!("no other member was touched; with the values mended: {again}"));
        }
        Kind::Reboot { .. } | Kind::Flush { .. } | Kind::ChangeClass { .. } => hints.push(format!(
            "no other member was touched and nothing further is begun; once the member is well: {again}; one that stays like this is a case for AWS support"
        )),
        _ => {}
    }
    hints
}

/// What AWS itself said of an action whose outcome is not as planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing that decides it.
    Nothing,
    /// That it is over, and ended otherwise.
    Failed,
}

/// Commands that show what became of an action, and those that say so to the run.
pub(super) fn how_to_settle(run: &Run<'_>, action: &Action, told: Told) -> Vec<String> {
    let (resume, id) = (&run.context.commands.resume, &action.id);
    let mut hints = where_to_look(run, action);
    if let Kind::Failover { from, .. } = &action.kind {
        let target = &run.context.plan.target;
        hints.push(format!(
            "if no member takes writes and `{from}` is well: aws rds failover-db-cluster --region {} --db-cluster-identifier {} --target-db-instance-identifier {from}",
            target.region, target.cluster
        ));
    }
    if let Kind::Reboot { instance, .. } = &action.kind {
        hints.push(format!(
            "no failover is begun while `{instance}` is away; one that stays so is a case for AWS support"
        ));
    }
    hints.push(format!("look again, and go on: {resume}"));
    // A person's word that the writer moved does not make it so, once AWS has said where it is.
    if told == Told::Nothing || !matches!(action.kind, Kind::Failover { .. }) {
        hints.push(format!("if AWS did it: {resume} --assume-done '{id}'"));
    }
    hints.push(format!(
        "if it did not, and never will: {resume} --redo '{id}'"
    ));
    hints
}

/// What to do where PostgreSQL does not run what the RDS API calls done.
pub(super) fn how_to_agree(run: &Run<'_>, kind: &Kind) -> Vec<String> {
    let Commands { resume, .. } = &run.context.commands;
    let target = &run.context.plan.target;
    let mut hints = vec![format!(
        "every witness again, member by member: auroractl verify {}",
        run.context.plan.partition
    )];
    match kind {
        Kind::Settle { .. } => hints.push(
            "a dynamic value that never comes is hidden by something nearer: a member's own instance parameter group, ALTER ROLE or ALTER DATABASE"
                .to_owned(),
        ),
        Kind::Failover { .. } => hints.push(
            "names need some seconds to follow a failover; a name that somebody keeps for longer leads to the old writer".to_owned(),
        ),
        kind => hints.extend(kind.restarts().map(|instance| {
            format!(
                "a further restart may load what this one did not: aws rds reboot-db-instance --region {} --db-instance-identifier {instance}",
                target.region
            )
        })),
    }
    hints.push(format!("once they agree: {resume}"));
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
        // Whoever wrote the command knows where to look.
        Kind::Command { .. } | Kind::Gate { .. } => Vec::new(),
    }
}
