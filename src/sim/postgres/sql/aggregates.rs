//! Aggregates over all rows. In: syntax, and when they run, rows. Out: nodes, and values.

use std::cell::RefCell;
use std::cmp::Ordering;

use sqlparser::ast::{FunctionArg, FunctionArgExpr};

use super::compile::{Compiler, Scope};
use super::expression::{Environment, Node};
use super::typing::Typed;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// An aggregate function over all rows.
#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) function: AggregateFunction,
    /// None counts rows.
    pub(crate) argument: Option<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateFunction {
    Count,
    Minimum,
    Maximum,
    Every,
    Some,
}

impl Compiler<'_> {
    pub(super) fn aggregate(
        &self,
        function: AggregateFunction,
        arguments: &[FunctionArg],
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        let Some(aggregates) = scope.aggregates else {
            return Err(SqlError::new(
                "42803",
                "aggregate functions are not allowed here",
            ));
        };
        let (argument, kind) = match arguments {
            [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]
                if function == AggregateFunction::Count =>
            {
                (None, Type::Int8)
            }
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(expression))] => {
                let inner = RefCell::new(None);
                let within = Scope {
                    sources: scope.sources,
                    aggregates: None,
                    bare_column: &inner,
                };
                let typed = self.settled(self.expression(expression, &within)?)?;
                let kind = match (function, typed.kind) {
                    (AggregateFunction::Count, _) => Type::Int8,
                    (AggregateFunction::Every | AggregateFunction::Some, Type::Bool) => Type::Bool,
                    (
                        AggregateFunction::Minimum | AggregateFunction::Maximum,
                        kind @ (Type::Int4 | Type::Int8 | Type::Float8 | Type::Time | Type::Oid),
                    ) => kind,
                    (AggregateFunction::Minimum | AggregateFunction::Maximum, kind)
                        if kind.is_text() =>
                    {
                        Type::Text
                    }
                    (_, kind) => {
                        return Err(SqlError::not_simulated(format_args!(
                            "this aggregate of type {}",
                            kind.name()
                        )));
                    }
                };
                (Some(typed.node), kind)
            }
            _ => return Err(SqlError::not_simulated("an aggregate with these arguments")),
        };
        let mut aggregates = aggregates.borrow_mut();
        aggregates.push(Aggregate { function, argument });
        Ok(Typed::new(Node::Aggregate(aggregates.len() - 1), kind))
    }
}

pub(super) fn aggregate_function(name: &str) -> Option<AggregateFunction> {
    Some(match name {
        "count" => AggregateFunction::Count,
        "min" => AggregateFunction::Minimum,
        "max" => AggregateFunction::Maximum,
        "bool_and" | "every" => AggregateFunction::Every,
        "bool_or" => AggregateFunction::Some,
        _ => return None,
    })
}

pub(super) fn over_all(
    aggregate: &Aggregate,
    rows: &[Vec<Value>],
    context: &Context<'_>,
    parameters: &[Value],
) -> Result<Value, SqlError> {
    let Aggregate { function, argument } = aggregate;
    let Some(argument) = argument else {
        return Ok(Value::Int(i64::try_from(rows.len()).unwrap_or(i64::MAX)));
    };
    let mut values = Vec::new();
    for row in rows {
        let value = argument.evaluate(&Environment::new(context, row, parameters))?;
        if !value.is_null() {
            values.push(value);
        }
    }
    let flags = || values.iter().map(|value| *value == Value::Bool(true));
    let extreme = |wanted: Ordering| {
        let mut values = values.iter();
        let mut best = values.next()?;
        for value in values {
            if value.order(best) == Some(wanted) {
                best = value;
            }
        }
        Some(best.clone())
    };
    Ok(match function {
        AggregateFunction::Count => Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX)),
        AggregateFunction::Minimum => extreme(Ordering::Less).unwrap_or(Value::Null),
        AggregateFunction::Maximum => extreme(Ordering::Greater).unwrap_or(Value::Null),
        AggregateFunction::Every if values.is_empty() => Value::Null,
        AggregateFunction::Every => Value::Bool(flags().all(|flag| flag)),
        AggregateFunction::Some if values.is_empty() => Value::Null,
        AggregateFunction::Some => Value::Bool(flags().any(|flag| flag)),
    })
}
