//! Whole plans for small clusters, shown as the list of their actions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod declared;
mod hazards;
mod undoing;

use super::*;
use crate::desired::{
    self, Desired, EngineVersion, Place, SnapshotPolicy, Value, window::Schedule,
};
use crate::names::*;
use crate::observed::{self, ApplyType, Caller, Cluster, Member, Observed, Parameter};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const DEFAULT_GROUP: &str = "default.aurora-postgresql16";

pub(in crate::plan) fn desired() -> Desired {
    Desired {
        partition: PartitionName::new("shop"),
        file: PathBuf::from("environments/shop.toml"),
        aws: desired::Aws {
            account: AccountId::new("123456789012"),
            region: Region::new("eu-central-1"),
            profile: None,
        },
        cluster: desired::Cluster {
            identifier: ClusterId::new("Shop"),
            identifier_as_written: "Shop".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: EngineVersion::new("16"),
            instance_class: None,
            instances: BTreeMap::new(),
            apply_immediately: true,
            parameter_group: None,
            database_insights: None,
            performance_insights_retention_days: None,
        },
        parameters: BTreeMap::new(),
        window: None,
        writer_interruption_seconds_max: None,
        snapshot: SnapshotPolicy::UntilVerified,
        undoes: None,
        store: None,
        verify: Default::default(),
        steps: Vec::new(),
    }
}

fn declare(desired: &mut Desired, name: &str, value: Value) {
    desired.parameters.insert(
        ParameterName::new(name),
        desired::Parameter {
            as_written: format!("{value:?}"),
            value,
            place: Place {
                file: PathBuf::from("environments/shop.toml"),
                line: 1 + desired.parameters.len(),
                column: 1,
            },
        },
    );
}

pub(in crate::plan) fn number(text: &str) -> Value {
    Value::Number(text.to_owned())
}

pub(in crate::plan) fn member(name: &str, is_writer: bool, tier: i32) -> Member {
    Member {
        identifier: InstanceId::new(name),
        resource_id: ResourceId::new(format!("db-{name}")),
        is_writer,
        promotion_tier: tier,
        cluster_parameter_group_status: "in-sync".to_owned(),
        status: "available".to_owned(),
        class: InstanceClass::new("db.t3.medium"),
        engine_version: "16.6".to_owned(),
        pending: BTreeMap::new(),
        instance_groups: BTreeMap::new(),
        maintenance_window: Some("sun:08:00-sun:08:30".to_owned()),
        availability_zone: None,
        auto_minor_version_upgrade: true,
        settings: crate::observed::MemberSettings::default(),
        endpoint: None,
    }
}

pub(in crate::plan) fn observed(group: &str, members: Vec<Member>) -> Observed {
    let group = ParameterGroupName::new(group);
    let cluster = ClusterId::new("shop");
    Observed {
        at: "2026-05-15T06:05:00Z".parse().unwrap(),
        backend: Backend::Aws { endpoint: None },
        caller: Caller {
            account: AccountId::new("123456789012"),
            arn: "arn:aws:sts::123456789012:assumed-role/operator/session".to_owned(),
        },
        region: Region::new("eu-central-1"),
        cluster: Some(Cluster {
            identifier: cluster.clone(),
            resource_id: ResourceId::new("cluster-SHOP"),
            arn: "arn:aws:rds:eu-central-1:123456789012:cluster:shop".to_owned(),
            status: "available".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.6".to_owned(),
            parameter_group: group.clone(),
            members: members
                .into_iter()
                .map(|member| (member.identifier.clone(), member))
                .collect(),
            database_insights: Some("standard".to_owned()),
            performance_insights_enabled: Some(true),
            performance_insights_retention_days: Some(7),
            pending: BTreeMap::new(),
            maintenance_window: None,
            tags: BTreeMap::new(),
            endpoint: None,
            reader_endpoint: None,
            serverless_capacity_max: None,
            settings: crate::observed::ClusterSettings::default(),
        }),
        neighbours: std::sync::Arc::new(BTreeMap::from([(cluster, group)])),
        groups: BTreeMap::new(),
        instance_groups: BTreeMap::new(),
        orderable: BTreeMap::new(),
        snapshots: Some(Vec::new()),
        ended_runs: BTreeSet::new(),
        restoring: BTreeMap::new(),
        shared_store: None,
        told: None,
    }
}

fn parameter(name: &str, apply_type: ApplyType, data_type: &str, allowed: &str) -> Parameter {
    Parameter {
        name: ParameterName::new(name),
        value: None,
        source: "engine-default".to_owned(),
        apply_type,
        data_type: data_type.to_owned(),
        allowed_values: Some(allowed.to_owned()),
        is_modifiable: true,
    }
}

fn catalogue() -> Vec<Parameter> {
    let mut connections = parameter("max_connections", ApplyType::Static, "integer", "6-262143");
    connections.value = Some("LEAST({DBInstanceClassMemory/9531392},5000)".to_owned());
    connections.source = "system".to_owned();
    vec![
        connections,
        parameter(
            "log_min_duration_statement",
            ApplyType::Dynamic,
            "integer",
            "-1-2147483647",
        ),
        parameter("log_lock_waits", ApplyType::Dynamic, "boolean", "0,1"),
        parameter("work_mem", ApplyType::Dynamic, "integer", "64-2147483647"),
    ]
}

/// Adds a group that was read completely, with these `user` values over the catalogue.
pub(in crate::plan) fn know_group(
    observed: &mut Observed,
    name: &str,
    exists: bool,
    user: &[(&str, &str)],
) {
    let mut parameters: BTreeMap<ParameterName, Parameter> = catalogue()
        .into_iter()
        .map(|parameter| (parameter.name.clone(), parameter))
        .collect();
    for (name, value) in user {
        let parameter = parameters.get_mut(&ParameterName::new(*name)).unwrap();
        parameter.value = Some((*value).to_owned());
        parameter.source = "user".to_owned();
    }
    let name = ParameterGroupName::new(name);
    let group = observed::ParameterGroup {
        name: name.clone(),
        exists,
        family: Some(Family::new("aurora-postgresql16")),
        arn: Some(format!(
            "arn:aws:rds:eu-central-1:123456789012:cluster-pg:{name}"
        )),
        tags: Some(BTreeMap::from([(
            observed::OWNER_TAG.to_owned(),
            "shop".to_owned(),
        )])),
        user_parameters_read: true,
        asked: parameters.keys().cloned().collect::<BTreeSet<_>>(),
        parameters: if exists { parameters } else { BTreeMap::new() },
    };
    observed.groups.insert(name, group);
}

fn two_members() -> Vec<Member> {
    vec![member("shop-1", true, 1), member("shop-2", false, 1)]
}

/// A cluster on its default group, and the derived group not made yet.
fn before_rollout(members: Vec<Member>) -> Observed {
    let mut observed = observed(DEFAULT_GROUP, members);
    know_group(&mut observed, DEFAULT_GROUP, true, &[]);
    know_group(&mut observed, "shop-aurora-postgresql16", false, &[]);
    observed
}

fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    for (heading, actions) in [("now", &plan.actions), ("later", &plan.deferred)] {
        for action in actions {
            text.push_str(&format!("{heading}: {}\n", action.id));
        }
    }
    text
}

fn refused(result: Result<Plan, Refusal>) -> String {
    result
        .expect_err("a refusal")
        .reasons
        .iter()
        .map(|reason| format!("{}: {}\n  {}\n", reason.rule, reason.fact, reason.way_out))
        .collect()
}

#[test]
fn a_first_rollout_restarts_readers_first_and_interrupts_the_writer_once() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    declare(&mut desired, "log_min_duration_statement", number("500"));
    let plan = plan(&desired, &before_rollout(two_members()), Options::default()).unwrap();
    insta::assert_snapshot!(shown(&plan), @"
    now: snapshot
    now: create parameter group shop-aurora-postgresql16
    now: modify parameter group shop-aurora-postgresql16
    now: check parameter group shop-aurora-postgresql16
    now: attach parameter group shop-aurora-postgresql16
    now: settle
    now: reboot shop-2
    now: reboot shop-2 again
    now: fail over to shop-2
    now: reboot shop-1
    now: reboot shop-1 again
    now: verify
    now: release snapshot
    ");
    assert_eq!(plan.totals.writer_interruptions, 1);
    assert_eq!(plan.activation, Activation::Now);
}

#[test]
fn an_order_never_follows_names() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let members = vec![
        member("shop-reader", true, 1),
        member("shop-writer", false, 1),
    ];
    let plan = plan(&desired, &before_rollout(members), Options::default()).unwrap();
    insta::assert_snapshot!(shown(&plan), @"
    now: snapshot
    now: create parameter group shop-aurora-postgresql16
    now: modify parameter group shop-aurora-postgresql16
    now: check parameter group shop-aurora-postgresql16
    now: attach parameter group shop-aurora-postgresql16
    now: settle
    now: reboot shop-writer
    now: reboot shop-writer again
    now: fail over to shop-writer
    now: reboot shop-reader
    now: reboot shop-reader again
    now: verify
    now: release snapshot
    ");
}

#[test]
fn only_dynamic_changes_in_an_attached_group_interrupt_nothing() {
    let mut desired = desired();
    declare(&mut desired, "log_min_duration_statement", number("250"));
    let mut observed = observed("shop-aurora-postgresql16", two_members());
    know_group(
        &mut observed,
        "shop-aurora-postgresql16",
        true,
        &[("log_min_duration_statement", "500")],
    );
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    insta::assert_snapshot!(shown(&plan), @"
    now: modify parameter group shop-aurora-postgresql16
    now: settle
    now: verify
    ");
    assert_eq!(plan.totals.writer_interruption_seconds, 0);
    assert_eq!(plan.activation, Activation::NotNeeded);
}

#[test]
fn what_means_the_same_is_no_change() {
    let mut desired = desired();
    declare(&mut desired, "log_min_duration_statement", number("500"));
    declare(&mut desired, "log_lock_waits", Value::Boolean(true));
    let mut observed = observed("shop-aurora-postgresql16", two_members());
    know_group(
        &mut observed,
        "shop-aurora-postgresql16",
        true,
        &[
            ("log_min_duration_statement", "500ms"),
            ("log_lock_waits", "on"),
        ],
    );
    assert!(
        plan(&desired, &observed, Options::default())
            .unwrap()
            .is_empty()
    );
    assert!(!drift::drift(&desired, &observed).is_drift());
}

#[test]
fn outside_the_window_changes_are_staged_and_restarts_wait() {
    let mut desired = desired();
    desired.cluster.apply_immediately = false;
    desired.cluster.instance_class = Some(InstanceClass::new("db.r7g.large"));
    desired.window = Some(desired::Window {
        schedule: Schedule::Weekly {
            weekday: 6,
            opens: jiff::civil::Time::constant(1, 0, 0, 0),
            length_minutes: 120,
        },
        time_zone: "UTC".to_owned(),
        as_written: "Sat 01:00-03:00".to_owned(),
    });
    declare(&mut desired, "max_connections", number("500"));
    let mut observed = before_rollout(two_members());
    observed
        .orderable
        .insert(InstanceClass::new("db.r7g.large"), true);
    let staged = plan(&desired, &observed, Options::default()).unwrap();
    insta::assert_snapshot!(shown(&staged), @"
    now: create parameter group shop-aurora-postgresql16
    now: modify parameter group shop-aurora-postgresql16
    now: check parameter group shop-aurora-postgresql16
    now: attach parameter group shop-aurora-postgresql16
    now: queue class change shop-1
    now: queue class change shop-2
    now: settle
    later: snapshot
    later: flush shop-2
    later: reboot shop-2 again
    later: fail over to shop-2
    later: flush shop-1
    later: reboot shop-1 again
    later: verify
    later: release snapshot
    ");
    observed.at = "2026-05-16T01:10:00Z".parse().unwrap();
    let inside = plan(&desired, &observed, Options::default()).unwrap();
    insta::assert_snapshot!(shown(&inside), @"
    now: snapshot
    now: create parameter group shop-aurora-postgresql16
    now: modify parameter group shop-aurora-postgresql16
    now: check parameter group shop-aurora-postgresql16
    now: attach parameter group shop-aurora-postgresql16
    now: queue class change shop-1
    now: queue class change shop-2
    now: settle
    now: flush shop-2
    now: reboot shop-2 again
    now: fail over to shop-2
    now: flush shop-1
    now: reboot shop-1 again
    now: verify
    now: release snapshot
    ");
    assert_eq!(file::digest(&staged), file::digest(&inside));
    observed.at = "2026-05-16T02:50:00Z".parse().unwrap();
    let accepting = Options {
        accept_maintenance_flush: true,
        ..Options::default()
    };
    let too_late = plan(&desired, &observed, accepting).unwrap();
    assert!(matches!(too_late.activation, Activation::Deferred { .. }));
}

#[test]
fn a_queue_that_aws_would_flush_first_is_refused() {
    let mut desired = desired();
    desired.cluster.apply_immediately = false;
    desired.cluster.instance_class = Some(InstanceClass::new("db.r7g.large"));
    desired.window = Some(desired::Window {
        schedule: Schedule::Weekly {
            weekday: 1,
            opens: jiff::civil::Time::constant(1, 0, 0, 0),
            length_minutes: 120,
        },
        time_zone: "UTC".to_owned(),
        as_written: "Mon 01:00-03:00".to_owned(),
    });
    let observed = {
        let mut observed = before_rollout(two_members());
        observed
            .orderable
            .insert(InstanceClass::new("db.r7g.large"), true);
        observed
    };
    insta::assert_snapshot!(refused(plan(&desired, &observed, Options::default())), @"
    maintenance-flush: AWS's maintenance window of `shop-1` (sun:08:00-sun:08:30 UTC) opens at 2026-05-17T08:00:00Z, before the activation can end (2026-05-18T01:20:13Z); it would apply the queued class change and restart the member out of order
      choose another time, move it (aws rds modify-db-instance --db-instance-identifier shop-1 --preferred-maintenance-window …), or pass --accept-maintenance-flush
    maintenance-flush: AWS's maintenance window of `shop-2` (sun:08:00-sun:08:30 UTC) opens at 2026-05-17T08:00:00Z, before the activation can end (2026-05-18T01:20:13Z); it would apply the queued class change and restart the member out of order
      choose another time, move it (aws rds modify-db-instance --db-instance-identifier shop-2 --preferred-maintenance-window …), or pass --accept-maintenance-flush
    ");
    let accepted = Options {
        accept_maintenance_flush: true,
        ..Options::default()
    };
    assert!(plan(&desired, &observed, accepted).is_ok());
}

#[test]
fn a_single_member_is_interrupted_only_when_that_is_allowed() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let observed = before_rollout(vec![member("shop-1", true, 1)]);
    insta::assert_snapshot!(refused(plan(&desired, &observed, Options::default())), @"
    single-member: cluster `shop` has one member, so nothing can take over while it restarts: about 63 s without any database
      add a reader first, or pass --allow-downtime
    ");
    let allowed = Options {
        allow_downtime: true,
        ..Options::default()
    };
    insta::assert_snapshot!(shown(&plan(&desired, &observed, allowed).unwrap()), @"
    now: snapshot
    now: create parameter group shop-aurora-postgresql16
    now: modify parameter group shop-aurora-postgresql16
    now: check parameter group shop-aurora-postgresql16
    now: attach parameter group shop-aurora-postgresql16
    now: settle
    now: reboot shop-1
    now: verify
    now: release snapshot
    ");
}

#[test]
fn values_outside_their_range_and_foreign_queues_are_refused_together() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("5"));
    let mut members = two_members();
    for member in &mut members {
        member
            .pending
            .insert("DBInstanceClass".to_owned(), "db.r6g.large".to_owned());
    }
    insta::assert_snapshot!(refused(plan(&desired, &before_rollout(members), Options::default())), @r#"
    value-not-allowed: environments/shop.toml:1:1: `max_connections` does not accept 5 (declared as Number("5")); allowed values: 6-262143
      declare a value of `max_connections` within 6-262143
    undeclared-pending-modification: member `shop-1` has a queued modification that is not declared: DBInstanceClass = db.r6g.large; making anything live there would apply it too
      declare instance_class = "db.r6g.large" for `shop-1`, or take it back: aws rds modify-db-instance --db-instance-identifier shop-1 --db-instance-class db.t3.medium --apply-immediately --region eu-central-1
    undeclared-pending-modification: member `shop-2` has a queued modification that is not declared: DBInstanceClass = db.r6g.large; making anything live there would apply it too
      declare instance_class = "db.r6g.large" for `shop-2`, or take it back: aws rds modify-db-instance --db-instance-identifier shop-2 --db-instance-class db.t3.medium --apply-immediately --region eu-central-1
    "#);
}

#[test]
fn a_member_that_never_restarted_is_made_live() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let mut members = two_members();
    if let Some(reader) = members.get_mut(1) {
        reader.cluster_parameter_group_status = "pending-reboot".to_owned();
    }
    let mut observed = observed("shop-aurora-postgresql16", members);
    know_group(
        &mut observed,
        "shop-aurora-postgresql16",
        true,
        &[("max_connections", "500")],
    );
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    insta::assert_snapshot!(shown(&plan), @"
    now: snapshot
    now: reboot shop-2
    now: reboot shop-2 again
    now: verify
    now: release snapshot
    ");
    let drift = drift::drift(&desired, &observed);
    assert_eq!(
        drift.findings.first().map(|finding| finding.class),
        Some(drift::Class::StoredButNotLive)
    );
}

#[test]
fn a_parameter_that_is_no_longer_declared_is_reset_in_our_group_only() {
    let mut desired = desired();
    declare(&mut desired, "log_lock_waits", Value::Boolean(true));
    let mut observed = observed("shop-aurora-postgresql16", two_members());
    know_group(
        &mut observed,
        "shop-aurora-postgresql16",
        true,
        &[("log_lock_waits", "1"), ("work_mem", "65536")],
    );
    insta::assert_snapshot!(shown(&plan(&desired, &observed, Options::default()).unwrap()), @"
    now: reset parameter group shop-aurora-postgresql16
    now: settle
    now: verify
    ");
    for group in observed.groups.values_mut() {
        group.tags = Some(BTreeMap::new());
    }
    insta::assert_snapshot!(refused(plan(&desired, &observed, Options::default())), @"
    group-not-ours: parameter group `shop-aurora-postgresql16` was not made by auroractl and holds values that are not declared: `work_mem` = 65536
      declare these values in [parameters], or pass --adopt to have them reset
    ");
}

#[test]
fn a_plan_file_survives_its_round_trip_and_notices_an_edit() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let plan = plan(&desired, &before_rollout(two_members()), Options::default()).unwrap();
    let text = file::Saved::new(plan, desired).to_json().unwrap();
    let saved = file::Saved::from_json(&text).unwrap();
    assert_eq!(saved.to_json().unwrap(), text);
    let edited = text.replace("\"500\"", "\"600\"");
    assert!(matches!(
        file::Saved::from_json(&edited),
        Err(file::FileProblem::Digest { .. })
    ));
}

#[test]
fn a_snapshot_whose_time_is_over_goes_also_where_nothing_differs_and_is_no_change() {
    let mut desired = desired();
    declare(&mut desired, "log_lock_waits", Value::Boolean(true));
    let mut observed = observed("shop-aurora-postgresql16", two_members());
    let group = [("log_lock_waits", "on")];
    know_group(&mut observed, "shop-aurora-postgresql16", true, &group);
    let snapshot = |name: &str, tag: &str, value: &str| observed::Snapshot {
        identifier: SnapshotId::new(name),
        arn: format!("arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:{name}"),
        cluster: ClusterId::new("shop"),
        status: "available".to_owned(),
        created: None,
        percent: 100,
        tags: BTreeMap::from([
            (observed::RUN_TAG.to_owned(), "of-a-run".to_owned()),
            (tag.to_owned(), value.to_owned()),
        ]),
    };
    observed.snapshots = Some(vec![
        snapshot("over", observed::EXPIRY_TAG, "2026-05-15T06:04:59Z"),
        snapshot("not-over", observed::EXPIRY_TAG, "2026-05-15T06:05:01Z"),
        // Nothing is to be done that could get in the way of its run.
        snapshot("held", "other", ""),
    ]);
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    assert_eq!(shown(&plan), "now: delete expired snapshot over\n");
    assert!(plan.changes.is_empty(), "{:#?}", plan.changes);
}

#[test]
fn a_held_snapshot_stops_the_next_run_unless_its_own_run_is_known_to_have_ended() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let mut observed = before_rollout(two_members());
    observed.snapshots = Some(vec![observed::Snapshot {
        identifier: SnapshotId::new("auroractl-20260515-060500-shop-4f1c"),
        arn: "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:auroractl-20260515-060500-shop-4f1c".to_owned(),
        cluster: ClusterId::new("shop"),
        status: "available".to_owned(),
        created: None,
        percent: 100,
        tags: BTreeMap::from([(
            observed::RUN_TAG.to_owned(),
            "20260515-060500-shop-4f1c".to_owned(),
        )]),
    }]);
    insta::assert_snapshot!(refused(plan(&desired, &observed, Options::default())), @"
    unfinished-run: run 20260515-060500-shop-4f1c has not released its snapshot `auroractl-20260515-060500-shop-4f1c`: it is unfinished, perhaps on another machine
      let that run end, or finish it where its journal is: auroractl resume 20260515-060500-shop-4f1c; when it is certainly over and its snapshot is not needed, delete it: aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier auroractl-20260515-060500-shop-4f1c --region eu-central-1
    ");

    observed.ended_runs = BTreeSet::from([RunId::new("20260515-060500-shop-4f1c")]);
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    insta::assert_snapshot!(plan.notes.first().unwrap().text, @"run 20260515-060500-shop-4f1c ended without releasing its snapshot `auroractl-20260515-060500-shop-4f1c`; nothing deletes it by itself. When it is no longer needed: aws rds delete-db-cluster-snapshot --db-cluster-snapshot-identifier auroractl-20260515-060500-shop-4f1c --region eu-central-1");
}
