//! A bucket: an object for each document, and for each entry of a journal. Machines that share nothing else meet here.
//!
//! Goes in: keys, which are objects below the prefix. Comes out: objects that S3 keeps durably before a call returns.
//!
//! No two writers get the same thing. A new object is written with `If-None-Match: *`, an object that was read with
//! `If-Match` and its ETag; S3 answers both atomically (Amazon S3 User Guide, "How to prevent object overwrites with
//! conditional writes"). Each write carries a token of its own: where its answer is lost, the object is read back, and the token
//! tells whose it is.

use super::worker::Worker;
use super::{Document, Lines, Version};
use crate::journal::error::Error;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Opens the connection; done on the thread that uses it.
pub type Connect<E> =
    Pin<Box<dyn Future<Output = Result<Arc<dyn ObjectStore>, E>> + Send + 'static>>;

type Refusal = object_store::Error;
type Answer<T> = Result<T, Refusal>;

/// How long one request may take as a whole.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request is sent again. Together with one attempt less than what is left of a lease when it is renewed.
const PATIENCE: Duration = Duration::from_secs(20);
/// The pause before a request is sent again; it doubles each time.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest of these pauses.
const PAUSE_MAX: Duration = Duration::from_secs(3);
/// Objects that are read at once.
const READS_AT_ONCE: usize = 16;
/// How often a document that changes between a look and a write is looked at again.
const LOOKS_MAX: usize = 5;
/// The metadata that tells one write from every other.
const WRITER: Attribute = Attribute::Metadata(std::borrow::Cow::Borrowed("auroractl-write"));

/// A folder in a bucket.
#[derive(Clone, Debug)]
pub(in crate::journal) struct Bucket {
    /// `s3://BUCKET/PREFIX`.
    url: String,
    worker: Worker,
    objects: Objects,
}

/// The objects, as the worker's jobs see them.
#[derive(Clone, Debug)]
struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: String,
    /// Whether the last request was in vain to the end of all patience: the next is then sent once only.
    is_down: Arc<AtomicBool>,
}

/// An object as read.
struct Found {
    bytes: Vec<u8>,
    e_tag: String,
    /// The token of the write that made it.
    writer: Option<String>,
}

/// What must be true of an object for a write to happen.
#[derive(Clone)]
enum Condition {
    Absent,
    Is(String),
}

/// What is left of a document that was removed: not every store of this kind deletes on a condition.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    released: Timestamp,
    last: Value,
}

/// The end of a journal in a bucket.
#[derive(Debug)]
pub(in crate::journal) struct End {
    bucket: Bucket,
    journal: String,
    lines: usize,
}

impl Bucket {
    /// Opens the connection.
    pub(super) fn open<E: Send + 'static>(
        url: String,
        prefix: String,
        connect: Connect<E>,
    ) -> io::Result<Result<Self, E>> {
        let worker = Worker::start()?;
        let connected = worker.wait_for(connect)?;
        Ok(connected.map(|store| Self {
            url,
            worker,
            objects: Objects {
                store,
                prefix,
                is_down: Arc::default(),
            },
        }))
    }

    /// A folder in it, by the same connection.
    pub(super) fn below(&self, folder: &str) -> Self {
        let mut inner = self.clone();
        inner.url = format!("{}/{folder}", self.url);
        inner.objects.prefix = match self.objects.prefix.as_str() {
            "" => folder.to_owned(),
            prefix => format!("{prefix}/{folder}"),
        };
        inner
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn name(&self, key: &str) -> String {
        format!("{}/{key}", self.url)
    }

    pub(super) fn runs(&self) -> Result<Vec<String>, Error> {
        self.ask("list", "runs", async move |objects: Objects| {
            let folder = objects.path("runs");
            let listed = objects
                .patiently(|| objects.store.list_with_delimiter(Some(&folder)))
                .await;
            Ok(listed?
                .common_prefixes
                .iter()
                .filter_map(|path| path.parts().next_back())
                .map(|part| part.as_ref().to_owned())
                .collect())
        })
    }

    /// A document; one that was released counts as gone.
    pub(super) fn read(&self, key: &str) -> Result<Option<Document>, Error> {
        Ok(self.read_all(vec![key.to_owned()])?.pop().flatten())
    }

    /// Many documents, in the order of their keys.
    pub(super) fn read_all(&self, keys: Vec<String>) -> Result<Vec<Option<Document>>, Error> {
        let first = keys.first().cloned().unwrap_or_default();
        self.ask("read", &first, async move |objects: Objects| {
            let found: Vec<Option<Found>> = objects.get_all(keys).await?;
            Ok(found
                .into_iter()
                .map(|found| {
                    found
                        .filter(|found| !is_released(&found.bytes))
                        .map(|found| Document {
                            version: Version(found.e_tag.into_bytes()),
                            bytes: found.bytes,
                        })
                })
                .collect())
        })
    }

    pub(super) fn write(&self, key: &str, bytes: &[u8]) -> Result<(), Error> {
        let (owned, bytes) = (key.to_owned(), bytes.to_vec());
        self.ask("write", key, async move |objects: Objects| {
            objects
                .patiently(|| {
                    let payload = bytes.clone().into();
                    async { objects.store.put(&objects.path(&owned), payload).await }
                })
                .await
                .map(|_| ())
        })
    }

    pub(super) fn create(&self, key: &str, bytes: &[u8]) -> Result<Option<Version>, Error> {
        let (owned, bytes) = (key.to_owned(), bytes.to_vec());
        let created = self.ask("write", key, async move |objects: Objects| {
            let mut condition = Condition::Absent;
            for _ in 0..LOOKS_MAX {
                if let Some(e_tag) = objects.put(&owned, &bytes, &condition).await? {
                    return Ok(Some(e_tag));
                }
                condition = match objects.get(&owned).await? {
                    None => Condition::Absent,
                    Some(found) if is_released(&found.bytes) => Condition::Is(found.e_tag),
                    Some(_) => return Ok(None),
                };
            }
            Ok(None)
        })?;
        Ok(created.map(|e_tag| Version(e_tag.into_bytes())))
    }

    /// Whether the bucket refuses what must be refused: a second object of one name, and the replacement of what is not
    /// there. A store that takes either keeps nobody out.
    pub(super) fn keeps_its_word(&self, key: &str, bytes: &[u8]) -> Result<bool, Error> {
        let (owned, bytes) = (key.to_owned(), bytes.to_vec());
        self.ask("write", key, async move |objects: Objects| {
            let nobody = Condition::Is("\"00000000000000000000000000000000\"".to_owned());
            for condition in [Condition::Absent, nobody] {
                if objects.put(&owned, &bytes, &condition).await?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    pub(super) fn replace(
        &self,
        key: &str,
        version: &Version,
        bytes: &[u8],
    ) -> Result<Option<Version>, Error> {
        let (owned, bytes) = (key.to_owned(), bytes.to_vec());
        let condition = Condition::Is(String::from_utf8_lossy(&version.0).into_owned());
        let replaced = self.ask("write", key, async move |objects: Objects| {
            objects.put(&owned, &bytes, &condition).await
        })?;
        Ok(replaced.map(|e_tag| Version(e_tag.into_bytes())))
    }

    /// Marks a document as released, with what it said last.
    pub(super) fn remove(&self, key: &str, found: &Document) -> Result<bool, Error> {
        let released = Released {
            released: Timestamp::now(),
            last: serde_json::from_slice(&found.bytes).unwrap_or(Value::Null),
        };
        let name = self.name(key);
        let bytes = crate::journal::store::whole(&name, &released)?;
        Ok(self.replace(key, &found.version, &bytes)?.is_some())
    }

    pub(super) fn begin_run(&self, run: &str, plan: &[u8]) -> Result<bool, Error> {
        let created = self.create(&format!("runs/{run}/plan.json"), plan)?;
        Ok(created.is_some())
    }

    /// The entries of a journal, each an object; none is no journal.
    pub(super) fn lines(&self, journal: &str) -> Result<Option<Lines>, Error> {
        let owned = journal.to_owned();
        let (mut names, keys) = self.ask("list", journal, async move |objects: Objects| {
            let folder = objects.path(&owned);
            let listed: Vec<_> = objects
                .patiently(|| objects.store.list(Some(&folder)).try_collect())
                .await?;
            let mut names: Vec<String> = listed
                .iter()
                .filter_map(|object| object.location.filename().map(str::to_owned))
                .collect();
            names.sort();
            let keys = names.iter().map(|name| format!("{owned}/{name}")).collect();
            Ok((names, keys))
        })?;
        if names.is_empty() {
            return Ok(None);
        }
        for (index, name) in names.drain(..).enumerate() {
            let expected = entry(index.saturating_add(1));
            if name != expected {
                return Err(Error::DamagedLine {
                    line: self.name(&format!("{journal}/{expected}")),
                    journal: self.name(journal),
                    reason: format!("it is not there, and `{name}` is"),
                });
            }
        }
        let documents = self.ask("read", journal, async move |objects: Objects| {
            objects.get_all(keys).await
        })?;
        let mut lines = Vec::new();
        for (index, found) in documents.into_iter().enumerate() {
            let Some(found) = found else {
                let name = entry(index.saturating_add(1));
                return Err(Error::Absent {
                    name: self.name(&format!("{journal}/{name}")),
                });
            };
            let line = found.bytes.strip_suffix(b"\n").unwrap_or(&found.bytes);
            lines.push(line.to_vec());
        }
        Ok(Some(Lines {
            lines,
            whole_bytes: 0,
            torn_bytes: 0,
        }))
    }

    pub(super) fn end(&self, journal: &str, lines: usize) -> End {
        End {
            bucket: self.clone(),
            journal: journal.to_owned(),
            lines,
        }
    }

    /// Does something on the worker's thread, and says what it was for where it fails.
    fn ask<T, F>(
        &self,
        operation: &'static str,
        key: &str,
        job: impl FnOnce(Objects) -> F + Send + 'static,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Future<Output = Answer<T>> + Send + 'static,
    {
        let objects = self.objects.clone();
        let began = Instant::now();
        let answer = self.worker.wait_for(job(objects));
        let answer = answer.unwrap_or_else(|error| Err(refused(error)));
        tracing::debug!(
            operation,
            object = self.name(key),
            milliseconds = began.elapsed().as_millis(),
            is_ok = answer.is_ok(),
            "bucket"
        );
        answer.map_err(|source| Error::Bucket {
            operation,
            object: self.name(key),
            source: Box::new(source),
        })
    }
}

impl End {
    pub(super) fn append(&mut self, mut line: Vec<u8>) -> Result<(), Error> {
        let next = self.lines.saturating_add(1);
        line.push(b'\n');
        let key = format!("{}/{}", self.journal, entry(next));
        match self.bucket.create(&key, &line)? {
            Some(_) => {
                self.lines = next;
                Ok(())
            }
            None => Err(Error::WrittenByAnother {
                journal: self.bucket.name(&self.journal),
            }),
        }
    }
}

impl Objects {
    fn path(&self, key: &str) -> Path {
        if self.prefix.is_empty() {
            Path::from(key)
        } else {
            Path::from(format!("{}/{key}", self.prefix))
        }
    }

    async fn get_all(&self, keys: Vec<String>) -> Answer<Vec<Option<Found>>> {
        futures::stream::iter(keys)
            .map(|key| async move { self.get(&key).await })
            .buffered(READS_AT_ONCE)
            .try_collect()
            .await
    }

    async fn get(&self, key: &str) -> Answer<Option<Found>> {
        let path = self.path(key);
        let read = self
            .patiently(|| async {
                let got = self.store.get(&path).await?;
                let e_tag = got.meta.e_tag.clone();
                let writer = got.attributes.get(&WRITER).map(|token| token.to_string());
                let bytes = got.bytes().await?.to_vec();
                Ok((bytes, e_tag, writer))
            })
            .await;
        match read {
            Ok((bytes, e_tag, writer)) => Ok(Some(Found {
                bytes,
                e_tag: e_tag.ok_or_else(no_e_tag)?,
                writer,
            })),
            // The bucket itself may be what is not there.
            Err(Refusal::NotFound { source, .. })
                if !source.to_string().contains("NoSuchBucket") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Writes under a condition. `None` where it is not met: somebody else was faster.
    async fn put(&self, key: &str, bytes: &[u8], condition: &Condition) -> Answer<Option<String>> {
        let path = self.path(key);
        let token = format!("{:016x}", fastrand::u64(..));
        let mode = match condition {
            Condition::Absent => PutMode::Create,
            Condition::Is(e_tag) => PutMode::Update(UpdateVersion {
                e_tag: Some(e_tag.clone()),
                version: None,
            }),
        };
        for _ in 0..LOOKS_MAX {
            let sent = self
                .patiently(|| {
                    let options = PutOptions {
                        mode: mode.clone(),
                        attributes: Attributes::from_iter([(WRITER, token.clone())]),
                        ..PutOptions::default()
                    };
                    self.store.put_opts(&path, bytes.to_vec().into(), options)
                })
                .await;
            match sent {
                Ok(written) => return written.e_tag.map(Some).ok_or_else(no_e_tag),
                Err(Refusal::AlreadyExists { .. } | Refusal::Precondition { .. }) => {}
                Err(error) => return Err(error),
            }
            // Refused; perhaps because an earlier try of ours came through and its answer was lost.
            match (self.get(key).await?, condition) {
                (Some(found), _) if found.writer.as_deref() == Some(&token) => {
                    return Ok(Some(found.e_tag));
                }
                // S3 refuses one of two writes at the same instant even where the condition holds (409).
                (Some(found), Condition::Is(e_tag)) if found.e_tag == *e_tag => {}
                (None, Condition::Absent) => {}
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Sends a request until it is answered or patience ends. What is refused for good is not sent again.
    async fn patiently<T, F>(&self, mut request: impl FnMut() -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        let began = Instant::now();
        let mut pause = PAUSE;
        loop {
            let answer = match tokio::time::timeout(ATTEMPT_TIMEOUT, request()).await {
                Ok(answer) => answer,
                Err(_) => Err(refused(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("no answer within {} s", ATTEMPT_TIMEOUT.as_secs()),
                ))),
            };
            let Some(error) = answer.as_ref().err().filter(|error| may_pass(error)) else {
                self.is_down.store(false, Ordering::Relaxed);
                return answer;
            };
            tracing::debug!(%error, "bucket");
            if self.is_down.load(Ordering::Relaxed) || began.elapsed() + pause > PATIENCE {
                self.is_down.store(true, Ordering::Relaxed);
                return answer;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// The object of one entry. Eight digits sort by number.
pub(super) fn entry(line: usize) -> String {
    format!("{line:08}.json")
}

/// Whether the same request may fare better later: no answer, a server's fault, throttling. Of the rest of the statuses the
/// crate keeps only the text.
fn may_pass(error: &Refusal) -> bool {
    let said = match error {
        Refusal::Generic { source, .. } => source.to_string(),
        _ => return false,
    };
    let is = |status: &str| said.contains(&format!("status code: {status}"));
    is("408") || is("429") || !(is("3") || is("4"))
}

fn is_released(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Released>(bytes).is_ok()
}

fn no_e_tag() -> Refusal {
    refused(io::Error::other("the bucket names no ETag"))
}

fn refused(error: io::Error) -> Refusal {
    Refusal::Generic {
        store: "S3",
        source: Box::new(error),
    }
}
