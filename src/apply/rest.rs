//! Is what is left of a run still what would be planned now? A changed declaration, or a cluster that was changed by
//! somebody else, shows as a difference.
//!
//! Goes in: the run's plan, how far it came, and a plan made now. Comes out: the two rests in lines, where they differ.
//! Read-only steps, snapshots and how parameters are spread over requests are no difference; neither is a restart that was
//! to be done only where it is needed.

use crate::journal::Replay;
use crate::plan::action::{Action, Kind};
use crate::plan::{Options, Plan};
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
    /// Lines that count only where both sides have them.
    conditional: BTreeSet<String>,
}

/// The difference, if there is one.
pub(super) fn difference(plan: &Plan, replay: &Replay, now: &Plan) -> Option<Difference> {
    let left = |action: &&Action| !replay.state(&action.id).is_settled();
    let mut before = Rest::of(plan.actions.iter().filter(left).chain(&plan.deferred));
    let mut after = Rest::of(now.actions.iter().chain(&now.deferred));
    before.conditional.retain(|line| after.has(line));
    after.conditional.retain(|line| before.has(line));
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

    fn has(&self, line: &str) -> bool {
        self.lines.contains(line) || self.conditional.contains(line)
    }

    /// Everything, with what the command line and the declaration say about when it may be done.
    fn all(self, plan: &Plan) -> BTreeSet<String> {
        let mut lines = self.lines;
        lines.extend(self.conditional);
        if lines.is_empty() {
            // Nothing is left to do, whenever it might be done.
            return lines;
        }
        let Options {
            activate,
            allow_downtime,
            adopt,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        } = plan.options;
        for (given, name) in [
            (activate, "--activate"),
            (allow_downtime, "--allow-downtime"),
            (adopt, "--adopt"),
            (take_ownership, "--take-ownership"),
            (accept_maintenance_flush, "--accept-maintenance-flush"),
            (allow_smaller_writer, "--allow-smaller-writer"),
        ] {
            if given {
                lines.insert(format!("with {name}"));
            }
        }
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
            | Kind::Verify(_) => {}
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
