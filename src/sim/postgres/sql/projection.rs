//! What stands after SELECT. In: syntax. Out: nodes, and the columns of the answer.

use sqlparser::ast::{
    Expr, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Value as Literal,
};

use super::compile::{Compiler, Scope};
use super::expression::Node;
use super::names::{folded, unqualified};
use crate::sim::postgres::error::SqlError;
use crate::sim::postgres::reply::Column;
use crate::sim::postgres::value::Type;

pub(super) fn projection(
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

pub(super) fn wildcard(
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
pub(super) fn column_name(expression: &Expr) -> String {
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

pub(super) const NAMELESS: &str = "?column?";

/// The catalogue's name of a type.
pub(super) fn internal_name(kind: &str) -> String {
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
