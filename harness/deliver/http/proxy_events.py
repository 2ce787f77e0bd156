"""This file decides which event a function gets for a request, in AWS's two formats (APIG-01, APIG-02, APIG-03).

Format 1.0 is what REST APIs send, format 2.0 what HTTP APIs and function URLs send; an HTTP API can be told to send
1.0. What the function answers is ``proxy_answers.py``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from harness.deliver.http.exchange import HttpRequest, all_values, joined_values, last_values
from harness.kernel.clock import Clock

SOURCE_IP = "203.0.113.7"
_TEXT_TYPES = ("application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that has found its place: what the gateway knows of it beside what the client sent.

    ``route`` is a REST resource's path or an HTTP API's route key, ``resource_id`` the REST resource's. ``authorizer``
    is what an authorizer found out, in the form in which the event has it. ``base_path`` is what a custom domain has in
    front of the API's own paths; None if the client used the API's own address.
    """

    request: HttpRequest
    api_id: str
    stage: str
    route: str
    domain: str
    account_id: str
    request_id: str
    at_ms: int
    time: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, Any] | None = None
    extended_id: str = ""
    resource_id: str = ""
    deployment_id: str = ""
    operation: str | None = None
    api_key: str | None = None
    api_key_id: str | None = None
    base_path: str | None = None

    @property
    def path_with_stage(self) -> str:
        """The path as the client sent it: behind the stage, or on a custom domain behind its base path."""
        if self.base_path is not None:
            return f"{self.base_path}{self.request.path}"
        return self.request.path if self.stage == "$default" else f"/{self.stage}{self.request.path}"


def clock_text(clock: Clock) -> str:
    """Now, as API Gateway writes it: ``15/Jan/2030:09:00:00 +0000``."""
    return f"{clock.now():%d/%b/%Y:%H:%M:%S} +0000"


def rest_event(arrival: Arrival, *, binary: bool) -> dict[str, Any]:
    """APIG-01. ``binary`` says whether the body's media type is one of the API's binary ones."""
    request = arrival.request
    return {
        "resource": arrival.route,
        "path": f"{arrival.base_path or ''}{request.path}",
        "httpMethod": request.method,
        "headers": last_values(request.headers) or None,
        "multiValueHeaders": all_values(request.headers) or None,
        "queryStringParameters": last_values(request.query) or None,
        "multiValueQueryStringParameters": all_values(request.query) or None,
        "pathParameters": dict(arrival.parameters) or None,
        "stageVariables": dict(arrival.variables) or None,
        "requestContext": rest_context(arrival),
        "body": _body(request.body, binary),
        "isBase64Encoded": binary and bool(request.body),
    }


def rest_context(arrival: Arrival) -> dict[str, Any]:
    """The ``requestContext`` of format 1.0."""
    request = arrival.request
    context: dict[str, Any] = {"resourceId": arrival.resource_id}
    if arrival.authorizer is not None:
        context["authorizer"] = dict(arrival.authorizer)
    if arrival.operation:
        context["operationName"] = arrival.operation
    return context | {
        "resourcePath": arrival.route,
        "httpMethod": request.method,
        "extendedRequestId": arrival.extended_id,
        "requestTime": arrival.time,
        "path": arrival.path_with_stage,
        "accountId": arrival.account_id,
        "protocol": "HTTP/1.1",
        "stage": arrival.stage,
        "domainPrefix": arrival.domain.partition(".")[0],
        "requestTimeEpoch": arrival.at_ms,
        "requestId": arrival.request_id,
        "identity": _identity(arrival),
        "domainName": arrival.domain,
        "deploymentId": arrival.deployment_id,
        "apiId": arrival.api_id,
    }


def _identity(arrival: Arrival) -> dict[str, Any]:
    nobody: dict[str, Any] = dict.fromkeys(
        (
            "cognitoIdentityPoolId",
            "accountId",
            "cognitoIdentityId",
            "caller",
            "principalOrgId",
            "accessKey",
            "cognitoAuthenticationType",
            "cognitoAuthenticationProvider",
            "userArn",
            "user",
        )
    )
    nobody |= {"sourceIp": SOURCE_IP, "userAgent": arrival.request.header("User-Agent")}
    if arrival.api_key is not None:
        nobody |= {"apiKey": arrival.api_key, "apiKeyId": arrival.api_key_id}
    return nobody


def http_event_v1(arrival: Arrival) -> dict[str, Any]:
    """APIG-03: format 1.0 as an HTTP API sends it."""
    method, _, path = arrival.route.rpartition(" ")
    named = rest_event(arrival, binary=not is_text(arrival.request))
    context = named["requestContext"]
    for only_rest in ("resourceId", "deploymentId", "operationName"):
        context.pop(only_rest, None)
    context |= {"resourceId": arrival.route, "resourcePath": path if method else arrival.route}
    return {"version": "1.0", **named, "resource": path if method else arrival.route, "path": arrival.path_with_stage}


def event_v2(arrival: Arrival, *, raw_path: str | None = None) -> dict[str, Any]:
    """APIG-02. ``raw_path`` is the path with its stage; decoded unless given."""
    request = arrival.request
    path = raw_path if raw_path is not None else unquote(arrival.path_with_stage)
    headers = [(n, v) for n, v in request.headers if n.lower() != "cookie"]
    cookies = [c.strip() for n, v in request.headers if n.lower() == "cookie" for c in v.split(";")]
    binary = not is_text(request)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": arrival.route,
        "rawPath": path,
        "rawQueryString": request.raw_query,
        "cookies": cookies,
        "headers": joined_values(headers, lower=True),
        "queryStringParameters": joined_values(request.query),
        "requestContext": _context_v2(arrival, path),
        "pathParameters": dict(arrival.parameters),
        "stageVariables": dict(arrival.variables),
        "body": _body(request.body, binary),
        "isBase64Encoded": binary and bool(request.body),
    }
    maybe = ("cookies", "queryStringParameters", "pathParameters", "stageVariables", "body")
    return {key: value for key, value in event.items() if value or key not in maybe}


def _context_v2(arrival: Arrival, path: str) -> dict[str, Any]:
    request = arrival.request
    context: dict[str, Any] = {"accountId": arrival.account_id, "apiId": arrival.api_id}
    if arrival.authorizer is not None:
        context["authorizer"] = dict(arrival.authorizer)
    return context | {
        "domainName": arrival.domain,
        "domainPrefix": arrival.domain.partition(".")[0],
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": SOURCE_IP,
            "userAgent": request.header("User-Agent") or "",
        },
        "requestId": arrival.request_id,
        "routeKey": arrival.route,
        "stage": arrival.stage,
        "time": arrival.time,
        "timeEpoch": arrival.at_ms,
    }


def is_text(request: HttpRequest) -> bool:
    """Whether the body goes into an event as text: HTTP APIs and function URLs send all other types as base64."""
    kind = (request.header("Content-Type") or "text/plain").partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES or kind.endswith(("+json", "+xml"))


def _body(body: bytes, binary: bool) -> str | None:
    if not body:
        return None
    return base64.b64encode(body).decode() if binary else body.decode(errors="replace")
