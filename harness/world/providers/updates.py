"""This file decides which properties of a resource can be changed while it stands, and which make another one of it.

What AWS's published schema calls *create-only* makes another resource. Of the rest, a type changes here what it says;
what it does not say is refused by name. How each change is made is in ``changing``. It decides no order
(``world/update.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from harness.world.providers import changing, changing_apis, changing_functions, custom_resource
from harness.world.providers.changing import Change
from harness.world.providers.provider import Created
from harness.world.published import schema_of, types

# Given a change, makes it; what the resource is then, if that is something else than before.
Changer = Callable[[Change], "Created | None"]


@dataclass(frozen=True, slots=True)
class _Changes:
    make: Changer
    properties: Collection[str] | None = None  # None: all that are not create-only


_CHANGES: Mapping[str, _Changes] = {
    "AWS::ApiGateway::Account": _Changes(changing.put_again),
    "AWS::ApiGateway::Deployment": _Changes(changing_apis.nothing, ("Description",)),
    "AWS::ApiGateway::GatewayResponse": _Changes(changing.put_again),
    "AWS::ApiGateway::Method": _Changes(changing_apis.method),
    "AWS::ApiGateway::RestApi": _Changes(changing_apis.rest_api, ("Body", "Description", "Name")),
    "AWS::ApiGateway::Stage": _Changes(
        changing_apis.rest_stage, ("DeploymentId", "Description", "TracingEnabled", "Variables")
    ),
    "AWS::ApiGatewayV2::Integration": _Changes(changing_apis.integration),
    "AWS::ApiGatewayV2::Route": _Changes(changing_apis.route),
    "AWS::CDK::Metadata": _Changes(changing_apis.nothing),
    "AWS::CloudWatch::Alarm": _Changes(changing.put_again),
    "AWS::CloudWatch::CompositeAlarm": _Changes(changing.put_again),
    "AWS::CloudWatch::Dashboard": _Changes(changing.put_again),
    "AWS::DynamoDB::Table": _Changes(
        changing.table,
        (
            "BillingMode",
            "DeletionProtectionEnabled",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "StreamSpecification",
            "Tags",
            "TimeToLiveSpecification",
        ),
    ),
    "AWS::Events::EventBusPolicy": _Changes(changing.put_again),
    "AWS::Events::Rule": _Changes(
        changing.rule, ("Description", "EventPattern", "RoleArn", "ScheduleExpression", "State", "Targets")
    ),
    "AWS::IAM::ManagedPolicy": _Changes(changing.managed_policy),
    "AWS::IAM::Policy": _Changes(changing.policy),
    "AWS::IAM::Role": _Changes(
        changing.role,
        ("AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "Policies", "Tags"),
    ),
    "AWS::KMS::Key": _Changes(changing.key, ("Description", "EnableKeyRotation", "KeyPolicy")),
    "AWS::Lambda::Alias": _Changes(changing_functions.alias),
    "AWS::Lambda::EventInvokeConfig": _Changes(changing.put_again),
    "AWS::Lambda::EventSourceMapping": _Changes(changing_functions.mapping),
    "AWS::Lambda::Function": _Changes(changing_functions.function),
    "AWS::Lambda::Url": _Changes(changing_functions.url),
    "AWS::Logs::LogGroup": _Changes(changing.log_group, ("RetentionInDays",)),
    "AWS::Logs::MetricFilter": _Changes(changing.put_again),
    "AWS::Logs::ResourcePolicy": _Changes(changing.put_again),
    "AWS::Logs::SubscriptionFilter": _Changes(changing.put_again),
    "AWS::S3::Bucket": _Changes(changing.bucket),
    "AWS::S3::BucketPolicy": _Changes(changing.put_again),
    "AWS::SNS::Subscription": _Changes(changing.subscription),
    "AWS::SNS::Topic": _Changes(
        changing.topic,
        ("ContentBasedDeduplication", "DisplayName", "KmsMasterKeyId", "SignatureVersion", "Tags", "TracingConfig"),
    ),
    "AWS::SNS::TopicPolicy": _Changes(changing.put_again, ("PolicyDocument",)),
    "AWS::SQS::Queue": _Changes(changing.queue),
    "AWS::SQS::QueuePolicy": _Changes(changing.put_again, ("PolicyDocument",)),
    "AWS::SSM::Parameter": _Changes(changing.parameter),
    "AWS::Scheduler::Schedule": _Changes(changing.schedule),
    "AWS::SecretsManager::Secret": _Changes(changing.secret, ("Description", "SecretString", "Tags")),
    "AWS::StepFunctions::StateMachine": _Changes(changing.state_machine_),
}
# What nothing here can be told apart by, so that a change of it is none.
_NO_DIFFERENCE = {"AWS::CloudFormation::Stack": ("TimeoutInMinutes", "NotificationARNs", "Tags")}


def replaces(resource_type: str, changed: Collection[str]) -> list[str]:
    """Those of the changed properties that make another resource."""
    if resource_type.startswith(custom_resource.PREFIX) or resource_type not in types():
        return [name for name in changed if name == "ServiceToken"]
    pointers = schema_of(resource_type).get("createOnlyProperties", ())
    only_once = [pointer.removeprefix("/properties/") for pointer in pointers]
    return [name for name in changed if name in only_once]


def not_changed_here(resource_type: str, changed: Collection[str]) -> list[str]:
    """Those of the changed properties, none of them create-only, that cannot be changed here."""
    if resource_type in (custom_resource.TYPE, "AWS::CloudFormation::Stack"):
        return []
    if resource_type.startswith(custom_resource.PREFIX):
        return []
    found = _CHANGES.get(resource_type)
    if found is None:
        return list(changed)
    return [] if found.properties is None else [name for name in changed if name not in found.properties]


def different(resource_type: str, changed: Collection[str]) -> list[str]:
    """The changed properties without those that make no difference here."""
    return [name for name in changed if name not in _NO_DIFFERENCE.get(resource_type, ())]


def make(change: Change) -> Created | None:
    """Carry the change out.

    Raises:
        ClientError: AWS's API refuses it.
    """
    request = change.request
    if request.type.startswith(custom_resource.PREFIX) or request.type == custom_resource.TYPE:
        return custom_resource.update(request, change.before)
    return _CHANGES[request.type].make(change)
