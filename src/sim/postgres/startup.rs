//! The beginning of a connection: encryption, who it is, and into which database. In: a stream and a member. Out: a session, or
//! PostgreSQL's refusal.
//!
//! Sources: PostgreSQL documentation, "Start-up" and "SSL Session Encryption" of the protocol; Aurora User Guide, "IAM database
//! authentication" (a token is sent as the password, over an encrypted connection); the texts as PostgreSQL 15 words them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::connect::Member;
use super::context::{Session, Transaction};
use super::error::SqlError;
use super::message::{self, First, Message};
use super::reply::Replies;
use super::roles::{IAM_ROLE, User};
use super::scram;
use super::session::Connection;
use super::watch::Host;
use crate::sim::Simulator;
use crate::sim::filing::By;

/// Where a connection comes from and where it arrives; none in process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ends {
    pub(crate) client: Option<(IpAddr, u16)>,
    pub(crate) server: Option<(IpAddr, u16)>,
    /// Nobody is asked for a password.
    pub(crate) trusted: bool,
}

/// How connections may be encrypted.
#[derive(Clone, Default)]
pub(crate) struct Security {
    pub(crate) acceptor: Option<TlsAcceptor>,
}

/// Speaks with a client until one of both ends it.
pub(crate) async fn serve<S>(
    simulator: Simulator,
    stream: S,
    member: Member,
    ends: Ends,
    security: &Security,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = Line::new(stream);
    // Errors of the stream itself are clients that went away.
    let _ = async {
        loop {
            match line.first().await? {
                First::Gss => line.encryption(false).await?,
                First::Ssl => {
                    let Some(acceptor) = &security.acceptor else {
                        line.encryption(false).await?;
                        continue;
                    };
                    line.encryption(true).await?;
                    if !line.buffer.is_empty() {
                        let error =
                            SqlError::protocol("received unencrypted data after SSL request");
                        return line.fail(&error).await;
                    }
                    let encrypted = acceptor.accept(line.stream).await?;
                    let mut line = Line::new(encrypted);
                    let first = line.first().await?;
                    return go_on(simulator, line, first, member, ends, security, true).await;
                }
                first => return go_on(simulator, line, first, member, ends, security, false).await,
            }
        }
    }
    .await;
}

async fn go_on<S>(
    simulator: Simulator,
    mut line: Line<S>,
    first: First,
    member: Member,
    ends: Ends,
    security: &Security,
    encrypted: bool,
) -> std::io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (minor, parameters) = match first {
        First::Startup { minor, parameters } => (minor, parameters),
        First::Cancel { process, secret } => {
            simulator.hub().cancel(process, secret);
            return Ok(());
        }
        First::Ssl | First::Gss => {
            return line
                .fail(&SqlError::protocol("a second request for encryption"))
                .await;
        }
    };
    if minor > 0 {
        line.replies.negotiate_version();
    }
    let unencrypted = security.acceptor.is_some() && !encrypted;
    simulator.until_it_answers(member.whose()).await;
    let known = match known(&simulator, &member, &parameters, ends, unencrypted) {
        Ok(known) => known,
        Err(error) => return line.fail(&error).await,
    };
    let encrypted = encrypted || ends.client.is_none();
    if let Err(error) = authenticated(&mut line, &known, encrypted, ends.trusted).await? {
        return line.fail(&error).await;
    }
    let secret = i32::from_be_bytes(scram::random());
    let entered = simulator
        .hub()
        .enter(&member.resource_id, secret, known.connections_most);
    let Some((process, cancel)) = entered else {
        return line
            .fail(&SqlError::fatal("53300", "sorry, too many clients already"))
            .await;
    };
    let session = Session {
        user: known.user,
        database: known.database,
        process,
        client: ends.client,
        server: ends.server,
        set: BTreeMap::new(),
        initial: BTreeMap::new(),
        tables: BTreeMap::new(),
        transaction: Transaction::default(),
    };
    let mut connection = Connection::new(simulator.clone(), known.host, session, cancel);
    let result = async {
        if let Err(mut error) = connection.begin(&parameters, &mut line.replies, secret) {
            error.severity = "FATAL";
            return line.fail(&error).await;
        }
        line.flush().await?;
        connection.run(&mut line).await
    }
    .await;
    simulator.hub().leave(process);
    result
}

/// Whom a client says it is, as far as the member knows them.
struct Known {
    host: Host,
    user: String,
    database: String,
    found: Option<User>,
    /// Logs in with a token of IAM.
    by_token: bool,
    iam_authentication: bool,
    database_exists: bool,
    connections_most: usize,
}

fn known(
    simulator: &Simulator,
    member: &Member,
    parameters: &BTreeMap<String, String>,
    ends: Ends,
    unencrypted: bool,
) -> Result<Known, SqlError> {
    let user = parameters
        .get("user")
        .filter(|user| !user.is_empty())
        .ok_or_else(|| {
            SqlError::fatal(
                "28000",
                "no PostgreSQL user name specified in startup packet",
            )
        })?;
    if parameters.contains_key("replication") {
        let mut error = SqlError::not_simulated("replication connections");
        error.severity = "FATAL";
        return Err(error);
    }
    let database = parameters
        .get("database")
        .filter(|database| !database.is_empty())
        .unwrap_or(user);
    let mut state = simulator.state();
    let (place, _) = state.world.place(&member.account, &member.region);
    let place = &*place;
    let starting = || SqlError::fatal("57P03", "the database system is starting up");
    let instance = place
        .instances
        .with(By::Resource, &member.resource_id)
        .next()
        .filter(|instance| instance.engine_up && instance.status != "creating")
        .ok_or_else(starting)?;
    let cluster = place.clusters.get(&instance.cluster).ok_or_else(starting)?;
    let settings = super::settings::Settings::of(place, cluster, instance);
    let number = |name: &str| {
        let value = settings.named(name).ok()?.value;
        value.parse::<usize>().ok()
    };
    let forced = settings
        .named("rds.force_ssl")
        .is_ok_and(|setting| setting.value == "on");
    let databases = cluster.databases();
    let client = ends.client.map(|(address, _)| address.to_string());
    let client = client.unwrap_or_else(|| "[local]".to_owned());
    if unencrypted && forced {
        return Err(SqlError::fatal(
            "28000",
            format!(
                "no pg_hba.conf entry for host \"{client}\", user \"{user}\", database \"{database}\", no encryption"
            ),
        ));
    }
    if database == super::roles::SERVICE_ROLE {
        return Err(SqlError::fatal(
            "28000",
            format!(
                "pg_hba.conf rejects connection for host \"{client}\", user \"{user}\", database \"{database}\", no encryption"
            ),
        ));
    }
    Ok(Known {
        host: Host {
            account: member.account.clone(),
            region: member.region.clone(),
            resource_id: member.resource_id.clone(),
            started: instance.started,
        },
        user: user.clone(),
        database: database.clone(),
        found: cluster.user(user),
        by_token: cluster.has_role(user, IAM_ROLE),
        iam_authentication: cluster.iam_authentication,
        database_exists: databases.contains_key(database) || database == "template1",
        connections_most: number("max_connections")
            .unwrap_or(usize::MAX)
            .saturating_sub(number("superuser_reserved_connections").unwrap_or(0)),
    })
}

/// Asks for the password, where there is one.
async fn authenticated<S>(
    line: &mut Line<S>,
    known: &Known,
    encrypted: bool,
    trusted: bool,
) -> std::io::Result<Result<(), SqlError>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let user = &known.user;
    let wrong = || {
        let message = format!("password authentication failed for user \"{user}\"");
        SqlError::fatal("28P01", message)
    };
    let proven = if trusted && known.found.is_some() {
        Ok(())
    } else if known.by_token {
        line.replies.authentication(3, &[]);
        line.flush().await?;
        let token = line.password().await?;
        // The user guide: only over encrypted connections, only where the cluster has IAM authentication switched on.
        let fits = known.iam_authentication
            && encrypted
            && token.is_some_and(|token| is_token_for(&token, user));
        let failed = format!("PAM authentication failed for user \"{user}\"");
        if fits {
            Ok(())
        } else {
            Err(SqlError::fatal("28000", failed))
        }
    } else {
        match &known.found {
            Some(User { verifier: None, .. }) => Ok(()),
            Some(User {
                verifier: Some(verifier),
                ..
            }) => scram(line, verifier)
                .await?
                .and_then(|right| if right { Ok(()) } else { Err(wrong()) }),
            // A name that does not exist is asked for its password all the same, and never has the right one.
            None => {
                let verifier = scram::verifier("", &scram::random::<16>());
                scram(line, &verifier).await?.and(Err(wrong()))
            }
        }
    };
    if let Err(error) = proven {
        return Ok(Err(error));
    }
    if !known.database_exists {
        let message = format!("database \"{}\" does not exist", known.database);
        return Ok(Err(SqlError::fatal("3D000", message)));
    }
    line.replies.authentication(0, &[]);
    Ok(Ok(()))
}

/// `HOST:PORT/?Action=connect&DBUser=USER&…`, a signed URL without its scheme. The signature is not verified, as those of requests are
/// not.
fn is_token_for(token: &[u8], user: &str) -> bool {
    let token = String::from_utf8_lossy(token);
    let Some((_, query)) = token.split_once("/?") else {
        return false;
    };
    let parameter = |wanted: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    parameter("Action").as_deref() == Some("connect")
        && parameter("DBUser").as_deref() == Some(user)
        && parameter("X-Amz-Signature").is_some()
}

/// True when the client knows the password.
async fn scram<S>(line: &mut Line<S>, verifier: &str) -> std::io::Result<Result<bool, SqlError>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    line.replies
        .authentication(10, format!("{}\0\0", scram::MECHANISM).as_bytes());
    line.flush().await?;
    let Some(initial) = line.next_password().await? else {
        return Ok(Err(SqlError::protocol("expected a SASL response")));
    };
    let Some(first) = sasl_initial(&initial) else {
        return Ok(Err(SqlError::protocol(
            "client selected an invalid SASL authentication mechanism",
        )));
    };
    let (exchange, answer) = match scram::Exchange::begin(verifier, &first) {
        Ok(begun) => begun,
        Err(error) => return Ok(Err(error)),
    };
    line.replies.authentication(11, answer.as_bytes());
    line.flush().await?;
    let Some(last) = line.next_password().await? else {
        return Ok(Err(SqlError::protocol("expected a SASL response")));
    };
    Ok(match exchange.finish(&String::from_utf8_lossy(&last)) {
        Ok(Some(answer)) => {
            line.replies.authentication(12, answer.as_bytes());
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(error) => Err(error),
    })
}

/// The mechanism's name, a length, and the mechanism's own first message.
fn sasl_initial(body: &[u8]) -> Option<String> {
    let end = body.iter().position(|byte| *byte == 0)?;
    let (name, rest) = body.split_at_checked(end)?;
    if name != scram::MECHANISM.as_bytes() {
        return None;
    }
    let message = rest.get(5..)?;
    String::from_utf8(message.to_vec()).ok()
}

/// A stream with what was read ahead and what waits to be sent.
pub(crate) struct Line<S> {
    stream: S,
    pub(crate) buffer: BytesMut,
    pub(crate) replies: Replies,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
            replies: Replies::default(),
        }
    }

    /// Reads on; an error at the end of the stream.
    pub(crate) async fn read(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    pub(crate) async fn flush(&mut self) -> std::io::Result<()> {
        let bytes = self.replies.bytes.split();
        self.stream.write_all(&bytes).await?;
        self.stream.flush().await
    }

    /// Says why, and ends the connection.
    pub(crate) async fn fail(&mut self, error: &SqlError) -> std::io::Result<()> {
        self.replies.error(error);
        self.flush().await?;
        self.stream.shutdown().await
    }

    async fn encryption(&mut self, granted: bool) -> std::io::Result<()> {
        self.replies.encryption(granted);
        self.flush().await
    }

    async fn first(&mut self) -> std::io::Result<First> {
        loop {
            match message::first(&mut self.buffer) {
                Ok(Some(first)) => return Ok(first),
                Ok(None) => self.read().await?,
                Err(error) => {
                    self.fail(&error).await?;
                    return Err(std::io::ErrorKind::InvalidData.into());
                }
            }
        }
    }

    /// A message of authentication; none when the client sends something else.
    async fn next_password(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        loop {
            match message::next(&mut self.buffer) {
                Ok(Some(Message::Password(body))) => return Ok(Some(body)),
                Ok(Some(Message::Terminate)) => {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
                Ok(Some(_)) | Err(_) => return Ok(None),
                Ok(None) => self.read().await?,
            }
        }
    }

    /// A password as it is, without its end.
    async fn password(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let body = self.next_password().await?;
        Ok(body.and_then(|body| body.strip_suffix(&[0]).map(<[u8]>::to_vec)))
    }
}
