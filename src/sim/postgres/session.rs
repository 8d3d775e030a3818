//! A session: from one message to the next. In: messages. Out: answers, and what they change in the session and the world.
//!
//! Source: PostgreSQL documentation, "Message Flow". A session ends with `57P01` when its member goes down, whether it is busy or not.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;

use super::context::{Before, Context, Session, State, Transaction};
use super::error::SqlError;
use super::extended::Extended;
use super::message::{self, Message};
use super::reply::{Column, Replies};
use super::sql::command::{self, Change, Command, Outcome};
use super::sql::parse::{self, Parsed};
use super::sql::set;
use super::startup::Line;
use super::value::{Type, Value};
use super::watch::{Host, shut_down};
use crate::sim::Simulator;
use crate::sim::clock::after;
use crate::sim::filing::By;

/// A connected client.
pub(crate) struct Connection {
    simulator: Simulator,
    host: Host,
    pub(crate) session: Session,
    cancel: Arc<Notify>,
    pub(crate) extended: Extended,
    /// What the client was last told of the settings that are reported.
    reported: BTreeMap<&'static str, String>,
}

/// Settings whose changes clients are told of. Source: PostgreSQL documentation, "Asynchronous Operations".
const REPORTED: [&str; 13] = [
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

/// An answer with what is needed to write it.
pub(crate) struct Answer {
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) outcome: Outcome,
    pub(crate) zone: TimeZone,
}

/// How a message ended.
pub(crate) enum Next {
    GoOn,
    End,
}

impl Connection {
    pub(crate) fn new(
        simulator: Simulator,
        host: Host,
        session: Session,
        cancel: Arc<Notify>,
    ) -> Self {
        Self {
            simulator,
            host,
            session,
            cancel,
            extended: Extended::default(),
            reported: BTreeMap::new(),
        }
    }

    /// Takes the settings that the client began with, and greets it.
    pub(crate) fn begin(
        &mut self,
        parameters: &BTreeMap<String, String>,
        replies: &mut Replies,
        secret: i32,
    ) -> Result<(), SqlError> {
        let options = parameters
            .get("options")
            .map(String::as_str)
            .unwrap_or_default();
        let given = parameters
            .iter()
            .filter(|(name, _)| {
                !["user", "database", "options"].contains(&name.as_str())
                    && !name.starts_with("_pq_.")
            })
            .map(|(name, value)| (name.to_lowercase(), value.clone()));
        let given: Vec<(String, String)> = given.chain(options_of(options)?).collect();
        for (name, text) in given {
            let value = self.look(|context| set::checked(context, &name, &text))?;
            self.session.set.insert(name, value);
        }
        self.session.initial = self.session.set.clone();
        self.report(replies);
        replies.key(self.session.process, secret);
        replies.ready(b'I');
        Ok(())
    }

    /// Answers until the client, the member or the stream ends it.
    pub(crate) async fn run<S>(&mut self, line: &mut Line<S>) -> std::io::Result<()>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (simulator, host) = (self.simulator.clone(), self.host.clone());
        loop {
            match message::next(&mut line.buffer) {
                Err(error) => return line.fail(&error).await,
                Ok(Some(message)) => match self.answer(message, line).await? {
                    Next::GoOn => {}
                    Next::End => return Ok(()),
                },
                Ok(None) => {
                    line.flush().await?;
                    tokio::select! {
                        // First, so that a statement that is sent to a member that is down finds it down.
                        biased;
                        () = simulator.until_down(&host) => return line.fail(&shut_down()).await,
                        read = line.read() => read?,
                    }
                }
            }
        }
    }

    async fn answer<S>(&mut self, message: Message, line: &mut Line<S>) -> std::io::Result<Next>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let result = match message {
            Message::Terminate => return Ok(Next::End),
            Message::Query(text) => self.query(&text, line).await,
            Message::Password(_) => Err(SqlError::protocol("unexpected password message")),
            Message::Copy => Ok(()),
            message => {
                let result = self.extended_message(message, line).await;
                if let Err(error) = result {
                    if error.severity == "FATAL" {
                        line.fail(&error).await?;
                        return Ok(Next::End);
                    }
                    self.failed();
                    line.replies.error(&error);
                    self.extended.skipping = true;
                }
                return Ok(Next::GoOn);
            }
        };
        match result {
            Ok(()) => {}
            Err(error) if error.severity == "FATAL" => {
                line.fail(&error).await?;
                return Ok(Next::End);
            }
            Err(error) => {
                self.failed();
                line.replies.error(&error);
            }
        }
        self.ready(&mut line.replies);
        Ok(Next::GoOn)
    }

    /// The simple protocol: all statements of a text; outside of a transaction they are one.
    async fn query<S>(&mut self, text: &str, line: &mut Line<S>) -> Result<(), SqlError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.extended.forget_unnamed();
        let statements = parse::statements(text)?;
        if statements.is_empty() {
            line.replies.empty_query();
        }
        let before = Before {
            set: self.session.set.clone(),
            tables: self.session.tables.clone(),
        };
        for parsed in &statements {
            let idle = self.session.transaction.state == State::Idle;
            let answer = match self.execute(parsed, &[], &[]).await {
                Ok(answer) => answer,
                Err(error) => {
                    if idle && statements.len() > 1 {
                        self.session.set = before.set;
                        self.session.tables = before.tables;
                    }
                    return Err(error);
                }
            };
            let Answer {
                columns,
                outcome,
                zone,
            } = answer;
            if let Some(columns) = &columns {
                line.replies.columns(columns, |_| 0);
                for row in &outcome.rows {
                    let row: Vec<Option<Vec<u8>>> = row
                        .iter()
                        .map(|value| value.to_text(&zone).map(String::into_bytes))
                        .collect();
                    line.replies.row(&row);
                }
            }
            self.finish(&outcome, &mut line.replies);
        }
        Ok(())
    }

    /// Ends a command: remarks, changed settings, its tag.
    pub(crate) fn finish(&mut self, outcome: &Outcome, replies: &mut Replies) {
        if let Some(notice) = &outcome.notice {
            replies.notice(notice.severity, notice.code, &notice.message);
        }
        self.report(replies);
        replies.complete(&outcome.tag);
    }

    pub(crate) fn ready(&self, replies: &mut Replies) {
        replies.ready(match self.session.transaction.state {
            State::Idle => b'I',
            State::Open => b'T',
            State::Failed => b'E',
        });
    }

    fn failed(&mut self) {
        if self.session.transaction.state == State::Open {
            self.session.transaction.state = State::Failed;
        }
    }

    /// Runs a statement, waits as long as it asks, and applies what it changes.
    pub(crate) async fn execute(
        &mut self,
        parsed: &Parsed,
        types: &[Type],
        values: &[Value],
    ) -> Result<Answer, SqlError> {
        tokio::select! {
            biased;
            () = self.simulator.until_down(&self.host) => return Err(shut_down()),
            () = self.simulator.until_it_answers((&self.host).into()) => {}
        }
        let answer = self.look(|context| {
            let types = RefCell::new(types.to_vec());
            let command = command::compile(&parsed.tree, context, &types)?;
            let columns = command.columns(context);
            let outcome = command.run(context, values)?;
            Ok(Answer {
                columns,
                outcome,
                zone: context.zone(),
            })
        })?;
        self.pause(answer.outcome.pause_seconds).await?;
        self.apply(&answer.outcome.change)?;
        self.count(&parsed.text, answer.outcome.rows.len());
        Ok(answer)
    }

    /// The columns of a statement, and the types of its parameters.
    pub(crate) fn describe(
        &self,
        parsed: &Parsed,
        types: Vec<Type>,
    ) -> Result<(Option<Vec<Column>>, Vec<Type>), SqlError> {
        let types = RefCell::new(types);
        let columns = self.look(|context| {
            let command: Command = command::compile(&parsed.tree, context, &types)?;
            Ok(command.columns(context))
        })?;
        Ok((columns, types.into_inner()))
    }

    /// Lets something look at the world as it is at this instant.
    fn look<T>(
        &self,
        what: impl FnOnce(&Context<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        if !self.simulator.still_runs(&self.host) {
            return Err(shut_down());
        }
        let mut state = self.simulator.state();
        let now = state.clock.now();
        let (place, _) = state.world.place(&self.host.account, &self.host.region);
        let place = &*place;
        let instance = place
            .instances
            .with(By::Resource, &self.host.resource_id)
            .next()
            .ok_or_else(shut_down)?;
        let cluster = place
            .clusters
            .get(&instance.cluster)
            .ok_or_else(shut_down)?;
        let hub = self.simulator.hub();
        let context = Context {
            place,
            cluster,
            instance,
            session: &self.session,
            statistics: hub.statistics.of(&self.host.resource_id),
            now,
            pause_seconds: Cell::new(0.0),
        };
        what(&context)
    }

    /// `pg_sleep`: simulated seconds, unless the member goes down, the client cancels, or `statement_timeout` is over before.
    async fn pause(&self, seconds: f64) -> Result<(), SqlError> {
        if seconds <= 0.0 {
            return Ok(());
        }
        let limit = self.look(|context| context.value("statement_timeout"))?;
        let limit = limit.parse::<f64>().unwrap_or_default() / 1000.0;
        let timed_out = limit > 0.0 && limit < seconds;
        let seconds = if timed_out { limit } else { seconds };
        let end = after(self.simulator.now(), seconds);
        let cancelled =
            |why: &str| SqlError::new("57014", format!("canceling statement due to {why}"));
        tokio::select! {
            biased;
            () = self.simulator.until_down(&self.host) => Err(shut_down()),
            () = self.cancel.notified() => Err(cancelled("user request")),
            () = self.simulator.until(end) => if timed_out {
                Err(cancelled("statement timeout"))
            } else {
                Ok(())
            },
        }
    }

    /// Tells the client of reported settings that have changed.
    fn report(&mut self, replies: &mut Replies) {
        for name in REPORTED {
            let Ok(value) = self.look(|context| context.value(name)) else {
                continue;
            };
            if self.reported.get(name) != Some(&value) {
                replies.parameter(name, &value);
                self.reported.insert(name, value);
            }
        }
    }

    /// Counts the statement where pg_stat_statements is at work.
    fn count(&self, text: &str, rows: usize) {
        let tracked = self.look(|context| {
            let tracks = context
                .value("pg_stat_statements.track")
                .is_ok_and(|track| track != "none");
            Ok(tracks && context.settings().preloaded("pg_stat_statements"))
        });
        if tracked == Ok(true) {
            let Session { user, database, .. } = &self.session;
            let mut hub = self.simulator.hub();
            let member = &self.host.resource_id;
            hub.statistics.count(member, user, database, text, rows);
        }
    }

    fn apply(&mut self, change: &Change) -> Result<(), SqlError> {
        let session = &mut self.session;
        match change {
            Change::Nothing => {}
            Change::Begin(modes) => {
                session.transaction = Transaction {
                    state: State::Open,
                    started: Some(self.simulator.now()),
                    read_only: modes.read_only,
                    isolation: modes.isolation.clone(),
                    before: Some(Before {
                        set: session.set.clone(),
                        tables: session.tables.clone(),
                    }),
                    local: BTreeMap::new(),
                };
            }
            Change::Modes(modes) => {
                let transaction = &mut session.transaction;
                transaction.read_only = modes.read_only.or(transaction.read_only);
                transaction.isolation = modes.isolation.clone().or(transaction.isolation.take());
            }
            Change::Commit => {
                for (name, value) in std::mem::take(&mut session.transaction.local) {
                    match value {
                        Some(value) => session.set.insert(name, value),
                        None => session.set.remove(&name),
                    };
                }
                session.transaction = Transaction::default();
            }
            Change::Rollback => {
                if let Some(before) = session.transaction.before.take() {
                    session.set = before.set;
                    session.tables = before.tables;
                }
                session.transaction = Transaction::default();
            }
            Change::Set { name, value, local } => {
                let before = session.set.insert(name.clone(), value.clone());
                if *local {
                    session
                        .transaction
                        .local
                        .entry(name.clone())
                        .or_insert(before);
                } else {
                    session.transaction.local.remove(name);
                }
            }
            Change::Reset(None) => session.set = session.initial.clone(),
            Change::Reset(Some(name)) => match session.initial.get(name) {
                Some(value) => drop(session.set.insert(name.clone(), value.clone())),
                None => drop(session.set.remove(name)),
            },
            Change::CreateTable(name, table) => {
                session.tables.insert(name.clone(), table.clone());
            }
            Change::DropTables(names) => session.tables.retain(|name, _| !names.contains(name)),
            Change::Insert(name, rows) => {
                if let Some(table) = session.tables.get_mut(name) {
                    table.rows.extend(rows.iter().cloned());
                }
            }
            Change::Deallocate(name) => self.extended.deallocate(name.as_deref())?,
            Change::DiscardAll => {
                session.set = session.initial.clone();
                session.tables.clear();
                self.extended.deallocate(None)?;
            }
            Change::CreateExtension(name) => self.change_extension(name, true),
            Change::DropExtension(name) => self.change_extension(name, false),
        }
        Ok(())
    }

    /// Extensions belong to the cluster's data, and outlast the session.
    fn change_extension(&self, name: &str, present: bool) {
        let mut state = self.simulator.state();
        let (place, _) = state.world.place(&self.host.account, &self.host.region);
        let cluster = place
            .instances
            .with(By::Resource, &self.host.resource_id)
            .next()
            .map(|member| member.cluster.clone());
        let cluster = cluster.and_then(|cluster| place.clusters.get_mut(&cluster));
        if let Some(cluster) = cluster {
            let databases = &mut cluster.contents.databases;
            let extensions = &mut databases
                .entry(self.session.database.clone())
                .or_default()
                .extensions;
            if present {
                extensions.insert(name.to_owned());
            } else {
                extensions.remove(name);
            }
            self.simulator.keep(&mut state);
        }
    }
}

/// `-c name=value` and `--name=value`, as PGOPTIONS holds them.
fn options_of(text: &str) -> Result<Vec<(String, String)>, SqlError> {
    let refused = |word: &str| {
        SqlError::fatal(
            "42601",
            format!("invalid command-line argument for server process: {word}"),
        )
    };
    let mut options = Vec::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let assignment = match word.strip_prefix("-c") {
            Some("") => words.next().ok_or_else(|| refused(word))?,
            Some(rest) => rest,
            None => word.strip_prefix("--").ok_or_else(|| refused(word))?,
        };
        let (name, value) = assignment.split_once('=').ok_or_else(|| refused(word))?;
        options.push((name.replace('-', "_").to_lowercase(), value.to_owned()));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn options_of_the_command_line_are_settings() {
        let options = options_of("-c statement_timeout=5s -cwork_mem=8MB --Time-Zone=UTC").unwrap();
        let told: Vec<String> = options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            told,
            ["statement_timeout=5s", "work_mem=8MB", "time_zone=UTC"]
        );
        for broken in ["-c", "-x", "word", "-c word"] {
            assert!(options_of(broken).is_err(), "{broken}");
        }
    }
}
