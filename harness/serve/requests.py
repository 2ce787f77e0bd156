"""This file decides what a request from outside is, and how it comes from the thread that read it to the world.

It is the one entrance. A request is plain data, and serving it depends on it and the world alone: whoever writes down
the requests of a world in their order, and the virtual time at which each came, can serve them again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from harness.kernel.scheduler import Kernel

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent. ``url`` is whole and percent-encoded, ``caller`` the address that it came from.

    ``call`` is the number of the call whose code sent it, if a function's did: known when it is taken in.
    """

    method: str
    url: str
    headers: Pairs
    body: bytes
    caller: str
    call: int | None = None

    def header(self, name: str) -> str | None:
        """The header's last value; None if it was not sent."""
        return next((v for n, v in reversed(self.headers) if n.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    headers: Pairs = ()
    body: bytes = b""


Serve = Callable[[Request], Answer]
Answered = Callable[[Answer], object]
# Told of a request at the moment when the world takes it in; returns what is served.
TakenIn = Callable[[Request], Request]

GONE = Answer(
    503, (("content-type", "text/plain"), ("retry-after", "1")), b"The harness stops, or begins anew: try again.\n"
)


class _Waiting:
    """A request that no task has begun to serve."""

    __slots__ = ("answered", "request")

    def __init__(self, request: Request, answered: Answered) -> None:
        self.request = request
        self.answered = answered


class Entrance:
    """Takes requests from any thread to the world that stands; they wait while there is none.

    ``being_served`` is how many have begun and not ended.
    """

    def __init__(self) -> None:
        self.being_served = 0
        self._lock = threading.Lock()
        self._world: tuple[Kernel, Serve, TakenIn] | None = None
        self._waiting: dict[_Waiting, None] = {}
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many requests nobody has begun to serve."""
        return len(self._waiting)

    def take_in(self, request: Request, answered: Answered) -> None:
        """Have the request served; ``answered`` is told the answer, in whatever thread."""
        one = _Waiting(request, answered)
        with self._lock:
            if not self._closed:
                self._waiting[one] = None
                if self._world is not None:
                    self._hand_in(*self._world, one)
                return
        answered(GONE)

    def open(self, kernel: Kernel, serve: Serve, taken_in: TakenIn) -> None:
        """From now on ``serve`` answers, each request in a task of its own; in the order in which they came."""
        with self._lock:
            self._world = kernel, serve, taken_in
            for one in self._waiting:
                self._hand_in(kernel, serve, taken_in, one)

    def pause(self) -> None:
        """The world has ended. Whom it has not begun to serve the next one will."""
        with self._lock:
            self._world = None

    def close(self) -> None:
        """No world comes any more."""
        with self._lock:
            self._world, self._closed = None, True
            left, self._waiting = self._waiting, {}
        for one in left:
            one.answered(GONE)

    def _hand_in(self, kernel: Kernel, serve: Serve, taken_in: TakenIn, one: _Waiting) -> None:
        def carry() -> None:
            with self._lock:
                del self._waiting[one]
            self.being_served += 1
            answer = GONE
            try:
                answer = serve(one.request)
            finally:
                self.being_served -= 1
                one.answered(answer)

        def begin() -> None:
            one.request = taken_in(one.request)
            spawn(kernel, carry)

        assert kernel.pace is not None
        kernel.pace.take_in(begin)


def spawn(kernel: Kernel, serve: Callable[[], object]) -> None:
    """Serve a request in a task of its own."""
    kernel.spawn(serve, name="request", daemon=True)
