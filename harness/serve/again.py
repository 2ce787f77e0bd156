"""This file decides which requests a saved world needs to come again, and what time does then.

How they are kept is ``state.py``'s, and in what form ``journal.py``'s.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from harness.kernel.clock import Clock
from harness.kernel.scheduler import Kernel
from harness.serve.admin import only_looks
from harness.serve.journal import Record
from harness.serve.requests import Request, Serve, TakenIn, spawn
from harness.serve.state import State


def repeat(kernel: Kernel, state: State | None, serve: Serve) -> int:
    """Have what came from outside come again; returns how many inputs that are."""
    if state is None:
        return 0
    state.kinds["request"] = lambda record: spawn(kernel, partial(serve, read(record)))
    return state.repeat(kernel)


def writer(state: State | None) -> TakenIn:
    """What writes a request down before it is served."""

    def taken_in(request: Request) -> None:
        # Who only looks changes nothing, and may look often.
        if state is not None and not only_looks(request):
            state.write("request", head(request), request.body)

    return taken_in


def head(request: Request) -> dict[str, object]:
    """A request without its body, as the journal has it."""
    return {"method": request.method, "url": request.url, "headers": request.headers, "caller": request.caller}


def read(record: Record) -> Request:
    """The request that was written down."""
    given = record.head
    headers = tuple((str(name), str(value)) for name, value in given["headers"])
    return Request(given["method"], given["url"], headers, record.body, given["caller"])


def catch_up(kernel: Kernel, now: datetime) -> None:
    """Let the time pass that has passed while nothing stood: what fell due happens, each at its own time.

    What recurs is not made up for: as while a run settles, schedules stand still (``deliver/timetable.py``).
    """
    assert kernel.pace is not None
    now_us = Clock(now).start_us
    if now_us > kernel.clock.now_us:
        kernel.pace.set(now_us)
        kernel.quiet(now_us)
