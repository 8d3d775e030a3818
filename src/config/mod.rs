//! The only door for declarations: `environments/*.toml` in, desired partitions or every problem out.
//!
//! Each file is read once (`files`), its tables become a layer (`read`, `layer`), a partition's layers are merged and
//! checked (`resolve`). Whatever is wrong in any of them is reported in one go (`problem`).

mod files;
mod keys;
mod layer;
mod problem;
mod read;
mod resolve;
mod schema;
mod shape;
mod source;
mod span_of_time;
mod value;

use crate::desired::Desired;
use crate::hint::nearest;
use crate::names::PartitionName;
use files::{FileId, Files};
pub use problem::{Problem, Problems};
use resolve::Resolved;
pub use schema::schema;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The name of the directory that holds declarations.
const DIRECTORY: &str = "environments";

/// The `environments` directory in `start`, or in its nearest ancestor that has one.
///
/// A relative `start` gives a relative path, so that messages name files as the reader would.
///
/// # Errors
/// A problem that names `start` where no ancestor has such a directory.
pub fn find_directory(start: &Path) -> Result<PathBuf, Problem> {
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_path_buf());
    let mut climbed = without_current(start);
    for ancestor in absolute.ancestors() {
        let found = ancestor.join(DIRECTORY).is_dir();
        if found {
            return Ok(if start.is_absolute() {
                ancestor.join(DIRECTORY)
            } else {
                climbed.join(DIRECTORY)
            });
        }
        climbed.push("..");
    }
    Err(Problem::general(format!(
        "there is no directory `{DIRECTORY}` in `{}` or above it",
        absolute.display()
    ))
    .hinted(format!(
        "go to the directory that holds `{DIRECTORY}`, or name it with --environments DIR"
    )))
}

fn without_current(path: &Path) -> PathBuf {
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}

/// Loads the named partitions, in the order in which they are named.
///
/// # Errors
/// Every problem of their files, of the files these extend, and of names that no file declares.
pub fn load(directory: &Path, names: &[PartitionName]) -> Result<Vec<Desired>, Problems> {
    let known = known_files(directory)?;
    let mut files = Files::default();
    let mut partitions: Vec<FileId> = Vec::new();
    let mut seen: BTreeSet<&PartitionName> = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            continue;
        }
        let file_name = format!("{name}.toml");
        let path = directory.join(&file_name);
        let loaded = known.contains(&file_name).then(|| files.load(&path));
        match loaded {
            None => {
                let problem = no_partition(directory, &known, name);
                files.problems.push(problem);
            }
            Some(Err(error)) => files.problems.push(cannot_read(&path, &error)),
            Some(Ok(id)) => match files.get(id) {
                Some(file) if file.complete && file.layer.partition.is_none() => {
                    let problem = no_partition(directory, &known, name);
                    files.problems.push(problem.hinted(format!(
                        "`{}` has no [partition]; it is only extended by others",
                        path.display()
                    )));
                }
                _ => partitions.push(id),
            },
        }
    }
    files.problems.append(&mut files.cycles());
    finish(files, &partitions)
}

/// Loads every partition that the directory declares, sorted by name.
///
/// Files without `[partition]` are only extended by others; one that nobody extends is a problem, because it would be
/// left out in silence.
///
/// # Errors
/// Every problem of every file.
pub fn load_all(directory: &Path) -> Result<Vec<Desired>, Problems> {
    let known = known_files(directory)?;
    let mut files = Files::default();
    let mut top: Vec<FileId> = Vec::new();
    for file_name in &known {
        let path = directory.join(file_name);
        match files.load(&path) {
            Ok(id) => top.push(id),
            Err(error) => files.problems.push(cannot_read(&path, &error)),
        }
    }
    // While some file cannot be read, nobody knows whom it extends.
    let all_read = top.len() == known.len()
        && top
            .iter()
            .all(|id| files.get(*id).is_some_and(|file| file.complete));
    let mut partitions = Vec::new();
    let mut idle = Vec::new();
    for id in top {
        match files.get(id) {
            Some(file) if file.layer.partition.is_some() => partitions.push(id),
            Some(file) if all_read && !files.is_extended(id) => {
                let at = source::At::beginning(&file.source);
                idle.push(
                    Problem::at(
                        &at,
                        "the file declares no partition, and no other file extends it",
                    )
                    .hinted("add [partition] with `name`, or move the file elsewhere"),
                );
            }
            _ => {}
        }
    }
    files.problems.append(&mut idle);
    files.problems.append(&mut files.cycles());
    if partitions.is_empty() && files.problems.is_empty() {
        return Err(Problems::new(vec![
            Problem::general(format!(
                "no file in `{}` declares a partition",
                directory.display()
            ))
            .hinted("a partition is a file NAME.toml with [partition] and `name = \"NAME\"`"),
        ]));
    }
    let mut desired = finish(files, &partitions)?;
    desired.sort_by(|left, right| left.partition.cmp(&right.partition));
    Ok(desired)
}

/// Resolves the partitions and gathers what is wrong with any of them.
fn finish(mut files: Files, partitions: &[FileId]) -> Result<Vec<Desired>, Problems> {
    let mut problems = std::mem::take(&mut files.problems);
    let mut resolved = Vec::new();
    for id in partitions {
        resolved.extend(resolve::resolve(&files, *id, &mut problems));
    }
    problems.append(&mut shared_clusters(&resolved));
    if problems.is_empty() {
        Ok(resolved.into_iter().map(|one| one.desired).collect())
    } else {
        Err(Problems::new(problems))
    }
}

/// Two partitions that manage one cluster would undo each other's changes.
fn shared_clusters(resolved: &[Resolved]) -> Vec<Problem> {
    let mut owners = BTreeMap::new();
    let mut problems = Vec::new();
    for Resolved {
        desired,
        identifier_at,
    } in resolved
    {
        let aws = &desired.aws;
        let cluster = (&aws.account, &aws.region, &desired.cluster.identifier);
        if let Some(owner) = owners.insert(cluster, &desired.partition) {
            problems.push(
                Problem::at(
                    identifier_at,
                    format!(
                        "the partitions `{owner}` and `{}` declare the same cluster",
                        desired.partition
                    ),
                )
                .hinted("a cluster belongs to one partition; give one of them its own identifier"),
            );
        }
    }
    problems
}

/// The names of the directory's declaration files, sorted.
fn known_files(directory: &Path) -> Result<Vec<String>, Problems> {
    let problem = match std::fs::read_dir(directory) {
        Ok(_) => return Ok(files::toml_files(directory)),
        Err(error) => Problem::general(format!(
            "cannot read the directory `{}`: {error}",
            directory.display()
        )),
    };
    Err(Problems::new(vec![problem.hinted(
        "name the directory of the declarations with --environments DIR",
    )]))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Problem {
    Problem::general(format!("cannot read `{}`: {error}", path.display()))
}

fn no_partition(directory: &Path, known: &[String], name: &PartitionName) -> Problem {
    let problem = Problem::general(format!(
        "there is no partition `{name}` in `{}`",
        directory.display()
    ));
    // Read apart from the rest: what is wrong in files that nobody named is not this run's business.
    let mut files = Files::default();
    let partitions: Vec<&str> = known
        .iter()
        .filter(|file_name| {
            let id = files.load(&directory.join(file_name)).ok();
            id.and_then(|id| files.get(id))
                .is_some_and(|file| file.layer.partition.is_some())
        })
        .filter_map(|file_name| file_name.strip_suffix(".toml"))
        .collect();
    let problem = match nearest(name.as_str(), partitions.iter().copied()) {
        Some(meant) => problem.hinted(format!("did you mean `{meant}`?")),
        None => problem,
    };
    match partitions.as_slice() {
        [] => problem.hinted("no file there declares a partition"),
        partitions => problem.hinted(format!("there is {}", shape::listed(partitions))),
    }
}

#[cfg(test)]
mod tests;
