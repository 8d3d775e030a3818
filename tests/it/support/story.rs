//! Stories: files that read like a terminal session and are run as one.
//!
//! A story is comments (`# …`), commands (`$ …`) and below each command everything that it prints, stdout and stderr
//! together, with `[exit N]` where it does not end with 0. Files that the story needs follow at its end, each under a
//! line `-- path --`. `UPDATE_STORIES=1` writes what was printed into the file. Simulated commands are run with
//! `--simulate-speed max` unless they name a speed, so that the times that they print are the same on every machine.

use super::project::Project;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// Runs the story in a project of its own and compares all that it prints.
pub(crate) fn run(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let (script, files) = split(&text);
    let project = if files
        .iter()
        .any(|(name, _)| name.starts_with("environments/"))
    {
        Project::empty()
    } else {
        Project::with_environments()
    };
    for (name, content) in &files {
        project.write(name, content);
    }
    let mut printed = replay(&project, script);
    if let Some(at) = text.find("\n-- ") {
        printed.push_str(text.get(at + 1..).unwrap());
    }
    if std::env::var_os("UPDATE_STORIES").is_some() {
        if printed != text {
            fs::write(path, printed).unwrap();
        }
        return;
    }
    assert!(
        printed == text,
        "{} tells another story (UPDATE_STORIES=1 writes it):\n{}",
        path.display(),
        similar::TextDiff::from_lines(&text, &printed)
            .unified_diff()
            .context_radius(2)
    );
}

/// The script without its outputs run again: comments and commands, and what the commands print now.
pub(crate) fn replay(project: &Project, script: &str) -> String {
    let mut printed = String::new();
    let mut blank = false;
    for line in script.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            if blank {
                printed.push('\n');
            }
            let _ = writeln!(printed, "{line}");
            printed.push_str(&output(project, command));
        } else if line.starts_with('#') {
            if blank {
                printed.push('\n');
            }
            let _ = writeln!(printed, "{line}");
        }
        // A blank line before a comment or a command belongs to the story; others belong to an output.
        blank = line.is_empty();
    }
    if !printed.ends_with("\n\n") && script.ends_with("\n\n") {
        printed.push('\n');
    }
    printed
}

/// The command with simulated time that passes only by waiting: at any other speed the times that are printed would hang
/// on how busy the machine is.
fn timeless(command: &str) -> String {
    if command.contains("--simulate-speed") {
        return command.to_owned();
    }
    let simulate = regex::Regex::new(r"--simulate(=\S+)?(?P<end>\s|$)").unwrap();
    simulate
        .replace_all(command, "--simulate$1 --simulate-speed max$end")
        .into_owned()
}

fn output(project: &Project, command: &str) -> String {
    let command = timeless(command);
    let output = project
        .command("/bin/sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let folder = project.path().display().to_string();
    let mut text = String::from_utf8(output.stdout)
        .unwrap()
        .replace(&folder, "[folder]");
    // The end of a run's name is random, so that two runs of one second differ.
    let run = regex::Regex::new(r"(\d{8}-\d{6}-[a-z]+)-[0-9a-f]{4}\b").unwrap();
    text = run.replace_all(&text, "$1-xxxx").into_owned();
    // So is the end of what is named after a run.
    let restored = regex::Regex::new(r"-restored-[0-9a-f]{4}\b").unwrap();
    text = restored.replace_all(&text, "-restored-xxxx").into_owned();
    // A plan file's digest covers its declaration, and with it the folder of this very test.
    let digest = regex::Regex::new(r"\b[0-9a-f]{64}\b").unwrap();
    text = digest.replace_all(&text, "[digest]").into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => {
            let _ = writeln!(text, "[exit {code}]");
        }
        None => text.push_str("[killed]\n"),
    }
    text
}

/// The script, and the files at its end.
fn split(text: &str) -> (&str, Vec<(String, String)>) {
    let Some(at) = text.find("\n-- ") else {
        return (text, Vec::new());
    };
    let (script, rest) = text.split_at(at + 1);
    let mut files: Vec<(String, String)> = Vec::new();
    for line in rest.lines() {
        let name = line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        match (name, files.last_mut()) {
            (Some(name), _) => files.push((name.to_owned(), String::new())),
            (None, Some((_, content))) => {
                content.push_str(line);
                content.push('\n');
            }
            (None, None) => {}
        }
    }
    (script, files)
}
