//! Journals that were cut, damaged, or written out of order; runs on disk; two who want one cluster.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use super::entry::{Call, Conclusion, Entry, Kind, Outcome, Resumption, Start, Verdict};
use super::place::{End, Place};
use super::replay::{Illegal, Replay, State};
use super::store::new_run_id;
use super::write::Writer;
use super::{Error, FORMAT, Journal};
use crate::names::{AccountId, ActionId, ClusterId, PartitionName, Region, ResourceId, RunId};
use crate::plan::{Backend, Target};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

mod bucket;
mod gates;
mod leases;
mod memory;
mod transitions;

fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-05-15T06:05:00Z".parse().unwrap();
    start + SignedDuration::from_secs(second)
}

fn target() -> Target {
    Target {
        backend: Backend::Aws { endpoint: None },
        account: AccountId::new("111111111111"),
        region: Region::new("us-east-1"),
        cluster: ClusterId::new("orders"),
        resource_id: ResourceId::new("cluster-ABC"),
    }
}

fn started() -> Kind {
    Kind::RunStarted(Box::new(Start {
        run: RunId::new("20260515-060500-prod-4f1c"),
        partition: PartitionName::new("prod"),
        target: target(),
        plan_digest: "abc".to_owned(),
        holder: "ada".to_owned(),
        host: "desk".to_owned(),
        process: 42,
        tool_version: "0.1.0".to_owned(),
        undoes: None,
    }))
}

fn reboot() -> ActionId {
    ActionId::new("reboot orders-2")
}

fn intent(attempt: u32) -> Kind {
    Kind::Intent {
        action: reboot(),
        attempt,
        call: Some(Call {
            operation: "RebootDBInstance".to_owned(),
            parameters: BTreeMap::from([(
                "DBInstanceIdentifier".to_owned(),
                serde_json::json!("orders-2"),
            )]),
        }),
        before: None,
    }
}

fn looking(attempt: u32) -> Kind {
    Kind::Intent {
        action: reboot(),
        attempt,
        call: None,
        before: None,
    }
}

fn accepted() -> Kind {
    Kind::Accepted {
        action: reboot(),
        request_id: Some("r-1".to_owned()),
    }
}

fn finished() -> Kind {
    Kind::Finished {
        action: reboot(),
        seconds: 63,
        proof: "orders-2 available, in-sync".to_owned(),
    }
}

fn failed(outcome: Outcome) -> Kind {
    Kind::Failed {
        action: reboot(),
        outcome,
        because: "no answer".to_owned(),
    }
}

fn skipped() -> Kind {
    Kind::Skipped {
        action: reboot(),
        because: "in-sync".to_owned(),
    }
}

fn settled(verdict: Verdict) -> Kind {
    Kind::Settled {
        action: reboot(),
        verdict,
        because: "restarted at 06:06".to_owned(),
    }
}

fn resumed() -> Kind {
    Kind::Resumed(Box::new(Resumption {
        holder: "bob".to_owned(),
        host: "desk".to_owned(),
        process: 43,
        tool_version: "0.1.0".to_owned(),
    }))
}

fn unlocked() -> Kind {
    Kind::Unlocked {
        holder: "bob".to_owned(),
        host: "desk".to_owned(),
    }
}

fn ended_so(ending: Conclusion) -> Kind {
    Kind::Ended {
        ending,
        because: None,
    }
}

fn paused() -> Kind {
    Kind::Paused {
        because: "the window is closed".to_owned(),
    }
}

fn ended() -> Kind {
    Kind::Ended {
        ending: Conclusion::Done,
        because: None,
    }
}

/// Takes entries in, each a second after the one before.
fn replay(kinds: &[Kind]) -> Result<Replay, Illegal> {
    let mut replay = Replay::new([reboot()]);
    for (index, kind) in kinds.iter().enumerate() {
        let sequence = u64::try_from(index).unwrap() + 1;
        replay.take(&Entry {
            format: FORMAT,
            sequence,
            at: at(i64::try_from(index).unwrap()),
            kind: kind.clone(),
        })?;
    }
    Ok(replay)
}

/// The folder of a journal as a place, and the journal's key in it.
fn place_of(path: &Path) -> (Place, String) {
    let key = path.file_name().unwrap().to_str().unwrap().to_owned();
    (Place::folder(path.parent().unwrap()), key)
}

fn create(path: &Path, planned: [ActionId; 1]) -> Result<Writer, Error> {
    let (place, key) = place_of(path);
    Writer::create(&place, &key, planned)
}

fn reopen(path: &Path, planned: [ActionId; 1]) -> Result<Writer, Error> {
    let (place, key) = place_of(path);
    Writer::reopen(&place, &key, planned)
}

fn read(path: &Path, planned: [ActionId; 1]) -> Result<Journal, Error> {
    let (place, key) = place_of(path);
    super::read::read(&place, &key, planned).map(Option::unwrap)
}

fn write(path: &Path, kinds: &[Kind]) {
    let mut writer = create(path, [reboot()]).unwrap();
    for (index, kind) in kinds.iter().enumerate() {
        writer
            .append(at(i64::try_from(index).unwrap()), kind.clone())
            .unwrap();
    }
}

#[test]
fn an_entry_is_one_line_of_json_that_names_the_request() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started(), intent(1), accepted()]);
    let text = std::fs::read_to_string(&path).unwrap();
    insta::assert_snapshot!(text, @r#"
    {"format":1,"sequence":1,"at":"2026-05-15T06:05:00Z","entry":"run-started","run":"20260515-060500-prod-4f1c","partition":"prod","target":{"backend":{"kind":"aws","endpoint":null},"account":"111111111111","region":"us-east-1","cluster":"orders","resource_id":"cluster-ABC"},"plan_digest":"abc","holder":"ada","host":"desk","process":42,"tool_version":"0.1.0"}
    {"format":1,"sequence":2,"at":"2026-05-15T06:05:01Z","entry":"intent","action":"reboot orders-2","attempt":1,"call":{"operation":"RebootDBInstance","parameters":{"DBInstanceIdentifier":"orders-2"}}}
    {"format":1,"sequence":3,"at":"2026-05-15T06:05:02Z","entry":"accepted","action":"reboot orders-2","request_id":"r-1"}
    "#);
}

#[test]
fn what_was_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let kinds = [started(), intent(1), accepted(), finished(), ended()];
    write(&path, &kinds);
    let journal = read(&path, [reboot()]).unwrap();
    let read: Vec<Kind> = journal
        .entries
        .iter()
        .map(|entry| entry.kind.clone())
        .collect();
    assert_eq!(read, kinds);
    assert_eq!(journal.replay.state(&reboot()), State::Finished);
    assert_eq!(journal.replay.conclusion(), Some(Conclusion::Done));
    assert_eq!(journal.torn_bytes, 0);
}

#[test]
fn a_last_entry_cut_at_any_byte_is_dropped_and_the_run_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started(), intent(1)]);
    let whole_before = std::fs::metadata(&path).unwrap().len();
    let mut writer = reopen(&path, [reboot()]).unwrap();
    writer.append(at(2), accepted()).unwrap();
    drop(writer);
    let bytes = std::fs::read(&path).unwrap();
    let start = usize::try_from(whole_before).unwrap();
    for cut in start..bytes.len() {
        let torn = folder.path().join(format!("torn-{cut}.jsonl"));
        std::fs::write(&torn, &bytes[..cut]).unwrap();
        let journal = read(&torn, [reboot()]).unwrap();
        assert_eq!(journal.entries.len(), 2, "cut at byte {cut}");
        assert_eq!(journal.torn_bytes, u64::try_from(cut - start).unwrap());
        assert!(journal.replay.state(&reboot()).is_in_doubt());

        let mut writer = reopen(&torn, [reboot()]).unwrap();
        writer
            .append(at(9), settled(Verdict::Happened))
            .expect("a torn line is cut off before the next is written");
        let again = read(&torn, [reboot()]).unwrap();
        assert_eq!(again.entries.len(), 3, "cut at byte {cut}");
        assert_eq!(again.torn_bytes, 0);
    }
}

#[test]
fn a_journal_cut_at_any_byte_of_its_last_two_entries_tells_its_whole_lines_and_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let entries = [
        started(),
        intent(1),
        failed(Outcome::Known),
        intent(2),
        accepted(),
    ];
    write(&path, &entries);
    let bytes = std::fs::read(&path).unwrap();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let first_cut: usize = lines[..lines.len() - 2].iter().map(|line| line.len()).sum();
    let mut states = std::collections::BTreeSet::new();
    for cut in first_cut..=bytes.len() {
        let torn = folder.path().join(format!("torn-{cut}.jsonl"));
        std::fs::write(&torn, &bytes[..cut]).unwrap();
        let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        let journal = read(&torn, [reboot()]).unwrap();
        let expected = replay(&entries[..whole]).unwrap();
        assert_eq!(journal.replay, expected, "cut at byte {cut}");
        states.insert(format!("{:?}", journal.replay.state(&reboot())));

        let mut writer = reopen(&torn, [reboot()]).unwrap();
        writer.append(at(9), resumed()).unwrap();
        let again = read(&torn, [reboot()]).unwrap();
        assert_eq!(again.entries.len(), whole + 1, "cut at byte {cut}");
        assert_eq!(again.torn_bytes, 0);
    }
    assert_eq!(states.len(), 3, "{states:?}");
}

#[test]
fn damage_before_the_last_line_is_an_error_that_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started(), intent(1), accepted(), finished()]);
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let damages: [(&str, String, &str); 4] = [
        (
            "half a line",
            format!("{}\n{}\n{}\n", lines[0], &lines[1][..20], lines[2]),
            "journal.jsonl:2: not a journal entry",
        ),
        (
            "an empty line",
            format!("{}\n\n{}\n", lines[0], lines[1]),
            "journal.jsonl:2: not a journal entry",
        ),
        (
            "a missing line",
            format!("{}\n{}\n", lines[0], lines[2]),
            "journal.jsonl:2: the entry has number 3, number 2 should follow",
        ),
        (
            "a whole last line that is no entry",
            format!("{}\n{{}}\n", lines[0]),
            "journal.jsonl:2: not a journal entry",
        ),
    ];
    for (what, damaged, expected) in damages {
        std::fs::write(&path, damaged).unwrap();
        let error = read(&path, [reboot()]).unwrap_err().to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
}

#[test]
fn a_writer_that_somebody_else_has_overtaken_writes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started()]);
    let mut suspended = reopen(&path, [reboot()]).unwrap();
    let mut other = reopen(&path, [reboot()]).unwrap();
    other.append(at(1), resumed()).unwrap();
    let text = std::fs::read(&path).unwrap();
    let error = suspended.append(at(2), intent(1)).unwrap_err();
    assert!(matches!(error, Error::WrittenByAnother { .. }), "{error}");
    let error = suspended.append(at(3), ended()).unwrap_err();
    assert!(matches!(error, Error::WriterBroken { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), text);
    other.append(at(4), intent(1)).unwrap();
}

#[test]
fn a_line_that_came_since_a_journal_was_read_is_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started()]);
    let place = Place::folder(folder.path());
    let key = "journal.jsonl";
    let read_before = place.lines(key).unwrap().unwrap();
    let mut living = reopen(&path, [reboot()]).unwrap();
    living.append(at(1), intent(1)).unwrap();
    let text = std::fs::read(&path).unwrap();
    let error = place.continue_journal(key, &read_before).unwrap_err();
    assert!(matches!(error, Error::WrittenByAnother { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), text);
}

#[test]
fn nothing_precedes_the_start_and_only_planned_actions_follow_it() {
    for kind in [intent(1), paused(), ended()] {
        assert_eq!(
            replay(std::slice::from_ref(&kind)).unwrap_err().to_string(),
            format!("`{}` cannot follow: the run has not started", kind.name())
        );
    }
    let other = Kind::Skipped {
        action: ActionId::new("reboot billing-1"),
        because: "in-sync".to_owned(),
    };
    assert_eq!(
        replay(&[started(), other]).unwrap_err().to_string(),
        "`reboot billing-1` is not an action of the plan"
    );
}

#[test]
fn an_entry_of_another_format_is_refused() {
    let mut replay = Replay::new([reboot()]);
    let entry = Entry {
        format: FORMAT + 1,
        sequence: 1,
        at: at(0),
        kind: started(),
    };
    assert_eq!(
        replay.take(&entry).unwrap_err(),
        Illegal::Format { found: FORMAT + 1 }
    );
}

#[test]
fn a_live_entry_that_cannot_follow_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    write(&path, &[started()]);
    let before = std::fs::read(&path).unwrap();
    let mut writer = reopen(&path, [reboot()]).unwrap();
    let error = writer.append(at(1), accepted()).unwrap_err();
    assert!(matches!(error, Error::IllegalEntry { .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_write_error_breaks_the_writer_for_good() {
    // A device that is always full takes the place of a full disk.
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    std::os::unix::fs::symlink(full, &path).unwrap();
    let mut writer = Writer::at(
        "journal".to_owned(),
        End::onto(&path),
        Replay::new([reboot()]),
    );
    let first = writer.append(at(0), started()).unwrap_err();
    assert!(
        matches!(
            first,
            Error::Disk {
                operation: "write",
                ..
            }
        ),
        "{first}"
    );
    let second = writer.append(at(1), started()).unwrap_err();
    assert!(matches!(second, Error::WriterBroken { .. }), "{second}");
}

#[test]
fn a_run_is_named_after_aws_time_and_its_partition() {
    let run = new_run_id(at(0), &PartitionName::new("prod"));
    let (head, digits) = run.as_str().rsplit_once('-').unwrap();
    assert_eq!(head, "20260515-060500-prod");
    assert_eq!(digits.len(), 4);
    assert!(digits.chars().all(|digit| digit.is_ascii_hexdigit()));
    let odd = new_run_id(at(0), &PartitionName::new("prod/eu 1"));
    assert!(
        odd.as_str().starts_with("20260515-060500-prod-eu-1-"),
        "{odd}"
    );
}
