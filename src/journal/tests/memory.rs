//! Runs in memory: they are kept, copied, cut and made to fail as runs on disk are.

use super::super::holder::Holder;
use super::super::lock::Lease;
use super::super::place::Place;
use super::super::write::Writer;
use super::super::{Error, Memory, Store};
use super::{accepted, at, intent, reboot, started, target};
use crate::names::RunId;

fn run() -> RunId {
    RunId::new("20260515-060500-prod-4f1c")
}

fn journal(memory: &Memory) -> (Place, String) {
    let place = Place::Memory(memory.clone());
    let key = place.journal_key(run().as_str());
    (place, key)
}

/// A memory with a run of three entries.
fn three_entries() -> Memory {
    let memory = Memory::default();
    let (place, key) = journal(&memory);
    assert!(place.begin_run(run().as_str(), b"{}").unwrap());
    let mut writer = Writer::create(&place, &key, [reboot()]).unwrap();
    for (second, kind) in [started(), intent(1), accepted()].into_iter().enumerate() {
        writer
            .append(at(i64::try_from(second).unwrap()), kind)
            .unwrap();
    }
    memory
}

fn kinds(memory: &Memory) -> Vec<&'static str> {
    let (place, key) = journal(memory);
    let read = super::super::read::read(&place, &key, [reboot()]);
    let entries = read.unwrap().unwrap().entries;
    entries.iter().map(|entry| entry.kind.name()).collect()
}

#[test]
fn two_handles_are_one_memory_and_a_copy_is_another() {
    let memory = three_entries();
    let copy = memory.copy();
    let (place, key) = journal(&memory.clone());
    let mut writer = Writer::reopen(&place, &key, [reboot()]).unwrap();
    writer.append(at(3), super::finished()).unwrap();
    assert_eq!(
        kinds(&memory),
        ["run-started", "intent", "accepted", "finished"]
    );
    assert_eq!(kinds(&copy), ["run-started", "intent", "accepted"]);
    assert_eq!(memory.entries(&run()), 4);
    assert_eq!(Store::in_memory(copy).runs().unwrap(), [run()]);
}

#[test]
fn a_journal_cut_after_any_entry_can_be_continued() {
    for entries in 1..=3 {
        let memory = three_entries();
        memory.cut(&run(), entries);
        let whole = ["run-started", "intent", "accepted"];
        assert_eq!(kinds(&memory), whole[..entries]);
        let (place, key) = journal(&memory);
        let mut writer = Writer::reopen(&place, &key, [reboot()]).unwrap();
        writer.append(at(9), super::resumed()).unwrap();
        assert_eq!(memory.entries(&run()), entries + 1);
    }
}

#[test]
fn a_run_exists_once_and_so_does_its_journal() {
    let (place, key) = journal(&three_entries());
    assert!(!place.begin_run(run().as_str(), b"{}").unwrap());
    let error = Writer::create(&place, &key, [reboot()]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Disk {
                operation: "create",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_writer_that_was_overtaken_writes_nothing_more() {
    let memory = three_entries();
    let (place, key) = journal(&memory);
    let mut suspended = Writer::reopen(&place, &key, [reboot()]).unwrap();
    let mut other = Writer::reopen(&place, &key, [reboot()]).unwrap();
    other.append(at(3), super::resumed()).unwrap();
    let error = suspended.append(at(4), super::finished()).unwrap_err();
    assert!(matches!(error, Error::WrittenByAnother { .. }), "{error}");
    assert_eq!(memory.entries(&run()), 4);
}

#[test]
fn a_memory_that_takes_no_more_entries_fails_as_a_full_disk_does_until_it_is_mended() {
    let memory = three_entries();
    let (place, key) = journal(&memory);
    memory.fail_after(1);
    let mut writer = Writer::reopen(&place, &key, [reboot()]).unwrap();
    writer.append(at(3), super::resumed()).unwrap();
    let error = writer.append(at(4), super::finished()).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Disk {
                operation: "write",
                ..
            }
        ),
        "{error}"
    );
    let error = writer.append(at(5), super::finished()).unwrap_err();
    assert!(matches!(error, Error::WriterBroken { .. }), "{error}");
    memory.mend();
    let mut writer = Writer::reopen(&place, &key, [reboot()]).unwrap();
    writer.append(at(6), super::finished()).unwrap();
    assert_eq!(memory.entries(&run()), 5);
}

#[test]
fn the_lease_of_a_dead_holder_is_taken_over_by_its_own_run_only() {
    let memory = Memory::default();
    let store = Store::in_memory(memory.clone());
    let holder = Holder::of_this_process();
    let lease = Lease::acquire(&store, &target(), &holder, &run()).unwrap();
    let error = Lease::take_over(&store, &target(), &holder, &run()).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");
    memory.expire_leases();
    assert!(matches!(lease.check(), Err(Error::LeaseLost { .. })));
    let other = RunId::new("20260515-060501-prod-bbbb");
    let error = Lease::take_over(&store, &target(), &holder, &other).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");
    let (taken, _) = Lease::take_over(&store, &target(), &holder, &run()).unwrap();
    taken.check().unwrap();
    lease.release().unwrap();
    taken
        .check()
        .expect("the old holder left the new lease alone");
    taken.release().unwrap();
    Lease::acquire(&store, &target(), &holder, &other).unwrap();
}
