//! Declarations for every verb: which folder, which partitions, and where runs are kept beside them.

use crate::cli::Everywhere;
use crate::config;
use crate::desired::Desired;
use crate::error::Error;
use crate::names::PartitionName;
use std::env;
use std::path::{Path, PathBuf};

/// The folder, below which runs, locks and simulated worlds are kept.
const STATE_FOLDER: &str = ".auroractl";

/// The folder of declarations.
///
/// # Errors
/// When none is named and neither the working directory nor a folder above it has one.
pub fn folder(everywhere: &Everywhere) -> Result<PathBuf, Error> {
    match &everywhere.environments {
        Some(folder) => Ok(folder.clone()),
        None => config::find_folder(&working_directory()?).map_err(Error::from),
    }
}

/// The declarations of the named partitions, or of all.
///
/// # Errors
/// Every problem of every file that was read.
pub fn load(
    everywhere: &Everywhere,
    names: Option<&[PartitionName]>,
) -> Result<Vec<Desired>, Error> {
    let folder = folder(everywhere)?;
    let loaded = match names {
        Some(names) => config::load(&folder, names),
        None => config::load_all(&folder),
    };
    loaded.map_err(Error::from)
}

/// The declaration of one partition.
///
/// # Errors
/// Every problem of every file that was read.
pub fn load_one(everywhere: &Everywhere, name: &str) -> Result<Desired, Error> {
    let name = PartitionName::new(name);
    load(everywhere, Some(std::slice::from_ref(&name)))?
        .into_iter()
        .next()
        .ok_or_else(|| Error::failed(format!("partition `{name}` is not declared")))
}

/// Where runs and locks are kept: beside the folder of declarations that was found, so that two people in two folders
/// of one project meet the same lock; in the working directory where the folder was named or there is none.
///
/// # Errors
/// When the working directory cannot be read.
pub fn state_folder(everywhere: &Everywhere) -> Result<PathBuf, Error> {
    let here = working_directory()?;
    if everywhere.environments.is_none()
        && let Ok(found) = config::find_folder(&here)
        && let Some(project) = found.parent()
        && project != here
    {
        return Ok(project.join(STATE_FOLDER));
    }
    // Relative, because it is shown and typed.
    Ok(Path::new(STATE_FOLDER).to_owned())
}

fn working_directory() -> Result<PathBuf, Error> {
    env::current_dir()
        .map_err(|error| Error::failed("cannot read the working directory").caused_by(error))
}
