"""This file decides how the rest of the harness finds a deployed resource: by the template's logical id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import ScenarioError, did_you_mean


@dataclass(frozen=True, slots=True)
class Resource:
    """One deployed resource.

    ``physical_id`` is what ``Ref`` gives (a bucket's name, a queue's URL, a topic's ARN), ``attributes``
    what ``Fn::GetAtt`` gives, ``properties`` the template's with every intrinsic resolved, ``line`` the
    template's line: for what the SAM transform added, the line of the SAM resource that it came from.
    """

    logical_id: str
    type: str
    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    line: int | None = None

    @property
    def arn(self) -> str:
        """The ARN if the resource has one, else its physical id."""
        for name in ("Arn", "TopicArn"):
            if name in self.attributes:
                return str(self.attributes[name])
        return self.physical_id


@dataclass(frozen=True, slots=True)
class Stack:
    """What one template became."""

    name: str
    region: str
    account_id: str
    resources: Mapping[str, Resource]
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def resource(self, logical_id: str, *types: str) -> Resource:
        """The resource with this logical id.

        Raises:
            ScenarioError: there is none, or it is of none of the ``types`` if there are any.
        """
        same_type = [r.logical_id for r in self.resources.values() if not types or r.type in types]
        found = self.resources.get(logical_id)
        kind = f" of type {' or '.join(types)}" if types else ""
        if found is None:
            raise ScenarioError(
                f'The template has no resource "{logical_id}"{kind}.',
                hint=did_you_mean(logical_id, same_type),
            )
        if types and found.type not in types:
            raise ScenarioError(
                f'"{logical_id}" is of type {found.type}; what is needed here is {" or ".join(types)}.',
                hint=did_you_mean(logical_id, same_type),
            )
        return found

    def of_type(self, resource_type: str) -> list[Resource]:
        """All resources of a type, in the order in which they were created."""
        return [r for r in self.resources.values() if r.type == resource_type]
