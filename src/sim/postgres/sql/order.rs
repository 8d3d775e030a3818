//! ORDER BY, LIMIT and OFFSET. In: syntax, and when they run, values. Out: what to sort by, and how many rows to give.

use std::cell::RefCell;

use sqlparser::ast::{Expr, LimitClause, OrderByKind, OrderBySort, Query, Value as Literal};

use super::compile::{Compiler, Scope};
use super::expression::{Environment, Node};
use super::names::folded;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::value::{Type, Value};

#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) by: By,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

#[derive(Debug, Clone)]
pub(super) enum By {
    /// A column of the result.
    Result(usize),
    Node(Node),
}

pub(super) fn order(
    query: &Query,
    compiler: &Compiler<'_>,
    scope: &Scope<'_>,
    columns: &[Column],
) -> Result<Vec<Order>, SqlError> {
    let Some(order_by) = &query.order_by else {
        return Ok(Vec::new());
    };
    let OrderByKind::Expressions(expressions) = &order_by.kind else {
        return Err(SqlError::not_simulated(format_args!("{order_by}")));
    };
    let mut order = Vec::new();
    for expression in expressions {
        let descending = match &expression.options.sort {
            None | Some(OrderBySort::Asc) => false,
            Some(OrderBySort::Desc) => true,
            Some(_) => return Err(SqlError::not_simulated(format_args!("{order_by}"))),
        };
        if expression.with_fill.is_some() || order_by.interpolate.is_some() {
            return Err(SqlError::not_simulated(format_args!("{order_by}")));
        }
        let by_name = match &expression.expr {
            Expr::Identifier(ident) => {
                let name = folded(ident);
                columns.iter().position(|column| column.name == name)
            }
            Expr::Value(literal) => match &literal.value {
                Literal::Number(digits, _) => {
                    let position = digits.parse::<usize>().ok();
                    let index = position.and_then(|position| position.checked_sub(1));
                    Some(
                        index
                            .filter(|index| *index < columns.len())
                            .ok_or_else(|| {
                                SqlError::new(
                                    "42P10",
                                    format!("ORDER BY position {digits} is not in select list"),
                                )
                            })?,
                    )
                }
                _ => None,
            },
            _ => None,
        };
        let by = match by_name {
            Some(index) => By::Result(index),
            None => By::Node(
                compiler
                    .settled(compiler.expression(&expression.expr, scope)?)?
                    .node,
            ),
        };
        order.push(Order {
            by,
            descending,
            nulls_first: expression.options.nulls_first.unwrap_or(descending),
        });
    }
    Ok(order)
}

pub(super) fn limits(
    query: &Query,
    compiler: &Compiler<'_>,
) -> Result<(Option<Node>, Option<Node>), SqlError> {
    let number = |expression: &Expr, place: &str| -> Result<Node, SqlError> {
        let scope = Scope {
            sources: &[],
            aggregates: None,
            bare_column: &RefCell::new(None),
        };
        let typed = compiler.coerced(compiler.expression(expression, &scope)?, Type::Int8)?;
        match typed.kind {
            Type::Int4 | Type::Int8 => Ok(typed.node),
            kind => Err(SqlError::new(
                "42804",
                format!(
                    "argument of {place} must be type bigint, not type {}",
                    kind.name()
                ),
            )),
        }
    };
    match &query.limit_clause {
        None => Ok((None, None)),
        Some(LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        }) if limit_by.is_empty() => Ok((
            limit
                .as_ref()
                .map(|limit| number(limit, "LIMIT"))
                .transpose()?,
            offset
                .as_ref()
                .map(|offset| number(&offset.value, "OFFSET"))
                .transpose()?,
        )),
        Some(other) => Err(SqlError::not_simulated(format_args!("{other}"))),
    }
}

pub(super) fn count(
    node: Option<&Node>,
    environment: &Environment<'_>,
    place: &str,
) -> Result<Option<usize>, SqlError> {
    let Some(node) = node else {
        return Ok(None);
    };
    match node.evaluate(environment)? {
        Value::Int(number) => usize::try_from(number).map(Some).map_err(|_| {
            let code = if place == "LIMIT" { "2201W" } else { "2201X" };
            SqlError::new(code, format!("{place} must not be negative"))
        }),
        _ => Ok(None),
    }
}
