//! What is kept beside the journal of a run: the output of its commands, and the approvals of its gates.
//!
//! Goes in: output, already masked and cut; what a person says of a gate. Comes out: the same for whoever looks. An approval
//! comes from another process than the one that writes the journal, so it is a document of its own: the first one counts.

use super::error::Error;
use super::holder::Holder;
use super::store::{RunFolder, whole};
use crate::names::ActionId;
use crate::plan::Plan;
use crate::plan::action::Kind;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A person's word that a run may go on behind a gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The gate, as the plan calls the action.
    pub action: ActionId,
    /// Who approves, in that person's own words.
    pub by: String,
    /// What that person says besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The user and the machine that it came from.
    pub holder: Holder,
    /// When, by the clock of that machine.
    pub at: Timestamp,
}

impl Approval {
    /// Who said what.
    pub fn in_words(&self) -> String {
        let Self { by, note, .. } = self;
        match note {
            Some(note) => format!("approved by {by}: {note}"),
            None => format!("approved by {by}"),
        }
    }
}

impl RunFolder {
    /// Writes an approval. `None` where it is the first of its gate; else the one that came before, which counts.
    ///
    /// # Errors
    /// A store that does not take it.
    pub fn approve(&self, plan: &Plan, approval: &Approval) -> Result<Option<Approval>, Error> {
        let key = self.beside("approval", plan, &approval.action, ".json");
        let bytes = whole(&self.place.name(&key), approval)?;
        match self.place.create(&key, &bytes)? {
            Some(_) => Ok(None),
            None => self.approval(plan, &approval.action),
        }
    }

    /// The approval of a gate, once there is one.
    ///
    /// # Errors
    /// A store that cannot be read, and a document that is none.
    pub fn approval(&self, plan: &Plan, gate: &ActionId) -> Result<Option<Approval>, Error> {
        let key = self.beside("approval", plan, gate, ".json");
        match self.place.read(&key)? {
            None => Ok(None),
            Some(found) => serde_json::from_slice(&found.bytes)
                .map(Some)
                .map_err(|source| Error::DamagedFile {
                    name: self.place.name(&key),
                    source,
                }),
        }
    }

    /// What a person calls the output of one attempt of a command.
    pub fn output_name(&self, plan: &Plan, command: &ActionId, attempt: u32) -> String {
        self.place.name(&self.output_key(plan, command, attempt))
    }

    /// Keeps what there is of a command's output, in place of what was kept of the same attempt before.
    ///
    /// # Errors
    /// A store that does not take it.
    pub fn keep_output(
        &self,
        plan: &Plan,
        command: &ActionId,
        attempt: u32,
        output: &[u8],
    ) -> Result<(), Error> {
        self.place
            .write(&self.output_key(plan, command, attempt), output)
    }

    fn output_key(&self, plan: &Plan, command: &ActionId, attempt: u32) -> String {
        self.beside("output", plan, command, &format!("-{attempt}.txt"))
    }

    /// `runs/RUN/WHAT-07-NAME…`: the number that the action has in the plan, and its declared name.
    fn beside(&self, what: &str, plan: &Plan, action: &ActionId, ending: &str) -> String {
        let (number, name) = plan
            .actions
            .iter()
            .zip(1_u32..)
            .find(|(planned, _)| planned.id == *action)
            .map_or((0, ""), |(planned, number)| {
                let name = match &planned.kind {
                    Kind::Command { step, .. } => step,
                    Kind::Gate { gate, .. } => gate,
                    _ => "",
                };
                (number, name)
            });
        format!("runs/{}/{what}-{number:02}-{name}{ending}", self.run)
    }
}
