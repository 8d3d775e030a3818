//! Parameters of templates: their definitions, and the values that a request and the stack before it give them.
//!
//! Source: CloudFormation User Guide, "Parameters" and "CloudFormation-supplied parameter types"; the texts as seen in public issues.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::evaluate::text;
use crate::sim::query::Parameters;

/// The one parameter of Systems Manager that there is: what a bootstrapped environment of the CDK keeps there.
const BOOTSTRAP_VERSION: &str = "21";

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) kind: String,
    pub(crate) default: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) no_echo: bool,
    pub(crate) allowed: Vec<String>,
}

/// The `Parameters` section.
pub(super) fn definitions(
    section: &Map<String, Value>,
) -> Result<BTreeMap<String, Definition>, String> {
    section
        .iter()
        .map(|(name, value)| Ok((name.clone(), definition(name, value)?)))
        .collect()
}

fn definition(name: &str, value: &Value) -> Result<Definition, String> {
    let text_of = |key: &str| value.get(key).and_then(text);
    let kind = text_of("Type").ok_or_else(|| {
        format!("Template format error: Every Parameters object must contain a Type member: {name}")
    })?;
    let known = ["String", "Number", "CommaDelimitedList", "List<Number>"].contains(&kind.as_str())
        || kind.starts_with("AWS::EC2::")
        || kind.starts_with("List<AWS::EC2::")
        || kind == SSM;
    if !known {
        return Err(format!(
            "Template format error: Unrecognized parameter type: {kind}"
        ));
    }
    Ok(Definition {
        kind,
        default: text_of("Default"),
        description: text_of("Description"),
        no_echo: text_of("NoEcho").is_some_and(|text| text == "true"),
        allowed: value
            .get("AllowedValues")
            .and_then(Value::as_array)
            .map(|allowed| allowed.iter().filter_map(text).collect())
            .unwrap_or_default(),
    })
}

const SSM: &str = "AWS::SSM::Parameter::Value<String>";

/// The values of all parameters of a template: as the request says, else as they were where it says so, else the defaults.
pub(crate) fn given(
    definitions: &BTreeMap<String, Definition>,
    request: &Parameters,
    before: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, String> {
    let mut named = BTreeMap::new();
    for entry in request.entries("Parameters") {
        let key = entry.text("ParameterKey").unwrap_or_default().to_owned();
        let previous = entry.text("UsePreviousValue") == Some("true");
        let value = match (entry.text("ParameterValue"), previous) {
            (_, true) => before.get(&key).cloned(),
            (value, false) => value.map(str::to_owned),
        };
        named.insert(key, value);
    }
    let unknown: Vec<&str> = named
        .keys()
        .map(String::as_str)
        .filter(|name| !definitions.contains_key(*name))
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "Parameters: [{}] do not exist in the template",
            unknown.join(", ")
        ));
    }
    complete(definitions, named)
}

/// The values with the defaults of what was not given, checked.
pub(crate) fn complete(
    definitions: &BTreeMap<String, Definition>,
    mut given: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, definition) in definitions {
        let value = given
            .remove(name)
            .flatten()
            .or_else(|| definition.default.clone());
        let Some(value) = value else {
            missing.push(name.as_str());
            continue;
        };
        if !definition.allowed.is_empty() && !definition.allowed.contains(&value) {
            return Err(format!("Parameter '{name}' must be one of AllowedValues"));
        }
        if definition.kind == "Number" && value.parse::<f64>().is_err() {
            return Err(format!("Parameter '{name}' must be a number."));
        }
        values.insert(name.clone(), value);
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(format!(
        "Parameters: [{}] must have values",
        missing.join(", ")
    ))
}

/// What a parameter's value stands for in the template.
pub(crate) fn resolved(definition: &Definition, value: &str) -> Result<Value, String> {
    if definition.kind == SSM {
        let bootstrap = value.starts_with("/cdk-bootstrap/") && value.ends_with("/version");
        return if bootstrap {
            Ok(Value::from(BOOTSTRAP_VERSION))
        } else {
            Err(format!(
                "Unable to fetch parameters [{value}] from parameter store for this account."
            ))
        };
    }
    let list = definition.kind == "CommaDelimitedList" || definition.kind.starts_with("List<");
    Ok(if list {
        Value::from(value.split(',').map(str::trim).collect::<Vec<_>>())
    } else {
        Value::from(value)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn after(request: &str) -> Result<BTreeMap<String, String>, String> {
        let section = json!({
            "Class": {"Type": "String", "Default": "db.t3.medium", "AllowedValues": ["db.t3.medium", "db.r7g.large"]},
            "Days": {"Type": "Number"},
        });
        let definitions = definitions(section.as_object().unwrap()).unwrap();
        let before = BTreeMap::from([("Days".to_owned(), "7".to_owned())]);
        given(&definitions, &Parameters::parse(request), &before)
    }

    #[test]
    fn values_come_from_the_request_the_stack_before_or_the_default() {
        let previous =
            "Parameters.member.1.ParameterKey=Days&Parameters.member.1.UsePreviousValue=true";
        let values = after(previous).unwrap();
        assert_eq!(values.get("Days").unwrap(), "7");
        assert_eq!(values.get("Class").unwrap(), "db.t3.medium");
        let value = |key: &str, value: &str| {
            after(&format!(
                "Parameters.member.1.ParameterKey={key}&Parameters.member.1.ParameterValue={value}"
            ))
            .unwrap_err()
        };
        assert_eq!(
            after("").unwrap_err(),
            "Parameters: [Days] must have values"
        );
        assert_eq!(
            value("Frob", "1"),
            "Parameters: [Frob] do not exist in the template"
        );
        assert_eq!(value("Days", "many"), "Parameter 'Days' must be a number.");
        assert_eq!(
            value("Class", "db.huge"),
            "Parameter 'Class' must be one of AllowedValues"
        );
    }
}
