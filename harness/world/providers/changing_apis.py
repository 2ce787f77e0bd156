"""This file decides how APIs are changed while they stand.

A REST API serves what was deployed to its stage: another ``Body`` shows once a new deployment is on the stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.world.providers.changing import Change
from harness.world.providers.provider import Created
from harness.world.providers.rest_api import Import


def nothing(change: Change) -> None:
    """A comment."""


def rest_api(change: Change) -> None:
    """An API's name, description, and all that its document says."""
    api, api_id = change.request.client("apigateway"), change.name
    words = {"Name": "/name", "Description": "/description"}
    changes = [
        {"op": "replace", "path": path, "value": change.now(name, "")}
        for name, path in words.items()
        if name in change.changed
    ]
    if changes:
        api.update_rest_api(restApiId=api_id, patchOperations=changes)
    if "Body" not in change.changed:
        return
    for resource in api.get_resources(restApiId=api_id, limit=500)["items"]:
        if resource.get("parentId") is None:
            for method_ in resource.get("resourceMethods", {}):
                api.delete_method(restApiId=api_id, resourceId=resource["id"], httpMethod=method_)
        elif resource["path"].count("/") == 1:
            api.delete_resource(restApiId=api_id, resourceId=resource["id"])
    for one in api.get_authorizers(restApiId=api_id)["items"]:
        api.delete_authorizer(restApiId=api_id, authorizerId=one["id"])
    for one in api.get_request_validators(restApiId=api_id)["items"]:
        api.delete_request_validator(restApiId=api_id, requestValidatorId=one["id"])
    for one in api.get_models(restApiId=api_id)["items"]:
        api.delete_model(restApiId=api_id, modelName=one["name"])
    body: Mapping[str, Any] = change.now("Body") or {}
    if body:
        Import(change.request, api, api_id, body).run()


def rest_stage(change: Change) -> None:
    """Which deployment a stage serves, and its variables."""
    changes: list[dict[str, str]] = []
    if "DeploymentId" in change.changed:
        changes.append({"op": "replace", "path": "/deploymentId", "value": change.now("DeploymentId")})
    if "Description" in change.changed:
        changes.append({"op": "replace", "path": "/description", "value": change.now("Description", "")})
    if "TracingEnabled" in change.changed:
        value = "true" if change.now("TracingEnabled") else "false"
        changes.append({"op": "replace", "path": "/tracingEnabled", "value": value})
    before, now = change.old("Variables", {}), change.now("Variables", {})
    changes += [{"op": "replace", "path": f"/variables/{k}", "value": v} for k, v in now.items() if before.get(k) != v]
    changes += [{"op": "remove", "path": f"/variables/{k}"} for k in before if k not in now]
    change.request.client("apigateway").update_stage(
        restApiId=change.now("RestApiId"), stageName=change.now("StageName"), patchOperations=changes
    )


def method(change: Change) -> Created:
    """A method, made anew in the place of the old one."""
    properties = change.request.properties
    change.request.client("apigateway").delete_method(
        restApiId=properties["RestApiId"], resourceId=properties["ResourceId"], httpMethod=properties["HttpMethod"]
    )
    return change.create(change.request)


def integration(change: Change) -> None:
    """What an HTTP API's integration calls."""
    settings = {name: change.now(name) for name in change.request.properties}
    change.request.client("apigatewayv2").update_integration(IntegrationId=change.name, **settings)


def route(change: Change) -> None:
    """Which requests a route takes, and where they go."""
    settings = {name: change.now(name) for name in change.request.properties}
    change.request.client("apigatewayv2").update_route(RouteId=change.name, **settings)
