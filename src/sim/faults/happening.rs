//! What happens by itself, whoever asks for nothing: a member falls ill, AWS maintains, somebody else changes something.
//!
//! Events as in the Aurora User Guide, "Amazon RDS event categories and event messages for Aurora"; statuses as in "Viewing DB
//! instance status". That a member is out of service in these statuses, and that Aurora fails over from a writer that is, is
//! documented for failures in general ("High availability for Amazon Aurora") and assumed for each status.

use super::{Kind, Strike};
use crate::sim::call::Call;
use crate::sim::clusters::failover;
use crate::sim::clusters::pending as cluster_pending;
use crate::sim::identifiers::stored;
use crate::sim::instances::{InFlight, Pending, pending, restart};
use crate::sim::log::Request;
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::query::Parameters;
use crate::sim::respond;
use crate::sim::schedule::{Fate, Object, Step};

/// How long maintenance keeps a member down unless its declaration says so.
const MAINTENANCE_SECONDS: f64 = 120.0;
/// AWS looks again after so long when what it is to maintain is busy.
const AGAIN_SECONDS: f64 = 30.0;

/// A declared happening's time has come.
pub(crate) fn happens(moment: &mut Moment<'_>, strike: &Strike) {
    match strike.kind() {
        Kind::MemberStatus => falls_ill(moment, strike),
        Kind::Maintenance => maintenance(moment, strike),
        Kind::Operator => operator(moment, strike),
        _ => {}
    }
}

/// What stands for a name that changes while a world runs: `$writer`, `$reader` (the one that would take over), `$snapshot`
/// (the newest manual one) and `$group` of a cluster. Any other name stands for itself.
pub(crate) fn resolved(place: &Place, cluster: &str, name: &str) -> Option<String> {
    let found = place.clusters.get(&stored(cluster));
    match name {
        "$writer" => Some(place.writer_of(found?)?.identifier.clone()),
        "$reader" => {
            failover::best_reader(place, found?, |_| true).map(|reader| reader.identifier.clone())
        }
        "$group" => Some(found?.parameter_group.clone()),
        "$snapshot" => place
            .snapshots
            .values()
            .filter(|snapshot| {
                snapshot.kind == "manual" && snapshot.cluster.identifier == stored(cluster)
            })
            .max_by_key(|snapshot| snapshot.created)
            .map(|snapshot| snapshot.identifier.clone()),
        name => Some(name.to_owned()),
    }
}

/// The member that a declaration names, and its cluster.
fn member(place: &Place, strike: &Strike) -> Option<(String, String)> {
    let cluster = strike.declaration.cluster.as_deref().unwrap_or_default();
    let name = strike.declaration.instance.as_deref()?;
    let instance = place
        .instances
        .get(&stored(&resolved(place, cluster, name)?))?;
    Some((instance.identifier.clone(), instance.cluster.clone()))
}

fn falls_ill(moment: &mut Moment<'_>, strike: &Strike) {
    let status = strike.declaration.status.as_deref().unwrap_or("failed");
    let cluster_name = strike.declaration.cluster.clone().unwrap_or_default();
    let Some((identifier, cluster)) = member(moment.place, strike).filter(|(identifier, _)| {
        moment
            .place
            .instances
            .get(identifier)
            .is_some_and(|instance| !matches!(instance.status.as_str(), "creating" | "deleting"))
    }) else {
        let did = format!("no member could become {status}");
        moment.tell(strike.id, &cluster_name, None, &did);
        return;
    };
    // Whatever was going on with it is over.
    let object = Object::Instance(identifier.clone());
    moment.place.schedule.forget(&object, None);
    let mut was_writer = false;
    if let Some(instance) = moment.place.instances.get_mut(&identifier) {
        status.clone_into(&mut instance.status);
        instance.in_flight = None;
        was_writer = instance.writer;
    }
    restart::stops(moment, &identifier);
    let (id, category, message) = match status {
        "storage-full" => (
            "0007",
            "low storage",
            "Allocated storage has been exhausted. Allocate additional storage to resolve."
                .to_owned(),
        ),
        "incompatible-network" => ("0036", "failure", format!("Database instance in {status}.")),
        "failed" => (
            "0031",
            "failure",
            format!(
                "DB instance put into {status} state. RDS recommends that you initiate a point-in-time-restore."
            ),
        ),
        _ => (
            "0035",
            "failure",
            format!("Database instance put into {status}."),
        ),
    };
    moment
        .place
        .instance_event(moment.at, &identifier, id, category, message);
    if let Some(seconds) = strike.declaration.seconds {
        let step = Step::Recovers { fault: strike.id };
        moment.place.later(moment.at, seconds, object, step);
    }
    let did = format!("{identifier} became {status}");
    moment.tell(strike.id, &cluster, Some(&identifier), &did);
    if was_writer {
        fails_over(moment, &cluster);
    }
}

/// Aurora's own failover, from a writer that is out of service to the best reader that is not.
fn fails_over(moment: &mut Moment<'_>, cluster: &str) {
    let Some(found) = moment
        .place
        .clusters
        .get(cluster)
        .filter(|cluster| cluster.require_modifiable().is_ok())
    else {
        return;
    };
    let heir = failover::best_reader(moment.place, found, |reader| reader.idle())
        .map(|heir| heir.identifier.clone());
    let Some(heir) = heir else {
        return;
    };
    if let Some(cluster) = moment.place.clusters.get_mut(cluster) {
        cluster.in_flight = Some("failing-over".to_owned());
    }
    failover::begins(moment, cluster, &heir, Fate::Undisturbed);
}

/// A member is in service again, with everything that is stored for it.
pub(crate) fn recovers(moment: &mut Moment<'_>, identifier: &str, fault: u64) {
    let Some(instance) = moment.place.instances.get_mut(identifier) else {
        return;
    };
    "available".clone_into(&mut instance.status);
    let cluster = instance.cluster.clone();
    restart::starts(moment, identifier);
    moment.place.instance_event(
        moment.at,
        identifier,
        "0021",
        "recovery",
        "Recovery of the DB instance is complete.",
    );
    pending::settles(moment, identifier);
    let did = format!("{identifier} recovered");
    moment.tell(fault, &cluster, Some(identifier), &did);
}

/// AWS restarts one member, or all members of a cluster, as soon as nothing else goes on there.
fn maintenance(moment: &mut Moment<'_>, strike: &Strike) {
    let whole = strike.declaration.instance.is_none();
    let named = if whole {
        strike.declaration.cluster.as_deref().map(stored)
    } else {
        member(moment.place, strike).map(|(_, cluster)| cluster)
    };
    let Some(cluster) = named.filter(|name| moment.place.clusters.contains_key(name)) else {
        return;
    };
    let members = match member(moment.place, strike) {
        Some((identifier, _)) => vec![identifier],
        None if whole => moment.place.member_identifiers(&cluster),
        None => return,
    };
    let place = &*moment.place;
    let idle = |member: &String| {
        place
            .instances
            .get(member)
            .is_some_and(|instance| instance.idle())
    };
    let quiet = place
        .clusters
        .get(&cluster)
        .is_some_and(|cluster| cluster.require_modifiable().is_ok());
    if !quiet || !members.iter().all(idle) {
        let again = crate::sim::clock::after(moment.at, AGAIN_SECONDS);
        moment.faults.due_again(strike.id, again);
        return;
    }
    if whole {
        if let Some(cluster) = moment.place.clusters.get_mut(&cluster) {
            "maintenance".clone_into(&mut cluster.status);
            cluster.in_flight = Some("maintenance".to_owned());
        }
        let message = "Cluster operating system upgrade starting.";
        moment
            .place
            .cluster_event(moment.at, &cluster, "0288", "maintenance", message);
    }
    for member in &members {
        let message = "Applying off-line patches to DB instance";
        moment
            .place
            .instance_event(moment.at, member, "0026", "maintenance", message);
        restart::stops(moment, member);
        if let Some(instance) = moment.place.instances.get_mut(member) {
            "maintenance".clone_into(&mut instance.status);
            instance.in_flight = Some(InFlight {
                status: "maintenance".to_owned(),
                applying: Pending::default(),
                fails: None,
            });
        }
    }
    let seconds = strike.declaration.seconds.unwrap_or(MAINTENANCE_SECONDS);
    let object = match members.as_slice() {
        [only] if !whole => Object::Instance(only.clone()),
        _ => Object::Cluster(cluster.clone()),
    };
    moment
        .place
        .later(moment.at, seconds, object, Step::Maintained);
    for member in &members {
        let did = format!("AWS began to maintain {member}");
        moment.tell(strike.id, &cluster, Some(member), &did);
    }
}

/// A member's maintenance is over.
pub(crate) fn member_maintained(moment: &mut Moment<'_>, identifier: &str) {
    let under = moment
        .place
        .instances
        .get(identifier)
        .is_some_and(|instance| instance.status == "maintenance");
    if !under {
        return;
    }
    restart::starts(moment, identifier);
    let message = "Finished applying off-line patches to DB instance";
    moment
        .place
        .instance_event(moment.at, identifier, "0027", "maintenance", message);
    pending::settles(moment, identifier);
}

/// A whole cluster's maintenance is over.
pub(crate) fn cluster_maintained(moment: &mut Moment<'_>, identifier: &str) {
    for member in moment.place.member_identifiers(identifier) {
        member_maintained(moment, &member);
    }
    let message = "Cluster operating system upgrade completed.";
    moment
        .place
        .cluster_event(moment.at, identifier, "0289", "maintenance", message);
    cluster_pending::settles(moment, identifier);
}

/// Somebody else sends a request.
fn operator(moment: &mut Moment<'_>, strike: &Strike) {
    let declaration = &strike.declaration;
    let cluster = stored(declaration.cluster.as_deref().unwrap_or_default());
    let action = declaration.does.as_deref().unwrap_or_default();
    let Some(operation) = respond::operation(action) else {
        return;
    };
    let mut given = std::collections::BTreeMap::new();
    for (name, value) in &declaration.parameters {
        let Some(value) = resolved(moment.place, &cluster, value) else {
            let did = format!("an operator's {action} found no {value}");
            moment.tell(strike.id, &cluster, None, &did);
            return;
        };
        given.insert(name.clone(), value);
    }
    let parameters = Parameters::of(given);
    if moment.place.timeline.is_empty() {
        moment.place.note(moment.at);
    }
    let mut call = Call {
        place: moment.place,
        rules: moment.rules,
        faults: moment.faults,
        now: moment.at,
        parameters: &parameters,
        effects: Vec::new(),
        struck: Vec::new(),
    };
    let result = (operation.run)(&mut call);
    let effects = match &result {
        Ok(_) => call.effects,
        Err(_) => Vec::new(),
    };
    let told = match &result {
        Ok(_) => effects.join("; "),
        Err(error) => format!("refused, {}: {}", error.code, error.message),
    };
    moment.faults.requests.push(Request {
        // Numbered when it is logged.
        number: 0,
        time: moment.at,
        account: moment.place.account.clone(),
        region: moment.place.region.clone(),
        action: action.to_owned(),
        parameters: parameters.masked(),
        mutating: operation.mutating,
        status: result.as_ref().err().map_or(200, |error| error.status),
        error_code: result.err().map(|error| error.code),
        effects,
        fault: Some(Kind::Operator.name().to_owned()),
        fault_id: Some(strike.id),
        sender: None,
    });
    let did = format!("an operator's {action}: {told}");
    moment.tell(strike.id, &cluster, None, &did);
}
