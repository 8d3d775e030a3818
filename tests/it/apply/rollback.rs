//! Runs that are taken back: the world afterwards is the one before, whatever the run did and however far it came.

use super::support::{Run, Scene, demo, holder, one_cluster, orders, parameter, prod};
use auroractl::apply::{self, Context, PlannedNow};
use auroractl::aws::{observe, survey};
use auroractl::desired::{DatabaseInsights, Desired, Value};
use auroractl::event::{Ending, Event};
use auroractl::journal::{self, Conclusion, Holder, State};
use auroractl::names::{InstanceClass, ParameterName, RunId};
use auroractl::observed::Observed;
use auroractl::plan::undo::{self, Effects, Undoing};
use auroractl::plan::{self, Options, Plan, Refusal};
use auroractl::sim;
use serde_json::Value as Json;

/// The clusters, members and cluster groups as they are, without times; snapshots and what a run leaves in place aside.
fn world(scene: &Scene, left: &[&str]) -> Json {
    let saved: Json = serde_json::from_str(&scene.simulator.save()).unwrap();
    let mut places = saved["world"]["places"].clone();
    if places.is_null() {
        places = saved["places"].clone();
    }
    assert!(places.is_object(), "{saved:#}");
    for place in places.as_object_mut().unwrap().values_mut() {
        let place = place.as_object_mut().unwrap();
        place
            .retain(|name, _| ["clusters", "instances", "cluster_groups"].contains(&name.as_str()));
        let groups = place["cluster_groups"].as_object_mut().unwrap();
        groups.retain(|name, _| !left.contains(&name.as_str()));
        place.values_mut().for_each(without_times);
    }
    places
}

fn without_times(value: &mut Json) {
    match value {
        Json::Object(object) => {
            let differs = [
                "started",
                "created",
                "detached",
                "endpoint_moving",
                "scaling_until",
            ];
            object.retain(|name, _| !differs.contains(&name.as_str()));
            object.values_mut().for_each(without_times);
        }
        Json::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}

fn assert_same(before: &Json, after: &Json) {
    let pretty = |world| serde_json::to_string_pretty(world).unwrap();
    assert!(
        before == after,
        "the world before (-) and after (+):\n{}",
        similar::TextDiff::from_lines(pretty(before), pretty(after)).unified_diff()
    );
}

/// The declaration and the plan of a rollback, as the command makes them.
async fn way_back(
    scene: &Scene,
    base: &Desired,
    run: &RunId,
    leave_changed: bool,
) -> Result<(Desired, Plan), Refusal> {
    let folder = scene.store.run(run);
    let (plan, journal) = (folder.plan().unwrap(), folder.journal().unwrap());
    assert_eq!(journal.replay.in_doubt().count(), 0, "not settled");
    let undoing = Undoing {
        run: run.clone(),
        effects: Effects::of(&apply::proven(&journal.entries, &plan)),
        engine_version: plan.engine_version.clone(),
        leave_changed,
    };
    let mut observed = observed(scene, base).await;
    loop {
        let mut questions = undo::questions(&undoing, &observed);
        if questions.is_empty() {
            let cluster = observed.cluster.clone().unwrap();
            let desired = undo::declaration(&undoing, base, &observed, &cluster)?;
            questions = plan::questions(&desired, &observed, &Options::default());
            if questions.is_empty() {
                observed.ended_runs.insert(run.clone());
                let plan = plan::plan(&desired, &observed, Options::default())?;
                return Ok((desired, plan));
            }
        }
        for question in &questions {
            observed.learn(observe::answer(&scene.client, question).await.unwrap());
        }
    }
}

async fn observed(scene: &Scene, base: &Desired) -> Observed {
    let caller = observe::caller(&scene.client).await.unwrap();
    let cluster = &base.cluster.identifier;
    survey::survey(&scene.client, std::slice::from_ref(cluster))
        .await
        .unwrap()
        .observed(cluster, &caller, &scene.client)
}

/// Takes a run back.
async fn undone(scene: &Scene, base: &Desired, run: &RunId) -> Run {
    let (_, plan) = way_back(scene, base, run, false).await.unwrap();
    let undone = scene.run(&plan).await;
    assert_eq!(undone.summary.ending, Ending::Done, "{:#?}", undone.events);
    assert_eq!(undone.summary.undoes.as_ref(), Some(run));
    assert_eq!(
        undone.journal.replay.start().unwrap().undoes.as_ref(),
        Some(run)
    );
    undone
}

async fn applied(scene: &Scene, desired: &Desired) -> Run {
    let plan = scene.plan(desired, Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{:#?}", run.events);
    run
}

/// Lets what AWS still has in the air come down.
async fn rest() {
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
}

const PROD_GROUP: &str = "alpha001-prod-auroracluster-aurora-postgresql16";

#[tokio::test(start_paused = true)]
async fn after_the_rollback_of_prod_the_world_is_the_one_before_and_the_plan_shows_the_rollout_again()
 {
    let scene = Scene::new(sim::built_in_world()).await;
    let before = world(&scene, &[PROD_GROUP]);
    let rollout = applied(&scene, &prod()).await;
    let back = undone(&scene, &prod(), &rollout.summary.run).await;
    insta::assert_snapshot!(back.told(), @"
    snapshot: 255 s of 281: snapshot auroractl-20260515-060500-prod-0002 is available
    attach parameter group default.aurora-postgresql16: 45 s of 30: cluster uses group default.aurora-postgresql16; alpha001-prod-auroraclusterreader1 pending-reboot, alpha001-prod-auroraclusterwriter pending-reboot
    queue class change alpha001-prod-auroraclusterreader1: 10 s of 15: alpha001-prod-auroraclusterreader1 available, db.r7g.large, pending-reboot, queued DBInstanceClass=db.t3.medium
    queue class change alpha001-prod-auroraclusterwriter: 10 s of 15: alpha001-prod-auroraclusterwriter available, db.r7g.large, pending-reboot, queued DBInstanceClass=db.t3.medium
    settle: 10 s of 10: no member is applying, 0 s are gone
    flush alpha001-prod-auroraclusterwriter: 490 s of 447: alpha001-prod-auroraclusterwriter available, db.t3.medium, in-sync; SQL answers
    reboot alpha001-prod-auroraclusterwriter again: 0 s of 0: not needed: alpha001-prod-auroraclusterwriter is in-sync
    fail over to alpha001-prod-auroraclusterwriter: 45 s of 38: cluster available, writer alpha001-prod-auroraclusterwriter; SQL: 2 live
    flush alpha001-prod-auroraclusterreader1: 460 s of 447: alpha001-prod-auroraclusterreader1 available, db.t3.medium, in-sync; SQL answers
    reboot alpha001-prod-auroraclusterreader1 again: 0 s of 0: not needed: alpha001-prod-auroraclusterreader1 is in-sync
    verify: 10 s of 10: 2 members as declared; SQL: 1 live
    release snapshot: 0 s of 2: snapshot auroractl-20260515-060500-prod-0002 may be deleted from 2026-05-16T06:50:45Z on
    ");
    rest().await;
    assert_same(&before, &world(&scene, &[PROD_GROUP]));
    let again = scene.plan(&prod(), Options::default()).await;
    let subjects = |plan: &Plan| -> Vec<String> {
        plan.changes
            .iter()
            .map(|change| serde_json::to_string(&change.subject).unwrap())
            .filter(|subject| !subject.contains("\"parameter\""))
            .collect()
    };
    let first = scene.store.run(&rollout.summary.run).plan().unwrap();
    assert_eq!(subjects(&again), subjects(&first));
}

#[tokio::test(start_paused = true)]
async fn a_rollback_can_be_taken_back_like_any_run() {
    let scene = Scene::new(sim::built_in_world()).await;
    let rollout = applied(&scene, &prod()).await;
    rest().await;
    let rolled_out = world(&scene, &[]);
    let back = undone(&scene, &prod(), &rollout.summary.run).await;
    let forward = undone(&scene, &prod(), &back.summary.run).await;
    assert_eq!(forward.summary.undoes.as_ref(), Some(&back.summary.run));
    rest().await;
    assert_same(&rolled_out, &world(&scene, &[]));
    assert!(scene.plan(&prod(), Options::default()).await.is_empty());
}

/// `orders` with a group of its own in which four values are stored.
fn orders_with(values: &[(&str, &str)]) -> Desired {
    let mut desired = orders();
    for (name, value) in values {
        desired.parameters.insert(
            ParameterName::new(*name),
            parameter(Value::Text((*value).to_owned())),
        );
    }
    desired
}

#[tokio::test(start_paused = true)]
async fn values_of_a_group_in_place_are_stored_again_and_those_that_were_not_set_are_reset() {
    let scene = Scene::new(&one_cluster("", "")).await;
    applied(
        &scene,
        &orders_with(&[
            ("max_connections", "500"),
            ("log_statement", "ddl"),
            ("work_mem", "8192"),
        ]),
    )
    .await;
    rest().await;
    let before = world(&scene, &[]);
    let second = orders_with(&[
        ("max_connections", "600"),
        ("log_statement", "ddl"),
        ("log_temp_files", "0"),
    ]);
    let run = applied(&scene, &second).await;
    let (_, plan) = way_back(&scene, &second, &run.summary.run, false)
        .await
        .unwrap();
    let changes: Vec<String> = plan
        .changes
        .iter()
        .map(|change| {
            format!(
                "{} {:?} -> {:?}: {}",
                serde_json::to_string(&change.subject).unwrap(),
                change.from,
                change.to,
                change.reason
            )
        })
        .collect();
    insta::assert_snapshot!(changes.join("\n"), @r#"
    {"subject":"parameter","name":"max_connections"} Some("600") -> Some("500"): its value before the run (now: stored in the group)
    {"subject":"parameter","name":"work_mem"} None -> Some("8192"): its value before the run (now: no value in the group)
    {"subject":"parameter","name":"log_temp_files"} Some("0") -> None: not set before the run; the family has no default value for it
    "#);
    undone(&scene, &second, &run.summary.run).await;
    rest().await;
    assert_same(&before, &world(&scene, &[]));
}

#[tokio::test(start_paused = true)]
async fn insights_go_back_to_their_mode_and_off_where_they_were_off() {
    let scene = Scene::new(&one_cluster("", "")).await;
    let before = world(&scene, &[]);
    let mut advanced = orders();
    advanced.cluster.database_insights = Some(DatabaseInsights::Advanced);
    advanced.cluster.performance_insights_retention_days = Some(465);
    let run = applied(&scene, &advanced).await;
    rest().await;
    let back = undone(&scene, &advanced, &run.summary.run).await;
    insta::assert_snapshot!(back.told(), @"
    set database insights standard: 100 s of 120: Database Insights standard, retention 465 days
    turn performance insights off: 115 s of 120: Database Insights standard, retention not shown days
    verify: 10 s of 10: 2 members as declared; SQL: 1 live
    ");
    rest().await;
    let mut after = world(&scene, &[]);
    // How long nothing is kept is not shown while it is off.
    let mut before = before;
    for world in [&mut before, &mut after] {
        without(world, "retention_days");
    }
    assert_same(&before, &after);
}

fn without(value: &mut Json, name: &str) {
    match value {
        Json::Object(object) => {
            object.remove(name);
            object.values_mut().for_each(|value| without(value, name));
        }
        Json::Array(values) => values.iter_mut().for_each(|value| without(value, name)),
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn a_class_that_only_waits_in_a_queue_is_taken_out_of_it_without_a_restart() {
    // Two hours before the window: nothing restarts.
    let scene = Scene::new(&one_cluster("", "")).await;
    let mut larger = orders();
    larger.cluster.apply_immediately = false;
    larger.window = None;
    larger.cluster.instance_class = Some(InstanceClass::new("db.r6g.xlarge"));
    let before = world(&scene, &[]);
    let options = Options {
        accept_maintenance_flush: true,
        ..Options::default()
    };
    let plan = scene.plan(&larger, options).await;
    let staged = scene.run(&plan).await;
    assert_eq!(staged.summary.ending, Ending::Staged { opens: None });
    let back = undone(&scene, &larger, &staged.summary.run).await;
    insta::assert_snapshot!(back.told(), @"
    clear queue orders-1: 10 s of 15: orders-1 available, db.r6g.large, in-sync
    clear queue orders-2: 10 s of 15: orders-2 available, db.r6g.large, in-sync
    verify: 10 s of 10: 2 members as declared; SQL: 1 live
    ");
    rest().await;
    assert_same(&before, &world(&scene, &[]));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_since_is_refused_property_by_property_and_left_when_told() {
    let scene = Scene::new(&one_cluster("", "")).await;
    applied(&scene, &orders_with(&[("log_statement", "ddl")])).await;
    let second = orders_with(&[("log_statement", "all"), ("log_temp_files", "0")]);
    let run = applied(&scene, &second).await;
    // By hand: another value, and another class.
    let mut by_hand = orders_with(&[("log_statement", "none"), ("log_temp_files", "0")]);
    by_hand.cluster.instance_class = Some(InstanceClass::new("db.r6g.xlarge"));
    applied(&scene, &by_hand).await;
    let refusal = way_back(&scene, &second, &run.summary.run, false)
        .await
        .unwrap_err();
    insta::assert_snapshot!(refusal.to_string(), @"`log_statement` is none; it was ddl before the run and all after it");
    assert_eq!(refusal.reasons[0].rule, "changed-since-run");
    let (_, plan) = way_back(&scene, &second, &run.summary.run, true)
        .await
        .unwrap();
    let changed: Vec<String> = plan
        .changes
        .iter()
        .map(|change| serde_json::to_string(&change.subject).unwrap())
        .collect();
    assert_eq!(
        changed,
        [r#"{"subject":"parameter","name":"log_temp_files"}"#]
    );
    assert!(
        plan.notes.iter().any(|note| note
            .text
            .starts_with("left as it is: `log_statement` is none")),
        "{:#?}",
        plan.notes
    );
}

/// A process of this machine that no longer exists.
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

/// Runs the plan until this happened for the nth time: an action is done, or one is waited for that was not before. Kills it
/// then; `None` where it ended before.
async fn killed_after(scene: &Scene, plan: &Plan, times: usize) -> Option<RunId> {
    let run = scene.next_run(plan);
    let killed = tokio::sync::Notify::new();
    let mut told = 0;
    let mut waited_for = std::collections::BTreeSet::new();
    let mut hears = |event: &Event| {
        let counts = match event {
            Event::Waiting { action, .. } => waited_for.insert(action.clone()),
            Event::ActionFinished { .. } => true,
            _ => false,
        };
        told += usize::from(counts);
        if counts && told == times {
            killed.notify_one();
        }
    };
    let running = apply::run(context(scene, plan, run.clone(), dead()), &mut hears);
    tokio::select! {
        biased;
        () = killed.notified() => Some(run),
        _ = running => None,
    }
}

/// What the command does with a run that is not over: what it began is finished, and then it is given up.
async fn given_up(scene: &Scene, run: &RunId) {
    let mut unfinished = scene.store.unfinished(None).unwrap();
    let half = unfinished.pop().unwrap();
    assert_eq!(half.run, *run);
    if half.journal.replay.states().values().any(State::is_begun) {
        let refused = Box::pin(async { PlannedNow::Refused("undone".to_owned()) });
        let context = context(scene, &half.plan, run.clone(), Holder::of_this_process());
        let settled = apply::resume(context, &half, &[], refused, &mut |_| {})
            .await
            .unwrap();
        assert!(
            matches!(settled.summary.ending, Ending::Paused { .. } | Ending::Done),
            "{:#?}",
            settled.summary
        );
    }
    for half in scene.store.unfinished(None).unwrap() {
        let at = scene.client.now().unwrap();
        journal::give_up(&scene.store, &holder("ada"), &half, at, "undone").unwrap_or_else(|_| {
            journal::give_up(
                &scene.store,
                &Holder::of_this_process(),
                &half,
                at,
                "undone",
            )
            .unwrap();
        });
        let journal = scene.store.run(&half.run).journal().unwrap();
        assert_eq!(journal.replay.conclusion(), Some(Conclusion::GivenUp));
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_anywhere_can_be_taken_back() {
    let mut points = 0;
    for times in 1.. {
        let scene = Scene::new(sim::built_in_world()).await;
        let mut before = world(&scene, &[PROD_GROUP]);
        let plan = scene.plan(&prod(), Options::default()).await;
        let Some(run) = killed_after(&scene, &plan, times).await else {
            break;
        };
        if scene.store.unfinished(None).unwrap().is_empty() {
            continue;
        }
        given_up(&scene, &run).await;
        rest().await;
        let (_, back) = way_back(&scene, &prod(), &run, false).await.unwrap();
        if !back.actions.is_empty() {
            let back = scene.run(&back).await;
            assert_eq!(back.summary.ending, Ending::Done, "{:#?}", back.events);
        }
        rest().await;
        let mut after = world(&scene, &[PROD_GROUP]);
        // Roles are not given back for their own sake.
        for world in [&mut before, &mut after] {
            without(world, "writer");
        }
        assert_same(&before, &after);
        points += 1;
    }
    println!("{points} points at which a run was killed and taken back");
    assert!(points > 20, "only {points}");
}

#[tokio::test(start_paused = true)]
async fn demo_goes_back_to_the_default_group_with_one_interruption() {
    let scene = Scene::new(sim::built_in_world()).await;
    let run = applied(&scene, &demo()).await;
    let (desired, plan) = way_back(&scene, &demo(), &run.summary.run, false)
        .await
        .unwrap();
    assert_eq!(plan.totals.writer_interruptions, 1);
    let undoes = desired.undoes.unwrap();
    insta::assert_snapshot!(undoes.left.join("\n"), @"
    with `default.aurora-postgresql16` attached again, what the run stored in `alpha001-demo-auroracluster-aurora-postgresql16` is no longer in force: log_lock_waits = 1; log_min_duration_statement = 500; log_statement = ddl; log_temp_files = 0; pg_stat_statements.track = ALL; shared_preload_libraries = pg_stat_statements
    parameter group `alpha001-demo-auroracluster-aurora-postgresql16`, which the run created, is left in place, so that going forward again is quick; when nothing uses it and it is not wanted: aws rds delete-db-cluster-parameter-group --db-cluster-parameter-group-name alpha001-demo-auroracluster-aurora-postgresql16 --region us-east-1
    what has happened cannot be taken back: the restart of `alpha001-demo-auroraclusterreader1`, the failover from `alpha001-demo-auroraclusterwriter` to `alpha001-demo-auroraclusterreader1`; roles are not given back for their own sake
    ");
    let back = scene.run(&plan).await;
    assert_eq!(back.summary.ending, Ending::Done, "{:#?}", back.events);
    let (_, nothing) = way_back(&scene, &demo(), &run.summary.run, false)
        .await
        .unwrap();
    assert!(nothing.is_empty(), "{nothing:#?}");
}
