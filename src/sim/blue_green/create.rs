//! CreateBlueGreenDeployment: the request, and the plan of its tasks.

use super::requests::answer;
use super::{Deployment, ENDPOINTS, INSTANCES, Pair, REPLICA, Task, UPGRADE, What, preconditions};
use crate::sim::call::Call;
use crate::sim::clusters::{self, Cluster};
use crate::sim::error::Error;
use crate::sim::instances;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::tags;
use crate::sim::xml::Element;

/// The shares of the whole time that the tasks take (general knowledge: the copy and the upgrade are the long ones).
const SHARES: [(&str, f64); 4] = [
    (REPLICA, 0.4),
    (UPGRADE, 0.3),
    (INSTANCES, 0.28),
    (ENDPOINTS, 0.02),
];

pub(super) fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = checked_name(call.parameters.required("BlueGreenDeploymentName")?)?;
    if call
        .place
        .deployments
        .values()
        .any(|known| known.name == name)
    {
        return Err(Error::new(
            "BlueGreenDeploymentAlreadyExistsFault",
            400,
            format!("A Blue Green Deployment with the name {name} already exists"),
        ));
    }
    let cluster = preconditions::source(call)?;
    let engine_version = preconditions::target_version(call, &cluster)?;
    let group = preconditions::target_group(call, &cluster, &engine_version)?;
    let instance_group = preconditions::target_instance_group(call, &engine_version)?;
    require_room(call.place, &cluster)?;
    let object = format!("{}/{}/{name}", call.place.account, call.place.region);
    let alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    let identifier = format!(
        "bgd-{}",
        call.place
            .draws
            .name(call.rules.seed, "blue green", &object, alphabet, 16)
    );
    let upgrades = engine_version != cluster.engine_version;
    let tasks: Vec<Task> = SHARES
        .iter()
        .filter(|(name, _)| *name != UPGRADE || upgrades)
        .map(|(name, _)| Task {
            name: (*name).to_owned(),
            status: "PENDING".to_owned(),
        })
        .collect();
    let deployment = Deployment {
        identifier: identifier.clone(),
        name,
        status: "PROVISIONING".to_owned(),
        details: None,
        created: call.now,
        deleted: None,
        delete_target: false,
        engine_version,
        group,
        instance_group,
        tasks,
        pairs: pairs(call.place, &cluster),
        tags: tags::given(call.parameters)?,
    };
    plan(call, &deployment);
    call.place
        .deployments
        .insert(identifier.clone(), deployment);
    call.effect(format!(
        "blue/green deployment {identifier} of {} begun",
        cluster.identifier
    ));
    answer(call, &identifier)
}

/// 1 to 60 letters, digits and hyphens, a letter first, no hyphen at the end or doubled; case is kept.
fn checked_name(name: &str) -> Result<String, Error> {
    let valid = name.len() <= 60
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--");
    if valid {
        return Ok(name.to_owned());
    }
    Err(Error::invalid_value(
        "The parameter BlueGreenDeploymentName is not a valid identifier: up to 60 ASCII letters, digits and single hyphens, \
         a letter first.",
    ))
}

/// Green counts towards the quotas.
fn require_room(place: &Place, cluster: &Cluster) -> Result<(), Error> {
    if place.clusters.len() >= clusters::create::QUOTA {
        return Err(clusters::create::quota_exceeded());
    }
    if place.instances.len() + cluster.members.len() > instances::create::QUOTA {
        return Err(instances::create::quota_exceeded());
    }
    Ok(())
}

/// The cluster, its members, its custom endpoints; nothing green yet.
fn pairs(place: &Place, cluster: &Cluster) -> Vec<Pair> {
    let pair = |what: What, source: &str| Pair {
        what,
        source: source.to_owned(),
        target: None,
        status: "PROVISIONING".to_owned(),
    };
    let members = cluster
        .members
        .iter()
        .map(|member| pair(What::Instance, member));
    let endpoints = place
        .endpoints_of(&cluster.identifier)
        .map(|endpoint| pair(What::Endpoint, &endpoint.identifier));
    std::iter::once(pair(What::Cluster, &cluster.identifier))
        .chain(members)
        .chain(endpoints)
        .collect()
}

fn plan(call: &mut Call<'_>, deployment: &Deployment) {
    let (source, _) = deployment.clusters();
    let spread = call.rules.timings.blue_green_create;
    let whole = call
        .place
        .seconds(call.rules, "blue green create", &source, spread);
    let chosen = SHARES
        .iter()
        .filter(|(name, _)| deployment.tasks.iter().any(|task| task.name == *name));
    let total: f64 = chosen.clone().map(|(_, share)| share).sum();
    let mut begun = 0.0;
    for (name, share) in chosen {
        let task = (*name).to_owned();
        let object = Object::BlueGreen(deployment.identifier.clone());
        let ends = begun + whole * share / total;
        call.place.later(
            call.now,
            begun,
            object.clone(),
            Step::TaskBegins { task: task.clone() },
        );
        call.place
            .later(call.now, ends, object, Step::TaskEnds { task });
        begun = ends;
    }
}
