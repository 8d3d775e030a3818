//! The arguments of `approve`.

use super::Reading;
use crate::names::RunId;
use clap::Args;

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// The run that waits
    #[arg(value_name = "RUN")]
    pub run: String,
    /// The gate, by its declared name or as the plan calls it
    #[arg(value_name = "GATE")]
    pub gate: String,
    /// Who approves [default: the user]
    #[arg(long, value_name = "NAME", value_parser = words)]
    pub by: Option<String>,
    /// What is said with it
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub note: Option<String>,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

impl Approve {
    /// The run.
    pub fn run(&self) -> RunId {
        RunId::new(&self.run)
    }
}

/// It is printed in journals and summaries.
fn words(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().any(char::is_control) {
        return Err("it holds a line break or another control character".to_owned());
    }
    Ok(text.trim().to_owned())
}
