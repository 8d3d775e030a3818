//! Hand-made plans, drifts, topologies and events for the tests of this room. It builds and never asserts.

#![allow(clippy::unwrap_used)]

use crate::desired::{Aws, Cluster as DeclaredCluster, Desired, EngineVersion, SnapshotPolicy};
use crate::event::{Ending, Event, KeptSnapshot, Performed, Planned, Summary, Verified};
use crate::names::{
    AccountId, ActionId, ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName,
    ParameterName, PartitionName, Region, ResourceId, RunId, SnapshotId,
};
use crate::observed::{Backend, Caller, Cluster, Member, Observed};
use crate::plan::action::{
    Action, ApplyMethod, Evidence, Expectation, Forecast, Kind, ParameterSetting, Phase, Role, Undo,
};
use crate::plan::change::{Change, Effect, Subject};
use crate::plan::drift::{Class, Drift, Finding};
use crate::plan::{Activation, FORMAT, Note, Options, Plan, Target, Topic, Totals};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const GROUP: &str = "orders-aurora-postgresql16";

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn built_in() -> Backend {
    Backend::Simulated {
        world: "built-in".to_owned(),
    }
}

fn forecast(seconds: u32, writer_interruption_seconds: u32) -> Forecast {
    Forecast {
        seconds,
        seconds_max: seconds * 3,
        writer_interruption_seconds,
    }
}

fn action(id: &str, phase: Phase, kind: Kind, forecast: Forecast, reason: &str) -> Action {
    Action {
        id: ActionId::new(id),
        phase,
        kind,
        role: None,
        reasons: vec![reason.to_owned()],
        forecast,
        undo: Undo::Nothing,
        evidence: Evidence::ReadOnly,
    }
}

fn change(subject: Subject, from: Option<&str>, to: Option<&str>, effect: Effect) -> Change {
    Change {
        subject,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        reason: String::new(),
        effect,
    }
}

fn parameter(name: &str, from: Option<&str>, to: Option<&str>, effect: Effect) -> Change {
    change(
        Subject::Parameter {
            name: ParameterName::new(name),
        },
        from,
        to,
        effect,
    )
}

pub(crate) fn empty() -> Plan {
    Plan {
        format: FORMAT,
        partition: PartitionName::new("prod"),
        target: Target {
            backend: built_in(),
            account: AccountId::new("111111111111"),
            region: Region::new("us-east-1"),
            cluster: ClusterId::new("orders"),
            resource_id: ResourceId::new("cluster-ORDERS"),
        },
        at: instant("2026-05-15T06:05:00Z"),
        engine_version: "16.6".to_owned(),
        activation: Activation::NotNeeded,
        changes: Vec::new(),
        notes: Vec::new(),
        actions: Vec::new(),
        deferred: Vec::new(),
        totals: Totals::default(),
        window: None,
        options: Options::default(),
        undoes: None,
        restores: None,
        is_drill: false,
    }
}

/// The first attach of a group with a class change, inside the window.
pub(crate) fn rollout() -> Plan {
    let group = ParameterGroupName::new(GROUP);
    let (writer, reader) = (InstanceId::new("orders-1"), InstanceId::new("orders-2"));
    let (small, large) = (
        InstanceClass::new("db.t3.medium"),
        InstanceClass::new("db.r7g.large"),
    );
    let pending = BTreeMap::from([("DBInstanceClass".to_owned(), large.to_string())]);
    let mut snapshot = action(
        "snapshot orders",
        Phase::Safeguard,
        Kind::CreateSnapshot,
        forecast(280, 0),
        "the last resort if the rollout goes wrong",
    );
    snapshot.undo = Undo::By {
        step: "released when everything is verified".to_owned(),
    };
    let create = action(
        "create group orders-aurora-postgresql16",
        Phase::Stage,
        Kind::CreateParameterGroup {
            group: group.clone(),
            family: Family::new("aurora-postgresql16"),
        },
        forecast(5, 0),
        "the default group cannot hold values",
    );
    let modify = action(
        "modify parameters of orders-aurora-postgresql16",
        Phase::Stage,
        Kind::ModifyParameters {
            group,
            parameters: [("log_lock_waits", "1"), ("max_connections", "500")]
                .into_iter()
                .map(|(name, value)| ParameterSetting {
                    name: ParameterName::new(name),
                    value: Some(value.to_owned()),
                    before: None,
                    apply_method: ApplyMethod::PendingReboot,
                })
                .collect(),
        },
        forecast(5, 0),
        "declared, and not stored",
    );
    let mut flush = action(
        "flush orders-2",
        Phase::Activate,
        Kind::Flush {
            instance: reader.clone(),
            pending,
            class: large,
        },
        forecast(442, 0),
        "the class change restarts the reader, which loads max_connections too; readers come before the writer so that a proven reader can take over",
    );
    flush.role = Some(Role::Reader);
    flush.undo = Undo::By {
        step: "change the class back to db.t3.medium".to_owned(),
    };
    let mut failover = action(
        "failover orders-2",
        Phase::Activate,
        Kind::Failover {
            from: writer.clone(),
            to: reader,
        },
        forecast(60, 25),
        "orders-2 runs everything that is declared",
    );
    failover.role = Some(Role::Reader);
    failover.undo = Undo::PointOfNoReturn {
        because: "connections are dropped; a failover back drops them once more".to_owned(),
    };
    let mut reboot = action(
        "reboot orders-1",
        Phase::Activate,
        Kind::Reboot {
            instance: writer.clone(),
            unless_in_sync: true,
            again: false,
        },
        forecast(65, 0),
        "max_connections is static (401 -> 500)",
    );
    reboot.role = Some(Role::Writer);
    let verify = action(
        "verify orders",
        Phase::Verify,
        Kind::Verify(Expectation {
            group: ParameterGroupName::new(GROUP),
            parameters: BTreeMap::new(),
            classes: BTreeMap::new(),
            database_insights: None,
            retention_days: None,
            in_sync: false,
            writer: None,
            not_proven: Vec::new(),
            proof: None,
        }),
        forecast(15, 0),
        "done means that every member shows it",
    );
    let mut attach = change(
        Subject::ParameterGroup,
        Some("default.aurora-postgresql16"),
        Some(GROUP),
        Effect::Restart,
    );
    attach.reason = "a first attach marks every member pending-reboot, even where no static value differs, so that every member restarts".to_owned();
    Plan {
        activation: Activation::InWindow {
            closes: instant("2026-05-15T09:00:00Z"),
        },
        changes: vec![
            attach,
            parameter("log_lock_waits", None, Some("1"), Effect::Live),
            parameter("max_connections", Some("401"), Some("500"), Effect::Restart),
            parameter("log_temp_files", Some("0"), None, Effect::Live),
            change(
                Subject::InstanceClass { instance: writer },
                Some(small.as_str()),
                Some("db.r7g.large"),
                Effect::Restart,
            ),
        ],
        notes: vec![
            Note {
                topic: Topic::NotProven,
                text: "the running value of log_lock_waits: the API shows what is stored, not what runs".to_owned(),
            },
            Note {
                topic: Topic::Information,
                text: "runs are kept on this machine only; another machine is not kept out".to_owned(),
            },
        ],
        actions: vec![snapshot, create, modify, flush, failover, reboot, verify],
        totals: Totals {
            seconds: 872,
            writer_interruption_seconds: 25,
            writer_interruptions: 1,
            restarts: 2,
            ..Totals::default()
        },
        ..empty()
    }
}

/// The same outside the window: staged now, the restarts later.
pub(crate) fn staged() -> Plan {
    let whole = rollout();
    let (actions, deferred): (Vec<Action>, Vec<Action>) = whole
        .actions
        .iter()
        .filter(|action| action.phase != Phase::Safeguard)
        .cloned()
        .partition(|action| action.phase == Phase::Stage);
    Plan {
        activation: Activation::Deferred {
            because: "the window Thu 23:00-02:00 (America/Los_Angeles) is closed".to_owned(),
            opens: Some(instant("2026-05-22T06:00:00Z")),
        },
        notes: vec![Note {
            topic: Topic::Caution,
            text: "once staged, any unplanned restart of a member activates the static values"
                .to_owned(),
        }],
        actions,
        deferred,
        totals: Totals {
            seconds: 10,
            deferred_seconds: 582,
            deferred_restarts: 2,
            deferred_writer_interruptions: 1,
            deferred_writer_interruption_seconds: 25,
            ..Totals::default()
        },
        ..whole
    }
}

pub(crate) fn drift() -> Drift {
    let finding = |class,
                   subject: &str,
                   member: Option<&str>,
                   declared: Option<&str>,
                   live: Option<&str>,
                   reason: &str| Finding {
        class,
        subject: subject.to_owned(),
        member: member.map(InstanceId::new),
        declared: declared.map(str::to_owned),
        live: live.map(str::to_owned),
        reason: reason.to_owned(),
    };
    Drift {
        partition: PartitionName::new("prod"),
        findings: vec![
            finding(
                Class::NotAsDeclared,
                "parameter log_statement",
                None,
                Some("ddl"),
                Some("none"),
                "",
            ),
            finding(
                Class::StoredButNotLive,
                "instance class",
                Some("orders-2"),
                Some("db.r7g.large"),
                Some("db.t3.medium"),
                "queued; it becomes live with a flush",
            ),
            finding(
                Class::ChangedByAws,
                "engine version",
                None,
                Some("16"),
                Some("16.8"),
                "an automatic minor upgrade",
            ),
        ],
    }
}

pub(crate) fn desired() -> Desired {
    Desired {
        partition: PartitionName::new("prod"),
        file: "environments/prod.toml".into(),
        aws: Aws {
            account: AccountId::new("111111111111"),
            region: Region::new("us-east-1"),
            profile: None,
        },
        cluster: DeclaredCluster {
            identifier: ClusterId::new("Orders"),
            identifier_as_written: "Orders".to_owned(),
            engine: "aurora-postgresql".to_owned(),
            engine_version: EngineVersion::new("16"),
            instance_class: None,
            instances: BTreeMap::new(),
            apply_immediately: false,
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

pub(crate) fn observed() -> Observed {
    let member = |identifier: &str, is_writer, tier| Member {
        identifier: InstanceId::new(identifier),
        resource_id: ResourceId::new("db-MEMBER"),
        is_writer,
        promotion_tier: tier,
        cluster_parameter_group_status: "in-sync".to_owned(),
        status: "available".to_owned(),
        class: InstanceClass::new("db.t3.medium"),
        engine_version: "16.6".to_owned(),
        pending: BTreeMap::new(),
        instance_groups: BTreeMap::from([(
            ParameterGroupName::new("default.aurora-postgresql16"),
            "in-sync".to_owned(),
        )]),
        maintenance_window: None,
        availability_zone: Some("us-east-1a".to_owned()),
        auto_minor_version_upgrade: true,
        settings: crate::observed::MemberSettings::default(),
        endpoint: None,
    };
    let mut waiting = member("orders-writer", false, 1);
    waiting.cluster_parameter_group_status = "pending-reboot".to_owned();
    waiting.pending = BTreeMap::from([("DBInstanceClass".to_owned(), "db.r7g.large".to_owned())]);
    let members = [
        member("orders-0", false, 2),
        waiting,
        member("orders-reader", true, 1),
    ];
    let cluster = Cluster {
        identifier: ClusterId::new("orders"),
        resource_id: ResourceId::new("cluster-ORDERS"),
        arn: "arn:aws:rds:us-east-1:111111111111:cluster:orders".to_owned(),
        status: "available".to_owned(),
        engine: "aurora-postgresql".to_owned(),
        engine_version: "16.6".to_owned(),
        parameter_group: ParameterGroupName::new(GROUP),
        members: members
            .into_iter()
            .map(|member| (member.identifier.clone(), member))
            .collect(),
        database_insights: Some("standard".to_owned()),
        performance_insights_enabled: Some(true),
        performance_insights_retention_days: Some(7),
        pending: BTreeMap::new(),
        maintenance_window: Some("sun:05:00-sun:05:30".to_owned()),
        tags: BTreeMap::new(),
        endpoint: Some("orders.cluster-x.us-east-1.rds.amazonaws.com".to_owned()),
        reader_endpoint: Some("orders.cluster-ro-x.us-east-1.rds.amazonaws.com".to_owned()),
        serverless_capacity_max: None,
        settings: crate::observed::ClusterSettings::default(),
    };
    Observed {
        at: instant("2026-05-15T06:05:00Z"),
        backend: built_in(),
        caller: Caller {
            account: AccountId::new("111111111111"),
            arn: "arn:aws:sts::111111111111:assumed-role/simulated/operator".to_owned(),
        },
        region: Region::new("us-east-1"),
        cluster: Some(cluster),
        neighbours: std::sync::Arc::default(),
        groups: BTreeMap::new(),
        instance_groups: BTreeMap::new(),
        orderable: BTreeMap::new(),
        snapshots: None,
        ended_runs: BTreeSet::new(),
        restoring: BTreeMap::new(),
        shared_store: None,
        told: None,
    }
}

pub(crate) fn events() -> Vec<Event> {
    let reboot = ActionId::new("reboot orders-1");
    vec![
        Event::RunStarted {
            at: instant("2026-05-15T06:05:00Z"),
            run: RunId::new("20260515-060500-prod-4f1c"),
            partition: PartitionName::new("prod"),
            cluster: ClusterId::new("orders"),
            backend: built_in(),
            journal: ".auroractl/runs/20260515-060500-prod-4f1c".to_owned(),
            actions: vec![Planned {
                action: reboot.clone(),
                forecast: forecast(65, 0),
            }],
        },
        Event::ActionStarted {
            at: instant("2026-05-15T06:05:01Z"),
            action: reboot.clone(),
            forecast: forecast(65, 0),
        },
        Event::Waiting {
            at: instant("2026-05-15T06:05:06Z"),
            action: reboot.clone(),
            seen: "orders-1 rebooting".to_owned(),
        },
        Event::ActionFinished {
            at: instant("2026-05-15T06:06:01Z"),
            action: reboot.clone(),
            seconds: 60,
            forecast: forecast(65, 0),
            proof: "orders-1 restarted and is in-sync".to_owned(),
        },
        Event::ActionFailed {
            at: instant("2026-05-15T06:06:02Z"),
            action: reboot,
            because: "orders-1 is storage-full".to_owned(),
        },
        Event::Remark {
            at: instant("2026-05-15T06:06:03Z"),
            text: "AWS answers slowly".to_owned(),
        },
    ]
}

pub(crate) fn summary(ending: Ending) -> Summary {
    let performed = |action: &str, done, seconds, expected| Performed {
        action: ActionId::new(action),
        done,
        not_needed: false,
        seconds,
        forecast: forecast(expected, 0),
    };
    let done = ending == Ending::Done;
    Summary {
        run: RunId::new("20260515-060500-prod-4f1c"),
        partition: PartitionName::new("prod"),
        cluster: ClusterId::new("orders"),
        actions: vec![
            performed("flush orders-2", true, 451, 442),
            performed("failover orders-2", done, 38, 60),
        ],
        changes: vec![parameter(
            "max_connections",
            Some("401"),
            Some("500"),
            Effect::Restart,
        )],
        verified: if done {
            vec![Verified {
                fact: "orders-2 is in-sync with group orders-aurora-postgresql16".to_owned(),
                witness: "RDS API".to_owned(),
            }]
        } else {
            Vec::new()
        },
        not_proven: vec!["the running value of max_connections".to_owned()],
        snapshot: Some(KeptSnapshot {
            snapshot: SnapshotId::new("auroractl-20260515-060500-prod-4f1c"),
            expires: Some(instant("2026-05-16T06:30:00Z")),
            unfinished: false,
        }),
        seconds: 489,
        next_command: None,
        undoes: None,
        restores: None,
        writer_interruption: None,
        ending,
    }
}
