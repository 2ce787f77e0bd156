"""This file decides what CORS adds to the answers of HTTP APIs and function URLs, and what a preflight is answered.

From AWS's page "Configure CORS for HTTP APIs in API Gateway": with a configuration, preflights are answered without any
route, and the headers that an integration sends for CORS are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.deliver.http.exchange import HttpRequest, HttpResponse, Pairs
from harness.guard.wildcards import like


def is_preflight(request: HttpRequest) -> bool:
    """Whether a browser asks what it may send."""
    return (
        request.method == "OPTIONS"
        and request.header("Origin") is not None
        and request.header("Access-Control-Request-Method") is not None
    )


def preflight_answer(cors: Mapping[str, Any], request: HttpRequest) -> HttpResponse:
    """The answer to a preflight: the headers are only there if origin and method are allowed."""
    headers = _common(cors, request)
    methods = _get(cors, "allowMethods")
    asked = request.header("Access-Control-Request-Method")
    if not headers or not (asked in methods or "*" in methods):
        return HttpResponse(204)
    headers += (("access-control-allow-methods", ",".join(methods)),)
    if _get(cors, "allowHeaders"):
        headers += (("access-control-allow-headers", ",".join(_get(cors, "allowHeaders"))),)
    if _get(cors, "maxAge") not in (None, []):
        headers += (("access-control-max-age", str(_get(cors, "maxAge"))),)
    return HttpResponse(204, headers)


def with_cors(cors: Mapping[str, Any], request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """An answer with the configuration's headers in place of the integration's."""
    own = tuple((n, v) for n, v in answer.headers if not n.lower().startswith("access-control-"))
    added = _common(cors, request)
    if added and _get(cors, "exposeHeaders"):
        added += (("access-control-expose-headers", ",".join(_get(cors, "exposeHeaders"))),)
    return HttpResponse(answer.status, (*own, *added), answer.body, answer.reason)


def _common(cors: Mapping[str, Any], request: HttpRequest) -> Pairs:
    origin = request.header("Origin")
    allowed = _get(cors, "allowOrigins")
    if origin is None or not any(like(pattern, origin) for pattern in allowed):
        return ()
    credentials = bool(_get(cors, "allowCredentials"))
    shown = "*" if "*" in allowed and not credentials else origin
    headers: Pairs = (("access-control-allow-origin", shown),)
    return (*headers, ("access-control-allow-credentials", "true")) if credentials else headers


def _get(cors: Mapping[str, Any], name: str) -> Any:
    """A setting, however its first letter is written: HTTP APIs and function URLs differ in that."""
    value = cors.get(name, cors.get(name[0].upper() + name[1:]))
    return [] if value is None else value
