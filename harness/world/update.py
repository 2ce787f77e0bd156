"""This file decides what an update of a stack does, in which order, and how it is undone.

First everything is compared, and what cannot be done is refused before anything changes (``differences``). Then what is
new is created and what is changed is changed, each after what it needs; at last what was replaced or is no longer in
the template goes. If something is refused on the way, what was done is undone. Which properties can be changed is
``providers/updates.py``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.errors import HarnessError, ScenarioError
from harness.world.creation import called, made, stand_one
from harness.world.deployment import Deployed, Deployment
from harness.world.differences import Difference, differences
from harness.world.outputs import outputs
from harness.world.plan import Plan, read_through
from harness.world.providers import nested_stack, updates
from harness.world.providers.changing import Change
from harness.world.providers.provider import Created, Request
from harness.world.removal import remove_one
from harness.world.stack import Resource

_RETAIN = "Retain"


def update(before: Deployed, common: Deployment, on_cleanup: Callable[[], None] = lambda: None) -> Deployed:
    """Make what stands what ``common`` says; ``on_cleanup`` is told when only what is left over has to go.

    Raises:
        ScenarioError: something cannot be done, and nothing has changed, or all of it is as it was.
    """
    plan = read_through(common)
    plan.refusals.raise_if_any()
    found = differences(before, common, plan)
    return Updating(before, common, plan, found).run(on_cleanup)


class Updating:
    """One update on its way."""

    def __init__(self, before: Deployed, common: Deployment, plan: Plan, found: Mapping[str, Difference]) -> None:
        self._before = before
        self._plan = plan
        self._found = found
        self._now = Deployed(common, plan.providers, plan.needs)
        self._undo: list[Callable[[], None]] = []
        self._replaced: list[tuple[str, Resource]] = []

    def run(
        self, on_cleanup: Callable[[], None], on_refused: Callable[[HarnessError], None] = lambda error: None
    ) -> Deployed:
        """Carry it out; see ``update``."""
        account, name = self._now.common.world.account, self._now.common.stack_name
        exports = account.withdraw(name)
        try:
            for logical_id in self._plan.order:
                self._one(logical_id)
            self._now.outputs = outputs(self._now.common, self._now.standing())
        except HarnessError as error:
            on_refused(error)
            for undo in reversed(self._undo):
                undo()
            account.withdraw(name)
            for export, value in exports.items():
                account.export(export, value, name)
            raise
        on_cleanup()
        self._clean_up()
        return self._now

    def _one(self, logical_id: str) -> None:
        difference = self._found.get(logical_id)
        if difference is None:
            # What it refers to may have changed in ways that are known only now.
            self._modified(logical_id)
        elif difference.action == "Add":
            self._added(logical_id)
        elif difference.replaces:
            self._added_in_place(logical_id, self._before.created[logical_id])
        else:
            self._modified(logical_id)

    def _added_in_place(self, logical_id: str, old: Resource) -> None:
        world = self._now.common.world
        generation = world.generations.get(old.logical_id, 0)

        def undo() -> None:
            world.generations[old.logical_id] = generation
            world.resources[old.logical_id] = old
            self._before.common.tell(logical_id, old.type, old.physical_id, "UPDATE_COMPLETE")

        world.generations[old.logical_id] = generation + 1
        self._undo.append(undo)
        self._added(logical_id)
        self._replaced.append((logical_id, old))

    def _added(self, logical_id: str) -> None:
        resource = stand_one(self._now, self._plan, logical_id)

        def undo() -> None:
            remove_one(self._now, logical_id, resource)
            self._now.common.world.resources.pop(resource.logical_id, None)

        self._undo.append(undo)

    def _modified(self, logical_id: str) -> None:
        old, now = self._before.created[logical_id], self._now
        now.created[logical_id] = now.common.world.resources[old.logical_id] = old
        request = now.request(logical_id)
        changed = updates.different(old.type, changed_properties(old.properties, request.properties))
        nested = old.type == nested_stack.NESTED_STACK.type
        if not changed and not nested:
            return
        late = updates.replaces(old.type, changed)
        if late:
            raise request.place.refuse(
                f"{request.place.of} would have to be replaced, since {late[0]} of it changes with what it refers to.",
                "Replace it in an update of its own: give the resource another logical id.",
            )
        resource = self._changed(logical_id, request, old, changed)
        before = self._before

        def undo() -> None:
            again = before.request(logical_id)
            back = changed_properties(resource.properties, again.properties)
            if back or nested:
                self._changed(logical_id, again, resource, back)

        self._undo.append(undo)

    def _changed(self, logical_id: str, request: Request, old: Resource, changed: list[str]) -> Resource:
        common, provider = self._now.common, self._now.providers[logical_id]
        common.tell(logical_id, old.type, old.physical_id, "UPDATE_IN_PROGRESS")
        try:
            created = called(
                request,
                lambda: _make(Change(request, old, changed, provider.create)),
                lambda error: _refused(request, error),
                "updated",
            )
        except HarnessError as error:
            common.tell(logical_id, old.type, old.physical_id, "UPDATE_FAILED", str(error))
            raise
        created = created or Created(old.physical_id, old.attributes)
        line = common.transformed.where(("Resources", logical_id)).line
        resource = made(request, provider, created, line)
        if created.physical_id != old.physical_id:
            self._replaced.append((logical_id, old))
        self._now.created[logical_id] = common.world.resources[resource.logical_id] = resource
        common.tell(logical_id, old.type, resource.physical_id, "UPDATE_COMPLETE")
        return resource

    def _clean_up(self) -> None:
        before, after = self._before, self._now
        replaced = dict(self._replaced)
        for logical_id in reversed(list(before.created)):
            old = before.created[logical_id]
            if logical_id in replaced:
                policy = after.common.written(logical_id, "UpdateReplacePolicy")
            elif logical_id not in after.created:
                policy = before.common.written(logical_id, "DeletionPolicy")
                before.common.world.resources.pop(old.logical_id, None)
                after.common.world.resources.pop(old.logical_id, None)
            else:
                continue
            if policy == _RETAIN:
                after.common.tell(logical_id, old.type, old.physical_id, "DELETE_SKIPPED")
            else:
                remove_one(before, logical_id, old)


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The names of the properties that are not the same."""
    return [name for name in {**old, **new} if name not in old or name not in new or old[name] != new[name]]


def _make(change: Change) -> Created | None:
    if change.request.type == nested_stack.NESTED_STACK.type:
        return nested_stack.update(change.request)
    return updates.make(change)


def _refused(request: Request, error: ClientError) -> ScenarioError:
    said = error.response["Error"]
    return request.place.refuse(
        f"{request.place.of} cannot be updated: {error.operation_name} answers {said.get('Code', 'an error')}: "
        f"{said.get('Message', '')}"
    )
