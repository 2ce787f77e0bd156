"""This file decides which resources of Terraform are a part of another one in CloudFormation.

A part names its whole by an attribute (``within``). A property that is a list gets the part's items added; any other is
set once. Rule: a part whose whole is not in the plan is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.world.terraform import bucket_kinds
from harness.world.terraform.kinds import document, mapped
from harness.world.terraform.plan import Instance
from harness.world.terraform.values import Values


@dataclass(frozen=True, slots=True)
class Part:
    """A type that becomes properties of a resource of one of the types ``of``."""

    of: tuple[str, ...]
    within: str
    attributes: tuple[str, ...]
    properties: bucket_kinds.Parts


def part_and_whole(values: Values, instance: Instance) -> tuple[Part, Instance]:
    """How this instance is a part, and of which one.

    Raises:
        ScenarioError: the whole is not in the plan.
    """
    if instance.type == "aws_iam_role_policy_attachment":
        # The plan's own policy names its roles, not they the policy: it may name what runs with the role.
        found = _candidates(values, instance, _OWN_POLICY)
        if len(found) == 1:
            return _OWN_POLICY, found[0]
    part = PARTS[instance.type]
    found = _candidates(values, instance, part)
    if len(found) != 1:
        raise values.plan.refuse(
            instance,
            part.within,
            f'"{part.within}" names nothing that this plan makes.',
            f"It should be the {' or '.join(part.of)} of the same plan.",
        )
    return part, found[0]


def _candidates(values: Values, instance: Instance, part: Part) -> list[Instance]:
    known = instance.values.get(part.within)
    among = [i for i in values.plan.instances if i.type in part.of]
    if isinstance(known, str):
        found = [i for i in among if known in [i.values.get(n) for n in ("id", "arn", "url", "name", "bucket")]]
    else:
        reference = values.reference(instance, instance.expressions.get(part.within))
        found = [reference[0]] if reference and reference[0] in among else []
    if len(found) > 1 and "event_bus_name" in found[0].values:
        bus = instance.values.get("event_bus_name")
        found = [i for i in found if i.values.get("event_bus_name") == bus]
    return found


def _redrive(values: Values, instance: Instance) -> dict[str, Any]:
    return {"RedrivePolicy": document(values, instance, "redrive_policy")}


def _secret(values: Values, instance: Instance) -> dict[str, Any]:
    return {"SecretString": values.of(instance, "secret_string")}


def _attachment(values: Values, instance: Instance) -> dict[str, Any]:
    return {"ManagedPolicyArns": [values.of(instance, "policy_arn")]}


def _attached_role(values: Values, instance: Instance) -> dict[str, Any]:
    return {"Roles": [values.of(instance, "role")]}


_OWN_POLICY = Part(("aws_iam_policy",), "policy_arn", ("role",), _attached_role)

_TARGET: Mapping[str, Any] = {
    "arn": "Arn",
    "dead_letter_config": ("DeadLetterConfig", {"arn": "Arn"}),
    "input": "Input",
    "input_path": "InputPath",
    "input_transformer": (
        "InputTransformer",
        {"input_paths": "InputPathsMap", "input_template": "InputTemplate"},
    ),
    "kinesis_target": ("KinesisParameters", {"partition_key_path": "PartitionKeyPath"}),
    "retry_policy": (
        "RetryPolicy",
        {
            "maximum_event_age_in_seconds": "MaximumEventAgeInSeconds",
            "maximum_retry_attempts": "MaximumRetryAttempts",
        },
    ),
    "role_arn": "RoleArn",
    "sqs_target": ("SqsParameters", {"message_group_id": "MessageGroupId"}),
    "target_id": "Id",
}


def _target(values: Values, instance: Instance) -> dict[str, Any]:
    written = {name: values.of(instance, name) for name in instance.expressions if name in _TARGET}
    target: dict[str, Any] = {}
    for name, value in written.items():
        target |= mapped(values, instance, name, {name: value}, {name: _TARGET[name]})
    target.setdefault("Id", instance.values.get("target_id") or values.ids[instance.address])
    return {"Targets": [target]}


PARTS: dict[str, Part] = {
    "aws_cloudwatch_event_target": Part(
        ("aws_cloudwatch_event_rule",), "rule", (*_TARGET, "event_bus_name", "force_destroy"), _target
    ),
    "aws_iam_role_policy_attachment": Part(("aws_iam_role",), "role", ("policy_arn",), _attachment),
    "aws_s3_bucket_notification": Part(
        ("aws_s3_bucket",),
        "bucket",
        ("eventbridge", "lambda_function", "queue", "topic"),
        bucket_kinds.notification,
    ),
    "aws_s3_bucket_public_access_block": Part(
        ("aws_s3_bucket",),
        "bucket",
        ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"),
        bucket_kinds.public_access,
    ),
    "aws_s3_bucket_versioning": Part(
        ("aws_s3_bucket",), "bucket", ("versioning_configuration",), bucket_kinds.versioning
    ),
    "aws_secretsmanager_secret_version": Part(
        ("aws_secretsmanager_secret",), "secret_id", ("secret_string", "version_stages"), _secret
    ),
    "aws_sqs_queue_redrive_policy": Part(("aws_sqs_queue",), "queue_url", ("redrive_policy",), _redrive),
}
