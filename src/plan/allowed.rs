//! AllowedValues: whether AWS will accept a value for a parameter.
//!
//! Goes in: the value in AWS's spelling and the parameter as AWS describes it. Comes out: yes or no. What cannot be
//! read as a range or an enumeration is left to AWS to judge.

use super::formula;
use crate::observed::Parameter;

/// Whether the value lies inside the parameter's allowed values (RDS API Reference, Parameter.AllowedValues).
pub(super) fn accepts(parameter: &Parameter, value: &str) -> bool {
    let Some(allowed) = parameter.allowed_values.as_deref() else {
        return true;
    };
    if formula::is_formula(value) {
        return matches!(parameter.data_type.as_str(), "integer" | "float")
            && formula::is_well_formed(value);
    }
    match parameter.data_type.as_str() {
        "integer" | "float" => match range(allowed) {
            Some((low, high)) => value.parse::<f64>().is_ok_and(|number| {
                low <= number && number <= high && is_whole_enough(parameter, number)
            }),
            None => tokens(allowed).any(|token| token == value),
        },
        "list" => value
            .split(',')
            .map(str::trim)
            .filter(|element| !element.is_empty())
            .all(|element| tokens(allowed).any(|token| token == element)),
        _ if allowed.contains(',') => tokens(allowed).any(|token| token == value),
        // A single word may be a pattern or a description; AWS decides.
        _ => true,
    }
}

/// The single values of an enumeration.
pub(super) fn tokens(allowed: &str) -> impl Iterator<Item = &str> {
    allowed.split(',').map(str::trim)
}

fn is_whole_enough(parameter: &Parameter, number: f64) -> bool {
    parameter.data_type != "integer" || number.fract() == 0.0
}

/// The bounds of `6-262143`, `-1-2147483647`, `0.0-1.0` or `0-1.79769e+308`.
fn range(allowed: &str) -> Option<(f64, f64)> {
    // The separator is a minus sign that neither opens a number nor belongs to an exponent.
    let separator = allowed.char_indices().skip(1).find(|(index, character)| {
        *character == '-'
            && allowed
                .get(..*index)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|before| before.is_ascii_digit())
    })?;
    let low = allowed.get(..separator.0)?.trim().parse().ok()?;
    let high = allowed.get(separator.0 + 1..)?.trim().parse().ok()?;
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::ParameterName;
    use crate::observed::ApplyType;

    fn parameter(data_type: &str, allowed: &str) -> Parameter {
        Parameter {
            name: ParameterName::new("p"),
            value: None,
            source: "engine-default".to_owned(),
            apply_type: ApplyType::Dynamic,
            data_type: data_type.to_owned(),
            allowed_values: Some(allowed.to_owned()),
            is_modifiable: true,
        }
    }

    #[test]
    fn ranges_may_begin_below_zero_and_end_in_an_exponent() {
        let from_minus_one = parameter("integer", "-1-2147483647");
        assert!(accepts(&from_minus_one, "-1"));
        assert!(accepts(&from_minus_one, "500"));
        assert!(!accepts(&from_minus_one, "-2"));
        assert!(!accepts(&from_minus_one, "0.5"));
        assert!(accepts(&parameter("float", "0-1.79769e+308"), "1.1"));
        assert!(accepts(&parameter("float", "0.0-1.0"), "0.25"));
    }

    #[test]
    fn enumerations_and_lists_take_only_their_words() {
        assert!(accepts(&parameter("string", "NONE,TOP,ALL"), "ALL"));
        assert!(!accepts(&parameter("string", "NONE,TOP,ALL"), "SOME"));
        assert!(accepts(
            &parameter("list", "pgaudit, pg_cron"),
            "pg_cron,pgaudit"
        ));
        assert!(!accepts(&parameter("list", "pgaudit,pg_cron"), "pg_corn"));
    }

    #[test]
    fn a_formula_is_accepted_where_a_number_is() {
        let connections = parameter("integer", "6-262143");
        assert!(accepts(
            &connections,
            "LEAST({DBInstanceClassMemory/9531392},5000)"
        ));
        assert!(!accepts(&parameter("boolean", "0,1"), "{EndPointPort}"));
    }
}
