//! The end of a run in the journal's words, and the command that goes on from there.

use super::context::Commands;
use crate::event::Ending;
use crate::journal::Conclusion;

/// The journal's word for an ending, and why.
pub(super) fn conclusion(ending: &Ending) -> (Conclusion, Option<String>) {
    match ending {
        Ending::Done => (Conclusion::Done, None),
        Ending::Staged { opens } => (
            Conclusion::Staged,
            opens.map(|opens| format!("the window opens at {opens}")),
        ),
        Ending::Paused { because } => (Conclusion::Paused, Some(because.clone())),
        Ending::WorldMoved { because } => (Conclusion::WorldMoved, Some(because.clone())),
        Ending::Failed { because, .. } => (Conclusion::Failed, Some(because.clone())),
        Ending::Unknown { because, .. } => (Conclusion::Unknown, Some(because.clone())),
        Ending::Interrupted => (Conclusion::Interrupted, None),
    }
}

/// The command that goes on after an ending, where there is something to go on with.
pub(super) fn next_command(ending: &Ending, commands: &Commands) -> Option<String> {
    match ending {
        Ending::Done => None,
        // A window that never opens again leaves only the command that does not ask for one.
        Ending::Staged { opens: None } => Some(commands.activate.clone()),
        Ending::Staged { opens: Some(_) } | Ending::WorldMoved { .. } | Ending::Failed { .. } => {
            Some(commands.again.clone())
        }
        Ending::Paused { .. } | Ending::Unknown { .. } | Ending::Interrupted => {
            Some(commands.resume.clone())
        }
    }
}
