//! The program on one screen: arguments become a command, the command runs, its end becomes an exit code.

use crate::cli::{Cli, Color, Command, Speed};
use crate::commands;
use crate::error::{Error, Exit};
use crate::report::Output;
use anstream::ColorChoice;
use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// Runs the process's own command line.
pub fn run() -> Exit {
    let cli = match Cli::try_parse().and_then(Cli::check) {
        Ok(cli) => cli,
        Err(said) => return usage(&said),
    };
    let mut output = Output::standard(match cli.everywhere.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    });
    trace(cli.everywhere.verbose);
    let exit = runtime(cli.command.speed())
        .and_then(|runtime| runtime.block_on(dispatch(cli, &mut output)))
        .unwrap_or_else(|error| {
            let coloured = output.message_style().is_coloured();
            output.message(&error.render(coloured));
            error.exit()
        });
    match output.finish() {
        Ok(()) => exit,
        Err(failure) => {
            let error = Error::failed("cannot write to stdout").caused_by(failure);
            output.message(&error.render(false));
            exit.worse(Exit::Error)
        }
    }
}

async fn dispatch(cli: Cli, output: &mut Output) -> Result<Exit, Error> {
    let Cli {
        everywhere,
        command,
    } = cli;
    match command {
        Command::Validate(arguments) => commands::validate::run(&arguments, &everywhere, output),
        Command::Plan(arguments) => commands::plan::run(&arguments, &everywhere, output).await,
        Command::Apply(arguments) => commands::apply::run(&arguments, &everywhere, output).await,
        Command::Resume(arguments) => commands::resume::run(&arguments, &everywhere, output).await,
        Command::Rollback(arguments) => {
            commands::rollback::run(&arguments, &everywhere, output).await
        }
        Command::Failover(arguments) => {
            commands::failover::run(&arguments, &everywhere, output).await
        }
        Command::Approve(arguments) => commands::approve::run(&arguments, &everywhere, output),
        Command::Unlock(arguments) => commands::unlock::run(&arguments, &everywhere, output),
        Command::Drift(arguments) => commands::drift::run(&arguments, &everywhere, output).await,
        Command::Status(arguments) => commands::status::run(&arguments, &everywhere, output).await,
        Command::Verify(arguments) => commands::verify::run(&arguments, &everywhere, output).await,
        Command::Rehearse(arguments) => {
            commands::rehearse::run(&arguments, &everywhere, output).await
        }
        Command::Graph(arguments) => commands::graph::run(&arguments, &everywhere, output).await,
        Command::Simulate(arguments) => commands::simulate::run(&arguments, output).await,
        Command::Schema => commands::schema::run(output),
    }
}

/// One thread: waiting is most of the work. At the highest speed the clock is tokio's paused one, which jumps to the
/// next thing that happens as soon as nothing else is left to do.
fn runtime(speed: Option<Speed>) -> Result<Runtime, Error> {
    Builder::new_current_thread()
        .enable_all()
        .start_paused(speed == Some(Speed::Max))
        .build()
        .map_err(|error| Error::failed("cannot start the runtime").caused_by(error))
}

/// Help and version end with 0, misuse with 1: 2 says that there are changes.
fn usage(said: &clap::Error) -> Exit {
    // A reader that has gone needs no help.
    let _ = said.print();
    if said.use_stderr() {
        Exit::Error
    } else {
        Exit::Done
    }
}

fn trace(verbose: u8) {
    let filter = match verbose {
        0 => return,
        1 => "auroractl=debug",
        _ => "auroractl=trace,aws_config=debug,aws_sdk_rds=debug,aws_sdk_sts=debug",
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
