//! A refusal: the fact, the rule and the way out, for each rule that says no.

use crate::hint::Hint;
use serde::{Deserialize, Serialize};

/// Every reason why nothing may be done, in the order of the rules. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// One rule that says no.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's name, stable for scripts, such as `cluster-not-available`.
    pub rule: String,
    /// The fact and the rule, in a sentence.
    pub fact: String,
    /// The step that resolves it.
    pub way_out: String,
}

impl Hint for Refusal {
    fn hints(&self) -> Vec<String> {
        self.reasons
            .iter()
            .map(|reason| reason.way_out.clone())
            .collect()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { reasons } = self;
        for (index, reason) in reasons.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{}", reason.fact)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}
