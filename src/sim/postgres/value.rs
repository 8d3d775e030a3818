//! Values. In: what a client sends and what the world holds. Out: PostgreSQL's text and binary forms.
//!
//! Sources: PostgreSQL documentation, "Data Types"; the binary forms as the send functions
//! of each type write them.

use std::cmp::Ordering;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::arrays::{array_binary, array_of_binary, array_of_text, array_text};
use super::error::SqlError;
pub(crate) use super::types::Type;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Inet(IpAddr),
    Time(Timestamp),
    /// Microseconds.
    Interval(i64),
    Texts(Vec<Option<String>>),
    Void,
}

impl Value {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, or null.
    pub(crate) fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Null, Self::text)
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub(crate) fn as_float(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Interval(microseconds) => Some(*microseconds as f64),
            _ => None,
        }
    }

    /// Their order; none when one is null or they are of kinds that have none.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Time(left), Self::Time(right)) => Some(left.cmp(right)),
            (Self::Inet(left), Self::Inet(right)) => Some(left.cmp(right)),
            (Self::Texts(left), Self::Texts(right)) => Some(left.cmp(right)),
            _ => Some(self.as_float()?.total_cmp(&other.as_float()?)),
        }
    }

    /// As text, in a result; none is null.
    pub(crate) fn to_text(&self, zone: &TimeZone) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(flag) => if *flag { "t" } else { "f" }.to_owned(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Inet(address) => address.to_string(),
            Self::Time(time) => time_text(*time, zone),
            Self::Interval(microseconds) => format!("{microseconds} microseconds"),
            Self::Texts(texts) => array_text(texts),
            Self::Void => String::new(),
        })
    }

    /// In binary, in a result; none is null.
    pub(crate) fn to_binary(&self, kind: Type) -> Option<Vec<u8>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(flag) => vec![u8::from(*flag)],
            Self::Int(number) => match kind {
                Type::Int4 | Type::Oid => (*number as i32).to_be_bytes().to_vec(),
                Type::Float8 => (*number as f64).to_be_bytes().to_vec(),
                _ => number.to_be_bytes().to_vec(),
            },
            Self::Float(number) => number.to_be_bytes().to_vec(),
            Self::Text(text) => text.clone().into_bytes(),
            Self::Inet(address) => inet_binary(*address),
            Self::Time(time) => (time.as_microsecond() - EPOCH_MICROSECONDS)
                .to_be_bytes()
                .to_vec(),
            Self::Interval(microseconds) => {
                let mut bytes = microseconds.to_be_bytes().to_vec();
                bytes.extend([0; 8]);
                bytes
            }
            Self::Texts(texts) => array_binary(texts),
            Self::Void => Vec::new(),
        })
    }

    /// A parameter as a client sends it.
    pub(crate) fn of_wire(bytes: &[u8], kind: Type, binary: bool) -> Result<Self, SqlError> {
        let malformed = || SqlError::new("22P03", "incorrect binary data format in bind parameter");
        let text = || {
            String::from_utf8(bytes.to_vec())
                .map_err(|_| SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\""))
        };
        if !binary {
            return Self::Text(text()?).cast(kind);
        }
        Ok(match kind {
            Type::Bool => match bytes {
                [flag] => Self::Bool(*flag != 0),
                _ => return Err(malformed()),
            },
            Type::Int4 | Type::Int8 | Type::Oid => Self::Int(
                match bytes.len() {
                    2 => bytes.try_into().map(i16::from_be_bytes).map(i64::from),
                    4 => bytes.try_into().map(i32::from_be_bytes).map(i64::from),
                    _ => bytes.try_into().map(i64::from_be_bytes),
                }
                .map_err(|_| malformed())?,
            ),
            Type::Float8 => Self::Float(
                match bytes.len() {
                    4 => bytes.try_into().map(f32::from_be_bytes).map(f64::from),
                    _ => bytes.try_into().map(f64::from_be_bytes),
                }
                .map_err(|_| malformed())?,
            ),
            Type::Time => {
                let microseconds: i64 = bytes
                    .try_into()
                    .map(i64::from_be_bytes)
                    .map_err(|_| malformed())?;
                let time = microseconds
                    .checked_add(EPOCH_MICROSECONDS)
                    .and_then(|microseconds| Timestamp::from_microsecond(microseconds).ok());
                Self::Time(time.ok_or_else(malformed)?)
            }
            Type::Text | Type::Name | Type::Unknown => Self::Text(text()?),
            Type::Texts => Self::Texts(array_of_binary(bytes).ok_or_else(malformed)?),
            Type::Inet | Type::Interval | Type::Numeric | Type::Void => {
                return Err(SqlError::not_simulated(format_args!(
                    "parameters of type {}",
                    kind.name()
                )));
            }
        })
    }

    /// As a value of another type.
    pub(crate) fn cast(self, kind: Type) -> Result<Self, SqlError> {
        let wrong = |text: &str| {
            SqlError::new(
                "22P02",
                format!("invalid input syntax for type {}: \"{text}\"", kind.name()),
            )
        };
        let range = || SqlError::new("22003", format!("{} out of range", kind.name()));
        let whole = |number: i64| match kind {
            Type::Int4 if i32::try_from(number).is_err() => Err(range()),
            Type::Oid if u32::try_from(number).is_err() => Err(range()),
            _ => Ok(Self::Int(number)),
        };
        Ok(match (self, kind) {
            (Self::Null, _) => Self::Null,
            (value @ Self::Texts(_), Type::Texts)
            | (value @ Self::Bool(_), Type::Bool)
            | (value @ Self::Inet(_), Type::Inet)
            | (value @ Self::Time(_), Type::Time)
            | (value @ Self::Interval(_), Type::Interval)
            | (value @ Self::Float(_), Type::Float8 | Type::Numeric)
            | (value @ Self::Text(_), Type::Text | Type::Name | Type::Unknown) => value,
            (Self::Int(number), Type::Int4 | Type::Int8 | Type::Oid) => whole(number)?,
            (Self::Int(number), Type::Float8 | Type::Numeric) => Self::Float(number as f64),
            (Self::Int(number), Type::Bool) => Self::Bool(number != 0),
            (Self::Bool(flag), Type::Int4) => Self::Int(i64::from(flag)),
            (Self::Float(number), Type::Int4 | Type::Int8) => {
                let rounded = number.round_ties_even();
                // Beyond these a float has no neighbour that is a 64-bit number.
                if !(-9.0e18..=9.0e18).contains(&rounded) {
                    return Err(range());
                }
                whole(rounded as i64)?
            }
            (Self::Text(text), Type::Bool) => {
                Self::Bool(boolean(&text).ok_or_else(|| wrong(&text))?)
            }
            (Self::Text(text), Type::Int4 | Type::Int8 | Type::Oid) => {
                whole(text.trim().parse().map_err(|_| wrong(&text))?)?
            }
            (Self::Text(text), Type::Float8 | Type::Numeric) => {
                Self::Float(text.trim().parse().map_err(|_| wrong(&text))?)
            }
            (Self::Text(text), Type::Inet) => {
                Self::Inet(text.trim().parse().map_err(|_| wrong(&text))?)
            }
            (Self::Text(text), Type::Texts) => {
                Self::Texts(array_of_text(&text).ok_or_else(|| {
                    SqlError::new("22P02", format!("malformed array literal: \"{text}\""))
                })?)
            }
            (Self::Bool(flag), Type::Text) => Self::text(flag.to_string()),
            // The cast keeps the length of the network, the output does not.
            (Self::Inet(address), Type::Text) => {
                let bits = if address.is_ipv4() { 32 } else { 128 };
                Self::text(format!("{address}/{bits}"))
            }
            (value @ (Self::Int(_) | Self::Float(_) | Self::Texts(_)), Type::Text) => {
                Self::maybe(value.to_text(&TimeZone::UTC))
            }
            (_, kind) => {
                return Err(SqlError::not_simulated(format_args!(
                    "this conversion to {}",
                    kind.name()
                )));
            }
        })
    }
}

/// The spellings of a flag.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => Some(true),
        "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// 2000-01-01, from which PostgreSQL counts.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// A time as DateStyle ISO writes it: `2026-05-15 06:05:00.25+00`.
pub(crate) fn time_text(time: Timestamp, zone: &TimeZone) -> String {
    let local = time.to_zoned(zone.clone());
    let mut text = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let microseconds = local.subsec_nanosecond() / 1000;
    if microseconds > 0 {
        let fraction = format!("{microseconds:06}");
        text.push('.');
        text.push_str(fraction.trim_end_matches('0'));
    }
    let seconds = local.offset().seconds();
    let (sign, seconds) = if seconds < 0 {
        ('-', -seconds)
    } else {
        ('+', seconds)
    };
    text.push_str(&format!("{sign}{:02}", seconds / 3600));
    if seconds % 3600 != 0 {
        text.push_str(&format!(":{:02}", seconds % 3600 / 60));
    }
    text
}

fn inet_binary(address: IpAddr) -> Vec<u8> {
    let (family, bits, octets) = match address {
        IpAddr::V4(address) => (2, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (3, 128, address.octets().to_vec()),
    };
    let mut bytes = vec![family, bits, 0, octets.len() as u8];
    bytes.extend(octets);
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_written_as_postgresql_writes_them() {
        let time: Timestamp = "2026-05-15T06:05:00.25Z".parse().unwrap();
        assert_eq!(time_text(time, &TimeZone::UTC), "2026-05-15 06:05:00.25+00");
        let zone = TimeZone::get("Asia/Kolkata").unwrap();
        assert_eq!(time_text(time, &zone), "2026-05-15 11:35:00.25+05:30");
    }

    #[test]
    fn casts_refuse_what_they_cannot_read() {
        let code = |text: &str, kind| Value::text(text).cast(kind).unwrap_err().code;
        assert_eq!(code("x", Type::Int4), "22P02");
        assert_eq!(code("3000000000", Type::Int4), "22003");
        assert_eq!(
            Value::text("3000000000").cast(Type::Int8),
            Ok(Value::Int(3_000_000_000))
        );
        assert_eq!(
            Value::Float(1e300).cast(Type::Int8).unwrap_err().code,
            "22003"
        );
        assert_eq!(Value::text(" ON ").cast(Type::Bool), Ok(Value::Bool(true)));
    }
}
