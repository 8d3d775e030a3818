//! The journal of a run tells of each action at most one end, exactly one where the run was completed, and an intent before it.

use super::evidence::Evidence;
use crate::journal::Kind;
use crate::names::ActionId;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn each_action_ends_once(evidence: &Evidence) -> Vec<String> {
    let mut problems = Vec::new();
    for run in &evidence.runs {
        let mut intended: BTreeSet<&ActionId> = BTreeSet::new();
        let mut ends: BTreeMap<&ActionId, usize> = BTreeMap::new();
        for entry in &run.entries {
            match &entry.kind {
                Kind::Intent { action, .. } => {
                    intended.insert(action);
                }
                Kind::Finished { action, .. } => {
                    if !intended.contains(action) {
                        problems.push(format!("`{action}` finished without an intent"));
                    }
                    *ends.entry(action).or_default() += 1;
                }
                Kind::Skipped { action, .. } => *ends.entry(action).or_default() += 1,
                _ => {}
            }
        }
        for action in &run.plan.actions {
            let times = ends.get(&action.id).copied().unwrap_or_default();
            if times > 1 || (times == 0 && run.is_complete()) {
                problems.push(format!("`{}` ended {times} times", action.id));
            }
        }
    }
    problems
}
