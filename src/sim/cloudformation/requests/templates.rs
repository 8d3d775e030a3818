//! GetTemplate, GetTemplateSummary, ValidateTemplate.

use std::collections::BTreeMap;

use super::{body, change_sets, member, read};
use crate::sim::call::{Call, Operation};
use crate::sim::cloudformation::template::Template;
use crate::sim::cloudformation::{types, validation};
use crate::sim::error::Error;
use crate::sim::xml::{Element, optional};

pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::read(
        "GetTemplate",
        &["StackName", "ChangeSetName", "TemplateStage"],
        get,
    ),
    Operation::read(
        "GetTemplateSummary",
        &["TemplateBody", "TemplateURL", "StackName"],
        summary,
    ),
    Operation::read(
        "ValidateTemplate",
        &["TemplateBody", "TemplateURL"],
        validate,
    ),
];

fn get(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let parameters = call.parameters;
    if let Some(stage) = parameters
        .text("TemplateStage")
        .filter(|stage| !["Original", "Processed"].contains(stage))
    {
        return Err(validation(format!("Invalid template stage: {stage}")));
    }
    let text = match parameters.text("ChangeSetName") {
        Some(name) => {
            let (_, change_set) = change_sets::find(call, name)?;
            change_set.target.template.clone()
        }
        None => {
            let name = super::required(parameters, "StackName")?;
            read(call, name)?.source.template.clone()
        }
    };
    Ok(vec![
        Element::text("TemplateBody", text),
        Element::texts("StagesAvailable", "member", ["Original", "Processed"]),
    ])
}

fn given(call: &Call<'_>) -> Result<Template, Error> {
    let text = body(call.parameters)?
        .ok_or_else(|| validation("Either Template URL or Template Body must be specified."))?;
    Template::parse(text).map_err(validation)
}

fn summary(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    let template = match call.parameters.text("StackName") {
        Some(name) => Template::parse(&read(call, name)?.source.template).map_err(validation)?,
        None => given(call)?,
    };
    let mut answer = common(&template, true);
    let kinds: std::collections::BTreeSet<&str> = template
        .resources
        .values()
        .map(|definition| definition.kind.as_str())
        .collect();
    answer.push(Element::texts("ResourceTypes", "member", kinds));
    optional(&mut answer, "Version", template.version.as_ref());
    if !template.metadata.is_null() {
        answer.push(Element::text("Metadata", &template.metadata));
    }
    let mut importable: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (logical, definition) in &template.resources {
        if types::name_property(&definition.kind).is_some() {
            importable
                .entry(&definition.kind)
                .or_default()
                .push(logical);
        }
    }
    let summaries = importable.into_iter().map(|(kind, logical)| {
        member(vec![
            Element::text("ResourceType", kind),
            Element::texts("LogicalResourceIds", "member", logical),
            Element::texts("ResourceIdentifiers", "member", types::name_property(kind)),
        ])
    });
    answer.push(Element::node(
        "ResourceIdentifierSummaries",
        summaries.collect(),
    ));
    Ok(answer)
}

fn validate(call: &mut Call<'_>) -> Result<Vec<Element>, Error> {
    Ok(common(&given(call)?, false))
}

/// What a summary and a validation tell alike.
fn common(template: &Template, with_types: bool) -> Vec<Element> {
    let parameters = template.parameters.iter().map(|(name, definition)| {
        let mut children = vec![Element::text("ParameterKey", name)];
        optional(&mut children, "DefaultValue", definition.default.as_ref());
        if with_types {
            children.push(Element::text("ParameterType", &definition.kind));
        }
        children.push(Element::text("NoEcho", definition.no_echo));
        optional(
            &mut children,
            "Description",
            definition.description.as_ref(),
        );
        if with_types {
            children.push(Element::node(
                "ParameterConstraints",
                vec![Element::texts(
                    "AllowedValues",
                    "member",
                    &definition.allowed,
                )],
            ));
        }
        member(children)
    });
    let mut answer = vec![Element::node("Parameters", parameters.collect())];
    optional(&mut answer, "Description", template.description.as_ref());
    let capability = template.capability();
    answer.push(Element::texts(
        "Capabilities",
        "member",
        capability.iter().map(|(name, _)| *name),
    ));
    optional(
        &mut answer,
        "CapabilitiesReason",
        capability.map(|(_, reason)| reason),
    );
    answer.push(Element::texts("DeclaredTransforms", "member", [""; 0]));
    answer
}
