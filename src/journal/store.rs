//! Where runs are kept: a place with one folder per run.
//!
//! Goes in: the place that the caller chose (simulated runs have one of their own) and a plan. Comes out: the run's
//! folder with the plan in it, and later its outcome.

use super::entry::Conclusion;
use super::error::Error;
use super::place::{Connect, Document, Memory, Place};
use super::planless;
use super::read::{self, Journal};
use super::write::Writer;
use crate::names::{ActionId, PartitionName, RunId};
use crate::plan::file::Saved;
use crate::plan::{Plan, Target};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

/// The place of all runs and locks. A copy leads to the same place.
#[derive(Clone, Debug)]
pub struct Store {
    place: Place,
    /// What a person adds to a command so that it looks here.
    typed: String,
}

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    pub(super) place: Place,
    pub(super) run: RunId,
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
pub(super) fn same_cluster(one: &Target, other: &Target) -> bool {
    one.backend == other.backend
        && one.account == other.account
        && one.region == other.region
        && one.cluster == other.cluster
}

impl Store {
    /// The store below the local folder `root`, such as `.auroractl`. Nothing is created before it is needed.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::at(Place::folder(root))
    }

    /// The store in a bucket, below `prefix`. `connect` opens the connection, on the thread that keeps it; a person knows the
    /// place by `url`.
    ///
    /// # Errors
    /// No thread can be started; inside, what `connect` says.
    pub fn in_bucket<E: Send + 'static>(
        url: String,
        prefix: String,
        connect: Connect<E>,
    ) -> std::io::Result<Result<Self, E>> {
        Ok(Place::bucket(url, prefix, connect)?.map(Self::at))
    }

    /// A store in memory, which ends with the process.
    pub fn in_memory(memory: Memory) -> Self {
        Self::at(Place::Memory(memory))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            typed: String::new(),
        }
    }

    /// The same store, for commands that end with these words: options, each with a space in front.
    #[must_use]
    pub fn typed_as(self, typed: String) -> Self {
        Self { typed, ..self }
    }

    /// What a person adds to a command, behind the run that it names, so that it looks here.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The store in a folder of this one.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        Self {
            place: self.place.below(folder),
            typed: self.typed.clone(),
        }
    }

    /// What keeps it.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// What a person calls it: its path or its URL.
    pub fn name(&self) -> String {
        self.place.root()
    }

    /// Whether other machines can reach it, so that its leases keep them out.
    pub fn is_shared(&self) -> bool {
        self.place.is_shared()
    }

    /// The folder that holds the locks.
    pub fn locks(&self) -> String {
        self.place.name("locks")
    }

    /// The folder of a run, whether it exists or not.
    pub fn run(&self, run: &RunId) -> RunFolder {
        RunFolder {
            place: self.place.clone(),
            run: run.clone(),
        }
    }

    /// The ids of all runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunId>, Error> {
        let mut runs: Vec<RunId> = self.place.runs()?.into_iter().map(RunId::new).collect();
        // The ids begin with their date.
        runs.sort();
        Ok(runs)
    }

    /// The runs that began and are not over, oldest first. A folder without a first entry is of a run that never began; what
    /// cannot be read of a run that may be under way on the cluster of `target`, or on any where none is asked for, is an
    /// error.
    ///
    /// # Errors
    /// A folder that cannot be read, a damaged journal, or a damaged plan of a run that is not over.
    pub fn unfinished(&self, target: Option<&Target>) -> Result<Vec<Unfinished>, Error> {
        let mut unfinished = Vec::new();
        let runs = self.perhaps_unfinished()?;
        let plans = self.place.read_all(keys_of(&runs, "plan.json"))?;
        for (run, plan) in runs.into_iter().zip(plans) {
            let folder = self.run(&run);
            let read = match plan {
                Some(document) => folder.understand::<Plan>("plan.json", &document),
                None => Err(folder.has_no_plan()),
            };
            let plan = match read {
                Ok(plan) => plan,
                Err(unreadable) => {
                    let lines = self.place.lines(&folder.journal_key())?;
                    if planless::may_be_under_way(lines.as_ref(), target) {
                        return Err(Error::Planless {
                            run,
                            journal: folder.journal_name(),
                            folder: folder.name(),
                            source: Box::new(unreadable),
                        });
                    }
                    continue;
                }
            };
            if target.is_some_and(|target| !same_cluster(target, &plan.target)) {
                continue;
            }
            match read::read(&self.place, &folder.journal_key(), action_ids(&plan))? {
                Some(journal) if journal.replay.is_unfinished() => {
                    unfinished.push(Unfinished { run, plan, journal });
                }
                _ => {}
            }
        }
        Ok(unfinished)
    }

    /// The runs that are not known to be over, oldest first. A bucket may hold the journals of years, each entry a request
    /// away; there the outcome of a run that ended for good is enough.
    fn perhaps_unfinished(&self) -> Result<Vec<RunId>, Error> {
        let runs = self.runs()?;
        if !self.is_shared() {
            return Ok(runs);
        }
        let outcomes = self.place.read_all(keys_of(&runs, "outcome.json"))?;
        let is_over = |outcome: &Option<Document>| {
            outcome
                .as_ref()
                .and_then(|document| serde_json::from_slice::<Value>(&document.bytes).ok())
                .and_then(|outcome| outcome.get("ending").cloned())
                .and_then(|word| serde_json::from_value::<Conclusion>(word).ok())
                .is_some_and(Conclusion::is_final)
        };
        Ok(runs
            .into_iter()
            .zip(outcomes)
            .filter(|(_, outcome)| !is_over(outcome))
            .map(|(run, _)| run)
            .collect())
    }

    /// Whether a run wrote its first entry. Before that nothing is sent. A journal that cannot be read counts as begun.
    pub fn has_begun(&self, run: &RunId) -> bool {
        match self.place.lines(&self.run(run).journal_key()) {
            Ok(lines) => lines.is_some_and(|lines| !lines.lines.is_empty()),
            Err(_) => true,
        }
    }

    /// Makes the folder of a new run with its plan in it; a run that exists is an error.
    pub fn create_run(&self, run: &RunId, plan: &Plan) -> Result<RunFolder, Error> {
        let folder = self.run(run);
        let content = whole(&self.place.name(&folder.key("plan.json")), plan)?;
        if self.place.begin_run(run.as_str(), &content)? {
            Ok(folder)
        } else {
            Err(Error::RunExists {
                name: folder.name(),
            })
        }
    }
}

impl RunFolder {
    /// The run.
    pub fn id(&self) -> &RunId {
        &self.run
    }

    /// What a person calls the folder: its path, for example.
    pub fn name(&self) -> String {
        self.place.name(&format!("runs/{}", self.run))
    }

    /// What a person calls the journal.
    pub fn journal_name(&self) -> String {
        self.place.name(&self.journal_key())
    }

    fn journal_key(&self) -> String {
        self.place.journal_key(self.run.as_str())
    }

    fn key(&self, document: &str) -> String {
        format!("runs/{}/{document}", self.run)
    }

    /// The plan that the run was begun with.
    pub fn plan(&self) -> Result<Plan, Error> {
        self.read("plan.json")?.ok_or_else(|| self.has_no_plan())
    }

    fn has_no_plan(&self) -> Error {
        Error::Absent {
            name: self.place.name(&self.key("plan.json")),
        }
    }

    /// Begins the journal of a new run.
    pub fn begin_journal(&self, plan: &Plan) -> Result<Writer, Error> {
        Writer::create(&self.place, &self.journal_key(), action_ids(plan))
    }

    /// Opens the journal of a run to continue it; a torn last line is cut off.
    pub fn continue_journal(&self, plan: &Plan) -> Result<Writer, Error> {
        Writer::reopen(&self.place, &self.journal_key(), action_ids(plan))
    }

    /// Keeps the plan file that the run was begun with, so that the run can be continued without it.
    pub fn keep_approved(&self, approved: &Saved) -> Result<(), Error> {
        self.write(&self.key("approved.plan.json"), approved)
    }

    /// The plan file that the run was begun with, if it was.
    pub fn approved(&self) -> Result<Option<Saved>, Error> {
        self.read("approved.plan.json")
    }

    /// Reads the journal of a run.
    pub fn journal(&self) -> Result<Journal, Error> {
        let key = self.journal_key();
        read::read(&self.place, &key, action_ids(&self.plan()?))?.ok_or_else(|| Error::Absent {
            name: self.place.name(&key),
        })
    }

    /// Keeps the run's summary beside its journal.
    pub fn write_outcome(&self, outcome: &impl Serialize) -> Result<(), Error> {
        self.write(&self.key("outcome.json"), outcome)
    }

    fn read<T: DeserializeOwned>(&self, document: &str) -> Result<Option<T>, Error> {
        match self.place.read(&self.key(document))? {
            None => Ok(None),
            Some(found) => self.understand(document, &found).map(Some),
        }
    }

    fn understand<T: DeserializeOwned>(
        &self,
        document: &str,
        found: &Document,
    ) -> Result<T, Error> {
        serde_json::from_slice(&found.bytes).map_err(|source| Error::DamagedFile {
            name: self.place.name(&self.key(document)),
            source,
        })
    }

    fn write(&self, key: &str, content: &impl Serialize) -> Result<(), Error> {
        let bytes = whole(&self.place.name(key), content)?;
        self.place.write(key, &bytes)
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

fn keys_of(runs: &[RunId], document: &str) -> Vec<String> {
    runs.iter()
        .map(|run| format!("runs/{run}/{document}"))
        .collect()
}

fn action_ids(plan: &Plan) -> impl Iterator<Item = ActionId> {
    plan.actions.iter().map(|action| action.id.clone())
}

/// A whole JSON document for people to read.
pub(super) fn whole(name: &str, content: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(content).map_err(|source| Error::Encode {
        name: name.to_owned(),
        source,
    })?;
    bytes.push(b'\n');
    Ok(bytes)
}
