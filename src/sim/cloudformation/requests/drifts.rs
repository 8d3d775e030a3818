//! DetectStackDrift, DescribeStackDriftDetectionStatus, DescribeStackResourceDrifts.

use super::{PAGE, member, page, read, required, with_stack};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::{after, iso};
use crate::sim::cloudformation::drift::{self, Detection, Difference};
use crate::sim::cloudformation::{names, validation};
use crate::sim::error::Error;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "DetectStackDrift",
        &["StackName", "LogicalResourceIds"],
        detect,
    ),
    Operation::read(
        "DescribeStackDriftDetectionStatus",
        &["StackDriftDetectionId"],
        status,
    ),
    Operation::read(
        "DescribeStackResourceDrifts",
        &[
            "StackName",
            "StackResourceDriftStatusFilters",
            "NextToken",
            "MaxResults",
        ],
        drifts,
    ),
];

/// Stack statuses in which drift can be detected.
const DETECTABLE: [&str; 4] = [
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
];

fn detect(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "StackName")?.to_owned();
    let only = call.parameters.list("LogicalResourceIds");
    let (stack, outcome) = with_stack(call, &name, |call, stack| {
        if !DETECTABLE.contains(&stack.status.as_str()) {
            return Err(validation(format!(
                "Drift detection cannot be performed on stack [{}] while it is in {} state.",
                stack.id, stack.status
            )));
        }
        if let Some(unknown) = only
            .iter()
            .flatten()
            .find(|name| !stack.resources.contains_key(*name))
        {
            return Err(validation(format!(
                "Resource {unknown} does not exist for stack {}",
                stack.name
            )));
        }
        let outcome = drift::detect(call.place, stack, only.as_deref(), call.now);
        call.effect(format!("drift of stack {} is being detected", stack.name));
        Ok((stack.id.clone(), outcome))
    })?;
    let (status, drifted) = outcome;
    let id = names::uuid(call.place, call.rules, &stack);
    let seconds = call.place.seconds(
        call.rules,
        "drift detection",
        &stack,
        call.rules.timings.drift_detection,
    );
    call.place.stacks.detections.insert(
        id.clone(),
        Detection {
            stack,
            started: call.now,
            ready: after(call.now, seconds),
            status,
            drifted,
        },
    );
    Ok(vec![Element::text("StackDriftDetectionId", id)])
}

fn status(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let id = required(call.parameters, "StackDriftDetectionId")?;
    let detection = call
        .place
        .stacks
        .detections
        .get(id)
        .ok_or_else(|| validation(format!("Drift detection {id} does not exist")))?;
    let mut answer = vec![
        Element::text("StackId", &detection.stack),
        Element::text("StackDriftDetectionId", id),
        Element::text("Timestamp", iso(detection.started)),
    ];
    if call.now < detection.ready {
        answer.push(Element::text("DetectionStatus", "DETECTION_IN_PROGRESS"));
    } else {
        answer.extend([
            Element::text("DetectionStatus", "DETECTION_COMPLETE"),
            Element::text("StackDriftStatus", &detection.status),
            Element::text("DriftedStackResourceCount", detection.drifted),
        ]);
    }
    Ok(answer)
}

fn drifts(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let stack = read(call, required(call.parameters, "StackName")?)?;
    let filter = call
        .parameters
        .list("StackResourceDriftStatusFilters")
        .unwrap_or_default();
    let size = match call.parameters.integer("MaxResults")? {
        None => PAGE,
        Some(size) if (1..=100).contains(&size) => size as usize,
        Some(size) => {
            return Err(validation(format!(
                "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: Member must be between 1 \
                 and 100"
            )));
        }
    };
    let mut entries = Vec::new();
    for resource in stack.resources.values() {
        let Some(found) = &resource.drift else {
            continue;
        };
        // What has no handler that reads it is not listed.
        if found.status == "NOT_CHECKED" || !(filter.is_empty() || filter.contains(&found.status)) {
            continue;
        }
        let mut children = vec![
            Element::text("StackId", &stack.id),
            Element::text("LogicalResourceId", &resource.logical),
            Element::text("ResourceType", &resource.kind),
            Element::text("StackResourceDriftStatus", &found.status),
            Element::text("Timestamp", iso(found.time)),
        ];
        optional(
            &mut children,
            "PhysicalResourceId",
            resource.physical.as_ref(),
        );
        optional(&mut children, "ExpectedProperties", found.expected.as_ref());
        optional(&mut children, "ActualProperties", found.actual.as_ref());
        children.push(Element::node(
            "PropertyDifferences",
            found.differences.iter().map(difference).collect(),
        ));
        entries.push(member(children));
    }
    page(call.parameters, "StackResourceDrifts", size, entries)
}

fn difference(difference: &Difference) -> Element {
    member(vec![
        Element::text("PropertyPath", &difference.path),
        Element::text("ExpectedValue", &difference.expected),
        Element::text("ActualValue", &difference.actual),
        Element::text("DifferenceType", &difference.kind),
    ])
}
