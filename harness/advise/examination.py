"""This file decides how a template is examined: deployed into an empty cloud in which nothing runs, then looked at.

What is refused is whatever the deployment refuses, by the same code; what is found is what the rules of this folder
find among the resources that stand. No handler is loaded and no virtual time passes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.advise import alarm_values, alarms, apis, deliveries, encryption, queues, streams
from harness.advise.findings import Finding, Scene
from harness.advise.parts import parts_that_sam_ignores
from harness.errors import Location, ScenarioError
from harness.kernel.decisions import First
from harness.kernel.scheduler import Kernel
from harness.wiring import Wiring
from harness.world.assumed import Assumed, AssumedAccount
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.deploy import Examined, examine
from harness.world.providers import provider_of
from harness.world.providers.shapes import Items, Record, Shape, Table
from harness.world.stack import Resource, Stack
from harness.world.template import Template, load_template

RULES: tuple[Callable[[Scene], Iterable[Finding]], ...] = (
    deliveries.topics_that_are_not_let_in,
    deliveries.rules_that_are_not_let_in,
    deliveries.dead_letter_queues_that_do_not_let_in,
    encryption.queues_that_services_cannot_write_to,
    alarms.alarms_that_never_fire,
    alarms.dead_letters_that_are_not_counted,
    alarms.alarms_that_are_not_let_in,
    alarm_values.thresholds_out_of_reach,
    alarm_values.short_periods,
    queues.dead_letter_retention,
    queues.more_pollers_than_room,
    streams.records_that_block_their_shard,
    apis.functions_slower_than_their_api,
    queues.visibility_timeouts,
    queues.poison_messages,
    queues.whole_batches,
    streams.records_that_are_lost,
    deliveries.lost_events,
    deliveries.idle_dead_letter_queues,
    alarms.alarms_that_tell_nobody,
    alarms.metrics_that_are_not_counted_here,
)
_ORDER = {"fails": 0, "surprises": 1, "advice": 2}


@dataclass(frozen=True, slots=True)
class Inert:
    """A property that is accepted here without effect: of which type, why, and whose it is."""

    name: str
    why: str
    logical_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """What there is to say of a template.

    ``emulated`` are the resources that would stand, ``inert`` what is accepted of them without effect, ``refusals`` why
    it is not deployed, ``unseen`` what could not be looked at for needing something refused, ``findings`` what AWS
    accepts and the author would not want. ``assumed`` is what was made up because only a scenario can say it.
    """

    path: Path
    emulated: Sequence[Resource]
    inert: Sequence[Inert]
    refusals: Sequence[ScenarioError]
    unseen: Sequence[str]
    findings: Sequence[Finding]
    assumed: Assumed


def examination(path: Path, parameters: Mapping[str, Any] | None = None) -> Examination:
    """The examination of the template in this file or folder.

    Raises:
        ScenarioError: there is none, or it is no template.
    """
    template, assumed = load_template(path), Assumed()
    try:
        kernel = Kernel(decisions=First())
        with Cloud(kernel) as cloud, Wiring(cloud) as wiring:

            def look() -> tuple[Examined, list[Finding]]:
                account = AssumedAccount(cloud.client, REGION, ACCOUNT_ID, assumed)
                examined = examine(
                    template,
                    cloud.client,
                    wiring.functions,
                    parameters=account.parameters(template, parameters or {}),
                    region=REGION,
                    account_id=ACCOUNT_ID,
                    account=account,
                )
                return examined, _findings(template, Scene(examined.stack, examined.where))

            examined, findings = kernel.run(look)
    except ScenarioError as error:
        return Examination(template.path, (), (), _sorted([error, *error.others]), (), (), assumed)
    stack = examined.stack
    refused = {error.where.key_path[1] for error in examined.refusals if error.where and len(error.where.key_path) > 1}
    return Examination(
        template.path,
        [resource for resource in stack.resources.values() if resource.logical_id not in refused],
        _inert(stack),
        _sorted(examined.refusals),
        examined.unseen,
        findings,
        assumed,
    )


def _findings(template: Template, scene: Scene) -> list[Finding]:
    found = [*parts_that_sam_ignores(template), *(finding for rule in RULES for finding in rule(scene))]
    return sorted(found, key=lambda f: (_ORDER[f.severity], _line(f.where)))


def _sorted(refusals: Sequence[ScenarioError]) -> list[ScenarioError]:
    return sorted(refusals, key=lambda error: _line(error.where))


def _line(where: Location | None) -> int:
    return where.line if where is not None and where.line is not None else 0


def _inert(stack: Stack) -> list[Inert]:
    found: dict[tuple[str, str], list[str]] = {}
    for resource in stack.resources.values():
        provider = provider_of(resource.type)
        properties = provider.properties if provider is not None else Record({})
        for name, why in _inert_in(properties, resource.properties, resource.type):
            whose = found.setdefault((name, why), [])
            if resource.logical_id not in whose:
                whose.append(resource.logical_id)
    return [Inert(name, why, tuple(whose)) for (name, why), whose in found.items()]


def _inert_in(shape: Shape, value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(shape, Record) and isinstance(value, dict):
        for key in value:
            prop = shape.properties.get(key)
            if prop is not None and prop.inert:
                yield f"{name}.{key}", prop.inert
            elif prop is not None:
                yield from _inert_in(prop.shape, value[key], f"{name}.{key}")
    elif isinstance(shape, Items) and isinstance(value, list):
        for item in value:
            yield from _inert_in(shape.shape, item, name)
    elif isinstance(shape, Table) and isinstance(value, dict):
        for item in value.values():
            yield from _inert_in(shape.shape, item, name)
