//! What a stack keeps of a resource: its entry is made, brought up to date, and put back.

use serde_json::Value;

use super::template::Template;
use super::{Resource, Stack};
use crate::sim::machine::Moment;

/// The resource's entry, which a new one does not have yet.
pub(super) fn enter(moment: &Moment<'_>, stack: &mut Stack, logical: &str) {
    if stack.resources.contains_key(logical) {
        return;
    }
    let definition = Template::parse(&stack.source.template)
        .ok()
        .and_then(|template| template.resources.get(logical).cloned());
    let Some(definition) = definition else {
        return;
    };
    stack.resources.insert(
        logical.to_owned(),
        Resource {
            logical: logical.to_owned(),
            kind: definition.kind,
            physical: None,
            status: String::new(),
            reason: None,
            updated: moment.at,
            properties: Value::Null,
            metadata: definition.metadata,
            deletion_policy: definition.deletion_policy,
            replace_policy: definition.replace_policy,
            drift: None,
        },
    );
}

/// Takes over what only the stack keeps of a resource.
pub(super) fn note(stack: &mut Stack, logical: &str) {
    let template = Template::parse(&stack.source.template).ok();
    let definition = template.and_then(|template| template.resources.get(logical).cloned());
    if let (Some(definition), Some(resource)) = (definition, stack.resources.get_mut(logical)) {
        resource.metadata = definition.metadata;
        resource.deletion_policy = definition.deletion_policy;
        resource.replace_policy = definition.replace_policy;
    }
}

/// Puts a resource's entry back as it was, but for its status.
pub(super) fn restore(stack: &mut Stack, logical: &str) {
    let before = stack.work_of(logical).and_then(|work| work.before.clone());
    if let (Some(before), Some(resource)) = (before, stack.resources.get_mut(logical)) {
        *resource = Resource {
            status: resource.status.clone(),
            reason: resource.reason.clone(),
            updated: resource.updated,
            ..before
        };
    }
}
