//! Declarations for every verb: which folder, which partitions, and where runs are kept beside them.

use crate::cli::Everywhere;
use crate::config;
use crate::desired::Desired;
use crate::error::Error;
use crate::names::PartitionName;
use crate::report::Style;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The folder below which runs, locks and simulated worlds are kept.
const STATE_FOLDER: &str = ".auroractl";

/// The folder of declarations.
///
/// # Errors
/// When none is named and neither the working directory nor a folder above it has one.
pub fn folder(everywhere: &Everywhere) -> Result<PathBuf, Error> {
    match &everywhere.environments {
        Some(folder) => Ok(folder.clone()),
        None => config::find_directory(&working_directory()?).map_err(Error::from),
    }
}

/// The declarations of the named partitions, or of all.
///
/// # Errors
/// Every problem of every file that was read, in the style of messages.
pub fn load(
    everywhere: &Everywhere,
    names: Option<&[PartitionName]>,
    style: Style,
) -> Result<Vec<Desired>, Error> {
    let folder = folder(everywhere)?;
    let loaded = match names {
        Some(names) => config::load(&folder, names),
        None => config::load_all(&folder),
    };
    loaded.map_err(|problems| problems.into_error(style.is_coloured()))
}

/// The declaration of one partition.
///
/// # Errors
/// Every problem of every file that was read.
pub fn load_one(everywhere: &Everywhere, name: &str, style: Style) -> Result<Desired, Error> {
    let name = PartitionName::new(name);
    load(everywhere, Some(std::slice::from_ref(&name)), style)?
        .into_iter()
        .next()
        .ok_or_else(|| Error::failed(format!("partition `{name}` is not declared")))
}

/// What can be read although other files have problems.
#[derive(Debug)]
pub struct Loaded {
    /// The partitions that are declared without a problem.
    pub partitions: Vec<Desired>,
    /// The others, each with its own problems.
    pub broken: Vec<(PartitionName, Error)>,
    /// Every problem of every file, once; `None` when there is none.
    pub problems: Option<Error>,
}

/// The declarations of the named partitions, or of all, as far as they can be read: in a nightly run one broken file
/// must not hide what the other partitions have to say.
///
/// # Errors
/// When there is no folder, or no partition in it can be read.
pub fn load_what_can_be(
    everywhere: &Everywhere,
    names: Option<&[PartitionName]>,
    style: Style,
) -> Result<Loaded, Error> {
    let problems = match load(everywhere, names, style) {
        Ok(partitions) => {
            return Ok(Loaded {
                partitions,
                broken: Vec::new(),
                problems: None,
            });
        }
        Err(problems) => problems,
    };
    let folder = folder(everywhere)?;
    let names = match names {
        Some(names) => names.to_vec(),
        None => declared_names(&folder),
    };
    let (mut partitions, mut broken) = (Vec::new(), Vec::new());
    for name in names {
        match config::load(&folder, std::slice::from_ref(&name)) {
            Ok(loaded) => partitions.extend(loaded),
            Err(problems) => broken.push((name, problems.into_error(style.is_coloured()))),
        }
    }
    if partitions.is_empty() {
        return Err(problems);
    }
    Ok(Loaded {
        partitions,
        broken,
        problems: Some(problems),
    })
}

/// The names of the files that look like a partition's, even where they cannot be understood.
fn declared_names(folder: &Path) -> Vec<PartitionName> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<PartitionName> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_stem()?.to_str()?;
            let is_toml = path.extension()? == "toml";
            let text = fs::read_to_string(&path).ok()?;
            let declares = text
                .lines()
                .any(|line| line.trim().starts_with("[partition]"));
            (is_toml && declares).then(|| PartitionName::new(name))
        })
        .collect();
    names.sort();
    names
}

/// Where runs and locks are kept: beside the folder of declarations, whether it was found or named, so that two people
/// who use the same declarations meet the same lock wherever they stand; in the working directory where there is none.
///
/// # Errors
/// When the working directory cannot be read.
pub fn state_folder(everywhere: &Everywhere) -> Result<PathBuf, Error> {
    let here = working_directory()?;
    let folder = match &everywhere.environments {
        Some(folder) => Some(folder.clone()),
        None => config::find_directory(&here).ok(),
    };
    // Links and `..` resolved: several ways to one folder are one folder.
    let project = folder
        .and_then(|folder| folder.canonicalize().ok())
        .and_then(|folder| folder.parent().map(Path::to_owned));
    Ok(match project {
        Some(project) if Some(&project) != here.canonicalize().ok().as_ref() => {
            project.join(STATE_FOLDER)
        }
        // Relative, because it is shown and typed.
        _ => Path::new(STATE_FOLDER).to_owned(),
    })
}

fn working_directory() -> Result<PathBuf, Error> {
    env::current_dir()
        .map_err(|error| Error::failed("cannot read the working directory").caused_by(error))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cli::Color;

    #[test]
    fn the_lock_lies_beside_the_declarations_wherever_one_stands() {
        let project = tempfile::tempdir().unwrap();
        let folder = project.path().join("environments");
        std::fs::create_dir(&folder).unwrap();
        let expected = project.path().canonicalize().unwrap().join(STATE_FOLDER);
        assert_eq!(state_folder(&everywhere(&folder)).unwrap(), expected);
        let another_way = folder.join("..").join("environments");
        assert_eq!(state_folder(&everywhere(&another_way)).unwrap(), expected);
    }

    fn everywhere(folder: &Path) -> Everywhere {
        Everywhere {
            environments: Some(folder.to_owned()),
            color: Color::Never,
            verbose: 0,
        }
    }

    const DEV: &str = r#"
[partition]
name = "dev"
[aws]
account = "222222222222"
region = "us-east-1"
[cluster]
identifier = "orders-dev"
engine = "aurora-postgresql"
engine_version = "16"
apply_immediately = true
"#;

    #[test]
    fn one_broken_file_does_not_hide_the_other_partitions() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dev.toml"), DEV).unwrap();
        fs::write(
            folder.path().join("prod.toml"),
            DEV.replace("\"dev\"", "\"prod\"")
                .replace("region", "regoin"),
        )
        .unwrap();
        let loaded = load_what_can_be(&everywhere(folder.path()), None, Style::new(false)).unwrap();
        let names: Vec<&str> = loaded
            .partitions
            .iter()
            .map(|desired| desired.partition.as_str())
            .collect();
        assert_eq!(names, ["dev"]);
        let broken: Vec<&str> = loaded
            .broken
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(broken, ["prod"]);
        assert!(loaded.problems.unwrap().render(false).contains("regoin"));
    }

    #[test]
    fn without_any_readable_partition_the_problems_are_all_there_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("dev.toml"), DEV.replace("[aws]", "[aws")).unwrap();
        let error =
            load_what_can_be(&everywhere(folder.path()), None, Style::new(false)).unwrap_err();
        assert_eq!(error.exit().code(), 1);
    }
}
