//! Journals: any bytes are read or refused, and what is read says the same however it is cut off.
//!
//! The input is a journal of the first of the saved plans.

use super::plans::SAVED;
use super::scene;
use auroractl::journal::{self, Journal, Store};
use auroractl::names::{ActionId, RunId};
use auroractl::plan::Plan;
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

/// The run that the journals are of.
const RUN: &str = "20260515-060500-prod-0001";

/// What fuzzing begins with: runs that came to different ends.
pub fn seeds() -> Vec<Vec<u8>> {
    let plan = plan();
    let start = start(plan);
    let ids: Vec<&ActionId> = plan.actions.iter().map(|action| &action.id).collect();
    let whole: Vec<Value> = ids
        .iter()
        .flat_map(|id| {
            [
                json!({"entry": "intent", "action": id, "attempt": 1, "call": {"operation": "RebootDBInstance", "parameters": {"DBInstanceIdentifier": "orders-1"}}, "before": {"status": "available"}}),
                json!({"entry": "accepted", "action": id, "request_id": "r"}),
                json!({"entry": "finished", "action": id, "seconds": 5, "proof": "seen"}),
            ]
        })
        .collect();
    let first = ids.first().expect("a plan with actions");
    let resumed = json!({"entry": "resumed", "holder": "ada", "host": "here", "process": 2, "tool_version": "0"});
    let ended = |ending: &str| json!({"entry": "ended", "ending": ending, "because": "so"});
    let mut done = vec![start.clone()];
    done.extend(whole.iter().cloned());
    done.push(ended("done"));
    let mut stopped = vec![start.clone()];
    stopped.extend(whole.iter().take(2).cloned());
    stopped.extend([
        json!({"entry": "failed", "action": first, "outcome": "unknown", "because": "no reply"}),
        json!({"entry": "remark", "text": "later"}),
        ended("unknown"),
        resumed.clone(),
        json!({"entry": "settled", "action": first, "verdict": "did-not-happen", "because": "seen"}),
        json!({"entry": "intent", "action": first, "attempt": 2}),
        json!({"entry": "finished", "action": first, "seconds": 1, "proof": "seen"}),
        json!({"entry": "paused", "because": "asked to"}),
        ended("paused"),
        json!({"entry": "unlocked", "holder": "ada", "host": "here"}),
        resumed,
    ]);
    let mut skipped = vec![start];
    skipped.extend([
        json!({"entry": "skipped", "action": first, "because": "needless"}),
        ended("interrupted"),
    ]);
    [done, stopped, skipped]
        .map(|entries| text(&entries))
        .to_vec()
}

/// Reads the journal; where it can be read, reads it cut off and written again, too.
pub fn run(data: &[u8]) {
    let folder = Folder::new();
    let journal = match folder.read(data) {
        Ok(journal) => journal,
        Err(error) => return drop(error.to_string()),
    };
    let length = u64::try_from(data.len()).expect("a length");
    assert!(journal.torn_bytes <= length);
    let Journal {
        entries, replay, ..
    } = &journal;
    assert_eq!(
        replay.next_sequence(),
        u64::try_from(entries.len()).expect("a length") + 1
    );
    for (action, state) in replay.states() {
        assert!(plan().actions.iter().any(|planned| planned.id == *action));
        let _ = (state.is_in_doubt(), state.is_begun(), state.is_settled());
        let _ = replay.attempts(action);
    }
    assert!(
        replay.in_doubt().count() <= plan().actions.len(),
        "more in doubt than planned"
    );

    // A crash may cut a journal anywhere.
    for cut in [data.len() / 3, data.len() / 2, data.len().saturating_sub(1)] {
        let part = data.get(..cut).expect("a part");
        let cut_off = folder
            .read(part)
            .expect("a journal that was cut off can be read");
        assert!(entries.starts_with(&cut_off.entries));
    }
    let again: Vec<u8> = entries
        .iter()
        .flat_map(|entry| {
            let mut line = serde_json::to_vec(entry).expect("an entry has a JSON form");
            line.push(b'\n');
            line
        })
        .collect();
    let again = folder
        .read(&again)
        .expect("what was read can be written and read again");
    assert_eq!(again.entries, *entries);
    assert_eq!(again.replay, *replay);
}

/// A folder with one run, whose journal is whatever is read.
struct Folder {
    root: TempDir,
    store: Store,
    run: RunId,
}

impl Folder {
    fn new() -> Self {
        let root = scene::temporary();
        let store = Store::new(root.path());
        let run = RunId::new(RUN);
        store
            .create_run(&run, plan())
            .expect("a temporary folder takes a run");
        Self { root, store, run }
    }

    fn read(&self, bytes: &[u8]) -> Result<Journal, journal::Error> {
        let path = self.root.path().join("runs").join(RUN);
        fs::write(path.join("journal.jsonl"), bytes).expect("a temporary folder takes files");
        self.store.run(&self.run).journal()
    }
}

fn plan() -> &'static Plan {
    &SAVED.first().expect("there is a plan").plan
}

fn start(plan: &Plan) -> Value {
    json!({
        "entry": "run-started",
        "run": RUN,
        "partition": plan.partition,
        "target": plan.target,
        "plan_digest": "0",
        "holder": "ada",
        "host": "here",
        "process": 1,
        "tool_version": "0",
    })
}

/// The entries as lines, numbered and dated.
fn text(entries: &[Value]) -> Vec<u8> {
    let lines: String = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| {
            let mut line = json!({
                "format": journal::FORMAT,
                "sequence": index + 1,
                "at": "2026-05-15T06:05:00Z",
            });
            if let (Some(line), Some(entry)) = (line.as_object_mut(), entry.as_object()) {
                line.extend(entry.clone());
            }
            format!("{line}\n")
        })
        .collect();
    let text = lines.into_bytes();
    if let Err(error) = Folder::new().read(&text) {
        panic!("a seed is no journal: {error}");
    }
    text
}
