//! StopDBCluster and StartDBCluster: all members together, for at most seven days. Source: Aurora User Guide, "Stopping and
//! starting an Amazon Aurora DB cluster"; RDS API Reference, StopDBCluster and StartDBCluster; the texts as seen in public
//! issues. Durations are general knowledge.

use jiff::Timestamp;

use super::{Cluster, PendingCluster, describe};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::after;
use crate::sim::error::Error;
use crate::sim::groups::propagation;
use crate::sim::instances::{InFlight, Pending, restart};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change("StopDBCluster", &["DBClusterIdentifier"], stop),
    Operation::change("StartDBCluster", &["DBClusterIdentifier"], start),
];

/// A stopped cluster is started by the service after seven days.
const STOPPED_SECONDS_MOST: f64 = 7.0 * 86_400.0;

fn stop(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let cluster = call
        .place
        .cluster(call.parameters.required("DBClusterIdentifier")?)?;
    let identifier = cluster.identifier.clone();
    expect(cluster, &["available"])?;
    for member in call.place.members(cluster) {
        member.require_idle()?;
    }
    if call.place.in_deployment(&identifier) {
        return Err(Error::cluster_state(format!(
            "DbCluster {identifier} belongs to a blue/green deployment and cannot be stopped."
        )));
    }
    let mut moment = call.moment();
    show(&mut moment, &identifier, "stopping");
    for member in moment.place.member_identifiers(&identifier) {
        propagation::forget(moment.place, &member);
        restart::stops(&mut moment, &member);
        // Documented: what is queued is dropped, except what waits for a reboot in parameter groups.
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            instance.pending = Pending::default();
        }
        let object = Object::Instance(member);
        moment
            .place
            .schedule
            .forget(&object, Some(&Step::WindowOpens));
    }
    let object = Object::Cluster(identifier.clone());
    if let Some(cluster) = moment.place.clusters.get_mut(&identifier) {
        cluster.pending = PendingCluster::default();
    }
    moment
        .place
        .schedule
        .forget(&object, Some(&Step::WindowOpens));
    let spread = call.rules.timings.cluster_stop;
    call.later("cluster stop", spread, object, Step::Stopped);
    call.effect(format!("cluster {identifier} is being stopped"));
    describe::answer(call, &identifier)
}

fn start(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let cluster = call
        .place
        .cluster(call.parameters.required("DBClusterIdentifier")?)?;
    let identifier = cluster.identifier.clone();
    expect(
        cluster,
        &["stopped", "inaccessible-encryption-credentials-recoverable"],
    )?;
    let mut moment = call.moment();
    begin_start(&mut moment, &identifier);
    call.effect(format!("cluster {identifier} is being started"));
    describe::answer(call, &identifier)
}

/// Refuses unless the cluster is in one of these states, with nothing in flight that would lead to another.
fn expect(cluster: &Cluster, states: &[&str]) -> Result<(), Error> {
    let state = cluster.in_flight.as_ref().unwrap_or(&cluster.status);
    if states.contains(&state.as_str()) {
        return Ok(());
    }
    Err(Error::cluster_state(format!(
        "DbCluster {} is in {state} state but expected it to be one of {}.",
        cluster.identifier,
        states.join(",")
    )))
}

/// The cluster and its members show a status on the way to another one.
fn show(moment: &mut Moment<'_>, identifier: &str, status: &str) {
    if let Some(cluster) = moment.place.clusters.get_mut(identifier) {
        status.clone_into(&mut cluster.status);
        cluster.in_flight = Some(status.to_owned());
    }
    for member in moment.place.member_identifiers(identifier) {
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            status.clone_into(&mut instance.status);
            instance.in_flight = Some(InFlight {
                status: status.to_owned(),
                applying: Pending::default(),
                fails: None,
            });
        }
    }
}

/// The cluster and its members show where they have arrived.
fn arrive(moment: &mut Moment<'_>, identifier: &str, status: &str, event: &str, message: &str) {
    if let Some(cluster) = moment.place.clusters.get_mut(identifier) {
        status.clone_into(&mut cluster.status);
        cluster.in_flight = None;
    }
    for member in moment.place.member_identifiers(identifier) {
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            status.clone_into(&mut instance.status);
            instance.in_flight = None;
        }
        moment
            .place
            .instance_event(moment.at, &member, event, "notification", message);
    }
}

/// All members are down; in seven days the service starts them again.
pub(crate) fn stopped(moment: &mut Moment<'_>, identifier: &str) {
    arrive(moment, identifier, "stopped", "0087", "DB instance stopped");
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0150",
        "notification",
        "DB cluster stopped",
    );
    let object = Object::Cluster(identifier.to_owned());
    let limit: Timestamp = after(moment.at, STOPPED_SECONDS_MOST);
    moment
        .place
        .schedule
        .add(limit, object, Step::StoppedTooLong);
}

/// Seven days are over.
pub(crate) fn stopped_too_long(moment: &mut Moment<'_>, identifier: &str) {
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0153",
        "notification",
        "DB cluster is being started due to it exceeding the maximum allowed time being stopped.",
    );
    begin_start(moment, identifier);
}

fn begin_start(moment: &mut Moment<'_>, identifier: &str) {
    let object = Object::Cluster(identifier.to_owned());
    moment
        .place
        .schedule
        .forget(&object, Some(&Step::StoppedTooLong));
    show(moment, identifier, "starting");
    let spread = moment.rules.timings.cluster_start;
    moment.later_for_cluster("cluster start", spread, identifier, Step::Started);
}

/// All engines are up, with everything that is stored for them.
pub(crate) fn started(moment: &mut Moment<'_>, identifier: &str) {
    for member in moment.place.member_identifiers(identifier) {
        restart::starts(moment, &member);
    }
    arrive(
        moment,
        identifier,
        "available",
        "0088",
        "DB instance started",
    );
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0151",
        "notification",
        "DB cluster started",
    );
}
