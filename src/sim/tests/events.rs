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

#[tokio::test(start_paused = true)]
async fn a_switchover_tells_of_each_cluster_and_member() {
    let text = super::support::STEADY.replace(
        "identifier = \"orders\"\n",
        "identifier = \"orders\"\nparameter_group = \"blue\"\n",
    );
    let world = World::new(&format!(
        "{text}\n[[parameter_group]]\nname = \"blue\"\nfamily = \"aurora-postgresql16\"\n\
         parameters = {{ \"rds.logical_replication\" = 1 }}\n"
    ));
    let create = "Action=CreateBlueGreenDeployment&BlueGreenDeploymentName=next&TargetEngineVersion=16.8\
                  &Source=arn:aws:rds:us-east-1:123456789012:cluster:orders";
    assert_eq!(world.raw(create).await, "200");
    pass(1001).await;
    let known = world.events().len();
    let deployments = world
        .rds
        .describe_blue_green_deployments()
        .send()
        .await
        .unwrap();
    let identifier = deployments.blue_green_deployments()[0]
        .blue_green_deployment_identifier()
        .unwrap();
    // What lasts 40 s is cancelled after 30, and ends the second time.
    for timeout in [30, 300] {
        let switch = format!(
            "Action=SwitchoverBlueGreenDeployment&BlueGreenDeploymentIdentifier={identifier}&SwitchoverTimeout={timeout}"
        );
        assert_eq!(world.raw(&switch).await, "200");
        pass(60).await;
    }
    let suffix = regex::Regex::new("-green-[a-z0-9]{6}").unwrap();
    let told: Vec<String> = world
        .events()
        .into_iter()
        .skip(known)
        .filter_map(|event| {
            let (_, event) = event.split_once("RDS-EVENT-")?;
            let (id, message) = event.split_once(&format!(" {identifier}: "))?;
            Some(format!("{id} {}", suffix.replace_all(message, "-green")))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    0247 Switchover from orders to orders-green started.
    0259 Switchover from DB cluster orders to orders-green started.
    0250 Switchover from primary orders-1 to orders-1-green started.
    0250 Switchover from read replica orders-2 to orders-2-green started.
    0261 Switchover from DB cluster orders to orders-green was canceled: it did not complete within the timeout.
    0252 Switchover from primary orders-1 to orders-1-green was canceled: it did not complete within the timeout.
    0252 Switchover from read replica orders-2 to orders-2-green was canceled: it did not complete within the timeout.
    0249 Switchover was cancelled: it did not complete within the timeout.
    0247 Switchover from orders to orders-green started.
    0259 Switchover from DB cluster orders to orders-green started.
    0250 Switchover from primary orders-1 to orders-1-green started.
    0250 Switchover from read replica orders-2 to orders-2-green started.
    0260 Switchover from DB cluster orders to orders-green completed. Renamed orders to orders-old1 and orders-green to orders.
    0251 Switchover from primary orders-1 to orders-1-green completed. Renamed orders-1 to orders-1-old1 and orders-1-green to orders-1.
    0251 Switchover from read replica orders-2 to orders-2-green completed. Renamed orders-2 to orders-2-old1 and orders-2-green to orders-2.
    0248 Switchover of the blue/green deployment completed.
    ");
}
