//! Terraform with its AWS provider, unmodified, on `examples/terraform/`: the commands of the recipe in `docs/simulator.md`.
//!
//! Both are a user's tools, which nothing here installs: where they are missing the test says so and has shown nothing. The
//! provider is looked for where Terraform looks for mirrors by itself, and in AURORACTL_TESTS_TERRAFORM_PLUGINS. Its waiters
//! sleep for half a minute before they look, so this takes minutes; simulated time passes with requests.

use crate::support::evidence::mutating;
use crate::support::project::{Output, Project, repository};
use crate::support::server::Server;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const KEY: &str = "AKIDANY";

/// Durations in which the waiters see what is under way, and see its end.
const WORLD: &str = r#"
[[account]]
id = "123456789012"

[timings]
cluster_create = 100
instance_create = 500
modify_accept = 20
class_change = 330
monitoring_settle = 60
instance_delete = 400
cluster_delete = 100
"#;

/// Terraform and a folder with its AWS provider, or why there are none.
fn tools() -> Result<(PathBuf, PathBuf), String> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let terraform = std::env::split_paths(&search)
        .map(|folder| folder.join("terraform"))
        .find(|program| program.is_file())
        .ok_or("terraform is not on the PATH")?;
    let home =
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".terraform.d/plugins"));
    let named = ["AURORACTL_TESTS_TERRAFORM_PLUGINS", "TF_PLUGIN_CACHE_DIR"]
        .iter()
        .filter_map(|name| std::env::var_os(name).map(PathBuf::from));
    let usual = [
        "/usr/local/share/terraform/plugins",
        "/usr/share/terraform/plugins",
    ];
    named
        .chain(home)
        .chain(usual.map(PathBuf::from))
        .find(|folder| has_provider(folder))
        .map(|folder| (terraform, folder))
        .ok_or_else(|| {
            "no AWS provider in AURORACTL_TESTS_TERRAFORM_PLUGINS, TF_PLUGIN_CACHE_DIR or a local mirror of Terraform".to_owned()
        })
}

/// Whether there is any version of the provider, packed or unpacked.
fn has_provider(folder: &Path) -> bool {
    fs::read_dir(folder.join("registry.terraform.io/hashicorp/aws"))
        .is_ok_and(|mut entries| entries.next().is_some())
}

/// Terraform in a copy of the example, against a simulator.
struct Site {
    project: Project,
    server: Server,
    terraform: PathBuf,
    plugins: PathBuf,
}

impl Site {
    fn new((terraform, plugins): (PathBuf, PathBuf)) -> Self {
        let mut project = Project::with_environments();
        project.write("world.toml", WORLD);
        let server = Server::start(&project, Some("world.toml"), "1");
        server.seconds_per_request(120);
        for (name, value) in [
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("TF_VAR_endpoint", &server.url),
            ("TF_VAR_master_password", "correct-horse"),
            ("TF_IN_AUTOMATION", "1"),
            // Asks nobody whether there is a newer Terraform.
            ("CHECKPOINT_DISABLE", "1"),
        ] {
            project.set(name, value);
        }
        Self {
            project,
            server,
            terraform,
            plugins,
        }
    }

    /// Runs a command of the recipe, without its questions.
    fn run(&self, words: &[&str]) -> Output {
        let mut command = self.project.command(&self.terraform);
        command.args(words).arg("-no-color");
        if words.contains(&"init") {
            command.arg(format!("-plugin-dir={}", self.plugins.display()));
        } else {
            command.arg("-input=false");
        }
        if words.contains(&"apply") || words.contains(&"destroy") {
            command.arg("-auto-approve");
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        Output {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    fn ends(&self, words: &[&str], code: i32) -> String {
        let output = self.run(words);
        assert_eq!(
            output.code, code,
            "{words:?}\n{}\n{}",
            output.stdout, output.stderr
        );
        output.stdout
    }

    /// What the cluster's members say of its parameter group.
    fn statuses(&self) -> Vec<String> {
        let (status, body) = self.server.rds(KEY, &[("Action", "DescribeDBClusters")]);
        assert_eq!(status, 200, "{body}");
        body.split("<DBClusterParameterGroupStatus>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned())
            .collect()
    }
}

/// The commands of the recipe, without the program's name.
fn recipe() -> Vec<String> {
    let page = fs::read_to_string(repository().join("docs/simulator.md")).unwrap();
    page.lines()
        .filter_map(|line| line.strip_prefix("terraform "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn terraform_applies_plans_changes_and_destroys_a_cluster_with_its_group_and_two_instances() {
    let site = match tools() {
        Ok(tools) => Site::new(tools),
        Err(reason) => {
            // Past the harness, which keeps what a test prints to itself while it passes.
            let _ = writeln!(std::io::stderr(), "terraform did not run: {reason}");
            return;
        }
    };
    let mut applied = 0;
    for line in recipe() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words.contains(&"apply") {
            site.ends(&words, 0);
            continue;
        }
        // The same with `plan`: something to do before it, nothing after it. The recipe itself plans after the first one.
        let mut plan = words.clone();
        let place = plan.iter().position(|word| *word == "apply").unwrap();
        plan.splice(place..=place, ["plan", "-detailed-exitcode"]);
        if words.contains(&"instance_class=db.r7g.large") {
            site.ends(&plan, 2);
        }
        site.ends(&words, 0);
        if applied > 0 {
            let none = site.ends(&plan, 0);
            assert!(none.contains("No changes."), "{none}");
        }
        applied += 1;
        // Terraform restarts nobody: a static value that it stored waits, and its plan does not tell.
        let expected = match applied {
            2 => ["pending-reboot", "pending-reboot"],
            _ => ["in-sync", "in-sync"],
        };
        assert_eq!(site.statuses(), expected, "after {line}");
    }
    assert_eq!(applied, 3);
    let (_, clusters) = site.server.rds(KEY, &[("Action", "DescribeDBClusters")]);
    assert!(!clusters.contains("<DBCluster>"), "{clusters}");
    let log = site.server.log();
    let effects: Vec<&str> = mutating(&log)
        .into_iter()
        .flat_map(|request| &request.effects)
        .map(String::as_str)
        .collect();
    // Another version of the provider may send more; this much is what the recipe asks for.
    for effect in [
        "parameter group orders-16 created",
        "parameter group orders-16: max_connections=400 (pending-reboot)",
        "cluster orders is being created",
        "instance orders-1 of orders is being created",
        "instance orders-2 of orders is being created",
        "parameter group orders-16: max_connections=500 (pending-reboot)",
        "class db.r7g.large of orders-1 queued",
        "queued changes of orders-1 are applied",
        "class db.r7g.large of orders-2 queued",
        "queued changes of orders-2 are applied",
        "instance orders-1 is being deleted",
        "instance orders-2 is being deleted",
        "cluster orders is being deleted",
        "parameter group orders-16 deleted",
    ] {
        let times = effects.iter().filter(|known| **known == effect).count();
        assert_eq!(times, 1, "{effect}\n{effects:#?}");
    }
}
