//! The plan: `plan(&Desired, &Observed)` gives the ordered actions that lead from live to declared, or a refusal.
//!
//! Pure: no clock, no random, no I/O. Everything that `apply` does was decided here.

pub mod action;
mod allowed;
pub mod change;
mod changes;
pub mod difference;
pub mod drift;
pub mod drill;
pub mod file;
pub mod forecast;
pub mod formula;
pub mod maintenance;
mod make;
mod notes;
pub mod outage;
mod question;
mod recipe;
pub mod refusal;
pub mod restore;
mod rules;
mod spelling;
mod steps;
pub mod undo;
pub mod value;
pub mod verify;
pub mod version;
mod words;

use crate::desired::Window;
use crate::names::{AccountId, ClusterId, PartitionName, Region, ResourceId, RunId};
pub use crate::observed::Backend;
pub use action::{Action, Kind, Phase};
pub use change::Change;
use jiff::Timestamp;
pub use make::{cluster_absent, plan, wrong_account};
pub use question::{first_questions, questions};
pub use refusal::Refusal;
use serde::{Deserialize, Serialize};
pub use spelling::same as same_value;

/// The version of the plan document; raised when its meaning changes.
pub const FORMAT: u32 = 1;

/// What will happen to one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The document's version.
    pub format: u32,
    /// The partition.
    pub partition: PartitionName,
    /// Which live cluster, and who answers for it.
    pub target: Target,
    /// AWS's clock when the facts were read.
    pub at: Timestamp,
    /// The live engine version.
    pub engine_version: String,
    /// When the restarts happen.
    pub activation: Activation,
    /// The differences that are settled.
    pub changes: Vec<Change>,
    /// What the reader should know besides, in order.
    pub notes: Vec<Note>,
    /// What is done now, in an order that satisfies every ordering rule.
    pub actions: Vec<Action>,
    /// What is left for the next activation, shown but not done by this plan.
    pub deferred: Vec<Action>,
    /// Sums over `actions` and over `deferred`.
    pub totals: Totals,
    /// The declared window, which `apply` watches.
    pub window: Option<Window>,
    /// What was allowed on the command line.
    pub options: Options,
    /// The run that this plan takes back, if it is a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<RunId>,
    /// The old cluster, where this plan makes a new one from a snapshot of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<ClusterId>,
    /// Whether it is a drill: one failover, and nothing is changed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_drill: bool,
}

/// The live cluster that a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Who answers.
    pub backend: Backend,
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
    /// The cluster.
    pub cluster: ClusterId,
    /// Its immutable resource id.
    pub resource_id: ResourceId,
}

/// When the restarts of a plan happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "kebab-case")]
pub enum Activation {
    /// Nothing restarts.
    NotNeeded,
    /// In this run, whatever the hour: `apply_immediately = true`, or `--activate`.
    Now,
    /// In this run, while the window is open.
    InWindow {
        /// When it closes.
        closes: Timestamp,
    },
    /// Not in this run: changes are staged only.
    Deferred {
        /// Why not now.
        because: String,
        /// When the window opens next; absent when it never does.
        opens: Option<Timestamp>,
    },
}

/// Something to know that is not a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What sort of thing it is.
    pub topic: Topic,
    /// One or two sentences.
    pub text: String,
}

/// The sorts of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// A pending modification that was there before and equals the declaration.
    Inherited,
    /// A difference that only AWS made.
    ChangedByAws,
    /// What a witness proves besides the RDS API.
    Proven,
    /// What cannot be proven with the witnesses at hand.
    NotProven,
    /// A danger that the reader accepts by applying.
    Caution,
    /// Anything else worth knowing.
    Information,
}

/// Sums of a plan, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Expected duration of `actions`.
    pub seconds: u32,
    /// Expected writer interruption of `actions`.
    pub writer_interruption_seconds: u32,
    /// How often writes stop in `actions`.
    pub writer_interruptions: u32,
    /// How many member restarts `actions` contains.
    pub restarts: u32,
    /// Expected duration of `deferred`.
    pub deferred_seconds: u32,
    /// Expected writer interruption of `deferred`.
    pub deferred_writer_interruption_seconds: u32,
    /// How often writes stop in `deferred`.
    pub deferred_writer_interruptions: u32,
    /// How many member restarts `deferred` contains.
    pub deferred_restarts: u32,
}

/// What the command line allows beyond the declaration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Restart now, even outside the window.
    pub activate: bool,
    /// Interrupt a cluster that has nothing to fail over to.
    pub allow_downtime: bool,
    /// Reuse and reset a parameter group that does not carry our tag.
    pub adopt: bool,
    /// Change a cluster that a CloudFormation stack owns.
    pub take_ownership: bool,
    /// Restart members even if AWS's own maintenance window opens before that is over.
    pub accept_maintenance_flush: bool,
    /// Let a reader that is smaller than the writer take over the writes.
    pub allow_smaller_writer: bool,
}

impl Options {
    /// What was given, as it is typed, always in the same order.
    pub fn given(self) -> impl Iterator<Item = &'static str> {
        let Self {
            activate,
            allow_downtime,
            adopt,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        } = self;
        [
            (activate, "--activate"),
            (allow_downtime, "--allow-downtime"),
            (adopt, "--adopt"),
            (take_ownership, "--take-ownership"),
            (accept_maintenance_flush, "--accept-maintenance-flush"),
            (allow_smaller_writer, "--allow-smaller-writer"),
        ]
        .into_iter()
        .filter_map(|(given, name)| given.then_some(name))
    }
}

impl Plan {
    /// Whether live equals declared: nothing to do now or later.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.actions.is_empty() && self.deferred.is_empty()
    }

    /// What is proven over SQL while it is carried out, now or later; `None` where nobody is asked.
    pub fn proof(&self) -> Option<&verify::proof::Proof> {
        self.actions
            .iter()
            .chain(&self.deferred)
            .find_map(|action| match &action.kind {
                action::Kind::Verify(expectation) => expectation.proof.as_deref(),
                _ => None,
            })
    }

    /// The same plan, carried out without asking over SQL.
    pub fn without_proof(mut self) -> Self {
        for action in self.actions.iter_mut().chain(&mut self.deferred) {
            if let action::Kind::Verify(expectation) = &mut action.kind {
                expectation.proof = None;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
