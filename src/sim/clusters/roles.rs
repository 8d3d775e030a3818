//! AddRoleToDBCluster and RemoveRoleFromDBCluster. Source: RDS API Reference; the texts as seen in public issues. How long a
//! role stays `PENDING` is general knowledge.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Cluster;
use crate::sim::call::{Call, Operation};
use crate::sim::clock::after;
use crate::sim::error::Error;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::silent(
        "AddRoleToDBCluster",
        &["DBClusterIdentifier", "RoleArn", "FeatureName"],
        add,
    ),
    Operation::silent(
        "RemoveRoleFromDBCluster",
        &["DBClusterIdentifier", "RoleArn", "FeatureName"],
        remove,
    ),
];

/// A cluster has at most this many roles; with one for each feature, it cannot have more.
pub(crate) const QUOTA: usize = 5;

/// What Aurora PostgreSQL uses roles for.
const FEATURES: [&str; 5] = ["s3Import", "s3Export", "Lambda", "SageMaker", "Comprehend"];

/// A role that a cluster may assume for a feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Role {
    arn: String,
    feature: String,
    active: Timestamp,
}

fn add(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let cluster = named(call)?;
    let arn = call.parameters.required("RoleArn")?.to_owned();
    let feature = feature(call)?;
    if !arn.starts_with("arn:") || !arn.contains(":role/") {
        return Err(Error::invalid_value(format!(
            "IAM role ARN value is invalid or does not include the required permissions for: {feature}"
        )));
    }
    if cluster.roles.iter().any(|role| role.feature == feature) {
        return Err(Error::new(
            "DBClusterRoleAlreadyExists",
            400,
            format!(
                "The DB cluster {} already has a role for the feature {feature}.",
                cluster.identifier
            ),
        ));
    }
    let seconds = call.place.seconds(
        call.rules,
        "cluster role",
        &cluster.identifier,
        call.rules.timings.cluster_modify,
    );
    let active = after(call.now, seconds);
    call.effect(format!(
        "role {arn} for {feature} added to {}",
        cluster.identifier
    ));
    let role = Role {
        arn,
        feature,
        active,
    };
    call.place
        .cluster_mut(&cluster.identifier)?
        .roles
        .push(role);
    Ok(Vec::new())
}

fn remove(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let cluster = named(call)?;
    let arn = call.parameters.required("RoleArn")?.to_owned();
    let feature = feature(call)?;
    let same = |role: &Role| role.arn == arn && role.feature == feature;
    if !cluster.roles.iter().any(same) {
        return Err(Error::new(
            "DBClusterRoleNotFound",
            404,
            format!(
                "The role {arn} for the feature {feature} is not associated with the DB cluster {}.",
                cluster.identifier
            ),
        ));
    }
    let roles = &mut call.place.cluster_mut(&cluster.identifier)?.roles;
    roles.retain(|role| !same(role));
    call.effect(format!(
        "role {arn} for {feature} removed from {}",
        cluster.identifier
    ));
    Ok(Vec::new())
}

fn named(call: &Call<'_>) -> Result<Cluster, Error> {
    let cluster = call
        .place
        .cluster(call.parameters.required("DBClusterIdentifier")?)?;
    cluster.require_modifiable()?;
    Ok(cluster.clone())
}

fn feature(call: &Call<'_>) -> Result<String, Error> {
    let given = call.parameters.text("FeatureName").unwrap_or_default();
    if given.is_empty() {
        return Err(Error::invalid_value(
            "The feature-name parameter must be provided with the current operation for the Aurora (PostgreSQL) engine.",
        ));
    }
    if FEATURES.contains(&given) {
        return Ok(given.to_owned());
    }
    Err(Error::invalid_value(format!(
        "Invalid feature name: {given}. Valid values: {}",
        FEATURES.join(", ")
    )))
}

/// `<AssociatedRoles>`.
pub(crate) fn element(cluster: &Cluster, now: Timestamp) -> Element {
    let roles = cluster.roles.iter().map(|role| {
        let Role {
            arn,
            feature,
            active,
        } = role;
        let status = if *active <= now { "ACTIVE" } else { "PENDING" };
        Element::node(
            "DBClusterRole",
            vec![
                Element::text("RoleArn", arn),
                Element::text("Status", status),
                Element::text("FeatureName", feature),
            ],
        )
    });
    Element::node("AssociatedRoles", roles.collect())
}
