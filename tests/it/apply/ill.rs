//! Members that fall ill, AWS that maintains, and reads that lag behind: the run waits for what passes and stops for what
//! does not.

use super::support::{Run, Scene, built_in_with, demo, prod};
use crate::support::evidence::broken_promises;
use auroractl::desired::Desired;
use auroractl::event::Ending;
use auroractl::plan::{Options, Plan};

const PROD: &str = "alpha001-prod-auroracluster";
const DEMO: &str = "alpha001-demo-auroracluster";

/// Rolls a partition out in the built-in world with one fault more.
async fn played(desired: &Desired, fault: &str) -> (Scene, Plan, Run) {
    let scene = Scene::new(&built_in_with(&format!("[[fault]]\n{fault}\n"))).await;
    let plan = scene.plan(desired, Options::default()).await;
    let run = scene.run(&plan).await;
    (scene, plan, run)
}

/// What is wrong from AWS's side, apart from what the other operator did.
fn our_faults(scene: &Scene, plan: &Plan, run: &Run) -> Vec<String> {
    let mut evidence = scene.evidence(plan, &run.summary.run);
    evidence
        .requests
        .retain(|request| request.fault.as_deref() != Some("operator"));
    broken_promises(&evidence)
}

fn failovers(scene: &Scene) -> usize {
    scene
        .changes()
        .iter()
        .filter(|request| request.action == "FailoverDBCluster")
        .count()
}

fn because(run: &Run) -> String {
    match &run.summary.ending {
        Ending::Failed { because, hints } | Ending::Unknown { because, hints } => {
            let mut text = because.clone();
            for hint in hints {
                text.push_str(&format!("\n- {hint}"));
            }
            text
        }
        Ending::Paused { because } | Ending::WorldMoved { because } => because.clone(),
        Ending::Done | Ending::Staged { .. } | Ending::Interrupted => String::new(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_whose_storage_is_full_stops_the_run_before_the_failover() {
    let ill = format!(
        "kind = \"member-status\"\ncluster = \"{PROD}\"\ninstance = \"$reader\"\nstatus = \"storage-full\"\nfrom = 700"
    );
    let (scene, plan, run) = played(&prod(), &ill).await;
    insta::assert_snapshot!(because(&run), @"
    `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1` is storage-full
    - aws rds describe-db-instances --region us-east-1 --db-instance-identifier alpha001-prod-auroraclusterreader1
    - aws rds describe-events --region us-east-1 --source-type db-instance --source-identifier alpha001-prod-auroraclusterreader1
    - no other member was touched and nothing further is begun; once the member is well: auroractl apply prod; one that stays like this is a case for AWS support
    ");
    assert_eq!(run.summary.ending.exit().code(), 1, "{}", run.told());
    assert_eq!(failovers(&scene), 0);
    assert_eq!(our_faults(&scene, &plan, &run), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_member_that_fails_before_the_first_restart_stops_the_run_there() {
    let ill = format!(
        "kind = \"member-status\"\ncluster = \"{PROD}\"\ninstance = \"$reader\"\nstatus = \"failed\"\nfrom = 400"
    );
    let (scene, plan, run) = played(&prod(), &ill).await;
    insta::assert_snapshot!(because(&run), @"
    `settle`: `alpha001-prod-auroraclusterreader1` is failed
    - aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
    ");
    assert_eq!(run.summary.ending.exit().code(), 1, "{}", run.told());
    assert_eq!(failovers(&scene), 0);
    assert_eq!(our_faults(&scene, &plan, &run), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_fails_in_mid_run_is_found_to_have_moved() {
    let ill = format!(
        "kind = \"member-status\"\ncluster = \"{PROD}\"\ninstance = \"$writer\"\nstatus = \"failed\"\nseconds = 120\nfrom = 400"
    );
    let (scene, plan, run) = played(&prod(), &ill).await;
    insta::assert_snapshot!(because(&run), @"before `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1` is writer now, the plan has it as reader");
    assert_eq!(run.summary.ending.exit().code(), 4, "{}", run.told());
    assert_eq!(failovers(&scene), 0);
    assert_eq!(our_faults(&scene, &plan, &run), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn maintenance_by_aws_is_waited_for_before_anything_is_interrupted() {
    let maintenance =
        format!("kind = \"maintenance\"\ncluster = \"{DEMO}\"\nseconds = 300\nfrom = 390");
    let (scene, plan, run) = played(&demo(), &maintenance).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(our_faults(&scene, &plan, &run), Vec::<String>::new());
    let waited = run.seen_of("settle").concat();
    assert!(waited.contains("maintenance"), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn maintenance_that_does_not_end_pauses_the_run() {
    let maintenance =
        format!("kind = \"maintenance\"\ncluster = \"{DEMO}\"\nseconds = 9000\nfrom = 390");
    let (scene, plan, run) = played(&demo(), &maintenance).await;
    insta::assert_snapshot!(because(&run), @"
    `settle`: not proven over SQL within 900 s: cluster is maintenance
    ");
    assert_eq!(run.summary.ending.exit().code(), 4, "{}", run.told());
    assert_eq!(failovers(&scene), 0);
    assert_eq!(our_faults(&scene, &plan, &run), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn reads_that_lag_behind_do_not_fool_a_run() {
    for (action, seconds) in [
        ("", 10),
        ("action = \"DescribeDBInstances\"\n", 45),
        ("action = \"DescribeDBClusters\"\n", 45),
    ] {
        let lag = format!("kind = \"stale-reads\"\n{action}seconds = {seconds}");
        for desired in [prod(), demo()] {
            let (scene, plan, run) = played(&desired, &lag).await;
            assert_eq!(
                run.summary.ending,
                Ending::Done,
                "{lag}, {}: {}",
                desired.partition,
                run.told()
            );
            let evidence = scene.evidence(&plan, &run.summary.run);
            assert_eq!(broken_promises(&evidence), Vec::<String>::new(), "{lag}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_operator_of_the_simulator_stops_a_run_as_a_real_one_would() {
    for (does, parameters) in [
        (
            "ModifyDBClusterParameterGroup",
            "DBClusterParameterGroupName = \"$group\"\n\"Parameters.Parameter.1.ParameterName\" = \"max_connections\"\n\"Parameters.Parameter.1.ParameterValue\" = \"600\"\n\"Parameters.Parameter.1.ApplyMethod\" = \"pending-reboot\"",
        ),
        (
            "DeleteDBInstance",
            "DBInstanceIdentifier = \"$reader\"\nSkipFinalSnapshot = \"true\"",
        ),
        (
            "ModifyDBInstance",
            "DBInstanceIdentifier = \"$writer\"\nDBInstanceClass = \"db.r6g.large\"",
        ),
        (
            "DeleteDBClusterSnapshot",
            "DBClusterSnapshotIdentifier = \"$snapshot\"",
        ),
    ] {
        let operator = format!(
            "kind = \"operator\"\ncluster = \"{PROD}\"\ndoes = \"{does}\"\nfrom = 400\n\n[fault.parameters]\n{parameters}"
        );
        let (scene, plan, run) = played(&prod(), &operator).await;
        assert_eq!(
            run.summary.ending.exit().code(),
            4,
            "{does}: {:#?}: {}",
            run.summary.ending,
            run.told()
        );
        assert_eq!(failovers(&scene), 0);
        let wrong = our_faults(&scene, &plan, &run);
        assert_eq!(wrong, Vec::<String>::new(), "{does}");
    }
}
