"""boto3 against a simulator: waiters, pages, errors by code. Ends with the word `well`, or with what went wrong."""

import boto3
from botocore.exceptions import ClientError, WaiterError

rds = boto3.client("rds")
CLUSTER = "Alpha002-stage-AuroraCluster"
READER = "alpha002-stage-auroraclusterreader1"
WRITER = "alpha002-stage-auroraclusterwriter"
SOON = {"Delay": 0, "MaxAttempts": 100}


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["Error"]["Message"], error
        return error
    raise AssertionError(f"{code} was expected")


# The endpoint stands in the environment alone, in us-east-1 too.
assert boto3.client("sts").get_caller_identity()["Account"] == "222222222222"

# Pages: every parameter of a group, each once.
pages = rds.get_paginator("describe_db_cluster_parameters").paginate(
    DBClusterParameterGroupName="default.aurora-postgresql16", PaginationConfig={"PageSize": 20}
)
names = [parameter["ParameterName"] for page in pages for parameter in page["Parameters"]]
assert len(names) > 100 and len(names) == len(set(names)), len(names)

# Errors have their own classes where the service model knows their code.
try:
    rds.describe_db_clusters(DBClusterIdentifier="nowhere")
    raise AssertionError("a cluster that does not exist was found")
except rds.exceptions.DBClusterNotFoundFault:
    pass
refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="nowhere")
refused("DBClusterSnapshotNotFoundFault", rds.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="none")
refused("DBParameterGroupNotFound", rds.describe_db_cluster_parameters, DBClusterParameterGroupName="none")
refused("InvalidParameterCombination", rds.reboot_db_instance, DBInstanceIdentifier=READER, ForceFailover=True)
refused("DBInstanceNotFound", rds.modify_db_instance, DBInstanceIdentifier="nowhere", ApplyImmediately=True)

# A snapshot through all its waiters.
rds.create_db_cluster_snapshot(DBClusterIdentifier=CLUSTER, DBClusterSnapshotIdentifier="before")
rds.get_waiter("db_cluster_snapshot_available").wait(DBClusterSnapshotIdentifier="before", WaiterConfig=SOON)
refused(
    "DBClusterSnapshotAlreadyExistsFault",
    rds.create_db_cluster_snapshot,
    DBClusterIdentifier=CLUSTER,
    DBClusterSnapshotIdentifier="before",
)
rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="before")
rds.get_waiter("db_cluster_snapshot_deleted").wait(DBClusterSnapshotIdentifier="before", WaiterConfig=SOON)

# A reboot shows at once, and the waiter sees its end.
assert rds.reboot_db_instance(DBInstanceIdentifier=READER)["DBInstance"]["DBInstanceStatus"] == "rebooting"
refused("InvalidDBInstanceState", rds.reboot_db_instance, DBInstanceIdentifier=READER)
rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=READER, WaiterConfig=SOON)

# A waiter that gives up says so.
rds.reboot_db_instance(DBInstanceIdentifier=READER)
try:
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier=READER, WaiterConfig={"Delay": 0, "MaxAttempts": 1}
    )
    raise AssertionError("the waiter returned during the reboot")
except WaiterError as error:
    assert "Max attempts exceeded" in str(error), error
rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=READER, WaiterConfig=SOON)

# A failover, and the cluster's own waiter, which returns too early.
rds.failover_db_cluster(DBClusterIdentifier=CLUSTER, TargetDBInstanceIdentifier=READER)


def members():
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    return {member["DBInstanceIdentifier"]: member["IsClusterWriter"] for member in cluster["DBClusterMembers"]}


rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier=CLUSTER, WaiterConfig=SOON)
assert members() == {WRITER: True, READER: False}, members()
for _ in range(100):
    if members() == {WRITER: False, READER: True}:
        break
else:
    raise AssertionError(members())
rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier=CLUSTER, WaiterConfig=SOON)

events = rds.describe_events(SourceType="db-cluster", SourceIdentifier=CLUSTER, Duration=60)["Events"]
assert any(event["Message"] == f"Completed failover to DB instance: {READER}" for event in events), events

# Lists by filter are empty where an identifier would be an error.
filters = [{"Name": "db-cluster-id", "Values": ["nowhere"]}]
assert rds.describe_db_instances(Filters=filters)["DBInstances"] == []

print("well")
