"""This file decides how code that knows nothing of tasks waits inside one: its locks and its sleeps.

Upstream: CPython's locks block the OS thread. Why that can't stay: all tasks share one, so a task that blocks it
waits for ever for one that can no longer run. What we do: a lock made inside a task is a real lock that is only ever
*tried*; when it is taken, the task waits on the kernel. Outside of tasks it blocks as a real one does, so it can
be handed to anybody. Not needed any more when: never; it is what virtual time means.

It does not decide what a thread is (``threads.py``) nor when a frozen or dead call may go on (``Hooks``).
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from typing import Any, Protocol

from harness.kernel.clock import US_PER_S, to_us
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Event, Task, TaskCancelled, WaitList

# Kept before anybody patches ``threading``.
_real_ident = _thread.get_ident
_real_lock = _thread.allocate_lock


class Hooks(Protocol):
    """What whoever owns the waiting code does around its waits and threads."""

    def before_wait(self) -> None:
        """Called before the current task waits; may raise to end it instead."""

    def after_wait(self) -> None:
        """Called after the current task has waited; may wait on, or raise."""

    def in_background(self) -> bool:
        """Whether the current task's wait does not by itself keep the run going."""

    def cancelled(self) -> None:
        """Called when the current task must end because the run is over."""

    def adopt(self, task: Task) -> None:
        """Give a thread's new task the surroundings of the current one."""

    def run_thread(self, body: Callable[[], None]) -> None:
        """Run a thread's body in its task."""


class Waits:
    """The waits of one kernel's tasks."""

    def __init__(self, kernel: Kernel, hooks: Hooks) -> None:
        self.kernel = kernel
        self.hooks = hooks
        self._ident = _real_ident()

    def inside(self) -> bool:
        """Whether the code that asks runs in a task: not outside of the run, not in another OS thread."""
        return self.kernel.current is not None and _real_ident() == self._ident

    def in_kernel_thread(self) -> bool:
        """Whether the code that asks runs in the kernel's OS thread."""
        return _real_ident() == self._ident

    def on(self, waiters: WaitList | Event, reason: str, timeout_s: float | None) -> bool:
        """Wait on the kernel, with the hooks around it."""
        self.hooks.before_wait()
        try:
            background = self.hooks.in_background()
            if isinstance(waiters, Event):
                woken = waiters.wait(timeout_s, background=background)
            else:
                woken = waiters.wait(reason, timeout_s, background=background)
        except TaskCancelled:
            self.hooks.cancelled()
            raise
        self.hooks.after_wait()
        return woken

    def sleep(self, seconds: float) -> None:
        """As ``time.sleep``, in virtual time."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.on(WaitList(self.kernel), f"sleep of {seconds:g} s", seconds)

    def monotonic(self) -> float:
        """Seconds of virtual time since an arbitrary moment; small, so that differences are exact."""
        return 1000 + self.kernel.clock.elapsed_us / US_PER_S


class TaskLock:
    """As ``threading.Lock``: tasks wait for it on the kernel, everybody else as ever."""

    __slots__ = ("__weakref__", "_lock", "_waiters", "_waits")

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._lock = _real_lock()
        self._waiters = WaitList(waits.kernel)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; False if it is taken and the caller does not want to wait (any longer)."""
        if self._lock.acquire(False):
            return True
        if not blocking:
            return False
        if not self._waits.inside():
            return self._lock.acquire(True, timeout)
        kernel = self._waits.kernel
        deadline_us = None if timeout < 0 else kernel.clock.now_us + to_us(timeout)
        while True:
            left_s = None if deadline_us is None else (deadline_us - kernel.clock.now_us) / US_PER_S
            if left_s is not None and left_s <= 0:
                return False
            self._waits.on(self._waiters, "a lock", left_s)
            if self._lock.acquire(False):
                return True

    def release(self) -> None:
        """Give the lock back and wake the first who waits for it."""
        self._lock.release()
        if len(self._waiters):
            if self._waits.in_kernel_thread():
                self._waiters.wake(1)
            else:
                self._waits.kernel.post(lambda: self._waiters.wake(1))

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock = _real_lock()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class TaskRLock:
    """As ``threading.RLock``; its owner is a task, or an OS thread outside of tasks."""

    def __init__(self, waits: Waits) -> None:
        self._waits = waits
        self._block = TaskLock(waits)
        self._owner: Any = None
        self._count = 0

    def _me(self) -> Any:
        return self._waits.kernel.current if self._waits.inside() else _real_ident()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, once more if the caller holds it already."""
        me = self._me()
        if self._owner is me or self._owner == me:
            self._count += 1
            return True
        taken = self._block.acquire(blocking, timeout)
        if taken:
            self._owner, self._count = me, 1
        return taken

    def release(self) -> None:
        """Give back what one ``acquire`` took."""
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = None
            self._block.release()

    # What ``threading.Condition`` asks of a lock.

    def _is_owned(self) -> bool:
        return self._owner is not None and bool(self._owner == self._me())

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, Any]:
        state = (self._count, self._owner)
        self._count, self._owner = 0, None
        self._block.release()
        return state

    def _acquire_restore(self, state: tuple[int, Any]) -> None:
        self._block.acquire()
        self._count, self._owner = state

    def _at_fork_reinit(self) -> None:
        self._block._at_fork_reinit()
        self._owner, self._count = None, 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
