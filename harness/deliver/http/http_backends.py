"""This file decides how a REST API's integrations of the types HTTP and HTTP_PROXY call an address.

Path parameters, query and headers are filled in from what ``RequestParameters`` map; a proxy passes the client's query
and headers on besides. What becomes of the answer of an integration that is no proxy is ``integrations.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.deliver.http import outbound
from harness.deliver.http.exchange import HttpRequest, HttpResponse, last_values
from harness.deliver.http.gateway_answers import Refused
from harness.deliver.http.http_context import look_up
from harness.deliver.http.outbound import NoAnswer, Outbound
from harness.deliver.http.proxy_events import Arrival, rest_context

_UNREACHABLE = "Network error communicating with endpoint"
_PREFIX = "integration.request."


class HttpBackends:
    """Calls addresses for REST APIs."""

    def __init__(self, outside: Outbound) -> None:
        self._outside = outside

    def call(self, arrival: Arrival, integration: Mapping[str, Any], body: bytes, timeout_s: float) -> HttpResponse:
        """What the integration's address answers.

        Raises:
            Refused: it cannot be reached, or not in time.
        """
        filled = _filled(arrival, integration.get("requestParameters") or {})
        proxy, request = integration["type"] == "HTTP_PROXY", arrival.request
        headers = (*(request.headers if proxy else ()), *filled["header"].items())
        query = (*(request.query if proxy else ()), *filled["querystring"].items())
        method = integration.get("httpMethod") or "ANY"
        uri = str(integration["uri"])
        for name, value in arrival.variables.items():
            uri = uri.replace(f"${{stageVariables.{name}}}", value)
        url = outbound.filled(uri, filled["path"])
        sent = HttpRequest(request.method if method == "ANY" else method, request.path, query, headers, body)
        try:
            return self._outside.send(f"integration of {arrival.api_id}", url, sent, timeout_s)
        except NoAnswer as error:
            raise Refused("INTEGRATION_FAILURE", _UNREACHABLE, f"{url} cannot be reached: {error.reason}") from None
        except outbound.TookTooLong:
            raise Refused("INTEGRATION_TIMEOUT", reason=f"no answer after {timeout_s:g} s") from None


def _filled(arrival: Arrival, parameters: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {"header": {}, "path": {}, "querystring": {}}
    for target, source in parameters.items():
        kind, _, name = target.removeprefix(_PREFIX).partition(".")
        value = _value(arrival, source)
        if value is not None and kind in found:
            found[kind][name] = value
    return found


def _value(arrival: Arrival, source: str) -> str | None:
    """What a mapping's source stands for; None if the request does not have it."""
    if source[:1] == "'":
        return source[1:-1]
    if source.startswith("context."):
        value = look_up(rest_context(arrival), source.removeprefix("context."))
        return None if value is None else str(value)
    if source.startswith("stageVariables."):
        return arrival.variables.get(source.removeprefix("stageVariables."))
    if source == "method.request.body":
        return arrival.request.body.decode(errors="replace")
    kind, _, name = source.removeprefix("method.request.").partition(".")
    if kind == "header":
        return arrival.request.header(name)
    return arrival.parameters.get(name) if kind == "path" else last_values(arrival.request.query).get(name)
