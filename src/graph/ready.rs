//! What may begin: every action whose predecessors are finished.

use super::Graph;
use crate::names::ActionId;
use petgraph::Direction;
use std::collections::BTreeSet;

impl Graph {
    /// The actions that may begin now, in plan order: not begun, and everything before them finished.
    pub fn ready(
        &self,
        finished: &BTreeSet<ActionId>,
        begun: &BTreeSet<ActionId>,
    ) -> Vec<ActionId> {
        self.inner
            .node_indices()
            .filter_map(|node| {
                let action = self.inner.node_weight(node)?;
                if begun.contains(&action.id) || finished.contains(&action.id) {
                    return None;
                }
                self.inner
                    .neighbors_directed(node, Direction::Incoming)
                    .filter_map(|before| self.inner.node_weight(before))
                    .all(|before| finished.contains(&before.id))
                    .then(|| action.id.clone())
            })
            .collect()
    }
}
