//! SET and the modes of transactions. In: syntax and the context. Out: commands.

use sqlparser::ast::{ContextModifier, Set, TransactionAccessMode, TransactionMode};

use super::command::{Change, Command, Modes, noticed, plain};
use super::set;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;

/// None when the form of SET is not understood.
pub(super) fn set(
    set: &Set,
    context: &Context<'_>,
    in_transaction: bool,
) -> Option<Result<Command, SqlError>> {
    let (name, values, local) = match set {
        Set::SingleAssignment {
            scope,
            hivevar: false,
            variable,
            values,
        } if !matches!(scope, Some(ContextModifier::Global)) => {
            let local = matches!(scope, Some(ContextModifier::Local));
            (setting_name(variable), values.clone(), local)
        }
        Set::SetTimeZone { local, value } => ("timezone".to_owned(), vec![value.clone()], *local),
        Set::SetTransaction {
            modes,
            snapshot: None,
            session: false,
        } => {
            return Some(self::modes(modes, context).map(|modes| {
                if in_transaction {
                    return plain("SET", Change::Modes(modes));
                }
                let message = "SET TRANSACTION can only be used in transaction blocks".to_owned();
                noticed("SET", Change::Nothing, "WARNING", "25P01", message)
            }));
        }
        _ => return None,
    };
    Some(assignment(&name, &values, local, context, in_transaction))
}

pub(super) fn assignment(
    name: &str,
    values: &[sqlparser::ast::Expr],
    local: bool,
    context: &Context<'_>,
    in_transaction: bool,
) -> Result<Command, SqlError> {
    let Some(text) = set::text(values)? else {
        set::may_reset(context, name)?;
        return Ok(plain("SET", Change::Reset(Some(name.to_owned()))));
    };
    let value = set::checked(context, name, &text)?;
    if local && !in_transaction {
        let message = "SET LOCAL can only be used in transaction blocks".to_owned();
        return Ok(noticed("SET", Change::Nothing, "WARNING", "25P01", message));
    }
    // These two belong to the transaction, and end with it.
    let modes = match name {
        "transaction_read_only" => Modes {
            read_only: Some(value == "on"),
            isolation: None,
        },
        "transaction_isolation" => Modes {
            read_only: None,
            isolation: Some(value),
        },
        _ => {
            let name = name.to_owned();
            return Ok(plain("SET", Change::Set { name, value, local }));
        }
    };
    Ok(plain(
        "SET",
        if in_transaction {
            Change::Modes(modes)
        } else {
            Change::Nothing
        },
    ))
}

/// Names of settings do not depend on their case.
pub(super) fn setting_name(name: &sqlparser::ast::ObjectName) -> String {
    name.to_string().replace('"', "").to_lowercase()
}

pub(super) fn modes(given: &[TransactionMode], context: &Context<'_>) -> Result<Modes, SqlError> {
    let mut modes = Modes::default();
    for mode in given {
        match mode {
            TransactionMode::AccessMode(TransactionAccessMode::ReadOnly) => {
                modes.read_only = Some(true);
            }
            TransactionMode::AccessMode(TransactionAccessMode::ReadWrite) => {
                if !context.instance.writer {
                    return Err(set::read_write_in_recovery());
                }
                modes.read_only = Some(false);
            }
            TransactionMode::IsolationLevel(level) => {
                modes.isolation = Some(level.to_string().to_lowercase());
            }
        }
    }
    Ok(modes)
}
