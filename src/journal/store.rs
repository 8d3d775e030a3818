//! Where runs are kept: a local folder with one folder per run.
//!
//! Goes in: the root that the caller chose (simulated runs have one of their own) and a plan. Comes out: the run's
//! folder with the plan in it, and later its outcome.

use super::error::Error;
use super::read::{self, Journal};
use super::write::Writer;
use crate::names::{PartitionName, RunId};
use crate::plan::file::Saved;
use crate::plan::{Plan, Target};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The place of all runs and locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    root: PathBuf,
}

/// The folder of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
    run: RunId,
}

/// A run that began and is not over.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The run.
    pub run: RunId,
    /// Its plan, as approved.
    pub plan: Plan,
    /// How far it came.
    pub journal: Journal,
}

/// Whether two targets are one cluster for one back end: its lock has one name.
fn same_cluster(one: &Target, other: &Target) -> bool {
    one.backend == other.backend
        && one.account == other.account
        && one.region == other.region
        && one.cluster == other.cluster
}

impl Store {
    /// The store below `root`, such as `.auroractl`. Nothing is created before it is needed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder that holds the locks.
    pub fn locks(&self) -> PathBuf {
        self.root.join("locks")
    }

    /// The folder of a run, whether it exists or not.
    pub fn run(&self, run: &RunId) -> RunFolder {
        RunFolder {
            path: self.root.join("runs").join(run.as_str()),
            run: run.clone(),
        }
    }

    /// The ids of all runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, Error> {
        let folder = self.root.join("runs");
        let disk = |source| Error::Disk {
            operation: "read",
            path: folder.clone(),
            source,
        };
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(disk(source)),
        };
        let mut runs = Vec::new();
        for item in listing {
            let item = item.map_err(disk)?;
            if item.path().is_dir()
                && let Some(name) = item.file_name().to_str()
            {
                runs.push(RunId::new(name));
            }
        }
        // The ids begin with their date.
        runs.sort();
        Ok(runs)
    }

    /// The runs that began and are not over, oldest first. A folder without a plan or a first entry is of a run that never
    /// began; a journal that cannot be read is an error where its plan is for `target`, or any is asked for.
    ///
    /// # Errors
    /// A folder that cannot be read, or a damaged journal.
    pub fn unfinished(&self, target: Option<&Target>) -> Result<Vec<Unfinished>, Error> {
        let mut unfinished = Vec::new();
        for run in self.runs()? {
            let folder = self.run(&run);
            let plan = match folder.plan() {
                Ok(plan) => plan,
                Err(Error::Disk { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound =>
                {
                    continue;
                }
                // Without its plan nobody can tell what it was for; `resume RUN` says so.
                Err(Error::DamagedFile { .. }) if target.is_some() => continue,
                Err(error) => return Err(error),
            };
            if target.is_some_and(|target| !same_cluster(target, &plan.target)) {
                continue;
            }
            match read::read(&folder.journal_path(), action_ids(&plan)) {
                Ok(journal) if journal.replay.is_unfinished() => {
                    unfinished.push(Unfinished { run, plan, journal });
                }
                Ok(_) => {}
                Err(Error::Disk { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(unfinished)
    }

    /// Whether a run wrote its first entry. Before that nothing is sent. A journal that cannot be read counts as begun.
    pub fn has_begun(&self, run: &RunId) -> bool {
        let path = self.run(run).journal_path();
        match fs::read(path) {
            Ok(bytes) => bytes.contains(&b'\n'),
            Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        }
    }

    /// Makes the folder of a new run with its plan in it; a run that exists is an error.
    pub fn create_run(&self, run: &RunId, plan: &Plan) -> Result<RunFolder, Error> {
        let folder = self.run(run);
        let runs = self.root.join("runs");
        fs::create_dir_all(&runs).map_err(|source| Error::Disk {
            operation: "create",
            path: runs.clone(),
            source,
        })?;
        fs::create_dir(&folder.path).map_err(|source| {
            if source.kind() == std::io::ErrorKind::AlreadyExists {
                Error::RunExists {
                    path: folder.path.clone(),
                }
            } else {
                Error::Disk {
                    operation: "create",
                    path: folder.path.clone(),
                    source,
                }
            }
        })?;
        sync_folder(&runs)?;
        write_whole(&folder.path.join("plan.json"), plan)?;
        Ok(folder)
    }
}

impl RunFolder {
    /// The run.
    pub fn id(&self) -> &RunId {
        &self.run
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's file.
    pub fn journal_path(&self) -> PathBuf {
        self.path.join("journal.jsonl")
    }

    /// The plan that the run was begun with.
    pub fn plan(&self) -> Result<Plan, Error> {
        let path = self.path.join("plan.json");
        let bytes = fs::read(&path).map_err(|source| Error::Disk {
            operation: "read",
            path: path.clone(),
            source,
        })?;
        serde_json::from_slice(&bytes).map_err(|source| Error::DamagedFile { path, source })
    }

    /// Begins the journal of a new run.
    pub fn begin_journal(&self, plan: &Plan) -> Result<Writer, Error> {
        let writer = Writer::create(&self.journal_path(), action_ids(plan))?;
        sync_folder(&self.path)?;
        Ok(writer)
    }

    /// Opens the journal of a run to continue it; a torn last line is cut off.
    pub fn continue_journal(&self, plan: &Plan) -> Result<Writer, Error> {
        Writer::reopen(&self.journal_path(), action_ids(plan))
    }

    /// Keeps the plan file that the run was begun with, so that the run can be continued without it.
    pub fn keep_approved(&self, approved: &Saved) -> Result<(), Error> {
        write_whole(&self.path.join("approved.plan.json"), approved)
    }

    /// The plan file that the run was begun with, if it was.
    pub fn approved(&self) -> Result<Option<Saved>, Error> {
        let path = self.path.join("approved.plan.json");
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| Error::DamagedFile { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Disk {
                operation: "read",
                path,
                source,
            }),
        }
    }

    /// Reads the journal of a run.
    pub fn journal(&self) -> Result<Journal, Error> {
        read::read(&self.journal_path(), action_ids(&self.plan()?))
    }

    /// Keeps the run's summary beside its journal.
    pub fn write_outcome(&self, outcome: &impl Serialize) -> Result<(), Error> {
        write_whole(&self.path.join("outcome.json"), outcome)
    }
}

/// The id of a run that begins now: `20260515-060500-prod-4f1c`, by AWS's clock in UTC and with four random digits.
pub fn new_run_id(at: Timestamp, partition: &PartitionName) -> RunId {
    // The id is a folder's name and part of a snapshot's identifier.
    let partition: String = partition
        .as_str()
        .chars()
        .map(|character| match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' => character,
            _ => '-',
        })
        .collect();
    let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%d-%H%M%S");
    RunId::new(format!("{time}-{partition}-{:04x}", fastrand::u16(..)))
}

fn action_ids(plan: &Plan) -> impl Iterator<Item = crate::names::ActionId> {
    plan.actions.iter().map(|action| action.id.clone())
}

/// Writes a whole JSON file so that a reader sees either nothing, the old content or the new content.
pub(super) fn write_whole(path: &Path, content: &impl Serialize) -> Result<(), Error> {
    let mut bytes = serde_json::to_vec_pretty(content).map_err(|source| Error::Encode {
        path: path.to_owned(),
        source,
    })?;
    bytes.push(b'\n');
    let disk = |source| Error::Disk {
        operation: "write",
        path: path.to_owned(),
        source,
    };
    let temporary = temporary_beside(path);
    let written = write_synced(&temporary, &bytes).and_then(|()| fs::rename(&temporary, path));
    if let Err(source) = written {
        // What is left of the attempt is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        return Err(disk(source));
    }
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name beside `path` that no other process uses.
pub(super) fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(
        ".{}-{:016x}.new",
        std::process::id(),
        fastrand::u64(..)
    ));
    path.with_file_name(name)
}

/// Makes new names in a folder survive a crash of the machine.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| Error::Disk {
            operation: "sync",
            path: folder.to_owned(),
            source,
        })
}
