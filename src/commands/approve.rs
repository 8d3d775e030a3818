//! `approve`: a person's word that a run may go on behind a gate, from this machine or any other that reaches the store.
//!
//! Goes in: a run and a gate. Comes out: an approval beside the run's journal. AWS is not asked, and nothing is changed there;
//! the process that waits sees it, or `resume` does.

use super::session::Session;
use super::simulated::Keep;
use super::{declarations, stores};
use crate::cli::{Approve as Arguments, Everywhere};
use crate::error::{Error, Exit};
use crate::hint::nearest;
use crate::journal::{Approval, Conclusion, Holder, Journal, Kind as Entry, State, lock};
use crate::names::{ActionId, RunId};
use crate::plan::{Action, Kind, Plan};
use crate::report::Output;
use jiff::Timestamp;

/// Approves a gate.
///
/// # Errors
/// No such run or gate, a gate that the run has not reached, a run that is over, a store that does not take it.
pub fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Nothing,
    )?;
    let stores = stores::everywhere(&session, everywhere, output.message_style())?;
    let run = arguments.run();
    let store = stores::of_run(&stores, &run)?;
    let folder = store.run(&run);
    let plan = folder.plan()?;
    let gates = meant(&plan, &arguments.gate, &run)?;
    if !store.has_begun(&run) {
        return Err(Error::refused(format!(
            "run {run} was ended before it began; there is nothing to approve"
        )));
    }
    let journal = folder.journal()?;
    let gate = waiting(&journal, &gates, &run, output)?;
    let Some(gate) = gate else {
        return Ok(Exit::Done);
    };
    let holder = Holder::of_this_process();
    let approval = Approval {
        action: gate.clone(),
        by: arguments.by.clone().unwrap_or_else(|| holder.user.clone()),
        note: arguments.note.clone(),
        holder: holder.clone(),
        at: Timestamp::now(),
    };
    match folder.approve(&plan, &approval)? {
        Some(earlier) => output.message(&format!(
            "Nothing to do: `{gate}` of run {run} is {}.\n",
            earlier.in_words()
        )),
        None => output.message(&format!(
            "`{gate}` of run {run} is {}.\n",
            approval.in_words()
        )),
    }
    let claim = lock::claim(store, &plan.target)?.filter(|claim| claim.run == run);
    let lives = claim.is_some_and(|claim| !lock::is_abandoned(&claim, &holder));
    if lives {
        output.message("Its process goes on.\n");
    } else {
        let folder = everywhere.as_typed();
        output.message(&format!(
            "Go on with it: auroractl resume {run}{folder}{}\n",
            arguments.reading.as_typed()
        ));
    }
    Ok(Exit::Done)
}

/// The actions that a name means: the gate of this name, or one of several by the name of its action.
fn meant(plan: &Plan, name: &str, run: &RunId) -> Result<Vec<ActionId>, Error> {
    let gates: Vec<(&Action, &str)> = plan
        .actions
        .iter()
        .filter_map(|action| match &action.kind {
            Kind::Gate { gate, .. } => Some((action, gate.as_str())),
            _ => None,
        })
        .collect();
    let found: Vec<ActionId> = gates
        .iter()
        .filter(|(action, gate)| *gate == name || action.id.as_str() == name)
        .map(|(action, _)| action.id.clone())
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let error = Error::failed(format!("run {run} has no gate `{name}`"));
    Err(match nearest(name, gates.iter().map(|(_, gate)| *gate)) {
        Some(near) => error.hinted(format!("did you mean `{near}`?")),
        None if gates.is_empty() => error.hinted("its plan has no gates"),
        None => {
            let mut names: Vec<String> =
                gates.iter().map(|(_, gate)| format!("`{gate}`")).collect();
            names.dedup();
            error.hinted(format!("it has {}", names.join(", ")))
        }
    })
}

/// The one at which the run waits; `None` where it is behind all of them already.
fn waiting(
    journal: &Journal,
    gates: &[ActionId],
    run: &RunId,
    output: &mut Output,
) -> Result<Option<ActionId>, Error> {
    let replay = &journal.replay;
    let not_behind = |gate: &&ActionId| !replay.state(gate).is_settled();
    let Some(gate) = gates.iter().find(not_behind) else {
        output.message(&format!(
            "Nothing to do: run {run} is behind this gate already.\n"
        ));
        return Ok(None);
    };
    if let Some(conclusion) = replay.conclusion().filter(|ending| ending.is_final()) {
        let word = match conclusion {
            Conclusion::GivenUp => "given up",
            other => other.word(),
        };
        return Err(Error::refused(format!(
            "run {run} has ended ({word}); nothing waits for an approval"
        )));
    }
    // A process that has just gone on with the run has not said again that it waits.
    let was_reached = journal
        .entries
        .iter()
        .any(|entry| matches!(&entry.kind, Entry::Intent { action, .. } if action == gate));
    if !was_reached && replay.state(gate) == State::Todo {
        return Err(Error::refused(format!(
            "run {run} has not reached `{gate}` yet; what was not seen cannot be approved"
        ))
        .hinted("approve it when the run waits there: auroractl status NAME tells"));
    }
    Ok(Some(gate.clone()))
}
