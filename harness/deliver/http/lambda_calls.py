"""This file decides how an API calls a function: is it let in (APIG-10, LAM-25), how long it waits (APIG-06).

What the function is sent and what its answer means is not decided here. A function that takes longer than the API
waits keeps running.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.deliver.async_events import Invokes
from harness.guard import role_doors
from harness.guard.resource_policies import ServiceRequest, judge
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor import resource_policies
from harness.vendor.rest_apis import CALLERS_CREDENTIALS
from harness.world.functions import Functions

_FUNCTION_OF = re.compile(r":lambda:path/[0-9-]+/functions/(?P<arn>.+)/invocations/?$")
_VARIABLE = re.compile(r"\$\{stageVariables\.([A-Za-z0-9_]+)\}")


class NotLetIn(Exception):
    """The function's policy does not let the API call it, or there is no such function."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TookTooLong(Exception):
    """The API waits no longer; the function goes on."""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a function is called: ``source_arn`` is the method's ARN, ``role`` the credentials' role."""

    source_arn: str
    account_id: str
    role: str | None = None


def function_arn(uri: str, variables: Mapping[str, str]) -> str | None:
    """The function in an integration's or authorizer's URI; None if it is no function's."""
    uri = _VARIABLE.sub(lambda m: variables.get(m[1], ""), uri)
    found = _FUNCTION_OF.search(uri)
    if found:
        return found["arn"]
    return uri if uri.split(":")[2:3] == ["lambda"] else None


class LambdaCalls:
    """Calls functions for APIs, in tasks of their own."""

    def __init__(self, kernel: Kernel, invoker: Invokes, functions: Functions) -> None:
        self._kernel = kernel
        self._invoker = invoker
        self._functions = functions

    def call(self, arn: str, payload: bytes, caller: Caller, timeout_s: float) -> InvocationResult:
        """Call the function and wait for its end, at most ``timeout_s`` of virtual time.

        Raises:
            NotLetIn: it is not there, or its policy does not let the API in.
            TookTooLong: the time is over.
        """
        if self._functions.find(arn) is None:
            raise NotLetIn(f"there is no function {arn}")
        self._check(arn, caller)
        return self.run(arn, payload, timeout_s)

    def run(self, arn: str, payload: bytes, timeout_s: float) -> InvocationResult:
        """Call a function that lets the caller in; see ``call``."""
        kernel = self._kernel
        task = kernel.require_current()
        call = kernel.spawn(
            lambda: self._invoker.invoke(arn, payload, cause=task.cause), name=f"call of {kernel.trace.name(arn)}"
        )
        if not call.join(timeout_s):
            raise TookTooLong
        result: InvocationResult = call.result
        if result.event_number is not None:
            task.cause = result.event_number
        return result

    def _check(self, arn: str, caller: Caller) -> None:
        if caller.role == CALLERS_CREDENTIALS:
            return
        if caller.role is not None:
            allowed = role_doors.may(caller.role, "lambda:InvokeFunction", arn)
            if not allowed.allowed:
                raise NotLetIn(allowed.reason)
            return
        request = ServiceRequest(
            "apigateway.amazonaws.com", "lambda:InvokeFunction", arn, caller.source_arn, caller.account_id
        )
        verdict = judge(resource_policies.find(arn), request)
        if not verdict.allowed:
            raise NotLetIn(verdict.reason)


def function_error(result: InvocationResult) -> Mapping[str, Any]:
    """The error object of a call that did not succeed; empty if its payload is none."""
    value = result.value() if result.payload else {}
    return value if isinstance(value, dict) else {}
