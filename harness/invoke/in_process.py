"""This file decides how one call runs in this process: init if its environment is a cold one (LAM-20), then the
handler, under the function's timeout in virtual time (LAM-06).

The code itself costs no virtual time: only its waits do. What comes before and after is the same however the code runs:
``call.py``.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.invoke import payloads
from harness.invoke.context import Context
from harness.invoke.environment import Environment, RunningCall
from harness.invoke.faults import InvocationFault
from harness.invoke.load import StartProblem, load_handler
from harness.invoke.logs import FunctionLog
from harness.invoke.payloads import ErrorPayload
from harness.invoke.result import Ending
from harness.invoke.runner import Call, Ran
from harness.invoke.sandbox import Sandbox, Stopped
from harness.invoke.watchdog import DEFAULT_BURN_LIMIT_S, BurnedOut
from harness.kernel.clock import US_PER_S
from harness.kernel.scheduler import Kernel
from harness.vendor.process_exit import ProcessExit
from harness.world.cloud import Cloud
from harness.world.functions import FunctionSpec

_SIGKILL = 9  # ``signal`` has it under this name on some systems only
# LAM-20: a longer init is begun again inside the first call, under the function's timeout.
INIT_LIMIT_S = 10


class InProcess:
    """Runs functions' code in this process; a ``Runner``."""

    def __init__(self, kernel: Kernel, cloud: Cloud, *, burn_limit_s: float = DEFAULT_BURN_LIMIT_S) -> None:
        self.start_problems: dict[str, StartProblem] = {}
        self.burns: dict[str, str] = {}
        self.kernel = kernel
        self.sandbox = Sandbox(kernel, cloud, burn_limit_s=burn_limit_s)

    def __enter__(self) -> InProcess:
        self.sandbox.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.sandbox.__exit__(*exc)

    def take(self, spec: FunctionSpec) -> _Place:
        """See ``Runner``."""
        environment, cold = self.sandbox.pool.take(spec)
        return _Place(self, environment, cold)


class _Place:
    """One environment, for the length of one call."""

    def __init__(self, owner: InProcess, environment: Environment, cold: bool) -> None:
        self.cold: bool | None = cold
        self._owner = owner
        self._kernel = owner.kernel
        self._sandbox = owner.sandbox
        self._environment = environment
        self._spec = environment.spec
        self._traceback = self._own_traceback = ""
        self._init_us: int | None = None

    @property
    def log(self) -> FunctionLog:
        """See ``Place``."""
        return self._environment.log

    def run(self, call: Call) -> Ran:
        """See ``Place``."""
        kernel, environment, spec = self._kernel, self._environment, self._spec
        self._call = call
        self._request_id = call.request_id
        running = environment.call = RunningCall(call.request_id, kernel.require_current(), call.number)
        environment.variables["_X_AMZN_TRACE_ID"] = call.trace_header
        failed = None
        if self.cold:
            environment.log.init_start(spec.runtime)
            failed = self._init(environment, running)
        environment.log.start(self._request_id, spec.version)
        began_us = kernel.clock.now_us
        ending, payload = failed or self._handle(environment, running, call.fault)
        environment.capture.finish()
        spent_us = kernel.clock.now_us - began_us
        return Ran(ending, payload, spent_us, self._init_us, self._traceback, self._own_traceback)

    def leave(self, ending: Ending) -> None:
        """See ``Place``."""
        self._environment.call = None
        if ending != "could not start":
            self._sandbox.pool.give_back(self._environment)

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
        self._owner.start_problems.setdefault(self._spec.logical_id, problem)
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
        return json.loads(self._call.payload or b"{}")

    def _context(self, environment: Environment, call: RunningCall) -> Context:
        return Context(
            self._spec,
            invoked_arn=self._call.invoked_arn,
            request_id=self._request_id,
            log_stream=environment.log.stream,
            client_context=self._call.client_context,
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
        self._owner.burns.setdefault(
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


def _exit_status(error: BaseException) -> int:
    if isinstance(error, ProcessExit):
        return error.status
    if isinstance(error, SystemExit):
        # As the interpreter does: None is 0, a text is 1.
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 1
