"""This file decides how virtual time follows the machine's clock, for a world that is used while it runs.

A scenario runs at no pace: time jumps to the next timer. Under ``harness up`` a client waits on the other side, so time
passes as it does for the client, or ``speed`` times as fast. It still moves only between tasks, and what comes from
outside (a request, a process's answer) is taken in only when no task can run: between two such moments the world is as
deterministic as any run.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from harness.kernel.clock import US_PER_S, to_us

_HEARS_S = 0.5


class Machine(Protocol):
    """What a pace needs of the machine: its clock, and a wait that another thread can end."""

    def now_s(self) -> float:
        """Seconds on a clock that only goes forward."""

    def wait(self, timeout_s: float | None) -> None:
        """Return after ``timeout_s`` seconds (None: never) at the latest, or once ``wake`` is called."""

    def wake(self) -> None:
        """End the wait, or the next one; from any thread."""


class RealMachine:
    """The machine itself."""

    def __init__(self) -> None:
        # Kept before anybody patches the module.
        self._clock = time.perf_counter
        self._woken = threading.Event()

    def now_s(self) -> float:
        """See ``Machine``."""
        return self._clock()

    def wait(self, timeout_s: float | None) -> None:
        """See ``Machine``."""
        if sys.platform == "win32":
            # There a lock that waits does not hear Ctrl-C.
            timeout_s = min(timeout_s, _HEARS_S) if timeout_s is not None else _HEARS_S
        self._woken.wait(timeout_s)
        self._woken.clear()

    def wake(self) -> None:
        """See ``Machine``."""
        self._woken.set()


class RealPace:
    """Virtual time as the machine's clock has it, ``speed`` virtual seconds to the real one."""

    def __init__(self, *, speed: float = 1.0, machine: Machine | None = None) -> None:
        self.speed = speed
        self._machine = machine or RealMachine()
        self._inputs: deque[Callable[[], Any]] = deque()
        self._past: Iterator[tuple[int, Callable[[], Any]]] = iter(())
        self._next_past: tuple[int, Callable[[], Any]] | None = None
        self._anchor_us = 0
        self._anchor_s = 0.0

    # -- for other threads ------------------------------------------------------------------------

    def take_in(self, callback: Callable[[], Any]) -> None:
        """Have the scheduler call ``callback`` when no task can run; from any thread, in the order of the calls."""
        self._inputs.append(callback)
        self._machine.wake()

    def wake(self) -> None:
        """Have the scheduler look around; from any thread."""
        self._machine.wake()

    # -- for the scheduler ------------------------------------------------------------------------

    def set(self, now_us: int) -> None:
        """Let the present be ``now_us`` (since 1970), and time pass from there: at the start, and after a jump."""
        self._anchor_us, self._anchor_s = now_us, self._machine.now_s()

    def repeat(self, past: Iterator[tuple[int, Callable[[], Any]]]) -> None:
        """Take in what another world took in, each at its virtual time and without waiting, before anything else."""
        self._past = past
        self._next_past = next(past, None)

    def now_us(self) -> int:
        """Where virtual time should be by now."""
        if self._next_past is not None:
            return self._next_past[0]
        return self._anchor_us + to_us((self._machine.now_s() - self._anchor_s) * self.speed)

    def next_input(self) -> Callable[[], Any] | None:
        """The oldest input that nobody has taken in; None if there is none."""
        if self._next_past is not None:
            at_us, take_in = self._next_past
            self.set(at_us)
            self._next_past = next(self._past, None)
            return take_in
        return self._inputs.popleft() if self._inputs else None

    def wait_until(self, due_us: int | None) -> None:
        """Sleep until virtual time should be ``due_us`` (None: for ever), or somebody wakes."""
        if due_us is None:
            self._machine.wait(None)
        else:
            self._machine.wait(max(0.0, (due_us - self.now_us()) / US_PER_S / self.speed))
