"""This file decides how resources are changed while they stand, those of functions and APIs aside.

Each function makes the properties that ``Change.changed`` names what the template now says; a property that the
template no longer has gets AWS's default.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from harness.world.parameters import text_of
from harness.world.providers import s3, state_machine
from harness.world.providers.events import refuse_unreachable
from harness.world.providers.going import drop_role_policy
from harness.world.providers.iam import attach, permissions, put_role_policy
from harness.world.providers.provider import Created, Request
from harness.world.providers.schedule import settings as schedule_settings
from harness.world.providers.shapes import tag_table
from harness.world.providers.table import stream_of
from harness.world.stack import Resource


@dataclass(frozen=True, slots=True)
class Change:
    """``before`` is to become what ``request`` says; ``changed`` are the properties in which they differ."""

    request: Request
    before: Resource
    changed: Collection[str]
    create: Callable[[Request], Created]

    @property
    def name(self) -> str:
        """The resource's physical id."""
        return self.before.physical_id

    def now(self, name: str, default: Any = None) -> Any:
        """What the template says of a property now."""
        return self.request.properties.get(name, default)

    def old(self, name: str, default: Any = None) -> Any:
        """What it said before."""
        return self.before.properties.get(name, default)


def put_again(change: Change) -> Created | None:
    """What AWS's API puts as a whole."""
    return change.create(change.request)


def _gone_and_new(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    return [key for key in old if key not in new], {k: v for k, v in new.items() if old.get(k) != v}


_QUEUE_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}


def queue(change: Change) -> None:
    """A queue's attributes and tags."""
    sqs = change.request.client("sqs")
    attributes = {n: attribute(change.now(n, _QUEUE_DEFAULTS[n])) for n in change.changed if n != "Tags"}
    if attributes:
        sqs.set_queue_attributes(QueueUrl=change.name, Attributes=attributes)
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        sqs.untag_queue(QueueUrl=change.name, TagKeys=gone)
    if new:
        sqs.tag_queue(QueueUrl=change.name, Tags=new)


def attribute(value: Any) -> str:
    """As the APIs of queues and topics take it."""
    return json.dumps(value) if isinstance(value, dict) else text_of(value)


_TOPIC_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DisplayName": "",
    "KmsMasterKeyId": "",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
}


def topic(change: Change) -> None:
    """A topic's attributes and tags."""
    sns = change.request.client("sns")
    for name in change.changed:
        if name != "Tags":
            value = attribute(change.now(name, _TOPIC_DEFAULTS[name]))
            sns.set_topic_attributes(TopicArn=change.name, AttributeName=name, AttributeValue=value)
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        sns.untag_resource(ResourceArn=change.name, TagKeys=gone)
    if new:
        sns.tag_resource(ResourceArn=change.name, Tags=[{"Key": k, "Value": v} for k, v in new.items()])


_SUBSCRIPTION_DEFAULTS = {
    "FilterPolicy": "{}",
    "FilterPolicyScope": "MessageAttributes",
    "RawMessageDelivery": "false",
    "RedrivePolicy": "{}",
}


def subscription(change: Change) -> None:
    """A subscription's attributes."""
    for name in change.changed:
        change.request.client("sns").set_subscription_attributes(
            SubscriptionArn=change.name,
            AttributeName=name,
            AttributeValue=attribute(change.now(name, _SUBSCRIPTION_DEFAULTS[name])),
        )


def bucket(change: Change) -> None:
    """A bucket's settings; versioning can be suspended and never be taken away."""
    client, name = change.request.client("s3"), change.name
    s3.configure(change.request, name)
    if "NotificationConfiguration" in change.changed and not change.now("NotificationConfiguration"):
        client.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={})
    if "VersioningConfiguration" in change.changed and not change.now("VersioningConfiguration"):
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    taken_away = {
        "BucketEncryption": client.delete_bucket_encryption,
        "OwnershipControls": client.delete_bucket_ownership_controls,
        "PublicAccessBlockConfiguration": client.delete_public_access_block,
        "Tags": client.delete_bucket_tagging,
    }
    for prop, take_away in taken_away.items():
        if prop in change.changed and not change.now(prop):
            take_away(Bucket=name)


def table(change: Change) -> Created | None:
    """A table's settings; moto knows no more of an update."""
    client, name = change.request.client("dynamodb"), change.name
    settings = {
        n: change.now(n) for n in ("BillingMode", "DeletionProtectionEnabled") if n in change.changed and change.now(n)
    }
    if change.now("ProvisionedThroughput") and {"BillingMode", "ProvisionedThroughput"} & set(change.changed):
        settings["ProvisionedThroughput"] = change.now("ProvisionedThroughput")
    if "DeletionProtectionEnabled" in change.changed:
        settings["DeletionProtectionEnabled"] = bool(change.now("DeletionProtectionEnabled"))
    if "StreamSpecification" in change.changed:
        if change.old("StreamSpecification"):
            client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
        if change.now("StreamSpecification"):
            settings["StreamSpecification"] = stream_of(change.request.properties)
    answer = client.update_table(TableName=name, **settings)["TableDescription"] if settings else {}
    if "TimeToLiveSpecification" in change.changed:
        asked = change.now("TimeToLiveSpecification") or {**change.old("TimeToLiveSpecification"), "Enabled": False}
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=asked)
    if "PointInTimeRecoverySpecification" in change.changed:
        recovery = change.now("PointInTimeRecoverySpecification") or {}
        client.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False, **recovery},
        )
    arn = change.before.attributes["Arn"]
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        client.untag_resource(ResourceArn=arn, TagKeys=gone)
    if new:
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": k, "Value": v} for k, v in new.items()])
    if "LatestStreamArn" in answer:
        return Created(name, {"Arn": arn, "StreamArn": answer["LatestStreamArn"]})
    return None


def rule(change: Change) -> None:
    """A rule, with the targets it has now and none besides."""
    request = change.request
    events, bus = request.client("events"), change.now("EventBusName", "default")
    for number, target in enumerate(change.now("Targets", ())):
        refuse_unreachable(request.place.down("Targets").down(number).down("Arn"), target["Arn"])
    change.create(request)
    name = change.name.rpartition("|")[2]
    kept = [target["Id"] for target in change.now("Targets", ())]
    gone = [target["Id"] for target in change.old("Targets", ()) if target["Id"] not in kept]
    if gone:
        events.remove_targets(Rule=name, EventBusName=bus, Ids=gone)


def role(change: Change) -> None:
    """A role's policies, and what is said of it."""
    iam, name = change.request.client("iam"), change.name
    if "AssumeRolePolicyDocument" in change.changed:
        document = json.dumps(change.now("AssumeRolePolicyDocument"))
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
    if {"Description", "MaxSessionDuration"} & set(change.changed):
        iam.update_role(
            RoleName=name,
            Description=change.now("Description", ""),
            MaxSessionDuration=change.now("MaxSessionDuration", 3600),
        )
    attached, wanted = change.old("ManagedPolicyArns", []), change.now("ManagedPolicyArns", [])
    for index, arn in enumerate(wanted):
        if arn not in attached:
            attach(iam, name, arn, change.request.place.down("ManagedPolicyArns").down(index))
    for arn in attached:
        if arn not in wanted:
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for policy_ in change.now("Policies", []):
        put_role_policy(iam, name, policy_)
    kept = [policy_["PolicyName"] for policy_ in change.now("Policies", [])]
    for policy_ in change.old("Policies", []):
        if policy_["PolicyName"] not in kept:
            drop_role_policy(iam, name, policy_["PolicyName"])
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        iam.untag_role(RoleName=name, TagKeys=gone)
    if new:
        iam.tag_role(RoleName=name, Tags=[{"Key": k, "Value": v} for k, v in new.items()])


def policy(change: Change) -> None:
    """A policy in roles; those that have it no longer lose it."""
    iam, now = change.request.client("iam"), change.now("PolicyName")
    for name in change.now("Roles"):
        put_role_policy(iam, name, change.request.properties)
    for name in change.old("Roles"):
        if name not in change.now("Roles") or change.old("PolicyName") != now:
            drop_role_policy(iam, name, change.old("PolicyName"))


def managed_policy(change: Change) -> None:
    """A policy of its own: another version of it, and who has it."""
    iam, arn = change.request.client("iam"), change.name
    if "PolicyDocument" in change.changed:
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        document = permissions(change.now("PolicyDocument"))
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
    before, now = change.old("Roles", []), change.now("Roles", [])
    for name in now:
        if name not in before:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for name in before:
        if name not in now:
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)


def key(change: Change) -> None:
    """A key's words and policy."""
    kms = change.request.client("kms")
    if "Description" in change.changed:
        kms.update_key_description(KeyId=change.name, Description=change.now("Description", ""))
    if "KeyPolicy" in change.changed and change.now("KeyPolicy"):
        kms.put_key_policy(KeyId=change.name, PolicyName="default", Policy=json.dumps(change.now("KeyPolicy")))
    if "EnableKeyRotation" in change.changed:
        turn = kms.enable_key_rotation if change.now("EnableKeyRotation") else kms.disable_key_rotation
        turn(KeyId=change.name)


def log_group(change: Change) -> None:
    """How long a group keeps what it has."""
    logs, days = change.request.client("logs"), change.now("RetentionInDays")
    if days is None:
        logs.delete_retention_policy(logGroupName=change.name)
    else:
        logs.put_retention_policy(logGroupName=change.name, retentionInDays=days)


def parameter(change: Change) -> Created:
    """A parameter of Parameter Store: another version of it."""
    properties = change.request.properties
    passed_on = {k: properties[k] for k in ("AllowedPattern", "DataType", "Description", "Tier") if k in properties}
    ssm, value = change.request.client("ssm"), properties["Value"]
    ssm.put_parameter(Name=change.name, Value=value, Type=properties["Type"], Overwrite=True, **passed_on)
    gone, new = _gone_and_new(change.old("Tags", {}), change.now("Tags", {}))
    place = {"ResourceType": "Parameter", "ResourceId": change.name}
    if gone:
        ssm.remove_tags_from_resource(**place, TagKeys=gone)
    if new:
        ssm.add_tags_to_resource(**place, Tags=[{"Key": k, "Value": v} for k, v in new.items()])
    return Created(change.name, {"Type": properties["Type"], "Value": value})


def secret(change: Change) -> None:
    """A secret's text and what is said of it."""
    client = change.request.client("secretsmanager")
    settings = {n: change.now(n) for n in ("Description", "SecretString") if n in change.changed and change.now(n)}
    if settings:
        client.update_secret(SecretId=change.name, **settings)
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        client.untag_resource(SecretId=change.name, TagKeys=gone)
    if new:
        client.tag_resource(SecretId=change.name, Tags=[{"Key": k, "Value": v} for k, v in new.items()])


def schedule(change: Change) -> None:
    """A schedule, as a whole."""
    settings = schedule_settings(change.request)
    change.request.client("scheduler").update_schedule(**{**settings, "Name": change.name})


def state_machine_(change: Change) -> None:
    """A state machine's definition, role, and what it logs; executions that run go on with the old ones."""
    client, properties = change.request.client("stepfunctions"), change.request.properties
    client.update_state_machine(
        stateMachineArn=change.name,
        definition=state_machine.definition_of(change.request),
        roleArn=properties["RoleArn"],
        **state_machine.optional_settings(properties),
    )
    gone, new = _gone_and_new(tag_table(change.old("Tags")), tag_table(change.now("Tags")))
    if gone:
        client.untag_resource(resourceArn=change.name, tagKeys=gone)
    if new:
        client.tag_resource(resourceArn=change.name, tags=[{"key": k, "value": v} for k, v in new.items()])
