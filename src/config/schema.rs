//! The JSON Schema of a declaration, so that editors complete and check it.

use super::field::KEYS;
use crate::desired::units;
use serde_json::{Map, Value, json};

/// JSON Schema, draft 2020-12, of one declaration file.
pub fn schema() -> Value {
    let mut tables: Map<String, Value> = Map::new();
    let mut top: Map<String, Value> = Map::new();
    for key in KEYS.iter().filter(|key| !key.name.is_empty()) {
        let mut schema: Map<String, Value> = serde_json::from_str(key.schema).unwrap_or_default();
        schema.insert("description".to_owned(), json!(key.description));
        let properties = match key.table {
            "" => &mut top,
            table => tables
                .entry(table)
                .or_insert_with(|| json!({}))
                .as_object_mut()
                .map_or(&mut top, |table| table),
        };
        if let Some(aws) = key.aws {
            properties.insert(aws.to_owned(), Value::Object(schema.clone()));
        }
        properties.insert(key.name.to_owned(), Value::Object(schema));
    }
    let instance = tables.remove("cluster.instances").unwrap_or(json!({}));
    for (name, properties) in tables {
        let mut properties = properties;
        if name == "cluster"
            && let Some(properties) = properties.as_object_mut()
        {
            properties.insert(
                "instances".to_owned(),
                json!({
                    "type": "object",
                    "description": "What is declared of single members, by identifier.",
                    "additionalProperties": {
                        "type": "object",
                        "additionalProperties": false,
                        "properties": instance,
                    },
                }),
            );
        }
        top.insert(
            name,
            json!({ "type": "object", "additionalProperties": false, "properties": properties }),
        );
    }
    top.insert("parameters".to_owned(), parameters());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "auroractl declaration",
        "description": "One partition: an Aurora PostgreSQL cluster and its settings in one environment.",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
    })
}

/// Known parameters are suggested; others are allowed, since AWS decides which exist.
fn parameters() -> Value {
    let value = json!({
        "type": ["boolean", "number", "string", "array"],
        "items": { "type": "string" },
    });
    let known: Map<String, Value> = units::known_names()
        .map(|name| {
            let mut value = value.clone();
            if let (Some(unit), Some(object)) = (units::unit_of(name), value.as_object_mut()) {
                object.insert(
                    "description".to_owned(),
                    json!(format!(
                        "Stored in {}; suffixes: {}.",
                        unit.as_str(),
                        unit.suffixes()
                    )),
                );
            }
            (name.to_owned(), value)
        })
        .collect();
    json!({
        "type": "object",
        "description": "The cluster parameter group's own values: all of them.",
        "properties": known,
        "additionalProperties": value,
    })
}
