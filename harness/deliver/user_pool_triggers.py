"""This file decides how Cognito calls a user pool's function, and what it says to its caller when that goes wrong.

On what occasion, and what the answer changes, is decided in ``vendor/cognito_triggers.py``. In AWS's words
("Customizing user pool workflows with Lambda triggers"): the function is invoked synchronously and must answer within
five seconds, or is called again, three times in all; it gives the event back with a filled ``response``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.deliver.async_events import Invokes
from harness.guard.service_doors import may_deliver, pool_sender
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor.cognito_triggers import Trigger, TriggerFailed
from harness.world.functions import Functions

_PATIENCE_S = 5
_ATTEMPTS = 3


class UserPoolTriggers:
    """Cognito's side of LambdaConfig."""

    def __init__(self, kernel: Kernel, invoker: Invokes, functions: Functions) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._functions = functions

    def on_trigger(self, trigger: Trigger) -> Mapping[str, Any]:
        """The response that the function gives.

        Raises:
            TriggerFailed: it may not be called, raises, is too slow, or answers with something else.
        """
        arn = trigger.function_arn
        if self._functions.find(arn) is None:
            raise _unexpected(trigger, "ResourceNotFoundException")
        verdict = may_deliver(pool_sender(trigger.pool_arn), arn)
        if not verdict.allowed:
            self._kernel.emit("deliver", "dropped", arn, reason=verdict.reason, pool=trigger.pool_id)
            raise _unexpected(trigger, "AccessDeniedException")
        for _ in range(_ATTEMPTS):
            result = self._attempt(trigger)
            if result is not None:
                return _response(trigger, result)
        raise _unexpected(trigger, "timeout")

    def _attempt(self, trigger: Trigger) -> InvocationResult | None:
        """How the call ended; None if it did not in time."""
        kernel = self._kernel
        number = kernel.emit("deliver", "triggered", trigger.function_arn, pool=trigger.pool_id, trigger=trigger.source)
        payload = json.dumps(_event(trigger), ensure_ascii=False).encode()
        task = kernel.spawn(
            lambda: self._invoker.invoke(trigger.function_arn, payload, cause=number),
            name=f"trigger {trigger.source}",
            cause=number,
            keep_error=True,
        )
        if not task.join(_PATIENCE_S):
            return None
        result: InvocationResult = task.result
        return result


def _event(trigger: Trigger) -> dict[str, Any]:
    return {
        "version": "1",
        "region": trigger.pool_arn.split(":")[3],
        "userPoolId": trigger.pool_id,
        "userName": trigger.username,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": trigger.client_id},
        "triggerSource": trigger.source,
        "request": dict(trigger.request),
        "response": dict(trigger.response),
    }


def _response(trigger: Trigger, result: InvocationResult) -> Mapping[str, Any]:
    if result.ending == "throttled":
        raise _unexpected(trigger, "TooManyRequestsException")
    payload = json.loads(result.payload) if result.payload else None
    if not result.ok:
        said = str((payload or {}).get("errorMessage", ""))
        raise TriggerFailed("UserLambdaValidationException", f"{trigger.name} failed with error {said}.")
    response = payload.get("response") if isinstance(payload, dict) else None
    if not isinstance(response, dict):
        raise TriggerFailed("InvalidLambdaResponseException", "Unrecognizable lambda output")
    return response


def _unexpected(trigger: Trigger, why: str) -> TriggerFailed:
    return TriggerFailed("UnexpectedLambdaException", f"{trigger.name} invocation failed due to error {why}.")
