//! The network door: HTTP/1.1 for any AWS client, and the admin interface beside it.

use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming as Body};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::respond::Incoming;
use super::{Simulator, admin};

/// Larger requests are refused; the largest real one is a few kilobytes.
const BODY_BYTES_MOST: usize = 1 << 20;

/// Serves until the listener fails; dropping the future closes every connection.
///
/// # Errors
///
/// When no further connection can be accepted.
pub async fn serve(simulator: Simulator, listener: TcpListener) -> std::io::Result<()> {
    // Time begins to run when the server does.
    simulator.now();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                connections.spawn(connection(simulator.clone(), stream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(simulator: Simulator, stream: TcpStream) {
    // Small answers must not wait for more to send; where that cannot be had, they only come later.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let simulator = simulator.clone();
        async move { handle(&simulator, request).await }
    });
    // An error here is a client that went away, or a fault that closes the connection on purpose.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Closes the connection without an answer.
type Closed = std::io::Error;

async fn handle(
    simulator: &Simulator,
    request: Request<Body>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MOST).collect().await else {
        return Ok(plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            "the request is too large".to_owned(),
        ));
    };
    let body = body.to_bytes();
    let query = parts.uri.query().map(str::to_owned);
    if let Some(path) = parts.uri.path().strip_prefix("/_simulator/") {
        let answer = admin::answer(simulator, &parts.method, path, query.as_deref(), &body);
        let status =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return Ok(plain(status, "application/json", answer.body));
    }
    let authorization = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let incoming = Incoming {
        query,
        authorization,
        body: body.to_vec(),
    };
    let Some(reply) = simulator.answer(incoming, None).await else {
        return Err(std::io::Error::other("closed by a declared fault"));
    };
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = plain(status, "text/xml", reply.body);
    let headers = response.headers_mut();
    let values = [
        (header::DATE, httpdate::fmt_http_date(reply.date.into())),
        // The date is the simulated world's. AWS's SDKs set their clocks by an answer's date, and ask again after a refusal that
        // moved theirs, unless the answer has an age.
        (header::AGE, "0".to_owned()),
        (
            header::HeaderName::from_static("x-amzn-requestid"),
            reply.request_id,
        ),
    ];
    for (name, value) in values {
        if let Ok(value) = value.parse() {
            headers.insert(name, value);
        }
    }
    Ok(response)
}

fn plain(status: StatusCode, content_type: &'static str, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static(content_type),
    );
    response
}
