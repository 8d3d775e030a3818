//! An instance's queued modifications: applied by an immediate request or by the maintenance window, and by nothing else.
//!
//! Observed on Aurora PostgreSQL 16.6, us-east-1, for a class change: `available` for 19 to 90 s after the request, `modifying`
//! for about 5 to 6 minutes with the restart inside, then the new class and `configuring-enhanced-monitoring` for a minute,
//! then `available`. The pending entry stays until the class is swapped.

use jiff::Timestamp;

use super::{Failure, InFlight, Pending, restart};
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::windows::Weekly;
use crate::sim::world::Rules;

/// Begins to apply everything that is queued.
pub(crate) fn begin(
    place: &mut Place,
    rules: &Rules,
    now: Timestamp,
    identifier: &str,
    fails: Option<Failure>,
) {
    let Some(instance) = place.instances.get_mut(identifier) else {
        return;
    };
    let renames = instance.pending.identifier.is_some() && instance.pending.class.is_none();
    let status = if renames { "renaming" } else { "modifying" };
    instance.in_flight = Some(InFlight {
        status: status.to_owned(),
        applying: instance.pending.clone(),
        fails,
    });
    let seconds = place.seconds(
        rules,
        "modify accept",
        identifier,
        rules.timings.modify_accept,
    );
    place.later(
        now,
        seconds,
        Object::Instance(identifier.to_owned()),
        Step::ModifyBegins,
    );
}

/// The instance shows `modifying`; a class change plans its restart.
pub(crate) fn begins(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    let Some(InFlight {
        status,
        applying,
        fails,
    }) = instance.in_flight.clone()
    else {
        return;
    };
    instance.status = status;
    let (place, rules, at) = (&mut *moment.place, moment.rules, moment.at);
    let timings = &rules.timings;
    let object = Object::Instance(identifier.to_owned());
    if applying.class.is_some() {
        place.instance_event(
            at,
            identifier,
            "0012",
            "configuration change",
            "Applying modification to database instance class",
        );
        let working = place.seconds(rules, "class change", identifier, timings.class_change);
        let outage = place
            .seconds(
                rules,
                "class change outage",
                identifier,
                timings.class_change_outage,
            )
            .min(working);
        // What fails for want of capacity fails before the engine is stopped (assumed).
        if fails.is_some() {
            place.later(at, working, object, Step::Modified);
            return;
        }
        // Where in the phase the outage lies was not observed; towards its end is assumed.
        let stops = (working - outage) * 0.8;
        place.later(at, stops, object.clone(), Step::EngineStops);
        place.later(at, stops + outage, object.clone(), Step::EngineStarts);
        place.later(at, working, object, Step::Modified);
    } else {
        let working = place.seconds(rules, "modify light", identifier, timings.modify_light);
        if applying.identifier.is_some() {
            place.later(at, 0.0, object.clone(), Step::EngineStops);
            place.later(at, working, object.clone(), Step::EngineStarts);
        }
        place.later(at, working, object, Step::Modified);
    }
}

/// The new values show.
pub(crate) fn modified(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    let Some(InFlight {
        applying, fails, ..
    }) = instance.in_flight.clone()
    else {
        return;
    };
    let Pending {
        class,
        identifier: new_identifier,
        ca_certificate,
    } = applying;
    // Only what was applied leaves the queue; a newer wish stays.
    if instance.pending.class == class {
        instance.pending.class = None;
    }
    if instance.pending.identifier == new_identifier {
        instance.pending.identifier = None;
    }
    if instance.pending.ca_certificate == ca_certificate {
        instance.pending.ca_certificate = None;
    }
    instance.ca_certificate = ca_certificate.unwrap_or_else(|| instance.ca_certificate.clone());
    if let (Some(failure), Some(class)) = (&fails, &class) {
        class_change_failed(moment, identifier, class, failure);
        return;
    }
    let monitored =
        instance.monitoring_interval_seconds > 0 || instance.insights.performance_insights;
    let settles_later =
        class.is_some() && (monitored || moment.rules.policies.class_change_configures_monitoring);
    if let Some(class) = class {
        instance.class = class;
        moment.place.instance_event(
            moment.at,
            identifier,
            "0014",
            "configuration change",
            "Finished applying modification to DB instance class",
        );
    }
    if settles_later {
        if let Some(instance) = moment.place.instances.get_mut(identifier) {
            "configuring-enhanced-monitoring".clone_into(&mut instance.status);
        }
        let spread = moment.rules.timings.monitoring_settle;
        moment.later_for_instance("monitoring settle", spread, identifier, Step::Settles);
    } else {
        settles(moment, identifier);
    }
    if let Some(name) = new_identifier {
        rename(moment.place, identifier, &name);
    }
}

/// The class stays as it was and the queue is empty; which of both AWS does is not documented. RDS-EVENT-0044 is what the
/// service's operators send.
fn class_change_failed(moment: &mut Moment<'_>, identifier: &str, class: &str, failure: &Failure) {
    let message = format!(
        "Unable to modify the DB instance to class {class}: insufficient capacity in its Availability Zone."
    );
    moment
        .place
        .instance_event(moment.at, identifier, "0044", "notification", message);
    settles(moment, identifier);
    if failure.status != "available" {
        restart::stops(moment, identifier);
        if let Some(instance) = moment.place.instances.get_mut(identifier) {
            instance.status.clone_from(&failure.status);
        }
    }
    let Some(instance) = moment.place.instances.get(identifier) else {
        return;
    };
    let (cluster, kept) = (instance.cluster.clone(), instance.class.clone());
    let did = format!("{identifier} stays {kept} instead of {class}");
    moment.tell(failure.fault, &cluster, Some(identifier), &did);
}

pub(crate) fn rename(place: &mut Place, from: &str, to: &str) {
    let Some(mut instance) = place.instances.remove(from) else {
        return;
    };
    to.clone_into(&mut instance.identifier);
    if let Some(cluster) = place.clusters.get_mut(&instance.cluster) {
        for member in cluster.members.iter_mut().filter(|member| *member == from) {
            to.clone_into(member);
        }
    }
    place.instances.insert(to.to_owned(), instance);
    place.follow_member(from, Some(to));
    let (from, to) = (
        Object::Instance(from.to_owned()),
        Object::Instance(to.to_owned()),
    );
    place.follow_maintenance(&from, Some(&to));
    place.schedule.rename(&from, &to);
}

/// Back to `available`.
pub(crate) fn settles(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    "available".clone_into(&mut instance.status);
    instance.in_flight = None;
    // A window that passed while the instance was busy comes again.
    await_window(moment.place, moment.at, identifier);
}

/// Lets the maintenance window apply what is queued.
pub(crate) fn await_window(place: &mut Place, now: Timestamp, identifier: &str) {
    let object = Object::Instance(identifier.to_owned());
    place.schedule.forget(&object, Some(&Step::WindowOpens));
    let Some(instance) = place
        .instances
        .get(identifier)
        .filter(|instance| !instance.pending.is_empty())
    else {
        return;
    };
    let Some(window) = Weekly::parse(&instance.maintenance_window) else {
        return;
    };
    place
        .schedule
        .add(window.opens(now), object, Step::WindowOpens);
}

/// The maintenance window opens: what is queued is applied.
pub(crate) fn window_opens(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get(identifier) else {
        return;
    };
    if !instance.pending.is_empty() && instance.idle() {
        begin(moment.place, moment.rules, moment.at, identifier, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_queue_waits_for_no_window() {
        let now = Timestamp::UNIX_EPOCH;
        let mut place = Place::new("123456789012", "us-east-1");
        let instance =
            super::super::Instance::new("a", "db-A".to_owned(), "c", "db.t3.medium", "16.6", now);
        place.instances.insert("a".to_owned(), instance);
        await_window(&mut place, now, "a");
        assert_eq!(place.schedule.len(), 0);
        let queued = Pending {
            class: Some("db.r7g.large".to_owned()),
            ..Pending::default()
        };
        if let Some(instance) = place.instances.get_mut("a") {
            instance.pending = queued;
        }
        await_window(&mut place, now, "a");
        await_window(&mut place, now, "a");
        assert_eq!(place.schedule.len(), 1);
    }
}
