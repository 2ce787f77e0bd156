"""This file decides what is behind an HTTP API's routes: a function, an action of another service, an address.

Parameter mappings change the request before and the answer after; an action's parameters are nothing but mappings. What
an answer of the gateway's own looks like is decided here too: small letters only in its headers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.deliver.http import lambda_calls, outbound
from harness.deliver.http.exchange import HttpResponse
from harness.deliver.http.lambda_calls import Caller, LambdaCalls, NotLetIn, function_arn
from harness.deliver.http.outbound import NoAnswer, Outbound
from harness.deliver.http.parameter_mapping import evaluate, mapped_request, mapped_response, of_request
from harness.deliver.http.proxy_answers import Malformed, answer_v1, answer_v2, decoded
from harness.deliver.http.proxy_events import Arrival, event_v2, http_event_v1
from harness.deliver.http.service_calls import ServiceCalls
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor.http_apis import HttpStage
from harness.world.http_services import SUBTYPES

# APIG-06
TIMEOUT_S = 30.0
MAX_BYTES = 10 * 1024 * 1024


class HttpIntegrations:
    """Runs the integrations of the HTTP APIs of one world."""

    def __init__(self, kernel: Kernel, calls: LambdaCalls, services: ServiceCalls, outside: Outbound) -> None:
        self._kernel = kernel
        self._calls = calls
        self._services = services
        self._outside = outside

    def run(self, stage: HttpStage, integration: Mapping[str, Any], arrival: Arrival, source_arn: str) -> HttpResponse:
        """The answer to a request; ``source_arn`` is the route's, as functions' policies name it."""
        if len(arrival.request.body) > MAX_BYTES:
            return own_answer(413, "Request Entity Too Large", "a request may have 10 MB")
        timeout_s = int(integration.get("timeoutInMillis") or TIMEOUT_S * 1000) / 1000
        if integration.get("integrationSubtype"):
            answer = self._perform(integration, arrival, timeout_s)
        else:
            changed = replace(arrival, request=mapped_request(integration.get("requestParameters") or {}, arrival))
            if integration.get("integrationType") == "HTTP_PROXY":
                answer = self._forward(integration, changed, timeout_s)
            else:
                answer = self._invoke(stage, integration, changed, source_arn, timeout_s)
        mapping = (integration.get("responseParameters") or {}).get(str(answer.status))
        return mapped_response(mapping, arrival, answer) if mapping else answer

    def _invoke(
        self, stage: HttpStage, integration: Mapping[str, Any], arrival: Arrival, source_arn: str, timeout_s: float
    ) -> HttpResponse:
        arn = function_arn(str(integration.get("integrationUri") or ""), stage.variables)
        if arn is None:
            return own_answer(500, "Internal Server Error", "the integration names no function")
        one = integration.get("payloadFormatVersion") == "1.0"
        event = http_event_v1(arrival) if one else event_v2(arrival)
        caller = Caller(source_arn, arrival.account_id, integration.get("credentialsArn"))
        try:
            result = self._calls.call(arn, json.dumps(event, ensure_ascii=False).encode(), caller, timeout_s)
        except NotLetIn as refused:
            return own_answer(500, "Internal Server Error", refused.reason)
        except lambda_calls.TookTooLong:
            return _late(timeout_s)
        return _proxy_answer(result, one=one)

    def _perform(self, integration: Mapping[str, Any], arrival: Arrival, timeout_s: float) -> HttpResponse:
        name, role = str(integration["integrationSubtype"]), str(integration.get("credentialsArn") or "")
        subtype, select = SUBTYPES[name], of_request(arrival)
        given = {n: evaluate(text, select) for n, text in (integration.get("requestParameters") or {}).items()}
        missing = [n for n in subtype.required if given.get(n) is None]
        if missing:
            return own_answer(400, "Bad Request", f"{name} wants {', '.join(missing)}, which the request does not have")
        found = {n: text for n, text in given.items() if text is not None}
        kernel = self._kernel
        cause = kernel.require_current().cause

        def perform() -> HttpResponse:
            kernel.require_current().cause = cause
            said = self._services.perform(subtype, found, role)
            reason = f"{name} was answered {said.body}" if said.status >= 400 else ""
            return HttpResponse(said.status, (("content-type", said.media_type),), said.body.encode(), reason)

        call = kernel.spawn(perform, name=f"{name} of {kernel.trace.name(arrival.api_id)}")
        if not call.join(timeout_s):
            return _late(timeout_s)
        answer: HttpResponse = call.result
        return answer

    def _forward(self, integration: Mapping[str, Any], arrival: Arrival, timeout_s: float) -> HttpResponse:
        request = arrival.request
        method = integration.get("integrationMethod") or "ANY"
        url = outbound.filled(str(integration["integrationUri"]), {**arrival.variables, **arrival.parameters})
        if "overwrite:path" in (integration.get("requestParameters") or {}):
            scheme, _, rest = url.partition("://")
            url = f"{scheme}://{rest.partition('/')[0]}{request.path}"
        sent = replace(request, method=request.method if method == "ANY" else method)
        try:
            return self._outside.send(self._kernel.trace.name(arrival.api_id), url, sent, timeout_s)
        except NoAnswer as error:
            return own_answer(503, "Service Unavailable", f"{url} cannot be reached: {error.reason}")
        except outbound.TookTooLong:
            return _late(timeout_s)


def _late(timeout_s: float) -> HttpResponse:
    return own_answer(503, "Service Unavailable", f"no answer after {timeout_s:g} s")


def _proxy_answer(result: InvocationResult, *, one: bool) -> HttpResponse:
    if not result.ok:
        return own_answer(500, "Internal Server Error", f"the function {result.ending}")
    try:
        if not one:
            return answer_v2(result.value())
        answer, is_base64 = answer_v1(result.value())
        headers = tuple((name.lower(), value) for name, value in answer.headers)
        return replace(answer, headers=headers, body=decoded(answer.body) if is_base64 else answer.body)
    except Malformed as wrong:
        return own_answer(500, "Internal Server Error", f"malformed answer of the function: {wrong}")


def own_answer(status: int, message: str, reason: str) -> HttpResponse:
    """What an HTTP API answers by itself."""
    body = json.dumps({"message": message}, separators=(",", ":")).encode()
    return HttpResponse(status, (("content-type", "application/json"),), body, reason)
