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

/// Where runs, locks and simulated worlds are kept: beside the folder of declarations that is used, however it was named
/// and wherever the command was typed, so that all who use one folder meet one lock. In the working directory where
/// there is no such folder.
///
/// # Errors
/// When a folder that was named, or the working directory, cannot be read.
pub fn state_folder(everywhere: &Everywhere) -> Result<PathBuf, Error> {
    state_folder_from(&working_directory()?, everywhere)
}

fn state_folder_from(here: &Path, everywhere: &Everywhere) -> Result<PathBuf, Error> {
    let used = match &everywhere.environments {
        Some(named) => Some(canonical(&here.join(named))?),
        None => match config::find_directory(here) {
            Ok(found) => Some(canonical(&found)?),
            Err(_) => None,
        },
    };
    match used.as_deref().and_then(Path::parent) {
        Some(project) if project != canonical(here)? => Ok(project.join(STATE_FOLDER)),
        // Relative, because it is shown and typed.
        _ => Ok(Path::new(STATE_FOLDER).to_owned()),
    }
}

/// What applies to a plan file: the folder from which it was planned, where that still is there and is not the one that
/// would be found anyway. The commands that are printed then name it too.
///
/// # Errors
/// When the working directory cannot be read.
pub fn for_plan_file(everywhere: &Everywhere, desired: &Desired) -> Result<Everywhere, Error> {
    Ok(for_plan_file_from(
        &working_directory()?,
        everywhere,
        &desired.file,
    ))
}

fn for_plan_file_from(here: &Path, everywhere: &Everywhere, declared: &Path) -> Everywhere {
    let mut everywhere = everywhere.clone();
    let is_there = here.join(declared).is_file();
    let Some(folder) = declared.parent().filter(|_| is_there) else {
        return everywhere;
    };
    let planned_from = canonical(&here.join(folder)).ok();
    let found = config::find_directory(here)
        .ok()
        .and_then(|found| canonical(&found).ok());
    if everywhere.environments.is_none() && planned_from != found {
        everywhere.environments = planned_from;
    }
    everywhere
}

/// One spelling for one folder, symbolic links resolved.
fn canonical(folder: &Path) -> Result<PathBuf, Error> {
    folder.canonicalize().map_err(|error| {
        Error::failed(format!("cannot read the folder {}", folder.display())).caused_by(error)
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

    fn everywhere(folder: &Path) -> Everywhere {
        Everywhere {
            environments: Some(folder.to_owned()),
            color: Color::Never,
            verbose: 0,
        }
    }

    fn nothing_named() -> Everywhere {
        Everywhere {
            environments: None,
            color: Color::Never,
            verbose: 0,
        }
    }

    #[test]
    fn whoever_uses_one_folder_of_declarations_meets_one_lock_wherever_they_type() {
        let project = tempfile::tempdir().unwrap();
        let project = project.path().canonicalize().unwrap();
        for folder in ["environments", "deep/down", "other/environments"] {
            fs::create_dir_all(project.join(folder)).unwrap();
        }
        let state = |here: &str, environments: Option<&str>| {
            let here = project.join(here);
            let everywhere =
                environments.map_or_else(nothing_named, |folder| everywhere(Path::new(folder)));
            // The working directory's own is shown as it is typed.
            here.join(state_folder_from(&here, &everywhere).unwrap())
        };
        let one = project.join(".auroractl");
        assert_eq!(state("", None), one);
        assert_eq!(state("", Some("environments")), one);
        assert_eq!(state("deep", None), one);
        assert_eq!(state("deep", Some("../environments")), one);
        assert_eq!(state("deep/down", Some("../../environments/")), one);
        assert_eq!(state("other", Some("../environments")), one);
        assert_eq!(state("environments", Some(".")), one);
        assert_eq!(state("other", None), project.join("other/.auroractl"));
        assert_eq!(
            state("", Some("other/environments")),
            project.join("other/.auroractl")
        );
        assert!(state_folder_from(&project, &everywhere(Path::new("absent"))).is_err());
    }

    #[test]
    fn a_plan_file_belongs_to_the_folder_from_which_it_was_planned() {
        let project = tempfile::tempdir().unwrap();
        let project = project.path().canonicalize().unwrap();
        for folder in ["environments", "other/environments"] {
            fs::create_dir_all(project.join(folder)).unwrap();
            fs::write(project.join(folder).join("dev.toml"), DEV).unwrap();
        }
        let used =
            |declared: &Path| for_plan_file_from(&project, &nothing_named(), declared).environments;
        assert_eq!(used(Path::new("environments/dev.toml")), None);
        assert_eq!(used(&project.join("environments/dev.toml")), None);
        assert_eq!(
            used(Path::new("other/environments/dev.toml")),
            Some(project.join("other/environments"))
        );
        assert_eq!(
            used(Path::new("/another/machine/environments/dev.toml")),
            None
        );
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
