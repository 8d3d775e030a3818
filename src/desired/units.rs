//! The unit of each parameter, and how a declared quantity (`500ms`) becomes the number that AWS stores.
//!
//! Goes in: a parameter's name and a quantity as PostgreSQL lets one write it. Comes out: the number in the parameter's
//! own unit, which is what a parameter group holds (PostgreSQL documentation, "Parameter names and values").

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The unit of a stored number, as `pg_settings` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `ms`
    Milliseconds,
    /// `s`
    Seconds,
    /// `min`
    Minutes,
    /// `B`
    Bytes,
    /// `kB`, 1,024 bytes
    Kilobytes,
    /// `8kB`, a block of 8,192 bytes
    Blocks,
    /// `MB`
    Megabytes,
}

/// What a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Time,
    Memory,
}

impl Unit {
    /// PostgreSQL's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
            Self::Bytes => "B",
            Self::Kilobytes => "kB",
            Self::Blocks => "8kB",
            Self::Megabytes => "MB",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [
            Self::Milliseconds,
            Self::Seconds,
            Self::Minutes,
            Self::Bytes,
            Self::Kilobytes,
            Self::Blocks,
            Self::Megabytes,
        ]
        .into_iter()
        .find(|unit| unit.as_str() == text)
    }

    fn dimension(self) -> Dimension {
        match self {
            Self::Milliseconds | Self::Seconds | Self::Minutes => Dimension::Time,
            Self::Bytes | Self::Kilobytes | Self::Blocks | Self::Megabytes => Dimension::Memory,
        }
    }

    /// Microseconds, or bytes.
    fn size(self) -> f64 {
        match self {
            Self::Milliseconds => 1e3,
            Self::Seconds => 1e6,
            Self::Minutes => 6e7,
            Self::Bytes => 1.0,
            Self::Kilobytes => 1024.0,
            Self::Blocks => 8192.0,
            Self::Megabytes => 1_048_576.0,
        }
    }

    /// The suffixes that a declaration may use.
    pub fn suffixes(self) -> &'static str {
        match self.dimension() {
            Dimension::Time => "us, ms, s, min, h, d",
            Dimension::Memory => "B, kB, MB, GB, TB",
        }
    }
}

/// The suffixes of PostgreSQL with their dimension and size in microseconds or bytes.
const SUFFIXES: [(&str, Dimension, f64); 11] = [
    ("us", Dimension::Time, 1.0),
    ("ms", Dimension::Time, 1e3),
    ("s", Dimension::Time, 1e6),
    ("min", Dimension::Time, 6e7),
    ("h", Dimension::Time, 3.6e9),
    ("d", Dimension::Time, 8.64e10),
    ("B", Dimension::Memory, 1.0),
    ("kB", Dimension::Memory, 1024.0),
    ("MB", Dimension::Memory, 1_048_576.0),
    ("GB", Dimension::Memory, 1_073_741_824.0),
    ("TB", Dimension::Memory, 1_099_511_627_776.0),
];

/// Why a quantity cannot be stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitProblem {
    /// The parameter's unit is not known, so that a suffix cannot be converted.
    #[error("the unit of `{parameter}` is not known, so `{quantity}` cannot be converted")]
    UnknownUnit {
        /// The parameter.
        parameter: String,
        /// What was declared.
        quantity: String,
    },
    /// The suffix is none of PostgreSQL's, or measures something else.
    #[error("`{quantity}` is no quantity for `{parameter}`, which is stored in {unit}")]
    WrongSuffix {
        /// The parameter.
        parameter: String,
        /// What was declared.
        quantity: String,
        /// The parameter's unit.
        unit: &'static str,
        /// The suffixes that fit.
        suffixes: &'static str,
    },
    /// The quantity is no whole number of the parameter's unit.
    #[error("`{quantity}` is {exact} {unit}, and `{parameter}` is stored in whole {unit}")]
    NotWhole {
        /// The parameter.
        parameter: String,
        /// What was declared.
        quantity: String,
        /// The number that it would be.
        exact: String,
        /// The parameter's unit.
        unit: &'static str,
        /// The nearest whole number.
        nearest: String,
    },
}

impl UnitProblem {
    /// What to write instead.
    pub fn help(&self) -> String {
        match self {
            Self::UnknownUnit { .. } => {
                "write the number in the parameter's own unit, without a suffix".to_owned()
            }
            Self::WrongSuffix { suffixes, .. } => format!("use one of {suffixes}"),
            Self::NotWhole { nearest, unit, .. } => format!("the nearest is {nearest}{unit}"),
        }
    }
}

/// A number and its suffix; the suffix may be empty.
struct Quantity<'a> {
    number: f64,
    digits: &'a str,
    suffix: &'a str,
}

/// Splits `500ms`, `-1`, `1.5 GB`. `None` when the text does not begin with a number or ends with more than letters.
fn split(text: &str) -> Option<Quantity<'_>> {
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(index, character)| {
            !(character.is_ascii_digit()
                || *character == '.'
                || (*index == 0 && matches!(character, '-' | '+')))
        })
        .map_or(text.len(), |(index, _)| index);
    let (digits, rest) = (text.get(..end)?, text.get(end..)?.trim_start());
    if !rest
        .chars()
        .all(|character| character.is_ascii_alphabetic())
    {
        return None;
    }
    let number: f64 = digits.parse().ok()?;
    Some(Quantity {
        number,
        digits,
        suffix: rest,
    })
}

/// The number to store for a declared text, or `None` when the text is no number and no quantity.
///
/// # Errors
///
/// When it is a quantity that the parameter cannot hold.
pub fn convert(parameter: &str, text: &str) -> Result<Option<String>, UnitProblem> {
    let Some(quantity) = split(text) else {
        return Ok(None);
    };
    if quantity.suffix.is_empty() {
        return Ok(Some(quantity.digits.trim_start_matches('+').to_owned()));
    }
    let Some(unit) = unit_of(parameter) else {
        return Err(UnitProblem::UnknownUnit {
            parameter: parameter.to_owned(),
            quantity: text.to_owned(),
        });
    };
    let Some(number) = in_unit(&quantity, unit) else {
        return Err(UnitProblem::WrongSuffix {
            parameter: parameter.to_owned(),
            quantity: text.to_owned(),
            unit: unit.as_str(),
            suffixes: unit.suffixes(),
        });
    };
    if number.fract() != 0.0 {
        return Err(UnitProblem::NotWhole {
            parameter: parameter.to_owned(),
            quantity: text.to_owned(),
            exact: format!("{number}"),
            unit: unit.as_str(),
            nearest: format!("{}", number.round()),
        });
    }
    Ok(Some(format!("{number}")))
}

/// The quantity in the unit; `None` when the suffix is unknown or measures something else.
fn in_unit(quantity: &Quantity<'_>, unit: Unit) -> Option<f64> {
    SUFFIXES
        .iter()
        .find(|(suffix, dimension, _)| *suffix == quantity.suffix && *dimension == unit.dimension())
        // Decimal fractions such as 0.1 s lose their last bit in binary; a nanosecond or a millionth byte is no loss.
        .map(|(_, _, size)| ((quantity.number * size / unit.size()) * 1e9).round() / 1e9)
}

/// A stored text as a number in the parameter's unit: `500` and `500ms` are both 500. `None` when it is no number.
pub fn number(parameter: &str, stored: &str) -> Option<f64> {
    let quantity = split(stored)?;
    if quantity.suffix.is_empty() {
        return Some(quantity.number);
    }
    in_unit(&quantity, unit_of(parameter)?)
}

/// The parameter's unit, where it has one that is known.
pub fn unit_of(parameter: &str) -> Option<Unit> {
    table().get(parameter).copied().flatten()
}

/// Parameters that Aurora PostgreSQL is known to have, for suggestions.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    table().keys().copied()
}

fn table() -> &'static BTreeMap<&'static str, Option<Unit>> {
    static TABLE: OnceLock<BTreeMap<&'static str, Option<Unit>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("parameters.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .map(|(name, unit)| (name, Unit::parse(unit)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quantities_become_numbers_in_the_parameters_own_unit() {
        for (parameter, declared, stored) in [
            ("log_min_duration_statement", "500ms", "500"),
            ("log_min_duration_statement", "2s", "2000"),
            ("log_min_duration_statement", "1.5s", "1500"),
            ("log_min_duration_statement", "0.1s", "100"),
            ("log_min_duration_statement", "-1", "-1"),
            ("idle_in_transaction_session_timeout", "1d", "86400000"),
            ("autovacuum_naptime", "1min", "60"),
            ("log_rotation_age", "1h", "60"),
            ("shared_buffers", "1GB", "131072"),
            ("work_mem", "64 MB", "65536"),
            ("track_activity_query_size", "4kB", "4096"),
            ("max_connections", "500", "500"),
        ] {
            assert_eq!(
                convert(parameter, declared).unwrap().as_deref(),
                Some(stored),
                "{parameter} = {declared}"
            );
        }
    }

    #[test]
    fn words_and_formulas_are_no_quantities() {
        for text in [
            "ddl",
            "LEAST({DBInstanceClassMemory/9531392},5000)",
            "%t:%r",
            "md5+scram",
        ] {
            assert_eq!(convert("log_statement", text), Ok(None));
        }
    }

    #[test]
    fn what_cannot_be_stored_says_what_could() {
        let problem = |parameter, text| {
            let problem = convert(parameter, text).unwrap_err();
            format!("{problem}; {}", problem.help())
        };
        assert_eq!(
            problem("work_mem", "5s"),
            "`5s` is no quantity for `work_mem`, which is stored in kB; use one of B, kB, MB, GB, TB"
        );
        assert_eq!(
            problem("autovacuum_naptime", "1500ms"),
            "`1500ms` is 1.5 s, and `autovacuum_naptime` is stored in whole s; the nearest is 2s"
        );
        assert_eq!(
            problem("max_connections", "5kB"),
            "the unit of `max_connections` is not known, so `5kB` cannot be converted; write the number in the parameter's own unit, without a suffix"
        );
    }

    #[test]
    fn stored_spellings_of_one_number_are_equal() {
        assert_eq!(number("log_min_duration_statement", "500ms"), Some(500.0));
        assert_eq!(number("log_min_duration_statement", "500"), Some(500.0));
        assert_eq!(
            number("shared_buffers", "16GB"),
            number("shared_buffers", "2097152")
        );
        assert_eq!(number("log_statement", "ddl"), None);
    }
}
