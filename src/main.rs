//! The binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(auroractl::run::run().code())
}
