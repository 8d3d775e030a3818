//! Plan files: what was edited or damaged is refused, and what is accepted can be shown, drawn and saved again.
//!
//! The input is a plan file's text. Since the digest refuses nearly every change, the plan inside is also sealed anew, as
//! somebody would who edits files on purpose, and everything that reads plans is shown it.

use super::replies;
use auroractl::graph;
use auroractl::names::ActionId;
use auroractl::plan::Plan;
use auroractl::plan::file::{self, Saved};
use auroractl::report::json::{Outcome, Subject, document};
use auroractl::report::{self, Style};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The plans of the repository's declarations, saved.
pub static SAVED: LazyLock<Vec<Saved>> = LazyLock::new(|| {
    let plans = replies::plans();
    assert!(!plans.is_empty(), "the built-in world leads to plans");
    plans
        .into_iter()
        .map(|(plan, desired)| Saved::new(plan, desired))
        .collect()
});

/// What fuzzing begins with: each saved plan whole, and on few lines.
pub fn seeds() -> Vec<Vec<u8>> {
    SAVED
        .iter()
        .flat_map(|saved| {
            let whole = saved.to_json().expect("a plan has a JSON form");
            let short = serde_json::to_string(saved).expect("a plan has a JSON form");
            [whole.into_bytes(), short.into_bytes()]
        })
        .collect()
}

/// Reads a plan file, and all that is in it once it is sealed anew.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Saved::from_json(&text) {
        Ok(saved) => accepted(&saved),
        Err(problem) => drop(problem.to_string()),
    }
    if let Ok(Saved { desired, plan, .. }) = serde_json::from_str(&text) {
        accepted(&Saved::new(plan, desired));
    }
}

fn accepted(saved: &Saved) {
    // A number without a JSON form cannot come out of JSON.
    let text = saved
        .to_json()
        .expect("what was read as JSON can be written as JSON");
    let again = Saved::from_json(&text).expect("a plan file can be read again");
    assert_eq!(again.digest, saved.digest);
    assert_eq!(
        again.to_json().ok(),
        Some(text),
        "a plan file changes when it is saved again"
    );
    shown(&saved.plan);
}

/// Everything that reads a plan.
pub fn shown(plan: &Plan) {
    let _ = file::digest(plan);
    for coloured in [false, true] {
        assert!(!report::plan::render(plan, Style::new(coloured)).is_empty());
    }
    let outcome = Outcome::Planned {
        partition: &plan.partition,
        nothing_to_do: plan.is_empty(),
        plan,
    };
    document(Subject::Plan, &[outcome]).expect("a plan has a JSON document");
    let graph = graph::build_all(plan);
    let _ = graph::render::dot(&graph);
    let _ = graph::render::mermaid(&graph);
    ordered(plan);
}

/// Whatever the plan, its actions come to an end: there is always a next one until all are done.
fn ordered(plan: &Plan) {
    let graph = graph::build(plan);
    let mut finished: BTreeSet<ActionId> = BTreeSet::new();
    loop {
        let ready = graph.ready(&finished, &BTreeSet::new());
        if ready.is_empty() {
            break;
        }
        finished.extend(ready);
    }
    for action in &plan.actions {
        assert!(
            finished.contains(&action.id),
            "{} is never ready",
            action.id
        );
    }
}
