//! How cluster parameters reach running members.
//!
//! Attaching a group: dynamic values live on every member within about a minute without a restart, static ones only after that
//! member restarts, and every member marked `pending-reboot` (observed on Aurora PostgreSQL 16.6, us-east-1; the mark inferred
//! from what CloudFormation reboots). Changing an attached group: what was sent with `immediate` goes live, the rest waits.
//! Source for the member status: RDS API Reference, DBClusterMember.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue;
use crate::sim::call::Call;
use crate::sim::instances::Propagating;
use crate::sim::machine::Moment;
use crate::sim::parameters::ApplyType;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};

/// Whether a parameter takes effect without a restart.
pub(crate) fn is_dynamic(family: &str, name: &str) -> bool {
    let definition = catalogue(family).and_then(|catalogue| catalogue.get(name));
    definition.is_some_and(|definition| definition.apply_type == ApplyType::Dynamic)
}

/// A group has been attached to a cluster.
pub(crate) fn attached(call: &mut Call<'_>, cluster: &str) {
    for member in call.place.member_identifiers(cluster) {
        let Some(instance) = call.place.instances.get(&member) else {
            continue;
        };
        let family = crate::sim::clusters::family_of(&instance.engine_version);
        let stored = call.place.stored_values(instance);
        let default = |name: &String| catalogue(&family)?.get(name)?.default.clone();
        let in_force = |values: &BTreeMap<String, String>, name: &String| {
            values.get(name).cloned().or_else(|| default(name))
        };
        let static_difference = stored.keys().chain(instance.running.keys()).any(|name| {
            !is_dynamic(&family, name)
                && in_force(&stored, name) != in_force(&instance.running, name)
        });
        let marked = call.rules.policies.attach_always_marks_pending_reboot || static_difference;
        let Some(instance) = call.place.instances.get_mut(&member) else {
            continue;
        };
        instance.restart_pending |= marked;
        sends(call, &member, true, BTreeSet::new());
    }
}

/// A group has been attached, and all of it waits for the members' restarts.
pub(crate) fn wait_for_reboot(call: &mut Call<'_>, cluster: &str) {
    for member in call.place.member_identifiers(cluster) {
        if let Some(instance) = call.place.instances.get_mut(&member) {
            instance.restart_pending = true;
        }
    }
}

/// The values of a group have been changed: `immediate` names go live, others wait for a restart.
pub(crate) fn changed(
    call: &mut Call<'_>,
    group: &str,
    immediate: &BTreeSet<String>,
    waiting: bool,
) {
    for cluster in call.place.clusters_with_group(group) {
        for member in call.place.member_identifiers(&cluster) {
            let Some(instance) = call.place.instances.get_mut(&member) else {
                continue;
            };
            instance.restart_pending |= waiting;
            if !immediate.is_empty() {
                sends(call, &member, false, immediate.clone());
            }
        }
    }
}

/// Sends values on their way; what is on its way already arrives with them.
fn sends(call: &mut Call<'_>, member: &str, all: bool, names: BTreeSet<String>) {
    let Some(instance) = call.place.instances.get_mut(member) else {
        return;
    };
    // A member that is not up yet starts with the values anyway.
    if instance.status == "creating" || instance.status == "deleting" {
        instance.restart_pending = false;
        return;
    }
    if ["stopping", "stopped", "starting"].contains(&instance.status.as_str()) {
        return;
    }
    let propagating = instance.propagating.get_or_insert(Propagating {
        all: false,
        names: BTreeSet::new(),
    });
    propagating.all |= all;
    propagating.names.extend(names);
    let object = Object::Instance(member.to_owned());
    call.place.schedule.forget(&object, Some(&Step::Propagates));
    call.later(
        "parameter propagation",
        call.rules.timings.parameter_propagation,
        object,
        Step::Propagates,
    );
}

/// The values are live on the member.
pub(crate) fn arrives(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get(identifier) else {
        return;
    };
    let Some(propagating) = instance.propagating.clone() else {
        return;
    };
    let family = crate::sim::clusters::family_of(&instance.engine_version);
    let stored = moment.place.stored_values(instance);
    let mut running = instance.running.clone();
    let names: BTreeSet<String> = if propagating.all {
        stored.keys().chain(running.keys()).cloned().collect()
    } else {
        propagating.names
    };
    let comes = |name: &String| is_dynamic(&family, name) && !instance.never_loads.contains(name);
    for name in names.into_iter().filter(comes) {
        match stored.get(&name) {
            Some(value) => running.insert(name, value.clone()),
            None => running.remove(&name),
        };
    }
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    instance.running = running;
    instance.propagating = None;
}

/// Nothing is on its way any more: a restart has loaded everything.
pub(crate) fn forget(place: &mut Place, identifier: &str) {
    place.schedule.forget(
        &Object::Instance(identifier.to_owned()),
        Some(&Step::Propagates),
    );
    if let Some(instance) = place.instances.get_mut(identifier) {
        instance.propagating = None;
    }
}
