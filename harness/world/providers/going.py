"""This file decides how those resources go that one call with their name does not take away."""

from __future__ import annotations

from typing import Any

from harness.world.providers.provider import Request
from harness.world.stack import Resource


def nothing(request: Request, resource: Resource) -> None:
    """It is only a template's word for something that goes with another resource."""


def alarm(request: Request, resource: Resource) -> None:
    """An alarm."""
    request.client("cloudwatch").delete_alarms(AlarmNames=[resource.physical_id])


def dashboard(request: Request, resource: Resource) -> None:
    """A dashboard."""
    request.client("cloudwatch").delete_dashboards(DashboardNames=[resource.physical_id])


def base_path_mapping(request: Request, resource: Resource) -> None:
    """A path of a domain; the empty one has a word of its own."""
    properties = request.properties
    request.client("apigateway").delete_base_path_mapping(
        domainName=properties["DomainName"], basePath=properties.get("BasePath") or "(none)"
    )


def rule(request: Request, resource: Resource) -> None:
    """A rule, which goes without its targets only."""
    bus, _, name = resource.physical_id.rpartition("|")
    bus = bus or str(request.properties.get("EventBusName", "default"))
    events = request.client("events")
    targets = [t["Id"] for t in events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]]
    if targets:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=targets)
    events.delete_rule(Name=name, EventBusName=bus)


def bus_policy(request: Request, resource: Resource) -> None:
    """One statement of a bus."""
    bus, _, sid = resource.physical_id.partition("|")
    request.client("events").remove_permission(EventBusName=bus, StatementId=sid)


def role(request: Request, resource: Resource) -> None:
    """A role, with the policies in it, and without those that are attached."""
    iam, name = request.client("iam"), resource.physical_id
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)


def policy(request: Request, resource: Resource) -> None:
    """A policy in roles."""
    for name in request.properties["Roles"]:
        drop_role_policy(request.client("iam"), name, request.properties["PolicyName"])


def drop_role_policy(iam: Any, role_name: str, policy_name: str) -> None:
    """Take a policy out of a role that has it."""
    if policy_name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role_name, PolicyName=policy_name)


def managed_policy(request: Request, resource: Resource) -> None:
    """A policy of its own, which goes when nobody has it any more."""
    iam, arn = request.client("iam"), resource.physical_id
    for entity in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]:
        iam.detach_role_policy(RoleName=entity["RoleName"], PolicyArn=arn)
    for version_ in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version_["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version_["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def invoke_config(request: Request, resource: Resource) -> None:
    """A function's settings for asynchronous events."""
    named = {k: request.properties[k] for k in ("FunctionName", "Qualifier") if k in request.properties}
    request.client("lambda").delete_function_event_invoke_config(**named)


def layer_version(request: Request, resource: Resource) -> None:
    """A version of a layer."""
    arn, _, number = resource.physical_id.rpartition(":")
    request.client("lambda").delete_layer_version(LayerName=arn, VersionNumber=int(number))
    request.functions.layers.pop(resource.physical_id, None)


def function_url(request: Request, resource: Resource) -> None:
    """A function's URL."""
    qualifier = {"Qualifier": request.properties["Qualifier"]} if "Qualifier" in request.properties else {}
    name = request.properties["TargetFunctionArn"]
    request.client("lambda").delete_function_url_config(FunctionName=name, **qualifier)


def version(request: Request, resource: Resource) -> None:
    """A version of a function."""
    arn, _, number = resource.physical_id.rpartition(":")
    request.client("lambda").delete_function(FunctionName=arn, Qualifier=number)


def queue_policy(request: Request, resource: Resource) -> None:
    """The policy of queues, those of them that still stand."""
    sqs = request.client("sqs")
    for url in request.properties["Queues"]:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})


def topic_policy(request: Request, resource: Resource) -> None:
    """The policy of topics: they have their first one again, by which their owner alone may do something."""
    sns = request.client("sns")
    for arn in request.properties["Topics"]:
        first = sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Owner"]
        text = (
            '{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID",'
            '"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish","SNS:Subscribe"],'
            f'"Resource":"{arn}","Condition":{{"StringEquals":{{"AWS:SourceOwner":"{first}"}}}}}}]}}'
        )
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)


def schedule(request: Request, resource: Resource) -> None:
    """A schedule, in its group."""
    group = {"GroupName": request.properties["GroupName"]} if "GroupName" in request.properties else {}
    request.client("scheduler").delete_schedule(Name=resource.physical_id, **group)


def secret(request: Request, resource: Resource) -> None:
    """A secret, at once: what CloudFormation deletes cannot be restored."""
    request.client("secretsmanager").delete_secret(SecretId=resource.physical_id, ForceDeleteWithoutRecovery=True)
