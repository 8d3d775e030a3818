//! Saved plans: a plan with the declaration it was made from and a digest over what matters.
//!
//! Goes in: a plan, or the text of a plan file. Comes out: the text, or the plan; damage is an error that says where.

use super::action::{Kind, Phase};
use super::change::Subject;
use super::{Options, Plan, Target};
use crate::desired::{Desired, Place};
use crate::hint::Hint;
use crate::names::ActionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::PathBuf;

/// The version of the file format.
pub const FORMAT: u32 = 1;

/// A plan file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The version of the file format.
    pub plan_file: u32,
    /// `seal` of the plan and the declaration.
    pub digest: String,
    /// The declaration from which the plan was made; `apply FILE` plans again from it.
    pub desired: Desired,
    /// The plan.
    pub plan: Plan,
}

impl Saved {
    /// Puts a plan and its declaration together.
    pub fn new(plan: Plan, desired: Desired) -> Self {
        Self {
            plan_file: FORMAT,
            digest: seal(&plan, &desired),
            desired,
            plan,
        }
    }

    /// The file's text: indented JSON that ends with a line feed.
    ///
    /// # Errors
    ///
    /// When a number in the plan has no JSON form; no plan made by `plan` has such a number.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// When it is not a plan file, was written in another format, or does not carry the digest of its own plan.
    pub fn from_json(text: &str) -> Result<Self, FileProblem> {
        #[derive(Deserialize)]
        struct Version {
            plan_file: u32,
        }
        let version: Version =
            serde_json::from_str(text).map_err(|source| FileProblem::Unreadable { source })?;
        if version.plan_file != FORMAT {
            return Err(FileProblem::Format {
                found: version.plan_file,
            });
        }
        let saved: Self =
            serde_json::from_str(text).map_err(|source| FileProblem::Unreadable { source })?;
        let computed = seal(&saved.plan, &saved.desired);
        if computed != saved.digest {
            return Err(FileProblem::Digest {
                stated: saved.digest,
                computed,
            });
        }
        Ok(saved)
    }
}

/// What is wrong with a plan file.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not the JSON of a plan file.
    #[error("not a plan file, or a damaged one")]
    Unreadable {
        /// Where reading stopped.
        source: serde_json::Error,
    },
    /// Another format version.
    #[error(
        "the plan file has format {found}, and this version of auroractl reads format {FORMAT}"
    )]
    Format {
        /// The version in the file.
        found: u32,
    },
    /// The plan was edited, or the file is damaged.
    #[error(
        "the plan file states digest {stated}, and its plan has digest {computed}: it was edited or damaged"
    )]
    Digest {
        /// The digest in the file.
        stated: String,
        /// The digest of the plan in the file.
        computed: String,
    },
}

impl Hint for FileProblem {
    fn hints(&self) -> Vec<String> {
        vec!["make a new one: auroractl plan NAME --out FILE.plan.json".to_owned()]
    }
}

/// What an approval is bound to: who the plan is for and what it does, without times, forecasts and wording.
///
/// Staged and deferred actions count together, so that a plan approved outside the window still holds inside it.
#[derive(Serialize)]
struct Essence<'a> {
    format: u32,
    target: &'a Target,
    options: &'a Options,
    changes: Vec<(&'a Subject, &'a Option<String>, &'a Option<String>)>,
    actions: Vec<(Phase, &'a ActionId, &'a Kind)>,
}

/// The digest of a plan together with the declaration that `apply FILE` plans from again: what was approved is both.
pub fn seal(plan: &Plan, desired: &Desired) -> String {
    // Where a declaration lies is no part of what it says.
    let nowhere = Place {
        file: PathBuf::new(),
        line: 0,
        column: 0,
    };
    let mut said = desired.clone();
    said.file = PathBuf::new();
    for parameter in said.parameters.values_mut() {
        parameter.place = nowhere.clone();
    }
    let declaration = serde_json::to_string(&said).unwrap_or_default();
    hexadecimal(&format!("{}\n{declaration}", digest(plan)))
}

/// The digest of a plan: SHA-256 of its essence, in hexadecimal.
pub fn digest(plan: &Plan) -> String {
    let mut actions: Vec<(Phase, &ActionId, &Kind)> = plan
        .actions
        .iter()
        .chain(&plan.deferred)
        .map(|action| (action.phase, &action.id, &action.kind))
        .collect();
    actions.sort_by_key(|(phase, _, _)| *phase);
    let essence = Essence {
        format: plan.format,
        target: &plan.target,
        options: &plan.options,
        changes: plan
            .changes
            .iter()
            .map(|change| (&change.subject, &change.from, &change.to))
            .collect(),
        actions,
    };
    // The essence holds names and texts only, so that it always has a JSON form.
    let text = serde_json::to_string(&essence).unwrap_or_default();
    hexadecimal(&text)
}

/// SHA-256 in hexadecimal.
fn hexadecimal(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
