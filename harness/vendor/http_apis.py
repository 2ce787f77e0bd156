"""This file decides where an HTTP API, as it stands now, is found: its routes, integrations, authorizers and stages.

Upstream: moto 5.2.5 keeps all of it and answers no request. What we do: read it in the shape of AWS's API. It changes
nothing in moto. A stage without ``AutoDeploy`` serves nothing, since moto has no deployments of HTTP APIs.
Since: moto 3.0. Not needed any more when: moto has one place to ask for what a stage of an HTTP API serves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends


@dataclass(frozen=True, slots=True)
class HttpStage:
    """A stage of an HTTP API and what it serves, in the shapes of AWS's API.

    ``integrations`` and ``authorizers`` go by their ids, ``cors`` is None for an API without a configuration.
    """

    api_id: str
    name: str
    routes: Sequence[Mapping[str, Any]]
    integrations: Mapping[str, Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]
    cors: Mapping[str, Any] | None


def find_stage(account_id: str, region: str, api_id: str, stage: str) -> HttpStage | None:
    """What a stage serves now; None if there is no such API or stage, or it does not deploy by itself."""
    api = apigatewayv2_backends[account_id][region].apis.get(api_id)
    found = None if api is None else api.stages.get(stage)
    if api is None or found is None or not found.auto_deploy:
        return None
    cors: Any = api.cors_configuration
    return HttpStage(
        api_id,
        stage,
        [route.to_json() for route in api.routes.values()],
        {i.id: i.to_json() for i in api.integrations.values()},
        {a.id: a.to_json() for a in api.authorizers.values()},
        dict(found.stage_variables or {}),
        cors or None,
    )


def stages(account_id: str, region: str, api_id: str) -> list[str]:
    """The names of an API's stages, in the order in which they were made."""
    api = apigatewayv2_backends[account_id][region].apis.get(api_id)
    return [] if api is None else list(api.stages)
