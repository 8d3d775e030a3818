//! The Query API 2010-05-15. Source: CloudFormation API Reference and service model; the texts as captured from AWS's answers and
//! seen in public issues.

pub(crate) mod change_sets;
pub(crate) mod drifts;
pub(crate) mod recover;
pub(crate) mod resources;
pub(crate) mod stacks;
pub(crate) mod templates;

use std::collections::BTreeMap;

use super::template::{BYTES_MOST, Template, parameters};
use super::{Source, Stack, validation};
use crate::sim::call::Call;
use crate::sim::error::Error;
use crate::sim::query::Parameters;
use crate::sim::tags;
use crate::sim::xml::{Element, optional};

/// The most entries of one page.
const PAGE: usize = 100;

/// A parameter that must be given.
fn required<'a>(parameters: &'a Parameters, name: &str) -> Result<&'a str, Error> {
    parameters
        .text(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            let mut letters = name.chars();
            let first = letters.next().map(|letter| letter.to_ascii_lowercase());
            let member: String = first.into_iter().chain(letters).collect();
            validation(format!(
                "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ))
        })
}

/// The stack that a request names, in the words of what reads stacks.
fn read<'a>(call: &'a Call<'_>, name: &str) -> Result<&'a Stack, Error> {
    call.place
        .stacks
        .find(name)
        .ok_or_else(|| validation(format!("Stack with id {name} does not exist")))
}

/// The stack that a request changes, in the words of what changes stacks.
fn missing(name: &str) -> Error {
    validation(format!("Stack [{name}] does not exist"))
}

/// Works on a stack that is out of its place meanwhile, so that it can act there.
fn with_stack<T>(
    call: &mut Call<'_>,
    name: &str,
    work: impl FnOnce(&mut Call<'_>, &mut Stack) -> Result<T, Error>,
) -> Result<T, Error> {
    let id = call
        .place
        .stacks
        .find(name)
        .map(|stack| stack.id.clone())
        .ok_or_else(|| missing(name))?;
    let mut stack = call
        .place
        .stacks
        .stacks
        .remove(&id)
        .ok_or_else(|| missing(name))?;
    let result = work(call, &mut stack);
    call.place.stacks.stacks.insert(id, stack);
    result
}

/// Whether a request's token was used before for the same operation: then it has been done already.
fn repeated(call: &Call<'_>, stack: &mut Stack, operation: &str) -> Result<bool, Error> {
    let Some(token) = call.parameters.text("ClientRequestToken") else {
        return Ok(false);
    };
    match stack.tokens.get(token) {
        None => {
            stack.tokens.insert(token.to_owned(), operation.to_owned());
            Ok(false)
        }
        Some(known) if known == operation => Ok(true),
        Some(_) => Err(Error::new(
            "TokenAlreadyExistsException",
            400,
            format!("A client request token already exists: {token}"),
        )),
    }
}

/// Refuses another way of deploying than the usual one, which may be asked for by its name.
fn standard_deployment(parameters: &Parameters) -> Result<(), Error> {
    let Some(wanted) = parameters.structure("DeploymentConfig") else {
        return Ok(());
    };
    match wanted.text("Mode") {
        None | Some("STANDARD") => {}
        Some("EXPRESS") => {
            return Err(validation(
                "The EXPRESS mode of DeploymentConfig is not simulated; STANDARD is.",
            ));
        }
        Some(other) => {
            return Err(validation(format!(
                "1 validation error detected: Value '{other}' at 'deploymentConfig.mode' failed to satisfy constraint: Member must \
                 satisfy enum value set: [EXPRESS, STANDARD]"
            )));
        }
    }
    if wanted.boolean("DisableRollback")? == Some(true) {
        return Err(validation(
            "DisableRollback of DeploymentConfig is not simulated; DisableRollback beside it is.",
        ));
    }
    Ok(())
}

fn token(call: &Call<'_>) -> Option<String> {
    call.parameters
        .text("ClientRequestToken")
        .map(str::to_owned)
}

/// The template of a request's own.
fn body(parameters: &Parameters) -> Result<Option<&str>, Error> {
    if parameters.text("TemplateURL").is_some() {
        return Err(validation(
            "TemplateURL is not simulated: there is no S3 here. Send the template as TemplateBody.",
        ));
    }
    let body = parameters.text("TemplateBody");
    if body.is_some_and(|body| body.len() > BYTES_MOST) {
        return Err(validation(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or \
             equal to {BYTES_MOST}"
        )));
    }
    Ok(body)
}

/// What a request wants a stack to be made of, with its template.
fn wanted(parameters: &Parameters, before: &Source) -> Result<Source, Error> {
    let previous = parameters.boolean("UsePreviousTemplate")?.unwrap_or(false);
    let text = match (body(parameters)?, previous) {
        (Some(_), true) => {
            return Err(validation(
                "You cannot specify both a template and UsePreviousTemplate.",
            ));
        }
        (Some(text), false) => text.to_owned(),
        (None, true) => before.template.clone(),
        (None, false) => {
            return Err(validation(
                "Either Template URL or Template Body must be specified.",
            ));
        }
    };
    let template = Template::parse(&text).map_err(validation)?;
    let capabilities = parameters.list("Capabilities").unwrap_or_default();
    if let Some((needed, _)) = template.capability() {
        let named = "CAPABILITY_NAMED_IAM";
        let acknowledged = capabilities
            .iter()
            .any(|given| given == needed || given == named);
        if !acknowledged {
            return Err(Error::new(
                "InsufficientCapabilitiesException",
                400,
                format!("Requires capabilities : [{needed}]"),
            ));
        }
    }
    let given = !parameters.entries("Tags").is_empty();
    Ok(Source {
        parameters: parameters::given(&template.parameters, parameters, &before.parameters)
            .map_err(validation)?,
        tags: if given {
            tags::given(parameters)?
        } else {
            before.tags.clone()
        },
        capabilities: if parameters.list("Capabilities").is_some() {
            capabilities
        } else {
            before.capabilities.clone()
        },
        template: text,
    })
}

/// A page of a list that does not change its order, and the token of the next one.
fn page(
    parameters: &Parameters,
    list: &'static str,
    size: usize,
    entries: Vec<Element>,
) -> Result<Vec<Element>, Error> {
    let start = match parameters.text("NextToken") {
        None | Some("") => 0,
        Some(token) => token
            .parse()
            .ok()
            .filter(|start| *start < entries.len())
            .ok_or_else(|| validation("The specified NextToken is invalid."))?,
    };
    let next = start + size;
    let more = (next < entries.len()).then_some(next);
    let shown = entries.into_iter().skip(start).take(size).collect();
    let mut answer = vec![Element::node(list, shown)];
    optional(&mut answer, "NextToken", more);
    Ok(answer)
}

fn member(children: Vec<Element>) -> Element {
    Element::node("member", children)
}

/// `<Tags>`.
fn tags_element(tags: &BTreeMap<String, String>) -> Element {
    let entries = tags.iter().map(|(key, value)| {
        member(vec![
            Element::text("Key", key),
            Element::text("Value", value),
        ])
    });
    Element::node("Tags", entries.collect())
}

/// `<Parameters>`: secrets masked, parameters of Systems Manager with what they stand for.
fn parameters_element(source: &Source) -> Element {
    let template = Template::parse(&source.template).ok();
    let entries = source.parameters.iter().map(|(name, value)| {
        let definition = template
            .as_ref()
            .and_then(|template| template.parameters.get(name));
        let hidden = definition.is_some_and(|definition| definition.no_echo);
        let mut children = vec![
            Element::text("ParameterKey", name),
            Element::text("ParameterValue", if hidden { "****" } else { value }),
        ];
        let resolved = definition
            .filter(|definition| definition.kind.starts_with("AWS::SSM::"))
            .and_then(|definition| parameters::resolved(definition, value).ok());
        optional(
            &mut children,
            "ResolvedValue",
            resolved.as_ref().and_then(super::template::evaluate::text),
        );
        member(children)
    });
    Element::node("Parameters", entries.collect())
}
