//! The dependency graph of a plan's actions: which must be finished before which may begin, and by which rule.
//!
//! Goes in: a plan. Comes out: a graph that says what is ready, and that can be drawn.

pub mod order;
pub mod ready;
pub mod render;

use crate::plan::{Action, Plan};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef as _;

/// The graph: actions, and between them the name of the rule that orders them.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) inner: DiGraph<Action, &'static str>,
}

/// The graph of what a plan does now.
pub fn build(plan: &Plan) -> Graph {
    of_actions(plan.actions.iter())
}

/// The graph of what a plan does now and what it leaves for the window.
pub fn build_all(plan: &Plan) -> Graph {
    let mut actions: Vec<&Action> = plan.actions.iter().chain(&plan.deferred).collect();
    // Staged and deferred actions are one order again once the window is open.
    actions.sort_by_key(|action| action.phase);
    of_actions(actions.into_iter())
}

fn of_actions<'a>(actions: impl Iterator<Item = &'a Action>) -> Graph {
    let mut inner: DiGraph<Action, &'static str> = DiGraph::new();
    for action in actions {
        let second = inner.add_node(action.clone());
        let earlier: Vec<NodeIndex> = inner
            .node_indices()
            .filter(|first| *first != second)
            .collect();
        for first in earlier {
            let rule = match (inner.node_weight(first), inner.node_weight(second)) {
                (Some(first), Some(second)) => order::RULES
                    .iter()
                    .find(|(_, rule)| rule(first, second))
                    .map(|(name, _)| *name),
                _ => None,
            };
            if let Some(rule) = rule {
                inner.add_edge(first, second, rule);
            }
        }
    }
    Graph { inner }
}

impl Graph {
    /// The actions, in plan order.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.inner.node_weights()
    }

    /// The orderings that no chain of others implies: first action, second action, rule.
    pub fn essential_edges(&self) -> Vec<(&Action, &Action, &'static str)> {
        self.inner
            .edge_references()
            .filter(|edge| !self.is_implied(edge.source(), edge.target()))
            .filter_map(|edge| {
                let first = self.inner.node_weight(edge.source())?;
                let second = self.inner.node_weight(edge.target())?;
                Some((first, second, *edge.weight()))
            })
            .collect()
    }

    /// Whether a longer path leads from one to the other.
    fn is_implied(&self, first: NodeIndex, second: NodeIndex) -> bool {
        self.inner
            .neighbors(first)
            .filter(|between| *between != second)
            .any(|between| petgraph::algo::has_path_connecting(&self.inner, between, second, None))
    }
}

#[cfg(test)]
mod tests;
