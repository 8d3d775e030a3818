//! What a journal tells of a run whose plan cannot be read: its first entry names the cluster, its last ones whether it is over.
//!
//! Goes in: the lines of the journal. Comes out: whether the run may be under way. What cannot be read speaks for it: nothing is
//! begun beside a run of which nobody knows what it does.

use super::entry::{Entry, Kind};
use super::place::Lines;
use super::store::same_cluster;
use crate::plan::Target;

/// Whether the run may be under way on the cluster of `target`, or on any where none is given.
pub(super) fn may_be_under_way(lines: Option<&Lines>, target: Option<&Target>) -> bool {
    let lines = lines.map_or(&[][..], |lines| &lines.lines);
    let mut is_over = lines.is_empty();
    for (number, line) in lines.iter().enumerate() {
        let entry = serde_json::from_slice::<Entry>(line).map(|entry| entry.kind);
        match (entry, target) {
            (Ok(Kind::RunStarted(start)), Some(target))
                if number == 0 && !same_cluster(target, &start.target) =>
            {
                return false;
            }
            (Ok(Kind::Ended { ending, .. }), _) => is_over = ending.is_final(),
            (Ok(Kind::Resumed(_)), _) => is_over = false,
            _ => {}
        }
    }
    !is_over
}
