//! Why a step, and with it the run, does not go on; and which ending and exit code that makes.

use crate::aws;
use crate::error::Exit;
use crate::event::Ending;
use crate::hint::Hint as _;
use crate::journal;

/// Why a step did not end well.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// Another step stopped the run before this one had sent anything.
    Withdrawn,
    /// The user interrupted the run.
    Interrupted,
    /// A safe point to stop at; going on later is possible.
    Paused(String),
    /// Live facts no longer fit the plan.
    WorldMoved(String),
    /// It failed, and it is known what came of it.
    Failed {
        /// The step and the reason.
        because: String,
        /// What the reader can do.
        hints: Vec<String>,
    },
    /// It is not known what came of it.
    Unknown {
        /// The step and what was seen last.
        because: String,
        /// Where to look.
        hints: Vec<String>,
    },
}

impl Stop {
    /// The more telling of two: what is not known outranks what failed, and that outranks a pause.
    pub(super) fn worse(self, other: Self) -> Self {
        if other.rank() > self.rank() {
            other
        } else {
            self
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Withdrawn => 0,
            Self::Interrupted => 1,
            Self::Paused(_) => 2,
            Self::WorldMoved(_) => 3,
            Self::Failed { .. } => 4,
            Self::Unknown { .. } => 5,
        }
    }

    /// The ending of a run that stopped for this.
    pub(super) fn ending(self) -> Ending {
        match self {
            // A step withdraws only because another one stopped the run; alone it never decides an ending.
            Self::Withdrawn => Ending::Paused {
                because: "the run was stopped".to_owned(),
            },
            Self::Interrupted => Ending::Interrupted,
            Self::Paused(because) => Ending::Paused { because },
            Self::WorldMoved(because) => Ending::WorldMoved { because },
            Self::Failed { because, hints } => Ending::Failed { because, hints },
            Self::Unknown { because, hints } => Ending::Unknown { because, hints },
        }
    }

    /// An error of AWS, on a read or on a refused request.
    pub(super) fn of_aws(error: &aws::Error) -> Self {
        match error.kind() {
            aws::ErrorKind::ExpiredCredentials | aws::ErrorKind::NoCredentials => {
                let mut because = with_causes(error);
                for hint in error.hints() {
                    because.push_str("; ");
                    because.push_str(&hint);
                }
                Self::Paused(because)
            }
            _ => Self::Failed {
                because: with_causes(error),
                hints: error.hints(),
            },
        }
    }

    /// A journal or lease that no longer bears the run, before anything was sent.
    pub(super) fn of_journal(error: &journal::Error) -> Self {
        match error {
            // It may answer again in a minute; the run goes on where it stopped.
            journal::Error::Bucket { .. }
            // The run goes on already.
            | journal::Error::WrittenByAnother { .. } => return Self::Paused(with_causes(error)),
            _ => {}
        }
        Self::Failed {
            because: with_causes(error),
            hints: error.hints(),
        }
    }
}

/// An error with its causes, each said once.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        let words = current.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = current.source();
    }
    text
}

impl Ending {
    /// The exit code that an ending leads to.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Done => Exit::Done,
            Self::Staged { .. } | Self::Paused { .. } | Self::WorldMoved { .. } => Exit::Paused,
            Self::Failed { .. } => Exit::Error,
            Self::Unknown { .. } => Exit::Unknown,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}
