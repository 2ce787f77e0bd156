"""This file decides what is wrong with a template before anything stands, and in which order it would be created.

It creates nothing. Rule: every resource, property, reference and output is read once, and whatever is refused is
refused together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.errors import Refusals, ScenarioError, did_you_mean
from harness.world.deployment import Deployment
from harness.world.intrinsics import Intrinsics
from harness.world.lookups import Reading
from harness.world.order import creation_order
from harness.world.outputs import outputs
from harness.world.providers import provider_of
from harness.world.providers.provider import Provider
from harness.world.refusals import unknown_type
from harness.world.transform import Transformed
from harness.world.yaml_lines import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """The resources that will be created, with their providers and what each needs, in order.

    ``refusals`` is what keeps the template from being deployed, and ``refused`` whose they are; in ``order`` are then
    those that need nothing without a provider.
    """

    providers: Mapping[str, Provider]
    needs: Mapping[str, Collection[str]]
    order: Sequence[str]
    refused: Collection[str]
    refusals: Refusals


def read_through(common: Deployment) -> Plan:
    """Find all that can be refused without creating anything; say in which order to create.

    Raises:
        ScenarioError: a condition is wrong, so that nobody knows what the template holds.
        Undecided: one hangs on a value that is still pending.
    """
    transformed, intrinsics, refusals = common.transformed, common.intrinsics, Refusals()
    for name in transformed.body.get("Conditions") or {}:
        with refusals.gathered():
            intrinsics.condition(name, ("Conditions", name))
    refusals.raise_if_any()  # without its conditions nobody knows what a template holds
    providers, refused = _providers(common, refusals)
    needs: dict[str, dict[str, None]] = {}
    for logical_id, provider in providers.items():
        reading, own = Reading(providers, refused, transformed.where), Refusals()
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
        outputs(common, Reading(providers, refused, transformed.where))
    return Plan(providers, needs, _order(common, providers, needs, refusals), refused, refusals)


def _providers(common: Deployment, refusals: Refusals) -> tuple[dict[str, Provider], dict[str, None]]:
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
    common: Deployment,
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
    found = provider_of(resource_type)
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
