//! Journals that were cut, damaged, or written out of order; runs on disk; two who want one cluster.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use super::entry::{Call, Conclusion, Entry, Kind, Outcome, Start, Verdict};
use super::holder::Holder;
use super::lock::Lease;
use super::replay::{Illegal, Replay, State};
use super::store::{Store, new_run_id};
use super::write::Writer;
use super::{Error, FORMAT, read};
use crate::error::Exit;
use crate::names::{AccountId, ActionId, ClusterId, PartitionName, Region, ResourceId, RunId};
use crate::plan::{Backend, Target};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::path::Path;

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

fn write(path: &Path, kinds: &[Kind]) {
    let mut writer = Writer::create(path, [reboot()]).unwrap();
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
    let journal = read::read(&path, [reboot()]).unwrap();
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
    let mut writer = Writer::reopen(&path, [reboot()]).unwrap();
    writer.append(at(2), accepted()).unwrap();
    drop(writer);
    let bytes = std::fs::read(&path).unwrap();
    let start = usize::try_from(whole_before).unwrap();
    for cut in start..bytes.len() {
        let torn = folder.path().join(format!("torn-{cut}.jsonl"));
        std::fs::write(&torn, &bytes[..cut]).unwrap();
        let journal = read::read(&torn, [reboot()]).unwrap();
        assert_eq!(journal.entries.len(), 2, "cut at byte {cut}");
        assert_eq!(journal.torn_bytes, u64::try_from(cut - start).unwrap());
        assert!(journal.replay.state(&reboot()).is_in_doubt());

        let mut writer = Writer::reopen(&torn, [reboot()]).unwrap();
        writer
            .append(at(9), settled(Verdict::Happened))
            .expect("a torn line is cut off before the next is written");
        let again = read::read(&torn, [reboot()]).unwrap();
        assert_eq!(again.entries.len(), 3, "cut at byte {cut}");
        assert_eq!(again.torn_bytes, 0);
    }
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
        let error = read::read(&path, [reboot()]).unwrap_err().to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
}

#[test]
fn every_legal_way_through_an_action_ends_in_its_state() {
    let ways: [(&[Kind], State); 8] = [
        (&[intent(1), accepted(), finished()], State::Finished),
        (&[looking(1), finished()], State::Finished),
        (&[skipped()], State::Skipped),
        (
            &[intent(1), failed(Outcome::Known), intent(2), accepted()],
            State::Accepted {
                attempt: 2,
                since: at(3),
            },
        ),
        (
            &[intent(1), failed(Outcome::Unknown)],
            State::Failed {
                attempt: 1,
                since: Some(at(1)),
                outcome: Outcome::Unknown,
            },
        ),
        (
            &[
                intent(1),
                failed(Outcome::Unknown),
                settled(Verdict::Happened),
                finished(),
            ],
            State::Finished,
        ),
        (
            &[
                intent(1),
                settled(Verdict::DidNotHappen),
                intent(2),
                accepted(),
                finished(),
            ],
            State::Finished,
        ),
        (
            &[failed(Outcome::Known)],
            State::Failed {
                attempt: 0,
                since: None,
                outcome: Outcome::Known,
            },
        ),
    ];
    for (way, expected) in ways {
        let mut kinds = vec![started()];
        kinds.extend_from_slice(way);
        assert_eq!(replay(&kinds).unwrap().state(&reboot()), expected);
    }
}

#[test]
fn whatever_is_not_a_legal_transition_is_refused() {
    // Every state that an action can be in, with the entries that may follow; all others must be refused.
    let all: [(&str, Kind); 10] = [
        ("intent", intent(1)),
        ("intent again", intent(2)),
        ("accepted", accepted()),
        ("finished", finished()),
        ("failed known", failed(Outcome::Known)),
        ("failed unknown", failed(Outcome::Unknown)),
        ("skipped", skipped()),
        ("happened", settled(Verdict::Happened)),
        ("did not happen", settled(Verdict::DidNotHappen)),
        ("run-started", started()),
    ];
    let states: [(&str, Vec<Kind>, &[&str]); 10] = [
        ("todo", vec![], &["intent", "failed known", "skipped"]),
        (
            "intended",
            vec![intent(1)],
            &[
                "accepted",
                "failed known",
                "failed unknown",
                "happened",
                "did not happen",
            ],
        ),
        (
            "intended to read",
            vec![looking(1)],
            &["finished", "failed known", "failed unknown"],
        ),
        (
            "accepted",
            vec![intent(1), accepted()],
            &["finished", "failed known", "failed unknown"],
        ),
        (
            "failed",
            vec![intent(1), failed(Outcome::Known)],
            &["intent again", "skipped"],
        ),
        (
            "in doubt",
            vec![intent(1), failed(Outcome::Unknown)],
            &["happened", "did not happen"],
        ),
        ("finished", vec![intent(1), accepted(), finished()], &[]),
        ("skipped", vec![skipped()], &[]),
        ("paused", vec![paused()], &["failed known", "skipped"]),
        ("ended", vec![ended()], &[]),
    ];
    for (state, way, legal) in states {
        for (name, kind) in &all {
            let mut kinds = vec![started()];
            kinds.extend(way.iter().cloned());
            kinds.push(kind.clone());
            assert_eq!(
                replay(&kinds).is_ok(),
                legal.contains(name),
                "{name} after {state}: {:?}",
                replay(&kinds).err().map(|illegal| illegal.to_string())
            );
        }
    }
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
    let mut writer = Writer::reopen(&path, [reboot()]).unwrap();
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
    let mut writer = Writer::onto(&path, [reboot()]).unwrap();
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

fn holder(user: &str) -> Holder {
    Holder {
        user: user.to_owned(),
        host: "desk".to_owned(),
        process: 42,
        numbered_by: None,
    }
}

#[test]
fn the_second_to_want_a_cluster_is_told_who_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let first = RunId::new("20260515-060500-prod-aaaa");
    let second = RunId::new("20260515-060501-prod-bbbb");
    let lease = Lease::acquire(&store, &target(), &holder("ada"), &first).unwrap();
    let error: crate::error::Error = Lease::acquire(&store, &target(), &holder("bob"), &second)
        .unwrap_err()
        .into();
    assert_eq!(error.exit(), Exit::Refused);
    let text = error.render(false);
    let claim = lease.claim();
    let expected = format!(
        "refused: cluster `orders` is held by ada on desk (process 42) for run {first} since {}; its lease runs until {}",
        claim.acquired, claim.expires
    );
    assert!(text.starts_with(&expected), "{text}");
    // Asking without taking gives the same words.
    let asked: crate::error::Error = super::lock::is_free(&store, &target(), &holder("bob"))
        .unwrap_err()
        .into();
    assert_eq!(asked.render(false), text);

    lease.release().unwrap();
    assert!(super::lock::is_free(&store, &target(), &holder("bob")).is_ok());
    let lease = Lease::acquire(&store, &target(), &holder("bob"), &second).unwrap();
    assert_eq!(lease.claim().run, second);
    assert_eq!(
        std::fs::read_dir(store.locks()).unwrap().count(),
        1,
        "no temporary files are left behind"
    );
}

#[test]
fn one_cluster_behind_two_back_ends_has_two_locks() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let run = RunId::new("20260515-060500-prod-aaaa");
    let behind = |endpoint: &str| Target {
        backend: crate::plan::Backend::Aws {
            endpoint: Some(endpoint.to_owned()),
        },
        ..target()
    };
    let name = |target: &Target| {
        let lease = Lease::acquire(&store, target, &holder("ada"), &run).unwrap();
        lease
            .path()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(name(&target()), "111111111111-us-east-1-orders.json");
    assert_eq!(
        name(&behind("http://127.0.0.1:4510")),
        "111111111111-us-east-1-orders@5cb45fcc.json"
    );
    assert_eq!(
        name(&behind("http://127.0.0.1:4511")),
        "111111111111-us-east-1-orders@a3d154d4.json"
    );
    let again = Lease::acquire(
        &store,
        &behind("http://127.0.0.1:4510/"),
        &holder("bob"),
        &run,
    );
    assert!(matches!(again, Err(Error::Held { .. })), "{again:?}");
}

#[test]
fn an_expired_lease_is_reported_and_never_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let first = RunId::new("20260515-060500-prod-aaaa");
    let second = RunId::new("20260515-060501-prod-bbbb");
    let suspended = Lease::acquire_for(&store, &target(), &holder("ada"), &first, 0).unwrap();
    let error: crate::error::Error = Lease::acquire(&store, &target(), &holder("bob"), &second)
        .unwrap_err()
        .into();
    assert_eq!(error.exit(), Exit::Refused);
    let text = error.render(false);
    for part in [
        "only its own run may take it over",
        "20260515-060500-prod-aaaa/journal.jsonl",
        "111111111111-us-east-1-orders.json",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    let woken = suspended.check().unwrap_err();
    assert!(matches!(woken, Error::LeaseLost { .. }), "{woken}");
    let claim: super::lock::Claim =
        serde_json::from_slice(&std::fs::read(suspended.path()).unwrap()).unwrap();
    assert_eq!(claim.run, first, "the file still names the first run");
}

#[test]
fn a_lease_is_renewed_only_when_a_third_of_its_term_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let run = RunId::new("20260515-060500-prod-aaaa");
    let mut fresh = Lease::acquire(&store, &target(), &holder("ada"), &run).unwrap();
    let before = fresh.claim().expires;
    fresh.keep().unwrap();
    assert_eq!(fresh.claim().expires, before, "a fresh lease is left alone");
    fresh.age(25);
    fresh.keep().unwrap();
    assert!(
        fresh.claim().expires >= before,
        "an ageing lease is renewed"
    );
    fresh.check().unwrap();
}

#[test]
fn a_holder_whose_lock_was_taken_finds_out_and_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let first = RunId::new("20260515-060500-prod-aaaa");
    let second = RunId::new("20260515-060501-prod-bbbb");
    let old = Lease::acquire(&store, &target(), &holder("ada"), &first).unwrap();
    std::fs::remove_file(old.path()).unwrap();
    assert!(
        old.check()
            .unwrap_err()
            .to_string()
            .contains("the lock file is gone"),
    );
    let new = Lease::acquire(&store, &target(), &holder("bob"), &second).unwrap();
    let error = old.check().unwrap_err().to_string();
    assert!(
        error.contains("run 20260515-060501-prod-bbbb of bob on desk holds it now"),
        "{error}"
    );
    old.release().unwrap();
    new.check().expect("the old holder left the new lock alone");
}

#[test]
fn of_many_who_want_one_cluster_at_once_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    let barrier = std::sync::Barrier::new(16);
    let winners: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let (store, barrier) = (Store::new(folder.path()), &barrier);
                scope.spawn(move || {
                    let run = RunId::new(format!("20260515-060500-prod-{number:04x}"));
                    barrier.wait();
                    match Lease::acquire(&store, &target(), &holder("ada"), &run) {
                        Ok(_held) => 1,
                        Err(Error::Held { .. }) => 0,
                        Err(other) => panic!("{other}"),
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(winners, 1);
}
