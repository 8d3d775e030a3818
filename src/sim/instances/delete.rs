//! DeleteDBInstance. Source: RDS API Reference, DeleteDBInstance. A deleted writer hands over to the best reader.

use super::{InFlight, Pending, describe, restart};
use crate::sim::call::{Call, Operation};
use crate::sim::clusters::failover;
use crate::sim::error::Error;
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "DeleteDBInstance",
    &[
        "DBInstanceIdentifier",
        "SkipFinalSnapshot",
        "FinalDBSnapshotIdentifier",
        "DeleteAutomatedBackups",
    ],
    delete,
)];

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let instance = call
        .place
        .instance(parameters.required("DBInstanceIdentifier")?)?;
    let identifier = instance.identifier.clone();
    parameters.boolean("SkipFinalSnapshot")?;
    parameters.boolean("DeleteAutomatedBackups")?;
    if parameters.text("FinalDBSnapshotIdentifier").is_some() {
        return Err(Error::invalid_combination(
            "FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance",
        ));
    }
    if instance.status == "deleting" {
        return Err(Error::instance_state(format!(
            "Instance {identifier} is already being deleted."
        )));
    }
    if instance.writer && instance.cluster_busy(call.place) {
        return Err(Error::instance_state(format!(
            "Instance {identifier} cannot be deleted while its cluster fails over."
        )));
    }
    let object = Object::Instance(identifier.clone());
    call.place.schedule.forget(&object, None);
    let instance = call.place.instance_mut(&identifier)?;
    "deleting".clone_into(&mut instance.status);
    instance.in_flight = Some(InFlight {
        status: "deleting".to_owned(),
        applying: Pending::default(),
        fails: None,
    });
    let spread = call.rules.timings.instance_delete;
    call.later("instance delete", spread, object, Step::Gone);
    restart::stops(&mut call.moment(), &identifier);
    call.effect(format!("instance {identifier} is being deleted"));
    describe::answer(call, &identifier)
}

impl super::Instance {
    fn cluster_busy(&self, place: &crate::sim::place::Place) -> bool {
        place
            .clusters
            .get(&self.cluster)
            .is_some_and(|cluster| cluster.in_flight.as_deref() == Some("failing-over"))
    }
}

/// The instance has disappeared.
pub(crate) fn gone(moment: &mut Moment<'_>, identifier: &str) {
    let Some(instance) = moment.place.instances.remove(identifier) else {
        return;
    };
    moment
        .place
        .schedule
        .forget(&Object::Instance(identifier.to_owned()), None);
    moment.place.follow_member(identifier, None);
    let object = Object::Instance(identifier.to_owned());
    moment.place.follow_maintenance(&object, None);
    if let Some(cluster) = moment.place.clusters.get_mut(&instance.cluster) {
        cluster.members.retain(|member| member != identifier);
    }
    moment.place.instance_event(
        moment.at,
        identifier,
        "0003",
        "deletion",
        "DB instance deleted",
    );
    if !instance.writer {
        return;
    }
    let heir = moment
        .place
        .clusters
        .get(&instance.cluster)
        .and_then(|cluster| {
            let heir =
                failover::best_reader(moment.place, cluster, |reader| reader.status != "deleting");
            heir.map(|heir| heir.identifier.clone())
        });
    if let Some(heir) = heir {
        failover::promote(moment, &instance.cluster, &heir);
        let message = format!("Completed failover to DB instance: {heir}");
        moment
            .place
            .cluster_event(moment.at, &instance.cluster, "0071", "failover", message);
    }
}
