//! The events of a cluster's life, in order.

use super::support::{World, pass};

/// What is done, and how many seconds are waited then.
const LIFE: &[(&str, u64)] = &[
    (
        "Action=CreateDBCluster&DBClusterIdentifier=life&Engine=aurora-postgresql&EngineVersion=15.12&MasterUsername=m&MasterUserPassword=secret-word",
        60,
    ),
    (
        "Action=CreateDBInstance&DBInstanceIdentifier=one&DBInstanceClass=db.r6g.large&Engine=aurora-postgresql&DBClusterIdentifier=life",
        420,
    ),
    (
        "Action=CreateDBInstance&DBInstanceIdentifier=two&DBInstanceClass=db.r6g.large&Engine=aurora-postgresql&DBClusterIdentifier=life",
        420,
    ),
    (
        "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName=tuned&Parameters.Parameter.1.ParameterName=work_mem&Parameters.Parameter.1.ParameterValue=8192&Parameters.Parameter.1.ApplyMethod=immediate",
        1,
    ),
    ("Action=RebootDBInstance&DBInstanceIdentifier=two", 60),
    (
        "Action=CreateDBClusterSnapshot&DBClusterIdentifier=life&DBClusterSnapshotIdentifier=s",
        300,
    ),
    ("Action=FailoverDBCluster&DBClusterIdentifier=life", 60),
    (
        "Action=ModifyDBInstance&DBInstanceIdentifier=one&DBInstanceClass=db.r6g.xlarge&ApplyImmediately=true",
        500,
    ),
    (
        "Action=ModifyDBCluster&DBClusterIdentifier=life&MasterUserPassword=another-word",
        60,
    ),
    (
        "Action=ModifyDBInstance&DBInstanceIdentifier=one&MonitoringInterval=60&MonitoringRoleArn=arn:aws:iam::1:role/m&ApplyImmediately=true",
        120,
    ),
    (
        "Action=CreateDBParameterGroup&DBParameterGroupName=own&DBParameterGroupFamily=aurora-postgresql15&Description=d",
        1,
    ),
    (
        "Action=ModifyDBInstance&DBInstanceIdentifier=two&DBParameterGroupName=own",
        60,
    ),
    (
        "Action=ModifyDBInstance&DBInstanceIdentifier=two&DBParameterGroupName=default.aurora-postgresql15",
        60,
    ),
    (
        "Action=ModifyDBCluster&DBClusterIdentifier=life&EngineVersion=15.13&ApplyImmediately=true",
        400,
    ),
    (
        "Action=ModifyDBCluster&DBClusterIdentifier=life&EngineVersion=16.9&AllowMajorVersionUpgrade=true&ApplyImmediately=true",
        1300,
    ),
    (
        "Action=ModifyDBCluster&DBClusterIdentifier=life&NewDBClusterIdentifier=renamed&ApplyImmediately=true",
        60,
    ),
    ("Action=StopDBCluster&DBClusterIdentifier=renamed", 400),
    ("Action=StartDBCluster&DBClusterIdentifier=renamed", 700),
    (
        "Action=DeleteDBInstance&DBInstanceIdentifier=one&SkipFinalSnapshot=true",
        300,
    ),
    (
        "Action=DeleteDBInstance&DBInstanceIdentifier=two&SkipFinalSnapshot=true",
        300,
    ),
    (
        "Action=DeleteDBCluster&DBClusterIdentifier=renamed&SkipFinalSnapshot=true",
        100,
    ),
];

#[tokio::test(start_paused = true)]
async fn the_events_of_a_clusters_life_come_in_order() {
    let world = World::steady();
    let mut told: Vec<String> = Vec::new();
    for (request, seconds) in LIFE {
        assert_eq!(world.raw(request).await, "200", "{request}");
        pass(*seconds).await;
        let action = request.split(['=', '&']).nth(1).unwrap();
        told.push(format!("{action}:"));
        let known = told.iter().filter(|line| line.starts_with(' ')).count();
        for event in world.events().into_iter().skip(known) {
            let (_, event) = event.split_once("RDS-EVENT-").unwrap();
            told.push(format!("  {event}"));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    CreateDBCluster:
      0170 life: DB cluster created
    CreateDBInstance:
      0005 one: DB instance created
    CreateDBInstance:
      0005 two: DB instance created
    ModifyDBClusterParameterGroup:
      0037 tuned: Updated parameter work_mem to 8192 with apply method immediate
    RebootDBInstance:
      0004 two: DB instance shutdown
      0006 two: DB instance restarted
    CreateDBClusterSnapshot:
      0074 s: Creating manual cluster snapshot
      0075 s: Manual cluster snapshot created
    FailoverDBCluster:
      0073 life: Started cross AZ failover to DB instance: two
      0004 one: DB instance shutdown
      0006 one: DB instance restarted
      0071 life: Completed failover to DB instance: two
    ModifyDBInstance:
      0012 one: Applying modification to database instance class
      0004 one: DB instance shutdown
      0006 one: DB instance restarted
      0014 one: Finished applying modification to DB instance class
    ModifyDBCluster:
      0016 two: Reset master credentials
    ModifyDBInstance:
      0078 one: Monitoring Interval changed to 60
    CreateDBParameterGroup:
    ModifyDBInstance:
      0011 two: Updated to use DBParameterGroup own
    ModifyDBInstance:
      0011 two: Updated to use DBParameterGroup default.aurora-postgresql15
    ModifyDBCluster:
      0286 life: Database cluster engine version upgrade started: 15.13
      0004 one: DB instance shutdown
      0004 two: DB instance shutdown
      0006 one: DB instance restarted
      0006 two: DB instance restarted
      0173 life: Database cluster engine minor version has been upgraded
    ModifyDBCluster:
      0286 life: Database cluster engine version upgrade started: 16.9
      0004 one: DB instance shutdown
      0004 two: DB instance shutdown
      0006 one: DB instance restarted
      0006 two: DB instance restarted
      0176 life: Database cluster engine major version has been upgraded
    ModifyDBCluster:
      0172 renamed: Renamed cluster from life to renamed
    StopDBCluster:
      0004 one: DB instance shutdown
      0004 two: DB instance shutdown
      0087 one: DB instance stopped
      0087 two: DB instance stopped
      0150 renamed: DB cluster stopped
    StartDBCluster:
      0006 one: DB instance restarted
      0006 two: DB instance restarted
      0088 one: DB instance started
      0088 two: DB instance started
      0151 renamed: DB cluster started
    DeleteDBInstance:
      0004 one: DB instance shutdown
      0003 one: DB instance deleted
    DeleteDBInstance:
      0004 two: DB instance shutdown
      0003 two: DB instance deleted
    DeleteDBCluster:
      0171 renamed: DB cluster deleted
    ");
}

#[tokio::test(start_paused = true)]
async fn events_are_told_for_an_hour_unless_asked_and_for_fourteen_days_at_most() {
    let world = World::steady();
    let reboot = "Action=RebootDBInstance&DBInstanceIdentifier=orders-2";
    world.raw(reboot).await;
    pass(3000).await;
    let count = async |duration: Option<i32>| {
        let answer = world.rds.describe_events().set_duration(duration).send();
        answer.await.unwrap().events().len()
    };
    assert_eq!(count(None).await, 2);
    pass(3600).await;
    assert_eq!((count(None).await, count(Some(120)).await), (0, 2));
    let ask = |more: &str| format!("Action=DescribeEvents&{more}");
    assert_eq!(world.raw(&ask("Duration=20160")).await, "200");
    for refused in [
        "Duration=20161",
        "StartTime=2026-04-01T00:00:00Z",
        "SourceIdentifier=orders",
    ] {
        let answer = world.raw(&ask(refused)).await;
        assert!(
            answer.starts_with("InvalidParameter"),
            "{refused}: {answer}"
        );
    }
}
