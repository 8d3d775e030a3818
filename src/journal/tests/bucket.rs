//! Runs and leases in a bucket whose answers are lost, which is written by two at once, or which does not keep its word.

use super::super::holder::Holder;
use super::super::lock::{self, Lease, Taken};
use super::super::place::Place;
use super::super::read;
use super::super::write::Writer;
use super::super::{Error, Store};
use super::{accepted, at, finished, intent, reboot, resumed, started, target};
use crate::names::RunId;
use async_trait::async_trait;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const JOURNAL: &str = "runs/20260515-060500-prod-4f1c/journal";

/// A bucket in memory that can misbehave.
#[derive(Debug, Default)]
struct Moody {
    objects: InMemory,
    /// So many answers to writes are lost; the writes take effect.
    answers_lost: AtomicU32,
    /// Writes take effect whatever their conditions say.
    is_careless: bool,
}

impl std::fmt::Display for Moody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a bucket in memory")
    }
}

#[async_trait]
impl ObjectStore for Moody {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        mut options: PutOptions,
    ) -> Result<PutResult> {
        if self.is_careless {
            options.mode = PutMode::Overwrite;
        }
        let written = self.objects.put_opts(location, payload, options).await?;
        let is_lost = |left: u32| left.checked_sub(1);
        match self
            .answers_lost
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, is_lost)
        {
            Ok(_) => Err(object_store::Error::Generic {
                store: "test",
                source: "the answer is lost".into(),
            }),
            Err(_) => Ok(written),
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.objects.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}

fn open(moody: &Arc<Moody>) -> (Store, Place) {
    let connect = |moody: &Arc<Moody>| {
        let objects: Arc<dyn ObjectStore> = Arc::clone(moody) as _;
        Box::pin(async move { Ok::<_, ()>(objects) }) as _
    };
    let url = "s3://acme-runs/aurora".to_owned();
    let prefix = "aurora".to_owned();
    let store = Store::in_bucket(url, prefix, connect(moody))
        .unwrap()
        .unwrap();
    let place = store.place().clone();
    (store, place)
}

fn bucket() -> (Arc<Moody>, Store, Place) {
    let moody = Arc::new(Moody::default());
    let (store, place) = open(&moody);
    (moody, store, place)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread();
    { runtime }.build().unwrap().block_on(future)
}

fn holder(user: &str) -> Holder {
    Holder {
        user: user.to_owned(),
        host: "desk".to_owned(),
        process: 42,
        numbered_by: None,
    }
}

fn own() -> RunId {
    RunId::new("20260515-060500-prod-aaaa")
}

fn other() -> RunId {
    RunId::new("20260515-060501-prod-bbbb")
}

fn write_entries(place: &Place) -> Writer {
    let mut writer = Writer::create(place, JOURNAL, [reboot()]).unwrap();
    for (second, kind) in [started(), intent(1), accepted()].into_iter().enumerate() {
        writer
            .append(at(i64::try_from(second).unwrap()), kind)
            .unwrap();
    }
    writer
}

#[test]
fn each_entry_is_an_object_and_what_was_written_is_read_back() {
    let (_, _, place) = bucket();
    assert!(read::read(&place, JOURNAL, [reboot()]).unwrap().is_none());
    write_entries(&place);
    let mut again = Writer::reopen(&place, JOURNAL, [reboot()]).unwrap();
    again.append(at(3), finished()).unwrap();
    let journal = read::read(&place, JOURNAL, [reboot()]).unwrap().unwrap();
    let kinds: Vec<_> = journal
        .entries
        .iter()
        .map(|entry| entry.kind.clone())
        .collect();
    assert_eq!(kinds, [started(), intent(1), accepted(), finished()]);
    let first = place.read(&format!("{JOURNAL}/00000001.json")).unwrap();
    assert!(
        first
            .unwrap()
            .bytes
            .starts_with(br#"{"format":1,"sequence":1,"#)
    );
}

#[test]
fn a_writer_that_somebody_else_has_overtaken_writes_nothing_more() {
    let (_, _, place) = bucket();
    let mut suspended = write_entries(&place);
    let mut other = Writer::reopen(&place, JOURNAL, [reboot()]).unwrap();
    other.append(at(3), resumed()).unwrap();
    let error = suspended.append(at(4), finished()).unwrap_err();
    assert!(matches!(error, Error::WrittenByAnother { .. }), "{error}");
    let error = suspended.append(at(5), finished()).unwrap_err();
    assert!(matches!(error, Error::WriterBroken { .. }), "{error}");
    other.append(at(6), finished()).unwrap();
}

#[test]
fn a_missing_entry_is_damage_that_names_it_and_so_is_one_that_cannot_be_read() {
    let (moody, _, place) = bucket();
    write_entries(&place);
    let second = Path::from(format!("aurora/{JOURNAL}/00000002.json"));
    now(moody.objects.put(&second, "{}".into())).unwrap();
    let error = read::read(&place, JOURNAL, [reboot()])
        .unwrap_err()
        .to_string();
    let name = format!("s3://acme-runs/aurora/{JOURNAL}/00000002.json");
    assert!(
        error.starts_with(&format!("{name}: not a journal entry: missing field")),
        "{error}"
    );
    now(moody.objects.delete(&second)).unwrap();
    let error = read::read(&place, JOURNAL, [reboot()])
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!("{name}: not a journal entry: it is not there, and `00000003.json` is")
    );
}

#[test]
fn a_write_whose_answer_is_lost_is_known_again_by_its_token() {
    let (moody, store, place) = bucket();
    moody.answers_lost.store(1, Ordering::Relaxed);
    let mut lease = Lease::acquire(&store, &target(), &holder("ada"), &own()).unwrap();
    moody.answers_lost.store(1, Ordering::Relaxed);
    lease.age(25);
    lease.keep().unwrap();
    lease.check().unwrap();
    moody.answers_lost.store(1, Ordering::Relaxed);
    write_entries(&place);
    moody.answers_lost.store(1, Ordering::Relaxed);
    lease.release().unwrap();
    assert!(lock::is_free(&store, &target(), &holder("bob")).is_ok());
    assert_eq!(moody.answers_lost.load(Ordering::Relaxed), 0);
}

#[test]
fn the_same_content_of_two_writers_is_not_taken_for_one_write() {
    let (_, _, place) = bucket();
    assert!(place.create("runs/a/plan.json", b"{}").unwrap().is_some());
    assert!(place.create("runs/a/plan.json", b"{}").unwrap().is_none());
}

#[test]
fn a_lease_is_held_released_taken_over_and_removed_as_in_a_folder() {
    let (_, store, _) = bucket();
    let first = Lease::acquire(&store, &target(), &holder("ada"), &own()).unwrap();
    let error = Lease::acquire(&store, &target(), &holder("bob"), &other()).unwrap_err();
    assert!(
        error.to_string().contains("is held by ada on desk"),
        "{error}"
    );
    first.release().unwrap();
    assert_eq!(lock::claim(&store, &target()).unwrap(), None);

    let suspended = Lease::acquire_for(&store, &target(), &holder("ada"), &own(), 0).unwrap();
    let error = Lease::take_over(&store, &target(), &holder("bob"), &other()).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");
    let (mut lease, taken) = Lease::take_over(&store, &target(), &holder("bob"), &own()).unwrap();
    assert!(matches!(taken, Taken::FromExpired(..)), "{taken:?}");
    let woken = suspended.check().unwrap_err().to_string();
    assert!(woken.contains("of bob on desk holds it now"), "{woken}");
    suspended.release().unwrap();
    lease
        .check()
        .expect("the old holder left the new lease alone");

    let claim = lock::claim(&store, &target()).unwrap().unwrap();
    lock::remove(&store, &claim, &target(), &holder("eve")).unwrap();
    lease.age(25);
    let error = lease.keep().unwrap_err();
    assert!(matches!(error, Error::LeaseLost { .. }), "{error}");
    Lease::acquire(&store, &target(), &holder("eve"), &other()).unwrap();
}

#[test]
fn of_many_who_want_one_cluster_at_once_exactly_one_gets_it() {
    let moody = Arc::new(Moody::default());
    for round in 0..10 {
        let barrier = std::sync::Barrier::new(16);
        let held: Vec<Lease> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..16)
                .map(|number| {
                    let (barrier, (store, _)) = (&barrier, open(&moody));
                    scope.spawn(move || {
                        let run = RunId::new(format!("20260515-060500-prod-{number:04x}"));
                        barrier.wait();
                        match Lease::acquire(&store, &target(), &holder("ada"), &run) {
                            Ok(held) => Some(held),
                            Err(Error::Held { .. }) => None,
                            Err(other) => panic!("{other}"),
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert_eq!(held.len(), 1, "round {round}");
        for lease in held {
            lease.check().unwrap();
            lease.release().unwrap();
        }
    }
}

#[test]
fn a_store_that_ignores_the_conditions_of_a_write_is_refused() {
    let moody = Arc::new(Moody {
        is_careless: true,
        ..Moody::default()
    });
    let (store, place) = open(&moody);
    let error: crate::error::Error = Lease::acquire(&store, &target(), &holder("ada"), &own())
        .unwrap_err()
        .into();
    assert_eq!(error.exit(), crate::error::Exit::Refused);
    let text = error.render(false);
    assert!(text.contains("keeps no two runs apart"), "{text}");
    let lock = "locks/111111111111-us-east-1-orders.json";
    assert!(
        place.read(lock).unwrap().is_none(),
        "the lock is left behind"
    );
}
