//! The error codes and statuses that operations answer with, each raised once. Faults that a world file declares and
//! CloudFormation have tests of their own.

use std::collections::BTreeSet;
use std::path::Path;

use super::support::{World, pass};

const GROUP: &str = "DBParameterGroupFamily=aurora-postgresql16&Description=d";
const CREATE: &str = "Action=CreateDBCluster&Engine=aurora-postgresql&MasterUsername=m&MasterUserPassword=secret-word";
const SUBNETS: &str =
    "DBSubnetGroupDescription=d&SubnetIds.SubnetIdentifier.1=a&SubnetIds.SubnetIdentifier.2=b";
const SNAPSHOT: &str =
    "Action=CreateDBClusterSnapshot&DBClusterIdentifier=orders&DBClusterSnapshotIdentifier";
const ENDPOINT: &str = "Action=CreateDBClusterEndpoint&DBClusterIdentifier=orders&EndpointType=ANY&DBClusterEndpointIdentifier";
const ROLE: &str = "Action=AddRoleToDBCluster&DBClusterIdentifier=orders&RoleArn=arn:aws:iam::1:role/r&FeatureName";
const BLUE: &str = "Action=CreateBlueGreenDeployment&Source=arn:aws:rds:us-east-1:123456789012";

/// `CODE STATUS`, what leads there, and the request that gets it. `{}` in a line counts from 1 to the number before it;
/// a number alone lets so many seconds pass.
const CASES: &[(&str, &[&str], &str)] = &[
    ("InvalidAction 400", &[], "Action=Frobnicate"),
    ("MissingAction 400", &[], "DBClusterIdentifier=orders"),
    ("MissingParameter 400", &[], "Action=StopDBCluster"),
    (
        "MalformedInput 400",
        &[],
        "Action=DescribeDBClusters&MaxRecords=many",
    ),
    (
        "InvalidParameterValue 400",
        &[],
        "Action=DescribeDBClusters&MaxRecords=5",
    ),
    (
        "InvalidParameterCombination 400",
        &[],
        "Action=RebootDBInstance&DBInstanceIdentifier=orders-2&ForceFailover=true",
    ),
    (
        "DBClusterNotFoundFault 404",
        &[],
        "Action=DescribeDBClusters&DBClusterIdentifier=x",
    ),
    (
        "DBInstanceNotFound 404",
        &[],
        "Action=DescribeDBInstances&DBInstanceIdentifier=x",
    ),
    (
        "DBClusterSnapshotNotFoundFault 404",
        &[],
        "Action=DeleteDBClusterSnapshot&DBClusterSnapshotIdentifier=x",
    ),
    (
        "DBSnapshotNotFound 404",
        &[],
        "Action=DescribeDBSnapshots&DBSnapshotIdentifier=x",
    ),
    (
        "DBClusterAutomatedBackupNotFoundFault 404",
        &[],
        "Action=DescribeDBClusterAutomatedBackups&DBClusterIdentifier=x",
    ),
    (
        "DBParameterGroupNotFound 404",
        &[],
        "Action=DescribeDBClusterParameters&DBClusterParameterGroupName=x",
    ),
    (
        "DBClusterParameterGroupNotFound 404",
        &[],
        "Action=ModifyDBCluster&DBClusterIdentifier=orders&DBClusterParameterGroupName=x",
    ),
    (
        "DBClusterEndpointNotFoundFault 400",
        &[],
        "Action=DeleteDBClusterEndpoint&DBClusterEndpointIdentifier=x",
    ),
    (
        "DBClusterRoleNotFound 404",
        &[],
        "Action=RemoveRoleFromDBCluster&DBClusterIdentifier=orders&RoleArn=r&FeatureName=Lambda",
    ),
    (
        "DBSubnetGroupNotFoundFault 404",
        &[],
        "Action=DescribeDBSubnetGroups&DBSubnetGroupName=x",
    ),
    (
        "GlobalClusterNotFoundFault 404",
        &[],
        "Action=DescribeGlobalClusters&GlobalClusterIdentifier=x",
    ),
    (
        "BlueGreenDeploymentNotFoundFault 404",
        &[],
        "Action=DescribeBlueGreenDeployments&BlueGreenDeploymentIdentifier=x",
    ),
    (
        "CertificateNotFound 404",
        &[],
        "Action=DescribeCertificates&CertificateIdentifier=x",
    ),
    (
        "ResourceNotFoundFault 404",
        &[],
        "Action=DescribePendingMaintenanceActions&ResourceIdentifier=x",
    ),
    (
        "DBClusterAlreadyExistsFault 400",
        &[],
        "{CREATE}&DBClusterIdentifier=orders",
    ),
    (
        "DBInstanceAlreadyExists 400",
        &[],
        "Action=CreateDBInstance&DBInstanceIdentifier=orders-1&DBInstanceClass=db.t3.medium&Engine=aurora-postgresql&DBClusterIdentifier=orders",
    ),
    (
        "DBParameterGroupAlreadyExists 400",
        &[],
        "Action=CreateDBClusterParameterGroup&DBClusterParameterGroupName=tuned&{GROUP}",
    ),
    (
        "DBClusterSnapshotAlreadyExistsFault 400",
        &["{SNAPSHOT}=s"],
        "{SNAPSHOT}=s",
    ),
    (
        "DBClusterEndpointAlreadyExistsFault 400",
        &["{ENDPOINT}=e"],
        "{ENDPOINT}=e",
    ),
    (
        "DBClusterRoleAlreadyExists 400",
        &["{ROLE}=Lambda"],
        "{ROLE}=Lambda",
    ),
    (
        "DBSubnetGroupAlreadyExists 400",
        &["Action=CreateDBSubnetGroup&DBSubnetGroupName=s&{SUBNETS}"],
        "Action=CreateDBSubnetGroup&DBSubnetGroupName=s&{SUBNETS}",
    ),
    (
        "DBSubnetGroupDoesNotCoverEnoughAZs 400",
        &[],
        "Action=CreateDBSubnetGroup&DBSubnetGroupName=s&DBSubnetGroupDescription=d&SubnetIds.member.1=a",
    ),
    (
        "InvalidDBSubnetGroupStateFault 400",
        &[
            "Action=CreateDBSubnetGroup&DBSubnetGroupName=s&{SUBNETS}",
            "{CREATE}&DBClusterIdentifier=c&DBSubnetGroupName=s",
        ],
        "Action=DeleteDBSubnetGroup&DBSubnetGroupName=s",
    ),
    (
        "InvalidDBClusterStateFault 400",
        &[],
        "Action=StartDBCluster&DBClusterIdentifier=orders",
    ),
    (
        "InvalidDBInstanceState 400",
        &["Action=RebootDBInstance&DBInstanceIdentifier=orders-2"],
        "Action=RebootDBInstance&DBInstanceIdentifier=orders-2",
    ),
    (
        "InvalidDBClusterSnapshotStateFault 400",
        &["{SNAPSHOT}=s"],
        "Action=DeleteDBClusterSnapshot&DBClusterSnapshotIdentifier=s",
    ),
    (
        "InvalidDBParameterGroupState 400",
        &[],
        "Action=DeleteDBClusterParameterGroup&DBClusterParameterGroupName=default.aurora-postgresql16",
    ),
    (
        "InvalidDBClusterEndpointStateFault 400",
        &["{ENDPOINT}=e"],
        "Action=DeleteDBClusterEndpoint&DBClusterEndpointIdentifier=e",
    ),
    (
        "InvalidBlueGreenDeploymentStateFault 400",
        &[
            "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName=tuned&Parameters.Parameter.1.ParameterName=rds.logical_replication&Parameters.Parameter.1.ParameterValue=1&Parameters.Parameter.1.ApplyMethod=pending-reboot",
            "Action=ModifyDBCluster&DBClusterIdentifier=orders&DBClusterParameterGroupName=tuned",
            "60",
            "Action=RebootDBInstance&DBInstanceIdentifier=orders-1",
            "60",
            "{BLUE}:cluster:orders&BlueGreenDeploymentName=b",
        ],
        "{DELETE}",
    ),
    (
        "BlueGreenDeploymentAlreadyExistsFault 400",
        &[
            "Action=ModifyDBClusterParameterGroup&DBClusterParameterGroupName=tuned&Parameters.Parameter.1.ParameterName=rds.logical_replication&Parameters.Parameter.1.ParameterValue=1&Parameters.Parameter.1.ApplyMethod=pending-reboot",
            "Action=ModifyDBCluster&DBClusterIdentifier=orders&DBClusterParameterGroupName=tuned",
            "60",
            "Action=RebootDBInstance&DBInstanceIdentifier=orders-1",
            "60",
            "{BLUE}:cluster:orders&BlueGreenDeploymentName=b",
        ],
        "{BLUE}:cluster:orders&BlueGreenDeploymentName=b",
    ),
    (
        "SourceClusterNotSupportedFault 400",
        &[],
        "{BLUE}:cluster:orders&BlueGreenDeploymentName=b",
    ),
    (
        "SourceDatabaseNotSupportedFault 400",
        &[],
        "{BLUE}:db:orders-1&BlueGreenDeploymentName=b",
    ),
    (
        "InvalidRestoreFault 400",
        &[],
        "Action=RestoreDBClusterToPointInTime&DBClusterIdentifier=b&SourceDBClusterIdentifier=orders&RestoreToTime=2020-01-01T00:00:00Z",
    ),
    (
        "SharedSnapshotQuotaExceeded 400",
        &["{SNAPSHOT}=s", "300"],
        "{SHARE}",
    ),
    (
        "DBClusterQuotaExceededFault 403",
        &["39 {CREATE}&DBClusterIdentifier=c{}"],
        "{CREATE}&DBClusterIdentifier=c40",
    ),
    (
        "InstanceQuotaExceeded 400",
        &[
            "14 Action=CreateDBInstance&DBInstanceIdentifier=i{}&DBInstanceClass=db.t3.medium&Engine=aurora-postgresql&DBClusterIdentifier=orders",
        ],
        "Action=CreateDBInstance&DBInstanceIdentifier=i15&DBInstanceClass=db.t3.medium&Engine=aurora-postgresql&DBClusterIdentifier=orders",
    ),
    (
        "DBParameterGroupQuotaExceeded 400",
        &["49 Action=CreateDBClusterParameterGroup&DBClusterParameterGroupName=g{}&{GROUP}"],
        "Action=CreateDBClusterParameterGroup&DBClusterParameterGroupName=g50&{GROUP}",
    ),
    (
        "SnapshotQuotaExceeded 400",
        &["100 {SNAPSHOT}=s{}"],
        "{SNAPSHOT}=s101",
    ),
    (
        "DBSubnetGroupQuotaExceeded 400",
        &["50 Action=CreateDBSubnetGroup&DBSubnetGroupName=s{}&{SUBNETS}"],
        "Action=CreateDBSubnetGroup&DBSubnetGroupName=s51&{SUBNETS}",
    ),
    (
        "DBSubnetQuotaExceededFault 400",
        &[],
        "Action=CreateDBSubnetGroup&DBSubnetGroupName=s&DBSubnetGroupDescription=d{TWENTY-ONE}",
    ),
    (
        "DBClusterEndpointQuotaExceededFault 403",
        &["5 {ENDPOINT}=e{}"],
        "{ENDPOINT}=e6",
    ),
];

/// A request in full.
fn written(line: &str) -> String {
    let many = |name: &str, count: usize| -> String {
        (1..=count)
            .map(|number| format!("&{name}.member.{number}={number:012}"))
            .collect()
    };
    let share = "Action=ModifyDBClusterSnapshotAttribute&DBClusterSnapshotIdentifier=s&AttributeName=restore";
    line.replace("{CREATE}", CREATE)
        .replace("{GROUP}", GROUP)
        .replace("{SUBNETS}", SUBNETS)
        .replace("{SNAPSHOT}", SNAPSHOT)
        .replace("{ENDPOINT}", ENDPOINT)
        .replace("{ROLE}", ROLE)
        .replace("{BLUE}", BLUE)
        .replace("{TWENTY-ONE}", &many("SubnetIds", 21))
        .replace("{SHARE}", &format!("{share}{}", many("ValuesToAdd", 21)))
}

/// The request that deletes the only deployment.
fn deletion(world: &World) -> String {
    let state = world.simulator.state();
    let mut deployments = state
        .world
        .places
        .values()
        .flat_map(|place| place.deployments.keys());
    let identifier = deployments.next().cloned().unwrap_or_default();
    format!("Action=DeleteBlueGreenDeployment&BlueGreenDeploymentIdentifier={identifier}")
}

#[tokio::test(start_paused = true)]
async fn each_code_has_its_status() {
    for (expected, before, request) in CASES {
        let world = World::steady();
        for line in *before {
            let (count, line) = match line.split_once(' ') {
                Some((count, line)) => (count.parse().unwrap(), line),
                None => (1, *line),
            };
            if let Ok(seconds) = line.parse() {
                pass(seconds).await;
                continue;
            }
            for number in 1..=count {
                let line = written(&line.replace("{}", &number.to_string()));
                assert_eq!(world.raw(&line).await, "200", "{expected}: {line}");
            }
        }
        let request = written(request).replace("{DELETE}", &deletion(&world));
        assert_eq!(world.raw(&request).await, *expected, "{request}");
    }
}

#[test]
fn every_code_of_the_simulator_is_among_them() {
    let tried: BTreeSet<String> = CASES.iter().map(|(code, ..)| (*code).to_owned()).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim");
    let mut raised = BTreeSet::new();
    collect(&folder, &["cloudformation"], &mut raised);
    // Only a declared fault leads there; the tests of the faults raise it.
    assert!(raised.remove("InsufficientDBInstanceCapacity 400"));
    let missing: Vec<&String> = raised.difference(&tried).collect();
    assert_eq!(missing, Vec::<&String>::new());
    assert!(raised.len() > 40, "{}", raised.len());
}

/// Every `"CODE", STATUS,` in the sources of a folder; tests, declared faults and these other folders left out.
pub(super) fn collect(folder: &Path, without: &[&str], codes: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let left_out = ["faults", "postgres", "tests"].contains(&name) || without.contains(&name);
        if path.is_dir() && !left_out {
            collect(&path, without, codes);
        }
        if !name.ends_with(".rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let pieces: Vec<&str> = text.split('"').collect();
        for pair in pieces.windows(2) {
            let status = pair[1].trim_start_matches([',', ' ', '\n']);
            let status = status.split(',').next().unwrap();
            let is_status = status.len() == 3 && status.bytes().all(|c| c.is_ascii_digit());
            if is_status && pair[1].starts_with(',') {
                codes.insert(format!("{} {status}", pair[0]));
            }
        }
    }
}

/// The error codes of the RDS API that concern Aurora clusters, as its reference has them. Which ones an operation answers is
/// in the reference's page of that operation.
const REFERENCE: &str = "DBClusterNotFoundFault DBClusterSnapshotNotFoundFault DBInstanceNotFound DBSnapshotNotFound \
    DBClusterParameterGroupNotFound DBParameterGroupNotFound BlueGreenDeploymentNotFoundFault GlobalClusterNotFoundFault \
    OptionGroupNotFoundFault DBSubnetGroupNotFoundFault ResourceNotFoundFault CertificateNotFound DomainNotFoundFault \
    DBClusterAutomatedBackupNotFoundFault ReservedDBInstanceAlreadyExists DBClusterQuotaExceededFault \
    InsufficientDBClusterCapacityFault DBClusterEndpointQuotaExceededFault DBClusterEndpointNotFoundFault \
    DBClusterAlreadyExistsFault DBInstanceAlreadyExists DBParameterGroupAlreadyExists DBClusterSnapshotAlreadyExistsFault \
    DBClusterEndpointAlreadyExistsFault BlueGreenDeploymentAlreadyExistsFault GlobalClusterAlreadyExistsFault \
    InvalidDBClusterStateFault InvalidDBInstanceState InvalidDBClusterSnapshotStateFault InvalidDBSnapshotState \
    InvalidDBParameterGroupState InvalidDBClusterEndpointStateFault InvalidBlueGreenDeploymentStateFault \
    InvalidGlobalClusterStateFault InstanceQuotaExceeded SnapshotQuotaExceeded SharedSnapshotQuotaExceeded \
    StorageQuotaExceeded DBParameterGroupQuotaExceeded GlobalClusterQuotaExceededFault InsufficientDBInstanceCapacity \
    InsufficientStorageClusterCapacity StorageTypeNotSupported StorageTypeNotAvailableFault InvalidRestoreFault \
    PointInTimeRestoreNotEnabled KMSKeyNotAccessibleFault DBUpgradeDependencyFailure DBSubnetGroupDoesNotCoverEnoughAZs \
    InvalidSubnet InvalidVPCNetworkStateFault NetworkTypeNotSupported SourceClusterNotSupportedFault \
    SourceDatabaseNotSupportedFault UnsupportedDBEngineVersion DBInstanceNotReady";

#[test]
fn each_code_of_the_reference_is_answered_or_listed_as_never_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut raised = BTreeSet::new();
    collect(&root.join("src/sim"), &["cloudformation"], &mut raised);
    let answered: BTreeSet<&str> = raised
        .iter()
        .filter_map(|code| code.split(' ').next())
        .collect();
    let page = std::fs::read_to_string(root.join("docs/simulator.md")).unwrap();
    let never: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.split_once("| never answered"))
        .flat_map(|(what, _)| what.split('`').skip(1).step_by(2))
        .collect();
    for code in REFERENCE.split_whitespace() {
        assert!(
            answered.contains(code) != never.contains(code),
            "{code} is either answered or listed as never answered"
        );
    }
}
