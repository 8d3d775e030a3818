//! Clusters on which a careless plan would do harm.

use super::*;

fn with_group(user: &[(&str, &str)]) -> Observed {
    let mut observed = observed("shop-aurora-postgresql16", two_members());
    know_group(&mut observed, "shop-aurora-postgresql16", true, user);
    observed
}

#[test]
fn a_writer_is_not_moved_to_a_smaller_reader_unasked() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let mut members = vec![
        member("a", true, 1),
        member("b", false, 1),
        member("c", false, 1),
    ];
    for (member, class) in
        members
            .iter_mut()
            .zip(["db.r6g.2xlarge", "db.t3.medium", "db.r6g.xlarge"])
    {
        member.class = InstanceClass::new(class);
    }
    let observed = before_rollout(members);
    insta::assert_snapshot!(refused(plan(&desired, &observed, Options::default())), @"
    smaller-writer: the writer `a` is a db.r6g.2xlarge, and the best reader to take over, `c`, is only a db.r6g.xlarge
      give a reader the writer's class, or pass --allow-smaller-writer and fail back afterwards
    ");
    let allowed = Options {
        allow_smaller_writer: true,
        ..Options::default()
    };
    // Of two readers of one tier the larger takes over, whatever its name.
    assert!(shown(&plan(&desired, &observed, allowed).unwrap()).contains("fail over to c\n"));
}

#[test]
fn a_queue_that_nobody_declared_is_refused_even_when_nothing_else_differs() {
    let mut desired = desired();
    declare(&mut desired, "log_lock_waits", Value::Boolean(true));
    let mut observed = with_group(&[("log_lock_waits", "1")]);
    if let Some(reader) = observed
        .cluster
        .as_mut()
        .and_then(|cluster| cluster.members.get_mut(&InstanceId::new("shop-2")))
    {
        reader
            .pending
            .insert("DBInstanceClass".to_owned(), "db.r7g.8xlarge".to_owned());
    }
    let said = refused(plan(&desired, &observed, Options::default()));
    assert!(
        said.starts_with("undeclared-pending-modification: member `shop-2`"),
        "{said}"
    );
}

#[test]
fn the_last_declared_parameter_can_be_taken_out_of_our_group_and_of_no_other() {
    let desired = desired();
    let mut observed = with_group(&[("work_mem", "65536")]);
    insta::assert_snapshot!(shown(&plan(&desired, &observed, Options::default()).unwrap()), @"
    now: reset parameter group shop-aurora-postgresql16
    now: settle
    now: verify
    ");
    for group in observed.groups.values_mut() {
        group.tags = Some(BTreeMap::from([(
            observed::OWNER_TAG.to_owned(),
            "another".to_owned(),
        )]));
    }
    assert!(
        plan(&desired, &observed, Options::default())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_members_own_group_that_overrides_is_told_by_plan_and_drift() {
    let mut desired = desired();
    declare(&mut desired, "work_mem", number("65536"));
    let mut observed = with_group(&[("work_mem", "65536")]);
    let own = ParameterGroupName::new("shop-2-own");
    if let Some(reader) = observed
        .cluster
        .as_mut()
        .and_then(|cluster| cluster.members.get_mut(&InstanceId::new("shop-2")))
    {
        reader
            .instance_groups
            .insert(own.clone(), "in-sync".to_owned());
    }
    observed.instance_groups.insert(
        own,
        BTreeMap::from([(ParameterName::new("work_mem"), "4096".to_owned())]),
    );
    let said = refused(plan(&desired, &observed, Options::default()));
    assert!(said.starts_with("instance-group-overrides: "), "{said}");
    let drift = drift::drift(&desired, &observed);
    assert!(drift.is_drift());
    assert_eq!(
        drift
            .findings
            .first()
            .and_then(|finding| finding.live.clone()),
        Some("4096".to_owned())
    );
}

#[test]
fn a_formula_that_aws_would_refuse_is_refused_before_anything_is_done() {
    let mut desired = desired();
    declare(
        &mut desired,
        "max_connections",
        Value::Text("{garbage".to_owned()),
    );
    let said = refused(plan(
        &desired,
        &before_rollout(two_members()),
        Options::default(),
    ));
    assert!(said.starts_with("value-not-allowed: "), "{said}");
}

#[test]
fn a_maintenance_window_inside_the_run_is_refused_too() {
    let mut desired = desired();
    desired.cluster.apply_immediately = false;
    desired.cluster.instance_class = Some(InstanceClass::new("db.r7g.large"));
    let mut members = two_members();
    for member in &mut members {
        member.maintenance_window = Some("fri:06:15-fri:06:45".to_owned());
    }
    let mut observed = before_rollout(members);
    observed
        .orderable
        .insert(InstanceClass::new("db.r7g.large"), true);
    let now = Options {
        activate: true,
        ..Options::default()
    };
    let said = refused(plan(&desired, &observed, now));
    assert!(said.starts_with("maintenance-flush: "), "{said}");
    // Sent with apply-immediately, nothing waits in a queue.
    desired.cluster.apply_immediately = true;
    assert!(plan(&desired, &observed, Options::default()).is_ok());
}

#[test]
fn a_writer_is_not_handed_to_a_reader_that_does_not_run_what_it_stores() {
    let mut desired = desired();
    desired.cluster.instances.insert(
        InstanceId::new("shop-1"),
        desired::Instance {
            instance_class: Some(InstanceClass::new("db.r6g.large")),
        },
    );
    let mut observed = with_group(&[]);
    observed.groups.clear();
    observed
        .orderable
        .insert(InstanceClass::new("db.r6g.large"), true);
    if let Some(reader) = observed
        .cluster
        .as_mut()
        .and_then(|cluster| cluster.members.get_mut(&InstanceId::new("shop-2")))
    {
        reader.cluster_parameter_group_status = "pending-reboot".to_owned();
    }
    let allowed = Options {
        allow_smaller_writer: true,
        ..Options::default()
    };
    insta::assert_snapshot!(shown(&plan(&desired, &observed, allowed).unwrap()), @"
    now: snapshot
    now: reboot shop-2
    now: reboot shop-2 again
    now: fail over to shop-2
    now: change class shop-1
    now: verify
    now: release snapshot
    ");
}

#[test]
fn a_plan_file_whose_declaration_was_edited_is_noticed() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let plan = plan(&desired, &before_rollout(two_members()), Options::default()).unwrap();
    let text = file::Saved::new(plan, desired).to_json().unwrap();
    let edited = text.replace(
        "\"apply_immediately\": true",
        "\"apply_immediately\": false",
    );
    assert_ne!(edited, text);
    assert!(matches!(
        file::Saved::from_json(&edited),
        Err(file::FileProblem::Digest { .. })
    ));
}

#[test]
fn a_status_that_waiting_does_not_mend_is_not_waited_for() {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    let said = |cluster: &str, reader: &str| {
        let mut members = two_members();
        for member in members.iter_mut().filter(|member| !member.is_writer) {
            reader.clone_into(&mut member.status);
        }
        let mut observed = before_rollout(members);
        if let Some(live) = &mut observed.cluster {
            cluster.clone_into(&mut live.status);
        }
        refused(plan(&desired, &observed, Options::default()))
    };
    let events = |kind: &str, identifier: &str| {
        format!(
            "waiting does not mend this; mend what its events tell, then try again: aws rds describe-events \
             --source-type {kind} --source-identifier {identifier} --duration 1440 --region eu-central-1"
        )
    };
    let broken = said("available", "storage-full");
    assert!(
        broken.contains("member `shop-2` is storage-full"),
        "{broken}"
    );
    assert!(
        broken.contains(&events("db-instance", "shop-2")),
        "{broken}"
    );
    let broken = said("incompatible-parameters", "available");
    assert!(broken.contains(&events("db-cluster", "shop")), "{broken}");
    let stopped = said("stopped", "stopped");
    assert!(stopped.contains("aws rds start-db-cluster"), "{stopped}");
    let passing = said("available", "rebooting");
    assert!(
        passing.contains("wait until the operation in flight"),
        "{passing}"
    );
}
