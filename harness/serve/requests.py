"""This file decides what a request from outside is, and how it comes from the thread that read it to the world.

It is the one entrance. A request is plain data, and serving it depends on it and the world alone: whoever writes down
the requests of a world in their order, and the virtual time at which each came, can serve them again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import TaskCancelled

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent. ``url`` is whole and percent-encoded, ``caller`` the address that it came from."""

    method: str
    url: str
    headers: Pairs
    body: bytes
    caller: str

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

GONE = Answer(
    503, (("content-type", "text/plain"), ("retry-after", "1")), b"The harness stops, or begins anew: try again.\n"
)


class Entrance:
    """Takes requests from any thread to the world that stands; they wait while there is none yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: tuple[Kernel, Serve] | None = None
        self._waiting: list[tuple[Request, Answered]] = []
        self._closed = False

    def take_in(self, request: Request, answered: Answered) -> None:
        """Have the request served; ``answered`` is told the answer, in the kernel's thread."""
        with self._lock:
            if self._closed:
                answered(GONE)
            elif self._open is None:
                self._waiting.append((request, answered))
            else:
                self._hand_in(*self._open, request, answered)

    def open(self, kernel: Kernel, serve: Serve) -> None:
        """From now on ``serve`` answers, each request in a task of its own."""
        with self._lock:
            self._open = kernel, serve
            for request, answered in self._waiting:
                self._hand_in(kernel, serve, request, answered)
            self._waiting.clear()

    def pause(self) -> None:
        """The world ends, and another comes."""
        with self._lock:
            self._open = None

    def close(self) -> None:
        """No world comes any more."""
        with self._lock:
            self._open, self._closed = None, True
            for _, answered in self._waiting:
                answered(GONE)
            self._waiting.clear()

    def _hand_in(self, kernel: Kernel, serve: Serve, request: Request, answered: Answered) -> None:
        def carry() -> None:
            answer = GONE
            try:
                answer = serve(request)
            except TaskCancelled:
                raise
            finally:
                answered(answer)

        assert kernel.pace is not None
        kernel.pace.take_in(lambda: kernel.spawn(carry, name="request", daemon=True))
