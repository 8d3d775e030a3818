//! Who types commands: a shell with the AWS CLI, and a simulator server whose clock stands still until it is stepped.

use super::project::{Output, Project};
use super::python::programs;
use super::server::Server;
use std::process::Stdio;

/// A folder and a server for the caller that has this access key.
pub(crate) struct Operator {
    pub(crate) project: Project,
    pub(crate) server: Server,
    /// Defines `aws` for each command.
    prelude: String,
}

impl Operator {
    /// An operator of the built-in world, in us-east-1.
    ///
    /// Version 1 of the AWS CLI, the one on PyPI, asks AWS itself in that region whatever AWS_ENDPOINT_URL says (it
    /// overrides the endpoint of RDS there); `--endpoint-url` is stronger.
    pub(crate) fn of_the_built_in_world(access_key_id: &str) -> Self {
        let mut operator = Self::of(None, access_key_id, "us-east-1");
        operator.names_the_endpoint();
        operator
    }

    /// An operator of a world file of the project, in us-east-1, whose members answer SQL.
    pub(crate) fn with_sql(mut project: Project, world: &str, access_key_id: &str) -> Self {
        let server = Server::start_with(&project, Some(world), "1", &["--postgres-port", "0"]);
        server.seconds_per_request(0);
        server.answer(&mut project, access_key_id);
        project.set("AWS_DEFAULT_REGION", "us-east-1");
        let mut operator = Self {
            project,
            server,
            prelude: String::new(),
        };
        operator.names_the_endpoint();
        operator
    }

    /// Lets each `aws` name the endpoint.
    pub(crate) fn names_the_endpoint(&mut self) {
        let url = &self.server.url;
        self.prelude = format!("aws() {{ command aws \"$@\" --endpoint-url {url}; }}\n");
    }

    /// An operator of a world file's text, or of the built-in world, whose clients know the endpoint from the environment.
    pub(crate) fn of(world: Option<&str>, access_key_id: &str, region: &str) -> Self {
        let mut project = Project::empty();
        if let Some(text) = world {
            project.write("world.toml", text);
        }
        let server = Server::start(&project, world.map(|_| "world.toml"), "1");
        server.seconds_per_request(0);
        server.answer(&mut project, access_key_id);
        project.set("AWS_DEFAULT_REGION", region);
        Self {
            project,
            server,
            prelude: String::new(),
        }
    }

    /// Runs a command line, and returns what it printed.
    pub(crate) fn run(&self, command: &str) -> Output {
        let search = format!("{}:/usr/local/bin:/usr/bin:/bin", programs().display());
        let output = self
            .project
            .command("/bin/sh")
            .args(["-c", &format!("{}{command}", self.prelude)])
            .env("PATH", search)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Output {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// What a command that succeeds prints, without its line ends and indentation.
    pub(crate) fn reads(&self, command: &str) -> String {
        let output = self.run(command);
        assert_eq!(output.code, 0, "{command}\n{}", output.stderr);
        output
            .stdout
            .split_whitespace()
            .collect::<Vec<&str>>()
            .join(" ")
    }

    /// The error code with which AWS refuses a command.
    pub(crate) fn refused(&self, command: &str) -> String {
        let output = self.run(command);
        assert_ne!(output.code, 0, "{command}\n{}", output.stdout);
        let code = output
            .stderr
            .split_once("An error occurred (")
            .and_then(|(_, rest)| rest.split_once(')'));
        code.unwrap_or_else(|| panic!("{command}\n{}", output.stderr))
            .0
            .to_owned()
    }

    pub(crate) fn step(&self, seconds: u32) {
        self.server.post(
            "/_simulator/clock",
            &format!(r#"{{"step_seconds": {seconds}}}"#),
        );
    }
}
