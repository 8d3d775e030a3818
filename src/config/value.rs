//! The values of `[parameters]`: which kind each is, and its number in the parameter's own unit.
//!
//! Goes in: one TOML value. Comes out: a declared value, or the reason why it cannot be one.

use super::shape::Complaint;
use crate::desired::Value;
use crate::desired::decimal::Decimal;
use crate::desired::units::{self, Quantity, Unit};
use crate::hint::Hint;
use crate::names::ParameterName;
use std::collections::BTreeSet;
use toml::de::{DeArray, DeFloat, DeInteger, DeValue};

/// Reads the value of one parameter.
pub(super) fn parameter_value(
    parameter: &ParameterName,
    value: &DeValue<'_>,
) -> Result<Value, Complaint> {
    match value {
        DeValue::Boolean(boolean) => match units::unit_of(parameter.as_str()) {
            // RDS would store false as 0, and for log_min_duration_statement 0 means "log everything".
            Some(unit) => Err(Complaint::new(format!(
                "`{parameter}` is measured in {unit}; it is no switch"
            ))
            .hinted("write a number; PostgreSQL's documentation says which one switches it off")),
            None => Ok(Value::Boolean(*boolean)),
        },
        DeValue::Integer(integer) => whole_number(integer)
            .map(|number| Value::Number(number.to_string()))
            .ok_or_else(|| Complaint::new(format!("`{integer}` is larger than any parameter"))),
        DeValue::Float(float) => decimal(float),
        DeValue::String(text) => text_value(parameter, text),
        DeValue::Array(items) => list(items),
        DeValue::Table(_) => Err(
            Complaint::new(format!("`{parameter}` holds a table")).hinted(format!(
                "a name with a dot is quoted: \"{parameter}.{}\" = …",
                first_key(value)
            )),
        ),
        DeValue::Datetime(_) => Err(Complaint::new("no parameter is a date".to_owned())
            .hinted("write a text, a number, true, false, or a list of texts")),
    }
}

fn first_key(value: &DeValue<'_>) -> String {
    value
        .as_table()
        .and_then(|table| table.keys().next())
        .map_or_else(|| "name".to_owned(), |key| key.get_ref().to_string())
}

/// The integer in decimal, whatever its base was.
pub(super) fn whole_number(integer: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn decimal(float: &DeFloat<'_>) -> Result<Value, Complaint> {
    Decimal::parse(float.as_str())
        .map(|number| Value::Number(number.to_string()))
        .ok_or_else(|| {
            Complaint::new(format!(
                "`{float}` is not a number that a parameter can have"
            ))
        })
}

fn text_value(parameter: &ParameterName, text: &str) -> Result<Value, Complaint> {
    let unit = units::unit_of(parameter.as_str());
    let is_quantity = match Quantity::parse(text) {
        Some(quantity) => quantity.suffix.is_empty() || unit.is_some() || quantity.has_unit(),
        // Where a unit is known, what is neither a quantity nor a formula is a mistake.
        None => unit.is_some() && !is_formula(text),
    };
    if !is_quantity {
        return Ok(Value::Text(text.to_owned()));
    }
    units::convert(text, parameter.as_str())
        .map(Value::Number)
        .map_err(|problem| Complaint {
            message: problem.to_string(),
            hints: problem.hints(),
        })
}

/// Whether a text is a formula of a parameter group: it refers to a variable (`{DBInstanceClassMemory/12038}`) or calls
/// a function (`GREATEST(64,128)`) (Amazon Aurora User Guide, "Specifying DB parameters").
fn is_formula(text: &str) -> bool {
    text.contains('{') || text.contains('(')
}

fn list(items: &DeArray<'_>) -> Result<Value, Complaint> {
    let mut texts: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for item in items.iter() {
        let DeValue::String(text) = item.get_ref() else {
            return Err(Complaint::new(format!(
                "a list holds texts, not {}",
                kind_of(item.get_ref())
            )));
        };
        if text.trim().is_empty() || text.contains(',') {
            return Err(Complaint::new(format!("`{text}` cannot stand in a list"))
                .hinted("the items are sent joined by commas: one name each, without a comma"));
        }
        if !seen.insert(text.trim().to_lowercase()) {
            return Err(Complaint::new(format!("`{text}` stands in the list twice")));
        }
        texts.push(text.trim().to_owned());
    }
    Ok(Value::List(texts))
}

/// The value as people should see it: the text of a string, the items of a list, everything else as it is written.
pub(super) fn as_written(value: &DeValue<'_>, source_text: &str) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| item.get_ref().as_str().unwrap_or("?"))
                .collect();
            items.join(",")
        }
        _ => source_text.to_owned(),
    }
}

/// How messages call a kind of value.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// Every unit's name, for the schema's descriptions.
pub(super) fn suffixes(unit: Unit) -> String {
    unit.suffixes().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(declaration: &str) -> Result<Value, Complaint> {
        let (name, value) = declaration.split_once(" = ").unwrap();
        let value = DeValue::parse(value).unwrap();
        parameter_value(&ParameterName::new(name), value.get_ref())
    }

    #[test]
    fn each_kind_of_value_is_told_apart() {
        let number = |text: &str| Value::Number(text.to_owned());
        let text = |text: &str| Value::Text(text.to_owned());
        let table = [
            ("log_lock_waits = true", Value::Boolean(true)),
            ("max_connections = 500", number("500")),
            ("max_connections = 0x1F4", number("500")),
            ("max_connections = 1_000", number("1000")),
            ("max_connections = \"500\"", number("500")),
            ("random_page_cost = 1.10", number("1.1")),
            ("autovacuum_vacuum_scale_factor = 5e-2", number("0.05")),
            ("log_min_duration_statement = \"500ms\"", number("500")),
            ("log_min_duration_statement = 500", number("500")),
            ("log_temp_files = 0", number("0")),
            ("log_statement = \"ddl\"", text("ddl")),
            ("timezone = \"UTC\"", text("UTC")),
            ("search_path = \"\"", text("")),
            (
                "log_filename = \"postgresql.log.%Y-%m-%d-%H%M\"",
                text("postgresql.log.%Y-%m-%d-%H%M"),
            ),
            (
                "max_connections = \"LEAST({DBInstanceClassMemory/9531392},5000)\"",
                text("LEAST({DBInstanceClassMemory/9531392},5000)"),
            ),
            (
                "work_mem = \"GREATEST(65536,131072)\"",
                text("GREATEST(65536,131072)"),
            ),
            ("some.extension = \"3x\"", text("3x")),
            (
                "shared_preload_libraries = [\"pg_stat_statements\", \" pg_cron\"]",
                Value::List(vec!["pg_stat_statements".to_owned(), "pg_cron".to_owned()]),
            ),
            ("shared_preload_libraries = []", Value::List(Vec::new())),
        ];
        for (declaration, expected) in table {
            assert_eq!(read(declaration).unwrap(), expected, "{declaration}");
        }
    }

    #[test]
    fn what_no_parameter_can_hold_is_refused_with_advice() {
        let declarations = [
            "max_connections = \"500ms\"",
            "max_connections = \"5GB\"",
            "max_connections = 340282366920938463463374607431768211456",
            "random_page_cost = inf",
            "log_min_duration_statement = \"500MS\"",
            "log_min_duration_statement = \"never\"",
            "log_min_duration_statement = false",
            "timezone = 2026-05-14",
            "pg_stat_statements = { track = \"all\" }",
            "shared_preload_libraries = [\"pg_cron\", \"PG_CRON\"]",
            "shared_preload_libraries = [\"pg_cron,pgaudit\"]",
            "shared_preload_libraries = [1]",
        ];
        let lines = declarations.map(|declaration| {
            let Complaint { message, hints } = read(declaration).unwrap_err();
            format!("{declaration}\n    {message}\n    {}", hints.join("\n    "))
        });
        insta::assert_snapshot!(lines.join("\n"), @r#"
        max_connections = "500ms"
            the unit of `max_connections` is not known, so `500ms` cannot be converted
            give the bare number that the parameter group holds
        max_connections = "5GB"
            the unit of `max_connections` is not known, so `5GB` cannot be converted
            give the bare number that the parameter group holds
        max_connections = 340282366920938463463374607431768211456
            `340282366920938463463374607431768211456` is larger than any parameter
            
        random_page_cost = inf
            `inf` is not a number that a parameter can have
            
        log_min_duration_statement = "500MS"
            `500MS`, the value of `log_min_duration_statement`, has no known unit
            did you mean `ms`?
            units are us, ms, s, min, h, d (their case matters)
        log_min_duration_statement = "never"
            `log_min_duration_statement` is measured in ms, and `never` is not a quantity
            write a number of ms, or a number with one of us, ms, s, min, h, d
        log_min_duration_statement = false
            `log_min_duration_statement` is measured in ms; it is no switch
            write a number; PostgreSQL's documentation says which one switches it off
        timezone = 2026-05-14
            no parameter is a date
            write a text, a number, true, false, or a list of texts
        pg_stat_statements = { track = "all" }
            `pg_stat_statements` holds a table
            a name with a dot is quoted: "pg_stat_statements.track" = …
        shared_preload_libraries = ["pg_cron", "PG_CRON"]
            `PG_CRON` stands in the list twice
            
        shared_preload_libraries = ["pg_cron,pgaudit"]
            `pg_cron,pgaudit` cannot stand in a list
            the items are sent joined by commas: one name each, without a comma
        shared_preload_libraries = [1]
            a list holds texts, not a number
        "#);
    }
}
