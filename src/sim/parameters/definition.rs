//! What the catalogue says of one parameter: the fields of the API's `Parameter`, and the value in force while none is set.

use super::{allowed, formula};

/// When a new value becomes live (`ApplyType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplyType {
    /// At the next restart of each member.
    Static,
    /// Without a restart.
    Dynamic,
}

impl ApplyType {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Dynamic => "dynamic",
        }
    }
}

/// The kind of value (`DataType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// A text, or one value of an enumeration.
    String,
    /// A whole number or a formula.
    Integer,
    /// A number.
    Float,
    /// `0` or `1`.
    Boolean,
    /// Values separated by commas.
    List,
}

impl DataType {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::List => "list",
        }
    }
}

/// Who chose the value of the default group (`Source`); a group's own values are `user`, which no default is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The service.
    System,
    /// The database engine.
    EngineDefault,
}

impl Source {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::EngineDefault => "engine-default",
        }
    }
}

/// One cluster parameter of one family (RDS API Reference, `Parameter`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The parameter's name.
    pub name: String,
    /// When a new value becomes live.
    pub apply_type: ApplyType,
    /// The kind of value.
    pub data_type: DataType,
    /// `AllowedValues` as listed; `None` where the API lists none and any value is taken.
    pub allowed_values: Option<String>,
    /// The value that the family's default group lists, which may be a formula; `None` where it lists none.
    pub default: Option<String>,
    /// Who chose that default.
    pub source: Source,
    /// The value at work while the group lists none: integers in `unit`, booleans as `on` and `off`; `None` where
    /// the group lists a default or the value is not known.
    pub in_force_if_unset: Option<String>,
    /// Whether a group may set it.
    pub modifiable: bool,
    /// A short description; begins with the unit in parentheses where the API's own does.
    pub description: String,
    /// The oldest engine version of the family that takes it; `None` is the family's first.
    pub minimum_engine_version: Option<String>,
    /// The unit of the integer, in the spelling of `pg_settings` (`ms`, `s`, `min`, `B`, `kB`, `8kB`, `MB`).
    pub unit: Option<String>,
    /// Whether the entry was not seen for this family but taken over from another one.
    pub assumed: bool,
}

impl Definition {
    /// Whether the API takes `value` for this parameter: within a range, exactly one value of an enumeration (case
    /// counts), or a list of such values. Integers may be formulas. `Err` is the API's refusal of the value; whether
    /// the parameter may be set at all is `modifiable`.
    #[expect(
        clippy::result_unit_err,
        reason = "a value is allowed or not, there is nothing more to say of it"
    )]
    pub fn check(&self, value: &str) -> Result<(), ()> {
        let Some(allowed_values) = &self.allowed_values else {
            return Ok(());
        };
        let allowed = match self.data_type {
            DataType::Integer => {
                allowed::integer(allowed_values, value) || formula::is_formula(value)
            }
            DataType::Float => allowed::float(allowed_values, value),
            DataType::String | DataType::Boolean => allowed::one_of(allowed_values, value),
            DataType::List => allowed::each_of(allowed_values, value),
        };
        if allowed { Ok(()) } else { Err(()) }
    }
}
