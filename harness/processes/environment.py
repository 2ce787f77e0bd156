"""This file decides the life of one execution environment: a process that serves one call at a time.

It is started for a call, serves it, is frozen until the next (LAM-20: what goes on in the background goes on then), and
ends when its code ends, when time or memory is up, or when nobody needs it. A thread watches over it: it reads what the
process writes, keeps the time, looks at the memory. Times are the machine's. Whatever happens, each call that is begun
here is told of once, to ``owner.done``; and ``owner.gone`` hears when the process is no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Protocol

from harness.invoke import payloads
from harness.kernel.scheduler import real_clock
from harness.processes import limits
from harness.processes.limits import Measure
from harness.processes.orders import Completion, LogLine, Order, Status
from harness.processes.output import Output
from harness.processes.programs import Program
from harness.processes.runtime_api import Event, RuntimeApi
from harness.vendor import wall_clock
from harness.world.functions import FunctionSpec

_SUPERVISOR = [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))]
_IDLE_LOOK_S = 5.0
# How long a runtime may take from its answer to its next question before nobody counts on it.
_BACK_S = 0.2
_SECOND_TRY = f"Init took more than {limits.INIT_LIMIT_S:g} s: once more, under the function's timeout."


class Owner(Protocol):
    """Who hears of an environment; from its threads."""

    def done(self, environment: Environment, order: Order, completion: Completion) -> None:
        """The call has ended."""

    def idle(self, environment: Environment) -> None:
        """It can serve another."""

    def late(self, environment: Environment) -> None:
        """It has answered, and is still not back for more."""

    def gone(self, environment: Environment) -> None:
        """It serves nothing any more."""


class Environment:
    """One process of one function. ``idle_s`` is how long it may serve nothing."""

    def __init__(
        self, owner: Owner, spec: FunctionSpec, log_stream: str, idle_s: float, *, second_try: bool = False
    ) -> None:
        self.spec = spec
        self.log_stream = log_stream
        self.order: Order | None = None
        self.idle_since = 0.0
        # Its last call has been answered, and the runtime is about to ask for the next.
        self.coming_back = False
        self.dead = False
        self._owner = owner
        self._idle_s = idle_s
        self._second_try = second_try
        self._lock = threading.RLock()
        self._api = RuntimeApi(self)
        self._pid: int | None = None
        self._ready = False
        self._frozen = False
        self._init_us: int | None = None
        self._measure: Measure | None = None
        self._notes: list[str] = [_SECOND_TRY] if second_try else []
        self._killed_for_memory = False
        self._why_unstartable = ""
        self._looks = (0.0, 0.0)
        self._woken, self._wake = os.pipe()

    @property
    def address(self) -> str:
        """Where its Runtime API is."""
        return self._api.address

    # -- for the pool -------------------------------------------------------------------------------

    def begin(self, order: Order, program: Program) -> None:
        """Start the process for its first call; returns at once."""
        self.order = order
        self._began = self._deadline_from = real_clock()
        limit_s = order.spec.timeout_s if self._second_try else limits.INIT_LIMIT_S
        self._deadline = self._began + limit_s
        threading.Thread(
            target=self._live, args=(program,), name=f"environment of {self.spec.name}", daemon=True
        ).start()

    def serve(self, order: Order) -> None:
        """Serve another call; only when idle."""
        with self._lock:
            self.order = order
            self._init_us = None
            self._thaw()
            self._hand_over(order)
        self._look_around()

    def close_unused(self) -> None:
        """It never began."""
        self._api.close()
        os.close(self._woken)
        os.close(self._wake)

    def kill(self) -> None:
        """End the process and all that it has left; its call, if it serves one, ends as exited."""
        self.dead = True
        self._look_around()

    # -- what the runtime says ----------------------------------------------------------------------

    def asks_for_next(self) -> None:
        """See ``Listener``."""
        with self._lock:
            order = self.order
            if self._ready or order is None:
                self._rest_now()
                became_idle = order is None and not self.dead
            else:
                self._ready = True
                self._init_us = round((real_clock() - self._began) * 1e6)
                became_idle = False
                self._hand_over(order, keep_deadline=self._second_try)
        if became_idle:
            self._owner.idle(self)

    def answered(self, body: bytes) -> None:
        """See ``Listener``."""
        self._complete("succeeded", body)

    def failed(self, error_type: str, body: bytes) -> None:
        """See ``Listener``."""
        self._complete("failed", body, error_type)

    def answered_too_much(self) -> None:
        """See ``Listener``."""
        self._complete("failed", payloads.too_large().as_json())

    def could_not_start(self, error_type: str, body: bytes) -> None:
        """See ``Listener``."""
        self._init_us = round((real_clock() - self._began) * 1e6)
        self._complete("could not start", body, error_type)
        self.kill()

    # -- one call -----------------------------------------------------------------------------------

    def _hand_over(self, order: Order, *, keep_deadline: bool = False) -> None:
        self._call_began = now = real_clock()
        if not keep_deadline:
            self._deadline = now + order.spec.timeout_s
        self._looks = (now + limits.LOOK_S, now + limits.FIRST_TREE_LOOK_S)
        deadline_ms = round((wall_clock.machine_now_s() + self._deadline - now) * 1000)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": order.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": order.invoked_arn,
            "Lambda-Runtime-Trace-Id": order.trace_header,
        }
        if order.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = json.dumps(json.loads(order.client_context))
        self._api.offer(Event(order.request_id, headers, order.payload or b"{}"))

    def _complete(self, status: Status, payload: bytes, error_type: str = "") -> None:
        """Tell of the call's end, unless that has been told."""
        with self._lock:
            order, self.order = self.order, None
            if order is None:
                return
            self.coming_back = status in ("succeeded", "failed") and not order.discard
            self._back_by = real_clock() + _BACK_S
            now = real_clock()
            peak = 0
            if self._measure is not None:
                self._measure.look()
                peak, self._measure.peak = self._measure.peak, 0
            began = self._call_began if self._ready else now
            completion = Completion(
                status,
                payload,
                self.log_stream,
                round((now - began) * 1e6),
                init_us=self._init_us,
                error_type=error_type,
                lines=tuple(LogLine(max(0, round((now - at) * 1e6)), text) for at, text in self._output.take()),
                notes=tuple(self._notes),
                max_memory_mb=-(-peak // limits.MB),
            )
            self._notes = []
        if order.discard:
            self.kill()
        self._owner.done(self, order, completion)

    def _rest_now(self) -> None:
        self.coming_back = False
        if self.order is None and not self.dead:
            self.idle_since = real_clock()
            self._frozen = True
            self._signal(signal.SIGSTOP)

    def _thaw(self) -> None:
        if self._frozen:
            self._frozen = False
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._pid is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, number)

    # -- the watch ----------------------------------------------------------------------------------

    def _live(self, program: Program) -> None:
        written, write = os.pipe()
        status_read, status_write = os.pipe()
        self._output = Output(written)
        arguments = [str(status_write), str(limits.data_limit(self.spec.memory_mb)), str(program.folder)]
        try:
            process = subprocess.Popen(
                [*_SUPERVISOR, *arguments, *program.command],
                stdin=subprocess.PIPE,
                stdout=write,
                stderr=write,
                env=program.variables,
                pass_fds=(status_write,),
                start_new_session=True,
            )
        except OSError as error:
            self._why_unstartable = str(error)
            process = None
        os.close(write)
        os.close(status_write)
        status = None
        try:
            status = self._watch(status_read) if process is not None else None
        finally:
            self._close(process, status)
            os.close(status_read)

    def _close(self, process: subprocess.Popen[bytes] | None, status: int | None) -> None:
        self.dead = True
        if process is not None:
            self._end(process)
        self._tell_of_the_end(status)
        self._output.close()
        self._api.close()
        self._owner.gone(self)
        with self._lock:
            os.close(self._woken)
            os.close(self._wake)
            self._woken = self._wake = -1

    def _watch(self, status_fd: int) -> int | None:
        """The program's exit status; None if it was to end, or its supervisor has gone."""
        said = b""
        while not self.dead:
            watched = [status_fd, self._woken] + ([] if self._output.ended else [self._output.fd])
            readable = _readable(watched, self._patience_s())
            if self._output.fd in readable:
                self._output.read()
            if self._woken in readable:
                os.read(self._woken, 4096)
            if status_fd in readable:
                data = os.read(status_fd, 4096)
                if not data:
                    return -signal.SIGKILL
                said += data
                *lines, said = said.split(b"\n")
                for line in lines:
                    word, _, rest = line.decode().partition(" ")
                    if word == "started":
                        self._started(int(rest))
                    elif word == "unstartable":
                        self._why_unstartable = rest
                    else:
                        return int(rest)
            self._look()
        return None

    def _started(self, pid: int) -> None:
        with self._lock:
            self._pid = pid
            self._measure = Measure(pid)

    def _patience_s(self) -> float:
        return _IDLE_LOOK_S if self._frozen else limits.LOOK_S

    def _look(self) -> None:
        """Whether time or memory is up."""
        now = real_clock()
        with self._lock:
            order, frozen = self.order, self._frozen
            late = not frozen and now > self._deadline
        if self.coming_back and now > self._back_by:
            self.coming_back = False
            self._owner.late(self)
        if frozen:
            if now - self.idle_since > self._idle_s:
                self.dead = True
        elif late:
            self._time_is_up(order)
        elif self._measure is not None and now > self._looks[0]:
            tree = now > self._looks[1]
            self._looks = (now + limits.LOOK_S, now + limits.TREE_LOOK_S if tree else self._looks[1])
            used = self._measure.look(tree=tree)
            if used > self.spec.memory_mb * limits.MB:
                self._notes.append(f"The process used {used // limits.MB} MB, and its limit is {self.spec.memory_mb}.")
                self.dead = self._killed_for_memory = True
            elif self._measure.processes > limits.MOST_PROCESSES:
                self._notes.append(f"The function had more than {limits.MOST_PROCESSES} processes.")
                self.dead = self._killed_for_memory = True

    def _time_is_up(self, order: Order | None) -> None:
        self.dead = True
        if order is None:
            return
        if not self._ready and not self._second_try:
            return  # LAM-20: the pool begins again
        self._signal(signal.SIGSTOP)
        self._complete("timed out", payloads.timed_out(order.request_id, order.spec.timeout_s).as_json())

    # -- the end ------------------------------------------------------------------------------------

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """No process is left when this returns."""
        assert process.stdin is not None
        process.stdin.close()
        if process.wait() != 0:
            # Somebody has killed the supervisor; what it had adopted may be anywhere.
            self._signal(signal.SIGKILL)
            limits.kill_by_variable("AWS_LAMBDA_RUNTIME_API", self.address)

    def _tell_of_the_end(self, status: int | None) -> None:
        order = self.order
        if order is None:
            return
        if not self._ready and not self._second_try and status is None and not self._killed_for_memory:
            return  # the pool begins again, or the world ends
        if self._why_unstartable:
            text = f"RequestId: {order.request_id} Error: fork/exec {self._why_unstartable}"
            wrong = payloads.ErrorPayload("Runtime.InvalidEntrypoint", text)
            self._complete("could not start", wrong.as_json())
        else:
            code = -signal.SIGKILL if status is None else status
            self._complete("exited", payloads.exited(order.request_id, code).as_json())

    def _look_around(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._wake >= 0:
                os.write(self._wake, b"\0")


def _readable(watched: list[int], timeout_s: float) -> list[int]:
    # Not ``select``, which knows the first 1024 files of a process only.
    poll = select.poll()
    for fd in watched:
        poll.register(fd, select.POLLIN)
    return [fd for fd, _ in poll.poll(timeout_s * 1000)]
