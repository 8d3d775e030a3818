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
        Self::start_with(project, world, speed, &[])
    }

    /// The same with more options.
    pub(crate) fn start_with(
        project: &Project,
        world: Option<&str>,
        speed: &str,
        more: &[&str],
    ) -> Self {
        let mut command = project.command(env!("CARGO_BIN_EXE_auroractl"));
        command.args(["simulate", "--listen", "127.0.0.1:0", "--speed", speed]);
        command.args(more);
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

    /// Reads a page of the admin interface.
    pub(crate) fn get(&self, path: &str) -> String {
        ureq::get(format!("{}{path}", self.url))
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    }

    /// From now on time passes only with requests, so that a busy machine changes nothing: so many seconds with each;
    /// with 0 it stands still.
    pub(crate) fn seconds_per_request(&self, seconds: u32) {
        self.post(
            "/_simulator/clock",
            &format!(r#"{{"freeze": true, "seconds_per_request": {seconds}}}"#),
        );
    }

    /// Lets the next requests meet a fault, as the admin interface takes it; returns its id.
    pub(crate) fn fault(&self, declaration: &str) -> u64 {
        let answer: serde_json::Value =
            serde_json::from_str(&self.post("/_simulator/faults", declaration)).unwrap();
        answer["id"].as_u64().unwrap()
    }

    /// Removes a fault; what it holds goes on.
    pub(crate) fn remove_fault(&self, id: u64) {
        ureq::delete(format!("{}/_simulator/faults/{id}", self.url))
            .call()
            .unwrap();
    }

    /// Returns when a request has met the fault.
    pub(crate) fn until_hit(&self, id: u64) {
        let met = || {
            let faults: serde_json::Value =
                serde_json::from_str(&self.get("/_simulator/faults")).unwrap();
            faults
                .as_array()
                .unwrap()
                .iter()
                .any(|fault| fault["id"] == id && fault["hit"] != 0)
        };
        let begun = std::time::Instant::now();
        while !met() {
            assert!(begun.elapsed().as_secs() < 60, "fault {id} was never met");
            std::thread::yield_now();
        }
    }

    /// Sends a request of the RDS API as another client would, and returns status and body.
    pub(crate) fn rds(&self, access_key_id: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={access_key_id}/20260515/us-east-1/rds/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut form = vec![("Version", "2014-10-31")];
        form.extend_from_slice(parameters);
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut response = agent
            .post(format!("{}/", self.url))
            .header("Authorization", scope)
            .send_form(form)
            .unwrap();
        let status = response.status().as_u16();
        (status, response.body_mut().read_to_string().unwrap())
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
