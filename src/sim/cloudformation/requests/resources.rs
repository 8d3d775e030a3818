//! DescribeStackEvents, DescribeStackResources, DescribeStackResource, ListStackResources.

use super::{PAGE, member, page, read, required};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::iso;
use crate::sim::cloudformation::events::Event;
use crate::sim::cloudformation::{Resource, Stack, validation};
use crate::sim::error::Error;
use crate::sim::identifiers::stored;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read("DescribeStackEvents", &["StackName", "NextToken"], events),
    Operation::read(
        "DescribeStackResources",
        &["StackName", "LogicalResourceId", "PhysicalResourceId"],
        several,
    ),
    Operation::read(
        "DescribeStackResource",
        &["StackName", "LogicalResourceId"],
        one,
    ),
    Operation::read("ListStackResources", &["StackName", "NextToken"], list),
];

/// Newest first. A token is the place of the next older event, so that newer ones do not shift the pages.
fn events(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let stack = read(call, required(call.parameters, "StackName")?)?;
    let end = match call.parameters.text("NextToken") {
        None | Some("") => stack.events.len(),
        Some(token) => token
            .parse()
            .ok()
            .filter(|end| *end <= stack.events.len())
            .ok_or_else(|| validation("The specified NextToken is invalid."))?,
    };
    let shown = stack.events.iter().take(end).rev().take(PAGE);
    let entries = shown.map(|event| event_element(stack, event)).collect();
    let mut answer = vec![Element::node("StackEvents", entries)];
    optional(
        &mut answer,
        "NextToken",
        (end > PAGE).then(|| end.saturating_sub(PAGE)),
    );
    Ok(answer)
}

fn event_element(stack: &Stack, event: &Event) -> Element {
    let mut children = vec![
        Element::text("StackId", &stack.id),
        Element::text("EventId", &event.id),
        Element::text("StackName", &stack.name),
        Element::text("LogicalResourceId", &event.logical),
        Element::text("PhysicalResourceId", &event.physical),
        Element::text("ResourceType", &event.kind),
        Element::text("Timestamp", iso(event.time)),
        Element::text("ResourceStatus", &event.status),
    ];
    optional(&mut children, "ResourceStatusReason", event.reason.as_ref());
    optional(
        &mut children,
        "ResourceProperties",
        event.properties.as_ref(),
    );
    optional(&mut children, "ClientRequestToken", event.token.as_ref());
    member(children)
}

fn several(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    let physical = parameters.text("PhysicalResourceId");
    let stack = match (parameters.text("StackName"), physical) {
        (Some(_), Some(_)) => {
            return Err(validation(
                "You can specify either StackName or PhysicalResourceId, but not both.",
            ));
        }
        (Some(name), None) => read(call, name)?,
        (None, Some(physical)) => {
            let wanted = stored(physical);
            let owns = |stack: &&Stack| {
                stack.deleted.is_none()
                    && stack.resources.values().any(|resource| {
                        resource.physical.as_deref().map(stored).as_ref() == Some(&wanted)
                    })
            };
            call.place
                .stacks
                .stacks
                .values()
                .find(owns)
                .ok_or_else(|| validation(format!("Stack for {physical} does not exist")))?
        }
        (None, None) => {
            return Err(validation(
                "You must specify either StackName or PhysicalResourceId.",
            ));
        }
    };
    let logical = parameters.text("LogicalResourceId");
    let chosen = stack
        .resources
        .values()
        .filter(|resource| logical.is_none_or(|logical| resource.logical == logical));
    let entries = chosen
        .take(PAGE)
        .map(|resource| {
            let mut children = vec![
                Element::text("StackName", &stack.name),
                Element::text("StackId", &stack.id),
            ];
            children.extend(fields(resource, "Timestamp"));
            member(children)
        })
        .collect();
    Ok(vec![Element::node("StackResources", entries)])
}

fn one(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "StackName")?;
    let logical = required(call.parameters, "LogicalResourceId")?;
    let stack = call
        .place
        .stacks
        .find(name)
        .ok_or_else(|| validation(format!("Stack '{name}' does not exist")))?;
    let resource = stack.resources.get(logical).ok_or_else(|| {
        validation(format!(
            "Resource {logical} does not exist for stack {name}"
        ))
    })?;
    let mut children = vec![
        Element::text("StackName", &stack.name),
        Element::text("StackId", &stack.id),
    ];
    children.extend(fields(resource, "LastUpdatedTimestamp"));
    optional(&mut children, "Metadata", resource.metadata.as_ref());
    Ok(vec![Element::node("StackResourceDetail", children)])
}

fn list(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let stack = read(call, required(call.parameters, "StackName")?)?;
    let entries = stack
        .resources
        .values()
        .map(|resource| member(fields(resource, "LastUpdatedTimestamp")))
        .collect();
    page(call.parameters, "StackResourceSummaries", PAGE, entries)
}

/// What every form of a resource tells.
fn fields(resource: &Resource, time: &'static str) -> Vec<Element> {
    let mut children = vec![
        Element::text("LogicalResourceId", &resource.logical),
        Element::text("ResourceType", &resource.kind),
        Element::text(time, iso(resource.updated)),
        Element::text("ResourceStatus", &resource.status),
    ];
    optional(
        &mut children,
        "PhysicalResourceId",
        resource.physical.as_ref(),
    );
    optional(
        &mut children,
        "ResourceStatusReason",
        resource.reason.as_ref(),
    );
    let drift = match &resource.drift {
        None => vec![Element::text("StackResourceDriftStatus", "NOT_CHECKED")],
        Some(found) => vec![
            Element::text("StackResourceDriftStatus", &found.status),
            Element::text("LastCheckTimestamp", iso(found.time)),
        ],
    };
    children.push(Element::node("DriftInformation", drift));
    children
}
