//! What PostgreSQL itself says of a rollout: values that are not live although the RDS API says so, members that do not
//! answer, and restarts that only SQL can tell of.

use super::resume::{resumed, unfinished};
use super::support::{Run, Scene, demo, prod};
use auroractl::event::{Ending, Event, Summary};
use auroractl::journal::Kind;
use auroractl::names::ActionId;
use auroractl::plan::{Options, Plan, Topic};
use auroractl::sim;
use std::cell::Cell;

const READER: &str = "identifier = \"Alpha001-prod-AuroraClusterReader1\"\n";
const DEMO_READER: &str = "identifier = \"Alpha001-demo-AuroraClusterReader1\"\n";

/// The built-in world, in which these values never become live on a member.
fn never_loads(member: &str, names: &str) -> String {
    let world = sim::built_in_world();
    assert!(world.contains(member));
    world.replacen(member, &format!("{member}never_loads = [{names}]\n"), 1)
}

fn ending(summary: &Summary) -> String {
    let (because, hints): (&str, &[String]) = match &summary.ending {
        Ending::Failed { because, hints } | Ending::Unknown { because, hints } => (because, hints),
        Ending::Paused { because } | Ending::WorldMoved { because } => (because, &[]),
        Ending::Done | Ending::Staged { .. } | Ending::Interrupted => ("", &[]),
    };
    let mut text = format!("exit {}\n{because}", summary.ending.exit().code());
    for hint in hints {
        text.push_str(&format!("\n- {hint}"));
    }
    if let Some(command) = &summary.next_command {
        text.push_str(&format!("\n> {command}"));
    }
    text
}

/// What was witnessed of each action, one line each.
fn witnessed(run: &Run) -> String {
    run.journal
        .entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            Kind::Witnessed { action, testimony } => Some(format!(
                "{action}: {}{}\n",
                testimony.in_words(),
                if testimony.is_proven() {
                    ", proven"
                } else {
                    ""
                }
            )),
            _ => None,
        })
        .collect()
}

async fn planned(scene: &Scene, desired: &auroractl::desired::Desired) -> Plan {
    scene.plan(desired, Options::default()).await
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_witnessed_before_at_and_after_each_interruption_and_at_its_end() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = planned(&scene, &demo()).await;
    let proven: Vec<&str> = plan
        .notes
        .iter()
        .filter(|note| note.topic == Topic::Proven)
        .map(|note| note.text.as_str())
        .collect();
    insta::assert_snapshot!(proven.join("\n"), @"
    SQL on every member: `log_lock_waits`, `log_min_duration_statement`, `log_statement`, `log_temp_files`, `pg_stat_statements.track`; what changes of these before any restart, all of them after each restart and at the end
    SQL on every member: `shared_preload_libraries` after its restart and at the end
    SQL: that a member restarted, by pg_postmaster_start_time(); that the cluster endpoint leads to the writer
    statements: pg_stat_statements
    ");
    assert!(plan.notes.iter().all(|note| note.topic != Topic::NotProven));
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    insta::assert_snapshot!(witnessed(&run), @"
    settle: SQL: 10 live, proven
    reboot alpha001-demo-auroraclusterreader1: SQL: 1 live, proven
    reboot alpha001-demo-auroraclusterreader1: SQL: 6 live, proven
    fail over to alpha001-demo-auroraclusterreader1: SQL: 1 live, proven
    fail over to alpha001-demo-auroraclusterreader1: SQL: 2 live, proven
    verify: SQL: 13 live, proven
    ");
    let by_sql: Vec<&str> = run
        .summary
        .verified
        .iter()
        .filter(|fact| fact.witness != "RDS API")
        .map(|fact| fact.fact.as_str())
        .collect();
    insta::assert_snapshot!(by_sql.join("\n"), @"
    alpha001-demo-auroraclusterreader1 runs 6 values as declared
    alpha001-demo-auroraclusterwriter runs 6 values as declared
    the cluster endpoint leads to alpha001-demo-auroraclusterreader1, which accepts writes
    ");
    assert_eq!(run.summary.not_proven, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_static_value_that_only_the_api_calls_live_stops_the_run_before_the_failover() {
    let scene = Scene::new(&never_loads(READER, "\"max_connections\"")).await;
    let plan = planned(&scene, &prod()).await;
    let run = scene.run(&plan).await;
    insta::assert_snapshot!(ending(&run.summary), @"
    exit 5
    `flush alpha001-prod-auroraclusterreader1`: the RDS API calls it done, SQL does not: alpha001-prod-auroraclusterreader1: the RDS API says in-sync, SQL says that max_connections is 1722, wanted 500
    - every witness again, member by member: auroractl verify prod
    - a further restart may load what this one did not: aws rds reboot-db-instance --region us-east-1 --db-instance-identifier alpha001-prod-auroraclusterreader1
    - once they agree: auroractl resume RUN
    > auroractl resume RUN
    ");
    let sent = scene.changes_in_short();
    assert!(!sent.contains("FailoverDBCluster"), "{sent}");
    assert!(
        run.summary
            .snapshot
            .is_some_and(|kept| kept.expires.is_none())
    );

    // The values stand in the journal, and whoever goes on without mending anything is told the same.
    let half = unfinished(&scene, &run.summary.run);
    let again = resumed(&scene, &half, &prod(), &[]).await.unwrap();
    assert_eq!(again.summary.ending, run.summary.ending);
    assert_eq!(scene.changes_in_short(), sent);
}

#[tokio::test(start_paused = true)]
async fn a_dynamic_value_that_is_not_live_stops_the_run_before_any_restart() {
    let scene = Scene::new(&never_loads(DEMO_READER, "\"log_lock_waits\"")).await;
    let plan = planned(&scene, &demo()).await;
    let run = scene.run(&plan).await;
    insta::assert_snapshot!(ending(&run.summary), @"
    exit 5
    `settle`: not live 300 s after AWS took it, and no restart mends a dynamic value, so that none was begun: alpha001-demo-auroraclusterreader1: log_lock_waits is off, wanted on (SQL)
    - every witness again, member by member: auroractl verify demo
    - a dynamic value that never comes is hidden by something nearer: a member's own instance parameter group, ALTER ROLE or ALTER DATABASE
    - once they agree: auroractl resume RUN
    > auroractl resume RUN
    ");
    let sent = scene.changes_in_short();
    assert!(!sent.contains("RebootDBInstance"), "{sent}");
    assert!(!sent.contains("FailoverDBCluster"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_witness_that_stops_answering_pauses_the_run_and_the_rest_is_done_when_it_answers_again()
{
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = planned(&scene, &demo()).await;
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if let Event::ActionStarted { action, .. } = event
                && action.as_str() == "fail over to alpha001-demo-auroraclusterreader1"
            {
                scene
                    .simulator
                    .declare_fault(
                        r#"{"kind": "refused-sessions", "cluster": "alpha001-demo-auroracluster"}"#,
                    )
                    .unwrap();
            }
        })
        .await;
    insta::assert_snapshot!(ending(&run.summary), @"
    exit 4
    `fail over to alpha001-demo-auroraclusterreader1`: not proven over SQL within 120 s: SQL on alpha001-demo-auroraclusterwriter: no connection: connection refused; SQL on alpha001-demo-auroraclusterreader1: no connection: connection refused; SQL on the cluster endpoint: no connection: connection refused
    > auroractl resume RUN
    ");
    assert!(!scene.changes_in_short().contains("FailoverDBCluster"));
    scene.simulator.remove_faults();
    let half = unfinished(&scene, &run.summary.run);
    let whole = resumed(&scene, &half, &demo(), &[]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    let sent = scene.changes_in_short();
    assert_eq!(sent.matches("RebootDBInstance").count(), 1, "{sent}");
    assert_eq!(sent.matches("FailoverDBCluster").count(), 1, "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_witness_that_is_away_after_a_restart_leaves_the_restart_to_be_proven_later() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = planned(&scene, &demo()).await;
    let reboot = "reboot alpha001-demo-auroraclusterreader1";
    let struck = Cell::new(false);
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if let Event::Waiting { action, .. } = event
                && action.as_str() == reboot
                && !struck.replace(true)
            {
                scene
                    .simulator
                    .declare_fault(
                        r#"{"kind": "refused-sessions", "instance": "alpha001-demo-auroraclusterreader1"}"#,
                    )
                    .unwrap();
            }
        })
        .await;
    insta::assert_snapshot!(ending(&run.summary), @"
    exit 4
    `reboot alpha001-demo-auroraclusterreader1`: not proven over SQL within 120 s: SQL on alpha001-demo-auroraclusterreader1: no connection: connection refused
    > auroractl resume RUN
    ");
    scene.simulator.remove_faults();
    let half = unfinished(&scene, &run.summary.run);
    let whole = resumed(&scene, &half, &demo(), &[]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    let sent = scene.changes_in_short();
    assert_eq!(sent.matches("RebootDBInstance").count(), 1, "{sent}");
}

#[tokio::test(start_paused = true)]
async fn a_reboot_in_doubt_is_settled_by_the_time_at_which_postgresql_started() {
    // The answer is lost, and for forty seconds the API tells how things were before.
    let world = format!(
        "{}\n[[fault]]\nkind = \"lost-reply\"\naction = \"RebootDBInstance\"\n",
        sim::built_in_world()
    );
    let scene = Scene::new(&world).await;
    let plan = planned(&scene, &demo()).await;
    let reboot = "reboot alpha001-demo-auroraclusterreader1";
    let run = scene
        .run_heard_by(&plan, &mut |event| {
            if let Event::ActionStarted { action, .. } = event
                && action.as_str() == reboot
            {
                scene
                    .simulator
                    .declare_fault(r#"{"kind": "stale-reads", "seconds": 50, "for_seconds": 120}"#)
                    .unwrap();
            }
        })
        .await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    let settled: Vec<&str> = run
        .journal
        .entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            Kind::Settled {
                action, because, ..
            } if *action == ActionId::new(reboot) => Some(because.as_str()),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(settled.join("\n"), @"alpha001-demo-auroraclusterreader1 available, db.t3.medium, pending-reboot; SQL says that alpha001-demo-auroraclusterreader1 was started at 2026-05-15T06:12:20.511Z, and before at 2026-04-15T06:05:00Z");
    let sent = scene.changes_in_short();
    assert_eq!(sent.matches("RebootDBInstance").count(), 1, "{sent}");
}
