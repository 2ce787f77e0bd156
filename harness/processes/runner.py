"""This file decides how a call's code runs as a process, seen from the world: it is ordered, and it is completed.

The pool's ``start`` lets plain data out; ``completed`` takes a ``Completion`` in, when no task can run. Meanwhile
the call's task waits, and the kernel's thread is never held up. What a process does to the world otherwise are its AWS
calls; ``caller`` says which function made one. So a world can be played again from its requests and completions,
without any process.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from harness.errors import HarnessBug
from harness.invoke import payloads
from harness.invoke.context import log_group
from harness.invoke.load import StartProblem
from harness.invoke.logs import FunctionLog
from harness.invoke.payloads import ErrorPayload
from harness.invoke.result import Ending
from harness.invoke.runner import Call, Ran
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Event
from harness.processes.orders import Completion, Order
from harness.processes.pool import Pool, Settings
from harness.world.functions import FunctionSpec

_SIGKILL = 9  # ``signal`` has it under this name on some systems only
# The error of a runtime that names none.
_UNKNOWN = "Runtime.Unknown"


@dataclass(slots=True)
class Running:
    """A call that a process serves: its function, and what follows from whatever its code does."""

    call: Call
    ended: Event
    completion: Completion | None = None
    started: bool = False


class Processes:
    """Runs functions' code as processes; a ``Runner``.

    ``on_completed`` is told how a call's code ended before the world is. While ``only_recalls`` says so nothing is
    started: the world's past comes again, and how those calls ended comes with it.
    """

    def __init__(self, kernel: Kernel, settings: Settings) -> None:
        if kernel.pace is None:
            raise HarnessBug("Processes run on the machine's clock; this kernel has a clock of its own.")
        self.start_problems: dict[str, StartProblem] = {}
        self.burns: dict[str, str] = {}
        self.on_completed: Callable[[int, Completion], object] = lambda call_id, completion: None
        self.only_recalls: Callable[[], bool] = lambda: False
        self.kernel = kernel
        self._pace = kernel.pace
        self._settings = settings
        self._running: dict[int, Running] = {}
        self._resting = kernel.wait_list()
        self._by_number: dict[int, int] = {}
        self._ids = itertools.count(1)

    def __enter__(self) -> Processes:
        self.pool = Pool(self._settings, self._done)
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.pool.close()

    def take(self, spec: FunctionSpec) -> _Place:
        """See ``Runner``."""
        return _Place(self, spec)

    def call_id(self, access_key_id: str) -> int | None:
        """The number of the call whose code signs with this key now; None if it is no function's, or serves none."""
        return self.pool.call_of(access_key_id)

    def caller(self, call_id: int | None) -> Call | None:
        """The call with this number; None if it is over."""
        running = self._running.get(call_id) if call_id is not None else None
        return None if running is None else running.call

    # -- out and in ---------------------------------------------------------------------------------

    def run(self, call: Call) -> Completion:
        """Have a process run the call's code, and wait until it has."""
        call_id = next(self._ids)
        running = self._running[call_id] = Running(call, self.kernel.event(f"the process of {call.spec.name}"))
        self._by_number[call.number] = call_id
        try:
            if not self.only_recalls():
                self.pool.start(self._order(call_id, call))
                running.started = True
            running.ended.wait()
        finally:
            del self._running[call_id], self._by_number[call.number]
            if not self._running:
                self._resting.wake()
            if running.completion is None:
                self.pool.abandon(call_id)
        assert running.completion is not None
        return running.completion

    def completed(self, call_id: int, completion: Completion) -> None:
        """Take in how a call ended; in the kernel's thread."""
        running = self._running.get(call_id)
        if running is not None:
            running.completion = completion
            running.ended.set()

    def _order(self, call_id: int, call: Call) -> Order:
        return Order(
            call_id,
            call.spec,
            call.invoked_arn,
            call.payload,
            call.request_id,
            call.trace_header,
            f"{self.kernel.clock.now():%Y/%m/%d}/[{call.spec.version}]",
            call.client_context,
            parent=self._by_number.get(call.cause) if call.cause is not None else None,
            discard=call.fault is not None and call.fault.kind == "killed",
        )

    def _done(self, call_id: int, completion: Completion) -> None:
        # In one of the pool's threads.
        completion = replace(completion, speed=self._pace.speed)

        def take_in() -> None:
            self.on_completed(call_id, completion)
            self.completed(call_id, completion)

        self._pace.take_in(take_in)

    def rest(self) -> bool:
        """Wait until no call runs; whether one did. What follows from its end may begin the next."""
        ran = bool(self._running)
        while self._running:
            self._resting.wait("functions that run")
        return ran

    # -- the past -----------------------------------------------------------------------------------

    def end_lost(self) -> None:
        """The past is over: calls of which it does not tell how they ended have lost their processes with it."""
        for call_id in [call_id for call_id, running in self._running.items() if not running.started]:
            request_id = self._running[call_id].call.request_id
            stream = f"{self.kernel.clock.now():%Y/%m/%d}/[{self._running[call_id].call.spec.version}]{'0' * 32}"
            self._done(call_id, Completion("exited", payloads.exited(request_id, -_SIGKILL).as_json(), stream, 0))


class _Place:
    """One call's process, which nobody knows before it has ended."""

    cold: bool | None = None
    log: FunctionLog

    def __init__(self, owner: Processes, spec: FunctionSpec) -> None:
        self._owner = owner
        self._spec = spec

    def run(self, call: Call) -> Ran:
        """See ``Place``."""
        kernel, spec, fault = self._owner.kernel, self._spec, call.fault
        now = kernel.clock.now()
        if fault is not None and fault.kind == "fails":
            failure = ErrorPayload(fault.error_type, fault.message, (), call.request_id)
            completion = Completion("failed", failure.as_json(), f"{now:%Y/%m/%d}/[{spec.version}]{'0' * 32}", 0)
        else:
            completion = self._owner.run(call)
        ending, payload = self._ended(call, completion)
        self.log = log = FunctionLog(spec.arn, log_group(spec), completion.log_stream, kernel.clock, self._note_line)
        log.ago_us = round((completion.duration_us + (completion.init_us or 0)) * completion.speed)
        if completion.init_us is not None:
            log.init_start(spec.runtime)
        log.start(call.request_id, spec.version)
        for line in completion.lines:
            log.ago_us = round(line.ago_us * completion.speed)
            log.user(self._as_on_aws(line.text))
        log.ago_us = 0
        self._say_how_it_ended(call, ending, payload, completion)
        return Ran(ending, payload, completion.duration_us, completion.init_us, max_memory_mb=completion.max_memory_mb)

    def leave(self, ending: Ending) -> None:
        """See ``Place``."""

    def _ended(self, call: Call, completion: Completion) -> tuple[Ending, bytes]:
        fault = call.fault
        if fault is not None and fault.kind == "fails after":
            return "failed", ErrorPayload(fault.error_type, fault.message, (), call.request_id).as_json()
        if fault is not None and fault.kind == "killed":
            return "exited", payloads.exited(call.request_id, -_SIGKILL).as_json()
        if completion.status == "succeeded":
            return "succeeded", completion.payload
        return completion.status, self._error(completion)

    def _error(self, completion: Completion) -> bytes:
        """The error object as the runtime wrote it, if it is one; files are shown where they lie on AWS."""
        text = self._as_on_aws(completion.payload.decode("utf-8", "replace"))
        try:
            said: Any = json.loads(text)
        except ValueError:
            said = {"errorMessage": text}
        if not isinstance(said, dict):
            said = {"errorMessage": text}
        if isinstance(said.get("errorType"), str) and isinstance(said.get("errorMessage"), str):
            return text.encode()
        message = said.get("errorMessage")
        said["errorType"] = str(said.get("errorType") or completion.error_type or _UNKNOWN)
        said["errorMessage"] = message if isinstance(message, str) else json.dumps(message or "")
        return json.dumps(said).encode()

    def _say_how_it_ended(self, call: Call, ending: Ending, payload: bytes, completion: Completion) -> None:
        log, clock = self.log, self._owner.kernel.clock
        for note in completion.notes:
            text = f"[HARNESS] {note}"
            log.platform(text)
            self._note_line(text)
        if ending in ("succeeded", "failed"):
            return
        said = json.loads(payload)
        if ending == "timed out":
            when = f"{clock.now():%Y-%m-%dT%H:%M:%S}.{clock.now_us // 1000 % 1000:03d}Z"
            log.platform(f"{when} {call.request_id} {said['errorMessage'].partition('Error: ')[2]}")
        elif said["errorMessage"].startswith("RequestId:"):
            log.platform(f"{said['errorMessage']}\n{said['errorType']}")

    def _note_line(self, line: str) -> bool:
        self._owner.kernel.emit("invoke", "logged", self._spec.arn, text=line[:200])
        return True

    def _as_on_aws(self, text: str) -> str:
        for folder in self._spec.layers:
            text = text.replace(str(folder), "/opt/python")
        for folder in self._spec.opts:
            text = text.replace(str(folder), "/opt")
        return text.replace(str(self._spec.code_dir), "/var/task")
