//! The unit of each parameter, and how a declared quantity (`500ms`) becomes the number that AWS stores.
//!
//! Goes in: a parameter's name and a text. Comes out: the number in the parameter's own unit, in canonical spelling, or
//! the reason why there is none. A parameter group holds bare numbers; a suffix has to be resolved before it is sent.

use super::decimal::{Decimal, Scaled};
use super::unit_table::UNITS;
use crate::hint::{Hint, nearest};
use std::fmt;

/// The units in which PostgreSQL keeps numeric parameters (`pg_settings.unit`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Bytes.
    Bytes,
    /// Units of 1024 bytes.
    Kilobytes,
    /// Blocks of 8192 bytes.
    Blocks,
    /// Units of 1024 × 1024 bytes.
    Megabytes,
}

/// The suffixes of times, with their length in microseconds (PostgreSQL documentation, "Parameter Names and Values").
const TIME_SUFFIXES: &[(&str, i128)] = &[
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("min", 60_000_000),
    ("h", 3_600_000_000),
    ("d", 86_400_000_000),
];

/// The suffixes of memory, with their size in bytes; the multiplier is 1024, as in PostgreSQL.
const MEMORY_SUFFIXES: &[(&str, i128)] = &[
    ("B", 1),
    ("kB", 1 << 10),
    ("MB", 1 << 20),
    ("GB", 1 << 30),
    ("TB", 1 << 40),
];

impl Unit {
    /// The spelling of `pg_settings.unit`.
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

    /// The suffixes that a quantity of this kind may carry.
    pub fn suffixes(self) -> impl Iterator<Item = &'static str> {
        self.table().iter().map(|(suffix, _)| *suffix)
    }

    /// Microseconds or bytes in one of this unit.
    fn size(self) -> i128 {
        match self {
            Self::Milliseconds => 1_000,
            Self::Seconds => 1_000_000,
            Self::Minutes => 60_000_000,
            Self::Bytes => 1,
            Self::Kilobytes => 1 << 10,
            Self::Blocks => 8 << 10,
            Self::Megabytes => 1 << 20,
        }
    }

    fn table(self) -> &'static [(&'static str, i128)] {
        match self {
            Self::Milliseconds | Self::Seconds | Self::Minutes => TIME_SUFFIXES,
            Self::Bytes | Self::Kilobytes | Self::Blocks | Self::Megabytes => MEMORY_SUFFIXES,
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Milliseconds | Self::Seconds | Self::Minutes => "a time",
            Self::Bytes | Self::Kilobytes | Self::Blocks | Self::Megabytes => "a size",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A number and the letters that follow it: `500ms`, `1 GB`, `-1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity<'a> {
    /// The number.
    pub number: Decimal,
    /// The letters after it; empty for a bare number.
    pub suffix: &'a str,
}

impl<'a> Quantity<'a> {
    /// Reads a number that nothing but letters follows; blanks are allowed around both, as PostgreSQL allows them.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (number, rest) = Decimal::parse_prefix(text.trim())?;
        let suffix = rest.trim_start();
        suffix
            .bytes()
            .all(|letter| letter.is_ascii_alphabetic())
            .then_some(Self { number, suffix })
    }

    /// Whether the letters are the suffix of some unit, in any case.
    pub fn has_unit(&self) -> bool {
        let Self { number: _, suffix } = self;
        all_suffixes().any(|known| known.eq_ignore_ascii_case(suffix))
    }

    /// The quantity as a whole number of a unit; a bare number is taken to be in that unit already.
    ///
    /// # Errors
    /// [`Mismatch`] where the suffix is of another kind or of none, or where the result is not whole.
    pub fn to(&self, unit: Unit) -> Result<i128, Mismatch> {
        let Self { number, suffix } = self;
        let size = if suffix.is_empty() {
            unit.size()
        } else {
            match unit.table().iter().find(|(known, _)| known == suffix) {
                Some((_, size)) => *size,
                None if all_suffixes().any(|known| known == *suffix) => {
                    return Err(Mismatch::OtherKind);
                }
                None => return Err(Mismatch::UnknownSuffix),
            }
        };
        match number.scaled(size, unit.size()) {
            Scaled::Whole(whole) => Ok(whole),
            Scaled::Near(nearest) => Err(Mismatch::NotWhole { nearest }),
            Scaled::Beyond => Err(Mismatch::Beyond),
        }
    }
}

fn all_suffixes() -> impl Iterator<Item = &'static str> {
    TIME_SUFFIXES
        .iter()
        .chain(MEMORY_SUFFIXES)
        .map(|(suffix, _)| *suffix)
}

/// Why a quantity is not a whole number of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The letters are no unit.
    UnknownSuffix,
    /// A size where a time is needed, or the reverse.
    OtherKind,
    /// It falls between two whole numbers; the nearest is given.
    NotWhole {
        /// The nearest whole number.
        nearest: i128,
    },
    /// It is larger or smaller than any parameter can be.
    Beyond,
}

/// Why a declared text cannot become the number that AWS stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitProblem {
    /// The text carries a unit, but the parameter's own unit is not known.
    NoKnownUnit {
        /// The parameter.
        parameter: String,
        /// The declared text.
        given: String,
    },
    /// The parameter is measured in a unit, and the text is not a quantity.
    NotAQuantity {
        /// The parameter.
        parameter: String,
        /// The declared text.
        given: String,
        /// The parameter's unit.
        unit: Unit,
    },
    /// The quantity cannot be expressed in the parameter's unit.
    Unfit {
        /// The parameter.
        parameter: String,
        /// The declared text.
        given: String,
        /// The parameter's unit.
        unit: Unit,
        /// What stands in the way.
        mismatch: Mismatch,
    },
}

impl fmt::Display for UnitProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKnownUnit { parameter, given } => write!(
                formatter,
                "the unit of `{parameter}` is not known, so `{given}` cannot be converted"
            ),
            Self::NotAQuantity {
                parameter,
                given,
                unit,
            } => write!(
                formatter,
                "`{parameter}` is measured in {unit}, and `{given}` is not a quantity"
            ),
            Self::Unfit {
                parameter,
                given,
                unit,
                mismatch,
            } => match mismatch {
                Mismatch::UnknownSuffix => {
                    write!(
                        formatter,
                        "`{given}`, the value of `{parameter}`, has no known unit"
                    )
                }
                Mismatch::OtherKind => write!(
                    formatter,
                    "`{parameter}` is {} (in {unit}), and `{given}` is not",
                    unit.kind()
                ),
                Mismatch::NotWhole { .. } => write!(
                    formatter,
                    "`{given}` is not a whole number of {unit}, in which `{parameter}` is stored"
                ),
                Mismatch::Beyond => {
                    write!(
                        formatter,
                        "`{given}` is beyond any value that `{parameter}` can have"
                    )
                }
            },
        }
    }
}

impl std::error::Error for UnitProblem {}

impl Hint for UnitProblem {
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoKnownUnit { parameter, .. } => {
                let number = "give the bare number that the parameter group holds".to_owned();
                let meant = nearest(parameter, parameters_with_units().map(|(name, _)| name));
                match meant {
                    Some(name) => vec![format!("did you mean the parameter `{name}`?"), number],
                    None => vec![number],
                }
            }
            Self::NotAQuantity { unit, .. } => vec![format!(
                "write a number of {unit}, or a number with one of {}",
                joined(unit.suffixes())
            )],
            Self::Unfit {
                given,
                unit,
                mismatch,
                ..
            } => match mismatch {
                Mismatch::UnknownSuffix => {
                    let suffix = Quantity::parse(given).map_or("", |quantity| quantity.suffix);
                    let same = unit
                        .suffixes()
                        .find(|known| known.eq_ignore_ascii_case(suffix));
                    let valid =
                        format!("units are {} (their case matters)", joined(unit.suffixes()));
                    match same {
                        Some(known) => vec![format!("did you mean `{known}`?"), valid],
                        None => vec![valid],
                    }
                }
                Mismatch::OtherKind => {
                    vec![format!("units are {}", joined(unit.suffixes()))]
                }
                Mismatch::NotWhole { nearest } => {
                    vec![format!("the nearest is {nearest} (in {unit})")]
                }
                Mismatch::Beyond => Vec::new(),
            },
        }
    }
}

fn joined(words: impl Iterator<Item = &'static str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// The unit in which a parameter is stored; `None` where it has none or where it is not known here.
pub fn unit_of(parameter: &str) -> Option<Unit> {
    UNITS
        .iter()
        .find(|(_, names)| names.contains(&parameter))
        .map(|(unit, _)| *unit)
}

/// Every parameter whose unit is known.
pub fn parameters_with_units() -> impl Iterator<Item = (&'static str, Unit)> {
    UNITS
        .iter()
        .flat_map(|(unit, names)| names.iter().map(move |name| (*name, *unit)))
}

/// Brings a declared quantity to the parameter's own unit: `500ms` gives `500` for `log_min_duration_statement`.
///
/// A bare number stays what it is, in canonical spelling.
///
/// # Errors
/// [`UnitProblem`] where the unit is unknown, of the wrong kind or not exact, and where the text is no quantity.
pub fn convert(text: &str, parameter: &str) -> Result<String, UnitProblem> {
    let unit = unit_of(parameter);
    match (Quantity::parse(text), unit) {
        (Some(Quantity { number, suffix: "" }), _) => Ok(number.to_string()),
        (Some(quantity), Some(unit)) => {
            quantity
                .to(unit)
                .map(|whole| whole.to_string())
                .map_err(|mismatch| UnitProblem::Unfit {
                    parameter: parameter.to_owned(),
                    given: text.to_owned(),
                    unit,
                    mismatch,
                })
        }
        (None, Some(unit)) => Err(UnitProblem::NotAQuantity {
            parameter: parameter.to_owned(),
            given: text.to_owned(),
            unit,
        }),
        (_, None) => Err(UnitProblem::NoKnownUnit {
            parameter: parameter.to_owned(),
            given: text.to_owned(),
        }),
    }
}

/// The canonical number of a stored text, so that `500`, `500.0` and `500ms` compare as equal where the unit is ms.
///
/// `None` where the text is no number, or no exact number of the unit.
pub fn canonical(stored: &str, unit: Option<Unit>) -> Option<String> {
    let quantity = Quantity::parse(stored)?;
    if quantity.suffix.is_empty() {
        return Some(quantity.number.to_string());
    }
    quantity.to(unit?).ok().map(|whole| whole.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn quantities_become_numbers_of_the_parameters_own_unit() {
        let table = [
            ("log_min_duration_statement", "500ms", "500"),
            ("log_min_duration_statement", "2s", "2000"),
            ("log_min_duration_statement", "1.5s", "1500"),
            ("log_min_duration_statement", "500 ms", "500"),
            ("log_min_duration_statement", "-1", "-1"),
            ("log_min_duration_statement", "3000us", "3"),
            ("log_min_duration_statement", "500", "500"),
            ("idle_in_transaction_session_timeout", "1d", "86400000"),
            ("autovacuum_naptime", "1min", "60"),
            ("rds.log_retention_period", "7d", "10080"),
            ("log_rotation_age", "1h", "60"),
            ("shared_buffers", "1GB", "131072"),
            ("effective_cache_size", "0.5GB", "65536"),
            ("work_mem", "64MB", "65536"),
            ("work_mem", "4096", "4096"),
            ("log_temp_files", "1MB", "1024"),
            ("log_temp_files", "0", "0"),
            ("track_activity_query_size", "4kB", "4096"),
            ("max_slot_wal_keep_size", "1TB", "1048576"),
            ("max_connections", "500", "500"),
            ("autovacuum_vacuum_scale_factor", "0.10", "0.1"),
        ];
        for (parameter, given, expected) in table {
            assert_eq!(
                convert(given, parameter).as_deref(),
                Ok(expected),
                "{parameter} = {given}"
            );
        }
    }

    #[test]
    fn what_cannot_be_converted_says_why_and_what_to_write() {
        let table = [
            (
                "log_min_duration_statement",
                "1500us",
                "`1500us` is not a whole number of ms, in which `log_min_duration_statement` is stored",
                "the nearest is 2 (in ms)",
            ),
            (
                "work_mem",
                "64mb",
                "`64mb`, the value of `work_mem`, has no known unit",
                "did you mean `MB`? / units are B, kB, MB, GB, TB (their case matters)",
            ),
            (
                "work_mem",
                "64 parsecs",
                "`64 parsecs`, the value of `work_mem`, has no known unit",
                "units are B, kB, MB, GB, TB (their case matters)",
            ),
            (
                "work_mem",
                "500ms",
                "`work_mem` is a size (in kB), and `500ms` is not",
                "units are B, kB, MB, GB, TB",
            ),
            (
                "statement_timeout",
                "soon",
                "`statement_timeout` is measured in ms, and `soon` is not a quantity",
                "write a number of ms, or a number with one of us, ms, s, min, h, d",
            ),
            (
                "max_connections",
                "500ms",
                "the unit of `max_connections` is not known, so `500ms` cannot be converted",
                "give the bare number that the parameter group holds",
            ),
            (
                "log_min_duration_statment",
                "500ms",
                "the unit of `log_min_duration_statment` is not known, so `500ms` cannot be converted",
                "did you mean the parameter `log_min_duration_statement`? / give the bare number that the parameter group holds",
            ),
            (
                "statement_timeout",
                "1e300d",
                "`1e300d` is beyond any value that `statement_timeout` can have",
                "",
            ),
        ];
        for (parameter, given, message, hints) in table {
            let problem = convert(given, parameter).unwrap_err();
            assert_eq!(problem.to_string(), message);
            assert_eq!(problem.hints().join(" / "), hints);
        }
    }

    #[test]
    fn stored_texts_compare_by_meaning() {
        let unit = unit_of("log_min_duration_statement");
        assert_eq!(canonical("500", unit), canonical("500ms", unit));
        assert_eq!(canonical("0.5s", unit), Some("500".to_owned()));
        assert_eq!(canonical("500", None), Some("500".to_owned()));
        assert_eq!(canonical("500ms", None), None);
        assert_eq!(canonical("{DBInstanceClassMemory/12038}", unit), None);
    }

    #[test]
    fn no_parameter_has_two_units() {
        let mut names: Vec<_> = parameters_with_units().map(|(name, _)| name).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
