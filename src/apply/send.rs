//! Sends the request of an action, once.

use super::call;
use super::snapshot::{restored_tags, snapshot_id, snapshot_tags};
use crate::aws::act::{self, Accepted, ApplyMethod as Method, NewCluster, NewMember};
use crate::aws::{Client, Error};
use crate::names::{ParameterName, RunId};
use crate::plan::Plan;
use crate::plan::action::{ApplyMethod, Kind};
use jiff::Timestamp;

/// Sends what `call::call` describes, with the same arguments; `None` when the action only reads.
pub(super) async fn send(
    client: &Client,
    plan: &Plan,
    run: &RunId,
    kind: &Kind,
    snapshot_arn: Option<&str>,
    now: Timestamp,
) -> Result<Option<Accepted>, Error> {
    let cluster = &plan.target.cluster;
    let accepted = match kind {
        Kind::CreateSnapshot => {
            let tags = snapshot_tags(run, &plan.partition);
            act::create_snapshot(client, cluster, &snapshot_id(run), &tags).await
        }
        Kind::CreateParameterGroup { group, family } => {
            let description = call::description(plan);
            let tags = call::owner_tags(plan);
            act::create_parameter_group(client, group, family, &description, &tags).await
        }
        Kind::AdoptParameterGroup { arn, .. } => {
            act::tag(client, arn, &call::owner_tags(plan)).await
        }
        Kind::ModifyParameters { group, parameters } => {
            let values: Vec<(ParameterName, String, Method)> = parameters
                .iter()
                .filter_map(|setting| {
                    let value = setting.value.clone()?;
                    Some((setting.name.clone(), value, method(setting.apply_method)))
                })
                .collect();
            act::modify_parameters(client, group, &values).await
        }
        Kind::ResetParameters { group, parameters } => {
            let names: Vec<(ParameterName, Method)> = parameters
                .iter()
                .map(|setting| (setting.name.clone(), method(setting.apply_method)))
                .collect();
            act::reset_parameters(client, group, &names).await
        }
        Kind::AttachParameterGroup {
            group,
            apply_immediately,
            ..
        } => act::attach_parameter_group(client, cluster, group, *apply_immediately).await,
        Kind::ModifyInsights {
            mode,
            enable_performance_insights,
            retention_days,
        } => {
            act::modify_insights(
                client,
                cluster,
                mode.as_deref(),
                *enable_performance_insights,
                *retention_days,
            )
            .await
        }
        Kind::QueueClassChange {
            instance, class, ..
        } => act::queue_class_change(client, instance, class).await,
        Kind::Flush { instance, .. } => act::flush(client, instance).await,
        Kind::ChangeClass {
            instance, class, ..
        } => act::change_class(client, instance, class).await,
        Kind::ClearQueue {
            instance, class, ..
        } => act::change_class(client, instance, class).await,
        Kind::Reboot { instance, .. } => act::reboot(client, instance).await,
        Kind::Failover { to, .. } => act::failover(client, cluster, to).await,
        Kind::RestoreCluster(recipe) => {
            let new = NewCluster {
                engine: &recipe.engine,
                engine_version: &recipe.engine_version,
                group: recipe.group.as_str(),
                subnet_group: recipe.subnet_group.as_deref(),
                security_groups: &recipe.security_groups,
                port: recipe.port,
                iam_authentication: recipe.iam_authentication,
                deletion_protection: recipe.deletion_protection,
                copy_tags_to_snapshot: recipe.copy_tags_to_snapshot,
                log_exports: &recipe.log_exports,
                storage_type: recipe.storage_type.as_deref(),
                serverless_capacity: recipe.serverless_capacity,
            };
            let tags = restored_tags(run, &recipe.tags);
            act::restore_cluster(client, &recipe.cluster, &recipe.snapshot, &new, &tags).await
        }
        Kind::CreateMember(recipe) => {
            let new = NewMember {
                engine: &recipe.engine,
                class: recipe.class.as_str(),
                promotion_tier: recipe.promotion_tier,
                availability_zone: recipe.availability_zone.as_deref(),
                parameter_group: recipe.parameter_group.as_ref().map(|group| group.as_str()),
                maintenance_window: recipe.maintenance_window.as_deref(),
                auto_minor_version_upgrade: recipe.auto_minor_version_upgrade,
                publicly_accessible: recipe.publicly_accessible,
                ca_certificate: recipe.ca_certificate.as_deref(),
            };
            let tags = restored_tags(run, &recipe.tags);
            act::create_member(client, &recipe.cluster, &recipe.instance, &new, &tags).await
        }
        Kind::ReleaseSnapshot { policy, proven } => {
            match (call::expiry(*policy, *proven, now), snapshot_arn) {
                (Some(expires), Some(arn)) => {
                    act::tag(client, arn, &call::expiry_tags(expires)).await
                }
                // Without its ARN the snapshot was not there to be released.
                (Some(_), None) => return Ok(None),
                (None, _) => act::delete_snapshot(client, &snapshot_id(run)).await,
            }
        }
        Kind::DeleteExpiredSnapshot { snapshot } => act::delete_snapshot(client, snapshot).await,
        Kind::CheckParameterGroup { .. }
        | Kind::Settle { .. }
        | Kind::Verify(_)
        | Kind::VerifyRestored(_)
        | Kind::Command { .. }
        | Kind::Gate { .. } => {
            return Ok(None);
        }
    };
    accepted.map(Some)
}

fn method(method: ApplyMethod) -> Method {
    match method {
        ApplyMethod::Immediate => Method::Immediate,
        ApplyMethod::PendingReboot => Method::PendingReboot,
    }
}
