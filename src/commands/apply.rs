//! `apply`: plans, asks, runs, and tells how it ended.
//!
//! Goes in: a partition, or a plan that was saved and approved. Comes out: events while it runs, a summary, and the
//! exit code of its ending. Everything that it does stands in the plan that was shown.

use super::plan::{Failure, has_changes};
use super::session::{Door, Session};
use super::simulated::{FRESH_WORLD_HINT, Keep};
use super::{approval, declarations, saved, survey};
use crate::apply::{self, Commands, Context};
use crate::aws::Client;
use crate::cli::{Apply as Arguments, Everywhere, quoted};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::event::{Ending, Event, Summary};
use crate::journal::{self, Holder, Store};
use crate::observed::Observed;
use crate::plan::{self, Activation, Options, Plan, Target};
use crate::report::progress::Progress;
use crate::report::{self, Output};
use std::cell::RefCell;
use tokio::sync::watch;

/// Plans and applies one partition, or applies a saved plan.
///
/// # Errors
/// Everything that ends it before the run begins: declarations, facts, refusals, a declined question, a held lock.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let approved = if arguments.is_file() {
        Some(saved::read(arguments.file())?)
    } else {
        None
    };
    let (desired, options) = match &approved {
        Some(saved) => (saved.desired.clone(), saved.plan.options),
        None => (
            declarations::load_one(everywhere, &arguments.target, output.message_style())?,
            arguments.allowed.options(),
        ),
    };
    let mut session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Changes(format!("apply {}", desired.partition)),
    )?;
    if let Some(saved) = &approved {
        let client = session.connect(&Door::of(&desired.aws)).await?;
        saved::is_for(saved, client.backend())?;
    }
    let facts = survey::for_plan(&session, &desired, options).await?;
    nobody_else_runs(&session, &facts.observed)?;
    let made = plan::plan(&desired, &facts.observed, options);
    if let Some(saved) = &approved {
        saved::is_current(saved, made.as_ref().ok(), output.message_style())?;
    }
    let plan = made.map_err(|refusal| Failure::Refused(refusal).into_error(&desired.partition))?;
    show(&plan, arguments.json, output);
    if plan.actions.is_empty() {
        let exit = nothing_now(&plan, &session, output);
        session.close()?;
        return Ok(exit);
    }
    // A person may think for as long as they like: in a simulation time stands still meanwhile.
    let instant = session.instant();
    approval::obtain(&plan, arguments.auto_approve, output)?;
    session.return_to(instant)?;

    let client = session.connect(&Door::of(&desired.aws)).await?;
    let summary = carry_out(arguments, everywhere, &plan, &session, &client, output).await?;
    if !arguments.json {
        let style = output.data_style();
        output.data(&format!("\n{}", report::summary::render(&summary, style)));
    }
    if matches!(summary.ending, Ending::WorldMoved { .. }) {
        plan_again(&session, &desired, options, arguments.json, output).await?;
    }
    session.close()?;
    Ok(summary.ending.exit())
}

/// A run that holds the cluster explains everything that looks odd about it: it is told before any other reason.
fn nobody_else_runs(session: &Session, observed: &Observed) -> Result<(), Error> {
    let Some(cluster) = &observed.cluster else {
        return Ok(());
    };
    let target = Target {
        backend: observed.backend.clone(),
        account: observed.caller.account.clone(),
        region: observed.region.clone(),
        cluster: cluster.identifier.clone(),
        resource_id: cluster.resource_id.clone(),
    };
    let store = Store::new(session.runs_folder());
    journal::lock::is_free(&store, &target, &Holder::of_this_process()).map_err(Error::from)
}

/// The plan is data; beside a stream of JSON events it is a message for whoever is asked.
fn show(plan: &Plan, json: bool, output: &mut Output) {
    if json {
        let style = output.message_style();
        output.message(&report::plan::render(plan, style));
    } else {
        let style = output.data_style();
        output.data(&report::plan::render(plan, style));
    }
}

/// What is said when the plan holds no action for this run.
fn nothing_now(plan: &Plan, session: &Session, output: &mut Output) -> Exit {
    if !has_changes(plan) {
        output.message("Nothing to do.\n");
        if session.simulated().is_some() {
            output.message(FRESH_WORLD_HINT);
        }
        return Exit::Done;
    }
    let when = match &plan.activation {
        Activation::Deferred {
            opens: Some(opens), ..
        } => format!("until the window opens at {opens}, unless --activate says now"),
        _ => "without --activate".to_owned(),
    };
    output.message(&format!("Everything is staged; nothing to do {when}.\n"));
    Exit::Paused
}

async fn carry_out(
    arguments: &Arguments,
    everywhere: &Everywhere,
    plan: &Plan,
    session: &Session,
    client: &Client,
    output: &mut Output,
) -> Result<Summary, Error> {
    let store = Store::new(session.runs_folder());
    let (stop, interrupted) = watch::channel(false);
    let context = Context {
        plan,
        client,
        store: &store,
        run: journal::store::new_run_id(plan.at, &plan.partition),
        holder: Holder::of_this_process(),
        poll_interval: session.pace(arguments.poll_interval()),
        commands: commands(arguments, everywhere, plan),
        interrupted,
    };
    let watched = everywhere.verbose == 0 && output.messages_are_watched();
    let progress = Progress::new(
        arguments.json,
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
        let mut run = std::pin::pin!(apply::run(context, &mut emit));
        let mut interruptions = 0_u32;
        loop {
            tokio::select! {
                biased;
                finished = &mut run => break finished,
                Ok(()) = tokio::signal::ctrl_c() => {
                    interruptions += 1;
                    let (progress, output) = &mut *screen.borrow_mut();
                    if interruptions > 1 {
                        progress.end();
                        break Err(Error::new(Exit::Interrupted, "stopped at once, on a second interruption")
                            .hinted("the request in flight may have reached AWS; the journal names it, and the next apply reads what is true"));
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

/// What the reader types to go on.
fn commands(arguments: &Arguments, everywhere: &Everywhere, plan: &Plan) -> Commands {
    let mut again = format!("auroractl apply {}", quoted(plan.partition.as_str()));
    if let Some(folder) = &everywhere.environments {
        again.push_str(&format!(
            " --environments {}",
            quoted(&folder.to_string_lossy())
        ));
    }
    let Options {
        activate,
        allow_downtime,
        adopt,
        take_ownership,
        accept_maintenance_flush,
    } = plan.options;
    for (given, option) in [
        (allow_downtime, " --allow-downtime"),
        (adopt, " --adopt"),
        (take_ownership, " --take-ownership"),
        (accept_maintenance_flush, " --accept-maintenance-flush"),
    ] {
        if given {
            again.push_str(option);
        }
    }
    again.push_str(&arguments.reading.as_typed());
    let activating = format!("{again} --activate");
    Commands {
        again: if activate { activating.clone() } else { again },
        activate: activating,
    }
}

/// Shows what is left to do after the cluster changed under the run.
async fn plan_again(
    session: &Session,
    desired: &Desired,
    options: Options,
    json: bool,
    output: &mut Output,
) -> Result<(), Error> {
    let facts = survey::for_plan(session, desired, options).await?;
    match plan::plan(desired, &facts.observed, options) {
        Ok(plan) => {
            output.message("\nThe rest, planned again for the cluster as it is now:\n\n");
            show(&plan, json, output);
        }
        Err(refusal) => {
            let error = Failure::Refused(refusal).into_error(&desired.partition);
            let coloured = output.message_style().is_coloured();
            output.message(&format!(
                "\nThe rest cannot be planned for the cluster as it is now:\n\n{}",
                error.render(coloured)
            ));
        }
    }
    Ok(())
}
