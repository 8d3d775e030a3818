//! The types of values. Out: what PostgreSQL says of each: object identifier, size, name.
//!
//! Source: PostgreSQL documentation, "Data Types"; `pg_type` for the object identifiers.

/// The types that are answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    Int4,
    Int8,
    Float8,
    /// Only within expressions: a result of this type is refused.
    Numeric,
    Text,
    Name,
    Oid,
    Inet,
    /// `timestamp with time zone`.
    Time,
    /// Only within expressions.
    Interval,
    /// `text[]`.
    Texts,
    Void,
    /// A literal or parameter whose type the context has not told.
    Unknown,
}

impl Type {
    /// `pg_type.oid`.
    pub(crate) fn oid(self) -> u32 {
        match self {
            Self::Bool => 16,
            Self::Name => 19,
            Self::Int8 => 20,
            Self::Int4 => 23,
            // A literal of unknown type leaves PostgreSQL as text.
            Self::Text | Self::Unknown => 25,
            Self::Oid => 26,
            Self::Float8 => 701,
            Self::Inet => 869,
            Self::Texts => 1009,
            Self::Time => 1184,
            Self::Interval => 1186,
            Self::Numeric => 1700,
            Self::Void => 2278,
        }
    }

    /// The type of a parameter that the client declared; 0 leaves it open.
    pub(crate) fn of_oid(oid: u32) -> Option<Self> {
        Some(match oid {
            0 | 705 => Self::Unknown,
            16 => Self::Bool,
            19 => Self::Name,
            20 => Self::Int8,
            21 | 23 => Self::Int4,
            25 | 1042 | 1043 => Self::Text,
            26 => Self::Oid,
            700 | 701 => Self::Float8,
            1009 | 1015 | 1003 => Self::Texts,
            1184 => Self::Time,
            _ => return None,
        })
    }

    /// `pg_type.typlen`.
    pub(crate) fn size(self) -> i16 {
        match self {
            Self::Bool => 1,
            Self::Int4 | Self::Oid | Self::Void => 4,
            Self::Int8 | Self::Float8 | Self::Time => 8,
            Self::Interval => 16,
            Self::Name => 64,
            Self::Numeric | Self::Text | Self::Inet | Self::Texts | Self::Unknown => -1,
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Int4 | Self::Int8 | Self::Float8 | Self::Numeric | Self::Oid
        )
    }

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Name)
    }

    /// As error texts name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float8 => "double precision",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Name => "name",
            Self::Oid => "oid",
            Self::Inet => "inet",
            Self::Time => "timestamp with time zone",
            Self::Interval => "interval",
            Self::Texts => "text[]",
            Self::Void => "void",
            Self::Unknown => "unknown",
        }
    }
}
