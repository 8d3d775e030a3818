//! ContinueUpdateRollback, CancelUpdateStack, RollbackStack.

use super::{repeated, required, token, with_stack};
use crate::sim::call::{Call, Operation};
use crate::sim::cloudformation::{rollback, settle, validation};
use crate::sim::error::Error;
use crate::sim::xml::Element;

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::change(
        "ContinueUpdateRollback",
        &[
            "StackName",
            "RoleARN",
            "ResourcesToSkip",
            "ClientRequestToken",
        ],
        go_on,
    ),
    Operation::silent(
        "CancelUpdateStack",
        &["StackName", "ClientRequestToken"],
        cancel,
    ),
    Operation::change(
        "RollbackStack",
        &[
            "StackName",
            "RoleARN",
            "ClientRequestToken",
            "DeploymentConfig",
        ],
        roll_back,
    ),
];

fn go_on(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "StackName")?.to_owned();
    let skip = call.parameters.list("ResourcesToSkip").unwrap_or_default();
    with_stack(call, &name, |call, stack| {
        if repeated(call, stack, "ContinueUpdateRollback")? {
            return Ok(Vec::new());
        }
        if stack.status != "UPDATE_ROLLBACK_FAILED" {
            return Err(validation(format!(
                "Stack:{} is in {} state and can not continue rollback of an update.",
                stack.id, stack.status
            )));
        }
        let token = token(call);
        rollback::go_on(&mut call.moment(), stack, &skip, token)?;
        call.effect(format!("the rollback of stack {} goes on", stack.name));
        Ok(Vec::new())
    })
}

fn cancel(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let name = required(call.parameters, "StackName")?.to_owned();
    with_stack(call, &name, |call, stack| {
        if repeated(call, stack, "CancelUpdateStack")? {
            return Ok(Vec::new());
        }
        if stack.status != "UPDATE_IN_PROGRESS" {
            return Err(validation(
                "CancelUpdateStack cannot be called from current stack status",
            ));
        }
        let mut moment = call.moment();
        settle::cancel_running(&mut moment, stack);
        rollback::begin(&mut moment, stack, "User Initiated".to_owned());
        call.effect(format!("the update of stack {} is cancelled", stack.name));
        Ok(Vec::new())
    })
}

fn roll_back(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    super::standard_deployment(call.parameters)?;
    let name = required(call.parameters, "StackName")?.to_owned();
    with_stack(call, &name, |call, stack| {
        let answer = vec![Element::text("StackId", &stack.id)];
        if repeated(call, stack, "RollbackStack")? {
            return Ok(answer);
        }
        let reason = "User Initiated".to_owned();
        let status = stack.status.clone();
        match status.as_str() {
            "UPDATE_FAILED" if stack.operation.is_some() => {
                rollback::begin(&mut call.moment(), stack, reason);
            }
            "CREATE_FAILED" if stack.operation.is_some() => {
                settle::undo_creation(&mut call.moment(), stack, reason);
            }
            _ => {
                return Err(validation(format!(
                    "Stack:{} is in {status} state and can not be rolled back.",
                    stack.id
                )));
            }
        }
        call.effect(format!("stack {} is being rolled back", stack.name));
        Ok(answer)
    })
}
