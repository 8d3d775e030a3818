//! The server: the simulator's answers, each made once and then sent again byte for byte, after a pause if one is set.
//!
//! It runs on a thread of its own, so that its work takes a processor of its own and little of that.

use auroractl::sim::{Options, Simulator, server};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::collections::HashMap;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// An answer as the simulator gave it.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: Vec<(header::HeaderName, header::HeaderValue)>,
    body: Bytes,
}

/// Ends a connection without an answer.
type Closed = std::io::Error;

/// What the threads share.
#[derive(Default)]
struct State {
    answers: Mutex<HashMap<Bytes, Answer>>,
    requests: AtomicUsize,
    pause_milliseconds: AtomicU64,
    simulator: String,
}

/// A running server.
pub(crate) struct Server {
    state: Arc<State>,
    /// Where it answers without TLS.
    pub(crate) plain: String,
    /// Where it answers with TLS.
    pub(crate) secure: String,
    /// The certificate to trust there, as PEM.
    pub(crate) certificate: String,
}

impl Server {
    /// Starts the simulator on one thread and the server on another; both last as long as the process.
    pub(crate) fn start(world: &str) -> Result<Self, Box<dyn Error>> {
        let simulator = Simulator::from_scenario("benchmark", world, Options { speed: 1.0 })?;
        let simulator = on_a_thread(async move |ready| {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            ready(listener.local_addr()?);
            server::serve(simulator, listener).await
        })?;
        let state = Arc::new(State {
            simulator: format!("http://{simulator}/"),
            ..State::default()
        });
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![signed.cert.der().clone()],
                PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()).into(),
            )?;
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        let plain_state = Arc::clone(&state);
        let plain = on_a_thread(async move |ready| {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            ready(listener.local_addr()?);
            accept(listener, None, plain_state).await
        })?;
        let secure_state = Arc::clone(&state);
        let secure = on_a_thread(async move |ready| {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            ready(listener.local_addr()?);
            accept(listener, Some(acceptor), secure_state).await
        })?;
        Ok(Self {
            state,
            plain: format!("http://{plain}"),
            secure: format!("https://localhost:{}", secure.port()),
            certificate: signed.cert.pem(),
        })
    }

    /// From now on each answer comes after this time.
    pub(crate) fn pause(&self, pause: Duration) {
        let milliseconds = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.state
            .pause_milliseconds
            .store(milliseconds, Ordering::Relaxed);
    }

    /// Requests since this was last asked.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.swap(0, Ordering::Relaxed)
    }
}

/// Runs a service on a thread and a runtime of its own, and waits for its address.
pub(crate) fn on_a_thread<S, F>(service: S) -> Result<SocketAddr, Box<dyn Error>>
where
    S: FnOnce(Box<dyn FnOnce(SocketAddr) + Send>) -> F + Send + 'static,
    F: Future<Output = std::io::Result<()>>,
{
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let ready = Box::new(move |address| {
            // Whoever asked for the server waits for this.
            let _ = sender.send(address);
        });
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| runtime.block_on(service(ready)))
    });
    receiver
        .recv()
        .map_err(|_| "a server could not be started on 127.0.0.1".into())
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    state: Arc<State>,
) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
        tokio::spawn(async move {
            match acceptor {
                None => serve(stream, state).await,
                Some(acceptor) => {
                    // Whoever gives up during the handshake reports it.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, state).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { handle(&state, request).await }
    });
    // A client that ends closes its connections.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn handle(
    state: &State,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(Closed::other)?.to_bytes();
    state.requests.fetch_add(1, Ordering::Relaxed);
    let known = state
        .answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .get(&body)
        .cloned();
    let answer = match known {
        Some(answer) => answer,
        None => {
            let answer = ask(&state.simulator, &parts, &body)?;
            state
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(body, answer.clone());
            answer
        }
    };
    let pause = state.pause_milliseconds.load(Ordering::Relaxed);
    if pause > 0 {
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    response.headers_mut().extend(answer.headers);
    Ok(response)
}

/// Asks the simulator, in the warm-up only: whoever else asks meanwhile has to wait.
fn ask(
    simulator: &str,
    parts: &hyper::http::request::Parts,
    body: &Bytes,
) -> Result<Answer, Closed> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.post(simulator);
    if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
        request = request.header(header::AUTHORIZATION, value);
    }
    let mut response = request.send(body.as_ref()).map_err(Closed::other)?;
    let kept = ["content-type", "date", "x-amzn-requestid"];
    Ok(Answer {
        status: response.status(),
        headers: response
            .headers()
            .iter()
            .filter(|(name, _)| kept.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        body: response
            .body_mut()
            .read_to_vec()
            .map_err(Closed::other)?
            .into(),
    })
}
