//! Random worlds under random schedules: whatever an earlier hand left and whatever goes wrong, every promise is kept, the
//! plan after a completed run is empty, and a continued run ends as the undisturbed one. Seeds are printed; for more of them
//! there is `cargo run --release --example schedules`.

use crate::support::random_world::{RandomWorld, random_world};
use auroractl::commands::rehearse;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many worlds, and how many schedules in each.
const WORLDS: u64 = 16;
const SCHEDULES: u64 = 3;

#[test]
fn every_promise_is_kept_in_random_worlds_under_random_schedules() {
    let next = AtomicU64::new(1);
    let broken = Mutex::new(Vec::new());
    let rehearsed = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let worker = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed > WORLDS {
                    return;
                }
                let RandomWorld {
                    world,
                    desired,
                    options,
                } = random_world(seed);
                let first = seed * 1000 + 1;
                let seeds = first..=first + SCHEDULES - 1;
                let rehearsal = rehearse::in_world(&world, desired, options, seeds).unwrap();
                rehearsed.fetch_add(u64::from(rehearsal.disturbed.is_some()), Ordering::Relaxed);
                for violation in rehearsal.violations {
                    broken.lock().unwrap().push(format!(
                        "world {seed}, schedule {:?}: {}: {}\n{world}",
                        violation.seed, violation.invariant, violation.problem
                    ));
                }
            }
        };
        for _ in 0..2 {
            scope.spawn(worker);
        }
    });
    let rehearsed = rehearsed.into_inner();
    println!(
        "{WORLDS} worlds (seeds 1 to {WORLDS}), {rehearsed} with something to do, {SCHEDULES} schedules each"
    );
    assert!(
        rehearsed > WORLDS / 2,
        "only {rehearsed} worlds had something to do"
    );
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
