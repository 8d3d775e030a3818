//! What declared faults do to SQL sessions. In: a member that somebody connects to or asks. Out: whether it refuses, and when it
//! answers.

use crate::sim::Simulator;
use crate::sim::faults::{Kind, Subject};
use crate::sim::filing::By;

use super::watch::{Host, wait};

/// A member, by its account, region and resource id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) resource_id: &'a str,
}

impl<'a> From<&'a Host> for Whose<'a> {
    fn from(host: &'a Host) -> Self {
        Self {
            account: &host.account,
            region: &host.region,
            resource_id: &host.resource_id,
        }
    }
}

impl Simulator {
    /// Whether a declared fault refuses a new session of the member.
    pub(super) fn refuses_session(&self, whose: Whose<'_>) -> bool {
        self.struck(Kind::RefusedSessions, whose).is_some()
    }

    /// Returns when the member answers: at once, unless a declared fault lets it hang.
    pub(super) async fn until_it_answers(&self, whose: Whose<'_>) {
        let Some(id) = self.struck(Kind::HangingSessions, whose) else {
            return;
        };
        loop {
            let moved = self.moved();
            let left = {
                let mut state = self.state();
                let now = state.clock.now();
                match state.world.faults.end(id) {
                    Some(end) if now < end => state.clock.wall_time_until(end),
                    _ => return,
                }
            };
            wait(moved, left).await;
        }
    }

    /// The fault of a kind that strikes at a session of the member.
    fn struck(&self, kind: Kind, whose: Whose<'_>) -> Option<u64> {
        let mut state = self.state();
        if !state.world.faults.any(kind) {
            return None;
        }
        let now = state.clock.now();
        let (place, _, faults) = state.world.place_and_faults(whose.account, whose.region);
        let member = place
            .instances
            .with(By::Resource, whose.resource_id)
            .next()?;
        let (instance, cluster) = (member.identifier.clone(), member.cluster.clone());
        let subject = Subject {
            account: whose.account,
            clusters: vec![cluster.clone()],
            instances: vec![instance.clone()],
            ..Subject::default()
        };
        let id = faults.strike(kind, &subject, now)?.id;
        let did = match kind {
            Kind::RefusedSessions => "a session was refused",
            _ => "a session was not answered",
        };
        place.tell(now, id, &cluster, Some(&instance), did);
        self.keep(&mut state);
        Some(id)
    }
}
