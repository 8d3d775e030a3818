//! The contract between `apply` and `report`: everything that happens in a run, as data.
//!
//! `apply` emits events in order and never hears back; `report` turns them into bars, lines or JSON.

use crate::error::Exit;
use crate::names::{ActionId, ClusterId, PartitionName, RunId, SnapshotId};

use crate::plan::action::Forecast;
use crate::plan::outage::Outage;
use crate::plan::{Backend, Change};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that happened. `at` is AWS's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The run holds its lock and begins.
    RunStarted {
        /// When.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// The partition.
        partition: PartitionName,
        /// The cluster.
        cluster: ClusterId,
        /// Who answers.
        backend: Backend,
        /// The folder or URL that holds the journal.
        journal: String,
        /// What will be done.
        actions: Vec<Planned>,
    },
    /// An earlier run holds its lock again and goes on.
    RunResumed {
        /// When.
        at: Timestamp,
        /// The run.
        run: RunId,
        /// The partition.
        partition: PartitionName,
        /// The cluster.
        cluster: ClusterId,
        /// Who answers.
        backend: Backend,
        /// The folder or URL that holds the journal.
        journal: String,
        /// When it began.
        began: Timestamp,
        /// What was done before.
        done: Vec<ActionId>,
        /// What is left to do.
        actions: Vec<Planned>,
    },
    /// An action begins.
    ActionStarted {
        /// When.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// What is expected of it.
        forecast: Forecast,
    },
    /// AWS has been asked and the action waits; said whenever what is seen changes.
    Waiting {
        /// When.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// What is seen, such as `orders-2 modifying, db.t3.medium`.
        seen: String,
    },
    /// A gate waits for a person.
    GateReached {
        /// When.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// The gate's name.
        gate: String,
        /// What the person is asked.
        message: String,
        /// What the person types.
        approve: String,
    },
    /// An action ended well.
    ActionFinished {
        /// When.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// How long it took on AWS's clock.
        seconds: u32,
        /// What was expected.
        forecast: Forecast,
        /// What proves it, in words.
        proof: String,
    },
    /// What a client saw of an action's writer interruption; said before the action is done.
    Interruption {
        /// When it was said.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// What was expected.
        forecast_seconds: u32,
        /// What was seen.
        #[serde(flatten)]
        outage: Outage,
    },
    /// An action did not end well; the run stops.
    ActionFailed {
        /// When.
        at: Timestamp,
        /// The action.
        action: ActionId,
        /// Why, and what is known.
        because: String,
    },
    /// Something that the reader should know, and that does not stop the run.
    Remark {
        /// When.
        at: Timestamp,
        /// What.
        text: String,
    },
    /// The run ended, well or not.
    RunFinished {
        /// When.
        at: Timestamp,
        /// All of it.
        summary: Summary,
    },
}

/// One action of the run, as announced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// The action.
    pub action: ActionId,
    /// What is expected of it.
    pub forecast: Forecast,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "kebab-case")]
pub enum Ending {
    /// Everything was done and verified.
    Done,
    /// Everything that may be done outside the window was done; the rest waits for it.
    Staged {
        /// When the window opens next; absent when it never does.
        opens: Option<Timestamp>,
    },
    /// The run stopped at a safe point and can be continued.
    Paused {
        /// Why.
        because: String,
    },
    /// A role or membership changed since the plan; nothing disruptive was begun after that.
    WorldMoved {
        /// What changed.
        because: String,
    },
    /// A step failed with a known outcome.
    Failed {
        /// The step and the reason.
        because: String,
        /// Steps that the reader can take.
        hints: Vec<String>,
    },
    /// The outcome of a step is not known, or its deadline passed.
    Unknown {
        /// The step and what was seen last.
        because: String,
        /// Where to look.
        hints: Vec<String>,
    },
    /// The user interrupted the run.
    Interrupted,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The run.
    pub run: RunId,
    /// The partition.
    pub partition: PartitionName,
    /// The cluster.
    pub cluster: ClusterId,
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// Each action that was begun.
    pub actions: Vec<Performed>,
    /// What the plan set out to settle.
    pub changes: Vec<Change>,
    /// What was verified, each with its witness.
    pub verified: Vec<Verified>,
    /// What the witnesses at hand cannot prove.
    pub not_proven: Vec<String>,
    /// The run's snapshot, if it still exists, and until when.
    pub snapshot: Option<KeptSnapshot>,
    /// Duration on AWS's clock.
    pub seconds: u32,
    /// The command that continues, where there is something to continue.
    pub next_command: Option<String>,
    /// The run that this one takes back, if it is a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The old cluster, where this run made a new one from a snapshot of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<ClusterId>,
    /// How long writes stopped as a client saw it, where that was to be measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_interruption: Option<WriterInterruption>,
}

impl Summary {
    /// The exit code that a run leads to: that of its ending, and 2 where all was done and writes stopped for longer than the
    /// declared budget allows.
    pub fn exit(&self) -> Exit {
        match (&self.ending, &self.writer_interruption) {
            (Ending::Done, Some(interruption)) if interruption.is_over_budget() => Exit::Changes,
            (ending, _) => ending.exit(),
        }
    }
}

/// The writer interruptions of a run, measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriterInterruption {
    /// What was expected of the steps that were measured.
    pub forecast_seconds: u32,
    /// How long writes stopped in them, all in all.
    pub measured_milliseconds: u64,
    /// How long they may, as declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_seconds: Option<u32>,
    /// Whether they stopped for longer than that.
    pub over_budget: bool,
    /// Each step that can interrupt.
    pub steps: Vec<MeasuredStep>,
}

/// What was measured of one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredStep {
    /// The action.
    pub action: ActionId,
    /// What was expected.
    pub forecast_seconds: u32,
    /// What was seen.
    #[serde(flatten)]
    pub outage: Outage,
}

impl WriterInterruption {
    /// The sums of these steps.
    pub fn of(steps: Vec<MeasuredStep>, budget_seconds: Option<u32>) -> Self {
        let measured = || {
            steps
                .iter()
                .filter(|step| step.outage.not_measured.is_none())
        };
        let measured_milliseconds = measured().fold(0_u64, |sum, step| {
            sum.saturating_add(step.outage.milliseconds)
        });
        let forecast_seconds =
            measured().fold(0_u32, |sum, step| sum.saturating_add(step.forecast_seconds));
        Self {
            forecast_seconds,
            measured_milliseconds,
            budget_seconds,
            over_budget: budget_seconds
                .is_some_and(|budget| measured_milliseconds > u64::from(budget) * 1000),
            steps,
        }
    }

    /// Whether writes stopped for longer than declared.
    pub fn is_over_budget(&self) -> bool {
        self.over_budget
    }
}

/// One action that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performed {
    /// The action.
    pub action: ActionId,
    /// Whether it ended well.
    pub done: bool,
    /// Whether its printed condition made it unnecessary, so that nothing was asked of AWS.
    pub not_needed: bool,
    /// How long it took on AWS's clock.
    pub seconds: u32,
    /// What was expected.
    pub forecast: Forecast,
}

/// One fact that a witness confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The fact, such as `orders-1 is in-sync with group orders-16`.
    pub fact: String,
    /// The witness, such as `RDS API`.
    pub witness: String,
}

/// The snapshot of a run that is still there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotId,
    /// When it may be deleted; absent when it is held.
    pub expires: Option<Timestamp>,
    /// Whether it was asked for and not seen `available` when the run ended.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
}
