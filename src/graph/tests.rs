//! The rules on a whole rollout.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::names::{ActionId, InstanceId};
use crate::plan::action::{Evidence, Forecast, Kind, Phase, Role, Undo};
use std::collections::BTreeSet;

fn action(id: &str, phase: Phase, kind: Kind) -> Action {
    Action {
        id: ActionId::new(id),
        phase,
        kind,
        role: Some(Role::Reader),
        reasons: Vec::new(),
        forecast: Forecast::default(),
        undo: Undo::Nothing,
        evidence: Evidence::ReadOnly,
    }
}

fn reboot(name: &str) -> Action {
    action(
        &format!("reboot {name}"),
        Phase::Activate,
        Kind::Reboot {
            instance: InstanceId::new(name),
            unless_in_sync: false,
            again: false,
        },
    )
}

fn queue(name: &str) -> Action {
    action(
        &format!("queue {name}"),
        Phase::Stage,
        Kind::QueueClassChange {
            instance: InstanceId::new(name),
            class: crate::names::InstanceClass::new("db.r7g.large"),
            before: crate::names::InstanceClass::new("db.t3.medium"),
        },
    )
}

fn settle() -> Action {
    action(
        "settle",
        Phase::Settle,
        Kind::Settle {
            dynamic: Vec::new(),
            seconds_min: 90,
        },
    )
}

fn waves(actions: Vec<Action>) -> Vec<Vec<String>> {
    let graph = of_actions(actions.iter());
    let mut finished = BTreeSet::new();
    let mut waves = Vec::new();
    loop {
        let ready = graph.ready(&finished, &BTreeSet::new());
        if ready.is_empty() {
            return waves;
        }
        waves.push(ready.iter().map(ToString::to_string).collect());
        finished.extend(ready);
    }
}

#[test]
fn what_disturbs_nobody_runs_together_and_restarts_run_alone() {
    let waves = waves(vec![
        action("snapshot", Phase::Safeguard, Kind::CreateSnapshot),
        queue("a"),
        queue("b"),
        settle(),
        reboot("b"),
        action(
            "fail over",
            Phase::Activate,
            Kind::Failover {
                from: InstanceId::new("a"),
                to: InstanceId::new("b"),
            },
        ),
        reboot("a"),
    ]);
    assert_eq!(
        waves,
        [
            vec!["snapshot"],
            vec!["queue a", "queue b"],
            vec!["settle"],
            vec!["reboot b"],
            vec!["fail over"],
            vec!["reboot a"],
        ]
    );
}

#[test]
fn nothing_runs_beside_a_declared_gate() {
    let gate = Kind::Gate {
        gate: "go".to_owned(),
        message: "look".to_owned(),
        wait_seconds: 1,
    };
    let waves = waves(vec![
        queue("a"),
        action("gate go", Phase::Stage, gate),
        queue("b"),
        queue("c"),
    ]);
    assert_eq!(
        waves,
        [vec!["queue a"], vec!["gate go"], vec!["queue b", "queue c"]]
    );
}

#[test]
fn a_drawing_leaves_out_what_other_edges_imply() {
    let graph = of_actions([settle(), reboot("b"), reboot("a")].iter());
    insta::assert_snapshot!(render::mermaid(&graph), @r#"
    flowchart TD
      n0["settle<br>about 0 s"]
      n1[["reboot b<br>about 0 s"]]
      n2[["reboot a<br>about 0 s"]]
      n0 -->|settled before restarts| n1
      n1 -->|one disruption at a time| n2
    "#);
    insta::assert_snapshot!(render::dot(&graph), @r#"
    digraph plan {
      rankdir = TB;
      node [shape = box, fontname = "sans-serif"];
      edge [fontname = "sans-serif", fontsize = 10];
      n0 [label = "settle\nabout 0 s"];
      n1 [label = "reboot b\nabout 0 s", style = bold];
      n2 [label = "reboot a\nabout 0 s", style = bold];
      n0 -> n1 [label = "settled before restarts"];
      n1 -> n2 [label = "one disruption at a time"];
    }
    "#);
}
