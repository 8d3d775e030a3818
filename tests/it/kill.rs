//! Exhaustive kill: prod's rollout with the real binary over HTTP, killed at every request that changes something, before
//! it takes effect and after, with its journal as it was and cut back by an entry or two, and then continued. Judged by what
//! AWS saw, as if nothing had happened.
//!
//! Nothing sleeps: the simulator holds the request until the process is dead, and time passes with requests.

use crate::support::evidence::{Evidence, broken_promises, mutating};
use crate::support::final_world::final_world;
use crate::support::project::{Output, Project};
use crate::support::running::Running;
use crate::support::server::Server;
use auroractl::invariants;
use auroractl::journal::Kind;
use serde_json::Value;
use std::fs;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const ALPHA001: &str = "AKIASIMULATEDALPHA001";
pub(crate) const APPLY: [&str; 5] = [
    "apply",
    "prod",
    "--auto-approve",
    "--poll-interval",
    "0.001",
];
const APPLY_AGAIN: [&str; 4] = ["apply", "prod", "--poll-interval", "0.001"];
const RESUME: [&str; 3] = ["resume", "--poll-interval", "0.001"];

/// When the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The request was sent, and does not take effect.
    Before,
    /// It took effect, and its answer is lost.
    After,
}

/// One way to die.
#[derive(Clone, Copy, Debug)]
struct Kill {
    /// The request that changes something, from 1.
    request: usize,
    moment: Moment,
    /// How many whole entries the journal loses besides: what a crash of the machine can leave of it. The entry before is
    /// cut in the middle.
    cut: usize,
}

pub(crate) fn scene() -> (Project, Server) {
    let mut project = Project::with_environments();
    let server = Server::start(&project, None, "1");
    server.seconds_per_request(3);
    server.answer(&mut project, ALPHA001);
    (project, server)
}

/// What the undisturbed run leaves.
struct Undisturbed {
    requests: usize,
    evidence: Evidence,
    world: Value,
}

fn undisturbed() -> &'static Undisturbed {
    static UNDISTURBED: OnceLock<Undisturbed> = OnceLock::new();
    UNDISTURBED.get_or_init(|| {
        let (project, server) = scene();
        let apply = project.run(&APPLY);
        assert_eq!(apply.code, 0, "{}", apply.stderr);
        let evidence = Evidence::of_the_only_run(&project, &server);
        assert_eq!(evidence.broken_promises(), Vec::<String>::new());
        Undisturbed {
            requests: evidence.mutating().len(),
            evidence,
            world: final_world(&server),
        }
    })
}

/// What came of a kill.
enum Found {
    Held,
    /// The cut takes an entry away that was on disk before its request was sent: no crash does that.
    Impossible,
    Violated(Vec<String>),
}

/// Applies, kills, cuts, continues, and looks.
fn survive(kill: Kill) -> Found {
    let Kill {
        request,
        moment,
        cut,
    } = kill;
    let (project, server) = scene();
    let word = match moment {
        Moment::Before => "before",
        Moment::After => "after",
    };
    let fault = server.fault(&format!(
        r#"{{"kind": "hold", "mutating": true, "skip": {}, "moment": "{word}"}}"#,
        request - 1
    ));
    let first = Running::start(&project, &APPLY);
    server.until_hit(fault);
    let reached = request - usize::from(moment == Moment::Before);
    while mutating(&server.log()).len() < reached {
        std::thread::yield_now();
    }
    first.kill();
    server.remove_fault(fault);
    if cut > 0 && !cut_back(&project, &server, cut) {
        return Found::Impossible;
    }
    // Both ways to go on are gone in turn.
    let again = if (request + cut).is_multiple_of(2) {
        project.run(&RESUME)
    } else {
        project.run(&APPLY_AGAIN)
    };
    let mut problems = Vec::new();
    if again.code != 0 {
        problems.push(format!("exit {}: {}", again.code, tail(&again)));
    }
    let runs = project.runs();
    if runs.len() != 1 {
        problems.push(format!("{} runs", runs.len()));
    }
    if !project
        .journal(&runs[0])
        .iter()
        .any(|entry| entry["entry"] == "resumed")
    {
        problems.push("the run was not continued".to_owned());
    }
    if problems.is_empty() {
        problems.extend(Evidence::of_the_only_run(&project, &server).broken_promises());
        let world = final_world(&server);
        if world != undisturbed().world {
            let pretty = |world| serde_json::to_string_pretty(world).unwrap();
            problems.push(format!(
                "another world (-) than undisturbed (+):\n{}",
                similar::TextDiff::from_lines(pretty(&world), pretty(&undisturbed().world))
                    .unified_diff()
            ));
        }
        let plan = project.run(&["plan", "prod", "--detailed-exitcode"]);
        if plan.code != 0 {
            problems.push(format!("the next plan is not empty: {}", plan.stdout));
        }
    }
    if problems.is_empty() {
        Found::Held
    } else {
        Found::Violated(problems)
    }
}

pub(crate) fn tail(output: &Output) -> String {
    let text = format!("{}\n{}", output.stdout, output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

/// Takes the last entries away, and half of the one before; says whether a crash could have left that.
fn cut_back(project: &Project, server: &Server, cut: usize) -> bool {
    let run = &project.runs()[0];
    let path = project.path().join(run).join("journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (kept, lost) = lines.split_at(lines.len() - cut);
    let log = server.log();
    let sent = lost.iter().any(|line| {
        let entry: Value = serde_json::from_str(line).unwrap();
        entry["entry"] == "intent"
            && entry["call"]["operation"].is_string()
            && was_sent(&log, &entry["call"])
    });
    let torn = &lost[0][..lost[0].len() / 2];
    fs::write(&path, format!("{}{torn}", kept.concat())).unwrap();
    !sent
}

/// Whether a request like this was sent and took effect.
fn was_sent(log: &[crate::support::evidence::Request], call: &Value) -> bool {
    mutating(log).iter().any(|request| {
        call["operation"] == request.action.as_str()
            && ["DBInstanceIdentifier", "DBInstanceClass"]
                .iter()
                .all(|name| {
                    call["parameters"][name].as_str().unwrap_or_default() == request.parameter(name)
                })
    })
}

/// Does the work on as many threads as help.
pub(crate) fn on_all_cores<T: Copy + Sync, R: Send>(
    work: &[T],
    does: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from) + 1;
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut results = Vec::new();
                    while let Some(item) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                        results.push(does(*item));
                    }
                    results
                })
            })
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    })
}

fn survives(kills: &[Kill], what: &str) {
    undisturbed();
    let found = on_all_cores(kills, |kill| (kill, survive(kill)));
    let mut points = 0;
    let mut report = String::new();
    let mut violated = 0;
    for (kill, found) in &found {
        match found {
            Found::Held => points += 1,
            Found::Impossible => {}
            Found::Violated(problems) => {
                points += 1;
                violated += problems.len();
                report.push_str(&format!("{kill:?}:\n  {}\n", problems.join("\n  ")));
            }
        }
    }
    println!("{points} {what}, {violated} violations");
    assert!(report.is_empty(), "{report}");
    assert!(points > kills.len() / 2, "only {points} of {}", kills.len());
}

#[test]
fn a_rollout_killed_at_any_request_goes_on_as_if_nothing_had_happened() {
    let kills: Vec<Kill> = (1..=undisturbed().requests)
        .flat_map(|request| {
            [Moment::Before, Moment::After].map(|moment| Kill {
                request,
                moment,
                cut: 0,
            })
        })
        .collect();
    survives(&kills, "kill points");
}

#[test]
fn a_rollout_whose_journal_lost_its_last_entries_goes_on_as_if_nothing_had_happened() {
    let kills: Vec<Kill> = (2..=undisturbed().requests)
        .flat_map(|request| {
            [1, 2].map(|cut| Kill {
                request,
                moment: Moment::Before,
                cut,
            })
        })
        .collect();
    survives(&kills, "cut journals");
}

/// A way to spoil what one source tells of a run, and the promise that is then seen to be broken. That each promise is seen to
/// be broken is shown beside the rehearsal.
type Doctored = (&'static str, fn(&mut invariants::Evidence));

const DOCTORED: [Doctored; 5] = [
    (
        "the snapshot is available before the first disruption",
        |evidence| evidence.events.clear(),
    ),
    ("one failover", |evidence| {
        let failover = evidence
            .requests
            .iter()
            .find(|request| request.action == "FailoverDBCluster");
        let failover = failover.unwrap().clone();
        evidence.requests.push(failover);
    }),
    (
        "no writer is restarted while a reader could take over",
        |evidence| {
            for change in &mut evidence.members {
                change.writer = !change.writer;
            }
        },
    ),
    ("each action ends once, after its intent", |evidence| {
        evidence.runs[0]
            .entries
            .retain(|entry| !matches!(entry.kind, Kind::Intent { .. }));
    }),
    (
        "each planned change takes effect once, and nothing else does",
        |evidence| evidence.runs[0].plan.actions.clear(),
    ),
];

#[test]
fn a_spoilt_log_timeline_journal_or_plan_of_the_binary_is_noticed() {
    let mut unnoticed = Vec::new();
    for (name, spoil) in DOCTORED {
        let mut evidence = undisturbed().evidence.judged.clone();
        spoil(&mut evidence);
        let found = broken_promises(&evidence);
        if !found.iter().any(|violation| violation.starts_with(name)) {
            unnoticed.push(name);
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
}

#[test]
fn another_final_world_is_noticed() {
    let (project, server) = scene();
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}", apply.stderr);
    assert_eq!(final_world(&server), undisturbed().world);
    let (status, _) = server.rds(
        ALPHA001,
        &[
            ("Action", "ModifyDBClusterParameterGroup"),
            (
                "DBClusterParameterGroupName",
                "alpha001-prod-auroracluster-aurora-postgresql16",
            ),
            ("Parameters.Parameter.1.ParameterName", "log_statement"),
            ("Parameters.Parameter.1.ParameterValue", "all"),
            ("Parameters.Parameter.1.ApplyMethod", "immediate"),
        ],
    );
    assert_eq!(status, 200);
    assert_ne!(final_world(&server), undisturbed().world);
}
