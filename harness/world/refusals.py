"""This file decides how the template's author is told what is refused: by AWS's API, by its schemas, or for not
being here.

It does not decide what is refused. What an API says is AWS's own text; a hint is added where the template's order is
most likely at fault: a bucket is told to notify somebody before the policy stands that lets S3 do so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import Location, ScenarioError, did_you_mean, nearest
from harness.world import published
from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Provider, Request
from harness.world.providers.shapes import Place, lacks

_NOT_LET_IN = ("Permissions on the destination", "Not authorized to invoke function")


def unknown_type(logical_id: str, resource_type: str, where: Location) -> ScenarioError:
    """The refusal of a type that AWS does not have, or that nothing here behaves like."""
    if resource_type in published.types() or resource_type.startswith("Custom::"):
        return ScenarioError(
            f'"{logical_id}" is of type {resource_type}, which nothing here behaves like yet.',
            where=where,
            hint="Leave it out of the rehearsal (a Condition can do it); docs/reference/resource-types.md lists what "
            "there is.",
        )
    close = nearest(resource_type, PROVIDERS) or nearest(resource_type, published.types())
    return ScenarioError(
        f'"{logical_id}" is of type {resource_type}, which AWS does not have.',
        where=where,
        hint=f'Did you mean "{close}"?' if close else "Look the type up in AWS's template reference.",
    )


def unknown_attribute(logical_id: str, provider: Provider, attribute: str, where: Location) -> ScenarioError:
    """The refusal of a ``Fn::GetAtt`` that AWS does not answer, or that nothing here does."""
    if attribute in published.attributes(provider.type):
        return ScenarioError(
            f'The attribute "{attribute}" of "{logical_id}" ({provider.type}) is one of AWS\'s that is not known here '
            "yet.",
            where=where,
            hint=f"Known: {', '.join(provider.attributes) or 'none'}.",
        )
    return ScenarioError(
        f'"{logical_id}" ({provider.type}) has no attribute "{attribute}".',
        where=where,
        hint=did_you_mean(attribute, provider.attributes),
    )


def refuse_mistakes(resource_type: str, properties: Any, place: Place) -> None:
    """Add to the place's refusals what AWS's published schema refuses and nobody has said yet."""
    from harness.world.published_rules import mistakes  # late: it brings jsonschema

    said = [(error.where, error.problem) for error in place.refusals.found]
    spoken_for = {where for where, problem in said if where != place.where(place.path)}
    for mistake in mistakes(resource_type, properties):
        at = place
        for key in mistake.path:
            at = at.down(key)
        if mistake.kind == "unknown":
            error = at.refuse(f'{at.of} has no property "{at.name}".', mistake.hint)
        elif mistake.kind == "lacking":
            error = at.refuse(lacks(at, mistake.text), mistake.hint)
        else:
            error = at.refuse(f"{f'{at.name} of ' if at.name else ''}{at.of} {mistake.text}", mistake.hint)
        if error.where not in spoken_for and (error.where, error.problem) not in said:
            place.refusals.found.append(error)


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
