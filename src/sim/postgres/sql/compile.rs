//! From the syntax of an expression to one that can be evaluated. In: sqlparser's tree, the columns in reach. Out: a node and its
//! type, or the refusal that PostgreSQL would give. What is not understood is refused, so that no answer is wrong.

use std::cell::{Cell, RefCell};

use sqlparser::ast::{DateTimeField, Expr, Ident, Query, UnaryOperator, Value as Literal};

use super::aggregates::Aggregate;
use super::expression::{Comparison, Node};
use super::from::Source;
use super::names::{folded, type_of};
use super::operators::compare;
use super::select::Select;
use super::typing::Typed;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// Nesting deeper than this is refused, so that no statement can exhaust the stack.
const DEPTH_MOST: u32 = 60;

/// Compiles the expressions of one statement.
pub(crate) struct Compiler<'a> {
    pub(crate) context: &'a Context<'a>,
    /// The types of the statement's parameters, as far as they are known.
    pub(crate) parameters: &'a RefCell<Vec<Type>>,
    pub(crate) depth: &'a Cell<u32>,
}

/// What names mean within one SELECT.
pub(crate) struct Scope<'a> {
    pub(crate) sources: &'a [Source],
    /// Collects aggregates where they are allowed.
    pub(crate) aggregates: Option<&'a RefCell<Vec<Aggregate>>>,
    /// The first column that stands outside of an aggregate.
    pub(crate) bare_column: &'a RefCell<Option<String>>,
}

impl Compiler<'_> {
    /// One level deeper, unless that is too deep.
    pub(super) fn deeper<T>(
        &self,
        inner: impl FnOnce() -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if self.depth.get() >= DEPTH_MOST {
            return Err(SqlError::new("54001", "stack depth limit exceeded"));
        }
        self.depth.set(self.depth.get() + 1);
        let result = inner();
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// An expression as it stands.
    pub(crate) fn expression(
        &self,
        expression: &Expr,
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        self.deeper(|| self.shallow(expression, scope))
    }

    /// An expression that must be a flag.
    pub(crate) fn condition(
        &self,
        expression: &Expr,
        scope: &Scope<'_>,
        place: &str,
    ) -> Result<Node, SqlError> {
        let typed = self.coerced(self.expression(expression, scope)?, Type::Bool)?;
        match typed.kind {
            Type::Bool => Ok(typed.node),
            kind => Err(SqlError::new(
                "42804",
                format!(
                    "argument of {place} must be type boolean, not type {}",
                    kind.name()
                ),
            )),
        }
    }

    pub(super) fn flag(
        &self,
        expression: &Expr,
        scope: &Scope<'_>,
        operator: &str,
    ) -> Result<Box<Node>, SqlError> {
        self.condition(expression, scope, operator).map(Box::new)
    }

    fn shallow(&self, expression: &Expr, scope: &Scope<'_>) -> Result<Typed, SqlError> {
        let boxed = |expression: &Expr| -> Result<Box<Node>, SqlError> {
            let typed = self.expression(expression, scope)?;
            Ok(Box::new(self.settled(typed)?.node))
        };
        let negated = |node: Node, negated: bool| {
            Typed::flag(if negated {
                Node::Not(Box::new(node))
            } else {
                node
            })
        };
        Ok(match expression {
            Expr::Nested(inner) => self.expression(inner, scope)?,
            Expr::Value(literal) => self.literal(&literal.value)?,
            Expr::Identifier(ident) => self.column(None, ident, scope)?,
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [relation, column] => self.column(Some(relation), column, scope)?,
                _ => return Err(not_understood(expression)),
            },
            Expr::IsNull(inner) => Typed::flag(Node::IsNull(boxed(inner)?)),
            Expr::IsNotNull(inner) => negated(Node::IsNull(boxed(inner)?), true),
            Expr::IsTrue(inner) => Typed::flag(Node::Is(self.flag(inner, scope, "IS TRUE")?, true)),
            Expr::IsNotTrue(inner) => negated(
                Node::Is(self.flag(inner, scope, "IS NOT TRUE")?, true),
                true,
            ),
            Expr::IsFalse(inner) => {
                Typed::flag(Node::Is(self.flag(inner, scope, "IS FALSE")?, false))
            }
            Expr::IsNotFalse(inner) => negated(
                Node::Is(self.flag(inner, scope, "IS NOT FALSE")?, false),
                true,
            ),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => {
                let (left, right) = self.alike(left, right, scope)?;
                let node = Node::Distinct(Box::new(left.node), Box::new(right.node));
                negated(node, matches!(expression, Expr::IsNotDistinctFrom(..)))
            }
            Expr::InList {
                expr,
                list,
                negated: not,
            } => {
                let mut left = self.expression(expr, scope)?;
                let mut nodes = Vec::new();
                for element in list {
                    let (same, element) = self.matched(left, self.expression(element, scope)?)?;
                    left = same;
                    nodes.push(element.node);
                }
                negated(Node::In(Box::new(self.settled(left)?.node), nodes), *not)
            }
            Expr::InSubquery {
                expr,
                subquery,
                negated: not,
            } => {
                let select = self.subquery(subquery, true)?;
                let kind = select
                    .columns()
                    .first()
                    .map_or(Type::Unknown, |column| column.kind);
                let (left, _) = self.matched(
                    self.expression(expr, scope)?,
                    Typed::new(Node::Value(Value::Null), kind),
                )?;
                negated(Node::InSelect(Box::new(left.node), Box::new(select)), *not)
            }
            Expr::Between {
                expr,
                negated: not,
                low,
                high,
            } => {
                let (left, low) = self.alike(expr, low, scope)?;
                let (again, high) = self.alike(expr, high, scope)?;
                let node = Node::And(
                    Box::new(compare(Comparison::GreaterOrEqual, left, low)),
                    Box::new(compare(Comparison::LessOrEqual, again, high)),
                );
                negated(node, *not)
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, scope)?,
            Expr::AnyOp {
                left,
                compare_op,
                right,
                ..
            } => self.quantified(false, left, compare_op, right, scope)?,
            Expr::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(true, left, compare_op, right, scope)?,
            Expr::Like {
                negated: not,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => negated(self.like(false, expr, pattern, scope)?, *not),
            Expr::ILike {
                negated: not,
                any: false,
                expr,
                pattern,
                escape_char: None,
            } => negated(self.like(true, expr, pattern, scope)?, *not),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => negated(*self.flag(expr, scope, "NOT")?, true),
            Expr::UnaryOp { op, expr } => {
                let typed = self.expression(expr, scope)?;
                match op {
                    UnaryOperator::Plus if typed.kind.is_number() => typed,
                    UnaryOperator::Minus if typed.kind.is_number() => {
                        Typed::new(Node::Negate(Box::new(typed.node)), typed.kind)
                    }
                    _ => return Err(not_understood(expression)),
                }
            }
            Expr::Cast {
                expr,
                data_type,
                format: None,
                ..
            } => {
                let kind = type_of(&data_type.to_string())?;
                let typed = self.expression(expr, scope)?;
                if typed.kind == Type::Unknown {
                    self.coerced(typed, kind)?
                } else {
                    Typed::new(Node::Cast(Box::new(typed.node), kind), kind)
                }
            }
            Expr::Extract { field, expr, .. } => {
                let typed = self.expression(expr, scope)?;
                match (field, typed.kind) {
                    (DateTimeField::Epoch, Type::Time | Type::Interval) => {
                        Typed::new(Node::Epoch(Box::new(typed.node)), Type::Numeric)
                    }
                    _ => return Err(not_understood(expression)),
                }
            }
            Expr::Case {
                operand: None,
                conditions,
                else_result,
                ..
            } => {
                let mut branches = Vec::new();
                let mut results = Vec::new();
                for when in conditions {
                    branches.push(self.condition(&when.condition, scope, "CASE/WHEN")?);
                    results.push(self.expression(&when.result, scope)?);
                }
                results.push(match else_result {
                    Some(result) => self.expression(result, scope)?,
                    None => Typed::new(Node::Value(Value::Null), Type::Unknown),
                });
                let (mut nodes, kind) = self.unified(results)?;
                let otherwise = Box::new(nodes.pop().unwrap_or(Node::Value(Value::Null)));
                let branches = branches.into_iter().zip(nodes).collect();
                Typed::new(
                    Node::Case {
                        branches,
                        otherwise,
                    },
                    kind,
                )
            }
            Expr::Array(array) => {
                let mut nodes = Vec::new();
                for element in &array.elem {
                    let typed = self.coerced(self.expression(element, scope)?, Type::Text)?;
                    if !typed.kind.is_text() {
                        return Err(SqlError::not_simulated("arrays of anything but text"));
                    }
                    nodes.push(typed.node);
                }
                Typed::new(Node::Array(nodes), Type::Texts)
            }
            Expr::Exists {
                subquery,
                negated: not,
            } => negated(
                Node::Exists(Box::new(self.subquery(subquery, false)?)),
                *not,
            ),
            Expr::Subquery(subquery) => {
                let select = self.subquery(subquery, true)?;
                let kind = select
                    .columns()
                    .first()
                    .map_or(Type::Unknown, |column| column.kind);
                Typed::new(Node::Scalar(Box::new(select)), kind)
            }
            Expr::Function(function) => self.function(function, scope)?,
            _ => return Err(not_understood(expression)),
        })
    }

    fn subquery(&self, query: &Query, one_column: bool) -> Result<Select, SqlError> {
        let select = self.deeper(|| Select::compile(query, self))?;
        if one_column && select.columns().len() != 1 {
            return Err(SqlError::new(
                "42601",
                "subquery must return only one column",
            ));
        }
        Ok(select)
    }

    fn literal(&self, literal: &Literal) -> Result<Typed, SqlError> {
        Ok(match literal {
            Literal::Number(digits, false) => {
                if let Ok(number) = digits.parse::<i64>() {
                    let kind = if i32::try_from(number).is_ok() {
                        Type::Int4
                    } else {
                        Type::Int8
                    };
                    return Ok(Typed::new(Node::Value(Value::Int(number)), kind));
                }
                let number = digits
                    .parse()
                    .map_err(|_| SqlError::new("42601", format!("invalid number: {digits}")))?;
                Typed::new(Node::Value(Value::Float(number)), Type::Numeric)
            }
            Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => {
                Typed::new(Node::Value(Value::text(text)), Type::Unknown)
            }
            Literal::DollarQuotedString(quoted) => {
                Typed::new(Node::Value(Value::text(&quoted.value)), Type::Unknown)
            }
            Literal::Boolean(flag) => Typed::flag(Node::Value(Value::Bool(*flag))),
            Literal::Null => Typed::new(Node::Value(Value::Null), Type::Unknown),
            Literal::Placeholder(name) => {
                let number = name
                    .strip_prefix('$')
                    .and_then(|number| number.parse::<usize>().ok());
                let index = number
                    .and_then(|number| number.checked_sub(1))
                    .filter(|index| *index < usize::from(u16::MAX))
                    .ok_or_else(|| {
                        SqlError::new("42P02", format!("there is no parameter {name}"))
                    })?;
                let mut parameters = self.parameters.borrow_mut();
                if parameters.len() <= index {
                    parameters.resize(index + 1, Type::Unknown);
                }
                let kind = parameters.get(index).copied().unwrap_or(Type::Unknown);
                Typed::new(Node::Parameter(index), kind)
            }
            other => return Err(SqlError::not_simulated(format_args!("the literal {other}"))),
        })
    }

    fn column(
        &self,
        relation: Option<&Ident>,
        column: &Ident,
        scope: &Scope<'_>,
    ) -> Result<Typed, SqlError> {
        let (relation, name) = (relation.map(folded), folded(column));
        let mut found = None;
        let mut partial = None;
        let mut offset = 0;
        for source in scope.sources {
            let meant = relation
                .as_ref()
                .is_none_or(|relation| *relation == source.alias);
            if meant {
                let index = source.columns.iter().position(|column| column.name == name);
                if let Some(index) = index {
                    if found.is_some() {
                        return Err(SqlError::new(
                            "42702",
                            format!("column reference \"{name}\" is ambiguous"),
                        ));
                    }
                    let kind = source
                        .columns
                        .get(index)
                        .map_or(Type::Unknown, |column| column.kind);
                    found = Some(Typed::new(Node::Column(offset + index), kind));
                } else if source.partial {
                    partial = Some(source.alias.clone());
                }
            }
            offset += source.columns.len();
        }
        if let Some(found) = found {
            let mut bare = scope.bare_column.borrow_mut();
            bare.get_or_insert_with(|| match &relation {
                Some(relation) => format!("{relation}.{name}"),
                None => name.clone(),
            });
            return Ok(found);
        }
        if let Some(partial) = partial {
            return Err(SqlError::not_simulated(format_args!(
                "the column {name} of {partial}"
            )));
        }
        Err(match relation {
            Some(relation) if scope.sources.iter().all(|source| source.alias != relation) => {
                SqlError::new(
                    "42P01",
                    format!("missing FROM-clause entry for table \"{relation}\""),
                )
            }
            Some(relation) => {
                SqlError::new("42703", format!("column {relation}.{name} does not exist"))
            }
            None => SqlError::new("42703", format!("column \"{name}\" does not exist")),
        })
    }
}

fn not_understood(expression: &Expr) -> SqlError {
    SqlError::not_simulated(format_args!("the expression {expression}"))
}
