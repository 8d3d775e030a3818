//! The benchmark of `auroractl plan`: `cargo run --release --example benchmark`.
//!
//! Plans 4, 50 and 200 partitions that are as declared, against a server that answers at once and one that takes 50 ms for
//! each answer, and reads the same facts with a bare SDK program. Comes out: a table, and exit code 1 where auroractl takes
//! more than one and a half times the bare reader's wall time, or sends more than one request more.
//! With `simulator` it measures the simulator instead ([`simulator`]).

#![allow(clippy::print_stdout)]

mod bare;
mod fleet;
mod measure;
mod replay;
mod simulator;

use measure::Measured;
use replay::Server;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

/// Fleets that are planned.
const PARTITIONS: [usize; 3] = [4, 50, 200];
/// How long the slow server takes for each answer.
const SLOW: Duration = Duration::from_millis(50);
/// Runs of each program in each row; the table shows medians.
const RUNS: usize = 21;
/// The most that auroractl's wall time may be, as a multiple of the bare reader's.
const RATIO_MOST: f64 = 1.5;
/// The most requests that auroractl may send beyond the bare reader's: the caller identity.
const REQUESTS_MORE: usize = 1;

/// Asks this program to run as the bare reader, or to measure another.
const BARE: &str = "bare-reader";
const MEASURE: &str = "measure-child";
/// Asks for the benchmark of the simulator.
const SIMULATOR: &str = "simulator";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let done = match arguments.next().as_deref().map(OsStr::to_string_lossy) {
        None => benchmark(),
        Some(word) if word == BARE => read(arguments),
        Some(word) if word == MEASURE => measure::measure(arguments).and_then(|measured| {
            println!("{}", serde_json::to_string(&measured)?);
            Ok(ExitCode::SUCCESS)
        }),
        Some(word) if word == SIMULATOR => simulator::benchmark(),
        Some(word) if word == simulator::CHILD => clusters(arguments).and_then(simulator::child),
        Some(word) => Err(format!(
            "`{word}` is not understood: the benchmark takes no arguments, or `{SIMULATOR}`"
        )
        .into()),
    };
    done.unwrap_or_else(|error| {
        // Whatever the figures: there is no table without its reason.
        println!("benchmark: {error}");
        ExitCode::FAILURE
    })
}

/// One row: a fleet, and how it is answered.
struct Case {
    partitions: usize,
    pause: Duration,
    secure: bool,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = vec![Self {
            partitions: 4,
            pause: Duration::ZERO,
            secure: true,
        }];
        for pause in [Duration::ZERO, SLOW] {
            cases.extend(PARTITIONS.map(|partitions| Self {
                partitions,
                pause,
                secure: false,
            }));
        }
        cases
    }

    fn server(&self) -> String {
        match (self.pause, self.secure) {
            (Duration::ZERO, true) => "at once, https".to_owned(),
            (Duration::ZERO, false) => "at once".to_owned(),
            (pause, _) => format!("{} ms", pause.as_millis()),
        }
    }
}

/// One program in one row.
struct Figures {
    requests: usize,
    measured: Measured,
}

fn benchmark() -> Result<ExitCode, Box<dyn Error>> {
    let auroractl = built()?;
    println!("medians of {RUNS} runs after a warm-up\n");
    println!(
        "{:26}{:^15}  {:^23}  {:^16}  {:^16}",
        "", "requests", "wall ms", "CPU ms", "peak MiB"
    );
    let pair = format!("{:>9}  {:>4}", "auroractl", "bare");
    let wide_pair = format!("{:>9}  {:>5}", "auroractl", "bare");
    println!(
        "partitions  {:<13} {pair}  {wide_pair}  ratio  {wide_pair}  {wide_pair}",
        "answers"
    );
    let mut exceeded = Vec::new();
    for case in Case::all() {
        let (ours, bare) = run(&case, &auroractl)?;
        let ratio = ours.measured.wall.as_secs_f64() / bare.measured.wall.as_secs_f64();
        println!(
            "{:>10}  {:<13} {:>9}  {:>4}  {:>9.1}  {:>5.1}  {ratio:>5.2}  {:>9.1}  {:>5.1}  {:>9.1}  {:>5.1}",
            case.partitions,
            case.server(),
            ours.requests,
            bare.requests,
            milliseconds(ours.measured.wall),
            milliseconds(bare.measured.wall),
            milliseconds(ours.measured.work),
            milliseconds(bare.measured.work),
            mebibytes(ours.measured.memory_bytes),
            mebibytes(bare.measured.memory_bytes),
        );
        if ratio > RATIO_MOST || ours.requests > bare.requests + REQUESTS_MORE {
            exceeded.push(format!("{} partitions, {}", case.partitions, case.server()));
        }
    }
    let target = format!(
        "at most {RATIO_MOST} times the bare reader's wall time, and {REQUESTS_MORE} request more"
    );
    if exceeded.is_empty() {
        println!("\nwithin the target everywhere: {target}");
        Ok(ExitCode::SUCCESS)
    } else {
        println!(
            "\nbeyond the target ({target}) with: {}",
            exceeded.join("; ")
        );
        Ok(ExitCode::FAILURE)
    }
}

/// Measures both programs in turn, so that whatever else the machine does meets both alike.
fn run(case: &Case, auroractl: &Path) -> Result<(Figures, Figures), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let environments = folder.path().join("environments");
    std::fs::create_dir(&environments)?;
    fleet::declare(&environments, case.partitions)?;
    let server = Server::start(&fleet::world(case.partitions))?;
    std::fs::write(folder.path().join("certificate.pem"), &server.certificate)?;
    let endpoint = if case.secure {
        &server.secure
    } else {
        &server.plain
    };
    let this = std::env::current_exe()?;
    let ours: [&OsStr; 4] = [
        auroractl.as_os_str(),
        "plan".as_ref(),
        "--all".as_ref(),
        // Anything but "as declared" fails the run.
        "--detailed-exitcode".as_ref(),
    ];
    let partitions = OsString::from(case.partitions.to_string());
    let bare: [&OsStr; 4] = [
        this.as_os_str(),
        BARE.as_ref(),
        &partitions,
        if case.secure { "https" } else { "http" }.as_ref(),
    ];
    let once = |command: &[&OsStr]| -> Result<Figures, Box<dyn Error>> {
        server.requests();
        let output = Command::new(&this)
            .arg(MEASURE)
            .args(command)
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", fleet::ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", "benchmark")
            .env("SSL_CERT_FILE", folder.path().join("certificate.pem"))
            .stderr(std::process::Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stdout).trim().into());
        }
        Ok(Figures {
            measured: serde_json::from_slice(&output.stdout)?,
            requests: server.requests(),
        })
    };
    once(&ours)?;
    once(&bare)?;
    server.pause(case.pause);
    let (mut ours_runs, mut bare_runs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours_runs.push(once(&ours)?);
        bare_runs.push(once(&bare)?);
    }
    Ok((together(&ours_runs)?, together(&bare_runs)?))
}

/// The medians of the runs, and their requests, which must be the same each time.
fn together(runs: &[Figures]) -> Result<Figures, Box<dyn Error>> {
    let measured: Vec<Measured> = runs.iter().map(|run| run.measured).collect();
    let measured = measure::median(&measured).ok_or("no run was measured")?;
    let counts: Vec<usize> = runs.iter().map(|run| run.requests).collect();
    match counts.first() {
        Some(&requests) if counts.iter().all(|count| *count == requests) => {
            Ok(Figures { requests, measured })
        }
        _ => Err(format!("the number of requests differs from run to run: {counts:?}").into()),
    }
}

/// How many clusters a world is to have.
fn clusters(mut arguments: impl Iterator<Item = OsString>) -> Result<usize, Box<dyn Error>> {
    let count = arguments
        .next()
        .and_then(|text| text.to_str()?.parse().ok());
    count.ok_or_else(|| "how many clusters?".into())
}

/// The bare reader, which fails where it does not find what was declared.
fn read(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, Box<dyn Error>> {
    let partitions = arguments
        .next()
        .and_then(|text| text.to_str()?.parse().ok())
        .ok_or("how many partitions?")?;
    let secure = arguments.next().is_some_and(|scheme| scheme == "https");
    let found = bare::read(partitions, secure)?;
    if found == bare::Read::expected(partitions) {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(format!("the bare reader found {found:?}").into())
    }
}

/// The release binary, built if it is not up to date.
fn built() -> Result<PathBuf, Box<dyn Error>> {
    if cfg!(debug_assertions) {
        return Err(
            "the figures mean nothing without --release: cargo run --release --example benchmark"
                .into(),
        );
    }
    // Cargo names itself to what it runs.
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build
            .args(["build", "--release", "--bin", "auroractl"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        // Cargo also describes the package to what it runs; left in place, build scripts that watch these variables (ring's
        // does) run again, and all that depends on them is compiled again.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                build.env_remove(&name);
            }
        }
        let status = build.status()?;
        if !status.success() {
            return Err("auroractl could not be built".into());
        }
    }
    let this = std::env::current_exe()?;
    let folder = this.ancestors().nth(2).unwrap_or(Path::new("."));
    let binary = folder.join(format!("auroractl{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
        Ok(binary)
    } else {
        Err(format!("there is no {}: cargo build --release", binary.display()).into())
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn mebibytes(bytes: u64) -> f64 {
    // Exact far beyond any process's memory.
    bytes as f64 / (1024.0 * 1024.0)
}
