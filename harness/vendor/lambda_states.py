"""This file decides when a new function is ready and when a change of one is done, and what is refused until then.

Upstream: moto 5.2.5 calls a function Active and every update Successful at once. Why that can't stay: a script that
calls what it has just created, or changes the code right after the configuration, works there and fails on AWS
(LAM-26). What we do: a new function is Pending and a change InProgress for a second of virtual time, and what comes
meanwhile is refused. CloudFormation waits for both, so what a template creates is ready at once.
Since: moto 3.x. Not needed any more when: the tests ``test_upstream_...`` fail.

AWS does not say how long it takes; a second is little. What is changed counts at once here, for AWS once it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from harness.kernel.clock import Clock, to_us
from harness.vendor.lambda_mappings import ResourceConflict
from harness.vendor.patches import Patches

TAKES_S = 1
_CREATED_US, _CHANGED_US = "harness_created_us", "harness_changed_us"
_REASON = "The function is being created."
_PENDING = {"State": "Pending", "StateReason": _REASON, "StateReasonCode": "Creating"}
_IN_PROGRESS = {
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": _REASON,
    "LastUpdateStatusReasonCode": "Creating",
}
_NOT_NOW = "The operation cannot be performed at this time."

Deployed = Callable[[str], bool]


def apply(patches: Patches, clock: Clock, *, deployed: Deployed) -> None:
    """Keep functions Pending for a while; ``deployed`` is asked whether a function, by ARN, is a template's.

    ``Invoke`` must be in place already.
    """

    def create(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        made: LambdaFunction = original["create_function"](self, spec)
        setattr(made, _CREATED_US, clock.now_us)
        return made

    def changing(name: str) -> Callable[..., Any]:
        def change(self: LambdaBackend, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
            function = self.get_function(function_name, qualifier)
            _require_ready(function, clock, deployed)
            answer = original[name](self, function_name, qualifier, body)
            setattr(function, _CHANGED_US, clock.now_us)
            return {**answer, **_IN_PROGRESS}

        return change

    def publish(self: LambdaBackend, function_name: str, *rest: Any, **named: Any) -> Any:
        _require_ready(self.get_function(function_name), clock, deployed)
        return original["publish_version"](self, function_name, *rest, **named)

    def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = original_configuration(self, on_create)
        if on_create or _pending(self, clock, deployed):
            shown.pop("LastUpdateStatus", None)
            shown |= _PENDING
        elif _changing(self, clock):
            shown |= _IN_PROGRESS
        return shown

    def invoke(self: LambdaResponse) -> Any:
        name = unquote(self.path.rsplit("/", 2)[-2])
        _require_created(self.backend.get_function(name), clock, deployed)
        return original_invoke(self)

    original = {
        "create_function": patches.put(LambdaBackend, "create_function", create),
        "publish_version": patches.put(LambdaBackend, "publish_version", publish),
    }
    for name in ("update_function_code", "update_function_configuration"):
        original[name] = patches.put(LambdaBackend, name, changing(name))
    original_invoke = patches.put(LambdaResponse, "invoke", invoke)
    original_configuration = patches.put(LambdaFunction, "get_configuration", get_configuration)


def _require_created(function: LambdaFunction, clock: Clock, deployed: Deployed) -> None:
    if _pending(function, clock, deployed):
        raise ResourceConflict(f"{_NOT_NOW} The function is currently in the following state: Pending")


def _require_ready(function: LambdaFunction, clock: Clock, deployed: Deployed) -> None:
    _require_created(function, clock, deployed)
    if _changing(function, clock):
        arn = ":".join(function.function_arn.split(":")[:7])
        raise ResourceConflict(f"{_NOT_NOW} An update is in progress for resource: {arn}")


def _pending(function: LambdaFunction, clock: Clock, deployed: Deployed) -> bool:
    since_us = getattr(function, _CREATED_US, None)
    if since_us is None or clock.now_us >= since_us + to_us(TAKES_S):
        return False
    return not deployed(":".join(function.function_arn.split(":")[:7]))


def _changing(function: LambdaFunction, clock: Clock) -> bool:
    since_us = getattr(function, _CHANGED_US, None)
    return since_us is not None and clock.now_us < since_us + to_us(TAKES_S)
