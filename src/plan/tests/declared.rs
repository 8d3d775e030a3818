//! Where declared commands and gates stand in a plan.

#![allow(clippy::indexing_slicing)]
use super::*;
use crate::desired::steps::{After, Command, Does, Gate, Simulated, Step};

fn step(name: &str, after: &str) -> Step {
    let after = match after.split_once(' ') {
        Some((kind, member)) => After::Action {
            kind: kind.to_owned(),
            instance: Some(InstanceId::new(member)),
        },
        None if desired::steps::PHASES.contains(&after) => After::Phase(after.to_owned()),
        None => After::Action {
            kind: after.to_owned(),
            instance: None,
        },
    };
    Step {
        name: name.to_owned(),
        after,
        does: Does::Command(Command {
            command: vec![format!("./{name}")],
            environment: BTreeMap::new(),
            mask: Vec::new(),
            expected_seconds: 600,
            time_limit_seconds: 900,
            retries: 0,
            retry_after_seconds: 10,
            repeat: false,
            keep_output_bytes: 1024,
            simulated: Simulated::Success,
        }),
    }
}

fn gate(name: &str, after: &str) -> Step {
    Step {
        does: Does::Gate(Gate {
            message: "look".to_owned(),
            wait_seconds: 60,
        }),
        ..step(name, after)
    }
}

/// A first rollout with these steps.
fn rollout(steps: Vec<Step>) -> Desired {
    let mut desired = desired();
    declare(&mut desired, "max_connections", number("500"));
    desired.steps = steps;
    desired
}

fn ids(actions: &[Action]) -> String {
    let lines: Vec<String> = actions
        .iter()
        .map(|action| format!("{:?}: {}", action.phase, action.id))
        .collect();
    lines.join("\n")
}

#[test]
fn each_stands_right_behind_what_it_follows() {
    let desired = rollout(vec![
        step("tidy", "clean-up"),
        step("health", "restart"),
        gate("look", "restart"),
        step("all-active", "activate"),
        step("moved", "failover"),
        step("only-two", "reboot shop-2"),
        gate("go-live", "settle"),
        step("begin", "preflight"),
        step("begin-too", "preflight"),
        step("classes", "change-class"),
    ]);
    let plan = plan(&desired, &before_rollout(two_members()), Options::default()).unwrap();
    insta::assert_snapshot!(ids(&plan.actions), @"
    Preflight: step begin
    Preflight: step begin-too
    Safeguard: snapshot
    Stage: create parameter group shop-aurora-postgresql16
    Stage: modify parameter group shop-aurora-postgresql16
    Stage: check parameter group shop-aurora-postgresql16
    Stage: attach parameter group shop-aurora-postgresql16
    Settle: settle
    Settle: gate go-live
    Activate: reboot shop-2
    Activate: reboot shop-2 again
    Activate: step health after reboot shop-2
    Activate: gate look after reboot shop-2
    Activate: step only-two after reboot shop-2
    Activate: fail over to shop-2
    Activate: step moved after fail over to shop-2
    Activate: reboot shop-1
    Activate: reboot shop-1 again
    Activate: step health after reboot shop-1
    Activate: gate look after reboot shop-1
    Activate: step all-active
    Verify: verify
    CleanUp: release snapshot
    CleanUp: step tidy
    ");
    let notes: Vec<&str> = plan.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(
        notes.contains(
            &"step `classes` is not part of this plan: it follows `change-class`, which the plan has not"
        ),
        "{notes:?}"
    );
}

#[test]
fn without_changes_there_are_no_steps() {
    let mut desired = desired();
    desired.steps = vec![step("begin", "preflight"), step("tidy", "verify")];
    let group = "shop-aurora-postgresql16";
    let mut observed = observed(group, two_members());
    know_group(&mut observed, group, true, &[]);
    let plan = plan(&desired, &observed, Options::default()).unwrap();
    assert!(plan.is_empty(), "{}", ids(&plan.actions));
    assert_eq!(plan.notes, []);
}

#[test]
fn staged_now_or_activated_later_the_digest_is_the_same_and_each_step_stands_once() {
    let mut desired = rollout(vec![
        step("begin", "preflight"),
        step("staged", "stage"),
        step("moved", "failover"),
    ]);
    desired.cluster.apply_immediately = false;
    desired.window = Some(desired::Window {
        schedule: Schedule::Weekly {
            weekday: 5,
            opens: jiff::civil::Time::constant(6, 0, 0, 0),
            length_minutes: 120,
        },
        time_zone: "UTC".to_owned(),
        as_written: "Fri 06:00-08:00".to_owned(),
    });
    let inside = before_rollout(two_members());
    let mut outside = inside.clone();
    outside.at = "2026-05-14T06:05:00Z".parse().unwrap();
    let options = Options::default();
    let staged = plan(&desired, &outside, options).unwrap();
    let whole = plan(&desired, &inside, options).unwrap();
    insta::assert_snapshot!(format!("{}\nlater\n{}", ids(&staged.actions), ids(&staged.deferred)), @"
    Preflight: step begin
    Stage: create parameter group shop-aurora-postgresql16
    Stage: modify parameter group shop-aurora-postgresql16
    Stage: check parameter group shop-aurora-postgresql16
    Stage: attach parameter group shop-aurora-postgresql16
    Stage: step staged
    Settle: settle
    later
    Safeguard: snapshot
    Activate: reboot shop-2
    Activate: reboot shop-2 again
    Activate: fail over to shop-2
    Activate: step moved after fail over to shop-2
    Activate: reboot shop-1
    Activate: reboot shop-1 again
    Verify: verify
    CleanUp: release snapshot
    ");
    assert_eq!(file::digest(&staged), file::digest(&whole));
    assert!(whole.deferred.is_empty());

    // Another command is another plan.
    let mut other = desired.clone();
    let Does::Command(command) = &mut other.steps[2].does else {
        unreachable!("it is a command");
    };
    command.command.push("--force".to_owned());
    assert_ne!(
        file::digest(&plan(&other, &inside, options).unwrap()),
        file::digest(&whole)
    );

    // What commands take before the last restart must fit into the window too.
    other.steps = (0..12)
        .map(|number| step(&format!("slow-{number}"), "settle"))
        .collect();
    let late = plan(&other, &inside, options).unwrap();
    assert!(
        matches!(late.activation, Activation::Deferred { .. }),
        "{:?}",
        late.activation
    );
}

#[test]
fn a_step_that_follows_a_member_that_does_not_exist_is_refused() {
    let desired = rollout(vec![step("health", "reboot shop-3")]);
    let refusal = refused(plan(
        &desired,
        &before_rollout(two_members()),
        Options::default(),
    ));
    assert_eq!(
        refusal.trim_end(),
        "step-follows-nobody: `health` follows `reboot shop-3`, and cluster `shop` has no member `shop-3`\n  did you mean `shop-2`?"
    );
}

#[test]
fn what_a_step_may_follow_is_called_as_in_a_plans_json() {
    use crate::plan::steps::declared::name;
    let mut desired = rollout(Vec::new());
    desired.cluster.instance_class = Some(InstanceClass::new("db.r7g.large"));
    desired.cluster.performance_insights_retention_days = Some(31);
    let mut observed = before_rollout(two_members());
    observed
        .orderable
        .insert(InstanceClass::new("db.r7g.large"), true);
    let mut named = BTreeSet::new();
    for at_once in [true, false] {
        desired.cluster.apply_immediately = at_once;
        let options = Options {
            activate: true,
            ..Options::default()
        };
        for action in plan(&desired, &observed, options).unwrap().actions {
            if let Some(name) = name(&action.kind) {
                assert_eq!(serde_json::to_value(&action).unwrap()["kind"], name);
                assert!(desired::steps::ACTIONS.contains(&name), "{name}");
                named.insert(name);
            }
        }
    }
    assert!(named.len() >= 8, "{named:?}");
    for word in desired::steps::ACTIONS_ON_A_MEMBER {
        assert!(desired::steps::ACTIONS.contains(&word), "{word}");
    }
}
