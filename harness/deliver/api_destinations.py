"""This file decides what EventBridge sends to an API destination, and what it makes of the answer. EVB-09

Nothing leaves this machine: the scenario's stubs answer, through ``ask``. The rules are those of AWS's pages "API
destinations" and "Connections": the endpoint's ``*`` are filled with the target's PathParameterValues in order; headers
and query come from the target and the connection, whose own win; the connection authorizes. An answer that takes longer
than five seconds is none. 401, 407, 409, 429 and 5xx may pass and are retried, and so is a connection that fails; other
errors are not. AWS keeps the token of an OAuth connection until it is refused; so it is here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from harness.deliver.targets import Undeliverable
from harness.kernel.scheduler import Kernel
from harness.vendor import events_destinations
from harness.vendor.events_destinations import Destination
from harness.vendor.http_exchange import HttpAnswer, HttpRequest

LONGEST_ANSWER_S = 5.0
_MAY_PASS = (401, 407, 409, 429)
_REFUSED = (401, 407)
_OWN_HEADERS = {
    "content-type": "application/json; charset=utf-8",
    "range": "bytes=0-1048575",
    "user-agent": "Amazon/EventBridge/ApiDestinations",
}

# Given the ARN of who asks, and a request: what the world outside answers; None if nobody was told to.
Ask = Callable[[str, HttpRequest], HttpAnswer | None]


def nobody(who: str, request: HttpRequest) -> None:
    """What answers where there is no world outside."""


class ApiDestinations:
    """EventBridge's side of API destinations; it keeps the tokens that it was given, by destination."""

    def __init__(self, kernel: Kernel, ask: Ask) -> None:
        self._kernel = kernel
        self._ask = ask
        self._tokens: dict[str, str] = {}

    def send(self, arn: str, text: str, given: Mapping[str, Any], on_accepted: Callable[[], None]) -> bytes:
        """Send the text to the destination; ``given`` are the target's HttpParameters. The answer's body.

        Raises:
            Undeliverable: it was not taken; what may pass is worth a retry.
        """
        destination = events_destinations.find(arn)
        if destination is None:
            raise Undeliverable("the API destination or its connection does not exist", code="NO_RESOURCE")
        on_accepted()
        own = destination.parameters.get("InvocationHttpParameters") or {}
        query = {**(given.get("QueryStringParameters") or {}), **dict(_pairs(own, "QueryStringParameters"))}
        headers = {name.lower(): str(value) for name, value in (given.get("HeaderParameters") or {}).items()}
        headers |= {name.lower(): value for name, value in _pairs(own, "HeaderParameters")}
        url = _with_query(_filled(destination.endpoint, given.get("PathParameterValues") or ()), query)
        body = _with_body(text, own)
        headers = {**_OWN_HEADERS, **headers, **self._authorization(destination)}
        answer = self._answered(arn, HttpRequest(destination.method, url, tuple(headers.items()), body))
        if answer.status in _REFUSED:
            self._tokens.pop(arn, None)
        _judge(answer, destination.endpoint)
        return answer.body

    def _answered(self, arn: str, request: HttpRequest) -> HttpAnswer:
        answer = self._ask(arn, request)
        if answer is None:
            raise Undeliverable(f"nobody answers {request.method} {request.url} here", code="CONNECTION_FAILURE")
        delay_s = answer.delay_s
        if delay_s is None or delay_s > LONGEST_ANSWER_S:
            self._kernel.sleep(LONGEST_ANSWER_S)
            raise Undeliverable(f"no answer within {LONGEST_ANSWER_S:g} s", server_side=True, code="TIMEOUT")
        if delay_s:
            self._kernel.sleep(delay_s)
        if answer.error is not None:
            raise Undeliverable(str(answer.error), server_side=True, code="CONNECTION_FAILURE")
        return answer

    def _authorization(self, destination: Destination) -> dict[str, str]:
        if destination.authorization == "BASIC":
            by = destination.parameters["BasicAuthParameters"]
            secret = base64.b64encode(f"{by['Username']}:{by['Password']}".encode()).decode()
            return {"authorization": f"Basic {secret}"}
        if destination.authorization == "API_KEY":
            by = destination.parameters["ApiKeyAuthParameters"]
            return {by["ApiKeyName"].lower(): by["ApiKeyValue"]}
        if destination.arn not in self._tokens:
            self._tokens[destination.arn] = self._token(destination.arn, destination.parameters["OAuthParameters"])
        return {"authorization": f"Bearer {self._tokens[destination.arn]}"}

    def _token(self, arn: str, by: Mapping[str, Any]) -> str:
        more = by.get("OAuthHttpParameters") or {}
        client = by["ClientParameters"]
        form = {"grant_type": "client_credentials", "client_id": client["ClientID"]}
        form |= {"client_secret": client["ClientSecret"], **dict(_pairs(more, "BodyParameters"))}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        headers |= {name.lower(): value for name, value in _pairs(more, "HeaderParameters")}
        url = _with_query(by["AuthorizationEndpoint"], dict(_pairs(more, "QueryStringParameters")))
        answer = self._answered(
            arn, HttpRequest(by["HttpMethod"], url, tuple(headers.items()), urlencode(form).encode())
        )
        _judge(answer, by["AuthorizationEndpoint"])
        try:
            return str(json.loads(answer.body)["access_token"])
        except (ValueError, KeyError, TypeError):
            raise Undeliverable(f"{by['AuthorizationEndpoint']} answered without an access_token") from None


def _judge(answer: HttpAnswer, endpoint: str) -> None:
    if answer.status >= 400:
        passing = answer.status in _MAY_PASS or answer.status >= 500
        raise Undeliverable(f"{endpoint} answered {answer.status}", server_side=passing)


def _pairs(parameters: Mapping[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """What a connection adds, which the API keeps as a list of Key and Value."""
    for one in parameters.get(name) or ():
        yield one["Key"], str(one.get("Value", ""))


def _filled(endpoint: str, values: Any) -> str:
    for value in values:
        endpoint = endpoint.replace("*", quote(str(value), safe=""), 1)
    return endpoint


def _with_query(url: str, query: Mapping[str, Any]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}" if query else url


def _with_body(text: str, own: Mapping[str, Any]) -> bytes:
    """The text, with what the connection adds to a body that is an object."""
    more = dict(_pairs(own, "BodyParameters"))
    if not more:
        return text.encode()
    try:
        value = json.loads(text)
    except ValueError:
        return text.encode()
    if not isinstance(value, dict):
        return text.encode()
    return json.dumps({**value, **more}, ensure_ascii=False, separators=(",", ":")).encode()
