//! FailoverDBCluster, from the accepted request to the settled cluster.
//!
//! Observed on Aurora PostgreSQL 16.6, us-east-1: `available` with the old writer for 3 to 14 s after the call, then
//! `failing-over`; the writer flag moves about 11 s later in one step; `available` again 11 to 12 s after that, rarely after
//! minutes. The demoted member restarts, the promoted one does not; queued modifications stay queued.
//! Errors: RDS API Reference, FailoverDBCluster.

use std::cmp::Reverse;

use super::{Cluster, describe};
use crate::sim::call::{Call, Operation};
use crate::sim::classes;
use crate::sim::clock::after;
use crate::sim::error::Error;
use crate::sim::faults::{Aim, Kind};
use crate::sim::identifiers::stored;
use crate::sim::instances::{Instance, out_of_service, restart};
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::postgres::Moving;
use crate::sim::schedule::{Fate, Object, Step};
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "FailoverDBCluster",
    &["DBClusterIdentifier", "TargetDBInstanceIdentifier"],
    failover,
)];

fn failover(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = call.parameters.required("DBClusterIdentifier")?;
    let Ok(cluster) = call.place.cluster(name) else {
        let message =
            format!("The source cluster could not be found or cannot be accessed: {name}");
        return Err(Error::new("DBClusterNotFoundFault", 404, message));
    };
    let identifier = cluster.identifier.clone();
    cluster.require_modifiable()?;
    if cluster.members.len() < 2 {
        return Err(Error::cluster_state(format!(
            "Database cluster:{identifier} should have at least two database instances for failover"
        )));
    }
    let target = match call.parameters.text("TargetDBInstanceIdentifier") {
        Some(target) => given_target(call, cluster, target)?,
        None => best_reader(call.place, cluster, |reader| reader.idle()).map(|reader| reader.identifier.clone()).ok_or_else(|| {
            Error::cluster_state(format!(
                "Database cluster:{identifier} should have at least two database instances in valid states or a valid target \
                 instance for failover"
            ))
        })?,
    };
    let answer = describe::answer(call, &identifier)?;
    let fate = fate(call, &identifier, &target);
    call.place.cluster_mut(&identifier)?.in_flight = Some("failing-over".to_owned());
    let spread = call.rules.timings.failover_accept;
    call.later(
        "failover accept",
        spread,
        Object::Cluster(identifier.clone()),
        Step::FailoverBegins {
            target: target.clone(),
            fate,
        },
    );
    call.effect(format!("failover of {identifier} to {target} accepted"));
    Ok(answer)
}

/// What the declared faults make of an accepted failover.
fn fate(call: &mut Call<'_>, identifier: &str, target: &str) -> Fate {
    let aim = Aim {
        cluster: identifier,
        instance: Some(target),
    };
    if let Some(strike) = call.strike(Kind::FailoverFails, aim) {
        return Fate::Fails { fault: strike.id };
    }
    match call.strike(Kind::FailoverFlipsBack, aim) {
        Some(strike) => Fate::FlipsBack {
            fault: strike.id,
            seconds: strike.declaration.seconds.unwrap_or(FLIPS_BACK_SECONDS),
        },
        None => Fate::Undisturbed,
    }
}

/// When a writer comes back unless a fault says otherwise: before the cluster settles.
const FLIPS_BACK_SECONDS: f64 = 5.0;

fn given_target(call: &Call<'_>, cluster: &Cluster, target: &str) -> Result<String, Error> {
    let target = stored(target);
    let Some(instance) = call
        .place
        .members(cluster)
        .find(|member| member.identifier == target)
    else {
        return Err(Error::invalid_value(format!(
            "Cannot find target instance: {target}"
        )));
    };
    if instance.writer {
        // The service's text for this is not on record; the code is one of the two that are modelled.
        let message = format!("The target instance {target} is already the writer of the cluster.");
        return Err(if call.rules.policies.failover_to_writer_is_invalid_value {
            Error::invalid_value(message)
        } else {
            Error::instance_state(message)
        });
    }
    if !instance.idle() {
        return Err(Error::instance_state(format!(
            "The target instance {target} is not in available state."
        )));
    }
    Ok(target)
}

/// The reader that takes over without being named: lowest promotion tier, then largest class, then the first by name.
pub(crate) fn best_reader<'a>(
    place: &'a Place,
    cluster: &'a Cluster,
    fit: impl Fn(&Instance) -> bool,
) -> Option<&'a Instance> {
    let rank = |instance: &Instance| classes::class(&instance.class).map_or(0, |class| class.rank);
    place
        .members(cluster)
        .filter(|member| !member.writer && fit(member))
        .min_by_key(|member| {
            (
                member.promotion_tier,
                Reverse(rank(member)),
                member.identifier.clone(),
            )
        })
}

/// The cluster shows `failing-over`.
pub(crate) fn begins(moment: &mut Moment<'_>, identifier: &str, target: &str, fate: Fate) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    "failing-over".clone_into(&mut cluster.status);
    let Some(cluster) = moment.place.clusters.get(identifier) else {
        return;
    };
    let zone =
        |instance: Option<&Instance>| instance.map(|instance| instance.availability_zone.clone());
    let same_zone =
        zone(moment.place.writer_of(cluster)) == zone(moment.place.instances.get(target));
    let (id, scope) = if same_zone {
        ("0072", "same AZ")
    } else {
        ("0073", "cross AZ")
    };
    let message = format!("Started {scope} failover to DB instance: {target}");
    moment
        .place
        .cluster_event(moment.at, identifier, id, "failover", message);
    let spread = moment.rules.timings.failover_flip;
    moment.later_for_cluster(
        "failover flip",
        spread,
        identifier,
        Step::FailoverFlips {
            target: target.to_owned(),
            fate,
        },
    );
}

/// The writer flag moves, all at once; the demoted member's engine goes down.
pub(crate) fn flips(moment: &mut Moment<'_>, identifier: &str, target: &str, fate: &Fate) {
    let able =
        moment.place.instances.get(target).is_some_and(|instance| {
            instance.status != "deleting" && !out_of_service(&instance.status)
        });
    let fails = match fate {
        Fate::Fails { fault } => Some(*fault),
        _ => None,
    };
    if !able || fails.is_some() {
        moment.place.cluster_event(
            moment.at,
            identifier,
            "0069",
            "failover",
            "Cluster failover failed, check the health of your cluster instances and try again",
        );
        super::pending::settles(moment, identifier);
        if let Some(fault) = fails {
            let did = format!("the failover of {identifier} to {target} did not flip");
            moment.tell(fault, identifier, None, &did);
        }
        return;
    }
    let former = moment
        .place
        .clusters
        .get(identifier)
        .and_then(|cluster| moment.place.writer_of(cluster))
        .map(|writer| writer.identifier.clone());
    promote(moment, identifier, target);
    if let (Fate::FlipsBack { fault, seconds }, Some(former)) = (fate, former) {
        moment.place.later(
            moment.at,
            *seconds,
            Object::Cluster(identifier.to_owned()),
            Step::FailoverReturns {
                target: former,
                fault: *fault,
            },
        );
    }
    later_settles(moment, identifier, target);
}

/// A fault makes the former writer the writer again.
pub(crate) fn returns(moment: &mut Moment<'_>, identifier: &str, target: &str, fault: u64) {
    let able = moment.place.instances.get(target).is_some_and(|instance| {
        instance.cluster == identifier && !instance.writer && instance.status != "deleting"
    });
    let Some(cluster) = moment.place.clusters.get_mut(identifier).filter(|cluster| {
        able && (cluster.in_flight.is_none() || cluster.status == "failing-over")
    }) else {
        let did = format!("{target} could not become the writer of {identifier} again");
        moment.tell(fault, identifier, None, &did);
        return;
    };
    "failing-over".clone_into(&mut cluster.status);
    cluster.in_flight = Some("failing-over".to_owned());
    // What was to end with the other writer does not.
    moment.place.schedule.forget(
        &Object::Cluster(identifier.to_owned()),
        Some(&Step::FailoverSettles {
            target: String::new(),
        }),
    );
    let message = format!("Promoting previous primary again: {target}");
    moment
        .place
        .cluster_event(moment.at, identifier, "0070", "failover", message);
    promote(moment, identifier, target);
    let did = format!("the failover of {identifier} flipped back to {target}");
    moment.tell(fault, identifier, Some(target), &did);
    later_settles(moment, identifier, target);
}

/// The failover is over after a while, rarely after minutes.
fn later_settles(moment: &mut Moment<'_>, identifier: &str, target: &str) {
    let rules = moment.rules;
    let slow = moment.place.chance(rules, "slow failover", identifier)
        < rules.timings.failover_settle_slow_chance;
    let spread = if slow {
        let slow = rules.timings.failover_settle_slow;
        slow.of(rules.timings.failover_settle.phase)
    } else {
        rules.timings.failover_settle
    };
    moment.later_for_cluster(
        "failover settle",
        spread,
        identifier,
        Step::FailoverSettles {
            target: target.to_owned(),
        },
    );
}

/// Moves the writer flag and restarts the former writer.
pub(crate) fn promote(moment: &mut Moment<'_>, identifier: &str, target: &str) {
    for member in moment.place.member_identifiers(identifier) {
        let Some(instance) = moment.place.instances.get_mut(&member) else {
            continue;
        };
        let demoted = instance.writer && member != target;
        instance.writer = member == target;
        if demoted {
            restart::stops(moment, &member);
            endpoint_follows(moment, identifier, &member);
            let spread = moment.rules.timings.failover_restart;
            moment.later_for_instance("failover restart", spread, &member, Step::DemotedStarts);
        }
    }
}

/// The cluster endpoint leads to the former writer until its name has been changed and the old answer is forgotten.
fn endpoint_follows(moment: &mut Moment<'_>, identifier: &str, former: &str) {
    let rules = moment.rules;
    let spread = rules.timings.failover_endpoint;
    let seconds = moment
        .place
        .seconds(rules, "failover endpoint", identifier, spread);
    if let Some(cluster) = moment.place.clusters.get_mut(identifier) {
        cluster.endpoint_moving = Some(Moving {
            former: former.to_owned(),
            until: after(moment.at, seconds),
        });
    }
}

/// The demoted member is back, as a reader.
pub(crate) fn demoted_starts(moment: &mut Moment<'_>, identifier: &str) {
    if moment.rules.policies.failover_loads_static_parameters {
        restart::starts(moment, identifier);
    } else {
        restart::starts_without_loading(moment, identifier);
    }
}

/// The failover is over.
pub(crate) fn settles(moment: &mut Moment<'_>, identifier: &str, target: &str) {
    super::pending::settles(moment, identifier);
    let message = format!("Completed failover to DB instance: {target}");
    moment
        .place
        .cluster_event(moment.at, identifier, "0071", "failover", message);
}
