//! What a person does when a process of the run has ended: waits, continues it, plans anew, or looks at AWS and says what
//! became of an action in doubt. Always what the summary's own hints say.
//!
//! Goes in: how a process ended. Comes out: the next one, or none when nothing is left to do.

use super::play::{Ended, Played, Stage};
use super::schedule::Schedule;
use super::witness;
use crate::apply::Decision;
use crate::event::Ending;
use crate::invariants::Violation;
use crate::journal::Verdict;
use crate::names::{ActionId, RunId};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt;

/// How long a person waits before a run is continued that stopped by itself, in seconds.
const PAUSE_SECONDS: u64 = 180;

/// How often the same run may say that an outcome is unknown before a person decides.
const UNKNOWN_MAX: u32 = 1;

/// The next process.
#[derive(Debug)]
pub(super) enum Next {
    /// `apply`, at once.
    Apply,
    /// `apply`, after so many seconds.
    ApplyAfter(u64),
    /// `resume`, with what a person decided, after so many seconds.
    Resume(RunId, Vec<Decision>, u64),
}

impl Next {
    /// How long it takes until it starts.
    pub(super) fn after_seconds(&self) -> u64 {
        match self {
            Self::Apply => 0,
            Self::ApplyAfter(seconds) | Self::Resume(_, _, seconds) => *seconds,
        }
    }
}

impl fmt::Display for Next {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = self.after_seconds();
        match self {
            Self::Apply => write!(formatter, "apply"),
            Self::ApplyAfter(_) => write!(formatter, "apply, {after} s later"),
            Self::Resume(_, decisions, _) => {
                write!(formatter, "resume")?;
                for Decision { action, verdict } in decisions {
                    let option = match verdict {
                        Verdict::Happened => "assume-done",
                        Verdict::DidNotHappen => "redo",
                    };
                    write!(formatter, " --{option} '{action}'")?;
                }
                write!(formatter, ", {after} s later")
            }
        }
    }
}

/// A person who stays with the run.
pub(super) struct Operator<'a> {
    schedule: &'a Schedule,
    /// How often the last run said that an outcome is unknown.
    unknown: u32,
    /// What was said to have happened, by the run that asked.
    said: BTreeSet<(RunId, ActionId)>,
    /// Whether the last run was done.
    done: bool,
    problems: Vec<Violation>,
}

impl<'a> Operator<'a> {
    pub(super) fn new(schedule: &'a Schedule) -> Self {
        Self {
            schedule,
            unknown: 0,
            said: BTreeSet::new(),
            done: false,
            problems: Vec::new(),
        }
    }

    /// What was noticed that must not be.
    pub(super) fn problems(self) -> Vec<Violation> {
        self.problems
    }

    /// Hears how a process ended, and says what comes next.
    pub(super) async fn hears(&mut self, ended: Ended, stage: &Stage<'_>) -> Option<Next> {
        stage.remark(|| format!("{}: {}", stage.simulator.now(), in_words(&ended)));
        let was_done = std::mem::take(&mut self.done);
        if was_done && !matches!(ended, Ended::Nothing | Ended::NotBegun(_)) {
            self.not_empty(&ended);
        }
        let away = u64::from(self.schedule.away_seconds);
        match ended {
            Ended::Nothing => None,
            Ended::Later(opens) | Ended::Run(_, Ending::Staged { opens }) => {
                Some(Next::ApplyAfter(seconds_until(opens?, stage)))
            }
            Ended::Run(_, Ending::Done) => {
                self.done = true;
                Some(Next::Apply)
            }
            Ended::Killed(run) | Ended::Run(run, Ending::Interrupted) => {
                Some(Next::Resume(run, Vec::new(), away))
            }
            Ended::Run(run, Ending::Paused { .. }) => {
                let seconds = seconds_until_window(stage).max(PAUSE_SECONDS);
                Some(Next::Resume(run, Vec::new(), seconds))
            }
            Ended::Run(run, Ending::Unknown { .. }) => {
                self.unknown += 1;
                let decisions = if self.unknown > UNKNOWN_MAX {
                    self.decisions(stage, &run)
                } else {
                    Vec::new()
                };
                Some(Next::Resume(run, decisions, PAUSE_SECONDS))
            }
            Ended::NotContinued(run, _) => Some(Next::Resume(run, Vec::new(), PAUSE_SECONDS)),
            Ended::Run(_, Ending::WorldMoved { .. } | Ending::Failed { .. })
            | Ended::NotBegun(_) => {
                self.done = was_done && matches!(ended, Ended::NotBegun(_));
                Some(Next::ApplyAfter(PAUSE_SECONDS))
            }
        }
    }

    /// What AWS knows of the actions in doubt: whether a request for them took effect. Where nothing came of one that did, a
    /// person sees that AWS gave it up, and does not say the same again.
    fn decisions(&mut self, stage: &Stage<'_>, run: &RunId) -> Vec<Decision> {
        let played = stage.runs.iter().find(|played| played.run == *run);
        let (Some(Played { .. }), Ok(journal)) = (played, stage.journal(run)) else {
            return Vec::new();
        };
        journal
            .replay
            .in_doubt()
            .map(|action| Decision {
                action: action.clone(),
                verdict: if witness::happened(stage, run, action)
                    && self.said.insert((run.clone(), action.clone()))
                {
                    Verdict::Happened
                } else {
                    Verdict::DidNotHappen
                },
            })
            .collect()
    }

    /// A run was done, and the next plan is not empty.
    fn not_empty(&mut self, ended: &Ended) {
        if !self.schedule.may_end_otherwise() {
            self.problems.push(Violation {
                invariant: "the plan after a completed run is empty".to_owned(),
                problem: in_words(ended),
            });
        }
    }
}

fn seconds_until(instant: Timestamp, stage: &Stage<'_>) -> u64 {
    let seconds = instant.duration_since(stage.simulator.now()).as_secs();
    u64::try_from(seconds).unwrap_or(0).saturating_add(1)
}

/// Seconds until the declared window is open; 0 while it is, and where there is none.
fn seconds_until_window(stage: &Stage<'_>) -> u64 {
    let now = stage.simulator.now();
    let desired = stage.desired();
    let occurrence = desired
        .window
        .as_ref()
        .filter(|_| !desired.cluster.apply_immediately)
        .and_then(|window| window.occurrence(now));
    match occurrence {
        Some(occurrence) if occurrence.opens > now => seconds_until(occurrence.opens, stage),
        // Open, but perhaps not for long enough: then the next one is waited for.
        Some(occurrence) if occurrence.seconds_left(now) < 3600 => {
            seconds_until(occurrence.closes, stage)
        }
        _ => 0,
    }
}

fn in_words(ended: &Ended) -> String {
    match ended {
        Ended::Nothing => "nothing is left to do".to_owned(),
        Ended::Later(Some(opens)) => format!("nothing to do until the window opens at {opens}"),
        Ended::Later(None) => "nothing to do, and the window does not open again".to_owned(),
        Ended::Killed(run) => format!("run {run} was killed"),
        Ended::NotBegun(because) => format!("nothing was begun: {}", because.trim_end()),
        Ended::NotContinued(run, because) => {
            format!("run {run} was not continued: {}", because.trim_end())
        }
        Ended::Run(run, ending) => {
            let (word, because) = match ending {
                Ending::Done => ("done", ""),
                Ending::Staged { .. } => ("staged", ""),
                Ending::Interrupted => ("interrupted", ""),
                Ending::Paused { because } => ("paused", because.as_str()),
                Ending::WorldMoved { because } => ("stopped", because.as_str()),
                Ending::Failed { because, .. } => ("failed", because.as_str()),
                Ending::Unknown { because, .. } => ("unknown", because.as_str()),
            };
            let colon = if because.is_empty() { "" } else { ": " };
            format!("run {run} ended: {word}{colon}{because}")
        }
    }
}
