//! The operations on blue/green deployments. Source: RDS API Reference, CreateBlueGreenDeployment,
//! DescribeBlueGreenDeployments, SwitchoverBlueGreenDeployment, DeleteBlueGreenDeployment.

use super::{What, create, delete, element, switchover};
use crate::sim::call::{Call, Operation};
use crate::sim::error::Error;
use crate::sim::page::{Page, filters};
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateBlueGreenDeployment",
        &[
            "BlueGreenDeploymentName",
            "Source",
            "TargetEngineVersion",
            "TargetDBClusterParameterGroupName",
            "TargetDBParameterGroupName",
            "Tags",
        ],
        create::create,
    ),
    Operation::read(
        "DescribeBlueGreenDeployments",
        &[
            "BlueGreenDeploymentIdentifier",
            "Filters",
            "MaxRecords",
            "Marker",
        ],
        describe,
    ),
    Operation::change(
        "SwitchoverBlueGreenDeployment",
        &["BlueGreenDeploymentIdentifier", "SwitchoverTimeout"],
        switchover::switchover,
    ),
    Operation::change(
        "DeleteBlueGreenDeployment",
        &["BlueGreenDeploymentIdentifier", "DeleteTarget"],
        delete::delete,
    ),
];

/// The answer of a change: the deployment as it is now.
pub(super) fn answer(call: &Call<'_>, identifier: &str) -> Result<Vec<Element>, Error> {
    let deployment = call.place.deployment(identifier)?;
    Ok(vec![element(call.place, deployment, "BlueGreenDeployment")])
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let filters = filters(
        call.parameters,
        &[
            "blue-green-deployment-identifier",
            "blue-green-deployment-name",
            "source",
            "target",
        ],
    )?;
    let page = Page::of(call.parameters)?;
    let place = &*call.place;
    let wanted = call.parameters.text("BlueGreenDeploymentIdentifier");
    wanted
        .map(|identifier| place.deployment(identifier))
        .transpose()?;
    let chosen = place.deployments.iter().filter(|(identifier, known)| {
        let (source, target) = known.clusters();
        let is = |name: Option<&String>, value: &String| {
            name.is_some_and(|name| {
                name == value || What::Cluster.arn(place, name) == value.to_ascii_lowercase()
            })
        };
        wanted.is_none_or(|wanted| wanted == identifier.as_str())
            && filters.iter().all(|(filter, values)| {
                values.iter().any(|value| match filter.as_str() {
                    "blue-green-deployment-identifier" => *value == known.identifier,
                    "blue-green-deployment-name" => *value == known.name,
                    "source" => is(Some(&source), value),
                    _ => is(target.as_ref(), value),
                })
            })
    });
    let keyed = chosen.map(|(key, deployment)| (key.clone(), deployment));
    Ok(page.cut("BlueGreenDeployments", keyed, |deployment| {
        element(place, deployment, "member")
    }))
}
