//! System maintenance that AWS has announced: its data, and what happens when it is applied.
//!
//! Sources: RDS API Reference, PendingMaintenanceAction; Aurora User Guide, "Maintaining an Amazon Aurora DB cluster". Queued
//! modifications are never listed here. The members' restart is documented ("offline"), its length general knowledge.

pub(crate) mod requests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clock::after;
use super::instances::{InFlight, Pending, restart};
use super::machine::Moment;
use super::place::Place;
use super::schedule::{Object, Step};
use super::windows::Weekly;

/// The kinds of maintenance that are simulated; each restarts the members it is applied to.
pub(crate) const ACTIONS: [&str; 3] = ["hardware-maintenance", "os-upgrade", "system-update"];

/// How long maintenance waits for a resource that is busy when its time comes.
const RETRY_SECONDS: f64 = 300.0;

/// One announced action on a cluster or on an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Maintenance {
    /// A cluster or an instance.
    pub(crate) object: Object,
    pub(crate) action: String,
    pub(crate) description: String,
    /// From then on, the next maintenance window applies it.
    pub(crate) auto_applied_after: Option<Timestamp>,
    /// It is applied then, window or not.
    pub(crate) forced: Option<Timestamp>,
    /// `immediate` or `next-maintenance`.
    pub(crate) opt_in: Option<String>,
    /// When it is going to be applied, as far as that is settled.
    pub(crate) applied_at: Option<Timestamp>,
}

impl Place {
    /// An action is announced, and planned if it has a date.
    pub(crate) fn announce(&mut self, now: Timestamp, mut maintenance: Maintenance) {
        maintenance.applied_at = self.planned(&maintenance, now);
        self.plan(&maintenance);
        self.maintenance.push(maintenance);
    }

    /// When an action without opt-in is applied.
    fn planned(&self, maintenance: &Maintenance, now: Timestamp) -> Option<Timestamp> {
        let window = self.window_of(&maintenance.object);
        let after_date = maintenance
            .auto_applied_after
            .and_then(|date| window.map(|window| window.opens(date.max(now))));
        [after_date, maintenance.forced].into_iter().flatten().min()
    }

    /// The maintenance window of a cluster or instance.
    fn window_of(&self, object: &Object) -> Option<Weekly> {
        let window = match object {
            Object::Cluster(name) => &self.clusters.get(name)?.maintenance_window,
            Object::Instance(name) => &self.instances.get(name)?.maintenance_window,
            _ => return None,
        };
        Weekly::parse(window)
    }

    fn plan(&mut self, maintenance: &Maintenance) {
        let step = Step::MaintenanceBegins {
            action: maintenance.action.clone(),
        };
        if let Some(at) = maintenance.applied_at {
            self.schedule.add(at, maintenance.object.clone(), step);
        }
    }

    /// A cluster or instance has another name, or is gone.
    pub(crate) fn follow_maintenance(&mut self, from: &Object, to: Option<&Object>) {
        match to {
            None => self.maintenance.retain(|known| known.object != *from),
            Some(to) => {
                for known in &mut self.maintenance {
                    if known.object == *from {
                        known.object = to.clone();
                    }
                }
            }
        }
    }

    /// The instances that maintenance of this object restarts.
    fn maintained(&self, object: &Object) -> Vec<String> {
        match object {
            Object::Cluster(name) => self.member_identifiers(name),
            Object::Instance(name) => vec![name.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether nothing else happens to the object.
    fn quiet(&self, object: &Object) -> bool {
        let members = self.maintained(object);
        let cluster = match object {
            Object::Cluster(name) => self.clusters.get(name),
            Object::Instance(name) => self
                .instances
                .get(name)
                .and_then(|instance| self.clusters.get(&instance.cluster)),
            _ => None,
        };
        cluster.is_some_and(|cluster| cluster.require_modifiable().is_ok())
            && members
                .iter()
                .filter_map(|name| self.instances.get(name))
                .all(super::instances::Instance::idle)
    }

    fn announced(&self, object: &Object, action: &str) -> Option<usize> {
        self.maintenance
            .iter()
            .position(|known| known.object == *object && known.action == action)
    }
}

/// The time of an announced action has come; a busy resource is waited for.
pub(crate) fn begins(moment: &mut Moment<'_>, object: &Object, action: &str) {
    let Some(position) = moment.place.announced(object, action) else {
        return;
    };
    let due = moment
        .place
        .maintenance
        .get(position)
        .and_then(|known| known.applied_at);
    // An opt-in or its withdrawal has moved it.
    if due.is_none_or(|due| due > moment.at) {
        return;
    }
    if !moment.place.quiet(object) {
        let again = after(moment.at, RETRY_SECONDS);
        if let Some(known) = moment.place.maintenance.get_mut(position) {
            known.applied_at = Some(again);
        }
        let step = Step::MaintenanceBegins {
            action: action.to_owned(),
        };
        moment.place.schedule.add(again, object.clone(), step);
        return;
    }
    show(moment, object, "maintenance");
    for member in moment.place.maintained(object) {
        let message = "Applying off-line patches to DB instance";
        moment
            .place
            .instance_event(moment.at, &member, "0026", "maintenance", message);
        restart::stops(moment, &member);
    }
    let (Object::Cluster(name) | Object::Instance(name)) = object else {
        return;
    };
    let spread = moment.rules.timings.maintenance;
    let seconds = moment
        .place
        .seconds(moment.rules, "maintenance", name, spread);
    let step = Step::MaintenanceEnds {
        action: action.to_owned(),
    };
    moment.place.later(moment.at, seconds, object.clone(), step);
}

/// The action is done and no longer pending.
pub(crate) fn ends(moment: &mut Moment<'_>, object: &Object, action: &str) {
    for member in moment.place.maintained(object) {
        restart::starts(moment, &member);
        let message = "Finished applying off-line patches to DB instance";
        moment
            .place
            .instance_event(moment.at, &member, "0027", "maintenance", message);
    }
    show(moment, object, "available");
    if let Some(position) = moment.place.announced(object, action) {
        moment.place.maintenance.remove(position);
    }
}

fn show(moment: &mut Moment<'_>, object: &Object, status: &str) {
    let busy = status != "available";
    if let Object::Cluster(name) = object
        && let Some(cluster) = moment.place.clusters.get_mut(name)
    {
        status.clone_into(&mut cluster.status);
        cluster.in_flight = busy.then(|| status.to_owned());
    }
    for member in moment.place.maintained(object) {
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            status.clone_into(&mut instance.status);
            instance.in_flight = busy.then(|| InFlight {
                status: status.to_owned(),
                applying: Pending::default(),
                fails: None,
            });
        }
    }
}
