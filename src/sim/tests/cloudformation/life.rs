//! A stack's life: it is created with everything in it, saved in flight, changed, and deleted.

use super::super::support::{pass, refusal};
use super::{NAME, Stacks, with_group};
use crate::sim::{Options, Simulator};

const WHOLE: &str = "
Description: a cluster with all that belongs to it
Resources:
  Subnets: {Type: 'AWS::RDS::DBSubnetGroup', Properties: {DBSubnetGroupDescription: d, SubnetIds: [subnet-a, subnet-b]}}
  Secret: {Type: 'AWS::SecretsManager::Secret', Properties: {Name: orders}}
  Alerts: {Type: 'AWS::SNS::Topic'}
  Group:
    Type: AWS::RDS::DBClusterParameterGroup
    Properties: {Family: aurora-postgresql16, Description: d, Parameters: {max_connections: 300, log_statement: ddl}}
  Own:
    Type: AWS::RDS::DBParameterGroup
    Properties: {Family: aurora-postgresql16, Description: d, Parameters: {work_mem: 8192}}
  Cluster:
    Type: AWS::RDS::DBCluster
    DeletionPolicy: Delete
    Properties:
      Engine: aurora-postgresql
      EngineVersion: '16.6'
      DBClusterParameterGroupName: !Ref Group
      DBSubnetGroupName: !Ref Subnets
      MasterUsername: !Sub '{{resolve:secretsmanager:${Secret}:SecretString:username::}}'
      MasterUserPassword: !Sub '{{resolve:secretsmanager:${Secret}:SecretString:password::}}'
      ServerlessV2ScalingConfiguration: {MinCapacity: 0.5, MaxCapacity: 4}
      EnableCloudwatchLogsExports: [postgresql]
      Tags: [{Key: team, Value: data}]
  One:
    Type: AWS::RDS::DBInstance
    Properties:
      DBClusterIdentifier: !Ref Cluster
      DBInstanceClass: db.serverless
      DBParameterGroupName: !Ref Own
      Engine: !GetAtt Engines.Value
Outputs:
  Address: {Value: !GetAtt Cluster.Endpoint.Address, Export: {Name: address}}
  Port: {Value: !GetAtt One.Endpoint.Port}
";

#[tokio::test(start_paused = true)]
async fn a_stack_is_created_with_all_that_belongs_to_it_and_deleted_again() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    let template = WHOLE.replace("!GetAtt Engines.Value", "aurora-postgresql");
    let create = stacks
        .client
        .create_stack()
        .stack_name("whole")
        .template_body(&template)
        .tags(
            aws_sdk_cloudformation::types::Tag::builder()
                .key("stage")
                .value("test")
                .build(),
        );
    let id = create.send().await.unwrap().stack_id().unwrap().to_owned();
    assert_eq!(stacks.rest("whole").await, "CREATE_COMPLETE");
    let events = stacks.events("whole", from).await;
    let order: Vec<&str> = events
        .iter()
        .filter_map(|event| event.get(5..)?.strip_suffix(" CREATE_COMPLETE"))
        .collect();
    assert_eq!(
        order,
        [
            "Alerts", "Secret", "Subnets", "Group", "Own", "Cluster", "One", "whole"
        ]
    );
    let described = stacks
        .client
        .describe_stacks()
        .stack_name("whole")
        .send()
        .await
        .unwrap();
    let outputs = described.stacks()[0].outputs();
    assert!(
        outputs[0]
            .output_value()
            .unwrap()
            .starts_with("whole-cluster-")
    );
    assert_eq!(outputs[1].output_value(), Some("5432"));
    let by_physical = stacks
        .client
        .describe_stack_resource()
        .stack_name("whole")
        .logical_resource_id("Cluster");
    let physical = by_physical.send().await.unwrap();
    let physical = physical
        .stack_resource_detail()
        .unwrap()
        .physical_resource_id()
        .unwrap()
        .to_owned();
    let cluster = stacks.world.cluster(&physical).await;
    let tags: Vec<String> = cluster
        .tag_list()
        .iter()
        .map(|tag| format!("{}={}", tag.key().unwrap(), tag.value().unwrap()))
        .collect();
    assert_eq!(
        tags,
        [
            "aws:cloudformation:logical-id=Cluster".to_owned(),
            format!("aws:cloudformation:stack-id={id}"),
            "aws:cloudformation:stack-name=whole".to_owned(),
            "stage=test".to_owned(),
            "team=data".to_owned(),
        ]
    );
    assert_eq!(
        stacks.drift("whole").await,
        ("IN_SYNC".to_owned(), Vec::new())
    );

    // Nobody but the service may take these tags away.
    let untag = stacks
        .world
        .rds
        .remove_tags_from_resource()
        .resource_name(cluster.db_cluster_arn().unwrap())
        .tag_keys("aws:cloudformation:stack-name");
    assert!(refusal(untag.send().await).starts_with("InvalidParameterValue 400"));

    stacks
        .client
        .delete_stack()
        .stack_name("whole")
        .send()
        .await
        .unwrap();
    assert_eq!(stacks.rest(&id).await, "DELETE_COMPLETE");
    assert_eq!(
        stacks
            .world
            .raw(&format!(
                "Action=DescribeDBClusters&DBClusterIdentifier={physical}"
            ))
            .await,
        "DBClusterNotFoundFault 404"
    );
    let listed = stacks.client.list_stacks().send().await.unwrap();
    assert_eq!(listed.stack_summaries().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_is_rolled_back_and_leaves_a_stack_that_can_only_be_deleted() {
    let stacks = Stacks::steady();
    let template = WHOLE.replace("!GetAtt Engines.Value", "mysql");
    let create = stacks
        .client
        .create_stack()
        .stack_name("whole")
        .template_body(&template);
    create.send().await.unwrap();
    assert_eq!(stacks.rest("whole").await, "ROLLBACK_COMPLETE");
    let update = stacks
        .client
        .update_stack()
        .stack_name("whole")
        .template_body(&template)
        .send();
    assert!(
        refusal(update.await).ends_with("is in ROLLBACK_COMPLETE state and can not be updated.")
    );
    stacks
        .client
        .delete_stack()
        .stack_name("whole")
        .send()
        .await
        .unwrap();
    pass(60).await;
    let gone = stacks
        .client
        .describe_stacks()
        .stack_name("whole")
        .send()
        .await;
    assert_eq!(
        refusal(gone),
        "ValidationError 400: Stack with id whole does not exist"
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_deleted_can_be_retained() {
    let stacks = Stacks::with("deletion_protection = true\n");
    let delete = || stacks.client.delete_stack().stack_name(NAME);
    let refused = refusal(delete().retain_resources("Cluster").send().await);
    assert!(
        refused.contains("specify which resources to retain only when"),
        "{refused}"
    );
    delete().send().await.unwrap();
    assert_eq!(stacks.rest(NAME).await, "DELETE_FAILED");
    let described = stacks
        .client
        .describe_stacks()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(
        described.stacks()[0].stack_status_reason(),
        Some("The following resource(s) failed to delete: [Cluster].")
    );
    let id = described.stacks()[0].stack_id().unwrap().to_owned();
    delete().retain_resources("Cluster").send().await.unwrap();
    assert_eq!(stacks.rest(&id).await, "DELETE_COMPLETE");
    assert!(
        stacks
            .world
            .cluster("orders")
            .await
            .deletion_protection()
            .unwrap()
    );
}

#[tokio::test(start_paused = true)]
async fn a_world_saved_during_an_update_goes_on_as_if_nothing_had_happened() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    let template = with_group(&stacks.template(NAME).await, "max_connections: 500");
    stacks.update(NAME, &template, &[]).await;
    pass(75).await;
    let saved = stacks.world.simulator.save();
    let again = Simulator::from_saved(&saved, Options { speed: 1.0 }).unwrap();
    assert_eq!(again.save(), saved);
    let again = Stacks::of(again, None);
    pass(2_000).await;
    let expected = stacks.events(NAME, from).await;
    assert!(
        expected
            .last()
            .unwrap()
            .ends_with("orders-stack UPDATE_COMPLETE")
    );
    assert_eq!(again.events(NAME, from).await, expected);
}

#[tokio::test(start_paused = true)]
async fn many_parameters_go_in_several_requests_and_those_that_the_template_drops_are_reset() {
    let stacks = Stacks::steady();
    let names = crate::sim::parameters::catalogue("aurora-postgresql16").unwrap();
    let several: Vec<String> = names
        .values()
        .filter(|definition| {
            definition.modifiable
                && definition.default.as_deref().is_some_and(|text| {
                    // Some defaults are outside of what may be set.
                    text.parse::<i64>().is_ok() && definition.check(text).is_ok()
                })
        })
        .take(45)
        .map(|definition| {
            format!(
                "{}: {}",
                definition.name,
                definition.default.as_deref().unwrap()
            )
        })
        .collect();
    assert_eq!(several.len(), 45);
    let template = stacks.template(NAME).await;
    stacks
        .update(NAME, &with_group(&template, &several.join(", ")), &[])
        .await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    let count = |verb: &str| {
        let sent = stacks.handlers_sent();
        sent.iter().filter(|sent| sent.starts_with(verb)).count()
    };
    assert_eq!(count("ModifyDBClusterParameterGroup"), 3);
    stacks
        .update(NAME, &with_group(&template, &several[..20].join(", ")), &[])
        .await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    assert_eq!(
        (
            count("ResetDBClusterParameterGroup"),
            count("ModifyDBClusterParameterGroup")
        ),
        (2, 3)
    );
    let unknown = with_group(&template, "no_such_parameter: 1");
    stacks.update(NAME, &unknown, &[]).await;
    assert_eq!(stacks.rest(NAME).await, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test(start_paused = true)]
async fn pages_of_events_follow_each_other() {
    let stacks = Stacks::steady();
    let from = stacks.now();
    let template = stacks.template(NAME).await;
    for number in 0..6 {
        let group = with_group(&template, &format!("log_temp_files: {number}"));
        stacks.update(NAME, &group, &[]).await;
        stacks.rest(NAME).await;
        stacks.update(NAME, &template, &[]).await;
        stacks.rest(NAME).await;
    }
    let first = stacks
        .client
        .describe_stack_events()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(first.stack_events().len(), 100);
    let all = stacks.events(NAME, from).await;
    assert!(all.len() > 100, "{}", all.len());
    let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
    assert!(
        distinct.len() + 12 > all.len(),
        "{} of {}",
        distinct.len(),
        all.len()
    );
}

#[tokio::test(start_paused = true)]
async fn templates_are_validated_and_summarised() {
    let stacks = Stacks::steady();
    let client = &stacks.client;
    let template = WHOLE.replace("!GetAtt Engines.Value", "aurora-postgresql");
    let validated = client
        .validate_template()
        .template_body(&template)
        .send()
        .await
        .unwrap();
    assert_eq!(
        validated.description(),
        Some("a cluster with all that belongs to it")
    );
    let refused = client.validate_template().template_body(WHOLE).send().await;
    assert_eq!(
        refusal(refused),
        "ValidationError 400: Template format error: Unresolved resource dependencies [Engines] in the Resources block of the template"
    );
    let summary = client
        .get_template_summary()
        .stack_name(NAME)
        .send()
        .await
        .unwrap();
    assert_eq!(summary.parameters().len(), 2);
    assert_eq!(
        summary.resource_types(),
        ["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"]
    );
    let elsewhere = client
        .validate_template()
        .template_url("https://example.com/t.json")
        .send()
        .await;
    assert!(refusal(elsewhere).contains("TemplateURL is not simulated"));
    let role = "Resources: {Role: {Type: 'AWS::IAM::Role', Properties: {}}}";
    let refused = client
        .create_stack()
        .stack_name("roles")
        .template_body(role)
        .send()
        .await;
    assert_eq!(
        refusal(refused),
        "InsufficientCapabilitiesException 400: Requires capabilities : [CAPABILITY_IAM]"
    );
}
