//! Whole rollouts on the built-in world: what is sent, in which order, and what is left.

use super::support::{Scene, demo, prod};
use auroractl::apply::snapshot_id;
use auroractl::error::Exit;
use auroractl::event::Ending;
use auroractl::journal::Conclusion;
use auroractl::plan::Options;
use auroractl::sim;

#[tokio::test(start_paused = true)]
async fn prod_is_rolled_out_readers_first_with_one_failover_and_the_second_plan_is_empty() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{:#?}", run.events);
    assert_eq!(run.summary.ending.exit(), Exit::Done);
    insta::assert_snapshot!(scene.changes_in_short(), @"
    CreateDBClusterSnapshot alpha001-prod-auroracluster
    CreateDBClusterParameterGroup alpha001-prod-auroracluster-aurora-postgresql16
    ModifyDBClusterParameterGroup alpha001-prod-auroracluster-aurora-postgresql16
    ModifyDBCluster alpha001-prod-auroracluster-aurora-postgresql16
    ModifyDBInstance alpha001-prod-auroraclusterreader1
    ModifyDBInstance alpha001-prod-auroraclusterwriter
    ModifyDBInstance alpha001-prod-auroraclusterreader1
    FailoverDBCluster alpha001-prod-auroraclusterreader1
    ModifyDBInstance alpha001-prod-auroraclusterwriter
    AddTagsToResource
    ");
    insta::assert_snapshot!(run.told(), @"
    snapshot: 250 s of 281: snapshot auroractl-20260515-060500-prod-0001 is available
    create parameter group alpha001-prod-auroracluster-aurora-postgresql16: 0 s of 2: group alpha001-prod-auroracluster-aurora-postgresql16 exists and is tagged as ours
    modify parameter group alpha001-prod-auroracluster-aurora-postgresql16: 0 s of 2: 7 parameters as sent in alpha001-prod-auroracluster-aurora-postgresql16
    check parameter group alpha001-prod-auroracluster-aurora-postgresql16: 0 s of 1: group alpha001-prod-auroracluster-aurora-postgresql16 holds exactly 7 values
    attach parameter group alpha001-prod-auroracluster-aurora-postgresql16: 65 s of 30: cluster uses group alpha001-prod-auroracluster-aurora-postgresql16; alpha001-prod-auroraclusterreader1 pending-reboot, alpha001-prod-auroraclusterwriter pending-reboot
    queue class change alpha001-prod-auroraclusterreader1: 10 s of 15: alpha001-prod-auroraclusterreader1 available, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
    queue class change alpha001-prod-auroraclusterwriter: 10 s of 15: alpha001-prod-auroraclusterwriter available, db.t3.medium, pending-reboot, queued DBInstanceClass=db.r7g.large
    settle: 100 s of 100: no member is applying, 90 s are gone; SQL: 10 live
    flush alpha001-prod-auroraclusterreader1: 510 s of 447: alpha001-prod-auroraclusterreader1 available, db.r7g.large, in-sync; SQL: 7 live
    reboot alpha001-prod-auroraclusterreader1 again: 0 s of 0: not needed: alpha001-prod-auroraclusterreader1 is in-sync
    fail over to alpha001-prod-auroraclusterreader1: 40 s of 38: cluster available, writer alpha001-prod-auroraclusterreader1; SQL: 2 live
    flush alpha001-prod-auroraclusterwriter: 435 s of 447: alpha001-prod-auroraclusterwriter available, db.r7g.large, in-sync; SQL: 7 live
    reboot alpha001-prod-auroraclusterwriter again: 0 s of 0: not needed: alpha001-prod-auroraclusterwriter is in-sync
    verify: 10 s of 10: 2 members as declared; SQL: 15 live
    release snapshot: 0 s of 2: snapshot auroractl-20260515-060500-prod-0001 may be deleted from 2026-05-16T06:28:40Z on
    ");
    assert_eq!(run.journal.replay.conclusion(), Some(Conclusion::Done));
    for action in &plan.actions {
        let state = run.journal.replay.state(&action.id);
        assert!(state.is_settled(), "{} is {state:?}", action.id);
    }
    let kept = run.summary.snapshot.clone().unwrap();
    assert_eq!(kept.snapshot, snapshot_id(&run.summary.run));
    assert!(kept.expires.is_some());
    assert_eq!(run.summary.next_command, None);
    let again = scene.plan(&prod(), Options::default()).await;
    assert!(again.is_empty(), "{again:#?}");
    let locks = std::fs::read_dir(scene.store.locks()).unwrap().count();
    assert_eq!(locks, 0, "the lock is released");
}

#[tokio::test(start_paused = true)]
async fn demo_is_rebooted_reader_first_and_what_the_failover_restarted_is_not_rebooted_again() {
    let scene = Scene::new(sim::built_in_world()).await;
    let plan = scene.plan(&demo(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{:#?}", run.events);
    insta::assert_snapshot!(scene.changes_in_short(), @"
    CreateDBClusterSnapshot alpha001-demo-auroracluster
    CreateDBClusterParameterGroup alpha001-demo-auroracluster-aurora-postgresql16
    ModifyDBClusterParameterGroup alpha001-demo-auroracluster-aurora-postgresql16
    ModifyDBCluster alpha001-demo-auroracluster-aurora-postgresql16
    RebootDBInstance alpha001-demo-auroraclusterreader1
    FailoverDBCluster alpha001-demo-auroraclusterreader1
    AddTagsToResource
    ");
    insta::assert_snapshot!(run.told(), @"
    snapshot: 275 s of 281: snapshot auroractl-20260515-060500-demo-0001 is available
    create parameter group alpha001-demo-auroracluster-aurora-postgresql16: 0 s of 2: group alpha001-demo-auroracluster-aurora-postgresql16 exists and is tagged as ours
    modify parameter group alpha001-demo-auroracluster-aurora-postgresql16: 0 s of 2: 6 parameters as sent in alpha001-demo-auroracluster-aurora-postgresql16
    check parameter group alpha001-demo-auroracluster-aurora-postgresql16: 0 s of 1: group alpha001-demo-auroracluster-aurora-postgresql16 holds exactly 6 values
    attach parameter group alpha001-demo-auroracluster-aurora-postgresql16: 30 s of 30: cluster uses group alpha001-demo-auroracluster-aurora-postgresql16; alpha001-demo-auroraclusterreader1 pending-reboot, alpha001-demo-auroraclusterwriter pending-reboot
    settle: 100 s of 100: no member is applying, 90 s are gone; SQL: 10 live
    reboot alpha001-demo-auroraclusterreader1: 50 s of 63: alpha001-demo-auroraclusterreader1 available, db.t3.medium, in-sync; SQL: 6 live
    reboot alpha001-demo-auroraclusterreader1 again: 0 s of 0: not needed: alpha001-demo-auroraclusterreader1 is in-sync
    fail over to alpha001-demo-auroraclusterreader1: 40 s of 38: cluster available, writer alpha001-demo-auroraclusterreader1; SQL: 2 live
    reboot alpha001-demo-auroraclusterwriter: 0 s of 63: not needed: alpha001-demo-auroraclusterwriter is in-sync
    reboot alpha001-demo-auroraclusterwriter again: 0 s of 0: not needed: alpha001-demo-auroraclusterwriter is in-sync
    verify: 10 s of 10: 2 members as declared; SQL: 13 live
    release snapshot: 0 s of 2: snapshot auroractl-20260515-060500-demo-0001 may be deleted from 2026-05-16T06:13:25Z on
    ");
    assert!(scene.plan(&demo(), Options::default()).await.is_empty());
}
