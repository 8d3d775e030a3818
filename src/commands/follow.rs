//! A run that a person follows: its events on the screen, interruptions, and what to type next.
//!
//! Goes in: how to follow, and the run as a future. Comes out: what the run gives, or that it was stopped at once.

use super::declarations;
use super::interruption::Interruption;
use super::session::Session;
use crate::apply::Commands;
use crate::cli::{Everywhere, Reading, quoted, typed};
use crate::error::{Error, Exit};
use crate::event::Event;
use crate::names::RunId;
use crate::plan::{Kind, Options, Plan};
use crate::report::Output;
use crate::report::progress::Progress;
use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How a run is done and shown, as the command line says.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// What applies to every command.
    pub everywhere: &'a Everywhere,
    /// Who is asked.
    pub reading: &'a Reading,
    /// Whether each event is a line of JSON.
    pub json: bool,
    /// The pause between two looks on the wall.
    pub poll_interval: Duration,
}

/// Runs, and shows what happens. Ctrl-C or SIGTERM stops the run at a safe point; a second one stops it at once.
///
/// # Errors
/// Those of the run, and a second interruption.
pub async fn follow<T>(
    manner: &Manner<'_>,
    session: &Session,
    output: &mut Output,
    run: impl AsyncFnOnce(watch::Receiver<bool>, &mut dyn FnMut(&Event)) -> Result<T, Error>,
) -> Result<T, Error> {
    let (stop, interrupted) = watch::channel(false);
    let watched = manner.everywhere.verbose == 0 && output.messages_are_watched();
    let progress = Progress::new(
        manner.json,
        watched,
        session.speed(),
        output.message_style(),
    );
    let screen = RefCell::new((progress, output));
    let mut emit = |event: &Event| {
        let (progress, output) = &mut *screen.borrow_mut();
        progress.tell(event, output);
    };
    let finished = {
        let mut run = std::pin::pin!(run(interrupted, &mut emit));
        let mut interruption = Interruption::watched();
        let mut interruptions = 0_u32;
        loop {
            tokio::select! {
                biased;
                lost = session.lost() => break Err(lost),
                finished = &mut run => break finished,
                () = interruption.next() => {
                    interruptions += 1;
                    let (progress, output) = &mut *screen.borrow_mut();
                    if interruptions > 1 {
                        progress.end();
                        break Err(Error::new(Exit::Interrupted, "stopped at once, on a second interruption")
                            .hinted(format!(
                                "the request in flight may have reached AWS; the journal names it, and what is true is read by: auroractl resume{}",
                                typed(manner.everywhere, manner.reading)
                            )));
                    }
                    progress.say("interrupted: the request in flight is finished and recorded, then the run stops", output);
                    let _ = stop.send(true);
                }
            }
        }
    };
    screen.borrow_mut().0.end();
    finished
}

impl Manner<'_> {
    /// Where declared commands run: in the folder above that of the declarations.
    ///
    /// # Errors
    /// When the working directory cannot be read.
    pub fn directory(&self) -> Result<PathBuf, Error> {
        let state = declarations::state_folder(self.everywhere)?;
        Ok(match state.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        })
    }

    /// What the reader types to go on.
    pub fn commands(&self, plan: &Plan, run: &RunId) -> Commands {
        let folder = self
            .everywhere
            .environments
            .as_ref()
            .map(|folder| format!(" --environments {}", quoted(&folder.to_string_lossy())));
        let mut again = match &plan.undoes {
            None if plan.is_drill => drill(plan),
            None => format!("auroractl apply {}", quoted(plan.partition.as_str())),
            Some(undone) if plan.restores.is_some() => {
                format!(
                    "auroractl rollback {undone} --restore-snapshot --confirm {}",
                    plan.target.cluster
                )
            }
            Some(undone) => format!("auroractl rollback {undone}"),
        };
        again.push_str(&folder.unwrap_or_default());
        let at_any_time = Options {
            activate: false,
            ..plan.options
        };
        for option in at_any_time.given() {
            again.push_str(&format!(" {option}"));
        }
        again.push_str(&self.reading.as_typed());
        let activating = format!("{again} --activate");
        Commands {
            again: if plan.options.activate {
                activating.clone()
            } else {
                again
            },
            resume: format!(
                "auroractl resume {run}{}",
                typed(self.everywhere, self.reading)
            ),
            activate: activating,
        }
    }
}

/// The same drill again.
fn drill(plan: &Plan) -> String {
    let to = plan.actions.iter().find_map(|action| match &action.kind {
        Kind::Failover { to, .. } => Some(format!(" --to {to}")),
        _ => None,
    });
    format!(
        "auroractl failover {}{}",
        quoted(plan.partition.as_str()),
        to.unwrap_or_default()
    )
}
