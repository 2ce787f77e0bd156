"""This file decides what a task is: a greenlet with a name, and the ways it can wait.

It does not decide who runs next; that is ``scheduler.py``. Every wait goes through ``Kernel.park`` and
ends in exactly one of: woken with a value, timed out, interrupted by an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import greenlet

if TYPE_CHECKING:
    from harness.kernel.scheduler import Kernel
    from harness.kernel.timers import Timer


class Carrier(Protocol):
    """State that must be in place while a task runs, and nowhere else.

    ``enter`` is called each time the task is switched to, ``leave`` each time it is left.
    """

    def enter(self) -> None:
        """Put the state in place."""

    def leave(self) -> None:
        """Take the state away again."""


class TaskCancelled(BaseException):
    """Thrown into a task that must end because the run is over."""


class Task:
    """One activity: a poller, a notification in flight, one invocation, one execution.

    ``name`` is for humans. ``cause`` is the number of the trace event that this task's next event
    follows from. ``trace_header`` goes with what it sets off: whoever spawns a task hands on its own. A ``daemon``
    may wait for ever without the run being stuck.
    """

    def __init__(
        self,
        kernel: Kernel,
        function: Callable[[], Any],
        name: str,
        *,
        cause: int | None,
        daemon: bool,
        keep_error: bool,
    ) -> None:
        self.name = name
        self.cause = cause
        self.daemon = daemon
        self.keep_error = keep_error
        self.trace_header: str | None = None
        self.carrier: Carrier | None = None
        self.result: Any = None
        self.error: BaseException | None = None
        self.waiting_for: str | None = None
        self.finished = Event(kernel)
        self._function = function
        self.greenlet = greenlet.greenlet(self._main)
        # Set by the scheduler: what the next switch delivers, and which wait it ends.
        self.wake_value: Any = None
        self.wake_error: BaseException | None = None
        self.wait_number = 0
        self.ready = False

    @property
    def done(self) -> bool:
        """Whether the task has ended, well or not."""
        return self.finished.is_set()

    def _main(self, *_: Any) -> None:
        # A task interrupted before its first step never runs its function.
        if self.wake_error is not None:
            error, self.wake_error = self.wake_error, None
            if not isinstance(error, TaskCancelled):
                self.error = error
            return
        try:
            self.result = self._function()
        except TaskCancelled:
            pass
        except BaseException as error:
            self.error = error

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the task has ended; False if ``timeout_s`` of virtual time passed first.

        Raises:
            BaseException: what the task raised, the same object, if it was spawned to keep its error.
        """
        if not self.finished.wait(timeout_s):
            return False
        if self.error is not None and self.keep_error:
            raise self.error
        return True

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"


class WaitList:
    """Tasks waiting for one thing, woken in the order in which they came."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._waiters: list[tuple[Task, int]] = []

    def wait(self, reason: str, timeout_s: float | None = None, *, background: bool = False) -> bool:
        """Park the current task until woken; False if ``timeout_s`` of virtual time passed first.

        A ``background`` timeout does not by itself keep the run going.
        """
        kernel = self._kernel
        task = kernel.require_current()
        entry = (task, task.wait_number)
        self._waiters.append(entry)
        timer: Timer | None = None
        if timeout_s is not None:
            number = task.wait_number
            timer = kernel.call_later(timeout_s, lambda: kernel.wake(task, number, False), background=background)
        try:
            return bool(kernel.park(reason))
        finally:
            if timer is not None:
                timer.cancel()
            if entry in self._waiters:
                self._waiters.remove(entry)

    def wake(self, count: int | None = None) -> int:
        """Wake the first ``count`` waiters, or all; returns how many were woken."""
        woken = 0
        while self._waiters and (count is None or woken < count):
            task, number = self._waiters.pop(0)
            woken += self._kernel.wake(task, number, True)
        return woken

    def __len__(self) -> int:
        return len(self._waiters)


class Event:
    """A flag that tasks can wait for; as ``threading.Event``, on virtual time."""

    def __init__(self, kernel: Kernel, name: str = "event") -> None:
        self.name = name
        self._set = False
        self._waiters = WaitList(kernel)

    def is_set(self) -> bool:
        """Whether the flag is up."""
        return self._set

    def set(self) -> None:
        """Put the flag up and wake everyone who waits for it."""
        self._set = True
        self._waiters.wake()

    def clear(self) -> None:
        """Take the flag down."""
        self._set = False

    def wait(self, timeout_s: float | None = None, *, background: bool = False) -> bool:
        """Wait until the flag is up; False if ``timeout_s`` of virtual time passed first."""
        if self._set:
            return True
        self._waiters.wait(self.name, timeout_s, background=background)
        return self._set
