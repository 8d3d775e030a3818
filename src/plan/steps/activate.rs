//! Activation: what restarts, in an order that follows roles and never names. Readers first, one at a time; then one
//! failover; then the member that was the writer.

use super::{action, role_of, undone_by};
use crate::desired::SnapshotPolicy;
use crate::names::InstanceId;
use crate::observed::{ApplyType, EXPIRY_TAG, Member};
use crate::plan::action::{Action, Evidence, Expectation, Kind, Phase, Role, Undo};
use crate::plan::difference::{GroupDifference, PENDING_CLASS, PENDING_REBOOT};
use crate::plan::formula::memory_bytes;
use crate::plan::rules::Facts;
use crate::plan::value::on_class;
use crate::plan::verify::proof::Proof;
use std::collections::BTreeMap;

/// Why each member has to restart; members without a reason stay up.
pub(in crate::plan) fn restarts(facts: &Facts<'_>) -> BTreeMap<InstanceId, Vec<String>> {
    let mut reasons: BTreeMap<InstanceId, Vec<String>> = BTreeMap::new();
    let mut add = |instance: &InstanceId, text: String| {
        reasons.entry(instance.clone()).or_default().push(text);
    };
    for (instance, member) in &facts.cluster.members {
        if let Some(class) = facts.differences.classes.get(instance) {
            add(instance, format!("class {} -> {}", class.from, class.to));
        }
        if let Some(difference) = &facts.differences.group {
            if difference.attaches() {
                add(
                    instance,
                    format!(
                        "the association with `{}` is live only after a restart",
                        difference.target
                    ),
                );
            }
            for text in static_changes(facts, member) {
                add(instance, text);
            }
        }
        if facts.differences.stored_not_live.contains(instance) {
            add(
                instance,
                "stored values are not live yet (pending-reboot)".to_owned(),
            );
        }
    }
    reasons
}

/// One line for each static parameter that changes, with the value that the member's class gives a formula.
fn static_changes(facts: &Facts<'_>, member: &Member) -> Vec<String> {
    let Some(difference) = &facts.differences.group else {
        return Vec::new();
    };
    let class_after = facts
        .desired
        .cluster
        .class_of(&member.identifier)
        .unwrap_or(&member.class);
    let settings = difference
        .settings
        .iter()
        .filter(|setting| setting.parameter.apply_type == ApplyType::Static)
        .filter_map(|setting| {
            let stored = setting
                .before
                .as_deref()
                .or(setting.parameter.value.as_deref());
            let before = on_class(stored, &member.class);
            let after = on_class(Some(&setting.to), class_after);
            // Declaring what is the default already changes no value; in a group in place AWS may still want a restart.
            if before == after && difference.attaches() {
                return None;
            }
            Some(format!(
                "`{}` is static ({before} -> {after})",
                setting.parameter.name
            ))
        });
    let resets = difference
        .resets
        .iter()
        .filter(|parameter| parameter.apply_type == ApplyType::Static)
        .map(|parameter| {
            format!(
                "`{}` is static ({} -> the default)",
                parameter.name,
                on_class(parameter.value.as_deref(), &member.class),
            )
        });
    settings.chain(resets).collect()
}

/// The restarts and the failover, in order.
pub(in crate::plan) fn activate(
    facts: &Facts<'_>,
    restarts: &BTreeMap<InstanceId, Vec<String>>,
) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut readers: Vec<&Member> = facts.cluster.readers().collect();
    // The order among readers follows what AWS would promote first, so that the target is ready early.
    readers.sort_by_key(|member| (member.promotion_tier, member.identifier.clone()));
    let writer = facts.cluster.writer();
    let target = writer
        .filter(|writer| restarts.contains_key(&writer.identifier))
        .and_then(|writer| failover_target(facts, &readers, writer));
    for reader in &readers {
        let is_target = target.is_some_and(|target| target.identifier == reader.identifier);
        let reasons = match restarts.get(&reader.identifier) {
            Some(reasons) => reasons.clone(),
            // What somebody stored and never made live is not managed, but a writer must run what it stores.
            None if is_target && reader.cluster_parameter_group_status == PENDING_REBOOT => vec![
                "it takes over the writes, and what its group stores is not live on it yet"
                    .to_owned(),
            ],
            None => continue,
        };
        actions.push(restart(facts, reader, reasons, false));
        actions.extend(second_reboot(facts, reader));
    }
    let Some(writer) = writer else {
        return actions;
    };
    let Some(reasons) = restarts.get(&writer.identifier) else {
        return actions;
    };
    match target {
        Some(target) => {
            actions.push(failover(facts, writer, target));
            let mut reasons = reasons.clone();
            reasons.insert(
                0,
                "the writer now, a reader once the failover is done".to_owned(),
            );
            actions.push(restart(facts, writer, reasons, true));
            actions.extend(second_reboot(facts, writer));
        }
        None => actions.push(restart(facts, writer, reasons.clone(), false)),
    }
    actions
}

/// The best reader: of the class that is declared for the writer if there is one; then the lowest promotion tier and the
/// largest class, as AWS itself would choose (Amazon Aurora User Guide, "Fault tolerance for an Aurora DB cluster").
pub(in crate::plan) fn failover_target<'a>(
    facts: &Facts<'_>,
    readers: &[&'a Member],
    writer: &Member,
) -> Option<&'a Member> {
    let class_after = |member: &Member| {
        facts
            .desired
            .cluster
            .class_of(&member.identifier)
            .unwrap_or(&member.class)
            .clone()
    };
    let wanted = class_after(writer);
    readers.iter().copied().min_by_key(|member| {
        (
            class_after(member) != wanted,
            member.promotion_tier,
            // Larger first; a class whose memory is not known comes last.
            std::cmp::Reverse(memory_bytes(&class_after(member)).unwrap_or(0)),
            member.identifier.clone(),
        )
    })
}

fn failover(facts: &Facts<'_>, writer: &Member, target: &Member) -> Action {
    action(
        format!("fail over to {}", target.identifier),
        Phase::Activate,
        Kind::Failover {
            from: writer.identifier.clone(),
            to: target.identifier.clone(),
        },
        role_of(facts.cluster, &target.identifier),
        vec![format!(
            "`{}` has to restart, and `{}` takes over its writes first",
            writer.identifier, target.identifier
        )],
        undone_by(format!(
            "fail over to `{}` again, another writer interruption",
            writer.identifier
        )),
        Evidence::WriterIs {
            instance: target.identifier.clone(),
        },
    )
}

/// The action that restarts a member; `demoted` when a failover comes right before it.
fn restart(facts: &Facts<'_>, member: &Member, reasons: Vec<String>, demoted: bool) -> Action {
    let instance = &member.identifier;
    // After the failover the member is a reader; before it, or without it, it keeps its role.
    let role = if demoted {
        Some(Role::Reader)
    } else {
        role_of(facts.cluster, instance)
    };
    let Some(class) = facts.differences.classes.get(instance) else {
        return action(
            format!("reboot {instance}"),
            Phase::Activate,
            Kind::Reboot {
                instance: instance.clone(),
                unless_in_sync: demoted,
                again: false,
            },
            role,
            reasons,
            Undo::PointOfNoReturn {
                because: "a restart cannot be taken back".to_owned(),
            },
            Evidence::Restarted {
                instance: instance.clone(),
            },
        );
    };
    let undo = undone_by(format!(
        "change the class back to {}, another restart of `{instance}`",
        class.from
    ));
    let evidence = Evidence::ClassLive {
        instance: instance.clone(),
        class: class.to.clone(),
    };
    let queue = BTreeMap::from([(PENDING_CLASS.to_owned(), class.to.to_string())]);
    if class.queued || !facts.desired.cluster.apply_immediately {
        return action(
            format!("flush {instance}"),
            Phase::Activate,
            Kind::Flush {
                instance: instance.clone(),
                pending: queue,
                class: class.to.clone(),
            },
            role,
            reasons,
            undo,
            evidence,
        );
    }
    action(
        format!("change class {instance}"),
        Phase::Activate,
        Kind::ChangeClass {
            instance: instance.clone(),
            class: class.to.clone(),
            before: class.from.clone(),
            pending: BTreeMap::new(),
        },
        role,
        reasons,
        undo,
        evidence,
    )
}

/// The second reboot of a member that its restart leaves `pending-reboot`: where the restart has static values to load.
/// Only for readers, the demoted member among them: a second restart of a lone writer would stop writes once more.
fn second_reboot(facts: &Facts<'_>, member: &Member) -> Option<Action> {
    let instance = &member.identifier;
    let attaches = facts
        .differences
        .group
        .as_ref()
        .is_some_and(GroupDifference::attaches);
    let loads = attaches
        || member.cluster_parameter_group_status == PENDING_REBOOT
        || !static_changes(facts, member).is_empty();
    loads.then(|| {
        action(
            format!("reboot {instance} again"),
            Phase::Activate,
            Kind::Reboot {
                instance: instance.clone(),
                unless_in_sync: true,
                again: true,
            },
            Some(Role::Reader),
            vec!["only if it is still pending-reboot after its restart".to_owned()],
            Undo::PointOfNoReturn {
                because: "a restart cannot be taken back".to_owned(),
            },
            Evidence::Restarted {
                instance: instance.clone(),
            },
        )
    })
}

/// The snapshot before anything that can interrupt.
pub(in crate::plan) fn safeguard(facts: &Facts<'_>) -> Option<Action> {
    (facts.desired.snapshot != SnapshotPolicy::Never).then(|| {
        action(
            "snapshot",
            Phase::Safeguard,
            Kind::CreateSnapshot,
            None,
            vec!["rollback insurance, held until everything is verified".to_owned()],
            undone_by("delete the snapshot"),
            Evidence::SnapshotAvailable,
        )
    })
}

/// Verification of every member.
pub(in crate::plan) fn verify(facts: &Facts<'_>, not_proven: Vec<String>) -> Action {
    let classes = facts
        .cluster
        .members
        .keys()
        .filter_map(|instance| {
            let class = facts.desired.cluster.class_of(instance)?;
            Some((instance.clone(), class.clone()))
        })
        .collect();
    let (group, parameters) = match &facts.differences.group {
        Some(difference) => (difference.target.clone(), difference.declared.clone()),
        None => (facts.cluster.parameter_group.clone(), BTreeMap::new()),
    };
    action(
        "verify",
        Phase::Verify,
        Kind::Verify(Expectation {
            group,
            parameters,
            classes,
            database_insights: facts
                .desired
                .cluster
                .database_insights
                .map(|mode| mode.as_str().to_owned()),
            retention_days: facts.desired.cluster.performance_insights_retention_days,
            in_sync: facts.desired.undoes.is_some() && facts.differences.group.is_some(),
            writer: None,
            not_proven,
            proof: Proof::of(facts.desired, facts.observed, facts.cluster).map(Box::new),
        }),
        None,
        vec!["done means: live on every member".to_owned()],
        Undo::Nothing,
        Evidence::ReadOnly,
    )
}

/// What is released after verification: the run's own snapshot, and those of earlier runs whose time is over.
pub(in crate::plan) fn clean_up(facts: &Facts<'_>, with_snapshot: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    if with_snapshot {
        // A witness that nobody declared, as in a simulation, deletes nothing.
        let proven = facts.desired.verify.sql.is_some();
        let (reason, undo) = match facts.desired.snapshot {
            SnapshotPolicy::Hours(hours) => (
                format!("kept {hours} hours, as declared; a later apply deletes it then"),
                undone_by("remove its expiry tag"),
            ),
            _ if proven => (
                "deleted, for every declared witness agrees by then; if one leaves something open, it is kept 24 hours"
                    .to_owned(),
                Undo::PointOfNoReturn {
                    because: "a deleted snapshot cannot be restored".to_owned(),
                },
            ),
            _ => (
                "no SQL witness is declared, so it is kept 24 hours; a later apply deletes it then"
                    .to_owned(),
                undone_by("remove its expiry tag"),
            ),
        };
        actions.push(action(
            "release snapshot",
            Phase::CleanUp,
            Kind::ReleaseSnapshot {
                policy: facts.desired.snapshot,
                proven,
            },
            None,
            vec![reason],
            undo,
            Evidence::SnapshotReleased,
        ));
    }
    for snapshot in expired(facts) {
        actions.push(action(
            format!("delete expired snapshot {}", snapshot.identifier),
            Phase::CleanUp,
            Kind::DeleteExpiredSnapshot {
                snapshot: snapshot.identifier.clone(),
            },
            None,
            vec![format!(
                "its time was over at {}",
                snapshot.tags.get(EXPIRY_TAG).map_or("", String::as_str)
            )],
            Undo::PointOfNoReturn {
                because: "a deleted snapshot cannot be restored".to_owned(),
            },
            Evidence::SnapshotGone {
                snapshot: Some(snapshot.identifier.clone()),
            },
        ));
    }
    actions
}

/// Snapshots of ours whose expiry has passed, and that no unfinished run needs.
pub(in crate::plan) fn expired<'a>(
    facts: &'a Facts<'_>,
) -> impl Iterator<Item = &'a crate::observed::Snapshot> {
    facts
        .observed
        .snapshots
        .iter()
        .flatten()
        .filter(|snapshot| snapshot.has_expired(facts.observed.at))
        .filter(|snapshot| !facts.observed.restoring.contains_key(&snapshot.identifier))
}
