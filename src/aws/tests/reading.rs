//! What reads send, and what they make of the replies.

use super::wire::{Wire, cluster, instance, parameter, refusal, success};
use crate::aws::observe;
use crate::names::AccountId;
use crate::names::{
    ClusterId, Family, InstanceClass, InstanceId, ParameterGroupName, ParameterName, SnapshotId,
};
use crate::observed::{Answer, ApplyType, Backend, Caller, Question};
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_survey_follows_the_pages_and_asks_only_for_the_members_it_needs() {
    let wire = Wire::new(
        |form, _| match (form["Action"].as_str(), form.get("Marker")) {
            ("DescribeDBClusters", None) => success(
                "DescribeDBClusters",
                &format!(
                    "<Marker>next</Marker><DBClusters>{}</DBClusters>",
                    cluster("billing")
                ),
            ),
            ("DescribeDBClusters", Some(_)) => success(
                "DescribeDBClusters",
                &format!("<DBClusters>{}</DBClusters>", cluster("orders")),
            ),
            _ => success(
                "DescribeDBInstances",
                &format!(
                    "<DBInstances>{}{}</DBInstances>",
                    instance("orders-1", "orders"),
                    instance("orders-2", "orders")
                ),
            ),
        },
    );
    let client = wire.client().await;
    assert_eq!(client.now(), None);
    let survey = observe::survey(
        &client,
        &[ClusterId::new("Orders"), ClusterId::new("absent")],
    )
    .await
    .unwrap();
    let mut requests = wire.requests();
    requests.sort();
    assert_eq!(
        requests,
        [
            "Action=DescribeDBClusters",
            "Action=DescribeDBClusters Marker=next",
            "Action=DescribeDBInstances Filters.Filter.1.Name=db-cluster-id \
             Filters.Filter.1.Values.Value.1=absent Filters.Filter.1.Values.Value.2=orders",
        ]
    );
    let caller = Caller {
        account: AccountId::new("111111111111"),
        arn: "arn:aws:iam::111111111111:user/ops".to_owned(),
    };
    let observed = survey.observed(&ClusterId::new("orders"), &caller, &client);
    assert_eq!(observed.at.to_string(), "2026-05-15T06:05:00Z");
    assert_eq!(
        observed.backend,
        Backend::Simulated {
            world: "canned".to_owned()
        }
    );
    assert_eq!(
        observed
            .neighbours
            .keys()
            .map(ClusterId::as_str)
            .collect::<Vec<_>>(),
        ["billing", "orders"]
    );
    let orders = observed.cluster.unwrap();
    assert_eq!(orders.resource_id.as_str(), "cluster-orders");
    assert_eq!(orders.database_insights.as_deref(), Some("standard"));
    assert_eq!(orders.performance_insights_retention_days, Some(7));
    assert_eq!(orders.tags["team"], "orders");
    assert_eq!(orders.writer().unwrap().identifier.as_str(), "orders-1");
    let reader = &orders.members[&InstanceId::new("orders-2")];
    assert_eq!(reader.cluster_parameter_group_status, "pending-reboot");
    assert_eq!(reader.promotion_tier, 2);
    assert_eq!(reader.pending["DBInstanceClass"], "db.r7g.large");
    assert_eq!(
        reader.instance_groups[&ParameterGroupName::new("default.aurora-postgresql16")],
        "in-sync"
    );
    assert!(survey.cluster(&ClusterId::new("absent")).is_none());
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn the_members_of_many_clusters_are_asked_for_fifty_clusters_at_a_time() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusters" => success("DescribeDBClusters", "<DBClusters/>"),
        _ => success("DescribeDBInstances", "<DBInstances/>"),
    });
    let client = wire.client().await;
    let names: Vec<ClusterId> = (0..120).map(|n| ClusterId::new(format!("c{n}"))).collect();
    observe::survey(&client, &names).await.unwrap();
    let mut sizes: Vec<usize> = wire
        .requests()
        .iter()
        .map(|request| request.matches("Values.Value.").count())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [0, 20, 50, 50]);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_member_that_only_the_cluster_lists_is_of_unknown_status() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusters" => success(
            "DescribeDBClusters",
            &format!("<DBClusters>{}</DBClusters>", cluster("orders")),
        ),
        _ => success(
            "DescribeDBInstances",
            &format!(
                "<DBInstances>{}</DBInstances>",
                instance("orders-1", "orders")
            ),
        ),
    });
    let client = wire.client().await;
    let orders = observe::cluster(&client, &ClusterId::new("orders"))
        .await
        .unwrap()
        .unwrap();
    let statuses: Vec<(&str, &str)> = orders
        .members
        .values()
        .map(|member| (member.identifier.as_str(), member.status.as_str()))
        .collect();
    assert_eq!(
        statuses,
        [("orders-1", "available"), ("orders-2", "unknown")]
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_absent_cluster_is_no_error() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusters" => {
            refusal(404, "DBClusterNotFoundFault", "DBCluster orders not found.")
        }
        _ => success("DescribeDBInstances", "<DBInstances/>"),
    });
    let client = wire.client().await;
    let found = observe::cluster(&client, &ClusterId::new("orders"))
        .await
        .unwrap();
    assert_eq!(found, None);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_cluster_without_a_status_is_unreadable() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusters" => success(
            "DescribeDBClusters",
            &format!(
                "<DBClusters>{}</DBClusters>",
                cluster("orders").replace("<Status>available</Status>", "")
            ),
        ),
        _ => success("DescribeDBInstances", "<DBInstances/>"),
    });
    let client = wire.client().await;
    let error = observe::cluster(&client, &ClusterId::new("orders"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "DescribeDBClusters orders: the reply has no Status"
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_list_that_leads_back_to_itself_ends_in_an_error() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusters" => {
            success("DescribeDBClusters", "<Marker>again</Marker><DBClusters/>")
        }
        _ => success("DescribeDBInstances", "<DBInstances/>"),
    });
    let client = wire.client().await;
    let error = observe::survey(&client, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "DescribeDBClusters us-east-1: the list names the same next page twice"
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_list_without_an_end_ends_in_an_error() {
    let wire = Wire::new(|form, before| match form["Action"].as_str() {
        "DescribeDBClusters" => success(
            "DescribeDBClusters",
            // Two pages that lead to each other.
            &format!("<Marker>{}</Marker><DBClusters/>", before % 2),
        ),
        _ => success("DescribeDBInstances", "<DBInstances/>"),
    });
    let client = wire.client().await;
    let error = observe::survey(&client, &[]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "DescribeDBClusters us-east-1: the list goes on after 1000 pages"
    );
    assert_eq!(wire.requests().len(), 1000);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn user_parameters_are_asked_for_by_source_and_an_absent_group_is_told() {
    let wire = Wire::new(|form, _| {
        if form["DBClusterParameterGroupName"] == "gone" {
            refusal(
                404,
                "DBParameterGroupNotFound",
                "DBClusterParameterGroup not found: gone",
            )
        } else {
            success(
                "DescribeDBClusterParameters",
                &format!("<Parameters>{}</Parameters>", parameter("work_mem", "9")),
            )
        }
    });
    let client = wire.client().await;
    let ask = |name: &str| Question::UserParameters(ParameterGroupName::new(name));
    let Answer::UserParameters { group, parameters } =
        observe::answer(&client, &ask("orders-16")).await.unwrap()
    else {
        panic!("another answer");
    };
    let parameters = parameters.unwrap();
    let work_mem = &parameters[&ParameterName::new("work_mem")];
    assert_eq!(group.as_str(), "orders-16");
    assert_eq!(work_mem.value.as_deref(), Some("9"));
    assert_eq!(work_mem.apply_type, ApplyType::Dynamic);
    assert_eq!(work_mem.allowed_values.as_deref(), Some("0-10"));
    assert_eq!(
        observe::answer(&client, &ask("gone")).await.unwrap(),
        Answer::UserParameters {
            group: ParameterGroupName::new("gone"),
            parameters: None
        }
    );
    assert_eq!(
        wire.requests()[0],
        "Action=DescribeDBClusterParameters DBClusterParameterGroupName=orders-16 Source=user"
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn parameters_by_name_are_asked_for_a_hundred_at_a_time() {
    let wire = Wire::new(|form, _| {
        let first = &form["Filters.Filter.1.Values.Value.1"];
        success(
            "DescribeDBClusterParameters",
            &format!("<Parameters>{}</Parameters>", parameter(first, "1")),
        )
    });
    let client = wire.client().await;
    let names: BTreeSet<ParameterName> = (0..150)
        .map(|n| ParameterName::new(format!("p{n:03}")))
        .collect();
    let question = Question::Parameters(ParameterGroupName::new("orders-16"), names.clone());
    let Answer::Parameters {
        asked, parameters, ..
    } = observe::answer(&client, &question).await.unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(asked, names);
    let found = parameters.unwrap();
    assert_eq!(
        found.keys().map(ParameterName::as_str).collect::<Vec<_>>(),
        ["p000", "p100"]
    );
    let mut sizes: Vec<usize> = wire
        .requests()
        .iter()
        .map(|request| {
            assert!(
                request.contains("Filters.Filter.1.Name=parameter-name"),
                "{request}"
            );
            request.matches("Values.Value.").count()
        })
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100]);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_family_without_a_default_group_is_read_from_the_engine_defaults() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusterParameters" => refusal(
            404,
            "DBParameterGroupNotFound",
            "DBClusterParameterGroup not found",
        ),
        _ => success(
            "DescribeEngineDefaultClusterParameters",
            &format!(
                "<EngineDefaults><Parameters>{}{}</Parameters></EngineDefaults>",
                parameter("work_mem", "9"),
                parameter("other", "1")
            ),
        ),
    });
    let client = wire.client().await;
    let question = Question::DefaultParameters(
        Family::new("aurora-postgresql16"),
        BTreeSet::from([ParameterName::new("work_mem")]),
    );
    let Answer::Parameters {
        group, parameters, ..
    } = observe::answer(&client, &question).await.unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(group.as_str(), "default.aurora-postgresql16");
    assert_eq!(
        parameters
            .unwrap()
            .keys()
            .map(ParameterName::as_str)
            .collect::<Vec<_>>(),
        ["work_mem"]
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_group_is_known_with_family_arn_and_tags_and_the_default_one_is_not_asked_for_tags() {
    let wire = Wire::new(|form, _| match form["Action"].as_str() {
        "DescribeDBClusterParameterGroups" => success(
            "DescribeDBClusterParameterGroups",
            &format!(
                "<DBClusterParameterGroups><DBClusterParameterGroup>\
                 <DBClusterParameterGroupName>{0}</DBClusterParameterGroupName>\
                 <DBParameterGroupFamily>aurora-postgresql16</DBParameterGroupFamily>\
                 <DBClusterParameterGroupArn>arn:{0}</DBClusterParameterGroupArn>\
                 </DBClusterParameterGroup></DBClusterParameterGroups>",
                form["DBClusterParameterGroupName"]
            ),
        ),
        _ => success(
            "ListTagsForResource",
            "<TagList><Tag><Key>auroractl:partition</Key><Value>prod</Value></Tag></TagList>",
        ),
    });
    let client = wire.client().await;
    for name in ["orders-16", "default.aurora-postgresql16"] {
        let question = Question::GroupTags(ParameterGroupName::new(name));
        let Answer::GroupTags { facts, .. } = observe::answer(&client, &question).await.unwrap()
        else {
            panic!("another answer");
        };
        let facts = facts.unwrap();
        assert_eq!(facts.family.as_str(), "aurora-postgresql16");
        assert_eq!(
            facts.tags.contains_key("auroractl:partition"),
            name == "orders-16"
        );
    }
    assert_eq!(
        wire.requests(),
        [
            "Action=DescribeDBClusterParameterGroups DBClusterParameterGroupName=orders-16",
            "Action=ListTagsForResource ResourceName=arn:orders-16",
            "Action=DescribeDBClusterParameterGroups DBClusterParameterGroupName=default.aurora-postgresql16",
        ]
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_class_is_orderable_when_any_page_lists_it() {
    let wire = Wire::new(|form, _| {
        let inner = match (form["DBInstanceClass"].as_str(), form.get("Marker")) {
            ("db.r7g.large", None) => "<Marker>2</Marker><OrderableDBInstanceOptions/>",
            ("db.r7g.large", Some(_)) => {
                "<OrderableDBInstanceOptions><OrderableDBInstanceOption>\
                 <DBInstanceClass>db.r7g.large</DBInstanceClass>\
                 </OrderableDBInstanceOption></OrderableDBInstanceOptions>"
            }
            _ => "<OrderableDBInstanceOptions/>",
        };
        success("DescribeOrderableDBInstanceOptions", inner)
    });
    let client = wire.client().await;
    for (class, expected) in [("db.r7g.large", true), ("db.m1.tiny", false)] {
        let question = Question::Orderable {
            engine: "aurora-postgresql".to_owned(),
            engine_version: "16.6".to_owned(),
            class: InstanceClass::new(class),
        };
        assert_eq!(
            observe::answer(&client, &question).await.unwrap(),
            Answer::Orderable {
                class: InstanceClass::new(class),
                orderable: expected
            }
        );
    }
}

fn snapshot(name: &str, tags: &str) -> String {
    format!(
        "<DBClusterSnapshot><DBClusterSnapshotIdentifier>{name}</DBClusterSnapshotIdentifier>\
         <DBClusterIdentifier>orders</DBClusterIdentifier><DBClusterSnapshotArn>arn:{name}</DBClusterSnapshotArn>\
         <Status>creating</Status><PercentProgress>40</PercentProgress>\
         <SnapshotCreateTime>2026-05-15T06:00:01.250Z</SnapshotCreateTime><TagList>{tags}</TagList></DBClusterSnapshot>"
    )
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn only_snapshots_with_our_tag_are_ours() {
    let wire = Wire::new(|_, _| {
        success(
            "DescribeDBClusterSnapshots",
            &format!(
                "<DBClusterSnapshots>{}{}</DBClusterSnapshots>",
                snapshot("by-hand", ""),
                snapshot(
                    "auroractl-1",
                    "<Tag><Key>auroractl:partition</Key><Value>prod</Value></Tag>"
                )
            ),
        )
    });
    let client = wire.client().await;
    let Answer::Snapshots(snapshots) =
        observe::answer(&client, &Question::Snapshots(ClusterId::new("orders")))
            .await
            .unwrap()
    else {
        panic!("another answer");
    };
    assert_eq!(snapshots.len(), 1);
    assert_eq!(snapshots[0].identifier.as_str(), "auroractl-1");
    assert_eq!(
        snapshots[0].created.unwrap().to_string(),
        "2026-05-15T06:00:01.25Z"
    );
    assert_eq!(
        wire.requests(),
        ["Action=DescribeDBClusterSnapshots DBClusterIdentifier=orders SnapshotType=manual"]
    );
    let by_name = observe::snapshot(&client, &SnapshotId::new("by-hand"))
        .await
        .unwrap();
    assert_eq!(by_name.unwrap().percent, 40);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn events_of_cluster_and_members_come_in_the_order_of_their_time() {
    let wire = Wire::new(|form, _| {
        let (time, message) = match form["SourceIdentifier"].as_str() {
            "orders" => (
                "2026-05-15T06:04:00.000Z",
                "Completed failover to DB instance: orders-2",
            ),
            _ => ("2026-05-15T06:03:59.500Z", "DB instance restarted"),
        };
        success(
            "DescribeEvents",
            &format!(
                "<Events><Event><SourceIdentifier>{}</SourceIdentifier><Message>{message}</Message>\
                 <EventCategories><EventCategory>failover</EventCategory></EventCategories><Date>{time}</Date></Event>\
                 <Event><SourceIdentifier>old</SourceIdentifier><Message>too old</Message><Date>2026-05-15T06:00:00Z</Date></Event></Events>",
                form["SourceIdentifier"]
            ),
        )
    });
    let client = wire.client().await;
    let events = observe::events(
        &client,
        &ClusterId::new("orders"),
        &[InstanceId::new("orders-1")],
        "2026-05-15T06:00:00.5Z".parse().unwrap(),
    )
    .await
    .unwrap();
    let told: Vec<String> = events
        .iter()
        .map(|event| format!("{} {} {}", event.at, event.source, event.message))
        .collect();
    assert_eq!(
        told,
        [
            "2026-05-15T06:03:59.5Z orders-1 DB instance restarted",
            "2026-05-15T06:04:00Z orders Completed failover to DB instance: orders-2",
        ]
    );
    let mut requests = wire.requests();
    requests.sort();
    assert_eq!(
        requests,
        [
            "Action=DescribeEvents SourceIdentifier=orders SourceType=db-cluster StartTime=2026-05-15T06:00:00Z",
            "Action=DescribeEvents SourceIdentifier=orders-1 SourceType=db-instance StartTime=2026-05-15T06:00:00Z",
        ]
    );
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn the_caller_is_who_sts_says() {
    let wire = Wire::new(|_, _| {
        success(
            "GetCallerIdentity",
            "<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/ops</Arn>",
        )
    });
    let client = wire.client().await;
    let caller = observe::caller(&client).await.unwrap();
    assert_eq!(caller.account.as_str(), "111111111111");
    assert_eq!(client.now().unwrap().to_string(), "2026-05-15T06:05:00Z");
    assert_eq!(client.credentials_expiry().await.unwrap(), None);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn sixteen_requests_are_under_way_at_once_and_no_timeout_fires_in_virtual_time() {
    let hour = Duration::from_secs(3600);
    let wire =
        Wire::new(|_, _| success("DescribeDBClusterSnapshots", "<DBClusterSnapshots/>")).slow(hour);
    let client = wire.client().await;
    let began = tokio::time::Instant::now();
    let snapshots: Vec<SnapshotId> = (0..40).map(|n| SnapshotId::new(format!("s{n}"))).collect();
    let reads = snapshots
        .iter()
        .map(|snapshot| observe::snapshot(&client, snapshot));
    futures::future::try_join_all(reads).await.unwrap();
    assert_eq!(wire.requests().len(), 40);
    assert_eq!(wire.under_way_max(), 16);
    assert_eq!(began.elapsed().as_secs() / 3600, 3);
}
