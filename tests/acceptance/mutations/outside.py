"""Ways to break what answers for the outside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness.outside import asked, http_answers
from harness.outside.outside import Outside, _Answers
from harness.outside.response_urls import ResponseUrls
from harness.vendor.http_exchange import HttpAnswer
from harness.world.providers import custom_resource
from tests.acceptance.mutations.behaviours import ignored, instead

first_answers_stay = instead(_Answers, "next", lambda original: lambda self: self.stub.in_order[0])
answers_come_at_once = instead(http_answers, "returned", lambda original: lambda value, delay_s: original(value, 0.0))
everything_is_reachable = ignored(
    http_answers, "failed", HttpAnswer(200, (("content-type", "application/json"),), json.dumps({"number": 1}).encode())
)
requests_have_no_content = instead(
    asked,
    "of_request",
    lambda original: lambda who, request: original(who, replace(request, body=b"{}")),
)


def python_is_asked_once(patch: pytest.MonkeyPatch) -> None:
    original, known = Outside._returned, []

    def returned(self: Any, *arguments: Any) -> Any:
        if not known:
            known.append(original(self, *arguments))
        return known[0]

    patch.setattr(Outside, "_returned", returned)


nobody_takes_answers = ignored(ResponseUrls, "take")
failures_are_successes = instead(
    custom_resource,
    "_taken",
    lambda original: (
        lambda request, question, body: original(request, question, body.replace(b'"FAILED"', b'"SUCCESS"'))
    ),
)
silence_is_an_answer = instead(
    ResponseUrls, "wait", lambda original: lambda self, url, timeout_s: original(self, url, timeout_s) or b"{}"
)
