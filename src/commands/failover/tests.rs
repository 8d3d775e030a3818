//! Drills in the built-in world: what is planned, what is refused, and what a run proves.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::apply::Commands;
use crate::cli::{Reading, Speed};
use crate::event::Ending;
use crate::journal::{Memory, Store};
use crate::names::{AccountId, ClusterId, ProfileName, RunId};
use crate::plan::action::Kind;
use crate::report::sample;
use std::time::Duration;
use tokio::sync::watch;

fn session(folder: &std::path::Path) -> Session {
    let reading = Reading {
        simulate: Some(None),
        simulate_speed: Some(Speed::Max),
        fresh_world: false,
        store: None,
    };
    Session::open(&reading, folder.to_owned(), Keep::Nothing).unwrap()
}

fn dev() -> Desired {
    let mut desired = sample::desired();
    desired.aws.account = AccountId::new("222222222222");
    desired.aws.profile = Some(ProfileName::new("Alpha002-Admin"));
    desired.cluster.identifier = ClusterId::new("Alpha002-dev-AuroraCluster");
    desired.cluster.apply_immediately = true;
    desired
}

/// The rules that refuse.
fn refused(desired: &Desired, observed: &Observed, to: Option<&InstanceId>) -> Vec<String> {
    let refusal = drill::plan(desired, observed, Options::default(), to).unwrap_err();
    let rules = refusal.reasons.into_iter().map(|reason| reason.rule);
    rules.collect()
}

#[tokio::test(start_paused = true)]
async fn a_drill_moves_the_writer_proves_it_and_tells_how_long_writes_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path());
    let desired = dev();
    let observed = read(&session, &desired).await.unwrap();
    let former = {
        let cluster = observed.cluster.as_ref().unwrap();
        cluster.writer().unwrap().identifier.clone()
    };
    let plan = planned(&desired, &observed, Options::default(), None).unwrap();
    let kinds: Vec<bool> = plan
        .actions
        .iter()
        .map(|action| matches!(action.kind, Kind::Failover { .. } | Kind::Verify(_)))
        .collect();
    assert_eq!(kinds, [true, true]);
    assert_eq!(plan.totals.writer_interruption_seconds, 35);

    let client = session.connect(&Door::of(&desired.aws)).await.unwrap();
    let store = Store::in_memory(Memory::default());
    let run = RunId::new("20260515-060500-prod-0001");
    let (_stop, interrupted) = watch::channel(false);
    let context = Context {
        plan: &plan,
        client: &client,
        approved: None,
        witness: witness::of_plan(&session, &desired, &plan, &client)
            .await
            .unwrap(),
        store: &store,
        run: run.clone(),
        holder: Holder::of_this_process(),
        poll_interval: Duration::from_secs(5),
        probing: probing::of(&session, &desired, &client),
        directory: ".".into(),
        commands: Commands {
            again: String::new(),
            resume: String::new(),
            activate: String::new(),
        },
        interrupted,
    };
    let summary = apply::run(context, &mut |_| {}).await.unwrap();
    assert_eq!(summary.ending, Ending::Done);
    let after = read(&session, &desired).await.unwrap();
    let writer = after.cluster.unwrap().writer().unwrap().identifier.clone();
    assert_ne!(writer, former);
    let proven = format!("{writer} is the writer");
    assert!(summary.verified.iter().any(|fact| fact.fact == proven));
    let interruption = summary.writer_interruption.unwrap();
    assert!((1000..=20_000).contains(&interruption.measured_milliseconds));
    assert_eq!(interruption.forecast_seconds, 35);
}

#[tokio::test(start_paused = true)]
async fn a_drill_is_refused_where_it_would_be_no_drill() {
    let folder = tempfile::tempdir().unwrap();
    let session = session(folder.path());
    let desired = dev();
    let observed = read(&session, &desired).await.unwrap();
    let writer = observed.cluster.as_ref().unwrap().writer().unwrap();
    let nobody = InstanceId::new("nobody");
    assert_eq!(
        refused(&desired, &observed, Some(&writer.identifier)),
        ["already-the-writer"]
    );
    assert_eq!(
        refused(&desired, &observed, Some(&nobody)),
        ["not-a-member"]
    );

    let mut tight = dev();
    tight.writer_interruption_seconds_max = Some(10);
    assert_eq!(refused(&tight, &observed, None), ["over-budget"]);

    let mut later = dev();
    later.cluster.apply_immediately = false;
    assert_eq!(refused(&later, &observed, None), ["window-closed"]);
    let activate = Options {
        activate: true,
        ..Options::default()
    };
    assert!(drill::plan(&later, &observed, activate, None).is_ok());

    let mut waits = observed.clone();
    let mut cluster = waits.cluster.take().unwrap();
    for member in cluster.members.values_mut().take(1) {
        member.cluster_parameter_group_status = "pending-reboot".to_owned();
    }
    let mut alone = cluster.clone();
    waits.cluster = Some(cluster);
    assert_eq!(refused(&desired, &waits, None), ["not-settled"]);

    for member in alone.members.values_mut() {
        member.cluster_parameter_group_status = "in-sync".to_owned();
    }
    alone.members.retain(|_, member| member.is_writer);
    waits.cluster = Some(alone);
    assert_eq!(refused(&desired, &waits, None), ["nothing-to-fail-over-to"]);
}
