"""This file decides what an update would do to each resource, and refuses what cannot be done, before anything changes.

A value that is known only while the update goes on counts as another one if what it comes from is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import Refusals, ScenarioError
from harness.world.deployment import Deployed, Deployment
from harness.world.lookups import Standing
from harness.world.plan import Plan
from harness.world.providers import nested_stack, updates
from harness.world.providers.provider import Request
from harness.world.published import schema_of, types
from harness.world.stack import Resource
from harness.world.values import PENDING
from harness.world.yaml_lines import Path


@dataclass(frozen=True, slots=True)
class Difference:
    """What is done to a resource: Add, Modify or Remove; ``replaces`` if another one comes in its place."""

    action: str
    type: str
    physical_id: str = ""
    replaces: bool = False
    changed: tuple[str, ...] = ()


class _Expected(Standing):
    """References to what stands and stays; PENDING for what is still to come."""

    def ref(self, logical_id: str, path: Path) -> Any:
        """What ``Ref`` gives; None if there is no such resource."""
        if logical_id in self._providers and logical_id not in self._created:
            return PENDING
        return super().ref(logical_id, path)

    def get_att(self, logical_id: str, attribute: str, path: Path) -> Any:
        """What ``Fn::GetAtt`` gives."""
        return PENDING if logical_id not in self._created else super().get_att(logical_id, attribute, path)


def differences(before: Deployed, common: Deployment, plan: Plan) -> dict[str, Difference]:
    """What is done to which resource, by logical id, in order; what stays as it is is not there.

    Raises:
        ScenarioError: some of it cannot be done.
    """
    refusals = Refusals()
    found: dict[str, Difference] = {}
    stays: dict[str, Resource] = {}
    for logical_id in plan.order:
        old, provider = before.created.get(logical_id), plan.providers[logical_id]
        if old is None:
            found[logical_id] = Difference("Add", provider.type)
            continue
        where = common.transformed.where(("Resources", logical_id))
        with refusals.gathered():
            if old.type != provider.type:
                raise ScenarioError(
                    f"Update of resource type is not permitted. The new template modifies resource type of the "
                    f"following resources: [{logical_id}]",
                    where=where,
                    hint="Give the new resource a logical id of its own.",
                )
            lookup = _Expected(plan.providers, stays, common.transformed.where)
            own = Refusals()
            request = common.request(logical_id, provider, lookup, own)
            own.raise_if_any()
            difference = _difference(old, request)
            if difference is None or not difference.replaces:
                stays[logical_id] = old
            if difference is not None:
                found[logical_id] = difference
    refusals.raise_if_any()
    for logical_id, old in before.created.items():
        if logical_id not in plan.order:
            found[logical_id] = Difference("Remove", old.type, old.physical_id)
    return found


def _difference(old: Resource, request: Request) -> Difference | None:
    properties = request.properties
    changed = [n for n in {**old.properties, **properties} if old.properties.get(n, _NONE) != properties.get(n, _NONE)]
    changed = updates.different(old.type, changed)
    if not changed:
        if old.type == nested_stack.NESTED_STACK.type:
            return Difference("Modify", old.type, old.physical_id)
        return None
    replacing = updates.replaces(old.type, changed)
    if replacing:
        _refuse_same_name(old, request, changed)
        return Difference("Modify", old.type, old.physical_id, True, tuple(changed))
    if not_here := updates.not_changed_here(old.type, changed):
        raise request.place.down(not_here[0]).refuse(
            f"{not_here[0]} of {request.place.of} cannot be changed in a stack that stands; that is not emulated here.",
            "Give the resource another logical id, so that it is made anew, or delete the stack and create it again.",
        )
    return Difference("Modify", old.type, old.physical_id, False, tuple(changed))


_NONE = object()


def _refuse_same_name(old: Resource, request: Request, changed: list[str]) -> None:
    """A resource cannot be replaced by one of the same name."""
    pointers = schema_of(old.type).get("createOnlyProperties", ()) if old.type in types() else ()
    only_once = [pointer.removeprefix("/properties/") for pointer in pointers]
    names: Mapping[str, Any] = request.properties
    for name in (f"{old.type.rpartition('::')[2]}Name", "Name"):
        if name in only_once and name in names and name not in changed:
            raise request.place.refuse(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "
                f"{names[name]} and update the stack again.",
                f"{', '.join(changed)} of {request.place.of} cannot be changed while it stands.",
            )
