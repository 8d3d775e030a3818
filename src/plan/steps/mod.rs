//! From differences to actions: what is staged, what is activated, and in which order.
//!
//! Goes in: the facts. Comes out: actions, each with its reasons, its undo, its evidence and its forecast.

pub(super) mod activate;
pub(super) mod declared;
pub(super) mod stage;

use super::action::{Action, Evidence, Kind, Phase, Role, Undo};
use super::forecast::forecast;
use crate::names::{ActionId, ParameterName};
use crate::observed::Cluster;

/// An action with the forecast that belongs to it.
pub(super) fn action(
    id: impl Into<String>,
    phase: Phase,
    kind: Kind,
    role: Option<Role>,
    reasons: Vec<String>,
    undo: Undo,
    evidence: Evidence,
) -> Action {
    let forecast = forecast(&kind, role);
    Action {
        id: ActionId::new(id),
        phase,
        kind,
        role,
        reasons,
        forecast,
        undo,
        evidence,
    }
}

fn undone_by(step: impl Into<String>) -> Undo {
    Undo::By { step: step.into() }
}

/// The role of a member now.
fn role_of(cluster: &Cluster, instance: &crate::names::InstanceId) -> Option<Role> {
    cluster.members.get(instance).map(|member| {
        if member.is_writer {
            Role::Writer
        } else {
            Role::Reader
        }
    })
}

/// `` `a`, `b` and 3 more ``: enough names to recognise the change, few enough to read.
fn named<'a>(names: impl Iterator<Item = &'a ParameterName>) -> String {
    let names: Vec<&ParameterName> = names.collect();
    let shown = 4;
    let mut text = names
        .iter()
        .take(shown)
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > shown {
        text.push_str(&format!(" and {} more", names.len() - shown));
    }
    text
}
