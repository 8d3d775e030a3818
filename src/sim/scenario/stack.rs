//! `[[stack]]`: from its table to a stack, with the clusters, members and groups of this file that belong to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use jiff::Timestamp;
use toml::Spanned;

use super::build::{DAY_SECONDS, Problem, home, problem};
use super::file::StackTable;
use crate::sim::clock::after;
use crate::sim::cloudformation::changes::in_order;
use crate::sim::cloudformation::scope::{self, Around};
use crate::sim::cloudformation::template::{Definition, Template, order, parameters};
use crate::sim::cloudformation::types::{self, Nature};
use crate::sim::cloudformation::{
    Operation, Phase, Progress, Resource, STATUSES, Source, Stack, Task, Work, handlers, names,
    settle,
};
use crate::sim::identifiers::stored;
use crate::sim::place::Place;
use crate::sim::world::{Rules, World};

/// What a stack that is not as it was created has been through began so long ago.
const LAST_OPERATION_SECONDS: f64 = 3_600.0;

/// Adds a stack.
pub(super) fn stack(
    world: &mut World,
    table: &Spanned<StackTable>,
    folder: &Path,
) -> Result<(), Problem> {
    let span = table.span();
    let table = table.as_ref();
    let (account, region) = home(world, table.account.as_ref())?;
    let clock = world.clock;
    let text = template_text(table, folder, span.clone())?;
    let at = |message: String| problem(span.clone(), message);
    let template = Template::parse(&text).map_err(at)?;
    let (place, rules) = world.place(&account, &region);
    let name = table.name.as_ref();
    if place.stacks.find(name).is_some() {
        return Err(problem(
            table.name.span(),
            format!("there is a stack {name} already"),
        ));
    }
    let status = match &table.status {
        None => "CREATE_COMPLETE".to_owned(),
        Some(status) if STATUSES.contains(&status.as_ref().as_str()) => status.as_ref().clone(),
        Some(status) => {
            return Err(problem(
                status.span(),
                format!("unknown stack status {}", status.as_ref()),
            ));
        }
    };
    let created = table
        .created
        .unwrap_or_else(|| after(clock, -30.0 * DAY_SECONDS));
    let id = names::arn(place, rules, "stack", name);
    let mut stack = Stack::new(id, name, created);
    let given: BTreeMap<String, Option<String>> = table
        .parameters
        .iter()
        .map(|(name, value)| (name.clone(), Some(value.text())))
        .collect();
    if let Some(unknown) = given
        .keys()
        .find(|name| !template.parameters.contains_key(*name))
    {
        return Err(at(format!("the template has no parameter {unknown}")));
    }
    stack.source = Source {
        parameters: parameters::complete(&template.parameters, given)
            .map_err(|message| problem(span.clone(), message))?,
        template: text,
        tags: table.tags.clone(),
        capabilities: template
            .capability()
            .map(|(needed, _)| needed.to_owned())
            .into_iter()
            .collect(),
    };
    let of = Of {
        table,
        template: &template,
        span: span.clone(),
    };
    of.resources(place, rules, &mut stack)?;
    stack.outputs = settle::outputs(place, rules, &stack);
    of.history(&mut stack, &status, (created, clock))?;
    if status == "DELETE_COMPLETE" {
        stack.deleted = Some(clock);
    }
    place.stacks.stacks.insert(stack.id.clone(), stack);
    Ok(())
}

fn template_text(table: &StackTable, folder: &Path, span: Range<usize>) -> Result<String, Problem> {
    match (&table.template, &table.template_file) {
        (Some(text), None) => Ok(text.as_ref().clone()),
        (None, Some(file)) => {
            let path = folder.join(file.as_ref());
            std::fs::read_to_string(&path).map_err(|error| {
                problem(
                    file.span(),
                    format!("cannot read the template {}: {error}", path.display()),
                )
            })
        }
        _ => Err(problem(
            span,
            "a stack has a template or a template_file: one of the two must be given",
        )),
    }
}

struct Of<'a> {
    table: &'a StackTable,
    template: &'a Template,
    span: Range<usize>,
}

impl Of<'_> {
    fn problem(&self, message: impl Into<String>) -> Problem {
        problem(self.span.clone(), message)
    }

    /// Finds each resource of the template in RDS.
    fn resources(
        &self,
        place: &mut Place,
        rules: &Rules,
        stack: &mut Stack,
    ) -> Result<(), Problem> {
        let identity = (stack.id.clone(), stack.name.clone());
        let values = scope::values(
            place,
            (&identity.0, &identity.1),
            self.template,
            &stack.source,
        )
        .map_err(|message| self.problem(message))?;
        let needs = {
            let around = Around {
                place,
                rules,
                stack,
                unknown: BTreeSet::new(),
            };
            let scope = around.scope(self.template, &values);
            scope
                .check_rules()
                .and_then(|()| order::needs(&scope))
                .map_err(|message| self.problem(message))?
        };
        for named in self.table.resources.iter() {
            if !needs.contains_key(named.0) {
                return Err(problem(
                    named.1.span(),
                    format!(
                        "the template has no resource {} under its conditions",
                        named.0
                    ),
                ));
            }
        }
        for logical in in_order(&needs) {
            let Some(definition) = self.template.resources.get(&logical) else {
                continue;
            };
            let properties = {
                let around = Around {
                    place,
                    rules,
                    stack,
                    unknown: BTreeSet::new(),
                };
                around
                    .scope(self.template, &values)
                    .value(&definition.properties)
                    .map_err(|message| self.problem(message))?
            };
            let physical = self.physical(
                place,
                rules,
                (stack.name.as_str(), &logical),
                definition,
                &properties,
            )?;
            handlers::mark(
                place,
                (&definition.kind, &physical),
                (&stack.id, &stack.name, &logical),
            );
            let resource = Resource {
                logical: logical.clone(),
                kind: definition.kind.clone(),
                physical: Some(physical),
                status: "CREATE_COMPLETE".to_owned(),
                reason: None,
                updated: stack.created,
                properties,
                metadata: definition.metadata.clone(),
                deletion_policy: definition.deletion_policy.clone(),
                replace_policy: definition.replace_policy.clone(),
                drift: None,
            };
            stack.resources.insert(logical, resource);
        }
        Ok(())
    }

    fn physical(
        &self,
        place: &mut Place,
        rules: &Rules,
        (stack, logical): (&str, &str),
        definition: &Definition,
        properties: &serde_json::Value,
    ) -> Result<String, Problem> {
        let kind = definition.kind.as_str();
        let named = self.table.resources.get(logical);
        if types::nature(kind) == Nature::Passive {
            return Ok(match named {
                Some(named) => named.as_ref().clone(),
                None => names::physical(place, rules, stack, (logical, kind), properties),
            });
        }
        let of_template = types::name_property(kind)
            .and_then(|property| properties.get(property))
            .and_then(serde_json::Value::as_str);
        let span = named.map_or_else(|| self.span.clone(), Spanned::span);
        let Some(name) = named.map(|named| named.as_ref().as_str()).or(of_template) else {
            return Err(problem(
                span,
                format!(
                    "the template does not name the resource {logical} ({kind}): name it under resources"
                ),
            ));
        };
        let physical = stored(name);
        if !handlers::exists(place, kind, &physical) {
            return Err(problem(
                span,
                format!("the resource {logical} ({kind}) is {physical}, and this file has none"),
            ));
        }
        let owner = handlers::tags(place, kind, &physical)
            .and_then(|tags| tags.get("aws:cloudformation:stack-name").cloned());
        match owner {
            Some(owner) => Err(problem(
                span,
                format!("{physical} belongs to the stack {owner} already"),
            )),
            None => Ok(physical),
        }
    }

    /// The events that led to the stack's status, and what a failed rollback has left to do.
    fn history(
        &self,
        stack: &mut Stack,
        status: &str,
        (created, clock): (Timestamp, Timestamp),
    ) -> Result<(), Problem> {
        let by_user = || Some("User Initiated".to_owned());
        let names: Vec<String> = stack.resources.keys().cloned().collect();
        stack.becomes(created, "CREATE_IN_PROGRESS", by_user());
        for name in &names {
            stack.resource_becomes(created, name, "CREATE_COMPLETE", None);
        }
        stack.becomes(created, "CREATE_COMPLETE", None);
        let failed: Vec<(&String, &String)> = self.table.failed.iter().collect();
        let rolled_back = status == "UPDATE_ROLLBACK_FAILED";
        if rolled_back == failed.is_empty() {
            return Err(self.problem(
                "a stack in UPDATE_ROLLBACK_FAILED has failed resources, and no other stack has: failed = { LogicalId = \"reason\" }",
            ));
        }
        if let Some((unknown, _)) = failed
            .iter()
            .find(|(name, _)| !stack.resources.contains_key(*name))
        {
            return Err(self.problem(format!("the template has no resource {unknown}")));
        }
        let last = after(clock, -LAST_OPERATION_SECONDS);
        let reason = self.table.status_reason.clone();
        if !rolled_back {
            if status != "CREATE_COMPLETE" {
                stack.updated = Some(last);
                stack.becomes(last, status, reason);
            }
            return Ok(());
        }
        stack.updated = Some(last);
        let list: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
        let told = format!(
            "The following resource(s) failed to update: [{}].",
            list.join(", ")
        );
        let mut work = BTreeMap::new();
        for (name, _) in &failed {
            let before = stack.resources.get(*name).map(|resource| Resource {
                status: "UPDATE_COMPLETE".to_owned(),
                ..resource.clone()
            });
            let mut part = Work::new(Task::Modify, before, BTreeSet::new());
            part.progress = Progress::Failed;
            work.insert((*name).clone(), part);
        }
        stack.operation = Some(Operation {
            phase: Phase::UpdateRollback,
            token: None,
            before: stack.source.clone(),
            work,
            leftovers: Vec::new(),
            undone_tags: stack.source.tags.clone(),
            disable_rollback: false,
        });
        stack.becomes(last, "UPDATE_IN_PROGRESS", by_user());
        for status in ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"] {
            for (name, why) in &failed {
                stack.resource_becomes(last, name, "UPDATE_IN_PROGRESS", None);
                stack.resource_becomes(last, name, "UPDATE_FAILED", Some((*why).clone()));
            }
            stack.becomes(last, status, Some(told.clone()));
        }
        if reason.is_some() {
            stack.reason = reason;
        }
        Ok(())
    }
}
