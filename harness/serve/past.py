"""This file decides what of a world's past is written down, how it comes again, and what time does then.

How it is kept is ``state.py``'s, and in what form ``journal.py``'s. Three kinds of input make a world what it is: the
requests, how the processes of functions ended, and the time for which nothing stood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from harness.kernel.clock import Clock
from harness.kernel.scheduler import Kernel
from harness.processes.orders import Completion, LogLine
from harness.processes.runner import Processes
from harness.serve.admin import only_looks
from harness.serve.aws import access_key_id
from harness.serve.journal import Record
from harness.serve.jumps import jump
from harness.serve.requests import Request, Serve, spawn
from harness.serve.state import State


class Past:
    """The past of one world; without a ``state`` there is none, and nothing is written down."""

    def __init__(self, kernel: Kernel, state: State | None, serve: Serve, processes: Processes) -> None:
        self._kernel = kernel
        self._state = state
        self._serve = serve
        self._processes = processes
        processes.on_completed = self._write_completion

    # -- as it happens ----------------------------------------------------------------------------

    def write(self, request: Request) -> None:
        """Write a request down, before it is served. Who only looks changes nothing, and may look often."""
        if self._state is None or only_looks(request):
            return
        head = {"method": request.method, "url": request.url, "headers": request.headers, "caller": request.caller}
        # Which call's code asks is known as long as its process stands.
        self._state.write("request", {**head, "call": self._processes.call_id(access_key_id(request))}, request.body)

    def _write_completion(self, call_id: int, completion: Completion) -> None:
        if self._state is not None:
            head = asdict(completion)
            self._state.write("completion", {**head, "payload": None, "call": call_id}, completion.payload)

    # -- again ------------------------------------------------------------------------------------

    def repeat(self) -> int:
        """Have the past come again; returns how many inputs that are."""
        if self._state is None:
            return 0
        self._state.kinds |= {"request": self._ask, "completion": self._complete, "absence": self._be_absent}
        inputs = self._state.repeat(self._kernel)
        self._processes.only_recalls = self._state.repeats
        return inputs

    def _ask(self, record: Record) -> None:
        given = record.head
        headers = tuple((str(name), str(value)) for name, value in given["headers"])
        request = Request(given["method"], given["url"], headers, record.body, given["caller"])
        self._processes.recall(access_key_id(request), given["call"])
        spawn(self._kernel, lambda: self._serve(request))

    def _complete(self, record: Record) -> None:
        given = {name: value for name, value in record.head.items() if name in Completion.__dataclass_fields__}
        lines = tuple(LogLine(**line) for line in given["lines"])
        completion = Completion(**{**given, "payload": record.body, "lines": lines, "notes": tuple(given["notes"])})
        self._processes.completed(record.head["call"], completion)

    def _be_absent(self, record: Record) -> None:
        spawn(self._kernel, self._absence(record.head["until_us"]))

    # -- the present ------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Wait until the past has come again, end the calls whose processes are gone, let the time since pass.

        Raises:
            ScenarioError: the past did not come out as it was.
        """
        assert self._state is not None
        self._state.wait()
        self._processes.end_lost()
        until_us = Clock(datetime.now(UTC)).start_us
        if until_us > self._kernel.clock.now_us:
            self._state.write("absence", {"until_us": until_us})
            self._absence(until_us)()

    def _absence(self, until_us: int) -> Callable[[], None]:
        """What fell due while nothing stood happens, each at its own time; what recurs is not made up for."""

        def pass_by() -> None:
            self._kernel.recurring_rests = True
            try:
                jump(self._kernel, until_us, self._processes.rest)
            finally:
                self._kernel.recurring_rests = False

        return pass_by
