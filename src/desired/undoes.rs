//! What makes a declaration the declaration of a rollback: the run whose changes are taken back, and what of them no
//! other key of a declaration can say.

use crate::names::{InstanceClass, InstanceId, RunId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The run that is undone, and what a declaration alone cannot ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoes {
    /// The run.
    pub run: RunId,
    /// Members in whose queue the run put a class, with that class: it is taken out again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub queued: BTreeMap<InstanceId, InstanceClass>,
    /// Whether Performance Insights was off before the run and is to be off again.
    #[serde(default)]
    pub performance_insights_off: bool,
    /// What of the run cannot be taken back or is left as it is, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}
