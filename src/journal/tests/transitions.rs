//! Which entry may follow which, and what the entries tell.

use super::*;

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
fn a_run_goes_on_after_a_kill_and_after_every_end_that_leaves_something_to_continue() {
    for (ending, goes_on) in [
        (None, true),
        (Some(Conclusion::Paused), true),
        (Some(Conclusion::Interrupted), true),
        (Some(Conclusion::Unknown), true),
        (Some(Conclusion::Done), false),
        (Some(Conclusion::Staged), false),
        (Some(Conclusion::WorldMoved), false),
        (Some(Conclusion::Failed), false),
    ] {
        let mut kinds = vec![started()];
        kinds.extend(ending.map(ended_so));
        assert_eq!(replay(&kinds).unwrap().is_unfinished(), goes_on);
        kinds.push(resumed());
        assert_eq!(replay(&kinds).is_ok(), goes_on, "after {ending:?}");
        if goes_on {
            kinds.push(intent(1));
            assert!(replay(&kinds).is_ok(), "after {ending:?}");
        }
    }
    assert_eq!(
        replay(&[resumed()]).unwrap_err().to_string(),
        "`resumed` cannot follow: the run has not started"
    );
}

#[test]
fn a_resumed_run_is_no_longer_paused_reads_anew_and_remembers_what_is_in_doubt() {
    let paused_run = [started(), paused(), ended_so(Conclusion::Paused), resumed()];
    let mut kinds = paused_run.to_vec();
    kinds.push(looking(1));
    assert!(replay(&kinds).is_ok());
    kinds.push(resumed());
    assert_eq!(replay(&kinds).unwrap().state(&reboot()), State::Todo);

    let killed = replay(&[started(), intent(1), resumed()]).unwrap();
    assert!(killed.state(&reboot()).is_in_doubt());
    assert_eq!(killed.in_doubt().collect::<Vec<_>>(), [&reboot()]);
    // Nothing is sent again before the doubt is settled.
    assert!(replay(&[started(), intent(1), resumed(), intent(2)]).is_err());
}

#[test]
fn a_removed_lease_is_recorded_whatever_the_state_and_changes_none() {
    for before in [
        vec![started()],
        vec![started(), intent(1)],
        vec![started(), ended()],
    ] {
        let mut after = before.clone();
        after.push(unlocked());
        let (before, after) = (replay(&before).unwrap(), replay(&after).unwrap());
        assert_eq!(before.states(), after.states());
        assert_eq!(before.conclusion(), after.conclusion());
    }
}
