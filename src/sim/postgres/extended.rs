//! The extended protocol: prepared statements and portals. In: Parse, Bind, Describe, Execute, Close, Flush, Sync. Out: their
//! answers; after an error nothing until Sync.
//!
//! Source: PostgreSQL documentation, "Extended Query".

use std::collections::{BTreeMap, VecDeque};

use tokio::io::{AsyncRead, AsyncWrite};

use super::error::SqlError;
use super::message::{Message, Target};
use super::session::{Answer, Connection};
use super::sql::parse::{self, Parsed};
use super::startup::Line;
use super::value::{Type, Value};

/// What a session has prepared.
#[derive(Default)]
pub(crate) struct Extended {
    statements: BTreeMap<String, Prepared>,
    portals: BTreeMap<String, Portal>,
    /// Whether everything is passed over until the next Sync.
    pub(crate) skipping: bool,
}

/// A prepared statement; an empty text is one, too.
#[derive(Clone)]
struct Prepared {
    parsed: Option<Parsed>,
    types: Vec<Type>,
}

/// A statement with its parameters.
struct Portal {
    prepared: Prepared,
    values: Vec<Value>,
    formats: Vec<i16>,
    /// What is left to send, once it has run.
    rest: Option<(Answer, VecDeque<Vec<Value>>)>,
}

/// The most statements that are kept prepared: more is refused, so that a client cannot fill the memory.
const STATEMENTS_MOST: usize = 10_000;

impl Extended {
    /// A simple query ends the unnamed statement and portal.
    pub(crate) fn forget_unnamed(&mut self) {
        self.statements.remove("");
        self.portals.remove("");
    }

    /// Forgets a prepared statement, or all.
    pub(crate) fn deallocate(&mut self, name: Option<&str>) -> Result<(), SqlError> {
        match name {
            None => self.statements.clear(),
            Some(name) => {
                self.statements
                    .remove(name)
                    .ok_or_else(|| no_statement(name))?;
            }
        }
        Ok(())
    }
}

fn no_statement(name: &str) -> SqlError {
    SqlError::new(
        "26000",
        format!("prepared statement \"{name}\" does not exist"),
    )
}

fn no_portal(name: &str) -> SqlError {
    SqlError::new("34000", format!("portal \"{name}\" does not exist"))
}

impl Portal {
    /// The format of a column: none given is text, one is for all.
    fn format(formats: &[i16], index: usize) -> i16 {
        match formats {
            [one] => *one,
            many => many.get(index).copied().unwrap_or(0),
        }
    }
}

impl Connection {
    pub(crate) async fn extended_message<S>(
        &mut self,
        message: Message,
        line: &mut Line<S>,
    ) -> Result<(), SqlError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if message == Message::Sync {
            self.extended.skipping = false;
            // Portals end with their transaction.
            if self.session.transaction.started.is_none() {
                self.extended.portals.clear();
            }
            self.ready(&mut line.replies);
            return Ok(());
        }
        if self.extended.skipping {
            return Ok(());
        }
        match message {
            Message::Parse { name, query, types } => self.parse(name, &query, &types, line),
            Message::Bind {
                portal,
                statement,
                formats,
                values,
                result_formats,
            } => self.bind(portal, &statement, &formats, &values, result_formats, line),
            Message::Describe(target) => self.describe_target(&target, line),
            Message::Close(target) => {
                match target {
                    Target::Statement(name) => drop(self.extended.statements.remove(&name)),
                    Target::Portal(name) => drop(self.extended.portals.remove(&name)),
                }
                line.replies.closed();
                Ok(())
            }
            Message::Execute { portal, rows_most } => {
                self.run_portal(&portal, rows_most, line).await
            }
            Message::Flush => {
                // Should the client have gone away, the next reading tells.
                let _ = line.flush().await;
                Ok(())
            }
            _ => Err(SqlError::protocol("unexpected message")),
        }
    }

    fn parse<S>(
        &mut self,
        name: String,
        query: &str,
        types: &[u32],
        line: &mut Line<S>,
    ) -> Result<(), SqlError> {
        let mut statements = parse::statements(query)?;
        if statements.len() > 1 {
            return Err(SqlError::new(
                "42601",
                "cannot insert multiple commands into a prepared statement",
            ));
        }
        if !name.is_empty() && self.extended.statements.contains_key(&name) {
            return Err(SqlError::new(
                "42P05",
                format!("prepared statement \"{name}\" already exists"),
            ));
        }
        if self.extended.statements.len() >= STATEMENTS_MOST {
            return Err(SqlError::new(
                "53200",
                "the simulator keeps no more prepared statements",
            ));
        }
        let mut known = Vec::new();
        for oid in types {
            known.push(Type::of_oid(*oid).ok_or_else(|| {
                SqlError::not_simulated(format_args!("parameters of the type with oid {oid}"))
            })?);
        }
        let parsed = statements.pop();
        let types = match &parsed {
            Some(parsed) => self.describe(parsed, known)?.1,
            None => known,
        };
        self.extended
            .statements
            .insert(name, Prepared { parsed, types });
        line.replies.parsed();
        Ok(())
    }

    fn bind<S>(
        &mut self,
        portal: String,
        statement: &str,
        formats: &[i16],
        values: &[Option<Vec<u8>>],
        result_formats: Vec<i16>,
        line: &mut Line<S>,
    ) -> Result<(), SqlError> {
        let statements = &self.extended.statements;
        let prepared = statements
            .get(statement)
            .ok_or_else(|| no_statement(statement))?;
        let prepared = prepared.clone();
        if values.len() != prepared.types.len() {
            return Err(SqlError::protocol_error(format!(
                "bind message supplies {} parameters, but prepared statement \"{statement}\" requires {}",
                values.len(),
                prepared.types.len()
            )));
        }
        if formats
            .iter()
            .chain(&result_formats)
            .any(|format| !(0..=1).contains(format))
        {
            return Err(SqlError::protocol_error("unsupported format code"));
        }
        let mut bound = Vec::new();
        for (index, (value, kind)) in values.iter().zip(&prepared.types).enumerate() {
            bound.push(match value {
                None => Value::Null,
                Some(bytes) => Value::of_wire(bytes, *kind, Portal::format(formats, index) == 1)?,
            });
        }
        let portal_data = Portal {
            prepared,
            values: bound,
            formats: result_formats,
            rest: None,
        };
        self.extended.portals.insert(portal, portal_data);
        line.replies.bound();
        Ok(())
    }

    fn describe_target<S>(&mut self, target: &Target, line: &mut Line<S>) -> Result<(), SqlError> {
        let (prepared, formats) = match target {
            Target::Statement(name) => {
                let prepared = self
                    .extended
                    .statements
                    .get(name)
                    .ok_or_else(|| no_statement(name))?;
                (prepared.clone(), None)
            }
            Target::Portal(name) => {
                let portal = self
                    .extended
                    .portals
                    .get(name)
                    .ok_or_else(|| no_portal(name))?;
                (portal.prepared.clone(), Some(portal.formats.clone()))
            }
        };
        if formats.is_none() {
            let types: Vec<u32> = prepared.types.iter().map(|kind| kind.oid()).collect();
            line.replies.parameters(&types);
        }
        let columns = match &prepared.parsed {
            Some(parsed) => self.describe(parsed, prepared.types)?.0,
            None => None,
        };
        let formats = formats.unwrap_or_default();
        match columns {
            Some(columns) => line
                .replies
                .columns(&columns, |index| Portal::format(&formats, index)),
            None => line.replies.no_data(),
        }
        Ok(())
    }

    async fn run_portal<S>(
        &mut self,
        name: &str,
        rows_most: i32,
        line: &mut Line<S>,
    ) -> Result<(), SqlError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        // Taken out while it runs, and put back while it has rows left.
        let mut portal = self
            .extended
            .portals
            .remove(name)
            .ok_or_else(|| no_portal(name))?;
        let Some(parsed) = portal.prepared.parsed.clone() else {
            line.replies.empty_query();
            return Ok(());
        };
        let (answer, mut rows) = match portal.rest.take() {
            Some(rest) => rest,
            None => {
                let Portal {
                    prepared, values, ..
                } = &portal;
                let mut answer = self.execute(&parsed, &prepared.types, values).await?;
                let rows = std::mem::take(&mut answer.outcome.rows);
                (answer, rows.into())
            }
        };
        let most = usize::try_from(rows_most).ok().filter(|most| *most > 0);
        let now = rows.len().min(most.unwrap_or(usize::MAX));
        let columns = answer.columns.clone().unwrap_or_default();
        for row in rows.drain(..now) {
            let row: Vec<Option<Vec<u8>>> = row
                .iter()
                .zip(&columns)
                .enumerate()
                .map(
                    |(index, (value, column))| match Portal::format(&portal.formats, index) {
                        1 => value.to_binary(column.kind),
                        _ => value.to_text(&answer.zone).map(String::into_bytes),
                    },
                )
                .collect();
            line.replies.row(&row);
        }
        if rows.is_empty() && most != Some(now) {
            self.finish(&answer.outcome, &mut line.replies);
            portal.rest = Some((answer, rows));
        } else if rows.is_empty() && answer.columns.is_none() {
            self.finish(&answer.outcome, &mut line.replies);
        } else {
            line.replies.suspended();
            portal.rest = Some((answer, rows));
        }
        self.extended.portals.insert(name.to_owned(), portal);
        Ok(())
    }
}
