//! The files of a directory of declarations: each read once, with the files that it extends.
//!
//! Goes in: paths. Comes out: layers in the order in which they are merged, and problems with the files themselves.

use super::layer::Layer;
use super::problem::Problem;
use super::read::{self, Contents};
use super::source::{At, Source};
use crate::hint::nearest;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// No declaration that a person can read is longer.
const BYTES_MAX: u64 = 1 << 20;

/// One file that was read.
#[derive(Debug)]
pub(super) struct File {
    pub(super) source: Arc<Source>,
    pub(super) layer: Layer,
    /// Whether it could be parsed.
    pub(super) complete: bool,
    /// The files it extends, where they could be read.
    extends: Vec<(At, FileId)>,
}

/// A file's position among those that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(usize);

/// All files that were read, each once.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: Vec<File>,
    by_path: BTreeMap<PathBuf, FileId>,
    pub(super) problems: Vec<Problem>,
}

impl Files {
    /// Reads a file and everything that it extends, unless that was read already.
    ///
    /// # Errors
    /// The reason why the file itself cannot be read. What is wrong inside is added to the problems.
    pub(super) fn load(&mut self, path: &Path) -> Result<FileId, std::io::Error> {
        // The same spelling is the same file; other spellings of it are told by asking the system.
        if let Some(id) = self.by_path.get(path) {
            return Ok(*id);
        }
        let canonical = path.canonicalize()?;
        if let Some(id) = self.by_path.get(&canonical).copied() {
            self.by_path.insert(path.to_path_buf(), id);
            return Ok(id);
        }
        let bytes = contents(&canonical)?;
        let text = String::from_utf8(bytes)
            .map_err(|error| std::io::Error::other(format!("it is not UTF-8 text: {error}")))?;
        let source = Source::new(path, text);
        let Contents {
            layer,
            extends,
            complete,
        } = read::read(&source, &mut self.problems);
        let id = FileId(self.files.len());
        self.files.push(File {
            source,
            layer,
            complete,
            extends: Vec::new(),
        });
        // Known before its extensions are read, so that a cycle ends here.
        self.by_path.insert(canonical, id);
        self.by_path.insert(path.to_path_buf(), id);
        let directory = path.parent().unwrap_or(Path::new(""));
        for extension in extends {
            let target = plain(&directory.join(&extension.file));
            match self.load(&target) {
                Ok(extended) => {
                    if let Some(file) = self.files.get_mut(id.0) {
                        file.extends.push((extension.at, extended));
                    }
                }
                Err(error) => {
                    if let Some(file) = self.files.get_mut(id.0) {
                        file.complete = false;
                    }
                    self.problems
                        .push(unreadable(&extension.at, &target, &error));
                }
            }
        }
        Ok(id)
    }

    /// How many files were read.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// The file.
    pub(super) fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0)
    }

    /// Whether any file extends this one.
    pub(super) fn is_extended(&self, id: FileId) -> bool {
        self.files
            .iter()
            .any(|file| file.extends.iter().any(|(_, extended)| *extended == id))
    }

    /// The file and all that it extends, directly or not, farthest first: each once, and after everything that it
    /// extends itself.
    pub(super) fn chain(&self, id: FileId) -> Vec<&File> {
        let mut done = Vec::new();
        self.visit(id, &mut Vec::new(), &mut done, &mut |_, _| ());
        done.iter().filter_map(|id| self.get(*id)).collect()
    }

    /// Cycles of `extends`, each reported at the entry that closes it.
    pub(super) fn cycles(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut done = Vec::new();
        for index in 0..self.files.len() {
            let mut path = Vec::new();
            self.visit(FileId(index), &mut path, &mut done, &mut |at, circle| {
                problems.push(self.cycle(at, circle));
            });
        }
        problems
    }

    fn visit(
        &self,
        id: FileId,
        path: &mut Vec<FileId>,
        done: &mut Vec<FileId>,
        on_cycle: &mut dyn FnMut(&At, &[FileId]),
    ) {
        if done.contains(&id) {
            return;
        }
        let Some(file) = self.get(id) else { return };
        path.push(id);
        for (at, extended) in &file.extends {
            match path.iter().position(|open| open == extended) {
                Some(start) => on_cycle(at, path.get(start..).unwrap_or_default()),
                None => self.visit(*extended, path, done, on_cycle),
            }
        }
        path.pop();
        done.push(id);
    }

    fn cycle(&self, at: &At, circle: &[FileId]) -> Problem {
        let mut names: Vec<String> = circle
            .iter()
            .filter_map(|id| self.get(*id))
            .map(|file| file.source.path().display().to_string())
            .collect();
        names.extend(names.first().cloned());
        if circle.len() == 1 {
            return Problem::at(at, "the file extends itself").hinted("remove it from `extends`");
        }
        Problem::at(at, "`extends` leads back to where it began")
            .labelled("closes the circle")
            .hinted(format!("the circle is {}", names.join(" -> ")))
    }
}

/// A device or a pipe might never come to an end, nor might a file of that size ever be shown.
fn contents(path: &Path) -> Result<Vec<u8>, std::io::Error> {
    let about = std::fs::metadata(path)?;
    // Reading a folder fails in the system's own words.
    if !about.is_file() && !about.is_dir() {
        return Err(std::io::Error::other("it is not a regular file"));
    }
    if about.len() > BYTES_MAX {
        return Err(std::io::Error::other(format!(
            "it has {} bytes, and a declaration has {BYTES_MAX} at most",
            about.len()
        )));
    }
    std::fs::read(path)
}

fn unreadable(at: &At, target: &Path, error: &std::io::Error) -> Problem {
    let shown = target.display();
    if error.kind() != std::io::ErrorKind::NotFound {
        return Problem::at(at, format!("cannot read `{shown}`: {error}"));
    }
    let problem = Problem::at(at, format!("there is no file `{shown}`"));
    let directory = target.parent().filter(|parent| parent.is_dir());
    let wanted = target
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let beside = directory.map(toml_files).unwrap_or_default();
    match nearest(&wanted, beside.iter().map(String::as_str)) {
        Some(name) => problem.hinted(format!("did you mean `{name}`?")),
        None => problem.hinted("`extends` is relative to the file that says it"),
    }
}

/// The names of the TOML files of a directory, sorted; empty where it cannot be read.
pub(super) fn toml_files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml") && !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// The path without `.` components, for messages.
fn plain(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}
