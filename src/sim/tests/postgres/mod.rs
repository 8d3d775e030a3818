//! SQL in process, with tokio-postgres on tokio's paused clock. Here: worlds with users, and clients.

mod contents;
mod disturbances;
mod endpoints;
mod entering;
mod fuzz;
mod settings;
mod statements;
mod witness;

use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use super::support::{STEADY, World, pass};

/// Users and databases of `orders`.
const PEOPLE: &str = r#"
[[cluster.user]]
name = "app"
password = "correct horse"

[[cluster.user]]
name = "watcher"
roles = ["pg_monitor"]

[[cluster.user]]
name = "mover"
roles = ["rds_iam"]

[[cluster.database]]
name = "orders"
extensions = ["pg_stat_statements"]
"#;

/// The world of the other tests, with people in it, and an addition to the reader.
fn world(of_the_reader: &str) -> World {
    World::new(&format!("{STEADY}\n{of_the_reader}\n{PEOPLE}"))
}

/// A session, and the task that ends when it does.
struct Connected {
    client: Client,
    end: tokio::task::JoinHandle<Result<(), tokio_postgres::Error>>,
}

async fn endpoint(world: &World, kind: &str) -> String {
    let cluster = world.cluster("orders").await;
    match kind {
        "writer" => cluster.endpoint().unwrap().to_owned(),
        "reader" => cluster.reader_endpoint().unwrap().to_owned(),
        member => {
            let instance = world.instance(member).await;
            instance.endpoint().unwrap().address().unwrap().to_owned()
        }
    }
}

/// Connects as a user to a database of an endpoint; an error in the words of PostgreSQL.
async fn try_connect(world: &World, kind: &str, config: &Config) -> Result<Connected, String> {
    let host = endpoint(world, kind).await;
    let stream = world
        .simulator
        .connect_postgres(&host)
        .map_err(|error| format!("{:?}", error.kind()))?;
    let (client, connection) = config
        .connect_raw(stream, NoTls)
        .await
        .map_err(|error| said(&error))?;
    Ok(Connected {
        client,
        end: tokio::spawn(connection),
    })
}

async fn connect(world: &World, kind: &str) -> Connected {
    try_connect(world, kind, &as_user("postgres"))
        .await
        .unwrap()
}

fn as_user(user: &str) -> Config {
    let mut config = Config::new();
    config.user(user).dbname("orders").password("correct horse");
    config
}

/// `CODE: message`, and the detail if there is one.
fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        None => error.to_string(),
        Some(error) => {
            let detail = error.detail().map(|detail| format!(" ({detail})"));
            format!(
                "{}: {}{}",
                error.code().code(),
                error.message(),
                detail.unwrap_or_default()
            )
        }
    }
}

impl Connected {
    /// The rows of a text's last statement, one line each, or the refusal.
    async fn asked(&self, sql: &str) -> String {
        let messages = match self.client.simple_query(sql).await {
            Ok(messages) => messages,
            Err(error) => return said(&error),
        };
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|index| row.get(index).unwrap_or("NULL"));
                Some(cells.collect::<Vec<&str>>().join(" | "))
            }
            _ => None,
        });
        rows.collect::<Vec<String>>().join("\n")
    }
}
