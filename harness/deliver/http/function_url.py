"""This file decides how a function's URL answers a request (LAM-30).

Two permissions are asked for: ``lambda:InvokeFunctionUrl`` and, since October 2025, ``lambda:InvokeFunction``. The
event has format 2.0, as if an HTTP API had one route, ``$default``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from harness.deliver.http import cors
from harness.deliver.http.exchange import HttpResponse
from harness.deliver.http.lambda_calls import LambdaCalls
from harness.deliver.http.proxy_answers import Malformed, answer_v2
from harness.deliver.http.proxy_events import Arrival, event_v2
from harness.guard.resource_policies import judge
from harness.guard.statements import Verdict
from harness.invoke.result import InvocationResult
from harness.vendor import resource_policies
from harness.vendor.function_urls import FunctionUrl

# A URL waits as long as the function may run.
TIMEOUT_S = 900.0
MAX_BYTES = 6 * 1024 * 1024
_FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)


@dataclass(frozen=True, slots=True)
class _AnybodysRequest:
    """Somebody on the internet wants something of a function, through its URL."""

    action: str
    resource: str
    auth_type: str

    @property
    def wish(self) -> str:
        """What is asked, as it goes into a refusal."""
        return f"not everybody may {self.action}"

    @property
    def services(self) -> tuple[str, ...]:
        """Nobody has no name behind ``Service``."""
        return ()

    def principals(self, effect: str) -> tuple[str, ...]:
        """Nobody has no name behind ``AWS``, but everybody's."""
        return ()

    @property
    def context(self) -> dict[str, str]:
        """The condition keys that AWS fills in for such a call."""
        return {"lambda:functionurlauthtype": self.auth_type, "lambda:invokedviafunctionurl": "true"}


class FunctionUrls:
    """Answers for the function URLs of one world."""

    def __init__(self, calls: LambdaCalls) -> None:
        self._calls = calls

    def answer(self, url: FunctionUrl, arrival: Arrival) -> HttpResponse:
        """The answer to a request for a URL."""
        request = arrival.request
        if url.cors and cors.is_preflight(request):
            return replace(cors.preflight_answer(url.cors, request), status=200)
        answer = self._answer(url, arrival)
        return cors.with_cors(url.cors, request, answer) if url.cors else answer

    def _answer(self, url: FunctionUrl, arrival: Arrival) -> HttpResponse:
        request = arrival.request
        if len(request.body) > MAX_BYTES:
            return _own(413, "Request Entity Too Large", "a request may have 6 MB")
        signed = (request.header("Authorization") or "").startswith("AWS4-HMAC-SHA256")
        if url.auth_type == "AWS_IAM":
            # APIG-09: whose signature it is, and what its policies say, is not looked at.
            if not signed:
                return _own(403, _FORBIDDEN, "AuthType AWS_IAM wants a request signed with IAM's keys")
        else:
            verdict = _public(url)
            if not verdict.allowed:
                return _own(403, _FORBIDDEN, verdict.reason)
        event = event_v2(replace(arrival, route="$default"), raw_path=request.path)
        result = self._calls.run(url.function_arn, json.dumps(event, ensure_ascii=False).encode(), TIMEOUT_S)
        return _of(result)


def _public(url: FunctionUrl) -> Verdict:
    """Whether everybody may call a URL whose AuthType is NONE."""
    policy = resource_policies.find(url.function_arn)
    verdict = Verdict(True)
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        if verdict.allowed:
            verdict = judge(policy, _AnybodysRequest(action, url.function_arn, url.auth_type))
    return verdict


def _of(result: InvocationResult) -> HttpResponse:
    if result.ending in ("throttled", "stopped"):
        status = 429 if result.ending == "throttled" else 502
        return HttpResponse(status, (("content-type", "application/json"),), result.payload, result.ending)
    if not result.ok:
        return _broken(f"the function {result.ending}")
    try:
        return answer_v2(result.value())
    except Malformed as wrong:
        return _broken(f"malformed answer of the function: {wrong}")


def _broken(reason: str) -> HttpResponse:
    return HttpResponse(502, (("content-type", "application/json"),), b"Internal Server Error", reason)


def _own(status: int, message: str, reason: str) -> HttpResponse:
    body = json.dumps({"Message": message}, separators=(",", ":")).encode()
    return HttpResponse(status, (("content-type", "application/json"),), body, reason)
