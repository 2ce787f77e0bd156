"""This file decides how a template becomes a stack: first everything is read, then everything is created.

It does not know any resource type (``providers``), the template's language (``intrinsics``) or SAM
(``transform``). Rule: whatever can be known to be wrong is refused before the first resource is created, and
each resource is created after those it refers to or names in ``DependsOn``, and policies after all that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessBug, HarnessError, ScenarioError, did_you_mean
from harness.world.functions import Functions
from harness.world.intrinsics import NO_VALUE, PENDING, Intrinsics
from harness.world.names import stack_id
from harness.world.order import creation_order
from harness.world.parameters import parameter_values
from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Place
from harness.world.refusals import refusal
from harness.world.stack import Resource, Stack
from harness.world.template import Template
from harness.world.transform import Transformed, transform
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
    on_created: Callable[[Resource], None] | None = None,
) -> Stack:
    """The stack that ``template`` describes, created through ``client(service)``.

    Functions are registered in ``functions``; ``on_created`` is told of each resource once it stands.

    Raises:
        ScenarioError: something in the template cannot be used, or AWS's API refuses it. Only the latter
            can happen after resources have been created.
    """
    values = parameter_values(template, parameters)
    transformed = transform(template, values, region)
    pseudo = {
        "AWS::AccountId": account_id,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": stack_id(stack_name, region, account_id),
        "AWS::StackName": stack_name,
        "AWS::URLSuffix": "amazonaws.com",
    }
    intrinsics = Intrinsics(transformed.body, values | pseudo, transformed.where)
    common = _Common(transformed, intrinsics, client, functions, stack_name, region, account_id)
    plan = _read_through(common)
    created: dict[str, Resource] = {}
    for logical_id in plan.order:
        resource = _create(common, plan, logical_id, created)
        created[logical_id] = resource
        if on_created:
            on_created(resource)
    outputs = _outputs(common, _Standing(plan, created, common.transformed.where))
    return Stack(stack_name, region, account_id, created, outputs)


@dataclass(frozen=True, slots=True)
class _Common:
    """What every step of one deployment needs."""

    transformed: Transformed
    intrinsics: Intrinsics
    client: Callable[[str], Any]
    functions: Functions
    stack_name: str
    region: str
    account_id: str

    def request(self, logical_id: str, provider: Provider, lookup: Any) -> Request:
        """The resource's properties, resolved and read."""
        path: Path = ("Resources", logical_id, "Properties")
        place = Place(f'"{logical_id}" ({provider.type})', path, self.transformed.where)
        raw = self.transformed.body["Resources"][logical_id].get("Properties") or {}
        resolved = self.intrinsics.value(raw, path, lookup)
        return Request(
            logical_id,
            {} if resolved is NO_VALUE else provider.properties.read(resolved, place),
            place,
            self.client,
            self.functions,
            self.transformed.code,
            self.stack_name,
            self.region,
            self.account_id,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The resources that will be created, with their providers and what each needs, in order."""

    providers: Mapping[str, Provider]
    needs: Mapping[str, Collection[str]]
    order: Sequence[str]


class _Reading:
    """References while nothing stands yet: noted as needs, checked by name, answered with PENDING."""

    def __init__(self, providers: Mapping[str, Provider], where: Callable[[Path], Any]) -> None:
        self._providers = providers
        self._where = where
        self.needs: dict[str, None] = {}

    def names(self) -> Sequence[str]:
        return list(self._providers)

    def ref(self, logical_id: str, path: Path) -> Any:
        if logical_id not in self._providers:
            return None
        self.needs[logical_id] = None
        return PENDING

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        provider = self._providers[logical_id]
        if attribute not in provider.attributes:
            raise ScenarioError(
                f'"{logical_id}" ({provider.type}) has no attribute "{attribute}".',
                where=self._where(path),
                hint=did_you_mean(attribute, provider.attributes),
            )
        self.needs[logical_id] = None
        return PENDING


class _Standing:
    """References to what has been created."""

    def __init__(self, plan: _Plan, created: Mapping[str, Resource], where: Callable[[Path], Any]) -> None:
        self._plan = plan
        self._created = created
        self._where = where

    def names(self) -> Sequence[str]:
        return list(self._plan.providers)

    def ref(self, logical_id: str, path: Path) -> Any:
        found = self._created.get(logical_id)
        return None if found is None else found.physical_id

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        found = self._created[logical_id]
        if attribute not in found.attributes:
            raise ScenarioError(
                f'"{logical_id}" ({found.type}) has no attribute "{attribute}" with these properties.',
                where=self._where(path),
                hint="Most likely a property that brings it is missing, as StreamSpecification brings a StreamArn.",
            )
        return found.attributes[attribute]


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
        reading = _Reading(providers, transformed.where)
        request = common.request(logical_id, provider, reading)
        if provider.check:
            provider.check(request)
        needs[logical_id] = reading.needs | _depends_on(transformed, logical_id, providers)
    places = {i: transformed.where(("Resources", i)) for i in providers}
    late = [i for i, provider in providers.items() if provider.lets_in]
    plan = _Plan(providers, needs, creation_order(needs, places, late))
    _outputs(common, _Reading(providers, transformed.where))
    return plan


def _wanted(intrinsics: Intrinsics, logical_id: str, resource: Mapping[str, Any]) -> bool:
    name = resource.get("Condition")
    if name is None:
        return True
    path: Path = ("Resources", logical_id, "Condition")
    return intrinsics.condition(str(name), path)


def _provider(transformed: Transformed, logical_id: str, resource_type: str) -> Provider:
    found = PROVIDERS.get(resource_type)
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
    request = common.request(logical_id, provider, _Standing(plan, created, common.transformed.where))
    to_come = {i: plan.needs[i] for i in plan.order if plan.providers[i].lets_in and i not in created}
    made = _call(provider, request, lambda error: refusal(request, error, plan.needs[logical_id], to_come))
    return Resource(
        logical_id=logical_id,
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


def _outputs(common: _Common, lookup: Any) -> dict[str, Any]:
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
    return found
