//! SELECT. In: sqlparser's tree. Out: columns, and when it runs, rows.
//!
//! One select over any number of relations, joined inside or from the left; WHERE, aggregates without GROUP BY, DISTINCT, ORDER BY,
//! LIMIT and OFFSET. Whatever else a query has is refused.

use std::cell::RefCell;
use std::cmp::Ordering;

use sqlparser::ast::{
    Distinct, Expr, FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, LimitClause,
    OrderByKind, OrderBySort, Query, SelectItem, SelectItemQualifiedWildcardKind, SetExpr,
    TableAlias, TableFactor, TableWithJoins, Value as Literal,
};

use super::compile::{
    Aggregate, AggregateFunction, Compiler, Scope, Typed, folded, qualified, unqualified,
};
use super::expression::{Environment, Node};
use crate::sim::postgres::context::Context;
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::relations::{self, Relation};
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::value::{Type, Value};

/// A relation in FROM, under the name it has here.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) alias: String,
    pub(crate) columns: Vec<Column>,
    /// Whether the real relation has more columns.
    pub(crate) partial: bool,
    rows: Rows,
    /// How it joins what stands before it.
    join: Join,
}

#[derive(Debug, Clone)]
enum Rows {
    Relation(Relation),
    /// A function that gives one value.
    Function(Node),
    Select(Box<Select>),
}

#[derive(Debug, Clone)]
enum Join {
    Cross,
    Inner(Node),
    Left(Node),
}

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

#[derive(Debug, Clone)]
struct Order {
    by: By,
    descending: bool,
    nulls_first: bool,
}

#[derive(Debug, Clone)]
enum By {
    /// A column of the result.
    Result(usize),
    Node(Node),
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

fn sources(from: &[TableWithJoins], compiler: &Compiler<'_>) -> Result<Vec<Source>, SqlError> {
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

fn add(
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

fn source(factor: &TableFactor, compiler: &Compiler<'_>) -> Result<Source, SqlError> {
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
            let columns = select.columns.clone();
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

fn function_source(
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

fn aliased(
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

fn projection(
    items: &[SelectItem],
    compiler: &Compiler<'_>,
    scope: &Scope<'_>,
) -> Result<(Vec<Node>, Vec<Column>), SqlError> {
    let (mut nodes, mut columns) = (Vec::new(), Vec::new());
    for item in items {
        let (expression, name) = match item {
            SelectItem::UnnamedExpr(expression) => (expression, column_name(expression)),
            SelectItem::ExprWithAlias { expr, alias } => (expr, folded(alias)),
            SelectItem::Wildcard(options) if options.to_string().is_empty() => {
                wildcard(None, scope, &mut nodes, &mut columns)?;
                continue;
            }
            SelectItem::QualifiedWildcard(
                SelectItemQualifiedWildcardKind::ObjectName(name),
                options,
            ) if options.to_string().is_empty() => {
                let relation = unqualified(name)
                    .ok_or_else(|| SqlError::not_simulated(format_args!("{item}")))?;
                wildcard(Some(&relation), scope, &mut nodes, &mut columns)?;
                continue;
            }
            _ => return Err(SqlError::not_simulated(format_args!("{item}"))),
        };
        let typed = compiler.settled(compiler.expression(expression, scope)?)?;
        if matches!(typed.kind, Type::Numeric | Type::Interval) {
            let kind = typed.kind.name();
            return Err(
                SqlError::not_simulated(format_args!("results of type {kind}"))
                    .with_hint("Cast it, or extract its epoch: extract(epoch from …)::float8."),
            );
        }
        nodes.push(typed.node);
        columns.push(Column::new(name, typed.kind));
    }
    Ok((nodes, columns))
}

fn wildcard(
    relation: Option<&str>,
    scope: &Scope<'_>,
    nodes: &mut Vec<Node>,
    columns: &mut Vec<Column>,
) -> Result<(), SqlError> {
    let (mut offset, mut found) = (0, false);
    for source in scope.sources {
        if relation.is_none_or(|relation| relation == source.alias) {
            found = true;
            if source.partial {
                return Err(SqlError::not_simulated(format_args!(
                    "all columns of {}",
                    source.alias
                ))
                .with_hint("Name the columns."));
            }
            for (index, column) in source.columns.iter().enumerate() {
                nodes.push(Node::Column(offset + index));
                columns.push(column.clone());
                let mut bare = scope.bare_column.borrow_mut();
                bare.get_or_insert_with(|| format!("{}.{}", source.alias, column.name));
            }
        }
        offset += source.columns.len();
    }
    match (found, relation) {
        (true, _) => Ok(()),
        (false, Some(relation)) => Err(SqlError::new(
            "42P01",
            format!("missing FROM-clause entry for table \"{relation}\""),
        )),
        (false, None) => Err(SqlError::new(
            "42601",
            "SELECT * with no tables specified is not valid",
        )),
    }
}

/// The name that PostgreSQL gives a column without an alias.
fn column_name(expression: &Expr) -> String {
    match expression {
        Expr::Identifier(ident) => folded(ident),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded).unwrap_or_default(),
        Expr::Function(function) => unqualified(&function.name).unwrap_or_default(),
        Expr::Nested(inner) => column_name(inner),
        Expr::Case { else_result, .. } => match else_result.as_deref().map(column_name) {
            Some(name) if name != NAMELESS => name,
            _ => "case".to_owned(),
        },
        Expr::Exists { negated: false, .. } => "exists".to_owned(),
        Expr::Extract { .. } => "extract".to_owned(),
        Expr::Array(_) => "array".to_owned(),
        Expr::Value(literal) if matches!(literal.value, Literal::Boolean(_)) => "bool".to_owned(),
        Expr::Cast {
            expr, data_type, ..
        } => match column_name(expr) {
            name if name != NAMELESS => name,
            _ => internal_name(&data_type.to_string()),
        },
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match select.projection.as_slice() {
                [SelectItem::UnnamedExpr(expression)] => column_name(expression),
                [SelectItem::ExprWithAlias { alias, .. }] => folded(alias),
                _ => NAMELESS.to_owned(),
            },
            _ => NAMELESS.to_owned(),
        },
        _ => NAMELESS.to_owned(),
    }
}

const NAMELESS: &str = "?column?";

/// The catalogue's name of a type.
fn internal_name(kind: &str) -> String {
    let kind = kind.to_ascii_lowercase();
    match kind.as_str() {
        "boolean" => "bool",
        "int" | "integer" => "int4",
        "bigint" => "int8",
        "double precision" => "float8",
        "decimal" => "numeric",
        "character varying" => "varchar",
        "timestamp with time zone" => "timestamptz",
        "text[]" => "text",
        other => other,
    }
    .to_owned()
}

fn order(
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

fn limits(
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

fn count(
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

fn over_all(
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
