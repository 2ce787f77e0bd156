"""This file decides what Lambda's ``Invoke`` API answers, and hands the call to whoever runs functions.

Upstream: moto 5.2.5 without Docker echoes the request (``awslambda_simple``), runs ``Event`` inside the call, never
sets ``FunctionError`` rightly and accepts any payload. Why that can't stay: functions run here, on the kernel. What
we do: ``LambdaResponse.invoke`` checks the request as AWS does (LAM-01, LAM-02, LAM-04) and calls back. Since: moto
5.2.5. Not needed any more when: never; moto has no place to run code in.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse

from harness.vendor.patches import Patches

# LAM-02
MAX_SYNC_BYTES = 6_291_456
MAX_ASYNC_BYTES = 1_048_576

_Answer = tuple[int, dict[str, str], bytes]


class Invoked(Protocol):
    """What a call gives back; ``harness.invoke.result.InvocationResult`` is one."""

    @property
    def ending(self) -> str:
        """How it ended."""

    @property
    def payload(self) -> bytes:
        """The JSON that the caller sees."""

    @property
    def log_tail(self) -> bytes:
        """The last 4 KB of the log."""

    @property
    def version(self) -> str:
        """Which version of the function ran."""


# Given the ARN (with the qualifier as called), the payload and the client context: waits for the result.
OnInvoke = Callable[[str, bytes, "bytes | None"], Invoked]
# Given the ARN and the payload: takes the event in and returns at once.
OnEvent = Callable[[str, bytes], None]


def apply(patches: Patches, *, on_invoke: OnInvoke, on_event: OnEvent) -> None:
    """Put our ``Invoke`` in place of moto's; ``InvokeAsync`` too."""

    def invoke(self: LambdaResponse) -> _Answer:
        name = unquote(self.path.rsplit("/", 2)[-2])
        arn = _arn(self, name, self._get_param("Qualifier"))
        return _invoke(self, arn, on_invoke, on_event)

    def invoke_async(self: LambdaResponse) -> _Answer:
        name = unquote(self.path.rstrip("/").rsplit("/", 2)[-2])
        return _event(_arn(self, name, None), _payload(self), on_event)

    patches.put(LambdaResponse, "invoke", invoke)
    patches.put(LambdaResponse, "invoke_async", invoke_async)


def _invoke(response: LambdaResponse, arn: str, on_invoke: OnInvoke, on_event: OnEvent) -> _Answer:
    kind = response.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    payload = _payload(response)
    if kind == "Event":
        return _event(arn, payload, on_event)
    refused = _refusal(payload, MAX_SYNC_BYTES)
    if refused is not None:
        return refused
    if kind == "DryRun":
        return 204, {"status": "204"}, b""
    encoded = response.headers.get("X-Amz-Client-Context")
    result = on_invoke(arn, payload, base64.b64decode(encoded) if encoded else None)
    if result.ending == "throttled":
        # LAM-17
        return _error(429, "TooManyRequestsException", json.loads(result.payload))
    if result.ending == "stopped":
        # LAM-24
        return _error(400, "RecursiveInvocationException", json.loads(result.payload))
    headers = {"content-type": "application/json", "x-amz-executed-version": result.version}
    if result.ending != "succeeded":
        headers["x-amz-function-error"] = "Unhandled"  # LAM-05: whatever went wrong
    if response.headers.get("X-Amz-Log-Type") == "Tail":
        headers["x-amz-log-result"] = base64.b64encode(result.log_tail).decode()
    return 200, headers, result.payload


def _event(arn: str, payload: bytes, on_event: OnEvent) -> _Answer:
    refused = _refusal(payload, MAX_ASYNC_BYTES)
    if refused is not None:
        return refused
    on_event(arn, payload)
    return 202, {"status": "202"}, b""


def _refusal(payload: bytes, limit: int) -> _Answer | None:
    if len(payload) > limit:
        text = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        return _error(413, "RequestTooLargeException", {"Type": "User", "message": text})
    try:
        json.loads(payload)
    except ValueError as error:
        # LAM-04
        text = f"Could not parse request body into json: Could not parse payload into json: {error}"
        return _error(400, "InvalidRequestContentException", {"Type": "User", "message": text})
    return None


def _error(status: int, code: str, body: dict[str, Any]) -> _Answer:
    # moto takes the status from this header.
    headers = {"status": str(status), "content-type": "application/json", "x-amzn-errortype": code}
    if status == 429:
        headers["retry-after"] = "1"
    return status, headers, json.dumps(body).encode()


def _payload(response: LambdaResponse) -> bytes:
    body: Any = response.body
    raw = body.encode() if isinstance(body, str) else bytes(body or b"")
    # No payload is an empty event.
    return raw or b"{}"


def _arn(response: LambdaResponse, name: str, qualifier: str | None) -> str:
    function = response.backend.get_function(name, None if qualifier == "$LATEST" else qualifier)
    parts = function.function_arn.split(":")[:7]
    if qualifier is None and name.count(":") == (7 if name.startswith("arn:") else 1):
        qualifier = name.rpartition(":")[2]
    return ":".join([*parts, qualifier] if qualifier else parts)
