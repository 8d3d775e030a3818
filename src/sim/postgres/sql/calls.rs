//! Calls of functions. In: syntax. Out: nodes with their types.

use sqlparser::ast::{FunctionArg, FunctionArgExpr, FunctionArguments};

use super::aggregates::aggregate_function;
use super::compile::{Compiler, Scope};
use super::expression::Node;
use super::functions::{self, Function};
use super::names::unqualified;
use super::typing::Typed;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::Type;

impl Compiler<'_> {
    pub(super) fn function(
        &self,
        function: &sqlparser::ast::Function,
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        let plain = function.parameters == FunctionArguments::None
            && !function.uses_odbc_syntax
            && function.within_group.is_empty()
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.over.is_none();
        let Some(name) = unqualified(&function.name).filter(|_| plain) else {
            return Err(SqlError::not_simulated(format_args!("{function}")));
        };
        let arguments: &[FunctionArg] = match &function.args {
            FunctionArguments::None => &[],
            FunctionArguments::List(list)
                if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
            {
                &list.args
            }
            _ => return Err(SqlError::not_simulated(format_args!("{function}"))),
        };
        if let Some(aggregate) = aggregate_function(&name) {
            return self.aggregate(aggregate, arguments, scope);
        }
        let mut given = Vec::new();
        for argument in arguments {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => {
                    given.push(self.expression(expression, scope)?);
                }
                _ => return Err(SqlError::not_simulated(format_args!("{function}"))),
            }
        }
        self.call(&name, given)
    }

    /// A call of a function that is no aggregate.
    pub(crate) fn call(&self, name: &str, given: Vec<Typed>) -> Result<Typed, SqlError> {
        if name == "coalesce" {
            let (nodes, kind) = self.unified(given)?;
            return Ok(Typed::new(Node::Coalesce(nodes), kind));
        }
        let missing = |given: &[Typed]| {
            let types: Vec<&str> = given.iter().map(|typed| typed.kind.name()).collect();
            let types = types.join(", ");
            // What PostgreSQL has and the simulator has not must not be called missing.
            if functions::signature(name).is_some() {
                SqlError::new("42883", format!("function {name}({types}) does not exist"))
                    .with_hint(
                        "No function matches the given name and argument types. You might need to add explicit type casts.",
                    )
            } else {
                SqlError::not_simulated(format_args!("the function {name}({types})"))
            }
        };
        let Some((function, required, optional, result)) = functions::signature(name) else {
            return Err(missing(&given));
        };
        let most = required.len() + usize::from(optional.is_some());
        if given.len() < required.len() || given.len() > most {
            return Err(missing(&given));
        }
        let expected = required.iter().copied().chain(optional);
        let mut nodes = Vec::new();
        for (typed, kind) in given.clone().into_iter().zip(expected) {
            let typed = self.coerced(typed, kind)?;
            let fits = typed.kind == kind
                || (typed.kind.is_text() && kind.is_text())
                || (typed.kind.is_number() && kind == Type::Float8);
            if !fits {
                return Err(missing(&given));
            }
            nodes.push(typed.node);
        }
        if function == Function::Sleep && nodes.len() != 1 {
            return Err(missing(&given));
        }
        Ok(Typed::new(Node::Call(function, nodes), result))
    }
}
