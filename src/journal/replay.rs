//! Which entry may follow which: the one `match` of legal transitions, used before each write and on reading.
//!
//! Goes in: entries in order. Comes out: the state of each action and of the run, or why an entry cannot follow.

use super::FORMAT;
use super::entry::{Conclusion, Entry, Kind, Outcome, Start, Verdict};
use crate::names::ActionId;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// How far an action came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing was recorded of it.
    #[default]
    Todo,
    /// It was about to be done. Found like this after a crash, an action with a call is in doubt.
    Intended {
        /// How often it was tried, this time included.
        attempt: u32,
        /// When, by AWS's clock.
        since: Timestamp,
        /// Whether it sends a request; an action that only reads does not.
        calls: bool,
    },
    /// AWS accepted the request, or was seen to have done so.
    Accepted {
        /// How often it was tried, this time included.
        attempt: u32,
        /// When its intent was written.
        since: Timestamp,
    },
    /// Done and proven.
    Finished,
    /// Not needed.
    Skipped,
    /// It did not end well.
    Failed {
        /// How often it was tried.
        attempt: u32,
        /// When its last intent was written; absent when it failed before one.
        since: Option<Timestamp>,
        /// Whether it is known what came of it.
        outcome: Outcome,
    },
}

impl State {
    /// Whether it is not known if AWS did, does or will do it.
    pub fn is_in_doubt(&self) -> bool {
        matches!(
            self,
            Self::Intended { calls: true, .. }
                | Self::Failed {
                    outcome: Outcome::Unknown,
                    ..
                }
        )
    }

    /// Whether it was asked of AWS, or may have been, and is not known to have ended.
    pub fn is_begun(&self) -> bool {
        self.is_in_doubt() || matches!(self, Self::Accepted { .. })
    }

    /// Whether nothing is left to do.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Finished | Self::Skipped)
    }

    /// The state in one word.
    fn name(&self) -> &'static str {
        match self {
            Self::Todo => "not begun",
            Self::Intended { .. } => "intended",
            Self::Accepted { .. } => "accepted",
            Self::Finished => "finished",
            Self::Skipped => "skipped",
            Self::Failed {
                outcome: Outcome::Known,
                ..
            } => "failed",
            Self::Failed {
                outcome: Outcome::Unknown,
                ..
            } => "in doubt",
        }
    }
}

/// Why an entry cannot follow those before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Illegal {
    /// It was written by a program with another format.
    #[error("the entry has format {found}, this program knows {FORMAT}")]
    Format {
        /// The entry's format.
        found: u32,
    },
    /// An entry is missing or there twice.
    #[error("the entry has number {found}, number {expected} should follow")]
    Sequence {
        /// The entry's number.
        found: u64,
        /// The number that should follow.
        expected: u64,
    },
    /// The run's own state does not allow it.
    #[error("`{entry}` cannot follow: the run {run}")]
    Run {
        /// The entry.
        entry: &'static str,
        /// The run's state, in words.
        run: &'static str,
    },
    /// The action's state does not allow it.
    #[error("`{entry}` of `{action}` cannot follow: the action is {state}")]
    Action {
        /// The entry.
        entry: &'static str,
        /// The action.
        action: ActionId,
        /// Its state.
        state: &'static str,
    },
    /// The attempt is not the next one.
    #[error("attempt {found} of `{action}` cannot follow: attempt {expected} is next")]
    Attempt {
        /// The action.
        action: ActionId,
        /// The entry's attempt.
        found: u32,
        /// The attempt that should follow.
        expected: u32,
    },
    /// The plan has no such action.
    #[error("`{action}` is not an action of the plan")]
    UnknownAction {
        /// The action.
        action: ActionId,
    },
}

/// The state of a run, as its entries tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    planned: BTreeSet<ActionId>,
    start: Option<Start>,
    states: BTreeMap<ActionId, State>,
    paused: bool,
    conclusion: Option<Conclusion>,
    sequence: u64,
}

impl Replay {
    /// A run of which nothing is recorded yet, with the actions of its plan.
    pub fn new(planned: impl IntoIterator<Item = ActionId>) -> Self {
        Self {
            planned: planned.into_iter().collect(),
            start: None,
            states: BTreeMap::new(),
            paused: false,
            conclusion: None,
            sequence: 0,
        }
    }

    /// What the run is, once it began.
    pub fn start(&self) -> Option<&Start> {
        self.start.as_ref()
    }

    /// How far an action came.
    pub fn state(&self, action: &ActionId) -> State {
        self.states.get(action).cloned().unwrap_or_default()
    }

    /// The actions of which anything is recorded, with their states.
    pub fn states(&self) -> &BTreeMap<ActionId, State> {
        &self.states
    }

    /// How the run ended, once it did.
    pub fn conclusion(&self) -> Option<Conclusion> {
        self.conclusion
    }

    /// Whether the run began and something of it is left to continue.
    pub fn is_unfinished(&self) -> bool {
        self.start.is_some()
            && self
                .conclusion
                .is_none_or(|conclusion| !conclusion.is_final())
    }

    /// The actions of which it is not known whether AWS did them.
    pub fn in_doubt(&self) -> impl Iterator<Item = &ActionId> {
        self.states
            .iter()
            .filter(|(_, state)| state.is_in_doubt())
            .map(|(action, _)| action)
    }

    /// The number of the next entry.
    pub fn next_sequence(&self) -> u64 {
        self.sequence.saturating_add(1)
    }

    /// Whether the entry may follow; changes nothing.
    pub fn check(&self, entry: &Entry) -> Result<(), Illegal> {
        self.next(entry).map(|_| ())
    }

    /// Takes the entry in, if it may follow.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Illegal> {
        let next = self.next(entry)?;
        self.sequence = entry.sequence;
        match next {
            Next::Started(start) => self.start = Some(*start),
            Next::Moved(action, state) => {
                self.states.insert(action, state);
            }
            Next::Paused => self.paused = true,
            Next::Same => {}
            Next::Resumed => {
                self.paused = false;
                self.conclusion = None;
                // What only reads is begun anew.
                self.states
                    .retain(|_, state| !matches!(state, State::Intended { calls: false, .. }));
            }
            Next::Ended(conclusion) => self.conclusion = Some(conclusion),
        }
        Ok(())
    }

    fn next(&self, entry: &Entry) -> Result<Next, Illegal> {
        let Entry {
            format,
            sequence,
            at,
            kind,
        } = entry;
        if *format != FORMAT {
            return Err(Illegal::Format { found: *format });
        }
        if *sequence != self.next_sequence() {
            return Err(Illegal::Sequence {
                found: *sequence,
                expected: self.next_sequence(),
            });
        }
        let illegal_for_run = |run| Illegal::Run {
            entry: kind.name(),
            run,
        };
        match (kind, self.conclusion) {
            (_, None) | (Kind::Unlocked { .. }, Some(_)) => {}
            (Kind::Resumed(_), Some(conclusion)) if !conclusion.is_final() => {}
            (_, Some(_)) => return Err(illegal_for_run("has ended")),
        }
        match (kind, self.start.is_some()) {
            (Kind::RunStarted(start), false) => return Ok(Next::Started(start.clone())),
            (Kind::RunStarted(_), true) => return Err(illegal_for_run("has started already")),
            (_, false) => return Err(illegal_for_run("has not started")),
            (_, true) => {}
        }
        if let Some(action) = kind.action()
            && !self.planned.contains(action)
        {
            return Err(Illegal::UnknownAction {
                action: action.clone(),
            });
        }
        let state = kind.action().map(|action| self.state(action));
        let moved = |action: &ActionId, state| Ok(Next::Moved(action.clone(), state));

        // The legal transitions, all of them. What is not named here cannot happen.
        match (kind, state.unwrap_or_default()) {
            (Kind::Intent { .. }, _) if self.paused => Err(illegal_for_run("is paused")),
            (
                Kind::Intent {
                    action,
                    attempt,
                    call,
                    before: _,
                },
                State::Todo
                | State::Failed {
                    outcome: Outcome::Known,
                    ..
                },
            ) => {
                let expected = self.attempts(action).saturating_add(1);
                if *attempt != expected {
                    return Err(Illegal::Attempt {
                        action: action.clone(),
                        found: *attempt,
                        expected,
                    });
                }
                moved(
                    action,
                    State::Intended {
                        attempt: *attempt,
                        since: *at,
                        calls: call.is_some(),
                    },
                )
            }
            (Kind::CommandStarted { .. }, State::Intended { calls: true, .. }) => Ok(Next::Same),
            (
                Kind::Accepted { action, .. },
                State::Intended {
                    attempt,
                    since,
                    calls: true,
                },
            ) => moved(action, State::Accepted { attempt, since }),
            (
                Kind::Finished { action, .. },
                State::Accepted { .. } | State::Intended { calls: false, .. },
            ) => moved(action, State::Finished),
            (
                Kind::Failed {
                    action, outcome, ..
                },
                State::Intended { attempt, since, .. } | State::Accepted { attempt, since },
            ) => moved(
                action,
                State::Failed {
                    attempt,
                    since: Some(since),
                    outcome: *outcome,
                },
            ),
            // Looked at and found impossible: nothing was sent, so there is nothing to doubt.
            (
                Kind::Failed {
                    action,
                    outcome: Outcome::Known,
                    ..
                },
                State::Todo,
            ) => moved(
                action,
                State::Failed {
                    attempt: 0,
                    since: None,
                    outcome: Outcome::Known,
                },
            ),
            (
                Kind::Skipped { action, .. },
                State::Todo
                | State::Failed {
                    outcome: Outcome::Known,
                    ..
                },
            ) => moved(action, State::Skipped),
            (
                Kind::Settled {
                    action, verdict, ..
                },
                State::Intended {
                    attempt,
                    since,
                    calls: true,
                }
                | State::Failed {
                    attempt,
                    since: Some(since),
                    outcome: Outcome::Unknown,
                },
            ) => moved(
                action,
                match verdict {
                    Verdict::Happened => State::Accepted { attempt, since },
                    Verdict::DidNotHappen => State::Failed {
                        attempt,
                        since: Some(since),
                        outcome: Outcome::Known,
                    },
                },
            ),
            // Said before it is begun, or before it is called done.
            (
                Kind::Witnessed { .. },
                State::Todo
                | State::Failed {
                    outcome: Outcome::Known,
                    ..
                }
                | State::Intended { calls: false, .. }
                | State::Accepted { .. },
            ) => Ok(Next::Same),
            (Kind::Interruption { .. }, _) => Ok(Next::Same),
            (Kind::Paused { .. }, _) => Ok(Next::Paused),
            (Kind::Remark { .. } | Kind::Unlocked { .. }, _) => Ok(Next::Same),
            (Kind::Resumed(_), _) => Ok(Next::Resumed),
            (Kind::Ended { ending, .. }, _) => Ok(Next::Ended(*ending)),
            (kind, state) => match kind.action() {
                Some(action) => Err(Illegal::Action {
                    entry: kind.name(),
                    action: action.clone(),
                    state: state.name(),
                }),
                None => Err(illegal_for_run("does not allow it")),
            },
        }
    }

    /// How often an action was tried.
    pub fn attempts(&self, action: &ActionId) -> u32 {
        match self.states.get(action) {
            Some(
                State::Intended { attempt, .. }
                | State::Accepted { attempt, .. }
                | State::Failed { attempt, .. },
            ) => *attempt,
            Some(State::Todo | State::Finished | State::Skipped) | None => 0,
        }
    }
}

enum Next {
    Started(Box<Start>),
    Moved(ActionId, State),
    Paused,
    Same,
    Resumed,
    Ended(Conclusion),
}
