//! DeleteBlueGreenDeployment: the tie between the two sides, and green with it when the request says so.

use super::requests::answer;
use super::{event, state};
use crate::sim::call::Call;
use crate::sim::clusters;
use crate::sim::error::Error;
use crate::sim::instances::{self, InFlight, Pending, restart};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;

pub(super) fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let identifier = call
        .parameters
        .required("BlueGreenDeploymentIdentifier")?
        .to_owned();
    let deployment = call.place.deployment(&identifier)?.clone();
    let delete_target = call.parameters.boolean("DeleteTarget")?.unwrap_or(false);
    let busy = ["PROVISIONING", "SWITCHOVER_IN_PROGRESS", "DELETING"];
    if busy.contains(&deployment.status.as_str()) {
        return Err(state(format!(
            "The blue/green deployment {identifier} cannot be deleted in the state {}.",
            deployment.status
        )));
    }
    if delete_target && deployment.status == "SWITCHOVER_COMPLETED" {
        return Err(state(
            "DeleteTarget cannot be specified after the switchover: the green environment is in production.",
        ));
    }
    let known = call.place.deployment_mut(&identifier)?;
    "DELETING".clone_into(&mut known.status);
    known.deleted = Some(call.now);
    known.delete_target = delete_target;
    let (_, green) = deployment.clusters();
    if let Some(green) = green.filter(|_| delete_target) {
        let mut moment = call.moment();
        take_down(&mut moment, &green);
    }
    call.later(
        "blue green delete",
        call.rules.timings.blue_green_delete,
        Object::BlueGreen(identifier.clone()),
        Step::Gone,
    );
    call.effect(format!(
        "blue/green deployment {identifier} is being deleted"
    ));
    answer(call, &identifier)
}

fn take_down(moment: &mut Moment<'_>, green: &str) {
    if let Some(cluster) = moment.place.clusters.get_mut(green) {
        "deleting".clone_into(&mut cluster.status);
        cluster.in_flight = Some("deleting".to_owned());
    }
    for member in moment.place.member_identifiers(green) {
        restart::stops(moment, &member);
        if let Some(instance) = moment.place.instances.get_mut(&member) {
            "deleting".clone_into(&mut instance.status);
            instance.in_flight = Some(InFlight {
                status: "deleting".to_owned(),
                applying: Pending::default(),
                fails: None,
            });
        }
    }
}

/// The deployment has disappeared, and green with it when that was asked for.
pub(super) fn gone(moment: &mut Moment<'_>, identifier: &str) {
    let Some(deployment) = moment.place.deployments.remove(identifier) else {
        return;
    };
    let (_, green) = deployment.clusters();
    if let Some(green) = green.filter(|_| deployment.delete_target) {
        // Readers first: no member takes over from a writer that goes with its cluster.
        let mut members = moment.place.member_identifiers(&green);
        let writer = |name: &String| {
            let instance = moment.place.instances.get(name);
            instance.is_some_and(|instance| instance.writer)
        };
        members.sort_by_key(writer);
        for member in members {
            instances::delete::gone(moment, &member);
        }
        clusters::delete::gone(moment, &green);
    }
    event(
        moment,
        identifier,
        "0246",
        "deletion",
        "Blue/green deployment deleted.",
    );
}
