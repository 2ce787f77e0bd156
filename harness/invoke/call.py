"""This file decides how one call of one function goes, from the caller's request to the result.

The order: is it a loop (LAM-24); is it throttled; the code, run by a ``Runner`` (in this process, or as one of its
own); the last log lines; the event that says how it ended.
"""

from __future__ import annotations

import hashlib
import json
from types import TracebackType
from typing import Any

from harness.errors import ScenarioError
from harness.invoke import lineage
from harness.invoke.concurrency import RESERVED_IN_USE, Concurrency
from harness.invoke.faults import BeforeCall, InvocationFault
from harness.invoke.in_process import InProcess
from harness.invoke.result import InvocationResult
from harness.invoke.runner import Call, Place, Ran, Runner
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S
from harness.kernel.scheduler import Kernel
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec


class Invoker:
    """Calls functions of one world; a context manager that must be open while the kernel runs.

    ``before`` holds hooks that may put a fault in a call's way. ``runner`` runs the code: in this process, unless
    given, and then ``burn_limit_s`` is how long, on the machine's clock, one call may compute before it is stopped as
    timed out. ``start_problems`` and ``burns`` are the runner's.
    """

    def __init__(
        self,
        kernel: Kernel,
        functions: Functions,
        cloud: Cloud,
        *,
        burn_limit_s: float = DEFAULT_BURN_LIMIT_S,
        runner: Runner | None = None,
    ) -> None:
        self.before: list[BeforeCall] = []
        self._kernel = kernel
        self._functions = functions
        self.runner: Runner = runner or InProcess(kernel, cloud, burn_limit_s=burn_limit_s)
        self.start_problems = self.runner.start_problems
        self.burns = self.runner.burns
        self.concurrency = Concurrency(functions, kernel.clock)

    def __enter__(self) -> Invoker:
        self.runner.__enter__()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.runner.__exit__(exc_type, exc, traceback)

    def invoke(
        self,
        function_arn: str,
        payload: bytes,
        *,
        request_id: str | None = None,
        cause: int | None = None,
        client_context: bytes | None = None,
    ) -> InvocationResult:
        """Call the function and wait until the call has ended.

        ``function_arn`` may carry a qualifier, which the handler sees as it is. ``request_id`` is given when an
        attempt is repeated (LAM-10). Which version a call gets through an alias with weights is a decision: plainly
        the alias's own (LAM-28).
        """
        versions = self._functions.behind(function_arn)
        if not versions:
            raise ScenarioError(
                f'"{function_arn}" was to be called, and it is no function of the template: only those run here.',
                hint="What Lambda's API creates is kept and shown. Put the function into the template to run it.",
            )
        spec = versions[0] if len(versions) == 1 else self._kernel.decisions.choose("alias weight", versions)
        call = _Call(self, self._kernel, spec, function_arn, payload, request_id, client_context)
        task = self._kernel.spawn(call.run, name=spec.logical_id, cause=cause, keep_error=True)
        task.join()
        result: InvocationResult = task.result
        return result

    def fault(self, spec: FunctionSpec, payload: bytes, request_id: str) -> InvocationFault | None:
        """The first fault that a hook puts in the way."""
        for hook in self.before:
            found = hook(spec, payload, request_id)
            if found is not None:
                return found
        return None


class _Call:
    """One call, from request to result."""

    def __init__(
        self,
        invoker: Invoker,
        kernel: Kernel,
        spec: FunctionSpec,
        invoked_arn: str,
        payload: bytes,
        request_id: str | None,
        client_context: bytes | None,
    ) -> None:
        self._invoker = invoker
        self._kernel = kernel
        self._spec = spec
        self._invoked_arn = invoked_arn
        self._payload = payload
        self._client_context = client_context
        self._request_id = request_id or kernel.decisions.uuid(f"request id of {spec.name}")
        self._trace_header: str | None = None

    def run(self) -> InvocationResult:
        """The whole call, in the current task."""
        spec = self._spec
        self._trace_header = self._kernel.require_current().trace_header
        if not spec.may_recurse and lineage.runs_before(self._trace_header, spec.arn) >= lineage.MOST_IN_A_CHAIN:
            return self._loop_stopped()
        fault = self._invoker.fault(spec, self._payload, self._request_id)
        if fault is not None and fault.kind == "delayed":
            self._kernel.sleep(fault.delay_s)
        if fault is not None and fault.kind == "throttled":
            return self._throttled(RESERVED_IN_USE)
        reason = self._invoker.concurrency.enter(spec)
        if reason is not None:
            return self._throttled(reason)
        try:
            return self._run(fault)
        finally:
            self._invoker.concurrency.leave(spec)

    def _loop_stopped(self) -> InvocationResult:
        # LAM-24
        error = "RecursiveInvocationException"
        number = self._kernel.emit(
            "invoke", "stopped", self._spec.arn, request_id=self._request_id, error=error, message=lineage.STOPPED
        )
        body = {"Type": "User", "Message": lineage.STOPPED}
        return InvocationResult(
            "stopped", json.dumps(body).encode(), self._request_id, event_number=number, trace_header=self._trace_header
        )

    def _throttled(self, reason: str) -> InvocationResult:
        # LAM-17
        number = self._kernel.emit(
            "invoke",
            "throttled",
            self._spec.arn,
            request_id=self._request_id,
            error="TooManyRequestsException",
            message=reason,
        )
        body = {"Reason": reason, "Type": "User", "message": "Rate Exceeded."}
        return InvocationResult("throttled", json.dumps(body).encode(), self._request_id, event_number=number)

    def _run(self, fault: InvocationFault | None) -> InvocationResult:
        kernel, spec = self._kernel, self._spec
        place = self._invoker.runner.take(spec)
        cold = {} if place.cold is None else {"cold": place.cold}
        task = kernel.require_current()
        cause = task.cause
        task.cause = number = kernel.emit("invoke", "started", spec.arn, request_id=self._request_id, **cold)
        drawn = kernel.decisions.hex(f"trace id of {spec.name}", 40)
        header = self._trace_header = task.trace_header = lineage.next_header(
            self._trace_header, spec.arn, kernel.clock, drawn
        )
        call = Call(
            spec, self._invoked_arn, self._payload, self._request_id, number, cause, header, self._client_context, fault
        )
        return self._finish(place, place.run(call))

    def _finish(self, place: Place, ran: Ran) -> InvocationResult:
        billed_ms = max(1, -(-(ran.spent_us + (ran.init_us or 0)) // 1000))
        place.log.end(self._request_id)
        place.log.report(
            self._request_id,
            spent_us=ran.spent_us,
            billed_ms=billed_ms,
            memory_mb=self._spec.memory_mb,
            max_memory_mb=ran.max_memory_mb,
            init_us=ran.init_us,
        )
        detail: dict[str, Any] = {"request_id": self._request_id, "billed_duration_ms": billed_ms}
        if ran.ending == "succeeded":
            detail["digest"] = hashlib.sha256(ran.payload).hexdigest()[:16]
        else:
            said = json.loads(ran.payload)
            detail |= {"error": said["errorType"], "message": said["errorMessage"][:200]}
        if ran.own_traceback:
            detail["traceback"] = ran.own_traceback
        number = self._kernel.emit("invoke", ran.ending, self._spec.arn, **detail)
        place.leave(ran.ending)
        return InvocationResult(
            ran.ending,
            ran.payload,
            self._request_id,
            place.log.flush(),
            number,
            ran.traceback,
            self._spec.version,
            self._trace_header,
        )
