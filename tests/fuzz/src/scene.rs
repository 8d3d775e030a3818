//! What several targets need: the repository's declarations, a paused clock, a simulated world and a client of it.

use auroractl::aws::{Client, Connection, Settings};
use auroractl::config;
use auroractl::desired::Desired;
use auroractl::names::Region;
use auroractl::sim::{self, Simulator};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime::{Builder, Runtime};

/// The repository's own declarations: file name and text.
pub const ENVIRONMENTS: [(&str, &str); 5] = [
    (
        "shared.toml",
        include_str!("../../../environments/shared.toml"),
    ),
    ("dev.toml", include_str!("../../../environments/dev.toml")),
    (
        "stage.toml",
        include_str!("../../../environments/stage.toml"),
    ),
    ("demo.toml", include_str!("../../../environments/demo.toml")),
    ("prod.toml", include_str!("../../../environments/prod.toml")),
];

/// The same, resolved.
pub static DESIRED: LazyLock<Vec<Desired>> = LazyLock::new(|| {
    let folder = temporary();
    for (name, text) in ENVIRONMENTS {
        fs::write(folder.path().join(name), text).expect("a temporary folder takes files");
    }
    config::load_all(folder.path()).expect("the repository's declarations are right")
});

/// A folder that is gone afterwards, in memory where the system offers that.
pub fn temporary() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    folder.expect("a temporary folder")
}

/// One thread and a clock that jumps: what waits takes no time.
pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without input and output always starts")
}

/// The built-in world at its beginning.
pub fn simulator() -> Simulator {
    // Reading a saved world is quicker than reading a world file.
    static BEGINNING: LazyLock<String> = LazyLock::new(|| {
        Simulator::from_scenario("built-in", sim::built_in_world(), OPTIONS)
            .expect("the built-in world is right")
            .save()
    });
    Simulator::from_saved(&BEGINNING, OPTIONS).expect("a saved world can be read")
}

/// Simulated time is tokio's.
pub const OPTIONS: sim::Options = sim::Options { speed: 1.0 };

/// A client with the credentials of a profile, on any wire.
pub async fn client(
    simulator: &Simulator,
    http_client: SharedHttpClient,
    profile: Option<&str>,
) -> Client {
    let credentials = simulator.credentials_for_profile(profile);
    Client::connect(&Settings {
        region: Region::new(credentials.region),
        profile: None,
        connection: Connection::InProcess {
            http_client,
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key,
            world: "fuzzed".to_owned(),
        },
    })
    .await
    .expect("connecting in process asks nothing")
}
