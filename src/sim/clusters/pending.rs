//! A cluster's queued modifications: applied by an immediate request or by the maintenance window.

use jiff::Timestamp;

use super::PendingCluster;
use crate::sim::groups::propagation;
use crate::sim::instances::restart;
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::windows::Weekly;
use crate::sim::world::Rules;

/// Begins to apply everything that is queued.
pub(crate) fn begin(place: &mut Place, rules: &Rules, now: Timestamp, identifier: &str) {
    let Some(cluster) = place.clusters.get_mut(identifier) else {
        return;
    };
    let object = Object::Cluster(identifier.to_owned());
    let timings = &rules.timings;
    if cluster.pending.engine_version.is_some() {
        cluster.in_flight = Some("upgrading".to_owned());
        let seconds = place.seconds(
            rules,
            "cluster modify accept",
            identifier,
            timings.cluster_modify_accept,
        );
        place.later(now, seconds, object, Step::UpgradeBegins);
        return;
    }
    let PendingCluster {
        identifier: new_identifier,
        port,
        ..
    } = &cluster.pending;
    let status = match (new_identifier, port) {
        (Some(_), _) => "renaming",
        (None, Some(_)) => "modifying",
        (None, None) => "configuring-iam-database-auth",
    };
    cluster.in_flight = Some(status.to_owned());
    let leading = place.seconds(
        rules,
        "cluster modify accept",
        identifier,
        timings.cluster_modify_accept,
    );
    let working = place.seconds(rules, "cluster modify", identifier, timings.cluster_modify);
    place.later(
        now,
        leading,
        object.clone(),
        Step::StatusBegins {
            status: status.to_owned(),
        },
    );
    place.later(now, leading + working, object, Step::Modified);
}

/// The queued values take over; a new port or name restarts all instances together.
pub(crate) fn modified(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    let pending = std::mem::take(&mut cluster.pending);
    cluster.port = pending.port.unwrap_or(cluster.port);
    cluster.iam_authentication = pending
        .iam_authentication
        .unwrap_or(cluster.iam_authentication);
    let members = cluster.members.clone();
    if pending.port.is_some() {
        for member in &members {
            restart::stops(moment, member);
            restart::starts(moment, member);
        }
    }
    settles(moment, identifier);
    if let Some(name) = pending.identifier {
        rename(moment.place, identifier, &name);
        moment.place.cluster_event(
            moment.at,
            &name,
            "0172",
            "notification",
            format!("Renamed cluster from {identifier} to {name}"),
        );
    }
}

pub(crate) fn rename(place: &mut Place, from: &str, to: &str) {
    let Some(mut cluster) = place.clusters.remove(from) else {
        return;
    };
    to.clone_into(&mut cluster.identifier);
    for member in &cluster.members {
        if let Some(instance) = place.instances.get_mut(member) {
            to.clone_into(&mut instance.cluster);
        }
    }
    place.clusters.insert(to.to_owned(), cluster);
    place.follow_cluster(from, to);
    let (from, to) = (
        Object::Cluster(from.to_owned()),
        Object::Cluster(to.to_owned()),
    );
    place.follow_maintenance(&from, Some(&to));
    place.schedule.rename(&from, &to);
}

/// Back to `available`.
pub(crate) fn settles(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get_mut(identifier) else {
        return;
    };
    "available".clone_into(&mut cluster.status);
    cluster.in_flight = None;
    // A window that passed while the cluster was busy comes again.
    if !cluster.pending.is_empty() {
        await_window(moment.place, moment.at, identifier);
    }
}

/// Lets the maintenance window apply what is queued.
pub(crate) fn await_window(place: &mut Place, now: Timestamp, identifier: &str) {
    let Some(window) = place
        .clusters
        .get(identifier)
        .and_then(|cluster| Weekly::parse(&cluster.maintenance_window))
    else {
        return;
    };
    let object = Object::Cluster(identifier.to_owned());
    place.schedule.forget(&object, Some(&Step::WindowOpens));
    place
        .schedule
        .add(window.opens(now), object, Step::WindowOpens);
}

/// The maintenance window opens: what is queued is applied.
pub(crate) fn window_opens(moment: &mut Moment<'_>, identifier: &str) {
    let Some(cluster) = moment.place.clusters.get(identifier) else {
        return;
    };
    if !cluster.pending.is_empty() && cluster.require_modifiable().is_ok() {
        begin(moment.place, moment.rules, moment.at, identifier);
    }
}

/// All members take another cluster parameter group's values, after an upgrade to another family.
pub(crate) fn regroup(moment: &mut Moment<'_>, identifier: &str, group: &str) {
    if let Some(cluster) = moment.place.clusters.get_mut(identifier) {
        group.clone_into(&mut cluster.parameter_group);
    }
    for member in moment.place.member_identifiers(identifier) {
        propagation::forget(moment.place, &member);
    }
}
