//! The last resort: a new cluster like the old one, made once however often the run is killed, and nothing else touched.

use super::support::{Run, Scene, prod};
use auroractl::apply::{self, Context, PlannedNow};
use auroractl::aws::{observe, survey};
use auroractl::event::{Ending, Event};
use auroractl::journal::Holder;
use auroractl::names::RunId;
use auroractl::observed::Cluster;
use auroractl::plan::action::Kind;
use auroractl::plan::restore::{Restoring, new_cluster, restore};
use auroractl::plan::undo::Effects;
use auroractl::plan::{Options, Plan, Refusal};
use auroractl::sim;
use std::collections::BTreeMap;

/// The plan that restores the snapshot of a run, as the command makes it.
async fn restoration(scene: &Scene, run: &RunId) -> Result<Plan, Refusal> {
    let folder = scene.store.run(run);
    let (plan, journal) = (folder.plan().unwrap(), folder.journal().unwrap());
    let sent = apply::proven(&journal.entries, &plan);
    let made = sent.iter().find(|sent| sent.kind == Kind::CreateSnapshot);
    let identifier = made.map(|_| apply::snapshot_id(run));
    let snapshot = match &identifier {
        Some(identifier) => observe::snapshot(&scene.client, identifier).await.unwrap(),
        None => None,
    };
    let effects = Effects::of(&sent);
    let caller = observe::caller(&scene.client).await.unwrap();
    let old = &plan.target.cluster;
    let observed = survey::survey(&scene.client, std::slice::from_ref(old))
        .await
        .unwrap()
        .observed(old, &caller, &scene.client);
    restore(
        &Restoring {
            partition: &plan.partition,
            run,
            identifier: identifier.as_ref(),
            snapshot: snapshot.as_ref(),
            before: made.and_then(|made| made.before.as_ref()),
            stored_in: effects.stored_in.as_ref(),
            old,
        },
        &observed,
        Options::default(),
    )
}

async fn rolled_out(scene: &Scene) -> Run {
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{:#?}", run.events);
    run
}

async fn cluster(scene: &Scene, name: &auroractl::names::ClusterId) -> Cluster {
    observe::cluster(&scene.client, name)
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_new_cluster_is_like_the_old_one_before_the_run_and_the_old_one_is_not_touched() {
    let scene = Scene::new(sim::built_in_world()).await;
    let old_name = prod().cluster.identifier;
    let before = cluster(&scene, &old_name).await;
    let run = rolled_out(&scene).await.summary.run;
    let old = cluster(&scene, &old_name).await;
    let sent_before = scene.changes().len();
    let plan = restoration(&scene, &run).await.unwrap();
    let restored = scene.run(&plan).await;
    assert_eq!(
        restored.summary.ending,
        Ending::Done,
        "{:#?}",
        restored.events
    );
    assert_eq!(cluster(&scene, &old_name).await, old);
    let new_name = new_cluster(&old_name, &run);
    let new = cluster(&scene, &new_name).await;
    assert_eq!(new.status, "available");
    assert_eq!(new.engine_version, before.engine_version);
    assert_eq!(new.parameter_group, before.parameter_group);
    assert_eq!(new.settings, before.settings);
    let shape = |cluster: &Cluster| -> Vec<_> {
        let mut members: Vec<_> = cluster
            .members
            .values()
            .map(|member| {
                (
                    member.is_writer,
                    member.class.clone(),
                    member.promotion_tier,
                    member.availability_zone.clone(),
                    member.maintenance_window.clone(),
                    member.auto_minor_version_upgrade,
                )
            })
            .collect();
        members.sort();
        members
    };
    assert_eq!(shape(&new), shape(&before));
    for member in new.members.values() {
        assert_eq!(member.cluster_parameter_group_status, "in-sync");
    }
    let sent: BTreeMap<String, usize> =
        scene.changes()[sent_before..]
            .iter()
            .fold(BTreeMap::new(), |mut sent, request| {
                *sent.entry(request.action.clone()).or_default() += 1;
                sent
            });
    let expected = [("CreateDBInstance", 2), ("RestoreDBClusterFromSnapshot", 1)]
        .map(|(action, times)| (action.to_owned(), times));
    assert_eq!(sent, BTreeMap::from(expected));
    let facts: Vec<&str> = restored
        .summary
        .verified
        .iter()
        .map(|verified| verified.fact.as_str())
        .collect();
    assert!(
        facts
            .iter()
            .any(|fact| fact.starts_with("writer endpoint ")),
        "{facts:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_and_a_snapshot_that_is_gone_are_refused() {
    let scene = Scene::new(sim::built_in_world()).await;
    let run = rolled_out(&scene).await.summary.run;
    let plan = restoration(&scene, &run).await.unwrap();
    scene.run(&plan).await;
    let refusal = restoration(&scene, &run).await.unwrap_err();
    assert_eq!(refusal.reasons[0].rule, "cluster-exists");
    auroractl::aws::act::delete_snapshot(&scene.client, &apply::snapshot_id(&run))
        .await
        .unwrap();
    let refusal = restoration(&scene, &run).await.unwrap_err();
    assert_eq!(refusal.reasons[0].rule, "nothing-to-restore");
    assert!(refusal.reasons[0].fact.contains("is gone"), "{refusal}");
    assert!(
        refusal.reasons[0]
            .way_out
            .contains("restore-db-cluster-to-point-in-time"),
        "{refusal:?}"
    );
}

fn context<'a>(scene: &'a Scene, plan: &'a Plan, run: RunId, process: u32) -> Context<'a> {
    Context {
        holder: Holder {
            process,
            ..Holder::of_this_process()
        },
        ..scene.context(plan, run)
    }
}

/// No process has this number on Linux.
const DEAD: u32 = 4_194_305;

async fn go_on(scene: &Scene) -> Ending {
    let half = scene.store.unfinished(None).unwrap().pop().unwrap();
    let rest = Box::pin(async {
        let journal = scene.store.run(&half.run).journal().unwrap();
        let mut plan = half.plan.clone();
        plan.actions
            .retain(|action| !journal.replay.state(&action.id).is_settled());
        PlannedNow::Plan(Box::new(plan))
    });
    let process = Holder::of_this_process().process;
    let context = context(scene, &half.plan, half.run.clone(), process);
    let resumed = apply::resume(context, &half, &[], rest, &mut |_| {})
        .await
        .unwrap();
    assert_eq!(resumed.difference, None);
    resumed.summary.ending
}

fn effects(scene: &Scene, action: &str) -> usize {
    scene
        .changes()
        .iter()
        .filter(|request| request.action == action && !request.effects.is_empty())
        .count()
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_makes_one_cluster_and_each_member_once() {
    let mut points = 0;
    for times in 1.. {
        let scene = Scene::new(sim::built_in_world()).await;
        let run = rolled_out(&scene).await.summary.run;
        let plan = restoration(&scene, &run).await.unwrap();
        let new_run = scene.next_run(&plan);
        let killed = tokio::sync::Notify::new();
        let mut told = 0;
        let mut hears = |_: &Event| {
            told += 1;
            if told == times {
                killed.notify_one();
            }
        };
        let running = apply::run(context(&scene, &plan, new_run, DEAD), &mut hears);
        let was_killed = tokio::select! {
            biased;
            () = killed.notified() => true,
            _ = running => false,
        };
        if !was_killed {
            break;
        }
        if scene.store.unfinished(None).unwrap().is_empty() {
            continue;
        }
        let ending = go_on(&scene).await;
        assert_eq!(ending, Ending::Done, "killed after {times} events");
        assert_eq!(effects(&scene, "RestoreDBClusterFromSnapshot"), 1);
        assert_eq!(effects(&scene, "CreateDBInstance"), 2);
        points += 1;
    }
    println!("{points} points at which a restore was killed and continued");
    assert!(points > 8, "only {points}");
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_lost_is_settled_by_the_tag_of_the_run() {
    for (action, skip) in [("RestoreDBClusterFromSnapshot", 0), ("CreateDBInstance", 1)] {
        for kind in ["lost-reply", "reset"] {
            let world = super::support::built_in_with(&format!(
                "[[fault]]\nkind = \"{kind}\"\naction = \"{action}\"\nskip = {skip}"
            ));
            let scene = Scene::new(&world).await;
            let run = rolled_out(&scene).await.summary.run;
            let plan = restoration(&scene, &run).await.unwrap();
            let first = scene.run(&plan).await;
            let ending = match first.summary.ending {
                Ending::Unknown { .. } => go_on(&scene).await,
                ending => ending,
            };
            assert_eq!(ending, Ending::Done, "{kind} of {action}");
            assert_eq!(effects(&scene, "RestoreDBClusterFromSnapshot"), 1);
            assert_eq!(effects(&scene, "CreateDBInstance"), 2);
        }
    }
}
