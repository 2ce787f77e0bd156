"""This file decides what of a world's past is written down, how it comes again, and what time does then.

How it is kept is ``state.py``'s, and in what form ``journal.py``'s. Three kinds of input make a world what it is: the
requests, how the processes of functions ended, and the time for which nothing stood. A fourth, a moment, does nothing
but say that the world stood until then.

Whatever is done here is done by inputs, which are taken in when no task can run: so it comes at the same place among
what else happens, whether it is done or done again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from harness.errors import ScenarioError
from harness.kernel.clock import to_us
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Task
from harness.processes.orders import Completion, LogLine
from harness.processes.runner import Processes
from harness.serve.admin import only_looks
from harness.serve.aws import access_key_id
from harness.serve.journal import Record
from harness.serve.jumps import jump
from harness.serve.requests import Request, Serve, spawn
from harness.serve.state import State
from harness.vendor import wall_clock


class Past:
    """The past of one world; without a ``state`` there is none, and nothing is written down."""

    def __init__(self, kernel: Kernel, state: State | None, serve: Serve, processes: Processes) -> None:
        self._kernel = kernel
        self._state = state
        self._serve = serve
        self._processes = processes
        self._caught_up = kernel.event("the present")
        self._story: Task | None = None
        processes.on_completed = self._write_completion

    # -- as it happens ----------------------------------------------------------------------------

    def write(self, request: Request) -> Request:
        """Write a request down, before it is served. Who only looks changes nothing, and may look often."""
        # Which call's code asks is known as long as its process stands.
        request = replace(request, call=self._processes.call_id(access_key_id(request)))
        if not only_looks(request):
            head = {name: value for name, value in asdict(request).items() if name != "body"}
            self._write("request", head, request.body)
        return request

    def _write_completion(self, call_id: int, completion: Completion) -> None:
        self._write("completion", {**asdict(completion), "payload": None, "call": call_id}, completion.payload)

    def write_moment(self) -> None:
        """Write down that the world stood until now: what no input led to has happened too."""
        self._write("moment", {})

    def _write(self, kind: str, head: dict[str, Any], body: bytes = b"") -> None:
        if self._state is None:
            return
        try:
            self._state.write(kind, head, body)
        except OSError as problem:
            error = ScenarioError(
                f"--state {self._state.folder}: {problem}. What comes now could not be saved, so the server stops.",
                hint="Make room, and start it again: all that was answered is there.",
            )
            assert self._story is not None
            self._kernel.interrupt(self._story, error)
            raise error from problem

    # -- again ------------------------------------------------------------------------------------

    def repeat(self) -> int:
        """Have the past come again; returns how many inputs that are. To be called in the world's own task."""
        if self._state is None:
            self._caught_up.set()
            return 0
        self._story = self._kernel.require_current()
        kinds = {"request": self._ask, "completion": self._complete, "absence": self._be_absent}
        self._state.kinds |= {**kinds, "moment": lambda record: None}
        inputs = self._state.repeat(self._kernel, self._is_over)
        self._processes.only_recalls = self._state.repeats
        return inputs

    def _ask(self, record: Record) -> None:
        given = {name: value for name, value in record.head.items() if name in Request.__dataclass_fields__}
        headers = tuple((str(name), str(value)) for name, value in given["headers"])
        request = Request(**{**given, "headers": headers, "body": record.body})
        spawn(self._kernel, lambda: self._serve(request))

    def _complete(self, record: Record) -> None:
        given = {name: value for name, value in record.head.items() if name in Completion.__dataclass_fields__}
        lines = tuple(LogLine(**line) for line in given["lines"])
        completion = Completion(**{**given, "payload": record.body, "lines": lines, "notes": tuple(given["notes"])})
        self._processes.completed(record.head["call"], completion)

    def _be_absent(self, record: Record) -> None:
        self._pass_by(record.head["until_us"], lambda: None)

    # -- the present ------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Wait until the past has come again, and the time for which nothing stood has passed.

        Raises:
            ScenarioError: the past did not come out as it was.
        """
        self._caught_up.wait()

    def _is_over(self) -> None:
        """The past has come again; told as an input."""
        state, pace = self._state, self._kernel.pace
        assert state is not None
        assert pace is not None
        if state.problem is not None:
            assert self._story is not None
            self._kernel.interrupt(self._story, state.problem)
        elif state.is_new:
            self._caught_up.set()
        else:
            self._processes.end_lost()
            pace.take_in(self._begin_present)

    def _begin_present(self) -> None:
        until_us = to_us(wall_clock.machine_now_s())
        pace = self._kernel.pace
        assert pace is not None
        if until_us <= self._kernel.clock.now_us:
            # Somebody has let time jump, or it runs faster here.
            self._caught_up.set()
            return
        self._write("absence", {"until_us": until_us})
        self._pass_by(until_us, lambda: pace.take_in(self._caught_up.set))

    def _pass_by(self, until_us: int, then: Callable[[], object]) -> None:
        """What fell due while nothing stood happens, each at its own time; what recurs is not made up for."""

        def pass_by() -> None:
            self._kernel.recurring_rests = True
            try:
                jump(self._kernel, until_us, self._processes.rest)
            finally:
                self._kernel.recurring_rests = False
            then()

        spawn(self._kernel, pass_by)
