//! Requests to the simulator: whatever is asked, in whatever order and at whatever time, it answers, and the world holds.
//!
//! The input is lines. `+N` lets N seconds pass, `@KEY/REGION` changes the caller, `?FORM` is sent in the address; any other
//! line is the body of a request, to RDS unless it names a `Version`.

use super::replies;
use super::scene;
use auroractl::aws::{observe, survey};
use auroractl::desired::Desired;
use auroractl::sim::Simulator;
use auroractl::sim::connector::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpClient};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use quick_xml::events::Event;
use serde_json::Value;
use std::time::Duration;

/// More requests than this say nothing new.
const REQUESTS_MAX: usize = 40;
/// A century: clocks end, and the world does not get there by waiting.
const SECONDS_MAX: u64 = 100 * 366 * 24 * 60 * 60;

/// What fuzzing begins with: one of each kind of operation, and a rollout by hand.
pub fn seeds() -> Vec<Vec<u8>> {
    const CLUSTER: &str = "alpha001-prod-auroracluster";
    const WRITER: &str = "alpha001-prod-auroraclusterwriter";
    const READER: &str = "alpha001-prod-auroraclusterreader1";
    let rollout = format!(
        "Action=CreateDBClusterSnapshot&DBClusterIdentifier={CLUSTER}&DBClusterSnapshotIdentifier=s\n+400\nAction=CreateDBClusterParameterGroup&DBClusterParameterGroupName=g&DBParameterGroupFamily=aurora-postgresql16&Description=d\nAction=ModifyDBClusterParameterGroup&DBClusterParameterGroupName=g&Parameters.Parameter.1.ParameterName=max_connections&Parameters.Parameter.1.ParameterValue=500&Parameters.Parameter.1.ApplyMethod=pending-reboot\nAction=ModifyDBCluster&DBClusterIdentifier={CLUSTER}&DBClusterParameterGroupName=g&ApplyImmediately=true\n+90\nAction=ModifyDBInstance&DBInstanceIdentifier={READER}&DBInstanceClass=db.r7g.large&ApplyImmediately=false\nAction=ModifyDBInstance&DBInstanceIdentifier={READER}&ApplyImmediately=true\n+60\n+600\nAction=FailoverDBCluster&DBClusterIdentifier={CLUSTER}&TargetDBInstanceIdentifier={READER}\n+15\n+300\nAction=RebootDBInstance&DBInstanceIdentifier={WRITER}\n+70\nAction=DescribeEvents&Duration=60"
    );
    let life = "@SIMULATED111111111111/eu-west-1\nAction=CreateDBCluster&DBClusterIdentifier=c&Engine=aurora-postgresql&MasterUsername=u&MasterUserPassword=longenough\n+100\nAction=CreateDBInstance&DBInstanceIdentifier=i&DBClusterIdentifier=c&Engine=aurora-postgresql&DBInstanceClass=db.r6g.large\n+1000\nAction=ModifyDBInstance&DBInstanceIdentifier=i&NewDBInstanceIdentifier=j&ApplyImmediately=true&PromotionTier=0\n+100\nAction=ModifyDBCluster&DBClusterIdentifier=c&NewDBClusterIdentifier=d&ApplyImmediately=true\n+100\nAction=DeleteDBInstance&DBInstanceIdentifier=j\n+500\nAction=DeleteDBCluster&DBClusterIdentifier=d&FinalDBSnapshotIdentifier=f\n+2000\nAction=RestoreDBClusterFromSnapshot&DBClusterIdentifier=e&SnapshotIdentifier=f&Engine=aurora-postgresql\n+1000";
    let reading = format!(
        "Action=GetCallerIdentity&Version=2011-06-15\nAction=DescribeDBClusters&MaxRecords=20\nAction=DescribeDBInstances&Filters.Filter.1.Name=db-cluster-id&Filters.Filter.1.Values.Value.1={CLUSTER}\nAction=DescribeDBClusterParameters&DBClusterParameterGroupName=default.aurora-postgresql16&Source=system&MaxRecords=20&Marker=20\nAction=DescribeOrderableDBInstanceOptions&Engine=aurora-postgresql&EngineVersion=16.6\nAction=DescribeDBEngineVersions&Engine=aurora-postgresql&DefaultOnly=true\nAction=DescribePendingMaintenanceActions\n?Action=DescribeDBClusterSnapshots&Version=2014-10-31&IncludePublic=true\nAction=ListTagsForResource&ResourceName=arn%3Aaws%3Ards%3Aus-east-1%3A111111111111%3Acluster%3A{CLUSTER}"
    );
    let upgrade = format!(
        "Action=ModifyDBCluster&DBClusterIdentifier={CLUSTER}&EngineVersion=17.4&AllowMajorVersionUpgrade=true&ApplyImmediately=false\n+604800\n+2000\nAction=AddTagsToResource&ResourceName=arn:aws:rds:us-east-1:111111111111:cluster:{CLUSTER}&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v\nAction=CopyDBClusterParameterGroup&SourceDBClusterParameterGroupIdentifier=default.aurora-postgresql16&TargetDBClusterParameterGroupIdentifier=t&TargetDBClusterParameterGroupDescription=d\nAction=ResetDBClusterParameterGroup&DBClusterParameterGroupName=t&ResetAllParameters=true\nAction=DeleteDBClusterParameterGroup&DBClusterParameterGroupName=t"
    );
    [rollout.as_str(), life, &reading, &upgrade]
        .map(Vec::from)
        .to_vec()
}

/// Sends the requests, then looks at the world as a client, as a reader of its file, and as a planner.
pub fn run(data: &[u8]) {
    scene::runtime().block_on(async {
        let simulator = scene::simulator();
        send_all(&simulator, data).await;
        holds(&simulator).await;
    });
}

/// Sends what the lines say.
pub async fn send_all(simulator: &Simulator, data: &[u8]) {
    let connector = simulator.connector();
    let mut caller = "SIMULATED111111111111/us-east-1".to_owned();
    for line in data.split(|byte| *byte == b'\n').take(REQUESTS_MAX) {
        match line {
            [b'+', seconds @ ..] => {
                let seconds: u64 = String::from_utf8_lossy(seconds).trim().parse().unwrap_or(0);
                tokio::time::advance(Duration::from_secs(seconds.min(SECONDS_MAX))).await;
            }
            [b'@', text @ ..] => caller = String::from_utf8_lossy(text).into_owned(),
            [b'?', form @ ..] => {
                let form = String::from_utf8_lossy(form);
                send(&connector, &caller, Some(&form), b"").await;
            }
            [] => {}
            body => send(&connector, &caller, None, body).await,
        }
    }
}

async fn send(connector: &Connector, caller: &str, query: Option<&str>, body: &[u8]) {
    let versioned = body.windows(8).any(|part| part == b"Version=");
    let mut bytes = body.to_vec();
    if !versioned && query.is_none() {
        bytes.extend_from_slice(b"&Version=2014-10-31");
    }
    let mut request = HttpRequest::new(SdkBody::from(bytes));
    let address = match query {
        Some(query) => format!("http://simulated/?{query}"),
        None => "http://simulated/".to_owned(),
    };
    let (key, region) = caller.split_once('/').unwrap_or((caller, "us-east-1"));
    let credential = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260515/{region}/rds/aws4_request, Signature=0"
    );
    // What is no address or no header never leaves a client.
    if request.set_uri(address).is_err()
        || request
            .headers_mut()
            .try_insert("authorization", credential)
            .is_err()
    {
        return;
    }
    let answer = tokio::time::timeout(Duration::from_secs(3600), connector.call(request)).await;
    // A declared fault may hold a request, or close the connection.
    let Ok(Ok(answer)) = answer else { return };
    let status = answer.status().as_u16();
    assert!(
        status == 200 || (400..=503).contains(&status),
        "status {status}"
    );
    let text = answer.body().bytes().unwrap_or_default();
    let text = std::str::from_utf8(text).expect("an answer is UTF-8");
    well_formed(text);
}

fn well_formed(text: &str) {
    // The Char production of XML 1.0; NUL and its neighbours cannot even be escaped.
    let allowed = |letter: char| {
        matches!(letter, '\t' | '\n' | '\r')
            || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
    };
    assert!(text.chars().all(allowed), "not the text of XML: {text:?}");
    let mut reader = quick_xml::Reader::from_str(text);
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => depth += 1,
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("not XML: {error}: {text}"),
        }
    }
    assert_eq!(depth, 0, "not all closed: {text}");
}

/// What must be true of any world.
pub async fn holds(simulator: &Simulator) {
    let saved = simulator.save();
    consistent(&saved);
    let again = Simulator::from_saved(&saved, scene::OPTIONS).expect("a saved world can be read");
    assert_eq!(again.save(), saved, "a world changes when it is saved");
    if has_faults(&saved) {
        // They stand in the way of what follows, and are meant to.
        return;
    }
    // The cluster of the seeds; the others would only take time.
    let prod = |desired: &&Desired| desired.partition.as_str() == "prod";
    for desired in scene::DESIRED.iter().filter(prod) {
        let profile = desired.aws.profile.as_ref().map(|profile| profile.as_str());
        let wire = SharedHttpClient::new(simulator.connector());
        let client = scene::client(simulator, wire, profile).await;
        observe::caller(&client)
            .await
            .expect("the caller can be read");
        let cluster = std::slice::from_ref(&desired.cluster.identifier);
        survey::survey(&client, cluster)
            .await
            .expect("the clusters can be read");
        replies::look(&client, desired).await;
    }
}

fn has_faults(saved: &str) -> bool {
    let world: Value = serde_json::from_str(saved).expect("a saved world is JSON");
    world["world"]["faults"]["list"]
        .as_array()
        .is_some_and(|faults| !faults.is_empty())
}

/// The places of a saved world: members and clusters name each other, and nobody writes beside the writer.
fn consistent(saved: &str) {
    let world: Value = serde_json::from_str(saved).expect("a saved world is JSON");
    let places = world["world"]["places"].as_object().expect("places");
    for place in places.values() {
        let clusters = place["clusters"].as_object().expect("clusters");
        let instances = place["instances"].as_object().expect("instances");
        for (name, cluster) in clusters {
            let members = cluster["members"].as_array().expect("members");
            let mut writers = 0;
            for member in members {
                let member = member.as_str().expect("a name");
                let instance = instances.get(member).unwrap_or_else(|| {
                    panic!("{name} has the member {member}, which is not there")
                });
                assert_eq!(instance["cluster"], name.as_str(), "{member} is elsewhere");
                writers += usize::from(instance["writer"] == true);
            }
            assert!(writers <= 1, "{name} has {writers} writers");
            assert!(
                writers == 1 || members.is_empty(),
                "{name} has members and no writer"
            );
        }
        for (name, instance) in instances {
            let cluster = instance["cluster"].as_str().expect("a name");
            let of = clusters
                .get(cluster)
                .unwrap_or_else(|| panic!("{name} is of {cluster}, which is not there"));
            let members = of["members"].as_array().expect("members");
            assert!(
                members.iter().any(|member| member == name.as_str()),
                "{cluster} does not know {name}"
            );
        }
    }
}
