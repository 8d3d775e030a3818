//! What a run does about each thing that can go wrong, from the first retry to the way out that it names. Each run is judged
//! from AWS's side as well: what must hold of a rollout holds of one that stopped halfway too.

use super::resume::{resumed, unfinished};
use super::support::{Run, Scene, built_in_with, demo, prod};
use crate::support::evidence::broken_promises;
use auroractl::apply::Decision;
use auroractl::desired::Desired;
use auroractl::error::Exit;
use auroractl::event::{Ending, Summary};
use auroractl::journal::{Kind as Entry, Verdict};
use auroractl::names::ActionId;
use auroractl::plan::{Options, Plan};

const READER: &str = "alpha001-prod-auroraclusterreader1";
const WRITER: &str = "alpha001-prod-auroraclusterwriter";
const FAILOVER: &str = "fail over to alpha001-prod-auroraclusterreader1";

/// A rollout and what came of it.
struct Played {
    scene: Scene,
    plan: Plan,
    run: Run,
}

/// Rolls a partition out in the built-in world with these lines more, and looks at what AWS saw.
async fn rolled_out(desired: &Desired, lines: &str) -> Played {
    let played = played(desired, lines, 5).await;
    played.judge(&played.run.summary);
    played
}

/// The same with so many seconds between two looks, and without a look at what AWS saw.
async fn played(desired: &Desired, lines: &str, poll_seconds: u64) -> Played {
    let scene = Scene::new(&built_in_with(lines)).await;
    scene.poll_every(poll_seconds);
    let plan = scene.plan(desired, Options::default()).await;
    let run = scene.run(&plan).await;
    Played { scene, plan, run }
}

impl Played {
    /// What must hold of the run, however it ended.
    fn judge(&self, summary: &Summary) {
        let evidence = self.scene.evidence(&self.plan, &summary.run);
        let wrong = broken_promises(&evidence);
        assert_eq!(wrong, Vec::<String>::new(), "{}", self.run.told());
    }

    /// The exit code, why, and what the reader can do.
    fn ending(&self) -> String {
        ending(&self.run.summary)
    }

    /// How often an action took effect.
    fn effects(&self, action: &str) -> usize {
        self.scene
            .changes()
            .iter()
            .filter(|request| request.action == action && !request.effects.is_empty())
            .count()
    }

    /// How often an action was asked for, refused or not.
    fn sent(&self, action: &str) -> usize {
        self.scene
            .changes()
            .iter()
            .filter(|request| request.action == action)
            .count()
    }

    /// Continues the run, and looks at what AWS saw of the whole of it.
    async fn resume(&self, desired: &Desired, decisions: &[Decision]) -> Summary {
        let half = unfinished(&self.scene, &self.run.summary.run);
        let whole = resumed(&self.scene, &half, desired, decisions)
            .await
            .unwrap();
        assert_eq!(whole.difference, None);
        self.judge(&whole.summary);
        whole.summary
    }

    /// Plans and runs anew after the run has ended, as `apply` does.
    async fn apply_again(&self, desired: &Desired) -> Run {
        let ended = Some(&self.run.summary.run);
        let plan = self
            .scene
            .plan_besides(desired, Options::default(), ended)
            .await;
        self.scene.run(&plan).await
    }

    /// The lines of what was told that are about one action.
    fn told_of(&self, action: &str) -> String {
        self.run
            .told()
            .lines()
            .filter(|line| line.contains(action))
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// The journal's entries of one action, in short.
    fn entries_of(&self, action: &str) -> Vec<String> {
        let journal = self
            .scene
            .store
            .run(&self.run.summary.run)
            .journal()
            .unwrap();
        journal
            .entries
            .iter()
            // What SQL says besides is looked at elsewhere.
            .filter(|entry| !matches!(entry.kind, Entry::Witnessed { .. }))
            .filter(|entry| {
                entry
                    .kind
                    .action()
                    .is_some_and(|about| about.as_str() == action)
            })
            .map(|entry| match &entry.kind {
                Entry::Intent { attempt, .. } => format!("intent {attempt}"),
                Entry::Failed { outcome, .. } => format!("failed, {outcome:?}"),
                Entry::Settled { verdict, .. } => format!("settled, {verdict:?}"),
                other => other.name().to_owned(),
            })
            .collect()
    }
}

fn ending(summary: &Summary) -> String {
    let mut text = format!("exit {}\n", summary.ending.exit().code());
    let (because, hints): (&str, &[String]) = match &summary.ending {
        Ending::Failed { because, hints } | Ending::Unknown { because, hints } => (because, hints),
        Ending::Paused { because } | Ending::WorldMoved { because } => (because, &[]),
        Ending::Done | Ending::Staged { .. } | Ending::Interrupted => ("", &[]),
    };
    text.push_str(because);
    for hint in hints {
        text.push_str(&format!("\n- {hint}"));
    }
    if let Some(command) = &summary.next_command {
        text.push_str(&format!("\n> {command}"));
    }
    text
}

fn fault(keys: &str) -> String {
    format!("[[fault]]\n{keys}\n")
}

fn restarts_that_load_nothing(instance: &str, count: u32) -> String {
    fault(&format!(
        "kind = \"still-pending-reboot\"\ninstance = \"{instance}\"\ncount = {count}"
    ))
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_stays_pending_reboot_is_rebooted_once_more_and_the_rollout_goes_on() {
    let played = rolled_out(&prod(), &restarts_that_load_nothing(READER, 1)).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
    let again = format!("reboot {READER} again");
    insta::assert_snapshot!(played.told_of(&again), @"reboot alpha001-prod-auroraclusterreader1 again: 60 s of 0: alpha001-prod-auroraclusterreader1 available, db.r7g.large, in-sync; SQL: 7 live");
    assert_eq!(
        played.entries_of(&again),
        ["intent 1", "accepted", "finished"]
    );
    assert_eq!(
        played.entries_of(&format!("reboot {WRITER} again")),
        ["skipped"]
    );
    assert_eq!(played.effects("RebootDBInstance"), 1);
    assert!(
        played
            .scene
            .plan(&prod(), Options::default())
            .await
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_demoted_member_that_stays_pending_reboot_is_rebooted_once_more() {
    // The failover's restart, and that of the class change.
    let played = rolled_out(&prod(), &restarts_that_load_nothing(WRITER, 2)).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
    let again = format!("reboot {WRITER} again");
    assert_eq!(
        played.entries_of(&again),
        ["intent 1", "accepted", "finished"]
    );
    assert_eq!(played.effects("FailoverDBCluster"), 1);
    assert!(
        played
            .scene
            .plan(&prod(), Options::default())
            .await
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_member_that_stays_pending_reboot_twice_ends_the_run_before_the_failover() {
    let reader = "alpha001-demo-auroraclusterreader1";
    let played = rolled_out(&demo(), &restarts_that_load_nothing(reader, 2)).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 1
    `reboot alpha001-demo-auroraclusterreader1 again`: `alpha001-demo-auroraclusterreader1` restarted twice and is still pending-reboot: its restarts do not load the group's static values
    - aws rds describe-db-instances --region us-east-1 --db-instance-identifier alpha001-demo-auroraclusterreader1
    - aws rds describe-events --region us-east-1 --source-type db-instance --source-identifier alpha001-demo-auroraclusterreader1
    - the group's values are at fault, not the restart; look at them before anything else is restarted: aws rds describe-db-cluster-parameters --region us-east-1 --source user --db-cluster-parameter-group-name alpha001-demo-auroracluster-aurora-postgresql16
    - no other member was touched; with the values mended: auroractl apply demo
    > auroractl apply demo
    ");
    assert_eq!(played.sent("RebootDBInstance"), 2);
    assert_eq!(played.sent("FailoverDBCluster"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_fails_ends_the_run_before_anything_is_interrupted_and_the_next_run_makes_its_own()
 {
    let played = rolled_out(&prod(), &fault("kind = \"failed-snapshot\"")).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 1
    `snapshot`: snapshot auroractl-20260515-060500-prod-0001 failed, 0 %
    - aws rds describe-db-cluster-snapshots --region us-east-1 --db-cluster-snapshot-identifier auroractl-20260515-060500-prod-0001
    - nothing was interrupted, and what is staged stays so; a new run makes a snapshot of its own: auroractl apply prod; this one, where it is still there, can go: aws rds delete-db-cluster-snapshot --region us-east-1 --db-cluster-snapshot-identifier auroractl-20260515-060500-prod-0001
    > auroractl apply prod
    ");
    insta::assert_snapshot!(played.scene.changes_in_short(), @"CreateDBClusterSnapshot alpha001-prod-auroracluster -> failed-snapshot");
    let run = played.apply_again(&prod()).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert_eq!(played.effects("CreateDBClusterSnapshot"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_snapshot_of_the_runs_own_name_ends_the_run_before_anything_is_changed() {
    let there = "[[snapshot]]\naccount = \"111111111111\"\nidentifier = \"auroractl-20260515-060500-prod-0001\"\ncluster = \"Alpha001-prod-AuroraCluster\"\n";
    // Nothing happened to any member, so there is nothing to judge.
    let played = played(&prod(), there, 5).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 1
    `snapshot`: snapshot `auroractl-20260515-060500-prod-0001` exists already
    - its name is derived from the run, so it should not; look at it before it is deleted
    > auroractl apply prod
    ");
    assert_eq!(played.scene.changes().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_association_that_aws_refuses_ends_the_run_and_the_next_one_does_the_rest() {
    let denied = fault("kind = \"access-denied\"\naction = \"ModifyDBCluster\"\ncount = 1");
    let played = rolled_out(&prod(), &denied).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 1
    `attach parameter group alpha001-prod-auroracluster-aurora-postgresql16`: ModifyDBCluster alpha001-prod-auroracluster: AccessDenied: User: arn:aws:sts::111111111111:assumed-role/simulated/operator is not authorized to perform: rds:ModifyDBCluster because no identity-based policy allows the rds:ModifyDBCluster action (request f2f34e46-1965-6bc5-9866-b17a6efad7f0)
    - the caller needs the permission `rds:ModifyDBCluster`
    > auroractl apply prod
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 0);
    let run = played.apply_again(&prod()).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
}

#[tokio::test(start_paused = true)]
async fn values_that_do_not_reach_the_members_stop_the_run_before_any_restart() {
    let slow = "[timings]\nparameter_propagation = 4000\n";
    let played = played(&prod(), slow, 20).await;
    played.judge(&played.run.summary);
    insta::assert_snapshot!(played.ending(), @"
    exit 5
    `attach parameter group alpha001-prod-auroracluster-aurora-postgresql16`: the end was not seen within 900 s; last seen: cluster uses group alpha001-prod-auroracluster-aurora-postgresql16; alpha001-prod-auroraclusterreader1 applying, alpha001-prod-auroraclusterwriter applying
    - aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
    - look again, and go on: auroractl resume RUN
    - if AWS did it: auroractl resume RUN --assume-done 'attach parameter group alpha001-prod-auroracluster-aurora-postgresql16'
    - if it did not, and never will: auroractl resume RUN --redo 'attach parameter group alpha001-prod-auroracluster-aurora-postgresql16'
    > auroractl resume RUN
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 0);
    assert_eq!(played.sent("RebootDBInstance"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_takes_ten_times_as_long_is_waited_for() {
    let played = rolled_out(&demo(), &fault("kind = \"slow-snapshot\"")).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
    let snapshot = &played.run.summary.actions[0];
    assert!(snapshot.seconds > 2000, "{} s", snapshot.seconds);
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_that_takes_hours_pauses_the_run_and_is_waited_for_when_it_goes_on() {
    let played = played(&demo(), &fault("kind = \"slow-snapshot\"\nfactor = 40"), 60).await;
    played.judge(&played.run.summary);
    insta::assert_snapshot!(played.ending(), @"
    exit 4
    `snapshot`: not there after 7200 s, and nothing is interrupted without it; last seen: snapshot auroractl-20260515-060500-demo-0001 creating, 0 %
    > auroractl resume RUN
    ");
    insta::assert_snapshot!(played.scene.changes_in_short(), @"CreateDBClusterSnapshot alpha001-demo-auroracluster -> slow-snapshot");
    let whole = played.resume(&demo(), &[]).await;
    assert_eq!(whole.ending, Ending::Done);
    assert_eq!(played.effects("CreateDBClusterSnapshot"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failover_that_does_not_move_the_writer_is_a_question_that_a_person_settles() {
    let played = rolled_out(&prod(), &fault("kind = \"failover-fails\"")).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 5
    `fail over to alpha001-prod-auroraclusterreader1`: AWS reports: Cluster failover failed, check the health of your cluster instances and try again (cluster available, writer alpha001-prod-auroraclusterwriter)
    - aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
    - aws rds describe-events --region us-east-1 --source-type db-cluster --source-identifier alpha001-prod-auroracluster
    - if no member takes writes and `alpha001-prod-auroraclusterwriter` is well: aws rds failover-db-cluster --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster --target-db-instance-identifier alpha001-prod-auroraclusterwriter
    - look again, and go on: auroractl resume RUN
    - if it did not, and never will: auroractl resume RUN --redo 'fail over to alpha001-prod-auroraclusterreader1'
    > auroractl resume RUN
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 1);

    let again = played.resume(&prod(), &[]).await;
    assert_eq!(again.ending.exit(), Exit::Unknown, "{again:#?}");
    assert_eq!(
        played.sent("FailoverDBCluster"),
        1,
        "looking again sends nothing"
    );

    let redo = Decision {
        action: ActionId::new(FAILOVER),
        verdict: Verdict::DidNotHappen,
    };
    let half = unfinished(&played.scene, &played.run.summary.run);
    let whole = resumed(&played.scene, &half, &prod(), &[redo])
        .await
        .unwrap();
    assert_eq!(whole.summary.ending, Ending::Done);
    assert_eq!(played.sent("FailoverDBCluster"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_writer_that_moves_back_is_a_question_and_nothing_further_is_restarted() {
    let played = played(&prod(), &fault("kind = \"failover-flips-back\""), 5).await;
    played.judge(&played.run.summary);
    insta::assert_snapshot!(played.ending(), @"
    exit 5
    `fail over to alpha001-prod-auroraclusterreader1`: AWS reports: Promoting previous primary again: alpha001-prod-auroraclusterwriter (cluster failing-over, writer alpha001-prod-auroraclusterwriter)
    - aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
    - aws rds describe-events --region us-east-1 --source-type db-cluster --source-identifier alpha001-prod-auroracluster
    - if no member takes writes and `alpha001-prod-auroraclusterwriter` is well: aws rds failover-db-cluster --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster --target-db-instance-identifier alpha001-prod-auroraclusterwriter
    - look again, and go on: auroractl resume RUN
    - if it did not, and never will: auroractl resume RUN --redo 'fail over to alpha001-prod-auroraclusterreader1'
    > auroractl resume RUN
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 1);
    let flushed = format!("flush {WRITER}");
    assert_eq!(played.entries_of(&flushed), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_class_without_capacity_ends_the_run_and_leaves_the_other_members_alone() {
    let played = rolled_out(&prod(), &fault("kind = \"no-capacity\"")).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 1
    `flush alpha001-prod-auroraclusterreader1`: ModifyDBInstance alpha001-prod-auroraclusterreader1: InsufficientDBInstanceCapacity: The specified DB instance class isn't available in the specified Availability Zone. (request 33173550-3575-d980-b0de-f590aa2baaec)
    - AWS has no room for db.r7g.large there now: try later, or declare another class; nothing was interrupted by this, the members keep their classes until then. auroractl apply prod
    > auroractl apply prod
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 0);

    // Capacity came back: what is queued is made live by the next run.
    let run = played.apply_again(&prod()).await;
    assert_eq!(run.summary.ending, Ending::Done, "{}", run.told());
    assert!(
        played
            .scene
            .plan(&prod(), Options::default())
            .await
            .is_empty()
    );
}

#[tokio::test(start_paused = true)]
async fn a_class_change_that_aws_gives_up_ends_the_run_before_the_failover() {
    let given_up = rolled_out(&prod(), &fault("kind = \"class-change-fails\"")).await;
    insta::assert_snapshot!(given_up.ending(), @"
    exit 1
    `flush alpha001-prod-auroraclusterreader1`: AWS did not carry out the class change: alpha001-prod-auroraclusterreader1 available, db.t3.medium, pending-reboot
    - aws rds describe-db-instances --region us-east-1 --db-instance-identifier alpha001-prod-auroraclusterreader1
    - aws rds describe-events --region us-east-1 --source-type db-instance --source-identifier alpha001-prod-auroraclusterreader1
    - no other member was touched and nothing further is begun; once the member is well: auroractl apply prod; one that stays like this is a case for AWS support
    > auroractl apply prod
    ");
    assert_eq!(given_up.sent("FailoverDBCluster"), 0);
    let broken = rolled_out(
        &prod(),
        &fault("kind = \"class-change-fails\"\nstatus = \"insufficient-capacity\""),
    )
    .await;
    insta::assert_snapshot!(broken.ending(), @"
    exit 1
    `flush alpha001-prod-auroraclusterreader1`: `alpha001-prod-auroraclusterreader1` is insufficient-capacity
    - aws rds describe-db-instances --region us-east-1 --db-instance-identifier alpha001-prod-auroraclusterreader1
    - aws rds describe-events --region us-east-1 --source-type db-instance --source-identifier alpha001-prod-auroraclusterreader1
    - no other member was touched and nothing further is begun; once the member is well: auroractl apply prod; one that stays like this is a case for AWS support
    > auroractl apply prod
    ");
    assert_eq!(broken.sent("FailoverDBCluster"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reboot_that_never_ends_is_no_reason_for_a_failover() {
    let played = rolled_out(&demo(), &fault("kind = \"stuck-reboot\"")).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 5
    `reboot alpha001-demo-auroraclusterreader1`: the end was not seen within 900 s; last seen: alpha001-demo-auroraclusterreader1 rebooting, db.t3.medium, pending-reboot
    - aws rds describe-db-instances --region us-east-1 --db-instance-identifier alpha001-demo-auroraclusterreader1
    - aws rds describe-events --region us-east-1 --source-type db-instance --source-identifier alpha001-demo-auroraclusterreader1
    - no failover is begun while `alpha001-demo-auroraclusterreader1` is away; one that stays so is a case for AWS support
    - look again, and go on: auroractl resume RUN
    - if AWS did it: auroractl resume RUN --assume-done 'reboot alpha001-demo-auroraclusterreader1'
    - if it did not, and never will: auroractl resume RUN --redo 'reboot alpha001-demo-auroraclusterreader1'
    > auroractl resume RUN
    ");
    assert_eq!(played.sent("RebootDBInstance"), 1);
    assert_eq!(played.sent("FailoverDBCluster"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reboot_is_waited_for() {
    let slow = fault("kind = \"stuck-reboot\"\nseconds = 600");
    let played = rolled_out(&demo(), &slow).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_throttling_delays_the_run_and_does_not_end_it() {
    let burst = fault("kind = \"throttling\"\nfrom = 280\nfor_seconds = 150");
    let played = rolled_out(&prod(), &burst).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
}

#[tokio::test(start_paused = true)]
async fn changes_that_are_throttled_for_long_pause_the_run_and_it_goes_on_later() {
    let burst = fault("kind = \"throttling\"\nmutating = true\nfrom = 280\nfor_seconds = 1500");
    let played = rolled_out(&demo(), &burst).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 4
    `reboot alpha001-demo-auroraclusterreader1`: RebootDBInstance alpha001-demo-auroraclusterreader1: Throttling: Rate exceeded (request 032d1ac1-fd6c-e7c2-be66-aca1b0cbf463)
    > auroractl resume RUN
    ");
    tokio::time::sleep(std::time::Duration::from_secs(1500)).await;
    let whole = played.resume(&demo(), &[]).await;
    assert_eq!(whole.ending, Ending::Done);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_never_reached_aws_is_asked_for_again_with_an_intent_of_its_own() {
    for (action, id, desired) in [
        ("CreateDBClusterSnapshot", "snapshot".to_owned(), prod()),
        (
            "ModifyDBInstance",
            format!("queue class change {READER}"),
            prod(),
        ),
        (
            "RebootDBInstance",
            "reboot alpha001-demo-auroraclusterreader1".to_owned(),
            demo(),
        ),
    ] {
        for kind in ["reset", "service-unavailable", "internal-failure"] {
            let lost = fault(&format!("kind = \"{kind}\"\naction = \"{action}\""));
            let played = rolled_out(&desired, &lost).await;
            assert_eq!(
                played.run.summary.ending,
                Ending::Done,
                "{}",
                played.run.told()
            );
            assert_eq!(
                played.entries_of(&id),
                [
                    "intent 1",
                    "failed, Unknown",
                    "settled, DidNotHappen",
                    "intent 2",
                    "accepted",
                    "finished"
                ],
                "{kind} of {action}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_never_reached_aws_is_asked_for_again_after_its_longest_lag() {
    // The two queued class changes come first.
    let lost = fault("kind = \"reset\"\naction = \"ModifyDBInstance\"\nskip = 2");
    let played = rolled_out(&prod(), &lost).await;
    assert_eq!(
        played.run.summary.ending,
        Ending::Done,
        "{}",
        played.run.told()
    );
    insta::assert_snapshot!(played.told_of(&format!("flush {READER}")), @"
    remark: `flush alpha001-prod-auroraclusterreader1`: AWS never did it; it is asked for once more
    flush alpha001-prod-auroraclusterreader1: 690 s of 447: alpha001-prod-auroraclusterreader1 available, db.r7g.large, in-sync; SQL: 7 live
    ");
}

#[tokio::test(start_paused = true)]
async fn evidence_that_may_not_be_read_is_a_question_and_never_a_guess() {
    let denied = fault("kind = \"access-denied\"\naction = \"DescribeEvents\"");
    let played = rolled_out(&prod(), &denied).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 5
    `fail over to alpha001-prod-auroraclusterreader1`: DescribeEvents alpha001-prod-auroraclusterwriter: AccessDenied: User: arn:aws:sts::111111111111:assumed-role/simulated/operator is not authorized to perform: rds:DescribeEvents because no identity-based policy allows the rds:DescribeEvents action (request ca0c5408-2a4c-968a-69e9-bf565ecab811); it was accepted, and its end cannot be read
    - aws rds describe-db-clusters --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster
    - aws rds describe-events --region us-east-1 --source-type db-cluster --source-identifier alpha001-prod-auroracluster
    - if no member takes writes and `alpha001-prod-auroraclusterwriter` is well: aws rds failover-db-cluster --region us-east-1 --db-cluster-identifier alpha001-prod-auroracluster --target-db-instance-identifier alpha001-prod-auroraclusterwriter
    - look again, and go on: auroractl resume RUN
    - if AWS did it: auroractl resume RUN --assume-done 'fail over to alpha001-prod-auroraclusterreader1'
    - if it did not, and never will: auroractl resume RUN --redo 'fail over to alpha001-prod-auroraclusterreader1'
    > auroractl resume RUN
    ");
    assert_eq!(played.sent("FailoverDBCluster"), 1);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_in_mid_run_pause_it_and_fresh_ones_adopt_what_goes_on() {
    // At 500 s the reader's class change is under way.
    let expired = fault("kind = \"expired-token\"\nfrom = 500\nfor_seconds = 3000");
    let played = rolled_out(&prod(), &expired).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 4
    `flush alpha001-prod-auroraclusterreader1`: DescribeDBClusters alpha001-prod-auroracluster: ExpiredToken: The security token included in the request is expired (request 114b7044-1791-9394-447e-3c2dc65d91d7); `aws sso login` renews single sign-on credentials
    > auroractl resume RUN
    ");
    let flush = format!("flush {READER}");
    assert_eq!(played.entries_of(&flush), ["intent 1", "accepted"]);
    let released = played.scene.changes();
    assert!(
        released
            .iter()
            .all(|request| request.action != "AddTagsToResource"),
        "the snapshot is held"
    );
    tokio::time::sleep(std::time::Duration::from_secs(3000)).await;
    let whole = played.resume(&prod(), &[]).await;
    assert_eq!(whole.ending, Ending::Done);
    assert_eq!(
        played.entries_of(&flush),
        ["intent 1", "accepted", "finished"],
        "nothing is sent twice"
    );
}

#[tokio::test(start_paused = true)]
async fn credentials_that_expire_before_a_request_leave_it_for_fresh_ones() {
    let expired =
        fault("kind = \"expired-token\"\naction = \"FailoverDBCluster\"\nfor_seconds = 60");
    let played = rolled_out(&prod(), &expired).await;
    insta::assert_snapshot!(played.ending(), @"
    exit 4
    `fail over to alpha001-prod-auroraclusterreader1`: FailoverDBCluster alpha001-prod-auroracluster: ExpiredToken: The security token included in the request is expired (request ed699847-ad31-a108-f3c3-2847e460d94f); `aws sso login` renews single sign-on credentials
    > auroractl resume RUN
    ");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let whole = played.resume(&prod(), &[]).await;
    assert_eq!(whole.ending, Ending::Done);
    assert_eq!(played.effects("FailoverDBCluster"), 1);
}
