//! CreateChangeSet, DescribeChangeSet, ListChangeSets, ExecuteChangeSet, DeleteChangeSet.

use serde_json::{Value, json};

use super::{
    PAGE, member, missing, page, parameters_element, repeated, required, tags_element, token,
    wanted, with_stack,
};
use crate::sim::call::{Call, Operation};
use crate::sim::clock::{after, iso};
use crate::sim::cloudformation::changes::{self, Action, Change, ChangeSet, Detail};
use crate::sim::cloudformation::events::masked;
use crate::sim::cloudformation::{Stack, deploy, names, validation};
use crate::sim::error::Error;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "CreateChangeSet",
        &[
            "StackName",
            "ChangeSetName",
            "ChangeSetType",
            "ClientToken",
            "Description",
            "TemplateBody",
            "TemplateURL",
            "UsePreviousTemplate",
            "Parameters",
            "Capabilities",
            "RoleARN",
            "Tags",
            "NotificationARNs",
            "IncludeNestedStacks",
            "ImportExistingResources",
            "OnStackFailure",
            "DeploymentConfig",
        ],
        create,
    ),
    Operation::read(
        "DescribeChangeSet",
        &[
            "ChangeSetName",
            "StackName",
            "NextToken",
            "IncludePropertyValues",
        ],
        describe,
    ),
    Operation::read("ListChangeSets", &["StackName", "NextToken"], list),
    Operation::change(
        "ExecuteChangeSet",
        &[
            "ChangeSetName",
            "StackName",
            "ClientRequestToken",
            "DisableRollback",
        ],
        execute,
    ),
    Operation::change("DeleteChangeSet", &["ChangeSetName", "StackName"], delete),
];

const NOTHING: &str = "The submitted information didn't contain changes. Submit different information to create a change set.";

/// The change set of a name (with its stack's) or ARN.
pub(super) fn find<'a>(
    call: &'a Call<'_>,
    name: &str,
) -> Result<(&'a Stack, &'a ChangeSet), Error> {
    let unknown = || {
        Error::new(
            "ChangeSetNotFound",
            404,
            format!("ChangeSet [{name}] does not exist"),
        )
    };
    if name.starts_with("arn:") {
        let all = call.place.stacks.stacks.values();
        return all
            .flat_map(|stack| stack.change_sets.values().map(move |known| (stack, known)))
            .find(|(_, known)| known.id == name)
            .ok_or_else(unknown);
    }
    let stack_name = call.parameters.text("StackName").ok_or_else(|| {
        validation("StackName must be specified if ChangeSetName is not specified as an ARN.")
    })?;
    let stack = call
        .place
        .stacks
        .find(stack_name)
        .ok_or_else(|| missing(stack_name))?;
    let known = stack.change_sets.values().find(|known| known.name == name);
    known.map(|known| (stack, known)).ok_or_else(unknown)
}

fn create(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    super::stacks::no_notifications(parameters)?;
    if parameters.boolean("ImportExistingResources")? == Some(true) {
        return Err(validation("ImportExistingResources is not simulated."));
    }
    parameters.boolean("IncludeNestedStacks")?;
    super::standard_deployment(parameters)?;
    let stack_name = required(parameters, "StackName")?.to_owned();
    let name = required(parameters, "ChangeSetName")?.to_owned();
    super::stacks::checked_name(&name)?;
    let creates = match parameters.text("ChangeSetType") {
        None | Some("UPDATE") => false,
        Some("CREATE") => true,
        Some(other) => {
            return Err(validation(format!(
                "The change set type {other} is not simulated: UPDATE and CREATE are."
            )));
        }
    };
    let known = call.place.stacks.find(&stack_name);
    let reviewed = known.is_some_and(|stack| stack.status == "REVIEW_IN_PROGRESS");
    if creates && !reviewed {
        let mut stack = super::stacks::new_stack(call, &stack_name)?;
        // Refused before there is a stack.
        wanted(parameters, &stack.source)?;
        stack.becomes(
            call.now,
            "REVIEW_IN_PROGRESS",
            Some("User Initiated".to_owned()),
        );
        call.place.stacks.stacks.insert(stack.id.clone(), stack);
    }
    with_stack(call, &stack_name, |call, stack| {
        if !creates {
            if stack.deleted.is_some() {
                return Err(missing(&stack_name));
            }
            stack.require_updatable()?;
        }
        if stack.change_sets.values().any(|known| known.name == name) {
            return Err(Error::new(
                "AlreadyExistsException",
                400,
                format!("ChangeSet {name} already exists"),
            ));
        }
        let target = wanted(parameters, &stack.source)?;
        let plan = changes::plan(call.place, call.rules, stack, &target)?;
        let id = names::arn(call.place, call.rules, "changeSet", &name);
        let seconds = call.place.seconds(
            call.rules,
            "change set",
            &stack.id,
            call.rules.timings.change_set,
        );
        let empty = plan.is_empty();
        let change_set = ChangeSet {
            id: id.clone(),
            name: name.clone(),
            description: parameters.text("Description").map(str::to_owned),
            created: call.now,
            ready: after(call.now, seconds),
            execution: if empty { "UNAVAILABLE" } else { "AVAILABLE" }.to_owned(),
            creates,
            target,
            changes: plan.changes,
            failure: empty.then(|| NOTHING.to_owned()),
            on_failure: parameters.text("OnStackFailure").map(str::to_owned),
        };
        stack.change_sets.insert(id.clone(), change_set);
        call.effect(format!("change set {name} of stack {} created", stack.name));
        Ok(vec![
            Element::text("Id", id),
            Element::text("StackId", &stack.id),
        ])
    })
}

/// Status and execution status at this moment.
fn statuses<'a>(call: &Call<'_>, change_set: &'a ChangeSet) -> (&'static str, &'a str) {
    if call.now < change_set.ready {
        ("CREATE_IN_PROGRESS", "UNAVAILABLE")
    } else if change_set.failure.is_some() {
        ("FAILED", "UNAVAILABLE")
    } else {
        ("CREATE_COMPLETE", change_set.execution.as_str())
    }
}

fn common(call: &Call<'_>, stack: &Stack, change_set: &ChangeSet) -> Vec<Element> {
    let (status, execution) = statuses(call, change_set);
    let mut children = vec![
        Element::text("StackId", &stack.id),
        Element::text("StackName", &stack.name),
        Element::text("ChangeSetId", &change_set.id),
        Element::text("ChangeSetName", &change_set.name),
        Element::text("ExecutionStatus", execution),
        Element::text("Status", status),
        Element::text("CreationTime", iso(change_set.created)),
        Element::text("IncludeNestedStacks", false),
        Element::text("ImportExistingResources", false),
    ];
    let reason = change_set.failure.as_ref().filter(|_| status == "FAILED");
    optional(&mut children, "StatusReason", reason);
    optional(
        &mut children,
        "Description",
        change_set.description.as_ref(),
    );
    children
}

fn describe(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let (stack, change_set) = find(call, required(call.parameters, "ChangeSetName")?)?;
    let values = call
        .parameters
        .boolean("IncludePropertyValues")?
        .unwrap_or(false);
    let ready = call.now >= change_set.ready;
    let changes = change_set
        .changes
        .iter()
        .filter(|_| ready)
        .map(|change| change_element(change, values))
        .collect();
    let mut answer = common(call, stack, change_set);
    answer.extend([
        parameters_element(&change_set.target),
        Element::texts("NotificationARNs", "member", [""; 0]),
        Element::node("RollbackConfiguration", vec![]),
        Element::texts("Capabilities", "member", &change_set.target.capabilities),
        tags_element(&change_set.target.tags),
    ]);
    optional(
        &mut answer,
        "OnStackFailure",
        change_set.on_failure.as_ref(),
    );
    answer.extend(page(call.parameters, "Changes", PAGE, changes)?);
    Ok(answer)
}

fn list(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "StackName")?;
    let stack = call.place.stacks.find(name).ok_or_else(|| missing(name))?;
    let entries = stack
        .change_sets
        .values()
        .map(|change_set| member(common(call, stack, change_set)))
        .collect();
    page(call.parameters, "Summaries", PAGE, entries)
}

fn change_element(change: &Change, values: bool) -> Element {
    let action = match change.action {
        Action::Add => "Add",
        Action::Modify => "Modify",
        Action::Remove => "Remove",
    };
    let mut children = vec![
        Element::text("Action", action),
        Element::text("LogicalResourceId", &change.logical),
        Element::text("ResourceType", &change.kind),
    ];
    optional(
        &mut children,
        "PhysicalResourceId",
        change.physical.as_ref(),
    );
    if change.action == Action::Modify {
        let certain = change
            .details
            .iter()
            .any(|detail| detail.recreates && !detail.dynamic);
        let replacement = match (change.replaced, certain) {
            (false, _) => "False",
            (true, true) => "True",
            (true, false) => "Conditional",
        };
        children.push(Element::text("Replacement", replacement));
    }
    let mut scope: Vec<&str> = change
        .details
        .iter()
        .map(|detail| detail.attribute.as_str())
        .collect();
    scope.sort_unstable();
    scope.dedup();
    children.push(Element::texts("Scope", "member", scope));
    let details = change
        .details
        .iter()
        .map(|detail| detail_element(detail, values))
        .collect();
    children.push(Element::node("Details", details));
    if values {
        let context = |properties: &Value| json!({"Properties": masked(properties)}).to_string();
        optional(
            &mut children,
            "BeforeContext",
            change.before.as_ref().map(context),
        );
        optional(
            &mut children,
            "AfterContext",
            change.after.as_ref().map(context),
        );
    }
    member(vec![
        Element::text("Type", "Resource"),
        Element::node("ResourceChange", children),
    ])
}

fn detail_element(detail: &Detail, values: bool) -> Element {
    let mut target = vec![Element::text("Attribute", &detail.attribute)];
    optional(&mut target, "Name", detail.name.as_ref());
    if detail.attribute == "Properties" {
        let recreation = match (detail.recreates, detail.dynamic) {
            (false, _) => "Never",
            (true, false) => "Always",
            (true, true) => "Conditionally",
        };
        target.push(Element::text("RequiresRecreation", recreation));
    }
    if values && let Some(name) = &detail.name {
        target.push(Element::text("Path", format!("/Properties/{name}")));
        optional(&mut target, "BeforeValue", detail.before.as_ref());
        optional(&mut target, "AfterValue", detail.after.as_ref());
        let kind = match (&detail.before, &detail.after) {
            (None, _) => "Add",
            (_, None) if !detail.dynamic => "Remove",
            _ => "Modify",
        };
        target.push(Element::text("AttributeChangeType", kind));
    }
    let mut children = vec![
        Element::node("Target", target),
        Element::text(
            "Evaluation",
            if detail.dynamic { "Dynamic" } else { "Static" },
        ),
        Element::text("ChangeSource", &detail.source),
    ];
    optional(&mut children, "CausingEntity", detail.causing.as_ref());
    member(children)
}

fn execute(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "ChangeSetName")?.to_owned();
    let (stack, change_set) = find(call, &name)?;
    let (stack_id, change_set) = (stack.id.clone(), change_set.clone());
    let (status, execution) = statuses(call, &change_set);
    let refused = |what: &str| {
        Error::new(
            "InvalidChangeSetStatus",
            400,
            format!(
                "ChangeSet [{}] cannot be executed in its current {what}",
                change_set.id
            ),
        )
    };
    let disable_rollback = call.parameters.boolean("DisableRollback")?;
    with_stack(call, &stack_id, |call, stack| {
        let mut known = stack.clone();
        if repeated(call, &mut known, "ExecuteChangeSet")? {
            return Ok(Vec::new());
        }
        if status != "CREATE_COMPLETE" {
            return Err(refused(&format!("status of [{status}]")));
        }
        if execution != "AVAILABLE" {
            return Err(refused(&format!("execution status of [{execution}]")));
        }
        if !(change_set.creates && stack.status == "REVIEW_IN_PROGRESS") {
            stack.require_updatable()?;
        }
        // Planned again: what the stack refers to may have changed since.
        let plan = changes::plan(call.place, call.rules, stack, &change_set.target)?;
        stack.tokens = known.tokens;
        stack.disable_rollback = disable_rollback.unwrap_or(false);
        if let Some(choice) = &change_set.on_failure {
            stack.on_failure.clone_from(choice);
        }
        // The others would no longer say what they would do.
        stack.change_sets.retain(|id, _| *id == change_set.id);
        if let Some(executed) = stack.change_sets.get_mut(&change_set.id) {
            "EXECUTE_IN_PROGRESS".clone_into(&mut executed.execution);
        }
        let token = token(call);
        deploy::begin(
            &mut call.moment(),
            stack,
            change_set.target.clone(),
            &plan,
            token,
        );
        call.effect(format!(
            "change set {} of stack {} is being executed",
            change_set.name, stack.name
        ));
        Ok(Vec::new())
    })
}

fn delete(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "ChangeSetName")?.to_owned();
    let (stack_id, id, execution) = match find(call, &name) {
        Ok((stack, known)) => (stack.id.clone(), known.id.clone(), known.execution.clone()),
        // Deleting what is not there succeeds.
        Err(error) if error.code == "ChangeSetNotFound" => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if execution == "EXECUTE_IN_PROGRESS" {
        return Err(Error::new(
            "InvalidChangeSetStatus",
            400,
            format!(
                "ChangeSet [{id}] cannot be deleted in its current execution status of [{execution}]"
            ),
        ));
    }
    let stack = call
        .place
        .stacks
        .find_mut(&stack_id)
        .ok_or_else(|| missing(&stack_id))?;
    stack.change_sets.remove(&id);
    call.effect(format!("change set {name} deleted"));
    Ok(Vec::new())
}
