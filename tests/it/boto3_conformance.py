"""boto3 against a simulator: every operation of docs/simulator.md at least once. Ends with the word `well`.

Each reply is held against the service model that boto3 ships: every element must be in it, every value of its type; every
error must have a code and a status that the model, or the common errors, know. The clock stands still but for `step`.
Arguments: the page that lists the operations.
"""

import json
import os
import re
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.exceptions import ClientError

REGION = os.environ["AWS_DEFAULT_REGION"]
ARN = f"arn:aws:rds:{REGION}:123456789012"
ENGINE = {"Engine": "aurora-postgresql"}
ADMIN = os.environ["AWS_ENDPOINT_URL"] + "/_simulator/clock"

# Codes that any operation may answer with, and their statuses.
COMMON = {
    "InvalidParameterValue": 400,
    "InvalidParameterCombination": 400,
    "MissingParameter": 400,
    "InvalidAction": 400,
}

called = set()
problems = []


def clock(**change):
    request = urllib.request.Request(ADMIN, json.dumps(change).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def step(seconds):
    clock(step_seconds=seconds)


def tag(element):
    return element.tag.split("}")[-1]


def check(element, shape, where):
    """Whether an element of a reply is as the model has it."""
    if shape.type_name == "structure":
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            if tag(child) not in known:
                problems.append(f"{where}: {tag(child)} is not in the model")
                continue
            check(child, known[tag(child)], f"{where}.{tag(child)}")
        if len({tag(child) for child in element}) != len(element):
            problems.append(f"{where}: an element stands there twice")
    elif shape.type_name == "list":
        name = shape.member.serialization.get("name", "member")
        for child in element:
            if tag(child) != name:
                problems.append(f"{where}: an entry is {tag(child)} instead of {name}")
            check(child, shape.member, f"{where}[]")
    else:
        text = element.text or ""
        form = {
            "boolean": r"true|false",
            "integer": r"-?\d+",
            "long": r"-?\d+",
            "double": r"-?\d+(\.\d+)?",
            "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
        }.get(shape.type_name, r"(?s).*")
        if not re.fullmatch(form, text):
            problems.append(f"{where}: {text!r} is no {shape.type_name}")


def look(http_response, parsed, model, **_):
    called.add(model.name)
    root = ElementTree.fromstring(http_response.content)
    if http_response.status_code >= 300:
        code = parsed["Error"]["Code"]
        statuses = dict(COMMON)
        for shape in model.error_shapes:
            error = shape.metadata.get("error", {})
            statuses[error.get("code", shape.name)] = error.get("httpStatusCode")
        if statuses.get(code) != http_response.status_code:
            problems.append(f"{model.name}: {code} with {http_response.status_code}, the model has {statuses.get(code)}")
        if not parsed["Error"].get("Message") or not parsed["ResponseMetadata"].get("RequestId"):
            problems.append(f"{model.name}: an error without text or request id: {parsed}")
        return
    if tag(root) != f"{model.name}Response":
        problems.append(f"{model.name}: the reply is a {tag(root)}")
    results = [child for child in root if tag(child) == f"{model.name}Result"]
    if model.output_shape is None:
        if results:
            problems.append(f"{model.name}: the model has no result")
    else:
        check(results[0], model.output_shape, model.name)


rds, sts = boto3.client("rds"), boto3.client("sts")
for client in (rds, sts):
    client.meta.events.register("after-call.*.*", look)


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"{code} was expected")


def wait(name, **arguments):
    """A waiter with its own idea of the end; half a minute passes with each of its looks, as by its default."""
    clock(seconds_per_request=30)
    rds.get_waiter(name).wait(**arguments, WaiterConfig={"Delay": 0, "MaxAttempts": 60})
    clock(seconds_per_request=0)


def status(name="orders"):
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
    return cluster["Status"]


# --- the check itself: a made-up reply with an unknown element, a wrong entry and a wrong number
made_up = "<R><Statuss>x</Statuss><DBClusterEndpoints><entry/></DBClusterEndpoints></R>"
check(
    ElementTree.fromstring(made_up),
    rds.meta.service_model.operation_model("DescribeDBClusterEndpoints").output_shape,
    "made up",
)
wrong = "<R><DBInstance><PromotionTier>first</PromotionTier></DBInstance></R>"
check(
    ElementTree.fromstring(wrong),
    rds.meta.service_model.operation_model("DeleteDBInstance").output_shape,
    "made up",
)
assert len(problems) == 3, problems
problems.clear()

# --- what there is to choose from
assert sts.get_caller_identity()["Account"] == "123456789012"
quotas = {quota["AccountQuotaName"]: quota for quota in rds.describe_account_attributes()["AccountQuotas"]}
assert quotas["DBClusters"]["Max"] == 40
assert rds.describe_certificates()["DefaultCertificateForNewLaunches"] == "rds-ca-rsa2048-g1"
refused("CertificateNotFound", rds.describe_certificates, CertificateIdentifier="rds-ca-2015")
assert rds.describe_event_categories(SourceType="db-cluster")["EventCategoriesMapList"]
(version,) = rds.describe_db_engine_versions(**ENGINE, EngineVersion="16.6")["DBEngineVersions"]
assert "17.4" in [target["EngineVersion"] for target in version["ValidUpgradeTarget"]]
options = rds.get_paginator("describe_orderable_db_instance_options").paginate(**ENGINE, EngineVersion="16.6")
assert "db.r7g.large" in [option["DBInstanceClass"] for page in options for option in page["OrderableDBInstanceOptions"]]
assert rds.describe_global_clusters()["GlobalClusters"] == []
refused("GlobalClusterNotFoundFault", rds.describe_global_clusters, GlobalClusterIdentifier="g")

# --- networks and groups
subnets = {"DBSubnetGroupName": "net", "DBSubnetGroupDescription": "d", "SubnetIds": ["subnet-a", "subnet-b"]}
rds.create_db_subnet_group(**subnets)
refused("DBSubnetGroupAlreadyExists", rds.create_db_subnet_group, **subnets)
refused("DBSubnetGroupDoesNotCoverEnoughAZs", rds.create_db_subnet_group, **(subnets | {"SubnetIds": ["subnet-a"]}))
rds.modify_db_subnet_group(DBSubnetGroupName="net", SubnetIds=["subnet-a", "subnet-c"])
assert len(rds.describe_db_subnet_groups(DBSubnetGroupName="net")["DBSubnetGroups"]) == 1

for name, family in [("blue", "aurora-postgresql16"), ("green", "aurora-postgresql17")]:
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name, DBParameterGroupFamily=family, Description="d", Tags=[{"Key": "k", "Value": "v"}]
    )
    replication = {"ParameterName": "rds.logical_replication", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}
    assert rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=name, Parameters=[replication])
rds.create_db_parameter_group(DBParameterGroupName="own", DBParameterGroupFamily="aurora-postgresql16", Description="d")
rds.modify_db_parameter_group(
    DBParameterGroupName="own",
    Parameters=[{"ParameterName": "work_mem", "ParameterValue": "8192", "ApplyMethod": "immediate"}],
)
set_by_user = rds.describe_db_parameters(DBParameterGroupName="own", Source="user")["Parameters"]
assert [parameter["ParameterName"] for parameter in set_by_user] == ["work_mem"]
rds.reset_db_parameter_group(DBParameterGroupName="own", ResetAllParameters=True)
rds.copy_db_parameter_group(
    SourceDBParameterGroupIdentifier="own",
    TargetDBParameterGroupIdentifier="own-copy",
    TargetDBParameterGroupDescription="d",
)
rds.copy_db_cluster_parameter_group(
    SourceDBClusterParameterGroupIdentifier="blue",
    TargetDBClusterParameterGroupIdentifier="blue-copy",
    TargetDBClusterParameterGroupDescription="d",
)
rds.reset_db_cluster_parameter_group(DBClusterParameterGroupName="blue-copy", ResetAllParameters=True)
assert rds.describe_db_cluster_parameters(DBClusterParameterGroupName="blue-copy", Source="user")["Parameters"] == []
assert len(rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]) >= 8
assert len(rds.describe_db_parameter_groups()["DBParameterGroups"]) >= 7
defaults = rds.get_paginator("describe_engine_default_cluster_parameters")
pages = list(defaults.paginate(DBParameterGroupFamily="aurora-postgresql16"))
assert len(pages) > 3 and all(page["EngineDefaults"]["Parameters"] for page in pages)
assert rds.describe_engine_default_parameters(DBParameterGroupFamily="aurora-postgresql17")["EngineDefaults"]["Parameters"]
refused("InvalidParameterValue", rds.modify_db_cluster_parameter_group, DBClusterParameterGroupName="default.aurora-postgresql16", Parameters=[replication])
rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName="blue-copy")
rds.delete_db_parameter_group(DBParameterGroupName="own-copy")
refused("InvalidDBParameterGroupState", rds.delete_db_parameter_group, DBParameterGroupName="default.aurora-postgresql16")
refused("DBParameterGroupNotFound", rds.delete_db_cluster_parameter_group, DBClusterParameterGroupName="blue-copy")

# --- a cluster with members
cluster = rds.create_db_cluster(
    DBClusterIdentifier="Orders",
    **ENGINE,
    EngineVersion="16.6",
    MasterUsername="owner",
    MasterUserPassword="secret-word",
    DBClusterParameterGroupName="blue",
    DBSubnetGroupName="net",
    EnableCloudwatchLogsExports=["postgresql"],
    ServerlessV2ScalingConfiguration={"MinCapacity": 0, "MaxCapacity": 4},
    CopyTagsToSnapshot=True,
    EnableIAMDatabaseAuthentication=True,
    Tags=[{"Key": "team", "Value": "data"}],
)["DBCluster"]
assert (cluster["DBClusterIdentifier"], cluster["Status"]) == ("orders", "creating")
refused("DBClusterAlreadyExistsFault", rds.create_db_cluster, DBClusterIdentifier="orders", **ENGINE, MasterUsername="o", MasterUserPassword="secret-word")
wait("db_cluster_available", DBClusterIdentifier="orders")
for name, klass in [("orders-1", "db.t3.medium"), ("orders-2", "db.serverless")]:
    rds.create_db_instance(
        DBInstanceIdentifier=name, DBInstanceClass=klass, DBClusterIdentifier="orders", **ENGINE, PromotionTier=1
    )
wait("db_instance_available", Filters=[{"Name": "db-cluster-id", "Values": ["orders"]}])
(described,) = rds.describe_db_instances(DBInstanceIdentifier="ORDERS-1")["DBInstances"]
assert described["PendingModifiedValues"] == {} and described["Endpoint"]["Port"] == 5432
refused("InvalidParameterValue", rds.create_db_snapshot, DBInstanceIdentifier="orders-1", DBSnapshotIdentifier="s")
assert rds.describe_db_snapshots()["DBSnapshots"] == []
refused("InvalidDBClusterStateFault", rds.reboot_db_cluster, DBClusterIdentifier="orders")

rds.add_tags_to_resource(ResourceName=f"{ARN}:cluster:orders", Tags=[{"Key": "stage", "Value": "test"}])
tags = rds.list_tags_for_resource(ResourceName=f"{ARN}:cluster:orders")["TagList"]
assert {"Key": "stage", "Value": "test"} in tags, tags
rds.remove_tags_from_resource(ResourceName=f"{ARN}:cluster:orders", TagKeys=["stage"])

# --- changes: at once, queued, and those that show late
rds.modify_db_cluster(
    DBClusterIdentifier="orders",
    BackupRetentionPeriod=7,
    DeletionProtection=True,
    CloudwatchLogsExportConfiguration={"EnableLogTypes": ["instance"], "DisableLogTypes": ["postgresql"]},
)
refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="orders", SkipFinalSnapshot=True)
insights = {"DatabaseInsightsMode": "advanced", "EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 465}
refused("InvalidParameterCombination", rds.modify_db_cluster, DBClusterIdentifier="orders", DatabaseInsightsMode="advanced")
rds.modify_db_cluster(DBClusterIdentifier="orders", **insights)
step(10)
assert status() == "configuring-enhanced-monitoring"
refused("InvalidDBClusterStateFault", rds.modify_db_cluster, DBClusterIdentifier="orders", BackupRetentionPeriod=8)
step(200)
scaling = {"MinCapacity": 0.5, "MaxCapacity": 8}
rds.modify_db_cluster(DBClusterIdentifier="orders", DeletionProtection=False, ServerlessV2ScalingConfiguration=scaling)
refused("InvalidDBInstanceState", rds.reboot_db_instance, DBInstanceIdentifier="orders-2")
step(60)
rds.reboot_db_instance(DBInstanceIdentifier="orders-2")
wait("db_instance_available", DBInstanceIdentifier="orders-2")
queued = rds.modify_db_instance(DBInstanceIdentifier="orders-1", DBInstanceClass="db.r6g.large")["DBInstance"]
assert queued["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.large"}
flushed = rds.modify_db_instance(DBInstanceIdentifier="orders-1", ApplyImmediately=True)["DBInstance"]
assert flushed["DBInstanceStatus"] == "available"
rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="orders-1", WaiterConfig={"Delay": 0, "MaxAttempts": 1})
(early,) = rds.describe_db_instances(DBInstanceIdentifier="orders-1")["DBInstances"]
assert early["DBInstanceClass"] == "db.t3.medium", "the waiter returned at once, and nothing had changed"
step(700)
(changed,) = rds.describe_db_instances(DBInstanceIdentifier="orders-1")["DBInstances"]
assert (changed["DBInstanceClass"], changed["DBInstanceStatus"]) == ("db.r6g.large", "available")

role = {"DBClusterIdentifier": "orders", "RoleArn": "arn:aws:iam::123456789012:role/export", "FeatureName": "s3Export"}
rds.add_role_to_db_cluster(**role)
refused("DBClusterRoleAlreadyExists", rds.add_role_to_db_cluster, **role)
rds.remove_role_from_db_cluster(**role)
refused("DBClusterRoleNotFound", rds.remove_role_from_db_cluster, **role)

rds.failover_db_cluster(DBClusterIdentifier="orders", TargetDBInstanceIdentifier="orders-2")
wait("db_cluster_available", DBClusterIdentifier="orders")
step(300)
(cluster,) = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"]
assert {member["DBInstanceIdentifier"]: member["IsClusterWriter"] for member in cluster["DBClusterMembers"]} == {
    "orders-1": False,
    "orders-2": True,
}
refused("InvalidDBInstanceState", rds.failover_db_cluster, DBClusterIdentifier="orders", TargetDBInstanceIdentifier="orders-2")
events = rds.describe_events(SourceType="db-cluster", SourceIdentifier="orders", Duration=60)["Events"]
assert events and events[-1]["Message"] == "Completed failover to DB instance: orders-2", events

# --- custom endpoints
endpoint = {"DBClusterEndpointIdentifier": "reports"}
rds.create_db_cluster_endpoint(DBClusterIdentifier="orders", EndpointType="READER", StaticMembers=["orders-1"], **endpoint)
refused("InvalidDBClusterEndpointStateFault", rds.modify_db_cluster_endpoint, **endpoint, EndpointType="ANY")
step(200)
rds.modify_db_cluster_endpoint(**endpoint, EndpointType="ANY", ExcludedMembers=["orders-2"])
assert len(rds.describe_db_cluster_endpoints(DBClusterIdentifier="orders")["DBClusterEndpoints"]) == 3
step(200)

# --- snapshots, copies, restores
snapshot = {"DBClusterSnapshotIdentifier": "before"}
rds.create_db_cluster_snapshot(DBClusterIdentifier="orders", **snapshot)
wait("db_cluster_snapshot_available", **snapshot)
rds.copy_db_cluster_snapshot(
    SourceDBClusterSnapshotIdentifier="before", TargetDBClusterSnapshotIdentifier="kept", CopyTags=True
)
wait("db_cluster_snapshot_available", DBClusterSnapshotIdentifier="kept")
rds.modify_db_cluster_snapshot_attribute(**snapshot, AttributeName="restore", ValuesToAdd=["111111111111"])
shared = rds.describe_db_cluster_snapshot_attributes(**snapshot)["DBClusterSnapshotAttributesResult"]
assert shared["DBClusterSnapshotAttributes"] == [{"AttributeName": "restore", "AttributeValues": ["111111111111"]}]
rds.restore_db_cluster_from_snapshot(DBClusterIdentifier="restored", SnapshotIdentifier="kept", **ENGINE)
rds.restore_db_cluster_to_point_in_time(
    DBClusterIdentifier="clone", SourceDBClusterIdentifier="orders", RestoreType="copy-on-write", UseLatestRestorableTime=True
)
latest = cluster["LatestRestorableTime"]
rds.restore_db_cluster_to_point_in_time(
    DBClusterIdentifier="earlier", SourceDBClusterIdentifier="orders", RestoreToTime=latest
)
for name in ["restored", "clone", "earlier"]:
    wait("db_cluster_available", DBClusterIdentifier=name)
    rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)
    step(5)
    wait("db_cluster_deleted", DBClusterIdentifier=name)
assert rds.describe_db_cluster_automated_backups(DBClusterIdentifier="orders")["DBClusterAutomatedBackups"]
rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="kept")
wait("db_cluster_snapshot_deleted", DBClusterSnapshotIdentifier="kept")
assert [kept["Status"] for kept in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]] == ["available"]

# --- maintenance, stop and start
(announced,) = rds.describe_pending_maintenance_actions()["PendingMaintenanceActions"]
assert announced["ResourceIdentifier"] == f"{ARN}:cluster:elsewhere"
rds.apply_pending_maintenance_action(
    ResourceIdentifier=announced["ResourceIdentifier"], ApplyAction="system-update", OptInType="immediate"
)
step(1)
assert status("elsewhere") == "maintenance"
assert rds.stop_db_cluster(DBClusterIdentifier="orders")["DBCluster"]["Status"] == "stopping"
step(700)
assert (status(), status("elsewhere")) == ("stopped", "available")
refused("InvalidDBClusterStateFault", rds.stop_db_cluster, DBClusterIdentifier="orders")
rds.start_db_cluster(DBClusterIdentifier="orders")
wait("db_cluster_available", DBClusterIdentifier="orders")

# --- a new major version by a blue/green deployment
deployment = rds.create_blue_green_deployment(
    BlueGreenDeploymentName="seventeen",
    Source=f"{ARN}:cluster:orders",
    TargetEngineVersion="17.4",
    TargetDBClusterParameterGroupName="green",
)["BlueGreenDeployment"]
identifier = {"BlueGreenDeploymentIdentifier": deployment["BlueGreenDeploymentIdentifier"]}
assert "Target" not in deployment and deployment["Status"] == "PROVISIONING"
refused("InvalidBlueGreenDeploymentStateFault", rds.switchover_blue_green_deployment, **identifier)
step(6000)
(deployment,) = rds.describe_blue_green_deployments(**identifier)["BlueGreenDeployments"]
assert deployment["Status"] == "AVAILABLE" and len(deployment["SwitchoverDetails"]) == 4, deployment
rds.switchover_blue_green_deployment(**identifier)
step(20)
(cluster,) = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"]
assert cluster["EngineVersion"] == "16.6"
step(100)
(cluster,) = rds.describe_db_clusters(DBClusterIdentifier="orders")["DBClusters"]
assert cluster["EngineVersion"] == "17.4"
rds.delete_blue_green_deployment(**identifier)
step(500)
refused("BlueGreenDeploymentNotFoundFault", rds.describe_blue_green_deployments, **identifier)

# --- and everything goes
rds.delete_db_cluster_endpoint(**endpoint)
step(200)
refused("DBClusterEndpointNotFoundFault", rds.delete_db_cluster_endpoint, **endpoint)
refused("InvalidDBClusterStateFault", rds.delete_db_cluster, DBClusterIdentifier="orders", SkipFinalSnapshot=True)
for name in ["orders-1", "orders-2"]:
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    wait("db_instance_deleted", DBInstanceIdentifier=name)
rds.delete_db_cluster(DBClusterIdentifier="orders", FinalDBSnapshotIdentifier="last")
step(5)
wait("db_cluster_deleted", DBClusterIdentifier="orders")
refused("InvalidDBSubnetGroupStateFault", rds.delete_db_subnet_group, DBSubnetGroupName="net")
for name in ["orders-1-old1", "orders-2-old1"]:
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
step(500)
rds.delete_db_cluster(DBClusterIdentifier="orders-old1", SkipFinalSnapshot=True)
step(200)
rds.delete_db_subnet_group(DBSubnetGroupName="net")

# --- what is not simulated
refused("InvalidAction", rds.describe_db_proxies)

with open(sys.argv[1], encoding="utf-8") as page:
    # Operations on stacks have a script of their own.
    listed = set(re.findall(r"^\| `(\w+)` \|", page.read().split("\n## Stacks")[0], re.MULTILINE))
assert len(listed) > 60, listed
assert listed <= called, f"never called: {sorted(listed - called)}"
assert not problems, "\n".join(sorted(set(problems)))
print("well")
