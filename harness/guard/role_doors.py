"""This file decides whether a role may do something in this world, and what a role that reads a source must be allowed.

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


def refused_to_read(role_arn: str, source_arn: str) -> Refused | None:
    """The first thing that a mapping or pipe needs of its source and the role may not do. ESM-04"""
    for action in READS[source_arn.split(":")[2]]:
        verdict = may(role_arn, action, source_arn)
        if not verdict.allowed:
            return Refused(action, verdict.reason)
    return None
