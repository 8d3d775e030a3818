//! Statements that write: temporary tables and extensions. In: syntax and the context. Out: commands. All other data is refused.

use std::cell::RefCell;

use sqlparser::ast::{ColumnOption, ObjectType, SetExpr, Statement, TableObject};

use super::command::{Change, Command, noticed, plain};
use super::compile::{Compiler, Scope};
use super::expression::{Environment, Node};
use super::names::{folded, type_of, unqualified};
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::extensions::{self, extension_version};
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::tables::{ROWS_MOST, Table};
use crate::sim::postgres::value::{Type, Value};

/// What a statement that writes is called in a refusal.
pub(super) fn written_by(statement: &Statement) -> Option<&'static str> {
    Some(match statement {
        Statement::Update(_) => "UPDATE",
        Statement::Delete(_) => "DELETE",
        Statement::Merge(_) => "MERGE",
        Statement::Truncate(_) => "TRUNCATE TABLE",
        Statement::CreateTable(_) => "CREATE TABLE",
        Statement::AlterTable(_) => "ALTER TABLE",
        Statement::CreateIndex(_) => "CREATE INDEX",
        Statement::CreateView(_) => "CREATE VIEW",
        Statement::CreateSchema { .. } => "CREATE SCHEMA",
        Statement::CreateDatabase { .. } => "CREATE DATABASE",
        Statement::CreateRole(_) | Statement::CreateUser(_) => "CREATE ROLE",
        Statement::AlterRole { .. } => "ALTER ROLE",
        Statement::CreateSequence { .. } => "CREATE SEQUENCE",
        Statement::CreateExtension(_) => "CREATE EXTENSION",
        Statement::DropExtension(_) => "DROP EXTENSION",
        Statement::Grant(_) => "GRANT",
        Statement::Revoke(_) => "REVOKE",
        Statement::Vacuum(_) => "VACUUM",
        Statement::NOTIFY { .. } => "NOTIFY",
        Statement::Drop { object_type, .. } => match object_type {
            ObjectType::Table => "DROP TABLE",
            ObjectType::Index => "DROP INDEX",
            ObjectType::View => "DROP VIEW",
            ObjectType::Schema => "DROP SCHEMA",
            ObjectType::Role | ObjectType::User => "DROP ROLE",
            ObjectType::Database => "DROP DATABASE",
            ObjectType::Sequence => "DROP SEQUENCE",
            _ => return None,
        },
        _ => return None,
    })
}

/// What can be written: temporary tables, and extensions.
pub(super) fn writes(
    statement: &Statement,
    context: &Context<'_>,
    in_transaction: bool,
) -> Result<Command, SqlError> {
    let no_data = || {
        SqlError::not_simulated(format_args!("the statement {statement}"))
            .with_hint("A simulated cluster keeps no data; a session may create temporary tables.")
    };
    match statement {
        Statement::CreateTable(create) if create.temporary => {
            let name = unqualified(&create.name).ok_or_else(no_data)?;
            let columns: Vec<String> = create.columns.iter().map(ToString::to_string).collect();
            let expected = [
                format!(
                    "CREATE TEMPORARY TABLE {} ({})",
                    create.name,
                    columns.join(", ")
                ),
                format!(
                    "CREATE TEMPORARY TABLE IF NOT EXISTS {} ({})",
                    create.name,
                    columns.join(", ")
                ),
            ];
            if !expected.contains(&statement.to_string()) {
                return Err(no_data());
            }
            if context.session.tables.contains_key(&name) {
                let message = format!("relation \"{name}\" already exists");
                if create.if_not_exists {
                    let message = format!("{message}, skipping");
                    return Ok(noticed(
                        "CREATE TABLE",
                        Change::Nothing,
                        "NOTICE",
                        "42P07",
                        message,
                    ));
                }
                return Err(SqlError::new("42P07", message));
            }
            let mut table = Table::default();
            for column in &create.columns {
                let bare = column
                    .options
                    .iter()
                    .all(|option| option.option == ColumnOption::Null);
                let kind = type_of(&column.data_type.to_string())?;
                if !bare || matches!(kind, Type::Numeric | Type::Interval | Type::Void) {
                    return Err(no_data());
                }
                table.columns.push(Column::new(folded(&column.name), kind));
            }
            Ok(plain("CREATE TABLE", Change::CreateTable(name, table)))
        }
        Statement::Drop {
            object_type: ObjectType::Table,
            if_exists: false,
            names,
            purge: false,
            ..
        } => {
            let names: Option<Vec<String>> = names.iter().map(unqualified).collect();
            let names = names.ok_or_else(no_data)?;
            for name in &names {
                if !context.session.tables.contains_key(name) {
                    return Err(SqlError::new(
                        "42P01",
                        format!("table \"{name}\" does not exist"),
                    ));
                }
            }
            Ok(plain("DROP TABLE", Change::DropTables(names)))
        }
        Statement::CreateExtension(create) => {
            let name = folded(&create.name);
            if in_transaction
                || create.cascade
                || create.schema.is_some()
                || create.version.is_some()
            {
                return Err(SqlError::not_simulated(
                    "CREATE EXTENSION in a transaction block or with options",
                ));
            }
            if extension_version(&name, context.major()).is_none() {
                return Err(SqlError::not_simulated(format_args!(
                    "the extension {name}"
                )));
            }
            if context.has_extension(&name) {
                let message = format!("extension \"{name}\" already exists");
                if create.if_not_exists {
                    let message = format!("{message}, skipping");
                    return Ok(noticed(
                        "CREATE EXTENSION",
                        Change::Nothing,
                        "NOTICE",
                        "42710",
                        message,
                    ));
                }
                return Err(SqlError::new("42710", message));
            }
            // Aurora User Guide: extensions that are not trusted are for rds_superuser.
            if !context.may("rds_superuser") {
                let message = format!("permission denied to create extension \"{name}\"");
                return Err(SqlError::new("42501", message)
                    .with_hint("Must be superuser to create this extension."));
            }
            extensions::check_created(&name, context)?;
            Ok(plain("CREATE EXTENSION", Change::CreateExtension(name)))
        }
        Statement::DropExtension(drop) => {
            let [name] = drop.names.as_slice() else {
                return Err(no_data());
            };
            let name = folded(name);
            if in_transaction || drop.cascade_or_restrict.is_some() || name == "plpgsql" {
                return Err(SqlError::not_simulated(
                    "DROP EXTENSION in a transaction block or with options",
                ));
            }
            if !context.has_extension(&name) {
                let message = format!("extension \"{name}\" does not exist");
                if drop.if_exists {
                    let message = format!("{message}, skipping");
                    return Ok(noticed(
                        "DROP EXTENSION",
                        Change::Nothing,
                        "NOTICE",
                        "00000",
                        message,
                    ));
                }
                return Err(SqlError::new("42704", message));
            }
            if !context.may("rds_superuser") {
                return Err(SqlError::new(
                    "42501",
                    format!("must be owner of extension {name}"),
                ));
            }
            Ok(plain("DROP EXTENSION", Change::DropExtension(name)))
        }
        _ => Err(no_data()),
    }
}

pub(super) fn insert(
    insert: &sqlparser::ast::Insert,
    compiler: &Compiler<'_>,
) -> Result<Command, SqlError> {
    let context = compiler.context;
    let no_data = || {
        SqlError::not_simulated(format_args!("the statement {insert}"))
            .with_hint("A simulated cluster keeps no data; a session may create temporary tables.")
    };
    let TableObject::TableName(name) = &insert.table else {
        return Err(no_data());
    };
    let found = unqualified(name).and_then(|name| Some((context.session.tables.get(&name)?, name)));
    let Some((table, name)) = found else {
        if context.read_only() {
            let message = "cannot execute INSERT in a read-only transaction";
            return Err(SqlError::new("25006", message));
        }
        return Err(no_data());
    };
    let source = insert.source.as_deref().ok_or_else(no_data)?;
    let SetExpr::Values(values) = &*source.body else {
        return Err(no_data());
    };
    let named: Vec<String> = insert.columns.iter().map(ToString::to_string).collect();
    let list = if named.is_empty() {
        String::new()
    } else {
        format!("({}) ", named.join(", "))
    };
    if insert.to_string() != format!("INSERT INTO {} {list}{values}", insert.table) {
        return Err(no_data());
    }
    let mut places = Vec::new();
    for column in &insert.columns {
        let column = unqualified(column).ok_or_else(no_data)?;
        let place = table.columns.iter().position(|other| other.name == column);
        places.push(place.ok_or_else(|| {
            let message = format!("column \"{column}\" of relation \"{name}\" does not exist");
            SqlError::new("42703", message)
        })?);
    }
    let scope = Scope {
        sources: &[],
        aggregates: None,
        bare_column: &RefCell::new(None),
    };
    let mut rows = Vec::new();
    for given in &values.rows {
        let given = &given.content;
        let places: Vec<usize> = if insert.columns.is_empty() {
            (0..given.len()).collect()
        } else {
            places.clone()
        };
        if given.len() != places.len() || given.len() > table.columns.len() {
            return Err(SqlError::new(
                "42601",
                "INSERT has another number of expressions than of target columns",
            ));
        }
        let mut row = vec![Node::Value(Value::Null); table.columns.len()];
        for (expression, place) in given.iter().zip(places) {
            let kind = table
                .columns
                .get(place)
                .map_or(Type::Text, |column| column.kind);
            let typed = compiler.coerced(compiler.expression(expression, &scope)?, kind)?;
            if let Some(cell) = row.get_mut(place) {
                *cell = if typed.kind == kind {
                    typed.node
                } else {
                    Node::Cast(Box::new(typed.node), kind)
                };
            }
        }
        rows.push(row);
    }
    Ok(Command::Insert { table: name, rows })
}

pub(super) fn inserted(
    context: &Context<'_>,
    table: &str,
    rows: &[Vec<Node>],
    parameters: &[Value],
) -> Result<Vec<Vec<Value>>, SqlError> {
    let kept: usize = context
        .session
        .tables
        .values()
        .map(|table| table.rows.len())
        .sum();
    if !context.session.tables.contains_key(table) {
        return Err(SqlError::new(
            "42P01",
            format!("relation \"{table}\" does not exist"),
        ));
    }
    if kept + rows.len() > ROWS_MOST {
        return Err(SqlError::new(
            "53100",
            "the simulator keeps no more rows for this session",
        ));
    }
    let environment = Environment::new(context, &[], parameters);
    rows.iter()
        .map(|row| row.iter().map(|node| node.evaluate(&environment)).collect())
        .collect()
}
