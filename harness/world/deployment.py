"""This file decides what one template needs to be deployed: its values, its plain form, and where it will stand.

It neither orders nor creates resources (``plan``, ``deploy``). Rule: a nested stack shares the world of the stack
around it, and has parameters, a name and a place on disk of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from harness.errors import Refusals
from harness.world.account import Account
from harness.world.dynamic_references import resolved
from harness.world.functions import Functions
from harness.world.intrinsics import Intrinsics
from harness.world.lookups import Reading, Standing
from harness.world.names import stack_id
from harness.world.parameters import parameter_values
from harness.world.providers.provider import NestedStacks, Provider, Request, Responses
from harness.world.providers.shapes import Place
from harness.world.published import has_property
from harness.world.refusals import refuse_mistakes
from harness.world.stack import Resource
from harness.world.template import Template
from harness.world.transform import Transformed, transform
from harness.world.values import NO_VALUE
from harness.world.yaml_lines import Path


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done to a resource, in CloudFormation's words; ``logical_id`` is its full name."""

    logical_id: str
    type: str
    physical_id: str
    status: str
    reason: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """Where all stacks of one deployment stand; ``resources`` are those of all of them, nested ones by full name.

    ``on_step`` hears of what is done to each, ``pause`` waits for as many seconds. ``generations`` counts, by full
    name, how often an update has put another resource in one's place; ``nested_stacks`` are by full name too.
    """

    client: Callable[[str], Any]
    functions: Functions
    region: str
    account_id: str
    account: Account
    on_created: Callable[[Resource], None] | None
    nested: Callable[[Deployment], NestedStacks]
    responses: Responses | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    on_step: Callable[[Step], None] = lambda step: None
    pause: Callable[[float], None] = lambda seconds: None
    generations: dict[str, int] = field(default_factory=dict)
    nested_stacks: dict[str, Deployed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What every step of deploying one template needs."""

    world: World
    transformed: Transformed
    intrinsics: Intrinsics
    stack_name: str
    inside: str
    around: tuple[FilePath, ...]

    def request(self, logical_id: str, provider: Provider, lookup: Reading | Standing, refusals: Refusals) -> Request:
        """The resource's properties, resolved and read; what is refused of them goes into ``refusals``."""
        world = self.world
        path: Path = ("Resources", logical_id, "Properties")

        def aws_has(below: Path) -> bool:
            return has_property(provider.type, below[len(path) :])

        place = Place(f'"{self.inside}{logical_id}" ({provider.type})', path, self.transformed.where, aws_has, refusals)
        raw = self.transformed.body["Resources"][logical_id].get("Properties") or {}
        value = self.intrinsics.value(raw, path, lookup)
        account = world.account if isinstance(lookup, Standing) else None
        value = resolved(value, place, account, provider.type)
        properties = {} if value is NO_VALUE else value
        read = provider.properties.read(properties, place)
        refuse_mistakes(provider.type, properties, place)
        return Request(
            logical_id,
            read,
            place,
            world.client,
            world.functions,
            self.transformed.code,
            self.stack_name,
            world.region,
            world.account_id,
            self.inside,
            world.nested(self),
            provider.type,
            world.responses,
            world.generations.get(f"{self.inside}{logical_id}", 0),
            world.pause,
        )

    def tell(self, logical_id: str, kind: str, physical_id: str, status: str, reason: str = "") -> None:
        """Say what is done to one of the resources."""
        self.world.on_step(Step(f"{self.inside}{logical_id}", kind, physical_id, status, reason))

    def written(self, logical_id: str, part: str) -> str:
        """What the template says in one part of a resource, besides its properties; nothing if it does not."""
        return str(self.transformed.body["Resources"][logical_id].get(part, ""))


@dataclass(slots=True)
class Deployed:
    """What stands of one template: ``created`` fills, in order, while it comes to stand."""

    common: Deployment
    providers: Mapping[str, Provider]
    needs: Mapping[str, Collection[str]]
    created: dict[str, Resource] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    def standing(self) -> Standing:
        """References to what stands."""
        return Standing(self.providers, self.created, self.common.transformed.where)

    def request(self, logical_id: str) -> Request:
        """One of its resources as it was asked for."""
        refusals = Refusals()
        request = self.common.request(logical_id, self.providers[logical_id], self.standing(), refusals)
        refusals.raise_if_any()
        return request


def prepared(
    world: World,
    template: Template,
    stack_name: str,
    parameters: Mapping[str, Any],
    inside: str,
    around: tuple[FilePath, ...],
) -> Deployment:
    """The template with its parameters known, included, unfolded and transformed.

    ``inside`` is the path of a nested stack, ``around`` the templates that it is nested in.

    Raises:
        ScenarioError: a parameter, a rule, or something that is needed to read the template is wrong.
        Undecided: what must be known to read it hangs on a value that is still pending.
    """
    values = parameter_values(template, parameters, world.account.stored)
    transformed = transform(template, values, world.region)
    pseudo = {
        "AWS::AccountId": world.account_id,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": world.region,
        "AWS::StackId": stack_id(stack_name, world.region, world.account_id),
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    intrinsics = Intrinsics(
        transformed.body, values | pseudo, transformed.where, world.account, extended=transformed.extended
    )
    intrinsics.conditions.check_rules(transformed.template.section("Rules"))
    return Deployment(world, transformed, intrinsics, stack_name, inside, (*around, template.path.resolve()))
