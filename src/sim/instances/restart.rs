//! What a restart of a member's engine does: it loads everything that is stored for it.

use super::out_of_service;
use crate::sim::faults::{Aim, Kind};
use crate::sim::groups::propagation;
use crate::sim::machine::Moment;

/// The engine goes down.
pub(crate) fn stops(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    if instance.engine_up {
        instance.engine_up = false;
        moment.place.instance_event(
            moment.at,
            identifier,
            "0004",
            "availability",
            "DB instance shutdown",
        );
    }
}

/// The engine is back with all stored values in force.
pub(crate) fn starts(moment: &mut Moment<'_>, identifier: &str) {
    if is_out_of_service(moment, identifier) {
        return;
    }
    if !loads_nothing(moment, identifier) {
        load(moment, identifier);
    }
    starts_without_loading(moment, identifier);
}

/// Whether the member's engine cannot start at all.
fn is_out_of_service(moment: &Moment<'_>, identifier: &str) -> bool {
    let instance = moment.place.instances.get(identifier);
    instance.is_some_and(|instance| out_of_service(&instance.status))
}

/// Whether a fault keeps the member from loading what waits for a restart.
fn loads_nothing(moment: &mut Moment<'_>, identifier: &str) -> bool {
    let Some(instance) = moment
        .place
        .instances
        .get(identifier)
        .filter(|instance| instance.restart_pending)
    else {
        return false;
    };
    let cluster = instance.cluster.clone();
    let aim = Aim {
        cluster: &cluster,
        instance: Some(identifier),
    };
    let Some(strike) = moment.strike(Kind::StillPendingReboot, aim) else {
        return false;
    };
    let did = format!("the restart of {identifier} did not load what waits for it");
    moment.tell(strike.id, &cluster, Some(identifier), &did);
    true
}

/// The engine is back with the values it had.
pub(crate) fn starts_without_loading(moment: &mut Moment<'_>, identifier: &str) {
    if is_out_of_service(moment, identifier) {
        return;
    }
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    instance.engine_up = true;
    instance.started = moment.at;
    moment.place.instance_event(
        moment.at,
        identifier,
        "0006",
        "availability",
        "DB instance restarted",
    );
}

fn load(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get(identifier) else {
        return;
    };
    let values = moment.place.stored_values(instance);
    propagation::forget(moment.place, identifier);
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    let kept = |name: &String| instance.never_loads.contains(name);
    let before = std::mem::take(&mut instance.running);
    let (old, new) = (before.into_iter(), values.into_iter());
    instance.running = old
        .filter(|(name, _)| kept(name))
        .chain(new.filter(|(name, _)| !kept(name)))
        .collect();
    instance.restart_pending = false;
    "in-sync".clone_into(&mut instance.parameter_group_status);
}
