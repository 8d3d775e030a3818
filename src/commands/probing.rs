//! How a run measures writer interruptions: with the declared SQL witness, or with the simulator's own in process.
//!
//! Goes in: a session, a declaration, the connection to AWS. Comes out: who probes and how often; nobody where AWS is asked and
//! no SQL witness is declared.

use super::session::Session;
use super::witness;
use crate::apply::Probing;
use crate::aws::Client;
use crate::desired::Desired;
use crate::desired::verify::PROBE_SECONDS;
use std::time::Duration;

/// Who probes.
pub fn of(session: &Session, desired: &Desired, client: &Client) -> Option<Probing> {
    let declared = desired.verify.sql.as_ref();
    let witness = match session.simulated() {
        Some(simulated) => witness::simulated(simulated.simulator(), desired),
        None => witness::over_network(declared?, client),
    };
    let seconds = declared.map_or(PROBE_SECONDS, |sql| sql.probe_seconds);
    Some(Probing {
        witness,
        interval: session.pace(Duration::from_secs(u64::from(seconds))),
        // Where the clock jumps, a second of this process is one of AWS's.
        speed: session.speed().unwrap_or(1.0),
        budget_seconds: desired.writer_interruption_seconds_max,
    })
}

#[cfg(test)]
mod tests;
