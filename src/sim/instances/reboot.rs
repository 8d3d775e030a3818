//! RebootDBInstance. Source: RDS API Reference, RebootDBInstance; Aurora User Guide, "Rebooting an Amazon Aurora DB cluster":
//! from 15.2, 14.7, 13.10, 12.14 and 16 on, readers stay up while the writer reboots.

use super::{describe, pending, restart};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::faults::{Aim, Kind};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "RebootDBInstance",
    &["DBInstanceIdentifier", "ForceFailover"],
    reboot,
)];

fn reboot(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let instance = call
        .place
        .instance(call.parameters.required("DBInstanceIdentifier")?)?;
    let identifier = instance.identifier.clone();
    if call.parameters.boolean("ForceFailover")? == Some(true) {
        return Err(Error::invalid_combination(
            "ForceFailover cannot be specified since the instance is not configured for MultiAZ.",
        ));
    }
    let cluster = call.place.cluster(&instance.cluster)?;
    if !instance.idle() || super::modify::cluster_blocks(cluster) {
        return Err(Error::instance_state(
            "Instance cannot currently reboot due to an in-progress management operation.",
        ));
    }
    let cluster_name = cluster.identifier.clone();
    let mut restarting = vec![identifier.clone()];
    if instance.writer && !readers_stay_up(&instance.engine_version) {
        restarting.extend(
            cluster
                .members
                .iter()
                .filter(|member| **member != identifier)
                .cloned(),
        );
    }
    let seconds = call
        .place
        .seconds(call.rules, "reboot", &identifier, call.rules.timings.reboot);
    let aim = Aim {
        cluster: &cluster_name,
        instance: Some(&identifier),
    };
    let stuck = call.strike(Kind::StuckReboot, aim);
    // How long it takes; none when it never ends.
    let seconds = match &stuck {
        Some(strike) => strike.declaration.seconds,
        None => Some(seconds),
    };
    for member in &restarting {
        let Some(instance) = call.place.instances.get_mut(member) else {
            continue;
        };
        "rebooting".clone_into(&mut instance.status);
        restart::stops(&mut call.moment(), member);
        if let Some(seconds) = seconds {
            call.place.later(
                call.now,
                seconds,
                Object::Instance(member.clone()),
                Step::Rebooted,
            );
        }
    }
    if let Some(strike) = stuck {
        let lasts = match seconds {
            Some(seconds) => format!("takes {seconds} s"),
            None => "does not end".to_owned(),
        };
        let did = format!("the reboot of {identifier} {lasts}");
        call.moment()
            .tell(strike.id, &cluster_name, Some(&identifier), &did);
    }
    call.effect(format!("reboot of {}", restarting.join(", ")));
    describe::answer(call, &identifier)
}

/// Whether this version keeps readers up while the writer reboots.
fn readers_stay_up(engine_version: &str) -> bool {
    let mut parts = engine_version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or_default());
    let (major, minor) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    match major {
        12 => minor >= 14,
        13 => minor >= 10,
        14 => minor >= 7,
        15 => minor >= 2,
        _ => major >= 16,
    }
}

/// The reboot is over.
pub(crate) fn rebooted(moment: &mut Moment<'_>, identifier: &str) {
    restart::starts(moment, identifier);
    pending::settles(moment, identifier);
    let queued = moment
        .place
        .instances
        .get(identifier)
        .is_some_and(|instance| !instance.pending.is_empty());
    if queued && moment.rules.policies.reboot_flushes_queue {
        pending::begin(moment.place, moment.rules, moment.at, identifier, None);
    }
}

#[cfg(test)]
mod tests {
    use super::readers_stay_up;

    #[test]
    fn readers_stay_up_from_the_documented_versions_on() {
        let up = [
            "12.14", "13.10", "14.7", "15.2", "15.10", "16.1", "16.6", "17.4",
        ];
        let down = ["11.21", "12.13", "13.9", "14.6", "15.1"];
        assert!(up.into_iter().all(readers_stay_up));
        assert!(!down.into_iter().any(readers_stay_up));
    }
}
