//! The state machine: takes the steps that are due and hands each to the file that knows it.

use jiff::Timestamp;

use super::clusters;
use super::groups;
use super::instances;
use super::place::Place;
use super::schedule::{Object, Step};
use super::snapshots;
use super::world::Rules;

/// A step with the place and the time it happens at.
pub(crate) struct Moment<'a> {
    pub(crate) place: &'a mut Place,
    pub(crate) rules: &'a Rules,
    pub(crate) at: Timestamp,
}

impl Moment<'_> {
    /// Lets a step happen to an instance after a drawn time.
    pub(crate) fn later_for_instance(
        &mut self,
        purpose: &str,
        spread: super::timings::Spread,
        identifier: &str,
        step: Step,
    ) {
        let object = Object::Instance(identifier.to_owned());
        self.place
            .later_by_chance(self.rules, self.at, purpose, spread, object, step);
    }

    /// Lets a step happen to a cluster after a drawn time.
    pub(crate) fn later_for_cluster(
        &mut self,
        purpose: &str,
        spread: super::timings::Spread,
        identifier: &str,
        step: Step,
    ) {
        let object = Object::Cluster(identifier.to_owned());
        self.place
            .later_by_chance(self.rules, self.at, purpose, spread, object, step);
    }
}

/// Takes every step that is due at `now`; true when there was one.
pub(crate) fn advance(place: &mut Place, rules: &Rules, now: Timestamp) -> bool {
    let mut changed = false;
    while let Some(due) = place.schedule.take(now) {
        if place.timeline.is_empty() {
            place.note(due.at);
        }
        changed = true;
        let at = due.at;
        let mut moment = Moment {
            place,
            rules,
            at: due.at,
        };
        match due.object {
            Object::Cluster(identifier) => cluster_step(&mut moment, &identifier, due.step),
            Object::Instance(identifier) => instance_step(&mut moment, &identifier, &due.step),
            Object::Snapshot(identifier) => snapshots::ready(&mut moment, &identifier),
        }
        place.note(at);
    }
    changed
}

fn cluster_step(moment: &mut Moment<'_>, identifier: &str, step: Step) {
    match step {
        Step::StatusBegins { status } => {
            if let Some(cluster) = moment.place.clusters.get_mut(identifier) {
                cluster.status = status;
            }
        }
        Step::Settles => clusters::pending::settles(moment, identifier),
        Step::Created => clusters::create::created(moment, identifier),
        Step::Gone => clusters::delete::gone(moment, identifier),
        Step::FailoverBegins { target } => clusters::failover::begins(moment, identifier, &target),
        Step::FailoverFlips { target } => clusters::failover::flips(moment, identifier, &target),
        Step::FailoverSettles { target } => {
            clusters::failover::settles(moment, identifier, &target)
        }
        Step::Modified => clusters::pending::modified(moment, identifier),
        Step::WindowOpens => clusters::pending::window_opens(moment, identifier),
        Step::UpgradeBegins => clusters::upgrade::begins(moment, identifier),
        Step::Upgraded => clusters::upgrade::upgraded(moment, identifier),
        // These happen to instances and snapshots only.
        Step::DemotedStarts
        | Step::Rebooted
        | Step::ModifyBegins
        | Step::EngineStops
        | Step::EngineStarts
        | Step::Propagates
        | Step::InstanceGroupSettles
        | Step::SnapshotReady => {}
    }
}

fn instance_step(moment: &mut Moment<'_>, identifier: &str, step: &Step) {
    match step {
        Step::StatusBegins { status } => {
            if let Some(instance) = moment.place.instances.get_mut(identifier) {
                instance.status.clone_from(status);
            }
        }
        Step::Settles => instances::pending::settles(moment, identifier),
        Step::Created => instances::create::created(moment, identifier),
        Step::Gone => instances::delete::gone(moment, identifier),
        Step::DemotedStarts => clusters::failover::demoted_starts(moment, identifier),
        Step::Rebooted => instances::reboot::rebooted(moment, identifier),
        Step::ModifyBegins => instances::pending::begins(moment, identifier),
        Step::EngineStops => instances::restart::stops(moment, identifier),
        Step::EngineStarts => instances::restart::starts(moment, identifier),
        Step::Modified => instances::pending::modified(moment, identifier),
        Step::Propagates => groups::propagation::arrives(moment, identifier),
        Step::InstanceGroupSettles => groups::instance_groups::settles(moment, identifier),
        Step::WindowOpens => instances::pending::window_opens(moment, identifier),
        // These happen to clusters and snapshots only.
        Step::FailoverBegins { .. }
        | Step::FailoverFlips { .. }
        | Step::FailoverSettles { .. }
        | Step::UpgradeBegins
        | Step::Upgraded
        | Step::SnapshotReady => {}
    }
}
