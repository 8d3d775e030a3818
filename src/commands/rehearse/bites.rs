//! Each invariant is known to bite: it is shown the evidence of a sound run that was spoilt on purpose.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::door::Moment;
use super::play::{Outcome, play};
use super::schedule::{Kill, Schedule};
use super::tests::{prod, undisturbed};
use crate::invariants::{Change, Evidence, INVARIANTS, violations};
use crate::journal::{Kind, Verdict};
use jiff::{SignedDuration, Timestamp};

fn later(time: Timestamp, seconds: i64) -> Timestamp {
    time + SignedDuration::from_secs(seconds)
}

/// The disruptive requests, in their order.
fn disruptive(evidence: &Evidence) -> Vec<usize> {
    (0..evidence.requests.len())
        .filter(|index| evidence.requests[*index].is_disruptive())
        .collect()
}

fn repeat(evidence: &mut Evidence, action: &str) {
    let request = evidence
        .requests
        .iter()
        .find(|request| request.action == action);
    let request = request.unwrap().clone();
    evidence.requests.push(request);
}

/// The first restart is asked for once more, so many seconds later.
fn ask_again(evidence: &mut Evidence, seconds: i64) -> Timestamp {
    let restarts = disruptive(evidence);
    let mut again = evidence.requests[restarts[0]].clone();
    let first = again.time;
    again.time = later(first, seconds);
    again.number += 1;
    evidence.requests.insert(restarts[0] + 1, again);
    first
}

/// A person's word on the action whose name begins so.
fn say(evidence: &mut Evidence, action: &str, verdict: Verdict) {
    let entries = &mut evidence.runs[0].entries;
    let intent = entries.iter().position(
        |entry| matches!(&entry.kind, Kind::Intent { action: id, .. } if id.as_str().starts_with(action)),
    );
    let mut said = entries[intent.unwrap()].clone();
    said.kind = Kind::Settled {
        action: said.kind.action().unwrap().clone(),
        verdict,
        because: "ada on desk said so".to_owned(),
    };
    entries.insert(intent.unwrap() + 1, said);
}

fn time_of(evidence: &Evidence, action: &str) -> Timestamp {
    let mut requests = evidence.requests.iter();
    requests
        .find(|request| request.action == action)
        .unwrap()
        .time
}

fn away(evidence: &mut Evidence, instance: &str, from: Timestamp, seconds: i64) {
    let change = |time, status: &str, engine_up| Change {
        time,
        instance: instance.to_owned(),
        status: status.to_owned(),
        engine_up,
        writer: false,
    };
    evidence.members.push(change(from, "rebooting", false));
    evidence
        .members
        .push(change(later(from, seconds), "available", true));
    evidence.members.sort_by_key(|change| change.time);
}

/// A way to spoil the evidence of a run, and the invariant that must notice.
type Doctored = (&'static str, fn(&mut Evidence));

const DOCTORED: [Doctored; 27] = [
    (
        "the snapshot is available before the first disruption",
        |evidence| {
            evidence.events.retain(|event| event.id != "RDS-EVENT-0075");
        },
    ),
    (
        "the snapshot is available before the first disruption",
        |evidence| {
            for event in &mut evidence.events {
                event.time = later(event.time, 3600);
            }
        },
    ),
    ("the snapshot is present until verification", |evidence| {
        let created = evidence
            .requests
            .iter()
            .find(|request| request.action == "CreateDBClusterSnapshot");
        let mut deleted = created.unwrap().clone();
        "DeleteDBClusterSnapshot".clone_into(&mut deleted.action);
        evidence.requests.push(deleted);
    }),
    ("the snapshot is present until verification", |evidence| {
        let entries = &mut evidence.runs[0].entries;
        let release = entries.iter().position(|entry| {
            matches!(&entry.kind, Kind::Intent { action, .. } if action.as_str() == "release snapshot")
        });
        let entry = entries.remove(release.unwrap());
        entries.insert(1, entry);
    }),
    ("the snapshot is released last", |evidence| {
        evidence
            .requests
            .retain(|request| request.action != "AddTagsToResource");
    }),
    ("one failover", |evidence| {
        repeat(evidence, "FailoverDBCluster")
    }),
    ("one failover", |evidence| {
        evidence
            .requests
            .retain(|request| request.action != "FailoverDBCluster");
    }),
    (
        "no writer is restarted while a reader could take over",
        |evidence| {
            for change in &mut evidence.members {
                change.writer = !change.writer;
            }
        },
    ),
    ("never two members unavailable", |evidence| {
        // The second restart is asked for while the first one goes on.
        let restarts = disruptive(evidence);
        let first = evidence.requests[restarts[0]].time;
        let last = *restarts.last().unwrap();
        let instance = evidence.requests[last].instance().to_owned();
        evidence.requests[last].time = later(first, 1);
        away(evidence, &instance, later(first, 100), 60);
    }),
    (
        "nothing is interrupted while a member is away",
        |evidence| {
            let restarts = disruptive(evidence);
            let first = evidence.requests[restarts[0]].time;
            let other = evidence.requests[*restarts.last().unwrap()]
                .instance()
                .to_owned();
            away(evidence, &other, later(first, -30), 60);
        },
    ),
    (
        "each planned change takes effect once, and nothing else does",
        |evidence| {
            repeat(evidence, "CreateDBClusterSnapshot");
        },
    ),
    (
        "each planned change takes effect once, and nothing else does",
        |evidence| {
            evidence
                .requests
                .retain(|request| request.action != "ModifyDBCluster");
        },
    ),
    ("every change had an effect", |evidence| {
        for request in &mut evidence.requests {
            request.effects.clear();
        }
    }),
    ("no failover before the readers are proven", |evidence| {
        let failover = time_of(evidence, "FailoverDBCluster");
        for entry in &mut evidence.runs[0].entries {
            if matches!(&entry.kind, Kind::Finished { action, .. } if action.as_str().starts_with("flush"))
            {
                entry.at = entry.at.max(later(failover, 1));
            }
        }
    }),
    ("nothing is asked for without an intent", |evidence| {
        // AWS refused it, so that it had no effect; nor was it planned.
        repeat(evidence, "FailoverDBCluster");
        let request = evidence.requests.last_mut().unwrap();
        request.status = 400;
        request.effects.clear();
        "StopDBCluster".clone_into(&mut request.action);
    }),
    ("nothing is asked for without an intent", |evidence| {
        let failover = time_of(evidence, "FailoverDBCluster");
        for entry in &mut evidence.runs[0].entries {
            if matches!(&entry.kind, Kind::Intent { action, .. } if action.as_str().starts_with("fail over"))
            {
                entry.at = later(failover, 1);
            }
        }
    }),
    ("nothing is asked for without an intent", |evidence| {
        evidence.runs[0].first_request = u64::MAX;
    }),
    ("no request is longer than AWS takes", |evidence| {
        for request in &mut evidence.requests {
            if request.action == "ModifyDBClusterParameterGroup" {
                for number in 1..=21 {
                    let name = format!("Parameters.Parameter.{number}.ParameterName");
                    request.parameters.insert(name, "work_mem".to_owned());
                }
            }
        }
    }),
    ("one run at a time", |evidence| {
        let mut other = evidence.runs[0].clone();
        other.first_request = u64::MAX;
        evidence.runs.push(other);
    }),
    (
        "each planned change takes effect once, and nothing else does",
        |evidence| {
            // The first one restarted the member, and so was not given up.
            ask_again(evidence, 900);
        },
    ),
    ("every change had an effect", |evidence| {
        // AWS's own flush was accepted, and it was not what came first.
        evidence.runs[0].plan.options.accept_maintenance_flush = true;
        let restarts = disruptive(evidence);
        let flush = evidence.requests[restarts[0]].clone();
        evidence.requests.push(crate::invariants::Request {
            time: later(flush.time, 2),
            effects: Vec::new(),
            ..flush
        });
    }),
    (
        "nothing is interrupted while a member is away",
        |evidence| {
            // However late AWS shows it, the run knows whom it took away itself.
            evidence.blind_seconds = 90;
            let restarts = disruptive(evidence);
            let first = evidence.requests[restarts[0]].time;
            let last = *restarts.last().unwrap();
            let instance = evidence.requests[restarts[0]].instance().to_owned();
            evidence.requests[last].time = later(first, 40);
            away(evidence, &instance, later(first, 5), 60);
        },
    ),
    (
        "each planned change takes effect once, and nothing else does",
        |evidence| {
            // A person said that it did not happen; it did, and happened again.
            repeat(evidence, "CreateDBClusterSnapshot");
            say(evidence, "snapshot", Verdict::DidNotHappen);
        },
    ),
    ("one failover", |evidence| {
        // Once more for each time that a person said so, and not more often.
        repeat(evidence, "FailoverDBCluster");
        repeat(evidence, "FailoverDBCluster");
        say(evidence, "fail over", Verdict::DidNotHappen);
    }),
    ("nothing is interrupted outside the window", |evidence| {
        for request in &mut evidence.requests {
            request.time = later(request.time, 10 * 3600);
        }
    }),
    ("each action ends once, after its intent", |evidence| {
        let entries = &mut evidence.runs[0].entries;
        let finished = entries
            .iter()
            .find(|entry| matches!(entry.kind, Kind::Finished { .. }));
        let twice = finished.unwrap().clone();
        entries.push(twice);
    }),
    ("each action ends once, after its intent", |evidence| {
        evidence.runs[0]
            .entries
            .retain(|entry| !matches!(entry.kind, Kind::Intent { .. }));
    }),
];

#[tokio::test(start_paused = true)]
async fn each_invariant_notices_a_spoilt_log() {
    let evidence = undisturbed(&prod()).await.evidence;
    assert_eq!(violations(&evidence), []);
    let mut unnoticed = Vec::new();
    for (index, (name, spoil)) in DOCTORED.iter().enumerate() {
        let mut evidence = evidence.clone();
        spoil(&mut evidence);
        let noticed = violations(&evidence);
        if !noticed.iter().any(|violation| violation.invariant == *name) {
            unnoticed.push((index, name));
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
    for (name, _) in INVARIANTS {
        assert!(
            DOCTORED.iter().any(|(doctored, _)| *doctored == name),
            "nothing shows that this is noticed: {name}"
        );
    }
}

/// The names of the broken promises.
fn broken(evidence: &Evidence) -> Vec<String> {
    violations(evidence)
        .into_iter()
        .map(|violation| violation.invariant)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_aws_did_just_before_is_excused_where_it_was_accepted() {
    let mut evidence = undisturbed(&prod()).await.evidence;
    let flush = disruptive(&evidence)[0];
    evidence.requests[flush].effects.clear();
    let effect = "every change had an effect".to_owned();
    assert!(broken(&evidence).contains(&effect));
    evidence.runs[0].plan.options.accept_maintenance_flush = true;
    assert!(!broken(&evidence).contains(&effect));
    // Where the member stays, AWS did nothing that could excuse.
    let instance = evidence.requests[flush].instance().to_owned();
    evidence.members.retain(|change| {
        change.instance != instance || (change.engine_up && change.status == "available")
    });
    assert!(broken(&evidence).contains(&effect));
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_a_person_has_done_again_is_excused() {
    let mut evidence = undisturbed(&prod()).await.evidence;
    repeat(&mut evidence, "FailoverDBCluster");
    say(&mut evidence, "fail over", Verdict::DidNotHappen);
    let broken = broken(&evidence);
    assert!(!broken.contains(&"one failover".to_owned()), "{broken:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_blind_for_a_while_is_excused_for_as_long() {
    let mut evidence = undisturbed(&prod()).await.evidence;
    let restarts = disruptive(&evidence);
    let first = evidence.requests[restarts[0]].time;
    let last = *restarts.last().unwrap();
    let other = evidence.requests[last].instance().to_owned();
    away(&mut evidence, &other, later(first, -30), 60);
    let away = "nothing is interrupted while a member is away".to_owned();
    for (blind_seconds, is_broken) in [(0, true), (29, true), (30, false)] {
        evidence.blind_seconds = blind_seconds;
        assert_eq!(
            broken(&evidence).contains(&away),
            is_broken,
            "{blind_seconds}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_of_class_that_aws_gave_up_may_be_asked_for_again() {
    let mut evidence = undisturbed(&prod()).await.evidence;
    let first = ask_again(&mut evidence, 900);
    let instance = evidence.requests[disruptive(&evidence)[0]]
        .instance()
        .to_owned();
    let planned = "each planned change takes effect once, and nothing else does".to_owned();
    assert!(broken(&evidence).contains(&planned));
    for change in &mut evidence.members {
        if change.instance == instance && change.time >= first {
            change.engine_up = true;
        }
    }
    let broken = broken(&evidence);
    assert!(!broken.contains(&planned), "{broken:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_continued_run_found_in_its_journal_no_kill_takes_away() {
    let mut scene = prod();
    let first = undisturbed(&scene).await;
    scene.end = Some(first.state.clone());
    let schedule = Schedule {
        seed: Some(1),
        kill: Some(Kill {
            run: 1,
            moment: Moment::AfterChange { change: 9 },
        }),
        again: vec![Moment::AfterEntry { entries: 1 }],
        ..Schedule::undisturbed()
    };
    let played = play(&scene, &schedule).await.unwrap();
    assert_eq!(played.violations, []);
    assert_eq!(played.outcome, Outcome::Completed);
}
