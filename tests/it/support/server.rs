//! A simulator server on a free port, ended with the test, and its admin interface.

use super::project::Project;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

/// A running `auroractl simulate`.
pub(crate) struct Server {
    child: Child,
    /// Its URL, such as `http://127.0.0.1:41234`.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server on a world file of the project, or on the built-in world.
    pub(crate) fn start(project: &Project, world: Option<&str>, speed: &str) -> Self {
        let mut command = project.command(env!("CARGO_BIN_EXE_auroractl"));
        command.args(["simulate", "--listen", "127.0.0.1:0", "--speed", speed]);
        if let Some(world) = world {
            command.args(["--world", world]);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let url = ready
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .unwrap_or_else(|| panic!("no URL in the ready line {ready:?}"))
            .trim_end_matches('/')
            .to_owned();
        Self { child, url }
    }

    /// Lets a project's commands talk to this server with credentials of one of its accounts.
    pub(crate) fn answer(&self, project: &mut Project, access_key_id: &str) {
        project.set("AWS_ENDPOINT_URL", &self.url);
        project.set("AWS_ACCESS_KEY_ID", access_key_id);
        project.set("AWS_SECRET_ACCESS_KEY", "secret");
    }

    /// The request log, oldest first.
    pub(crate) fn requests(&self) -> Vec<serde_json::Value> {
        let text = self.get("/_simulator/requests");
        let log: serde_json::Value = serde_json::from_str(&text).unwrap();
        match log {
            serde_json::Value::Array(requests) => requests,
            serde_json::Value::Object(mut object) => match object.remove("requests") {
                Some(serde_json::Value::Array(requests)) => requests,
                other => panic!("no requests in {other:?}"),
            },
            other => panic!("no requests in {other}"),
        }
    }

    /// Reads a page of the admin interface.
    pub(crate) fn get(&self, path: &str) -> String {
        ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    }

    /// Posts JSON to the admin interface.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        ureq::post(format!("{}{path}", self.url))
            .content_type("application/json")
            .send(body)
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
