"""This file decides whether what a stub answers could come from where it stands for.

For AWS that is botocore's description (``aws_shapes.py``); for an HTTP address status, headers, and json or text.
What a Python function returns is looked at by the same rules once it has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import OperationModel

from harness.errors import did_you_mean
from harness.scenario.aws_shapes import KeyPath, Slip, operation, slips
from harness.scenario.stub import HTTP_ERRORS, Asked, Stub, StubAnswer

_HTTP_KEYS = ("status", "headers", "json", "text")


def stub_slips(stub: Stub) -> Iterator[Slip]:
    """What is wrong with a stub, each with the way to it from the stub's own mapping."""
    yield from call_slips(stub)
    for number, answer in enumerate(stub.in_order):
        here: KeyPath = ("answers", number) if stub.answers is not None else ()
        yield from ((here + path, *said) for path, *said in _answer_slips(stub, answer))  # type: ignore[misc]


def call_slips(asked: Asked) -> Iterator[Slip]:
    """Whether AWS has the call that is meant."""
    if asked.call is not None:
        found = operation(asked.call)
        if not isinstance(found, OperationModel):
            yield ("call",), *found


def _answer_slips(stub: Stub, answer: StubAnswer) -> Iterator[Slip]:
    if "returns" in answer.model_fields_set:
        yield from ((("returns", *path), *said) for path, *said in returned_slips(stub, answer.returns))  # type: ignore[misc]
    if stub.url is not None and answer.error is not None and answer.error.code not in HTTP_ERRORS:
        yield (
            ("error", "code"),
            f'"{answer.error.code}" is no way in which an HTTP request fails.',
            did_you_mean(answer.error.code, HTTP_ERRORS) + " An error status is an answer: returns: {status: 503}.",
        )


def returned_slips(stub: Stub, returned: Any) -> Iterator[Slip]:
    """What is wrong with what a stub returns."""
    if stub.call is not None:
        found = operation(stub.call)
        if isinstance(found, OperationModel):
            yield from slips(found.output_shape, {} if returned is None else returned)
        return
    if not isinstance(returned, dict):
        yield (), "An HTTP answer is a mapping.", "Write {status: 200, json: ...} or {text: ...}."
        return
    for key in returned:
        if key not in _HTTP_KEYS:
            yield (key,), f'An HTTP answer has no "{key}".', did_you_mean(str(key), _HTTP_KEYS)
    status, headers = returned.get("status", 200), returned.get("headers", {})
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 599:
        yield ("status",), f"{status!r} is no HTTP status.", "Write a number from 200 to 599."
    if not isinstance(headers, dict) or not all(isinstance(v, str) and _one_line(v) for v in headers.values()):
        yield ("headers",), "Headers are a mapping of names to texts of one line.", None
    if "json" in returned and "text" in returned:
        yield ("text",), "Only one of json, text may be given.", None
    if not isinstance(returned.get("text", ""), str):
        yield ("text",), "text must be a text.", "For a JSON value write json."


def _one_line(text: str) -> bool:
    return "\n" not in text and "\r" not in text
