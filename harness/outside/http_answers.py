"""This file decides what a stub's answer to an HTTP request is, byte for byte."""

from __future__ import annotations

import json
from typing import Any

from harness.scenario.model import StubAnswer
from harness.vendor.http_exchange import HttpAnswer, unreachable

_NEVER = "Timeout"


def returned(value: dict[str, Any], delay_s: float) -> HttpAnswer:
    """An answer as a scenario writes it: status, headers, and json or text."""
    headers = {name.lower(): text for name, text in value.get("headers", {}).items()}
    if "json" in value:
        body = json.dumps(value["json"], ensure_ascii=False).encode()
        headers.setdefault("content-type", "application/json")
    else:
        body = value.get("text", "").encode()
        headers.setdefault("content-type", "text/plain; charset=utf-8")
    return HttpAnswer(value.get("status", 200), tuple(headers.items()), body, delay_s=delay_s)


def failed(answer: StubAnswer, url: str, delay_s: float) -> HttpAnswer:
    """No answer, in the way in which the scenario says that none comes."""
    assert answer.error is not None
    if answer.error.code == _NEVER:
        return HttpAnswer(delay_s=None)
    return HttpAnswer(error=unreachable(answer.error.code, url, answer.error.message), delay_s=delay_s)
