"""This file decides how the template's author is told that AWS's API refuses a resource.

It does not decide what is refused. The text is AWS's own; a hint is added where the template's order is most likely
at fault: a bucket is told to notify somebody before the policy stands that lets S3 do so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import ScenarioError
from harness.world.providers.provider import Request

_NOT_LET_IN = ("Permissions on the destination", "Not authorized to invoke function")


def refusal(
    request: Request, error: ClientError, needs: Collection[str], to_come: Mapping[str, Collection[str]]
) -> ScenarioError:
    """The author's error for ``error``.

    ``needs`` are the resources that this one refers to; ``to_come`` are the policies that do not stand yet, each with
    those that it refers to.
    """
    said: Mapping[str, Any] = error.response["Error"]
    arguments = [
        f"{said[name]}: {said[name.replace('Name', 'Value')]}" for name in said if name.startswith("ArgumentName")
    ]
    text = ". ".join([str(said.get("Message", "")), *arguments])
    hint = None
    if any(str(value).startswith(_NOT_LET_IN) for value in said.values()):
        hint = _policy_hint(request.logical_id, needs, to_come)
    return request.place.refuse(
        f"{request.place.of} cannot be created: {error.operation_name} answers {said.get('Code', 'an error')}: {text}",
        hint,
    )


def _policy_hint(logical_id: str, needs: Collection[str], to_come: Mapping[str, Collection[str]]) -> str:
    policies = [i for i, theirs in to_come.items() if any(n in needs for n in theirs)]
    if not policies:
        return (
            "S3 delivers only where the target's own policy lets s3.amazonaws.com in (S3E-10, S3E-11): give it an "
            "AWS::SQS::QueuePolicy, AWS::SNS::TopicPolicy or AWS::Lambda::Permission that names this bucket, and name "
            f'that in DependsOn of "{logical_id}".'
        )
    listed = policies[0] if len(policies) == 1 else f"[{', '.join(policies)}]"
    hint = (
        f'CloudFormation does not wait for {_and(policies)} before it creates "{logical_id}". '
        f'Add to "{logical_id}": DependsOn: {listed}'
    )
    circular = [i for i in policies if logical_id in to_come[i]]
    if circular:
        hint += (
            f'. {_and(circular)} refers to "{logical_id}" in turn: give the bucket a BucketName, and write '
            "arn:aws:s3:::<that name> in place of the reference"
        )
    return hint + "."


def _and(names: Collection[str]) -> str:
    return " and ".join(f'"{n}"' for n in names)
