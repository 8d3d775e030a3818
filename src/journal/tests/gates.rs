//! What stands beside a journal, and a cluster that stays held at a gate.

use super::super::holder::Holder;
use super::super::lock::{self, Lease, Taken};
use super::super::{Approval, Memory, Store};
use super::target;
use crate::names::{ActionId, RunId};
use crate::plan::Plan;
use serde_json::json;

/// A plan of a command and a gate.
fn plan() -> Plan {
    let action = |id: &str, kind: serde_json::Value| {
        let mut action = json!({
            "id": id, "phase": "settle", "reasons": [], "undo": {"undo": "nothing"},
            "forecast": {"seconds": 0, "seconds_max": 0, "writer_interruption_seconds": 0},
            "evidence": {"evidence": "read-only"},
        });
        for (key, value) in kind.as_object().unwrap() {
            action[key] = value.clone();
        }
        action
    };
    let runs = json!({
        "command": ["./check"], "environment": {}, "mask": [], "expected_seconds": 1,
        "time_limit_seconds": 1, "retries": 0, "retry_after_seconds": 1, "repeat": false,
        "keep_output_bytes": 10, "simulated": "success",
    });
    serde_json::from_value(json!({
        "format": 1, "partition": "prod", "target": target(), "at": "2026-05-15T06:05:00Z",
        "engine_version": "16.6", "activation": {"when": "now"}, "changes": [], "notes": [],
        "actions": [
            action("step check", json!({"kind": "command", "step": "check", "runs": runs})),
            action("gate go", json!({"kind": "gate", "gate": "go", "message": "look", "wait_seconds": 1})),
        ],
        "deferred": [],
        "totals": {
            "seconds": 0, "writer_interruption_seconds": 0, "writer_interruptions": 0, "restarts": 0,
            "deferred_seconds": 0, "deferred_writer_interruption_seconds": 0,
            "deferred_writer_interruptions": 0, "deferred_restarts": 0,
        },
        "window": null, "options": crate::plan::Options::default(),
    }))
    .unwrap()
}

fn holder(user: &str) -> Holder {
    Holder {
        user: user.to_owned(),
        host: "desk".to_owned(),
        process: 42,
        numbered_by: None,
    }
}

#[test]
fn of_two_approvals_the_first_counts_and_output_is_kept_by_number_and_attempt() {
    let (plan, run) = (plan(), RunId::new("20260515-060500-prod-aaaa"));
    let (gate, check) = (ActionId::new("gate go"), ActionId::new("step check"));
    let folder = tempfile::tempdir().unwrap();
    for store in [
        Store::new(folder.path()),
        Store::in_memory(Memory::default()),
    ] {
        let folder = store.create_run(&run, &plan).unwrap();
        assert_eq!(folder.approval(&plan, &gate).unwrap(), None);
        let approval = |by: &str| Approval {
            action: gate.clone(),
            by: by.to_owned(),
            note: None,
            holder: holder("ada"),
            at: plan.at,
        };
        assert_eq!(folder.approve(&plan, &approval("Ada")).unwrap(), None);
        let second = folder.approve(&plan, &approval("Grace")).unwrap();
        assert_eq!(second, Some(approval("Ada")));
        assert_eq!(folder.approval(&plan, &gate).unwrap(), second);

        folder.keep_output(&plan, &check, 2, b"one").unwrap();
        folder.keep_output(&plan, &check, 2, b"two").unwrap();
        let name = folder.output_name(&plan, &check, 2);
        assert!(
            name.ends_with("20260515-060500-prod-aaaa/output-01-check-2.txt"),
            "{name}"
        );
    }
    let kept = folder
        .path()
        .join("runs/20260515-060500-prod-aaaa/output-01-check-2.txt");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), "two");
}

#[test]
fn a_cluster_that_is_left_at_a_gate_is_held_for_its_own_run_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let (run, other) = (
        RunId::new("20260515-060500-prod-aaaa"),
        RunId::new("20260515-060501-prod-bbbb"),
    );
    let mut lease = Lease::acquire(&store, &target(), &holder("ada"), &run).unwrap();
    lease.wait_at(Some(("go", "look"))).unwrap();
    lease.keep().unwrap();
    let claim = lock::claim(&store, &target()).unwrap().unwrap();
    assert_eq!(claim.waits_at.as_ref().unwrap().gate, "go");
    assert!(!lock::is_abandoned(&claim, &holder("bob")));
    lease.leave().unwrap();

    let claim = lock::claim(&store, &target()).unwrap().unwrap();
    assert!(lock::is_abandoned(&claim, &holder("bob")));
    let refusal: crate::error::Error = Lease::acquire(&store, &target(), &holder("bob"), &other)
        .unwrap_err()
        .into();
    let text = refusal.render(false);
    for part in [
        "which waits at gate `go` since",
        "auroractl approve 20260515-060500-prod-aaaa go",
        "auroractl resume 20260515-060500-prod-aaaa",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    assert!(Lease::take_over(&store, &target(), &holder("bob"), &other).is_err());

    let (mut lease, taken) = Lease::take_over(&store, &target(), &holder("bob"), &run).unwrap();
    assert_eq!(taken, Taken::FromGate);
    assert_eq!(taken.in_words(), None);
    lease.wait_at(Some(("go", "look"))).unwrap();
    lease.wait_at(None).unwrap();
    assert_eq!(
        lock::claim(&store, &target()).unwrap().unwrap().waits_at,
        None
    );
    lease.release().unwrap();
    assert_eq!(lock::claim(&store, &target()).unwrap(), None);
}
