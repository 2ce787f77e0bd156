"""Ways to break HTTP APIs: most are what emulators of AWS get wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.deliver.http import cors, http_integrations, proxy_answers, rest_api
from harness.deliver.http.exchange import HttpResponse
from harness.deliver.http.gateway_answers import Refused
from harness.deliver.http.lambda_calls import LambdaCalls
from harness.deliver.http.usage import Usage

Patch = pytest.MonkeyPatch


def apis_wait_for_ever(patch: Patch) -> None:
    original = LambdaCalls.run
    patch.setattr(LambdaCalls, "run", lambda self, arn, payload, timeout_s: original(self, arn, payload, 10**6))


def an_error_is_the_body_of_a_200(patch: Patch) -> None:
    def ok(original):
        return lambda result, *args, **more: original(replace(result, ending="succeeded"), *args, **more)

    patch.setattr(http_integrations, "_proxy_answer", ok(http_integrations._proxy_answer))
    patch.setattr(rest_api, "_proxy_answer", ok(rest_api._proxy_answer))


def any_value_is_an_answer(patch: Patch) -> None:
    patch.setattr(rest_api, "answer_v1", lambda value: (proxy_answers.answer_v2(value), False))


def functions_let_everybody_in(patch: Patch) -> None:
    patch.setattr(LambdaCalls, "_check", lambda self, arn, caller: None)


def a_missing_path_is_a_404(patch: Patch) -> None:
    def routed(stage, arrival):
        try:
            return original(stage, arrival)
        except Refused:
            raise Refused("RESOURCE_NOT_FOUND", "Not Found") from None

    original = rest_api._routed
    patch.setattr(rest_api, "_routed", routed)


def quotas_are_not_counted(patch: Patch) -> None:
    patch.setattr(Usage, "within_quota", lambda *_: True)


def preflights_need_a_route(patch: Patch) -> None:
    patch.setattr(cors, "is_preflight", lambda request: False)


def throttled_is_passed_on(patch: Patch) -> None:
    def answer(result, request, binary_types):
        if result.ending == "throttled":
            return HttpResponse(429, (), result.payload)
        return original(result, request, binary_types)

    original = rest_api._proxy_answer
    patch.setattr(rest_api, "_proxy_answer", answer)
