//! Faults of AWS in mid-run: answers that are lost, refused, late or never meant.

use super::support::{Scene, built_in_with, prod};
use auroractl::error::Exit;
use auroractl::event::Ending;
use auroractl::journal::{Conclusion, Outcome, State};
use auroractl::plan::Options;

fn fault(kind: &str, action: &str, count: u32) -> String {
    built_in_with(&format!(
        "[[fault]]\nkind = \"{kind}\"\naction = \"{action}\"\ncount = {count}"
    ))
}

async fn state_of(world: &str, id: &str) -> (Ending, State, usize, String) {
    let scene = Scene::new(world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    let action = plan
        .actions
        .iter()
        .find(|action| action.id.as_str() == id)
        .unwrap();
    let failovers = scene
        .changes()
        .iter()
        .filter(|request| request.action == "FailoverDBCluster")
        .count();
    (
        run.summary.ending.clone(),
        run.journal.replay.state(&action.id),
        failovers,
        run.told(),
    )
}

const FAILOVER: &str = "fail over to alpha001-prod-auroraclusterreader1";

#[tokio::test(start_paused = true)]
async fn a_failover_whose_answer_is_lost_is_settled_by_evidence_and_never_sent_twice() {
    let world = fault("lost-reply", "FailoverDBCluster", 1);
    let (ending, state, failovers, told) = state_of(&world, FAILOVER).await;
    assert_eq!(ending, Ending::Done, "{told}");
    assert_eq!(state, State::Finished);
    assert_eq!(failovers, 1);
}

#[tokio::test(start_paused = true)]
async fn a_failover_without_answer_and_without_evidence_is_a_question_and_never_sent_twice() {
    let world = fault("reset", "FailoverDBCluster", 1);
    let (ending, state, failovers, told) = state_of(&world, FAILOVER).await;
    let Ending::Unknown { because, hints } = &ending else {
        panic!("{ending:?}: {told}");
    };
    assert!(
        because.contains("nothing shows after 60 s that AWS did it"),
        "{because}"
    );
    insta::assert_debug_snapshot!(hints, @r#"
    [
        "aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster",
        "aws rds describe-events --region us-east-1 --source-type db-cluster --source-identifier alpha001-prod-auroracluster",
        "if no member takes writes and `alpha001-prod-auroraclusterwriter` is well: aws rds failover-db-cluster --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster --target-db-instance-identifier alpha001-prod-auroraclusterwriter",
        "look again, and go on: auroractl resume RUN",
        "if AWS did it: auroractl resume RUN --assume-done 'fail over to alpha001-prod-auroraclusterreader1'",
        "if it did not, and never will: auroractl resume RUN --redo 'fail over to alpha001-prod-auroraclusterreader1'",
    ]
    "#);
    assert_eq!(ending.exit(), Exit::Unknown);
    assert!(matches!(
        state,
        State::Failed {
            outcome: Outcome::Unknown,
            ..
        }
    ));
    assert_eq!(failovers, 1);
}

#[tokio::test(start_paused = true)]
async fn every_changing_request_may_lose_its_answer_and_the_rollout_still_ends() {
    for action in [
        "CreateDBClusterSnapshot",
        "CreateDBClusterParameterGroup",
        "ModifyDBClusterParameterGroup",
        "ModifyDBCluster",
        "ModifyDBInstance",
        "AddTagsToResource",
    ] {
        let scene = Scene::new(&fault("lost-reply", action, 9)).await;
        let plan = scene.plan(&prod(), Options::default()).await;
        let run = scene.run(&plan).await;
        assert_eq!(run.summary.ending, Ending::Done, "{action}: {}", run.told());
        let changes = scene.changes_in_short();
        assert_eq!(changes.lines().count(), 10, "{action}: {changes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_change_is_sent_again() {
    let scene = Scene::new(&fault("throttling", "ModifyDBInstance", 2)).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_aws_on_a_change_is_a_doubt_that_only_the_longest_lag_settles() {
    let scene = Scene::new(&fault("service-unavailable", "CreateDBClusterSnapshot", 1)).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(run.journal.replay.conclusion(), Some(Conclusion::Done));
    let snapshots: Vec<i64> = scene
        .changes()
        .iter()
        .filter(|request| request.action == "CreateDBClusterSnapshot")
        .map(|request| request.time.as_second())
        .collect();
    let [first, second] = snapshots.as_slice() else {
        panic!("{snapshots:?}");
    };
    assert!(second - first >= 30, "{} s", second - first);
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_for_a_while_do_not_end_a_wait() {
    let world = built_in_with(
        "[[fault]]\nkind = \"internal-failure\"\naction = \"DescribeDBClusters\"\nskip = 40\ncount = 30",
    );
    let scene = Scene::new(&world).await;
    let plan = scene.plan(&prod(), Options::default()).await;
    let run = scene.run(&plan).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
}
