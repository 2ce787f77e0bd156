"""This file decides whether a role may do something in this world, and what a role must be allowed that reads a source
or delivers to a target.

It does not judge documents (``identity_policies.py``) nor say what becomes of a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.guard.identity_policies import RoleRequest, judge
from harness.guard.statements import Verdict
from harness.vendor import identity_policies, resource_policies

# ESM-04: what Lambda and pipes do with a source in the role's name, in the order in which they ask; by its service.
# What AWS asks for on no particular stream (ListStreams) is not among them.
READS = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "dynamodb": ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"),
}


# EVB-05: one of these is what a role needs to deliver to a target; by the target's service.
_DELIVERS = {
    "events": ("events:PutEvents",),
    "kinesis": ("kinesis:PutRecord", "kinesis:PutRecords"),
    "lambda": ("lambda:InvokeFunction",),
    "logs": ("logs:PutLogEvents",),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage",),
    "states": ("states:StartExecution",),
}
_DESTINATION = ":api-destination/"


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that a role may not do, and in a sentence why."""

    action: str
    reason: str


def may(role_arn: str, action: str, resource: str, further: Mapping[str, str] | None = None) -> Verdict:
    """Whether the role, as its policies and the resource's stand now, may do ``action`` on the resource.

    ``further`` holds condition keys that only the caller knows, in lower case.

    Raises:
        ScenarioError: a policy uses something of IAM's language that is not understood here.
    """
    role = identity_policies.find(role_arn)
    request = RoleRequest(role_arn, action, resource, role.tags if role else {}, further or {})
    if role is None:
        return Verdict(False, f"{request.wish}: there is no such role")
    return judge(role, resource_policies.find(resource), request)


def refused_to_deliver(role_arn: str, target_arn: str, *, waits: bool = False) -> Refused | None:
    """What keeps EventBridge from delivering in this role; ``waits`` for the end of an execution. EVB-05"""
    kind, resources = target_arn.split(":")[2], [target_arn]
    actions = _DELIVERS[kind]
    if _DESTINATION in target_arn:
        # Policies name it with or without its last part.
        actions, resources = ("events:InvokeApiDestination",), [target_arn, target_arn.rpartition("/")[0]]
    elif kind == "states" and waits:
        actions = ("states:StartSyncExecution",)
    elif kind == "logs":
        resources = [f"{target_arn.removesuffix(':*')}:log-stream:*"]
    verdicts = [may(role_arn, action, resource) for action in actions for resource in resources]
    allowed = any(verdict.allowed for verdict in verdicts)
    return None if allowed else Refused(actions[0], verdicts[0].reason)


def refused_to_read(role_arn: str, source_arn: str) -> Refused | None:
    """The first thing that a mapping or pipe needs of its source and the role may not do. ESM-04"""
    for action in READS[source_arn.split(":")[2]]:
        verdict = may(role_arn, action, source_arn)
        if not verdict.allowed:
            return Refused(action, verdict.reason)
    return None
