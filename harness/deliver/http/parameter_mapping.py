"""This file decides what an HTTP API's parameter mappings make of a request and of an answer.

From AWS's page "Transform API requests and responses for HTTP APIs": ``append``, ``overwrite`` and ``remove`` of
headers and query parameters, ``overwrite:path``, ``overwrite:statuscode``, with values that are fixed texts, selections
like ``$request.body.order.id`` or several of them in braces. It sends nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.parser import parse

from harness.deliver.http.exchange import HttpRequest, HttpResponse, Pairs, joined_values
from harness.deliver.http.http_context import context_variables, look_up
from harness.deliver.http.proxy_events import Arrival

# A selection whose value is found gives it, any other None.
Select = Callable[[str], Any]

_IN_BRACES = re.compile(r"\$\{([A-Za-z0-9_.\-\[\]'*]+)\}")
_BARE = re.compile(r"\$(request|response|context|stageVariables)(\.[A-Za-z0-9_.\-:\[\]'*]+)?")


def evaluate(expression: str, select: Select) -> str | None:
    """The text that an expression stands for; None if it selects something that is not there."""
    if _BARE.fullmatch(expression):
        return _text(select(expression[1:]))
    whole = _IN_BRACES.fullmatch(expression)
    if whole:
        return _text(select(whole[1]))
    return _IN_BRACES.sub(lambda found: _text(select(found[1])) or "", expression)


def of_request(arrival: Arrival) -> Select:
    """What can be selected while a request is on its way."""
    request, context = arrival.request, context_variables(arrival)

    def select(name: str) -> Any:
        kind, _, rest = name.partition(".")
        if kind == "context":
            return look_up(context, rest)
        if kind == "stageVariables":
            return arrival.variables.get(rest)
        return _of_request(request, arrival.parameters, rest) if kind == "request" else None

    return select


def _of_request(request: HttpRequest, parameters: Mapping[str, str], name: str) -> Any:
    kind, _, rest = name.partition(".")
    if kind == "header":
        return joined_values(request.headers, lower=True).get(rest.lower())
    if kind == "querystring":
        return joined_values(request.query).get(rest)
    if kind == "path":
        return parameters.get(rest) if rest else request.path
    return _of_body(request.body, rest) if kind == "body" else None


def of_response(arrival: Arrival, response: HttpResponse) -> Select:
    """What can be selected once something has answered."""
    before = of_request(arrival)

    def select(name: str) -> Any:
        kind, _, rest = name.partition(".")
        if kind != "response":
            return before(name) if kind in ("context", "stageVariables") else None
        kind, _, rest = rest.partition(".")
        if kind == "header":
            return joined_values(response.headers, lower=True).get(rest.lower())
        return _of_body(response.body, rest) if kind == "body" else None

    return select


def _of_body(body: bytes, path: str) -> Any:
    text = body.decode(errors="replace")
    if not path:
        return text
    try:
        found = [match.value for match in parse(f"$.{path}").find(json.loads(text))]
    except (ValueError, JSONPathError):
        return None
    return found[0] if found else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def mapped_request(mapping: Mapping[str, str], arrival: Arrival) -> HttpRequest:
    """The request as an integration gets it. Every value is read from the request as it came."""
    select, request = of_request(arrival), arrival.request
    headers, query, path = request.headers, request.query, request.path
    for key, expression in mapping.items():
        action, _, place = key.partition(":")
        kind, _, name = place.partition(".")
        value = evaluate(expression, select)
        if kind == "header":
            headers = _changed(headers, action, name.lower(), value, fold=True)
        elif kind == "querystring":
            query = _changed(query, action, name, value, fold=False)
        elif kind == "path" and value is not None:
            path = value if value.startswith("/") else f"/{value}"
    return replace(request, headers=headers, query=query, path=path)


def mapped_response(mapping: Mapping[str, str], arrival: Arrival, response: HttpResponse) -> HttpResponse:
    """The answer as the client gets it."""
    select = of_response(arrival, response)
    headers, status = response.headers, response.status
    for key, expression in mapping.items():
        action, _, place = key.partition(":")
        kind, _, name = place.partition(".")
        value = evaluate(expression, select)
        if kind == "header":
            headers = _changed(headers, action, name.lower(), value, fold=True)
        elif kind == "statuscode" and value is not None and value.isdigit():
            status = int(value)
    return replace(response, headers=headers, status=status)


def _changed(pairs: Pairs, action: str, name: str, value: str | None, *, fold: bool) -> Pairs:
    def same(other: str) -> bool:
        return other.lower() == name if fold else other == name

    if action == "append":
        return pairs if value is None else (*pairs, (name, value))
    others = tuple(pair for pair in pairs if not same(pair[0]))
    if action == "overwrite":
        return pairs if value is None else (*others, (name, value))
    return others
