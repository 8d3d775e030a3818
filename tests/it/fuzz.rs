//! The fuzz targets on their seeds, on what once showed a fault, and on a few changes of these, so that they never rot.
//!
//! The same inputs each time; `AURORACTL_FUZZ_SEED=N` takes others. Real fuzzing is described in docs/fuzzing.md.

use crate::support::project::repository;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, dead_code)]
mod targets;

use targets::{mutation, seeds};

/// Runs every seed of a target and this many changed ones.
fn short(name: &str, changed: usize) {
    let target = targets::target(name);
    let seed: u64 = match std::env::var("AURORACTL_FUZZ_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => 1,
    };
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let inputs = seeds::all(&repository().join("tests/fuzz"), target);
    let words = mutation::words(target.dictionary);
    assert!(inputs.len() > 1 && words.len() > 1);
    inputs.iter().for_each(|input| run(target, input));
    for _ in 0..changed {
        let input = &inputs[rng.usize(..inputs.len())];
        run(target, &mutation::mutated(&mut rng, input, &inputs, &words));
    }
}

/// Runs one input, and shows it where it makes the target panic.
fn run(target: &targets::Target, input: &[u8]) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.run)(input))) {
        println!("{} on:\n{}", target.name, input.escape_ascii());
        resume_unwind(panic);
    }
}

#[test]
fn declarations() {
    short("declarations", 300);
}

#[test]
fn journals() {
    short("journals", 300);
}

#[test]
fn plans() {
    short("plans", 100);
}

#[test]
fn replies() {
    short("replies", 40);
}

#[test]
fn requests() {
    short("requests", 25);
}

#[test]
fn values() {
    short("values", 1000);
}

#[test]
fn worlds() {
    short("worlds", 30);
}
