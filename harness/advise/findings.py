"""This file decides what a finding is, and what the rules may look at: the deployed resources and one another's names.

It holds no rule. Those are functions from a ``Scene`` to findings, in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.errors import Location
from harness.world.stack import Resource, Stack
from harness.world.yaml_lines import Path

FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
QUEUE, TOPIC, SUBSCRIPTION = "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::SNS::Subscription"
BUCKET, ALARM, INVOKE_CONFIG = "AWS::S3::Bucket", "AWS::CloudWatch::Alarm", "AWS::Lambda::EventInvokeConfig"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
RULE, SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"

Severity = Literal["fails", "surprises", "advice"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a template that AWS accepts and its author would not want.

    ``severity``: it "fails" in AWS, it "surprises" whoever meets it there, or it is "advice". ``row`` is the row of
    docs/reference/aws-rows.md that says so, empty for a rule of CloudWatch's own.
    """

    severity: Severity
    where: Location
    problem: str
    hint: str
    row: str = ""


class Scene:
    """The resources that rules look at, found by whatever AWS calls them."""

    def __init__(self, stack: Stack, where: Callable[[Path], Location]) -> None:
        self.stack = stack
        self._where = where
        self._by_name: dict[tuple[str, str], Resource] = {}
        for resource in stack.resources.values():
            if resource.type not in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                for name in (resource.arn, resource.physical_id):
                    self._by_name[resource.type, name] = resource

    def of_type(self, resource_type: str) -> list[Resource]:
        """All resources of a type."""
        return self.stack.of_type(resource_type)

    def find(self, name: Any, resource_type: str) -> Resource | None:
        """The resource of this type with this ARN, URL or name; a function's version or alias is the function."""
        unqualified = ":".join(str(name).split(":")[:7])
        return self._by_name.get((resource_type, str(name))) or self._by_name.get((resource_type, unqualified))

    def where(self, resource: Resource, *below: str | int) -> Location:
        """The author's line of a resource's property, or of the resource."""
        return self._where(("Resources", resource.logical_id, *(("Properties", *below) if below else ())))


Rules = tuple[Callable[[Scene], "list[Finding]"], ...]


def number(properties: Mapping[str, Any], name: str, default: int) -> int:
    """A numeric property, as AWS takes it if it is not given."""
    return int(properties.get(name, default))
