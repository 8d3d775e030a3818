//! Plays many schedules, on as many threads as there are processors: each play has a runtime with a paused clock of its own.
//!
//! Goes in: the scene, and which seeds. Comes out: each play as it ends, in no order.

use super::play::{Play, Scene, play};
use super::schedule::{Kill, Schedule};
use crate::error::Error;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

/// The stack of a thread that plays, in bytes: the futures of a whole run are deep.
const STACK_BYTES: usize = 16 << 20;

/// One play, alone.
///
/// # Errors
/// A world that cannot be begun, or a thread that cannot.
pub(super) fn alone(scene: &Scene, schedule: &Schedule) -> Result<Play, Error> {
    thread::scope(|scope| {
        let worker = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || on_a_runtime(scene, schedule))
            .map_err(|error| Error::failed("cannot start a thread").caused_by(error))?;
        worker
            .join()
            .unwrap_or_else(|_| Err(Error::failed("a rehearsal ended without a result")))
    })
}

/// All seeds; `hears` gets each play.
///
/// # Errors
/// The first play that could not be begun.
pub(super) fn all(
    scene: &Scene,
    points: &[Kill],
    seeds: RangeInclusive<u64>,
    mut hears: impl FnMut(u64, &Schedule, Play),
) -> Result<(), Error> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    // How many were taken, which fits wherever the seeds themselves end.
    let (first, count) = (*seeds.start(), seeds.end().saturating_sub(*seeds.start()));
    let next = AtomicU64::new(0);
    let over = count.saturating_add(1);
    let (sends, receives) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, sends) = (&next, sends.clone());
            let work = move || {
                loop {
                    let taken = next.fetch_add(1, Ordering::Relaxed);
                    if taken > count {
                        return;
                    }
                    let seed = first.saturating_add(taken);
                    let schedule =
                        Schedule::of(seed, points, scene.desired.cluster.identifier.as_str());
                    let played = on_a_runtime(scene, &schedule);
                    let failed = played.is_err();
                    // Whoever listens may have gone after a failure; then nothing more is wanted.
                    if sends.send((seed, schedule, played)).is_err() || failed {
                        next.store(over, Ordering::Relaxed);
                        return;
                    }
                }
            };
            thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, work)
                .map_err(|error| Error::failed("cannot start a thread").caused_by(error))?;
        }
        drop(sends);
        for (seed, schedule, played) in receives {
            hears(seed, &schedule, played?);
        }
        Ok(())
    })
}

fn on_a_runtime(scene: &Scene, schedule: &Schedule) -> Result<Play, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Error::failed("cannot start the runtime").caused_by(error))?
        .block_on(play(scene, schedule))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::prod;
    use super::*;

    #[test]
    fn the_last_seed_there_is_is_played_once() {
        let mut heard = Vec::new();
        all(&prod(), &[], u64::MAX - 1..=u64::MAX, |seed, _, _| {
            heard.push(seed);
        })
        .unwrap();
        heard.sort_unstable();
        assert_eq!(heard, [u64::MAX - 1, u64::MAX]);
    }
}
