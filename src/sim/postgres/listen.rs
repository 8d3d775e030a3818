//! The network door: an address of its own in 127.0.0.0/8 for each endpoint, one port for all. In: a port. Out: connections.
//!
//! An endpoint's address is listened on from the moment at which somebody is first told of it, so that a world of thousands of
//! clusters opens no more sockets than are asked for. The address is bound before the answer leaves.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener as Bound};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::endpoint::{Endpoint, Kind};
use super::startup::{self, Ends, Security};
use crate::sim::Simulator;
use crate::sim::filing::By;
use crate::sim::place::Place;
use crate::sim::world::Rules;

/// How SQL is served over TCP.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The port of every endpoint; 0 lets the system choose.
    pub port: u16,
    /// Whether the AWS API names endpoints as AWS does, instead of with addresses that can be connected to.
    pub names: bool,
    /// Files in PEM form: a certificate (chain) and its key. Without them connections are not encrypted.
    pub certificate: Option<(&'a Path, &'a Path)>,
}

/// SQL that is about to be served.
pub struct Server {
    simulator: Simulator,
    opened: UnboundedReceiver<Opened>,
    security: Security,
    port: u16,
}

/// An endpoint whose address is bound.
struct Opened {
    endpoint: Endpoint,
    listener: Bound,
}

/// The addresses of endpoints; all clones are the same.
#[derive(Clone)]
pub(crate) struct Doors {
    book: Arc<Mutex<Book>>,
    names: bool,
    port: u16,
}

struct Book {
    addresses: BTreeMap<Endpoint, Ipv4Addr>,
    /// How many addresses were given away or tried.
    tried: u32,
    /// The first address, which holds the port until an endpoint takes it.
    spare: Option<(Ipv4Addr, Bound)>,
    opened: UnboundedSender<Opened>,
}

/// An address may belong to another program; so many in a row do not.
const TRIES: usize = 16;

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Server")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Doors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Doors")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Where SQL is served is no part of what a world is.
impl PartialEq for Doors {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The address with this number, from 127.1.0.1 on: nothing else uses those by itself.
fn numbered(number: u32) -> Ipv4Addr {
    let [_, high, middle, low] = (number + 1).to_be_bytes();
    Ipv4Addr::new(127, high.saturating_add(1), middle, low)
}

impl Server {
    /// Takes the port.
    ///
    /// # Errors
    ///
    /// When the port is taken, the system has no addresses besides 127.0.0.1, or a file is no certificate or key.
    pub fn open(simulator: &Simulator, options: Options<'_>) -> io::Result<Self> {
        let Options {
            port,
            names,
            certificate,
        } = options;
        let acceptor = certificate.map(acceptor).transpose()?;
        let first = numbered(0);
        let spare = bound(first, port)?;
        let port = spare.local_addr()?.port();
        let (sender, opened) = unbounded_channel();
        let book = Book {
            addresses: BTreeMap::new(),
            tried: 1,
            spare: Some((first, spare)),
            opened: sender,
        };
        let doors = Doors {
            book: Arc::new(Mutex::new(book)),
            names,
            port,
        };
        simulator.state().world.rules.doors = Some(doors);
        Ok(Self {
            simulator: simulator.clone(),
            opened,
            security: Security { acceptor },
            port,
        })
    }

    /// The port of every endpoint.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves; dropping the future closes every connection.
    pub async fn serve(mut self) {
        let mut tasks = JoinSet::new();
        while let Some(opened) = self.opened.recv().await {
            tasks.spawn(accept(
                self.simulator.clone(),
                opened,
                self.security.clone(),
            ));
        }
    }
}

fn bound(address: Ipv4Addr, port: u16) -> io::Result<Bound> {
    let listener = Bound::bind((address, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn acceptor((certificate, key): (&Path, &Path)) -> io::Result<TlsAcceptor> {
    let invalid = |path: &Path, error: &dyn fmt::Display| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{}: {error}", path.display()),
        )
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| invalid(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| invalid(key, &error))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(chain, private)
        })
        .map_err(|error| invalid(certificate, &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn accept(simulator: Simulator, opened: Opened, security: Security) {
    let Opened { endpoint, listener } = opened;
    // A listener that cannot be used any more leaves its endpoint unreachable, as a broken network would.
    let Ok(listener) = TcpListener::from_std(listener) else {
        return;
    };
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, client)) = accepted {
                    let (simulator, endpoint) = (simulator.clone(), endpoint.clone());
                    sessions.spawn(session(simulator, endpoint, stream, client, security.clone()));
                } else {
                    // Too many open files, mostly: it passes when a session ends.
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}

async fn session(
    simulator: Simulator,
    endpoint: Endpoint,
    stream: TcpStream,
    client: SocketAddr,
    security: Security,
) {
    // Small answers must not wait for more to send; where that cannot be had, they only come later.
    let _ = stream.set_nodelay(true);
    // A name that is gone, or that never led to a member: nobody answers.
    let Some(member) = simulator.look_up(&endpoint) else {
        return;
    };
    // The connection is there already, as its address is listened on; so it is closed again.
    if simulator.refuses_session(member.whose()) {
        return;
    }
    let server = simulator.member_address(&member.account, &member.region, &member.resource_id);
    let ends = Ends {
        client: Some((client.ip(), client.port())),
        server: server.or_else(|| {
            let address = stream.local_addr().ok()?;
            Some((address.ip(), address.port()))
        }),
        trusted: false,
    };
    startup::serve(simulator, stream, member, ends, &security).await;
}

impl Doors {
    /// The address of an endpoint, listened on from now on; none when no address can be bound.
    pub(crate) fn address(&self, endpoint: &Endpoint) -> Option<(Ipv4Addr, u16)> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(address) = book.addresses.get(endpoint) {
            return Some((*address, self.port));
        }
        let (address, listener) = book.spare.take().or_else(|| {
            (0..TRIES).find_map(|_| {
                let address = numbered(book.tried);
                book.tried += 1;
                match bound(address, self.port) {
                    Ok(listener) => Some((address, listener)),
                    Err(error) => {
                        tracing::warn!(%address, port = self.port, %error, "cannot listen for SQL");
                        None
                    }
                }
            })
        })?;
        book.addresses.insert(endpoint.clone(), address);
        let opened = Opened {
            endpoint: endpoint.clone(),
            listener,
        };
        // The server has ended when nobody receives this; then nobody connects either.
        let _ = book.opened.send(opened);
        Some((address, self.port))
    }
}

impl Rules {
    /// An endpoint as the AWS API tells it: where SQL is served an address and port, else AWS's name and `port`.
    pub(crate) fn endpoint(
        &self,
        place: &Place,
        kind: Kind,
        identifier: &str,
        port: i64,
    ) -> (String, i64) {
        let endpoint = Endpoint::new(place, kind, identifier);
        let doors = self.doors.as_ref().filter(|doors| !doors.names);
        match doors.and_then(|doors| doors.address(&endpoint)) {
            Some((address, port)) => (address.to_string(), i64::from(port)),
            None => (endpoint.name(place, self), port),
        }
    }
}

impl Simulator {
    /// The address of a member's own endpoint, where SQL is served over TCP.
    fn member_address(
        &self,
        account: &str,
        region: &str,
        resource_id: &str,
    ) -> Option<(IpAddr, u16)> {
        let mut state = self.state();
        let doors = state.world.rules.doors.clone()?;
        let (place, _) = state.world.place(account, region);
        let member = place.instances.with(By::Resource, resource_id).next()?;
        let endpoint = Endpoint::new(place, Kind::Member, &member.identifier);
        let (address, port) = doors.address(&endpoint)?;
        Some((address.into(), port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_loopback_addresses_and_differ() {
        assert_eq!(numbered(0), Ipv4Addr::new(127, 1, 0, 1));
        assert_eq!(numbered(254), Ipv4Addr::new(127, 1, 0, 255));
        assert_eq!(numbered(255), Ipv4Addr::new(127, 1, 1, 0));
        assert_eq!(numbered(65_535), Ipv4Addr::new(127, 2, 0, 0));
        let several: std::collections::BTreeSet<Ipv4Addr> = (0..70_000).map(numbered).collect();
        assert_eq!(several.len(), 70_000);
    }
}
