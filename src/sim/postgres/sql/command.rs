//! Statements. In: a tree and the context. Out: a command, and when it runs, its answer and what it changes.
//!
//! What it changes is told, not done: the session does it once the statement has succeeded.

use std::cell::{Cell, RefCell};

use sqlparser::ast::{
    ColumnOption, ContextModifier, DiscardObject, ObjectType, Reset, Set, SetExpr, Statement,
    TableObject, TransactionAccessMode, TransactionMode,
};

use super::compile::{Compiler, Scope, folded, type_of, unqualified};
use super::expression::{Environment, Node};
use super::parse::Tree;
use super::select::Select;
use super::set;
use crate::sim::postgres::context::{Context, State};
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::extensions::{self, extension_version};
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::tables::{ROWS_MOST, Table};
use crate::sim::postgres::value::{Type, Value};

/// A statement that is understood.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Select(Box<Select>),
    Show(String),
    ShowAll,
    /// Rows for a temporary table, one node for each of its columns.
    Insert {
        table: String,
        rows: Vec<Vec<Node>>,
    },
    /// Anything that only changes something.
    Other {
        tag: String,
        change: Change,
        notice: Option<Notice>,
    },
}

/// A remark beside an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) severity: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// What a statement changes once it has succeeded.
#[derive(Debug, Clone, Default)]
pub(crate) enum Change {
    #[default]
    Nothing,
    Begin(Modes),
    Modes(Modes),
    Commit,
    Rollback,
    Set {
        name: String,
        value: String,
        local: bool,
    },
    /// Back to what the session began with; none is everything.
    Reset(Option<String>),
    CreateTable(String, Table),
    DropTables(Vec<String>),
    Insert(String, Vec<Vec<Value>>),
    /// Forgets prepared statements; none is all.
    Deallocate(Option<String>),
    /// Everything that a session has collected.
    DiscardAll,
    CreateExtension(String),
    DropExtension(String),
}

/// Modes of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    pub(crate) read_only: Option<bool>,
    pub(crate) isolation: Option<String>,
}

/// The answer of a statement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Vec<Value>>,
    /// What CommandComplete says.
    pub(crate) tag: String,
    pub(crate) change: Change,
    pub(crate) notice: Option<Notice>,
    /// What `pg_sleep` asked for.
    pub(crate) pause_seconds: f64,
}

/// Understands a statement, or refuses it. The types of its parameters are filled in.
pub(crate) fn compile(
    tree: &Tree,
    context: &Context<'_>,
    parameters: &RefCell<Vec<Type>>,
) -> Result<Command, SqlError> {
    let ends = matches!(tree, Tree::Other(statement)
        if matches!(**statement, Statement::Commit { .. } | Statement::Rollback { .. }));
    if context.session.transaction.state == State::Failed && !ends {
        return Err(SqlError::new(
            "25P02",
            "current transaction is aborted, commands ignored until end of transaction block",
        ));
    }
    let compiler = Compiler {
        context,
        parameters,
        depth: &Cell::new(0),
    };
    match tree {
        Tree::Show(name) if name == "all" => Ok(Command::ShowAll),
        Tree::Show(name) => {
            context.visible(name)?;
            Ok(Command::Show(name.clone()))
        }
        Tree::Other(statement) => match &**statement {
            Statement::Query(query) => {
                let select = Select::compile(query, &compiler)?;
                Ok(Command::Select(Box::new(select)))
            }
            Statement::Insert(insert) => self::insert(insert, &compiler),
            statement => other(statement, context),
        },
    }
}

impl Command {
    /// The columns of the answer; none when it has no rows.
    pub(crate) fn columns(&self, context: &Context<'_>) -> Option<Vec<Column>> {
        let texts = |names: &[&str]| {
            let columns = names.iter().map(|name| Column::new(*name, Type::Text));
            Some(columns.collect())
        };
        match self {
            Self::Select(select) => Some(select.columns().to_vec()),
            Self::Show(name) => {
                let shown = context
                    .visible(name)
                    .map_or(name.clone(), |setting| setting.name);
                Some(vec![Column::new(shown, Type::Text)])
            }
            Self::ShowAll => texts(&["name", "setting", "description"]),
            Self::Insert { .. } | Self::Other { .. } => None,
        }
    }

    pub(crate) fn run(
        &self,
        context: &Context<'_>,
        parameters: &[Value],
    ) -> Result<Outcome, SqlError> {
        let (rows, tag) = match self {
            Self::Select(select) => {
                let rows = select.run(context, parameters)?;
                let tag = format!("SELECT {}", rows.len());
                (rows, tag)
            }
            Self::Show(name) => {
                let setting = context.visible(name)?;
                let value = context.session.set.get(name).unwrap_or(&setting.value);
                (
                    vec![vec![Value::text(setting.shown(value))]],
                    "SHOW".to_owned(),
                )
            }
            Self::ShowAll => {
                let settings = context.all_settings().into_values();
                let rows =
                    settings
                        .filter(|(setting, _)| !setting.placeholder)
                        .map(|(setting, value)| {
                            let shown = setting.shown(&value);
                            vec![
                                Value::Text(setting.name),
                                Value::Text(shown),
                                Value::Text(setting.description),
                            ]
                        });
                (rows.collect(), "SHOW".to_owned())
            }
            Self::Insert { table, rows } => {
                let rows = inserted(context, table, rows, parameters)?;
                return Ok(Outcome {
                    tag: format!("INSERT 0 {}", rows.len()),
                    change: Change::Insert(table.clone(), rows),
                    ..Outcome::default()
                });
            }
            Self::Other {
                tag,
                change,
                notice,
            } => {
                return Ok(Outcome {
                    tag: tag.clone(),
                    change: change.clone(),
                    notice: notice.clone(),
                    ..Outcome::default()
                });
            }
        };
        Ok(Outcome {
            rows,
            tag,
            pause_seconds: context.pause_seconds.get(),
            ..Outcome::default()
        })
    }
}

fn plain(tag: &str, change: Change) -> Command {
    Command::Other {
        tag: tag.to_owned(),
        change,
        notice: None,
    }
}

fn noticed(
    tag: &str,
    change: Change,
    severity: &'static str,
    code: &'static str,
    message: String,
) -> Command {
    Command::Other {
        tag: tag.to_owned(),
        change,
        notice: Some(Notice {
            severity,
            code,
            message,
        }),
    }
}

fn other(statement: &Statement, context: &Context<'_>) -> Result<Command, SqlError> {
    let not_understood = || SqlError::not_simulated(format_args!("the statement {statement}"));
    let in_transaction = context.session.transaction.state != State::Idle;
    match statement {
        Statement::StartTransaction {
            modes,
            modifier: None,
            statements,
            exception: None,
            has_end_keyword: false,
            begin,
            ..
        } if statements.is_empty() => {
            let tag = if *begin { "BEGIN" } else { "START TRANSACTION" };
            let modes = self::modes(modes, context)?;
            if in_transaction {
                let message = "there is already a transaction in progress".to_owned();
                return Ok(noticed(
                    tag,
                    Change::Modes(modes),
                    "WARNING",
                    "25001",
                    message,
                ));
            }
            Ok(plain(tag, Change::Begin(modes)))
        }
        Statement::Commit {
            chain: false,
            modifier: None,
            ..
        }
        | Statement::Rollback {
            chain: false,
            savepoint: None,
        } => {
            let commits = matches!(statement, Statement::Commit { .. })
                && context.session.transaction.state != State::Failed;
            let (tag, change) = if commits {
                ("COMMIT", Change::Commit)
            } else {
                ("ROLLBACK", Change::Rollback)
            };
            if in_transaction {
                return Ok(plain(tag, change));
            }
            let message = "there is no transaction in progress".to_owned();
            Ok(noticed(tag, Change::Nothing, "WARNING", "25P01", message))
        }
        Statement::Set(set) => {
            self::set(set, context, in_transaction).unwrap_or_else(|| Err(not_understood()))
        }
        Statement::Reset(reset) => match &reset.reset {
            Reset::ALL => Ok(plain("RESET", Change::Reset(None))),
            Reset::ConfigurationParameter(name) => {
                let name = setting_name(name);
                set::may_reset(context, &name)?;
                Ok(plain("RESET", Change::Reset(Some(name))))
            }
            Reset::SessionAuthorization => Err(not_understood()),
        },
        Statement::Discard {
            object_type: DiscardObject::ALL,
        } if in_transaction => Err(SqlError::new(
            "25001",
            "DISCARD ALL cannot run inside a transaction block",
        )),
        Statement::Discard {
            object_type: DiscardObject::ALL,
        } => Ok(plain("DISCARD ALL", Change::DiscardAll)),
        Statement::Deallocate { name, .. } => {
            let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
            let (tag, name) = if all {
                ("DEALLOCATE ALL", None)
            } else {
                ("DEALLOCATE", Some(folded(name)))
            };
            Ok(plain(tag, Change::Deallocate(name)))
        }
        _ => {
            let Some(name) = written_by(statement) else {
                return Err(not_understood());
            };
            if context.read_only() {
                return Err(SqlError::new(
                    "25006",
                    format!("cannot execute {name} in a read-only transaction"),
                ));
            }
            writes(statement, context, in_transaction)
        }
    }
}

/// What a statement that writes is called in a refusal.
fn written_by(statement: &Statement) -> Option<&'static str> {
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
fn writes(
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

/// None when the form of SET is not understood.
fn set(
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

fn assignment(
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
fn setting_name(name: &sqlparser::ast::ObjectName) -> String {
    name.to_string().replace('"', "").to_lowercase()
}

fn modes(given: &[TransactionMode], context: &Context<'_>) -> Result<Modes, SqlError> {
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

fn insert(insert: &sqlparser::ast::Insert, compiler: &Compiler<'_>) -> Result<Command, SqlError> {
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

fn inserted(
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
