"""This file decides how the resources of one template come to stand, each after those it needs.

It reads nothing of a template that ``plan`` has not read, and takes nothing away again (``removal``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessBug, HarnessError, Refusals, ScenarioError
from harness.world.api_refusals import Surroundings, refusal
from harness.world.deployment import Deployed, Deployment
from harness.world.lookups import Standing
from harness.world.outputs import outputs
from harness.world.plan import Plan
from harness.world.providers.provider import Created, Provider, Request
from harness.world.stack import Resource

T = TypeVar("T")


def stand(deployed: Deployed, plan: Plan) -> None:
    """Create all of it; what stands is in ``deployed``, also if something is refused on the way.

    Raises:
        ScenarioError: AWS's API refuses a resource, or an output is wrong.
    """
    for logical_id in plan.order:
        stand_one(deployed, plan, logical_id)
    deployed.outputs = outputs(deployed.common, deployed.standing())


def stand_one(deployed: Deployed, plan: Plan, logical_id: str) -> Resource:
    """Create one resource, whose turn it is."""
    common, kind = deployed.common, plan.providers[logical_id].type
    common.tell(logical_id, kind, "", "CREATE_IN_PROGRESS")
    try:
        resource = create_resource(common, plan, logical_id, deployed.created)
    except HarnessError as error:
        common.tell(logical_id, kind, "", "CREATE_FAILED", str(error))
        raise
    deployed.created[logical_id] = common.world.resources[resource.logical_id] = resource
    if common.world.on_created:
        common.world.on_created(resource)
    common.tell(logical_id, kind, resource.physical_id, "CREATE_COMPLETE")
    return resource


def made(request: Request, provider: Provider, created: Created, line: int | None) -> Resource:
    """What a provider has made, as the rest of the harness knows it."""
    return Resource(
        logical_id=request.full_id,
        type=provider.type,
        physical_id=created.physical_id,
        attributes=created.attributes,
        properties=request.properties,
        line=line,
    )


def create_resource(
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
    created_now = called(
        request,
        lambda: provider.create(request),
        lambda error: refusal(request, error, _surroundings(plan, logical_id, created)),
    )
    return made(request, provider, created_now, common.transformed.where(("Resources", logical_id)).line)


def _surroundings(plan: Plan, logical_id: str, created: Mapping[str, Resource]) -> Surroundings:
    needs = plan.needs[logical_id]
    roles = [i for n in needs for i in plan.needs.get(n, ())]
    to_come = [i for i in plan.order if i not in created]
    return Surroundings(
        needs,
        {i: plan.needs[i] for i in to_come if plan.providers[i].lets_in},
        [i for i in to_come if plan.providers[i].grants and any(n in roles for n in plan.needs[i])],
    )


def called(
    request: Request, call: Callable[[], T], refused: Callable[[ClientError], ScenarioError], verb: str = "created"
) -> T:
    """What a provider gives; whatever stops it becomes the author's error, or ours."""
    try:
        return call()
    except HarnessError:
        raise
    except ClientError as error:
        raise refused(error) from error
    except BotoCoreError as error:
        hint = "AWS's SDK would not send this either: change what it names."
        raise request.place.refuse(f"{request.place.of} cannot be {verb}: {error}", hint) from error
    except Exception as error:
        raise HarnessBug(
            f"The embedded cloud fell over while it {verb} {request.place.of}, "
            f"{request.place.where(request.place.path)}: {type(error).__name__}: {error}"
        ) from error
