//! Stack events: what DescribeStackEvents tells. Source: CloudFormation API Reference, StackEvent; their order as in the User
//! Guide, "Understand CloudFormation stack creation events", and in examples of the AWS CLI.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Resource, Stack};
use crate::sim::clock::iso;

/// Older events of a stack are dropped beyond this many.
const KEPT: usize = 5_000;

/// The type that the stack itself has in its events.
pub(crate) const STACK: &str = "AWS::CloudFormation::Stack";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) logical: String,
    pub(crate) physical: String,
    pub(crate) kind: String,
    pub(crate) time: Timestamp,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    /// JSON, secrets masked; the stack's own events have none.
    pub(crate) properties: Option<String>,
    pub(crate) token: Option<String>,
}

impl Stack {
    /// Gives the stack a status, with its event.
    pub(crate) fn becomes(&mut self, at: Timestamp, status: &str, reason: Option<String>) {
        status.clone_into(&mut self.status);
        self.reason.clone_from(&reason);
        let event = Event {
            id: format!("{:08x}-{}", self.events.len(), identity(&self.id)),
            logical: self.name.clone(),
            physical: self.id.clone(),
            kind: STACK.to_owned(),
            time: at,
            status: status.to_owned(),
            reason,
            properties: None,
            token: self.token(),
        };
        self.tell(event);
        self.conclude_change_set();
    }

    /// A change set that was being executed has been, once the stack is at rest.
    fn conclude_change_set(&mut self) {
        if self.busy() {
            return;
        }
        let well = matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
        for change_set in self.change_sets.values_mut() {
            if change_set.execution == "EXECUTE_IN_PROGRESS" {
                let ended = if well {
                    "EXECUTE_COMPLETE"
                } else {
                    "EXECUTE_FAILED"
                };
                ended.clone_into(&mut change_set.execution);
            }
        }
    }

    /// Gives a resource a status, with its event.
    pub(crate) fn resource_becomes(
        &mut self,
        at: Timestamp,
        logical: &str,
        status: &str,
        reason: Option<String>,
    ) {
        let Some(resource) = self.resources.get_mut(logical) else {
            return;
        };
        status.clone_into(&mut resource.status);
        resource.reason.clone_from(&reason);
        resource.updated = at;
        let resource = resource.clone();
        self.tell_of(at, &resource, status, reason);
    }

    /// An event of a resource whose entry stays as it is.
    pub(crate) fn tell_of(
        &mut self,
        at: Timestamp,
        resource: &Resource,
        status: &str,
        reason: Option<String>,
    ) {
        let event = Event {
            id: format!("{}-{status}-{}", resource.logical, iso(at)),
            logical: resource.logical.clone(),
            physical: resource.physical.clone().unwrap_or_default(),
            kind: resource.kind.clone(),
            time: at,
            status: status.to_owned(),
            reason,
            properties: Some(masked(&resource.properties).to_string()),
            token: self.token(),
        };
        self.tell(event);
    }

    fn token(&self) -> Option<String> {
        self.operation
            .as_ref()
            .and_then(|operation| operation.token.clone())
    }

    fn tell(&mut self, event: Event) {
        self.events.push(event);
        if self.events.len() > KEPT {
            self.events.remove(0);
        }
    }
}

/// The last part of a stack's ARN, without its first eight digits.
fn identity(id: &str) -> &str {
    let uuid = id.rsplit('/').next().unwrap_or_default();
    uuid.get(9..).unwrap_or_default()
}

/// Properties without their secrets.
pub(crate) fn masked(properties: &Value) -> Value {
    let mut masked = properties.clone();
    if let Some(secret) = masked.get_mut("MasterUserPassword") {
        *secret = Value::from("****");
    }
    masked
}
