"""This file decides what becomes of an asynchronous event: attempts, waits, dead-letter queue, destinations.

It does not run the function; ``harness/invoke`` does. The order: an attempt at once, after a function error two more
(by default), 60 s and then 120 s later, with the same request id (LAM-10). A throttled attempt is not one of them: it
is repeated with a growing wait until the event is too old (LAM-11).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from harness.deliver.payloads import iso_ms
from harness.deliver.targets import Targets, Undeliverable
from harness.invoke.result import InvocationResult
from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.vendor.lambda_async_config import AsyncConfig
from harness.world.functions import Functions

RETRY_WAITS_S = (60, 120)
_FIRST_THROTTLE_WAIT_S = 1
_LONGEST_THROTTLE_WAIT_S = 300

# Endings of attempts in which no code ran, with the status of each.
_NOT_RUN = {"throttled": "429", "stopped": "400"}

RETRIES_EXHAUSTED = "RetriesExhausted"
EVENT_AGE_EXCEEDED = "EventAgeExceeded"


class Invokes(Protocol):
    """What the engines need of ``harness.invoke.call.Invoker``."""

    def invoke(
        self, function_arn: str, payload: bytes, *, request_id: str | None = None, cause: int | None = None
    ) -> InvocationResult:
        """Run the function and wait for its end."""


class AsyncEvents:
    """Lambda's own queue of asynchronous events: one task each."""

    def __init__(
        self,
        kernel: Kernel,
        invoker: Invokes,
        targets: Targets,
        functions: Functions,
        config: Callable[[str], AsyncConfig],
    ) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._targets = targets
        self._functions = functions
        self._config = config

    def submit(self, function_arn: str, payload: bytes, cause: int | None) -> str:
        """Accept an event and return its request id at once; the function runs in a task of its own."""
        request_id = self._kernel.decisions.uuid("async request id")
        event = _Event(self, function_arn, payload, request_id)
        self._kernel.spawn(event.run, name=f"async event for {self._name(function_arn)}", cause=cause)
        return request_id

    def _name(self, function_arn: str) -> str:
        # Without a qualifier.
        return self._kernel.trace.name(":".join(function_arn.split(":")[:7]))


class _Event:
    """One event on its way through its attempts."""

    def __init__(self, owner: AsyncEvents, function_arn: str, payload: bytes, request_id: str) -> None:
        self._owner = owner
        self._kernel = owner._kernel
        self._arn = function_arn
        self._payload = payload
        self._request_id = request_id
        self._submitted_us = self._kernel.clock.now_us
        self._attempts = 0
        self._header_after: str | None = None

    def run(self) -> None:
        """Attempt until the event succeeded or is given up."""
        throttle_wait_s = _FIRST_THROTTLE_WAIT_S
        while True:
            result = self._attempt()
            config = self._owner._config(self._arn)
            if result.ending == "throttled":
                if self._never_runs():
                    return self._give_up(RETRIES_EXHAUSTED, result, config)  # LAM-12
                wait_s = throttle_wait_s
                throttle_wait_s = min(throttle_wait_s * 2, _LONGEST_THROTTLE_WAIT_S)
            elif result.ending == "stopped":
                return self._give_up(RETRIES_EXHAUSTED, result, config)  # LAM-24
            else:
                self._attempts += 1
                throttle_wait_s = _FIRST_THROTTLE_WAIT_S
                if result.ok:
                    return self._send_record(config.on_success_arn, "Success", result)
                if self._attempts > config.maximum_retry_attempts:
                    return self._give_up(RETRIES_EXHAUSTED, result, config)
                wait_s = RETRY_WAITS_S[self._attempts - 1]
            if not self._wait(wait_s, config.maximum_event_age_s):
                return self._give_up(EVENT_AGE_EXCEEDED, result, config)

    def _attempt(self) -> InvocationResult:
        task = self._kernel.require_current()
        task.cause = self._kernel.emit(
            "deliver", "async attempt", self._arn, request_id=self._request_id, attempt=self._attempts + 1
        )
        result = self._owner._invoker.invoke(self._arn, self._payload, request_id=self._request_id, cause=task.cause)
        if result.event_number is not None:
            task.cause = result.event_number
        self._header_after = result.trace_header
        return result

    def _never_runs(self) -> bool:
        return self._owner._functions.reserved(self._arn) == 0

    def _wait(self, wait_s: int, maximum_age_s: int) -> bool:
        """Wait for the next attempt; False if the event grew too old meanwhile."""
        left_s = (self._submitted_us + to_us(maximum_age_s) - self._kernel.clock.now_us) / US_PER_S
        self._kernel.sleep(min(wait_s, left_s))
        return wait_s < left_s

    def _give_up(self, condition: str, result: InvocationResult, config: AsyncConfig) -> None:
        task = self._kernel.require_current()
        task.cause = self._kernel.emit(
            "deliver",
            "async gave up",
            self._arn,
            request_id=self._request_id,
            condition=condition,
            attempts=self._attempts,
        )
        if config.dead_letter_arn is not None:
            self._deliver(
                config.dead_letter_arn, self._payload.decode(), attributes=self._dead_letter_attributes(result)
            )
        self._send_record(config.on_failure_arn, condition, result)

    def _dead_letter_attributes(self, result: InvocationResult) -> dict[str, dict[str, str]]:
        # LAM-14. The message is at most 1 KB; an attribute may not be empty.
        message = _error_message(result).encode()[:1024].decode(errors="ignore")
        return {
            "RequestID": {"DataType": "String", "StringValue": self._request_id},
            "ErrorCode": {"DataType": "Number", "StringValue": _NOT_RUN.get(result.ending, "200")},
            "ErrorMessage": {"DataType": "String", "StringValue": message or "null"},
        }

    def _send_record(self, target_arn: str | None, condition: str, result: InvocationResult) -> None:
        if target_arn is None:
            return
        record: dict[str, Any] = {  # LAM-13
            "version": "1.0",
            "timestamp": iso_ms(self._kernel.clock),
            "requestContext": {
                "requestId": self._request_id,
                "functionArn": self._arn if self._arn.count(":") > 6 else f"{self._arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": self._attempts,
            },
            "requestPayload": json.loads(self._payload),
        }
        if result.ending not in _NOT_RUN:
            record["responseContext"] = {"statusCode": 200, "executedVersion": result.version}
            if not result.ok:
                record["responseContext"]["functionError"] = "Unhandled"
            record["responsePayload"] = result.value() if result.payload else None
        self._deliver(target_arn, json.dumps(record, ensure_ascii=False, separators=(",", ":")))

    def _deliver(self, arn: str, text: str, attributes: dict[str, dict[str, str]] | None = None) -> None:
        # What is sent now follows from the call, not from what set it off (LAM-24).
        self._kernel.require_current().trace_header = self._header_after
        try:
            self._owner._targets.deliver(arn, text, attributes=attributes)
        except Undeliverable as problem:
            # LAM-14: AWS counts a DeadLetterError, and the event is lost.
            self._kernel.emit(
                "deliver",
                "dropped",
                arn,
                reason=problem.reason,
                request_id=self._request_id,
                dead_letter=attributes is not None,
            )


def _error_message(result: InvocationResult) -> str:
    try:
        payload = json.loads(result.payload)
    except ValueError:
        return result.payload.decode(errors="replace")
    if not isinstance(payload, dict):
        return str(payload)
    return str(payload.get("errorMessage") or payload.get("Message") or "")
