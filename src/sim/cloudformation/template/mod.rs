//! CloudFormation templates. In: JSON or YAML. Out: the sections, checked as ValidateTemplate and CreateStack check them.
//!
//! Sources: CloudFormation User Guide, "Template anatomy", "Template quotas"; the texts as seen in public issues. Transforms,
//! nested stacks, modules and `Fn::ForEach` are not simulated, and refused.

pub(crate) mod evaluate;
pub(crate) mod order;
pub(crate) mod parameters;
mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::types;

/// A template in a request has at most this many bytes; longer ones come from S3, which is not simulated.
pub(crate) const BYTES_MOST: usize = 51_200;

/// The top-level sections of a template.
const SECTIONS: [&str; 10] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The keys of a resource that are understood.
const RESOURCE_KEYS: [&str; 8] = [
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
];

/// A template, its functions not evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pub(crate) version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) parameters: BTreeMap<String, parameters::Definition>,
    pub(crate) mappings: Value,
    pub(crate) conditions: BTreeMap<String, Value>,
    pub(crate) rules: Value,
    pub(crate) resources: BTreeMap<String, Definition>,
    pub(crate) outputs: BTreeMap<String, Value>,
}

/// A resource of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) kind: String,
    pub(crate) properties: Value,
    pub(crate) depends_on: Vec<String>,
    pub(crate) condition: Option<String>,
    pub(crate) metadata: Option<Value>,
    pub(crate) deletion_policy: Option<String>,
    pub(crate) replace_policy: Option<String>,
}

impl Template {
    /// Reads a template, or says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| {
                format!(
                    "Template format error: JSON not well-formed. (line {}, column {})",
                    error.line(),
                    error.column()
                )
            })?
        } else {
            yaml::read(text)?
        };
        let Value::Object(sections) = value else {
            return Err("Template format error: unsupported structure.".to_owned());
        };
        let unknown: Vec<&str> = sections
            .keys()
            .map(String::as_str)
            .filter(|name| !SECTIONS.contains(name))
            .collect();
        if !unknown.is_empty() {
            return Err(format!(
                "Invalid template property or properties [{}]",
                unknown.join(", ")
            ));
        }
        if sections.contains_key("Transform") {
            return Err("Template error: transforms (macros) are not simulated".to_owned());
        }
        let text_of = |name: &str| {
            sections
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let version = text_of("AWSTemplateFormatVersion");
        if version
            .as_deref()
            .is_some_and(|version| version != "2010-09-09")
        {
            return Err("Template format error: unsupported value for AWSTemplateFormatVersion. Supported values: 2010-09-09".to_owned());
        }
        let template = Self {
            version,
            description: text_of("Description"),
            metadata: sections.get("Metadata").cloned().unwrap_or_default(),
            parameters: parameters::definitions(section(&sections, "Parameters")?)?,
            mappings: Value::Object(section(&sections, "Mappings")?.clone()),
            conditions: section(&sections, "Conditions")?
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            rules: Value::Object(section(&sections, "Rules")?.clone()),
            resources: section(&sections, "Resources")?
                .iter()
                .map(|(name, value)| Ok((name.clone(), definition(name, value)?)))
                .collect::<Result<_, String>>()?,
            outputs: section(&sections, "Outputs")?
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        };
        template.check()?;
        Ok(template)
    }

    fn check(&self) -> Result<(), String> {
        if self.resources.is_empty() {
            return Err(
                "Template format error: At least one Resources member must be defined.".to_owned(),
            );
        }
        let unknown: Vec<&str> = self
            .resources
            .values()
            .map(|definition| definition.kind.as_str())
            .filter(|kind| !types::known(kind))
            .collect();
        if !unknown.is_empty() {
            return Err(format!(
                "Template format error: Unrecognized resource types: [{}]",
                unknown.join(", ")
            ));
        }
        for (name, definition) in &self.resources {
            types::check(name, definition)?;
            for condition in definition.condition.iter() {
                if !self.conditions.contains_key(condition) {
                    return Err(format!(
                        "Template format error: Unresolved condition dependency {condition} in the Resources block of the template"
                    ));
                }
            }
        }
        order::check(self)
    }

    /// The capability that must be acknowledged, with the resources that need it.
    pub(crate) fn capability(&self) -> Option<(&'static str, String)> {
        let iam: Vec<&Definition> = self
            .resources
            .values()
            .filter(|definition| definition.kind.starts_with("AWS::IAM::"))
            .collect();
        let named = iam.iter().any(|definition| {
            definition.properties.as_object().is_some_and(|properties| {
                properties.keys().any(|name| {
                    matches!(
                        name.as_str(),
                        "RoleName" | "ManagedPolicyName" | "UserName" | "GroupName"
                    )
                })
            })
        });
        let kinds: std::collections::BTreeSet<&str> = iam
            .iter()
            .map(|definition| definition.kind.as_str())
            .collect();
        let capability = if named {
            "CAPABILITY_NAMED_IAM"
        } else {
            "CAPABILITY_IAM"
        };
        let kinds: Vec<&str> = kinds.into_iter().collect();
        (!kinds.is_empty()).then(|| {
            (
                capability,
                format!(
                    "The following resource(s) require capabilities: [{}]",
                    kinds.join(", ")
                ),
            )
        })
    }
}

/// A section that is a map; an empty one when it is not there.
fn section<'a>(
    sections: &'a Map<String, Value>,
    name: &str,
) -> Result<&'a Map<String, Value>, String> {
    static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
    match sections.get(name) {
        None | Some(Value::Null) => Ok(EMPTY.get_or_init(Map::new)),
        Some(Value::Object(section)) => Ok(section),
        Some(_) => Err(format!(
            "Template format error: {name} section must be a map"
        )),
    }
}

fn definition(name: &str, value: &Value) -> Result<Definition, String> {
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(format!(
            "Template format error: Resource name {name} is non alphanumeric."
        ));
    }
    let Value::Object(object) = value else {
        return Err(format!(
            "Template format error: [/Resources/{name}] is not an object"
        ));
    };
    if let Some(key) = object
        .keys()
        .find(|key| !RESOURCE_KEYS.contains(&key.as_str()))
    {
        return Err(format!(
            "Invalid template resource property '{key}' of {name}"
        ));
    }
    let text_of = |key: &str| match object.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!(
            "Template format error: [/Resources/{name}/{key}] must be a string"
        )),
    };
    let policy = |key: &str| {
        let policy = text_of(key)?;
        match policy.as_deref() {
            None | Some("Delete" | "Retain" | "Snapshot" | "RetainExceptOnCreate") => Ok(policy),
            Some(other) => Err(format!(
                "Template format error: Unrecognized {key} {other} for resource {name}"
            )),
        }
    };
    let depends_on = match object.get("DependsOn") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| format!("Template format error: DependsOn of {name} must be text"))?,
        Some(_) => {
            return Err(format!(
                "Template format error: DependsOn of {name} must be text"
            ));
        }
    };
    let properties = match object.get("Properties") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(properties @ Value::Object(_)) => properties.clone(),
        Some(_) => {
            return Err(format!(
                "Template format error: [/Resources/{name}/Properties] is not an object"
            ));
        }
    };
    let kind = text_of("Type")?.ok_or_else(|| {
        format!(
            "Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
        )
    })?;
    Ok(Definition {
        kind,
        properties,
        depends_on,
        condition: text_of("Condition")?,
        metadata: object.get("Metadata").cloned(),
        deletion_policy: policy("DeletionPolicy")?,
        replace_policy: policy("UpdateReplacePolicy")?,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_template_that_is_none_is_refused_in_cloudformations_words() {
        let topic = "Resources: {A: {Type: 'AWS::SNS::Topic'}}";
        let mut messages = Vec::new();
        for text in [
            "",
            "{\"Resources\": }",
            "just text",
            "Resources: {}",
            "Resource: {}",
            "Resources: {A: {Type: 'AWS::Frob::Nicate'}}",
            "Resources: {A: {}}",
            "Resources: {A-1: {Type: 'AWS::SNS::Topic'}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', Property: {}}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', DependsOn: B}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {x: !Ref B}}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {x: !GetAtt B.Arn}}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', DependsOn: B}, B: {Type: 'AWS::SNS::Topic', DependsOn: A}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', Condition: C}}",
            "Resources: {A: {Type: 'AWS::SNS::Topic', DeletionPolicy: Perhaps}}",
            "Resources: {A: {Type: 'AWS::RDS::DBCluster', Properties: {KmsKeyId: x}}}",
            &format!("Transform: AWS::Serverless-2016-10-31\n{topic}"),
            &format!("AWSTemplateFormatVersion: 2020-01-01\n{topic}"),
            &format!("Parameters: {{P: {{Type: Strange}}}}\n{topic}"),
        ] {
            messages.push(Template::parse(text).unwrap_err());
        }
        insta::assert_snapshot!(messages.join("\n"), @r"
        Template format error: unsupported structure.
        Template format error: JSON not well-formed. (line 1, column 15)
        Template format error: unsupported structure.
        Template format error: At least one Resources member must be defined.
        Invalid template property or properties [Resource]
        Template format error: Unrecognized resource types: [AWS::Frob::Nicate]
        Template format error: [/Resources/A] Every Resources object must contain a Type member.
        Template format error: Resource name A-1 is non alphanumeric.
        Invalid template resource property 'Property' of A
        Template format error: Unresolved resource dependencies [B] in the Resources block of the template
        Template format error: Unresolved resource dependencies [B] in the Resources block of the template
        Template format error: Unresolved resource dependencies [B] in the Resources block of the template
        Circular dependency between resources: [A, B]
        Template format error: Unresolved condition dependency C in the Resources block of the template
        Template format error: Unrecognized DeletionPolicy Perhaps for resource A
        Template error: the property KmsKeyId of AWS::RDS::DBCluster (resource A) is not simulated
        Template error: transforms (macros) are not simulated
        Template format error: unsupported value for AWSTemplateFormatVersion. Supported values: 2010-09-09
        Template format error: Unrecognized parameter type: Strange
        ");
    }

    #[test]
    fn roles_need_a_capability() {
        let role = |more: &str| {
            let text =
                format!("Resources: {{R: {{Type: 'AWS::IAM::Role', Properties: {{{more}}}}}}}");
            Template::parse(&text).unwrap().capability().unwrap().0
        };
        assert_eq!(role(""), "CAPABILITY_IAM");
        assert_eq!(role("RoleName: r"), "CAPABILITY_NAMED_IAM");
    }
}
