"""This file decides what a REST API is once it is deployed: a copy of it, taken by ``CreateDeployment`` (APIG-11).

Upstream: moto 5.2.5 keeps of a deployment its id and description only, answers requests from the API as it is at the
moment (and only those of ``requests`` in this thread, by callbacks put into the ``responses`` library), loses a TOKEN
authorizer's validation expression, for a slip in its name, and the binary media types that an API is created with,
refuses an integration with its caller's credentials, and gives each method that has a setting a throttle too. Why that
can't stay: a change that nobody deployed must not be seen, and requests are answered here. What we do: copy the API
into the deployment, let nothing be put into ``responses``, keep what is lost, let in what is refused, throttle what the
author does. Since: moto 1.0. Not needed any more when: ``Deployment`` has an ``api``.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.apigateway.models import APIGatewayBackend, Authorizer, Deployment, RestAPI, Stage, apigateway_backends
from moto.apigateway.responses import APIGatewayResponse

from harness.vendor.patches import Patches

CALLERS_CREDENTIALS = "arn:aws:iam::*:user/*"
_COPY = "harness_deployed"


@dataclass(frozen=True, slots=True)
class DeployedApi:
    """A REST API as it was when it was deployed, its parts as AWS's API describes them.

    ``methods`` has the resource's path and the HTTP method ("ANY" too) as its key, and beside AWS's fields the
    ``resourceId``; ``models`` are JSON schemas as text, by name; ``gateway_responses`` go by their type.
    """

    api: Mapping[str, Any]
    methods: Mapping[tuple[str, str], Mapping[str, Any]]
    authorizers: Mapping[str, Mapping[str, Any]]
    validators: Mapping[str, Mapping[str, Any]]
    models: Mapping[str, str]
    gateway_responses: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RestStage:
    """A stage of a REST API and what is deployed to it.

    ``settings`` go by resource path and method as AWS's API writes them ("~1users/GET", "*/*").
    """

    api_id: str
    name: str
    deployment_id: str
    deployed: DeployedApi
    variables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    access_log: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KeyOfPlan:
    """An API key as a usage plan lets it in."""

    key_id: str
    plan_id: str
    enabled: bool
    quota: Mapping[str, Any] | None
    throttle: Mapping[str, Any] | None


def find_stage(account_id: str, region: str, api_id: str, stage: str) -> RestStage | None:
    """What is deployed to a stage now; None if there is no such API, no such stage, or nothing deployed."""
    api = apigateway_backends[account_id][region].apis.get(api_id)
    found = None if api is None else api.stages.get(stage)
    if api is None or found is None:
        return None
    deployment = api.deployments.get(str(found.deployment_id))
    deployed: DeployedApi | None = getattr(deployment, _COPY, None)
    if deployed is None:
        return None
    settings, log = dict(found.method_settings), found.access_log_settings
    return RestStage(api_id, stage, str(found.deployment_id), deployed, dict(found.variables), settings, log)


def name_of(account_id: str, region: str, api_id: str) -> str | None:
    """The name of an API; None if there is no such REST API."""
    api = apigateway_backends[account_id][region].apis.get(api_id)
    return None if api is None else str(api.name)


def stages(account_id: str, region: str, api_id: str) -> list[str]:
    """The names of an API's stages, in the order in which they were made."""
    api = apigateway_backends[account_id][region].apis.get(api_id)
    return [] if api is None else list(api.stages)


def find_key(account_id: str, region: str, api_id: str, stage: str, value: str) -> KeyOfPlan | None:
    """The API key with this value, if a usage plan lets it into the stage."""
    backend = apigateway_backends[account_id][region]
    for key in backend.keys.values():
        if key.value != value:
            continue
        for plan in backend.usage_plans.values():
            stages_of_plan = [(s.get("apiId"), s.get("stage")) for s in plan.api_stages or []]
            if (api_id, stage) in stages_of_plan and key.id in backend.usage_plan_keys.get(plan.id, {}):
                return KeyOfPlan(key.id, plan.id, bool(key.enabled), plan.quota or None, plan.throttle or None)
    return None


def apply(patches: Patches) -> None:
    """Have deployments keep what they deploy."""

    def create_deployment(self: RestAPI, name: str, description: str, stage_variables: Any = None) -> Deployment:
        made: Deployment = original(self, name, description, stage_variables)
        setattr(made, _COPY, _copy_of(self))
        return made

    def create_authorizer(self: RestAPI, *args: Any, **kwargs: Any) -> Authorizer:
        made: Authorizer = original_authorizer(self, *args, **kwargs)
        made.identity_validation_expression = kwargs.get("identiy_validation_expression")
        return made

    def create_rest_api(self: APIGatewayResponse) -> Any:
        answer = original_create(self)
        made = json.loads(answer[2])
        types = self._get_param("binaryMediaTypes")
        if types and "id" in made:
            api = self.backend.get_rest_api(made["id"])
            api.binaryMediaTypes = list(types)
            return (*answer[:2], json.dumps(api.to_dict()))
        return answer

    def put_integration(self: APIGatewayBackend, *args: Any, **kwargs: Any) -> Any:
        of_caller = kwargs.get("credentials") == CALLERS_CREDENTIALS
        made = original_integration(self, *args, **kwargs | ({"credentials": None} if of_caller else {}))
        if of_caller:
            made.credentials = CALLERS_CREDENTIALS
        return made

    def default_settings(self: Stage) -> dict[str, Any]:
        settings: dict[str, Any] = original_settings(self)
        return {name: value for name, value in settings.items() if not name.startswith("throttling")}

    original_settings = patches.put(Stage, "_get_default_method_settings", default_settings)
    original = patches.put(RestAPI, "create_deployment", create_deployment)
    original_integration = patches.put(APIGatewayBackend, "put_integration", put_integration)
    original_create = patches.put(APIGatewayResponse, "create_rest_api", create_rest_api)
    original_authorizer = patches.put(RestAPI, "create_authorizer", create_authorizer)
    patches.put(RestAPI, "update_integration_mocks", lambda self, stage_name: None)


def _copy_of(api: RestAPI) -> DeployedApi:
    methods = {
        (resource.get_path(), name): {**method.to_json(), "resourceId": resource.id}
        for resource in api.resources.values()
        for name, method in resource.resource_methods.items()
    }
    return copy.deepcopy(
        DeployedApi(
            api.to_dict(),
            methods,
            {str(a.id): a.to_json() for a in api.authorizers.values()},
            {v.id: v.to_dict() for v in api.request_validators.values()},
            {m.name: str(m.schema) for m in api.models.values()},
            {kind: answer.to_json() for kind, answer in api.gateway_responses.items()},
        )
    )
