"""This file decides how a template becomes a stack: first everything is read, then everything is created.

It does not know any resource type (``providers``), the template's language (``intrinsics``) or SAM
(``transform``). Rule: whatever can be known to be wrong is refused before the first resource is created, and
each resource is created after those it refers to or names in ``DependsOn``, and policies after all that does not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessBug, HarnessError, ScenarioError, did_you_mean
from harness.world.account import Account
from harness.world.dynamic_references import resolved
from harness.world.functions import Functions
from harness.world.intrinsics import Intrinsics
from harness.world.lookups import Reading, Standing
from harness.world.names import physical_name, stack_id
from harness.world.order import creation_order
from harness.world.parameters import parameter_values
from harness.world.providers import PROVIDERS, provider_of
from harness.world.providers.provider import Created, Provider, Request, Responses
from harness.world.providers.shapes import Place
from harness.world.refusals import refusal
from harness.world.stack import Resource, Stack
from harness.world.template import Template, load_template
from harness.world.transform import Transformed, transform
from harness.world.values import NO_VALUE, PENDING, Undecided, text_of
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
    of each resource once it stands; without ``responses`` there are no custom resources. Resources of a nested stack
    are in the stack as ``Nested.Resource``.

    Raises:
        ScenarioError: something in the template cannot be used, or AWS's API refuses it. Only the latter
            can happen after resources have been created.
    """
    world = _World(client, functions, region, account_id, account or Account(client, region), on_created, responses)
    common = _prepared(world, template, stack_name, parameters or {}, "", ())
    stack = _carried_out(common, _read_through(common))
    return replace(stack, resources=world.resources)


@dataclass(frozen=True, slots=True)
class _World:
    """Where all stacks of one deployment stand; ``resources`` are those of all of them, nested ones by full name."""

    client: Callable[[str], Any]
    functions: Functions
    region: str
    account_id: str
    account: Account
    on_created: Callable[[Resource], None] | None
    responses: Responses | None = None
    resources: dict[str, Resource] = field(default_factory=dict)


def _prepared(
    world: _World,
    template: Template,
    stack_name: str,
    parameters: Mapping[str, Any],
    inside: str,
    around: tuple[FilePath, ...],
) -> _Common:
    """The template with its parameters known; ``inside`` is the path of the nested stack, ``around`` the templates."""
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
    return _Common(world, transformed, intrinsics, stack_name, inside, (*around, template.path.resolve()))


def _carried_out(common: _Common, plan: _Plan) -> Stack:
    created: dict[str, Resource] = {}
    for logical_id in plan.order:
        resource = _create(common, plan, logical_id, created)
        created[logical_id] = common.world.resources[resource.logical_id] = resource
        if common.world.on_created:
            common.world.on_created(resource)
    outputs = _outputs(common, Standing(plan.providers, created, common.transformed.where))
    return Stack(common.stack_name, common.world.region, common.world.account_id, created, outputs)


@dataclass(frozen=True, slots=True)
class _Common:
    """What every step of one deployment needs."""

    world: _World
    transformed: Transformed
    intrinsics: Intrinsics
    stack_name: str
    inside: str
    around: tuple[FilePath, ...]

    def request(self, logical_id: str, provider: Provider, lookup: Reading | Standing) -> Request:
        """The resource's properties, resolved and read."""
        world = self.world
        path: Path = ("Resources", logical_id, "Properties")
        place = Place(f'"{self.inside}{logical_id}" ({provider.type})', path, self.transformed.where)
        raw = self.transformed.body["Resources"][logical_id].get("Properties") or {}
        value = self.intrinsics.value(raw, path, lookup)
        account = world.account if isinstance(lookup, Standing) else None
        value = resolved(value, place, account, provider.type)
        return Request(
            logical_id,
            {} if value is NO_VALUE else provider.properties.read(value, place),
            place,
            world.client,
            world.functions,
            self.transformed.code,
            self.stack_name,
            world.region,
            world.account_id,
            self.inside,
            _Nested(self),
            provider.type,
            world.responses,
        )


class _Nested:
    """The nested stacks of one stack: deployed like any other, named after the stack around them."""

    def __init__(self, common: _Common) -> None:
        self._common = common

    def read(self, request: Request) -> None:
        """Refuse what can be refused before anything is created; see ``NestedStacks``."""
        with contextlib.suppress(Undecided):
            _read_through(self._prepared(request))

    def create(self, request: Request) -> Stack:
        """Deploy it; see ``NestedStacks``."""
        common = self._prepared(request)
        return _carried_out(common, _read_through(common))

    def _prepared(self, request: Request) -> _Common:
        common = self._common
        template = load_template(request.code.templates[request.logical_id])
        if template.path.resolve() in common.around:
            raise request.place.refuse(f"{request.place.of} is the template {template.path}, which it is part of.")
        name = physical_name(request.stack_name, request.logical_id, 128)
        parameters = request.properties.get("Parameters", {})
        return _prepared(common.world, template, name, parameters, f"{request.full_id}.", common.around)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The resources that will be created, with their providers and what each needs, in order."""

    providers: Mapping[str, Provider]
    needs: Mapping[str, Collection[str]]
    order: Sequence[str]


def _read_through(common: _Common) -> _Plan:
    """Refuse what can be refused without creating anything; say in which order to create."""
    transformed, intrinsics = common.transformed, common.intrinsics
    for name in transformed.body.get("Conditions") or {}:
        intrinsics.condition(name, ("Conditions", name))
    providers = {
        logical_id: _provider(transformed, logical_id, resource["Type"])
        for logical_id, resource in transformed.body["Resources"].items()
        if _wanted(intrinsics, logical_id, resource)
    }
    needs: dict[str, dict[str, None]] = {}
    for logical_id, provider in providers.items():
        reading = Reading(providers, transformed.where)
        request = common.request(logical_id, provider, reading)
        if provider.check:
            provider.check(request)
        needs[logical_id] = reading.needs | _depends_on(transformed, logical_id, providers)
    places = {i: transformed.where(("Resources", i)) for i in providers}
    late = [i for i, provider in providers.items() if provider.lets_in]
    plan = _Plan(providers, needs, creation_order(needs, places, late))
    _outputs(common, Reading(providers, transformed.where))
    return plan


def _wanted(intrinsics: Intrinsics, logical_id: str, resource: Mapping[str, Any]) -> bool:
    name = resource.get("Condition")
    if name is None:
        return True
    path: Path = ("Resources", logical_id, "Condition")
    return intrinsics.condition(str(name), path)


def _provider(transformed: Transformed, logical_id: str, resource_type: str) -> Provider:
    found = provider_of(resource_type)
    if found is None:
        raise ScenarioError(
            f'"{logical_id}" is of type {resource_type}, which nothing here behaves like yet.',
            where=transformed.where(("Resources", logical_id, "Type")),
            hint=did_you_mean(resource_type, PROVIDERS),
        )
    return found


def _depends_on(transformed: Transformed, logical_id: str, providers: Mapping[str, Provider]) -> dict[str, None]:
    resources = transformed.body["Resources"]
    raw = resources[logical_id].get("DependsOn") or []
    found: dict[str, None] = {}
    for name in raw if isinstance(raw, list) else [raw]:
        if not isinstance(name, str) or name not in resources:
            raise ScenarioError(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of "
                "the template",
                where=transformed.where(("Resources", logical_id, "DependsOn")),
                hint=did_you_mean(str(name), resources),
            )
        if name in providers:  # one whose condition does not hold is not waited for
            found[name] = None
    return found


def _create(common: _Common, plan: _Plan, logical_id: str, created: Mapping[str, Resource]) -> Resource:
    provider = plan.providers[logical_id]
    request = common.request(logical_id, provider, Standing(plan.providers, created, common.transformed.where))
    to_come = {i: plan.needs[i] for i in plan.order if plan.providers[i].lets_in and i not in created}
    made = _call(provider, request, lambda error: refusal(request, error, plan.needs[logical_id], to_come))
    return Resource(
        logical_id=request.full_id,
        type=provider.type,
        physical_id=made.physical_id,
        attributes=made.attributes,
        properties=request.properties,
        line=common.transformed.where(("Resources", logical_id)).line,
    )


def _call(provider: Provider, request: Request, refused: Callable[[ClientError], ScenarioError]) -> Created:
    try:
        return provider.create(request)
    except HarnessError:
        raise
    except ClientError as error:
        raise refused(error) from error
    except BotoCoreError as error:
        raise request.place.refuse(f"{request.place.of} cannot be created: {error}") from error
    except Exception as error:
        raise HarnessBug(
            f"The embedded cloud fell over while it created {request.place.of}, "
            f"{request.place.where(request.place.path)}: {type(error).__name__}: {error}"
        ) from error


def _outputs(common: _Common, lookup: Reading | Standing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, output in (common.transformed.body.get("Outputs") or {}).items():
        path: Path = ("Outputs", name)
        if not isinstance(output, dict) or "Value" not in output:
            raise ScenarioError(
                f'The output "{name}" must be a mapping with a Value.', where=common.transformed.where(path)
            )
        for part in output:
            if part not in ("Condition", "Description", "Export", "Value"):
                raise ScenarioError(
                    f'The output "{name}" has no part "{part}".',
                    where=common.transformed.where((*path, part)),
                    hint=did_you_mean(part, ("Condition", "Description", "Export", "Value")),
                )
        condition = output.get("Condition")
        if condition is None or common.intrinsics.condition(str(condition), (*path, "Condition")):
            found[name] = common.intrinsics.value(output["Value"], (*path, "Value"), lookup)
            if isinstance(found[name], list | dict) or found[name] is NO_VALUE:
                raise ScenarioError(
                    "Template format error: The Value field of every Outputs member must evaluate to a String; that of "
                    f'"{name}" does not.',
                    where=common.transformed.where((*path, "Value")),
                    hint='Put a list together with "Fn::Join".',
                )
            if "Export" in output:
                _export(common, (*path, "Export"), output["Export"], found[name], lookup)
    return found


def _export(common: _Common, path: Path, export: Any, value: Any, lookup: Reading | Standing) -> None:
    where = common.transformed.where(path)
    if not isinstance(export, dict) or list(export) != ["Name"]:
        raise ScenarioError("An Export is a mapping with a Name.", where=where)
    name = common.intrinsics.value(export["Name"], (*path, "Name"), lookup)
    if name is PENDING:
        return
    name = text_of(name) if not isinstance(name, list | dict) else ""
    if not name or name == "NO_VALUE":
        raise ScenarioError("The Name of an Export must be a text.", where=where)
    # While nothing stands yet, only what others export can be in the way.
    other = (
        common.world.account.export(name, value, common.stack_name)
        if isinstance(lookup, Standing)
        else common.world.account.exporter(name)
    )
    if other is not None:
        raise ScenarioError(f"Export with name {name} is already exported by stack {other}.", where=where)
