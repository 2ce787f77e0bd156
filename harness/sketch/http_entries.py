"""This file decides which requests an API of a template takes, read off its document or its parts.

It makes no request; ``entry_points.py`` turns each into a scenario.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import Scene
from harness.world.stack import Resource

REST_API, HTTP_API = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
REST_METHOD, REST_RESOURCE = "AWS::ApiGateway::Method", "AWS::ApiGateway::Resource"
HTTP_ROUTE, FUNCTION_URL = "AWS::ApiGatewayV2::Route", "AWS::Lambda::Url"

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_PARAMETER = re.compile(r"\{[^{}]+\}")


def requests_taken(scene: Scene) -> Iterator[tuple[Resource, str, str]]:
    """For each route: the API or function URL, the method, and a path that leads there."""
    for api in (*scene.of_type(REST_API), *scene.of_type(HTTP_API)):
        for path, methods in _paths(api.properties.get("Body")).items():
            for method in methods if isinstance(methods, Mapping) else ():
                yield from _route(api, method, path)
    resources = {r.physical_id: r.properties for r in scene.of_type(REST_RESOURCE)}
    for part in scene.of_type(REST_METHOD):
        owner = scene.find(part.properties.get("RestApiId"), REST_API)
        if owner is not None:
            path = _path(resources, str(part.properties.get("ResourceId")))
            yield from _route(owner, str(part.properties["HttpMethod"]), path)
    for part in scene.of_type(HTTP_ROUTE):
        owner = scene.find(part.properties.get("ApiId"), HTTP_API)
        method, _, path = str(part.properties.get("RouteKey")).partition(" ")
        if owner is not None:
            yield from _route(owner, method, path)
    for url in scene.of_type(FUNCTION_URL):
        yield url, "GET", "/"


def _paths(document: Any) -> Mapping[str, Any]:
    paths = document.get("paths") if isinstance(document, Mapping) else None
    return paths if isinstance(paths, Mapping) else {}


def _route(api: Resource, method: str, path: str) -> Iterator[tuple[Resource, str, str]]:
    wanted = method.upper()
    if wanted in ("ANY", "X-AMAZON-APIGATEWAY-ANY-METHOD", "$DEFAULT"):
        wanted = "GET"
    if wanted in _METHODS:
        yield api, wanted, _PARAMETER.sub("example-1", path) or "/"


def _path(resources: Mapping[str, Mapping[str, Any]], resource_id: str) -> str:
    """The path of a REST API's resource, from the root; the root itself is no resource of the template."""
    parts: list[str] = []
    while (found := resources.get(resource_id)) is not None and len(parts) <= len(resources):
        parts.append(str(found["PathPart"]))
        resource_id = str(found["ParentId"])
    return "/" + "/".join(reversed(parts))
