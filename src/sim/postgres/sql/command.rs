//! Statements. In: a tree and the context. Out: a command, and when it runs, its answer and what it changes.
//!
//! What it changes is told, not done: the session does it once the statement has succeeded.

use std::cell::{Cell, RefCell};

use sqlparser::ast::{DiscardObject, Reset, Statement};

use super::assignment;
use super::compile::Compiler;
use super::expression::Node;
use super::names::folded;
use super::parse::Tree;
use super::select::Select;
use super::set;
use super::writing;
use crate::sim::postgres::context::{Context, State};
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::tables::Table;
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
            Statement::Insert(insert) => writing::insert(insert, &compiler),
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
                let rows = writing::inserted(context, table, rows, parameters)?;
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

pub(super) fn plain(tag: &str, change: Change) -> Command {
    Command::Other {
        tag: tag.to_owned(),
        change,
        notice: None,
    }
}

pub(super) fn noticed(
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
            let modes = assignment::modes(modes, context)?;
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
            assignment::set(set, context, in_transaction).unwrap_or_else(|| Err(not_understood()))
        }
        Statement::Reset(reset) => match &reset.reset {
            Reset::ALL => Ok(plain("RESET", Change::Reset(None))),
            Reset::ConfigurationParameter(name) => {
                let name = assignment::setting_name(name);
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
            let Some(name) = writing::written_by(statement) else {
                return Err(not_understood());
            };
            if context.read_only() {
                return Err(SqlError::new(
                    "25006",
                    format!("cannot execute {name} in a read-only transaction"),
                ));
            }
            writing::writes(statement, context, in_transaction)
        }
    }
}
