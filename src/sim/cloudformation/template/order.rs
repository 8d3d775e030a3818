//! Which resource must be there before which. In: a template, and a scope where conditions are known. Out: for each resource the
//! ones it needs. Source: CloudFormation User Guide, "DependsOn attribute": Ref, GetAtt, Sub and DependsOn order resources.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Template;
use super::evaluate::{Scope, Surroundings, attribute_of};
use crate::sim::cloudformation::types;

/// The resources of a template that exist under its conditions, each with those that it needs.
pub(crate) fn needs(scope: &Scope<'_>) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut existing = BTreeSet::new();
    for (name, definition) in &scope.template.resources {
        let exists = match &definition.condition {
            Some(condition) => scope.condition(condition)?,
            None => true,
        };
        if exists {
            existing.insert(name.clone());
        }
    }
    let mut needs = BTreeMap::new();
    for (name, definition) in &scope.template.resources {
        if !existing.contains(name) {
            continue;
        }
        let mut needed = scope.references(&definition.properties)?;
        needed.extend(definition.depends_on.iter().cloned());
        needed.retain(|needed| existing.contains(needed));
        needs.insert(name.clone(), needed);
    }
    Ok(needs)
}

/// Refuses references to nothing, and resources that need each other in a circle.
pub(super) fn check(template: &Template) -> Result<(), String> {
    let known = |name: &str| {
        template.resources.contains_key(name)
            || template.parameters.contains_key(name)
            || name.starts_with("AWS::")
    };
    let mut unresolved = BTreeSet::new();
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, definition) in &template.resources {
        let mut needed = BTreeSet::new();
        every_reference(&definition.properties, &mut needed);
        needed.extend(definition.depends_on.iter().cloned());
        unresolved.extend(needed.iter().filter(|name| !known(name)).cloned());
        needed.retain(|name| template.resources.contains_key(name));
        edges.insert(name, needed);
    }
    if !unresolved.is_empty() {
        let names: Vec<String> = unresolved.into_iter().collect();
        return Err(format!(
            "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template",
            names.join(", ")
        ));
    }
    let mut attributes = Vec::new();
    let values = template
        .resources
        .values()
        .map(|definition| &definition.properties)
        .chain(template.outputs.values());
    values.for_each(|value| every_attribute(value, &mut attributes));
    for (name, attribute) in attributes {
        let kind = template
            .resources
            .get(&name)
            .map(|definition| definition.kind.as_str());
        if kind.is_some_and(|kind| !types::has_attribute(kind, &attribute)) {
            return Err(format!(
                "Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            ));
        }
    }
    for output in template.outputs.values() {
        let mut needed = BTreeSet::new();
        every_reference(output, &mut needed);
        if let Some(name) = needed.iter().find(|name| !known(name)) {
            return Err(format!(
                "Template format error: Unresolved resource dependencies [{name}] in the Outputs block of the template"
            ));
        }
    }
    // What needs nothing that is left is taken away, until nothing is left or a circle.
    loop {
        let free: Vec<&str> = edges
            .iter()
            .filter(|(_, needed)| needed.is_empty())
            .map(|(name, _)| *name)
            .collect();
        if free.is_empty() {
            break;
        }
        for name in free {
            edges.remove(name);
            for needed in edges.values_mut() {
                needed.remove(name);
            }
        }
    }
    if edges.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = edges.into_keys().collect();
    Err(format!(
        "Circular dependency between resources: [{}]",
        names.join(", ")
    ))
}

/// References of both branches of each condition: a scope in which nothing is known chooses none.
fn every_reference(value: &Value, found: &mut BTreeSet<String>) {
    struct Nothing;
    impl Surroundings for Nothing {
        fn resource(&self, _: &str, _: Option<&str>) -> Option<Value> {
            None
        }
        fn export(&self, _: &str) -> Option<String> {
            None
        }
    }
    // Without `Fn::If` no condition is looked up, so an empty template is enough to gather by.
    let template = Template {
        version: None,
        description: None,
        metadata: Value::Null,
        parameters: BTreeMap::new(),
        mappings: Value::Null,
        conditions: BTreeMap::new(),
        rules: Value::Null,
        resources: BTreeMap::new(),
        outputs: BTreeMap::new(),
    };
    let parameters = BTreeMap::new();
    let scope = Scope {
        template: &template,
        parameters: &parameters,
        region: "",
        around: &Nothing,
        held: Default::default(),
    };
    if let Ok(references) = scope.references(&both_branches(value)) {
        found.extend(references);
    }
}

/// What `Fn::GetAtt` asks for.
fn every_attribute(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            if let Some(argument) = object.get("Fn::GetAtt").filter(|_| object.len() == 1) {
                found.extend(attribute_of(argument));
            }
            object
                .values()
                .for_each(|value| every_attribute(value, found));
        }
        Value::Array(entries) => {
            for value in entries {
                every_attribute(value, found);
            }
        }
        _ => {}
    }
}

/// `Fn::If` replaced by a list of what it chooses from.
fn both_branches(value: &Value) -> Value {
    match value {
        Value::Object(object) => match object.get("Fn::If").and_then(Value::as_array) {
            Some(parts) if object.len() == 1 => {
                let branches: Vec<Value> = parts.iter().skip(1).map(both_branches).collect();
                json!(branches)
            }
            _ => Value::Object(
                object
                    .iter()
                    .map(|(key, value)| (key.clone(), both_branches(value)))
                    .collect(),
            ),
        },
        Value::Array(entries) => Value::Array(entries.iter().map(both_branches).collect()),
        other => other.clone(),
    }
}
