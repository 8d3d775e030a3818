//! A declared command: run once, with the run's facts in its environment, its output kept beside the journal.
//!
//! Goes in: the step as planned. Comes out: done, or a stop before anything further. In a simulation inside the process
//! nothing is run: what comes of it is declared.

use super::call;
use super::context::Context;
use super::facts::Facts;
use super::kept::Kept;
use super::mask::Mask;
use super::process::{self, End, Order, Witness};
use super::run::Run;
use super::step::{Done, tell_finished};
use super::stop::{Stop, with_causes};
use crate::aws::observe;
use crate::event::Event;
use crate::journal::{Holder, Kind as Entry, Outcome, State, Verdict};
use crate::names::ActionId;
use crate::observed::{Backend, Cluster};
use crate::plan::action::{Action, Command, Kind, Simulated, Variable};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What every command is given of the environment of auroractl.
const INHERITED: [&str; 10] = [
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ",
];

/// Runs the command, or says what became of it in an earlier process.
pub(super) async fn perform(
    run: &Run<'_>,
    action: &Action,
    command: &Command,
    started: Timestamp,
) -> Result<Done, Stop> {
    let state = run.record.ask(|replay| replay.state(&action.id));
    if let State::Accepted { .. } = state {
        let proof = if run.earlier.assumed.contains(&action.id) {
            "a person said that it is done"
        } else {
            "exit code 0, in an earlier process of the run"
        };
        return finish(run, action, started, proof.to_owned());
    }
    if state.is_in_doubt() {
        return settle(run, action, command, &state);
    }
    let mut tried = 0;
    loop {
        run.may_send(action)?;
        let because = match Box::pin(attempt(run, action, command)).await? {
            Came::Succeeded(proof) => return finish(run, action, started, proof),
            Came::Failed(because) => because,
        };
        if tried == command.retries {
            let resume = &run.context.commands.resume;
            let because = format!(
                "{because}; resume runs it once more; where it is done otherwise: {resume} --assume-done '{}'",
                action.id
            );
            tell_failed(run, action, &because);
            return Err(Stop::Paused(because));
        }
        tried += 1;
        run.record.remark(&format!(
            "{because}; it is run again in {} s ({tried} of {})",
            command.retry_after_seconds, command.retries
        ));
        tokio::select! {
            biased;
            () = run.interruption() => return Err(Stop::Interrupted),
            () = tokio::time::sleep(Duration::from_secs(u64::from(command.retry_after_seconds))) => {}
        }
    }
}

/// An earlier process ended while the command ran.
fn settle(run: &Run<'_>, action: &Action, command: &Command, state: &State) -> Result<Done, Stop> {
    let id = &action.id;
    if let Some(process) = run.earlier.process(id)
        && still_runs(run.context, process)
    {
        let number = process.process;
        return Err(Stop::Paused(format!(
            "`{id}`: process {number}, which an earlier process of the run started, still runs; wait until it ends, or end it and all that it started: kill -- -{number}"
        )));
    }
    let why = match state {
        State::Failed { .. } => "it was ended before it was over",
        _ => "the process of the run ended while it ran",
    };
    if command.repeat {
        run.record.settled(
            id,
            Verdict::DidNotHappen,
            &format!("{why}; it is declared that it may be run again"),
        )?;
        run.record.remark(&format!(
            "`{id}`: {why}; it is run again when its turn comes"
        ));
        return Ok(Done::NotYet);
    }
    Err(unknown(run, action, why))
}

/// Nobody knows how far it came, and it is not declared that it may be run again.
fn unknown(run: &Run<'_>, action: &Action, why: &str) -> Stop {
    let id = &action.id;
    let resume = &run.context.commands.resume;
    let output = run.folder.output_name(
        run.context.plan,
        id,
        run.record.ask(|replay| replay.attempts(id)),
    );
    let because = format!("`{id}`: {why}, and nobody knows how far it came");
    Stop::Unknown {
        because,
        hints: vec![
            format!("what it printed last: {output}"),
            format!("if it is done: {resume} --assume-done '{id}'"),
            format!("if it is to be run again: {resume} --redo '{id}'"),
            "where running it twice does no harm, declare `repeat = true`: it is not asked then"
                .to_owned(),
        ],
    }
}

/// Whether a process of this machine, started for this run, still lives.
fn still_runs(context: &Context<'_>, process: &Holder) -> bool {
    if process.is_gone(&Holder::of_this_process()) != Some(false) {
        return false;
    }
    // Numbers are given again; only a process of this run carries its id.
    let mark = format!("AURORACTL_RUN={}", context.run);
    match std::fs::read(format!("/proc/{}/environ", process.process)) {
        Ok(environment) => environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == mark.as_bytes()),
        Err(_) => true,
    }
}

/// What came of one attempt.
enum Came {
    Succeeded(String),
    Failed(String),
}

async fn attempt(run: &Run<'_>, action: &Action, command: &Command) -> Result<Came, Stop> {
    let id = &action.id;
    let Context { plan, run: own, .. } = run.context;
    let call = call::call(plan, own, &action.kind, None, run.record.now());
    let is_run = is_run(run.context);
    let cluster = if is_run {
        look(run, action).await?
    } else {
        None
    };
    run.record.intent(id, call, &Facts::default())?;
    if let Err(stop) = run.still_holds(action) {
        run.record.failed(
            id,
            Outcome::Known,
            "the lease was over before it was started; nothing was started",
        );
        return Err(stop);
    }
    let came = if is_run {
        Box::pin(execute(run, action, command, cluster.as_ref())).await?
    } else {
        declared(command.simulated)
    };
    match &came {
        Came::Succeeded(_) => run.record.accepted(id, None)?,
        Came::Failed(because) => run.record.failed(id, Outcome::Known, because),
    }
    Ok(came)
}

fn declared(simulated: Simulated) -> Came {
    match simulated {
        Simulated::Success => {
            Came::Succeeded("not run in a simulation; declared to succeed".to_owned())
        }
        Simulated::Failure => Came::Failed("not run in a simulation; declared to fail".to_owned()),
    }
}

/// Whether commands are run at all: not where the simulator is inside this process.
fn is_run(context: &Context<'_>) -> bool {
    !matches!(context.client.backend(), Backend::Simulated { .. })
}

/// The cluster as it is; AWS's clock is read with it.
async fn look(run: &Run<'_>, action: &Action) -> Result<Option<Cluster>, Stop> {
    let Context { client, plan, .. } = run.context;
    observe::cluster(client, &plan.target.cluster)
        .await
        .map_err(|error| match Stop::of_aws(&error) {
            Stop::Failed { because, hints } => Stop::Failed {
                because: format!("before `{}`: {because}", action.id),
                hints,
            },
            Stop::Paused(because) => Stop::Paused(format!("before `{}`: {because}", action.id)),
            stop => stop,
        })
}

/// Writes down what happens while the command runs.
struct Scribe<'a, 'b> {
    run: &'a Run<'b>,
    id: &'a ActionId,
    attempt: u32,
    /// Why the command was not wanted any more.
    refused: Option<Stop>,
    /// Whether it was said that output is not kept.
    has_said: bool,
}

impl Scribe<'_, '_> {
    fn keep(&mut self, text: &[u8]) {
        let plan = self.run.context.plan;
        let kept = self
            .run
            .folder
            .keep_output(plan, self.id, self.attempt, text);
        if let Err(error) = kept
            && !std::mem::replace(&mut self.has_said, true)
        {
            self.run.record.remark(&format!(
                "`{}`: its output is not kept: {}",
                self.id,
                with_causes(&error)
            ));
        }
    }
}

impl Witness for Scribe<'_, '_> {
    fn started(&mut self, number: u32) -> bool {
        let Self { run, id, .. } = self;
        let process = Holder {
            process: number,
            ..run.context.holder.clone()
        };
        let written = run.record.write(Entry::CommandStarted {
            action: (*id).clone(),
            process,
        });
        if let Err(error) = written {
            self.refused = Some(Stop::Unknown {
                because: format!(
                    "`{id}` was started, and ended again because that cannot be recorded: {}",
                    with_causes(&error)
                ),
                hints: Vec::new(),
            });
            return false;
        }
        run.record.tell(&Event::Waiting {
            at: run.record.now(),
            action: (*id).clone(),
            seen: format!(
                "runs; output in {}",
                run.folder.output_name(run.context.plan, id, self.attempt)
            ),
        });
        true
    }

    fn printed(&mut self, kept: &Kept) {
        self.keep(&kept.text());
    }
}

async fn execute(
    run: &Run<'_>,
    action: &Action,
    command: &Command,
    cluster: Option<&Cluster>,
) -> Result<Came, Stop> {
    let id = &action.id;
    let Context {
        directory, plan, ..
    } = run.context;
    let attempt = run.record.ask(|replay| replay.attempts(id));
    let order = Order {
        command: &command.command,
        directory,
        environment: environment(run, action, command, cluster, attempt),
        time_limit: Duration::from_secs(u64::from(command.time_limit_seconds)),
    };
    let mut kept = Kept::new(mask(command), command.keep_output_bytes);
    let mut scribe = Scribe {
        run,
        id,
        attempt,
        refused: None,
        has_said: false,
    };
    let ended = Box::pin(process::run(&order, &mut kept, &mut scribe)).await;
    if ended.is_ok() {
        scribe.keep(&kept.text());
    }
    // The action after it is judged by AWS's clock, which stood still meanwhile. It looks for itself, so that an error here
    // is no reason to stop.
    let _ = look(run, action).await;
    let program = in_short(&kept.masked(&command.command.join(" ")));
    let output = run.folder.output_name(plan, id, attempt);
    let printed = match kept.last_line() {
        Some(line) => format!(", after it printed \"{line}\" (all of it: {output})"),
        None => String::new(),
    };
    let end = match ended {
        Ok(Some(end)) => end,
        Ok(None) => {
            return Err(scribe.refused.unwrap_or(Stop::Withdrawn));
        }
        Err(error) => {
            return Ok(Came::Failed(format!(
                "`{id}`: `{program}` cannot be run in {}: {error}",
                directory.display()
            )));
        }
    };
    let how = match end {
        End::Exited(status) if status.success() => {
            return Ok(Came::Succeeded(format!("exit code 0; output in {output}")));
        }
        End::Exited(status) => match status.code() {
            Some(code) => {
                return Ok(Came::Failed(format!(
                    "`{id}`: `{program}` ended with exit code {code}{printed}"
                )));
            }
            None => format!("`{program}` was ended from outside ({status}){printed}"),
        },
        End::TimeUp => format!(
            "`{program}` was ended because it took longer than {} s{printed}",
            command.time_limit_seconds
        ),
    };
    if command.repeat {
        return Ok(Came::Failed(format!("`{id}`: {how}")));
    }
    let stop = unknown(run, action, &how);
    if let Stop::Unknown { because, .. } = &stop {
        run.record.failed(id, Outcome::Unknown, because);
    }
    Err(stop)
}

/// The values that nobody may read.
fn mask(command: &Command) -> Mask {
    let taken = command
        .environment
        .values()
        .filter_map(|value| match value {
            Variable::From {
                variable,
                masked: true,
            } => Some(variable),
            _ => None,
        });
    Mask::new(
        taken
            .chain(&command.mask)
            .filter_map(std::env::var_os)
            .map(OsString::into_encoded_bytes),
    )
}

/// All of a command's environment.
fn environment(
    run: &Run<'_>,
    action: &Action,
    command: &Command,
    cluster: Option<&Cluster>,
    attempt: u32,
) -> Vec<(OsString, OsString)> {
    let Context { plan, run: id, .. } = run.context;
    let mut environment: BTreeMap<OsString, OsString> = INHERITED
        .iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
        .collect();
    for (name, value) in &command.environment {
        let value = match value {
            Variable::Text(text) => Some(OsString::from(text)),
            Variable::From { variable, .. } => std::env::var_os(variable),
        };
        if let Some(value) = value {
            environment.insert(OsString::from(name), value);
        }
    }
    let step = match &action.kind {
        Kind::Command { step, .. } => step.as_str(),
        _ => "",
    };
    let mut tell = |name: &str, value: &str| {
        environment.insert(
            OsString::from(format!("AURORACTL_{name}")),
            OsString::from(value),
        );
    };
    tell("RUN", id.as_str());
    tell("STEP", step);
    tell("ACTION", action.id.as_str());
    tell("ATTEMPT", &attempt.to_string());
    tell("PARTITION", plan.partition.as_str());
    tell("ACCOUNT", plan.target.account.as_str());
    tell("REGION", plan.target.region.as_str());
    tell("CLUSTER", plan.target.cluster.as_str());
    if let Some(cluster) = cluster {
        tell("ENDPOINT", cluster.endpoint.as_deref().unwrap_or_default());
        tell(
            "READER_ENDPOINT",
            cluster.reader_endpoint.as_deref().unwrap_or_default(),
        );
        let writer = cluster.writer().map(|writer| writer.identifier.as_str());
        tell("WRITER", writer.unwrap_or_default());
    }
    environment.into_iter().collect()
}

fn finish(run: &Run<'_>, action: &Action, started: Timestamp, proof: String) -> Result<Done, Stop> {
    run.record
        .finished(&action.id, run.record.seconds_since(started), &proof)?;
    tell_finished(run, action, started, proof);
    Ok(Done::Carried)
}

fn tell_failed(run: &Run<'_>, action: &Action, because: &str) {
    run.record.tell(&Event::ActionFailed {
        at: run.record.now(),
        action: action.id.clone(),
        because: because.to_owned(),
    });
}

/// What the commands of a plan need and what is not there, as far as that can be seen before anything is changed: programs,
/// and variables that they take from the environment.
pub(super) fn missing(context: &Context<'_>, is_left: &dyn Fn(&ActionId) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    if !is_run(context) {
        return missing;
    }
    for action in &context.plan.actions {
        let Kind::Command { step, runs } = &action.kind else {
            continue;
        };
        if !is_left(&action.id) {
            continue;
        }
        let mut say = |text: String| {
            if !missing.contains(&text) {
                missing.push(text);
            }
        };
        for (name, value) in &runs.environment {
            if let Variable::From { variable, .. } = value
                && std::env::var_os(variable).is_none()
            {
                say(format!(
                    "step `{step}` takes {name} from the environment variable {variable}, which is not set"
                ));
            }
        }
        if let Some(program) = runs.command.first()
            && find(program, &context.directory, runs).is_none()
        {
            say(format!(
                "step `{step}` runs `{program}`, which is not there ({})",
                if program.contains('/') {
                    format!("looked for in {}", context.directory.display())
                } else {
                    "looked for on PATH".to_owned()
                }
            ));
        }
    }
    missing
}

/// Where a program is, as the system looks for it.
fn find(program: &str, directory: &Path, runs: &Command) -> Option<PathBuf> {
    let is_file = |path: PathBuf| path.is_file().then_some(path);
    if program.contains('/') {
        return is_file(directory.join(program));
    }
    let path = match runs.environment.get("PATH") {
        Some(Variable::Text(text)) => Some(OsString::from(text)),
        Some(Variable::From { variable, .. }) => std::env::var_os(variable),
        None => std::env::var_os("PATH"),
    };
    std::env::split_paths(&path?).find_map(|folder| is_file(directory.join(folder).join(program)))
}

/// As much of a command as a message needs.
fn in_short(command: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let line = command.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(CHARACTERS_MAX).collect();
    if short.len() < command.len() {
        short.push('…');
    }
    short
}
