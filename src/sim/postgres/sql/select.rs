//! SELECT. In: sqlparser's tree. Out: columns, and when it runs, rows.
//!
//! One select over any number of relations, joined inside or from the left; WHERE, aggregates without GROUP BY, DISTINCT, ORDER BY,
//! LIMIT and OFFSET. Whatever else a query has is refused.

use std::cell::RefCell;
use std::cmp::Ordering;

use sqlparser::ast::{Distinct, Query, SetExpr};

use super::aggregates::{Aggregate, over_all};
use super::compile::{Compiler, Scope};
use super::expression::{Environment, Node};
use super::from::{Join, Rows, Source, sources};
use super::order::{By, Order, count, limits, order};
use super::projection::projection;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::value::Value;

/// A select that can be run.
#[derive(Debug, Clone)]
pub(crate) struct Select {
    sources: Vec<Source>,
    condition: Option<Node>,
    projection: Vec<Node>,
    columns: Vec<Column>,
    aggregates: Option<Vec<Aggregate>>,
    distinct: bool,
    order: Vec<Order>,
    limit: Option<Node>,
    offset: Option<Node>,
}

/// The most rows that a join is worth: more is refused, so that no statement occupies the simulator.
const ROWS_MOST: usize = 1_000_000;

impl Select {
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn compile(query: &Query, compiler: &Compiler<'_>) -> Result<Self, SqlError> {
        let SetExpr::Select(select) = &*query.body else {
            return Err(SqlError::not_simulated(format_args!("the query {query}")));
        };
        everything_is_understood(query, select)?;
        let sources = sources(&select.from, compiler)?;
        let bare_column = RefCell::new(None);
        let aggregates = RefCell::new(Vec::new());
        let plain = Scope {
            sources: &sources,
            aggregates: None,
            bare_column: &RefCell::new(None),
        };
        let condition = select
            .selection
            .as_ref()
            .map(|condition| compiler.condition(condition, &plain, "WHERE"))
            .transpose()?;
        let scope = Scope {
            sources: &sources,
            aggregates: Some(&aggregates),
            bare_column: &bare_column,
        };
        let (projection, columns) = projection(&select.projection, compiler, &scope)?;
        let order = order(query, compiler, &scope, &columns)?;
        let (limit, offset) = limits(query, compiler)?;
        let aggregates = aggregates.into_inner();
        if let (false, Some(column)) = (aggregates.is_empty(), bare_column.into_inner()) {
            return Err(SqlError::new(
                "42803",
                format!(
                    "column \"{column}\" must appear in the GROUP BY clause or be used in an aggregate function"
                ),
            ));
        }
        Ok(Self {
            condition,
            projection,
            columns,
            aggregates: (!aggregates.is_empty()).then_some(aggregates),
            distinct: matches!(select.distinct, Some(Distinct::Distinct)),
            order,
            limit,
            offset,
            sources,
        })
    }

    pub(crate) fn run(
        &self,
        context: &Context<'_>,
        parameters: &[Value],
    ) -> Result<Vec<Vec<Value>>, SqlError> {
        let mut rows = self.joined(context, parameters)?;
        if let Some(condition) = &self.condition {
            let mut kept = Vec::new();
            for row in rows {
                if condition.evaluate(&Environment::new(context, &row, parameters))?
                    == Value::Bool(true)
                {
                    kept.push(row);
                }
            }
            rows = kept;
        }
        let aggregated = match &self.aggregates {
            None => Vec::new(),
            Some(aggregates) => {
                let mut values = Vec::new();
                for aggregate in aggregates {
                    values.push(over_all(aggregate, &rows, context, parameters)?);
                }
                rows = vec![Vec::new()];
                values
            }
        };
        let mut results: Vec<(Vec<Value>, Vec<Value>)> = Vec::new();
        for row in rows {
            let environment = Environment {
                aggregates: &aggregated,
                ..Environment::new(context, &row, parameters)
            };
            let mut result = Vec::new();
            for node in &self.projection {
                result.push(node.evaluate(&environment)?);
            }
            let mut keys = Vec::new();
            for order in &self.order {
                keys.push(match &order.by {
                    By::Result(index) => result.get(*index).cloned().unwrap_or(Value::Null),
                    By::Node(node) => node.evaluate(&environment)?,
                });
            }
            if !self.distinct || results.iter().all(|(other, _)| *other != result) {
                results.push((result, keys));
            }
        }
        results.sort_by(|(_, left), (_, right)| self.compare(left, right));
        let bare = Environment::new(context, &[], parameters);
        let offset = count(self.offset.as_ref(), &bare, "OFFSET")?.unwrap_or(0);
        let limit = count(self.limit.as_ref(), &bare, "LIMIT")?.unwrap_or(usize::MAX);
        let results = results.into_iter().skip(offset).take(limit);
        Ok(results.map(|(result, _)| result).collect())
    }

    fn compare(&self, left: &[Value], right: &[Value]) -> Ordering {
        for ((order, left), right) in self.order.iter().zip(left).zip(right) {
            let found = match (left.is_null(), right.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) if order.nulls_first => Ordering::Less,
                (true, false) => Ordering::Greater,
                (false, true) if order.nulls_first => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => {
                    let found = left.order(right).unwrap_or(Ordering::Equal);
                    if order.descending {
                        found.reverse()
                    } else {
                        found
                    }
                }
            };
            if found.is_ne() {
                return found;
            }
        }
        Ordering::Equal
    }

    fn joined(
        &self,
        context: &Context<'_>,
        parameters: &[Value],
    ) -> Result<Vec<Vec<Value>>, SqlError> {
        let mut rows = vec![Vec::new()];
        for source in &self.sources {
            let new = match &source.rows {
                Rows::Relation(relation) => relation.rows(context),
                Rows::Function(node) => {
                    let environment = Environment::new(context, &[], parameters);
                    vec![vec![node.evaluate(&environment)?]]
                }
                Rows::Select(select) => select.run(context, parameters)?,
            };
            if rows.len().saturating_mul(new.len()) > ROWS_MOST {
                return Err(SqlError::not_simulated("a join of this size"));
            }
            let mut joined = Vec::new();
            for left in &rows {
                let mut matched = false;
                for right in &new {
                    let row: Vec<Value> = left.iter().chain(right).cloned().collect();
                    let fits = match &source.join {
                        Join::Cross => true,
                        Join::Inner(node) | Join::Left(node) => {
                            let environment = Environment::new(context, &row, parameters);
                            node.evaluate(&environment)? == Value::Bool(true)
                        }
                    };
                    if fits {
                        matched = true;
                        joined.push(row);
                    }
                }
                if !matched && matches!(source.join, Join::Left(_)) {
                    let nulls = source.columns.iter().map(|_| Value::Null);
                    joined.push(left.iter().cloned().chain(nulls).collect());
                }
            }
            rows = joined;
        }
        Ok(rows)
    }
}

/// Refuses a query with parts that are not looked at below: what is left of it without those that are must be bare.
fn everything_is_understood(
    query: &Query,
    select: &sqlparser::ast::Select,
) -> Result<(), SqlError> {
    let mut rest = select.clone();
    rest.projection = Vec::new();
    rest.from = Vec::new();
    rest.selection = None;
    if matches!(rest.distinct, Some(Distinct::All | Distinct::Distinct)) {
        rest.distinct = None;
    }
    let mut outer = query.clone();
    outer.order_by = None;
    outer.limit_clause = None;
    *outer.body = SetExpr::Select(Box::new(rest));
    let left = outer.to_string();
    if left.trim() == "SELECT" {
        return Ok(());
    }
    Err(SqlError::not_simulated(format_args!(
        "this part of a query: {left}"
    )))
}
