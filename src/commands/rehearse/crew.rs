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
    let next = AtomicU64::new(*seeds.start());
    let last = *seeds.end();
    let (sends, receives) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, sends) = (&next, sends.clone());
            let work = move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last {
                        return;
                    }
                    let schedule =
                        Schedule::of(seed, points, scene.desired.cluster.identifier.as_str());
                    let played = on_a_runtime(scene, &schedule);
                    let failed = played.is_err();
                    // Whoever listens may have gone after a failure; then nothing more is wanted.
                    if sends.send((seed, schedule, played)).is_err() || failed {
                        next.store(last.saturating_add(1), Ordering::Relaxed);
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
