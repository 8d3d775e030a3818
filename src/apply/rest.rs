//! Is what is left of a run still what would be planned now? A changed declaration, or a cluster that was changed by
//! somebody else, shows as a difference.
//!
//! Goes in: the run's plan, how far it came, and a plan made now. Comes out: the two rests in lines, where they differ.
//! Read-only steps, snapshots and how parameters are spread over requests are no difference; neither is a restart that was
//! to be done only where it is needed.

use crate::journal::Replay;
use crate::plan::Plan;
use crate::plan::action::{Action, Kind};
use std::collections::BTreeSet;

/// The rest as it was planned, and as it would be planned now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// As it was planned, one line for each thing.
    pub planned: String,
    /// As it would be planned now.
    pub now: String,
}

/// What of a rest is compared.
#[derive(Debug, Default)]
struct Rest {
    lines: BTreeSet<String>,
    /// Lines that count only where the other side has them without condition.
    conditional: BTreeSet<String>,
}

/// The difference, if there is one.
pub(super) fn difference(plan: &Plan, replay: &Replay, now: &Plan) -> Option<Difference> {
    let left = |action: &&Action| !replay.state(&action.id).is_settled();
    let mut before = Rest::of(plan.actions.iter().filter(left).chain(&plan.deferred));
    let mut after = Rest::of(now.actions.iter().chain(&now.deferred));
    before.conditional.retain(|line| after.lines.contains(line));
    after.conditional.retain(|line| before.lines.contains(line));
    let before = before.all(plan);
    let after = after.all(now);
    (before != after).then(|| Difference {
        planned: in_lines(&before),
        now: in_lines(&after),
    })
}

fn in_lines(lines: &BTreeSet<String>) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl Rest {
    fn of<'a>(actions: impl Iterator<Item = &'a Action>) -> Self {
        let mut rest = Self::default();
        for action in actions {
            rest.add(&action.kind);
        }
        rest
    }

    /// Everything, with what the command line and the declaration say about when it may be done.
    fn all(self, plan: &Plan) -> BTreeSet<String> {
        let mut lines = self.lines;
        lines.extend(self.conditional);
        if lines.is_empty() {
            // Nothing is left to do, whenever it might be done.
            return lines;
        }
        lines.extend(plan.options.given().map(|name| format!("with {name}")));
        if let Some(window) = &plan.window {
            lines.insert(format!(
                "in the window {} ({})",
                window.as_written, window.time_zone
            ));
        }
        lines
    }

    fn add(&mut self, kind: &Kind) {
        let lines = &mut self.lines;
        match kind {
            Kind::CreateSnapshot
            | Kind::ReleaseSnapshot { .. }
            | Kind::DeleteExpiredSnapshot { .. }
            | Kind::CheckParameterGroup { .. }
            | Kind::Settle { .. }
            | Kind::VerifyRestored(_)
            | Kind::Verify(_)
            // They change nothing of the cluster: what is left of them is done as it was approved.
            | Kind::Command { .. }
            | Kind::Gate { .. } => {}
            Kind::RestoreCluster(recipe) => {
                lines.insert(format!("restore cluster {}", recipe.cluster));
            }
            Kind::CreateMember(recipe) => {
                lines.insert(format!("create member {}", recipe.instance));
            }
            Kind::CreateParameterGroup { group, family } => {
                lines.insert(format!("create parameter group {group} of family {family}"));
            }
            Kind::AdoptParameterGroup { group, .. } => {
                lines.insert(format!("tag parameter group {group} as ours"));
            }
            Kind::ModifyParameters { group, parameters } => {
                lines.extend(parameters.iter().map(|setting| {
                    format!(
                        "store {} = {} in {group}",
                        setting.name,
                        setting.value.as_deref().unwrap_or("nothing")
                    )
                }));
            }
            Kind::ResetParameters { group, parameters } => {
                lines.extend(
                    parameters
                        .iter()
                        .map(|setting| format!("reset {} in {group}", setting.name)),
                );
            }
            Kind::AttachParameterGroup { group, .. } => {
                lines.insert(format!("attach parameter group {group}"));
            }
            Kind::ModifyInsights {
                mode,
                enable_performance_insights,
                retention_days,
            } => {
                lines.extend(mode.iter().map(|mode| format!("Database Insights {mode}")));
                lines.extend(
                    enable_performance_insights
                        .map(|enabled| format!("Performance Insights enabled: {enabled}")),
                );
                lines.extend(
                    retention_days.map(|days| format!("Performance Insights keeps {days} days")),
                );
            }
            Kind::QueueClassChange {
                instance, class, ..
            } => {
                lines.insert(format!("queue class {class} on {instance}"));
            }
            Kind::ClearQueue { instance, .. } => {
                lines.insert(format!("take the queued class out of {instance}"));
            }
            Kind::Flush {
                instance, class, ..
            } => {
                lines.insert(format!("apply the queue of {instance}: class {class}"));
            }
            Kind::ChangeClass {
                instance, class, ..
            } => {
                lines.insert(format!("change {instance} to class {class}"));
            }
            Kind::Reboot {
                instance,
                unless_in_sync,
                // A second reboot is the same line: whether it is the first or the second is no difference.
                again: _,
            } => {
                let line = format!("reboot {instance}");
                if *unless_in_sync {
                    self.conditional.insert(line);
                } else {
                    lines.insert(line);
                }
            }
            Kind::Failover { to, .. } => {
                lines.insert(format!("fail over to {to}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::journal::{Entry, FORMAT, Kind as Recorded, Start};
    use crate::names::{ActionId, InstanceId, ParameterGroupName, RunId};
    use crate::plan::Options;
    use crate::plan::action::{Evidence, Forecast, ParameterSetting, Phase, Undo};
    use serde_json::json;

    fn action(id: &str, kind: Kind) -> Action {
        Action {
            id: ActionId::new(id),
            phase: Phase::Activate,
            kind,
            role: None,
            reasons: Vec::new(),
            forecast: Forecast::default(),
            undo: Undo::Nothing,
            evidence: Evidence::ReadOnly,
        }
    }

    fn store(id: &str, values: &[(&str, &str)]) -> Action {
        let parameters: Vec<ParameterSetting> = values
            .iter()
            .map(|(name, value)| {
                serde_json::from_value(
                    json!({"name": name, "value": value, "apply_method": "immediate"}),
                )
                .unwrap()
            })
            .collect();
        action(
            id,
            Kind::ModifyParameters {
                group: ParameterGroupName::new("orders-16"),
                parameters,
            },
        )
    }

    fn reboot(instance: &str, unless_in_sync: bool) -> Action {
        action(
            &format!("reboot {instance}"),
            Kind::Reboot {
                instance: InstanceId::new(instance),
                unless_in_sync,
                again: false,
            },
        )
    }

    fn plan(actions: Vec<Action>) -> Plan {
        let mut plan: Plan = serde_json::from_value(json!({
            "format": 1, "partition": "prod",
            "target": {
                "backend": {"kind": "aws", "endpoint": null}, "account": "111111111111",
                "region": "us-east-1", "cluster": "orders", "resource_id": "cluster-ORDERS",
            },
            "at": "2026-05-15T06:05:00Z", "engine_version": "16.6",
            "activation": {"when": "now"}, "changes": [], "notes": [], "actions": [],
            "deferred": [],
            "totals": {
                "seconds": 0, "writer_interruption_seconds": 0, "writer_interruptions": 0,
                "restarts": 0, "deferred_seconds": 0, "deferred_writer_interruption_seconds": 0,
                "deferred_writer_interruptions": 0, "deferred_restarts": 0,
            },
            "window": null,
            "options": Options::default(),
        }))
        .unwrap();
        plan.actions = actions;
        plan
    }

    /// A run of the plan in which these actions were skipped.
    fn done(plan: &Plan, ids: &[&str]) -> Replay {
        let mut replay = Replay::new(plan.actions.iter().map(|action| action.id.clone()));
        let start = Recorded::RunStarted(Box::new(Start {
            run: RunId::new("run"),
            partition: plan.partition.clone(),
            target: plan.target.clone(),
            plan_digest: String::new(),
            holder: String::new(),
            host: String::new(),
            process: 1,
            tool_version: String::new(),
            undoes: None,
        }));
        let skipped = ids.iter().map(|id| Recorded::Skipped {
            action: ActionId::new(*id),
            because: String::new(),
        });
        for (kind, sequence) in std::iter::once(start).chain(skipped).zip(1..) {
            let at = plan.at;
            replay
                .take(&Entry {
                    format: FORMAT,
                    sequence,
                    at,
                    kind,
                })
                .unwrap();
        }
        replay
    }

    #[test]
    fn what_is_done_is_no_difference_and_neither_is_how_values_are_spread_over_requests() {
        let planned = plan(vec![
            store("store 1", &[("a", "1"), ("b", "2")]),
            store("store 2", &[("c", "3"), ("d", "4")]),
            reboot("orders-2", false),
        ]);
        let now = plan(vec![
            store("store", &[("c", "3"), ("d", "4")]),
            reboot("orders-2", false),
        ]);
        assert_eq!(
            difference(&planned, &done(&planned, &["store 1"]), &now),
            None
        );
    }

    #[test]
    fn a_restart_that_is_done_only_where_it_is_needed_may_have_become_needless() {
        let planned = plan(vec![reboot("orders-2", false), reboot("orders-1", true)]);
        let nothing_done = done(&planned, &[]);
        for now in [
            plan(vec![reboot("orders-2", false)]),
            plan(vec![reboot("orders-2", false), reboot("orders-1", false)]),
        ] {
            assert_eq!(difference(&planned, &nothing_done, &now), None);
        }
        let now = plan(vec![reboot("orders-1", false)]);
        let found = difference(&planned, &nothing_done, &now).unwrap();
        assert_eq!(found.planned, "reboot orders-1\nreboot orders-2\n");
        assert_eq!(found.now, "reboot orders-1\n");
    }

    #[test]
    fn another_value_another_permission_and_something_undone_are_differences() {
        let planned = plan(vec![
            store("store", &[("a", "1")]),
            reboot("orders-2", false),
        ]);
        let stored = done(&planned, &["store"]);
        let same = plan(vec![reboot("orders-2", false)]);
        assert_eq!(difference(&planned, &stored, &same), None);

        let undone = plan(vec![
            store("store", &[("a", "1")]),
            reboot("orders-2", false),
        ]);
        let found = difference(&planned, &stored, &undone).unwrap();
        assert_eq!(found.now, "reboot orders-2\nstore a = 1 in orders-16\n");

        let mut allowed = same.clone();
        allowed.options.activate = true;
        let found = difference(&planned, &stored, &allowed).unwrap();
        assert_eq!(found.now, "reboot orders-2\nwith --activate\n");
    }
}
