//! Random worlds under random schedules, as many as wanted: `cargo run --release --example schedules -- 1 1000 10` plays the
//! worlds of seeds 1 to 1000 with 10 schedules each, and says how they ended. `-- told 127 127002` plays one schedule of one
//! world, and tells everything that happens in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "../../tests/it/support/random_world.rs"]
mod random_world;

use anstream::ColorChoice;
use auroractl::commands::rehearse;
use auroractl::report::Output;
use random_world::{RandomWorld, random_world};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let is_told = arguments.next_if(|text| text == "told").is_some();
    let mut numbers = arguments.map(|text| {
        text.parse::<u64>()
            .unwrap_or_else(|_| panic!("not a number: {text}"))
    });
    if is_told {
        tell(numbers.next().unwrap(), numbers.next().unwrap());
        return ExitCode::SUCCESS;
    }
    let first = numbers.next().unwrap_or(1);
    let worlds = numbers.next().unwrap_or(20);
    let schedules = numbers.next().unwrap_or(10);
    let began = Instant::now();
    let mut undisturbed: BTreeMap<String, u64> = BTreeMap::new();
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    let (mut played, mut requests, mut violations) = (0, 0, 0);
    for seed in first..first + worlds {
        let RandomWorld {
            world,
            desired,
            options,
        } = random_world(seed);
        let from = seed * 1000 + 1;
        let rehearsal =
            match rehearse::in_world(&world, desired, options, from..=from + schedules - 1) {
                Ok(rehearsal) => rehearsal,
                Err(error) => panic!("world {seed}: {}\n{world}", error.render(false)),
            };
        *undisturbed
            .entry(rehearsal.undisturbed.outcome)
            .or_default() += 1;
        if let Some(disturbed) = rehearsal.disturbed {
            played += disturbed.schedules;
            requests += disturbed.requests;
            for counted in disturbed.outcomes {
                *outcomes.entry(counted.outcome).or_default() += counted.times;
            }
        }
        for violation in rehearsal.violations {
            violations += 1;
            println!(
                "world {seed}, schedule {:?}: {}: {}",
                violation.seed, violation.invariant, violation.problem
            );
        }
    }
    println!(
        "{worlds} worlds (seeds {first} to {}), undisturbed: {undisturbed:?}",
        first + worlds - 1
    );
    println!(
        "{played} schedules, {requests} requests, {:.1} s: {outcomes:?}",
        began.elapsed().as_secs_f64()
    );
    println!("{violations} promises broken");
    if violations == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn tell(world_seed: u64, seed: u64) {
    let RandomWorld {
        world,
        desired,
        options,
    } = random_world(world_seed);
    println!("{world}");
    let mut output = Output::standard(ColorChoice::Never);
    rehearse::tell_in_world(&world, desired, options, seed, &mut output).unwrap();
    output.finish().unwrap();
}
