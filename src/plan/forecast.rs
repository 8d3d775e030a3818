//! Expected durations and writer interruptions, from measured rollouts.
//!
//! Goes in: an action and the member's role. Comes out: seconds. The figures come from recorded rollouts of four
//! Aurora PostgreSQL 16.6 clusters of two `db.t3.medium` members in us-east-1.

use super::Totals;
use super::action::{Action, Forecast, Kind, Role};

/// Least time for dynamic values to become live on every member without a witness in the database, in seconds.
pub const SETTLE_SECONDS: u32 = 90;

/// A reboot, in seconds: 63 s, the granularity of a waiter included.
const REBOOT_SECONDS: u32 = 63;
/// The longest reboot that is still believed, in seconds.
const REBOOT_SECONDS_MAX: u32 = 900;

/// What an action takes once it is begun, in seconds, whether or not it was expected to be needed.
pub fn seconds_once_begun(action: &Action) -> u32 {
    match &action.kind {
        Kind::Reboot { again: true, .. } => REBOOT_SECONDS,
        _ => action.forecast.seconds,
    }
}

/// What is expected of an action.
pub fn forecast(kind: &Kind, role: Option<Role>) -> Forecast {
    let (seconds, seconds_max) = match kind {
        // 213 to 338 s on small clusters; the time grows with the volume, so the limit is generous.
        Kind::CreateSnapshot => (281, 7200),
        Kind::CreateParameterGroup { .. } | Kind::AdoptParameterGroup { .. } => (2, 120),
        Kind::ModifyParameters { .. } | Kind::ResetParameters { .. } => (2, 300),
        Kind::CheckParameterGroup { .. } => (1, 120),
        Kind::AttachParameterGroup { .. } => (30, 900),
        // At least 112 s in `configuring-enhanced-monitoring` after a change of mode.
        Kind::ModifyInsights { .. } => (120, 1800),
        Kind::QueueClassChange { .. } | Kind::ClearQueue { .. } => (15, 600),
        Kind::Settle { seconds_min, .. } => (seconds_min.saturating_add(10), 600),
        // 442 and 452 s.
        Kind::Flush { .. } | Kind::ChangeClass { .. } => (447, 3600),
        // Expected to be needless.
        Kind::Reboot { again: true, .. } => (0, REBOOT_SECONDS_MAX),
        Kind::Reboot { again: false, .. } => (REBOOT_SECONDS, REBOOT_SECONDS_MAX),
        // 35 and 38 s; once 273 s.
        Kind::Failover { .. } => (38, 900),
        // Not measured: both depend on the volume and on the class.
        Kind::RestoreCluster(_) => (600, 14_400),
        Kind::CreateMember(_) => (600, 7200),
        Kind::VerifyRestored(_) => (10, 900),
        Kind::Verify(_) => (10, 300),
        Kind::ReleaseSnapshot { .. } | Kind::DeleteExpiredSnapshot { .. } => (2, 300),
        // As declared: nobody has measured it.
        Kind::Command { runs, .. } => (runs.expected_seconds, runs.time_limit_seconds),
        // Nobody knows how long a person takes.
        Kind::Gate { wait_seconds, .. } => (0, *wait_seconds),
    };
    let writer_interruption_seconds = match (kind, role) {
        (Kind::Failover { .. }, _) => 35,
        // A restart without failover: no writes until the engine is back.
        (Kind::Reboot { .. }, Some(Role::Writer)) => REBOOT_SECONDS,
        // The engine is unreachable for one to two minutes of the change.
        (Kind::Flush { .. } | Kind::ChangeClass { .. }, Some(Role::Writer)) => 120,
        _ => 0,
    };
    Forecast {
        seconds,
        seconds_max,
        writer_interruption_seconds,
    }
}

/// The sums of a plan.
pub fn totals(actions: &[Action], deferred: &[Action]) -> Totals {
    let sum = |actions: &[Action], figure: fn(&Action) -> u32| {
        actions
            .iter()
            .fold(0_u32, |total, action| total.saturating_add(figure(action)))
    };
    let seconds: fn(&Action) -> u32 = |action| action.forecast.seconds;
    let interruption: fn(&Action) -> u32 = |action| action.forecast.writer_interruption_seconds;
    let interruptions: fn(&Action) -> u32 =
        |action| u32::from(action.forecast.writer_interruption_seconds > 0);
    let restarts: fn(&Action) -> u32 =
        |action| u32::from(action.kind.restarts().is_some() && !action.kind.is_second_reboot());
    Totals {
        seconds: sum(actions, seconds),
        writer_interruption_seconds: sum(actions, interruption),
        writer_interruptions: sum(actions, interruptions),
        restarts: sum(actions, restarts),
        deferred_seconds: sum(deferred, seconds),
        deferred_writer_interruption_seconds: sum(deferred, interruption),
        deferred_writer_interruptions: sum(deferred, interruptions),
        deferred_restarts: sum(deferred, restarts),
    }
}

/// Seconds from the start of a run until its last restart or failover is expected to be over.
pub fn seconds_until_last_restart(actions: &[Action]) -> u32 {
    let end = actions
        .iter()
        .rposition(|action| action.kind.is_disruptive())
        .map_or(0, |last| last + 1);
    actions.iter().take(end).fold(0_u32, |total, action| {
        total.saturating_add(action.forecast.seconds)
    })
}
