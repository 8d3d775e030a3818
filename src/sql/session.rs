//! One connection to one endpoint: opened with a time limit, read only, each statement with a time limit.

use super::dial::{Dial, Line, Target};
use super::error::{Error, Kind};
use super::login::Login;
use super::reply::{Meter, REPLY_BYTES_MAX};
use super::secret::Secret;
use crate::names::InstanceId;
use crate::observed::sql::{Endpoint, Rows};
use futures::TryStreamExt as _;
use jiff::Timestamp;
use std::pin::pin;
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

/// Rows of a statement that are kept.
const ROWS_MAX: usize = 100;
/// Bytes of one value that are kept.
const VALUE_BYTES_MAX: usize = 1000;
/// How much longer than the server this side waits for a statement: the server's own refusal says more.
const GRACE: Duration = Duration::from_secs(2);
/// How long a lost connection waits to learn what became of its tunnel.
const FATE_MAX: Duration = Duration::from_secs(2);

/// What this session sets for itself; their own values are read without it.
pub(super) const OWN_SETTINGS: [&str; 2] = ["default_transaction_read_only", "statement_timeout"];

/// One connection.
#[derive(Debug)]
pub struct Session {
    endpoint: Endpoint,
    client: Client,
    connection: Driver,
    statement_max: Duration,
    reply: Meter,
    fate: Option<watch::Receiver<Option<String>>>,
}

impl Session {
    /// Opens a session that is read only.
    pub async fn open(
        dial: &dyn Dial,
        login: &Login,
        target: &Target,
        database: &str,
    ) -> Result<Self, Error> {
        let session = Self::open_to_write(dial, login, target, database).await?;
        session.protect().await?;
        Ok(session)
    }

    /// Opens a session in which writes are not refused.
    pub async fn open_to_write(
        dial: &dyn Dial,
        login: &Login,
        target: &Target,
        database: &str,
    ) -> Result<Self, Error> {
        let secret = login.password.secret(&target.address, &login.user).await?;
        let refusal = match Self::attempt(dial, login, target, database, secret.clone()).await {
            Err(error) if error.code() == Some("28P01") => error,
            other => return other,
        };
        let renewed = match &secret {
            Some(secret) => login.password.renewed(secret).await?,
            None => None,
        };
        match renewed {
            None => Err(refusal),
            renewed => Self::attempt(dial, login, target, database, renewed).await,
        }
    }

    async fn attempt(
        dial: &dyn Dial,
        login: &Login,
        target: &Target,
        database: &str,
        secret: Option<Secret>,
    ) -> Result<Self, Error> {
        let time_max = login.connect_max + dial.extra_max();
        let too_slow = |_| {
            let seconds = time_max.as_secs_f64();
            let what = format!("no session within {seconds} s");
            Error::at(Kind::Timeout, &target.endpoint, &what)
                .hinted("whatever is there takes connections and says nothing, or the way to it drops what is sent: look at security groups, routes and `port`")
        };
        let until = Instant::now() + time_max;
        let Line {
            stream,
            certificate_name,
            fate,
        } = timeout_at(until, dial.dial(target))
            .await
            .map_err(too_slow)??;
        let reply = Meter::default();
        let stream = Box::new(reply.on(stream));
        let connected = connect(login, target, database, secret, stream, &certificate_name);
        let (client, connection) = match timeout_at(until, connected).await.map_err(too_slow)? {
            Ok(connected) => connected,
            Err(error) => return Err(with_fate(error, &target.endpoint, fate).await),
        };
        Ok(Self {
            endpoint: target.endpoint.clone(),
            client,
            connection,
            statement_max: login.statement_max,
            reply,
            fate,
        })
    }

    /// Makes the session read only and limits its statements.
    pub(super) async fn protect(&self) -> Result<(), Error> {
        let limit = self.statement_max.as_millis();
        self.simple(&format!(
            "SET default_transaction_read_only = on; SET statement_timeout = {limit}"
        ))
        .await
        .map(drop)
    }

    /// Whom it asks.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether the connection has ended.
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Whether the member is in recovery: readers are.
    pub async fn in_recovery(&self) -> Result<bool, Error> {
        let rows = self.simple("SELECT pg_is_in_recovery()").await?;
        match rows.single() {
            Some("t") => Ok(true),
            Some("f") => Ok(false),
            _ => Err(self.strange("pg_is_in_recovery()")),
        }
    }

    /// When the server started: a restart moves it.
    pub async fn started(&self) -> Result<Timestamp, Error> {
        let asked = self
            .client
            .query_one("SELECT pg_postmaster_start_time()", &[]);
        let row = self.limited(asked).await?;
        let started: SystemTime = row
            .try_get(0)
            .map_err(|_| self.strange("pg_postmaster_start_time()"))?;
        Timestamp::try_from(started).map_err(|_| self.strange("pg_postmaster_start_time()"))
    }

    /// The member that answers, where it is Aurora's.
    pub async fn member(&self) -> Result<Option<InstanceId>, Error> {
        match self.simple("SELECT aurora_db_instance_identifier()").await {
            Ok(rows) => Ok(rows.single().map(InstanceId::new)),
            // PostgreSQL that is not Aurora's has no such function.
            Err(error) if error.code() == Some("42883") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Runs one statement in a transaction that is read only and comes to nothing.
    ///
    /// PostgreSQL reads it first: more than one statement is refused, so that none can end the transaction before another.
    pub async fn probe(&self, sql: &str) -> Result<Rows, Error> {
        drop(self.limited(self.client.prepare(sql)).await?);
        self.simple("BEGIN TRANSACTION READ ONLY").await?;
        let rows = self.simple(sql).await;
        // A connection that was lost has no transaction any more; the first error says more.
        let ended = self.simple("ROLLBACK").await;
        let rows = rows?;
        ended?;
        Ok(rows)
    }

    /// Sends a text as it stands, and keeps the rows of its last statement that has any.
    pub async fn simple(&self, sql: &str) -> Result<Rows, Error> {
        let collected = async {
            let mut messages = pin!(self.client.simple_query_raw(sql).await?);
            let mut rows = Rows::default();
            while let Some(message) = messages.try_next().await? {
                match message {
                    SimpleQueryMessage::RowDescription(_) => rows = Rows::default(),
                    SimpleQueryMessage::Row(_) if rows.rows.len() >= ROWS_MAX => rows.more = true,
                    SimpleQueryMessage::Row(row) => {
                        let values = (0..row.len()).map(|column| row.get(column).map(short));
                        rows.rows.push(values.collect());
                    }
                    _ => {}
                }
            }
            Ok(rows)
        };
        self.limited(collected).await
    }

    /// Ends the connection.
    pub async fn close(self) {
        let Self {
            client,
            mut connection,
            ..
        } = self;
        drop(client);
        // The connection says goodbye and ends; whoever does not take it is left.
        let _ = timeout(GRACE, &mut connection.0).await;
    }

    /// A statement within its time; what is late is given up with its connection.
    async fn limited<T>(
        &self,
        statement: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        self.reply.restart();
        match timeout(self.statement_max + GRACE, statement).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) if self.reply.is_over() => Err(Error::at(
                Kind::Statement,
                &self.endpoint,
                &format!(
                    "the reply is longer than {} MiB, and was not read to its end",
                    REPLY_BYTES_MAX / (1024 * 1024)
                ),
            )),
            Ok(Err(error)) => {
                let error = Error::of_statement(&self.endpoint, &error);
                Err(with_fate(error, &self.endpoint, self.fate.clone()).await)
            }
            Err(_) => {
                self.connection.0.abort();
                let seconds = self.statement_max.as_secs_f64();
                Err(Error::at(
                    Kind::Timeout,
                    &self.endpoint,
                    &format!("no answer within {seconds} s"),
                ))
            }
        }
    }

    fn strange(&self, what: &str) -> Error {
        Error::at(
            Kind::Statement,
            &self.endpoint,
            &format!("{what} was answered in a way that is not understood"),
        )
    }
}

/// The task that carries the connection; a session that is not closed leaves none behind.
#[derive(Debug)]
struct Driver(JoinHandle<()>);

impl Driver {
    fn start(
        connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
    ) -> Self {
        // How it ended, the statements say that end with it.
        Self(tokio::spawn(async move { drop(connection.await) }))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn connect(
    login: &Login,
    target: &Target,
    database: &str,
    secret: Option<Secret>,
    stream: Box<dyn super::dial::Stream>,
    certificate_name: &str,
) -> Result<(Client, Driver), Error> {
    let mut config = Config::new();
    config
        .user(&login.user)
        .dbname(database)
        .application_name("auroractl");
    if let Some(secret) = secret {
        config.password(secret.revealed());
    }
    let endpoint = &target.endpoint;
    let failed = |error: &tokio_postgres::Error| match error.as_db_error() {
        None => login
            .tls
            .explained(endpoint, certificate_name, error)
            .unwrap_or_else(|| Error::of_login(endpoint, error)),
        Some(_) => Error::of_login(endpoint, error),
    };
    match login.tls.connector()? {
        None => {
            config.ssl_mode(SslMode::Disable);
            let (client, connection) = config
                .connect_raw(stream, NoTls)
                .await
                .map_err(|error| failed(&error))?;
            Ok((client, Driver::start(connection)))
        }
        Some(mut connector) => {
            config.ssl_mode(SslMode::Require);
            let tls = MakeTlsConnect::<Box<dyn super::dial::Stream>>::make_tls_connect(
                &mut connector.0,
                certificate_name,
            );
            let tls = match tls {
                Ok(tls) => tls,
                Err(never) => match never {},
            };
            let (client, connection) = config
                .connect_raw(stream, tls)
                .await
                .map_err(|error| failed(&error))?;
            Ok((client, Driver::start(connection)))
        }
    }
}

/// The same error, or what became of the tunnel under it.
async fn with_fate(
    error: Error,
    endpoint: &Endpoint,
    fate: Option<watch::Receiver<Option<String>>>,
) -> Error {
    if !matches!(error.kind, Kind::Lost | Kind::Unreachable | Kind::Tls) {
        return error;
    }
    let Some(mut fate) = fate else {
        return error;
    };
    let known = timeout(FATE_MAX, fate.wait_for(Option::is_some)).await;
    match known {
        Ok(Ok(how)) => {
            let how = how.clone().unwrap_or_default();
            Error::at(Kind::Tunnel, endpoint, "the tunnel ended").caused_by(Words(how))
        }
        _ => error,
    }
}

/// A value as it is kept.
fn short(value: &str) -> String {
    if value.len() <= VALUE_BYTES_MAX {
        return value.to_owned();
    }
    let end = value.floor_char_boundary(VALUE_BYTES_MAX);
    format!("{}…", value.get(..end).unwrap_or_default())
}

/// A cause in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);
