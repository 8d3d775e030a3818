//! Simulated worlds that outlive a command: `.auroractl/simulated/KEY/`, the key made of the world's content, or the same in a
//! bucket.
//!
//! Goes in: a world file, or the built-in world. Comes out: a running simulator whose world is written at each change,
//! so that a command that is killed leaves it as AWS would be. The world file itself is never written.

use super::files;
use super::shared_world::SharedWorld;
use super::world_door::{Loss, WorldDoor};
use crate::cli::Speed;
use crate::error::Error;
use crate::journal::Store;
use crate::sim::{self, Simulator};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The name of the world that is simulated unless another is named.
const BUILT_IN: &str = "built-in";

/// What a simulated command without anything to do says: the world may have been changed by an earlier command.
pub const FRESH_WORLD_HINT: &str =
    "hint: the simulated world is kept between commands; begin it anew with --fresh-world\n";

/// Whether a command changes the world that it looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It only looks; the saved world stays as it is.
    Nothing,
    /// It changes it, and says so to whoever comes next: its own words, such as `apply prod`.
    Changes(String),
}

/// A running simulated world.
#[derive(Debug)]
pub struct Simulated {
    simulator: Simulator,
    name: String,
    options: sim::Options,
    runs: Store,
    loss: Loss,
    keeper: Option<Keeper>,
}

/// Where worlds are kept.
#[derive(Clone, Debug)]
pub enum Home {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(Store),
}

/// One world in its home.
#[derive(Debug)]
enum Kept {
    Folder {
        folder: PathBuf,
        // Held for its lock, which the operating system releases even when the process is killed.
        _lock: Option<File>,
    },
    Bucket(Box<SharedWorld>),
}

/// What writes the world, and keeps other writers out while it lives.
#[derive(Debug)]
struct Keeper {
    world: Arc<Mutex<Kept>>,
}

impl Kept {
    fn open(home: Home, key: &str, name: &str, fresh: bool, keep: &Keep) -> Result<Self, Error> {
        let state_folder = match home {
            Home::Folder(state_folder) => state_folder,
            Home::Bucket(store) => {
                let world = SharedWorld::open(&store, key, name, fresh, keep)?;
                return Ok(Self::Bucket(Box::new(world)));
            }
        };
        let worlds = state_folder.join("simulated");
        let folder = worlds.join(key);
        let lock = match (keep, fresh) {
            (Keep::Changes(command), _) => Some(lock(&worlds, key, name, command)?),
            (Keep::Nothing, true) => Some(lock(&worlds, key, name, "--fresh-world")?),
            (Keep::Nothing, false) => None,
        };
        if fresh {
            remove(&folder)?;
        }
        Ok(Self::Folder {
            folder,
            _lock: lock,
        })
    }

    /// The world as it was left, and what a person calls the place of it.
    fn saved(&self) -> Result<(Option<String>, String), Error> {
        match self {
            Self::Bucket(world) => Ok((world.saved().map(str::to_owned), world.document())),
            Self::Folder { folder, .. } => {
                let file = folder.join("world.json");
                let name = file.display().to_string();
                match fs::read_to_string(&file) {
                    Ok(text) => Ok((Some(text), name)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((None, name)),
                    Err(error) => {
                        Err(Error::failed(format!("cannot read {name}")).caused_by(error))
                    }
                }
            }
        }
    }

    /// Where the runs of this world are.
    fn runs(&self) -> Store {
        match self {
            Self::Folder { folder, .. } => Store::new(folder),
            Self::Bucket(world) => world.runs().clone(),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), Error> {
        match self {
            Self::Folder { folder, .. } => {
                write(folder, text).map_err(|error| not_kept(folder, error))
            }
            Self::Bucket(world) => world.keep(text),
        }
    }

    fn close(&mut self, text: &str) -> Result<(), Error> {
        match self {
            Self::Folder { .. } => self.write(text),
            Self::Bucket(world) => world.give_back(text),
        }
    }
}

impl Simulated {
    /// Opens the saved world of this content, or begins it.
    ///
    /// # Errors
    /// A world that cannot be read, or that another command is changing.
    pub fn open(
        home: Home,
        world: Option<&Path>,
        speed: Speed,
        fresh: bool,
        keep: Keep,
    ) -> Result<Self, Error> {
        let (name, text) = read(world)?;
        let kept = Kept::open(home, &key(&text), &name, fresh, &keep)?;
        let options = sim::Options {
            speed: match speed {
                Speed::Times(times) => times,
                // The paused clock jumps; a simulated second is a virtual one.
                Speed::Max => 1.0,
            },
        };
        let simulator = match kept.saved()? {
            (Some(saved), place) => Simulator::from_saved(&saved, options).map_err(|error| {
                Error::failed(format!("cannot continue the simulated world {place}"))
                    .caused_by(error)
                    .hinted("begin it anew with --fresh-world")
            })?,
            (None, _) => Simulator::from_scenario(&name, &text, options).map_err(|error| {
                Error::failed(format!("cannot simulate world `{name}`")).caused_by(error)
            })?,
        };
        let runs = kept.runs();
        let loss = Loss::default();
        let keeper = match keep {
            Keep::Changes(_) => {
                let keeper = Keeper {
                    world: Arc::new(Mutex::new(kept)),
                };
                keeper.attend(&simulator, &loss)?;
                Some(keeper)
            }
            Keep::Nothing => None,
        };
        Ok(Self {
            simulator,
            name,
            options,
            runs,
            loss,
            keeper,
        })
    }

    /// The simulator.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// An HTTP client for the AWS SDK that leads to it for as long as it can be kept.
    pub fn door(&self) -> WorldDoor {
        WorldDoor::new(self.simulator.connector(), self.loss.clone())
    }

    /// Comes when the world could no longer be kept.
    pub async fn lost(&self) -> Error {
        self.loss.wait().await
    }

    /// The world's name: `built-in`, or the world file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its runs and leases are.
    pub fn runs(&self) -> &Store {
        &self.runs
    }

    /// Writes the world as it is now, its clock included.
    ///
    /// # Errors
    /// The first failure to write it, now or before.
    pub fn close(self) -> Result<(), Error> {
        let Some(keeper) = &self.keeper else {
            return Ok(());
        };
        match self.loss.why() {
            Some(error) => Err(error),
            None => keeper.world().close(&self.simulator.save()),
        }
    }

    /// The whole world at this instant.
    pub fn instant(&self) -> String {
        self.simulator.save()
    }

    /// Goes back to an instant, as if no time had passed since. What is random elsewhere, such as the digits of a run's
    /// id, follows from the instant too: the same command on the same world is the same run, to the second.
    ///
    /// # Errors
    /// When the world cannot be kept.
    pub fn return_to(&mut self, instant: &str) -> Result<(), Error> {
        fastrand::seed(seed(instant));
        self.simulator = Simulator::from_saved(instant, self.options).map_err(|error| {
            Error::failed(format!(
                "cannot continue the simulated world `{}`",
                self.name
            ))
            .caused_by(error)
        })?;
        match &self.keeper {
            Some(keeper) => keeper.attend(&self.simulator, &self.loss),
            None => Ok(()),
        }
    }
}

/// A world file's name and text, or the built-in world's.
///
/// # Errors
/// When the file cannot be read.
pub fn read(world: Option<&Path>) -> Result<(String, String), Error> {
    match world {
        None => Ok((BUILT_IN.to_owned(), sim::built_in_world().to_owned())),
        Some(file) => {
            let name = file.display().to_string();
            let text = fs::read_to_string(file).map_err(|error| {
                Error::failed(format!("cannot read world file {name}")).caused_by(error)
            })?;
            Ok((name, text))
        }
    }
}

/// Twelve hexadecimal digits that change with the world's content.
fn key(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A number that changes with the text.
fn seed(text: &str) -> u64 {
    Sha256::digest(text.as_bytes())
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Keeper {
    fn world(&self) -> MutexGuard<'_, Kept> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the world now and at each change.
    fn attend(&self, simulator: &Simulator, loss: &Loss) -> Result<(), Error> {
        self.world().write(&simulator.save())?;
        let (world, loss) = (Arc::clone(&self.world), loss.clone());
        simulator.on_change(Box::new(move |text| {
            let mut world = world.lock().unwrap_or_else(PoisonError::into_inner);
            if loss.why().is_none()
                && let Err(error) = world.write(text)
            {
                loss.note(error);
            }
        }));
        Ok(())
    }
}

fn not_kept(folder: &Path, error: io::Error) -> Error {
    Error::failed(format!(
        "cannot keep the simulated world in {}",
        folder.display()
    ))
    .caused_by(error)
}

fn write(folder: &Path, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    files::replace(&folder.join("world.json"), text)
}

fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::failed(format!(
            "cannot remove the simulated world in {}",
            folder.display()
        ))
        .caused_by(error)),
        _ => Ok(()),
    }
}

/// Keeps every other writer of this world out, in this process's lifetime.
fn lock(worlds: &Path, key: &str, name: &str, command: &str) -> Result<File, Error> {
    let path = worlds.join(format!("{key}.lock"));
    let failed = |error: io::Error| {
        Error::failed(format!(
            "cannot lock the simulated world in {}",
            path.display()
        ))
        .caused_by(error)
    };
    fs::create_dir_all(worlds).map_err(failed)?;
    let mut file = File::options()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = fs::read_to_string(&path).unwrap_or_default();
            let holder = match holder.trim() {
                "" => "another command".to_owned(),
                holder => holder.to_owned(),
            };
            return Err(Error::refused(format!(
                "the simulated world `{name}` is in use by {holder}"
            ))
            .hinted("wait for it to end")
            .hinted(
                "to run several commands at once, serve the world: auroractl simulate --listen 127.0.0.1:4510, \
                 and set AWS_ENDPOINT_URL=http://127.0.0.1:4510",
            ));
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0)
        .and_then(|()| {
            writeln!(
                file,
                "`auroractl {command}`, process {}",
                std::process::id()
            )
        })
        .map_err(failed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;

    const WORLD: &str = "clock = \"2026-05-15T06:05:00Z\"\n";

    fn open(root: &Path, world: &Path, fresh: bool, keep: Keep) -> Result<Simulated, Error> {
        Simulated::open(
            Home::Folder(root.to_owned()),
            Some(world),
            Speed::Max,
            fresh,
            keep,
        )
    }

    fn changes(command: &str) -> Keep {
        Keep::Changes(command.to_owned())
    }

    /// A folder with a world file in it.
    fn world() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("world.toml");
        fs::write(&file, WORLD).unwrap();
        (folder, file)
    }

    #[tokio::test(start_paused = true)]
    async fn a_world_goes_on_where_the_last_command_left_it_and_stands_still_between_commands() {
        let (folder, file) = world();
        let first = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        tokio::time::advance(std::time::Duration::from_secs(600)).await;
        first.close().unwrap();
        tokio::time::advance(std::time::Duration::from_secs(3600)).await;
        let second = open(folder.path(), &file, false, Keep::Nothing).unwrap();
        assert_eq!(second.simulator().now().to_string(), "2026-05-15T06:15:00Z");
        assert_eq!(fs::read_to_string(&file).unwrap(), WORLD);
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_that_only_looks_leaves_the_world_as_it_was() {
        let (folder, file) = world();
        let looking = open(folder.path(), &file, false, Keep::Nothing).unwrap();
        tokio::time::advance(std::time::Duration::from_secs(600)).await;
        let kept_in = PathBuf::from(looking.runs().name());
        looking.close().unwrap();
        assert!(!kept_in.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fresh_world_begins_anew_and_its_runs_are_gone() {
        let (folder, file) = world();
        let first = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        let runs = PathBuf::from(first.runs().name()).join("runs");
        fs::create_dir_all(&runs).unwrap();
        tokio::time::advance(std::time::Duration::from_secs(600)).await;
        first.close().unwrap();
        let second = open(folder.path(), &file, true, Keep::Nothing).unwrap();
        assert_eq!(second.simulator().now().to_string(), "2026-05-15T06:05:00Z");
        assert!(!runs.exists());
    }

    #[tokio::test(start_paused = true)]
    async fn another_content_is_another_world() {
        let (folder, file) = world();
        let first = open(folder.path(), &file, false, Keep::Nothing).unwrap();
        fs::write(&file, format!("seed = 7\n{WORLD}")).unwrap();
        let second = open(folder.path(), &file, false, Keep::Nothing).unwrap();
        assert_ne!(first.runs().name(), second.runs().name());
    }

    #[tokio::test(start_paused = true)]
    async fn two_commands_never_change_one_world_and_anyone_may_look() {
        let (folder, file) = world();
        let first = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        let refusal = open(folder.path(), &file, false, changes("apply dev")).unwrap_err();
        assert_eq!(refusal.exit().code(), 3);
        insta::assert_snapshot!(
            refusal
                .render(false)
                .replace(&file.display().to_string(), "world.toml")
                .replace(&std::process::id().to_string(), "42"),
            @"
        refused: the simulated world `world.toml` is in use by `auroractl apply prod`, process 42

        hint: wait for it to end
        hint: to run several commands at once, serve the world: auroractl simulate --listen 127.0.0.1:4510, and set AWS_ENDPOINT_URL=http://127.0.0.1:4510
        "
        );
        assert!(open(folder.path(), &file, true, Keep::Nothing).is_err());
        assert!(open(folder.path(), &file, false, Keep::Nothing).is_ok());
        first.close().unwrap();
        assert!(open(folder.path(), &file, false, changes("apply dev")).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn time_can_be_turned_back_to_an_instant() {
        let (folder, file) = world();
        let mut world = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        let instant = world.instant();
        tokio::time::advance(std::time::Duration::from_secs(600)).await;
        world.return_to(&instant).unwrap();
        assert_eq!(world.simulator().now().to_string(), "2026-05-15T06:05:00Z");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_random_elsewhere_follows_from_the_instant() {
        let (folder, file) = world();
        let mut world = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        let mut draws = Vec::new();
        for wait in [0, 0, 1] {
            tokio::time::advance(std::time::Duration::from_secs(wait)).await;
            let instant = world.instant();
            world.return_to(&instant).unwrap();
            draws.push(fastrand::u64(..));
        }
        assert_eq!(draws[0], draws[1]);
        assert_ne!(draws[1], draws[2]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_saved_world_that_cannot_be_read_says_how_to_begin_anew() {
        let (folder, file) = world();
        let first = open(folder.path(), &file, false, changes("apply prod")).unwrap();
        let saved = PathBuf::from(first.runs().name()).join("world.json");
        first.close().unwrap();
        fs::write(&saved, "{").unwrap();
        let error = open(folder.path(), &file, false, Keep::Nothing).unwrap_err();
        insta::assert_snapshot!(
            error
                .render(false)
                .replace(&saved.display().to_string(), "SAVED"),
            @"
        error: cannot continue the simulated world SAVED
          because: not a saved world: EOF while parsing an object at line 1 column 1

        hint: begin it anew with --fresh-world
        "
        );
    }
}
