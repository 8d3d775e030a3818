//! CreateStack, UpdateStack, DeleteStack, DescribeStacks, ListStacks.

use super::{
    PAGE, member, missing, page, parameters_element, read, repeated, required, standard_deployment,
    tags_element, token, wanted, with_stack,
};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::{after, iso};
use crate::sim::cloudformation::{STATUSES, Source, Stack, changes, deploy, names, validation};
use crate::sim::error::Error;
use crate::sim::query::Parameters;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateStack",
        &[
            "StackName",
            "TemplateBody",
            "TemplateURL",
            "Parameters",
            "DisableRollback",
            "OnFailure",
            "Capabilities",
            "RoleARN",
            "Tags",
            "ClientRequestToken",
            "NotificationARNs",
            "DeploymentConfig",
        ],
        create,
    ),
    Operation::change(
        "UpdateStack",
        &[
            "StackName",
            "TemplateBody",
            "TemplateURL",
            "UsePreviousTemplate",
            "Parameters",
            "DisableRollback",
            "Capabilities",
            "RoleARN",
            "Tags",
            "ClientRequestToken",
            "NotificationARNs",
            "DeploymentConfig",
        ],
        update,
    ),
    Operation::silent(
        "DeleteStack",
        &[
            "StackName",
            "RetainResources",
            "RoleARN",
            "ClientRequestToken",
            "DeploymentConfig",
        ],
        delete,
    ),
    Operation::read("DescribeStacks", &["StackName", "NextToken"], describe),
    Operation::read("ListStacks", &["StackStatusFilter", "NextToken"], list),
];

/// Quota of stacks of an account and region.
const QUOTA: usize = 2_000;
/// Deleted stacks are listed for so many days.
const DELETED_DAYS: f64 = 90.0;

/// A name that a stack may have.
pub(super) fn checked_name(name: &str) -> Result<(), Error> {
    let letters = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    let begins = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if letters && begins && name.len() <= 128 {
        return Ok(());
    }
    Err(validation(format!(
        "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
    )))
}

/// Refuses what would be ignored.
pub(super) fn no_notifications(parameters: &Parameters) -> Result<(), Error> {
    match parameters.list("NotificationARNs") {
        Some(topics) if topics.iter().any(|topic| !topic.is_empty()) => {
            Err(validation("NotificationARNs are not simulated."))
        }
        _ => Ok(()),
    }
}

/// A new stack of this name, which nobody else has.
pub(super) fn new_stack(call: &mut Call<'_>, name: &str) -> Result<Stack, Error> {
    checked_name(name)?;
    if let Some(known) = call.place.stacks.find(name) {
        return Err(Error::new(
            "AlreadyExistsException",
            400,
            format!("Stack [{}] already exists", known.name),
        ));
    }
    let living = call.place.stacks.stacks.values();
    if living.filter(|stack| stack.deleted.is_none()).count() >= QUOTA {
        return Err(Error::new(
            "LimitExceededException",
            400,
            format!("Limit for stack has been exceeded: {QUOTA}"),
        ));
    }
    let id = names::arn(call.place, call.rules, "stack", name);
    Ok(Stack::new(id, name, call.now))
}

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    no_notifications(parameters)?;
    standard_deployment(parameters)?;
    let name = required(parameters, "StackName")?.to_owned();
    if let Some(known) = call.place.stacks.find_mut(&name) {
        let same = parameters.text("ClientRequestToken").is_some_and(|token| {
            known
                .tokens
                .get(token)
                .is_some_and(|op| op == "CreateStack")
        });
        if same {
            return Ok(vec![Element::text("StackId", &known.id)]);
        }
    }
    let mut stack = new_stack(call, &name)?;
    let source = wanted(parameters, &Source::default())?;
    let disable = parameters.boolean("DisableRollback")?;
    stack.on_failure = match (parameters.text("OnFailure"), disable) {
        (Some(_), Some(_)) => {
            return Err(validation(
                "You cannot specify both DisableRollback and OnFailure.",
            ));
        }
        (Some(choice @ ("ROLLBACK" | "DELETE" | "DO_NOTHING")), None) => choice.to_owned(),
        (Some(choice), None) => {
            return Err(validation(format!("Invalid OnFailure: {choice}")));
        }
        (None, _) => stack.on_failure,
    };
    stack.disable_rollback = disable.unwrap_or(false);
    stack.role = parameters.text("RoleARN").map(str::to_owned);
    repeated(call, &mut stack, "CreateStack")?;
    let plan = changes::plan(call.place, call.rules, &stack, &source)?;
    let token = token(call);
    deploy::begin(&mut call.moment(), &mut stack, source, &plan, token);
    let answer = vec![Element::text("StackId", &stack.id)];
    call.effect(format!("stack {name} is being created"));
    call.place.stacks.stacks.insert(stack.id.clone(), stack);
    Ok(answer)
}

fn update(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    no_notifications(parameters)?;
    standard_deployment(parameters)?;
    let name = required(parameters, "StackName")?.to_owned();
    with_stack(call, &name, |call, stack| {
        let answer = vec![Element::text("StackId", &stack.id)];
        if stack.deleted.is_some() {
            return Err(missing(&name));
        }
        let mut known = stack.clone();
        if repeated(call, &mut known, "UpdateStack")? {
            return Ok(answer);
        }
        stack.require_updatable()?;
        let source = wanted(parameters, &stack.source)?;
        let plan = changes::plan(call.place, call.rules, stack, &source)?;
        if plan.is_empty() {
            return Err(validation("No updates are to be performed."));
        }
        stack.tokens = known.tokens;
        stack.disable_rollback = parameters.boolean("DisableRollback")?.unwrap_or(false);
        if let Some(role) = parameters.text("RoleARN") {
            stack.role = Some(role.to_owned());
        }
        let token = token(call);
        deploy::begin(&mut call.moment(), stack, source, &plan, token);
        call.effect(format!("stack {} is being updated", stack.name));
        Ok(answer)
    })
}

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    standard_deployment(call.parameters)?;
    let name = required(call.parameters, "StackName")?.to_owned();
    let retain = call.parameters.list("RetainResources").unwrap_or_default();
    // Deleting what is not there succeeds.
    if call.place.stacks.find(&name).is_none() {
        return Ok(Vec::new());
    }
    with_stack(call, &name, |call, stack| {
        if stack.deleted.is_some() || stack.status == "DELETE_IN_PROGRESS" {
            return Ok(Vec::new());
        }
        if repeated(call, stack, "DeleteStack")? {
            return Ok(Vec::new());
        }
        if stack.busy() {
            return Err(validation(format!(
                "Stack [{}] cannot be deleted while in status {}",
                stack.id, stack.status
            )));
        }
        if !retain.is_empty() && stack.status != "DELETE_FAILED" {
            return Err(validation(format!(
                "Invalid operation on stack [{}]. When you delete a stack, specify which resources to retain only when the stack is \
                 in the DELETE_FAILED state.",
                stack.id
            )));
        }
        if let Some(unknown) = retain
            .iter()
            .find(|name| !stack.resources.contains_key(*name))
        {
            return Err(validation(format!(
                "The following resources to retain do not exist in the stack: [{unknown}]"
            )));
        }
        let token = token(call);
        deploy::begin_delete(&mut call.moment(), stack, &retain, token);
        call.effect(format!("stack {} is being deleted", stack.name));
        Ok(Vec::new())
    })
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let stacks: Vec<&Stack> = match call.parameters.text("StackName") {
        Some(name) => vec![read(call, name)?],
        None => {
            let all = call.place.stacks.stacks.values();
            all.filter(|stack| stack.deleted.is_none()).collect()
        }
    };
    let entries = stacks.into_iter().map(element).collect();
    page(call.parameters, "Stacks", PAGE, entries)
}

fn list(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let filter = call
        .parameters
        .list("StackStatusFilter")
        .unwrap_or_default();
    if let Some(unknown) = filter
        .iter()
        .find(|status| !STATUSES.contains(&status.as_str()))
    {
        return Err(validation(format!(
            "1 validation error detected: Value '[{unknown}]' at 'stackStatusFilter' failed to satisfy constraint: Member must \
             satisfy enum value set"
        )));
    }
    let oldest = after(call.now, -DELETED_DAYS * 86_400.0);
    let entries = call
        .place
        .stacks
        .stacks
        .values()
        .filter(|stack| stack.deleted.is_none_or(|deleted| deleted >= oldest))
        .filter(|stack| filter.is_empty() || filter.contains(&stack.status))
        .map(summary)
        .collect();
    page(call.parameters, "StackSummaries", PAGE, entries)
}

/// What both forms of a stack tell.
fn common(stack: &Stack) -> Vec<Element> {
    let mut children = vec![
        Element::text("StackId", &stack.id),
        Element::text("StackName", &stack.name),
        Element::text("CreationTime", iso(stack.created)),
        Element::text("StackStatus", &stack.status),
    ];
    optional(&mut children, "StackStatusReason", stack.reason.as_ref());
    optional(&mut children, "LastUpdatedTime", stack.updated.map(iso));
    optional(&mut children, "DeletionTime", stack.deleted.map(iso));
    let drift = match &stack.drift {
        None => vec![Element::text("StackDriftStatus", "NOT_CHECKED")],
        Some((status, time)) => vec![
            Element::text("StackDriftStatus", status),
            Element::text("LastCheckTimestamp", iso(*time)),
        ],
    };
    children.push(Element::node("DriftInformation", drift));
    children
}

fn description(stack: &Stack) -> Option<String> {
    crate::sim::cloudformation::template::Template::parse(&stack.source.template)
        .ok()?
        .description
}

fn summary(stack: &Stack) -> Element {
    let mut children = common(stack);
    optional(&mut children, "TemplateDescription", description(stack));
    member(children)
}

fn element(stack: &Stack) -> Element {
    let mut children = common(stack);
    optional(&mut children, "Description", description(stack));
    optional(&mut children, "RoleARN", stack.role.as_ref());
    let outputs = stack.outputs.iter().map(|output| {
        let mut children = vec![
            Element::text("OutputKey", &output.key),
            Element::text("OutputValue", &output.value),
        ];
        optional(&mut children, "Description", output.description.as_ref());
        optional(&mut children, "ExportName", output.export.as_ref());
        member(children)
    });
    children.extend([
        parameters_element(&stack.source),
        Element::text("DisableRollback", stack.disable_rollback),
        Element::text("EnableTerminationProtection", false),
        Element::texts("Capabilities", "member", &stack.source.capabilities),
        Element::texts("NotificationARNs", "member", [""; 0]),
        Element::node("RollbackConfiguration", vec![]),
        Element::node("Outputs", outputs.collect()),
        tags_element(&stack.source.tags),
    ]);
    member(children)
}
