//! What an update would do to a stack. In: the stack and what it shall be made of. Out: its resources that are added, changed,
//! replaced, removed, or visited because something that they refer to changes.
//!
//! Source: CloudFormation User Guide, "Understand update behaviors of stack resources", and API Reference, ResourceChange. That
//! DB instances are visited when their cluster changes: observed, and the published source of the handlers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scope::{self, Around};
use super::template::evaluate::{Scope, same, text, unresolved};
use super::template::{Template, order};
use super::types::{self, Nature, Recreation};
use super::{Resource, Source, Stack, validation};
use crate::sim::error::Error;
use crate::sim::place::Place;
use crate::sim::world::Rules;

/// A change set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// When it is done being made.
    pub(crate) ready: Timestamp,
    /// AVAILABLE, UNAVAILABLE, OBSOLETE, EXECUTE_COMPLETE …, once it is ready.
    pub(crate) execution: String,
    pub(crate) creates: bool,
    pub(crate) target: Source,
    pub(crate) changes: Vec<Change>,
    /// Why there is nothing to execute.
    pub(crate) failure: Option<String>,
    pub(crate) on_failure: Option<String>,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Action {
    Add,
    Modify,
    Remove,
}

/// A resource that an update changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) action: Action,
    pub(crate) logical: String,
    pub(crate) kind: String,
    pub(crate) physical: Option<String>,
    pub(crate) replaced: bool,
    pub(crate) details: Vec<Detail>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// One reason of a change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// Properties, Tags, Metadata, DeletionPolicy or UpdateReplacePolicy.
    pub(crate) attribute: String,
    pub(crate) name: Option<String>,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) recreates: bool,
    /// The new value is known only when the update is at it.
    pub(crate) dynamic: bool,
    /// DirectModification, ParameterReference, ResourceReference.
    pub(crate) source: String,
    pub(crate) causing: Option<String>,
}

impl Change {
    /// Whether the resource's handler has something to do.
    pub(crate) fn reaches_the_resource(&self) -> bool {
        self.action != Action::Modify
            || self.replaced
            || self.details.is_empty()
            || self
                .details
                .iter()
                .any(|detail| matches!(detail.attribute.as_str(), "Properties" | "Tags"))
    }
}

/// What an update would do.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) changes: Vec<Change>,
    /// Resources that stay as they are and are visited all the same.
    pub(crate) touched: BTreeSet<String>,
    /// Each resource of the new template with those that it needs.
    pub(crate) needs: BTreeMap<String, BTreeSet<String>>,
    /// Whether outputs, stack tags or parameters are others.
    pub(crate) other_differences: bool,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && !self.other_differences
    }
}

/// Plans an update of a stack that has been taken out of its place or not.
pub(crate) fn plan(
    place: &Place,
    rules: &Rules,
    stack: &Stack,
    target: &Source,
) -> Result<Plan, Error> {
    let template = Template::parse(&target.template).map_err(validation)?;
    plan_template(place, rules, stack, target, &template).map_err(validation)
}

fn plan_template(
    place: &Place,
    rules: &Rules,
    stack: &Stack,
    target: &Source,
    template: &Template,
) -> Result<Plan, String> {
    let parameters = scope::values(place, (&stack.id, &stack.name), template, target)?;
    let mut around = Around {
        place,
        rules,
        stack,
        unknown: BTreeSet::new(),
    };
    let needs = {
        let scope = around.scope(template, &parameters);
        scope.check_rules()?;
        order::needs(&scope)?
    };
    let mut changes = Vec::new();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    let mut touched = BTreeSet::new();
    let mut retyped = Vec::new();
    for logical in in_order(&needs) {
        let Some(definition) = template.resources.get(&logical) else {
            continue;
        };
        let (after, references) = {
            let scope = around.scope(template, &parameters);
            (
                scope.value(&definition.properties)?,
                scope.references(&definition.properties)?,
            )
        };
        let Some(resource) = existing(stack, &logical) else {
            changes.push(Change {
                action: Action::Add,
                logical: logical.clone(),
                kind: definition.kind.clone(),
                physical: None,
                replaced: false,
                details: Vec::new(),
                before: None,
                after: Some(after),
            });
            around.unknown.insert(logical);
            continue;
        };
        if resource.kind != definition.kind {
            retyped.push(logical);
            continue;
        }
        let mut details = {
            let scope = around.scope(template, &parameters);
            let origin =
                |name: &str| origin(&scope, stack, target, definition.properties.get(name));
            property_details(resource, &after, origin)
        };
        details.extend(other_details(stack, target, resource, definition));
        let replaced = details.iter().any(|detail| detail.recreates);
        let failed = resource.status.ends_with("_FAILED");
        if details.is_empty() && !failed {
            let moved = references.iter().any(|name| {
                (changed.contains(name) || touched.contains(name))
                    && stack
                        .resources
                        .get(name)
                        .is_some_and(|known| types::nature(&known.kind) != Nature::Passive)
            });
            let visited = match types::nature(&resource.kind) {
                Nature::Instance => true,
                Nature::Cluster => rules.policies.group_change_updates_its_cluster,
                _ => false,
            };
            if moved && visited {
                touched.insert(logical);
            }
            continue;
        }
        let change = Change {
            action: Action::Modify,
            logical: logical.clone(),
            kind: resource.kind.clone(),
            physical: resource.physical.clone(),
            replaced,
            details,
            before: Some(resource.properties.clone()),
            after: Some(after),
        };
        if change.reaches_the_resource() {
            changed.insert(logical.clone());
        }
        if replaced {
            around.unknown.insert(logical);
        }
        changes.push(change);
    }
    if !retyped.is_empty() {
        return Err(format!(
            "Update of resource type is not permitted. The new template modifies resource type of the following resources: [{}]",
            retyped.join(", ")
        ));
    }
    for (logical, resource) in &stack.resources {
        if !needs.contains_key(logical) && existing(stack, logical).is_some() {
            changes.push(Change {
                action: Action::Remove,
                logical: logical.clone(),
                kind: resource.kind.clone(),
                physical: resource.physical.clone(),
                replaced: false,
                details: Vec::new(),
                before: Some(resource.properties.clone()),
                after: None,
            });
        }
    }
    changes.sort_by(|left, right| left.logical.cmp(&right.logical));
    let before = Template::parse(&stack.source.template).ok();
    let other_differences = before.is_none_or(|before| before.outputs != template.outputs)
        || stack.source.tags != target.tags
        || !template.outputs.is_empty() && stack.source.parameters != target.parameters;
    Ok(Plan {
        changes,
        touched,
        needs,
        other_differences,
    })
}

/// A resource of the stack that exists outside of it too.
fn existing<'a>(stack: &'a Stack, logical: &str) -> Option<&'a Resource> {
    stack
        .resources
        .get(logical)
        .filter(|resource| resource.physical.is_some())
}

/// Resources so that each comes after those that it needs; a template's check has found that this can be done.
pub(crate) fn in_order(needs: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut ordered: Vec<String> = Vec::new();
    while ordered.len() < needs.len() {
        let before = ordered.len();
        for (name, needed) in needs {
            let ready = needed.iter().all(|needed| ordered.contains(needed));
            if ready && !ordered.contains(name) {
                ordered.push(name.clone());
            }
        }
        if ordered.len() == before {
            break;
        }
    }
    ordered
}

/// Where a property's new value comes from: (dynamic, ChangeSource, CausingEntity).
fn origin(
    scope: &Scope<'_>,
    stack: &Stack,
    target: &Source,
    written: Option<&Value>,
) -> (bool, &'static str, Option<String>) {
    let Some(written) = written else {
        return (false, "DirectModification", None);
    };
    let unknown = scope.references(written).ok().and_then(|references| {
        references
            .into_iter()
            .find(|name| scope.around.resource(name, None).is_none())
    });
    if unknown.is_some() {
        return (true, "ResourceReference", unknown);
    }
    let parameter = match written.get("Ref").and_then(Value::as_str) {
        Some(name) if stack.source.parameters.get(name) != target.parameters.get(name) => {
            Some(name.to_owned())
        }
        _ => None,
    };
    match parameter {
        Some(name) => (false, "ParameterReference", Some(name)),
        None => (false, "DirectModification", None),
    }
}

fn property_details(
    resource: &Resource,
    after: &Value,
    origin: impl Fn(&str) -> (bool, &'static str, Option<String>),
) -> Vec<Detail> {
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .map(|object| object.keys().cloned().collect())
            .unwrap_or_default()
    };
    let mut names = keys(&resource.properties);
    names.extend(keys(after));
    let mut details = Vec::new();
    for name in names {
        let (before, after) = (resource.properties.get(&name), after.get(&name));
        let alike = match (before, after) {
            (Some(before), Some(after)) => same(before, after),
            (before, after) => before.is_none() && after.is_none(),
        };
        if alike {
            continue;
        }
        let (dynamic, source, causing) = origin(&name);
        details.push(Detail {
            attribute: if name == "Tags" { "Tags" } else { "Properties" }.to_owned(),
            recreates: types::recreation(&resource.kind, &name) == Recreation::Always,
            before: before.map(|value| written(&name, value)),
            after: after
                .filter(|value| !unresolved(value))
                .map(|value| written(&name, value)),
            name: Some(name),
            dynamic,
            source: source.to_owned(),
            causing,
        });
    }
    details
}

/// A property's value in a change set; a secret is not shown.
fn written(name: &str, value: &Value) -> String {
    if name == "MasterUserPassword" {
        return "****".to_owned();
    }
    text(value).unwrap_or_else(|| value.to_string())
}

fn other_details(
    stack: &Stack,
    target: &Source,
    resource: &Resource,
    definition: &super::template::Definition,
) -> Vec<Detail> {
    let tagged = types::nature(&resource.kind) != Nature::Passive;
    let pairs = [
        ("Tags", tagged && stack.source.tags != target.tags),
        ("Metadata", resource.metadata != definition.metadata),
        (
            "DeletionPolicy",
            resource.deletion_policy != definition.deletion_policy,
        ),
        (
            "UpdateReplacePolicy",
            resource.replace_policy != definition.replace_policy,
        ),
    ];
    let differing = pairs.into_iter().filter(|(_, differs)| *differs);
    differing
        .map(|(attribute, _)| Detail {
            attribute: attribute.to_owned(),
            name: None,
            before: None,
            after: None,
            recreates: false,
            dynamic: false,
            source: "DirectModification".to_owned(),
            causing: None,
        })
        .collect()
}
