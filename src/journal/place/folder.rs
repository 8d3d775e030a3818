//! A local folder: a file for each document, and for each journal a file of JSON lines.
//!
//! Goes in: keys, which are paths below the root. Comes out: files that are whole or not there, synced before a call returns.

use super::{Document, Lines, Version};
use crate::journal::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The root of a store on disk.
#[derive(Clone, Debug)]
pub(in crate::journal) struct Folder {
    root: PathBuf,
}

/// The end of a journal's file.
#[derive(Debug)]
pub(in crate::journal) struct End {
    path: PathBuf,
    file: File,
    /// The length of the file after our last line. Another length means another writer.
    whole_bytes: u64,
}

impl Folder {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(super) fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    pub(super) fn runs(&self) -> Result<Vec<String>, Error> {
        let folder = self.path("runs");
        let listing = match fs::read_dir(&folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(disk("read", &folder)(source)),
        };
        let mut runs = Vec::new();
        for item in listing {
            let item = item.map_err(disk("read", &folder))?;
            if item.path().is_dir()
                && let Some(name) = item.file_name().to_str()
            {
                runs.push(name.to_owned());
            }
        }
        Ok(runs)
    }

    pub(super) fn read(&self, key: &str) -> Result<Option<Document>, Error> {
        let bytes = read(&self.path(key))?;
        Ok(bytes.map(|bytes| Document {
            version: Version(bytes.clone()),
            bytes,
        }))
    }

    pub(super) fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(key);
        let temporary = temporary_beside(&path);
        let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
        if let Err(source) = written {
            // What is left of the attempt is of no use; the first error is the one to tell.
            let _ = fs::remove_file(&temporary);
            return Err(disk("write", &path)(source));
        }
        sync_parent(&path)
    }

    pub(super) fn create(&self, key: &str, bytes: &[u8]) -> Result<Option<Version>, Error> {
        let path = self.path(key);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        // A hard link appears with its whole content or not at all, and fails if the name is taken.
        let temporary = temporary_beside(&path);
        let linked = write_synced(&temporary, bytes)
            .map_err(disk("write", &path))
            .map(|()| fs::hard_link(&temporary, &path));
        let _ = fs::remove_file(&temporary);
        match linked? {
            Ok(()) => {
                sync_parent(&path)?;
                Ok(Some(Version(bytes.to_vec())))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(None),
            Err(source) => Err(disk("write", &path)(source)),
        }
    }

    pub(super) fn replace(
        &self,
        key: &str,
        version: &Version,
        bytes: &[u8],
    ) -> Result<Option<Version>, Error> {
        match read(&self.path(key))? {
            Some(found) if found == version.0 => {
                self.write(key, bytes)?;
                Ok(Some(Version(bytes.to_vec())))
            }
            _ => Ok(None),
        }
    }

    /// Takes a file away if it still is the one that was judged. Of two who try, one gets it; the other may get a new file
    /// of the first, and puts it back.
    pub(super) fn remove(&self, key: &str, version: &Version) -> Result<bool, Error> {
        let path = self.path(key);
        let aside = temporary_beside(&path);
        match fs::rename(&path, &aside) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(disk("take over", &path)(source)),
        }
        if read(&aside)?.is_some_and(|found| found == version.0) {
            fs::remove_file(&aside).map_err(disk("delete", &path))?;
            return Ok(true);
        }
        // Its holder checks the file before each request; without it, it would only pause.
        let returned = fs::hard_link(&aside, &path);
        let _ = fs::remove_file(&aside);
        returned.map_err(disk("put back", &path))?;
        Ok(false)
    }

    pub(super) fn begin_run(&self, run: &str, plan: &[u8]) -> Result<bool, Error> {
        let runs = self.path("runs");
        create_folder(&runs)?;
        let folder = runs.join(run);
        match fs::create_dir(&folder) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(source) => return Err(disk("create", &folder)(source)),
        }
        sync_folder(&runs)?;
        self.write(&format!("runs/{run}/plan.json"), plan)?;
        Ok(true)
    }

    pub(super) fn lines(&self, journal: &str) -> Result<Option<Lines>, Error> {
        Ok(read(&self.path(journal))?.map(|bytes| split(&bytes)))
    }

    pub(super) fn begin_journal(&self, journal: &str) -> Result<End, Error> {
        let path = self.path(journal);
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(disk("create", &path))?;
        sync_parent(&path)?;
        Ok(End {
            path,
            file,
            whole_bytes: 0,
        })
    }

    pub(super) fn continue_journal(&self, journal: &str, lines: &Lines) -> Result<End, Error> {
        let path = self.path(journal);
        let file = OpenOptions::new()
            .append(true)
            .open(&path)
            .map_err(disk("open", &path))?;
        // A line that came since the lines were read may be what announces a request: it must not be cut off.
        let read_bytes = lines.whole_bytes.saturating_add(lines.torn_bytes);
        let found = file.metadata().map_err(disk("read", &path))?;
        if found.is_file() && found.len() != read_bytes {
            return Err(Error::WrittenByAnother {
                journal: path.display().to_string(),
            });
        }
        if lines.torn_bytes > 0 {
            file.set_len(lines.whole_bytes)
                .map_err(disk("shorten", &path))?;
        }
        file.sync_data().map_err(disk("sync", &path))?;
        Ok(End {
            path,
            file,
            whole_bytes: lines.whole_bytes,
        })
    }
}

impl End {
    #[cfg(test)]
    #[allow(clippy::unwrap_used)]
    pub(super) fn onto(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            file: OpenOptions::new().write(true).open(path).unwrap(),
            whole_bytes: 0,
        }
    }

    pub(super) fn append(&mut self, mut line: Vec<u8>) -> Result<(), Error> {
        self.is_ours_alone()?;
        line.push(b'\n');
        // One write, so that a crash tears at most this line; a reader drops a line without its end.
        self.file
            .write_all(&line)
            .and_then(|()| self.file.sync_data())
            .map_err(disk("write", &self.path))?;
        self.whole_bytes = self.whole_bytes.saturating_add(length(&line));
        Ok(())
    }

    /// Whether nobody else has written since: a run that was resumed or unlocked elsewhere is no longer this process's.
    fn is_ours_alone(&self) -> Result<(), Error> {
        let found = self.file.metadata().map_err(disk("read", &self.path))?;
        // A device has no length to compare.
        if !found.is_file() || found.len() == self.whole_bytes {
            return Ok(());
        }
        Err(Error::WrittenByAnother {
            journal: self.path.display().to_string(),
        })
    }
}

/// The lines of a file. A line counts once it is whole: its writer syncs before it acts on it, so nothing was done on the
/// strength of a line that was cut, however much of it is there.
fn split(bytes: &[u8]) -> Lines {
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |position| position.saturating_add(1));
    let (lines, torn) = bytes.split_at(whole);
    Lines {
        lines: lines
            .strip_suffix(b"\n")
            .map(|lines| lines.split(|byte| *byte == b'\n'))
            .into_iter()
            .flatten()
            .map(<[u8]>::to_vec)
            .collect(),
        whole_bytes: length(lines),
        torn_bytes: length(torn),
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(disk("read", path)(source)),
    }
}

fn disk(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Disk {
        operation,
        path: path.to_owned(),
        source,
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name beside `path` that no other process uses.
fn temporary_beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(
        ".{}-{:016x}.new",
        std::process::id(),
        fastrand::u64(..)
    ));
    path.with_file_name(name)
}

fn sync_parent(path: &Path) -> Result<(), Error> {
    match path.parent() {
        Some(folder) => sync_folder(folder),
        None => Ok(()),
    }
}

/// Creates a folder and those above it, and makes their names survive a crash of the machine: a journal in a folder whose own
/// name is lost is lost with it.
fn create_folder(folder: &Path) -> Result<(), Error> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|above| !above.as_os_str().is_empty() && !above.exists())
        .collect();
    fs::create_dir_all(folder).map_err(disk("create", folder))?;
    for new in missing {
        match new.parent() {
            Some(above) if !above.as_os_str().is_empty() => sync_folder(above)?,
            _ => sync_folder(Path::new("."))?,
        }
    }
    Ok(())
}

/// Makes new names in a folder survive a crash of the machine.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(disk("sync", folder))
}
