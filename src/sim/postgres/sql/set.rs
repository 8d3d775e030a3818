//! SET. In: a setting and a text. Out: the value in the setting's unit and spelling, or PostgreSQL's refusal.
//!
//! Sources: PostgreSQL documentation, "SET" and "pg_settings" (contexts); the texts as PostgreSQL 15 words them.

use sqlparser::ast::{Expr, UnaryOperator, Value as Literal};

use super::names::folded;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::settings::{Setting, units};
use crate::sim::postgres::value::boolean;

/// The text that SET gives; none for DEFAULT.
pub(crate) fn text(values: &[Expr]) -> Result<Option<String>, SqlError> {
    let one = |expression: &Expr| {
        Some(match expression {
            Expr::Identifier(ident) => folded(ident),
            Expr::Value(literal) => match &literal.value {
                Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => {
                    text.clone()
                }
                Literal::Number(digits, false) => digits.clone(),
                Literal::Boolean(flag) => flag.to_string(),
                _ => return None,
            },
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } => match &**expr {
                Expr::Value(literal) => match &literal.value {
                    Literal::Number(digits, false) => format!("-{digits}"),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        })
    };
    if let [Expr::Identifier(ident)] = values
        && ident.quote_style.is_none()
        && ident.value.eq_ignore_ascii_case("default")
    {
        return Ok(None);
    }
    let texts: Option<Vec<String>> = values.iter().map(one).collect();
    match texts {
        Some(texts) => Ok(Some(texts.join(", "))),
        None => Err(SqlError::not_simulated("SET to an expression")),
    }
}

/// The value of a setting, if this user may set it now and it may be set to this.
pub(crate) fn checked(context: &Context<'_>, name: &str, text: &str) -> Result<String, SqlError> {
    let setting = context.setting(name)?;
    may_set(context, &setting)?;
    value(context, name, &setting, text)
}

/// The same for RESET, which needs no value.
pub(crate) fn may_reset(context: &Context<'_>, name: &str) -> Result<(), SqlError> {
    may_set(context, &context.setting(name)?)
}

fn may_set(context: &Context<'_>, setting: &Setting) -> Result<(), SqlError> {
    let name = &setting.name;
    match setting.context.as_str() {
        "user" => Ok(()),
        // Aurora User Guide: rds.superuser_variables names what rds_superuser may set besides.
        "superuser" if name == "session_replication_role" && context.may("rds_superuser") => Ok(()),
        "superuser" => Err(SqlError::new(
            "42501",
            format!("permission denied to set parameter \"{name}\""),
        )),
        "internal" => Err(SqlError::new(
            "55P02",
            format!("parameter \"{name}\" cannot be changed"),
        )),
        "postmaster" => Err(SqlError::new(
            "55P02",
            format!("parameter \"{name}\" cannot be changed without restarting the server"),
        )),
        "backend" | "superuser-backend" => Err(SqlError::new(
            "55P02",
            format!("parameter \"{name}\" cannot be set after connection start"),
        )),
        _ => Err(SqlError::new(
            "55P02",
            format!("parameter \"{name}\" cannot be changed now"),
        )),
    }
}

fn value(
    context: &Context<'_>,
    key: &str,
    setting: &Setting,
    text: &str,
) -> Result<String, SqlError> {
    let name = &setting.name;
    let invalid = || {
        SqlError::new(
            "22023",
            format!("invalid value for parameter \"{name}\": \"{text}\""),
        )
    };
    match setting.vartype.as_str() {
        "bool" => {
            let flag = boolean(text).ok_or_else(|| {
                SqlError::new(
                    "22023",
                    format!("parameter \"{name}\" requires a Boolean value"),
                )
            })?;
            if key == "transaction_read_only" && !flag && !context.instance.writer {
                return Err(read_write_in_recovery());
            }
            Ok(if flag { "on" } else { "off" }.to_owned())
        }
        kind @ ("integer" | "real") => {
            let number = units::in_unit(text, setting.unit.as_deref()).ok_or_else(invalid)?;
            let number = if kind == "integer" {
                number.round_ties_even()
            } else {
                number
            };
            let bound =
                |bound: &Option<String>| bound.as_ref().and_then(|bound| bound.parse::<f64>().ok());
            let (least, most) = (bound(&setting.min_val), bound(&setting.max_val));
            let inside =
                least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
            if !inside {
                let unit = setting
                    .unit
                    .as_ref()
                    .map(|unit| format!(" {unit}"))
                    .unwrap_or_default();
                let text = |bound: &Option<String>| bound.clone().unwrap_or_default();
                return Err(SqlError::new(
                    "22023",
                    format!(
                        "{number}{unit} is outside the valid range for parameter \"{name}\" ({} .. {})",
                        text(&setting.min_val),
                        text(&setting.max_val)
                    ),
                ));
            }
            Ok(number.to_string())
        }
        "enum" => {
            let values = setting.enumvals.clone().unwrap_or_default();
            let found = values
                .iter()
                .find(|value| value.eq_ignore_ascii_case(text.trim()));
            found.cloned().ok_or_else(|| {
                invalid().with_hint(format!("Available values: {}.", values.join(", ")))
            })
        }
        _ => special(key, text, invalid),
    }
}

/// Texts that decide how answers are written: only what is written so is taken.
fn special(key: &str, text: &str, invalid: impl Fn() -> SqlError) -> Result<String, SqlError> {
    match key {
        "timezone" => {
            let zone = jiff::tz::TimeZone::get(text.trim()).map_err(|_| invalid())?;
            Ok(zone.iana_name().unwrap_or(text.trim()).to_owned())
        }
        "client_encoding" => match text.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "utf8" | "unicode" => Ok("UTF8".to_owned()),
            _ => Err(SqlError::not_simulated(format_args!("the encoding {text}"))),
        },
        "datestyle" => {
            let iso = text
                .split(',')
                .any(|part| part.trim().eq_ignore_ascii_case("iso"));
            let order = text.split(',').map(|part| part.trim().to_ascii_uppercase());
            let order = order
                .into_iter()
                .find(|part| ["DMY", "MDY", "YMD"].contains(&part.as_str()));
            if iso {
                Ok(format!(
                    "ISO, {}",
                    order.unwrap_or_else(|| "MDY".to_owned())
                ))
            } else {
                Err(SqlError::not_simulated(format_args!(
                    "the date style {text}"
                )))
            }
        }
        _ => Ok(text.to_owned()),
    }
}

/// The refusal on a reader.
pub(crate) fn read_write_in_recovery() -> SqlError {
    SqlError::new(
        "0A000",
        "cannot set transaction read-write mode during recovery",
    )
}
