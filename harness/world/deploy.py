"""This file decides how a template becomes a stack: first everything is read, then everything is created.

It does not know any resource type (``providers``), the template's language (``intrinsics``) or SAM (``transform``), nor
what is wrong with a template (``plan``). Rule: whatever can be known to be wrong is refused before the first resource
is created, and each resource is created after those it refers to or names in ``DependsOn``, and policies after all that
does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessBug, HarnessError, Location, Refusals, ScenarioError
from harness.world.account import Account
from harness.world.api_refusals import Surroundings, refusal
from harness.world.deployment import Deployment, World, prepared
from harness.world.functions import Functions
from harness.world.lookups import Standing
from harness.world.names import physical_name
from harness.world.outputs import outputs
from harness.world.plan import Plan, read_through
from harness.world.providers.provider import Created, Provider, Request, Responses
from harness.world.stack import Resource, Stack
from harness.world.template import Template, load_template
from harness.world.values import Undecided
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
    world = World(client, functions, region, account_id, account, on_created, _Nested, responses)
    common = prepared(world, template, stack_name, parameters or {}, "", ())
    stack = _carried_out(common, read_through(common))
    return replace(stack, resources=world.resources)


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
    world = World(client, functions, region, account_id, account or Account(client, region), None, _Nested)
    common = prepared(world, template, stack_name, parameters or {}, "", ())
    plan = read_through(common)
    created: dict[str, Resource] = {}
    unseen = [i for i in plan.providers if i not in plan.order and i not in plan.refused]
    for logical_id in plan.order:
        if any(name not in created for name in plan.needs[logical_id]):
            unseen += [logical_id] if logical_id not in plan.refused else []
        elif logical_id in plan.refused:
            with suppress(ScenarioError, HarnessBug):
                created[logical_id] = _create(common, plan, logical_id, created, whole=False)
        else:
            with plan.refusals.gathered():
                created[logical_id] = _create(common, plan, logical_id, created)
    stack = Stack(stack_name, region, account_id, created)
    return Examined(stack, plan.refusals.found, unseen, common.transformed.where)


def _carried_out(common: Deployment, plan: Plan) -> Stack:
    plan.refusals.raise_if_any()
    created: dict[str, Resource] = {}
    for logical_id in plan.order:
        resource = _create(common, plan, logical_id, created)
        created[logical_id] = common.world.resources[resource.logical_id] = resource
        if common.world.on_created:
            common.world.on_created(resource)
    found = outputs(common, Standing(plan.providers, created, common.transformed.where))
    return Stack(common.stack_name, common.world.region, common.world.account_id, created, found)


class _Nested:
    """The nested stacks of one stack: deployed like any other, named after the stack around them."""

    def __init__(self, common: Deployment) -> None:
        self._common = common

    def read(self, request: Request) -> None:
        """Refuse what can be refused before anything is created; see ``NestedStacks``."""
        with suppress(Undecided):
            read_through(self._prepared(request)).refusals.raise_if_any()

    def create(self, request: Request) -> Stack:
        """Deploy it; see ``NestedStacks``."""
        common = self._prepared(request)
        return _carried_out(common, read_through(common))

    def _prepared(self, request: Request) -> Deployment:
        common = self._common
        template = load_template(request.code.templates[request.logical_id])
        if template.path.resolve() in common.around:
            raise request.place.refuse(
                f"{request.place.of} is the template {template.path}, which it is part of.",
                "Name another template: a stack within itself would never end.",
            )
        name = physical_name(request.stack_name, request.logical_id, 128)
        parameters = request.properties.get("Parameters", {})
        return prepared(common.world, template, name, parameters, f"{request.full_id}.", common.around)


def _create(
    common: Deployment, plan: Plan, logical_id: str, created: Mapping[str, Resource], *, whole: bool = True
) -> Resource:
    """The resource, created; if not ``whole``, then without those of its properties that are refused."""
    provider = plan.providers[logical_id]
    refusals = Refusals()
    request = common.request(
        logical_id, provider, Standing(plan.providers, created, common.transformed.where), refusals
    )
    if whole:
        refusals.raise_if_any()
    made = _call(provider, request, lambda error: refusal(request, error, _surroundings(plan, logical_id, created)))
    return Resource(
        logical_id=request.full_id,
        type=provider.type,
        physical_id=made.physical_id,
        attributes=made.attributes,
        properties=request.properties,
        line=common.transformed.where(("Resources", logical_id)).line,
    )


def _surroundings(plan: Plan, logical_id: str, created: Mapping[str, Resource]) -> Surroundings:
    needs = plan.needs[logical_id]
    roles = [i for n in needs for i in plan.needs.get(n, ())]
    to_come = [i for i in plan.order if i not in created]
    return Surroundings(
        needs,
        {i: plan.needs[i] for i in to_come if plan.providers[i].lets_in},
        [i for i in to_come if plan.providers[i].grants and any(n in roles for n in plan.needs[i])],
    )


def _call(provider: Provider, request: Request, refused: Callable[[ClientError], ScenarioError]) -> Created:
    try:
        return provider.create(request)
    except HarnessError:
        raise
    except ClientError as error:
        raise refused(error) from error
    except BotoCoreError as error:
        hint = "AWS's SDK would not send this either: change what it names."
        raise request.place.refuse(f"{request.place.of} cannot be created: {error}", hint) from error
    except Exception as error:
        raise HarnessBug(
            f"The embedded cloud fell over while it created {request.place.of}, "
            f"{request.place.where(request.place.path)}: {type(error).__name__}: {error}"
        ) from error
