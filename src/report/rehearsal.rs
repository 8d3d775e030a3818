//! A rehearsal for people and for programs: the timeline, how often writes stop, how the schedules ended, and which promises
//! were broken.
//!
//! Goes in: the figures of a rehearsal. Comes out: text, or a versioned JSON document.

use super::duration::words;
use super::json::FORMAT;
use super::style::{Style, wrap};
use crate::error::Error;
use crate::names::{ActionId, ClusterId, PartitionName};
use crate::observed::Backend;
use jiff::Timestamp;
use serde::Serialize;
use std::fmt::Write as _;

/// A whole rehearsal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rehearsal {
    /// The partition.
    pub partition: PartitionName,
    /// The cluster that was copied.
    pub cluster: ClusterId,
    /// Who answered for it.
    pub backend: Backend,
    /// AWS's clock when it was copied: the rehearsal begins then.
    pub at: Timestamp,
    /// What is not in the copy.
    pub not_copied: Vec<String>,
    /// The undisturbed run.
    pub undisturbed: Undisturbed,
    /// The steps, in the order in which the undisturbed run did them.
    pub steps: Vec<Step>,
    /// The disturbed runs; absent where none was asked for.
    pub disturbed: Option<Disturbed>,
    /// The promises that were broken, undisturbed or disturbed.
    pub violations: Vec<Broken>,
}

/// The undisturbed run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Undisturbed {
    /// The exit code that `apply` would end with.
    pub exit_code: u8,
    /// How it ended, in words.
    pub outcome: String,
    /// How long it took.
    pub seconds: u32,
    /// How long the plan expects it to take.
    pub forecast_seconds: u32,
    /// How long writes stopped.
    pub writer_interruption_seconds: u32,
    /// How long the plan expects them to stop.
    pub forecast_writer_interruption_seconds: u32,
    /// The requests that were sent.
    pub requests: u64,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The action.
    pub action: ActionId,
    /// When the undisturbed run began it, in seconds from its plan.
    pub begins_seconds: u32,
    /// How long it took there.
    pub seconds: u32,
    /// The longest that it took under any schedule.
    pub worst_seconds: u32,
    /// How long the plan expects it to take.
    pub forecast_seconds: u32,
}

/// The disturbed runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Disturbed {
    /// How many schedules.
    pub schedules: u64,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// How many points there are at which the undisturbed run can be killed.
    pub kill_points: usize,
    /// At how many of them a run was killed.
    pub kill_points_played: usize,
    /// How many schedules had faults of AWS.
    pub with_faults: u64,
    /// How the first process that was not killed ended: each outcome with its number.
    pub outcomes: Vec<Counted>,
    /// The longest time that the processes of one schedule ran, and its seed.
    pub worst_seconds: Worst,
    /// The longest time that writes stopped in one schedule, and its seed.
    pub worst_writer_interruption_seconds: Worst,
    /// The requests of all schedules.
    pub requests: u64,
}

/// An outcome and how often it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// The exit code.
    pub exit_code: u8,
    /// The outcome, in words.
    pub outcome: String,
    /// The step at which it came, where there is one.
    pub step: Option<String>,
    /// How often.
    pub times: u64,
    /// The first seed that leads to it.
    pub seed: u64,
}

/// The largest of a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Worst {
    /// The figure.
    pub value: u32,
    /// The seed that leads to it; absent for the undisturbed run.
    pub seed: Option<u64>,
}

impl Worst {
    /// The worse of the two; of equals the one of the lower seed.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let earlier = other.value == self.value && other.seed < self.seed;
        if other.value > self.value || earlier {
            other
        } else {
            self
        }
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Broken {
    /// The schedule's seed; absent for the undisturbed run.
    pub seed: Option<u64>,
    /// The promise.
    pub invariant: String,
    /// What is wrong.
    pub problem: String,
    /// What plays it again.
    pub command: String,
}

#[derive(Serialize)]
struct Document<'a> {
    document: &'static str,
    format: u32,
    #[serde(flatten)]
    rehearsal: &'a Rehearsal,
}

/// The JSON document.
///
/// # Errors
/// A value that JSON cannot hold; none of ours is.
pub fn document(rehearsal: &Rehearsal) -> Result<String, Error> {
    let document = Document {
        document: "rehearsal",
        format: FORMAT,
        rehearsal,
    };
    serde_json::to_string_pretty(&document)
        .map(|text| text + "\n")
        .map_err(|error| Error::failed("cannot write the JSON document").caused_by(error))
}

/// The text.
pub fn render(rehearsal: &Rehearsal, style: Style) -> String {
    let Rehearsal {
        partition,
        cluster,
        backend,
        at,
        not_copied,
        undisturbed,
        steps,
        disturbed,
        violations,
    } = rehearsal;
    let mut text = format!(
        "{}\n",
        style.heading(&format!("{partition}, cluster {cluster}: rehearsal"))
    );
    text.push_str(&wrap(
        "  ",
        &format!("copied from {backend} at {at}; nothing was changed there"),
    ));
    for missing in not_copied {
        text.push_str(&wrap("  not copied: ", missing));
    }
    let _ = write!(text, "\n{}\n\n", style.heading("Undisturbed"));
    text.push_str(&alone(undisturbed, style));
    text.push('\n');
    let with_worst = disturbed.is_some();
    let head = if with_worst {
        format!(
            "{:<14}{:<12}{:<12}{:<12}step",
            "begins", "took", "worst", "forecast"
        )
    } else {
        format!("{:<14}{:<12}{:<12}step", "begins", "took", "forecast")
    };
    let _ = writeln!(text, "  {}", style.faint(&head));
    for step in steps {
        let Step {
            action,
            begins_seconds,
            seconds,
            worst_seconds,
            forecast_seconds,
        } = step;
        let begins = format!("+{}", words(*begins_seconds));
        let worst = if with_worst {
            format!("{:<12}", words(*worst_seconds))
        } else {
            String::new()
        };
        let _ = writeln!(
            text,
            "  {begins:<14}{:<12}{worst}{:<12}{action}",
            words(*seconds),
            words(*forecast_seconds)
        );
    }
    if let Some(disturbed) = disturbed {
        text.push_str(&among_others(disturbed, style));
    }
    text.push_str(&promises(violations, style));
    text
}

fn alone(undisturbed: &Undisturbed, style: Style) -> String {
    let Undisturbed {
        exit_code,
        outcome,
        seconds,
        forecast_seconds,
        writer_interruption_seconds,
        forecast_writer_interruption_seconds,
        requests,
    } = undisturbed;
    let said = if *exit_code == 0 {
        style.added(outcome)
    } else {
        style.removed(&format!("{outcome} (exit code {exit_code})"))
    };
    format!(
        "  {said} after {} (forecast {}), {requests} requests\n  writes stop for {} (forecast {})\n",
        words(*seconds),
        words(*forecast_seconds),
        words(*writer_interruption_seconds),
        words(*forecast_writer_interruption_seconds)
    )
}

fn among_others(disturbed: &Disturbed, style: Style) -> String {
    let Disturbed {
        schedules,
        first_seed,
        kill_points,
        kill_points_played,
        with_faults,
        outcomes,
        worst_seconds,
        worst_writer_interruption_seconds,
        requests,
    } = disturbed;
    let last_seed = first_seed.saturating_add(schedules.saturating_sub(1));
    let mut text = format!(
        "\n{}\n\n",
        style.heading(&format!(
            "{schedules} schedule{}, {}",
            if *schedules == 1 { "" } else { "s" },
            if last_seed == *first_seed {
                format!("seed {first_seed}")
            } else {
                format!("seeds {first_seed} to {last_seed}")
            }
        ))
    );
    let _ = writeln!(
        text,
        "  killed at {kill_points_played} of the {kill_points} points at which it can be killed; {with_faults} schedules with faults of AWS; {requests} requests\n"
    );
    for counted in outcomes {
        let Counted {
            exit_code,
            outcome,
            step,
            times,
            seed,
        } = counted;
        let step = match step {
            Some(step) => format!(", at `{step}`"),
            None => String::new(),
        };
        let line =
            format!("{times:>8}  {outcome}{step} (exit code {exit_code}; first seed {seed})");
        let _ = writeln!(text, "{line}");
    }
    let of = |worst: &Worst| match worst.seed {
        Some(seed) => format!("{} (seed {seed})", words(worst.value)),
        None => words(worst.value),
    };
    let _ = writeln!(
        text,
        "\n  worst duration {}, worst writer interruption {}",
        of(worst_seconds),
        of(worst_writer_interruption_seconds)
    );
    text
}

fn promises(violations: &[Broken], style: Style) -> String {
    if violations.is_empty() {
        return format!("\n{}\n", style.added("No promise was broken."));
    }
    let said = format!("Promises were broken {} times", violations.len());
    let mut text = format!("\n{}\n\n", style.removed(&said));
    for broken in violations {
        let Broken {
            seed,
            invariant,
            problem,
            command,
        } = broken;
        let seed = match seed {
            Some(seed) => format!("seed {seed}"),
            None => "undisturbed".to_owned(),
        };
        text.push_str(&wrap("  ", &format!("{seed}: {invariant}: {problem}")));
        let _ = writeln!(text, "    again: {command}");
    }
    text
}
