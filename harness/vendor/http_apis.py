"""This file decides where an HTTP or WebSocket API is found as a stage serves it, and what deploying it means.

Upstream: moto 5.2.5 keeps routes, integrations, authorizers and stages, answers no request, and has no deployments:
``CreateDeployment`` is no operation of its. Why that can't stay: a stage without ``AutoDeploy`` serves what was
deployed to it and nothing newer. What we do: add the operation, which keeps a copy of the API's parts, and read them in
the shape of AWS's API. Since: moto 3.0. Not needed any more when: moto's ``apigatewayv2`` has ``create_deployment``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.apigateway import urls as rest_urls
from moto.apigatewayv2 import urls
from moto.apigatewayv2.exceptions import BadRequestException
from moto.apigatewayv2.models import Api, Stage, apigatewayv2_backends
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.moto_api._internal import mock_random

from harness.vendor.patches import Patches

_DEPLOYMENTS = "harness_deployments"
_ADDRESS = "{0}/v2/apis/(?P<api_id>[^/]+)/deployments$"


@dataclass(frozen=True, slots=True)
class Parts:
    """What is deployed of an API, in the shapes of AWS's API; integrations and authorizers go by their ids.

    A route has the ids of its ``routeResponses`` too.
    """

    routes: Sequence[Mapping[str, Any]]
    integrations: Mapping[str, Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class HttpStage:
    """A stage of an HTTP or WebSocket API and what it serves, in the shapes of AWS's API.

    ``cors`` is None for an API without a configuration. ``route_settings`` go by the route's key, ``default_settings``
    are for all other routes; ``access_log`` has a destination and a format, if anything is to be logged.
    ``selection`` is a WebSocket API's route selection expression.
    """

    api_id: str
    name: str
    protocol: str
    routes: Sequence[Mapping[str, Any]]
    integrations: Mapping[str, Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]
    cors: Mapping[str, Any] | None
    default_settings: Mapping[str, Any] = field(default_factory=dict)
    route_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    access_log: Mapping[str, str] | None = None
    selection: str = ""


def find_stage(account_id: str, region: str, api_id: str, stage: str) -> HttpStage | None:
    """What a stage serves now; None if there is no such API or stage, or nothing deployed to it."""
    api = apigatewayv2_backends[account_id][region].apis.get(api_id)
    found = None if api is None else api.stages.get(stage)
    if api is None or found is None:
        return None
    deployed = _parts(api) if found.auto_deploy else _deployments(api).get(str(found.config.get("deploymentId")))
    if deployed is None:
        return None
    cors: Any = api.cors_configuration
    return HttpStage(
        api_id,
        stage,
        api.protocol_type,
        deployed.routes,
        deployed.integrations,
        deployed.authorizers,
        dict(found.stage_variables or {}),
        cors or None,
        dict(found.default_route_settings or {}),
        dict(found.route_settings or {}),
        found.access_log_settings,
        api.route_selection_expression,
    )


def stages(account_id: str, region: str, api_id: str) -> list[str]:
    """The names of an API's stages, in the order in which they were made."""
    api = apigatewayv2_backends[account_id][region].apis.get(api_id)
    return [] if api is None else list(api.stages)


def apply(patches: Patches) -> None:
    """Let APIs be deployed."""

    def create_deployment(self: ApiGatewayV2Response) -> tuple[int, dict[str, str], str]:
        api = self.apigatewayv2_backend.get_api(self.path.split("/")[-2])
        asked = json.loads(self.body or "{}")
        if not api.routes:
            raise BadRequestException("At least one route is required before deploying the Api.")
        made = "".join(mock_random.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(6))
        _deployments(api)[made] = _parts(api)
        stage = asked.get("stageName")
        if stage:
            api.get_stage(stage).config["deploymentId"] = made
        shown = {"deploymentId": made, "deploymentStatus": "DEPLOYED", "description": asked.get("description")}
        return 201, {"status": "201"}, json.dumps({k: v for k, v in shown.items() if v is not None})

    def to_json(self: Stage) -> dict[str, Any]:
        shown: dict[str, Any] = original(self)
        return {**shown, **{k: v for k, v in self.config.items() if k == "deploymentId"}}

    patches.add(ApiGatewayV2Response, "create_deployment", create_deployment)
    patches.put(urls, "url_paths", {**urls.url_paths, _ADDRESS: ApiGatewayV2Response.dispatch})
    # REST APIs have the same host, and their table is asked first: it has a copy of this one.
    patches.put(rest_urls, "url_paths", {**rest_urls.url_paths, _ADDRESS: ApiGatewayV2Response.dispatch})
    original = patches.put(Stage, "to_json", to_json)


def _deployments(api: Api) -> dict[str, Parts]:
    if _DEPLOYMENTS not in vars(api):
        setattr(api, _DEPLOYMENTS, {})
    found: dict[str, Parts] = getattr(api, _DEPLOYMENTS)
    return found


def _parts(api: Api) -> Parts:
    return copy.deepcopy(
        Parts(
            [{**route.to_json(), "routeResponses": list(route.route_responses)} for route in api.routes.values()],
            {i.id: i.to_json() for i in api.integrations.values()},
            {a.id: a.to_json() for a in api.authorizers.values()},
        )
    )
