//! Random worlds under random schedules, as many as wanted: `cargo run --release --example schedules -- 1 1000 10` plays the
//! worlds of seeds 1 to 1000 with 10 schedules each, and says how they ended.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

#[path = "../../tests/it/support/random_world.rs"]
mod random_world;

use auroractl::commands::rehearse;
use random_world::{RandomWorld, random_world};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| {
        text.parse::<u64>()
            .unwrap_or_else(|_| panic!("not a number: {text}"))
    });
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
