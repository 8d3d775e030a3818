//! Simulated time. In: the instant a world was saved at, a speed, and the admin's freeze, steps and speed. Out: the time now.
//!
//! Simulated time is the anchor plus the elapsed `tokio::time::Instant` times the speed. Under tokio's paused clock that
//! instant is virtual, so a rollout of an hour runs in milliseconds. Nothing here sleeps.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A clock that can be frozen, stepped and sped up.
#[derive(Debug)]
pub(crate) struct Clock {
    anchor: Timestamp,
    /// The real instant that the anchor belongs to; none until the clock is first looked at, and while it is frozen.
    since: Option<Instant>,
    frozen: bool,
    speed: f64,
    /// Seconds that each request adds, besides what passes by itself.
    seconds_per_request: f64,
}

impl Clock {
    /// A clock that stands at `anchor` until it is first looked at.
    pub(crate) fn new(anchor: Timestamp, frozen: bool, speed: f64) -> Self {
        Self {
            anchor,
            since: None,
            frozen,
            speed,
            seconds_per_request: 0.0,
        }
    }

    /// The time of a request, which may move the clock.
    pub(crate) fn at_request(&mut self) -> Timestamp {
        if self.seconds_per_request > 0.0 {
            self.step(self.seconds_per_request);
        }
        self.now()
    }

    /// The simulated time now.
    pub(crate) fn now(&mut self) -> Timestamp {
        if self.frozen {
            return self.anchor;
        }
        let instant = Instant::now();
        let Some(since) = self.since else {
            self.since = Some(instant);
            return self.anchor;
        };
        let elapsed = instant.saturating_duration_since(since).as_secs_f64();
        after(self.anchor, elapsed * self.speed)
    }

    /// How long it takes until this time if nobody touches the clock; none while it stands still.
    pub(crate) fn wall_time_until(&mut self, time: Timestamp) -> Option<Duration> {
        if self.frozen {
            return None;
        }
        let seconds = time.duration_since(self.now()).as_secs_f64().max(0.0) / self.speed;
        // A millisecond more, so that rounding does not wake anybody too early.
        Duration::try_from_secs_f64(seconds + 0.001).ok()
    }

    /// Stops the clock where it is.
    pub(crate) fn freeze(&mut self) {
        self.rebase();
        self.frozen = true;
    }

    /// Lets it run on from where it is.
    pub(crate) fn resume(&mut self) {
        self.rebase();
        self.frozen = false;
        self.since = Some(Instant::now());
    }

    /// Moves it forward, frozen or not.
    pub(crate) fn step(&mut self, seconds: f64) {
        self.rebase();
        self.anchor = after(self.anchor, seconds);
    }

    /// Simulated seconds per real second from now on.
    pub(crate) fn set_speed(&mut self, speed: f64) {
        self.rebase();
        self.speed = speed;
    }

    /// Lets each request move the clock on from now on, frozen or not.
    pub(crate) fn set_seconds_per_request(&mut self, seconds: f64) {
        self.seconds_per_request = seconds;
    }

    pub(crate) fn seconds_per_request(&self) -> f64 {
        self.seconds_per_request
    }

    pub(crate) fn frozen(&self) -> bool {
        self.frozen
    }

    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    fn rebase(&mut self) {
        self.anchor = self.now();
        self.since = (!self.frozen).then(Instant::now);
    }
}

/// A time some seconds later, to the millisecond; stays where it is at the end of representable time.
pub(crate) fn after(time: Timestamp, seconds: f64) -> Timestamp {
    let milliseconds = (seconds * 1000.0).round() as i64;
    time.checked_add(SignedDuration::from_millis(milliseconds))
        .unwrap_or(Timestamp::MAX)
}

/// ISO 8601 in UTC with milliseconds, as RDS writes times.
pub(crate) fn iso(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn start() -> Timestamp {
        "2026-05-15T06:05:00Z".parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_runs_at_its_speed_and_starts_when_first_looked_at() {
        let mut clock = Clock::new(start(), false, 60.0);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(iso(clock.now()), "2026-05-15T06:05:00.000Z");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(iso(clock.now()), "2026-05-15T06:07:00.000Z");
        clock.set_speed(1.0);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(iso(clock.now()), "2026-05-15T06:07:02.000Z");
    }

    #[tokio::test(start_paused = true)]
    async fn a_frozen_clock_moves_only_by_steps() {
        let mut clock = Clock::new(start(), false, 1.0);
        clock.now();
        clock.freeze();
        tokio::time::advance(Duration::from_secs(100)).await;
        assert_eq!(iso(clock.now()), "2026-05-15T06:05:00.000Z");
        clock.step(90.5);
        assert_eq!(iso(clock.now()), "2026-05-15T06:06:30.500Z");
        clock.resume();
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(iso(clock.now()), "2026-05-15T06:06:31.500Z");
    }

    #[tokio::test(start_paused = true)]
    async fn requests_move_a_frozen_clock_when_they_are_told_to() {
        let mut clock = Clock::new(start(), true, 1.0);
        assert_eq!(iso(clock.at_request()), "2026-05-15T06:05:00.000Z");
        clock.set_seconds_per_request(2.5);
        assert_eq!(iso(clock.at_request()), "2026-05-15T06:05:02.500Z");
        assert_eq!(iso(clock.now()), "2026-05-15T06:05:02.500Z");
        assert_eq!(iso(clock.at_request()), "2026-05-15T06:05:05.000Z");
    }
}
