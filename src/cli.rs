//! The command line. The doc comments below are the help text.
//!
//! Goes in: arguments. Comes out: a `Cli`, or text that explains what would be understood. No option is accepted where
//! it does nothing.

mod approve;
mod failover;
mod rollback;
mod unfinished;

use crate::names::PartitionName;
use crate::plan::Options;
pub use approve::Approve;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
pub use failover::Failover;
pub use rollback::Rollback;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;
pub use unfinished::{Resume, Unlock};

/// Simulated seconds per real second while a simulated `apply` waits, unless told otherwise.
pub const SPEED_DEFAULT: f64 = 60.0;
/// The pause between two looks at AWS, in seconds, unless told otherwise.
pub const POLL_INTERVAL_SECONDS_DEFAULT: f64 = 5.0;
/// How a plan file's name ends; it tells a file from a partition.
pub const PLAN_FILE_ENDING: &str = ".json";

/// Plans and applies changes of Amazon Aurora PostgreSQL clusters.
///
/// Each partition (one cluster and its settings in one environment) is declared in a file. `plan` says what will happen
/// to the live cluster, which member restarts, why, and for how long writes stop; `apply` does it, readers first, and
/// proves each step; `drift` compares at any time and changes nothing.
#[derive(Debug, Parser)]
#[command(
    name = "auroractl",
    version,
    max_term_width = 100,
    propagate_version = false,
    after_help = "Everything can be tried without an AWS account:
  auroractl plan prod --simulate
  auroractl apply prod --simulate

Exit codes: 0 done, or nothing to do; 1 error; 2 changes or drift; 3 refused, nothing was changed;
4 paused and resumable; 5 outcome unknown, look before going on; 130 interrupted."
)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub everywhere: Everywhere,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What applies to every command.
#[derive(Clone, Debug, Args)]
pub struct Everywhere {
    /// Folder of declarations [default: `environments` here or in the nearest folder above]
    #[arg(long, global = true, value_name = "DIR")]
    pub environments: Option<PathBuf>,
    /// When to use colour; `auto` follows the terminal and NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say on stderr what is asked of AWS; twice for more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

impl Everywhere {
    /// The words that name the same folder again, with a space in front; empty where it is found by itself.
    pub fn as_typed(&self) -> String {
        self.environments
            .as_ref()
            .map_or_else(String::new, |folder| {
                format!(" --environments {}", quoted(&folder.to_string_lossy()))
            })
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// One verb.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check declarations, offline.
    Validate(Validate),
    /// Say what `apply` would do; change nothing.
    #[command(after_help = "Examples:
  auroractl plan prod
  auroractl plan --all --detailed-exitcode
  auroractl plan prod --out prod.plan.json && auroractl apply prod.plan.json
  auroractl plan prod --simulate")]
    Plan(Plan),
    /// Plan, ask, and do it: readers first, each step proven.
    #[command(after_help = "Examples:
  auroractl apply dev
  auroractl apply prod --activate
  auroractl apply prod.plan.json --auto-approve
  auroractl apply prod --simulate --simulate-speed max")]
    Apply(Apply),
    /// Go on with a run that was killed, stopped, or left in doubt.
    #[command(after_help = "Examples:
  auroractl resume
  auroractl resume 20260515-060500-prod-4f1c
  auroractl resume --assume-done 'reboot orders-2'")]
    Resume(Resume),
    /// Say that a run may go on behind a gate.
    #[command(after_help = "Example:
  auroractl approve 20260515-060500-prod-4f1c go-live --note 'dashboards are quiet'")]
    Approve(Approve),
    /// Take back what a run changed: plan, ask, and do it as `apply` does.
    #[command(after_help = "Examples:
  auroractl rollback 20260515-060500-prod-4f1c
  auroractl rollback 20260515-060500-prod-4f1c --activate
  auroractl rollback 20260515-060500-prod-4f1c --restore-snapshot")]
    Rollback(Rollback),
    /// A drill: move the writer to a reader, and measure for how long writes stop.
    #[command(after_help = "Examples:
  auroractl failover dev
  auroractl failover prod --to orders-2 --activate
  auroractl failover prod --simulate

Exit codes: 0 done; 2 done, and writes stopped for longer than the declared budget.")]
    Failover(Failover),
    /// Remove the lease of a run whose process is certainly gone.
    #[command(after_help = "Example:
  auroractl unlock --force 20260515-060500-prod-4f1c")]
    Unlock(Unlock),
    /// Compare declarations with live clusters; read only, for nightly runs.
    #[command(after_help = "Examples:
  auroractl drift prod
  auroractl drift --all --json")]
    Drift(Drift),
    /// Ask every witness whether the declaration is in force on every member; read only.
    #[command(after_help = "Examples:
  auroractl verify prod
  auroractl verify --all --json

Exit codes: 0 proven; 2 something is not as declared, or not proven.")]
    Verify(Verify),
    /// Copy a live cluster into the simulator and apply its plan there: undisturbed, and with kills and faults.
    #[command(after_help = "Examples:
  auroractl rehearse prod
  auroractl rehearse prod --faults 1000
  auroractl rehearse prod --faults 1 --seed 17")]
    Rehearse(Rehearse),
    /// Draw a live cluster: members, roles, classes, and what each still has to load.
    Status(Status),
    /// Draw the actions of a plan and which of them wait for which.
    #[command(after_help = "Example:
  auroractl graph prod | dot -Tsvg > prod.svg")]
    Graph(Graph),
    /// Serve a simulated AWS to any AWS client.
    #[command(after_help = "Example:
  auroractl simulate --listen 127.0.0.1:4510 --speed 60
  AWS_ENDPOINT_URL=http://127.0.0.1:4510 aws rds describe-db-clusters
  auroractl simulate --listen 127.0.0.1:4510 --postgres-port 5432

A ready line on stdout names the endpoint.")]
    Simulate(Simulate),
    /// Print the JSON Schema of a declaration.
    Schema,
}

/// `validate`.
#[derive(Debug, Args)]
pub struct Validate {
    /// Partitions to check [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// Which partitions.
    #[command(flatten)]
    pub selection: Selection,
    /// Save the plan of one partition for `apply FILE`
    #[arg(long, value_name = "FILE.plan.json", conflicts_with = "all")]
    pub out: Option<PathBuf>,
    /// Print a versioned JSON document
    #[arg(long)]
    pub json: bool,
    /// Exit with 2 when there is something to do
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// What is allowed.
    #[command(flatten)]
    pub allowed: Allowed,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// `apply`.
#[derive(Debug, Args)]
pub struct Apply {
    /// A partition, or a plan file that `plan --out` saved
    #[arg(value_name = "NAME|FILE.plan.json")]
    pub target: String,
    /// Do it without asking
    #[arg(long)]
    pub auto_approve: bool,
    /// Print each event as a line of JSON
    #[arg(long)]
    pub json: bool,
    /// Pause between two looks at AWS, in seconds; a simulation in process divides it by its speed
    #[arg(long, value_name = "SECONDS", default_value_t = POLL_INTERVAL_SECONDS_DEFAULT, value_parser = poll_interval)]
    pub poll_interval: f64,
    /// What is allowed.
    #[command(flatten)]
    pub allowed: Allowed,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// `drift`.
#[derive(Debug, Args)]
pub struct Drift {
    /// Which partitions.
    #[command(flatten)]
    pub selection: Selection,
    /// Print a versioned JSON document
    #[arg(long)]
    pub json: bool,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// Which partitions.
    #[command(flatten)]
    pub selection: Selection,
    /// Print a versioned JSON document
    #[arg(long)]
    pub json: bool,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// A partition
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Print a versioned JSON document
    #[arg(long)]
    pub json: bool,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// `rehearse`.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// A partition
    #[arg(value_name = "NAME")]
    pub name: String,
    /// How many schedules of kills and faults are played after the undisturbed run
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub faults: u64,
    /// The first schedule's seed; the others have the seeds after it
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Print a versioned JSON document
    #[arg(long)]
    pub json: bool,
    /// Pause between two looks at AWS, in seconds of the rehearsal's clock
    #[arg(long, value_name = "SECONDS", default_value_t = POLL_INTERVAL_SECONDS_DEFAULT, value_parser = poll_interval)]
    pub poll_interval: f64,
    /// What is allowed.
    #[command(flatten)]
    pub allowed: Allowed,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

impl Rehearse {
    /// The pause between two looks.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_secs_f64(self.poll_interval)
    }
}

/// `graph`.
#[derive(Debug, Args)]
pub struct Graph {
    /// A partition
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The language of the drawing
    #[arg(long, value_name = "LANGUAGE", default_value = "dot")]
    pub format: GraphFormat,
    /// What is allowed.
    #[command(flatten)]
    pub allowed: Allowed,
    /// Who is asked.
    #[command(flatten)]
    pub reading: Reading,
}

/// The language of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Graphviz.
    Dot,
    /// Mermaid, which many Markdown viewers draw.
    Mermaid,
}

/// `simulate`.
#[derive(Debug, Args)]
pub struct Simulate {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// World file [default: the built-in world]
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// Simulated seconds per real second
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = server_speed)]
    pub speed: f64,
    /// Answer SQL, too: each endpoint on an address of its own in 127.0.0.0/8, all on this port; 0 takes a free one
    #[arg(long, value_name = "PORT")]
    pub postgres_port: Option<u16>,
    /// What the AWS API tells as endpoints
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "addresses",
        requires = "postgres_port"
    )]
    pub postgres_endpoints: PostgresEndpoints,
    /// Encrypt SQL with this certificate (PEM; the chain, if there is one)
    #[arg(
        long,
        value_name = "FILE",
        requires = "postgres_port",
        requires = "postgres_key"
    )]
    pub postgres_certificate: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "postgres_certificate")]
    pub postgres_key: Option<PathBuf>,
}

/// What the simulated AWS API tells as endpoints where SQL is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PostgresEndpoints {
    /// Addresses that can be connected to.
    Addresses,
    /// Names as AWS forms them, which lead nowhere.
    Names,
}

/// Which partitions: by name, or all that are declared.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Selection {
    /// Partitions
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// Every declared partition
    #[arg(long)]
    pub all: bool,
}

impl Selection {
    /// The names; `None` for all.
    pub fn names(&self) -> Option<Vec<PartitionName>> {
        (!self.all).then(|| names(&self.names))
    }
}

/// What the command line allows beyond the declaration.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "What is allowed")]
pub struct Allowed {
    /// Restart members now, even outside the window
    #[arg(long)]
    pub activate: bool,
    /// Interrupt a cluster that has nothing to fail over to
    #[arg(long)]
    pub allow_downtime: bool,
    /// Reuse and reset a parameter group that auroractl did not make
    #[arg(long)]
    pub adopt: bool,
    /// Change a cluster that a CloudFormation stack owns
    #[arg(long)]
    pub take_ownership: bool,
    /// Go on even if AWS's own maintenance window would apply a queued change first
    #[arg(long)]
    pub accept_maintenance_flush: bool,
    /// Let a reader that is smaller than the writer take over the writes
    #[arg(long)]
    pub allow_smaller_writer: bool,
}

impl Allowed {
    /// The same for the planner.
    pub fn options(self) -> Options {
        let Self {
            activate,
            allow_downtime,
            adopt,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        } = self;
        Options {
            activate,
            allow_downtime,
            adopt,
            take_ownership,
            accept_maintenance_flush,
            allow_smaller_writer,
        }
    }

    /// The words that allow the same again, each with a space in front.
    pub fn as_typed(self) -> String {
        self.options()
            .given()
            .map(|name| format!(" {name}"))
            .collect()
    }
}

/// What follows a run in a command that is printed, so that it finds that run: the declarations, the world and the place that
/// this command was given, each with a space in front.
pub fn typed(everywhere: &Everywhere, reading: &Reading) -> String {
    let folder = everywhere
        .environments
        .as_ref()
        .map(|folder| format!(" --environments {}", quoted(&folder.to_string_lossy())));
    format!("{}{}", folder.unwrap_or_default(), reading.as_typed())
}

/// Who is asked: AWS, or the simulator inside this process.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Simulation")]
pub struct Reading {
    /// Ask a simulated AWS inside this process: the built-in world, or a world file
    #[arg(
        long,
        value_name = "WORLD",
        num_args = 0..=1,
        require_equals = true,
    )]
    #[allow(clippy::option_option)]
    pub simulate: Option<Option<PathBuf>>,
    /// Simulated seconds per real second, or `max` [default: 60 in `apply`, `resume`, `rollback` and `failover`, else `max`: nothing else waits]
    #[arg(long, value_name = "N|max", requires = "simulate")]
    pub simulate_speed: Option<Speed>,
    /// Begin the simulated world anew
    #[arg(long, requires = "simulate")]
    pub fresh_world: bool,
    /// Keep runs and leases there: a folder, or s3://BUCKET/PREFIX [default: as declared, or `.auroractl` beside the declarations]
    #[arg(
        long,
        value_name = "PLACE",
        help_heading = "Runs",
        env = "AURORACTL_STORE",
        hide_env_values = true
    )]
    pub store: Option<String>,
}

impl Reading {
    /// Where runs are kept, as it was typed, if the command line or the environment says so.
    pub fn place(&self) -> Option<&str> {
        self.store.as_deref().filter(|place| !place.is_empty())
    }

    /// How fast simulated time passes; `None` when AWS is asked. A command that only looks takes no simulated time
    /// unless told otherwise, so that looking twice shows the same.
    pub fn speed(&self, waits: bool) -> Option<Speed> {
        self.simulate.as_ref()?;
        let default = if waits {
            Speed::Times(SPEED_DEFAULT)
        } else {
            Speed::Max
        };
        Some(self.simulate_speed.unwrap_or(default))
    }

    /// The words that ask for the same again, with a space in front; empty when AWS is asked.
    pub fn as_typed(&self) -> String {
        let mut typed = match &self.simulate {
            None => String::new(),
            Some(None) => " --simulate".to_owned(),
            Some(Some(world)) => format!(" --simulate={}", quoted(&world.to_string_lossy())),
        };
        if let Some(place) = self.place() {
            typed.push_str(&format!(" --store {}", quoted(place)));
        }
        typed
    }
}

/// How fast simulated time passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// Simulated seconds per real second.
    Times(f64),
    /// As fast as the processor allows: the clock jumps to the next thing that happens.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        positive(text)
            .map(Self::Times)
            .map_err(|problem| format!("{problem}, or `max`"))
    }
}

impl Command {
    /// How fast simulated time passes in this command; `None` when it does not simulate in process.
    pub fn speed(&self) -> Option<Speed> {
        match self {
            Self::Resume(resume) => resume.reading.speed(true),
            Self::Rollback(rollback) => rollback.reading.speed(true),
            Self::Failover(failover) => failover.reading.speed(true),
            Self::Unlock(unlock) => unlock.reading.speed(false),
            Self::Approve(approve) => approve.reading.speed(false),
            Self::Plan(plan) => plan.reading.speed(false),
            Self::Apply(apply) => apply.reading.speed(true),
            Self::Drift(drift) => drift.reading.speed(false),
            Self::Verify(verify) => verify.reading.speed(false),
            Self::Status(status) => status.reading.speed(false),
            Self::Rehearse(rehearse) => rehearse.reading.speed(false),
            Self::Graph(graph) => graph.reading.speed(false),
            Self::Validate(_) | Self::Simulate(_) | Self::Schema => None,
        }
    }

    /// Whether the command reads declarations.
    fn reads_declarations(&self) -> bool {
        match self {
            Self::Simulate(_) | Self::Schema => false,
            Self::Apply(apply) => !apply.is_file(),
            _ => true,
        }
    }
}

impl Apply {
    /// Whether the target is a plan file.
    pub fn is_file(&self) -> bool {
        self.target.ends_with(PLAN_FILE_ENDING)
    }

    /// The target as a path.
    pub fn file(&self) -> &Path {
        Path::new(&self.target)
    }

    /// The pause between two looks on the wall.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_secs_f64(self.poll_interval)
    }
}

impl Cli {
    /// What the types above cannot say: options that would do nothing.
    ///
    /// # Errors
    /// The same error as for any other misuse.
    pub fn check(self) -> Result<Self, clap::Error> {
        use clap::error::ErrorKind::ArgumentConflict;
        let conflict = |text: &str| {
            use clap::CommandFactory as _;
            Err(Self::command().error(ArgumentConflict, text))
        };
        if self.everywhere.environments.is_some() && !self.command.reads_declarations() {
            return conflict("`--environments` does nothing here: no declaration is read");
        }
        if let Command::Plan(plan) = &self.command
            && plan.out.is_some()
            && plan.selection.names.len() != 1
        {
            return conflict("`--out` saves the plan of one partition: name exactly one");
        }
        if let Command::Plan(plan) = &self.command
            && let Some(out) = &plan.out
            && !out.to_string_lossy().ends_with(PLAN_FILE_ENDING)
        {
            return conflict(
                "`--out` needs a name that ends with `.json`, by which `apply` tells a plan file from a partition",
            );
        }
        if let Command::Resume(Resume { reading, .. })
        | Command::Unlock(Unlock { reading, .. })
        | Command::Approve(Approve { reading, .. })
        | Command::Rollback(Rollback { reading, .. }) = &self.command
            && reading.fresh_world
        {
            return conflict("`--fresh-world` would take the run away with the world");
        }
        if let Command::Resume(resume) = &self.command
            && let Some(both) = resume
                .assume_done
                .iter()
                .find(|action| resume.redo.contains(action))
        {
            return conflict(&format!(
                "`{both}` cannot be assumed done and be done again"
            ));
        }
        if let Command::Apply(apply) = &self.command
            && apply.is_file()
            && apply.allowed.options() != Options::default()
        {
            return conflict(
                "a plan file carries what was allowed when it was made: give these options to `plan --out`",
            );
        }
        Ok(self)
    }
}

/// Partition names from the command line.
pub fn names(texts: &[String]) -> Vec<PartitionName> {
    let mut names: Vec<PartitionName> = Vec::new();
    for text in texts {
        let name = PartitionName::new(text);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A word as a shell takes it: in quotes where it holds anything that a shell would change.
pub fn quoted(word: &str) -> String {
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "_-./:=@%+,".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}

fn poll_interval(text: &str) -> Result<f64, String> {
    let seconds = positive(text)?;
    // Longer pauses would miss the short states that show that an operation began.
    if seconds > 300.0 {
        return Err(
            "at most 300 seconds: a longer pause misses what happens in between".to_owned(),
        );
    }
    Ok(seconds)
}

fn server_speed(text: &str) -> Result<f64, String> {
    if text == "max" {
        return Err(
            "a server cannot run at `max`: its clients live in real time; give a number".to_owned(),
        );
    }
    positive(text)
}

#[cfg(test)]
mod tests;
