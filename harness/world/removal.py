"""This file decides in which order the resources of a stack go, and which of them stay.

Each goes before those that it needs; ``DeletionPolicy`` keeps some. One that cannot go keeps what it needs, and the
rest goes. How each type goes is ``providers/removal.py``'s.
"""

from __future__ import annotations

from collections.abc import Collection

from botocore.exceptions import ClientError

from harness.errors import HarnessError, ScenarioError
from harness.world.creation import called
from harness.world.deployment import Deployed
from harness.world.providers import custom_resource, nested_stack
from harness.world.providers import removal as providers
from harness.world.providers.provider import Request
from harness.world.stack import Resource

_RETAINING = ("Retain", "RetainExceptOnCreate")


def remove_all(deployed: Deployed, *, rolling_back: bool = False, kept: Collection[str] = ()) -> dict[str, str]:
    """Take away all that stands, but for what is ``kept``; gives why what did not go did not.

    When a creation is rolled back, a policy keeps nothing that the creation made.
    """
    failed: dict[str, str] = {}
    stays: dict[str, None] = {}
    for logical_id in reversed(list(deployed.created)):
        resource, policy = deployed.created[logical_id], deployed.common.written(logical_id, "DeletionPolicy")
        if logical_id in stays or logical_id in failed:
            pass
        elif logical_id in kept or (policy in _RETAINING and not (rolling_back and policy == "RetainExceptOnCreate")):
            deployed.common.tell(logical_id, resource.type, resource.physical_id, "DELETE_SKIPPED")
            _forget(deployed, logical_id)
        elif reason := remove_one(deployed, logical_id, resource):
            failed[logical_id] = reason
        else:
            _forget(deployed, logical_id)
        if logical_id in failed or logical_id in stays:
            stays |= dict.fromkeys(deployed.needs.get(logical_id, ()))
    if not failed:
        deployed.common.world.account.withdraw(deployed.common.stack_name)
    return failed


def remove_one(deployed: Deployed, logical_id: str, resource: Resource) -> str:
    """Take one resource away; why it does not go, nothing if it does."""
    tell = deployed.common.tell
    tell(logical_id, resource.type, resource.physical_id, "DELETE_IN_PROGRESS")
    try:
        request = deployed.request(logical_id)
        called(request, lambda: _remove(request, resource), lambda error: _refused(request, error), "deleted")
    except HarnessError as error:
        tell(logical_id, resource.type, resource.physical_id, "DELETE_FAILED", str(error))
        return str(error)
    tell(logical_id, resource.type, resource.physical_id, "DELETE_COMPLETE")
    return ""


def _remove(request: Request, resource: Resource) -> None:
    if resource.type == nested_stack.NESTED_STACK.type:
        request.nested.remove(request)
    elif resource.type == custom_resource.TYPE or resource.type.startswith(custom_resource.PREFIX):
        custom_resource.remove(request, resource)
    else:
        providers.remove(request, resource)


def _refused(request: Request, error: ClientError) -> ScenarioError:
    said = error.response["Error"]
    return request.place.refuse(
        f"{request.place.of} cannot be deleted: {error.operation_name} answers {said.get('Code', 'an error')}: "
        f"{said.get('Message', '')}"
    )


def _forget(deployed: Deployed, logical_id: str) -> None:
    resource = deployed.created.pop(logical_id)
    deployed.common.world.resources.pop(resource.logical_id, None)
