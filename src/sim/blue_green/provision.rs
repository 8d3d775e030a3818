//! How green comes into being, task by task: the copied cluster, its upgrade, its members, its custom endpoints.

use super::{Deployment, ENDPOINTS, INSTANCES, REPLICA, UPGRADE, What, event, preconditions};
use crate::sim::clusters::Cluster;
use crate::sim::endpoints::Endpoint;
use crate::sim::instances::{InFlight, Instance, Pending};
use crate::sim::machine::Moment;
use crate::sim::schedule::{Object, Step};

/// The longest identifier.
const LENGTH_MOST: usize = 63;

/// A task begins: what it makes shows as being made.
pub(super) fn begins(moment: &mut Moment<'_>, identifier: &str, task: &str) {
    let Some(deployment) = in_progress(moment, identifier, task, "IN_PROGRESS") else {
        return;
    };
    match task {
        REPLICA => copy_cluster(moment, &deployment),
        UPGRADE => {
            if let Some(green) = green(moment, &deployment) {
                "upgrading".clone_into(&mut green.status);
                green.in_flight = Some("upgrading".to_owned());
            }
        }
        INSTANCES => copy_members(moment, &deployment),
        _ => {}
    }
}

/// A task is done.
pub(super) fn ends(moment: &mut Moment<'_>, identifier: &str, task: &str) {
    let Some(deployment) = in_progress(moment, identifier, task, "COMPLETED") else {
        return;
    };
    match task {
        REPLICA => {
            settle_cluster(moment, &deployment);
            refuse_too_small(moment, &deployment);
        }
        UPGRADE => {
            let version = deployment.engine_version.clone();
            if let Some(green) = green(moment, &deployment) {
                green.engine_version = version;
            }
            settle_cluster(moment, &deployment);
        }
        INSTANCES => settle_members(moment, &deployment),
        ENDPOINTS => {
            copy_endpoints(moment, &deployment);
            complete(moment, identifier);
        }
        _ => {}
    }
}

/// Notes the task's status; none when the deployment is not being provisioned any more.
fn in_progress(
    moment: &mut Moment<'_>,
    identifier: &str,
    task: &str,
    status: &str,
) -> Option<Deployment> {
    let deployment = moment.place.deployments.get_mut(identifier)?;
    if deployment.status != "PROVISIONING" {
        return None;
    }
    deployment.set_task(task, status);
    Some(deployment.clone())
}

fn green<'a>(moment: &'a mut Moment<'_>, deployment: &Deployment) -> Option<&'a mut Cluster> {
    let (_, green) = deployment.clusters();
    moment.place.clusters.get_mut(&green?)
}

/// `NAME-green-` and six letters or digits, no longer than an identifier may be.
fn green_name(moment: &mut Moment<'_>, name: &str) -> String {
    let object = format!("{}/{}/{name}", moment.place.account, moment.place.region);
    let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    let suffix = moment
        .place
        .draws
        .name(moment.rules.seed, "green", &object, alphabet, 6);
    let kept: String = name.chars().take(LENGTH_MOST - 13).collect();
    format!("{}-green-{suffix}", kept.trim_end_matches('-'))
}

fn set_target(moment: &mut Moment<'_>, identifier: &str, what: What, source: &str, target: &str) {
    let deployment = moment.place.deployments.get_mut(identifier);
    let pairs = deployment.into_iter().flat_map(|known| &mut known.pairs);
    for pair in pairs.filter(|pair| pair.what == what && pair.source == source) {
        pair.target = Some(target.to_owned());
    }
}

fn copy_cluster(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (blue, _) = deployment.clusters();
    let Some(source) = moment.place.clusters.get(&blue).cloned() else {
        return;
    };
    let name = green_name(moment, &blue);
    let resource_id = moment.place.resource_id(moment.rules, "cluster", &name);
    let green = Cluster {
        identifier: name.clone(),
        resource_id,
        status: "creating".to_owned(),
        in_flight: Some("creating".to_owned()),
        created: moment.at,
        members: Vec::new(),
        parameter_group: source.parameter_group.clone(),
        // Documented: roles are not copied.
        roles: Vec::new(),
        pending: super::super::clusters::PendingCluster::default(),
        clone_group: None,
        endpoint_moving: None,
        ..source
    };
    moment.place.clusters.insert(name.clone(), green);
    set_target(moment, &deployment.identifier, What::Cluster, &blue, &name);
}

fn settle_cluster(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (version, group) = (&deployment.engine_version, deployment.group.clone());
    let version = version.clone();
    if let Some(green) = green(moment, deployment) {
        "available".clone_into(&mut green.status);
        green.in_flight = None;
        if green.engine_version == version {
            green.parameter_group = group;
        }
    }
}

/// Too few workers or slots end the deployment here.
fn refuse_too_small(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (blue, _) = deployment.clusters();
    let Some(source) = moment.place.clusters.get(&blue) else {
        return;
    };
    let names = preconditions::too_small(moment.place, source);
    if names.is_empty() {
        return;
    }
    let details = format!(
        "Creation of blue/green deployment failed due to incompatible parameter(s): [{}]",
        names.join(", ")
    );
    let identifier = deployment.identifier.clone();
    if let Some(known) = moment.place.deployments.get_mut(&identifier) {
        "INVALID_CONFIGURATION".clone_into(&mut known.status);
        known.details = Some(details.clone());
        for task in known.tasks.iter_mut().filter(|task| task.name == REPLICA) {
            "FAILED".clone_into(&mut task.status);
        }
    }
    let object = Object::BlueGreen(identifier.clone());
    for step in [
        Step::TaskBegins {
            task: String::new(),
        },
        Step::TaskEnds {
            task: String::new(),
        },
    ] {
        moment.place.schedule.forget(&object, Some(&step));
    }
    event(moment, &identifier, "0245", "failure", &details);
}

fn copy_members(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (blue, Some(green)) = deployment.clusters() else {
        return;
    };
    for member in moment.place.member_identifiers(&blue) {
        let Some(source) = moment.place.instances.get(&member).cloned() else {
            continue;
        };
        let name = green_name(moment, &member);
        let resource_id = moment.place.resource_id(moment.rules, "db", &name);
        let mut instance = Instance::new(
            &name,
            resource_id,
            &green,
            &source.class,
            &deployment.engine_version,
            moment.at,
        );
        "creating".clone_into(&mut instance.status);
        instance.in_flight = Some(InFlight {
            status: "creating".to_owned(),
            applying: Pending::default(),
            fails: None,
        });
        instance.engine_up = false;
        instance.writer = source.writer;
        instance.promotion_tier = source.promotion_tier;
        instance.availability_zone = source.availability_zone;
        instance.maintenance_window = source.maintenance_window;
        instance.auto_minor_version_upgrade = source.auto_minor_version_upgrade;
        instance.publicly_accessible = source.publicly_accessible;
        instance.copy_tags_to_snapshot = source.copy_tags_to_snapshot;
        instance.ca_certificate = source.ca_certificate;
        instance.insights = source.insights;
        instance.monitoring_interval_seconds = source.monitoring_interval_seconds;
        instance.monitoring_role = source.monitoring_role;
        instance.tags = source.tags;
        if let Some(group) = &deployment.instance_group {
            instance.parameter_group.clone_from(group);
        } else if source.engine_version == deployment.engine_version {
            instance.parameter_group = source.parameter_group;
        }
        moment.place.instances.insert(name.clone(), instance);
        if let Some(cluster) = moment.place.clusters.get_mut(&green) {
            cluster.members.push(name.clone());
        }
        set_target(
            moment,
            &deployment.identifier,
            What::Instance,
            &member,
            &name,
        );
    }
}

fn settle_members(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (_, Some(green)) = deployment.clusters() else {
        return;
    };
    for member in moment.place.member_identifiers(&green) {
        let Some(instance) = moment.place.instances.get(&member) else {
            continue;
        };
        let values = moment.place.stored_values(instance);
        let Some(instance) = moment.place.instances.get_mut(&member) else {
            continue;
        };
        instance.running = values;
        instance.engine_up = true;
        instance.started = moment.at;
        "available".clone_into(&mut instance.status);
        instance.in_flight = None;
        let message = "DB instance created";
        moment
            .place
            .instance_event(moment.at, &member, "0005", "creation", message);
    }
}

fn copy_endpoints(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (blue, Some(green)) = deployment.clusters() else {
        return;
    };
    let known = moment.place.deployments.get(&deployment.identifier);
    let pairs = known.map(|known| known.pairs.clone()).unwrap_or_default();
    let counterparts = |members: Vec<String>| -> Vec<String> {
        members
            .into_iter()
            .filter_map(|member| {
                pairs
                    .iter()
                    .find(|pair| pair.what == What::Instance && pair.source == member)
                    .and_then(|pair| pair.target.clone())
            })
            .collect()
    };
    let endpoints: Vec<Endpoint> = moment.place.endpoints_of(&blue).cloned().collect();
    for source in endpoints {
        let name = green_name(moment, &source.identifier);
        let resource_id = moment
            .place
            .resource_id(moment.rules, "cluster-endpoint", &name);
        let endpoint = Endpoint {
            identifier: name.clone(),
            resource_id,
            cluster: green.clone(),
            status: "available".to_owned(),
            static_members: counterparts(source.static_members),
            excluded_members: counterparts(source.excluded_members),
            kind: source.kind,
            emptied: source.emptied,
            tags: source.tags,
        };
        moment.place.endpoints.insert(name.clone(), endpoint);
        set_target(
            moment,
            &deployment.identifier,
            What::Endpoint,
            &source.identifier,
            &name,
        );
    }
}

fn complete(moment: &mut Moment<'_>, identifier: &str) {
    if let Some(known) = moment.place.deployments.get_mut(identifier) {
        "AVAILABLE".clone_into(&mut known.status);
        known.set_pairs("AVAILABLE");
    }
    let message = "Blue/green deployment tasks completed. You can make more modifications to the green environment databases or \
                   switch over the deployment.";
    event(moment, identifier, "0244", "creation", message);
}
