//! From the syntax of an expression to one that can be evaluated. In: sqlparser's tree, the columns in reach. Out: a node and its
//! type, or the refusal that PostgreSQL would give. What is not understood is refused, so that no answer is wrong.

use std::cell::{Cell, RefCell};

use sqlparser::ast::{
    BinaryOperator, DateTimeField, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    ObjectName, ObjectNamePart, Query, UnaryOperator, Value as Literal,
};

use super::expression::{Comparison, Node, Operator};
use super::functions::{self, Function};
use super::select::{Select, Source};
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::value::{Type, Value};

/// A node and the type of its value.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) node: Node,
    pub(crate) kind: Type,
}

impl Typed {
    fn new(node: Node, kind: Type) -> Self {
        Self { node, kind }
    }

    fn flag(node: Node) -> Self {
        Self::new(node, Type::Bool)
    }
}

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

/// The last part of a name, if it has no schema but `pg_catalog`; folded unless quoted.
pub(crate) fn unqualified(name: &ObjectName) -> Option<String> {
    let parts: Vec<&Ident> = name
        .0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => Some(ident),
            ObjectNamePart::Function(_) => None,
        })
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [name] => Some(folded(name)),
        [schema, name] if folded(schema) == "pg_catalog" => Some(folded(name)),
        _ => None,
    }
}

/// A schema other than `pg_catalog` and the name after it.
pub(crate) fn qualified(name: &ObjectName) -> Option<(String, String)> {
    match name.0.as_slice() {
        [
            ObjectNamePart::Identifier(schema),
            ObjectNamePart::Identifier(name),
        ] if folded(schema) != "pg_catalog" => Some((folded(schema), folded(name))),
        _ => None,
    }
}

/// A name as PostgreSQL keeps it: in lower case unless it is quoted.
pub(crate) fn folded(ident: &Ident) -> String {
    if ident.quote_style.is_some() {
        ident.value.clone()
    } else {
        ident.value.to_lowercase()
    }
}

/// A type by its name.
pub(crate) fn type_of(name: &str) -> Result<Type, SqlError> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let bare = bare.split('(').next().unwrap_or(bare).trim();
    Ok(match bare {
        "bool" | "boolean" => Type::Bool,
        "int" | "int4" | "integer" => Type::Int4,
        "bigint" | "int8" => Type::Int8,
        "float8" | "double precision" => Type::Float8,
        "numeric" | "decimal" => Type::Numeric,
        "text" | "varchar" | "character varying" => Type::Text,
        "name" => Type::Name,
        "oid" => Type::Oid,
        "inet" => Type::Inet,
        "timestamptz" | "timestamp with time zone" => Type::Time,
        "text[]" => Type::Texts,
        _ => return Err(SqlError::not_simulated(format_args!("the type {name}"))),
    })
}

impl Compiler<'_> {
    /// One level deeper, unless that is too deep.
    fn deeper<T>(&self, inner: impl FnOnce() -> Result<T, SqlError>) -> Result<T, SqlError> {
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

    fn flag(
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

    fn binary(
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

    fn quantified(
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

    fn like(
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

    fn function(
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

    fn aggregate(
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

    /// Both sides of a comparison, of types that compare.
    fn alike(
        &self,
        left: &Expr,
        right: &Expr,
        scope: &Scope<'_>,
    ) -> Result<(Typed, Typed), SqlError> {
        let left = self.expression(left, scope)?;
        let right = self.expression(right, scope)?;
        self.matched(left, right)
    }

    fn matched(&self, left: Typed, right: Typed) -> Result<(Typed, Typed), SqlError> {
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
    fn unified(&self, typed: Vec<Typed>) -> Result<(Vec<Node>, Type), SqlError> {
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

fn compare(comparison: Comparison, left: Typed, right: Typed) -> Node {
    Node::Compare(comparison, Box::new(left.node), Box::new(right.node))
}

/// Of two types of numbers the one that holds both.
fn wider(left: Type, right: Type) -> Type {
    for kind in [Type::Float8, Type::Numeric, Type::Int8, Type::Int4] {
        if (left == kind && right.is_number()) || (right == kind && left.is_number()) {
            return kind;
        }
    }
    left
}

/// The operator without the schema that it may be written with.
fn symbol(operator: &BinaryOperator) -> String {
    match operator {
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
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

fn aggregate_function(name: &str) -> Option<AggregateFunction> {
    Some(match name {
        "count" => AggregateFunction::Count,
        "min" => AggregateFunction::Minimum,
        "max" => AggregateFunction::Maximum,
        "bool_and" | "every" => AggregateFunction::Every,
        "bool_or" => AggregateFunction::Some,
        _ => return None,
    })
}

fn no_operator(operator: &BinaryOperator, left: Type, right: Type) -> SqlError {
    SqlError::new(
        "42883",
        format!("operator does not exist: {} {operator} {}", left.name(), right.name()),
    )
    .with_hint(
        "No operator matches the given name and argument types. You might need to add explicit type casts.",
    )
}

fn not_understood(expression: &Expr) -> SqlError {
    SqlError::not_simulated(format_args!("the expression {expression}"))
}
