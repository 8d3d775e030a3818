//! A template in its surroundings: parameters, pseudo parameters, the stack's own resources and the exports of other stacks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::template::evaluate::{Scope, Surroundings};
use super::template::{Template, parameters};
use super::{Source, Stack, handlers};
use crate::sim::place::Place;
use crate::sim::world::Rules;

/// What a stack's template can refer to at this moment.
pub(crate) struct Around<'a> {
    pub(crate) place: &'a Place,
    pub(crate) rules: &'a Rules,
    pub(crate) stack: &'a Stack,
    /// Resources whose physical id is going to be another one.
    pub(crate) unknown: BTreeSet<String>,
}

impl Surroundings for Around<'_> {
    fn resource(&self, logical: &str, attribute: Option<&str>) -> Option<Value> {
        if self.unknown.contains(logical) {
            return None;
        }
        let resource = self.stack.resources.get(logical)?;
        let physical = resource.physical.as_deref()?;
        match attribute {
            None => Some(Value::from(physical)),
            Some(name) => {
                handlers::attribute(self.place, self.rules, &resource.kind, physical, name)
                    .map(Value::from)
            }
        }
    }

    fn export(&self, name: &str) -> Option<String> {
        let stacks = self.place.stacks.stacks.values();
        stacks
            .filter(|stack| stack.deleted.is_none())
            .flat_map(|stack| &stack.outputs)
            .find(|output| output.export.as_deref() == Some(name))
            .map(|output| output.value.clone())
    }
}

/// The values that `Ref` finds besides resources.
pub(crate) fn values(
    place: &Place,
    stack: (&str, &str),
    template: &Template,
    source: &Source,
) -> Result<BTreeMap<String, Value>, String> {
    let (id, name) = stack;
    let mut values = BTreeMap::from(
        [
            ("AWS::AccountId", json!(place.account)),
            ("AWS::NotificationARNs", json!([])),
            ("AWS::Partition", json!("aws")),
            ("AWS::Region", json!(place.region)),
            ("AWS::StackId", json!(id)),
            ("AWS::StackName", json!(name)),
            ("AWS::URLSuffix", json!("amazonaws.com")),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    for (name, definition) in &template.parameters {
        let value = source.parameters.get(name).or(definition.default.as_ref());
        if let Some(value) = value {
            values.insert(name.clone(), parameters::resolved(definition, value)?);
        }
    }
    Ok(values)
}

impl<'a> Around<'a> {
    /// The scope of a template here.
    pub(crate) fn scope(
        &'a self,
        template: &'a Template,
        parameters: &'a BTreeMap<String, Value>,
    ) -> Scope<'a> {
        Scope {
            template,
            parameters,
            region: &self.place.region,
            around: self,
            held: Default::default(),
        }
    }
}
