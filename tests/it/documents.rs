//! The pages: every command in them is run, every output in them is compared, every link leads somewhere.
//!
//! A ```` ```console ```` block is a session: its commands are run in order, in a folder that the page's blocks share, and
//! all that they print is compared (`UPDATE_STORIES=1` writes it). The commands of a ```` ```sh ```` block are run too, and
//! must be understood: no usage error. Commands without `--simulate` talk to a simulator server. A ```` ```toml ```` block
//! that begins with `# environments/…` is written to that file.

use crate::support::project::{Project, repository};
use crate::support::server::Server;
use crate::support::story;
use std::fs;
use std::path::{Path, PathBuf};

macro_rules! pages {
    ($($name:ident: $path:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                run(&repository().join($path));
            }
        )*

        #[test]
        fn no_page_is_forgotten() {
            let listed = [$($path.to_owned()),*];
            let missing: Vec<String> = all_pages()
                .into_iter()
                .map(|path| path.strip_prefix(repository()).unwrap().display().to_string())
                .filter(|path| !path.starts_with("docs/decisions/") && !listed.contains(path))
                .collect();
            assert!(missing.is_empty(), "{missing:?}");
        }
    };
}

pages! {
    readme: "README.md",
    architecture: "docs/architecture.md",
    benchmark: "docs/benchmark.md",
    ci: "docs/ci.md",
    commands: "docs/commands.md",
    declarations: "docs/declarations.md",
    failures: "docs/failures.md",
    fuzzing: "docs/fuzzing.md",
    getting_started: "docs/getting-started.md",
    glossary: "docs/glossary.md",
    json: "docs/json.md",
    operators: "docs/operators.md",
    simulator: "docs/simulator.md",
    worlds: "docs/worlds.md",
}

/// What is not run, because it is what runs this test or takes the machine for minutes.
const NOT_RUN: [&str; 4] = [
    "tests/run",
    "cargo install",
    "cargo run --release --example",
    "git ",
];

fn all_pages() -> Vec<PathBuf> {
    let mut pages = vec![repository().join("README.md")];
    let mut folders = vec![repository().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

fn run(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let mut session = Session::new();
    let mut printed = String::new();
    let mut block: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(language)) => {
                block = Some((language.to_owned(), String::new()));
                printed.push_str(line);
                printed.push('\n');
            }
            (Some((language, content)), Some(_)) => {
                printed.push_str(&session.block(language, content));
                printed.push_str(line);
                printed.push('\n');
                block = None;
            }
            (Some((_, content)), None) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {
                printed.push_str(line);
                printed.push('\n');
            }
        }
    }
    if std::env::var_os("UPDATE_STORIES").is_some() {
        if printed != text {
            fs::write(path, printed).unwrap();
        }
        return;
    }
    assert!(
        printed == text,
        "{} does not show what is printed (UPDATE_STORIES=1 writes it):\n{}",
        path.display(),
        similar::TextDiff::from_lines(&text, &printed)
            .unified_diff()
            .context_radius(2)
    );
}

/// The folder and the server that the blocks of one page share.
struct Session {
    project: Project,
    server: Option<Server>,
}

impl Session {
    fn new() -> Self {
        Self {
            project: Project::with_environments(),
            server: None,
        }
    }

    /// The block as it should stand in the page.
    fn block(&mut self, language: &str, content: &str) -> String {
        match language {
            "console" => {
                self.serve(content);
                story::replay(&self.project, content)
            }
            "sh" => {
                self.serve(content);
                for line in content.lines() {
                    self.understood(line);
                }
                content.to_owned()
            }
            "toml" => {
                if let Some(name) = content
                    .lines()
                    .next()
                    .and_then(|line| line.strip_prefix("# "))
                    .filter(|name| name.starts_with("environments/") || name.starts_with("worlds/"))
                {
                    self.project
                        .write(name.split_whitespace().next().unwrap(), content);
                }
                content.to_owned()
            }
            _ => content.to_owned(),
        }
    }

    /// Starts the server once a command needs one.
    fn serve(&mut self, content: &str) {
        let needs = content.lines().any(|line| {
            line.contains("auroractl ")
                && !line.contains("--simulate")
                && !line.contains("simulate --listen")
        });
        if needs && self.server.is_none() {
            let server = Server::start(&self.project, None, "600");
            server.answer(&mut self.project, "AKIDSIMULATED");
            self.server = Some(server);
        }
    }

    fn understood(&self, line: &str) {
        let command = line
            .trim()
            .replace("cargo run --release -- ", "auroractl ")
            // The same simulated run, without waiting for it.
            .replace("--simulate ", "--simulate --simulate-speed max ");
        let command = match command.strip_suffix("--simulate") {
            Some(start) => format!("{start}--simulate --simulate-speed max"),
            None => command,
        };
        let skipped = command.is_empty()
            || command.starts_with('#')
            || NOT_RUN.iter().any(|prefix| command.starts_with(prefix))
            || command.contains("simulate --listen")
            || !command.contains("auroractl ");
        if skipped {
            return;
        }
        let output = self
            .project
            .command("/bin/sh")
            .args(["-c", &command])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.code().is_some_and(|code| code != 1),
            "`{command}` is not understood: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in all_pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (at, _) in text.match_indices("](") {
            let target = text.get(at + 2..).unwrap().split(')').next().unwrap();
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !page.parent().unwrap().join(target).exists() {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
