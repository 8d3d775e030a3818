//! FROM. In: syntax. Out: the relations, functions and subqueries that rows come from, and how they are joined.

use std::cell::RefCell;

use sqlparser::ast::{
    FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, TableAlias, TableFactor,
    TableWithJoins,
};

use super::compile::{Compiler, Scope};
use super::expression::Node;
use super::names::{folded, qualified, unqualified};
use super::select::Select;
use super::typing::Typed;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::relations::{self, Relation};
use crate::sim::postgres::reply::Column;

/// A relation in FROM, under the name it has here.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) alias: String,
    pub(crate) columns: Vec<Column>,
    /// Whether the real relation has more columns.
    pub(crate) partial: bool,
    pub(super) rows: Rows,
    /// How it joins what stands before it.
    pub(super) join: Join,
}

#[derive(Debug, Clone)]
pub(super) enum Rows {
    Relation(Relation),
    /// A function that gives one value.
    Function(Node),
    Select(Box<Select>),
}

#[derive(Debug, Clone)]
pub(super) enum Join {
    Cross,
    Inner(Node),
    Left(Node),
}

pub(super) fn sources(
    from: &[TableWithJoins],
    compiler: &Compiler<'_>,
) -> Result<Vec<Source>, SqlError> {
    let mut sources: Vec<Source> = Vec::new();
    for table in from {
        add(&mut sources, &table.relation, None, compiler)?;
        for join in &table.joins {
            add(
                &mut sources,
                &join.relation,
                Some(&join.join_operator),
                compiler,
            )?;
        }
    }
    Ok(sources)
}

pub(super) fn add(
    sources: &mut Vec<Source>,
    factor: &TableFactor,
    join: Option<&JoinOperator>,
    compiler: &Compiler<'_>,
) -> Result<(), SqlError> {
    let source = source(factor, compiler)?;
    if sources.iter().any(|other| other.alias == source.alias) {
        return Err(SqlError::new(
            "42712",
            format!("table name \"{}\" specified more than once", source.alias),
        ));
    }
    sources.push(source);
    let on = |constraint: &JoinConstraint| match constraint {
        JoinConstraint::On(condition) => {
            let scope = Scope {
                sources,
                aggregates: None,
                bare_column: &RefCell::new(None),
            };
            compiler.condition(condition, &scope, "JOIN/ON")
        }
        _ => Err(SqlError::not_simulated("a join without ON")),
    };
    let join = match join {
        None | Some(JoinOperator::CrossJoin(JoinConstraint::None)) => Join::Cross,
        Some(JoinOperator::Join(constraint) | JoinOperator::Inner(constraint)) => {
            Join::Inner(on(constraint)?)
        }
        Some(JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint)) => {
            Join::Left(on(constraint)?)
        }
        Some(_) => return Err(SqlError::not_simulated("this kind of join")),
    };
    if let Some(last) = sources.last_mut() {
        last.join = join;
    }
    Ok(())
}

pub(super) fn source(factor: &TableFactor, compiler: &Compiler<'_>) -> Result<Source, SqlError> {
    let not_understood = || SqlError::not_simulated(format_args!("{factor} in FROM"));
    match factor {
        TableFactor::Table {
            name, alias, args, ..
        } => {
            // Nothing but a name, perhaps arguments, and an alias.
            let mut expected = name.to_string();
            if let Some(arguments) = args {
                let given: Vec<String> = arguments.args.iter().map(ToString::to_string).collect();
                expected.push_str(&format!("({})", given.join(", ")));
            }
            if let Some(alias) = alias {
                expected.push_str(&format!(" {alias}"));
            }
            if factor.to_string() != expected {
                return Err(not_understood());
            }
            let qualified = qualified(name).filter(|_| args.is_none());
            let bare = match &qualified {
                Some((_, name)) => name.clone(),
                None => unqualified(name).ok_or_else(not_understood)?,
            };
            match args {
                Some(arguments) => {
                    function_source(&bare, &arguments.args, alias.as_ref(), compiler)
                }
                None => {
                    let relation = match &qualified {
                        Some((schema, name)) => {
                            relations::in_schema(schema, name, compiler.context)?
                        }
                        None => relations::named(&bare, compiler.context)?,
                    };
                    let columns = relation.columns(compiler.context);
                    let partial = relation.is_partial();
                    aliased(
                        &bare,
                        columns,
                        partial,
                        Rows::Relation(relation),
                        alias.as_ref(),
                    )
                }
            }
        }
        TableFactor::Function {
            lateral: false,
            name,
            args,
            with_ordinality: false,
            alias,
        } => {
            let bare = unqualified(name).ok_or_else(not_understood)?;
            function_source(&bare, args, alias.as_ref(), compiler)
        }
        TableFactor::Derived {
            lateral: false,
            subquery,
            alias: Some(alias),
            sample: None,
        } => {
            let select = Select::compile(subquery, compiler)?;
            let columns = select.columns().to_vec();
            aliased(
                "",
                columns,
                false,
                Rows::Select(Box::new(select)),
                Some(alias),
            )
        }
        _ => Err(not_understood()),
    }
}

pub(super) fn function_source(
    name: &str,
    arguments: &[FunctionArg],
    alias: Option<&TableAlias>,
    compiler: &Compiler<'_>,
) -> Result<Source, SqlError> {
    if arguments.is_empty()
        && let Some(relation) = relations::of_function(name)
    {
        let columns = relation.columns(compiler.context);
        return aliased(
            name,
            columns,
            relation.is_partial(),
            Rows::Relation(relation),
            alias,
        );
    }
    let scope = Scope {
        sources: &[],
        aggregates: None,
        bare_column: &RefCell::new(None),
    };
    let mut given = Vec::new();
    for argument in arguments {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => {
                given.push(compiler.expression(expression, &scope)?);
            }
            _ => return Err(SqlError::not_simulated(format_args!("{argument} in FROM"))),
        }
    }
    let Typed { node, kind } = compiler.call(name, given)?;
    let column = alias.map_or_else(|| name.to_owned(), |alias| folded(&alias.name));
    aliased(
        name,
        vec![Column::new(column, kind)],
        false,
        Rows::Function(node),
        alias,
    )
}

pub(super) fn aliased(
    name: &str,
    mut columns: Vec<Column>,
    partial: bool,
    rows: Rows,
    alias: Option<&TableAlias>,
) -> Result<Source, SqlError> {
    let mut name = name.to_owned();
    if let Some(alias) = alias {
        name = folded(&alias.name);
        if alias.columns.len() > columns.len()
            || alias
                .columns
                .iter()
                .any(|column| column.data_type.is_some())
        {
            return Err(SqlError::not_simulated(format_args!("the alias {alias}")));
        }
        for (column, new) in columns.iter_mut().zip(&alias.columns) {
            column.name = folded(&new.name);
        }
    }
    Ok(Source {
        alias: name,
        columns,
        partial,
        rows,
        join: Join::Cross,
    })
}
