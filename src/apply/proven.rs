//! What a run is proven to have sent, as its journal tells it: what a rollback takes back.
//!
//! Goes in: a journal and its plan. Comes out: the requests that AWS accepted or was seen to have carried out, in order,
//! with the cluster as it was read just before each.

use super::facts::Facts;
use crate::journal::{Entry, Kind, Verdict};
use crate::names::ActionId;
use crate::observed::Cluster;
use crate::plan::Plan;
use crate::plan::undo::Sent;
use std::collections::BTreeMap;

/// The requests that AWS took. An action in doubt is none of them; whether there is one, the journal's replay says.
pub fn proven(entries: &[Entry], plan: &Plan) -> Vec<Sent> {
    let mut before: BTreeMap<&ActionId, Option<Cluster>> = BTreeMap::new();
    let mut sent = Vec::new();
    for entry in entries {
        match &entry.kind {
            Kind::Intent {
                action,
                call: Some(_),
                before: read,
                ..
            } => {
                let facts = read
                    .as_ref()
                    .and_then(|read| serde_json::from_value::<Facts>(read.clone()).ok())
                    .unwrap_or_default();
                before.insert(action, facts.cluster);
            }
            Kind::Accepted { action, .. }
            | Kind::Settled {
                action,
                verdict: Verdict::Happened,
                ..
            } => {
                let planned = plan.actions.iter().find(|planned| planned.id == *action);
                if let Some(planned) = planned {
                    sent.push(Sent {
                        kind: planned.kind.clone(),
                        before: before.get(action).cloned().flatten(),
                    });
                }
            }
            _ => {}
        }
    }
    sent
}
