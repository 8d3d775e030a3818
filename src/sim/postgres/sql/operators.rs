//! Operators: comparisons, logic, arithmetic, LIKE, ANY and ALL. In: syntax. Out: nodes with their types.

use sqlparser::ast::{BinaryOperator, Expr};

use super::compile::{Compiler, Scope};
use super::expression::{Comparison, Node, Operator};
use super::typing::{Typed, no_operator};
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::Type;

impl Compiler<'_> {
    pub(super) fn binary(
        &self,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        if let Some(comparison) = comparison(operator) {
            let (left, right) = self.alike(left, right, scope)?;
            return Ok(Typed::flag(compare(comparison, left, right)));
        }
        let arithmetic = match symbol(operator).as_str() {
            "AND" => {
                let (left, right) = (
                    self.flag(left, scope, "AND")?,
                    self.flag(right, scope, "AND")?,
                );
                return Ok(Typed::flag(Node::And(left, right)));
            }
            "OR" => {
                let (left, right) = (
                    self.flag(left, scope, "OR")?,
                    self.flag(right, scope, "OR")?,
                );
                return Ok(Typed::flag(Node::Or(left, right)));
            }
            "||" => {
                let text = |expression: &Expr| -> Result<Box<Node>, SqlError> {
                    let typed = self.coerced(self.expression(expression, scope)?, Type::Text)?;
                    match typed.kind {
                        Type::Text | Type::Name => Ok(Box::new(typed.node)),
                        Type::Bool | Type::Int4 | Type::Int8 | Type::Oid | Type::Time => {
                            Ok(Box::new(Node::Cast(Box::new(typed.node), Type::Text)))
                        }
                        kind => Err(SqlError::not_simulated(format_args!(
                            "|| with a value of type {}",
                            kind.name()
                        ))),
                    }
                };
                let node = Node::Concatenate(text(left)?, text(right)?);
                return Ok(Typed::new(node, Type::Text));
            }
            "+" => Operator::Plus,
            "-" => Operator::Minus,
            "*" => Operator::Times,
            "/" => Operator::Over,
            _ => {
                return Err(SqlError::not_simulated(format_args!(
                    "the operator {operator}"
                )));
            }
        };
        let (left, right) = self.matched(
            self.expression(left, scope)?,
            self.expression(right, scope)?,
        )?;
        let kind = match (left.kind, arithmetic, right.kind) {
            (Type::Time, Operator::Minus, Type::Time) => Type::Interval,
            (Type::Time, Operator::Plus | Operator::Minus, Type::Interval) => Type::Time,
            (Type::Float8, _, other) | (other, _, Type::Float8) if other.is_number() => {
                Type::Float8
            }
            (Type::Numeric, _, other) | (other, _, Type::Numeric) if other.is_number() => {
                Type::Numeric
            }
            (Type::Int8, _, other) | (other, _, Type::Int8) if other.is_number() => Type::Int8,
            (Type::Int4, _, Type::Int4) => Type::Int4,
            (left, _, right) => {
                return Err(no_operator(operator, left, right));
            }
        };
        let node = Node::Arithmetic(arithmetic, kind, Box::new(left.node), Box::new(right.node));
        Ok(Typed::new(node, kind))
    }

    pub(super) fn quantified(
        &self,
        all: bool,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        let Some(comparison) = comparison(operator) else {
            return Err(SqlError::not_simulated(format_args!(
                "the operator {operator} here"
            )));
        };
        if let Expr::Subquery(_) = right {
            return Err(SqlError::not_simulated("a subquery after ANY or ALL"));
        }
        let left = self.coerced(self.expression(left, scope)?, Type::Text)?;
        let array = self.coerced(self.expression(right, scope)?, Type::Texts)?;
        if !left.kind.is_text() || array.kind != Type::Texts {
            return Err(SqlError::not_simulated(
                "ANY and ALL with anything but arrays of text",
            ));
        }
        Ok(Typed::flag(Node::Quantified {
            all,
            comparison,
            left: Box::new(left.node),
            array: Box::new(array.node),
        }))
    }

    pub(super) fn like(
        &self,
        insensitive: bool,
        text: &Expr,
        pattern: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Node, SqlError> {
        let operand = |expression: &Expr| -> Result<Box<Node>, SqlError> {
            let typed = self.coerced(self.expression(expression, scope)?, Type::Text)?;
            if typed.kind.is_text() {
                Ok(Box::new(typed.node))
            } else {
                Err(SqlError::not_simulated(format_args!(
                    "LIKE with a value of type {}",
                    typed.kind.name()
                )))
            }
        };
        Ok(Node::Like {
            insensitive,
            text: operand(text)?,
            pattern: operand(pattern)?,
        })
    }
}

pub(super) fn compare(comparison: Comparison, left: Typed, right: Typed) -> Node {
    Node::Compare(comparison, Box::new(left.node), Box::new(right.node))
}

/// The operator without the schema that it may be written with.
pub(super) fn symbol(operator: &BinaryOperator) -> String {
    match operator {
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

pub(super) fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match symbol(operator).as_str() {
        "=" => Comparison::Equal,
        "<>" | "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => return None,
    })
}
