//! Stacks with other people's clients: an update that fails and cannot go back, led out with the AWS CLI, and boto3.

use crate::support::operator::Operator;
use crate::support::project::repository;

const STACK: &str = "Alpha001-prod-AuroraDBCluster";
const CLUSTER: &str = "AuroraPostgresCluster5E9B1A77";

/// An operator of an example world, whose templates lie in the repository.
fn operator(world: &str) -> Operator {
    let examples = repository().join("examples");
    let text = std::fs::read_to_string(examples.join(format!("worlds/{world}.toml"))).unwrap();
    let templates = format!("\"{}/templates/", examples.display());
    let text = text.replace("\"../templates/", &templates);
    let mut operator = Operator::of(Some(&text), "AKIASIMULATEDALPHA001", "us-east-1");
    operator.names_the_endpoint();
    operator.project.set("STACK", STACK);
    operator.project.set(
        "TUNED",
        &format!(
            "file://{}/templates/aurora-tuned.template.json",
            examples.display()
        ),
    );
    operator
}

const UPDATE: &str = r#"aws cloudformation update-stack --stack-name "$STACK" --template-body "$TUNED" --parameters \
    ParameterKey=Infrastructure,UsePreviousValue=true ParameterKey=Partition,UsePreviousValue=true \
    ParameterKey=ApplyImmediately,UsePreviousValue=true ParameterKey=InstanceClass,ParameterValue=db.r7g.large"#;

const STATUS: &str = r#"aws cloudformation describe-stacks --stack-name "$STACK" --query 'Stacks[0].StackStatus' --output text"#;

const PROD: &str = "--db-cluster-identifier Alpha001-prod-AuroraCluster";

#[test]
fn a_stack_that_cannot_go_back_is_led_out_with_the_cli() {
    let operator = operator("prod-with-insights-drift");
    assert_eq!(operator.reads(STATUS), "CREATE_COMPLETE");
    operator.reads(UPDATE);
    assert_eq!(operator.reads(STATUS), "UPDATE_IN_PROGRESS");
    operator.step(300);
    assert_eq!(operator.reads(STATUS), "UPDATE_ROLLBACK_FAILED");
    let failed = operator.reads(
        r#"aws cloudformation describe-stack-events --stack-name "$STACK" --output text \
        --query "StackEvents[?ResourceStatus=='UPDATE_FAILED'].[LogicalResourceId, ResourceStatusReason]""#,
    );
    assert_eq!(failed.matches(CLUSTER).count(), 2, "{failed}");
    assert_eq!(
        failed
            .matches("retention period for Performance Insights to at least 465 days")
            .count(),
        2,
        "{failed}"
    );
    assert_eq!(operator.refused(UPDATE), "ValidationError");

    // Only the mode first: the retention can be changed in `standard` alone.
    operator.reads(&format!(
        "aws rds modify-db-cluster {PROD} --database-insights-mode standard --apply-immediately"
    ));
    operator.step(15);
    let go_on = r#"aws cloudformation continue-update-rollback --stack-name "$STACK""#;
    operator.reads(go_on);
    operator.step(30);
    assert_eq!(operator.reads(STATUS), "UPDATE_ROLLBACK_FAILED");
    let reason = operator.reads(&format!(
        r#"aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id {CLUSTER} --output text \
        --query StackResourceDetail.ResourceStatusReason"#
    ));
    assert!(
        reason.contains(
            "isn't available for modification with status configuring-enhanced-monitoring"
        ),
        "{reason}"
    );

    // Wait until the cluster is available, then again.
    operator.step(300);
    operator.reads(go_on);
    operator.server.seconds_per_request(600);
    operator.reads(r#"aws cloudformation wait stack-rollback-complete --stack-name "$STACK""#);
    operator.server.seconds_per_request(0);
    assert_eq!(operator.reads(STATUS), "UPDATE_ROLLBACK_COMPLETE");
    let settings = format!(
        "aws rds describe-db-clusters {PROD} --output text --query \
        'DBClusters[0].[DatabaseInsightsMode, PerformanceInsightsRetentionPeriod, DBClusterParameterGroup]'"
    );
    assert_eq!(
        operator.reads(&settings),
        "standard 7 default.aurora-postgresql16"
    );

    // The rollout again: accepted, queued, and nothing restarts.
    operator.reads(UPDATE);
    operator.server.seconds_per_request(600);
    operator.reads(r#"aws cloudformation wait stack-update-complete --stack-name "$STACK""#);
    operator.server.seconds_per_request(0);
    let members = r#"aws rds describe-db-instances --output text --query \
        'DBInstances[].[DBInstanceStatus, DBInstanceClass, PendingModifiedValues.DBInstanceClass]'"#;
    assert_eq!(
        operator.reads(members),
        "available db.t3.medium db.r7g.large available db.t3.medium db.r7g.large"
    );
    assert_eq!(operator.refused(UPDATE), "ValidationError");
}

#[test]
fn boto3_calls_every_operation_on_stacks_and_finds_each_reply_as_the_service_model_has_it() {
    let operator = operator("prod-with-insights-drift");
    let script = repository().join("tests/it/boto3_stacks.py");
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
