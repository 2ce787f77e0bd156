"""This file decides how the template's author is told that AWS's API refuses a resource.

It does not decide what is refused. The text is AWS's own; a hint is added where the template's order is most likely
at fault (a bucket is told to notify somebody before the policy stands that lets S3 do so), and where a role lacks a
permission.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import ScenarioError
from harness.guard import role_doors
from harness.world.providers.provider import Request

_NOT_LET_IN = ("Permissions on the destination", "Not authorized to invoke function")
_MAY_NOT_READ = ("does not have permissions to call", "Please ensure the role can perform", "may not")
# The managed policy that a function's role may read such a source by, and SAM's name for such an event.
_MAY_READ = {
    "dynamodb": ("AWSLambdaDynamoDBExecutionRole", "a DynamoDB"),
    "kinesis": ("AWSLambdaKinesisExecutionRole", "a Kinesis"),
    "sqs": ("AWSLambdaSQSQueueExecutionRole", "an SQS"),
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a refused resource.

    ``needs`` are the resources that it refers to; ``policies_to_come`` are the policies for services that do not stand
    yet, each with those that it refers to; ``grants_to_come`` are policies of its roles that do not stand yet.
    """

    needs: Collection[str]
    policies_to_come: Mapping[str, Collection[str]]
    grants_to_come: Collection[str]


def refusal(request: Request, error: ClientError, around: Surroundings) -> ScenarioError:
    """The author's error for ``error``."""
    said: Mapping[str, Any] = error.response["Error"]
    arguments = [
        f"{said[name]}: {said[name.replace('Name', 'Value')]}" for name in said if name.startswith("ArgumentName")
    ]
    text = ". ".join([str(said.get("Message", "")), *arguments])
    hint = None
    if any(str(value).startswith(_NOT_LET_IN) for value in said.values()):
        hint = _policy_hint(request.logical_id, around.needs, around.policies_to_come)
    elif any(words in text for words in _MAY_NOT_READ):
        hint = _role_hint(request, around.grants_to_come)
    return request.place.refuse(
        f"{request.place.of} cannot be created: {error.operation_name} answers {said.get('Code', 'an error')}: {text}",
        hint or "That is AWS's own answer, and its API would give it too: change what it names.",
    )


def _role_hint(request: Request, grants_to_come: Collection[str]) -> str | None:
    # ESM-04
    given = request.properties
    source = str(given.get("EventSourceArn") or given.get("Source"))
    function = request.functions.find(given["FunctionName"]) if "FunctionName" in given else None
    role_arn = function.role_arn if function is not None else given.get("RoleArn")
    refused = role_arn and role_doors.refused_to_read(role_arn, source)
    if not refused:
        return None
    why = f"{refused.reason[0].upper()}{refused.reason[1:]}. "
    if grants_to_come:
        return f"{why}{_wait_for(list(grants_to_come), request.logical_id)}."
    kind = source.split(":")[2]
    needed = role_doors.READS[kind]
    thing = "queue" if kind == "sqs" else "stream"
    allow = f"allow it {', '.join(needed[:-1])} and {needed[-1]} on the {thing}"
    if function is None:
        return f"{why}A pipe reads its {thing} as its own role: {allow}."
    policy, event = _MAY_READ[kind]
    return (
        f"{why}A mapping reads its {thing} as the function's role: {allow}, or attach "
        f"arn:aws:iam::aws:policy/service-role/{policy} (SAM does, for a function with {event} event)."
    )


def _policy_hint(logical_id: str, needs: Collection[str], to_come: Mapping[str, Collection[str]]) -> str:
    policies = [i for i, theirs in to_come.items() if any(n in needs for n in theirs)]
    if not policies:
        return (
            "S3 delivers only where the target's own policy lets s3.amazonaws.com in (S3E-10, S3E-11): give it an "
            "AWS::SQS::QueuePolicy, AWS::SNS::TopicPolicy or AWS::Lambda::Permission that names this bucket, and name "
            f'that in DependsOn of "{logical_id}".'
        )
    hint = _wait_for(policies, logical_id)
    circular = [i for i in policies if logical_id in to_come[i]]
    if circular:
        hint += (
            f'. {_and(circular)} refers to "{logical_id}" in turn: give the bucket a BucketName, and write '
            "arn:aws:s3:::<that name> in place of the reference"
        )
    return hint + "."


def _wait_for(policies: list[str], logical_id: str) -> str:
    listed = policies[0] if len(policies) == 1 else f"[{', '.join(policies)}]"
    return (
        f'CloudFormation does not wait for {_and(policies)} before it creates "{logical_id}". '
        f'Add to "{logical_id}": DependsOn: {listed}'
    )


def _and(names: Collection[str]) -> str:
    return " and ".join(f'"{n}"' for n in names)
