//! Intrinsic functions. In: a value of a template and what is known. Out: the value, where something is not known yet with the
//! function that asks for it left in place.
//!
//! Source: CloudFormation User Guide, "Intrinsic function reference", "Condition functions", "Rule functions", "Pseudo parameters".

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Template;

/// Every function that is understood.
pub(super) const FUNCTIONS: [&str; 16] = [
    "Ref",
    "Condition",
    "Fn::GetAtt",
    "Fn::Join",
    "Fn::Sub",
    "Fn::If",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::Contains",
    "Fn::FindInMap",
    "Fn::Select",
    "Fn::Split",
    "Fn::GetAZs",
    "Fn::ImportValue",
];

/// Conditions that refer to each other go no deeper.
const CONDITIONS_DEPTH_MOST: usize = 200;

/// What a stack knows of the world around it.
pub(crate) trait Surroundings {
    /// The physical id of a resource, or one of its attributes; none while it is not known.
    fn resource(&self, logical: &str, attribute: Option<&str>) -> Option<Value>;
    /// What another stack exports under this name.
    fn export(&self, name: &str) -> Option<String>;
}

/// A template with its parameters and surroundings.
pub(crate) struct Scope<'a> {
    pub(crate) template: &'a Template,
    /// Values of parameters and pseudo parameters.
    pub(crate) parameters: &'a BTreeMap<String, Value>,
    pub(crate) region: &'a str,
    pub(crate) around: &'a dyn Surroundings,
    /// Conditions that have been evaluated: those that name others twice would take twice as long with each level.
    pub(crate) held: RefCell<BTreeMap<String, bool>>,
}

/// A value, or none for `AWS::NoValue`.
type Evaluated = Result<Option<Value>, String>;

impl Scope<'_> {
    /// The value with every function evaluated; what is `AWS::NoValue` is gone.
    pub(crate) fn value(&self, value: &Value) -> Result<Value, String> {
        Ok(self.evaluate(value)?.unwrap_or(Value::Null))
    }

    /// Whether a condition of the template holds.
    pub(crate) fn condition(&self, name: &str) -> Result<bool, String> {
        self.holds_named(name, 0)
    }

    /// Whether every rule of the template is kept; what it says otherwise.
    pub(crate) fn check_rules(&self) -> Result<(), String> {
        let Some(rules) = self.template.rules.as_object() else {
            return Ok(());
        };
        for rule in rules.values() {
            if let Some(condition) = rule.get("RuleCondition")
                && !self.holds(condition, 0)?
            {
                continue;
            }
            let assertions = rule.get("Assertions").and_then(Value::as_array);
            for assertion in assertions.into_iter().flatten() {
                let kept = assertion
                    .get("Assert")
                    .map_or(Ok(true), |assert| self.holds(assert, 0))?;
                if !kept {
                    let text = assertion.get("AssertDescription").and_then(Value::as_str);
                    return Err(text
                        .unwrap_or("A rule of the template is broken")
                        .to_owned());
                }
            }
        }
        Ok(())
    }

    fn evaluate(&self, value: &Value) -> Evaluated {
        match value {
            Value::Object(object) => match function(object) {
                Some((name, argument)) => self.call(name, argument, value),
                None => {
                    let mut evaluated = Map::new();
                    for (key, value) in object {
                        if let Some(value) = self.evaluate(value)? {
                            evaluated.insert(key.clone(), value);
                        }
                    }
                    Ok(Some(Value::Object(evaluated)))
                }
            },
            Value::Array(entries) => Ok(Some(Value::Array(self.entries(entries)?))),
            other => Ok(Some(other.clone())),
        }
    }

    fn entries(&self, entries: &[Value]) -> Result<Vec<Value>, String> {
        let mut evaluated = Vec::new();
        for entry in entries {
            evaluated.extend(self.evaluate(entry)?);
        }
        Ok(evaluated)
    }

    fn call(&self, name: &str, argument: &Value, whole: &Value) -> Evaluated {
        let malformed = || format!("Template error: every {name} object has a malformed argument");
        let evaluated = match name {
            "Ref" => {
                let target = argument.as_str().ok_or_else(malformed)?;
                if target == "AWS::NoValue" {
                    return Ok(None);
                }
                match self.parameters.get(target) {
                    Some(value) => Some(value.clone()),
                    None => self.around.resource(target, None),
                }
            }
            "Fn::GetAtt" => {
                let (resource, attribute) = attribute_of(argument).ok_or_else(malformed)?;
                self.around.resource(&resource, Some(&attribute))
            }
            "Fn::If" => {
                let [condition, yes, no] = argument
                    .as_array()
                    .map(Vec::as_slice)
                    .ok_or_else(malformed)?
                else {
                    return Err(malformed());
                };
                let condition = condition.as_str().ok_or_else(malformed)?;
                let chosen = if self.condition(condition)? { yes } else { no };
                return self.evaluate(chosen);
            }
            "Fn::Join" => {
                let [Value::String(between), list] = argument
                    .as_array()
                    .map(Vec::as_slice)
                    .ok_or_else(malformed)?
                else {
                    return Err(malformed());
                };
                match self.evaluate(list)? {
                    Some(Value::Array(parts)) => {
                        let parts: Option<Vec<String>> = parts.iter().map(text).collect();
                        parts.map(|parts| Value::String(parts.join(between)))
                    }
                    _ => None,
                }
            }
            "Fn::Sub" => self.substitute(argument)?.map(Value::String),
            "Fn::FindInMap" => {
                let keys = self.entries(argument.as_array().ok_or_else(malformed)?)?;
                let [map, first, second] = keys.as_slice() else {
                    return Err(malformed());
                };
                let key = |value: &Value| text(value).ok_or_else(malformed);
                let (map, first, second) = (key(map)?, key(first)?, key(second)?);
                let found = self.template.mappings.get(&map);
                let found = found.and_then(|map| map.get(&first)?.get(&second));
                Some(found.cloned().ok_or_else(|| {
                    format!("Template error: Unable to get mapping for {map}::{first}::{second}")
                })?)
            }
            "Fn::Select" => {
                let parts = self.entries(argument.as_array().ok_or_else(malformed)?)?;
                let [index, Value::Array(list)] = parts.as_slice() else {
                    return Ok(Some(whole.clone()));
                };
                let index: Option<usize> = text(index).and_then(|index| index.parse().ok());
                let chosen = index.and_then(|index| list.get(index));
                Some(chosen.cloned().ok_or_else(|| {
                    "Template error: Fn::Select cannot select nonexistent value".to_owned()
                })?)
            }
            "Fn::Split" => {
                let parts = self.entries(argument.as_array().ok_or_else(malformed)?)?;
                let [Value::String(between), source] = parts.as_slice() else {
                    return Err(malformed());
                };
                text(source).map(|source| Value::from(source.split(between).collect::<Vec<_>>()))
            }
            "Fn::GetAZs" => {
                let region = self.evaluate(argument)?.as_ref().and_then(text);
                let region = region
                    .filter(|region| !region.is_empty())
                    .unwrap_or_else(|| self.region.to_owned());
                Some(json!(["a", "b", "c"].map(|zone| format!("{region}{zone}"))))
            }
            "Fn::ImportValue" => {
                let name = self.evaluate(argument)?.as_ref().and_then(text);
                let name = name.ok_or_else(malformed)?;
                let found = self.around.export(&name);
                Some(Value::String(
                    found.ok_or_else(|| format!("No export named {name} found."))?,
                ))
            }
            // Functions of conditions and rules have no place among properties.
            _ => return Err(format!("Template error: {name} is not allowed here")),
        };
        Ok(Some(evaluated.unwrap_or_else(|| whole.clone())))
    }

    /// `${Name}`, `${Name.Attribute}` and `${!Literal}`; none while one of them is not known.
    fn substitute(&self, argument: &Value) -> Result<Option<String>, String> {
        let empty = Map::new();
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern, &empty),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(pattern), Value::Object(own)] => (pattern, own),
                _ => return Err("Template error: every Fn::Sub object must have a string, or a string and a map".to_owned()),
            },
            _ => return Err("Template error: every Fn::Sub object must have a string, or a string and a map".to_owned()),
        };
        let mut substituted = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            substituted.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                return Err("Template error: a ${ of an Fn::Sub object has no end".to_owned());
            };
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                substituted.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let found = match own.get(name) {
                Some(value) => self.evaluate(value)?,
                None => self.evaluate(&named(name))?,
            };
            match found.as_ref().and_then(text) {
                Some(text) => substituted.push_str(&text),
                None => return Ok(None),
            }
        }
        substituted.push_str(rest);
        Ok(Some(substituted))
    }

    fn holds_named(&self, name: &str, depth: usize) -> Result<bool, String> {
        if let Some(held) = self.held.borrow().get(name) {
            return Ok(*held);
        }
        let condition = self.template.conditions.get(name).ok_or_else(|| {
            format!("Template format error: Unresolved condition dependency {name}")
        })?;
        let held = self.holds(condition, depth + 1)?;
        self.held.borrow_mut().insert(name.to_owned(), held);
        Ok(held)
    }

    fn holds(&self, condition: &Value, depth: usize) -> Result<bool, String> {
        let malformed = || "Template error: a condition is malformed".to_owned();
        if depth > CONDITIONS_DEPTH_MOST {
            return Err("Template error: conditions depend on each other".to_owned());
        }
        let (name, argument) = condition
            .as_object()
            .and_then(function)
            .ok_or_else(malformed)?;
        let list = || argument.as_array().ok_or_else(malformed);
        match name {
            "Condition" => self.holds_named(argument.as_str().ok_or_else(malformed)?, depth),
            "Fn::Equals" => {
                let sides = self.entries(list()?)?;
                let [left, right] = sides.as_slice() else {
                    return Err(malformed());
                };
                Ok(same(left, right))
            }
            "Fn::Not" => match list()?.as_slice() {
                [inner] => Ok(!self.holds(inner, depth + 1)?),
                _ => Err(malformed()),
            },
            "Fn::And" | "Fn::Or" => {
                let mut held = Vec::new();
                for inner in list()? {
                    held.push(self.holds(inner, depth + 1)?);
                }
                Ok(if name == "Fn::And" {
                    held.iter().all(|held| *held)
                } else {
                    held.contains(&true)
                })
            }
            "Fn::Contains" => {
                let parts = self.entries(list()?)?;
                let [Value::Array(among), value] = parts.as_slice() else {
                    return Err(malformed());
                };
                Ok(among.iter().any(|known| same(known, value)))
            }
            _ => Err(malformed()),
        }
    }

    /// The resources that a value refers to, branches of conditions that do not hold left out.
    pub(crate) fn references(&self, value: &Value) -> Result<BTreeSet<String>, String> {
        let mut found = BTreeSet::new();
        self.gather(value, &mut found)?;
        found.retain(|name| !self.parameters.contains_key(name) && !name.starts_with("AWS::"));
        Ok(found)
    }

    fn gather(&self, value: &Value, found: &mut BTreeSet<String>) -> Result<(), String> {
        match value {
            Value::Object(object) => match function(object) {
                Some(("Ref", Value::String(target))) => {
                    found.insert(target.clone());
                }
                Some(("Fn::GetAtt", argument)) => {
                    found.extend(attribute_of(argument).map(|(resource, _)| resource));
                }
                Some(("Fn::If", Value::Array(parts))) => {
                    if let [Value::String(condition), yes, no] = parts.as_slice() {
                        let chosen = if self.condition(condition)? { yes } else { no };
                        self.gather(chosen, found)?;
                    }
                }
                Some(("Fn::Sub", argument)) => {
                    let (pattern, own) = match argument {
                        Value::Array(parts) => (parts.first(), parts.get(1)),
                        other => (Some(other), None),
                    };
                    for name in placeholders(pattern.and_then(Value::as_str).unwrap_or_default()) {
                        if own.and_then(|own| own.get(name)).is_none() {
                            let resource = name.split('.').next().unwrap_or(name);
                            found.insert(resource.to_owned());
                        }
                    }
                    if let Some(own) = own {
                        self.gather(own, found)?;
                    }
                }
                _ => {
                    for value in object.values() {
                        self.gather(value, found)?;
                    }
                }
            },
            Value::Array(entries) => {
                for entry in entries {
                    self.gather(entry, found)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The names within `${…}`.
fn placeholders(pattern: &str) -> Vec<&str> {
    pattern
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| !name.starts_with('!'))
        .collect()
}

/// What `${name}` stands for.
fn named(name: &str) -> Value {
    match name.split_once('.') {
        Some((resource, attribute)) => json!({"Fn::GetAtt": [resource, attribute]}),
        None => json!({"Ref": name}),
    }
}

/// The function that an object of one key is.
fn function(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = object.iter().next().filter(|_| object.len() == 1)?;
    // A property may be called Condition; only as text is it the function.
    if name == "Condition" && !argument.is_string() {
        return None;
    }
    let known = name == "Ref" || name.starts_with("Fn::") || name == "Condition";
    known.then_some((name.as_str(), argument))
}

/// Whether something is still to be found out about a value.
pub(crate) fn unresolved(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            matches!(function(object), Some((name, _)) if name != "Condition")
                || object.values().any(unresolved)
        }
        Value::Array(entries) => entries.iter().any(unresolved),
        _ => false,
    }
}

pub(super) fn attribute_of(argument: &Value) -> Option<(String, String)> {
    match argument {
        Value::String(text) => text
            .split_once('.')
            .map(|(resource, attribute)| (resource.to_owned(), attribute.to_owned())),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(resource), Value::String(attribute)] => {
                Some((resource.clone(), attribute.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A scalar as CloudFormation hands it on.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// Whether two values are handed on alike: `7` and `"7"` are.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        (left, right) => left == right || (text(left).is_some() && text(left) == text(right)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct Known;

    impl Surroundings for Known {
        fn resource(&self, logical: &str, attribute: Option<&str>) -> Option<Value> {
            (logical == "Cluster").then(|| match attribute {
                None => json!("orders"),
                Some(attribute) => json!(format!("orders/{attribute}")),
            })
        }

        fn export(&self, name: &str) -> Option<String> {
            (name == "Vpc").then(|| "vpc-1".to_owned())
        }
    }

    fn evaluated(expression: Value) -> Result<Value, String> {
        let template = Template::parse(
            r#"{"Resources": {"A": {"Type": "AWS::SNS::Topic"}},
                "Mappings": {"Sizes": {"prod": {"class": "db.r7g.large"}}},
                "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                               "Other": {"Fn::Not": [{"Condition": "IsProd"}]},
                               "Loop": {"Condition": "Loop"}}}"#,
        )
        .unwrap();
        let parameters = BTreeMap::from([
            ("Stage".to_owned(), json!("prod")),
            ("AWS::Region".to_owned(), json!("us-east-1")),
        ]);
        let scope = Scope {
            template: &template,
            parameters: &parameters,
            region: "us-east-1",
            around: &Known,
            held: RefCell::default(),
        };
        scope.value(&expression)
    }

    #[test]
    fn functions_give_what_they_stand_for() {
        let cases = [
            (
                json!({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 7]]}),
                json!("a-prod-7"),
            ),
            (
                json!({"Fn::Sub": "${AWS::Region}/${Cluster}/${Cluster.Endpoint.Port}/${!x}"}),
                json!("us-east-1/orders/orders/Endpoint.Port/${x}"),
            ),
            (
                json!({"Fn::Sub": ["${x}", {"x": {"Ref": "Stage"}}]}),
                json!("prod"),
            ),
            (
                json!({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "class"]}),
                json!("db.r7g.large"),
            ),
            (
                json!({"Fn::If": ["Other", 1, {"Ref": "AWS::NoValue"}]}),
                Value::Null,
            ),
            (
                json!({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}),
                json!({"b": [1]}),
            ),
            (
                json!({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}),
                json!("b"),
            ),
            (
                json!({"Fn::Select": [2, {"Fn::GetAZs": ""}]}),
                json!("us-east-1c"),
            ),
            (json!({"Fn::ImportValue": "Vpc"}), json!("vpc-1")),
            (json!({"Fn::GetAtt": "Cluster.Port"}), json!("orders/Port")),
            // What is not known yet stays.
            (
                json!({"Fn::Join": ["", [{"Ref": "Later"}]]}),
                json!({"Fn::Join": ["", [{"Ref": "Later"}]]}),
            ),
        ];
        for (expression, expected) in cases {
            assert_eq!(evaluated(expression.clone()), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_says_why() {
        let mut messages = Vec::new();
        for expression in [
            json!({"Fn::FindInMap": ["Sizes", "dev", "class"]}),
            json!({"Fn::If": ["Nothing", 1, 2]}),
            json!({"Fn::If": ["Loop", 1, 2]}),
            json!({"Fn::Select": [5, ["a"]]}),
            json!({"Fn::ImportValue": "Nothing"}),
            json!({"Fn::Frobnicate": 1}),
            json!({"Fn::Sub": "${open"}),
            json!({"Fn::Join": "x"}),
        ] {
            messages.push(evaluated(expression).unwrap_err());
        }
        insta::assert_snapshot!(messages.join("\n"), @r#"
    Template error: Unable to get mapping for Sizes::dev::class
    Template format error: Unresolved condition dependency Nothing
    Template error: conditions depend on each other
    Template error: Fn::Select cannot select nonexistent value
    No export named Nothing found.
    Template error: Fn::Frobnicate is not allowed here
    Template error: a ${ of an Fn::Sub object has no end
    Template error: every Fn::Join object has a malformed argument
    "#);
    }

    #[test]
    fn numbers_and_flags_are_the_same_as_their_texts() {
        assert!(same(&json!({"a": [7, true]}), &json!({"a": ["7", "true"]})));
        assert!(!same(&json!({"a": 7}), &json!({"a": 8})));
        assert!(!same(&json!([1]), &json!([1, 2])));
        assert!(!same(&Value::Null, &json!("")));
    }
}
