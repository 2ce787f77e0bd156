"""This file decides what a REST API's integrations do: MOCK, a function, another service of AWS, an address.

The order is AWS's: the request template of the body's media type, the call, the integration response that fits what
came back, its template and headers. Functions behind a proxy are ``rest_api.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.deliver.http.exchange import HttpResponse, Pairs, last_values
from harness.deliver.http.gateway_answers import Refused
from harness.deliver.http.http_backends import HttpBackends
from harness.deliver.http.lambda_calls import Caller, LambdaCalls, NotLetIn, TookTooLong, function_arn, function_error
from harness.deliver.http.mapping import BadTemplate, render
from harness.deliver.http.proxy_events import Arrival, rest_context
from harness.deliver.http.service_calls import ServiceCalls
from harness.world.http_services import service_uri


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came back: ``sign`` is what selection patterns are held against; an address answers with headers too."""

    sign: str
    body: str
    headers: Pairs = ()


class Integrations:
    """Runs integrations of the types MOCK, AWS, HTTP and HTTP_PROXY."""

    def __init__(self, calls: LambdaCalls, services: ServiceCalls, addresses: HttpBackends) -> None:
        self._calls = calls
        self._services = services
        self._addresses = addresses

    def run(self, arrival: Arrival, method: Mapping[str, Any], caller: Caller, timeout_s: float) -> HttpResponse:
        """The answer to a request.

        Raises:
            Refused: the gateway answers by itself.
        """
        integration = method["methodIntegration"]
        if integration["type"] == "HTTP_PROXY":
            return self._addresses.call(arrival, integration, arrival.request.body, timeout_s)
        sent = _request_body(arrival, integration)
        if integration["type"] == "MOCK":
            outcome = _Outcome(_mocked(sent), "")
        elif integration["type"] == "HTTP":
            said = self._addresses.call(arrival, integration, sent.encode(), timeout_s)
            outcome = _Outcome(str(said.status), said.text, said.headers)
        else:
            outcome = self._call(arrival, integration, sent, caller, timeout_s)
        return _answer(arrival, method, outcome)

    def _call(
        self, arrival: Arrival, integration: Mapping[str, Any], sent: str, caller: Caller, timeout_s: float
    ) -> _Outcome:
        arn = function_arn(integration["uri"], arrival.variables)
        if arn is not None:
            return self._invoke(arn, sent, caller, timeout_s)
        uri = service_uri(integration["uri"])
        if uri is None:
            raise Refused("API_CONFIGURATION_ERROR", reason=f"{integration['uri']} names nothing to call")
        answer = self._services.call(uri, _with_static(sent, integration), integration["credentials"])
        return _Outcome(str(answer.status), answer.body)

    def _invoke(self, arn: str, sent: str, caller: Caller, timeout_s: float) -> _Outcome:
        try:
            result = self._calls.call(arn, (sent or "{}").encode(), caller, timeout_s)
        except NotLetIn as refused:
            raise Refused("API_CONFIGURATION_ERROR", reason=invalid_permissions(refused.reason)) from None
        except TookTooLong:
            raise Refused("INTEGRATION_TIMEOUT", reason=f"no answer after {timeout_s:g} s") from None
        if result.ending in ("throttled", "stopped"):
            raise Refused("INTEGRATION_FAILURE", reason=f"Lambda refused the call: {result.ending}")
        body = result.payload.decode(errors="replace")
        if result.ok:
            return _Outcome("", body)
        # A function's error is matched by its message.
        return _Outcome(str(function_error(result).get("errorMessage") or "error"), body)


def invalid_permissions(reason: str) -> str:
    """APIG-10, in the words of AWS's log."""
    return f"Execution failed due to configuration error: Invalid permissions on Lambda function ({reason})"


def _request_body(arrival: Arrival, integration: Mapping[str, Any]) -> str:
    request = arrival.request
    templates = integration.get("requestTemplates") or {}
    kind = (request.header("Content-Type") or "application/json").partition(";")[0].strip().lower()
    template = templates.get(kind) or templates.get("$default")
    if template is not None:
        return _rendered(template, arrival, request.body.decode(errors="replace"))
    behaviour = str(integration.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
    if behaviour == "NEVER" or (behaviour == "WHEN_NO_TEMPLATES" and templates):
        raise Refused("UNSUPPORTED_MEDIA_TYPE", reason=f"there is no request template for {kind}")
    return request.body.decode(errors="replace")


def _with_static(sent: str, integration: Mapping[str, Any]) -> str:
    """The query parameters that an integration adds as fixed texts, joined to a form's body."""
    prefix = "integration.request.querystring."
    added = [
        f"{name.removeprefix(prefix)}={value[1:-1]}"
        for name, value in (integration.get("requestParameters") or {}).items()
        if name.startswith(prefix) and value[:1] == "'"
    ]
    return "&".join([sent, *added]) if added else sent


def _rendered(template: str, arrival: Arrival, body: str, **more: Any) -> str:
    """What a template gives; ``more`` is in its ``$context`` beside the rest."""
    try:
        return render(
            template,
            body=body,
            context={**rest_context(arrival), **more},
            variables=arrival.variables,
            parameters={
                "path": dict(arrival.parameters),
                "querystring": last_values(arrival.request.query),
                "header": last_values(arrival.request.headers),
            },
        )
    except BadTemplate as error:
        reason = f"Execution failed due to configuration error: Unable to transform: {error}"
        raise Refused("API_CONFIGURATION_ERROR", reason=reason) from None


def _mocked(sent: str) -> str:
    try:
        status = json.loads(sent)["statusCode"]
    except (ValueError, TypeError, KeyError):
        reason = f"Unable to parse statusCode. It should be an integer that is between 200 and 599: {sent[:80]}"
        raise Refused("API_CONFIGURATION_ERROR", reason=reason) from None
    return str(status)


def _answer(arrival: Arrival, method: Mapping[str, Any], outcome: _Outcome) -> HttpResponse:
    responses = list((method["methodIntegration"].get("integrationResponses") or {}).values())
    chosen = _chosen(responses, outcome.sign)
    if chosen is None:
        raise Refused(
            "API_CONFIGURATION_ERROR",
            reason=f'Execution failed due to configuration error: No match for output mapping of "{outcome.sign}"',
        )
    status = str(chosen["statusCode"])
    if status not in (method.get("methodResponses") or {}):
        wrong = f"Output mapping refers to an invalid method response: {status}"
        reason = f"Execution failed due to configuration error: {wrong}"
        raise Refused("API_CONFIGURATION_ERROR", reason=reason)
    headers = _headers(chosen.get("responseParameters") or {}, outcome)
    kind, body = "application/json", outcome.body
    # "Use a mapping template to override an API's request and response parameters and status codes" in AWS's guide.
    override: dict[str, Any] = {"header": {}}
    templates = {k: v for k, v in (chosen.get("responseTemplates") or {}).items() if v}
    if templates:
        kind = "application/json" if "application/json" in templates else next(iter(templates))
        body = _rendered(templates[kind], arrival, outcome.body, responseOverride=override)
        headers = _overridden(headers, override["header"])
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers = (("Content-Type", kind), *headers)
    return HttpResponse(_status(override.get("status", status)), headers, body.encode())


def _status(wanted: Any) -> int:
    if re.fullmatch(r"[1-5]\d\d", str(wanted)) is None:
        reason = (
            f"Execution failed due to configuration error: {wanted} in $context.responseOverride.status is no status"
        )
        raise Refused("API_CONFIGURATION_ERROR", reason=reason)
    return int(wanted)


def _overridden(headers: Pairs, by: Any) -> Pairs:
    """The headers, those of ``by`` in the place of their namesakes."""
    named = {str(name).lower() for name in by}
    return (
        *((name, value) for name, value in headers if name.lower() not in named),
        *((str(name), str(value)) for name, value in by.items()),
    )


def _chosen(responses: list[Mapping[str, Any]], sign: str) -> Mapping[str, Any] | None:
    """The response whose pattern fits the whole sign, else the one without a pattern."""
    for response in responses:
        pattern = response.get("selectionPattern")
        if pattern and sign and _fits(pattern, sign):
            return response
    return next((r for r in responses if not r.get("selectionPattern")), None)


def _fits(pattern: str, sign: str) -> bool:
    try:
        return re.fullmatch(pattern, sign, re.DOTALL) is not None
    except re.error:
        return False


def _headers(parameters: Mapping[str, str], outcome: _Outcome) -> Pairs:
    prefix = "method.response.header."
    found = []
    for name, value in parameters.items():
        if not name.startswith(prefix):
            continue
        if value[:1] == "'":
            found.append((name.removeprefix(prefix), value[1:-1]))
            continue
        kind, _, part = value.removeprefix("integration.response.").partition(".")
        text = _part(outcome.body, part) if kind == "body" else dict(_small(outcome.headers)).get(part.lower())
        if text is not None:
            found.append((name.removeprefix(prefix), text))
    return tuple(found)


def _small(headers: Pairs) -> Pairs:
    return tuple((name.lower(), value) for name, value in headers)


def _part(body: str, path: str) -> str | None:
    try:
        value: Any = json.loads(body)
    except ValueError:
        return None
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return None if value is None else str(value)
