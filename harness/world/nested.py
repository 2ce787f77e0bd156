"""This file decides how the stacks within a stack come to stand, change and go: as any other, inside the one around."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from harness.world.creation import stand
from harness.world.deployment import Deployed, Deployment, prepared
from harness.world.includes import fetched
from harness.world.names import physical_name
from harness.world.plan import read_through
from harness.world.providers.provider import Request
from harness.world.removal import remove_all
from harness.world.stack import Stack
from harness.world.template import Template, load_template, sent_template
from harness.world.update import update
from harness.world.values import PENDING, Undecided


class Nested:
    """The nested stacks of one stack, named after it; see ``NestedStacks``."""

    def __init__(self, common: Deployment) -> None:
        self._common = common

    def read(self, request: Request) -> None:
        """Refuse what can be refused before anything is created."""
        with suppress(Undecided):
            read_through(self._prepared(request)).refusals.raise_if_any()

    def create(self, request: Request) -> Stack:
        """Deploy it."""
        common = self._prepared(request)
        plan = read_through(common)
        plan.refusals.raise_if_any()
        deployed = Deployed(common, plan.providers, plan.needs)
        common.world.nested_stacks[request.full_id] = deployed
        stand(deployed, plan)
        return _stack(deployed)

    def update(self, request: Request) -> Stack:
        """Make it what its template and parameters say now."""
        stacks = self._common.world.nested_stacks
        common = self._prepared(request)
        stacks[request.full_id] = update(stacks[request.full_id], common)
        return _stack(stacks[request.full_id])

    def remove(self, request: Request) -> None:
        """Take away what is in it."""
        deployed = self._common.world.nested_stacks.pop(request.full_id, None)
        failed = remove_all(deployed) if deployed is not None else {}
        if failed:
            raise request.place.refuse(f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")

    def _prepared(self, request: Request) -> Deployment:
        common = self._common
        template = self._template(request)
        if template.path.resolve() in common.around:
            raise request.place.refuse(
                f"{request.place.of} is the template {template.path}, which it is part of.",
                "Name another template: a stack within itself would never end.",
            )
        name = physical_name(request.stack_name, request.logical_id, 128)
        parameters = request.properties.get("Parameters", {})
        return prepared(common.world, template, name, parameters, f"{request.full_id}.", common.around)

    def _template(self, request: Request) -> Template:
        around = self._common.transformed.template
        if around.fetch is None:
            return load_template(request.code.templates[request.logical_id])
        address = request.properties["TemplateURL"]
        if address is PENDING:
            raise Undecided
        place = request.place.down("TemplateURL")
        text = fetched(around, address, place.path, f"{place.name} of {place.of}")
        return sent_template(text, Path(address.partition("?")[0]).name, around.fetch)


def _stack(deployed: Deployed) -> Stack:
    world = deployed.common.world
    return Stack(deployed.common.stack_name, world.region, world.account_id, deployed.created, deployed.outputs)
