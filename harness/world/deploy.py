"""This file decides how a template becomes a stack: first everything is read, then everything is created.

It does not know any resource type (``providers``), the template's language (``intrinsics``) or SAM (``transform``), nor
what is wrong with a template (``plan``). Rule: whatever can be known to be wrong is refused before the first resource
is created, and each resource is created after those it refers to or names in ``DependsOn``, and policies after all that
does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from harness.errors import HarnessBug, Location, ScenarioError
from harness.world.account import Account
from harness.world.creation import create_resource, stand
from harness.world.deployment import Deployed, World, prepared
from harness.world.functions import Functions
from harness.world.nested import Nested
from harness.world.plan import read_through
from harness.world.providers.provider import Responses
from harness.world.stack import Resource, Stack
from harness.world.template import Template
from harness.world.yaml_lines import Path


def deploy(
    template: Template,
    client: Callable[[str], Any],
    functions: Functions,
    *,
    stack_name: str = "app",
    parameters: Mapping[str, Any] | None = None,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    account: Account | None = None,
    on_created: Callable[[Resource], None] | None = None,
    responses: Responses | None = None,
) -> Stack:
    """The stack that ``template`` describes, created through ``client(service)``.

    Functions are registered in ``functions``; ``account`` is what the stack finds already there; ``on_created`` is told
    of each resource once it stands; ``responses`` takes what the providers of custom resources answer. Resources of a
    nested stack are in the stack as ``Nested.Resource``.

    Raises:
        ScenarioError: something in the template cannot be used, or AWS's API refuses it. Only the latter
            can happen after resources have been created.
    """
    account = account or Account(client, region)
    world = World(client, functions, region, account_id, account, on_created, Nested, responses)
    common = prepared(world, template, stack_name, parameters or {}, "", ())
    plan = read_through(common)
    plan.refusals.raise_if_any()
    deployed = Deployed(common, plan.providers, plan.needs)
    stand(deployed, plan)
    return Stack(stack_name, region, account_id, world.resources, deployed.outputs)


@dataclass(frozen=True, slots=True)
class Examined:
    """What would come of a deployment: what would stand, all that is refused, and what could not be looked at for it.

    ``where`` gives the author's line for a path in the transformed template.
    """

    stack: Stack
    refusals: Sequence[ScenarioError]
    unseen: Sequence[str]
    where: Callable[[Path], Location]


def examine(
    template: Template,
    client: Callable[[str], Any],
    functions: Functions,
    *,
    stack_name: str = "app",
    parameters: Mapping[str, Any] | None = None,
    region: str = "us-east-1",
    account_id: str = "123456789012",
    account: Account | None = None,
) -> Examined:
    """Like ``deploy``, by the same rules, but whatever is refused is gathered and the rest goes on.

    A resource that is refused for some of its properties is made without them, if that can be done, so that those
    which need it can be looked at.

    Raises:
        ScenarioError: the template cannot be read as far as its resources.
    """
    world = World(client, functions, region, account_id, account or Account(client, region), None, Nested)
    common = prepared(world, template, stack_name, parameters or {}, "", ())
    plan = read_through(common)
    created: dict[str, Resource] = {}
    unseen = [i for i in plan.providers if i not in plan.order and i not in plan.refused]
    for logical_id in plan.order:
        if any(name not in created for name in plan.needs[logical_id]):
            unseen += [logical_id] if logical_id not in plan.refused else []
        elif logical_id in plan.refused:
            with suppress(ScenarioError, HarnessBug):
                created[logical_id] = create_resource(common, plan, logical_id, created, whole=False)
        else:
            with plan.refusals.gathered():
                created[logical_id] = create_resource(common, plan, logical_id, created)
    stack = Stack(stack_name, region, account_id, created)
    return Examined(stack, plan.refusals.found, unseen, common.transformed.where)
