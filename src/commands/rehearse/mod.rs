//! `rehearse`: copies the live cluster into the simulator and runs the whole plan there, undisturbed and then under many
//! seeded schedules of kills and faults. The code that runs is that of `apply` and `resume`; live AWS is only read.
//!
//! Goes in: a partition, how many schedules, and the first seed. Comes out: a timeline, how long writes stop, how the
//! schedules ended, and every promise that was broken, with the command that plays it again.
//!
//! ```text
//! copy ── live facts -> world file      schedule ── seed -> kills and faults
//! crew ── threads ─> play ── one schedule: door (kills), apply and resume, operator (what a person does), witness (evidence)
//! ```

#[cfg(test)]
mod bites;
mod copy;
mod crew;
mod door;
mod operator;
mod play;
mod schedule;
mod tally;
#[cfg(test)]
mod tests;
mod witness;

use super::plan::{Failure, has_changes};
use super::session::Session;
use super::simulated::Keep;
use super::{declarations, survey};
use crate::aws::{Client, observe};
use crate::cli::{Everywhere, POLL_INTERVAL_SECONDS_DEFAULT, Rehearse as Arguments, quoted};
use crate::desired::Desired;
use crate::error::{Error, Exit};
use crate::journal::Holder;
use crate::observed::{Backend, Observed, Question};
use crate::plan::action::Kind;
use crate::plan::verify::proof::is_asked;
use crate::plan::{self, Plan};
use crate::report::comparison::unified;
use crate::report::progress::Progress;
use crate::report::rehearsal::Rehearsal;
use crate::report::{Output, rehearsal};
use crate::sim::{self, Simulator};
use play::{Play, Scene, Told};
use schedule::Schedule;
use std::collections::BTreeSet;
use std::time::Duration;
use tally::Tally;

/// Rehearses a partition's plan.
///
/// # Errors
/// Declarations or facts that cannot be read, a plan that is refused, a cluster that the simulator cannot stand for.
pub async fn run(
    arguments: &Arguments,
    everywhere: &Everywhere,
    output: &mut Output,
) -> Result<Exit, Error> {
    let desired = declarations::load_one(everywhere, &arguments.name, output.message_style())?;
    let session = Session::open(
        &arguments.reading,
        declarations::state_folder(everywhere)?,
        Keep::Nothing,
    )?;
    let options = arguments.allowed.options();
    let facts = survey::for_plan(&session, &desired, options).await?;
    let live = plan::plan(&desired, &facts.observed, options)
        .map_err(|refusal| Failure::Refused(refusal).into_error(&desired.partition))?;
    if !has_changes(&live) {
        output.message("Nothing to do, and so nothing to rehearse.\n");
        session.close()?;
        return Ok(Exit::Done);
    }
    let observed = whole(&facts.client, facts.observed).await?;
    session.close()?;

    let copied = copy::copy(&desired, &observed)?;
    let mut scene = scene(
        format!("copy of {}", desired.cluster.identifier),
        &copied.world,
        desired,
        options,
    )?;
    scene.poll_interval = arguments.poll_interval();
    scene.ended_runs.clone_from(&observed.ended_runs);
    scene.is_witnessed = is_asked(&scene.desired, &observed);
    let undisturbed = crew::alone(&scene, &Schedule::undisturbed())?;
    is_the_same_plan(&live, &undisturbed, output)?;
    scene.end = Some(undisturbed.state.clone());

    let command = format!(
        "auroractl rehearse {}{}{}",
        quoted(&arguments.name),
        arguments.allowed.as_typed(),
        arguments.reading.as_typed()
    );
    let mut tally = Tally::new(std::slice::from_ref(&live), &undisturbed, command);
    if let Some(further) = arguments.faults.checked_sub(1) {
        let Some(last) = arguments.seed.checked_add(further) else {
            return Err(Error::failed(format!(
                "--seed {} and --faults {} lead beyond the last seed, {}",
                arguments.seed,
                arguments.faults,
                u64::MAX
            ))
            .hinted("begin with a smaller seed"));
        };
        let seeds = arguments.seed..=last;
        scene.is_told = arguments.faults == 1;
        // What a simulation asks over SQL by itself, a run on live does not ask: many schedules are played without it.
        let reference = if scene.is_witnessed && scene.desired.verify.sql.is_none() {
            scene.is_witnessed = false;
            &crew::alone(&scene, &Schedule::undisturbed())?
        } else {
            &undisturbed
        };
        scene.end = Some(reference.state.clone());
        let mut told = Vec::new();
        crew::all(&scene, &reference.points, seeds, |seed, schedule, play| {
            told.clone_from(&play.told);
            if scene.is_told {
                let words = schedule.in_words().into_iter().map(Told::Remark);
                told.splice(0..0, words);
            }
            tally.add(seed, schedule, &play);
        })?;
        if !arguments.json {
            tell(&told, output);
        }
        tally.end(arguments.seed, arguments.faults, reference.points.len());
    }
    let rehearsal = tally.rehearsal(
        &scene.desired,
        observed.backend,
        observed.at,
        copied.not_copied,
    );
    let text = if arguments.json {
        rehearsal::document(&rehearsal)?
    } else {
        rehearsal::render(&rehearsal, output.data_style())
    };
    output.data(&text);
    Ok(tally.exit())
}

/// What is rehearsed, in a world.
fn scene(
    name: String,
    world: &str,
    desired: Desired,
    options: plan::Options,
) -> Result<Scene, Error> {
    let simulator = Simulator::from_scenario(&name, world, sim::Options { speed: 1.0 })
        .map_err(|error| Error::failed(format!("cannot begin the {name}")).caused_by(error))?;
    Ok(Scene {
        image: simulator.image(),
        world: name,
        desired,
        options,
        ended_runs: BTreeSet::new(),
        is_witnessed: true,
        poll_interval: Duration::from_secs_f64(POLL_INTERVAL_SECONDS_DEFAULT),
        holder: Holder::of_this_process(),
        end: None,
        is_told: false,
    })
}

/// Rehearses a declaration in the world of a world file instead of a copy, for whoever tries many worlds. A plan that is
/// refused there ends with nothing begun.
///
/// # Errors
/// A world file that breaks its format.
pub fn in_world(
    world: &str,
    desired: Desired,
    options: plan::Options,
    seeds: std::ops::RangeInclusive<u64>,
) -> Result<Rehearsal, Error> {
    let name = "given world";
    let mut scene = scene(name.to_owned(), world, desired, options)?;
    let undisturbed = crew::alone(&scene, &Schedule::undisturbed())?;
    scene.end = Some(undisturbed.state.clone());
    let mut tally = Tally::new(&undisturbed.plans, &undisturbed, String::new());
    if !undisturbed.plans.is_empty() {
        let (first, points) = (*seeds.start(), undisturbed.points.len());
        let schedules = seeds.end().saturating_sub(first).saturating_add(1);
        crew::all(
            &scene,
            &undisturbed.points,
            seeds,
            |seed, schedule, play| {
                tally.add(seed, schedule, &play);
            },
        )?;
        tally.end(first, schedules, points);
    }
    let backend = Backend::Simulated {
        world: name.to_owned(),
    };
    let at = scene.image.clock();
    Ok(tally.rehearsal(&scene.desired, backend, at, Vec::new()))
}

/// Plays one schedule in the world of a world file and tells everything that happens, for whoever looks into a broken promise.
///
/// # Errors
/// A world file that breaks its format.
pub fn tell_in_world(
    world: &str,
    desired: Desired,
    options: plan::Options,
    seed: u64,
    output: &mut Output,
) -> Result<(), Error> {
    let mut scene = scene("given world".to_owned(), world, desired, options)?;
    let undisturbed = crew::alone(&scene, &Schedule::undisturbed())?;
    scene.end = Some(undisturbed.state);
    scene.is_told = true;
    let cluster = scene.desired.cluster.identifier.as_str();
    let schedule = Schedule::of(seed, &undisturbed.points, cluster);
    for line in schedule.in_words() {
        output.message(&format!("{line}\n"));
    }
    let play = crew::alone(&scene, &schedule)?;
    tell(&play.told, output);
    for violation in play.violations {
        output.data(&format!("{violation}\n"));
    }
    Ok(())
}

/// What a copy needs besides what the plan asked for: whole groups. Reads only.
async fn whole(client: &Client, mut observed: Observed) -> Result<Observed, Error> {
    let Some(cluster) = &observed.cluster else {
        return Ok(observed);
    };
    let mut questions = Vec::new();
    let attached = &cluster.parameter_group;
    let known: Vec<_> = observed
        .groups
        .values()
        .filter(|group| group.exists)
        .map(|group| group.name.clone())
        .chain([attached.clone()])
        .filter(|group| !group.is_default())
        .collect();
    for group in known {
        let read = observed.groups.get(&group);
        if read.is_none_or(|group| !group.user_parameters_read) {
            questions.push(Question::UserParameters(group.clone()));
        }
        if read.is_none_or(|group| group.tags.is_none()) {
            questions.push(Question::GroupTags(group));
        }
    }
    for group in cluster
        .members
        .values()
        .flat_map(|member| member.instance_groups.keys())
    {
        if !group.is_default() && !observed.instance_groups.contains_key(group) {
            questions.push(Question::InstanceGroup(group.clone()));
        }
    }
    if observed.snapshots.is_none() {
        questions.push(Question::Snapshots(cluster.identifier.clone()));
    }
    questions.sort();
    questions.dedup();
    for question in questions {
        observed.learn(observe::answer(client, &question).await?);
    }
    Ok(observed)
}

/// Whether the copy leads to what live leads to: otherwise a rehearsal would say nothing about live.
fn is_the_same_plan(live: &Plan, undisturbed: &Play, output: &Output) -> Result<(), Error> {
    let lines = |plan: &Plan| {
        let changes = plan.changes.iter().map(|change| {
            format!(
                "{:?}: {} -> {}\n",
                change.subject,
                change.from.as_deref().unwrap_or("nothing"),
                change.to.as_deref().unwrap_or("nothing")
            )
        });
        let actions = plan
            .actions
            .iter()
            .chain(&plan.deferred)
            .map(|action| format!("{}: {:?}\n", action.id, as_compared(&action.kind)));
        changes.chain(actions).collect::<String>()
    };
    let Some(copied) = undisturbed.plans.first() else {
        return Err(Error::failed(
            "the copy of the live cluster leads to no plan, so that it cannot be rehearsed",
        )
        .showing(format!("{:?}", undisturbed.outcome)));
    };
    let (live, copied) = (lines(live), lines(copied));
    // Where everything is staged already, the first run is the activation: a part of what was to be done.
    if live == copied || copied.lines().all(|line| live.contains(line)) {
        return Ok(());
    }
    Err(Error::failed(
        "the copy of the live cluster leads to another plan, so that it cannot be rehearsed",
    )
    .showing(unified(&live, &copied, output.message_style())))
}

/// An action without what could not be proven: the simulator's members can be asked whatever live is declared to prove.
fn as_compared(kind: &Kind) -> Kind {
    let mut kind = kind.clone();
    if let Kind::Verify(expectation) = &mut kind {
        expectation.not_proven.clear();
    }
    kind
}

fn tell(told: &[Told], output: &mut Output) {
    let mut progress = Progress::new(false, false, None, output.message_style());
    for line in told {
        match line {
            Told::Event(event) => progress.tell(event, output),
            Told::Remark(text) => output.message(&format!("{text}\n")),
        }
    }
    if !told.is_empty() {
        output.message("\n");
    }
}
