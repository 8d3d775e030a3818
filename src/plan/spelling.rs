//! How AWS spells a declared value, and when two stored values mean the same.
//!
//! Goes in: declared values and stored texts with the parameter as AWS describes it. Comes out: the text to send, or
//! whether two texts are equal by meaning: `500` is `500ms`, `1` is `on`, enumerations ignore case, lists keep order.

use super::allowed::tokens;
use super::formula;
use crate::desired::{Value, units};
use crate::observed::Parameter;

/// The text to store for a declared value.
pub(super) fn stored(value: &Value, parameter: &Parameter) -> String {
    match value {
        Value::Boolean(on) => boolean(*on, parameter).to_owned(),
        Value::Number(number) => number.clone(),
        Value::Text(text) => match truth(text) {
            Some(on) if is_boolean(parameter) => boolean(on, parameter).to_owned(),
            // AWS takes no spaces between the elements of a formula.
            _ if formula::is_formula(text) && is_numeric(parameter) => text
                .chars()
                .filter(|character| !character.is_whitespace())
                .collect(),
            _ => spelled(text, parameter),
        },
        Value::List(elements) => elements
            .iter()
            .map(|element| spelled(element, parameter))
            .collect::<Vec<_>>()
            .join(","),
    }
}

/// Whether two stored values of a parameter mean the same.
pub fn same(left: &str, right: &str, parameter: &Parameter) -> bool {
    if left == right {
        return true;
    }
    if is_boolean(parameter) {
        return truth(left).is_some() && truth(left) == truth(right);
    }
    match parameter.data_type.as_str() {
        "integer" | "float" => {
            let unit = units::unit_of(parameter.name.as_str());
            let number = |text: &str| units::canonical(text, unit);
            match (number(left), number(right)) {
                (Some(left), Some(right)) => left == right,
                // Formulas differ by spaces and the case of their functions at most.
                _ => compact(left) == compact(right),
            }
        }
        "list" => {
            let elements = |text: &str| -> Vec<String> {
                text.split(',')
                    .map(|element| element.trim().to_lowercase())
                    .filter(|element| !element.is_empty())
                    .collect()
            };
            elements(left) == elements(right)
        }
        // Where AWS lists the words, their case carries no meaning; in other texts it may.
        _ if enumerates(parameter) => left.eq_ignore_ascii_case(right),
        _ => false,
    }
}

fn is_numeric(parameter: &Parameter) -> bool {
    matches!(parameter.data_type.as_str(), "integer" | "float")
}

fn compact(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

fn enumerates(parameter: &Parameter) -> bool {
    parameter
        .allowed_values
        .as_deref()
        .is_some_and(|allowed| allowed.contains(','))
}

/// The allowed word that differs from the text by case only, or the text itself.
fn spelled(text: &str, parameter: &Parameter) -> String {
    parameter
        .allowed_values
        .as_deref()
        .filter(|allowed| allowed.contains(','))
        .and_then(|allowed| tokens(allowed).find(|token| token.eq_ignore_ascii_case(text)))
        .unwrap_or(text)
        .to_owned()
}

/// Whether the parameter is a switch: typed so, or an enumeration of two truth values only.
fn is_boolean(parameter: &Parameter) -> bool {
    parameter.data_type == "boolean"
        || parameter.allowed_values.as_deref().is_some_and(|allowed| {
            let words: Vec<&str> = tokens(allowed).collect();
            words.len() == 2 && words.iter().all(|word| truth(word).is_some())
        })
}

fn boolean(on: bool, parameter: &Parameter) -> &'static str {
    let pairs = [("1", "0"), ("on", "off"), ("true", "false"), ("yes", "no")];
    let allowed = parameter.allowed_values.as_deref().unwrap_or("0,1");
    let pair = pairs
        .into_iter()
        .find(|(yes, _)| tokens(allowed).any(|token| token.eq_ignore_ascii_case(yes)));
    match (pair, on) {
        (Some((yes, _)), true) => yes,
        (Some((_, no)), false) => no,
        // An enumeration with no word for it, such as `safe_encoding`: PostgreSQL's own words, which AWS then judges.
        (None, true) => "on",
        (None, false) => "off",
    }
}

/// PostgreSQL's spellings of true and false (PostgreSQL documentation, "Parameter names and values").
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "on" | "true" | "yes" | "t" | "y" => Some(true),
        "0" | "off" | "false" | "no" | "f" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ParameterName;
    use crate::observed::ApplyType;

    fn parameter(name: &str, data_type: &str, allowed: Option<&str>) -> Parameter {
        Parameter {
            name: ParameterName::new(name),
            value: None,
            source: "engine-default".to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: data_type.to_owned(),
            allowed_values: allowed.map(str::to_owned),
            is_modifiable: true,
        }
    }

    #[test]
    fn switches_are_sent_in_the_words_that_aws_lists() {
        let numeric = parameter("log_lock_waits", "boolean", Some("0,1"));
        let words = parameter("cron.log_run", "string", Some("on,off"));
        let long = parameter(
            "apg_plan_mgmt.use_plan_baselines",
            "boolean",
            Some("true,false"),
        );
        assert_eq!(stored(&Value::Boolean(true), &numeric), "1");
        assert_eq!(stored(&Value::Boolean(false), &words), "off");
        assert_eq!(stored(&Value::Boolean(true), &long), "true");
        assert_eq!(stored(&Value::Text("on".to_owned()), &numeric), "1");
    }

    #[test]
    fn enumerations_are_sent_in_the_case_that_aws_lists() {
        let track = parameter("pg_stat_statements.track", "string", Some("NONE,TOP,ALL"));
        assert_eq!(stored(&Value::Text("all".to_owned()), &track), "ALL");
        assert!(same("all", "ALL", &track));
    }

    #[test]
    fn equal_by_meaning_is_not_equal_by_letter() {
        let milliseconds = parameter(
            "log_min_duration_statement",
            "integer",
            Some("-1-2147483647"),
        );
        assert!(same("500", "500ms", &milliseconds));
        assert!(same("2000", "2s", &milliseconds));
        assert!(!same("500", "501", &milliseconds));
        let switch = parameter("log_lock_waits", "boolean", Some("0,1"));
        assert!(same("1", "on", &switch));
        assert!(!same("1", "off", &switch));
        let zone = parameter("timezone", "string", None);
        assert!(!same("utc", "UTC", &zone));
    }

    #[test]
    fn the_order_of_a_list_has_a_meaning() {
        let libraries = parameter("shared_preload_libraries", "list", Some("pgaudit,pg_cron"));
        assert!(same("pgaudit, pg_cron", "pgaudit,pg_cron", &libraries));
        assert!(!same("pg_cron,pgaudit", "pgaudit,pg_cron", &libraries));
    }
}
