"""This file decides what is said of functions behind APIs: an API does not wait as long as a function may run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.advise.findings import FUNCTION, Finding, Scene, number
from harness.world.stack import Resource

# The resources that name a function, and how long the kind of API that they belong to waits. APIG-06
_LIMITS_S = {
    "AWS::ApiGateway::Method": 29,
    "AWS::ApiGateway::RestApi": 29,
    "AWS::ApiGatewayV2::Api": 30,
    "AWS::ApiGatewayV2::Integration": 30,
}


def functions_slower_than_their_api(scene: Scene) -> Iterator[Finding]:
    """The caller is told of a failure, and the function goes on. APIG-06"""
    for function in scene.of_type(FUNCTION):
        timeout_s = number(function.properties, "Timeout", 3)
        waits_s = [
            limit_s for kind, limit_s in _LIMITS_S.items() if any(_calls(r, function) for r in scene.of_type(kind))
        ]
        if waits_s and timeout_s > min(waits_s):
            yield Finding(
                "surprises",
                scene.where(function, "Timeout"),
                f'"{function.logical_id}" may run for {timeout_s} s, and the API before it waits for {min(waits_s)} s: '
                "its caller gets 504 while the function goes on, and a caller who tries again starts it twice.",
                "Answer at once and work behind a queue, or give the function a Timeout below the API's.",
                "APIG-06",
            )


def _calls(resource: Resource, function: Resource) -> bool:
    return any(function.arn in text for text in _texts(resource.properties))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
