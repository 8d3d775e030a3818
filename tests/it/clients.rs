//! Other people's clients against the simulator: the AWS CLI with the commands of a rollout by hand, and boto3.
//!
//! The commands stand as a person types them. Their waiters look once at once and then every 30 s, so time passes with
//! requests, fast enough that the first look is enough.

use crate::support::operator::Operator;
use crate::support::project::repository;

/// More seconds than anything in these tests takes.
const LONG: u32 = 900;

#[test]
fn the_cli_reads_a_simulator_that_only_the_environment_names() {
    let world = r#"
        [[account]]
        id = "123456789012"
        region = "eu-central-1"

        [[cluster]]
        identifier = "Orders"
        engine_version = "16.6"

        [[cluster.member]]
        identifier = "orders-1"
        class = "db.t3.medium"
        writer = true
    "#;
    let operator = Operator::of(Some(world), "AKIDANY", "eu-central-1");
    assert_eq!(
        operator.reads("aws rds describe-db-clusters --query 'DBClusters[].[DBClusterIdentifier, Status, Engine]'"),
        r#"[ [ "orders", "available", "aurora-postgresql" ] ]"#
    );
    assert_eq!(
        operator.reads("aws sts get-caller-identity --query Account --output text"),
        "123456789012"
    );
}

#[test]
fn a_rollout_by_hand_reads_waits_and_restarts_with_the_cli() {
    let mut operator = Operator::of_the_built_in_world("AKIASIMULATEDALPHA002");
    for (name, value) in [
        ("INFRA", "Alpha002"),
        ("PARTITION", "dev"),
        ("CLUSTER_ID", "Alpha002-dev-AuroraCluster"),
        ("SNAPSHOT_ID", "Alpha002-dev-pre-rollout"),
    ] {
        operator.project.set(name, value);
    }
    let server = &operator.server;

    // Who is who, and who asks.
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-clusters \
            --db-cluster-identifier "${CLUSTER_ID}" \
            --region us-east-1 \
            --query 'DBClusters[0].DBClusterMembers[].{Id:DBInstanceIdentifier,Writer:IsClusterWriter}'"#
        ),
        concat!(
            r#"[ { "Id": "alpha002-dev-auroraclusterwriter", "Writer": true }, "#,
            r#"{ "Id": "alpha002-dev-auroraclusterreader1", "Writer": false } ]"#
        )
    );
    assert_eq!(
        operator
            .reads("aws sts get-caller-identity --query Account --output text --region us-east-1"),
        "222222222222"
    );

    // A snapshot, waited for.
    assert_eq!(
        operator.reads(
            r#"aws rds create-db-cluster-snapshot \
            --db-cluster-identifier "${CLUSTER_ID}" \
            --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
            --region us-east-1 --query DBClusterSnapshot.Status"#
        ),
        r#""creating""#
    );
    server.seconds_per_request(LONG);
    operator.reads(
        r#"aws rds wait db-cluster-snapshot-available \
        --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
        --region us-east-1"#,
    );
    server.seconds_per_request(0);
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-cluster-snapshots \
            --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
            --region us-east-1 \
            --query 'DBClusterSnapshots[0].Status'"#
        ),
        r#""available""#
    );
    assert_eq!(
        operator.refused(
            r#"aws rds create-db-cluster-snapshot --db-cluster-identifier "${CLUSTER_ID}" \
            --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" --region us-east-1"#
        ),
        "DBClusterSnapshotAlreadyExistsFault"
    );

    // A group of our own, stored values, and the attachment.
    operator.reads(
        r#"aws rds create-db-cluster-parameter-group --db-cluster-parameter-group-name tuned \
        --db-parameter-group-family aurora-postgresql16 --description "slow queries" --region us-east-1"#,
    );
    operator.reads(
        r#"aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name tuned \
        --parameters "ParameterName=log_min_duration_statement,ParameterValue=500,ApplyMethod=immediate" \
        "ParameterName=max_connections,ParameterValue=500,ApplyMethod=pending-reboot" --region us-east-1"#,
    );
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-cluster-parameters --db-cluster-parameter-group-name tuned --source user \
            --region us-east-1 --query 'Parameters[].[ParameterName, ParameterValue, ApplyType, ApplyMethod]' --output text"#
        ),
        "log_min_duration_statement 500 dynamic immediate max_connections 500 static pending-reboot"
    );
    operator.reads(
        r#"aws rds modify-db-cluster --db-cluster-identifier "${CLUSTER_ID}" \
        --db-cluster-parameter-group-name tuned --apply-immediately --region us-east-1"#,
    );
    operator.step(LONG);
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-clusters \
            --db-cluster-identifier "${CLUSTER_ID}" \
            --region us-east-1 \
            --query 'DBClusters[0].DBClusterParameterGroup'"#
        ),
        r#""tuned""#
    );
    // The field of this name belongs to the members; asked of the cluster it is null, which a careless check takes for good.
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-clusters --db-cluster-identifier "${CLUSTER_ID}" --region us-east-1 --query \
            'DBClusters[0].[DBClusterParameterGroupStatus, DBClusterMembers[].DBClusterParameterGroupStatus]'"#
        ),
        r#"[ null, [ "pending-reboot", "pending-reboot" ] ]"#
    );

    // The reader first.
    assert_eq!(
        operator.reads(
            r#"aws rds reboot-db-instance \
            --db-instance-identifier "${CLUSTER_ID}Reader1" \
            --region us-east-1 --query DBInstance.DBInstanceStatus"#
        ),
        r#""rebooting""#
    );
    server.seconds_per_request(LONG);
    operator.reads(
        r#"aws rds wait db-instance-available \
        --db-instance-identifier "${CLUSTER_ID}Reader1" \
        --region us-east-1"#,
    );
    server.seconds_per_request(0);
    assert_eq!(
        operator.reads(
            r#"aws rds describe-db-clusters --db-cluster-identifier "${CLUSTER_ID}" --region us-east-1 \
            --query 'DBClusters[0].DBClusterMembers[].DBClusterParameterGroupStatus' --output text"#
        ),
        "pending-reboot in-sync"
    );
    assert!(
        operator
            .reads(
                r#"aws rds describe-events --source-identifier "${CLUSTER_ID}Reader1" --source-type db-instance \
                --duration 30 --region us-east-1 --query 'Events[].Message'"#
            )
            .contains("DB instance restarted")
    );
    assert_eq!(
        operator.refused(
            r#"aws rds reboot-db-instance --db-instance-identifier "${CLUSTER_ID}Writer" --force-failover \
            --region us-east-1"#
        ),
        "InvalidParameterCombination"
    );

    // The failover. Right after it the waiters see the state of before, and return.
    operator.reads(
        r#"aws rds failover-db-cluster \
        --db-cluster-identifier "${CLUSTER_ID}" \
        --target-db-instance-identifier "${CLUSTER_ID}Reader1" \
        --region us-east-1"#,
    );
    operator.step(2);
    for member in ["Writer", "Reader1"] {
        operator.reads(&format!(
            r#"aws rds wait db-instance-available \
            --db-instance-identifier "${{CLUSTER_ID}}{member}" \
            --region us-east-1"#
        ));
    }
    let writer = r#"aws rds describe-db-clusters \
        --db-cluster-identifier "${CLUSTER_ID}" \
        --region us-east-1 \
        --query 'DBClusters[0].DBClusterMembers[?IsClusterWriter==`true`].DBInstanceIdentifier' --output text"#;
    assert_eq!(operator.reads(writer), "alpha002-dev-auroraclusterwriter");
    operator.step(LONG);
    assert_eq!(operator.reads(writer), "alpha002-dev-auroraclusterreader1");

    // The snapshot goes at once, although the answer calls it available.
    assert_eq!(
        operator.reads(
            r#"aws rds delete-db-cluster-snapshot \
            --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
            --region us-east-1 --query DBClusterSnapshot.Status"#
        ),
        r#""available""#
    );
    assert_eq!(
        operator.refused(
            r#"aws rds describe-db-cluster-snapshots --db-cluster-snapshot-identifier "${SNAPSHOT_ID}" \
            --region us-east-1"#
        ),
        "DBClusterSnapshotNotFoundFault"
    );
}

#[test]
fn a_queued_class_change_is_flushed_with_the_cli() {
    let mut operator = Operator::of_the_built_in_world("AKIASIMULATEDALPHA001");
    operator
        .project
        .set("CLUSTER_ID", "Alpha001-prod-AuroraCluster");
    operator
        .project
        .set("READER", "alpha001-prod-auroraclusterreader1");
    operator.reads(
        r#"aws rds modify-db-instance --db-instance-identifier "$READER" --db-instance-class db.r7g.large \
        --no-apply-immediately --region us-east-1"#,
    );
    operator.step(LONG);
    let state = r#"aws rds describe-db-instances \
        --filters "Name=db-cluster-id,Values=${CLUSTER_ID}" \
        --region us-east-1 --output text \
        --query 'DBInstances[].[DBInstanceIdentifier, DBInstanceStatus, DBInstanceClass, PendingModifiedValues.DBInstanceClass]'"#;
    let other = "alpha001-prod-auroraclusterwriter available db.t3.medium None";
    assert_eq!(
        operator.reads(state),
        format!("alpha001-prod-auroraclusterreader1 available db.t3.medium db.r7g.large {other}")
    );
    operator.reads(
        r#"aws rds modify-db-instance --db-instance-identifier "$READER" --apply-immediately --region us-east-1"#,
    );
    // Accepted, and nothing shows yet: a waiter that is started now returns at once.
    operator.step(5);
    operator.reads(r#"aws rds wait db-instance-available --db-instance-identifier "$READER" --region us-east-1"#);
    assert_eq!(
        operator.reads(state),
        format!("alpha001-prod-auroraclusterreader1 available db.t3.medium db.r7g.large {other}")
    );
    operator.step(100);
    assert_eq!(
        operator.reads(state),
        format!("alpha001-prod-auroraclusterreader1 modifying db.t3.medium db.r7g.large {other}")
    );
    operator.step(LONG);
    assert_eq!(
        operator.reads(state),
        format!("alpha001-prod-auroraclusterreader1 available db.r7g.large None {other}")
    );
}

#[test]
fn boto3_waits_pages_and_catches_errors_by_their_code() {
    let operator = Operator::of(None, "AKIASIMULATEDALPHA002", "us-east-1");
    operator.server.seconds_per_request(3);
    let script = repository().join("tests/it/boto3_session.py");
    let output = operator.run(&format!("python '{}'", script.display()));
    assert_eq!(
        (output.code, output.stdout.trim()),
        (0, "well"),
        "{}",
        output.stderr
    );
}

#[test]
fn boto3_calls_every_operation_and_finds_each_reply_as_the_service_model_has_it() {
    let world = r#"
        [[cluster]]
        identifier = "elsewhere"
        engine_version = "16.6"

        [[cluster.member]]
        identifier = "elsewhere-1"
        class = "db.t3.medium"

        [[maintenance]]
        cluster = "elsewhere"
        action = "system-update"
        description = "New patch level"
    "#;
    let operator = Operator::of(Some(world), "AKIDANY", "us-east-1");
    let script = repository().join("tests/it/boto3_conformance.py");
    let page = repository().join("docs/simulator.md");
    let output = operator.run(&format!(
        "python -W error '{}' '{}'",
        script.display(),
        page.display()
    ));
    assert_eq!(
        (output.code, output.stdout.trim()),
        (0, "well"),
        "{}",
        output.stderr
    );
}
