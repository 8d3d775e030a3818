//! A tunnel: a declared command that forwards a local port to an endpoint while the checks run.
//!
//! It is ready when PostgreSQL answers through it, not when its port accepts: an SSH client accepts before it knows whether
//! the other end does. It ends with its whole process group. What it said before it ended by itself is kept.

use super::command::Running;
use super::dial::Target;
use super::error::{Error, Kind};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The pause between two looks whether a tunnel is ready.
const READY_PAUSE: Duration = Duration::from_millis(50);
/// How long PostgreSQL may take to answer one byte through a tunnel that seems to be up.
const ANSWER_MAX: Duration = Duration::from_secs(5);
/// The request for encryption, which every PostgreSQL answers with one letter (PostgreSQL documentation, "Message
/// Formats", SSLRequest).
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// How tunnels are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The program and its arguments, with `{host}`, `{port}` and `{local_port}`.
    pub command: Vec<String>,
    /// How long a tunnel may take until PostgreSQL answers through it.
    pub ready_max: Duration,
}

/// A running tunnel.
#[derive(Debug)]
pub(super) struct Tunnel {
    local_port: u16,
    fate: watch::Receiver<Option<String>>,
    stop: Option<oneshot::Sender<()>>,
    keeper: JoinHandle<()>,
}

impl Tunnel {
    /// Starts a tunnel and waits until PostgreSQL answers through it.
    pub(super) async fn start(recipe: &Recipe, target: &Target) -> Result<Self, Error> {
        let failed = |because: String| {
            Error::at(Kind::Tunnel, &target.endpoint, "the tunnel did not come up")
                .caused_by(Words(because))
                .hinted("try the command of [verify.sql.tunnel] by hand; it must not ask anything")
        };
        let local_port = free_port()
            .await
            .map_err(|error| failed(format!("no local port is free: {error}")))?;
        let address = &target.address;
        let command: Vec<String> = recipe
            .command
            .iter()
            .map(|word| {
                word.replace("{host}", &address.host)
                    .replace("{port}", &address.port.to_string())
                    .replace("{local_port}", &local_port.to_string())
            })
            .collect();
        let running = Running::start(&command, Stdio::null()).map_err(failed)?;
        let (told, fate) = watch::channel(None);
        let (stop, stopped) = oneshot::channel();
        let keeper = tokio::spawn(keep(running, told, stopped));
        let mut tunnel = Self {
            local_port,
            fate,
            stop: Some(stop),
            keeper,
        };
        let ended = {
            let mut fate = tunnel.fate.clone();
            async move {
                match fate.wait_for(Option::is_some).await {
                    Ok(fate) => fate.clone().unwrap_or_default(),
                    Err(_) => "it is gone".to_owned(),
                }
            }
        };
        let because = tokio::select! {
            because = ended => Some(because),
            is_ready = timeout(recipe.ready_max, ready(local_port)) => match is_ready {
                Ok(()) => None,
                Err(_) => Some(format!(
                    "PostgreSQL did not answer through it within {} s",
                    recipe.ready_max.as_secs()
                )),
            },
        };
        match because {
            None => Ok(tunnel),
            Some(because) => {
                tunnel.end().await;
                Err(failed(because))
            }
        }
    }

    /// The port of this machine that it forwards.
    pub(super) fn local_port(&self) -> u16 {
        self.local_port
    }

    /// What became of it, once something did.
    pub(super) fn fate(&self) -> watch::Receiver<Option<String>> {
        self.fate.clone()
    }

    pub(super) fn is_running(&self) -> bool {
        self.fate.borrow().is_none()
    }

    /// Ends it, with all that it started.
    pub(super) async fn stop(mut self) {
        self.end().await;
    }

    async fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Its keeper may have seen it end already.
            let _ = stop.send(());
        }
        let _ = (&mut self.keeper).await;
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        // The command that the keeper holds is killed with it.
        self.keeper.abort();
    }
}

/// Watches a command until it ends or is to end.
async fn keep(
    mut running: Running,
    told: watch::Sender<Option<String>>,
    stopped: oneshot::Receiver<()>,
) {
    let how = tokio::select! {
        how = running.ended() => Some(how),
        _ = stopped => None,
    };
    match how {
        // Nobody may be left who wants to know.
        Some(how) => drop(told.send(Some(how))),
        None => running.stop().await,
    }
}

/// Returns when PostgreSQL answers at a local port.
async fn ready(port: u16) {
    loop {
        if timeout(ANSWER_MAX, answers(port))
            .await
            .is_ok_and(|answer| answer.is_ok())
        {
            return;
        }
        sleep(READY_PAUSE).await;
    }
}

async fn answers(port: u16) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(&SSL_REQUEST).await?;
    let answer = stream.read_u8().await?;
    match answer {
        // Yes, no, or an error of a server that knows no encryption.
        b'S' | b'N' | b'E' => Ok(()),
        _ => Err(std::io::Error::other("this is not PostgreSQL")),
    }
}

/// A port that nobody listens on now.
async fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(listener.local_addr()?.port())
}

/// A cause in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Words(String);
