"""This file decides how one call of one function goes, from the caller's request to the result.

The order: is it a loop (LAM-24); is it throttled; which environment; init if that is a cold one (LAM-20); the
handler, under the function's timeout in virtual time (LAM-06); the last log lines; the event that says how it ended.
The code itself costs no virtual time: only its waits do.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.errors import ScenarioError
from harness.invoke import lineage, payloads
from harness.invoke.concurrency import RESERVED_IN_USE, Concurrency
from harness.invoke.context import Context
from harness.invoke.environment import Environment, RunningCall
from harness.invoke.faults import BeforeCall, InvocationFault
from harness.invoke.load import StartProblem, load_handler
from harness.invoke.payloads import ErrorPayload
from harness.invoke.result import Ending, InvocationResult
from harness.invoke.sandbox import Sandbox, Stopped
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S, BurnedOut
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.process_exit import ProcessExit
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec

_SIGKILL = 9  # ``signal`` has it under this name on some systems only
# LAM-20: a longer init is begun again inside the first call, under the function's timeout.
INIT_LIMIT_S = 10


class Invoker:
    """Calls functions of one world, in process; a context manager that must be open while the kernel runs.

    ``before`` holds hooks that may put a fault in a call's way. ``start_problems`` says what kept code from being
    loaded, ``burns`` where code was stopped because it never came back: by function, the first of each.
    ``burn_limit_s`` is how long, on the machine's clock, one call may compute before it is stopped as timed out.
    """

    def __init__(
        self, kernel: Kernel, functions: Functions, cloud: Cloud, *, burn_limit_s: float = DEFAULT_BURN_LIMIT_S
    ) -> None:
        self.before: list[BeforeCall] = []
        self.start_problems: dict[str, StartProblem] = {}
        self.burns: dict[str, str] = {}
        self._kernel = kernel
        self._functions = functions
        self._sandbox = Sandbox(kernel, cloud, burn_limit_s=burn_limit_s)
        self.concurrency = Concurrency(functions, kernel.clock)

    def __enter__(self) -> Invoker:
        self._sandbox.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._sandbox.__exit__(*exc)

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
        call = _Call(self, self._kernel, self._sandbox, spec, function_arn, payload, request_id, client_context)
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
        sandbox: Sandbox,
        spec: FunctionSpec,
        invoked_arn: str,
        payload: bytes,
        request_id: str | None,
        client_context: bytes | None,
    ) -> None:
        self._invoker = invoker
        self._kernel = kernel
        self._sandbox = sandbox
        self._spec = spec
        self._invoked_arn = invoked_arn
        self._payload = payload
        self._client_context = client_context
        self._request_id = request_id or kernel.decisions.uuid(f"request id of {spec.name}")
        self._traceback = self._own_traceback = ""
        self._init_us: int | None = None
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
            return self._in_environment(fault)
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

    def _in_environment(self, fault: InvocationFault | None) -> InvocationResult:
        kernel, spec = self._kernel, self._spec
        environment, cold = self._sandbox.pool.take(spec)
        task = kernel.require_current()
        task.cause = kernel.emit("invoke", "started", spec.arn, request_id=self._request_id, cold=cold)
        call = environment.call = RunningCall(self._request_id, task, task.cause)
        drawn = kernel.decisions.hex(f"trace id of {spec.name}", 40)
        self._trace_header = lineage.next_header(self._trace_header, spec.arn, kernel.clock, drawn)
        environment.variables["_X_AMZN_TRACE_ID"] = task.trace_header = self._trace_header
        log = environment.log
        if cold:
            log.platform(f"INIT_START Runtime Version: {spec.runtime.replace('python', 'python:')}")
            failed = self._init(environment, call)
        else:
            failed = None
        log.platform(f"START RequestId: {self._request_id} Version: {spec.version}")
        began_us = kernel.clock.now_us
        ending, payload = failed or self._handle(environment, call, fault)
        environment.capture.finish()
        return self._finish(environment, ending, payload, kernel.clock.now_us - began_us)

    # -- init -------------------------------------------------------------------------------------

    def _init(self, environment: Environment, call: RunningCall) -> tuple[Ending, bytes] | None:
        """Load the code; the ending of the call if that fails."""
        began_us = self._kernel.clock.now_us
        error = self._timed(environment, call, INIT_LIMIT_S, lambda: load_handler(environment))[1]
        if isinstance(error, Stopped):
            # LAM-20: once more, now under the function's own timeout.
            call.stopped = None
            environment.reset_code()
            error = self._timed(environment, call, self._spec.timeout_s, lambda: load_handler(environment))[1]
        self._init_us = self._kernel.clock.now_us - began_us
        if error is None:
            return None
        if not isinstance(error, Exception):
            return self._stopped(environment, call, error)
        problem = StartProblem.of(self._spec, error, self._request_id)
        self._invoker.start_problems.setdefault(self._spec.logical_id, problem)
        self._traceback = problem.traceback
        environment.log.platform(problem.payload.log_entry())
        if problem.hint:
            environment.log.platform(f"[HARNESS] {problem.hint}")
        return "could not start", problem.payload.as_json()

    # -- the handler ------------------------------------------------------------------------------

    def _handle(
        self, environment: Environment, call: RunningCall, fault: InvocationFault | None
    ) -> tuple[Ending, bytes]:
        if fault is not None and fault.kind == "fails":
            return self._faulted(environment, fault)
        handler: Any = environment.handler
        environment.thawed.wake()
        value, error = self._timed(
            environment, call, self._spec.timeout_s, lambda: handler(self._event(), self._context(environment, call))
        )
        if error is not None and not isinstance(error, Exception):
            return self._stopped(environment, call, error)
        if error is not None:
            self._traceback = payloads.readable_traceback(error)
            self._own_traceback = environment.as_on_aws(payloads.own_traceback(error, self._spec.code_dir))
            payload = payloads.raised(error, self._spec.code_dir, self._request_id)
            return self._failed(environment, replace(payload, message=environment.as_on_aws(payload.message)))
        if fault is not None and fault.kind == "fails after":
            return self._faulted(environment, fault)
        if fault is not None and fault.kind == "killed":
            return self._stopped(environment, call, ProcessExit(-_SIGKILL))
        try:
            answer = payloads.marshal(value, self._spec.runtime)
        except (TypeError, ValueError) as unwritable:
            if inspect.iscoroutine(value):
                value.close()
                self._note(
                    environment,
                    "The handler is an async function, and Lambda awaits nothing: let a plain one call asyncio.run.",
                )
            return self._failed(environment, payloads.unmarshallable(unwritable, self._request_id))
        if len(answer) > payloads.MAX_RESPONSE_BYTES:
            return "failed", payloads.too_large().as_json()
        return "succeeded", answer

    def _timed(
        self, environment: Environment, call: RunningCall, limit_s: float, body: Callable[[], Any]
    ) -> tuple[Any, BaseException | None]:
        """Run code in the environment; ``Stopped`` ends it after ``limit_s`` of virtual time."""
        call.deadline_us = self._kernel.clock.now_us + round(limit_s * US_PER_S)

        def expire() -> None:
            if call.stopped is None:
                call.stopped = Stopped()
                self._kernel.interrupt(call.task, call.stopped)

        timer = self._kernel.call_at(call.deadline_us, expire)
        try:
            value, error = self._sandbox.run(environment, body)
        finally:
            timer.cancel()
        # Code that swallowed its end has ended all the same.
        return (value, error) if call.stopped is None else (None, call.stopped)

    def _event(self) -> Any:
        return json.loads(self._payload or b"{}")

    def _context(self, environment: Environment, call: RunningCall) -> Context:
        return Context(
            self._spec,
            invoked_arn=self._invoked_arn,
            request_id=self._request_id,
            log_stream=environment.log.stream,
            client_context=self._client_context,
            remaining_ms=lambda: max(0, (call.deadline_us - self._kernel.clock.now_us) // 1000),
        )

    # -- endings ----------------------------------------------------------------------------------

    def _failed(self, environment: Environment, error: ErrorPayload) -> tuple[Ending, bytes]:
        environment.log.platform(error.log_entry())
        return "failed", error.as_json()

    def _faulted(self, environment: Environment, fault: InvocationFault) -> tuple[Ending, bytes]:
        return self._failed(environment, ErrorPayload(fault.error_type, fault.message, (), self._request_id))

    def _stopped(self, environment: Environment, call: RunningCall, error: BaseException) -> tuple[Ending, bytes]:
        """The environment did not survive: time was up, the watchdog barked, the process ended."""
        call.stopped = error
        environment.dead = True
        if isinstance(error, (Stopped, BurnedOut)):
            if isinstance(error, BurnedOut):
                self._burned(environment, call, error)
            late = payloads.timed_out(self._request_id, self._spec.timeout_s)
            when = f"{self._kernel.clock.now():%Y-%m-%dT%H:%M:%S}.{self._kernel.clock.now_us // 1000 % 1000:03d}Z"
            environment.log.platform(f"{when} {self._request_id} {late.message.partition('Error: ')[2]}")
            return "timed out", late.as_json()
        status = _exit_status(error)
        gone = payloads.exited(self._request_id, status)
        environment.log.platform(f"{gone.message}\n{gone.error_type}")
        return "exited", gone.as_json()

    def _burned(self, environment: Environment, call: RunningCall, error: BurnedOut) -> None:
        spec, limit = self._spec, self._sandbox.watchdog.burn_limit_s
        self._note(environment, f"The code computed for {limit:g} s of real time and never came back: stopped.")
        frames = "".join(payloads.readable_frames(error))
        self._invoker.burns.setdefault(
            spec.logical_id,
            f"Function {spec.logical_id} computed for {limit:g} s of real time without waiting for anything, and was "
            f"stopped as if it had timed out. It was here:\n{frames.rstrip()}\n"
            "If it needs that long, raise limits.computing_s in the scenario.",
        )
        left_us = call.deadline_us - self._kernel.clock.now_us
        if left_us > 0:
            self._kernel.sleep(left_us / US_PER_S)

    def _note(self, environment: Environment, text: str) -> None:
        """Tell the author what AWS would not."""
        environment.log.platform(f"[HARNESS] {text}")
        self._kernel.emit("invoke", "logged", self._spec.arn, text=f"[HARNESS] {text}")

    def _finish(self, environment: Environment, ending: Ending, payload: bytes, spent_us: int) -> InvocationResult:
        billed_us = spent_us + (self._init_us or 0)
        billed_ms = max(1, -(-billed_us // 1000))
        self._report(environment, spent_us, billed_ms)
        detail: dict[str, Any] = {"request_id": self._request_id, "billed_duration_ms": billed_ms}
        if ending == "succeeded":
            detail["digest"] = hashlib.sha256(payload).hexdigest()[:16]
        else:
            said = json.loads(payload)
            detail |= {"error": said["errorType"], "message": said["errorMessage"][:200]}
        if self._own_traceback:
            detail["traceback"] = self._own_traceback
        number = self._kernel.emit("invoke", ending, self._spec.arn, **detail)
        environment.call = None
        if ending != "could not start":
            self._sandbox.pool.give_back(environment)
        tail = environment.log.flush()
        return InvocationResult(
            ending,
            payload,
            self._request_id,
            tail,
            number,
            self._traceback,
            self._spec.version,
            self._trace_header,
        )

    def _report(self, environment: Environment, spent_us: int, billed_ms: int) -> None:
        # LAM-23. How much memory was used is not measured, and says so.
        environment.log.platform(f"END RequestId: {self._request_id}")
        parts = [
            f"REPORT RequestId: {self._request_id}",
            f"Duration: {spent_us / 1000:.2f} ms",
            f"Billed Duration: {billed_ms} ms",
            f"Memory Size: {self._spec.memory_mb} MB",
            "Max Memory Used: 0 MB",
        ]
        if self._init_us is not None:
            parts.append(f"Init Duration: {self._init_us / 1000:.2f} ms")
        environment.log.platform("\t".join([*parts, ""]))


def _exit_status(error: BaseException) -> int:
    if isinstance(error, ProcessExit):
        return error.status
    if isinstance(error, SystemExit):
        # As the interpreter does: None is 0, a text is 1.
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 1
