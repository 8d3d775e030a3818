//! Declarations: the only door through which what users want comes in.
//!
//! Goes in: a folder of TOML files and the names of partitions. Comes out: `Desired`, or every problem of every file that
//! was read, each with file, line, column, the source line and what would be valid.

mod field;
mod layer;
mod problem;
mod resolve;
mod schema;
mod source;
mod span;

use crate::desired::Desired;
use crate::hint::nearest;
use crate::names::PartitionName;
pub use problem::{Problem, Problems};
pub use schema::schema;
use source::Sources;
use std::path::{Path, PathBuf};

/// The folder's name where none is given.
pub const FOLDER: &str = "environments";

/// Loads the named partitions, in the order of the names.
///
/// # Errors
///
/// Every problem of the files that the partitions are made of.
pub fn load(folder: &Path, names: &[PartitionName]) -> Result<Vec<Desired>, Problems> {
    let mut sources = Sources::new();
    let mut problems = Vec::new();
    let mut partitions = Vec::new();
    for name in names {
        let path = folder.join(format!("{name}.toml"));
        if path.is_file() {
            partitions.push((Some(name.clone()), path));
        } else {
            problems.push(absent(folder, name, &path, &mut sources));
        }
    }
    resolve::all(partitions, &mut sources, problems)
}

/// Loads every partition of the folder, ordered by file name. Files without `[partition]` are only there to be extended.
///
/// # Errors
///
/// Every problem of every file in the folder.
pub fn load_all(folder: &Path) -> Result<Vec<Desired>, Problems> {
    let mut sources = Sources::new();
    let mut problems = Vec::new();
    let files = match toml_files(folder) {
        Ok(files) => files,
        Err(source) => {
            return Err(Problems::from(vec![Problem::of_file(
                folder,
                format!("cannot read the folder of declarations: {source}"),
                "name it with --environments DIR",
            )]));
        }
    };
    let mut partitions = Vec::new();
    for path in files {
        match sources.open(&path) {
            Ok(layer) if layer.declares_partition() => partitions.push((None, path)),
            Ok(layer) => problems.extend(layer.problems().iter().cloned()),
            Err(problem) => problems.push(problem),
        }
    }
    if partitions.is_empty() && problems.is_empty() {
        problems.push(Problem::of_file(
            folder,
            "no file in this folder declares a partition".to_owned(),
            "add a file with a [partition] table, or name another folder with --environments DIR",
        ));
    }
    resolve::all(partitions, &mut sources, problems)
}

/// The folder `environments` of `start` or of its nearest ancestor that has one.
///
/// # Errors
///
/// When there is none.
pub fn find_folder(start: &Path) -> Result<PathBuf, Problems> {
    start
        .ancestors()
        .map(|folder| folder.join(FOLDER))
        .find(|folder| folder.is_dir())
        // Seen from where the user stands, the short name is the one they know.
        .map(|folder| match folder.strip_prefix(start) {
            Ok(short) => short.to_path_buf(),
            Err(_) => folder.clone(),
        })
        .ok_or_else(|| {
            Problems::from(vec![Problem::of_file(
                start,
                format!("neither this folder nor one above it has a folder `{FOLDER}`"),
                "make one, or name it with --environments DIR",
            )])
        })
}

fn toml_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn absent(folder: &Path, name: &PartitionName, path: &Path, sources: &mut Sources) -> Problem {
    let known: Vec<String> = toml_files(folder)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| {
            sources
                .open(path)
                .is_ok_and(|layer| layer.declares_partition())
        })
        .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
        .collect();
    let help = match nearest(name.as_str(), known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "name the right folder with --environments DIR".to_owned(),
        None => format!("known partitions: {}", known.join(", ")),
    };
    Problem::of_file(path, format!("there is no partition `{name}`"), help)
}

#[cfg(test)]
mod tests;
