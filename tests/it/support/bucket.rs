//! A bucket on a server of S3's API, ended with the test, and a look at what is in it.

use super::project::{Project, repository};
use super::python::programs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// The server does not look at signatures; a request without one is another's, who may write nothing.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKIATEST/20260515/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// A running server with the bucket `acme-runs`.
pub(crate) struct Bucket {
    child: Child,
    /// Its URL, such as `http://127.0.0.1:41234`.
    pub(crate) url: String,
}

impl Bucket {
    /// Starts the server and makes the bucket.
    pub(crate) fn start() -> Self {
        let mut child = Command::new(programs().join("python"))
            .arg(repository().join("tests/s3-server.py"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let bucket = Self {
            child,
            url: ready.trim().to_owned(),
        };
        assert_eq!(bucket.put("", "", None).0, 200);
        bucket
    }

    /// Lets a project's commands find the server, beside the one that answers as AWS.
    pub(crate) fn answer(&self, project: &mut Project) {
        project.set("AWS_ENDPOINT_URL_S3", &self.url);
    }

    /// Writes an object, perhaps under a condition (`If-Match`, say, and its value); returns status and ETag.
    pub(crate) fn put(
        &self,
        key: &str,
        content: &str,
        condition: Option<(&str, &str)>,
    ) -> (u16, Option<String>) {
        let mut request = agent()
            .put(format!("{}/acme-runs/{key}", self.url))
            .header("Authorization", SIGNATURE);
        if let Some((name, value)) = condition {
            request = request.header(name, value);
        }
        let response = request.send(content).unwrap();
        let e_tag = response
            .headers()
            .get("ETag")
            .map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), e_tag)
    }

    /// The content of an object.
    pub(crate) fn get(&self, key: &str) -> String {
        self.page(&format!("/{key}"))
    }

    /// The keys of all objects, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        let listed = self.page("?list-type=2");
        let key = regex::Regex::new("<Key>([^<]*)</Key>").unwrap();
        key.captures_iter(&listed)
            .map(|found| found[1].to_owned())
            .collect()
    }

    /// The server is gone, and everything in it.
    pub(crate) fn die(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn page(&self, path: &str) -> String {
        agent()
            .get(format!("{}/acme-runs{path}", self.url))
            .header("Authorization", SIGNATURE)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap()
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into()
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
