//! Runs that are killed and continued inside this process: what is adopted, what is done again, what is asked, and when the
//! rest is planned anew.

use super::support::{Scene, built_in_with, parameter, prod};
use auroractl::apply::{self, Context, Decision, PlannedNow, Resumed};
use auroractl::desired::{Desired, Value};
use auroractl::error::Error;
use auroractl::event::{Ending, Event};
use auroractl::journal::{Conclusion, Holder, Kind, Unfinished, Verdict};
use auroractl::names::{ActionId, ParameterName, RunId};
use auroractl::plan::{Options, Plan};
use auroractl::sim;

const FAILOVER: &str = "fail over to alpha001-prod-auroraclusterreader1";

/// A process of this machine that no longer exists: the highest number on Linux is 4194304.
fn dead() -> Holder {
    Holder {
        process: 4_194_305,
        ..Holder::of_this_process()
    }
}

fn context<'a>(scene: &'a Scene, plan: &'a Plan, run: RunId, holder: Holder) -> Context<'a> {
    Context {
        holder,
        ..scene.context(plan, run)
    }
}

/// Runs the plan until something happens, and kills the run then: its future is dropped, and nothing of it goes on.
pub(super) async fn killed(
    scene: &Scene,
    plan: &Plan,
    when: impl Fn(&Event) -> bool,
) -> Unfinished {
    let run = scene.next_run(plan);
    let killed = tokio::sync::Notify::new();
    let mut hears = |event: &Event| {
        if when(event) {
            killed.notify_one();
        }
    };
    let running = apply::run(context(scene, plan, run.clone(), dead()), &mut hears);
    tokio::select! {
        biased;
        () = killed.notified() => {}
        ended = running => panic!("not killed: {ended:#?}"),
    }
    unfinished(scene, &run)
}

pub(super) fn unfinished(scene: &Scene, run: &RunId) -> Unfinished {
    let mut unfinished = scene.store.unfinished(None).unwrap();
    assert_eq!(unfinished.len(), 1);
    let unfinished = unfinished.pop().unwrap();
    assert_eq!(unfinished.run, *run);
    unfinished
}

/// Continues a run under a declaration.
pub(super) async fn resumed(
    scene: &Scene,
    unfinished: &Unfinished,
    declared: &Desired,
    decisions: &[Decision],
) -> Result<Resumed, Error> {
    let Unfinished { run, plan, .. } = unfinished;
    let planned_now = Box::pin(async {
        PlannedNow::Plan(Box::new(
            scene
                .plan_besides(declared, Options::default(), Some(run))
                .await,
        ))
    });
    let context = context(scene, plan, run.clone(), Holder::of_this_process());
    apply::resume(context, unfinished, decisions, planned_now, &mut |_| {}).await
}

/// How often an action took effect.
fn effects(scene: &Scene, action: &str) -> usize {
    scene
        .changes()
        .iter()
        .filter(|request| request.action == action && !request.effects.is_empty())
        .count()
}

fn is_waiting_for(action: &str) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::Waiting { action: waiting, .. } if waiting.as_str() == action)
}

#[tokio::test(start_paused = true)]
async fn what_aws_has_in_flight_is_adopted_and_the_summary_tells_of_the_whole_run() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let half = killed(&scene, &plan, is_waiting_for(FAILOVER)).await;
    let whole = resumed(&scene, &half, &prod(), &[]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    assert_eq!(whole.difference, None);
    assert_eq!(effects(&scene, "FailoverDBCluster"), 1);
    assert_eq!(effects(&scene, "CreateDBClusterSnapshot"), 1);
    let performed: Vec<&ActionId> = whole
        .summary
        .actions
        .iter()
        .map(|performed| &performed.action)
        .collect();
    let planned: Vec<&ActionId> = plan.actions.iter().map(|action| &action.id).collect();
    assert_eq!(performed, planned);
    assert!(whole.summary.snapshot.is_some());
    assert!(scene.plan(&prod(), Options::default()).await.is_empty());
    assert_eq!(scene.store.unfinished(None).unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_process_began_is_told_before_and_after_it_ends() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let half = scene
        .run_heard_by(&plan, &mut |event| {
            if is_waiting_for("snapshot")(event) {
                scene.interrupt.send_replace(true);
            }
        })
        .await;
    assert_eq!(half.summary.ending, Ending::Interrupted);
    let kept = half.summary.snapshot.clone().unwrap();
    assert!(kept.unfinished, "{kept:?}");
    assert_eq!(kept.snapshot, apply::snapshot_id(&half.summary.run));

    scene.interrupt.send_replace(false);
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    let half = unfinished(&scene, &half.summary.run);
    let whole = resumed(&scene, &half, &prod(), &[]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    let kept = whole.summary.snapshot.clone().unwrap();
    assert!(!kept.unfinished, "{kept:?}");
    let journal = scene.store.run(&half.run).journal().unwrap();
    for performed in &whole.summary.actions {
        let recorded = journal.entries.iter().find_map(|entry| match &entry.kind {
            Kind::Finished {
                action, seconds, ..
            } if *action == performed.action => Some(*seconds),
            _ => None,
        });
        let recorded = recorded.unwrap_or_default();
        assert!(
            performed.seconds.abs_diff(recorded) <= 1,
            "{performed:?} took {recorded} s"
        );
    }
    let snapshot = &whole.summary.actions[0];
    assert!(snapshot.seconds > 120, "{snapshot:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_may_be_killed_and_continued_at_every_step() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let mut half = killed(&scene, &plan, |event| {
        matches!(event, Event::ActionStarted { .. })
    })
    .await;
    // Each time one more action is finished before the next kill.
    for _ in 0..plan.actions.len() {
        let killed = tokio::sync::Notify::new();
        let mut hears = |event: &Event| {
            if matches!(event, Event::ActionFinished { .. }) {
                killed.notify_one();
            }
        };
        let planned_now = Box::pin(async {
            let plan = scene
                .plan_besides(&prod(), Options::default(), Some(&half.run))
                .await;
            PlannedNow::Plan(Box::new(plan))
        });
        let context = context(&scene, &plan, half.run.clone(), dead());
        let running = apply::resume(context, &half, &[], planned_now, &mut hears);
        let ended = tokio::select! {
            biased;
            () = killed.notified() => None,
            ended = running => Some(ended.unwrap().summary.ending),
        };
        if let Some(ending) = ended {
            assert_eq!(ending, Ending::Done);
            break;
        }
        half = unfinished(&scene, &half.run);
    }
    let last = resumed(&scene, &half, &prod(), &[]).await;
    assert!(last.is_err() || last.unwrap().summary.ending == Ending::Done);
    assert_eq!(effects(&scene, "FailoverDBCluster"), 1);
    assert_eq!(effects(&scene, "CreateDBClusterSnapshot"), 1);
    assert_eq!(effects(&scene, "ModifyDBInstance"), 4);
    assert!(scene.plan(&prod(), Options::default()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_never_reached_aws_is_done_again_after_its_longest_lag() {
    let world = built_in_with("[[fault]]\nkind = \"reset\"\naction = \"FailoverDBCluster\"");
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let first = scene.run(&plan).await;
    assert!(matches!(first.summary.ending, Ending::Unknown { .. }));
    let half = unfinished(&scene, &first.summary.run);
    assert_eq!(half.journal.replay.conclusion(), Some(Conclusion::Unknown));
    let whole = resumed(&scene, &half, &prod(), &[]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    assert_eq!(effects(&scene, "FailoverDBCluster"), 1);
    let journal = scene.store.run(&half.run).journal().unwrap();
    let told: Vec<String> = journal
        .entries
        .iter()
        .filter(|entry| {
            entry
                .kind
                .action()
                .is_some_and(|id| id.as_str() == FAILOVER)
        })
        .map(|entry| entry.kind.name().to_owned())
        .collect();
    assert_eq!(
        told,
        [
            "witnessed",
            "intent",
            "failed",
            "settled",
            "witnessed",
            "intent",
            "accepted",
            "witnessed",
            "finished"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_person_settles_what_is_in_doubt_and_nothing_else() {
    let world = built_in_with("[[fault]]\nkind = \"reset\"\naction = \"FailoverDBCluster\"");
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let first = scene.run(&plan).await;
    let half = unfinished(&scene, &first.summary.run);
    let decide = |action: &str, verdict| Decision {
        action: ActionId::new(action),
        verdict,
    };
    let wrong = decide("verify", Verdict::Happened);
    let error = resumed(&scene, &half, &prod(), &[wrong]).await.unwrap_err();
    insta::assert_snapshot!(error.render(false), @"
    error: `verify` is not in doubt in run 20260515-060500-prod-0001

    hint: in doubt: `fail over to alpha001-prod-auroraclusterreader1`
    ");

    let redo = decide(FAILOVER, Verdict::DidNotHappen);
    let whole = resumed(&scene, &half, &prod(), &[redo]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    assert_eq!(effects(&scene, "FailoverDBCluster"), 1);
    let journal = scene.store.run(&half.run).journal().unwrap();
    let settled = journal
        .entries
        .iter()
        .find(|entry| entry.kind.name() == "settled")
        .unwrap();
    let said = serde_json::to_value(settled).unwrap();
    assert_eq!(said["verdict"], "did-not-happen");
    assert!(said["because"].as_str().unwrap().ends_with(" said so"));
}

#[tokio::test(start_paused = true)]
async fn what_a_person_says_is_done_is_not_sent_again() {
    let world = built_in_with(
        "[[fault]]\nkind = \"hold\"\nmoment = \"after\"\naction = \"RebootDBInstance\"",
    );
    let scene = Scene::new(&world).await;
    let demo = super::support::demo();
    let plan = scene.plan(&demo, Options::default()).await;
    let reboot = "reboot alpha001-demo-auroraclusterreader1";
    let run = scene.next_run(&plan);
    let mut nobody = |_: &Event| {};
    // AWS has begun, and its answer never comes: virtual time passes, and then the process is gone.
    tokio::select! {
        ended = apply::run(context(&scene, &plan, run.clone(), dead()), &mut nobody) => panic!("{ended:#?}"),
        () = async {
            while effects(&scene, "RebootDBInstance") == 0 {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            }
        } => {}
    }
    let half = unfinished(&scene, &run);
    assert!(
        half.journal
            .replay
            .state(&ActionId::new(reboot))
            .is_in_doubt()
    );
    let done = Decision {
        action: ActionId::new(reboot),
        verdict: Verdict::Happened,
    };
    let whole = resumed(&scene, &half, &demo, &[done]).await.unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    assert_eq!(effects(&scene, "RebootDBInstance"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_declaration_that_was_changed_meanwhile_ends_the_run_with_the_difference() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let half = killed(&scene, &plan, is_waiting_for(FAILOVER)).await;
    let mut changed = prod();
    changed.parameters.insert(
        ParameterName::new("max_connections"),
        parameter(Value::Number("600".to_owned())),
    );
    let sent_before = scene.changes().len();
    let ended = resumed(&scene, &half, &changed, &[]).await.unwrap();
    assert!(matches!(ended.summary.ending, Ending::WorldMoved { .. }));
    let difference = ended.difference.unwrap();
    insta::assert_snapshot!(format!("{}--\n{}", difference.planned, difference.now), @"
    apply the queue of alpha001-prod-auroraclusterwriter: class db.r7g.large
    in the window Thu 23:00-02:00 (America/Los_Angeles)
    --
    apply the queue of alpha001-prod-auroraclusterwriter: class db.r7g.large
    fail over to alpha001-prod-auroraclusterwriter
    in the window Thu 23:00-02:00 (America/Los_Angeles)
    store max_connections = 600 in alpha001-prod-auroracluster-aurora-postgresql16
    ");
    assert_eq!(scene.changes().len(), sent_before, "nothing was sent");
    assert_eq!(scene.store.unfinished(None).unwrap(), [], "the run is over");
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_process_lives_is_not_taken_over() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.next_run(&plan);
    let killed = tokio::sync::Notify::new();
    let mut hears = |event: &Event| {
        if is_waiting_for("snapshot")(event) {
            killed.notify_one();
        }
    };
    let alive = Holder::of_this_process();
    let running = apply::run(context(&scene, &plan, run.clone(), alive), &mut hears);
    tokio::select! {
        biased;
        () = killed.notified() => {}
        ended = running => panic!("{ended:#?}"),
    }
    let half = unfinished(&scene, &run);
    let error = resumed(&scene, &half, &prod(), &[]).await.unwrap_err();
    assert_eq!(error.exit().code(), 3);
    assert!(
        error.to_string().contains("exists on this machine"),
        "{error}"
    );
    assert_eq!(scene.changes().len(), 1);
}
