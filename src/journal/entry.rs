//! One line of a journal: when, by AWS's clock, what was begun, asked, answered or concluded.
//!
//! Entries are data; which of them may follow which is decided in `replay` alone.

use super::holder::Holder;
use crate::names::{ActionId, PartitionName, RunId};
use crate::plan::Target;
use crate::plan::outage::Outage;
use crate::plan::verify::proof::Testimony;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The format's version.
    pub format: u32,
    /// Counts from 1 without gaps.
    pub sequence: u64,
    /// AWS's clock.
    pub at: Timestamp,
    /// What is recorded.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What an entry records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Kind {
    /// The run holds its lease and begins. Always the first entry, and only that.
    RunStarted(Box<Start>),
    /// An action is about to be done. Written and synced before anything is sent.
    Intent {
        /// The action.
        action: ActionId,
        /// 1 for the first time, one more each time it is tried again.
        attempt: u32,
        /// The request that will be sent; absent where the action only reads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<Call>,
        /// What was read just before, for whoever continues the run: only what differs from it is evidence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Value>,
    },
    /// The process of a declared command was started, or could have been.
    CommandStarted {
        /// The action.
        action: ActionId,
        /// The process, and where its number counts.
        process: Holder,
    },
    /// AWS accepted the request, or a declared command ended well.
    Accepted {
        /// The action.
        action: ActionId,
        /// AWS's id of the request, where the reply named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// What PostgreSQL itself said of the action, whatever it was.
    Witnessed {
        /// The action.
        action: ActionId,
        /// What was said.
        #[serde(flatten)]
        testimony: Box<Testimony>,
    },
    /// The action is done, and this proves it.
    Finished {
        /// The action.
        action: ActionId,
        /// How long it took, in seconds of AWS's clock.
        seconds: u32,
        /// What was seen, in words.
        proof: String,
    },
    /// What a client saw of the action's writer interruption; changes no state.
    Interruption {
        /// The action.
        action: ActionId,
        /// What was seen.
        #[serde(flatten)]
        outage: Box<Outage>,
    },
    /// The action did not end well.
    Failed {
        /// The action.
        action: ActionId,
        /// Whether it is known what came of it.
        outcome: Outcome,
        /// Why, in words.
        because: String,
    },
    /// The action was not needed.
    Skipped {
        /// The action.
        action: ActionId,
        /// What made it needless.
        because: String,
    },
    /// An action in doubt was settled by what AWS shows, or by a person.
    Settled {
        /// The action.
        action: ActionId,
        /// Whether it happened.
        verdict: Verdict,
        /// The evidence, in words.
        because: String,
    },
    /// No further action is begun.
    Paused {
        /// Why.
        because: String,
    },
    /// Something worth knowing that changes no state.
    Remark {
        /// What.
        text: String,
    },
    /// Another process goes on where an earlier one was killed or stopped.
    Resumed(Box<Resumption>),
    /// A person removed the run's lease by force.
    Unlocked {
        /// The user who did.
        holder: String,
        /// On which machine.
        host: String,
    },
    /// The run ended. Only what resumes it may follow, and only where its end leaves something to continue.
    Ended {
        /// How.
        ending: Conclusion,
        /// Why, where it did not simply end well.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
}

/// What a run is, recorded when it begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The run.
    pub run: RunId,
    /// The partition.
    pub partition: PartitionName,
    /// The live cluster, and who answers for it.
    pub target: Target,
    /// The digest of the plan beside the journal.
    pub plan_digest: String,
    /// The user who runs it.
    pub holder: String,
    /// The machine that runs it.
    pub host: String,
    /// The process that runs it.
    pub process: u32,
    /// The version of the program.
    pub tool_version: String,
    /// The run that this one takes back, if it is a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
}

/// Who continues a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resumption {
    /// The user who runs it now.
    pub holder: String,
    /// The machine that runs it now.
    pub host: String,
    /// The process that runs it now.
    pub process: u32,
    /// The version of the program.
    pub tool_version: String,
}

/// A request as it will be sent. Holds no secrets: no request of this program carries any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The operation, as the RDS API Reference names it.
    pub operation: String,
    /// Its parameters, as the RDS API Reference names them.
    pub parameters: BTreeMap<String, Value>,
}

/// Whether it is known what came of a failed action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// AWS refused it, nothing was sent, or it was seen to fail.
    Known,
    /// It may or may not have happened, or may still happen.
    Unknown,
}

/// What was found out about an action in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// AWS accepted it.
    Happened,
    /// AWS never did it; it may be tried again.
    DidNotHappen,
}

/// How a run ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// Everything was done and verified.
    Done,
    /// Everything that may be done outside the window was done.
    Staged,
    /// Stopped at a safe point.
    Paused,
    /// Live facts no longer fit the plan.
    WorldMoved,
    /// A step failed with a known outcome.
    Failed,
    /// The outcome of a step is not known.
    Unknown,
    /// The user interrupted it.
    Interrupted,
    /// It was given up unfinished: a rollback takes back what it did.
    GivenUp,
}

impl Kind {
    /// The action that the entry is about, if it is about one.
    pub fn action(&self) -> Option<&ActionId> {
        match self {
            Self::Intent { action, .. }
            | Self::CommandStarted { action, .. }
            | Self::Accepted { action, .. }
            | Self::Witnessed { action, .. }
            | Self::Finished { action, .. }
            | Self::Failed { action, .. }
            | Self::Interruption { action, .. }
            | Self::Skipped { action, .. }
            | Self::Settled { action, .. } => Some(action),
            Self::RunStarted(_)
            | Self::Paused { .. }
            | Self::Remark { .. }
            | Self::Resumed(_)
            | Self::Unlocked { .. }
            | Self::Ended { .. } => None,
        }
    }

    /// The entry's name in the journal.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted(_) => "run-started",
            Self::Intent { .. } => "intent",
            Self::CommandStarted { .. } => "command-started",
            Self::Accepted { .. } => "accepted",
            Self::Witnessed { .. } => "witnessed",
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Interruption { .. } => "interruption",
            Self::Skipped { .. } => "skipped",
            Self::Settled { .. } => "settled",
            Self::Paused { .. } => "paused",
            Self::Remark { .. } => "remark",
            Self::Resumed(_) => "resumed",
            Self::Unlocked { .. } => "unlocked",
            Self::Ended { .. } => "ended",
        }
    }
}

impl Conclusion {
    /// Whether nothing of the run is left to continue: it was done, or what is left is planned anew by the next one.
    pub fn is_final(self) -> bool {
        match self {
            Self::Done | Self::Staged | Self::WorldMoved | Self::Failed | Self::GivenUp => true,
            Self::Paused | Self::Unknown | Self::Interrupted => false,
        }
    }

    /// The word in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Staged => "staged",
            Self::Paused => "paused",
            Self::WorldMoved => "world-moved",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Interrupted => "interrupted",
            Self::GivenUp => "given-up",
        }
    }
}
