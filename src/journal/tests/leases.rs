//! Who holds a cluster, who is told so, and who may take it over.

use super::super::holder::Holder;
use super::super::lock::{self, Lease, Taken};
use super::super::{Error, Store};
use super::target;
use crate::error::Exit;
use crate::names::RunId;

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
    let asked: crate::error::Error = lock::is_free(&store, &target(), &holder("bob"))
        .unwrap_err()
        .into();
    assert_eq!(asked.render(false), text);

    lease.release().unwrap();
    assert!(lock::is_free(&store, &target(), &holder("bob")).is_ok());
    let lease = Lease::acquire(&store, &target(), &holder("bob"), &second).unwrap();
    assert_eq!(lease.claim().run, second);
    assert_eq!(
        std::fs::read_dir(store.locks()).unwrap().count(),
        1,
        "no temporary files are left behind"
    );
}

#[test]
fn an_expired_lease_is_reported_and_never_taken_over_by_another_run() {
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
        "auroractl resume 20260515-060500-prod-aaaa",
        "auroractl unlock --force 20260515-060500-prod-aaaa",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
    let woken = suspended.check().unwrap_err();
    assert!(matches!(woken, Error::LeaseLost { .. }), "{woken}");
    let claim: lock::Claim =
        serde_json::from_slice(&std::fs::read(suspended.name()).unwrap()).unwrap();
    assert_eq!(claim.run, first, "the file still names the first run");
}

#[test]
fn a_run_takes_its_own_lease_over_once_it_expired_and_another_run_never_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let own = RunId::new("20260515-060500-prod-aaaa");
    let other = RunId::new("20260515-060501-prod-bbbb");
    let suspended = Lease::acquire_for(&store, &target(), &holder("ada"), &own, 0).unwrap();
    let error = Lease::take_over(&store, &target(), &holder("bob"), &other).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");

    let (lease, taken) = Lease::take_over(&store, &target(), &holder("bob"), &own).unwrap();
    let expires = suspended.claim().expires;
    assert_eq!(
        taken.in_words().unwrap(),
        format!("the lease of ada on desk (process 42) is taken over: it expired at {expires}")
    );
    lease.check().unwrap();
    let woken = suspended.check().unwrap_err().to_string();
    assert!(woken.contains("of bob on desk holds it now"), "{woken}");

    // A lease that runs is nobody's to take, not even its own run's.
    let error = Lease::take_over(&store, &target(), &holder("eve"), &own).unwrap_err();
    assert!(matches!(error, Error::Held { .. }), "{error}");
    lease.release().unwrap();
    let (lease, taken) = Lease::take_over(&store, &target(), &holder("eve"), &own).unwrap();
    assert_eq!(taken, Taken::Free);
    assert_eq!(
        std::fs::read_dir(store.locks()).unwrap().count(),
        1,
        "no temporary files are left behind"
    );
    drop(lease);
}

#[test]
fn a_lease_that_ran_out_since_it_was_checked_is_noticed_without_reading_anything() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    let own = RunId::new("20260515-060500-prod-aaaa");
    let mut lease = Lease::acquire(&store, &target(), &holder("ada"), &own).unwrap();
    lease.check().unwrap();
    std::fs::remove_file(lease.name()).unwrap();
    lease.still_runs().unwrap();
    lease.age(i64::from(lock::TERM_SECONDS));
    let woken = lease.still_runs().unwrap_err();
    assert!(matches!(woken, Error::LeaseLost { .. }), "{woken}");
}

#[test]
fn a_dead_process_is_taken_for_dead_only_where_its_number_is_known_to_be_its_own() {
    // The highest number of a process on Linux is 4194304.
    let dead = Holder {
        process: 4_194_305,
        ..Holder::of_this_process()
    };
    let alive = Holder::of_this_process();
    let container = Holder {
        numbered_by: Some("another boot".to_owned()),
        ..dead.clone()
    };
    let unknown = Holder {
        numbered_by: None,
        ..dead.clone()
    };
    let elsewhere = Holder {
        host: "elsewhere".to_owned(),
        ..dead.clone()
    };
    let run = RunId::new("20260515-060500-prod-aaaa");
    for (who, expected) in [
        (dead, alive.numbered_by.is_some()),
        (alive.clone(), false),
        (container, false),
        (unknown, false),
        (elsewhere, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        let _old = Lease::acquire(&store, &target(), &who, &run).unwrap();
        let taken = Lease::take_over(&store, &target(), &alive, &run);
        assert_eq!(taken.is_ok(), expected, "{who:?}: {taken:?}");
    }
}

#[test]
fn of_many_who_resume_one_run_at_once_no_two_get_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunId::new("20260515-060500-prod-aaaa");
    let store = Store::new(folder.path());
    drop(Lease::acquire_for(&store, &target(), &holder("ada"), &run, 0).unwrap());
    let barrier = std::sync::Barrier::new(16);
    let winners: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|_| {
                let (store, barrier, run) = (Store::new(folder.path()), &barrier, &run);
                scope.spawn(move || {
                    barrier.wait();
                    match Lease::take_over(&store, &target(), &holder("bob"), run) {
                        Ok((lease, _)) => usize::from(lease.check().is_ok()),
                        Err(_) => 0,
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert!(winners <= 1, "{winners}");
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
    std::fs::remove_file(old.name()).unwrap();
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
