//! Types of expressions. In: nodes with the types that they have. Out: the same with types that fit each other, or the refusal that
//! PostgreSQL would give.

use sqlparser::ast::{BinaryOperator, Expr};

use super::compile::{Compiler, Scope};
use super::expression::Node;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// A node and the type of its value.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) node: Node,
    pub(crate) kind: Type,
}

impl Typed {
    pub(super) fn new(node: Node, kind: Type) -> Self {
        Self { node, kind }
    }

    pub(super) fn flag(node: Node) -> Self {
        Self::new(node, Type::Bool)
    }
}

impl Compiler<'_> {
    /// Both sides of a comparison, of types that compare.
    pub(super) fn alike(
        &self,
        left: &Expr,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<(Typed, Typed), SqlError> {
        let left = self.expression(left, scope)?;
        let right = self.expression(right, scope)?;
        self.matched(left, right)
    }

    pub(super) fn matched(&self, left: Typed, right: Typed) -> Result<(Typed, Typed), SqlError> {
        let (left, right) = match (left.kind, right.kind) {
            (Type::Unknown, Type::Unknown) => (
                self.coerced(left, Type::Text)?,
                self.coerced(right, Type::Text)?,
            ),
            (Type::Unknown, kind) => (self.coerced(left, kind)?, right),
            (kind, Type::Unknown) => {
                let right = self.coerced(right, kind)?;
                (left, right)
            }
            _ => (left, right),
        };
        let comparable = left.kind == right.kind
            || (left.kind.is_text() && right.kind.is_text())
            || (left.kind.is_number() && right.kind.is_number())
            || (left.kind == Type::Time && right.kind == Type::Interval);
        if comparable {
            return Ok((left, right));
        }
        Err(no_operator(&BinaryOperator::Eq, left.kind, right.kind))
    }

    /// Results that must be of one type.
    pub(super) fn unified(&self, typed: Vec<Typed>) -> Result<(Vec<Node>, Type), SqlError> {
        let known = typed
            .iter()
            .map(|typed| typed.kind)
            .filter(|kind| *kind != Type::Unknown);
        let kind = known.reduce(wider).unwrap_or(Type::Text);
        let mut nodes = Vec::new();
        for typed in typed {
            let typed = self.coerced(typed, kind)?;
            let fits = typed.kind == kind
                || (typed.kind.is_text() && kind.is_text())
                || (typed.kind.is_number() && kind.is_number());
            if !fits {
                let (left, right) = (kind.name(), typed.kind.name());
                return Err(SqlError::new(
                    "42804",
                    format!("types {left} and {right} cannot be matched"),
                ));
            }
            nodes.push(if typed.kind == kind {
                typed.node
            } else {
                Node::Cast(Box::new(typed.node), kind)
            });
        }
        Ok((nodes, kind))
    }

    /// Gives a literal or parameter of unknown type the type that the context expects; leaves others alone.
    pub(crate) fn coerced(&self, typed: Typed, kind: Type) -> Result<Typed, SqlError> {
        if typed.kind != Type::Unknown {
            return Ok(typed);
        }
        Ok(match typed.node {
            Node::Value(Value::Text(text)) if kind == Type::Interval || kind == Type::Time => {
                return Err(SqlError::not_simulated(format_args!(
                    "the literal '{text}' here"
                )));
            }
            Node::Value(value) => Typed::new(Node::Value(value.cast(kind)?), kind),
            Node::Parameter(index) => {
                if let Some(parameter) = self.parameters.borrow_mut().get_mut(index)
                    && *parameter == Type::Unknown
                {
                    *parameter = kind;
                }
                Typed::new(Node::Parameter(index), kind)
            }
            node => Typed::new(node, kind),
        })
    }

    /// What nothing else gives a type is text.
    pub(crate) fn settled(&self, typed: Typed) -> Result<Typed, SqlError> {
        self.coerced(typed, Type::Text)
    }
}

/// Of two types of numbers the one that holds both.
pub(super) fn wider(left: Type, right: Type) -> Type {
    for kind in [Type::Float8, Type::Numeric, Type::Int8, Type::Int4] {
        if (left == kind && right.is_number()) || (right == kind && left.is_number()) {
            return kind;
        }
    }
    left
}

pub(super) fn no_operator(operator: &BinaryOperator, left: Type, right: Type) -> SqlError {
    SqlError::new(
        "42883",
        format!("operator does not exist: {} {operator} {}", left.name(), right.name()),
    )
    .with_hint(
        "No operator matches the given name and argument types. You might need to add explicit type casts.",
    )
}
