//! How an instance's own parameter group takes effect: nothing of a newly associated group before a manual reboot, later
//! changes to dynamic parameters at once. Source: RDS API Reference, ModifyDBInstance (DBParameterGroupName).

use std::collections::BTreeSet;

use super::propagation;
use crate::sim::call::Call;
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// Another group has been associated with the instance.
pub(crate) fn attached(call: &mut Call<'_>, identifier: &str) {
    if let Some(instance) = call.place.instances.get_mut(identifier) {
        "applying".clone_into(&mut instance.parameter_group_status);
    }
    let spread = call.rules.timings.parameter_propagation;
    call.later(
        "instance group",
        spread,
        Object::Instance(identifier.to_owned()),
        Step::InstanceGroupSettles,
    );
}

/// The association is complete: its values wait for a reboot.
pub(crate) fn settles(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    // A restart in between has loaded the values already.
    if instance.parameter_group_status != "applying" {
        return;
    }
    "pending-reboot".clone_into(&mut instance.parameter_group_status);
    let message = format!(
        "Updated to use DBParameterGroup {}",
        instance.parameter_group
    );
    moment.place.instance_event(
        moment.at,
        identifier,
        "0011",
        "configuration change",
        message,
    );
}

/// The values of an associated group have been changed.
pub(crate) fn changed(
    call: &mut Call<'_>,
    group: &str,
    immediate: &BTreeSet<String>,
    waiting: bool,
) {
    for identifier in call.place.instances_with_group(group) {
        let Some(instance) = call.place.instances.get(&identifier) else {
            continue;
        };
        let family = crate::sim::clusters::family_of(&instance.engine_version);
        let stored = call.place.stored_values(instance);
        let mut running = instance.running.clone();
        let unloaded = instance.parameter_group_status != "in-sync";
        for name in immediate
            .iter()
            .filter(|name| propagation::is_dynamic(&family, name) && !unloaded)
        {
            match stored.get(name) {
                Some(value) => running.insert(name.clone(), value.clone()),
                None => running.remove(name),
            };
        }
        let Some(instance) = call.place.instances.get_mut(&identifier) else {
            continue;
        };
        instance.running = running;
        if waiting && !unloaded {
            "pending-reboot".clone_into(&mut instance.parameter_group_status);
        }
    }
}
