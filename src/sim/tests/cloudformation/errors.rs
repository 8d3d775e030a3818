//! The error codes and statuses of CloudFormation's operations, each raised once.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::errors::collect;
use super::super::support::pass;
use super::{NAME, Stacks};
use crate::sim::cloudformation::Stack;

const TOPIC: &str = "TemplateBody={\"Resources\":{\"T\":{\"Type\":\"AWS::SNS::Topic\"}}}";
const ROLE: &str = "TemplateBody={\"Resources\":{\"R\":{\"Type\":\"AWS::IAM::Role\"}}}";
const CHANGE_SET: &str = "ChangeSetName=c&StackName=orders-stack";

/// `CODE STATUS`, what leads there (a number lets so many seconds pass), and the request that gets it.
const CASES: &[(&str, &[&str], &str)] = &[
    (
        "ValidationError 400",
        &[],
        "Action=DescribeStacks&StackName=none",
    ),
    (
        "AlreadyExistsException 400",
        &[],
        "Action=CreateStack&StackName=orders-stack&{TOPIC}",
    ),
    (
        "AlreadyExistsException 400",
        &["Action=CreateChangeSet&{CHANGE_SET}&{TOPIC}"],
        "Action=CreateChangeSet&{CHANGE_SET}&{TOPIC}",
    ),
    (
        "ChangeSetNotFound 404",
        &[],
        "Action=DescribeChangeSet&{CHANGE_SET}",
    ),
    (
        "InvalidChangeSetStatus 400",
        &["Action=CreateChangeSet&{CHANGE_SET}&{TOPIC}"],
        "Action=ExecuteChangeSet&{CHANGE_SET}",
    ),
    (
        "InvalidChangeSetStatus 400",
        &[
            "Action=CreateChangeSet&{CHANGE_SET}&{TOPIC}",
            "30",
            "Action=ExecuteChangeSet&{CHANGE_SET}",
        ],
        "Action=DeleteChangeSet&{CHANGE_SET}",
    ),
    (
        "TokenAlreadyExistsException 400",
        &["Action=UpdateStack&StackName=orders-stack&ClientRequestToken=t&{TOPIC}"],
        "Action=CancelUpdateStack&StackName=orders-stack&ClientRequestToken=t",
    ),
    (
        "InsufficientCapabilitiesException 400",
        &[],
        "Action=CreateStack&StackName=roles&{ROLE}",
    ),
    (
        "LimitExceededException 400",
        &["FULL"],
        "Action=CreateStack&StackName=one-more&{TOPIC}",
    ),
];

/// As many stacks as an account may have, the one that is there already included.
fn fill(stacks: &Stacks) {
    let now = stacks.now();
    let mut state = stacks.world.simulator.state();
    let place = state.world.places.values_mut().next().unwrap();
    for number in 1..2_000 {
        let id = format!("arn:aws:cloudformation:us-east-1:123456789012:stack/s{number}/1");
        let stack = Stack::new(id.clone(), &format!("s{number}"), now);
        place.stacks.stacks.insert(id, stack);
    }
}

#[tokio::test(start_paused = true)]
async fn each_code_of_cloudformation_has_its_status() {
    for (expected, before, request) in CASES {
        let stacks = Stacks::steady();
        let written = |line: &str| {
            line.replace("{TOPIC}", TOPIC)
                .replace("{ROLE}", ROLE)
                .replace("{CHANGE_SET}", CHANGE_SET)
        };
        for line in *before {
            if *line == "FULL" {
                fill(&stacks);
                continue;
            }
            if let Ok(seconds) = line.parse() {
                pass(seconds).await;
                continue;
            }
            let answer = stacks.raw(&written(line)).await;
            assert_eq!(answer, "200", "{expected}: {line}");
        }
        assert_eq!(stacks.raw(&written(request)).await, *expected, "{request}");
    }
}

#[test]
fn every_code_of_cloudformation_is_among_them() {
    let tried: BTreeSet<String> = CASES.iter().map(|(code, ..)| (*code).to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim/cloudformation");
    let mut raised = BTreeSet::new();
    collect(&folder, &[], &mut raised);
    assert_eq!(raised, tried);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_used_for_the_same_request_does_nothing_again() {
    let stacks = Stacks::steady();
    let update = format!(
        "Action=UpdateStack&StackName={NAME}&ClientRequestToken=once&TemplateBody={}",
        form_urlencoded::byte_serialize(
            stacks
                .template(NAME)
                .await
                .replace("!Ref Class", "db.r7g.large")
                .as_bytes()
        )
        .collect::<String>()
    );
    assert_eq!(stacks.raw(&update).await, "200");
    assert_eq!(stacks.raw(&update).await, "200");
    assert_eq!(stacks.rest(NAME).await, "UPDATE_COMPLETE");
    let sent = stacks.handlers_sent().len();
    // Also when all is done: another update would be refused, there being nothing to do.
    assert_eq!(stacks.raw(&update).await, "200");
    pass(60).await;
    assert_eq!(stacks.handlers_sent().len(), sent);
}
