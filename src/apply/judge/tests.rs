//! The traps of AWS's state machines, look by look: what each sequence of facts is judged to be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use super::reboot::StillPending;
use super::{Memory, class, failover, group, reboot};
use crate::apply::facts::Facts;
use crate::apply::guard;
use crate::aws::wait::Look;
use crate::names::{
    ClusterId, InstanceClass, InstanceId, ParameterGroupName, ParameterName, ResourceId,
};
use crate::observed::{ApplyType, Cluster, Event, Member, Parameter};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
    start + SignedDuration::from_secs(second)
}

fn id(name: &str) -> InstanceId {
    InstanceId::new(name)
}

fn member(name: &str, is_writer: bool) -> Member {
    Member {
        identifier: id(name),
        resource_id: ResourceId::new(format!("db-{name}")),
        is_writer,
        promotion_tier: 1,
        cluster_parameter_group_status: "in-sync".to_owned(),
        status: "available".to_owned(),
        class: InstanceClass::new("db.t3.medium"),
        engine_version: "16.6".to_owned(),
        pending: BTreeMap::new(),
        instance_groups: BTreeMap::new(),
        maintenance_window: None,
        availability_zone: None,
        auto_minor_version_upgrade: true,
        settings: crate::observed::MemberSettings::default(),
        endpoint: None,
    }
}

/// `a` writes, `b` and `c` read; everything is at rest.
pub(in crate::apply) fn cluster() -> Cluster {
    let members = [member("a", true), member("b", false), member("c", false)];
    Cluster {
        identifier: ClusterId::new("orders"),
        resource_id: ResourceId::new("cluster-ABC"),
        arn: "arn:aws:rds:us-east-1:111111111111:cluster:orders".to_owned(),
        status: "available".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        engine_version: "16.6".to_owned(),
        parameter_group: ParameterGroupName::new("orders-16"),
        members: members
            .into_iter()
            .map(|member| (member.identifier.clone(), member))
            .collect(),
        database_insights: None,
        performance_insights_enabled: None,
        performance_insights_retention_days: None,
        pending: BTreeMap::new(),
        maintenance_window: None,
        tags: BTreeMap::new(),
        endpoint: None,
        reader_endpoint: None,
        serverless_capacity_max: None,
        settings: crate::observed::ClusterSettings::default(),
    }
}

/// The cluster at rest with something changed.
fn with(change: impl FnOnce(&mut Cluster)) -> Cluster {
    let mut cluster = cluster();
    change(&mut cluster);
    cluster
}

fn change(cluster: &mut Cluster, name: &str, change: impl FnOnce(&mut Member)) {
    change(cluster.members.get_mut(&id(name)).unwrap());
}

fn memory(before: &Cluster) -> Memory {
    let facts = Facts {
        cluster: Some(before.clone()),
        ..Facts::default()
    };
    Memory::new(facts, at(0))
}

fn writer_is(name: &str) -> impl FnOnce(&mut Cluster) {
    move |cluster| {
        for member in cluster.members.values_mut() {
            member.is_writer = member.identifier == id(name);
        }
    }
}

/// The verdict in one word, and the words of a failure.
fn verdict(look: &Look) -> String {
    match look {
        Look::Waiting(_) => "waiting".to_owned(),
        Look::Begun(_) => "begun".to_owned(),
        Look::Good(_) => "good".to_owned(),
        Look::Proven(_) => "proven".to_owned(),
        Look::Failed(text) => format!("failed: {text}"),
    }
}

fn event(source: &str, second: i64, message: &str) -> Event {
    Event {
        at: at(second),
        source: source.to_owned(),
        message: message.to_owned(),
        categories: Vec::new(),
    }
}

/// A failover from `a` to `b`, looked at every ten seconds.
fn failover_seen(looks: &[Cluster], events: &[Event]) -> Vec<String> {
    let mut memory = memory(&cluster());
    looks
        .iter()
        .zip(1_i64..)
        .map(|(look, number)| {
            verdict(&failover::moved(
                &id("a"),
                &id("b"),
                &mut memory,
                look,
                events,
                at(number * 10),
            ))
        })
        .collect()
}

#[test]
fn a_failover_that_still_shows_the_old_state_has_not_ended() {
    let failing_over = |writer| {
        with(|cluster| {
            cluster.status = "failing-over".to_owned();
            writer_is(writer)(cluster);
        })
    };
    let looks = [
        cluster(),
        failing_over("a"),
        failing_over("b"),
        with(writer_is("b")),
    ];
    assert_eq!(
        failover_seen(&looks, &[]),
        ["waiting", "begun", "begun", "proven"]
    );
}

#[test]
fn a_failover_has_not_ended_while_the_demoted_member_restarts() {
    let look = with(|cluster| {
        writer_is("b")(cluster);
        change(cluster, "a", |member| {
            member.status = "rebooting".to_owned();
        });
    });
    assert_eq!(failover_seen(&[look], &[]), ["begun"]);
}

#[test]
fn a_failover_that_flips_back_or_ends_at_another_member_failed() {
    let then = |first: Cluster, next: Cluster| {
        let looks: Vec<Cluster> = std::iter::once(first)
            .chain(std::iter::repeat_n(next, 7))
            .collect();
        failover_seen(&looks, &[]).pop().unwrap()
    };
    assert_eq!(
        then(with(writer_is("b")), cluster()),
        "failed: the writer moved to `b` and back to `a` (cluster available, writer a)"
    );
    assert_eq!(
        then(with(writer_is("c")), with(writer_is("c"))),
        "failed: the writer is `c` now, and was to be `b` (cluster available, writer c)"
    );
    let failing_over = with(|cluster| cluster.status = "failing-over".to_owned());
    assert_eq!(
        then(failing_over, cluster()),
        "failed: the failover began and ended, and `a` still is the writer (cluster available, writer a)"
    );
}

#[test]
fn one_look_that_shows_an_older_state_does_not_make_a_failover_fail() {
    let moved = || with(writer_is("b"));
    assert_eq!(
        failover_seen(&[moved(), cluster(), moved(), cluster(), moved()], &[]),
        ["proven", "begun", "proven", "begun", "proven"]
    );
}

#[test]
fn a_failover_that_aws_reports_as_failed_failed_but_an_earlier_one_says_nothing() {
    let message = "Cluster failover failed, check the health of your cluster instances";
    assert_eq!(
        failover_seen(&[cluster()], &[event("orders", 5, message)]),
        [format!(
            "failed: AWS reports: {message} (cluster available, writer a)"
        )]
    );
    assert_eq!(
        failover_seen(&[cluster()], &[event("orders", -5, message)]),
        ["waiting"]
    );
}

fn queued(cluster: &mut Cluster) {
    change(cluster, "b", |member| {
        member
            .pending
            .insert("DBInstanceClass".to_owned(), "db.r7g.large".to_owned());
        member.cluster_parameter_group_status = "pending-reboot".to_owned();
    });
}

/// A flush of `b` to db.r7g.large, looked at at these seconds.
fn flush_seen(looks: &[(i64, Cluster)]) -> Vec<String> {
    flush_seen_before(looks, false)
}

/// The same, where the plan may have a second reboot after it.
fn flush_seen_before(looks: &[(i64, Cluster)], second_reboot_follows: bool) -> Vec<String> {
    let mut memory = memory(&with(queued));
    looks
        .iter()
        .map(|(second, look)| {
            verdict(&class::live(
                &id("b"),
                &InstanceClass::new("db.r7g.large"),
                &mut memory,
                look,
                at(*second),
                second_reboot_follows,
            ))
        })
        .collect()
}

/// `b` in a state of a class change.
fn b(status: &str, class: &str, group_status: &str) -> Cluster {
    with(|cluster| {
        change(cluster, "b", |member| {
            member.status = status.to_owned();
            member.class = InstanceClass::new(class);
            member.cluster_parameter_group_status = group_status.to_owned();
        });
    })
}

#[test]
fn a_flush_is_over_only_when_class_queue_status_and_group_agree() {
    let modifying = with(|cluster| {
        queued(cluster);
        change(cluster, "b", |member| {
            member.status = "modifying".to_owned();
        });
    });
    let monitoring = "configuring-enhanced-monitoring";
    let looks = [
        (10, with(queued)),
        (90, modifying),
        (400, b(monitoring, "db.r7g.large", "in-sync")),
        (410, b("available", "db.r7g.large", "pending-reboot")),
        (460, b("available", "db.r7g.large", "in-sync")),
    ];
    assert_eq!(
        flush_seen(&looks),
        ["waiting", "begun", "begun", "begun", "proven"]
    );
}

#[test]
fn a_class_change_that_aws_gives_up_is_a_failure_and_not_a_long_wait() {
    let looks = [
        (30, b("modifying", "db.t3.medium", "pending-reboot")),
        (60, b("available", "db.t3.medium", "pending-reboot")),
        (300, b("available", "db.t3.medium", "pending-reboot")),
    ];
    assert_eq!(
        flush_seen(&looks),
        [
            "begun",
            "begun",
            "failed: AWS did not carry out the class change: b available, db.t3.medium, pending-reboot"
        ]
    );
}

#[test]
fn a_member_that_breaks_in_mid_change_ends_the_wait() {
    assert_eq!(
        flush_seen(&[(30, b("incompatible-parameters", "db.t3.medium", "in-sync"))]),
        ["failed: `b` is incompatible-parameters"]
    );
}

/// A reboot of `b`, whose group status was this before, looked at at these seconds.
fn reboot_seen(before: &str, looks: &[(i64, Cluster)], events: &[Event]) -> Vec<String> {
    reboot_seen_where(before, looks, events, StillPending::AfterTheOnly)
}

/// The same, where this follows when it is still pending.
fn reboot_seen_where(
    before: &str,
    looks: &[(i64, Cluster)],
    events: &[Event],
    still_pending: StillPending,
) -> Vec<String> {
    let mut memory = memory(&b("available", "db.t3.medium", before));
    looks
        .iter()
        .map(|(second, look)| {
            verdict(&reboot::restarted(
                &id("b"),
                &mut memory,
                look,
                events,
                at(*second),
                still_pending,
            ))
        })
        .collect()
}

#[test]
fn a_reboot_is_not_proven_by_a_member_that_looks_as_before() {
    let looks = [(5, cluster()), (100, cluster())];
    assert_eq!(reboot_seen("in-sync", &looks, &[]), ["waiting", "waiting"]);
}

#[test]
fn a_reboot_that_fell_between_two_looks_is_proven_by_its_event_or_by_the_group_status() {
    assert_eq!(
        reboot_seen(
            "in-sync",
            &[(30, cluster())],
            &[event("B", 12, "DB instance restarted")]
        ),
        ["proven"]
    );
    assert_eq!(
        reboot_seen(
            "in-sync",
            &[(30, cluster())],
            &[
                event("b", -12, "DB instance restarted"),
                event("c", 12, "DB instance restarted")
            ]
        ),
        ["waiting"],
        "neither an earlier restart nor another member's counts"
    );
    assert_eq!(
        reboot_seen("pending-reboot", &[(30, cluster())], &[]),
        ["proven"]
    );
}

#[test]
fn a_reboot_that_loads_nothing_is_a_failure_after_a_while() {
    let stuck = b("available", "db.t3.medium", "pending-reboot");
    let looks = [
        (10, b("rebooting", "db.t3.medium", "pending-reboot")),
        (40, stuck.clone()),
        (230, stuck),
    ];
    assert_eq!(
        reboot_seen("pending-reboot", &looks, &[]),
        [
            "begun",
            "begun",
            "failed: `b` restarted and is still pending-reboot: the restart did not load the static values"
        ]
    );
    let where_it = |still_pending| reboot_seen_where("pending-reboot", &looks, &[], still_pending);
    assert_eq!(
        where_it(StillPending::MayRebootAgain),
        ["begun", "begun", "proven"]
    );
    assert_eq!(
        where_it(StillPending::AfterTheLast),
        [
            "begun",
            "begun",
            "failed: `b` restarted twice and is still pending-reboot: its restarts do not load the group's static values"
        ]
    );
}

#[test]
fn a_class_change_that_loads_nothing_is_a_failure_unless_a_reboot_is_planned_for_that() {
    let stuck = b("available", "db.r7g.large", "pending-reboot");
    let looks = [
        (30, b("modifying", "db.t3.medium", "pending-reboot")),
        (400, stuck.clone()),
        (580, stuck),
    ];
    assert_eq!(
        flush_seen_before(&looks, true),
        ["begun", "begun", "proven"]
    );
    assert_eq!(
        flush_seen_before(&looks, false),
        [
            "begun",
            "begun",
            "failed: the class change did not load the parameter group's static values: b available, db.r7g.large, pending-reboot"
        ]
    );
}

/// An association of `new-16`, looked at at these seconds with these statuses of all members.
fn attach_seen(before: &str, looks: &[(i64, &str, &str)]) -> Vec<String> {
    let statuses = |status: &str, group: &str| {
        with(|cluster| {
            cluster.parameter_group = ParameterGroupName::new(group);
            for member in cluster.members.values_mut() {
                member.cluster_parameter_group_status = status.to_owned();
            }
        })
    };
    let mut memory = memory(&statuses(before, "default.aurora-postgresql16"));
    looks
        .iter()
        .map(|(second, group, status)| {
            verdict(&group::attached(
                &ParameterGroupName::new("new-16"),
                &mut memory,
                &statuses(status, group),
                at(*second),
            ))
        })
        .collect()
}

#[test]
fn an_association_is_over_when_every_member_took_notice_and_none_is_applying() {
    let looks = [
        (1, "default.aurora-postgresql16", "in-sync"),
        (5, "new-16", "in-sync"),
        (10, "new-16", "applying"),
        (40, "new-16", "pending-reboot"),
    ];
    assert_eq!(
        attach_seen("in-sync", &looks),
        ["waiting", "begun", "begun", "proven"]
    );
}

#[test]
fn members_that_show_no_sign_of_an_association_are_waited_for_only_so_long() {
    let looks = [(5, "new-16", "in-sync"), (190, "new-16", "in-sync")];
    assert_eq!(attach_seen("in-sync", &looks), ["begun", "proven"]);
    let looks = [(5, "new-16", "pending-reboot")];
    assert_eq!(
        attach_seen("pending-reboot", &looks),
        ["proven"],
        "a member that needed a restart before shows no change"
    );
}

#[test]
fn a_group_is_complete_only_with_every_value_and_no_other() {
    let stored = |name: &str, value: &str| {
        let parameter = Parameter {
            name: ParameterName::new(name),
            value: Some(value.to_owned()),
            source: "user".to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: "string".to_owned(),
            allowed_values: None,
            is_modifiable: true,
        };
        (ParameterName::new(name), parameter)
    };
    let expected = BTreeMap::from([
        (ParameterName::new("log_statement"), "ddl".to_owned()),
        (ParameterName::new("work_mem"), "8192".to_owned()),
    ]);
    let facts = Facts {
        parameters: Some(BTreeMap::from([
            stored("log_statement", "all"),
            stored("timezone", "UTC"),
        ])),
        ..Facts::default()
    };
    assert_eq!(
        group::complete(&ParameterGroupName::new("orders-16"), &expected, &facts),
        Look::Waiting(
            "group `orders-16` is not complete: `log_statement` is all, expected ddl; `work_mem` has no value, expected 8192; `timezone` is set and should not be"
                .to_owned()
        )
    );
}

#[test]
fn a_membership_that_changed_is_named() {
    let expected = BTreeSet::from([id("a"), id("b"), id("d")]);
    assert_eq!(
        guard::same_members(&expected, &cluster()).unwrap_err(),
        "`d` is no longer a member; `c` is a new member"
    );
}
