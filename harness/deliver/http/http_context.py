"""This file decides what ``$context`` stands for in an HTTP or WebSocket API: in parameter mappings and access logs.

The names are AWS's (the page "Customize HTTP API access logs"). A name that is not known here, or has no value for this
request, is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.deliver.http.proxy_events import SOURCE_IP, Arrival


def context_variables(arrival: Arrival) -> dict[str, Any]:
    """What is known of a request while it is on its way."""
    request = arrival.request
    return {
        "accountId": arrival.account_id,
        "apiId": arrival.api_id,
        "authorizer": _authorizer(arrival),
        "awsEndpointRequestId": None,
        "domainName": arrival.domain,
        "domainPrefix": arrival.domain.partition(".")[0],
        "extendedRequestId": arrival.extended_id,
        "httpMethod": request.method,
        "identity": {"sourceIp": SOURCE_IP, "userAgent": request.header("User-Agent")},
        "path": arrival.path_with_stage,
        "protocol": "HTTP/1.1",
        "requestId": arrival.request_id,
        "requestTime": arrival.time,
        "requestTimeEpoch": arrival.at_ms // 1000,
        "routeKey": arrival.route,
        "stage": arrival.stage,
    }


def _authorizer(arrival: Arrival) -> dict[str, Any]:
    """A Lambda authorizer's context by its names; a token's claims below ``claims``."""
    said = arrival.authorizer or {}
    if "jwt" in said:
        return {"claims": dict(said["jwt"]["claims"])}
    return dict(said.get("lambda") or said)


def look_up(document: Any, path: str) -> Any:
    """What is at ``a.b.c``; None if nothing is. A name may hold dots itself, as claims' names do."""
    parts = path.split(".")
    value = document
    for number, part in enumerate(parts):
        if not isinstance(value, Mapping):
            return None
        rest = ".".join(parts[number:])
        if rest in value:
            return value[rest]
        value = value.get(part)
    return value
