//! Names in statements. In: syntax. Out: names as PostgreSQL keeps them, and types by their names.

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};

use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::Type;

/// The last part of a name, if it has no schema but `pg_catalog`; folded unless quoted.
pub(crate) fn unqualified(name: &ObjectName) -> Option<String> {
    let parts: Vec<&Ident> = name
        .0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        })
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [name] => Some(folded(name)),
        [schema, name] if folded(schema) == "pg_catalog" => Some(folded(name)),
        _ => None,
    }
}

/// A schema other than `pg_catalog` and the name after it.
pub(crate) fn qualified(name: &ObjectName) -> Option<(String, String)> {
    match name.0.as_slice() {
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(name),
        ] if folded(schema) != "pg_catalog" => Some((folded(schema), folded(name))),
        _ => None,
    }
}

/// A name as PostgreSQL keeps it: in lower case unless it is quoted.
pub(crate) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() {
        ident.value.clone()
    } else {
        ident.value.to_lowercase()
    }
}

/// A type by its name.
pub(crate) fn type_of(name: &str) -> Result<Type, SqlError> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let bare = bare.split('(').next().unwrap_or(bare).trim();
    Ok(match bare {
        "bool" | "boolean" => Type::Bool,
        "int" | "int4" | "integer" => Type::Int4,
        "bigint" | "int8" => Type::Int8,
        "float8" | "double precision" => Type::Float8,
        "numeric" | "decimal" => Type::Numeric,
        "text" | "varchar" | "character varying" => Type::Text,
        "name" => Type::Name,
        "oid" => Type::Oid,
        "inet" => Type::Inet,
        "timestamptz" | "timestamp with time zone" => Type::Time,
        "text[]" => Type::Texts,
        _ => return Err(SqlError::not_simulated(format_args!("the type {name}"))),
    })
}
