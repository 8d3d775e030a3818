//! Waiting in simulated time. In: what somebody waits for. Out: when it happened, however time passes: by itself, faster, or in
//! steps of the admin interface while it stands still.
//!
//! The world is advanced when somebody looks at it. A session that is connected looks whenever the world has changed, and at the
//! time at which the next thing is due, a declared fault among them.

use std::time::Duration;

use jiff::Timestamp;

use super::error::SqlError;
use crate::sim::Simulator;
use crate::sim::filing::By;

/// The member that a session is connected to, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) account: String,
    pub(crate) region: String,
    /// Identifiers change, this does not.
    pub(crate) resource_id: String,
    pub(crate) started: Timestamp,
}

/// What a session is told when its member goes down under it.
pub(crate) fn shut_down() -> SqlError {
    SqlError::fatal(
        "57P01",
        "terminating connection due to administrator command",
    )
}

impl Simulator {
    /// Brings a place up to this instant; true when the member still runs as it did.
    pub(crate) fn still_runs(&self, host: &Host) -> bool {
        let mut state = self.state();
        let now = state.clock.now();
        let changed = state.world.advance_all(now);
        let (place, _) = state.world.place(&host.account, &host.region);
        let member = place.instances.with(By::Resource, &host.resource_id).next();
        let runs = member.is_some_and(|member| member.engine_up && member.started == host.started);
        if changed {
            self.keep(&mut state);
        }
        runs
    }

    /// Returns when the member has gone down, or has restarted meanwhile.
    pub(crate) async fn until_down(&self, host: &Host) {
        loop {
            let moved = self.moved();
            if !self.still_runs(host) {
                return;
            }
            let next = {
                let mut state = self.state();
                let (place, _, faults) = state.world.place_and_faults(&host.account, &host.region);
                let step = place.schedule.next();
                let next = step.into_iter().chain(faults.next_due(place)).min();
                next.and_then(|next| state.clock.wall_time_until(next))
            };
            wait(moved, next).await;
        }
    }

    /// Returns at a simulated time.
    pub(crate) async fn until(&self, time: Timestamp) {
        loop {
            let moved = self.moved();
            let next = {
                let mut state = self.state();
                if state.clock.now() >= time {
                    return;
                }
                state.clock.wall_time_until(time)
            };
            wait(moved, next).await;
        }
    }
}

/// Waits for a change, but no longer than this, if there is a limit.
pub(super) async fn wait(moved: tokio::sync::futures::Notified<'_>, limit: Option<Duration>) {
    match limit {
        Some(limit) => {
            let _ = tokio::time::timeout(limit, moved).await;
        }
        None => moved.await,
    }
}
