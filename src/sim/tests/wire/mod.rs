//! The server over plain HTTP: shapes of answers, the admin interface, faults. Here: a server, and requests to it.

mod admin;
mod faults;
mod shapes;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::support::{STEADY, World};
use crate::sim::server::serve;

/// Starts a server on a free port; it ends with the test's runtime.
async fn start(text: &str) -> (World, String) {
    serving(World::new(text)).await
}

async fn serving(world: World) -> (World, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(world.simulator.clone(), listener));
    (world, address)
}

/// Sends one request on a connection of its own; head and body of the answer, both empty when the connection just closes.
async fn send(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
        .split_once("\r\n\r\n")
        .map(|(head, body)| (head.to_owned(), body.to_owned()))
        .unwrap_or_default()
}

async fn rds(address: &str, query: &str) -> (String, String) {
    send(
        address,
        "POST",
        "/",
        "content-type: application/x-www-form-urlencoded\r\n",
        &format!("{query}&Version=2014-10-31"),
    )
    .await
}

async fn admin(address: &str, method: &str, resource: &str, body: Value) -> Value {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let (_, answer) = send(
        address,
        method,
        &format!("/_simulator/{resource}"),
        "",
        &body,
    )
    .await;
    serde_json::from_str(&answer).unwrap()
}
