//! The state machine: takes the steps that are due and hands each to the file that knows it.

use jiff::Timestamp;

use super::blue_green;
use super::cloudformation;
use super::clusters;
use super::endpoints;
use super::faults::{Aim, Faults, Kind, Strike, Subject, happening};
use super::groups;
use super::instances;
use super::maintenance;
use super::place::Place;
use super::schedule::{Object, Step};
use super::snapshots;
use super::world::Rules;

/// A step with the place and the time it happens at.
pub(crate) struct Moment<'a> {
    pub(crate) place: &'a mut Place,
    pub(crate) rules: &'a Rules,
    pub(crate) faults: &'a mut Faults,
    pub(crate) at: Timestamp,
}

impl Moment<'_> {
    /// The fault of this kind that strikes at what is about to happen.
    pub(crate) fn strike(&mut self, kind: Kind, aim: Aim<'_>) -> Option<Strike> {
        let Aim { cluster, instance } = aim;
        let subject = Subject {
            action: "",
            account: &self.place.account,
            mutating: true,
            clusters: vec![cluster.to_owned()],
            instances: instance.into_iter().map(str::to_owned).collect(),
        };
        self.faults.strike(kind, &subject, self.at)
    }

    /// Notes in the timeline what a fault did, with the member it concerns; with the writer when it concerns none.
    pub(crate) fn tell(&mut self, fault: u64, cluster: &str, instance: Option<&str>, did: &str) {
        self.place.tell(self.at, fault, cluster, instance, did);
    }

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
pub(crate) fn advance(
    place: &mut Place,
    rules: &Rules,
    faults: &mut Faults,
    now: Timestamp,
) -> bool {
    let mut changed = false;
    loop {
        // What happens by itself and what is due happen in the order of their times.
        let before = place.schedule.next().map_or(now, |next| next.min(now));
        if let Some((at, strike)) = faults.take_due(place, before) {
            if place.timeline.is_empty() {
                place.note(at);
            }
            changed = true;
            let mut moment = Moment {
                place,
                rules,
                faults,
                at,
            };
            happening::happens(&mut moment, &strike);
            place.note(at);
            continue;
        }
        let Some(due) = place.schedule.take(now) else {
            return changed;
        };
        if place.timeline.is_empty() {
            place.note(due.at);
        }
        changed = true;
        let at = due.at;
        let mut moment = Moment {
            place,
            rules,
            faults,
            at: due.at,
        };
        match due.object {
            Object::Cluster(identifier) => cluster_step(&mut moment, &identifier, due.step),
            Object::Instance(identifier) => instance_step(&mut moment, &identifier, &due.step),
            Object::BlueGreen(identifier) => blue_green::step(&mut moment, &identifier, &due.step),
            Object::Stack(id) => cloudformation::deploy::step(&mut moment, &id, &due.step),
            Object::Endpoint(identifier) => endpoints::step(&mut moment, &identifier, &due.step),
            Object::Snapshot(identifier) => match due.step {
                Step::SnapshotFails { fault } => {
                    snapshots::fails(&mut moment, &identifier, fault);
                }
                _ => snapshots::ready(&mut moment, &identifier),
            },
        }
        place.note(at);
    }
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
        Step::FailoverBegins { target, fate } => {
            clusters::failover::begins(moment, identifier, &target, fate);
        }
        Step::FailoverFlips { target, fate } => {
            clusters::failover::flips(moment, identifier, &target, &fate);
        }
        Step::FailoverReturns { target, fault } => {
            clusters::failover::returns(moment, identifier, &target, fault);
        }
        Step::FailoverSettles { target } => {
            clusters::failover::settles(moment, identifier, &target)
        }
        Step::Modified => clusters::pending::modified(moment, identifier),
        Step::WindowOpens => clusters::pending::window_opens(moment, identifier),
        Step::UpgradeBegins => clusters::upgrade::begins(moment, identifier),
        Step::Upgraded => clusters::upgrade::upgraded(moment, identifier),
        Step::MaintenanceBegins { action } => {
            maintenance::begins(moment, &Object::Cluster(identifier.to_owned()), &action);
        }
        Step::MaintenanceEnds { action } => {
            maintenance::ends(moment, &Object::Cluster(identifier.to_owned()), &action);
        }
        Step::Stopped => clusters::stop::stopped(moment, identifier),
        Step::Started => clusters::stop::started(moment, identifier),
        Step::StoppedTooLong => clusters::stop::stopped_too_long(moment, identifier),
        Step::Maintained => happening::cluster_maintained(moment, identifier),
        // These happen to others only.
        Step::DemotedStarts
        | Step::Rebooted
        | Step::ModifyBegins
        | Step::EngineStops
        | Step::EngineStarts
        | Step::Propagates
        | Step::InstanceGroupSettles
        | Step::TaskBegins { .. }
        | Step::TaskEnds { .. }
        | Step::SwitchoverBegins { .. }
        | Step::SwitchoverCancelled
        | Step::SwitchoverEnds
        | Step::StackTurns
        | Step::ResourceTurns { .. }
        | Step::Recovers { .. }
        | Step::SnapshotFails { .. }
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
        Step::MaintenanceBegins { action } => {
            maintenance::begins(moment, &Object::Instance(identifier.to_owned()), action);
        }
        Step::MaintenanceEnds { action } => {
            maintenance::ends(moment, &Object::Instance(identifier.to_owned()), action);
        }
        Step::Recovers { fault } => happening::recovers(moment, identifier, *fault),
        Step::Maintained => happening::member_maintained(moment, identifier),
        // These happen to others only.
        Step::FailoverBegins { .. }
        | Step::FailoverFlips { .. }
        | Step::FailoverReturns { .. }
        | Step::SnapshotFails { .. }
        | Step::FailoverSettles { .. }
        | Step::UpgradeBegins
        | Step::Upgraded
        | Step::Stopped
        | Step::Started
        | Step::StoppedTooLong
        | Step::TaskBegins { .. }
        | Step::TaskEnds { .. }
        | Step::SwitchoverBegins { .. }
        | Step::SwitchoverCancelled
        | Step::SwitchoverEnds
        | Step::StackTurns
        | Step::ResourceTurns { .. }
        | Step::SnapshotReady => {}
    }
}
