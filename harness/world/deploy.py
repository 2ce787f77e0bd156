"""This file decides how a template becomes a stack: first everything is read, then everything is created.

It does not know any resource type (``providers``), the template's language (``intrinsics``) or SAM
(``transform``). Rule: whatever can be known to be wrong is refused before the first resource is created, and
each resource is created after those it refers to or names in ``DependsOn``, and policies after all that does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessBug, HarnessError, Location, Refusals, ScenarioError, did_you_mean
from harness.world.api_refusals import Surroundings, refusal
from harness.world.functions import Functions
from harness.world.intrinsics import NO_VALUE, PENDING, Intrinsics
from harness.world.names import stack_id
from harness.world.order import creation_order
from harness.world.parameters import parameter_values
from harness.world.providers import PROVIDERS
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Place
from harness.world.published import has_property
from harness.world.refusals import refuse_mistakes, unknown_attribute, unknown_type
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
    common = _common(template, client, functions, stack_name, parameters, region, account_id)
    plan = _read_through(common)
    plan.refusals.raise_if_any()
    created: dict[str, Resource] = {}
    for logical_id in plan.order:
        resource = _create(common, plan, logical_id, created)
        created[logical_id] = resource
        if on_created:
            on_created(resource)
    outputs = _outputs(common, _Standing(plan, created, common.transformed.where))
    return Stack(stack_name, region, account_id, created, outputs)


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
) -> Examined:
    """Like ``deploy``, by the same rules, but whatever is refused is gathered and the rest goes on.

    A resource that is refused for some of its properties is made without them, if that can be done, so that those
    which need it can be looked at.

    Raises:
        ScenarioError: the template cannot be read as far as its resources.
    """
    common = _common(template, client, functions, stack_name, parameters, region, account_id)
    plan = _read_through(common)
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


def _common(
    template: Template,
    client: Callable[[str], Any],
    functions: Functions,
    stack_name: str,
    parameters: Mapping[str, Any] | None,
    region: str,
    account_id: str,
) -> _Common:
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
    return _Common(transformed, intrinsics, client, functions, stack_name, region, account_id)


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

    def request(self, logical_id: str, provider: Provider, lookup: Any, refusals: Refusals) -> Request:
        """The resource's properties, resolved and read; what is refused of them goes into ``refusals``."""
        path: Path = ("Resources", logical_id, "Properties")

        def aws_has(below: Path) -> bool:
            return has_property(provider.type, below[len(path) :])

        place = Place(f'"{logical_id}" ({provider.type})', path, self.transformed.where, aws_has, refusals)
        raw = self.transformed.body["Resources"][logical_id].get("Properties") or {}
        resolved = self.intrinsics.value(raw, path, lookup)
        properties = {} if resolved is NO_VALUE else resolved
        read = provider.properties.read(properties, place)
        refuse_mistakes(provider.type, properties, place)
        return Request(
            logical_id,
            read,
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
    """The resources that will be created, with their providers and what each needs, in order.

    ``refusals`` is what keeps the template from being deployed, and ``refused`` whose they are; in ``order`` are then
    those that need nothing without a provider.
    """

    providers: Mapping[str, Provider]
    needs: Mapping[str, Collection[str]]
    order: Sequence[str]
    refused: Collection[str]
    refusals: Refusals


class _Reading:
    """References while nothing stands yet: noted as needs, checked by name, answered with PENDING."""

    def __init__(
        self, providers: Mapping[str, Provider], refused: Collection[str], where: Callable[[Path], Any]
    ) -> None:
        self._providers = providers
        self._refused = refused
        self._where = where
        self.needs: dict[str, None] = {}

    def names(self) -> Sequence[str]:
        return [*self._providers, *self._refused]

    def ref(self, logical_id: str, path: Path) -> Any:
        if logical_id not in self._providers and logical_id not in self._refused:
            return None
        self.needs[logical_id] = None
        return PENDING

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        provider = self._providers.get(logical_id)
        if provider is not None and attribute not in provider.attributes:
            raise unknown_attribute(logical_id, provider, attribute, self._where(path))
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
    """Find all that can be refused without creating anything; say in which order to create."""
    transformed, intrinsics, refusals = common.transformed, common.intrinsics, Refusals()
    for name in transformed.body.get("Conditions") or {}:
        with refusals.gathered():
            intrinsics.condition(name, ("Conditions", name))
    refusals.raise_if_any()  # without its conditions nobody knows what a template holds
    providers, refused = _providers(common, refusals)
    needs: dict[str, dict[str, None]] = {}
    for logical_id, provider in providers.items():
        reading, own = _Reading(providers, refused, transformed.where), Refusals()
        needs[logical_id] = reading.needs
        with own.gathered():
            request = common.request(logical_id, provider, reading, own)
            if provider.check and not own.found:
                provider.check(request)
        with own.gathered():
            needs[logical_id] = reading.needs | _depends_on(transformed, logical_id, [*providers, *refused])
        if own.found:
            refused[logical_id] = None
            refusals.found += own.found
    with refusals.gathered():
        _outputs(common, _Reading(providers, refused, transformed.where))
    return _Plan(providers, needs, _order(common, providers, needs, refusals), refused, refusals)


def _providers(common: _Common, refusals: Refusals) -> tuple[dict[str, Provider], dict[str, None]]:
    """The providers of what the template asks for, and the resources that have none."""
    providers: dict[str, Provider] = {}
    refused: dict[str, None] = {}
    for logical_id, resource in common.transformed.body["Resources"].items():
        with refusals.gathered():
            if _wanted(common.intrinsics, logical_id, resource):
                refused[logical_id] = None
                providers[logical_id] = _provider(common.transformed, logical_id, resource["Type"])
                del refused[logical_id]
    return providers, refused


def _order(
    common: _Common,
    providers: Mapping[str, Provider],
    needs: Mapping[str, Collection[str]],
    refusals: Refusals,
) -> list[str]:
    left = dict(needs)
    while blocked := [i for i in left if any(n not in left for n in left[i])]:
        for logical_id in blocked:
            del left[logical_id]
    places = {i: common.transformed.where(("Resources", i)) for i in left}
    late = [i for i, provider in providers.items() if provider.lets_in or provider.grants]
    with refusals.gathered():
        return creation_order(left, places, late)
    return []


def _wanted(intrinsics: Intrinsics, logical_id: str, resource: Mapping[str, Any]) -> bool:
    name = resource.get("Condition")
    if name is None:
        return True
    path: Path = ("Resources", logical_id, "Condition")
    return intrinsics.condition(str(name), path)


def _provider(transformed: Transformed, logical_id: str, resource_type: str) -> Provider:
    found = PROVIDERS.get(resource_type)
    if found is None:
        raise unknown_type(logical_id, resource_type, transformed.where(("Resources", logical_id, "Type")))
    return found


def _depends_on(transformed: Transformed, logical_id: str, wanted: Collection[str]) -> dict[str, None]:
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
        if name in wanted:  # one whose condition does not hold is not waited for
            found[name] = None
    return found


def _create(
    common: _Common, plan: _Plan, logical_id: str, created: Mapping[str, Resource], *, whole: bool = True
) -> Resource:
    """The resource, created; if not ``whole``, then without those of its properties that are refused."""
    provider = plan.providers[logical_id]
    refusals = Refusals()
    request = common.request(logical_id, provider, _Standing(plan, created, common.transformed.where), refusals)
    if whole:
        refusals.raise_if_any()
    made = _call(provider, request, lambda error: refusal(request, error, _surroundings(plan, logical_id, created)))
    return Resource(
        logical_id=logical_id,
        type=provider.type,
        physical_id=made.physical_id,
        attributes=made.attributes,
        properties=request.properties,
        line=common.transformed.where(("Resources", logical_id)).line,
    )


def _surroundings(plan: _Plan, logical_id: str, created: Mapping[str, Resource]) -> Surroundings:
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
