//! Exhaustive kill of a rollback: prod is rolled out and taken back with the real binary over HTTP, and the rollback is killed
//! at every request that changes something, before it takes effect and after, and continued. Judged by what AWS saw.

use crate::kill::{APPLY, Moment, on_all_cores, scene, tail};
use crate::support::evidence::{Evidence, mutating};
use crate::support::final_world::final_world;
use crate::support::project::Project;
use crate::support::running::Running;
use crate::support::server::Server;
use serde_json::Value;
use std::sync::OnceLock;

/// prod after its rollout.
struct RolledOut {
    project: Project,
    server: Server,
    /// The run that rolled it out.
    run: String,
    /// The number of its last request.
    last: u64,
    /// How many of its requests changed something.
    changes: usize,
}

fn rolled_out() -> RolledOut {
    let (project, server) = scene();
    let apply = project.run(&APPLY);
    assert_eq!(apply.code, 0, "{}", apply.stderr);
    let log = server.log();
    let last = log.last().unwrap();
    let runs = project.runs();
    let (_, run) = runs[0].rsplit_once('/').unwrap();
    RolledOut {
        run: run.to_owned(),
        last: last.number,
        changes: mutating(&log).len(),
        project,
        server,
    }
}

impl RolledOut {
    fn rollback(&self) -> Vec<&str> {
        vec![
            "rollback",
            &self.run,
            "--auto-approve",
            "--poll-interval",
            "0.001",
        ]
    }

    /// What the rollout and the rollback left.
    fn evidence(&self) -> Evidence {
        let runs = self.project.runs();
        let [rollout, rollback] = runs.as_slice() else {
            panic!("not two runs: {runs:?}");
        };
        Evidence::of(
            &self.project,
            &self.server,
            &[(rollout, 1), (rollback, self.last + 1)],
        )
    }
}

/// What the undisturbed rollback leaves.
struct Undisturbed {
    requests: usize,
    world: Value,
}

fn undisturbed() -> &'static Undisturbed {
    static UNDISTURBED: OnceLock<Undisturbed> = OnceLock::new();
    UNDISTURBED.get_or_init(|| {
        let rolled = rolled_out();
        let rollback = rolled.project.run(&rolled.rollback());
        assert_eq!(rollback.code, 0, "{}", rollback.stderr);
        let evidence = rolled.evidence();
        assert_eq!(evidence.broken_promises(), Vec::<String>::new());
        Undisturbed {
            requests: evidence.mutating().len() - rolled.changes,
            world: final_world(&rolled.server),
        }
    })
}

/// Takes back, kills, continues, and says what is wrong.
fn survive(request: usize, moment: Moment) -> Vec<String> {
    let rolled = rolled_out();
    let RolledOut {
        project, server, ..
    } = &rolled;
    let word = match moment {
        Moment::Before => "before",
        Moment::After => "after",
    };
    let fault = server.fault(&format!(
        r#"{{"kind": "hold", "mutating": true, "skip": {}, "moment": "{word}"}}"#,
        request - 1
    ));
    let command = rolled.rollback();
    let first = Running::start(project, &command);
    server.until_hit(fault);
    let reached = rolled.changes + request - usize::from(moment == Moment::Before);
    while mutating(&server.log()).len() < reached {
        std::thread::yield_now();
    }
    first.kill();
    server.remove_fault(fault);
    // Both ways to go on are gone in turn.
    let again = if request.is_multiple_of(2) {
        project.run(&["resume", "--poll-interval", "0.001"])
    } else {
        project.run(&command)
    };
    if again.code != 0 {
        return vec![format!("exit {}: {}", again.code, tail(&again))];
    }
    let runs = project.runs();
    if runs.len() != 2 {
        return vec![format!("{} runs", runs.len())];
    }
    let mut problems = rolled.evidence().broken_promises();
    let journal = project.journal(&runs[1]);
    if journal[0]["undoes"] != rolled.run.as_str() {
        problems.push("the journal does not name the run that is undone".to_owned());
    }
    let world = final_world(server);
    if world != undisturbed().world {
        let pretty = |world| serde_json::to_string_pretty(world).unwrap();
        problems.push(format!(
            "another world (-) than undisturbed (+):\n{}",
            similar::TextDiff::from_lines(pretty(&world), pretty(&undisturbed().world))
                .unified_diff()
        ));
    }
    let plan = project.run(&["plan", "prod", "--detailed-exitcode"]);
    if plan.code != 2 {
        problems.push(format!(
            "the next plan does not ask for the rollout again: {}",
            plan.stdout
        ));
    }
    problems
}

#[test]
fn a_rollback_killed_at_any_request_goes_on_as_if_nothing_had_happened() {
    let kills: Vec<(usize, Moment)> = (1..=undisturbed().requests)
        .flat_map(|request| [Moment::Before, Moment::After].map(|moment| (request, moment)))
        .collect();
    let found = on_all_cores(&kills, |(request, moment)| {
        (request, moment, survive(request, moment))
    });
    let report: Vec<String> = found
        .iter()
        .filter(|(_, _, problems)| !problems.is_empty())
        .map(|(request, moment, problems)| {
            format!("request {request}, {moment:?}: {}", problems.join("\n  "))
        })
        .collect();
    println!(
        "{} kill points of a rollback, {} violations",
        found.len(),
        report.len()
    );
    assert!(report.is_empty(), "{}", report.join("\n"));
    assert!(found.len() >= 16, "only {}", found.len());
}
