//! SwitchoverBlueGreenDeployment: both sides stop taking writes, green takes blue's names, blue becomes `-old1`.
//!
//! Source: Aurora User Guide, "Switching a blue/green deployment". Names move, resource ids stay. A switchover that does not
//! end within its timeout is taken back, and neither side has changed.

use super::requests::answer;
use super::{Deployment, Pair, What, event, state};
use crate::sim::call::Call;
use crate::sim::clusters;
use crate::sim::error::Error;
use crate::sim::instances;
use crate::sim::machine::Moment;
use crate::sim::place::Place;
use crate::sim::schedule::{Object, Step};
use crate::sim::xml::Element;

pub(super) fn switchover(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let identifier = call
        .parameters
        .required("BlueGreenDeploymentIdentifier")?
        .to_owned();
    let deployment = call.place.deployment(&identifier)?.clone();
    let timeout_seconds = call.parameters.integer("SwitchoverTimeout")?.unwrap_or(300);
    if !(30..=3600).contains(&timeout_seconds) {
        return Err(Error::invalid_value(
            "SwitchoverTimeout must be between 30 and 3600 seconds.",
        ));
    }
    if !["AVAILABLE", "SWITCHOVER_FAILED"].contains(&deployment.status.as_str()) {
        return Err(state(format!(
            "The blue/green deployment {identifier} cannot be switched over in the state {}.",
            deployment.status
        )));
    }
    ready(call.place, &deployment)?;
    let known = call.place.deployment_mut(&identifier)?;
    "SWITCHOVER_IN_PROGRESS".clone_into(&mut known.status);
    known.details = None;
    let (blue, green) = deployment.clusters();
    for name in [Some(blue), green].into_iter().flatten() {
        call.place.cluster_mut(&name)?.in_flight = Some("renaming".to_owned());
    }
    call.later(
        "switchover accept",
        call.rules.timings.blue_green_accept,
        Object::BlueGreen(identifier.clone()),
        Step::SwitchoverBegins { timeout_seconds },
    );
    call.effect(format!("switchover of {identifier} begun"));
    answer(call, &identifier)
}

/// All of both sides is there and quiet.
fn ready(place: &Place, deployment: &Deployment) -> Result<(), Error> {
    for pair in &deployment.pairs {
        for name in std::iter::once(&pair.source).chain(&pair.target) {
            if !pair.what.exists(place, name) {
                return Err(state(format!("{name} is missing")));
            }
            let quiet = match pair.what {
                What::Cluster => place.cluster(name)?.require_modifiable().is_ok(),
                What::Instance => place.instance(name)?.idle(),
                What::Endpoint => place.endpoint(name)?.status == "available",
            };
            if !quiet {
                let what = match pair.what {
                    What::Cluster => "DB cluster",
                    What::Instance => "DB instance",
                    What::Endpoint => "DB cluster endpoint",
                };
                return Err(state(format!("{what} {name} is not in available state")));
            }
        }
    }
    Ok(())
}

/// Writes stop on both sides.
pub(super) fn begins(moment: &mut Moment<'_>, identifier: &str, timeout_seconds: i64) {
    let Some(known) = moment.place.deployments.get_mut(identifier) else {
        return;
    };
    known.set_pairs("SWITCHOVER_IN_PROGRESS");
    let deployment = known.clone();
    writers(moment, &deployment, false);
    let (blue, green) = deployment.clusters();
    let message = format!(
        "Switchover from {blue} to {} started.",
        green.unwrap_or_default()
    );
    event(moment, identifier, "0247", "notification", &message);
    tell_each(
        moment,
        &deployment,
        "notification",
        ("0259", "0250"),
        |_| "started.".to_owned(),
    );
    let spread = moment.rules.timings.blue_green_switchover;
    let seconds = moment
        .place
        .seconds(moment.rules, "switchover", &blue, spread);
    let object = Object::BlueGreen(identifier.to_owned());
    let timeout = timeout_seconds as f64;
    if seconds > timeout {
        moment
            .place
            .later(moment.at, timeout, object, Step::SwitchoverCancelled);
    } else {
        moment
            .place
            .later(moment.at, seconds, object, Step::SwitchoverEnds);
    }
}

/// Whether the engines of both writers take connections.
fn writers(moment: &mut Moment<'_>, deployment: &Deployment, up: bool) {
    let instances = deployment
        .pairs
        .iter()
        .filter(|pair| pair.what == What::Instance);
    let names: Vec<&String> = instances
        .flat_map(|pair| std::iter::once(&pair.source).chain(&pair.target))
        .collect();
    for name in names {
        let instance = moment.place.instances.get_mut(name);
        if let Some(instance) = instance.filter(|instance| instance.writer) {
            instance.engine_up = up;
        }
    }
}

fn release(moment: &mut Moment<'_>, deployment: &Deployment) {
    let (blue, green) = deployment.clusters();
    for name in [Some(blue), green].into_iter().flatten() {
        if let Some(cluster) = moment.place.clusters.get_mut(&name) {
            cluster.in_flight = None;
        }
    }
}

/// The timeout is over first: all is as before.
pub(super) fn cancelled(moment: &mut Moment<'_>, identifier: &str) {
    let Some(known) = moment.place.deployments.get_mut(identifier) else {
        return;
    };
    let message = "Switchover was cancelled: it did not complete within the timeout.";
    "SWITCHOVER_FAILED".clone_into(&mut known.status);
    known.details = Some(message.to_owned());
    known.set_pairs("AVAILABLE");
    let deployment = known.clone();
    writers(moment, &deployment, true);
    release(moment, &deployment);
    tell_each(moment, &deployment, "failure", ("0261", "0252"), |_| {
        "was canceled: it did not complete within the timeout.".to_owned()
    });
    event(moment, identifier, "0249", "failure", message);
}

/// An event for each cluster (the first id) and each instance (the second) that is switched over.
fn tell_each(
    moment: &mut Moment<'_>,
    deployment: &Deployment,
    category: &str,
    (cluster, instance): (&str, &str),
    what: impl Fn(&Pair) -> String,
) {
    for pair in &deployment.pairs {
        let writer = |name: &str| {
            let found = moment.place.instances.get(name);
            found.is_some_and(|instance| instance.writer)
        };
        let (id, kind) = match pair.what {
            What::Cluster => (cluster, "DB cluster"),
            What::Instance if writer(&pair.source) => (instance, "primary"),
            What::Instance => (instance, "read replica"),
            What::Endpoint => continue,
        };
        let message = format!(
            "Switchover from {kind} {} to {} {}",
            pair.source,
            pair.target.as_deref().unwrap_or_default(),
            what(pair)
        );
        event(moment, &deployment.identifier, id, category, &message);
    }
}

/// Blue steps aside, green takes its names.
pub(super) fn ends(moment: &mut Moment<'_>, identifier: &str) {
    let Some(deployment) = moment.place.deployments.get(identifier).cloned() else {
        return;
    };
    writers(moment, &deployment, true);
    release(moment, &deployment);
    let mut olds: Vec<(What, String, String)> = Vec::new();
    for pair in &deployment.pairs {
        let old = free_name(&pair.source, |candidate| {
            pair.what.exists(moment.place, candidate)
                || olds.iter().any(|(.., taken)| taken == candidate)
        });
        olds.push((pair.what, pair.source.clone(), old));
    }
    let old_name = |pair: &Pair| {
        let mut olds = olds.iter();
        let found = olds.find(|(what, name, _)| *what == pair.what && *name == pair.source);
        found.map_or_else(|| pair.source.clone(), |(.., old)| old.clone())
    };
    tell_each(
        moment,
        &deployment,
        "notification",
        ("0260", "0251"),
        |pair| {
            let (blue, green) = (&pair.source, pair.target.as_deref().unwrap_or_default());
            format!(
                "completed. Renamed {blue} to {} and {green} to {blue}.",
                old_name(pair)
            )
        },
    );
    let mut pairs = Vec::new();
    for pair in &deployment.pairs {
        let Some(target) = &pair.target else {
            continue;
        };
        let old = old_name(pair);
        rename(moment.place, pair.what, &pair.source, &old);
        rename(moment.place, pair.what, target, &pair.source);
        pairs.push(Pair {
            what: pair.what,
            source: old,
            target: Some(pair.source.clone()),
            status: "SWITCHOVER_COMPLETED".to_owned(),
        });
    }
    if let Some(known) = moment.place.deployments.get_mut(identifier) {
        "SWITCHOVER_COMPLETED".clone_into(&mut known.status);
        known.pairs = pairs;
    }
    let message = "Switchover of the blue/green deployment completed.";
    event(moment, identifier, "0248", "notification", message);
}

/// `NAME-old1`, or the next number that is free.
fn free_name(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let kept: String = name.chars().take(58).collect();
    let kept = kept.trim_end_matches('-').to_owned();
    (1_u32..)
        .map(|number| format!("{kept}-old{number}"))
        .find(|candidate| !taken(candidate))
        .unwrap_or(kept)
}

fn rename(place: &mut Place, what: What, from: &str, to: &str) {
    match what {
        What::Cluster => clusters::pending::rename(place, from, to),
        What::Instance => instances::pending::rename(place, from, to),
        What::Endpoint => place.rename_endpoint(from, to),
    }
}
