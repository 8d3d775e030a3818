//! Change sets: made, described, executed, made obsolete, deleted.

use super::super::support::{pass, refusal};
use super::{NAME, Stacks, with_group};

async fn make(stacks: &Stacks, name: &str, template: &str) {
    let request = stacks
        .client
        .create_change_set()
        .stack_name(NAME)
        .change_set_name(name)
        .template_body(template);
    request.send().await.unwrap();
    pass(20).await;
}

/// `STATUS/EXECUTION STATUS`
async fn status(stacks: &Stacks, name: &str) -> String {
    let described = stacks
        .client
        .describe_change_set()
        .stack_name(NAME)
        .change_set_name(name)
        .send()
        .await
        .unwrap();
    format!(
        "{}/{}",
        described.status().unwrap().as_str(),
        described.execution_status().unwrap().as_str()
    )
}

#[tokio::test(start_paused = true)]
async fn a_change_set_tells_what_an_update_would_do_and_does_it() {
    let stacks = Stacks::steady();
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    let template = template.replace(
        "DBInstanceIdentifier: orders-2\n      DBInstanceClass: !Ref Class",
        "DBInstanceIdentifier: orders-3\n      DBInstanceClass: !Ref Class",
    );
    make(&stacks, "other", &template).await;
    make(&stacks, "tune", &template).await;
    let described = stacks
        .client
        .describe_change_set()
        .stack_name(NAME)
        .change_set_name("tune")
        .include_property_values(true)
        .send()
        .await
        .unwrap();
    let mut lines = Vec::new();
    for change in described.changes() {
        let change = change.resource_change().unwrap();
        lines.push(format!(
            "{} {} {} {:?}",
            change.action().unwrap().as_str(),
            change.logical_resource_id().unwrap(),
            change.physical_resource_id().unwrap_or("-"),
            change.replacement().map(|replacement| replacement.as_str())
        ));
        for detail in change.details() {
            let target = detail.target().unwrap();
            lines.push(format!(
                "  {} {} {} {}: {} -> {}",
                detail.evaluation().unwrap().as_str(),
                detail.change_source().unwrap().as_str(),
                target.name().unwrap_or("-"),
                target.requires_recreation().unwrap().as_str(),
                target.before_value().unwrap_or("-"),
                target.after_value().unwrap_or("-")
            ));
        }
    }
    // The members are visited when their cluster changes; no change set says so.
    insta::assert_snapshot!(lines.join("\n"), @r#"
    Modify Cluster orders Some("False")
      Dynamic ResourceReference DBClusterParameterGroupName Never: default.aurora-postgresql16 -> -
    Add Group - None
    Modify Reader orders-2 Some("True")
      Static DirectModification DBInstanceIdentifier Always: orders-2 -> orders-3
    "#);
    let execute = |name: &str| {
        stacks
            .client
            .execute_change_set()
            .stack_name(NAME)
            .change_set_name(name)
            .send()
    };
    execute("tune").await.unwrap();
    assert_eq!(
        status(&stacks, "tune").await,
        "CREATE_COMPLETE/EXECUTE_IN_PROGRESS"
    );
    assert_eq!(
        refusal(execute("other").await),
        "ChangeSetNotFound 404: ChangeSet [other] does not exist"
    );
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    assert_eq!(
        status(&stacks, "tune").await,
        "CREATE_COMPLETE/EXECUTE_COMPLETE"
    );
    let picture = stacks.world.picture("orders").await;
    assert!(
        picture.contains("orders-3") && !picture.contains("orders-2"),
        "{picture}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_makes_other_change_sets_obsolete() {
    let stacks = Stacks::steady();
    let template = with_group(&stacks.template(NAME).await, "log_statement: ddl");
    make(&stacks, "first", &template).await;
    assert_eq!(status(&stacks, "first").await, "CREATE_COMPLETE/AVAILABLE");
    stacks.update(NAME, &template, &[]).await;
    stacks.rest(NAME).await;
    assert_eq!(status(&stacks, "first").await, "CREATE_COMPLETE/OBSOLETE");
    let execute = stacks
        .client
        .execute_change_set()
        .stack_name(NAME)
        .change_set_name("first")
        .send();
    let refused = refusal(execute.await);
    assert!(
        refused.starts_with("InvalidChangeSetStatus 400"),
        "{refused}"
    );
    let list = stacks
        .client
        .list_change_sets()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(list.summaries().len(), 1);
    let delete = stacks
        .client
        .delete_change_set()
        .stack_name(NAME)
        .change_set_name("first");
    delete.send().await.unwrap();
    let list = stacks
        .client
        .list_change_sets()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(list.summaries().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_change_set_creates_a_stack() {
    let stacks = Stacks::steady();
    let client = &stacks.client;
    let request = client
        .create_change_set()
        .stack_name("new")
        .change_set_name("first")
        .change_set_type(aws_sdk_cloudformation::types::ChangeSetType::Create)
        .template_body("Resources: {Topic: {Type: 'AWS::SNS::Topic'}}");
    request.send().await.unwrap();
    assert_eq!(stacks.status("new").await, "REVIEW_IN_PROGRESS");
    pass(20).await;
    let execute = client
        .execute_change_set()
        .stack_name("new")
        .change_set_name("first");
    execute.send().await.unwrap();
    assert_eq!(stacks.rest("new").await, "CREATE_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn a_custom_named_resource_cannot_be_replaced_by_one_of_its_name() {
    let stacks = Stacks::steady();
    let template = stacks.template(NAME).await;
    let other = template.replace(
        "Engine: aurora-postgresql, EngineVersion",
        "StorageEncrypted: true, Engine: aurora-postgresql, EngineVersion",
    );
    make(&stacks, "encrypt", &other).await;
    stacks
        .client
        .execute_change_set()
        .stack_name(NAME)
        .change_set_name("encrypt")
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
    let events = stacks
        .events(
            NAME,
            stacks
                .now()
                .checked_sub(jiff::SignedDuration::from_hours(1))
                .unwrap(),
        )
        .await;
    assert!(
        events.iter().any(|event| event.contains(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
        )),
        "{events:#?}"
    );
}
