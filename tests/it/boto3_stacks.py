"""boto3 against a simulator's stacks: every operation of docs/simulator.md at least once. Ends with the word `well`.

Each reply is held against the service model that boto3 ships: every element must be in it, every value of its type and of its
enumeration, nothing required may be missing. The clock stands still but for `step` and for waiters. Arguments: the page that lists
the operations. The template of the rollout is named by TUNED.
"""

import json
import os
import re
import sys
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.exceptions import ClientError

ADMIN = os.environ["AWS_ENDPOINT_URL"] + "/_simulator/clock"
STACK = os.environ["STACK"]
CLUSTER = "AuroraPostgresCluster5E9B1A77"
with open(os.environ["TUNED"].removeprefix("file://"), encoding="utf-8") as template:
    TUNED = template.read()

# Errors that the service answers with beside the modelled ones.
COMMON = {"ValidationError": 400, "InvalidAction": 400}
# Events tell of every status of their stack; the model has these as statuses of stacks alone.
UNMODELLED = {"UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"}

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
        known = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        for child in element:
            if tag(child) not in known:
                problems.append(f"{where}: {tag(child)} is not in the model")
                continue
            check(child, known[tag(child)][1], f"{where}.{tag(child)}")
        present = {known[tag(child)][0] for child in element if tag(child) in known}
        if missing := set(shape.required_members) - present:
            problems.append(f"{where}: {sorted(missing)} missing")
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
            "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
        }.get(shape.type_name, r"(?s).*")
        if not re.fullmatch(form, text):
            problems.append(f"{where}: {text!r} is no {shape.type_name}")
        if (allowed := getattr(shape, "enum", None)) and text not in allowed and text not in UNMODELLED:
            problems.append(f"{where}: {text!r} is none of {allowed}")


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


cfn, rds = boto3.client("cloudformation"), boto3.client("rds")
cfn.meta.events.register("after-call.cloudformation.*", look)


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
    cfn.get_waiter(name).wait(**arguments, WaiterConfig={"Delay": 0, "MaxAttempts": 120})
    clock(seconds_per_request=0)


def status(name=STACK):
    (stack,) = cfn.describe_stacks(StackName=name)["Stacks"]
    return stack["StackStatus"]


def kept(**given):
    names = ["Infrastructure", "Partition", "ApplyImmediately", "InstanceClass"]
    return [
        {"ParameterKey": name, "ParameterValue": given[name]}
        if name in given
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in names
    ]


# --- what there is
(stack,) = cfn.describe_stacks(StackName=STACK)["Stacks"]
assert {parameter["ParameterKey"]: parameter.get("ResolvedValue") for parameter in stack["Parameters"]}["BootstrapVersion"]
assert stack["Outputs"][0]["ExportName"] == f"{STACK}-Endpoint", stack["Outputs"]
assert len(cfn.describe_stacks()["Stacks"]) == 1
assert [summary["StackName"] for summary in cfn.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]] == [STACK]
resources = {
    resource["LogicalResourceId"]: resource["PhysicalResourceId"]
    for resource in cfn.describe_stack_resources(StackName=STACK)["StackResources"]
}
assert resources[CLUSTER] == "alpha001-prod-auroracluster"
assert len(cfn.describe_stack_resources(PhysicalResourceId=resources[CLUSTER])["StackResources"]) == len(resources)
detail = cfn.describe_stack_resource(StackName=STACK, LogicalResourceId=CLUSTER)["StackResourceDetail"]
assert json.loads(detail["Metadata"])["aws:cdk:path"].startswith("AuroraDBCluster/")
pages = cfn.get_paginator("list_stack_resources").paginate(StackName=STACK)
assert len([resource for page in pages for resource in page["StackResourceSummaries"]]) == len(resources)
assert "Resources" in cfn.get_template(StackName=STACK)["TemplateBody"]
assert len(cfn.validate_template(TemplateBody=TUNED)["Parameters"]) == 5
summary = cfn.get_template_summary(TemplateBody=TUNED)
assert "AWS::RDS::DBClusterParameterGroup" in summary["ResourceTypes"]
refused("ValidationError", cfn.validate_template, TemplateBody="Resources: {}")
refused("ValidationError", cfn.describe_stacks, StackName="none")
refused("ValidationError", cfn.update_stack, StackName=STACK, UsePreviousTemplate=True, Parameters=kept())

# --- drift: only what the template sets is seen
detection = cfn.detect_stack_drift(StackName=STACK)["StackDriftDetectionId"]
first = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
assert first["DetectionStatus"] == "DETECTION_IN_PROGRESS", first
step(60)
done = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
assert (done["StackDriftStatus"], done["DriftedStackResourceCount"]) == ("DRIFTED", 1), done
(drift,) = cfn.describe_stack_resource_drifts(StackName=STACK, StackResourceDriftStatusFilters=["MODIFIED"])["StackResourceDrifts"]
(difference,) = drift["PropertyDifferences"]
assert difference["PropertyPath"] == "/PerformanceInsightsRetentionPeriod", difference
assert json.loads(drift["ActualProperties"])["PerformanceInsightsRetentionPeriod"] == 465

# --- a change set that fails, and the way out
cfn.create_change_set(
    StackName=STACK, ChangeSetName="rollout", TemplateBody=TUNED, Parameters=kept(InstanceClass="db.r7g.large"), Description="d"
)
refused("InvalidChangeSetStatus", cfn.execute_change_set, StackName=STACK, ChangeSetName="rollout")
wait("change_set_create_complete", StackName=STACK, ChangeSetName="rollout")
described = cfn.describe_change_set(StackName=STACK, ChangeSetName="rollout", IncludePropertyValues=True)
changed = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in described["Changes"]}
assert [change["Action"] for change in changed.values()].count("Add") == 1, changed
assert changed[CLUSTER]["Replacement"] == "False", changed[CLUSTER]
assert "Parameters" in cfn.get_template(StackName=STACK, ChangeSetName="rollout")["TemplateBody"]
assert cfn.list_change_sets(StackName=STACK)["Summaries"][0]["ExecutionStatus"] == "AVAILABLE"
refused("AlreadyExistsException", cfn.create_change_set, StackName=STACK, ChangeSetName="rollout", TemplateBody=TUNED, Parameters=kept())
cfn.execute_change_set(StackName=STACK, ChangeSetName="rollout", ClientRequestToken="one")
refused("ValidationError", cfn.update_stack, StackName=STACK, TemplateBody=TUNED, Parameters=kept())
step(300)
assert status() == "UPDATE_ROLLBACK_FAILED"
refused("ChangeSetNotFound", cfn.describe_change_set, StackName=STACK, ChangeSetName="nothing")
refused("ValidationError", cfn.cancel_update_stack, StackName=STACK)
refused("ValidationError", cfn.rollback_stack, StackName=STACK)
rds.modify_db_cluster(DBClusterIdentifier=resources[CLUSTER], DatabaseInsightsMode="standard")
step(300)
cfn.continue_update_rollback(StackName=STACK, ClientRequestToken="two")
wait("stack_rollback_complete", StackName=STACK)
events = [event for page in cfn.get_paginator("describe_stack_events").paginate(StackName=STACK) for event in page["StackEvents"]]
assert {"one", "two"} <= {event.get("ClientRequestToken") for event in events}
assert events[0]["ResourceStatus"] == "UPDATE_ROLLBACK_COMPLETE", events[0]
cfn.delete_change_set(StackName=STACK, ChangeSetName="rollout")

# --- the same again, cancelled, then done
cfn.update_stack(StackName=STACK, TemplateBody=TUNED, Parameters=kept(InstanceClass="db.r7g.large"))
step(20)
cfn.cancel_update_stack(StackName=STACK)
wait("stack_rollback_complete", StackName=STACK)
cfn.update_stack(StackName=STACK, TemplateBody=TUNED, Parameters=kept(InstanceClass="db.r7g.large"))
wait("stack_update_complete", StackName=STACK)

# --- a stack that fails to be made, one that is, and both go
broken = "Resources: {Group: {Type: 'AWS::RDS::DBClusterParameterGroup', Properties: {Family: x, Description: d, Parameters: {}}}}"
cfn.create_stack(StackName="broken", TemplateBody=broken, OnFailure="DO_NOTHING")
step(60)
assert status("broken") == "CREATE_FAILED"
cfn.rollback_stack(StackName="broken")
step(60)
assert status("broken") == "ROLLBACK_COMPLETE"
topic = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
identifier = cfn.create_stack(StackName="topic", TemplateBody=topic, Tags=[{"Key": "k", "Value": "v"}])["StackId"]
wait("stack_create_complete", StackName="topic")
refused("AlreadyExistsException", cfn.create_stack, StackName="topic", TemplateBody=topic)
for name in ["broken", "topic"]:
    cfn.delete_stack(StackName=name)
    wait("stack_delete_complete", StackName=name)
assert status(identifier) == "DELETE_COMPLETE"

# --- what is not simulated
refused("InvalidAction", cfn.list_exports)

with open(sys.argv[1], encoding="utf-8") as page:
    section = page.read().split("\n## Stacks")[1].split("\n## ")[0]
listed = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
assert len(listed) > 20, listed
assert listed <= called, f"never called: {sorted(listed - called)}"
assert not problems, "\n".join(sorted(set(problems)))
print("well")
