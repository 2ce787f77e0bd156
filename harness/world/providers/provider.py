"""This file decides what a provider is: the one place that knows a resource type.

A provider says which properties it honours, which it accepts without effect and why, which attributes
``Fn::GetAtt`` may ask for, and how the resource comes to stand through AWS's API. It neither resolves
intrinsics nor decides an order. Rule: a provider talks to boto3 only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.world.functions import Functions
from harness.world.local_code import LocalCode
from harness.world.names import physical_name, suffix
from harness.world.providers.shapes import Place, Record
from harness.world.stack import Stack


@dataclass(frozen=True, slots=True)
class Created:
    """What a resource became: ``physical_id`` answers ``Ref``, ``attributes`` answer ``Fn::GetAtt``."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class NestedStacks(Protocol):
    """How a stack within a stack comes to stand; the request's logical id says which template it has."""

    def read(self, request: Request) -> None:
        """Refuse what can be refused before anything is created."""

    def create(self, request: Request) -> Stack:
        """Deploy it."""

    def update(self, request: Request) -> Stack:
        """Make it what its template says now."""

    def remove(self, request: Request) -> None:
        """Take away what is in it."""


class Responses(Protocol):
    """Where the providers of custom resources put their answers."""

    def open(self, stack_id: str, logical_id: str, request_id: str) -> str:
        """A new address for the answer to one request."""

    def wait(self, url: str, timeout_s: float) -> bytes | None:
        """What was put there; None if nothing was before ``timeout_s`` of virtual time had passed."""

    def trouble(self) -> str:
        """How the last call that went wrong since did so; nothing if none did."""


@dataclass(frozen=True, slots=True)
class Request:
    """One resource to create: its properties as its provider's shapes read them, and what is at hand.

    ``responses`` is None where nothing runs: a template is looked at and not deployed. ``generation`` counts how often
    an update has put another resource in this one's place, ``pause`` waits for AWS's side of a change.
    """

    logical_id: str
    properties: Mapping[str, Any]
    place: Place
    client: Callable[[str], Any]
    functions: Functions
    code: LocalCode
    stack_name: str
    region: str
    account_id: str
    inside: str
    nested: NestedStacks
    type: str
    responses: Responses | None
    generation: int = 0
    pause: Callable[[float], None] = lambda seconds: None

    @property
    def suffix(self) -> str:
        """What makes a name that CloudFormation gives one of its own; another one for each generation."""
        named = f"{self.logical_id}#{self.generation}" if self.generation else self.logical_id
        return suffix(self.stack_name, named)

    @property
    def full_id(self) -> str:
        """The logical id, behind those of the nested stacks that the resource is in: ``Nested.Resource``."""
        return f"{self.inside}{self.logical_id}"

    def name(self, prop: str, limit: int, *, ending: str = "", lower: bool = False) -> str:
        """The name that the property ``prop`` gives, else one as CloudFormation makes it."""
        given = self.properties.get(prop)
        if given is not None:
            return str(given)
        return physical_name(self.stack_name, self.logical_id, limit, ending=ending, lower=lower, own=self.suffix)

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this stack's region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{rest}"


@dataclass(frozen=True, slots=True)
class Provider:
    """One resource type.

    An attribute may end in ``*``. ``check`` looks at code and files, before anything has been created. ``lets_in`` is
    true of a policy that lets services deliver to another resource, ``grants`` of one that lets roles do something:
    what needs it to stand must name it in ``DependsOn``.
    """

    type: str
    properties: Record
    attributes: tuple[str, ...]
    create: Callable[[Request], Created]
    check: Callable[[Request], None] | None = None
    lets_in: bool = False
    grants: bool = False
