//! DeleteDBCluster. Source: RDS API Reference, DeleteDBCluster; the texts as seen in public issues.

use super::describe;
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::identifiers::{Kind, checked};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};
use crate::sim::snapshots;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[Operation::change(
    "DeleteDBCluster",
    &[
        "DBClusterIdentifier",
        "SkipFinalSnapshot",
        "FinalDBSnapshotIdentifier",
        "DeleteAutomatedBackups",
    ],
    delete,
)];

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let cluster = call
        .place
        .cluster(parameters.required("DBClusterIdentifier")?)?;
    let identifier = cluster.identifier.clone();
    if cluster.deletion_protection {
        return Err(Error::invalid_combination(
            "Cannot delete protected Cluster, please disable deletion protection and try again.",
        ));
    }
    if call
        .place
        .members(cluster)
        .any(|member| member.status != "deleting")
    {
        return Err(Error::cluster_state(
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
        ));
    }
    if cluster.status != "available" || cluster.in_flight.is_some() {
        return Err(Error::cluster_state(format!(
            "DbCluster {identifier} is not currently in the available state."
        )));
    }
    parameters.boolean("DeleteAutomatedBackups")?;
    let skip = parameters.boolean("SkipFinalSnapshot")?.unwrap_or(false);
    match (skip, parameters.text("FinalDBSnapshotIdentifier")) {
        (true, Some(_)) => {
            return Err(Error::invalid_combination(
                "FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is true.",
            ));
        }
        (false, None) => {
            return Err(Error::invalid_combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            ));
        }
        (false, Some(snapshot)) => {
            let snapshot = checked("FinalDBSnapshotIdentifier", snapshot, Kind::Identifier)?;
            snapshots::begin(
                call,
                &snapshot,
                &identifier,
                std::collections::BTreeMap::new(),
            )?;
        }
        (true, None) => {}
    }
    let answer = describe::answer(call, &identifier)?;
    let object = Object::Cluster(identifier.clone());
    call.place.schedule.forget(&object, None);
    let timings = &call.rules.timings;
    let leading = call.later(
        "cluster delete accept",
        timings.cluster_delete_accept,
        object.clone(),
        Step::StatusBegins {
            status: "deleting".to_owned(),
        },
    );
    let seconds = leading
        + call.place.seconds(
            call.rules,
            "cluster delete",
            &identifier,
            timings.cluster_delete,
        );
    call.place.later(call.now, seconds, object, Step::Gone);
    if let Ok(cluster) = call.place.cluster_mut(&identifier) {
        cluster.in_flight = Some("deleting".to_owned());
    }
    call.effect(format!("cluster {identifier} is being deleted"));
    Ok(answer)
}

/// The cluster has disappeared, unless the last of its members has not yet.
pub(crate) fn gone(moment: &mut Moment<'_>, identifier: &str) {
    if !moment.place.member_identifiers(identifier).is_empty() {
        let spread = moment.rules.timings.cluster_delete;
        moment.later_for_cluster("cluster delete", spread, identifier, Step::Gone);
        return;
    }
    let Some(cluster) = moment.place.clusters.remove(identifier) else {
        return;
    };
    moment.place.drop_endpoints(identifier);
    let object = Object::Cluster(identifier.to_owned());
    moment.place.follow_maintenance(&object, None);
    let name = cluster.parameter_group;
    if let Some(group) = moment.place.cluster_groups.get_mut(&name) {
        group.detached = Some(moment.at);
    }
    moment
        .place
        .schedule
        .forget(&Object::Cluster(identifier.to_owned()), None);
    moment.place.cluster_event(
        moment.at,
        identifier,
        "0171",
        "deletion",
        "DB cluster deleted",
    );
}
