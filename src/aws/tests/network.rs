//! Real sockets on the loopback address: what was surely not sent, what may have been, and who shares a connection.

use super::wire::{Reply, refusal, success};
use crate::aws::client::Client;
use crate::aws::error::ErrorKind;
use crate::aws::{act, observe};
use crate::hint::Hint;
use crate::names::{InstanceId, Region};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server counted.
#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU32,
    requests: AtomicU32,
}

/// A server that reads one request after the other and answers as told; `None` closes the connection.
async fn serve(
    answer: impl Fn(u32) -> Option<Reply> + Send + Sync + 'static,
) -> (String, Arc<Counts>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let counts = Arc::new(Counts::default());
    let answer = Arc::new(answer);
    let shared = counts.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            shared.connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(talk(stream, shared.clone(), answer.clone()));
        }
    });
    (address, counts)
}

async fn talk(
    mut stream: TcpStream,
    counts: Arc<Counts>,
    answer: Arc<impl Fn(u32) -> Option<Reply>>,
) {
    while read_request(&mut stream).await {
        let number = counts.requests.fetch_add(1, Ordering::Relaxed);
        let Some((status, body)) = answer(number) else {
            return;
        };
        let reply = format!(
            "HTTP/1.1 {status} X\r\nDate: Fri, 15 May 2026 06:05:00 GMT\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
    }
}

/// Reads head and body of one request; false at the end of the stream.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut text = Vec::new();
    let mut byte = [0];
    while !text.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => text.push(byte[0]),
            _ => return false,
        }
    }
    let head = String::from_utf8(text).unwrap().to_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.is_ok()
}

fn client(endpoint: &str) -> Client {
    Client::at_endpoint(Region::new("us-east-1"), endpoint)
}

fn identity() -> Reply {
    success(
        "GetCallerIdentity",
        "<Account>111111111111</Account><Arn>arn:ops</Arn>",
    )
}

#[tokio::test]
async fn reads_share_a_connection_and_each_change_has_its_own() {
    let (endpoint, counts) = serve(|number| {
        Some(if number < 2 {
            identity()
        } else {
            success("RebootDBInstance", "")
        })
    })
    .await;
    let client = client(&endpoint);
    observe::caller(&client).await.unwrap();
    observe::caller(&client).await.unwrap();
    assert_eq!(counts.connections.load(Ordering::Relaxed), 1);
    for _ in 0..2 {
        act::reboot(&client, &InstanceId::new("orders-2"))
            .await
            .unwrap();
    }
    assert_eq!(counts.connections.load(Ordering::Relaxed), 3);
    assert_eq!(client.now().unwrap().to_string(), "2026-05-15T06:05:00Z");
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let endpoint = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let error = act::reboot(&client(&endpoint), &InstanceId::new("orders-2"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(error.outcome_is_known());
    assert_eq!(
        error.to_string(),
        format!("RebootDBInstance orders-2: no connection to {endpoint}")
    );
    assert_eq!(
        error.hints(),
        [format!(
            "{endpoint} is named by AWS_ENDPOINT_URL (or _RDS, _STS, or the profile's endpoint_url); \
             start what listens there, or unset it to reach AWS"
        )]
    );
    let rendered = crate::error::Error::from(error).render(false);
    assert!(rendered.contains("Connection refused"), "{rendered}");
}

#[tokio::test]
async fn a_reply_that_never_comes_leaves_a_change_in_doubt_and_sends_it_once() {
    let (endpoint, counts) = serve(|_| None).await;
    let error = act::reboot(&client(&endpoint), &InstanceId::new("orders-2"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(!error.outcome_is_known());
    assert_eq!(counts.requests.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_reply_cut_in_its_middle_leaves_a_change_in_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await;
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<RebootDBInstanceResponse>";
        stream.write_all(half.as_bytes()).await.unwrap();
    });
    let error = act::reboot(&client(&endpoint), &InstanceId::new("orders-2"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(!error.outcome_is_known());
}

#[tokio::test]
async fn a_read_whose_connection_breaks_is_sent_again() {
    let (endpoint, counts) = serve(|number| match number {
        0 => None,
        _ => Some(identity()),
    })
    .await;
    observe::caller(&client(&endpoint)).await.unwrap();
    assert_eq!(counts.requests.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_error_reply_moves_the_clock_too() {
    let (endpoint, _) = serve(|_| Some(refusal(403, "AccessDenied", "no"))).await;
    let client = client(&endpoint);
    let error = observe::caller(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert_eq!(client.now().unwrap().to_string(), "2026-05-15T06:05:00Z");
}
