//! Expressions that are ready to be evaluated. In: a row, parameters, and the context. Out: a value.
//!
//! Source: PostgreSQL documentation, "SQL Syntax" and "Functions and Operators"; null in, null out, unless said otherwise.

use std::cmp::Ordering;

use super::functions::Function;
use super::select::Select;
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Value(Value),
    Column(usize),
    /// Counted from 0.
    Parameter(usize),
    /// The result of an aggregate function over all rows.
    Aggregate(usize),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Arithmetic(Operator, Type, Box<Node>, Box<Node>),
    Concatenate(Box<Node>, Box<Node>),
    /// `is null`; negated by [`Node::Not`], as are the others.
    IsNull(Box<Node>),
    /// `is true` and `is false`.
    Is(Box<Node>, bool),
    /// `is distinct from`.
    Distinct(Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    /// A comparison with any, or with all, elements of an array.
    Quantified {
        all: bool,
        comparison: Comparison,
        left: Box<Node>,
        array: Box<Node>,
    },
    Like {
        insensitive: bool,
        text: Box<Node>,
        pattern: Box<Node>,
    },
    Case {
        branches: Vec<(Node, Node)>,
        otherwise: Box<Node>,
    },
    Coalesce(Vec<Node>),
    Cast(Box<Node>, Type),
    Array(Vec<Node>),
    /// Seconds of a time or an interval.
    Epoch(Box<Node>),
    Call(Function, Vec<Node>),
    Exists(Box<Select>),
    Scalar(Box<Select>),
    InSelect(Box<Node>, Box<Select>),
}

/// What two values are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    fn of(self, left: &Value, right: &Value) -> Value {
        left.order(right)
            .map_or(Value::Null, |order| Value::Bool(self.holds(order)))
    }
}

/// What two numbers, times or intervals come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
}

/// What an expression is evaluated with.
pub(crate) struct Environment<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) row: &'a [Value],
    pub(crate) parameters: &'a [Value],
    pub(crate) aggregates: &'a [Value],
}

impl<'a> Environment<'a> {
    /// One without aggregates.
    pub(crate) fn new(context: &'a Context<'a>, row: &'a [Value], parameters: &'a [Value]) -> Self {
        Self {
            context,
            row,
            parameters,
            aggregates: &[],
        }
    }
}

impl Node {
    pub(crate) fn evaluate(&self, environment: &Environment<'_>) -> Result<Value, SqlError> {
        let value = |node: &Node| node.evaluate(environment);
        Ok(match self {
            Self::Value(value) => value.clone(),
            Self::Column(index) => environment.row.get(*index).cloned().unwrap_or(Value::Null),
            Self::Parameter(index) => environment
                .parameters
                .get(*index)
                .cloned()
                .unwrap_or(Value::Null),
            Self::Aggregate(index) => environment
                .aggregates
                .get(*index)
                .cloned()
                .unwrap_or(Value::Null),
            Self::Not(node) => match value(node)? {
                Value::Bool(flag) => Value::Bool(!flag),
                _ => Value::Null,
            },
            Self::Negate(node) => match value(node)? {
                Value::Int(number) => Value::Int(number.checked_neg().ok_or_else(out_of_range)?),
                Value::Float(number) => Value::Float(-number),
                _ => Value::Null,
            },
            Self::And(left, right) => match (value(left)?, value(right)?) {
                (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
                (Value::Bool(true), Value::Bool(true)) => Value::Bool(true),
                _ => Value::Null,
            },
            Self::Or(left, right) => match (value(left)?, value(right)?) {
                (Value::Bool(true), _) | (_, Value::Bool(true)) => Value::Bool(true),
                (Value::Bool(false), Value::Bool(false)) => Value::Bool(false),
                _ => Value::Null,
            },
            Self::Compare(comparison, left, right) => comparison.of(&value(left)?, &value(right)?),
            Self::Arithmetic(operator, kind, left, right) => {
                arithmetic(*operator, *kind, &value(left)?, &value(right)?)?
            }
            Self::Concatenate(left, right) => match (value(left)?, value(right)?) {
                (Value::Text(left), Value::Text(right)) => Value::Text(left + &right),
                _ => Value::Null,
            },
            Self::IsNull(node) => Value::Bool(value(node)?.is_null()),
            Self::Is(node, flag) => Value::Bool(value(node)? == Value::Bool(*flag)),
            Self::Distinct(left, right) => {
                let (left, right) = (value(left)?, value(right)?);
                Value::Bool(match (left.is_null(), right.is_null()) {
                    (false, false) => left.order(&right) != Some(Ordering::Equal),
                    (left, right) => left != right,
                })
            }
            Self::In(node, list) => {
                let node = value(node)?;
                let list: Result<Vec<Value>, SqlError> = list.iter().map(value).collect();
                any(Comparison::Equal, &node, &list?)
            }
            Self::Quantified {
                all,
                comparison,
                left,
                array,
            } => {
                let (left, array) = (value(left)?, value(array)?);
                let Value::Texts(texts) = array else {
                    return Ok(Value::Null);
                };
                let elements: Vec<Value> = texts.into_iter().map(Value::maybe).collect();
                if *all {
                    every(*comparison, &left, &elements)
                } else {
                    any(*comparison, &left, &elements)
                }
            }
            Self::Like {
                insensitive,
                text,
                pattern,
            } => match (value(text)?, value(pattern)?) {
                (Value::Text(text), Value::Text(pattern)) => {
                    let fold = |text: String| {
                        if *insensitive {
                            text.to_lowercase()
                        } else {
                            text
                        }
                    };
                    Value::Bool(like(&fold(text), &fold(pattern))?)
                }
                _ => Value::Null,
            },
            Self::Case {
                branches,
                otherwise,
            } => {
                for (condition, result) in branches {
                    if value(condition)? == Value::Bool(true) {
                        return value(result);
                    }
                }
                value(otherwise)?
            }
            Self::Coalesce(nodes) => {
                for node in nodes {
                    let value = value(node)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Value::Null
            }
            Self::Cast(node, kind) => match (value(node)?, kind) {
                (time @ Value::Time(_), Type::Text) => {
                    Value::maybe(time.to_text(&environment.context.zone()))
                }
                (value, kind) => value.cast(*kind)?,
            },
            Self::Array(nodes) => {
                let mut texts = Vec::new();
                for node in nodes {
                    texts.push(match value(node)? {
                        Value::Text(text) => Some(text),
                        _ => None,
                    });
                }
                Value::Texts(texts)
            }
            Self::Epoch(node) => match value(node)? {
                Value::Time(time) => Value::Float(time.as_microsecond() as f64 / 1e6),
                Value::Interval(microseconds) => Value::Float(microseconds as f64 / 1e6),
                _ => Value::Null,
            },
            Self::Call(function, arguments) => {
                let arguments: Result<Vec<Value>, SqlError> = arguments.iter().map(value).collect();
                function.call(environment.context, &arguments?)?
            }
            Self::Exists(select) => Value::Bool(!self::rows(select, environment)?.is_empty()),
            Self::Scalar(select) => {
                let mut rows = self::rows(select, environment)?;
                match (rows.pop(), rows.is_empty()) {
                    (None, _) => Value::Null,
                    (Some(row), true) => row.into_iter().next().unwrap_or(Value::Null),
                    (Some(_), false) => {
                        return Err(SqlError::new(
                            "21000",
                            "more than one row returned by a subquery used as an expression",
                        ));
                    }
                }
            }
            Self::InSelect(node, select) => {
                let values: Vec<Value> = self::rows(select, environment)?
                    .into_iter()
                    .filter_map(|row| row.into_iter().next())
                    .collect();
                any(Comparison::Equal, &value(node)?, &values)
            }
        })
    }
}

fn rows(select: &Select, environment: &Environment<'_>) -> Result<Vec<Vec<Value>>, SqlError> {
    select.run(environment.context, environment.parameters)
}

fn any(comparison: Comparison, left: &Value, values: &[Value]) -> Value {
    let results = || values.iter().map(|right| comparison.of(left, right));
    if results().any(|result| result == Value::Bool(true)) {
        Value::Bool(true)
    } else if results().any(|result| result.is_null()) {
        Value::Null
    } else {
        Value::Bool(false)
    }
}

fn every(comparison: Comparison, left: &Value, values: &[Value]) -> Value {
    let results = || values.iter().map(|right| comparison.of(left, right));
    if results().any(|result| result == Value::Bool(false)) {
        Value::Bool(false)
    } else if results().any(|result| result.is_null()) {
        Value::Null
    } else {
        Value::Bool(true)
    }
}

fn out_of_range() -> SqlError {
    SqlError::new("22003", "value out of range")
}

fn arithmetic(
    operator: Operator,
    kind: Type,
    left: &Value,
    right: &Value,
) -> Result<Value, SqlError> {
    let microseconds = |time: &Value| match time {
        Value::Time(time) => Some(time.as_microsecond()),
        Value::Interval(microseconds) => Some(*microseconds),
        _ => None,
    };
    if left.is_null() || right.is_null() {
        return Ok(Value::Null);
    }
    if let (Some(left), Some(right)) = (microseconds(left), microseconds(right)) {
        let total = match operator {
            Operator::Plus => left.checked_add(right),
            Operator::Minus => left.checked_sub(right),
            Operator::Times | Operator::Over => None,
        };
        let total = total.ok_or_else(out_of_range)?;
        return Ok(match kind {
            Type::Time => {
                Value::Time(jiff::Timestamp::from_microsecond(total).map_err(|_| out_of_range())?)
            }
            _ => Value::Interval(total),
        });
    }
    let zero = || SqlError::new("22012", "division by zero");
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let number = match operator {
            Operator::Plus => left.checked_add(*right),
            Operator::Minus => left.checked_sub(*right),
            Operator::Times => left.checked_mul(*right),
            Operator::Over if *right == 0 => return Err(zero()),
            Operator::Over => left.checked_div(*right),
        };
        return Value::Int(number.ok_or_else(out_of_range)?).cast(kind);
    }
    let (Some(left), Some(right)) = (left.as_float(), right.as_float()) else {
        return Ok(Value::Null);
    };
    let number = match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        Operator::Over if right == 0.0 => return Err(zero()),
        Operator::Over => left / right,
    };
    Ok(Value::Float(number))
}

/// `%` is any text, `_` any character, a backslash takes the next one as it is.
fn like(text: &str, pattern: &str) -> Result<bool, SqlError> {
    let mut parts = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        parts.push(match character {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Exactly(characters.next().ok_or_else(|| {
                SqlError::new("22025", "LIKE pattern must not end with escape character")
            })?),
            other => Part::Exactly(other),
        });
    }
    // Which positions of the pattern the text may have reached so far.
    let close = |reached: &mut Vec<bool>| {
        for (index, part) in parts.iter().enumerate() {
            if *part == Part::Any
                && reached.get(index) == Some(&true)
                && let Some(next) = reached.get_mut(index + 1)
            {
                *next = true;
            }
        }
    };
    let mut reached = vec![false; parts.len() + 1];
    if let Some(start) = reached.first_mut() {
        *start = true;
    }
    close(&mut reached);
    for character in text.chars() {
        let mut next = vec![false; parts.len() + 1];
        for (index, part) in parts.iter().enumerate() {
            if reached.get(index) != Some(&true) {
                continue;
            }
            let target = match part {
                Part::Any => index,
                Part::One => index + 1,
                Part::Exactly(expected) if *expected == character => index + 1,
                Part::Exactly(_) => continue,
            };
            if let Some(target) = next.get_mut(target) {
                *target = true;
            }
        }
        close(&mut next);
        reached = next;
    }
    Ok(reached.last() == Some(&true))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    One,
    Exactly(char),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn patterns_match_as_like_does() {
        for (text, pattern, expected) in [
            ("log_statement", "log%", true),
            ("log_statement", "%statement", true),
            ("log_statement", "log_st%t", true),
            ("logxstatement", "log\\_%", false),
            ("log_statement", "log\\_%", true),
            ("", "%", true),
            ("", "_", false),
            ("abc", "a%b%c%", true),
            ("abc", "a%d", false),
        ] {
            assert_eq!(
                like(text, pattern).unwrap(),
                expected,
                "{text} like {pattern}"
            );
        }
        assert_eq!(like("a", "a\\").unwrap_err().code, "22025");
    }
}
